//! Administrative units on a dated map: provinces, districts (until 30 June 2025) and communes.
//!
//! A unit is an identity with dated versions; units are connected by successions. [`UnitMap`] holds all
//! of them and answers every question about territory: ancestry on a day, what lies below, where a
//! commune of one map lies on another.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, RwLock};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::UnitId;
use crate::text::{fold, sort_key, without_marks};

coded! {
    /// A level of the hierarchy.
    pub enum Level in "unit_level" {
        /// Tỉnh, thành phố trực thuộc trung ương.
        Province = "province" ("cấp tỉnh", "province"),
        /// Ended on 30 June 2025 (Law 72/2025/QH15 on the organisation of local government).
        District = "district" ("cấp huyện", "district"),
        /// Xã, phường, thị trấn, đặc khu.
        Commune = "commune" ("cấp xã", "commune"),
    }
}

coded! {
    /// The official type of a unit.
    pub enum UnitKind in "unit_kind" {
        /// Tỉnh.
        Province = "province" ("tỉnh", "province"),
        /// Thành phố trực thuộc trung ương.
        CentralCity = "central_city" ("thành phố trung ương", "centrally run city"),
        /// Quận.
        UrbanDistrict = "urban_district" ("quận", "urban district"),
        /// Huyện.
        RuralDistrict = "rural_district" ("huyện", "rural district"),
        /// Thị xã.
        Town = "town" ("thị xã", "town"),
        /// Thành phố thuộc tỉnh.
        ProvincialCity = "provincial_city" ("thành phố thuộc tỉnh", "provincial city"),
        /// Thành phố thuộc thành phố trung ương.
        MunicipalCity = "municipal_city" ("thành phố thuộc thành phố trung ương", "city of a centrally run city"),
        /// Phường.
        Ward = "ward" ("phường", "ward"),
        /// Xã.
        RuralCommune = "rural_commune" ("xã", "rural commune"),
        /// Thị trấn.
        Township = "township" ("thị trấn", "township"),
        /// Đặc khu.
        SpecialZone = "special_zone" ("đặc khu", "special zone"),
    }
}

impl UnitKind {
    /// The level that a unit of this type has.
    pub fn level(self) -> Level {
        match self {
            Self::Province | Self::CentralCity => Level::Province,
            Self::UrbanDistrict | Self::RuralDistrict | Self::Town | Self::ProvincialCity | Self::MunicipalCity => {
                Level::District
            }
            Self::Ward | Self::RuralCommune | Self::Township | Self::SpecialZone => Level::Commune,
        }
    }

    /// The words that an official name of this type begins with.
    pub fn name_prefix(self) -> &'static str {
        match self {
            Self::Province => "Tỉnh ",
            Self::CentralCity | Self::ProvincialCity | Self::MunicipalCity => "Thành phố ",
            Self::UrbanDistrict => "Quận ",
            Self::RuralDistrict => "Huyện ",
            Self::Town => "Thị xã ",
            Self::Ward => "Phường ",
            Self::RuralCommune => "Xã ",
            Self::Township => "Thị trấn ",
            Self::SpecialZone => "Đặc khu ",
        }
    }
}

impl UnitKind {
    /// The English name of a unit of this type: derived from the Vietnamese one, not official. Marks are left out and the type
    /// comes last (Mao Khe Ward); a number stays behind it (Ward 10).
    pub fn name_en(self, name_vi: &str) -> String {
        let bare = name_vi.strip_prefix(self.name_prefix()).unwrap_or(name_vi);
        let kind = match self {
            Self::Province => "Province",
            Self::CentralCity | Self::ProvincialCity | Self::MunicipalCity => "City",
            Self::UrbanDistrict | Self::RuralDistrict => "District",
            Self::Town => "Town",
            Self::Ward => "Ward",
            Self::RuralCommune => "Commune",
            Self::Township => "Township",
            Self::SpecialZone => "Special Zone",
        };
        let plain = without_marks(bare);
        if bare.starts_with(|c: char| c.is_ascii_digit()) { format!("{kind} {plain}") } else { format!("{plain} {kind}") }
    }

    /// Whether communes of this type are urban or rural; a special zone's type does not say.
    pub fn region_class(self) -> Option<RegionClass> {
        match self {
            Self::Ward | Self::Township => Some(RegionClass::Urban),
            Self::RuralCommune => Some(RegionClass::Rural),
            _ => None,
        }
    }
}

coded! {
    /// Whether a commune is urban or rural.
    pub enum RegionClass in "region_class" {
        /// Phường, thị trấn.
        Urban = "urban" ("đô thị", "urban"),
        /// Xã.
        Rural = "rural" ("nông thôn", "rural"),
    }
}

coded! {
    /// How a unit came from another.
    pub enum SuccessionKind in "succession_kind" {
        /// Same name, type and territory.
        Unchanged = "unchanged" ("giữ nguyên", "unchanged"),
        /// Same territory under another name or type.
        Renamed = "renamed" ("đổi tên hoặc loại", "renamed"),
        /// One of several that became one.
        Merged = "merged" ("sáp nhập", "merged"),
        /// One that became several.
        Split = "split" ("chia tách", "split"),
        /// Parts of several that became one.
        Part = "part" ("nhập một phần", "part"),
    }
}

coded! {
    /// How much of the old unit went to the new one.
    pub enum Extent in "succession_extent" {
        /// All of it.
        Whole = "whole" ("toàn bộ", "whole"),
        /// Some people and some land.
        Part = "part" ("một phần", "part"),
        /// All the people but not all the land.
        AllPopulation = "all_population" ("toàn bộ dân số", "all the population"),
        /// All the land but not all the people.
        AllArea = "all_area" ("toàn bộ diện tích", "all the area"),
    }
}

/// What a unit was between two days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitVersion {
    /// First day, or `null` where it is not known.
    pub valid_from: Option<NaiveDate>,
    /// Last day, or `null` while in force.
    pub valid_to: Option<NaiveDate>,
    /// The official code of the General Statistics Office: 2 digits a province, 3 a district, 5 a commune.
    /// Codes are reused over time; see `as_of`.
    #[schema(example = "07069")]
    pub code: String,
    /// The official type.
    pub kind: UnitKind,
    /// Full name with its type.
    #[schema(example = "Phường Mạo Khê")]
    pub name_vi: String,
    /// The name without diacritics and the English type; derived, not official.
    #[schema(example = "Mao Khe Ward")]
    pub name_en: String,
    /// The unit above, `null` for a province.
    pub parent_id: Option<UnitId>,
    /// Urban or rural, for communes where the type says so.
    pub region_class: Option<RegionClass>,
}

impl UnitVersion {
    /// Whether this version holds on a day.
    pub fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// The name without its type.
    pub fn bare_name(&self) -> &str {
        self.name_vi.strip_prefix(self.kind.name_prefix()).unwrap_or(&self.name_vi)
    }
}

/// A unit with all its versions, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unit {
    /// Identity.
    pub id: UnitId,
    /// Level.
    pub level: Level,
    /// Versions, oldest first; never empty.
    pub versions: Vec<UnitVersion>,
}

impl Unit {
    /// The version of a day.
    pub fn on(&self, day: NaiveDate) -> Option<&UnitVersion> {
        self.versions.iter().find(|version| version.is_valid_on(day))
    }

    /// The newest version.
    pub fn latest(&self) -> Option<&UnitVersion> {
        self.versions.last()
    }

    /// The version of a day, or else the one nearest to it.
    pub fn near(&self, day: NaiveDate) -> Option<&UnitVersion> {
        self.on(day)
            .or_else(|| self.versions.iter().rev().find(|v| v.valid_from.is_some_and(|from| from <= day)))
            .or(self.versions.first())
    }
}

/// One unit's coming from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Succession {
    /// The older unit.
    pub predecessor_id: UnitId,
    /// The newer unit.
    pub successor_id: UnitId,
    /// How.
    pub kind: SuccessionKind,
    /// How much of the older unit.
    pub extent: Extent,
    /// The newer unit's first day.
    pub effective_on: NaiveDate,
}

/// Where a commune of one map lies on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restated {
    /// In this commune.
    In(UnitId),
    /// In one of these: it was divided, and nothing tells which part is meant.
    Divided(Vec<UnitId>),
    /// Nothing is known of it on that day.
    Unknown,
}

/// All units, with every question about territory.
#[derive(Debug, Default)]
pub struct UnitMap {
    units: HashMap<UnitId, Unit>,
    /// In the order of a Vietnamese list, by the newest name without its type.
    ordered: Vec<UnitId>,
    search: HashMap<UnitId, String>,
    by_code: HashMap<String, Vec<UnitId>>,
    /// Below each unit in any version; `None` holds the provinces.
    below: HashMap<Option<UnitId>, Vec<UnitId>>,
    successors: HashMap<UnitId, Vec<Succession>>,
    predecessors: HashMap<UnitId, Vec<Succession>>,
    reach: RwLock<HashMap<UnitId, Arc<BTreeSet<UnitId>>>>,
}

/// Which units a list shows.
#[derive(Debug, Clone, Default)]
pub struct UnitFilter {
    /// Of this level.
    pub level: Option<Level>,
    /// Directly below this unit.
    pub parent_id: Option<UnitId>,
    /// Below this unit, however deep.
    pub within: Option<UnitId>,
    /// Of this type.
    pub kind: Option<UnitKind>,
    /// With this code.
    pub code: Option<String>,
    /// Whose name holds this text, blind to diacritics.
    pub q: Option<String>,
}

impl UnitMap {
    /// Builds the indexes over units and successions.
    pub fn new(units: Vec<Unit>, successions: Vec<Succession>) -> Self {
        let mut map = Self::default();
        let mut keyed: Vec<_> = units
            .iter()
            .filter_map(|unit| {
                unit.latest().map(|version| {
                    (
                        (sort_key(version.bare_name()), sort_key(&version.name_vi), version.valid_from, version.code.clone()),
                        unit.id,
                    )
                })
            })
            .collect();
        keyed.sort_unstable();
        map.ordered = keyed.into_iter().map(|(_, id)| id).collect();
        for unit in units {
            let mut parents = BTreeSet::new();
            let mut folded = String::new();
            for version in &unit.versions {
                let holders = map.by_code.entry(version.code.clone()).or_default();
                if !holders.contains(&unit.id) {
                    holders.push(unit.id);
                }
                parents.insert(version.parent_id);
                folded.push_str(&fold(&version.name_vi));
                folded.push('\n');
            }
            for parent in parents {
                map.below.entry(parent).or_default().push(unit.id);
            }
            map.search.insert(unit.id, folded);
            map.units.insert(unit.id, unit);
        }
        let rank: HashMap<_, _> = map.ordered.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        for children in map.below.values_mut() {
            children.sort_by_key(|id| rank.get(id).copied());
        }
        for succession in successions {
            map.predecessors.entry(succession.successor_id).or_default().push(succession.clone());
            map.successors.entry(succession.predecessor_id).or_default().push(succession);
        }
        map
    }

    /// Every unit, in Vietnamese order.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.ordered.iter().filter_map(|id| self.get(*id))
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether no map has been loaded.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// How many successions there are.
    pub fn succession_count(&self) -> usize {
        self.successors.values().map(Vec::len).sum()
    }

    /// One unit.
    pub fn get(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    /// The name of a unit on or near a day, empty for an unknown one.
    pub fn name(&self, id: UnitId, day: NaiveDate) -> &str {
        self.get(id).and_then(|unit| unit.near(day)).map_or("", |version| &version.name_vi)
    }

    /// The day from which the map is known: for days before it, the oldest known version answers.
    pub fn known_from(&self, day: NaiveDate) -> Option<NaiveDate> {
        // The reference data gives its oldest set as the state of its last day.
        let provinces = self.below.get(&None)?;
        let oldest = provinces
            .iter()
            .filter_map(|id| self.get(*id)?.versions.first())
            .filter(|v| v.valid_from.is_none())
            .filter_map(|v| v.valid_to)
            .min()?;
        (day < oldest).then_some(oldest)
    }

    /// Whether the map of a day has units of a level.
    pub fn has_level(&self, level: Level, day: NaiveDate) -> bool {
        self.units().any(|unit| unit.level == level && unit.on(day).is_some())
    }

    /// Units that ever had a code, with those of one day only when a day is given.
    pub fn by_code(&self, code: &str, day: Option<NaiveDate>) -> Vec<&Unit> {
        let holders = self.by_code.get(code).into_iter().flatten().filter_map(|id| self.get(*id));
        match day {
            Some(day) => holders.filter(|unit| unit.on(day).is_some_and(|version| version.code == code)).collect(),
            None => holders.collect(),
        }
    }

    /// A page of units on a day, in Vietnamese order, after a given unit.
    pub fn list(&self, filter: &UnitFilter, day: NaiveDate, after: Option<UnitId>, limit: usize) -> Vec<&Unit> {
        let wanted = filter.q.as_deref().map(fold);
        let start = after.and_then(|id| self.ordered.iter().position(|other| *other == id)).map_or(0, |place| place + 1);
        self.ordered[start..]
            .iter()
            .filter_map(|id| self.get(*id))
            .filter(|unit| filter.level.is_none_or(|level| unit.level == level))
            .filter(|unit| {
                unit.on(day).is_some_and(|version| {
                    filter.kind.is_none_or(|kind| version.kind == kind)
                        && filter.parent_id.is_none_or(|parent| version.parent_id == Some(parent))
                        && filter.code.as_deref().is_none_or(|code| version.code == code)
                        && wanted.as_deref().is_none_or(|q| fold(&version.name_vi).contains(q))
                })
            })
            .filter(|unit| wanted.as_deref().is_none_or(|q| self.search.get(&unit.id).is_some_and(|text| text.contains(q))))
            .filter(|unit| filter.within.is_none_or(|above| self.ancestors(unit.id, day).iter().any(|unit| unit.id == above)))
            .take(limit)
            .collect()
    }

    /// The units directly below one on a day, in Vietnamese order; `None` gives the provinces.
    pub fn children(&self, parent: Option<UnitId>, day: NaiveDate) -> Vec<&Unit> {
        self.below
            .get(&parent)
            .into_iter()
            .flatten()
            .filter_map(|id| self.get(*id))
            .filter(|unit| unit.on(day).is_some_and(|version| version.parent_id == parent))
            .collect()
    }

    /// The units above one on or near a day, nearest first.
    pub fn ancestors(&self, id: UnitId, day: NaiveDate) -> Vec<&Unit> {
        let mut above = Vec::new();
        let mut parent = self.get(id).and_then(|unit| unit.near(day)).and_then(|version| version.parent_id);
        while let Some(unit) = parent.and_then(|id| self.get(id)) {
            if above.iter().any(|seen: &&Unit| seen.id == unit.id) {
                break; // A cycle is refused when a map is loaded; a walk must end all the same.
            }
            above.push(unit);
            parent = unit.near(day).and_then(|version| version.parent_id);
        }
        above
    }

    /// The province that a unit belongs to, or is, by its newest version.
    pub fn province_unit(&self, id: UnitId) -> Option<UnitId> {
        let unit = self.get(id)?;
        if unit.level == Level::Province {
            return Some(id);
        }
        let day = unit.latest()?.valid_to.unwrap_or(NaiveDate::MAX);
        self.ancestors(id, day).last().filter(|top| top.level == Level::Province).map(|top| top.id)
    }

    /// Every succession.
    pub fn successions(&self) -> impl Iterator<Item = &Succession> {
        self.successors.values().flatten()
    }

    /// What came before a unit.
    pub fn predecessors(&self, id: UnitId) -> &[Succession] {
        self.predecessors.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What came after a unit.
    pub fn successors(&self, id: UnitId) -> &[Succession] {
        self.successors.get(&id).map_or(&[], Vec::as_slice)
    }

    /// A unit and all that came before it, however far back.
    pub fn with_predecessors(&self, id: UnitId) -> Vec<UnitId> {
        let (mut seen, mut open) = (vec![id], vec![id]);
        while let Some(next) = open.pop() {
            for succession in self.predecessors(next) {
                if !seen.contains(&succession.predecessor_id) {
                    seen.push(succession.predecessor_id);
                    open.push(succession.predecessor_id);
                }
            }
        }
        seen
    }

    /// Whether `older` is `unit` or one of its predecessors.
    pub fn is_same_or_predecessor(&self, older: UnitId, unit: UnitId) -> bool {
        self.with_predecessors(unit).contains(&older)
    }

    /// Whether two units are one, or one came from the other, if only in part.
    pub fn share_ground(&self, one: UnitId, other: UnitId) -> bool {
        self.is_same_or_predecessor(one, other) || self.is_same_or_predecessor(other, one)
    }

    /// Every commune, of any map, that lies wholly in a unit: those below it, those of earlier maps that went into these and
    /// nowhere else, and those of later maps that came from these and from nothing else.
    pub fn reach(&self, id: UnitId) -> Arc<BTreeSet<UnitId>> {
        if let Some(known) = self.reach.read().ok().and_then(|reach| reach.get(&id).cloned()) {
            return known;
        }
        let mut communes = BTreeSet::new();
        let mut open: Vec<UnitId> = vec![id];
        let mut seen: HashSet<UnitId> = HashSet::new();
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            match self.get(next) {
                Some(unit) if unit.level == Level::Commune => {
                    communes.insert(next);
                }
                Some(_) => open.extend(self.below.get(&Some(next)).into_iter().flatten()),
                None => {}
            }
        }
        let is_commune = |id: UnitId| self.get(id).is_some_and(|unit| unit.level == Level::Commune);
        let mut open: Vec<UnitId> = communes.iter().copied().collect();
        while let Some(next) = open.pop() {
            let earlier = self.predecessors(next).iter().map(|succession| succession.predecessor_id);
            let earlier = earlier
                .filter(|older| self.successors(*older).iter().all(|succession| communes.contains(&succession.successor_id)));
            let later = self.successors(next).iter().filter(|succession| self.began_with(succession));
            let later = later.map(|succession| succession.successor_id);
            let later = later
                .filter(|newer| self.predecessors(*newer).iter().all(|succession| communes.contains(&succession.predecessor_id)));
            let found: Vec<UnitId> =
                earlier.chain(later).filter(|found| !communes.contains(found) && is_commune(*found)).collect();
            open.extend(found.iter().copied());
            communes.extend(found);
        }
        let communes = Arc::new(communes);
        if let Ok(mut reach) = self.reach.write() {
            reach.insert(id, Arc::clone(&communes));
        }
        communes
    }

    /// Whether a successor began with this succession: one that was there before only gained by it.
    fn began_with(&self, succession: &Succession) -> bool {
        let first = self.get(succession.successor_id).and_then(|unit| unit.versions.first());
        first.is_some_and(|version| version.valid_from.is_some_and(|from| from >= succession.effective_on))
    }

    /// The communes on the map of a day that lie wholly in a unit of whatever map.
    pub fn communes_on(&self, id: UnitId, day: NaiveDate) -> BTreeSet<UnitId> {
        let reach = self.reach(id);
        reach.iter().copied().filter(|commune| self.get(*commune).is_some_and(|unit| unit.on(day).is_some())).collect()
    }

    /// Whether a unit is a commune that was on the map on some day of a year.
    pub fn is_commune_of(&self, id: UnitId, year: i32) -> bool {
        let days = NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31));
        let was_there = |unit: &Unit| {
            days.is_some_and(|(first, last)| {
                let begins = |version: &UnitVersion| version.valid_from.is_none_or(|from| from <= last);
                unit.versions.iter().any(|version| begins(version) && version.valid_to.is_none_or(|to| first <= to))
            })
        };
        self.get(id).is_some_and(|unit| unit.level == Level::Commune && was_there(unit))
    }

    /// Where a unit lies on the map of a day, followed through its successions.
    ///
    /// One successor, or one that took all the population, is the answer; a unit that was divided
    /// otherwise gives the candidates.
    pub fn restate(&self, id: UnitId, day: NaiveDate) -> Restated {
        let Some(unit) = self.get(id) else { return Restated::Unknown };
        if unit.on(day).is_some() {
            return Restated::In(id);
        }
        let is_over = unit.latest().and_then(|version| version.valid_to).is_some_and(|last| last < day);
        let mut next: Vec<(UnitId, Extent)> = if is_over {
            self.successors(id).iter().filter(|s| s.effective_on <= day).map(|s| (s.successor_id, s.extent)).collect()
        } else {
            self.predecessors(id).iter().filter(|s| s.effective_on > day).map(|s| (s.predecessor_id, Extent::Part)).collect()
        };
        if let Some(whole) = next.iter().find(|(_, extent)| matches!(extent, Extent::Whole | Extent::AllPopulation)).copied() {
            next = vec![whole];
        }
        let mut found = BTreeSet::new();
        for (step, _) in next {
            match self.restate(step, day) {
                Restated::In(unit) => {
                    found.insert(unit);
                }
                Restated::Divided(units) => found.extend(units),
                Restated::Unknown => {}
            }
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Restated::Unknown,
            (Some(unit), None) => Restated::In(unit),
            (Some(first), Some(second)) => Restated::Divided([first, second].into_iter().chain(found).collect()),
        }
    }

    /// Which child of `parent` holds a unit on a day; `None` for the parent asks for the province.
    pub fn child_holding(&self, parent: Option<UnitId>, id: UnitId, day: NaiveDate) -> Option<UnitId> {
        let mut below = id;
        if parent == Some(id) {
            return None;
        }
        for unit in self.ancestors(id, day) {
            if Some(unit.id) == parent {
                return Some(below);
            }
            below = unit.id;
        }
        parent.is_none().then_some(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn unit(n: u128, code: &str, kind: UnitKind, name: &str, parent: Option<u128>, new: bool) -> Unit {
        let version = UnitVersion {
            valid_from: new.then(|| day("2025-07-01")),
            valid_to: (!new).then(|| day("2025-06-30")),
            code: code.into(),
            kind,
            name_vi: name.into(),
            name_en: String::new(),
            parent_id: parent.map(id),
            region_class: None,
        };
        Unit { id: id(n), level: kind.level(), versions: vec![version] }
    }

    fn succession(old: u128, new: u128, kind: SuccessionKind, extent: Extent) -> Succession {
        Succession { predecessor_id: id(old), successor_id: id(new), kind, extent, effective_on: day("2025-07-01") }
    }

    /// Two old provinces become one; Kim Sơn and Mạo Khê become one ward, Yên Thọ is divided.
    fn small_map() -> UnitMap {
        use UnitKind::*;
        UnitMap::new(
            vec![
                unit(1, "22", Province, "Tỉnh Quảng Ninh", None, false),
                unit(2, "205", ProvincialCity, "Thành phố Đông Triều", Some(1), false),
                unit(3, "07123", Ward, "Phường Kim Sơn", Some(2), false),
                unit(4, "07069", Ward, "Phường Mạo Khê", Some(2), false),
                unit(5, "07070", Ward, "Phường Yên Thọ", Some(2), false),
                unit(11, "22", Province, "Tỉnh Quảng Ninh", None, true),
                unit(12, "07069", Ward, "Phường Mạo Khê", Some(11), true),
                unit(13, "07071", Ward, "Phường Hoàng Quế", Some(11), true),
            ],
            vec![
                succession(1, 11, SuccessionKind::Unchanged, Extent::Whole),
                succession(3, 12, SuccessionKind::Merged, Extent::Whole),
                succession(4, 12, SuccessionKind::Merged, Extent::Whole),
                succession(5, 12, SuccessionKind::Part, Extent::Part),
                succession(5, 13, SuccessionKind::Part, Extent::Part),
            ],
        )
    }

    #[test]
    fn a_code_means_one_unit_on_a_day_and_several_over_time() {
        let map = small_map();
        assert_eq!(map.by_code("07069", None).len(), 2);
        assert_eq!(map.by_code("07069", Some(day("2018-12-31")))[0].id, id(4));
        assert_eq!(map.by_code("07069", Some(day("2026-01-01")))[0].id, id(12));
    }

    #[test]
    fn a_commune_is_found_again_on_the_other_map() {
        let map = small_map();
        assert_eq!(map.restate(id(3), day("2026-01-01")), Restated::In(id(12)));
        assert_eq!(map.restate(id(3), day("2018-01-01")), Restated::In(id(3)));
        assert_eq!(map.restate(id(5), day("2026-01-01")), Restated::Divided(vec![id(12), id(13)]));
        assert_eq!(map.restate(id(99), day("2026-01-01")), Restated::Unknown);
    }

    #[test]
    fn a_divided_commune_lies_in_the_province_but_in_no_single_ward() {
        let map = small_map();
        assert_eq!(*map.reach(id(12)), BTreeSet::from([id(3), id(4), id(12)]));
        assert_eq!(*map.reach(id(11)), BTreeSet::from([id(3), id(4), id(5), id(12), id(13)]));
        // A district that ended reaches what it had, and the wards that came of that and of nothing else.
        assert_eq!(*map.reach(id(2)), BTreeSet::from([id(3), id(4), id(5), id(12), id(13)]));
        assert_eq!(*map.reach(id(4)), BTreeSet::from([id(4)]), "the ward is more than one of those that merged into it");
    }

    #[test]
    fn the_child_that_holds_a_commune_depends_on_the_day() {
        let map = small_map();
        assert_eq!(map.child_holding(Some(id(1)), id(3), day("2018-01-01")), Some(id(2)));
        assert_eq!(map.child_holding(Some(id(2)), id(3), day("2018-01-01")), Some(id(3)));
        assert_eq!(map.child_holding(None, id(3), day("2018-01-01")), Some(id(1)));
        assert_eq!(map.child_holding(Some(id(11)), id(3), day("2018-01-01")), None);
    }

    #[test]
    fn the_oldest_known_version_answers_for_earlier_days_and_says_so() {
        let map = small_map();
        assert_eq!(map.known_from(day("2011-12-31")), Some(day("2025-06-30")));
        assert_eq!(map.known_from(day("2025-07-01")), None);
        assert!(map.get(id(3)).unwrap().on(day("1990-01-01")).is_some());
    }

    #[test]
    fn a_list_is_blind_to_diacritics() {
        let map = small_map();
        let filter = UnitFilter { q: Some("mao khe".into()), ..UnitFilter::default() };
        let found = map.list(&filter, day("2018-01-01"), None, 10);
        assert_eq!(found.iter().map(|unit| unit.id).collect::<Vec<_>>(), [id(4)]);
    }
}
