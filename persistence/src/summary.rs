//! What summaries are counted from: one or two statements for a topic, however many centres the tenant has.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::ActivityRole;
use htcd_domain::id::CentreId;
use htcd_domain::period::Period;
use htcd_domain::plan::PlanState;
use htcd_domain::summary::{AssetTally, Given, HeldTally, MoneyTally, PlannedTally, PostTally, give_roster};

use crate::db::Tx;
use crate::error::Result;
use crate::expression::{sum_i64, total_i64};
use crate::money::read_code;
use crate::schema::{activities, appointments, asset_confirmations, assets, money_entries, plan_items, plans, rapporteurs};
use crate::types::{Id, coded};

/// What each centre gave; those that gave nothing are not in it.
pub type GivenBy = HashMap<CentreId, Given>;

type MoneyRow = (Id, String, Option<String>, Option<String>, bool, i64, i64, i64);

/// Money of the days of a period.
///
/// # Errors
/// What the database said.
pub fn money(tx: &mut Tx<'_>, period: Period) -> Result<GivenBy> {
    use money_entries as e;
    let rows: Vec<MoneyRow> = e::table
        .filter(e::province_id.eq(tx.province()).and(e::entry_date.ge(period.first)).and(e::entry_date.le(period.last)))
        .group_by((e::centre_id, e::direction, e::source, e::category, e::in_kind))
        .select((
            e::centre_id,
            e::direction,
            e::source,
            e::category,
            e::in_kind,
            count_star(),
            count(e::amount_vnd),
            total_i64(e::amount_vnd),
        ))
        .load(tx.conn)?;
    let mut given = GivenBy::new();
    for (centre, direction, source, category, in_kind, entries, valued, amount_vnd) in rows {
        let (direction, source, category) = (coded(&direction)?, read_code(source)?, read_code(category)?);
        let tally = MoneyTally { direction, source, category, in_kind, entries, valued, amount_vnd };
        tally.give(given.entry(centre.into()).or_default());
    }
    Ok(given)
}

type PostRow = (Id, String, String, Option<String>, Option<String>, i64);

/// Posts that are held, and names on the centres' own rosters, on a day.
///
/// # Errors
/// What the database said.
pub fn people(tx: &mut Tx<'_>, day: NaiveDate) -> Result<GivenBy> {
    use appointments as a;
    let goes_on = a::ends_on.is_null().or(a::ends_on.ge(day).assume_not_null());
    let posts: Vec<PostRow> = a::table
        .filter(a::province_id.eq(tx.province()).and(a::starts_on.le(day)).and(goes_on))
        .group_by((a::centre_id, a::body, a::post, a::sector, a::employment))
        .select((a::centre_id, a::body, a::post, a::sector, a::employment, count_star()))
        .load(tx.conn)?;
    let mut given = GivenBy::new();
    for (centre, body, post, sector, employment, posts) in posts {
        let (sector, employment) = (read_code(sector)?, read_code(employment)?);
        let tally = PostTally { body: coded(&body)?, post: coded(&post)?, sector, employment, posts };
        tally.give(given.entry(centre.into()).or_default());
    }
    use rapporteurs as r;
    let begun = r::active_from.is_null().or(r::active_from.le(day).assume_not_null());
    let goes_on = r::active_to.is_null().or(r::active_to.ge(day).assume_not_null());
    let rosters: Vec<(Option<Id>, String, i64)> = r::table
        .filter(r::province_id.eq(tx.province()).and(r::centre_id.is_not_null()).and(begun).and(goes_on))
        .group_by((r::centre_id, r::kind))
        .select((r::centre_id, r::kind, count_star()))
        .load(tx.conn)?;
    for (centre, kind, names) in rosters {
        let Some(centre) = centre else { continue };
        give_roster(coded(&kind)?, names, given.entry(centre.into()).or_default());
    }
    Ok(given)
}

type AssetRow = (Id, Id, String, String, i64, Option<i64>);

/// Assets that are there on a day, as they were last found up to it.
///
/// # Errors
/// What the database said.
pub fn assets(tx: &mut Tx<'_>, day: NaiveDate) -> Result<GivenBy> {
    use asset_confirmations as c;
    let found: Vec<(Id, i32, i64, String)> = c::table
        .filter(c::province_id.eq(tx.province()).and(c::confirmed_on.le(day)))
        .order((c::asset_id, c::year))
        .select((c::asset_id, c::year, c::quantity_found, c::condition))
        .load(tx.conn)?;
    // The last of each stays.
    let found: HashMap<Id, (i32, i64, String)> =
        found.into_iter().map(|(asset, year, quantity, condition)| (asset, (year, quantity, condition))).collect();
    use assets as a;
    let was_there = a::acquired_on.is_null().or(a::acquired_on.le(day).assume_not_null());
    let is_still_there = a::disposed_on.is_null().or(a::disposed_on.gt(day).assume_not_null());
    let rows: Vec<AssetRow> = a::table
        .filter(a::province_id.eq(tx.province()).and(was_there).and(is_still_there))
        .select((a::id, a::centre_id, a::kind, a::condition, a::quantity, a::value_vnd))
        .load(tx.conn)?;
    let mut given = GivenBy::new();
    for (asset, centre, kind, condition, quantity, value_vnd) in rows {
        let newest = found.get(&asset);
        let tally = AssetTally {
            kind: coded(&kind)?,
            condition: coded(newest.map_or(&condition, |(_, _, condition)| condition))?,
            quantity: newest.map_or(quantity, |(_, quantity, _)| *quantity),
            is_confirmed: newest.is_some_and(|(year, ..)| *year == day.year()),
            value_vnd,
        };
        tally.give(given.entry(centre.into()).or_default());
    }
    Ok(given)
}

type ItemRow = (Id, Id, Id, i32, String, i32, Option<i64>, Option<i64>, Option<i64>);
type HeldRow = (Id, Option<Id>, i64, Option<i64>, Option<i64>, Option<i64>);

/// What approved plans set for the months of a period, and the centres' own activities that begin in it up to a day.
///
/// # Errors
/// What the database said.
pub fn plans(tx: &mut Tx<'_>, months: Period, held_to: NaiveDate) -> Result<GivenBy> {
    let plan = plans::province_id.eq(plan_items::province_id).and(plans::id.eq(plan_items::plan_id));
    let items: Vec<ItemRow> = plan_items::table
        .inner_join(plans::table.on(plan))
        .filter(plan_items::province_id.eq(tx.province()))
        .filter(plans::year.between(months.first.year(), months.last.year()))
        .select((
            plan_items::id,
            plan_items::centre_id,
            plan_items::plan_id,
            plans::year,
            plans::state,
            plan_items::month,
            plan_items::target_classes,
            plan_items::target_sessions,
            plan_items::target_participations,
        ))
        .load(tx.conn)?;
    let mut given = GivenBy::new();
    for (centre, tally) in planned(&items, months) {
        tally.give(given.entry(centre).or_default());
    }
    // Of items that a revision took over, too: what carries one out names the one that stood then.
    let targets: HashMap<Id, [bool; 3]> = items
        .iter()
        .map(|(item, .., classes, sessions, participations)| (*item, [classes, sessions, participations].map(Option::is_some)))
        .collect();
    use activities as a;
    let own: Vec<&str> = ActivityRole::ALL.iter().filter(|role| role.is_own()).map(|role| role.code()).collect();
    let rows: Vec<HeldRow> = a::table
        .filter(a::province_id.eq(tx.province()).and(a::starts_on.ge(months.first)).and(a::starts_on.le(held_to)))
        .filter(a::role.eq_any(own))
        .group_by((a::centre_id, a::plan_item_id))
        .select((
            a::centre_id,
            a::plan_item_id,
            count_star(),
            sum_i64(a::classes),
            sum_i64(a::sessions),
            sum_i64(a::participations),
        ))
        .load(tx.conn)?;
    for (centre, item, entries, classes, sessions, participations) in rows {
        // What was done where nobody set this number is no part of the share.
        let [for_classes, for_sessions, for_participations] =
            item.and_then(|item| targets.get(&item)).copied().unwrap_or_default();
        let tally = HeldTally {
            is_planned: item.is_some(),
            entries,
            classes: classes.filter(|_| for_classes),
            sessions: sessions.filter(|_| for_sessions),
            participations: participations.filter(|_| for_participations),
        };
        tally.give(given.entry(centre.into()).or_default());
    }
    Ok(given)
}

/// What each centre's approved plans set for the months of a period.
fn planned(items: &[ItemRow], months: Period) -> HashMap<CentreId, PlannedTally> {
    let month_of = |day: NaiveDate| (day.year(), day.month().cast_signed());
    let within = month_of(months.first)..=month_of(months.last);
    let mut planned: HashMap<CentreId, (PlannedTally, HashSet<Id>)> = HashMap::new();
    for (_, centre, plan, year, state, month, classes, sessions, participations) in items {
        if state != PlanState::Approved.code() || !within.contains(&(*year, *month)) {
            continue;
        }
        let (tally, plans) = planned.entry((*centre).into()).or_default();
        tally.plans += i64::from(plans.insert(*plan));
        tally.items += 1;
        for (sum, number) in
            [(&mut tally.classes, classes), (&mut tally.sessions, sessions), (&mut tally.participations, participations)]
        {
            *sum = sum.map_or(*number, |sum| Some(sum + number.unwrap_or(0)));
        }
    }
    planned.into_iter().map(|(centre, (tally, _))| (centre, tally)).collect()
}
