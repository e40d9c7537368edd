//! A restructuring out of two files: the units of both maps, and the lineage between them.
//!
//! The same files that [`unit_import`](crate::unit_import) loads as known history are read here as something that is still to
//! happen to the map that is there: rows of the old map are looked up by their code, rows of the new one begin or change units.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use super::{Passing, UnitAfter};
use crate::id::UnitId;
use crate::unit::{Level, UnitMap};
use crate::unit_import::{RowFault, UnitImport};

/// Units, successions and ended districts of a draft.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// Units as they are after the day.
    pub units: Vec<UnitAfter>,
    /// What goes from where to where.
    pub successions: Vec<Passing>,
    /// Districts that end without a successor.
    pub ended_district_ids: Vec<UnitId>,
}

/// Takes from two files, as [`unit_import::read`](crate::unit_import::read) understands them, what changes on a day.
///
/// Units that end the day before are those of the map with the same code. Units that begin on the day are new, each with the
/// identity that was read.
///
/// # Errors
/// Every unit of the files that the map does not have on the day before.
pub fn draft(read: &UnitImport, map: &UnitMap, effective_on: NaiveDate) -> Result<Lineage, Vec<RowFault>> {
    let last = effective_on.pred_opt().unwrap_or(NaiveDate::MIN);
    let mut faults = Vec::new();
    // What an identity of the files is on the map.
    let mut known: HashMap<UnitId, UnitId> = HashMap::new();
    let mut ended: Vec<UnitId> = Vec::new();
    for (place, unit) in read.units.iter().enumerate() {
        let Some(version) = unit.versions.first() else { continue };
        if version.valid_from == Some(effective_on) {
            continue;
        }
        match map.by_code(&version.code, Some(last)).first() {
            Some(found) => {
                known.insert(unit.id, found.id);
                if version.valid_to == Some(last) {
                    ended.push(found.id);
                }
            }
            None => faults.push(RowFault {
                file: "units.csv",
                line: place as u64 + 2,
                column: "code",
                message: format!("no unit of the map has the code `{}` on {last}", version.code),
            }),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let on_map = |id: UnitId| known.get(&id).copied().unwrap_or(id);
    let begun =
        read.units.iter().filter(|unit| unit.versions.first().is_some_and(|version| version.valid_from == Some(effective_on)));
    let units = begun.filter_map(|unit| {
        let version = unit.versions.first()?;
        Some(UnitAfter {
            unit_id: unit.id,
            code: version.code.clone(),
            kind: version.kind,
            name_vi: version.name_vi.clone(),
            name_en: Some(version.name_en.clone()),
            parent_id: version.parent_id.map(on_map),
            region_class: version.region_class,
        })
    });
    let successions: Vec<Passing> = read
        .successions
        .iter()
        .filter(|succession| succession.effective_on == effective_on)
        .map(|succession| Passing {
            predecessor_id: on_map(succession.predecessor_id),
            successor_id: on_map(succession.successor_id),
            extent: succession.extent,
            kind: Some(succession.kind),
        })
        .collect();
    let with_successor: BTreeSet<UnitId> = successions.iter().map(|row| row.predecessor_id).collect();
    let is_district = |id: &UnitId| map.get(*id).is_some_and(|unit| unit.level == Level::District);
    let ended_district_ids = ended.into_iter().filter(|id| !with_successor.contains(id)).filter(is_district).collect();
    Ok(Lineage { units: units.collect(), successions, ended_district_ids })
}
