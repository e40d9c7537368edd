//! Working a restructuring out for every tenant that it touches, and applying it: all or nothing, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::id::{CentreId, ProvinceId, UnitId};
use htcd_domain::province::Province;
use htcd_domain::restructuring::effect::{self, Effect, EffectKind};
use htcd_domain::restructuring::{ApplyRestructuring, MapChange, RestructuringCourse, RestructuringState};
use htcd_domain::text::Label;
use htcd_domain::unit::{Level, UnitMap};
use htcd_domain::{Code, Fault, Problem};
use serde_json::json;

use super::{Stored, digest_of, drop_preview, holdings, map, set_course, store_preview};
use crate::db::{Author, Change, Conn, Tx, record};
use crate::error::Result;
use crate::schema::{audit_heads, centre_placements, centres, province_units, provinces, restructurings};
use crate::types::{Id, Instant};
use crate::{province, unit};

/// The map before and after, and the tenants that the change touches.
pub(super) struct Ground {
    pub before: UnitMap,
    pub after: UnitMap,
    pub change: MapChange,
    pub touched: Vec<Province>,
    pub others: Vec<ProvinceId>,
}

/// Whoever changes the map waits here for whoever else does, and then sees whether it was this restructuring that they moved on.
pub(super) fn hold_map(tx: &mut Tx<'_>, stored: &Stored) -> Result<()> {
    tx.within(ProvinceId::NATION, |tx| {
        let head = audit_heads::table.find(Id::from(ProvinceId::NATION)).select(audit_heads::seq);
        if let Conn::Pg(pg) = &mut *tx.conn {
            let _: i64 = head.for_update().first(pg)?;
        }
        Ok(())
    })?;
    let row = restructurings::table.find((Id::from(stored.owner), Id::from(stored.id)));
    let revision: Option<i64> = row.select(restructurings::revision).first(tx.conn).optional()?;
    if revision == Some(stored.revision) { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

impl Ground {
    /// Checks the draft against the map as it is now.
    pub fn of(tx: &mut Tx<'_>, stored: &Stored, today: NaiveDate) -> Result<Self> {
        let before = unit::map(tx)?;
        let tenants = province::all(tx)?;
        let own = tenants.iter().find(|tenant| tenant.id == stored.owner).map(|tenant| tenant.unit_ids.clone());
        let change = stored.draft.check(&before, own.as_deref(), today)?;
        let after = before.after(&change);
        Ok(Self::from(before, after, change, tenants))
    }

    pub fn from(before: UnitMap, after: UnitMap, change: MapChange, tenants: Vec<Province>) -> Self {
        let above = |id: &UnitId| [before.province_unit(*id), after.province_unit(*id)];
        let provinces: BTreeSet<UnitId> = change.touched().iter().flat_map(above).flatten().collect();
        let (mut touched, others): (Vec<_>, Vec<_>) =
            tenants.into_iter().partition(|tenant| tenant.unit_ids.iter().any(|unit| provinces.contains(unit)));
        // Always in the same order, so that two at once do not wait for each other.
        touched.sort_unstable_by_key(|tenant| tenant.id);
        Self { before, after, change, touched, others: others.into_iter().map(|tenant| tenant.id).collect() }
    }

    /// Where each tenant's province goes, for those whose province ends.
    fn new_provinces(&self) -> Result<BTreeMap<ProvinceId, UnitId>> {
        let is_province = |id: &UnitId| self.before.get(*id).is_some_and(|unit| unit.level == Level::Province);
        let mut taken: BTreeMap<UnitId, &Province> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for succession in self.change.successions.iter().filter(|succession| is_province(&succession.predecessor_id)) {
            let Some(tenant) = self.touched.iter().find(|tenant| tenant.unit_id == succession.predecessor_id) else { continue };
            if let Some(other) = taken.insert(succession.successor_id, tenant).filter(|other| other.id != tenant.id) {
                let label = Label::new(
                    format!("{} và {} đều đang dùng hệ thống: chưa hỗ trợ gộp hồ sơ của hai tỉnh.", other.name, tenant.name),
                    format!(
                        "{} and {} both keep records here: merging the records of two provinces is not supported yet.",
                        other.name, tenant.name
                    ),
                );
                let faults = vec![Fault::body("/successions", "tenants_stay_apart", label)];
                return Err(Problem { faults, ..Problem::new(Code::RuleBroken) }.into());
            }
            found.insert(tenant.id, succession.successor_id);
        }
        Ok(found)
    }

    fn effects_on(&self, tx: &mut Tx<'_>, stored: &Stored, tenant: &Province) -> Result<Vec<Effect>> {
        let last = self.change.last_day();
        let is_there = |id: &UnitId| self.before.get(*id).is_some_and(|unit| unit.on(last).is_some());
        let units: Vec<UnitId> = tenant.unit_ids.iter().copied().filter(is_there).collect();
        let holdings = holdings::holdings(tx, stored.id, self.change.effective_on, &units)?;
        Ok(effect::effects(&self.change, &self.before, &self.after, &holdings))
    }
}

/// Works out what a draft changes for every tenant, and keeps it. `progress` hears of each tenant.
///
/// # Errors
/// Every fault of the draft, or what the database said.
pub fn preview(
    tx: &mut Tx<'_>,
    stored: &Stored,
    today: NaiveDate,
    at: DateTime<Utc>,
    progress: &dyn Fn(usize, usize),
) -> Result<RestructuringCourse> {
    let ground = Ground::of(tx, stored, today)?;
    ground.new_provinces()?;
    for tenant in &ground.others {
        tx.within(*tenant, |tx| drop_preview(tx, stored.id))?;
    }
    for (done, tenant) in ground.touched.iter().enumerate() {
        progress(done, ground.touched.len());
        tx.within(tenant.id, |tx| {
            let effects = ground.effects_on(tx, stored, tenant)?;
            store_preview(tx, stored.id, &effect::digest(&effects), &effects)
        })?;
    }
    let course = RestructuringCourse { state: RestructuringState::Previewed, previewed_at: Some(at), ..stored.course.clone() };
    set_course(tx, stored, &course, None, at)?;
    Ok(course)
}

fn moved_since(tenant: &Province) -> Problem {
    Problem::new(Code::StateConflict)
        .detail(
            format!("Từ khi xem trước, hồ sơ của {} đã thay đổi. Hãy xem trước lại rồi áp dụng.", tenant.name),
            format!(
                "Something that this changes has moved in {} since the preview. Preview it again, then apply it.",
                tenant.name
            ),
        )
        .with("reason", "moved_since_the_preview")
        .with("province_id", tenant.id)
}

/// Applies a restructuring that was previewed. Refuses when anything that it changes has moved since the preview.
///
/// # Errors
/// `state_conflict` with why, every centre that has no place yet, or what the database said; then nothing was changed.
pub fn apply(
    tx: &mut Tx<'_>,
    stored: &Stored,
    body: &ApplyRestructuring,
    author: &Author,
    today: NaiveDate,
    progress: &dyn Fn(usize, usize),
) -> Result<RestructuringCourse> {
    hold_map(tx, stored)?;
    let ground = Ground::of(tx, stored, today)?;
    let new_provinces = ground.new_provinces()?;
    let total = 2 * ground.touched.len();
    let (mut worked_out, mut open) = (Vec::new(), Vec::new());
    for (done, tenant) in ground.touched.iter().enumerate() {
        progress(done, total);
        let effects = tx.within(tenant.id, |tx| {
            let effects = ground.effects_on(tx, stored, tenant)?;
            if digest_of(tx, stored.id)?.as_deref() != Some(&effect::digest(&effects)) {
                return Err(moved_since(tenant).into());
            }
            Ok(effects)
        })?;
        open.extend(effects.iter().filter(|effect| effect.is_open()).map(|effect| effect.name.clone()));
        worked_out.push(effects);
    }
    if !open.is_empty() && !body.leave_open {
        return Err(not_placed(&open).into());
    }
    map::write(tx, &ground.change)?;
    for (tenant, unit) in &new_provinces {
        move_province(tx, *tenant, *unit, &ground)?;
    }
    let course = RestructuringCourse { state: RestructuringState::Applied, applied_at: Some(author.at), ..stored.course.clone() };
    set_course(tx, stored, &course, author.user_id, author.at)?;
    for (effects, tenant) in worked_out.iter().zip(&ground.touched) {
        tx.within(tenant.id, |tx| {
            for effect in effects.iter().filter(|effect| effect.kind == EffectKind::Centre && !effect.is_open()) {
                move_centre(tx, effect, author.at)?;
            }
            Ok(())
        })?;
    }
    // The heads of the chains come last, the nation's first among them.
    let what = json!({ "restructuring_id": stored.id, "title": stored.draft.title, "effective_on": stored.draft.effective_on });
    tx.within(ProvinceId::NATION, |tx| record(tx, author, Change::created((), "map", stored.id, &what)))?;
    for (done, (effects, tenant)) in worked_out.iter().zip(&ground.touched).enumerate() {
        progress(ground.touched.len() + done, total);
        tx.within(tenant.id, |tx| {
            for effect in effects.iter().filter(|effect| effect.kind == EffectKind::Centre && !effect.is_open()) {
                record(tx, author, Change::updated((), "centre", effect.subject_id, &effect.before, &effect.after))?;
            }
            record(tx, author, Change::created((), "restructuring", stored.id, &what))
        })?;
    }
    Ok(course)
}

fn not_placed(names: &[String]) -> Problem {
    let fault = |name: &String| {
        let label = Label::new(
            format!("«{name}» nằm ở xã bị chia và chưa được xác định thuộc xã nào."),
            format!("“{name}” lies in a commune that is divided, and nobody has said in which of its successors."),
        );
        Fault::body("/leave_open", "centre_placed", label)
    };
    let faults = names.iter().take(500).map(fault).collect();
    Problem { faults, ..Problem::new(Code::RuleBroken) }.with("centres_not_placed", names.len())
}

/// Begins a centre's placement on the new map, and ends the one that it had.
pub(super) fn move_centre(tx: &mut Tx<'_>, effect: &Effect, at: DateTime<Utc>) -> Result<()> {
    let (centre, province) = (Id(effect.subject_id), tx.province());
    let (Some(old), Some(new)) = (effect.before.unit_id, effect.after.unit_id) else { return Ok(()) };
    let replaced = diesel::update(centre_placements::table.find((province, centre, effect.from)))
        .set(centre_placements::commune_id.eq(Id::from(new)))
        .execute(tx.conn)?;
    if replaced == 0 {
        let ends = centre_placements::table
            .filter(centre_placements::province_id.eq(province).and(centre_placements::centre_id.eq(centre)))
            .filter(centre_placements::commune_id.eq(Id::from(old)).and(centre_placements::valid_from.lt(effect.from)))
            .filter(centre_placements::valid_to.is_null().or(centre_placements::valid_to.ge(effect.from).assume_not_null()));
        diesel::update(ends).set(centre_placements::valid_to.eq(effect.from.pred_opt())).execute(tx.conn)?;
        let row = (
            centre_placements::province_id.eq(province),
            centre_placements::centre_id.eq(centre),
            centre_placements::valid_from.eq(effect.from),
            centre_placements::commune_id.eq(Id::from(new)),
            centre_placements::valid_to.eq(effect.to),
        );
        diesel::insert_into(centre_placements::table).values(row).execute(tx.conn)?;
    }
    if effect.to.is_none() {
        set_commune(tx, CentreId::from(centre), new, at)?;
    }
    Ok(())
}

/// Sets where a centre lies now.
pub(super) fn set_commune(tx: &mut Tx<'_>, centre: CentreId, commune: UnitId, at: DateTime<Utc>) -> Result<()> {
    diesel::update(centres::table.find((tx.province(), Id::from(centre))))
        .set((
            centres::commune_id.eq(Id::from(commune)),
            centres::revision.eq(centres::revision + 1),
            centres::updated_at.eq(Instant::from(at)),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Lets a tenant follow its province to the one that this has become.
fn move_province(tx: &mut Tx<'_>, tenant: ProvinceId, unit: UnitId, ground: &Ground) -> Result<()> {
    let name = ground.after.name(unit, ground.change.effective_on).to_owned();
    tx.within(ProvinceId::NATION, |tx| {
        diesel::update(provinces::table.find(Id::from(tenant)))
            .set((provinces::unit_id.eq(Id::from(unit)), provinces::name.eq(name)))
            .execute(tx.conn)?;
        let units = ground.after.with_predecessors(unit);
        let known: BTreeSet<UnitId> = ground
            .touched
            .iter()
            .find(|known| known.id == tenant)
            .map(|known| known.unit_ids.iter().copied().collect())
            .unwrap_or_default();
        for unit in units.into_iter().filter(|unit| !known.contains(unit)) {
            let row = (province_units::unit_id.eq(Id::from(unit)), province_units::province_id.eq(Id::from(tenant)));
            diesel::insert_into(province_units::table).values(row).execute(tx.conn)?;
        }
        Ok(())
    })
}
