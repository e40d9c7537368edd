//! What somebody does with their account before they have signed in.

use actix_web::{post, web};
use htcd_domain::access::Scope;
use htcd_domain::account::{CodePurpose, Delivery};
use htcd_domain::id::{ProvinceId, UserId};
use htcd_domain::text::is_plain;
use htcd_domain::{Code, Problem, password as rule};
use htcd_persistence::db::{Author, nation, record};
use htcd_persistence::user::{self, Credentials};
use htcd_persistence::{Change, account, delegation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::me::end_all;
use crate::answer::Answer;
use crate::auth::totp::hash_of;
use crate::auth::{codes, password};
use crate::extract::Body;
use crate::limits::Limited;
use crate::middleware::Meta;
use crate::problem::Refusal;
use crate::state::App;

/// A code that was handed over, and the password that it sets.
#[derive(Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasswordByCode {
    /// The name that one signs in with.
    #[validate(length(max = 64))]
    #[schema(example = "nguyen.thi.lan", max_length = 64)]
    pub username: String,
    /// The code; blanks, hyphens and small letters do not matter.
    #[validate(length(max = 40))]
    #[schema(example = "7K3M-9QXT-0B2H-V6RD", max_length = 40)]
    pub code: String,
    /// The new password, 12 to 128 characters, not one that everybody knows.
    #[schema(min_length = 12, max_length = 128, format = Password, example = "ba con vịt và một cái thang")]
    pub password: String,
}

/// Whose password is forgotten.
#[derive(Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ForgottenPassword {
    /// The name that one signs in with.
    #[validate(length(max = 64))]
    #[schema(example = "nguyen.thi.lan", max_length = 64)]
    pub username: String,
}

/// How long a code for a forgotten password stands before another one is mailed.
const PAUSE: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

fn limited(app: &App, meta: &Meta) -> Result<(), Refusal> {
    Ok(app.limits.sign_in(Limited::address(meta.client.address))?)
}

fn find(app: &App, username: &str) -> Result<Option<Credentials>, Refusal> {
    if !is_plain(username) {
        return Ok(None);
    }
    Ok(app.database.read(&nation(), |tx| user::credentials(tx, username))?)
}

/// Set a password with a code: the first one of an invitation, or a new one for a forgotten one.
///
/// The code works once. Every sign-in of the account ends, and so does every wait after failures.
#[utoipa::path(tag = "account", request_body = PasswordByCode, responses((status = 204, description = "The password is set: sign in with it.")), security(()))]
#[post("/v1/account/password")]
pub async fn set_password_by_code(app: web::Data<App>, meta: Meta, Body(body): Body<PasswordByCode>) -> Result<Answer, Refusal> {
    let app = app.into_inner();
    limited(&app, &meta)?;
    let (inner, username) = (app.clone(), body.username.clone());
    let found = App::blocking(move || find(&inner, &username)).await?;
    // By the name alone as far as the caller knows, so that the rule does not tell which accounts exist.
    rule::check("/password", &body.password, &body.username, "").map_err(|fault| Problem::invalid(vec![fault]))?;
    let (secret, inner) = (body.password.clone(), app.clone());
    let hash = inner.hashing(move || password::hash(&secret)).await?;
    App::blocking(move || {
        let now = app.now();
        let scope = Scope::whole(found.as_ref().map_or(ProvinceId::NATION, |found| found.province_id));
        let is_set = app.database.transact(&scope, |tx| {
            // A name that does not exist has no codes, and takes the same look for one.
            let id = found.as_ref().map_or(UserId(uuid::Uuid::nil()), |found| found.user_id);
            let redeemed = account::redeem(tx, id, &hash_of(&body.code), now)?;
            let (Some(found), Some(purpose)) = (found.as_ref().filter(|found| found.active), redeemed) else { return Ok(false) };
            user::set_password(tx, found.user_id, &hash, now)?;
            account::withdraw_codes(tx, found.user_id)?;
            account::forget_failures(tx, found.user_id, None)?;
            end_all(tx, found.user_id, now)?;
            delegation::end_all_of(tx, found.user_id, now)?;
            let author = Author::person(found.user_id, &found.username, "set_password_by_code", &meta.request_id, now);
            let author = Author { address: meta.address(), ..author };
            let after = serde_json::json!({ "password": "set", "by": purpose });
            let change = Change::updated((), "user", found.user_id, &serde_json::json!({}), &after);
            record(tx, &author, change.apart_from_figures())?;
            Ok(true)
        })?;
        if !is_set {
            return Err(Code::CodeInvalid.into());
        }
        app.forget_callers();
        Ok(Answer::nothing())
    })
    .await
}

/// Ask for a code by mail, for a forgotten password.
///
/// The answer is the same whether or not the account exists and has an address. Within ten minutes of a code no other is mailed.
#[utoipa::path(tag = "account", request_body = ForgottenPassword, responses((status = 204, description = "If the account has an address, a code is on its way.")), security(()))]
#[post("/v1/account/forgotten_password")]
pub async fn request_password_code(
    app: web::Data<App>,
    meta: Meta,
    Body(body): Body<ForgottenPassword>,
) -> Result<Answer, Refusal> {
    let app = app.into_inner();
    limited(&app, &meta)?;
    // Answered before it is looked at, so that the answer takes the same time whoever is asked for.
    actix_web::rt::spawn(async move {
        if let Err(refusal) = App::blocking(move || mail_code(&app, &meta, &body.username)).await {
            tracing::error!(%refusal, "a code for a forgotten password was not queued");
        }
    });
    Ok(Answer::nothing())
}

fn mail_code(app: &App, meta: &Meta, username: &str) -> Result<(), Refusal> {
    let able = |found: &Credentials| found.active && found.email.is_some() && found.password_hash.is_some();
    let Some(found) = find(app, username)?.filter(able) else { return Ok(()) };
    let now = app.now();
    Ok(app.database.transact(&Scope::whole(found.province_id), |tx| {
        let Some((person, _)) = user::find(tx, found.user_id)? else { return Ok(()) };
        // One at a time: so that nobody fills somebody's mailbox, or spoils a code that was just handed over.
        if account::has_fresh_code(tx, found.user_id, CodePurpose::PasswordReset, now - PAUSE)? {
            return Ok(());
        }
        let handed = codes::hand_over(tx, &person, CodePurpose::PasswordReset, Delivery::Mail, now)?;
        let author = Author::person(found.user_id, &found.username, "request_password_code", &meta.request_id, now);
        let author = Author { address: meta.address(), ..author };
        let change = Change::created((), "user", found.user_id, &codes::without_code(&handed));
        record(tx, &author, change.apart_from_figures())
    })?)
}
