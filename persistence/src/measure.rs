//! What measures of a centre's records are taken from.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::activity::ActivityRole;
use htcd_domain::id::{CentreId, PlanItemId, SiteId};
use htcd_domain::measure::Work;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{activities, plan_items, plans};
use crate::types::{Id, coded};

/// The state of the one plan of a year that holds.
pub(crate) const APPROVED: &str = "approved";

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

/// The items of a centre's approved plan of a year; `None` where it has none.
///
/// # Errors
/// What the database said.
pub fn plan(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Option<BTreeSet<PlanItemId>>> {
    let rows: Vec<(Id, Option<Id>)> = plans::table
        .left_join(plan_items::table.on(plan_items::province_id.eq(plans::province_id).and(plan_items::plan_id.eq(plans::id))))
        .filter(plans::province_id.eq(tx.province()).and(plans::centre_id.eq(Id::from(centre))))
        .filter(plans::year.eq(year).and(plans::state.eq(APPROVED)))
        .select((plans::id, plan_items::id.nullable()))
        .load(tx.conn)?;
    // A plan without items is one row without an item.
    Ok((!rows.is_empty()).then(|| rows.into_iter().filter_map(|(_, item)| item.map(PlanItemId::from)).collect()))
}

/// The items of the approved plans of a year, as a part of a query on what carries them out.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn planned(province: Id, year: i32, state: &'static str) -> _ {
    plan_items::table
        .inner_join(plans::table.on(plans::province_id.eq(plan_items::province_id).and(plans::id.eq(plan_items::plan_id))))
        .filter(plan_items::province_id.eq(province))
        .filter(plans::year.eq(year).and(plans::state.eq(state)))
        .select(plan_items::id)
}
