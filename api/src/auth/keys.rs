//! The Ed25519 keys that sign access tokens; kept in the database, so that several servers share them.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::pkcs8::EncodePrivateKey;
use htcd_domain::Code;
use htcd_persistence::db::nation;
use htcd_persistence::signing_key::{self, SigningKey};
use htcd_persistence::{Author, Change};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

use crate::clock::is_soon_after;
use crate::problem::Refusal;
use crate::state::App;

/// One key, ready for use.
pub struct Key {
    /// The `kid`.
    pub id: String,
    /// There while the key signs.
    pub(crate) encoding: Option<EncodingKey>,
    pub(crate) decoding: DecodingKey,
    /// The public key, base64url, as a JWK has it in `x`.
    pub x: String,
    good_until: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether tokens that it signed are good at a moment.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.good_until.is_none_or(|until| until > now)
    }
}

/// All keys whose tokens are good; the first one signs.
#[derive(Default)]
pub struct Keys {
    known: RwLock<Arc<Vec<Key>>>,
    /// When a key that is not known last made us read them again.
    asked_again: Mutex<Option<DateTime<Utc>>>,
}

/// Keys that are not known make us read them again no more often than this: anybody can name one in a forged token.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// For how long a key of before is good beyond the life of its tokens: until every process has noticed.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

fn usable(key: &SigningKey) -> Result<Key, Refusal> {
    let x = BASE64_URL_SAFE_NO_PAD.encode(&key.public_key);
    let decoding = DecodingKey::from_ed_components(&x).map_err(|_| Refusal::from(Code::Internal))?;
    let signs = key.good_until.is_none() && !key.private_key.is_empty();
    let encoding = signs.then(|| EncodingKey::from_ed_der(&key.private_key));
    Ok(Key { id: key.id.clone(), encoding, decoding, x, good_until: key.good_until })
}

/// A new key pair.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn generate(now: DateTime<Utc>) -> Result<SigningKey, Refusal> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(|_| Refusal::from(Code::Internal))?;
    let pair = ed25519_dalek::SigningKey::from_bytes(&seed);
    let private_key = pair.to_pkcs8_der().map_err(|_| Refusal::from(Code::Internal))?.as_bytes().to_vec();
    let public_key = pair.verifying_key().to_bytes().to_vec();
    let id = hex::encode(&Sha256::digest(&public_key)[..8]);
    Ok(SigningKey { id, private_key, public_key, created_at: now, good_until: None })
}

/// What came of a rotation.
pub struct Rotated {
    /// The key that signs from now on.
    pub new: String,
    /// Those that did until now.
    pub old: Vec<String>,
    /// Until when tokens of those are good.
    pub good_until: DateTime<Utc>,
}

impl App {
    /// The keys; the first server that finds none that signs makes one. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn keys(&self) -> Result<Arc<Vec<Key>>, Refusal> {
        let known = self.known_keys()?;
        if known.first().is_some_and(|key| key.encoding.is_some()) { Ok(known) } else { self.reload_keys() }
    }

    fn known_keys(&self) -> Result<Arc<Vec<Key>>, Refusal> {
        Ok(Arc::clone(&*self.keys.known.read().map_err(|_| Refusal::from(Code::Internal))?))
    }

    /// The keys, among them one that a token names, if it is ours: another server may have made it just now. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn keys_with(&self, id: &str) -> Result<Arc<Vec<Key>>, Refusal> {
        let keys = self.keys()?;
        if keys.iter().any(|key| key.id == id) || !self.may_ask_again() { Ok(keys) } else { self.reload_keys() }
    }

    fn may_ask_again(&self) -> bool {
        let mut last = self.keys.asked_again.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        let may = !is_soon_after(*last, now, PAUSE);
        if may {
            *last = Some(now);
        }
        may
    }

    /// Reads the keys again. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn reload_keys(&self) -> Result<Arc<Vec<Key>>, Refusal> {
        let now = self.now();
        let mut stored = self.database.read(&nation(), |tx| signing_key::current(tx, now))?;
        if stored.first().is_none_or(|key| key.good_until.is_some()) {
            let key = generate(now)?;
            self.database.transact(&nation(), |tx| signing_key::insert(tx, &key))?;
            stored = self.database.read(&nation(), |tx| signing_key::current(tx, now))?;
        }
        self.take_keys(&stored)?;
        self.known_keys()
    }

    /// Takes over the keys that are stored now, where they are others than those that are known.
    ///
    /// # Errors
    /// `internal` for a key that is none.
    pub(crate) fn take_keys(&self, stored: &[SigningKey]) -> Result<(), Refusal> {
        let known = self.known_keys()?;
        let are_same = known.iter().map(|key| (&key.id, key.good_until)).eq(stored.iter().map(|key| (&key.id, key.good_until)));
        if are_same {
            return Ok(());
        }
        let keys = stored.iter().map(usable).collect::<Result<Vec<_>, _>>()?;
        *self.keys.known.write().map_err(|_| Refusal::from(Code::Internal))? = Arc::new(keys);
        // Callers whose token a key signed that is gone.
        self.forget_callers();
        Ok(())
    }

    /// Whether keys were read yet.
    pub(crate) fn has_keys(&self) -> bool {
        self.known_keys().is_ok_and(|keys| !keys.is_empty())
    }

    /// Makes a new key, which signs from now on. Tokens of those before are good until they end, or not at all any more.
    /// Blocking.
    ///
    /// # Errors
    /// What the database said.
    pub fn rotate_keys(&self, author: &Author, revoke: bool) -> htcd_persistence::Result<Rotated> {
        let now = self.now();
        let new = generate(now).map_err(|_| htcd_persistence::Error::Corrupt("no randomness".into()))?;
        let lives = TimeDelta::from_std(self.settings.access_token).unwrap_or(TimeDelta::days(1));
        let good_until = if revoke { now } else { now + lives + MARGIN };
        self.database.write(&nation(), author, |tx| {
            let stored = signing_key::current(tx, now)?;
            let old: Vec<String> = stored.into_iter().filter(|key| key.good_until.is_none()).map(|key| key.id).collect();
            signing_key::retire_all(tx, good_until)?;
            signing_key::remove_over(tx, now)?;
            signing_key::insert(tx, &new)?;
            let before = serde_json::json!({ "signing_keys": old });
            let after = serde_json::json!({ "signing_keys": [new.id], "old_keys_good_until": good_until });
            let rotated = Rotated { new: new.id.clone(), old, good_until };
            Ok(Change::updated(rotated, "signing_key", &new.id, &before, &after).apart_from_figures())
        })
    }
}
