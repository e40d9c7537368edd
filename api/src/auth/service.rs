//! Programs that sign in by themselves (OAuth 2.0 client credentials).

use std::collections::BTreeSet;

use actix_web::http::header::{self, HeaderMap};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use htcd_domain::access::{Permission, Scope};
use htcd_domain::id::{ProvinceId, ServiceAccountId};
use htcd_domain::{Code, Coded, Problem};
use htcd_persistence::{service_account, user};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::oauth2::TokenAnswer;
use crate::auth::totp;
use crate::middleware::Meta;
use crate::problem::Refusal;
use crate::state::App;

/// What secrets begin with, so that scanners of repositories recognise one that leaked.
const PREFIX: &str = "htcd_";

/// A new secret with the hash that is kept. It has 256 random bits, so that no slow hash is needed.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn new_secret() -> Result<(String, Vec<u8>), Refusal> {
    let secret = format!("{PREFIX}{}", hex::encode(totp::random::<32>()?));
    let hash = Sha256::digest(secret.as_bytes()).to_vec();
    Ok((secret, hash))
}

/// The tenant and the account that a `client_id` names.
fn named(client_id: &str) -> Option<(ProvinceId, ServiceAccountId)> {
    if client_id.len() != 64 || !client_id.is_ascii() {
        return None;
    }
    let (province, account) = client_id.split_at(32);
    Some((ProvinceId(Uuid::try_parse(province).ok()?), ServiceAccountId(Uuid::try_parse(account).ok()?)))
}

/// The credentials of an `Authorization: Basic …` header.
pub fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Signs a program in. Blocking.
///
/// # Errors
/// `sign_in_failed` whatever was wrong, `malformed_request` for an unknown permission in `scope`.
pub fn sign_in(app: &App, meta: &Meta, client_id: &str, secret: &str, scope: Option<&str>) -> Result<Answer, Refusal> {
    let failed = || Refusal::from(Problem::new(Code::SignInFailed).with("error", "invalid_client"));
    let wanted = scope.map(permissions).transpose()?;
    let (province, id) = named(client_id).filter(|_| secret.len() <= 200).ok_or_else(failed)?;
    let (now, hash) = (app.now(), Sha256::digest(secret.as_bytes()));
    let account = app.database.transact(&Scope::whole(province), |tx| {
        let Some((account, _)) = service_account::find(tx, id, None)? else { return Ok(None) };
        if !account.admits(now, meta.client.address) || !service_account::use_secret(tx, id, &hash, now)? {
            return Ok(None);
        }
        let owner = user::find(tx, account.owner_id)?.is_some_and(|(owner, _)| owner.active);
        Ok(owner.then_some(account))
    })?;
    let account = account.ok_or_else(failed)?;
    let granted: BTreeSet<Permission> = match wanted {
        Some(wanted) => account.permissions.intersection(&wanted).copied().collect(),
        None => account.permissions.clone(),
    };
    let scope = granted.iter().map(|permission| permission.code()).collect::<Vec<_>>().join(" ");
    let access_token = app.sign_service(province, id, &scope)?;
    Ok(Answer::json(&TokenAnswer { scope: Some(scope), ..TokenAnswer::bearer(app, access_token) }))
}

/// The permissions that a `scope` names.
///
/// # Errors
/// `malformed_request` with OAuth's `invalid_scope` for an unknown one.
pub fn permissions(scope: &str) -> Result<BTreeSet<Permission>, Refusal> {
    scope
        .split_ascii_whitespace()
        .map(|code| {
            Permission::from_code(code).ok_or_else(|| {
                let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.code()).collect();
                let problem = Problem::new(Code::MalformedRequest).with("error", "invalid_scope").with("known", &known);
                problem.detail("scope có quyền không tồn tại.", "scope names a permission that does not exist.").into()
            })
        })
        .collect()
}
