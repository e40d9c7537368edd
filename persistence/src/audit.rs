//! The audit chain of each province.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::audit::AuditRecord;
use htcd_domain::id::{ProvinceId, ServiceAccountId, SessionId, UserId};

use crate::db::{Author, Moves, MultiBackend, Tx};
use crate::error::Result;
use crate::schema::{audit_heads, audit_records};
use crate::types::{Id, Instant};

#[derive(Queryable, Insertable)]
#[diesel(table_name = audit_records)]
struct RecordRow {
    province_id: Id,
    seq: i64,
    at: Instant,
    user_id: Option<Id>,
    username: String,
    operation: String,
    subject: String,
    subject_id: String,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
    request_id: String,
    address: Option<String>,
    previous_hash: String,
    hash: String,
    session_id: Option<Id>,
    service_account_id: Option<Id>,
    acting_user_id: Option<Id>,
    acting_username: Option<String>,
}

impl From<RecordRow> for AuditRecord {
    fn from(row: RecordRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at.into(),
            user_id: row.user_id.map(UserId::from),
            username: row.username,
            operation: row.operation,
            subject: row.subject,
            subject_id: row.subject_id,
            before: row.before,
            after: row.after,
            reason: row.reason,
            request_id: row.request_id,
            address: row.address,
            previous_hash: row.previous_hash,
            hash: row.hash,
            session_id: row.session_id.map(SessionId::from),
            service_account_id: row.service_account_id.map(ServiceAccountId::from),
            acting_user_id: row.acting_user_id.map(UserId::from),
            acting_username: row.acting_username,
        }
    }
}

/// Starts the chain of a new province.
///
/// # Errors
/// What the database said.
pub fn start(tx: &mut Tx<'_>, province: ProvinceId) -> Result<()> {
    let head = (
        audit_heads::province_id.eq(Id::from(province)),
        audit_heads::seq.eq(0i64),
        audit_heads::figures.eq(0i64),
        audit_heads::records.eq(0i64),
        audit_heads::hash.eq(htcd_domain::audit::GENESIS),
    );
    diesel::insert_into(audit_heads::table).values(head).execute(tx.conn)?;
    Ok(())
}

/// Appends a record. The head's row is the last one that a writing transaction locks, so chains never deadlock.
///
/// # Errors
/// What the database said.
#[expect(clippy::too_many_arguments, reason = "the columns of a record")]
pub(crate) fn append(
    tx: &mut Tx<'_>,
    author: &Author,
    subject: &str,
    subject_id: String,
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
    moves: Moves,
) -> Result<()> {
    let province = tx.scope.province_id;
    let head = audit_heads::table.filter(audit_heads::province_id.eq(Id::from(province)));
    let (seq, previous_hash): (i64, String) = diesel::update(head)
        .set((
            audit_heads::seq.eq(audit_heads::seq + 1),
            audit_heads::figures.eq(audit_heads::figures + i64::from(moves == Moves::Figures)),
            audit_heads::records.eq(audit_heads::records + i64::from(moves != Moves::Nothing)),
        ))
        .returning((audit_heads::seq, audit_heads::hash))
        .get_result(tx.conn)?;
    let at: DateTime<Utc> = Instant::from(author.at).into();
    let mut record = AuditRecord {
        seq,
        at,
        user_id: author.user_id,
        username: author.username.clone(),
        operation: author.operation.clone(),
        subject: subject.to_owned(),
        subject_id,
        before,
        after,
        reason,
        request_id: author.request_id.clone(),
        address: author.address.clone(),
        previous_hash,
        hash: String::new(),
        session_id: author.session_id,
        service_account_id: author.service_account_id,
        acting_user_id: author.acting.as_ref().map(|(id, _)| *id),
        acting_username: author.acting.as_ref().map(|(_, name)| name.clone()),
    };
    record.hash = record.expected_hash(province);
    diesel::update(head).set(audit_heads::hash.eq(&record.hash)).execute(tx.conn)?;
    let row = RecordRow {
        province_id: province.into(),
        seq: record.seq,
        at: record.at.into(),
        user_id: record.user_id.map(Id::from),
        username: record.username,
        operation: record.operation,
        subject: record.subject,
        subject_id: record.subject_id,
        before: record.before,
        after: record.after,
        reason: record.reason,
        request_id: record.request_id,
        address: record.address,
        previous_hash: record.previous_hash,
        hash: record.hash,
        session_id: record.session_id.map(Id::from),
        service_account_id: record.service_account_id.map(Id::from),
        acting_user_id: record.acting_user_id.map(Id::from),
        acting_username: record.acting_username,
    };
    diesel::insert_into(audit_records::table).values(&row).execute(tx.conn)?;
    Ok(())
}

/// Which records a list shows.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// About this thing.
    pub subject_id: Option<String>,
    /// Of this kind of thing.
    pub subject: Option<String>,
    /// By this user, in their own right or acting for somebody.
    pub user_id: Option<UserId>,
    /// By this service account.
    pub service_account_id: Option<ServiceAccountId>,
    /// By this operation.
    pub operation: Option<String>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
}

/// A page of the tenant's records, newest first, before a place in the chain.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, filter: &AuditFilter, before: Option<i64>, limit: i64) -> Result<Vec<AuditRecord>> {
    let mut query = matching(tx, filter);
    if let Some(before) = before {
        query = query.filter(audit_records::seq.lt(before));
    }
    let rows: Vec<RecordRow> = query.order(audit_records::seq.desc()).limit(limit).load(tx.conn)?;
    Ok(rows.into_iter().map(AuditRecord::from).collect())
}

/// The tenant's records in the order of the chain, after a place in it.
///
/// # Errors
/// What the database said.
pub fn run(tx: &mut Tx<'_>, filter: &AuditFilter, after: i64, limit: i64) -> Result<Vec<AuditRecord>> {
    let query = matching(tx, filter).filter(audit_records::seq.gt(after));
    let rows: Vec<RecordRow> = query.order(audit_records::seq).limit(limit).load(tx.conn)?;
    Ok(rows.into_iter().map(AuditRecord::from).collect())
}

/// When a record was removed, if the tenant's chain says so.
///
/// # Errors
/// What the database said.
pub fn removed_at(tx: &mut Tx<'_>, subject: &str, subject_id: &str) -> Result<Option<DateTime<Utc>>> {
    let at: Option<Instant> = audit_records::table
        .filter(audit_records::province_id.eq(tx.province()).and(audit_records::subject_id.eq(subject_id)))
        .filter(audit_records::before.is_not_null().and(audit_records::after.is_null()))
        .filter(audit_records::subject.eq(subject))
        .order(audit_records::seq.desc())
        .select(audit_records::at)
        .first(tx.conn)
        .optional()?;
    Ok(at.map(DateTime::from))
}

/// The hash of one record of the tenant's chain.
///
/// # Errors
/// What the database said.
pub fn hash_at(tx: &mut Tx<'_>, seq: i64) -> Result<Option<String>> {
    Ok(audit_records::table.find((tx.province(), seq)).select(audit_records::hash).first(tx.conn).optional()?)
}

fn matching<'q>(tx: &Tx<'_>, filter: &AuditFilter) -> audit_records::BoxedQuery<'q, MultiBackend> {
    let mut query = audit_records::table.filter(audit_records::province_id.eq(tx.province())).into_boxed();
    if let Some(subject_id) = &filter.subject_id {
        query = query.filter(audit_records::subject_id.eq(subject_id.clone()));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(audit_records::subject.eq(subject.clone()));
    }
    if let Some(user) = filter.user_id {
        let user = Id::from(user);
        query = query.filter(audit_records::user_id.eq(user).or(audit_records::acting_user_id.eq(user)));
    }
    if let Some(account) = filter.service_account_id {
        query = query.filter(audit_records::service_account_id.eq(Id::from(account)));
    }
    if let Some(operation) = &filter.operation {
        query = query.filter(audit_records::operation.eq(operation.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_records::at.ge(Instant::from(from)));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit_records::at.lt(Instant::from(to)));
    }
    query
}

/// The versions of tenants' figures. A version moves with every change that a figure may rest on, in its transaction.
/// A transaction of the nation sees those of all tenants, any other one only its own.
///
/// # Errors
/// What the database said.
pub fn versions(tx: &mut Tx<'_>, provinces: Option<&[ProvinceId]>) -> Result<Vec<(ProvinceId, i64)>> {
    let all = audit_heads::table.select((audit_heads::province_id, audit_heads::figures));
    let rows: Vec<(Id, i64)> = match provinces {
        // One statement text for one province, so that it stays prepared on both databases.
        Some([province]) => all.filter(audit_heads::province_id.eq(Id::from(*province))).load(tx.conn)?,
        Some(provinces) => {
            let ids: Vec<Id> = provinces.iter().map(|id| Id::from(*id)).collect();
            all.filter(audit_heads::province_id.eq_any(ids)).load(tx.conn)?
        }
        None => all.load(tx.conn)?,
    };
    Ok(rows.into_iter().map(|(province, version)| (province.into(), version)).collect())
}

/// The version of the figures that rest on the tenant's records of the year's work.
///
/// # Errors
/// What the database said.
pub fn records_version(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(audit_heads::table.find(tx.province()).select(audit_heads::records).first(tx.conn)?)
}

/// The end of a chain that is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How many records it has.
    pub seq: i64,
    /// The hash of the last one: noted elsewhere, it shows a chain that was written anew.
    pub hash: String,
}

/// A break in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Whose chain.
    pub province: ProvinceId,
    /// At which record.
    pub seq: i64,
    /// What is wrong there.
    pub what: &'static str,
}

/// Checks the chain of the tenant; answers its end, or says where it breaks first.
///
/// # Errors
/// What the database said.
pub fn verify(tx: &mut Tx<'_>) -> Result<std::result::Result<End, Break>> {
    let province = tx.scope.province_id;
    let (mut seq, mut hash) = (0, htcd_domain::audit::GENESIS.to_owned());
    loop {
        let rows: Vec<RecordRow> = audit_records::table
            .filter(audit_records::province_id.eq(tx.province()).and(audit_records::seq.gt(seq)))
            .order(audit_records::seq)
            .limit(1000)
            .load(tx.conn)?;
        if rows.is_empty() {
            break;
        }
        for record in rows.into_iter().map(AuditRecord::from) {
            if !record.is_sound(province, seq, &hash) {
                let what = if record.seq != seq + 1 {
                    "a record is missing before this one"
                } else {
                    "this record or its place was changed"
                };
                return Ok(Err(Break { province, seq: record.seq, what }));
            }
            (seq, hash) = (record.seq, record.hash);
        }
    }
    let head: (i64, String) = audit_heads::table
        .filter(audit_heads::province_id.eq(tx.province()))
        .select((audit_heads::seq, audit_heads::hash))
        .first(tx.conn)?;
    if head != (seq, hash.clone()) {
        return Ok(Err(Break { province, seq: seq + 1, what: "the newest records were removed" }));
    }
    Ok(Ok(End { seq, hash }))
}
