//! On whose boundaries figures are counted, and under which unit, model or region of them each thing comes.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::centre::OperatingModel;
use crate::id::UnitId;
use crate::text::Label;
use crate::unit::{RegionClass, Restated, UnitMap};

coded! {
    /// By what an aggregate is broken down.
    pub enum Breakdown in "breakdown" {
        /// By the units directly below.
        Unit = "unit" ("đơn vị cấp dưới", "child unit"),
        /// By the centre's operating model.
        OperatingModel = "operating_model" ("mô hình hoạt động", "operating model"),
        /// By urban and rural communes.
        Region = "region" ("đô thị, nông thôn", "urban or rural"),
    }
}

/// On whose boundaries a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boundaries {
    /// Of the last day of the period, or of the year's data window.
    AsWas,
    /// Of today.
    Restated,
    /// Of a day.
    AsOf(NaiveDate),
    /// Of a day, as `restated` says it: the same figures under another name.
    RestatedTo(NaiveDate),
}

impl Boundaries {
    /// Reads `as_was`, `restated`, `as_of:<date>` or `restated:<date>`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "as_was" => Some(Self::AsWas),
            "restated" => Some(Self::Restated),
            _ => {
                let (name, day) = text.split_once(':')?;
                let day = day.parse().ok()?;
                match name {
                    "as_of" => Some(Self::AsOf(day)),
                    "restated" => Some(Self::RestatedTo(day)),
                    _ => None,
                }
            }
        }
    }

    /// What people call it, below a table or a chart.
    pub fn label(self) -> Label {
        match self {
            Self::AsWas => Label::fixed("của kỳ số liệu", "of the period itself"),
            Self::Restated | Self::RestatedTo(_) => Label::fixed("quy về một địa giới sau", "restated to a later map"),
            Self::AsOf(_) => Label::fixed("của một ngày được chọn", "of a chosen day"),
        }
    }

    /// The day whose map is used for figures with this cut-off day.
    pub fn map_date(self, cut_off: NaiveDate, today: NaiveDate) -> NaiveDate {
        match self {
            Self::AsWas => cut_off,
            Self::Restated => today,
            Self::AsOf(day) | Self::RestatedTo(day) => day,
        }
    }
}

impl std::fmt::Display for Boundaries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AsWas => f.write_str("as_was"),
            Self::Restated => f.write_str("restated"),
            Self::AsOf(day) => write!(f, "as_of:{day}"),
            Self::RestatedTo(day) => write!(f, "restated:{day}"),
        }
    }
}

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowKey {
    /// A unit's id, a code, or `null` for what cannot be told (a divided commune, a model not recorded).
    #[schema(example = "338")]
    pub code: Option<String>,
    /// The unit, in a breakdown by unit.
    pub unit_id: Option<UnitId>,
    /// Its name.
    pub label: Label,
}

/// How restated figures were placed on the later map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RestatedBy {
    /// The commune went whole, or with all its population, into one.
    pub whole: u64,
    /// The commune was divided, and the centre has been placed by a person.
    pub by_placement: u64,
    /// The commune was divided and the centre not placed yet: counted in the province, in no commune.
    pub divided: u64,
    /// Not found on that map.
    pub unknown: u64,
}

/// What a figure is counted under: nothing where it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A unit directly below.
    Unit(Option<UnitId>),
    /// An operating model.
    Model(Option<OperatingModel>),
    /// Urban or rural.
    Region(Option<RegionClass>),
}

/// Where a thing lies that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Its commune on the cut-off day.
    pub commune: UnitId,
    /// Where it was placed by a person on a later map, if it was.
    pub placed_later: Option<UnitId>,
    /// The centre's operating model.
    pub model: Option<OperatingModel>,
}

/// A map of a day, a unit on it, and by what it is broken down.
#[derive(Clone, Copy)]
pub struct Placing<'m> {
    /// The map.
    pub map: &'m UnitMap,
    /// The unit; `None` for the nation.
    pub unit: Option<UnitId>,
    /// The breakdown.
    pub by: Breakdown,
    /// The day.
    pub date: NaiveDate,
}

impl Placing<'_> {
    /// What a thing is counted under, and `None` for what lies outside of the unit.
    pub fn key_of(&self, spot: &Spot, restated_by: &mut RestatedBy) -> Option<Key> {
        let (map, date) = (self.map, self.date);
        // A commune that is on the map of the day is itself. One that is not went somewhere, also when the question is
        // how things were: after a reform, placements are recorded centre by centre.
        let (commune, candidates) = match (map.restate(spot.commune, date), spot.placed_later) {
            (Restated::Divided(_), Some(placed)) if map.get(placed).is_some_and(|unit| unit.on(date).is_some()) => {
                restated_by.by_placement += 1;
                (Some(placed), vec![placed])
            }
            (Restated::In(commune), _) => {
                restated_by.whole += 1;
                (Some(commune), vec![commune])
            }
            (Restated::Divided(candidates), _) => {
                restated_by.divided += 1;
                (None, candidates)
            }
            (Restated::Unknown, _) => {
                restated_by.unknown += 1;
                (None, vec![spot.commune])
            }
        };
        // A divided commune counts where all its candidates agree: in the province at least.
        let agreed = |pick: &dyn Fn(UnitId) -> Option<UnitId>| {
            let mut picked = candidates.iter().map(|candidate| pick(*candidate));
            let first = picked.next().flatten();
            first.filter(|_| picked.all(|other| other == first))
        };
        let child = agreed(&|candidate| map.child_holding(self.unit, candidate, date));
        let is_inside = self.unit.is_none_or(|unit| {
            commune == Some(unit)
                || child.is_some()
                || candidates.iter().all(|candidate| map.ancestors(*candidate, date).iter().any(|above| above.id == unit))
        });
        if !is_inside {
            return None;
        }
        Some(match self.by {
            Breakdown::Unit => Key::Unit(child.or(commune.filter(|commune| self.unit == Some(*commune)))),
            Breakdown::OperatingModel => Key::Model(spot.model),
            Breakdown::Region => {
                let region =
                    |commune: UnitId| map.get(commune).and_then(|unit| unit.near(date)).and_then(|version| version.region_class);
                // As with units: what all candidates of a divided commune are, it is.
                let mut regions = candidates.iter().map(|candidate| region(*candidate));
                let first = regions.next().flatten();
                Key::Region(first.filter(|_| regions.all(|other| other == first)))
            }
        })
    }

    /// The rows of the breakdown in their order, with what each is called: those that were found, and units without anything.
    pub fn rows(&self, found: impl Iterator<Item = Key>) -> Vec<(Key, RowKey)> {
        let mut keys: Vec<Key> = found.collect();
        if self.by == Breakdown::Unit {
            // Units without a centre still have a row: an empty commune is a finding, not an omission.
            let children = self.map.children(self.unit, self.date).into_iter().map(|unit| Key::Unit(Some(unit.id)));
            let (known, mut other): (Vec<_>, Vec<_>) = (children.collect(), keys);
            other.retain(|key| !known.contains(key));
            keys = known.into_iter().chain(other).collect();
        }
        // What cannot be told comes last.
        keys.sort_by_key(|key| matches!(key, Key::Unit(None) | Key::Model(None) | Key::Region(None)));
        keys.into_iter().map(|key| (key, self.row_key(key))).collect()
    }

    fn unit_key(&self, unit: Option<UnitId>) -> RowKey {
        let version = unit.and_then(|unit| self.map.get(unit)).and_then(|unit| unit.near(self.date));
        RowKey {
            code: version.map(|version| version.code.clone()),
            unit_id: unit,
            label: version
                .map_or(Label::fixed("Cả nước", "The nation"), |version| Label::new(&*version.name_vi, &*version.name_en)),
        }
    }

    /// What a row is called.
    pub(crate) fn row_key(&self, key: Key) -> RowKey {
        match key {
            Key::Unit(Some(unit)) => self.unit_key(Some(unit)),
            Key::Unit(None) => RowKey {
                code: None,
                unit_id: None,
                label: Label::fixed("Chưa xác định đơn vị (xã bị chia)", "Unit not determined (divided commune)"),
            },
            Key::Model(model) => coded_key(model),
            Key::Region(region) => coded_key(region),
        }
    }

    /// What the unit itself is called.
    pub fn total_key(&self) -> RowKey {
        self.unit_key(self.unit)
    }
}

fn coded_key<T: crate::Coded>(value: Option<T>) -> RowKey {
    match value {
        Some(value) => RowKey { code: Some(value.code().to_owned()), unit_id: None, label: value.label() },
        None => RowKey { code: None, unit_id: None, label: Label::fixed("Chưa rõ", "Not known") },
    }
}
