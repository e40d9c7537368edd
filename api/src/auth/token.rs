//! Access tokens: short-lived, signed with an asymmetric key (RFC 9068's claims).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use htcd_domain::Code;
use htcd_domain::access::{Acting, Caller, Grant, Means, Scope};
use htcd_domain::delegation::Delegation;
use htcd_domain::id::{DelegationId, ProvinceId, ServiceAccountId, SessionId, UserId};
use htcd_domain::user::User;
use htcd_persistence::{Tx, account, delegation, service_account, session, sign_in_policy, user};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::Refusal;
use crate::state::App;

/// What a token says. Roles are not in it: they are looked up, so that taking one away works at once.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// In whose right: a user, or a service account.
    pub sub: Uuid,
    /// The tenant.
    pub province_id: ProvinceId,
    /// The signing in; none for a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// What a program may do with it, separated by blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who acts for the user (RFC 8693).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
}

/// Who acts, and under which leave.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Act {
    /// Who.
    pub sub: UserId,
    /// The leave.
    pub delegation_id: DelegationId,
}

/// A user as a caller.
fn caller(user: User, means: Means) -> Caller {
    Caller {
        user_id: user.id,
        username: user.username,
        province_id: user.province_id,
        means,
        acting: None,
        needs_totp: false,
        grants: user.grants,
    }
}

/// The audience of our tokens.
pub const AUDIENCE: &str = "htcd-api";

/// Longer than any token of ours.
const LONGEST: usize = 2_000;

impl App {
    /// Signs a token of somebody who signed in. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away and no key is known.
    pub fn sign(&self, user: UserId, province: ProvinceId, session: SessionId) -> Result<String, Refusal> {
        self.sign_claims(Claims { sid: Some(session), ..self.claims(user.0, province) })
    }

    /// Signs a token of a program. Blocking.
    ///
    /// # Errors
    /// As for [`App::sign`].
    pub fn sign_service(&self, province: ProvinceId, account: ServiceAccountId, scope: &str) -> Result<String, Refusal> {
        self.sign_claims(Claims { scope: Some(scope.to_owned()), ..self.claims(account.0, province) })
    }

    /// Signs a token for whoever acts for somebody, within the actor's own signing in. Blocking.
    ///
    /// # Errors
    /// As for [`App::sign`].
    pub fn sign_acting(&self, leave: &Delegation, province: ProvinceId, session: SessionId) -> Result<String, Refusal> {
        let act = Some(Act { sub: leave.delegate_id, delegation_id: leave.id });
        let mut claims = Claims { sid: Some(session), act, ..self.claims(leave.user_id.0, province) };
        claims.exp = claims.exp.min(leave.valid_until.timestamp());
        self.sign_claims(claims)
    }

    fn claims(&self, sub: Uuid, province_id: ProvinceId) -> Claims {
        let now = self.now().timestamp();
        Claims {
            iss: self.settings.issuer.clone(),
            aud: AUDIENCE.into(),
            sub,
            province_id,
            sid: None,
            scope: None,
            act: None,
            iat: now,
            exp: now + i64::try_from(self.settings.access_token.as_secs()).unwrap_or(900),
        }
    }

    fn sign_claims(&self, claims: Claims) -> Result<String, Refusal> {
        let keys = self.keys()?;
        let (key, encoding) = keys.first().and_then(|key| Some((key, key.encoding.as_ref()?))).ok_or(Code::Internal)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        header.typ = Some("at+jwt".into());
        jsonwebtoken::encode(&header, &claims, encoding).map_err(|error| {
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
        let keys = self.keys_with(&kid)?;
        let key = keys.iter().find(|key| key.id == kid && key.is_good(self.now())).ok_or_else(bad)?;
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

    /// The caller behind a token of ours, with the grants of this moment. Blocking.
    ///
    /// # Errors
    /// 401 for a token that is not good, or whose session or user is no longer.
    pub fn look_up_caller(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        if token.len() > LONGEST {
            return Err(Code::TokenInvalid.into());
        }
        let claims = self.verify(token)?;
        let now = self.now();
        let caller = self.database.read(&Scope::whole(claims.province_id), |tx| match (claims.sid, &claims.scope) {
            (Some(session), None) => self.person(tx, &claims, session),
            (None, Some(scope)) => self.program(tx, &claims, scope),
            _ => Ok(None),
        })?;
        let caller = Arc::new(caller.ok_or(Code::TokenInvalid)?);
        let ends = DateTime::<Utc>::from_timestamp(claims.exp, 0).unwrap_or(now);
        self.callers.insert(token.to_owned(), (Arc::clone(&caller), ends));
        Ok(caller)
    }

    /// Who signed in, or for whom they act.
    fn person(&self, tx: &mut Tx<'_>, claims: &Claims, session: SessionId) -> htcd_persistence::Result<Option<Caller>> {
        let now = self.now();
        let Some(holder) = session::user_of(tx, session, now)? else { return Ok(None) };
        let (user, acting) = match claims.act {
            None => (holder.clone(), None),
            Some(act) => {
                let leave = delegation::find(tx, act.delegation_id)?.filter(|leave| {
                    leave.holds_at(now) && leave.delegate_id == act.sub && act.sub == holder.id && leave.user_id.0 == claims.sub
                });
                let Some(leave) = leave else { return Ok(None) };
                let Some((user, _)) = user::find(tx, leave.user_id)?.filter(|(user, _)| user.active) else { return Ok(None) };
                let acting = Acting { user_id: holder.id, username: holder.username.clone(), read_only: leave.read_only };
                (user, Some(acting))
            }
        };
        if user.id.0 != claims.sub {
            return Ok(None);
        }
        let needs_totp = self.needs_totp(tx, holder.id, holder.grants.iter().chain(&user.grants))?;
        Ok(Some(Caller { acting, needs_totp, ..caller(user, Means::Session(session)) }))
    }

    /// Whether a role asks for a second factor that somebody has not set up.
    fn needs_totp<'g>(
        &self,
        tx: &mut Tx<'_>,
        holder: UserId,
        grants: impl Iterator<Item = &'g Grant>,
    ) -> htcd_persistence::Result<bool> {
        let must = self.asks_for_totp(tx, grants)?;
        Ok(must && !account::authenticator(tx, holder)?.is_some_and(|device| device.confirmed))
    }

    /// Somebody as they would call if they signed in now.
    ///
    /// # Errors
    /// What the database said.
    pub fn in_person(&self, tx: &mut Tx<'_>, user: User) -> htcd_persistence::Result<Caller> {
        let needs_totp = self.needs_totp(tx, user.id, user.grants.iter())?;
        Ok(Caller { needs_totp, ..caller(user, Means::Session(SessionId(Uuid::nil()))) })
    }

    /// Whether a role of today's asks for a second factor.
    pub(super) fn asks_for_totp<'g>(
        &self,
        tx: &mut Tx<'_>,
        mut grants: impl Iterator<Item = &'g Grant>,
    ) -> htcd_persistence::Result<bool> {
        let asked_for = sign_in_policy::get(tx)?.0.totp_roles;
        let today = self.today();
        Ok(grants.any(|grant| grant.is_valid_on(today) && asked_for.contains(&grant.role)))
    }

    /// A program, in its owner's right.
    fn program(&self, tx: &mut Tx<'_>, claims: &Claims, scope: &str) -> htcd_persistence::Result<Option<Caller>> {
        let id = ServiceAccountId(claims.sub);
        let Some((account, _)) = service_account::find(tx, id, None)? else { return Ok(None) };
        if !account.active || account.expires_at <= self.now() {
            return Ok(None);
        }
        let Some((owner, _)) = user::find(tx, account.owner_id)?.filter(|(owner, _)| owner.active) else { return Ok(None) };
        let asked_for = crate::auth::service::permissions(scope).unwrap_or_default();
        let means = Means::Service {
            id,
            networks: account.parsed_networks(),
            permissions: account.permissions.intersection(&asked_for).copied().collect(),
            name: account.name,
        };
        Ok(Some(caller(owner, means)))
    }

    /// Forgets everybody's grants, so that the next request looks them up again.
    pub fn forget_callers(&self) {
        self.callers.invalidate_all();
    }
}
