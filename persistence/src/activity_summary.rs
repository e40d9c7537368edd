//! What a summary of activities is counted from: the centres of a period, and what their entries add to.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use htcd_domain::activity_summary::{CentreSpan, Numbers, Tally};
use htcd_domain::boundaries::Spot;
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::period::Period;

use crate::db::Tx;
use crate::error::Result;
use crate::expression::sum_i64;
use crate::record::ids;
use crate::schema::{activities, centre_placements, centres};
use crate::types::{Id, coded};

/// The centres of the tenant that existed on some day of a period, up to its cut-off day, each where it lay last in it.
///
/// # Errors
/// What the database said.
pub fn spans(tx: &mut Tx<'_>, period: Period, cut_off: NaiveDate) -> Result<Vec<CentreSpan>> {
    type Row = (Id, String, Id, String, Option<NaiveDate>);
    let rows: Vec<Row> = centres::table
        .filter(centres::province_id.eq(tx.province()))
        .filter(centres::operating_from.le(cut_off).assume_not_null())
        .filter(centres::ended_on.is_null().or(centres::ended_on.gt(period.first).assume_not_null()))
        .select((centres::id, centres::name, centres::commune_id, centres::operating_model, centres::ended_on))
        .order(centres::id)
        .load(tx.conn)?;
    let placed: Vec<(Id, Id)> = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()).and(centre_placements::valid_from.le(cut_off)))
        .order((centre_placements::centre_id, centre_placements::valid_from))
        .select((centre_placements::centre_id, centre_placements::commune_id))
        .load(tx.conn)?;
    // The last one of each centre stays.
    let placed: HashMap<Id, UnitId> = placed.into_iter().map(|(centre, commune)| (centre, commune.into())).collect();
    rows.into_iter()
        .map(|(id, name, now, model, ended_on)| {
            let now = UnitId::from(now);
            let commune = placed.get(&id).copied().unwrap_or(now);
            let spot = Spot { commune, placed_later: (now != commune).then_some(now), model: Some(coded(&model)?) };
            Ok(CentreSpan { centre: id.into(), name, spot, exists_at_end: ended_on.is_none_or(|end| cut_off < end) })
        })
        .collect()
}

/// What the activities that begin in a period add to: of some centres, or of all of the tenant.
///
/// # Errors
/// What the database said.
pub fn tallies(tx: &mut Tx<'_>, period: Period, only: Option<&[CentreId]>, by_month: bool) -> Result<Vec<Tally>> {
    let Some(only) = only else { return chunk(tx, period, None, by_month) };
    let mut found = vec![];
    // SQLite binds each id by itself.
    for part in only.chunks(1000) {
        found.extend(chunk(tx, period, Some(ids(part)), by_month)?);
    }
    Ok(found)
}

type Number = (Option<i64>, i64);
type Columns = (
    Id,
    (String, Option<String>, String, String),
    i64,
    (Number, Number, Number, Number, Number, Number),
    (Number, Number, Number, Number, Number),
);

/// Selects what entries add to, grouped by centre and all that a summary tells apart.
macro_rules! grouped {
    ($query:expr, ($($group:expr),+), $($more:expr)?) => {
        $query
            .group_by(($($group,)+ activities::category, activities::sub_category, activities::role, activities::scope))
            .select((
                (
                    activities::centre_id,
                    (activities::category, activities::sub_category, activities::role, activities::scope),
                    count_star(),
                    (
                        (sum_i64(activities::classes), count(activities::classes)),
                        (sum_i64(activities::sessions), count(activities::sessions)),
                        (sum_i64(activities::participations), count(activities::participations)),
                        (sum_i64(activities::female), count(activities::female)),
                        (sum_i64(activities::ethnic_minority), count(activities::ethnic_minority)),
                        (sum_i64(activities::disabled), count(activities::disabled)),
                    ),
                    (
                        (sum_i64(activities::age_under_15), count(activities::age_under_15)),
                        (sum_i64(activities::age_15_35), count(activities::age_15_35)),
                        (sum_i64(activities::age_36_60), count(activities::age_36_60)),
                        (sum_i64(activities::age_over_60), count(activities::age_over_60)),
                        (sum_i64(activities::cost_vnd), count(activities::cost_vnd)),
                    ),
                ),
                $($more,)?
            ))
    };
}

/// The entries of a period, of some centres or of all of the tenant's.
macro_rules! entries {
    ($tx:ident, $period:ident, $only:ident, $query:ident => $work:expr) => {{
        let all = activities::table.filter(
            activities::province_id
                .eq($tx.province())
                .and(activities::starts_on.ge($period.first))
                .and(activities::starts_on.le($period.last)),
        );
        match $only {
            None => {
                let $query = all;
                $work
            }
            Some(only) => {
                let $query = all.filter(activities::centre_id.eq_any(only));
                $work
            }
        }
    }};
}

fn chunk(tx: &mut Tx<'_>, period: Period, only: Option<Vec<Id>>, by_month: bool) -> Result<Vec<Tally>> {
    if by_month {
        let rows: Vec<(Columns, NaiveDate)> = entries!(tx, period, only, query => {
            grouped!(query, (activities::centre_id, activities::month), activities::month).load(tx.conn)?
        });
        return rows.into_iter().map(|(row, month)| tally(row, Some(month))).collect();
    }
    let rows: Vec<(Columns,)> = entries!(tx, period, only, query => grouped!(query, (activities::centre_id),).load(tx.conn)?);
    rows.into_iter().map(|(row,)| tally(row, None)).collect()
}

fn tally(
    (centre, (category, sub_category, role, scope), entries, counts, ages): Columns,
    month: Option<NaiveDate>,
) -> Result<Tally> {
    let (classes, sessions, participations, female, ethnic_minority, disabled) = counts;
    let (age_under_15, age_15_35, age_36_60, age_over_60, cost_vnd) = ages;
    Ok(Tally {
        centre: centre.into(),
        month,
        category: coded(&category)?,
        sub_category,
        role: coded(&role)?,
        scope: coded(&scope)?,
        entries: u64::try_from(entries).unwrap_or(0),
        numbers: Numbers {
            classes,
            sessions,
            participations,
            female,
            ethnic_minority,
            disabled,
            age_under_15,
            age_15_35,
            age_36_60,
            age_over_60,
            cost_vnd,
        },
    })
}
