//! Access tokens: short-lived, signed with an asymmetric key (RFC 9068's claims).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use htcd_domain::Code;
use htcd_domain::access::{Caller, Scope};
use htcd_domain::id::{ProvinceId, SessionId, UserId};
use htcd_persistence::session;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::problem::Refusal;
use crate::state::App;

/// What a token says. Roles are not in it: they are looked up, so that taking one away works at once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The tenant.
    pub province_id: ProvinceId,
    /// The signing in.
    pub sid: SessionId,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
}

/// The audience of our tokens.
pub const AUDIENCE: &str = "htcd-api";

/// Longer than any token of ours.
pub const LONGEST: usize = 2_000;

impl App {
    /// Signs a token. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away and no key is known.
    pub fn sign(&self, user: UserId, province: ProvinceId, session: SessionId) -> Result<String, Refusal> {
        let keys = self.keys()?;
        let key = keys.first().ok_or(Code::Internal)?;
        let now = self.now().timestamp();
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: AUDIENCE.into(),
            sub: user,
            province_id: province,
            sid: session,
            iat: now,
            exp: now + i64::try_from(self.settings.access_token.as_secs()).unwrap_or(900),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        header.typ = Some("at+jwt".into());
        jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            Code::Internal.into()
        })
    }

    /// The claims of a token that is ours and still good. Blocking.
    fn verify(&self, token: &str) -> Result<Claims, Refusal> {
        let bad = || Refusal::from(Code::TokenInvalid);
        let header = jsonwebtoken::decode_header(token).map_err(|_| bad())?;
        // The algorithm is ours to say, never the token's.
        let kid = header.kid.filter(|_| header.alg == Algorithm::EdDSA).ok_or_else(bad)?;
        let mut keys = self.keys()?;
        if !keys.iter().any(|key| key.id == kid) {
            keys = self.reload_keys()?;
        }
        let key = keys.iter().find(|key| key.id == kid).ok_or_else(bad)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.validate_exp = false; // By the injected clock, below.
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).map_err(|_| bad())?.claims;
        if claims.exp > self.now().timestamp() { Ok(claims) } else { Err(bad()) }
    }

    /// The caller behind a token that was seen in the last seconds, without waiting for anything.
    pub fn known_caller(&self, token: &str) -> Option<Arc<Caller>> {
        self.callers.get(token).filter(|(_, ends)| *ends > self.now()).map(|(caller, _)| caller)
    }

    /// The caller behind a token, with the grants of this moment. Blocking.
    ///
    /// # Errors
    /// 401 for a token that is not good, or whose session or user is no longer.
    pub fn look_up_caller(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        let claims = self.verify(token)?;
        let now = self.now();
        let user = self.database.read(&Scope::whole(claims.province_id), |tx| session::user_of(tx, claims.sid, now))?;
        let user = user.filter(|user| user.id == claims.sub).ok_or(Code::TokenInvalid)?;
        let caller = Arc::new(Caller {
            user_id: user.id,
            username: user.username,
            province_id: user.province_id,
            session_id: claims.sid,
            grants: user.grants,
        });
        let ends = DateTime::<Utc>::from_timestamp(claims.exp, 0).unwrap_or(now);
        self.callers.insert(token.to_owned(), (Arc::clone(&caller), ends));
        Ok(caller)
    }

    /// Forgets everybody's grants, so that the next request looks them up again.
    pub fn forget_callers(&self) {
        self.callers.invalidate_all();
    }
}
