//! Administrative units: the whole map is read at once, and written by the loader.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::UnitId;
use htcd_domain::unit::{Succession, Unit, UnitMap, UnitVersion};
use htcd_domain::unit_import::UnitImport;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{unit_successions, unit_versions, units};
use crate::types::{Id, coded};

#[derive(Queryable, Insertable)]
#[diesel(table_name = units)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct UnitRow {
    pub id: Id,
    pub level: String,
}

#[derive(Queryable, Insertable, Clone, PartialEq)]
#[diesel(table_name = unit_versions)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct VersionRow {
    pub unit_id: Id,
    pub ordinal: i32,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub code: String,
    pub kind: String,
    pub name_vi: String,
    pub name_en: String,
    pub parent_id: Option<Id>,
    pub region_class: Option<String>,
}

impl VersionRow {
    /// A version as it is stored, at its place among the unit's versions.
    pub fn of(unit: UnitId, ordinal: i32, version: &UnitVersion) -> Self {
        Self {
            unit_id: unit.into(),
            ordinal,
            valid_from: version.valid_from,
            valid_to: version.valid_to,
            code: version.code.clone(),
            kind: version.kind.code().to_owned(),
            name_vi: version.name_vi.clone(),
            name_en: version.name_en.clone(),
            parent_id: version.parent_id.map(Id::from),
            region_class: version.region_class.map(|class| class.code().to_owned()),
        }
    }
}

#[derive(Queryable, Insertable, Clone, PartialEq)]
#[diesel(table_name = unit_successions)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct SuccessionRow {
    pub predecessor_id: Id,
    pub successor_id: Id,
    pub kind: String,
    pub extent: String,
    pub effective_on: NaiveDate,
}

impl SuccessionRow {
    /// A succession as it is stored.
    pub fn of(succession: &Succession) -> Self {
        Self {
            predecessor_id: succession.predecessor_id.into(),
            successor_id: succession.successor_id.into(),
            kind: succession.kind.code().to_owned(),
            extent: succession.extent.code().to_owned(),
            effective_on: succession.effective_on,
        }
    }
}

/// The whole map.
///
/// # Errors
/// What the database said, or a code that does not read.
pub fn map(tx: &mut Tx<'_>) -> Result<UnitMap> {
    let mut versions: HashMap<Id, Vec<UnitVersion>> = HashMap::new();
    let rows: Vec<VersionRow> = unit_versions::table.order((unit_versions::unit_id, unit_versions::ordinal)).load(tx.conn)?;
    for row in rows {
        versions.entry(row.unit_id).or_default().push(UnitVersion {
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            code: row.code,
            kind: coded(&row.kind)?,
            name_vi: row.name_vi,
            name_en: row.name_en,
            parent_id: row.parent_id.map(UnitId::from),
            region_class: row.region_class.as_deref().map(coded).transpose()?,
        });
    }
    let rows: Vec<UnitRow> = units::table.order(units::id).load(tx.conn)?;
    let units = rows
        .into_iter()
        .map(|row| {
            Ok(Unit { id: row.id.into(), level: coded(&row.level)?, versions: versions.remove(&row.id).unwrap_or_default() })
        })
        .collect::<Result<Vec<_>>>()?;
    let rows: Vec<SuccessionRow> =
        unit_successions::table.order((unit_successions::predecessor_id, unit_successions::successor_id)).load(tx.conn)?;
    let successions = rows
        .into_iter()
        .map(|row| {
            Ok(Succession {
                predecessor_id: row.predecessor_id.into(),
                successor_id: row.successor_id.into(),
                kind: coded(&row.kind)?,
                extent: coded(&row.extent)?,
                effective_on: row.effective_on,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(UnitMap::new(units, successions))
}

/// What a load did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// New units.
    pub units_added: usize,
    /// Units whose name or type was corrected.
    pub units_changed: usize,
    /// New successions.
    pub successions_added: usize,
}

/// Stores what the loader read; a second load of the same files changes nothing. `progress` hears of each chunk of rows.
///
/// # Errors
/// What the database said.
pub fn store(tx: &mut Tx<'_>, import: &UnitImport, known: &UnitMap, mut progress: impl FnMut(usize)) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let row = |unit: &Unit, ordinal: usize, version: &UnitVersion| {
        VersionRow::of(unit.id, i32::try_from(ordinal).unwrap_or(i32::MAX), version)
    };
    let (new, old): (Vec<&Unit>, Vec<&Unit>) = import.units.iter().partition(|unit| known.get(unit.id).is_none());
    let identities: Vec<UnitRow> =
        new.iter().map(|unit| UnitRow { id: unit.id.into(), level: unit.level.code().to_owned() }).collect();
    for chunk in identities.chunks(1000) {
        on_backend!(tx.conn, |c| diesel::insert_into(units::table).values(chunk).execute(c))?;
    }
    let versions: Vec<VersionRow> =
        new.iter().flat_map(|unit| unit.versions.iter().enumerate().map(|(n, version)| row(unit, n, version))).collect();
    for chunk in versions.chunks(1000) {
        loaded.units_added += on_backend!(tx.conn, |c| diesel::insert_into(unit_versions::table).values(chunk).execute(c))?;
        progress(chunk.len());
    }
    for unit in old {
        progress(1);
        let stored = known.get(unit.id).and_then(|known| {
            known
                .versions
                .iter()
                .enumerate()
                .find(|(_, v)| unit.versions.first().is_some_and(|new| new.valid_from == v.valid_from))
        });
        let (Some((ordinal, stored)), Some(new)) = (stored, unit.versions.first()) else { continue };
        if stored != new {
            let row = row(unit, ordinal, new);
            diesel::update(unit_versions::table.find((row.unit_id, row.ordinal)))
                .set((
                    unit_versions::kind.eq(row.kind),
                    unit_versions::name_vi.eq(row.name_vi),
                    unit_versions::name_en.eq(row.name_en),
                    unit_versions::parent_id.eq(row.parent_id),
                    unit_versions::region_class.eq(row.region_class),
                ))
                .execute(tx.conn)?;
            loaded.units_changed += 1;
        }
    }
    let successions: Vec<SuccessionRow> = import
        .successions
        .iter()
        .filter(|new| !known.successors(new.predecessor_id).contains(new))
        .map(SuccessionRow::of)
        .collect();
    for chunk in successions.chunks(1000) {
        loaded.successions_added +=
            on_backend!(tx.conn, |c| diesel::insert_into(unit_successions::table).values(chunk).execute(c))?;
        progress(chunk.len());
    }
    progress(import.successions.len() - successions.len());
    Ok(loaded)
}
