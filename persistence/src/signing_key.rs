//! The keys that sign access tokens.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::signing_keys;
use crate::types::Instant;

/// A key pair.
#[derive(Clone, Queryable)]
pub struct SigningKey {
    /// The key's id, as tokens name it.
    pub id: String,
    /// PKCS #8, DER.
    pub private_key: Vec<u8>,
    /// The 32 bytes of the Ed25519 public key.
    pub public_key: Vec<u8>,
}

/// Keys whose tokens are still good, newest first: the first one signs.
///
/// # Errors
/// What the database said.
pub fn current(tx: &mut Tx<'_>) -> Result<Vec<SigningKey>> {
    Ok(signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .select((signing_keys::id, signing_keys::private_key, signing_keys::public_key))
        .order((signing_keys::created_at.desc(), signing_keys::id))
        .load(tx.conn)?)
}

/// Stores a key.
///
/// # Errors
/// What the database said.
pub fn insert(tx: &mut Tx<'_>, key: &SigningKey, now: DateTime<Utc>) -> Result<()> {
    let row = (
        signing_keys::id.eq(&key.id),
        signing_keys::private_key.eq(&key.private_key),
        signing_keys::public_key.eq(&key.public_key),
        signing_keys::created_at.eq(Instant::from(now)),
    );
    diesel::insert_into(signing_keys::table).values(row).execute(tx.conn)?;
    Ok(())
}
