//! What findings are made from: the facts of centres on a day, in as many statements for a province as for one centre.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use diesel::dsl::{count, count_star, max};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::ActivityRole;
use htcd_domain::allowance::DevelopmentRegion;
use htcd_domain::board::CentreSeats;
use htcd_domain::boundaries::Spot;
use htcd_domain::centre::{Centre, CentreAct, CentreStatus};
use htcd_domain::event::EventKind;
use htcd_domain::finding::{CentreFacts, PlanFact, ReportFact, StateSupport};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::money::IncomeSource;
use htcd_domain::money_step::MoneyState;
use htcd_domain::period::date_in_viet_nam;
use htcd_domain::plan::PlanState;
use htcd_domain::report::ReportKind;

use crate::appointment::tenures_at;
use crate::db::{MultiBackend, Tx};
use crate::error::Result;
use crate::expression::total_i64;
use crate::record::{Whose, ids};
use crate::schema::{
    activities, budgets, centre_acts, centre_placements, event_centres, events, money_entries, plans, reports, settlements,
};
use crate::types::{Id, Instant, coded};

/// Of how many centres a statement names each one: of more it reads the whole tenant, and what is of others is dropped.
pub(crate) const NAMED: usize = 500;

/// The centres in scope, each with where it lay on a day: two statements.
///
/// # Errors
/// What the database said.
pub fn centres(tx: &mut Tx<'_>, whose: &Whose, day: NaiveDate) -> Result<Vec<(Centre, Spot)>> {
    let centres = crate::centre::among(tx, whose)?;
    let mut query = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()).and(centre_placements::valid_from.le(day)))
        .order((centre_placements::centre_id, centre_placements::valid_from))
        .select((centre_placements::centre_id, centre_placements::commune_id))
        .into_boxed::<MultiBackend>();
    if let Some(centre) = whose.centre {
        query = query.filter(centre_placements::centre_id.eq(Id::from(centre)));
    }
    let placed: Vec<(Id, Id)> = query.load(tx.conn)?;
    // The last one of each centre stays.
    let placed: HashMap<CentreId, UnitId> = placed.into_iter().map(|(centre, commune)| (centre.into(), commune.into())).collect();
    Ok(centres
        .into_iter()
        .map(|centre| {
            let commune = placed.get(&centre.id).copied().unwrap_or(centre.commune_id);
            let placed_later = (centre.commune_id != commune).then_some(centre.commune_id);
            let spot = Spot { commune, placed_later, model: Some(centre.operating_model) };
            (centre, spot)
        })
        .collect())
}

/// Rows by the centre that they are of.
pub(crate) fn by_centre<T>(rows: impl IntoIterator<Item = (Id, T)>) -> HashMap<CentreId, Vec<T>> {
    let mut grouped: HashMap<CentreId, Vec<T>> = HashMap::new();
    for (centre, row) in rows {
        grouped.entry(centre.into()).or_default().push(row);
    }
    grouped
}

/// What is known of centres that were found in scope, as of a day, but for the time that they were granted. The statements are the same in number however many there are.
///
/// # Errors
/// What the database said.
pub fn facts(tx: &mut Tx<'_>, centres: Vec<(Centre, Spot)>, day: NaiveDate) -> Result<Vec<CentreFacts>> {
    let named: Vec<Id> = ids(&centres.iter().map(|(centre, _)| centre.id).collect::<Vec<_>>());
    let only = (named.len() <= NAMED).then_some(&named[..]);
    let mut tenures = tenures_at(tx, only, day)?;
    let mut acts = by_centre(acts(tx, only)?);
    let mut last_activity: HashMap<CentreId, NaiveDate> = last_activity(tx, only, day)?;
    let mut trainings = by_centre(trainings(tx, only, day)?);
    let mut plans = by_centre(approved_plans(tx, only, day)?);
    let mut reports = by_centre(annual_reports(tx, only, day)?);
    let mut support = by_centre(state_support(tx, only, day)?);
    let mut settled = by_centre(settled(tx, only, day)?);
    let mut regions = by_centre(regions(tx, only, day)?);
    centres
        .into_iter()
        .map(|(centre, spot)| {
            let acts = acts.remove(&centre.id).unwrap_or_default();
            let life = Life::of(&centre, &acts, day)?;
            Ok(CentreFacts {
                spot,
                status: life.status,
                began_on: centre.operating_from.filter(|from| *from <= day),
                suspensions: life.suspensions,
                has_establishment: life.has_establishment,
                seats: CentreSeats::on(&centre, day, tenures.remove(&centre.id).unwrap_or_default()),
                // One that goes on counts up to the day.
                last_activity_on: last_activity.remove(&centre.id).map(|last| last.min(day)),
                trainings: trainings.remove(&centre.id).unwrap_or_default(),
                plans: plans.remove(&centre.id).unwrap_or_default(),
                reports: reports.remove(&centre.id).unwrap_or_default(),
                state_support: support.remove(&centre.id).unwrap_or_default().into_iter().collect(),
                settled_years: settled.remove(&centre.id).unwrap_or_default().into_iter().collect::<BTreeSet<i32>>(),
                regions: regions.remove(&centre.id).unwrap_or_default().into_iter().collect::<BTreeMap<_, _>>(),
                more_time: vec![],
                centre,
            })
        })
        .collect()
}

type Act = (String, String, NaiveDate);

/// Where a centre stood on a day.
struct Life {
    status: CentreStatus,
    at_work_since: Option<NaiveDate>,
    suspensions: Vec<(NaiveDate, NaiveDate)>,
    has_establishment: bool,
}

impl Life {
    /// By its acts, in order. A centre without acts by then was at work from its first day on.
    fn of(centre: &Centre, acts: &[Act], day: NaiveDate) -> Result<Self> {
        let has_establishment = acts.iter().any(|(act, ..)| act == CentreAct::Establish.code());
        let mut status = if centre.exists_on(day) { CentreStatus::Operating } else { CentreStatus::Proposed };
        let mut at_work_since = centre.operating_from.filter(|from| *from <= day);
        let (mut suspensions, mut suspended) = (vec![], None);
        for (_, to, effective_on) in acts.iter().filter(|(.., effective_on)| *effective_on <= day) {
            let before = std::mem::replace(&mut status, coded(to)?);
            match (before, status) {
                (CentreStatus::Operating, CentreStatus::Suspended) => suspended = Some(*effective_on),
                (CentreStatus::Suspended, CentreStatus::Operating) => {
                    at_work_since = Some(*effective_on);
                    suspensions.extend(suspended.take().map(|from| (from, *effective_on)));
                }
                _ => {}
            }
        }
        Ok(Self { status, at_work_since, suspensions, has_establishment })
    }
}

/// Starts a query on what some centres of the tenant keep.
macro_rules! of_centres {
    ($tx:ident, $table:ident, $only:ident, $query:expr) => {{
        let mut query = $query.filter($table::province_id.eq($tx.province())).into_boxed::<MultiBackend>();
        if let Some(only) = $only {
            query = query.filter($table::centre_id.eq_any(only.to_vec()));
        }
        query
    }};
}

pub(crate) use of_centres;

/// Where centres stood in their lives on a day, and since when they had been at work without a break then.
///
/// # Errors
/// What the database said.
pub fn lives<'c>(
    tx: &mut Tx<'_>,
    centres: impl ExactSizeIterator<Item = &'c Centre> + Clone,
    day: NaiveDate,
) -> Result<HashMap<CentreId, (CentreStatus, Option<NaiveDate>)>> {
    let named: Vec<Id> = centres.clone().map(|centre| centre.id.into()).collect();
    let mut acts = by_centre(acts(tx, (named.len() <= NAMED).then_some(&named[..]))?);
    centres
        .map(|centre| {
            let life = Life::of(centre, &acts.remove(&centre.id).unwrap_or_default(), day)?;
            Ok((centre.id, (life.status, life.at_work_since)))
        })
        .collect()
}

fn acts(tx: &mut Tx<'_>, only: Option<&[Id]>) -> Result<Vec<(Id, Act)>> {
    Ok(of_centres!(tx, centre_acts, only, centre_acts::table)
        .order((centre_acts::centre_id, centre_acts::seq))
        .select((centre_acts::centre_id, (centre_acts::act, centre_acts::to_status, centre_acts::effective_on)))
        .load(tx.conn)?)
}

/// The last day of the centres' own work that began by a day. Totals of a month that say that nothing took place are no work.
fn last_activity(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<HashMap<CentreId, NaiveDate>> {
    let own: Vec<&str> = ActivityRole::ALL.iter().filter(|role| role.is_own()).map(|role| role.code()).collect();
    let is_silent = activities::classes.is_null().and(activities::sessions.is_null()).and(activities::participations.is_null());
    let took_place = is_silent
        .or(activities::classes.gt(0_i64).assume_not_null())
        .or(activities::sessions.gt(0_i64).assume_not_null())
        .or(activities::participations.gt(0_i64).assume_not_null());
    let all = activities::table
        .filter(activities::starts_on.le(day).and(activities::role.eq_any(own)))
        .filter(took_place)
        .group_by(activities::centre_id)
        .select((activities::centre_id, max(activities::ends_on)));
    let rows: Vec<(Id, Option<NaiveDate>)> = of_centres!(tx, activities, only, all).load(tx.conn)?;
    Ok(rows.into_iter().filter_map(|(centre, last)| Some((centre.into(), last?))).collect())
}

/// The days by a day on which trainings began that each centre's people attended, the newest first.
fn trainings(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<Vec<(Id, NaiveDate)>> {
    let held = events::province_id.eq(event_centres::province_id).and(events::id.eq(event_centres::event_id));
    let all = event_centres::table
        .inner_join(events::table.on(held))
        .filter(events::kind.eq(EventKind::Training.code()).and(events::starts_on.le(day)))
        .order((event_centres::centre_id, events::starts_on.desc()))
        .select((event_centres::centre_id, events::starts_on));
    Ok(of_centres!(tx, event_centres, only, all).load(tx.conn)?)
}

type PlanColumns = (Id, (Id, i32, Option<NaiveDate>, bool, bool));

fn approved_plans(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<Vec<(Id, PlanFact)>> {
    let approved: Vec<&str> = PlanState::ALL.iter().filter(|state| state.was_approved()).map(|state| state.code()).collect();
    let rows: Vec<PlanColumns> = of_centres!(tx, plans, only, plans::table)
        .filter(plans::state.eq_any(approved).and(plans::approved_on.le(day).assume_not_null()))
        .filter(plans::year.ge(day.year() - 1).and(plans::year.le(day.year() + 1)))
        .order((plans::centre_id, plans::id))
        .select((
            plans::centre_id,
            (plans::id, plans::year, plans::approved_on, plans::survey_id.is_not_null(), plans::approval.is_not_null()),
        ))
        .load(tx.conn)?;
    let fact = |(centre, (id, year, approved_on, has_survey, has_decision)): PlanColumns| {
        let fact = PlanFact { plan_id: id.into(), year, approved_on: approved_on?, has_survey, has_decision };
        Some((centre, fact))
    };
    Ok(rows.into_iter().filter_map(fact).collect())
}

type ReportColumns = (Id, NaiveDate, Option<NaiveDate>, Option<Instant>, Option<NaiveDate>);

/// The annual reports whose periods began in the year of a day or the two before it.
fn annual_reports(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<Vec<(Id, ReportFact)>> {
    let from = NaiveDate::from_ymd_opt(day.year() - 2, 1, 1).unwrap_or(day);
    let rows: Vec<ReportColumns> = of_centres!(tx, reports, only, reports::table)
        .filter(reports::kind.eq(ReportKind::Annual.code()).and(reports::first_day.between(from, day)))
        .order((reports::centre_id, reports::id))
        .select((reports::centre_id, reports::first_day, reports::due_on, reports::first_submitted_at, reports::handed_in_on))
        .load(tx.conn)?;
    let fact = |(centre, first_day, due_on, submitted_at, handed_in_on): ReportColumns| {
        let submitted_on = handed_in(submitted_at, handed_in_on);
        (centre, ReportFact { year: first_day.year(), due_on, submitted_on })
    };
    Ok(rows.into_iter().map(fact).collect())
}

/// The day on which a report was first handed in, as [`Report::first_handed_in_on`](htcd_domain::report::Report::first_handed_in_on)
/// says.
pub(crate) fn handed_in(submitted_at: Option<Instant>, said: Option<NaiveDate>) -> Option<NaiveDate> {
    let by_system = date_in_viet_nam(submitted_at?.into());
    Some(said.map_or(by_system, |said| said.min(by_system)))
}

/// What was booked from the state budget up to a day, by year: money, and what has a value.
fn state_support(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<Vec<(Id, (i32, StateSupport))>> {
    use money_entries as e;
    let all = e::table
        .filter(e::source.eq(IncomeSource::StateBudget.code()).assume_not_null().and(e::entry_date.le(day)))
        .group_by((e::centre_id, e::year))
        .select((e::centre_id, e::year, count_star(), count(e::amount_vnd), total_i64(e::amount_vnd)));
    let rows: Vec<(Id, i32, i64, i64, i64)> = of_centres!(tx, e, only, all).load(tx.conn)?;
    let support = |(centre, year, entries, valued, sum_vnd)| (centre, (year, StateSupport { entries, valued, sum_vnd }));
    Ok(rows.into_iter().map(support).collect())
}

/// The years before a day's whose books were settled and approved.
fn settled(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<Vec<(Id, i32)>> {
    Ok(of_centres!(tx, settlements, only, settlements::table)
        .filter(settlements::state.eq(MoneyState::Approved.code()).and(settlements::year.lt(day.year())))
        .select((settlements::centre_id, settlements::year))
        .load(tx.conn)?)
}

/// The development class of the centres' communes in the year before a day's, by the approved estimates.
fn regions(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<Vec<(Id, (i32, DevelopmentRegion))>> {
    let rows: Vec<(Id, i32, Option<String>)> = of_centres!(tx, budgets, only, budgets::table)
        .filter(budgets::state.eq(MoneyState::Approved.code()).and(budgets::year.eq(day.year() - 1)))
        .filter(budgets::development_region.is_not_null())
        .select((budgets::centre_id, budgets::year, budgets::development_region))
        .load(tx.conn)?;
    let named = rows.into_iter().filter_map(|(centre, year, region)| region.map(|region| (centre, year, region)));
    named.map(|(centre, year, region)| Ok((centre, (year, coded(&region)?)))).collect()
}
