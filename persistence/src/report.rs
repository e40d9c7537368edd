//! Reports of centres, and who did what with them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Datelike, NaiveDate};
use diesel::prelude::*;
use htcd_domain::document::BorneNumber;
use htcd_domain::id::{CentreId, ReportId, UserId};
use htcd_domain::period::Period;
use htcd_domain::record::Kept;
use htcd_domain::report::{Report, ReportAction, ReportCourse, ReportKind, ReportSigner, ReportState, ReportStep};
use htcd_domain::{Code, Coded, Problem};
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::error::{Error, OnUnique, Result};
use crate::record::{Part, Row, Whose};
use crate::schema::{report_steps, reports};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reports, treat_none_as_null = true)]
struct ReportRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    kind: String,
    period: String,
    first_day: NaiveDate,
    last_day: NaiveDate,
    number: Option<i64>,
    number_year: Option<i32>,
    symbol: String,
    signed_on: Option<NaiveDate>,
    cut_off: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
    signer: Option<String>,
    head: Doc,
    texts: Doc,
    judgements: Doc,
    state: String,
    version: i64,
    first_submitted_at: Option<Instant>,
    submitted_at: Option<Instant>,
    accepted_at: Option<Instant>,
    return_reason: Option<String>,
    return_sections: Doc,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
    handed_in_on: Option<NaiveDate>,
}

/// What stands above and below a report, and nothing is looked up by.
#[derive(Serialize, Deserialize)]
struct Head {
    place: Option<String>,
    superior_body: Option<String>,
    issuing_body: Option<String>,
    subject: Option<String>,
    addressees: Vec<String>,
    recipients: Vec<String>,
    signer_authority: Option<String>,
    signer_post: Option<String>,
}

impl Row for ReportRow {
    type Record = Report;

    fn of(province_id: Id, kept: &Kept<Report>, revision: i64) -> Result<Self> {
        let (it, course) = (&kept.content, &kept.content.course);
        let head = Head {
            place: it.place.clone(),
            superior_body: it.superior_body.clone(),
            issuing_body: it.issuing_body.clone(),
            subject: it.subject.clone(),
            addressees: it.addressees.clone(),
            recipients: it.recipients.clone(),
            signer_authority: it.signer.authority.clone(),
            signer_post: it.signer.post.clone(),
        };
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            kind: it.kind.code().into(),
            period: it.period.to_string(),
            first_day: it.period.first,
            last_day: it.period.last,
            number: it.number,
            number_year: it.number_year(),
            symbol: it.symbol.clone(),
            signed_on: it.signed_on,
            cut_off: it.cut_off,
            due_on: it.due_on,
            signer: it.signer.name.clone(),
            head: Doc::of(&head)?,
            texts: Doc::of(&it.texts)?,
            judgements: Doc::of(&it.judgements)?,
            state: course.state.code().into(),
            version: course.version,
            first_submitted_at: course.first_submitted_at.map(Instant::from),
            submitted_at: course.submitted_at.map(Instant::from),
            accepted_at: course.accepted_at.map(Instant::from),
            return_reason: course.return_reason.clone(),
            return_sections: Doc::of(&course.return_sections)?,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
            handed_in_on: it.handed_in_on,
        })
    }

    fn read(self) -> Result<(Kept<Report>, i64)> {
        let head: Head = self.head.read()?;
        let period = Period::parse(&self.period).ok_or_else(|| Error::Corrupt(format!("`{}` is no period", self.period)))?;
        let course = ReportCourse {
            state: coded(&self.state)?,
            version: self.version,
            first_submitted_at: self.first_submitted_at.map(DateTime::from),
            submitted_at: self.submitted_at.map(DateTime::from),
            accepted_at: self.accepted_at.map(DateTime::from),
            return_reason: self.return_reason,
            return_sections: self.return_sections.read()?,
        };
        let content = Report {
            id: None,
            centre_id: self.centre_id.into(),
            kind: coded(&self.kind)?,
            period,
            number: self.number,
            symbol: self.symbol,
            signed_on: self.signed_on,
            cut_off: self.cut_off,
            due_on: self.due_on,
            handed_in_on: self.handed_in_on,
            place: head.place,
            superior_body: head.superior_body,
            issuing_body: head.issuing_body,
            subject: head.subject,
            addressees: head.addressees,
            recipients: head.recipients,
            signer: ReportSigner { authority: head.signer_authority, post: head.signer_post, name: self.signer },
            texts: self.texts.read()?,
            judgements: self.judgements.read()?,
            course,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Report, reports, ReportRow, of a centre, ordered by last_day: NaiveDate);

/// Which reports a list shows.
#[derive(Debug, Clone, Default)]
pub struct ReportFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this kind.
    pub kind: Option<ReportKind>,
    /// Of this period.
    pub period: Option<Period>,
    /// In this state.
    pub state: Option<ReportState>,
}

/// A part of the list of reports, by the last day of their periods.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ReportFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Report>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(kind) = filter.kind {
        query = query.filter(reports::kind.eq(kind.code()));
    }
    if let Some(period) = filter.period {
        query = query.filter(reports::period.eq(period.to_string()));
    }
    if let Some(state) = filter.state {
        query = query.filter(reports::state.eq(state.code()));
    }
    part(tx, query, wanted)
}

fn period_taken() -> Problem {
    Problem::new(Code::AlreadyExists)
        .detail(
            "Trung tâm đã có báo cáo loại này của kỳ này; sửa báo cáo đang có.",
            "The centre has a report of this kind and period already; change that one.",
        )
        .with("pointer", "/period")
}

fn number_taken(report: &Report) -> Problem {
    let year = report.signed_on.map_or(report.period.last, |day| day).year();
    Problem::new(Code::AlreadyExists)
        .detail(
            format!("Trung tâm đã có báo cáo mang số này trong năm {year}."),
            format!("The centre has a report with this number in {year} already."),
        )
        .with("pointer", "/number")
}

/// Says what a broken uniqueness rule of reports means: of the kind and period, or of the number.
///
/// # Errors
/// `already_exists`, or the error as it is.
pub fn explained<T>(result: Result<T>, report: &Report) -> Result<T> {
    let period = match result {
        Err(Error::Query(error)) => Err(error).on_unique(
            "reports_period_key",
            "reports.province_id, reports.centre_id, reports.kind, reports.period",
            period_taken,
        ),
        other => other,
    };
    match period {
        Err(Error::Query(error)) => Err(error).on_unique(
            "reports_number_key",
            "reports.province_id, reports.centre_id, reports.number_year, reports.number",
            || number_taken(report),
        ),
        other => other,
    }
}

/// No other report of the centre has its kind and period, or its number of the year.
///
/// # Errors
/// `already_exists`.
pub fn check_unique(tx: &mut Tx<'_>, report: &Report, own: Option<ReportId>) -> Result<()> {
    let others = |tx: &Tx<'_>| {
        let query = reports::table
            .filter(reports::province_id.eq(tx.province()).and(reports::centre_id.eq(Id::from(report.centre_id))))
            .into_boxed();
        match own {
            None => query,
            Some(own) => query.filter(reports::id.ne(Id::from(own))),
        }
    };
    let alike = others(tx).filter(reports::kind.eq(report.kind.code()).and(reports::period.eq(report.period.to_string())));
    if alike.select(reports::id).first::<Id>(tx.conn).optional()?.is_some() {
        return Err(period_taken().into());
    }
    let Some((number, year)) = report.number.zip(report.number_year()) else { return Ok(()) };
    let numbered = others(tx).filter(reports::number_year.eq(year).and(reports::number.eq(number)).assume_not_null());
    let taken = numbered.select(reports::id).first::<Id>(tx.conn).optional()?;
    if taken.is_none() { Ok(()) } else { Err(number_taken(report).into()) }
}

/// The numbers that a centre's reports of a year bear.
///
/// # Errors
/// What the database said.
pub fn borne(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Vec<BorneNumber>> {
    let rows: Vec<ReportRow> = reports::table
        .filter(reports::province_id.eq(tx.province()).and(reports::centre_id.eq(Id::from(centre))))
        .filter(reports::number_year.eq(year).assume_not_null())
        .select(ReportRow::as_select())
        .load(tx.conn)?;
    let read = |row: ReportRow| row.read().map(|(kept, _)| kept.content.borne_number(Some(kept.id)));
    rows.into_iter().map(read).filter_map(Result::transpose).collect()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = report_steps)]
struct StepRow {
    province_id: Id,
    report_id: Id,
    seq: i64,
    at: Instant,
    user_id: Id,
    acting_user_id: Option<Id>,
    action: Option<String>,
    version: Option<i64>,
    reason: Option<String>,
    sections: Doc,
}

/// What was done with a report, oldest first. Its report was looked up in scope.
///
/// # Errors
/// What the database said.
pub fn steps(tx: &mut Tx<'_>, report: ReportId) -> Result<Vec<ReportStep>> {
    let rows: Vec<StepRow> = report_steps::table
        .filter(report_steps::province_id.eq(tx.province()).and(report_steps::report_id.eq(Id::from(report))))
        .order(report_steps::seq)
        .select(StepRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            Ok(ReportStep {
                seq: row.seq,
                at: row.at.into(),
                user_id: row.user_id.into(),
                acting_user_id: row.acting_user_id.map(UserId::from),
                action: row.action.as_deref().map(coded).transpose()?,
                version: row.version,
                reason: row.reason,
                sections: row.sections.read()?,
            })
        })
        .collect()
}

/// Who wrote each report in a state, or handed it in: nobody of them accepts it.
///
/// # Errors
/// What the database said.
pub fn writers(tx: &mut Tx<'_>, state: ReportState) -> Result<HashMap<ReportId, BTreeSet<UserId>>> {
    let of_report = reports::province_id.eq(report_steps::province_id).and(reports::id.eq(report_steps::report_id));
    let wrote = [ReportAction::Edit, ReportAction::Submit].map(Coded::code);
    let rows: Vec<(Id, Id, Option<Id>)> = report_steps::table
        .inner_join(reports::table.on(of_report))
        .filter(reports::province_id.eq(tx.province()).and(reports::state.eq(state.code())))
        .filter(report_steps::action.is_null().or(report_steps::action.eq_any(wrote).assume_not_null()))
        .select((report_steps::report_id, report_steps::user_id, report_steps::acting_user_id))
        .load(tx.conn)?;
    let mut writers: HashMap<ReportId, BTreeSet<UserId>> = HashMap::new();
    for (report, user, acting) in rows {
        let persons = [Some(user), acting].into_iter().flatten().map(UserId::from);
        writers.entry(report.into()).or_default().extend(persons);
    }
    Ok(writers)
}

/// Stores what was done with a report.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn insert_step(tx: &mut Tx<'_>, report: ReportId, step: &ReportStep) -> Result<()> {
    let row = StepRow {
        province_id: tx.province(),
        report_id: report.into(),
        seq: step.seq,
        at: step.at.into(),
        user_id: step.user_id.into(),
        acting_user_id: step.acting_user_id.map(Id::from),
        action: step.action.map(|action| action.code().to_owned()),
        version: step.version,
        reason: step.reason.clone(),
        sections: Doc::of(&step.sections)?,
    };
    diesel::insert_into(report_steps::table).values(&row).execute(tx.conn).on_unique(
        "report_steps_pkey",
        "report_steps.province_id, report_steps.report_id, report_steps.seq",
        || Code::EtagMismatch.into(),
    )?;
    Ok(())
}

/// Forgets what was done with a draft that is removed; the audit trail keeps it.
///
/// # Errors
/// What the database said.
pub fn remove_steps(tx: &mut Tx<'_>, report: ReportId) -> Result<()> {
    let of_report = report_steps::province_id.eq(tx.province()).and(report_steps::report_id.eq(Id::from(report)));
    diesel::delete(report_steps::table.filter(of_report)).execute(tx.conn)?;
    Ok(())
}
