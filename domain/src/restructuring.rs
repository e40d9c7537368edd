//! A restructuring (sắp xếp đơn vị hành chính): units merge, split, give parts away, are renamed, change their kind or the unit
//! above, all on one day.
//!
//! History is never rewritten: a unit that loses ground ends, and its successors take over; a unit that goes on gets another
//! version. What a restructuring does to the map is worked out once, by [`check`](Restructuring::check), and everything else
//! — preview, application, undoing — starts from that [`MapChange`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::Decision;
use crate::id::{RestructuringId, UnitId};
use crate::text::Label;
use crate::unit::{Extent, Level, RegionClass, Succession, SuccessionKind, Unit, UnitKind, UnitMap, UnitVersion};
use crate::user::{named, plain};

mod check;
pub mod lineage;

/// The most units that one restructuring may name: the nation's of 2025 had 3,355.
pub const MOST_UNITS: usize = 20_000;

coded! {
    /// Where a restructuring stands.
    pub enum RestructuringState in "restructuring_state" {
        /// Being written.
        Draft = "draft" ("dự thảo", "draft"),
        /// Its effects have been worked out and can be read.
        Previewed = "previewed" ("đã xem trước", "previewed"),
        /// In force.
        Applied = "applied" ("đã áp dụng", "applied"),
        /// Was in force, and was taken back.
        Undone = "undone" ("đã hoàn tác", "undone"),
    }
}

/// A unit as it is from the day of the restructuring on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UnitAfter {
    /// A unit that is on the map gets another version; an id that is on no map, made by the client, begins a new unit.
    pub unit_id: UnitId,
    /// The official code: 2 digits a province, 5 a commune.
    #[validate(length(min = 2, max = 5), custom(function = "plain"))]
    #[schema(example = "07069", min_length = 2, max_length = 5, pattern = "^[0-9]{2,5}$")]
    pub code: String,
    /// The official type.
    pub kind: UnitKind,
    /// Full name with its type.
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "Phường Mạo Khê", min_length = 1, max_length = 120)]
    pub name_vi: String,
    /// The name in English; derived from the Vietnamese one unless given.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "Mao Khe Ward", min_length = 1, max_length = 120)]
    pub name_en: Option<String>,
    /// The unit above, of this restructuring or on the map; `null` for a province.
    #[serde(default)]
    pub parent_id: Option<UnitId>,
    /// Urban or rural; what the type says unless given.
    #[serde(default)]
    pub region_class: Option<RegionClass>,
}

impl UnitAfter {
    /// The version of a unit that begins on a day.
    pub fn version(&self, from: NaiveDate) -> UnitVersion {
        UnitVersion {
            valid_from: Some(from),
            valid_to: None,
            code: self.code.clone(),
            kind: self.kind,
            name_vi: self.name_vi.clone(),
            name_en: self.name_en.clone().unwrap_or_else(|| self.kind.name_en(&self.name_vi)),
            parent_id: self.parent_id,
            region_class: self.region_class.or_else(|| self.kind.region_class()),
        }
    }
}

/// Ground and people that go from a unit, which ends, to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Passing {
    /// The unit that ends the day before.
    pub predecessor_id: UnitId,
    /// The unit that takes over: one of this restructuring, or one that goes on.
    pub successor_id: UnitId,
    /// How much of the old unit.
    pub extent: Extent,
    /// How: told by the server, which knows from all the rows together. If given, it has to agree.
    #[serde(default)]
    pub kind: Option<SuccessionKind>,
}

/// A restructuring, as it is drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Restructuring {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<RestructuringId>,
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Sắp xếp đơn vị hành chính cấp xã của tỉnh Quảng Ninh năm 2027", min_length = 1, max_length = 200)]
    pub title: String,
    /// The first day of the new map.
    #[schema(example = "2027-07-01")]
    pub effective_on: NaiveDate,
    /// The resolution or decision behind it.
    #[validate(nested)]
    pub decision: Decision,
    /// Units as they are from that day on: new ones, and those that change.
    #[validate(length(max = 20_000), nested)]
    #[schema(max_items = 20_000)]
    pub units: Vec<UnitAfter>,
    /// What goes from where to where. A unit that stands here as predecessor ends the day before.
    #[serde(default)]
    #[validate(length(max = 60_000), nested)]
    #[schema(max_items = 60_000)]
    pub successions: Vec<Passing>,
    /// Districts that end without a successor, as all did on 30 June 2025 (Law 72/2025/QH15).
    #[serde(default)]
    #[validate(length(max = 2_000))]
    #[schema(max_items = 2_000)]
    pub ended_district_ids: Vec<UnitId>,
}

/// What a restructuring does to the map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapChange {
    /// The first day of the new map.
    pub effective_on: NaiveDate,
    /// Units whose last day is the one before.
    pub ended: BTreeSet<UnitId>,
    /// Units whose first day it is, each with one version.
    pub begun: Vec<Unit>,
    /// Units that go on, with their new version.
    pub changed: Vec<(UnitId, UnitVersion)>,
    /// What goes from where to where.
    pub successions: Vec<Succession>,
}

impl MapChange {
    /// The last day of the old map.
    pub fn last_day(&self) -> NaiveDate {
        self.effective_on.pred_opt().unwrap_or(NaiveDate::MIN)
    }

    /// Every unit that ends, begins or changes.
    pub fn touched(&self) -> BTreeSet<UnitId> {
        let begun = self.begun.iter().map(|unit| unit.id);
        self.ended.iter().copied().chain(begun).chain(self.changed.iter().map(|(id, _)| *id)).collect()
    }
}

impl UnitMap {
    /// The map with a change made to it: versions are closed and added, none is rewritten.
    pub fn after(&self, change: &MapChange) -> UnitMap {
        let new_versions: BTreeMap<UnitId, &UnitVersion> = change.changed.iter().map(|(id, version)| (*id, version)).collect();
        let last = change.last_day();
        let units = self.units().map(|unit| {
            let mut unit = unit.clone();
            let goes_on = new_versions.get(&unit.id);
            if (goes_on.is_some() || change.ended.contains(&unit.id))
                && let Some(version) = unit.versions.last_mut()
            {
                version.valid_to = Some(last);
            }
            unit.versions.extend(goes_on.map(|version| (*version).clone()));
            unit
        });
        let units = units.chain(change.begun.iter().cloned()).collect();
        UnitMap::new(units, self.successions().chain(&change.successions).cloned().collect())
    }
}

/// How a unit came from others, told from how many there are on both sides.
fn kind_of(old: &UnitVersion, new: &UnitVersion, successors: usize, predecessors: usize) -> SuccessionKind {
    match (successors, predecessors) {
        (1, 1) if old.name_vi == new.name_vi && old.kind == new.kind => SuccessionKind::Unchanged,
        (1, 1) => SuccessionKind::Renamed,
        (1, _) => SuccessionKind::Merged,
        (_, 1) => SuccessionKind::Split,
        _ => SuccessionKind::Part,
    }
}

/// Which level a unit's parent may have on a day: districts ended on 30 June 2025.
fn may_stand_below(level: Level, parent: Level, day: NaiveDate) -> bool {
    match (level, parent) {
        (Level::Commune, Level::Province) => true,
        (Level::Commune, Level::District) | (Level::District, Level::Province) => !districts_are_over(day),
        _ => false,
    }
}

/// Whether there are no districts any more (Law 72/2025/QH15).
pub fn districts_are_over(day: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(2025, 7, 1).is_some_and(|first| first <= day)
}

fn unit_name(map: &UnitMap, id: UnitId, day: NaiveDate) -> String {
    let name = map.name(id, day);
    if name.is_empty() { id.to_string() } else { name.to_owned() }
}

/// A rule's text in both languages about a unit.
fn about(name: &str, vi: &str, en: &str) -> Label {
    Label::new(vi.replace("{}", name), en.replace("{}", name))
}
