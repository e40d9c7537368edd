//! The keys with which a province signs its submissions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::{Code, Problem};

use crate::db::{Conn, Tx};
use crate::error::{OnUnique, Result};
use crate::schema::submission_keys;
use crate::types::Instant;

/// A key pair of a province.
#[derive(Clone)]
pub struct SubmissionKey {
    /// Its id: the thumbprint of the public key (RFC 7638).
    pub id: String,
    /// PKCS #8, DER. Empty once it was retired.
    pub private_key: Vec<u8>,
    /// The 32 bytes of the Ed25519 public key.
    pub public_key: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it signs no more.
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Queryable)]
struct Row {
    id: String,
    private_key: Vec<u8>,
    public_key: Vec<u8>,
    created_at: Instant,
    retired_at: Option<Instant>,
}

impl From<Row> for SubmissionKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            private_key: row.private_key,
            public_key: row.public_key,
            created_at: row.created_at.into(),
            retired_at: row.retired_at.map(DateTime::from),
        }
    }
}

/// The columns but the tenant's.
type Columns = (
    submission_keys::id,
    submission_keys::private_key,
    submission_keys::public_key,
    submission_keys::created_at,
    submission_keys::retired_at,
);

const COLUMNS: Columns = (
    submission_keys::id,
    submission_keys::private_key,
    submission_keys::public_key,
    submission_keys::created_at,
    submission_keys::retired_at,
);

/// All keys of the tenant, those of before too, newest first: what they signed is verified for ever.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<SubmissionKey>> {
    let rows: Vec<Row> = submission_keys::table
        .filter(submission_keys::province_id.eq(tx.province()))
        .order((submission_keys::created_at.desc(), submission_keys::id))
        .select(COLUMNS)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(SubmissionKey::from).collect())
}

/// Whether the tenant has a key that signs.
///
/// # Errors
/// What the database said.
pub fn has_signing(tx: &mut Tx<'_>) -> Result<bool> {
    let found: Option<String> = submission_keys::table
        .filter(submission_keys::province_id.eq(tx.province()).and(submission_keys::retired_at.is_null()))
        .select(submission_keys::id)
        .first(tx.conn)
        .optional()?;
    Ok(found.is_some())
}

/// The key that signs, held until the transaction ends: of several who seal or change the key one goes first, and the next
/// one sees what that one did. On SQLite a writing transaction is the only one from its beginning on.
///
/// # Errors
/// What the database said.
pub fn hold_signing(tx: &mut Tx<'_>) -> Result<Option<SubmissionKey>> {
    let signing = submission_keys::province_id.eq(tx.province()).and(submission_keys::retired_at.is_null());
    let query = submission_keys::table.filter(signing).select(COLUMNS);
    let row: Option<Row> = match &mut *tx.conn {
        Conn::Pg(pg) => query.for_no_key_update().first(pg).optional()?,
        Conn::Sqlite(lite) => query.first(lite).optional()?,
    };
    Ok(row.map(SubmissionKey::from))
}

/// Stores a key that signs from now on.
///
/// # Errors
/// `already_exists` when there is one that signs.
pub fn insert(tx: &mut Tx<'_>, key: &SubmissionKey) -> Result<()> {
    let row = (
        submission_keys::province_id.eq(tx.province()),
        submission_keys::id.eq(&key.id),
        submission_keys::private_key.eq(&key.private_key),
        submission_keys::public_key.eq(&key.public_key),
        submission_keys::created_at.eq(Instant::from(key.created_at)),
        submission_keys::retired_at.eq(key.retired_at.map(Instant::from)),
    );
    diesel::insert_into(submission_keys::table).values(row).execute(tx.conn).on_unique(
        "submission_keys_signing_key",
        "submission_keys.province_id",
        there_is_one,
    )?;
    Ok(())
}

/// The refusal of a second key that signs.
pub fn there_is_one() -> Problem {
    Problem::new(Code::AlreadyExists).detail(
        "Tỉnh đã có khóa ký đang dùng; muốn thay, dùng POST /v1/submission_keys/rotate.",
        "The province has a key that signs already; to replace it, use POST /v1/submission_keys/rotate.",
    )
}

/// Lets a key that is held sign no more, and erases its private half.
///
/// # Errors
/// What the database said.
pub fn retire(tx: &mut Tx<'_>, id: &str, at: DateTime<Utc>) -> Result<()> {
    diesel::update(submission_keys::table.find((tx.province(), id)))
        .set((submission_keys::retired_at.eq(Some(Instant::from(at))), submission_keys::private_key.eq(Vec::<u8>::new())))
        .execute(tx.conn)?;
    Ok(())
}
