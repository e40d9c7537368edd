//! What centres did of what is due of a year: as many statements for a province as for one centre.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::calendar::DueKind;
use htcd_domain::completeness::Handed;
use htcd_domain::id::CentreId;
use htcd_domain::money_step::MoneyState;
use htcd_domain::period::date_in_viet_nam;
use htcd_domain::plan::PlanState;
use htcd_domain::rating::{RatingAction, RatingSource};
use htcd_domain::report::ReportKind;
use htcd_domain::round::{Round, StageTask};

use crate::db::{MultiBackend, Tx};
use crate::error::Result;
use crate::finding::{NAMED, by_centre, handed_in, of_centres};
use crate::schema::{budgets, plans, rating_steps, ratings, reports, settlements};
use crate::types::{Id, Instant, coded};

/// What each of some centres did or began, of a kind of thing of a year. `round` is the year's round of centres, where it is a stage of it.
///
/// # Errors
/// What the database said.
pub fn handed(
    tx: &mut Tx<'_>,
    centres: &[CentreId],
    (kind, year): (DueKind, i32),
    round: Option<&Round>,
) -> Result<HashMap<CentreId, Vec<Handed>>> {
    let named: Vec<Id> = crate::record::ids(centres);
    let only = (named.len() <= NAMED).then_some(&named[..]);
    let rows = match kind {
        DueKind::AnnualReport => of_reports(tx, only, year)?,
        DueKind::Plan => of_plans(tx, only, year)?,
        DueKind::Estimate => of_estimates(tx, only, year)?,
        DueKind::Settlement => of_settlements(tx, only, year)?,
        DueKind::SelfAssessment | DueKind::Verification | DueKind::Decision => match round {
            Some(round) => of_ratings(tx, round, kind)?,
            None => vec![],
        },
    };
    Ok(by_centre(rows))
}

type Rows = Vec<(Id, Handed)>;

fn of_reports(tx: &mut Tx<'_>, only: Option<&[Id]>, year: i32) -> Result<Rows> {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    type Columns = (Id, Id, Option<NaiveDate>, Option<Instant>, Option<NaiveDate>);
    let rows: Vec<Columns> = of_centres!(tx, reports, only, reports::table)
        .filter(reports::kind.eq(ReportKind::Annual.code()).and(reports::first_day.between(day(1, 1), day(12, 31))))
        // That of the calendar year comes before others that begin in it.
        .order((reports::centre_id, reports::first_day, reports::period, reports::id))
        .select((reports::centre_id, reports::id, reports::due_on, reports::first_submitted_at, reports::handed_in_on))
        .load(tx.conn)?;
    let handed = |(centre, id, own_due, submitted_at, said): Columns| {
        let done_on = handed_in(submitted_at, said);
        (centre, Handed { is_done: done_on.is_some(), done_on, own_due, link: format!("/v1/reports/{}", id.0) })
    };
    Ok(rows.into_iter().map(handed).collect())
}

fn of_plans(tx: &mut Tx<'_>, only: Option<&[Id]>, year: i32) -> Result<Rows> {
    type Columns = (Id, Id, String, Option<NaiveDate>);
    let rows: Vec<Columns> = of_centres!(tx, plans, only, plans::table)
        .filter(plans::year.eq(year))
        .order((plans::centre_id, plans::id.desc()))
        .select((plans::centre_id, plans::id, plans::state, plans::approved_on))
        .load(tx.conn)?;
    let handed = |(centre, id, state, done_on): Columns| {
        let is_done = coded::<PlanState>(&state)?.was_approved();
        Ok((centre, Handed { is_done, done_on, own_due: None, link: format!("/v1/plans/{}", id.0) }))
    };
    rows.into_iter().map(handed).collect()
}

type MoneyColumns = (Id, Id, String, Option<Instant>);

/// What was handed in before the day of it was kept is done all the same.
fn of_money(rows: Vec<MoneyColumns>, plural: &str) -> Result<Rows> {
    let handed = |(centre, id, state, submitted_at): MoneyColumns| {
        let done_on = submitted_at.map(|at| date_in_viet_nam(at.into()));
        let is_done = coded::<MoneyState>(&state)? != MoneyState::Draft;
        Ok((centre, Handed { is_done, done_on, own_due: None, link: format!("/v1/{plural}/{}", id.0) }))
    };
    rows.into_iter().map(handed).collect()
}

fn of_estimates(tx: &mut Tx<'_>, only: Option<&[Id]>, year: i32) -> Result<Rows> {
    let rows = of_centres!(tx, budgets, only, budgets::table)
        .filter(budgets::year.eq(year))
        .order((budgets::centre_id, budgets::version.desc(), budgets::id))
        .select((budgets::centre_id, budgets::id, budgets::state, budgets::first_submitted_at))
        .load(tx.conn)?;
    of_money(rows, "budgets")
}

fn of_settlements(tx: &mut Tx<'_>, only: Option<&[Id]>, year: i32) -> Result<Rows> {
    let rows = of_centres!(tx, settlements, only, settlements::table)
        .filter(settlements::year.eq(year))
        .order((settlements::centre_id, settlements::id))
        .select((settlements::centre_id, settlements::id, settlements::state, settlements::first_submitted_at))
        .load(tx.conn)?;
    of_money(rows, "settlements")
}

/// By the first time that each stage was passed: what was returned later was done once.
fn of_ratings(tx: &mut Tx<'_>, round: &Round, kind: DueKind) -> Result<Rows> {
    let province = tx.province();
    let of_round = || ratings::province_id.eq(province).and(ratings::round_id.eq(Id::from(round.id)));
    let found: Vec<(Id, Option<Id>, String)> = ratings::table
        .filter(of_round())
        .order(ratings::id)
        .select((ratings::id, ratings::centre_id, ratings::source))
        .load(tx.conn)?;
    let (action, task) = match kind {
        DueKind::Verification => (RatingAction::Verify, StageTask::Verify),
        DueKind::Decision => (RatingAction::Decide, StageTask::Decide),
        _ => (RatingAction::Submit, StageTask::Assess),
    };
    let last = round.route.iter().rposition(|stage| stage.task == task).and_then(|place| i32::try_from(place).ok());
    let of_rating = ratings::province_id.eq(rating_steps::province_id).and(ratings::id.eq(rating_steps::rating_id));
    let steps: Vec<(Id, Instant)> = rating_steps::table
        .inner_join(ratings::table.on(of_rating))
        .filter(of_round())
        .filter(rating_steps::action.eq(action.code()).assume_not_null().and(rating_steps::stage.eq(last.unwrap_or(-1))))
        .order((rating_steps::rating_id, rating_steps::seq.desc()))
        .select((rating_steps::rating_id, rating_steps::at))
        .load(tx.conn)?;
    // The first one of each rating stays.
    let first: HashMap<Id, DateTime<Utc>> = steps.into_iter().map(|(id, at)| (id, at.into())).collect();
    let handed = |(id, centre, source): (Id, Option<Id>, String)| {
        let Some(centre) = centre else { return Ok(None) };
        let done_on = first.get(&id).map(|at| date_in_viet_nam(*at));
        // Of an imported result nobody knows when its stages were passed.
        let is_done = done_on.is_some() || coded::<RatingSource>(&source)? == RatingSource::Import;
        Ok(Some((centre, Handed { is_done, done_on, own_due: None, link: format!("/v1/ratings/{}", id.0) })))
    };
    found.into_iter().filter_map(|row| handed(row).transpose()).collect()
}
