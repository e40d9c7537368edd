//! What provinces submitted to the Ministry. The database lets nobody change or remove any of it.

use std::collections::HashMap;

use chrono::DateTime;
use diesel::prelude::*;
use htcd_domain::aggregate::Row;
use htcd_domain::id::{SubmissionId, UserId};
use htcd_domain::scheme::Subject;
use htcd_domain::submission::{
    Submission, SubmissionFile, SubmissionFormat, SubmissionHeader, sealed_meanwhile, superseded_already,
};
use htcd_domain::{Code, Coded, Problem};
use serde::{Deserialize, Serialize};

use crate::db::{MultiBackend, Tx};
use crate::error::{Error, OnUnique, Result};
use crate::schema::{submission_files, submissions};
use crate::types::{Doc, Id, Instant};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = submissions)]
struct SubmissionRow {
    province_id: Id,
    id: Id,
    number: i64,
    year: i32,
    subject: String,
    version: i64,
    supersedes_id: Option<Id>,
    cut_off: Instant,
    round_id: Id,
    key_id: String,
    sha256: String,
    reason: Option<String>,
    summary: Doc,
    user_id: Id,
    acting_user_id: Option<Id>,
}

/// What nothing is looked up by. The columns repeat what the database holds rules about.
#[derive(Serialize, Deserialize)]
struct Summary {
    header: SubmissionHeader,
    total: Row,
    files: Vec<SubmissionFile>,
}

impl SubmissionRow {
    fn of(province_id: Id, submission: &Submission) -> Result<Self> {
        let header = &submission.header;
        let summary = Summary { header: header.clone(), total: submission.total.clone(), files: submission.files.clone() };
        Ok(Self {
            province_id,
            id: header.id.into(),
            number: header.number,
            year: header.year,
            subject: header.subject.code().to_owned(),
            version: header.version,
            supersedes_id: header.supersedes.as_ref().map(|superseded| superseded.id.into()),
            cut_off: header.cut_off.into(),
            round_id: header.round.id.into(),
            key_id: submission.key_id.clone(),
            sha256: submission.sha256.clone(),
            reason: header.reason.clone(),
            summary: Doc::of(&summary)?,
            user_id: submission.sealed_by.into(),
            acting_user_id: submission.acting_user_id.map(Id::from),
        })
    }

    fn submission(self, superseded_by: Option<SubmissionId>) -> Result<Submission> {
        let summary: Summary = self.summary.read()?;
        // What was cut to microseconds by the database is what was sealed.
        let header = SubmissionHeader { cut_off: DateTime::from(self.cut_off), ..summary.header };
        Ok(Submission {
            header,
            sha256: self.sha256,
            key_id: self.key_id,
            total: summary.total,
            files: summary.files,
            superseded_by,
            sealed_by: self.user_id.into(),
            acting_user_id: self.acting_user_id.map(UserId::from),
        })
    }
}

/// A file with its bytes.
pub struct SealedFile {
    /// Which one.
    pub format: SubmissionFormat,
    /// SHA-256 over the bytes.
    pub sha256: String,
    /// The bytes.
    pub content: Vec<u8>,
}

/// Which submissions a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct SubmissionFilter {
    /// Of this year.
    pub year: Option<i32>,
    /// Of centres or communes.
    pub subject: Option<Subject>,
    /// Those that were superseded, or those that hold.
    pub superseded: Option<bool>,
}

type Boxed<'q> = submissions::BoxedQuery<'q, MultiBackend>;

/// A submission is of the whole province: whoever's scope is narrower sees none.
fn in_scope<'q>(tx: &Tx<'_>) -> Boxed<'q> {
    let query = submissions::table.filter(submissions::province_id.eq(tx.province())).into_boxed();
    if tx.scope.whole { query } else { query.filter(submissions::number.lt(0)) }
}

/// Which submissions were superseded, by which. A province has a few dozen of all.
fn successors(tx: &mut Tx<'_>) -> Result<HashMap<SubmissionId, SubmissionId>> {
    let rows: Vec<(Option<Id>, Id)> = submissions::table
        .filter(submissions::province_id.eq(tx.province()).and(submissions::supersedes_id.is_not_null()))
        .select((submissions::supersedes_id, submissions::id))
        .load(tx.conn)?;
    Ok(rows.into_iter().filter_map(|(old, new)| Some((SubmissionId::from(old?), new.into()))).collect())
}

/// A page of the tenant's submissions, newest first, below a number.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, filter: &SubmissionFilter, below: Option<i64>, limit: i64) -> Result<Vec<Submission>> {
    let successors = successors(tx)?;
    let mut query = in_scope(tx);
    if let Some(year) = filter.year {
        query = query.filter(submissions::year.eq(year));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(submissions::subject.eq(subject.code()));
    }
    if let Some(superseded) = filter.superseded {
        let old: Vec<Id> = successors.keys().map(|id| Id::from(*id)).collect();
        query = match superseded {
            true => query.filter(submissions::id.eq_any(old)),
            false => query.filter(submissions::id.ne_all(old)),
        };
    }
    if let Some(below) = below {
        query = query.filter(submissions::number.lt(below));
    }
    let rows: Vec<SubmissionRow> =
        query.order(submissions::number.desc()).limit(limit).select(SubmissionRow::as_select()).load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let by = successors.get(&SubmissionId::from(row.id)).copied();
            row.submission(by)
        })
        .collect()
}

/// One submission of the tenant.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: SubmissionId) -> Result<Option<Submission>> {
    let row: Option<SubmissionRow> =
        in_scope(tx).filter(submissions::id.eq(Id::from(id))).select(SubmissionRow::as_select()).first(tx.conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let by: Option<Id> = submissions::table
        .filter(submissions::province_id.eq(tx.province()).and(submissions::supersedes_id.eq(Id::from(id)).assume_not_null()))
        .select(submissions::id)
        .first(tx.conn)
        .optional()?;
    row.submission(by.map(SubmissionId::from)).map(Some)
}

/// The submission of a year and subject that holds: the last one of its line.
///
/// # Errors
/// What the database said.
pub fn current(tx: &mut Tx<'_>, year: i32, subject: Subject) -> Result<Option<Submission>> {
    let row: Option<SubmissionRow> = in_scope(tx)
        .filter(submissions::year.eq(year).and(submissions::subject.eq(subject.code())))
        .order(submissions::version.desc())
        .select(SubmissionRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(|row| row.submission(None)).transpose()
}

/// The number that the tenant's next submission gets.
///
/// # Errors
/// What the database said.
pub fn next_number(tx: &mut Tx<'_>) -> Result<i64> {
    let last: Option<i64> = submissions::table
        .filter(submissions::province_id.eq(tx.province()))
        .select(diesel::dsl::max(submissions::number))
        .first(tx.conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// Stores what was sealed, with its files.
///
/// # Errors
/// `already_exists` for an id that is taken; `state_conflict` when somebody else was faster.
pub fn insert(tx: &mut Tx<'_>, submission: &Submission, files: &[SealedFile]) -> Result<()> {
    let row = SubmissionRow::of(tx.province(), submission)?;
    let inserted = diesel::insert_into(submissions::table).values(&row).execute(tx.conn);
    explained(inserted, submission)?;
    for file in files {
        let row = (
            submission_files::province_id.eq(tx.province()),
            submission_files::submission_id.eq(Id::from(submission.header.id)),
            submission_files::format.eq(file.format.code()),
            submission_files::sha256.eq(&file.sha256),
            submission_files::content.eq(&file.content),
        );
        diesel::insert_into(submission_files::table).values(row).execute(tx.conn)?;
    }
    Ok(())
}

/// Says what a broken uniqueness rule means. Whoever seals holds the key, so that only an id can be taken; the rules hold
/// whatever happens to that lock.
fn explained(inserted: QueryResult<usize>, submission: &Submission) -> Result<usize> {
    let taken = || Problem::new(Code::AlreadyExists).detail("Đã có bản nộp với id này.", "A submission with this id exists.");
    let on = |result: Result<usize>, constraint: &str, columns: &str, problem: &dyn Fn() -> Problem| match result {
        Err(Error::Query(error)) => Err(error).on_unique(constraint, columns, problem),
        other => other,
    };
    let result = inserted.map_err(Error::from);
    let result = on(result, "submissions_pkey", "submissions.province_id, submissions.id", &taken);
    let alike = "submissions.province_id, submissions.id, submissions.year, submissions.subject";
    let result = on(result, "submissions_line_key", alike, &taken);
    let result = on(result, "submissions_supersedes_key", "submissions.province_id, submissions.supersedes_id", &|| {
        superseded_already(submission.header.supersedes.as_ref().map_or(0, |superseded| superseded.number))
    });
    let line = "submissions.province_id, submissions.year, submissions.subject, submissions.version";
    let result = on(result, "submissions_version_key", line, &sealed_meanwhile);
    on(result, "submissions_number_key", "submissions.province_id, submissions.number", &sealed_meanwhile)
}

/// The bytes of a file of a submission that was found in scope.
///
/// # Errors
/// What the database said.
pub fn file(tx: &mut Tx<'_>, id: SubmissionId, format: SubmissionFormat) -> Result<Option<Vec<u8>>> {
    Ok(submission_files::table
        .find((tx.province(), Id::from(id), format.code()))
        .select(submission_files::content)
        .first(tx.conn)
        .optional()?)
}
