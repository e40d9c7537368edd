//! A restructuring (sắp xếp đơn vị hành chính): units merge, split, give parts away, are renamed, change their kind or the unit
//! above, all on one day.
//!
//! History is never rewritten: a unit that loses ground ends, and its successors take over; a unit that goes on gets another
//! version. What a restructuring does to the map is worked out once, by [`check`](Restructuring::check), and everything else
//! — preview, application, undoing — starts from that [`MapChange`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::centre::{Decision, is_plausible};
use crate::id::{CentreId, RestructuringId, UnitId};
use crate::problem::{Faults, Result};
use crate::rating::{AllowedAction, Reason};
use crate::text::Label;
use crate::unit::{Extent, Level, RegionClass, Succession, SuccessionKind, Unit, UnitKind, UnitMap, UnitVersion};
use crate::user::{named, plain};

mod check;
pub mod effect;
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

impl Restructuring {
    /// What no map could ever take is refused as soon as it is written: days that cannot be meant.
    ///
    /// # Errors
    /// Each of them.
    pub fn check_days(&self, today: NaiveDate) -> Result<()> {
        let mut faults = Faults::default();
        for (day, at) in [(self.effective_on, "/effective_on"), (self.decision.date, "/decision/date")] {
            faults.check(
                is_plausible(day, today),
                at,
                "plausible_date",
                "Ngày phải từ năm 1990 và không quá một năm tới.",
                "The day must lie between 1990 and a year from now.",
            );
        }
        faults.check(
            self.decision.date <= self.effective_on,
            "/decision/date",
            "decision_before_effect",
            "Quyết định phải ký trước hoặc vào ngày có hiệu lực.",
            "A decision is signed on or before the day it takes effect.",
        );
        faults.into_result()
    }
}

/// What became of a restructuring: told by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RestructuringCourse {
    /// Where it stands.
    pub state: RestructuringState,
    /// When its effects were last worked out.
    pub previewed_at: Option<DateTime<Utc>>,
    /// When it was applied.
    pub applied_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub undone_at: Option<DateTime<Utc>>,
    /// Why it was taken back.
    pub undo_reason: Option<String>,
}

impl Default for RestructuringCourse {
    fn default() -> Self {
        Self { state: RestructuringState::Draft, previewed_at: None, applied_at: None, undone_at: None, undo_reason: None }
    }
}

impl RestructuringCourse {
    /// The acts that there are, and why one is not possible now. `today` matters: nothing is applied before its day.
    pub fn allowed(&self, effective_on: NaiveDate, today: NaiveDate) -> Vec<AllowedAction> {
        use RestructuringState as S;
        let is_open = matches!(self.state, S::Draft | S::Previewed);
        let wrong_state = || {
            let label = self.state.label();
            Reason {
                code: "wrong_state".into(),
                detail: Label::new(
                    format!("Việc sắp xếp đang ở trạng thái «{}».", label.vi),
                    format!("The restructuring is {}.", label.en),
                ),
            }
        };
        let too_early = || Reason {
            code: "not_before_its_day".into(),
            detail: Label::new(
                format!("Chỉ áp dụng từ ngày có hiệu lực {}.", effective_on.format("%d/%m/%Y")),
                format!("It is applied from its day on: {effective_on}."),
            ),
        };
        let no_preview = || Reason {
            code: "preview_needed".into(),
            detail: Label::fixed("Cần xem trước trước khi áp dụng.", "It has to be previewed before it is applied."),
        };
        let action = |action: &str, reasons: Vec<Reason>| AllowedAction {
            action: action.to_owned(),
            allowed: reasons.is_empty(),
            reasons,
        };
        let unless = |holds: bool, reason: &dyn Fn() -> Reason| if holds { vec![] } else { vec![reason()] };
        let mut apply = unless(is_open, &wrong_state);
        if is_open {
            apply.extend(unless(self.state == S::Previewed, &no_preview));
            apply.extend(unless(effective_on <= today, &too_early));
        }
        vec![
            action("change", unless(is_open, &wrong_state)),
            action("preview", unless(is_open, &wrong_state)),
            action("apply", apply),
            action("undo", unless(self.state == S::Applied, &wrong_state)),
        ]
    }
}

/// Applies a restructuring that was previewed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApplyRestructuring {
    /// That centres of divided communes for which nobody has said where they lie stay open: they count in their province and in
    /// no commune until somebody places them. Without it they are refused, each by its name.
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub leave_open: bool,
}

/// Takes a restructuring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UndoRestructuring {
    /// Why.
    #[validate(length(min = 1, max = 2000), custom(function = "named"))]
    #[schema(example = "Nghị quyết bị đình chỉ thi hành", min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Where a centre of a divided commune lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlaceCentre {
    /// The centre.
    pub centre_id: CentreId,
    /// One of the communes that took a part of its own.
    pub commune_id: UnitId,
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

impl UnitMap {
    /// The map without a restructuring that was applied to it, and what it had done; `None` if the map does not hold it.
    pub fn without(&self, draft: &Restructuring) -> Option<(UnitMap, MapChange)> {
        let day = draft.effective_on;
        let districts = draft.ended_district_ids.iter().copied();
        let mut change = MapChange {
            effective_on: day,
            ended: draft.successions.iter().map(|row| row.predecessor_id).chain(districts).collect(),
            ..MapChange::default()
        };
        for row in &draft.units {
            let unit = self.get(row.unit_id)?;
            match unit.versions.iter().position(|version| version.valid_from == Some(day)) {
                Some(0) => change.begun.push(unit.clone()),
                Some(place) => change.changed.push((unit.id, unit.versions.get(place)?.clone())),
                // It only gained ground.
                None => {}
            }
        }
        for row in &draft.successions {
            let mut found = self.successors(row.predecessor_id).iter();
            change
                .successions
                .push(found.find(|known| known.successor_id == row.successor_id && known.effective_on == day)?.clone());
        }
        let begun: BTreeSet<UnitId> = change.begun.iter().map(|unit| unit.id).collect();
        let changed: BTreeSet<UnitId> = change.changed.iter().map(|(id, _)| *id).collect();
        let units = self.units().filter(|unit| !begun.contains(&unit.id)).map(|unit| {
            let mut unit = unit.clone();
            if changed.contains(&unit.id) {
                unit.versions.retain(|version| version.valid_from != Some(day));
            }
            if (changed.contains(&unit.id) || change.ended.contains(&unit.id))
                && let Some(version) = unit.versions.last_mut()
            {
                version.valid_to = None;
            }
            unit
        });
        let pairs: BTreeSet<(UnitId, UnitId)> =
            draft.successions.iter().map(|row| (row.predecessor_id, row.successor_id)).collect();
        let successions = self.successions().filter(|known| !pairs.contains(&(known.predecessor_id, known.successor_id)));
        Some((UnitMap::new(units.collect(), successions.cloned().collect()), change))
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
