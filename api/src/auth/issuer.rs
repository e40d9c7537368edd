//! Tokens of another issuer (OpenID Connect): its keys, which it publishes, and what its tokens must say.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use htcd_domain::Code;
use htcd_domain::access::{Caller, Means, Scope};
use htcd_domain::account::UserStatus;
use htcd_persistence::db::nation;
use htcd_persistence::{user, user_identity};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use ureq::tls::{RootCerts, TlsConfig};

use crate::clock::{Clock, is_soon_after};
use crate::problem::Refusal;
use crate::settings::{Oidc, is_safe};
use crate::state::App;

/// The issuer is asked for its keys no more often than this, whoever names keys that it does not have.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// For how long its keys are good while it does not answer.
const LONGEST_SILENCE: TimeDelta = TimeDelta::hours(24);

/// How far its clock and ours may be apart, in seconds.
const SKEW: f64 = 60.0;

/// For how long an answer of its may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer of its that is read.
const LARGEST_ANSWER: u64 = 256 << 10;

/// The longest token of its: longer than ours, for it may list groups and roles.
pub const LONGEST_TOKEN: usize = 8 << 10;

/// The smallest RSA modulus, in bytes: 2048 bits.
const SMALLEST_MODULUS: usize = 256;

/// The other issuer, with the keys that it published.
pub struct Issuer {
    oidc: Oidc,
    clock: Arc<dyn Clock>,
    agent: ureq::Agent,
    known: RwLock<Arc<Known>>,
    /// Whoever holds it asks; the others wait for the answer, and no thread waits with them.
    turn: tokio::sync::Mutex<()>,
    last: Mutex<Option<Asked>>,
}

/// What it published, and when it was asked for that.
#[derive(Default)]
struct Known {
    keys: Vec<Key>,
    at: Option<DateTime<Utc>>,
}

/// A key of its.
struct Key {
    id: String,
    /// What it may sign with: by its own kind, never by what a token says.
    algorithms: Vec<Algorithm>,
    decoding: DecodingKey,
}

/// When it was asked last, and whether it answered.
#[derive(Clone, Copy)]
struct Asked {
    at: DateTime<Utc>,
    answered: bool,
}

/// Its description of itself, as far as it matters here.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Keys as they came: one of a kind that we do not know must not spoil the others.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// What a token says besides its issuer, which is compared before.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    azp: Option<String>,
    scope: Option<IgnoredAny>,
    #[serde(default)]
    amr: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// Whether the token is meant for us. One for several must be an access token, which names whoever may be called with
    /// it; an ID token is for the one that asked for it (OpenID Connect Core 3.1.3.7).
    fn is_for(&self, audience: &str, header: &Header) -> bool {
        let is_access =
            self.scope.is_some() || header.typ.as_deref().is_some_and(|typ| typ.to_ascii_lowercase().ends_with("at+jwt"));
        match &self.aud {
            Audience::One(one) => one == audience,
            Audience::Several(several) if several.len() == 1 => several.iter().any(|one| one == audience),
            Audience::Several(several) => {
                several.iter().any(|one| one == audience) && (is_access || self.azp.as_deref() == Some(audience))
            }
        }
    }

    fn holds_at(&self, now: DateTime<Utc>) -> bool {
        let now = now.timestamp() as f64;
        self.exp + SKEW > now && self.iat <= now + SKEW && self.nbf.is_none_or(|from| from <= now + SKEW)
    }

    /// Whether its holder signed in there with a second factor (RFC 8176).
    fn has_second_factor(&self) -> bool {
        let is_second = |method: &Value| method == "mfa" || method == "otp";
        self.amr.as_array().map_or_else(|| is_second(&self.amr), |methods| methods.iter().any(is_second))
    }
}

/// The key by which somebody's identity at an issuer is looked up.
pub fn lookup_key(issuer: &str, subject: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(issuer);
    hasher.update([0]);
    hasher.update(subject);
    hex::encode(hasher.finalize())
}

/// A key of a set, if tokens may be signed with it: asymmetric, of a size and kind that is good today, and not declared
/// for anything else.
fn usable(key: Value) -> Option<Key> {
    use Algorithm as A;
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let is_for_signing = jwk.common.public_key_use.as_ref().is_none_or(|r#use| *r#use == PublicKeyUse::Signature)
        && jwk.common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) if modulus(&decoding) >= SMALLEST_MODULUS => {
            vec![A::RS256, A::RS384, A::RS512, A::PS256, A::PS384, A::PS512]
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => vec![A::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => vec![A::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![A::EdDSA],
        _ => return None,
    };
    if let Some(declared) = jwk.common.key_algorithm {
        algorithms.retain(|algorithm| Algorithm::try_from(declared).is_ok_and(|declared| declared == *algorithm));
    }
    let id = jwk.common.key_id.filter(|_| is_for_signing && !algorithms.is_empty())?;
    Some(Key { id, algorithms, decoding })
}

fn modulus(key: &DecodingKey) -> usize {
    match key.kind() {
        jsonwebtoken::DecodingKeyKind::RsaModulusExponent { n, .. } => n.iter().skip_while(|byte| **byte == 0).count(),
        jsonwebtoken::DecodingKeyKind::SecretOrDer(_) => 0,
    }
}

impl Issuer {
    /// The issuer of the settings; it is not asked yet.
    pub fn new(oidc: Oidc, clock: Arc<dyn Clock>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // An answer from elsewhere is none of its.
            .max_redirects(0)
            .http_status_as_error(false)
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build());
        // Without TLS it is on this machine, where no proxy leads to.
        let config = if oidc.issuer.starts_with("http:") { config.proxy(None) } else { config };
        Self {
            agent: config.build().into(),
            oidc,
            clock,
            known: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.oidc.issuer
    }

    /// Whether a token says that it is from there.
    pub fn is_named_by(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        token.len() <= LONGEST_TOKEN
            && jsonwebtoken::dangerous::insecure_decode_claims::<Named>(token).is_ok_and(|claims| claims.iss == self.oidc.issuer)
    }

    /// What is known of its keys, if that is not too old.
    fn known(&self) -> Option<Arc<Known>> {
        let known = Arc::clone(&*self.known.read().unwrap_or_else(PoisonError::into_inner));
        is_soon_after(known.at, self.clock.now(), LONGEST_SILENCE).then_some(known)
    }

    fn known_with(&self, id: &str) -> Option<Arc<Known>> {
        self.known().filter(|known| known.keys.iter().any(|key| key.id == id))
    }

    /// Its keys, with the one that a token names. It is asked for those that are not known.
    ///
    /// # Errors
    /// `token_invalid` for a key that it does not have, `issuer_away` when it does not say.
    async fn keys_with(self: &Arc<Self>, id: &str) -> Result<Arc<Known>, Refusal> {
        if let Some(known) = self.known_with(id) {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        if let Some(known) = self.known_with(id) {
            return Ok(known);
        }
        let now = self.clock.now();
        let asked = self.last().filter(|asked| is_soon_after(Some(asked.at), now, PAUSE));
        let answered = match asked {
            Some(asked) => asked.answered,
            None => self.ask(now).await,
        };
        if answered {
            return self.known_with(id).ok_or_else(|| Code::TokenInvalid.into());
        }
        let wait = asked.map_or(PAUSE, |asked| asked.at + PAUSE - now).num_seconds().max(1);
        Err(Refusal::from(Code::IssuerAway).header(actix_web::http::header::RETRY_AFTER, wait))
    }

    /// Asks it for its keys, whatever is known, so that one that it withdrew is not taken for long.
    pub async fn renew(self: Arc<Self>) {
        let _turn = self.turn.lock().await;
        self.ask(self.clock.now()).await;
    }

    fn last(&self) -> Option<Asked> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, at: DateTime<Utc>, answered: bool) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Asked { at, answered });
    }

    /// Asks it on a thread of its own: those that wait for the database shall not wait for it. Answers whether it said
    /// something of use.
    async fn ask(self: &Arc<Self>, now: DateTime<Utc>) -> bool {
        self.note(now, false);
        let (sender, receiver) = oneshot::channel();
        let issuer = Arc::clone(self);
        let work = move || {
            let answered = match issuer.fetch() {
                Ok(keys) => {
                    *issuer.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Known { keys, at: Some(now) });
                    issuer.note(now, true);
                    true
                }
                Err(cause) => {
                    tracing::warn!(cause, "the other issuer of tokens does not say its keys");
                    false
                }
            };
            // The receiver is gone only when the caller hung up.
            let _ = sender.send(answered);
        };
        if let Err(error) = std::thread::Builder::new().name("issuer".into()).spawn(work) {
            tracing::error!(%error, "no thread to ask the other issuer of tokens");
        }
        receiver.await.unwrap_or(false)
    }

    /// Its keys: where they are, it says itself. Blocking.
    fn fetch(&self) -> Result<Vec<Key>, String> {
        let issuer = &self.oidc.issuer;
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let discovery: Discovery = self.get(&format!("{base}/.well-known/openid-configuration"))?;
        if discovery.issuer != *issuer {
            return Err(format!("{issuer}: calls itself {}", discovery.issuer));
        }
        let uri = discovery.jwks_uri;
        if !is_safe(&uri) || (issuer.starts_with("https:") && !uri.starts_with("https:")) {
            return Err(format!("{issuer}: keeps its keys at {uri}, which is not safe"));
        }
        let set: KeySet = self.get(&uri)?;
        Ok(set.keys.into_iter().filter_map(usable).collect())
    }

    fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let named = |error: &dyn std::fmt::Display| format!("{url}: {error}");
        let mut answer = self.agent.get(url).header("accept", "application/json").call().map_err(|error| named(&error))?;
        if answer.status() != 200 {
            return Err(named(&answer.status()));
        }
        let bytes = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec().map_err(|error| named(&error))?;
        serde_json::from_slice(&bytes).map_err(|error| named(&error))
    }

    /// The claims of a token that one of its keys signed, for us and for now.
    fn verify(&self, token: &str, header: &Header, known: &Known) -> Option<Claims> {
        let key = known.keys.iter().find(|key| Some(&key.id) == header.kid.as_ref() && key.algorithms.contains(&header.alg))?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.oidc.issuer]);
        validation.set_audience(&[&self.oidc.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // By the injected clock, as all times.
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).ok()?.claims;
        let is_good = claims.is_for(&self.oidc.audience, header)
            && claims.holds_at(self.clock.now())
            && (1..=255).contains(&claims.sub.len());
        is_good.then_some(claims)
    }
}

/// The header of a token that may show who somebody is: not one that is to be read by others, of another kind, or with
/// conditions that we do not know.
fn header_of(token: &str) -> Option<Header> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let kinds = ["jwt", "at+jwt", "application/at+jwt"];
    let is_one = header.typ.as_ref().is_none_or(|typ| kinds.contains(&typ.to_ascii_lowercase().as_str()));
    (is_one && header.crit.is_none() && header.enc.is_none() && header.zip.is_none()).then_some(header)
}

impl App {
    /// The caller behind a token, ours or the other issuer's.
    ///
    /// # Errors
    /// 401 for a token that is not good, 503 while what it takes to know that is away.
    pub async fn authenticate(self: &Arc<Self>, token: String) -> Result<Arc<Caller>, Refusal> {
        let app = Arc::clone(self);
        let Some(issuer) = self.issuer.clone().filter(|issuer| issuer.is_named_by(&token)) else {
            return Self::blocking(move || {
                app.atlas()?;
                app.look_up_caller(&token)
            })
            .await;
        };
        let bad = || Refusal::from(Code::TokenInvalid);
        let header = header_of(&token).ok_or_else(bad)?;
        let known = issuer.keys_with(header.kid.as_deref().ok_or_else(bad)?).await?;
        Self::blocking(move || {
            let claims = issuer.verify(&token, &header, &known).ok_or_else(bad)?;
            app.atlas()?;
            let caller = Arc::new(app.holder(issuer.url(), &claims)?.ok_or_else(bad)?);
            let ends = DateTime::from_timestamp((claims.exp + SKEW) as i64, 0).unwrap_or(app.now());
            app.callers.insert(token, (Arc::clone(&caller), ends));
            Ok(caller)
        })
        .await
    }

    /// The user to whom the token's subject is linked, if they may sign in and did not sign out since. Blocking.
    fn holder(&self, issuer: &str, claims: &Claims) -> Result<Option<Caller>, Refusal> {
        let key = lookup_key(issuer, &claims.sub);
        let Some((province, id)) = self.database.read(&nation(), |tx| user_identity::holder(tx, &key))? else { return Ok(None) };
        let issued = DateTime::from_timestamp(claims.iat as i64, 0);
        Ok(self.database.read(&Scope::whole(province), |tx| {
            let found = user::find(tx, id)?.map(|(user, _)| user);
            let Some(user) = found.filter(|user| user.active && user.status != UserStatus::Anonymised) else { return Ok(None) };
            if user::tokens_from(tx, id)?.is_some_and(|from| issued.is_none_or(|issued| issued < from)) {
                return Ok(None);
            }
            let needs_totp = self.asks_for_totp(tx, user.grants.iter())? && !claims.has_second_factor();
            Ok(Some(Caller {
                user_id: user.id,
                username: user.username,
                province_id: user.province_id,
                means: Means::Issuer,
                acting: None,
                needs_totp,
                grants: user.grants,
            }))
        })?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The algorithms of a key, if it is taken.
    fn algorithms(key: Value) -> Option<Vec<Algorithm>> {
        usable(key).map(|key| key.algorithms)
    }

    #[test]
    fn a_key_signs_with_what_its_own_kind_says() {
        use Algorithm as A;
        let x = "11qYAycxYz2KDxE1Yr3uYH1Vmo3eFAUZHAfj3xV2uZg";
        let ed = |more: Value| {
            let mut key = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x });
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            key
        };
        let ec = |curve: &str| json!({ "kty": "EC", "crv": curve, "kid": "1", "x": x, "y": x });
        let rsa = |bytes: usize, alg: Option<&str>| {
            use base64::Engine;
            let n = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(vec![0xab; bytes]);
            json!({ "kty": "RSA", "kid": "1", "n": n, "e": "AQAB", "alg": alg })
        };
        assert_eq!(algorithms(ed(json!({}))), Some(vec![A::EdDSA]));
        assert_eq!(algorithms(ed(json!({ "use": "sig", "alg": "EdDSA", "key_ops": ["verify"] }))), Some(vec![A::EdDSA]));
        assert_eq!(algorithms(ec("P-256")), Some(vec![A::ES256]));
        assert_eq!(algorithms(ec("P-384")), Some(vec![A::ES384]));
        assert_eq!(algorithms(rsa(256, Some("PS256"))), Some(vec![A::PS256]));
        assert_eq!(algorithms(rsa(256, None)).unwrap().len(), 6);
        for not in [
            json!({ "kty": "oct", "kid": "1", "k": x, "alg": "HS256" }),
            json!({ "kty": "OKP", "crv": "X25519", "kid": "1", "x": x }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x }),
            json!("nonsense"),
            ed(json!({ "use": "enc" })),
            ed(json!({ "alg": "HS256" })),
            ed(json!({ "alg": "ES256" })),
            ed(json!({ "alg": "none" })),
            ed(json!({ "key_ops": ["sign"] })),
            ec("P-521"),
            ec("secp256k1"),
            rsa(128, None),
            rsa(256, Some("RSA-OAEP")),
            rsa(256, Some("HS256")),
        ] {
            assert_eq!(algorithms(not.clone()), None, "{not}");
        }
    }

    #[test]
    fn a_token_for_several_is_an_access_token_or_asked_for_by_us() {
        let claims = |more: Value| -> Claims {
            let mut claims = json!({ "sub": "1", "exp": 1, "iat": 1 });
            claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(claims).unwrap()
        };
        let header = Header::new(Algorithm::EdDSA);
        let access = Header { typ: Some("at+jwt".into()), ..header.clone() };
        let cases = [
            (json!({ "aud": "us" }), true, true),
            (json!({ "aud": ["us"] }), true, true),
            (json!({ "aud": ["us"], "azp": "app" }), true, true),
            (json!({ "aud": ["us", "app"] }), false, true),
            (json!({ "aud": ["us", "app"], "azp": "app" }), false, true),
            (json!({ "aud": ["us", "app"], "azp": "us" }), true, true),
            (json!({ "aud": ["us", "app"], "scope": "openid" }), true, true),
            (json!({ "aud": "app", "azp": "us" }), false, false),
            (json!({ "aud": ["app", "other"], "scope": "openid" }), false, false),
            (json!({ "aud": [] }), false, false),
        ];
        for (claim, plain, typed) in cases {
            let token = claims(claim.clone());
            assert_eq!((token.is_for("us", &header), token.is_for("us", &access)), (plain, typed), "{claim}");
        }
    }

    #[test]
    fn two_factors_are_those_that_the_token_names() {
        let second = |amr: Value| {
            let claims = json!({ "sub": "1", "aud": "us", "exp": 1, "iat": 1, "amr": amr });
            serde_json::from_value::<Claims>(claims).unwrap().has_second_factor()
        };
        assert!(second(json!(["pwd", "otp"])) && second(json!(["mfa"])) && second(json!("mfa")));
        assert!(!second(json!(["pwd"])) && !second(json!([])) && !second(Value::Null) && !second(json!({ "mfa": true })));
    }
}
