//! `/oauth2/token`, `/oauth2/revoke` and `/.well-known/jwks.json`.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use htcd_domain::access::Scope;
use htcd_domain::id::{ProvinceId, SessionId, UserId};
use htcd_domain::text::is_plain;
use htcd_domain::{Code, Problem};
use htcd_persistence::db::{Author, Change, nation, record};
use htcd_persistence::session::{self, Refreshed};
use htcd_persistence::user::{self, Credentials};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::password;
use crate::clock::new_id;
use crate::extract::content_type;
use crate::middleware::Meta;
use crate::problem::Refusal;
use crate::state::App;

/// A request for tokens, form-encoded.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// `password` or `refresh_token`.
    #[schema(example = "password")]
    pub grant_type: GrantType,
    /// With `password`: the username.
    #[schema(example = "nguyen.thi.lan", max_length = 64)]
    pub username: Option<String>,
    /// With `password`: the password.
    #[schema(format = Password, max_length = 128)]
    pub password: Option<String>,
    /// With `refresh_token`: the token.
    #[schema(max_length = 300)]
    pub refresh_token: Option<String>,
    /// Taken and ignored: what a user may do follows from grants.
    pub scope: Option<String>,
    /// Taken and ignored: apps of people need no registration.
    pub client_id: Option<String>,
    /// Taken and ignored.
    pub client_secret: Option<String>,
}

/// How tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// With username and password.
    Password,
    /// With a refresh token, which is used up by it.
    RefreshToken,
}

/// Tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenAnswer {
    /// For the `Authorization: Bearer …` header.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// Gets new tokens, once.
    pub refresh_token: String,
}

/// A token to be given up, form-encoded (RFC 7009).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeRequest {
    /// A refresh token.
    #[schema(max_length = 300)]
    pub token: String,
    /// Taken and ignored.
    pub token_type_hint: Option<String>,
    /// Taken and ignored.
    pub client_id: Option<String>,
}

/// A public key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwk {
    /// Key type: `OKP` (RFC 8037).
    #[schema(example = "OKP")]
    pub kty: &'static str,
    /// Curve.
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// Algorithm.
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
    /// Use: signatures.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub use_: &'static str,
    /// Key id.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

/// The public keys of access tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct JwkSet {
    /// Keys; the first one signs new tokens.
    pub keys: Vec<Jwk>,
}

/// A refresh token names its tenant, so that it can be looked up inside of it.
fn refresh_token(province: ProvinceId) -> Result<String, Refusal> {
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).map_err(|_| Refusal::from(Code::Internal))?;
    Ok(format!("{}{}", province.0.simple(), hex::encode(secret)))
}

fn province_of(refresh_token: &str) -> Option<ProvinceId> {
    if refresh_token.len() != 96 || !refresh_token.is_ascii() {
        return None;
    }
    Uuid::try_parse(&refresh_token[..32]).ok().map(ProvinceId)
}

fn read_form<T: serde::de::DeserializeOwned>(request: &HttpRequest, body: &web::Bytes) -> Result<T, Refusal> {
    if content_type(request).as_deref() != Some("application/x-www-form-urlencoded") {
        return Err(Code::UnsupportedMediaType.into());
    }
    serde_urlencoded::from_bytes(body).map_err(|error| {
        let name = error.to_string().split('`').nth(1).unwrap_or("").to_owned();
        Problem::new(Code::MalformedRequest)
            .detail(format!("Biểu mẫu không đúng: {name}."), format!("The form is not right: {name}."))
            .with("error", "invalid_request")
            .into()
    })
}

/// For how long somebody waits after so many failures in a row: nothing up to 4, then doubling up to 15 minutes.
/// It never lasts, so that nobody can be locked out for good by somebody else.
fn lock_for(failures: i32) -> Option<TimeDelta> {
    let doublings = u32::try_from(failures - 5).ok()?.min(10);
    Some(TimeDelta::seconds((1i64 << doublings).min(900)))
}

/// Sign in, or refresh a sign-in.
///
/// Form-encoded, as OAuth 2.0 has it. A refresh token works once; one that comes a second time was stolen
/// from somebody, so it ends the whole sign-in.
#[utoipa::path(
    tag = "sign-in",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Tokens.", body = TokenAnswer)),
    security(()),
)]
#[post("/oauth2/token")]
pub async fn create_token(request: HttpRequest, app: web::Data<App>, meta: Meta, body: web::Bytes) -> Result<Answer, Refusal> {
    app.limits.sign_in(meta.client.address).map_err(Refusal::from)?;
    let form: TokenRequest = read_form(&request, &body)?;
    let missing = || {
        Refusal::from(
            Problem::new(Code::MalformedRequest)
                .with("error", "invalid_request")
                .detail("Thiếu tham số cho grant_type này.", "A parameter of this grant_type is missing."),
        )
    };
    match form.grant_type {
        GrantType::Password => {
            let (Some(username), Some(password)) = (form.username, form.password) else { return Err(missing()) };
            sign_in(&app, meta, username, password).await
        }
        GrantType::RefreshToken => {
            let token = form.refresh_token.ok_or_else(missing)?;
            let app = app.into_inner();
            App::blocking(move || refresh(&app, &meta, &token)).await
        }
    }
}

async fn sign_in(app: &web::Data<App>, meta: Meta, username: String, password: String) -> Result<Answer, Refusal> {
    let failed = || Refusal::from(Problem::new(Code::SignInFailed).with("error", "invalid_grant"));
    let usable = username.len() <= 64 && password.len() <= 1_000 && is_plain(&username);
    let inner = app.clone().into_inner();
    let found = App::blocking(move || {
        Ok(if usable { inner.database.read(&nation(), |tx| user::credentials(tx, &username))? } else { None })
    })
    .await?;
    let now = app.now();
    let hash = found.as_ref().map_or_else(|| password::NOBODY.to_owned(), |found| found.password_hash.clone());
    let fits = app.hashing(move || Ok(password::fits(&password, &hash))).await?;
    let Some(found) = found else { return Err(failed()) };
    // The wait is told apart from a wrong password only in time, so that it does not reveal which names exist.
    let waits = found.locked_until.is_some_and(|until| until > now);
    let inner = app.clone().into_inner();
    if waits || !fits || !found.active {
        if !waits {
            App::blocking(move || note_failure(&inner, &found, now)).await?;
        }
        return Err(failed());
    }
    App::blocking(move || open_session(&inner, &meta, &found, now)).await
}

fn note_failure(app: &App, found: &Credentials, now: DateTime<Utc>) -> Result<(), Refusal> {
    let failures = found.failed_sign_ins.saturating_add(1);
    let until = lock_for(failures).map(|wait| now + wait);
    Ok(app.database.transact(&Scope::whole(found.province_id), |tx| user::note_sign_in(tx, found.user_id, failures, until))?)
}

fn open_session(app: &App, meta: &Meta, found: &Credentials, now: DateTime<Utc>) -> Result<Answer, Refusal> {
    let id: SessionId = new_id(now);
    let token = refresh_token(found.province_id)?;
    let ends = now + app.settings.session;
    let author = author(meta, found.user_id, &found.username, "create_token", now);
    app.database.transact(&Scope::whole(found.province_id), |tx| {
        user::note_sign_in(tx, found.user_id, 0, None)?;
        session::open(tx, id, found.user_id, &Sha256::digest(token.as_bytes()), now, ends)?;
        record(
            tx,
            &author,
            Change::created((), "session", id, &serde_json::json!({ "user_id": found.user_id })).apart_from_figures(),
        )
    })?;
    tokens(app, found.user_id, found.province_id, id, token)
}

fn author(meta: &Meta, user: UserId, username: &str, operation: &str, at: DateTime<Utc>) -> Author {
    Author {
        user_id: Some(user),
        username: username.to_owned(),
        operation: operation.into(),
        request_id: meta.request_id.clone(),
        address: meta.address(),
        at,
    }
}

fn tokens(app: &App, user: UserId, province: ProvinceId, session: SessionId, refresh_token: String) -> Result<Answer, Refusal> {
    let access_token = app.sign(user, province, session)?;
    Ok(Answer::json(&TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: app.settings.access_token.as_secs(),
        refresh_token,
    }))
}

fn refresh(app: &App, meta: &Meta, token: &str) -> Result<Answer, Refusal> {
    let refused = || Refusal::from(Problem::new(Code::RefreshInvalid).with("error", "invalid_grant"));
    let province = province_of(token).ok_or_else(refused)?;
    let (now, new) = (app.now(), refresh_token(province)?);
    let (old_hash, new_hash) = (Sha256::digest(token.as_bytes()), Sha256::digest(new.as_bytes()));
    let outcome = app.database.transact(&Scope::whole(province), |tx| {
        let outcome = session::rotate(tx, &old_hash, &new_hash, now)?;
        if let Refreshed::Reused(session, user) = outcome {
            let ended = Change::updated(
                (),
                "session",
                session,
                &serde_json::json!({ "revoked": false }),
                &serde_json::json!({ "revoked": true }),
            );
            record(
                tx,
                &author(meta, user, "", "create_token", now),
                ended.because(Some("a refresh token came a second time")).apart_from_figures(),
            )?;
        }
        Ok(outcome)
    })?;
    match outcome {
        Refreshed::Rotated(session, user) => tokens(app, user, province, session, new),
        Refreshed::Reused(..) => {
            app.forget_callers();
            Err(refused())
        }
        Refreshed::Refused => Err(refused()),
    }
}

/// Sign out: give up a refresh token, and with it the whole sign-in.
///
/// Answers 200 for an unknown token too (RFC 7009).
#[utoipa::path(
    tag = "sign-in",
    request_body(content = RevokeRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "The sign-in is over.")),
    security(()),
)]
#[post("/oauth2/revoke")]
pub async fn revoke_token(request: HttpRequest, app: web::Data<App>, meta: Meta, body: web::Bytes) -> Result<Answer, Refusal> {
    let form: RevokeRequest = read_form(&request, &body)?;
    let app = app.into_inner();
    App::blocking(move || {
        let Some(province) = province_of(&form.token) else { return Ok(Answer::nothing()) };
        let (now, spare) = (app.now(), refresh_token(province)?);
        let (hash, spare_hash) = (Sha256::digest(form.token.as_bytes()), Sha256::digest(spare.as_bytes()));
        app.database.transact(&Scope::whole(province), |tx| {
            if let Refreshed::Rotated(session, user) = session::rotate(tx, &hash, &spare_hash, now)? {
                session::revoke(tx, session, now)?;
                let ended = Change::updated(
                    (),
                    "session",
                    session,
                    &serde_json::json!({ "revoked": false }),
                    &serde_json::json!({ "revoked": true }),
                );
                record(tx, &author(&meta, user, "", "revoke_token", now), ended.apart_from_figures())?;
            }
            Ok(())
        })?;
        app.forget_callers();
        Ok(Answer::nothing())
    })
    .await
}

/// The public keys that access tokens are signed with.
#[utoipa::path(tag = "sign-in", responses((status = 200, description = "A JSON Web Key Set (RFC 7517).", body = JwkSet)), security(()))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(app: web::Data<App>) -> Result<Answer, Refusal> {
    let app = app.into_inner();
    App::blocking(move || {
        let keys = app.keys()?;
        let keys = keys
            .iter()
            .map(|key| Jwk { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use_: "sig", kid: key.id.clone(), x: key.x.clone() })
            .collect();
        Ok(Answer::json(&JwkSet { keys }))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_but_ends() {
        let seconds = |failures| lock_for(failures).map(|wait| wait.num_seconds());
        assert_eq!(
            [seconds(1), seconds(4), seconds(5), seconds(6), seconds(9), seconds(50)],
            [None, None, Some(1), Some(2), Some(16), Some(900)]
        );
    }
}
