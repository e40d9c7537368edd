//! Plans of centres.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::document::BorneNumber;
use htcd_domain::duties::Hand;
use htcd_domain::id::{CentreId, PlanId, SurveyId, UserId};
use htcd_domain::plan::{Around, Plan, PlanCourse, PlanState};
use htcd_domain::record::Kept;
use htcd_domain::{Code, Coded, Problem};

use crate::db::Tx;
use crate::error::{Error, OnUnique, Result};
use crate::record::{Part, Row, Whose};
use crate::schema::{plan_items, plans};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plans, treat_none_as_null = true)]
struct PlanRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    year: i32,
    number: Option<String>,
    signed_on: Option<NaiveDate>,
    title: String,
    survey_id: Option<Id>,
    revises_id: Option<Id>,
    state: String,
    submitted_at: Option<Instant>,
    approval: Option<Doc>,
    approved_on: Option<NaiveDate>,
    return_reason: Option<String>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
    submitted_by: Option<Id>,
    submitted_acting_by: Option<Id>,
}

impl Row for PlanRow {
    type Record = Plan;

    fn of(province_id: Id, kept: &Kept<Plan>, revision: i64) -> Result<Self> {
        let (it, course) = (&kept.content, &kept.content.course);
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            year: it.year,
            number: it.number.clone(),
            signed_on: it.signed_on,
            title: it.title.clone(),
            survey_id: it.survey_id.map(Id::from),
            revises_id: course.revises_id.map(Id::from),
            state: course.state.code().into(),
            submitted_at: course.submitted_at.map(Instant::from),
            approval: course.approval.as_ref().map(Doc::of).transpose()?,
            approved_on: course.approved_on,
            return_reason: course.return_reason.clone(),
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
            submitted_by: course.submitted.map(|hand| hand.user_id.into()),
            submitted_acting_by: course.submitted.and_then(|hand| hand.acting_user_id).map(Id::from),
        })
    }

    fn read(self) -> Result<(Kept<Plan>, i64)> {
        let course = PlanCourse {
            state: coded(&self.state)?,
            revises_id: self.revises_id.map(PlanId::from),
            submitted_at: self.submitted_at.map(DateTime::from),
            submitted: self
                .submitted_by
                .map(|user| Hand { user_id: user.into(), acting_user_id: self.submitted_acting_by.map(UserId::from) }),
            return_reason: self.return_reason,
            approved_on: self.approved_on,
            approval: self.approval.map(Doc::read).transpose()?,
        };
        let content = Plan {
            id: None,
            centre_id: self.centre_id.into(),
            year: self.year,
            title: self.title,
            number: self.number,
            signed_on: self.signed_on,
            survey_id: self.survey_id.map(SurveyId::from),
            note: self.note,
            course,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Plan, plans, PlanRow, of a centre, ordered by year: i32);

/// Which plans a list shows.
#[derive(Debug, Clone, Default)]
pub struct PlanFilter {
    /// Whose.
    pub whose: Whose,
    /// For this year.
    pub year: Option<i32>,
    /// In this state.
    pub state: Option<PlanState>,
    /// Built on this survey.
    pub survey: Option<SurveyId>,
}

/// A part of the list of plans, by their year.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &PlanFilter, wanted: Part<i32>) -> Result<Vec<Kept<Plan>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(year) = filter.year {
        query = query.filter(plans::year.eq(year));
    }
    if let Some(state) = filter.state {
        query = query.filter(plans::state.eq(state.code()));
    }
    if let Some(survey) = filter.survey {
        query = query.filter(plans::survey_id.eq(Id::from(survey)).assume_not_null());
    }
    part(tx, query, wanted)
}

fn number_taken() -> Problem {
    Problem::new(Code::AlreadyExists)
        .detail(
            "Trung tâm đã có kế hoạch với số, ký hiệu này trong năm.",
            "The centre has a plan with this number in the year already.",
        )
        .with("pointer", "/number")
}

/// Says what a broken uniqueness rule of plans means, when two people were at it at once.
///
/// # Errors
/// `already_exists` for a number, `state_conflict` for a second plan in force or a second revision; other errors as they are.
pub fn explained<T>(result: Result<T>) -> Result<T> {
    let error = match result {
        Err(Error::Query(error)) => error,
        other => return other,
    };
    let conflict = |vi: &str, en: &str| Problem::new(Code::StateConflict).detail(vi, en);
    let number =
        Err(error).on_unique("plans_number_key", "plans.province_id, plans.centre_id, plans.year, plans.number", number_taken);
    let in_force = match number {
        Err(Error::Query(error)) => {
            Err(error).on_unique("plans_approved_key", "plans.province_id, plans.centre_id, plans.year", || {
                conflict("Năm này đã có kế hoạch được phê duyệt.", "A plan of the year is approved already.")
            })
        }
        other => other,
    };
    match in_force {
        Err(Error::Query(error)) => Err(error).on_unique("plans_revision_key", "plans.province_id, plans.revises_id", || {
            conflict(
                "Đang có một bản điều chỉnh của kế hoạch này chưa được phê duyệt.",
                "A revision of this plan is on its way already.",
            )
        }),
        other => other,
    }
}

/// The number of a plan is free among the centre's plans of its year.
///
/// # Errors
/// `already_exists` when another plan has it.
pub fn check_number(tx: &mut Tx<'_>, plan: &Plan, own: Option<PlanId>) -> Result<()> {
    let Some(number) = &plan.number else { return Ok(()) };
    let mut query = plans::table
        .filter(plans::province_id.eq(tx.province()).and(plans::centre_id.eq(Id::from(plan.centre_id))))
        .filter(plans::year.eq(plan.year).and(plans::number.eq(number).assume_not_null()))
        .into_boxed();
    if let Some(own) = own {
        query = query.filter(plans::id.ne(Id::from(own)));
    }
    let other: Option<Id> = query.select(plans::id).first(tx.conn).optional()?;
    if other.is_none() { Ok(()) } else { Err(number_taken().into()) }
}

/// The numbers that a centre's plans bear that were signed in a year.
///
/// # Errors
/// What the database said.
pub fn borne(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Vec<BorneNumber>> {
    let rows: Vec<PlanRow> = plans::table
        .filter(plans::province_id.eq(tx.province()).and(plans::centre_id.eq(Id::from(centre))))
        // A plan is signed in its year, or in the one before.
        .filter(plans::year.eq_any([year, year + 1]).and(plans::number.is_not_null()))
        .select(PlanRow::as_select())
        .load(tx.conn)?;
    let mut found = vec![];
    for row in rows {
        let (kept, _) = row.read()?;
        found.extend(kept.content.borne_number(Some(kept.id)).filter(|borne| borne.signed_on.year() == year));
    }
    Ok(found)
}

/// A centre's plan of a year that is in force.
///
/// # Errors
/// What the database said.
pub fn in_force(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Option<Kept<Plan>>> {
    let row: Option<PlanRow> = plans::table
        .filter(plans::province_id.eq(tx.province()).and(plans::centre_id.eq(Id::from(centre))))
        .filter(plans::year.eq(year).and(plans::state.eq(PlanState::Approved.code())))
        .select(PlanRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(|row| row.read().map(|(plan, _)| plan)).transpose()
}

/// A centre's plans of a year and later that are in force or on their way, by year; a plan before its revision.
///
/// # Errors
/// What the database said.
pub fn standing(tx: &mut Tx<'_>, centre: CentreId, from_year: i32) -> Result<Vec<Kept<Plan>>> {
    let rows: Vec<PlanRow> = plans::table
        .filter(plans::province_id.eq(tx.province()).and(plans::centre_id.eq(Id::from(centre))))
        .filter(plans::year.ge(from_year).and(plans::state.ne(PlanState::Superseded.code())))
        .order((plans::year, plans::created_at, plans::id))
        .select(PlanRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(plan, _)| plan)).collect()
}

/// What around a plan stands against a step.
///
/// # Errors
/// What the database said.
pub fn around(tx: &mut Tx<'_>, plan: &Kept<Plan>) -> Result<Around> {
    let own = Id::from(plan.id);
    let items = plan_items::table
        .filter(plan_items::province_id.eq(tx.province()).and(plan_items::plan_id.eq(own)))
        .count()
        .get_result(tx.conn)?;
    let content = &plan.content;
    let rival: Option<Id> = plans::table
        .filter(plans::province_id.eq(tx.province()).and(plans::centre_id.eq(Id::from(content.centre_id))))
        .filter(plans::year.eq(content.year).and(plans::state.eq(PlanState::Approved.code())))
        .filter(plans::id.ne(own).and(plans::id.ne(content.course.revises_id.map_or(own, Id::from))))
        .select(plans::id)
        .first(tx.conn)
        .optional()?;
    let on_their_way = [PlanState::Draft, PlanState::Submitted, PlanState::Returned].map(Coded::code);
    let revision: Option<Id> = plans::table
        .filter(plans::province_id.eq(tx.province()).and(plans::revises_id.eq(own).assume_not_null()))
        .filter(plans::state.eq_any(on_their_way))
        .select(plans::id)
        .first(tx.conn)
        .optional()?;
    Ok(Around { items, has_rival: rival.is_some(), has_revision: revision.is_some(), is_own: false })
}

/// Holds a plan open until the transaction ends, while one of its items is written: nobody submits it meanwhile. Answers
/// whether it was open.
///
/// # Errors
/// What the database said.
pub fn hold_open(tx: &mut Tx<'_>, plan: PlanId, now: DateTime<Utc>) -> Result<bool> {
    let open = [PlanState::Draft, PlanState::Returned].map(Coded::code);
    let target = plans::table.find((tx.province(), Id::from(plan))).filter(plans::state.eq_any(open));
    Ok(diesel::update(target).set(plans::updated_at.eq(Instant::from(now))).execute(tx.conn)? == 1)
}
