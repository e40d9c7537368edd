//! What somebody does with their account before they have signed in.

use actix_web::http::header;
use actix_web::{post, web};
use htcd_domain::access::Scope;
use htcd_domain::account::{CodePurpose, Delivery};
use htcd_domain::id::ProvinceId;
use htcd_domain::text::is_plain;
use htcd_domain::{Code, Problem, password as rule};
use htcd_persistence::db::{Author, nation, record};
use htcd_persistence::user::{self, Credentials};
use htcd_persistence::{Change, account};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::me::end_all;
use crate::answer::Answer;
use crate::auth::totp::hash_of;
use crate::auth::{codes, password};
use crate::extract::Body;
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

fn limited(app: &App, meta: &Meta) -> Result<(), Refusal> {
    let address = meta.address.as_deref().unwrap_or("-");
    match app.limits.sign_in(address) {
        Ok(_) => Ok(()),
        Err(seconds) => Err(Refusal::from(Code::TooManyRequests).header(header::RETRY_AFTER, seconds)),
    }
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
            let Some(found) = &found else { return Ok(false) };
            let Some(purpose) = account::redeem(tx, found.user_id, &hash_of(&body.code), now)? else { return Ok(false) };
            if !found.active {
                return Ok(false);
            }
            user::set_password(tx, found.user_id, &hash, now)?;
            account::withdraw_codes(tx, found.user_id)?;
            account::forget_failures(tx, found.user_id, None)?;
            end_all(tx, found.user_id, now)?;
            let author = Author::person(found.user_id, &found.username, "set_password_by_code", &meta.request_id, now);
            let author = Author { address: meta.address.clone(), ..author };
            let after = serde_json::json!({ "password": "set", "by": purpose });
            let change = Change::updated((), "user", found.user_id, &serde_json::json!({}), &after);
            record(tx, &author, change.apart_from_figures())?;
            Ok(true)
        })?;
        app.forget_callers();
        if is_set { Ok(Answer::nothing()) } else { Err(Code::CodeInvalid.into()) }
    })
    .await
}

/// Ask for a code by mail, for a forgotten password.
///
/// The answer is the same whether or not the account exists and has an address.
#[utoipa::path(tag = "account", request_body = ForgottenPassword, responses((status = 204, description = "If the account has an address, a code is on its way.")), security(()))]
#[post("/v1/account/forgotten_password")]
pub async fn request_password_code(
    app: web::Data<App>,
    meta: Meta,
    Body(body): Body<ForgottenPassword>,
) -> Result<Answer, Refusal> {
    let app = app.into_inner();
    limited(&app, &meta)?;
    App::blocking(move || {
        let found = find(&app, &body.username)?;
        let now = app.now();
        let scope = Scope::whole(found.as_ref().map_or(ProvinceId::NATION, |found| found.province_id));
        app.database.transact(&scope, |tx| {
            let able = found.as_ref().filter(|found| found.active && found.email.is_some() && found.password_hash.is_some());
            let Some(found) = able else { return Ok(()) };
            let Some((person, _)) = user::find(tx, found.user_id)? else { return Ok(()) };
            let handed = codes::hand_over(tx, &person, CodePurpose::PasswordReset, Delivery::Mail, now)?;
            let author = Author::person(found.user_id, &found.username, "request_password_code", &meta.request_id, now);
            let author = Author { address: meta.address.clone(), ..author };
            let change = Change::created((), "user", found.user_id, &codes::without_code(&handed));
            record(tx, &author, change.apart_from_figures())
        })?;
        Ok(Answer::nothing())
    })
    .await
}
