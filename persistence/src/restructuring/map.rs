//! Writing a change of the map, and taking it back.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::UnitId;
use htcd_domain::restructuring::MapChange;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{unit_successions, unit_versions, units};
use crate::types::Id;
use crate::unit::{SuccessionRow, UnitRow, VersionRow};

/// Closes versions, begins units and versions, stores successions.
pub fn write(tx: &mut Tx<'_>, change: &MapChange) -> Result<()> {
    let going_on = change.changed.iter().map(|(id, _)| *id);
    let closed: Vec<Id> = change.ended.iter().copied().chain(going_on).map(Id::from).collect();
    set_last_day(tx, &closed, None, Some(change.last_day()))?;
    let identities: Vec<UnitRow> = change.begun.iter().map(UnitRow::of).collect();
    for chunk in identities.chunks(1000) {
        on_backend!(tx.conn, |c| diesel::insert_into(units::table).values(chunk).execute(c))?;
    }
    let begun = change.begun.iter().flat_map(|unit| unit.versions.iter().map(|version| VersionRow::of(unit.id, 0, version)));
    let mut versions: Vec<VersionRow> = begun.collect();
    for (id, version) in &change.changed {
        let last: Option<i32> = unit_versions::table
            .filter(unit_versions::unit_id.eq(Id::from(*id)))
            .select(diesel::dsl::max(unit_versions::ordinal))
            .first(tx.conn)?;
        versions.push(VersionRow { ordinal: last.unwrap_or(-1) + 1, ..VersionRow::of(*id, 0, version) });
    }
    for chunk in versions.chunks(1000) {
        on_backend!(tx.conn, |c| diesel::insert_into(unit_versions::table).values(chunk).execute(c))?;
    }
    let successions: Vec<SuccessionRow> = change.successions.iter().map(SuccessionRow::of).collect();
    for chunk in successions.chunks(1000) {
        on_backend!(tx.conn, |c| diesel::insert_into(unit_successions::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Takes all of it back. Nothing may refer to the units that began.
pub fn take_back(tx: &mut Tx<'_>, change: &MapChange) -> Result<()> {
    for succession in &change.successions {
        let (old, new) = (Id::from(succession.predecessor_id), Id::from(succession.successor_id));
        diesel::delete(unit_successions::table.find((old, new))).execute(tx.conn)?;
    }
    // Versions name the units above them, so they all go before any unit does.
    let changed: Vec<Id> = change.changed.iter().map(|(id, _)| Id::from(*id)).collect();
    for chunk in changed.chunks(1000) {
        let added = unit_versions::table.filter(unit_versions::unit_id.eq_any(chunk.to_vec()));
        diesel::delete(added.filter(unit_versions::valid_from.eq(change.effective_on))).execute(tx.conn)?;
    }
    let begun: Vec<Id> = change.begun.iter().map(|unit| Id::from(unit.id)).collect();
    for chunk in begun.chunks(1000) {
        diesel::delete(unit_versions::table.filter(unit_versions::unit_id.eq_any(chunk.to_vec()))).execute(tx.conn)?;
    }
    for chunk in begun.chunks(1000) {
        diesel::delete(units::table.filter(units::id.eq_any(chunk.to_vec()))).execute(tx.conn)?;
    }
    let closed: Vec<Id> = change.ended.iter().copied().map(Id::from).chain(changed).collect();
    set_last_day(tx, &closed, Some(change.last_day()), None)
}

fn set_last_day(tx: &mut Tx<'_>, ids: &[Id], from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<()> {
    for chunk in ids.chunks(1000) {
        let of_units = unit_versions::table.filter(unit_versions::unit_id.eq_any(chunk.to_vec()));
        match from {
            Some(from) => diesel::update(of_units.filter(unit_versions::valid_to.eq(from)))
                .set(unit_versions::valid_to.eq(to))
                .execute(tx.conn)?,
            None => diesel::update(of_units.filter(unit_versions::valid_to.is_null()))
                .set(unit_versions::valid_to.eq(to))
                .execute(tx.conn)?,
        };
    }
    Ok(())
}

/// Whether the map still is what the change left: nothing that it touched was changed again since.
pub fn is_as_left(map: &htcd_domain::unit::UnitMap, change: &MapChange) -> bool {
    let begun: BTreeSet<UnitId> = change.begun.iter().map(|unit| unit.id).collect();
    let on_top = |id: &UnitId| {
        map.get(*id).and_then(|unit| unit.latest()).is_some_and(|version| {
            version.valid_to.is_none() && version.valid_from.is_none_or(|from| from <= change.effective_on)
        })
    };
    change.touched().iter().filter(|id| !change.ended.contains(id)).all(on_top)
        && begun.iter().all(|id| map.successors(*id).is_empty())
}

impl UnitRow {
    fn of(unit: &htcd_domain::unit::Unit) -> Self {
        Self { id: unit.id.into(), level: unit.level.code().to_owned() }
    }
}
