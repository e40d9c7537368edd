//! What POSTs with an `Idempotency-Key` answered, kept in the transaction of their work.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::id::UserId;
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::Result;
use crate::schema::idempotency_keys as keys;
use crate::types::{Id, Instant};

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The ETag.
    pub etag: Option<String>,
    /// The Location.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// Claims a key for the work of this transaction. A second request with the same key waits here for the
/// first one's end: then it finds the answer, or, if that one was undone, does the work itself.
///
/// # Errors
/// `idempotency_key_reused` when the key belongs to a different request.
pub fn claim(tx: &mut Tx<'_>, user: UserId, key: &str, fingerprint: &str, at: DateTime<Utc>) -> Result<Option<StoredAnswer>> {
    let row = (
        keys::province_id.eq(tx.province()),
        keys::user_id.eq(Id::from(user)),
        keys::key.eq(key),
        keys::fingerprint.eq(fingerprint),
        keys::status.eq(0),
        keys::body.eq(""),
        keys::created_at.eq(Instant::from(at)),
    );
    let claimed = on_backend!(tx.conn, |c| diesel::insert_into(keys::table).values(&row).on_conflict_do_nothing().execute(c))?;
    if claimed == 1 {
        return Ok(None);
    }
    let (known, status, etag, location, body): (String, i32, Option<String>, Option<String>, String) = keys::table
        .find((tx.province(), Id::from(user), key))
        .select((keys::fingerprint, keys::status, keys::etag, keys::location, keys::body))
        .first(tx.conn)?;
    if known != fingerprint {
        return Err(Problem::new(Code::KeyReused).into());
    }
    Ok(Some(StoredAnswer { status: u16::try_from(status).unwrap_or(500), etag, location, body }))
}

/// Keeps the answer under the claimed key.
///
/// # Errors
/// What the database said.
pub fn keep(tx: &mut Tx<'_>, user: UserId, key: &str, answer: &StoredAnswer) -> Result<()> {
    diesel::update(keys::table.find((tx.province(), Id::from(user), key)))
        .set((
            keys::status.eq(i32::from(answer.status)),
            keys::etag.eq(answer.etag.as_deref()),
            keys::location.eq(answer.location.as_deref()),
            keys::body.eq(&answer.body),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets the tenant's keys older than a moment; answers how many.
///
/// # Errors
/// What the database said.
pub fn forget_before(tx: &mut Tx<'_>, at: DateTime<Utc>) -> Result<usize> {
    let old = keys::table.filter(keys::province_id.eq(tx.province()).and(keys::created_at.lt(Instant::from(at))));
    Ok(diesel::delete(old).execute(tx.conn)?)
}
