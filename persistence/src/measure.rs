//! What measures of a centre's records are taken from.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::ActivityRole;
use htcd_domain::appointment::BoardBody;
use htcd_domain::event::EventKind;
use htcd_domain::id::{CentreId, PlanItemId, SiteId};
use htcd_domain::measure::{Planned, Records, Work};
use htcd_domain::money::{IncomeGroup, IncomeSource};
use htcd_domain::round::Round;

use crate::db::Tx;
use crate::error::Result;
use crate::money::read_code;
use crate::schema::{activities, appointments, asset_confirmations, assets, event_centres, events, money_entries};
use crate::types::{Id, coded};
use crate::{plan, plan_item};

type Numbers = (Option<i64>, Option<i64>, Option<i64>, Option<i64>);
type Columns = (String, String, String, NaiveDate, Option<Id>, Option<Id>, Numbers);

/// The activities of a centre that begin in a data window.
///
/// # Errors
/// What the database said.
pub fn work(tx: &mut Tx<'_>, centre: CentreId, from: NaiveDate, to: NaiveDate) -> Result<Vec<Work>> {
    let rows: Vec<Columns> = activities::table
        .filter(activities::province_id.eq(tx.province()).and(activities::centre_id.eq(Id::from(centre))))
        .filter(activities::starts_on.ge(from).and(activities::starts_on.le(to)))
        .select((
            activities::role,
            activities::category,
            activities::scope,
            activities::month,
            activities::site_id,
            activities::plan_item_id,
            (activities::classes, activities::sessions, activities::participations, activities::female),
        ))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(role, category, scope, month, site, plan_item, (classes, sessions, participations, female))| {
            Ok(Work {
                is_own: coded::<ActivityRole>(&role)?.is_own(),
                category: coded(&category)?,
                scope: coded(&scope)?,
                month,
                site: site.map(SiteId::from),
                plan_item: plan_item.map(PlanItemId::from),
                classes,
                sessions,
                participations,
                female,
            })
        })
        .collect()
}

/// A centre's plan of a year that is in force; `None` where it has none.
///
/// # Errors
/// What the database said.
pub fn planned(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Option<Planned>> {
    let Some(plan) = plan::in_force(tx, centre, year)? else { return Ok(None) };
    Ok(Some(Planned { id: plan.id, counts_for: plan_item::lineage_of(tx, &plan)? }))
}

/// What measures that are not taken of activities look at: trainings, money, the board, assets.
///
/// # Errors
/// What the database said.
pub fn others(tx: &mut Tx<'_>, centre: CentreId, round: &Round) -> Result<Records> {
    Ok(Records {
        trainings: trainings(tx, centre, round)?,
        mobilised: mobilised(tx, centre, round)?,
        board: board(tx, centre, round.data_to)?.into_iter().map(read_code).collect::<Result<_>>()?,
        assets: confirmed_assets(tx, centre, round)?,
        ..Records::default()
    })
}

fn trainings(tx: &mut Tx<'_>, centre: CentreId, round: &Round) -> Result<usize> {
    let held = events::province_id.eq(event_centres::province_id).and(events::id.eq(event_centres::event_id));
    let attended: Vec<Id> = event_centres::table
        .inner_join(events::table.on(held))
        .filter(event_centres::province_id.eq(tx.province()).and(event_centres::centre_id.eq(Id::from(centre))))
        .filter(events::kind.eq(EventKind::Training.code()))
        .filter(events::starts_on.ge(round.data_from).and(events::starts_on.le(round.data_to)))
        .select(event_centres::event_id)
        .load(tx.conn)?;
    Ok(attended.len())
}

fn mobilised(tx: &mut Tx<'_>, centre: CentreId, round: &Round) -> Result<Vec<Option<i64>>> {
    let sources = IncomeSource::ALL.iter().filter(|source| source.group() == IncomeGroup::Mobilised);
    let sources: Vec<&str> = sources.map(|source| source.code()).collect();
    Ok(money_entries::table
        .filter(money_entries::province_id.eq(tx.province()).and(money_entries::centre_id.eq(Id::from(centre))))
        .filter(money_entries::entry_date.ge(round.data_from).and(money_entries::entry_date.le(round.data_to)))
        .filter(money_entries::source.is_not_null().and(money_entries::source.assume_not_null().eq_any(sources)))
        .select(money_entries::amount_vnd)
        .load(tx.conn)?)
}

fn board(tx: &mut Tx<'_>, centre: CentreId, day: NaiveDate) -> Result<Vec<Option<String>>> {
    use appointments as a;
    Ok(a::table
        .filter(a::province_id.eq(tx.province()).and(a::centre_id.eq(Id::from(centre))))
        .filter(a::body.eq(BoardBody::Board.code()).and(a::starts_on.le(day)))
        .filter(a::ends_on.is_null().or(a::ends_on.ge(day).assume_not_null()))
        .select(a::sector)
        .load(tx.conn)?)
}

fn confirmed_assets(tx: &mut Tx<'_>, centre: CentreId, round: &Round) -> Result<Vec<bool>> {
    use asset_confirmations as c;
    use assets as a;
    let confirmed: Vec<Id> = c::table
        .filter(c::province_id.eq(tx.province()).and(c::centre_id.eq(Id::from(centre))).and(c::year.eq(round.year)))
        .select(c::asset_id)
        .load(tx.conn)?;
    let there: Vec<Id> = a::table
        .filter(a::province_id.eq(tx.province()).and(a::centre_id.eq(Id::from(centre))))
        .filter(a::acquired_on.is_null().or(a::acquired_on.le(round.data_to).assume_not_null()))
        .filter(a::disposed_on.is_null().or(a::disposed_on.gt(round.data_to).assume_not_null()))
        .select(a::id)
        .load(tx.conn)?;
    Ok(there.iter().map(|asset| confirmed.contains(asset)).collect())
}
