//! `/oauth2/token`, `/oauth2/revoke` and `/.well-known/jwks.json`.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Utc};
use htcd_domain::access::Scope;
use htcd_domain::id::{DelegationId, SessionId, UserId};
use htcd_domain::{Code, Problem};
use htcd_persistence::db::{Author, Change, record};
use htcd_persistence::session::{self, Refreshed};
use htcd_persistence::{Tx, user};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::auth::{exchange, service, sign_in};
use crate::extract::content_type;
use crate::limits::Limited;
use crate::middleware::Meta;
use crate::problem::Refusal;
use crate::state::App;

/// A request for tokens, form-encoded.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// How tokens are asked for.
    #[schema(example = "password")]
    pub grant_type: GrantType,
    /// With `password`: the username.
    #[schema(example = "nguyen.thi.lan", max_length = 64)]
    pub username: Option<String>,
    /// With `password`: the password.
    #[schema(format = Password, max_length = 128)]
    pub password: Option<String>,
    /// With `password`, for whoever has a second factor: the six digits of the authenticator …
    #[schema(example = "123456", max_length = 10)]
    pub totp: Option<String>,
    /// … or one of the recovery codes, which is used up by it.
    #[schema(max_length = 40)]
    pub recovery_code: Option<String>,
    /// With `refresh_token`: the token.
    #[schema(max_length = 300)]
    pub refresh_token: Option<String>,
    /// With token exchange: one's own access token …
    #[schema(max_length = 2000)]
    pub subject_token: Option<String>,
    /// … which is one: `urn:ietf:params:oauth:token-type:access_token`.
    pub subject_token_type: Option<String>,
    /// With token exchange: the leave to act for somebody.
    pub delegation_id: Option<DelegationId>,
    /// With `client_credentials`: the permissions wanted, separated by blanks; all that are listed for the account when
    /// left out. Otherwise taken and ignored: what a user may do follows from grants.
    #[schema(example = "centres:read ratings:read", max_length = 2000)]
    pub scope: Option<String>,
    /// With `client_credentials`, unless it is in an `Authorization: Basic …` header. Otherwise taken and ignored: apps of
    /// people need no registration.
    #[schema(max_length = 100)]
    pub client_id: Option<String>,
    /// With `client_credentials`, unless it is in an `Authorization: Basic …` header. Otherwise taken and ignored.
    #[schema(format = Password, max_length = 200)]
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
    /// As a program, with the secret of a service account (RFC 6749 section 4.4).
    ClientCredentials,
    /// With one's own access token, to act for somebody who gave leave to (RFC 8693).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
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
    /// Gets new tokens, once. Programs, and whoever acts for somebody, ask for a new access token instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What the token permits, for a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What was issued, after a token exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "urn:ietf:params:oauth:token-type:access_token")]
    pub issued_token_type: Option<&'static str>,
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

/// Sign in, refresh a sign-in, sign in as a program, or act for somebody.
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
    app.limits.sign_in(Limited::address(meta.client.address)).map_err(Refusal::from)?;
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
            let factor = sign_in::Factor::of(form.totp, form.recovery_code);
            sign_in::with_password(&app.into_inner(), meta, username, password, factor).await
        }
        GrantType::RefreshToken => {
            let token = form.refresh_token.ok_or_else(missing)?;
            let app = app.into_inner();
            App::blocking(move || refresh(&app, &meta, &token)).await
        }
        GrantType::ClientCredentials => {
            let basic = service::basic_credentials(request.headers());
            let (client_id, secret) = basic.or(form.client_id.zip(form.client_secret)).ok_or_else(missing)?;
            let app = app.into_inner();
            App::blocking(move || service::sign_in(&app, &meta, &client_id, &secret, form.scope.as_deref())).await
        }
        GrantType::TokenExchange => {
            let (Some(token), Some(delegation)) = (form.subject_token, form.delegation_id) else { return Err(missing()) };
            if form.subject_token_type.as_deref() != Some(exchange::ACCESS_TOKEN) {
                return Err(missing());
            }
            let app = app.into_inner();
            App::blocking(move || exchange::act_for(&app, &token, delegation)).await
        }
    }
}

fn refresh(app: &App, meta: &Meta, token: &str) -> Result<Answer, Refusal> {
    let refused = || Refusal::from(Problem::new(Code::RefreshInvalid).with("error", "invalid_grant"));
    let province = sign_in::province_of(token).ok_or_else(refused)?;
    let (now, new) = (app.now(), sign_in::refresh_token(province)?);
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
            let author = holder(tx, meta, user, session, "create_token", now)?;
            record(tx, &author, ended.because(Some("a refresh token came a second time")).apart_from_figures())?;
        }
        Ok(outcome)
    })?;
    match outcome {
        Refreshed::Rotated(session, user) => sign_in::tokens(app, user, province, session, new),
        Refreshed::Reused(..) => {
            app.forget_callers();
            Err(refused())
        }
        Refreshed::Refused => Err(refused()),
    }
}

/// The holder of a refresh token as the author of a change.
fn holder(
    tx: &mut Tx<'_>,
    meta: &Meta,
    user: UserId,
    session: SessionId,
    operation: &str,
    now: DateTime<Utc>,
) -> htcd_persistence::Result<Author> {
    let username = user::find(tx, user)?.map(|(user, _)| user.username).unwrap_or_default();
    let author = Author::person(user, &username, operation, &meta.request_id, now);
    Ok(Author { session_id: Some(session), address: meta.address(), ..author })
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
        let Some(province) = sign_in::province_of(&form.token) else { return Ok(Answer::nothing()) };
        app.limits.sign_in(Limited::address(meta.client.address))?;
        let (now, spare) = (app.now(), sign_in::refresh_token(province)?);
        let (hash, spare_hash) = (Sha256::digest(form.token.as_bytes()), Sha256::digest(spare.as_bytes()));
        let is_over = app.database.transact(&Scope::whole(province), |tx| {
            let outcome = session::rotate(tx, &hash, &spare_hash, now)?;
            if let Refreshed::Rotated(session, user) | Refreshed::Reused(session, user) = outcome {
                session::revoke(tx, session, now)?;
                let ended = Change::updated(
                    (),
                    "session",
                    session,
                    &serde_json::json!({ "revoked": false }),
                    &serde_json::json!({ "revoked": true }),
                );
                let author = holder(tx, &meta, user, session, "revoke_token", now)?;
                record(tx, &author, ended.apart_from_figures())?;
                return Ok(true);
            }
            Ok(false)
        })?;
        if is_over {
            app.forget_callers();
        }
        Ok(Answer::nothing())
    })
    .await
}

/// The public keys that access tokens are signed with.
///
/// The first one signs; those of before stay as long as tokens that they signed are good.
#[utoipa::path(tag = "sign-in", responses((status = 200, description = "A JSON Web Key Set (RFC 7517).", body = JwkSet)), security(()))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(app: web::Data<App>) -> Result<Answer, Refusal> {
    let app = app.into_inner();
    App::blocking(move || {
        let (keys, now) = (app.keys()?, app.now());
        let keys = keys
            .iter()
            .filter(|key| key.is_good(now))
            .map(|key| Jwk { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use_: "sig", kid: key.id.clone(), x: key.x.clone() })
            .collect();
        // Not for long: whoever verifies our tokens shall see a new key soon.
        Ok(Answer::json(&JwkSet { keys }).cached("public, max-age=60"))
    })
    .await
}
