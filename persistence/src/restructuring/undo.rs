//! Taking a restructuring back.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::{CentreId, ProvinceId, UnitId};
use htcd_domain::restructuring::effect::{Effect, EffectKind};
use htcd_domain::restructuring::{RestructuringCourse, RestructuringState, UndoRestructuring};
use htcd_domain::round::RoundStatus;
use htcd_domain::{Code, Problem};
use serde_json::json;

use super::apply::{Ground, hold_map, set_commune};
use super::{EffectFilter, Stored, effects, map, set_course};
use crate::db::{Author, Change, Tx, record};
use crate::error::Result;
use crate::schema::{
    centre_placements, commendations, documents, events, grants, learning_model_counts, news, profile_values, province_units,
    provinces, rapporteur_assignments, rapporteurs, ratings, rounds,
};
use crate::types::Id;
use crate::{province, unit};

/// Takes an applied restructuring back: every number is again what it was.
///
/// # Errors
/// `state_conflict` with what stands in the way: the map has changed again, a round was closed on it, or records name units that
/// would go. Then nothing was changed.
pub fn undo(
    tx: &mut Tx<'_>,
    stored: &Stored,
    body: &UndoRestructuring,
    author: &Author,
    progress: &dyn Fn(usize, usize),
) -> Result<RestructuringCourse> {
    hold_map(tx, stored)?;
    let present = unit::map(tx)?;
    // What it did is worked out from the map that it found: the present one without it.
    let (before, change) = present.without(&stored.draft).ok_or_else(changed_again)?;
    if !map::is_as_left(&present, &change) {
        return Err(changed_again().into());
    }
    let tenants = province::all(tx)?;
    let ground = Ground::from(before, present, change, tenants);
    let begun: Vec<UnitId> = ground.change.begun.iter().map(|unit| unit.id).collect();
    for (done, tenant) in ground.touched.iter().enumerate() {
        progress(done, ground.touched.len());
        tx.within(tenant.id, |tx| {
            no_round_closed(tx, ground.change.effective_on, &tenant.name)?;
            let moved = centres_moved(tx, stored)?;
            for effect in &moved {
                move_back(tx, effect, author)?;
            }
            nothing_refers(tx, &begun, &tenant.name)
        })?;
    }
    let restored: Vec<_> = ground.touched.iter().filter(|tenant| begun.contains(&tenant.unit_id)).collect();
    for tenant in restored {
        let from = ground.change.successions.iter().filter(|succession| succession.successor_id == tenant.unit_id);
        let old = from.map(|succession| succession.predecessor_id).find(|unit| tenant.unit_ids.contains(unit));
        let old = old.ok_or_else(changed_again)?;
        let name = ground.before.name(old, ground.change.last_day()).to_owned();
        tx.within(ProvinceId::NATION, |tx| {
            diesel::update(provinces::table.find(Id::from(tenant.id)))
                .set((provinces::unit_id.eq(Id::from(old)), provinces::name.eq(name)))
                .execute(tx.conn)?;
            // What came along with the new province goes again.
            let mut gained = ground.after.with_predecessors(tenant.unit_id);
            let own = ground.before.with_predecessors(old);
            gained.retain(|unit| !own.contains(unit));
            let of_tenant = province_units::table.filter(province_units::province_id.eq(Id::from(tenant.id)));
            diesel::delete(of_tenant.filter(province_units::unit_id.eq_any(ids(&gained)))).execute(tx.conn)?;
            Ok(())
        })?;
    }
    map::take_back(tx, &ground.change)?;
    let course = RestructuringCourse {
        state: RestructuringState::Undone,
        undone_at: Some(author.at),
        undo_reason: Some(body.reason.clone()),
        ..stored.course.clone()
    };
    set_course(tx, stored, &course, None, author.at)?;
    let what = json!({ "restructuring_id": stored.id, "undone": true });
    let why = Some(body.reason.as_str());
    tx.within(ProvinceId::NATION, |tx| record(tx, author, Change::created((), "map", stored.id, &what).because(why)))?;
    for tenant in &ground.touched {
        tx.within(tenant.id, |tx| {
            for effect in centres_moved(tx, stored)? {
                let change = Change::updated((), "centre", effect.subject_id, &effect.after, &effect.before);
                record(tx, author, change.because(why))?;
            }
            record(tx, author, Change::created((), "restructuring", stored.id, &what).because(why))
        })?;
    }
    Ok(course)
}

fn ids(units: &[UnitId]) -> Vec<Id> {
    units.iter().copied().map(Id::from).collect()
}

fn changed_again() -> Problem {
    Problem::new(Code::StateConflict)
        .detail(
            "Bản đồ đã thay đổi tiếp sau lần sắp xếp này: chỉ hoàn tác được lần gần nhất.",
            "The map has changed again since: only the latest restructuring can be undone.",
        )
        .with("reason", "map_changed_again")
}

fn no_round_closed(tx: &mut Tx<'_>, day: NaiveDate, province: &str) -> Result<()> {
    let closed: Option<String> = rounds::table
        .filter(rounds::province_id.eq(tx.province()))
        .filter(rounds::data_to.ge(day).and(rounds::status.eq(RoundStatus::Closed.code())))
        .select(rounds::title)
        .first(tx.conn)
        .optional()?;
    let Some(title) = closed else { return Ok(()) };
    Err(Problem::new(Code::StateConflict)
        .detail(
            format!("{province}: đợt «{title}» đã đóng trên bản đồ mới nên không hoàn tác được nữa."),
            format!("{province}: the round “{title}” has been closed on the new map, so it cannot be undone any more."),
        )
        .with("reason", "round_closed")
        .into())
}

fn centres_moved(tx: &mut Tx<'_>, stored: &Stored) -> Result<Vec<Effect>> {
    let filter = EffectFilter { kind: Some(EffectKind::Centre), rule: None };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = effects(tx, stored.id, filter, after, 1000)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        found.extend(page.into_iter().map(|(_, effect)| effect).filter(|effect| !effect.is_open()));
    }
    Ok(found)
}

fn move_back(tx: &mut Tx<'_>, effect: &Effect, author: &Author) -> Result<()> {
    let (centre, province) = (Id(effect.subject_id), tx.province());
    let (Some(old), Some(new)) = (effect.before.unit_id, effect.after.unit_id) else { return Ok(()) };
    let of_centre = || {
        centre_placements::table.filter(centre_placements::province_id.eq(province).and(centre_placements::centre_id.eq(centre)))
    };
    let ends = of_centre()
        .filter(centre_placements::commune_id.eq(Id::from(old)))
        .filter(centre_placements::valid_to.eq(effect.from.pred_opt()));
    let before: Option<NaiveDate> = ends.select(centre_placements::valid_from).first(tx.conn).optional()?;
    let own =
        of_centre().filter(centre_placements::valid_from.eq(effect.from)).filter(centre_placements::commune_id.eq(Id::from(new)));
    if let Some(valid_from) = before {
        // How long the placement that goes reaches now is how long the one before reaches again.
        let to: Option<Option<NaiveDate>> = own.select(centre_placements::valid_to).first(tx.conn).optional()?;
        let Some(to) = to else { return Ok(()) };
        diesel::delete(centre_placements::table.find((province, centre, effect.from))).execute(tx.conn)?;
        diesel::update(centre_placements::table.find((province, centre, valid_from)))
            .set(centre_placements::valid_to.eq(to))
            .execute(tx.conn)?;
    } else {
        diesel::update(centre_placements::table.find((province, centre, effect.from)))
            .set(centre_placements::commune_id.eq(Id::from(old)))
            .execute(tx.conn)?;
    }
    if effect.to.is_none() {
        set_commune(tx, CentreId::from(centre), old, author.at)?;
    }
    // Ratings begun on the new map go back with their centre.
    diesel::update(ratings::table.filter(ratings::province_id.eq(province)))
        .filter(ratings::centre_id.eq(centre).and(ratings::commune_id.eq(Id::from(new))))
        .set(ratings::commune_id.eq(Id::from(old)))
        .execute(tx.conn)?;
    Ok(())
}

/// Counts what refers to units that would go.
macro_rules! referring {
    ($tx:expr, $units:expr, $($table:ident . $column:ident),+ $(,)?) => {{
        let mut found: BTreeMap<&'static str, i64> = BTreeMap::new();
        $(
            let of_units = $table::table
                .filter($table::province_id.eq($tx.province()))
                .filter($table::$column.eq_any($units.to_vec()).assume_not_null());
            let count: i64 = of_units.count().get_result($tx.conn)?;
            if count > 0 {
                found.insert(stringify!($table), count);
            }
        )+
        found
    }};
}

fn nothing_refers(tx: &mut Tx<'_>, begun: &[UnitId], province: &str) -> Result<()> {
    let mut all: BTreeMap<&'static str, i64> = BTreeMap::new();
    for chunk in ids(begun).chunks(1000) {
        let found = referring!(
            tx,
            chunk,
            centre_placements.commune_id,
            commendations.unit_id,
            documents.unit_id,
            events.unit_id,
            grants.unit_id,
            learning_model_counts.unit_id,
            news.unit_id,
            profile_values.unit_id,
            rapporteur_assignments.unit_id,
            rapporteurs.unit_id,
            ratings.commune_id,
        );
        for (table, count) in found {
            *all.entry(table).or_default() += count;
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = all.iter().map(|(table, count)| format!("{table}: {count}")).collect();
    let named = named.join(", ");
    Err(Problem::new(Code::StateConflict)
        .detail(
            format!("{province}: đã có hồ sơ ghi theo đơn vị mới ({named}). Hãy chuyển hoặc xóa chúng trước: không gì bị mất khi hoàn tác."),
            format!("{province}: records name the new units already ({named}). Move or remove them first: undoing loses nothing."),
        )
        .with("reason", "records_on_new_units")
        .with("records", all)
        .into())
}
