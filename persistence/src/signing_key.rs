//! The keys that sign access tokens.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::signing_keys;
use crate::types::Instant;

/// A key pair.
#[derive(Clone)]
pub struct SigningKey {
    /// The key's id, as tokens name it.
    pub id: String,
    /// PKCS #8, DER. Empty once another key signs: what a retired key signed is verified without it.
    pub private_key: Vec<u8>,
    /// The 32 bytes of the Ed25519 public key.
    pub public_key: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when tokens that it signed are good; `None` for a key that signs.
    pub good_until: Option<DateTime<Utc>>,
}

#[derive(Queryable)]
struct Row {
    id: String,
    private_key: Vec<u8>,
    public_key: Vec<u8>,
    created_at: Instant,
    retired_at: Option<Instant>,
}

impl From<Row> for SigningKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            private_key: row.private_key,
            public_key: row.public_key,
            created_at: row.created_at.into(),
            good_until: row.retired_at.map(DateTime::from),
        }
    }
}

/// Keys whose tokens are good at a moment: first those that sign, of which the first does, then those of before, the
/// latest first.
///
/// # Errors
/// What the database said.
pub fn current(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Vec<SigningKey>> {
    let rows: Vec<Row> = signing_keys::table
        .filter(signing_keys::retired_at.is_null().or(signing_keys::retired_at.gt(Instant::from(now))))
        .order((signing_keys::created_at.desc(), signing_keys::id))
        .load(tx.conn)?;
    let mut keys: Vec<_> = rows.into_iter().map(SigningKey::from).collect();
    keys.sort_by_key(|key| (key.good_until.is_some(), Reverse(key.good_until)));
    Ok(keys)
}

/// Stores a key.
///
/// # Errors
/// What the database said.
pub fn insert(tx: &mut Tx<'_>, key: &SigningKey) -> Result<()> {
    let row = (
        signing_keys::id.eq(&key.id),
        signing_keys::private_key.eq(&key.private_key),
        signing_keys::public_key.eq(&key.public_key),
        signing_keys::created_at.eq(Instant::from(key.created_at)),
        signing_keys::retired_at.eq(key.good_until.map(Instant::from)),
    );
    diesel::insert_into(signing_keys::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Lets no key sign any more: tokens of the keys that did are good until a moment, or less long where that was said
/// before. Their private halves are erased.
///
/// # Errors
/// What the database said.
pub fn retire_all(tx: &mut Tx<'_>, good_until: DateTime<Utc>) -> Result<()> {
    let until = Instant::from(good_until);
    let longer = signing_keys::table.filter(signing_keys::retired_at.is_null().or(signing_keys::retired_at.gt(until)));
    diesel::update(longer)
        .set((signing_keys::retired_at.eq(Some(until)), signing_keys::private_key.eq(Vec::<u8>::new())))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes keys of which no token is good any more.
///
/// # Errors
/// What the database said.
pub fn remove_over(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<()> {
    diesel::delete(signing_keys::table.filter(signing_keys::retired_at.le(Instant::from(now)))).execute(tx.conn)?;
    Ok(())
}
