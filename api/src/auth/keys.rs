//! The Ed25519 keys that sign access tokens; kept in the database, so that several servers share them.

use std::sync::{Arc, RwLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use htcd_domain::Code;
use htcd_persistence::db::nation;
use htcd_persistence::signing_key::{self, SigningKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

use crate::problem::Refusal;
use crate::state::App;

/// One key, ready for use.
pub struct Key {
    /// The `kid`.
    pub id: String,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
    /// The public key, base64url, as a JWK has it in `x`.
    pub x: String,
}

/// All keys whose tokens are good; the first one signs.
#[derive(Default)]
pub struct Keys(RwLock<Arc<Vec<Key>>>);

fn usable(key: &SigningKey) -> Result<Key, Refusal> {
    let x = BASE64_URL_SAFE_NO_PAD.encode(&key.public_key);
    let decoding = DecodingKey::from_ed_components(&x).map_err(|_| Refusal::from(Code::Internal))?;
    Ok(Key { id: key.id.clone(), encoding: EncodingKey::from_ed_der(&key.private_key), decoding, x })
}

/// A new key pair.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn generate() -> Result<SigningKey, Refusal> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(|_| Refusal::from(Code::Internal))?;
    let pair = ed25519_dalek::SigningKey::from_bytes(&seed);
    let private_key = pair.to_pkcs8_der().map_err(|_| Refusal::from(Code::Internal))?.as_bytes().to_vec();
    let public_key = pair.verifying_key().to_bytes().to_vec();
    let id = hex::encode(&Sha256::digest(&public_key)[..8]);
    Ok(SigningKey { id, private_key, public_key })
}

impl App {
    /// The keys; the first server that finds none makes one. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn keys(&self) -> Result<Arc<Vec<Key>>, Refusal> {
        let known = self.keys.0.read().map_err(|_| Refusal::from(Code::Internal))?.clone();
        if known.is_empty() { self.reload_keys() } else { Ok(known) }
    }

    /// Reads the keys again: another server may have made a new one. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn reload_keys(&self) -> Result<Arc<Vec<Key>>, Refusal> {
        let mut stored = self.database.read(&nation(), signing_key::current)?;
        if stored.is_empty() {
            let key = generate()?;
            self.database.transact(&nation(), |tx| signing_key::insert(tx, &key, self.now()))?;
            stored = self.database.read(&nation(), signing_key::current)?;
        }
        let keys = Arc::new(stored.iter().map(usable).collect::<Result<Vec<_>, _>>()?);
        *self.keys.0.write().map_err(|_| Refusal::from(Code::Internal))? = Arc::clone(&keys);
        Ok(keys)
    }
}
