//! What measures of a centre's records are taken from.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::activity::ActivityRole;
use htcd_domain::id::{CentreId, PlanItemId, SiteId};
use htcd_domain::measure::{Planned, Work};

use crate::db::Tx;
use crate::error::Result;
use crate::schema::activities;
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
