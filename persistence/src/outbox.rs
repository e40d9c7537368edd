//! Mail that waits to be sent. It is queued in the transaction of the change that it tells of: both happen or neither.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::mail::Mail;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::outbox_mails as mails;
use crate::types::{Id, Instant};

/// A mail in the queue.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Identity.
    pub id: Uuid,
    /// The mail.
    pub mail: Mail,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next; `None` when it was given up.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

#[derive(Queryable)]
struct MailRow {
    id: Id,
    recipient: String,
    subject: String,
    body: String,
    created_at: Instant,
    attempts: i32,
    next_attempt_at: Option<Instant>,
    last_error: Option<String>,
}

const COLUMNS: (
    mails::id,
    mails::recipient,
    mails::subject,
    mails::body,
    mails::created_at,
    mails::attempts,
    mails::next_attempt_at,
    mails::last_error,
) = (
    mails::id,
    mails::recipient,
    mails::subject,
    mails::body,
    mails::created_at,
    mails::attempts,
    mails::next_attempt_at,
    mails::last_error,
);

impl From<MailRow> for Queued {
    fn from(row: MailRow) -> Self {
        Self {
            id: row.id.0,
            mail: Mail { recipient: row.recipient, subject: row.subject, body: row.body },
            created_at: row.created_at.into(),
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at.map(DateTime::from),
            last_error: row.last_error,
        }
    }
}

/// Queues a mail of the tenant. It leaves once the transaction is committed, and not at all if it is undone.
///
/// # Errors
/// What the database said.
pub fn add(tx: &mut Tx<'_>, id: Uuid, mail: &Mail, now: DateTime<Utc>) -> Result<()> {
    let row = (
        mails::province_id.eq(tx.province()),
        mails::id.eq(Id(id)),
        mails::recipient.eq(&mail.recipient),
        mails::subject.eq(&mail.subject),
        mails::body.eq(&mail.body),
        mails::created_at.eq(Instant::from(now)),
        mails::attempts.eq(0),
        mails::next_attempt_at.eq(Some(Instant::from(now))),
    );
    diesel::insert_into(mails::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// The tenant's mails that are due, the longest waiting first.
///
/// # Errors
/// What the database said.
pub fn due(tx: &mut Tx<'_>, now: DateTime<Utc>, limit: i64) -> Result<Vec<Queued>> {
    let rows: Vec<MailRow> = mails::table
        .filter(mails::province_id.eq(tx.province()))
        .filter(mails::next_attempt_at.le(Instant::from(now)).assume_not_null())
        .order((mails::next_attempt_at, mails::id))
        .limit(limit)
        .select(COLUMNS)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(Queued::from).collect())
}

/// The tenant's mails that were not sent, those given up included, oldest first.
///
/// # Errors
/// What the database said.
pub fn unsent(tx: &mut Tx<'_>) -> Result<Vec<Queued>> {
    let rows: Vec<MailRow> = mails::table
        .filter(mails::province_id.eq(tx.province()).and(mails::sent_at.is_null()))
        .order((mails::created_at, mails::id))
        .select(COLUMNS)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(Queued::from).collect())
}

/// Takes a mail that is due, to send it before the lease ends, and counts the attempt. Of several servers one gets it.
///
/// # Errors
/// What the database said.
pub fn claim(tx: &mut Tx<'_>, mail: &Queued, lease_ends: DateTime<Utc>) -> Result<bool> {
    let seen = mail.next_attempt_at.map(Instant::from);
    let row = mails::table.find((tx.province(), Id(mail.id))).filter(mails::next_attempt_at.eq(seen).assume_not_null());
    let claimed = diesel::update(row)
        .set((mails::next_attempt_at.eq(Some(Instant::from(lease_ends))), mails::attempts.eq(mails::attempts + 1)))
        .execute(tx.conn)?;
    Ok(claimed == 1)
}

/// Notes that a mail was sent, and erases its text: it may hold a one-time code.
///
/// # Errors
/// What the database said.
pub fn mark_sent(tx: &mut Tx<'_>, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    diesel::update(mails::table.find((tx.province(), Id(id))))
        .set((
            mails::sent_at.eq(Some(Instant::from(now))),
            mails::body.eq(""),
            mails::next_attempt_at.eq(None::<Instant>),
            mails::last_error.eq(None::<String>),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes why a mail could not be sent, and when it is tried again; `None` gives it up. If the lease was over and
/// another server has it, that one says what becomes of it.
///
/// # Errors
/// What the database said.
pub fn mark_failed(
    tx: &mut Tx<'_>,
    id: Uuid,
    lease_ends: DateTime<Utc>,
    error: &str,
    next_attempt_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let ours = mails::next_attempt_at.eq(Some(Instant::from(lease_ends))).assume_not_null();
    diesel::update(mails::table.find((tx.province(), Id(id))).filter(ours))
        .set((mails::last_error.eq(Some(error)), mails::next_attempt_at.eq(next_attempt_at.map(Instant::from))))
        .execute(tx.conn)?;
    Ok(())
}

/// Makes every unsent mail of the tenant due again from the first attempt on; answers how many.
///
/// # Errors
/// What the database said.
pub fn retry(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<usize> {
    let unsent = mails::table.filter(mails::province_id.eq(tx.province()).and(mails::sent_at.is_null()));
    Ok(diesel::update(unsent)
        .set((mails::attempts.eq(0), mails::next_attempt_at.eq(Some(Instant::from(now)))))
        .execute(tx.conn)?)
}

/// Forgets the tenant's mails to somebody, sent or not.
///
/// # Errors
/// What the database said.
pub fn forget_recipient(tx: &mut Tx<'_>, recipient: &str) -> Result<()> {
    diesel::delete(mails::table.filter(mails::province_id.eq(tx.province()).and(mails::recipient.eq(recipient))))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets the tenant's mails that were queued before a moment and wait no longer; answers how many.
///
/// # Errors
/// What the database said.
pub fn forget_before(tx: &mut Tx<'_>, at: DateTime<Utc>) -> Result<usize> {
    let old = mails::table
        .filter(mails::province_id.eq(tx.province()).and(mails::created_at.lt(Instant::from(at))))
        .filter(mails::next_attempt_at.is_null());
    Ok(diesel::delete(old).execute(tx.conn)?)
}
