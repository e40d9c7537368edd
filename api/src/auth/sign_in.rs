//! Signing in with a password and, where there is one, a second factor.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use htcd_domain::access::Scope;
use htcd_domain::account::{wait_after, wait_of_strangers};
use htcd_domain::id::{ProvinceId, SessionId, UserId};
use htcd_domain::text::is_plain;
use htcd_domain::{Code, Problem};
use htcd_persistence::db::{Author, Change, nation, record};
use htcd_persistence::session::{self, NewSession};
use htcd_persistence::user::{self, Credentials};
use htcd_persistence::{Tx, account};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::answer::Answer;
use crate::auth::oauth2::TokenAnswer;
use crate::auth::{password, totp};
use crate::clock::new_id;
use crate::middleware::Meta;
use crate::problem::Refusal;
use crate::state::App;

/// What somebody shows besides the password.
pub enum Factor {
    /// Nothing.
    None,
    /// The digits of the authenticator.
    Totp(String),
    /// A recovery code.
    Recovery(String),
}

impl Factor {
    /// From the form's members.
    pub fn of(totp: Option<String>, recovery: Option<String>) -> Self {
        match (totp, recovery) {
            (Some(code), _) => Self::Totp(code),
            (None, Some(code)) => Self::Recovery(code),
            (None, None) => Self::None,
        }
    }
}

/// A refresh token names its tenant, so that it can be looked up inside of it.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn refresh_token(province: ProvinceId) -> Result<String, Refusal> {
    Ok(format!("{}{}", province.0.simple(), hex::encode(totp::random::<32>()?)))
}

/// The tenant that a refresh token names.
pub fn province_of(refresh_token: &str) -> Option<ProvinceId> {
    if refresh_token.len() != 96 || !refresh_token.is_ascii() {
        return None;
    }
    Uuid::try_parse(&refresh_token[..32]).ok().map(ProvinceId)
}

/// The refusal of a sign-in: the same whatever was wrong.
fn failed() -> Refusal {
    Problem::new(Code::SignInFailed).with("error", "invalid_grant").into()
}

/// What came of it, decided in one transaction.
enum Outcome {
    In(SessionId, String),
    Failed,
    NeedsTotp,
}

/// Signs somebody in. A name that does not exist takes the same work as a wrong password.
///
/// # Errors
/// `sign_in_failed`, `totp_required`, 503 while the database is away.
pub async fn with_password(
    app: &Arc<App>,
    meta: Meta,
    username: String,
    password: String,
    factor: Factor,
) -> Result<Answer, Refusal> {
    let usable = username.len() <= 64 && password.len() <= 1_000 && is_plain(&username);
    let inner = Arc::clone(app);
    let found = App::blocking(move || {
        Ok(if usable { inner.database.read(&nation(), |tx| user::credentials(tx, &username))? } else { None })
    })
    .await?;
    let hash = found.as_ref().and_then(|found| found.password_hash.clone()).unwrap_or_else(|| password::NOBODY.to_owned());
    let fits = app.hashing(move || Ok(password::fits(&password, &hash))).await?;
    let inner = Arc::clone(app);
    App::blocking(move || {
        // Somebody who does not exist: the same reading and writing, on a record that nobody has.
        let found = found.unwrap_or_else(nobody);
        let now = inner.now();
        let token = refresh_token(found.province_id)?;
        let outcome = inner
            .database
            .transact(&Scope::whole(found.province_id), |tx| decide(tx, &inner, &meta, &found, fits, &factor, &token, now))?;
        match outcome {
            Outcome::In(session, token) => tokens(&inner, found.user_id, found.province_id, session, token),
            Outcome::Failed => Err(failed()),
            Outcome::NeedsTotp => Err(Problem::new(Code::TotpRequired).with("error", "invalid_grant").into()),
        }
    })
    .await
}

/// Stands for a name that does not exist: failures for all such names count together, by the address they come from.
fn nobody() -> Credentials {
    Credentials {
        user_id: UserId(Uuid::nil()),
        province_id: ProvinceId::NATION,
        username: String::new(),
        display_name: String::new(),
        email: None,
        password_hash: None,
        active: false,
        locked_until: None,
    }
}

#[expect(clippy::too_many_arguments, reason = "what a signing in looks at")]
fn decide(
    tx: &mut Tx<'_>,
    app: &App,
    meta: &Meta,
    found: &Credentials,
    fits: bool,
    factor: &Factor,
    token: &str,
    now: DateTime<Utc>,
) -> htcd_persistence::Result<Outcome> {
    let address = &meta.client.address.to_string();
    let until = account::waits_until(tx, found.user_id, address)?;
    let is_known = session::knows_address(tx, found.user_id, address)?;
    let waits = until.is_some_and(|until| until > now) || (!is_known && found.locked_until.is_some_and(|until| until > now));
    // A wait is told apart from a wrong password by nothing, so that it does not reveal which names exist.
    if waits {
        return Ok(Outcome::Failed);
    }
    let device = account::authenticator(tx, found.user_id)?.filter(|device| device.confirmed);
    let is_person = found.active && found.password_hash.is_some();
    if !fits || !is_person {
        note_failure(tx, found, address, now)?;
        return Ok(Outcome::Failed);
    }
    let means = match (&device, factor) {
        (None, _) => "password",
        (Some(_), Factor::None) => return Ok(Outcome::NeedsTotp),
        (Some(device), Factor::Totp(code)) => {
            let clock = totp::authenticator(&device.secret, &found.username)
                .map_err(|_| htcd_persistence::Error::Corrupt("an authenticator's secret".into()))?;
            let fresh = match totp::step_of(&clock, code, now) {
                Some(step) => account::use_step(tx, found.user_id, step)?,
                None => false,
            };
            if !fresh {
                note_failure(tx, found, address, now)?;
                return Ok(Outcome::Failed);
            }
            "totp"
        }
        (Some(_), Factor::Recovery(code)) => {
            if !account::use_recovery_code(tx, found.user_id, &totp::hash_of(code), now)? {
                note_failure(tx, found, address, now)?;
                return Ok(Outcome::Failed);
            }
            "recovery_code"
        }
    };
    account::forget_failures(tx, found.user_id, Some(address))?;
    user::note_sign_in(tx, found.user_id, 0, None)?;
    let id: SessionId = new_id(now);
    open(tx, app, meta, found, id, token, means, now)?;
    Ok(Outcome::In(id, token.to_owned()))
}

fn note_failure(tx: &mut Tx<'_>, found: &Credentials, address: &str, now: DateTime<Utc>) -> htcd_persistence::Result<()> {
    let until = |wait: Option<TimeDelta>| wait.map(|wait| now + wait);
    let here = account::count_failure(tx, found.user_id, address, now)?;
    account::hold_up(tx, found.user_id, address, until(wait_after(here)))?;
    let anywhere = user::count_failure(tx, found.user_id)?;
    user::hold_up_strangers(tx, found.user_id, until(wait_of_strangers(anywhere)))
}

#[expect(clippy::too_many_arguments, reason = "the columns of a session")]
fn open(
    tx: &mut Tx<'_>,
    app: &App,
    meta: &Meta,
    found: &Credentials,
    id: SessionId,
    token: &str,
    means: &'static str,
    now: DateTime<Utc>,
) -> htcd_persistence::Result<()> {
    let new = NewSession {
        id,
        user_id: found.user_id,
        token_hash: &Sha256::digest(token.as_bytes()),
        now,
        expires_at: now + app.settings.session,
        address: Some(&meta.client.address.to_string()),
        user_agent: meta.user_agent.as_deref(),
        means,
    };
    session::open(tx, &new)?;
    let author = Author::person(found.user_id, &found.username, "create_token", &meta.request_id, now);
    let author = Author { session_id: Some(id), address: meta.address(), ..author };
    let opened = Change::created((), "session", id, &serde_json::json!({ "user_id": found.user_id, "means": means }));
    record(tx, &author, opened.apart_from_figures())
}

/// The answer with a session's tokens.
///
/// # Errors
/// 503 while the database is away and no key is known.
pub fn tokens(
    app: &App,
    user: UserId,
    province: ProvinceId,
    session: SessionId,
    refresh_token: String,
) -> Result<Answer, Refusal> {
    let access_token = app.sign(user, province, session)?;
    Ok(Answer::json(&TokenAnswer { refresh_token: Some(refresh_token), ..TokenAnswer::bearer(app, access_token) }))
}

impl TokenAnswer {
    /// An access token alone.
    pub fn bearer(app: &App, access_token: String) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: app.settings.access_token.as_secs(),
            refresh_token: None,
            scope: None,
            issued_token_type: None,
        }
    }
}
