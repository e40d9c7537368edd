//! What a restructuring changes for a tenant, thing by thing, with before and after: worked out for the preview, worked out again
//! when it is applied, and the same both times or it is not applied.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::MapChange;
use crate::access::{Grant, HoldsOn, Role};
use crate::centre::Placement;
use crate::id::{CentreId, RatingId, RoundId, UnitId, UserId};
use crate::round::{Round, StageLevel};
use crate::unit::{Restated, UnitMap};

coded! {
    /// What is changed.
    pub enum EffectKind in "restructuring_effect_kind" {
        /// Where a centre lies.
        Centre = "centre" ("trung tâm", "centre"),
        /// How far a grant reaches.
        Grant = "grant" ("phân quyền", "grant"),
        /// The commune of a rating that is under way, and who its next step waits for.
        Rating = "rating" ("hồ sơ đánh giá đang mở", "open rating"),
        /// Who approves a plan that is in force or under way.
        Plan = "plan" ("kế hoạch", "plan"),
        /// A round's stage whose level ends before it is due.
        Deadline = "deadline" ("hạn nộp", "deadline"),
        /// How many centres a unit counts.
        Figure = "figure" ("số liệu tổng hợp", "figure"),
    }
}

coded! {
    /// By which rule it is as it is afterwards.
    pub enum EffectRule in "restructuring_effect_rule" {
        /// The commune went whole, or with all its people, to one.
        Whole = "whole" ("cả xã về một nơi", "the commune went to one place"),
        /// The commune was divided, and a person said where the centre lies.
        Chosen = "chosen" ("người phụ trách xác định", "placed by a person"),
        /// The commune was divided, and nobody has said yet where the centre lies.
        Open = "open" ("chưa xác định", "not placed yet"),
        /// On an ended unit, with the same centres as before.
        Kept = "kept" ("giữ nguyên phạm vi", "reaches what it reached"),
        /// Reaches fewer centres: what the unit became is wider than what the grant was given for.
        Narrowed = "narrowed" ("phạm vi hẹp lại", "reaches fewer centres"),
        /// Reaches none any more.
        Lost = "lost" ("không còn phạm vi", "reaches nothing any more"),
        /// Reaches centres that the unit gained.
        Widened = "widened" ("phạm vi rộng ra", "reaches centres that the unit gained"),
        /// Goes on by the route that it began with.
        RouteKept = "route_kept" ("tiếp tục theo quy trình ban đầu", "goes on by the route it began with"),
        /// Another commune approves.
        Approver = "approver" ("đổi nơi phê duyệt", "approved by another commune"),
        /// Counted anew.
        Recounted = "recounted" ("tính lại", "counted anew"),
    }
}

/// How a thing is before or after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Side {
    /// The unit that it lies in, or is.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// The unit's name, or the level of a stage.
    #[serde(default)]
    #[schema(example = "Phường Kim Sơn")]
    pub name: Option<String>,
    /// How many centres it reaches or counts.
    #[serde(default)]
    pub centres: Option<u64>,
}

/// One thing that a restructuring changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// What kind of thing.
    pub kind: EffectKind,
    /// Which one.
    pub subject_id: Uuid,
    /// What it is called.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub name: String,
    /// The day from which it is as it is afterwards.
    pub from: NaiveDate,
    /// The last such day, where it is known already that something else comes later.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// Before.
    pub before: Side,
    /// Afterwards; of a centre that is not placed yet, what it was.
    pub after: Side,
    /// By which rule.
    pub rule: EffectRule,
    /// Of a centre in a divided commune: where it may lie.
    #[serde(default)]
    pub candidate_ids: Vec<UnitId>,
}

impl Effect {
    /// Whether somebody still has to say something.
    pub fn is_open(&self) -> bool {
        self.rule == EffectRule::Open
    }

    /// The same once somebody has said where the centre lies.
    pub fn chosen(&self, commune: UnitId, name: String) -> Self {
        let after = Side { unit_id: Some(commune), name: Some(name), centres: None };
        Self { after, rule: EffectRule::Chosen, ..self.clone() }
    }
}

/// A centre with where it lies over time, oldest first.
#[derive(Debug, Clone)]
pub struct PlacedCentre {
    /// Which one.
    pub id: CentreId,
    /// Its name.
    pub name: String,
    /// The day it ended, if it did.
    pub ended_on: Option<NaiveDate>,
    /// Where it lies.
    pub placements: Vec<Placement>,
}

impl PlacedCentre {
    fn commune_on(&self, day: NaiveDate) -> Option<UnitId> {
        let holds = |placement: &&Placement| placement.valid_from <= day && placement.valid_to.is_none_or(|to| day <= to);
        self.placements.iter().find(holds).map(|placement| placement.commune_id)
    }

    fn exists_on(&self, day: NaiveDate) -> bool {
        self.ended_on.is_none_or(|end| day < end)
    }
}

/// A rating that is not decided.
#[derive(Debug, Clone)]
pub struct OpenRating {
    /// Which one.
    pub id: RatingId,
    /// In which round.
    pub round_id: RoundId,
    /// Of which centre; `None` for a commune's.
    pub centre_id: Option<CentreId>,
    /// The stage of the route that it waits at.
    pub stage: usize,
}

/// A plan that is in force or under way.
#[derive(Debug, Clone)]
pub struct OpenPlan {
    /// Which one.
    pub id: Uuid,
    /// Its title.
    pub title: String,
    /// Whose.
    pub centre_id: CentreId,
}

/// What a tenant has that a restructuring can touch.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Every centre that has not ended before the day.
    pub centres: Vec<PlacedCentre>,
    /// Where people said that centres lie.
    pub choices: BTreeMap<CentreId, UnitId>,
    /// Grants in force on the day or later: with whose they are.
    pub grants: Vec<(UserId, String, Grant)>,
    /// Rounds that are open.
    pub rounds: Vec<Round>,
    /// Ratings in them that are not decided.
    pub ratings: Vec<OpenRating>,
    /// Plans in force or under way.
    pub plans: Vec<OpenPlan>,
    /// The provinces of the tenant before.
    pub provinces: Vec<UnitId>,
}

/// Works out every effect on a tenant, in an order that is always the same.
pub fn effects(change: &MapChange, before: &UnitMap, after: &UnitMap, holdings: &Holdings) -> Vec<Effect> {
    let look = Look::new(change, before, after, holdings);
    let mut all = look.centres();
    all.extend(look.grants());
    all.extend(look.ratings());
    all.extend(look.plans());
    all.extend(look.deadlines());
    all.extend(look.figures());
    all
}

/// The digest by which a preview is known again: of every effect, in their order.
pub fn digest(effects: &[Effect]) -> String {
    let mut hasher = Sha256::new();
    for effect in effects {
        hasher.update(serde_json::to_vec(effect).unwrap_or_default());
        hasher.update(b"\n");
    }
    hex::encode(hasher.finalize())
}

/// Where a commune lies on the map of a day: itself, what it became, or the candidates if it was divided.
fn standing(map: &UnitMap, commune: UnitId, day: NaiveDate) -> Vec<UnitId> {
    match map.restate(commune, day) {
        Restated::In(unit) => vec![unit],
        Restated::Divided(units) => units,
        Restated::Unknown => vec![],
    }
}

/// The units that count a centre of a commune on a day. One that is not placed yet counts where all its candidates agree: in the
/// province at least.
fn counted_in(map: &UnitMap, commune: UnitId, day: NaiveDate) -> BTreeSet<UnitId> {
    let chain = |unit: UnitId| -> BTreeSet<UnitId> {
        std::iter::once(unit).chain(map.ancestors(unit, day).into_iter().map(|unit| unit.id)).collect()
    };
    let chains = standing(map, commune, day).into_iter().map(chain);
    chains.reduce(|agreed, chain| agreed.intersection(&chain).copied().collect()).unwrap_or_default()
}

struct Look<'a> {
    change: &'a MapChange,
    before: &'a UnitMap,
    after: &'a UnitMap,
    holdings: &'a Holdings,
    last: NaiveDate,
    /// What becomes of the centres whose commune ends: in the order of the centres.
    moves: Vec<Effect>,
    /// Where each centre lies on the last day of the old map and on the first of the new one.
    places: BTreeMap<CentreId, (UnitId, UnitId)>,
}

impl<'a> Look<'a> {
    fn new(change: &'a MapChange, before: &'a UnitMap, after: &'a UnitMap, holdings: &'a Holdings) -> Self {
        let last = change.last_day();
        let mut look = Self { change, before, after, holdings, last, moves: vec![], places: BTreeMap::new() };
        for centre in holdings.centres.iter().filter(|centre| centre.exists_on(change.effective_on)) {
            let moves: Vec<_> = centre.placements.iter().filter_map(|placement| look.moved(centre, placement)).collect();
            if let Some(old) = centre.commune_on(last) {
                let first = moves.iter().find(|found| found.from == change.effective_on).and_then(|found| found.after.unit_id);
                let new = first.or_else(|| centre.commune_on(change.effective_on)).unwrap_or(old);
                look.places.insert(centre.id, (old, new));
            }
            look.moves.extend(moves);
        }
        look
    }

    fn side(&self, map: &UnitMap, unit: UnitId, day: NaiveDate) -> Side {
        let name = map.name(unit, day);
        Side { unit_id: Some(unit), name: (!name.is_empty()).then(|| name.to_owned()), centres: None }
    }

    /// What becomes of a placement in a commune that ends.
    fn moved(&self, centre: &PlacedCentre, placement: &Placement) -> Option<Effect> {
        let day = self.change.effective_on;
        let lasts = placement.valid_to.is_none_or(|to| day <= to);
        // A centre may still stand in a commune of an earlier map: then what this became counts.
        let ends = || standing(self.before, placement.commune_id, self.last).iter().any(|unit| self.change.ended.contains(unit));
        if !lasts || !ends() {
            return None;
        }
        let from = placement.valid_from.max(day);
        let (to, rule, candidates) = match self.after.restate(placement.commune_id, day) {
            Restated::In(commune) => (commune, EffectRule::Whole, vec![]),
            Restated::Divided(candidates) => match self.holdings.choices.get(&centre.id) {
                Some(chosen) if candidates.contains(chosen) => (*chosen, EffectRule::Chosen, candidates),
                _ => (placement.commune_id, EffectRule::Open, candidates),
            },
            Restated::Unknown => (placement.commune_id, EffectRule::Open, vec![]),
        };
        Some(Effect {
            kind: EffectKind::Centre,
            subject_id: centre.id.0,
            name: centre.name.clone(),
            from,
            to: placement.valid_to,
            before: self.side(self.before, placement.commune_id, self.last),
            after: self.side(self.after, to, from),
            rule,
            candidate_ids: candidates,
        })
    }

    fn centres(&self) -> Vec<Effect> {
        self.moves.clone()
    }

    fn count(&self, reach: &BTreeSet<UnitId>, of: impl Fn(&(UnitId, UnitId)) -> UnitId) -> u64 {
        self.places.values().filter(|place| reach.contains(&of(place))).count() as u64
    }

    fn grants(&self) -> Vec<Effect> {
        let mut found = Vec::new();
        for (_, username, grant) in &self.holdings.grants {
            let (HoldsOn::Unit(_), Some(unit)) = (grant.role.holds_on(), grant.unit_id) else { continue };
            let is_ended = self.change.ended.contains(&unit);
            let has_whole = matches!(grant.role, Role::ProvinceAdmin | Role::ProvinceOfficer);
            if has_whole && !is_ended {
                continue;
            }
            let before = self.count(&self.before.reach(unit), |place| place.0);
            let after = self.count(&self.after.reach(unit), |place| place.1);
            let rule = match (is_ended, after) {
                (false, _) if after == before => continue,
                (true, _) if after == before => EffectRule::Kept,
                (_, 0) => EffectRule::Lost,
                _ if after < before => EffectRule::Narrowed,
                _ => EffectRule::Widened,
            };
            let side = |map, day, centres| Side { centres: Some(centres), ..self.side(map, unit, day) };
            found.push(Effect {
                kind: EffectKind::Grant,
                subject_id: grant.id.0,
                name: format!("{username} ({})", grant.role),
                from: self.change.effective_on.max(grant.valid_from),
                to: grant.valid_to,
                before: side(self.before, self.last, before),
                after: side(self.after, self.change.effective_on, after),
                rule,
                candidate_ids: vec![],
            });
        }
        found
    }

    fn moved_centre(&self, centre: CentreId) -> Option<(Side, Side)> {
        let (old, new) = self.places.get(&centre).filter(|(old, new)| old != new)?;
        Some((self.side(self.before, *old, self.last), self.side(self.after, *new, self.change.effective_on)))
    }

    fn centre_name(&self, centre: CentreId) -> String {
        let found = self.holdings.centres.iter().find(|known| known.id == centre);
        found.map_or_else(|| centre.to_string(), |known| known.name.clone())
    }

    fn ratings(&self) -> Vec<Effect> {
        let rounds: BTreeMap<_, _> = self.holdings.rounds.iter().map(|round| (round.id, round)).collect();
        let of_rating = |rating: &OpenRating| {
            let (before, after) = self.moved_centre(rating.centre_id?)?;
            let round = rounds.get(&rating.round_id)?;
            let stage = round.route.get(rating.stage).map(|stage| crate::Coded::label(stage.level).vi.into_owned());
            Some(Effect {
                kind: EffectKind::Rating,
                subject_id: rating.id.0,
                name: format!("{} {}: {}", round.year, self.centre_name(rating.centre_id?), stage.unwrap_or_default()),
                from: self.change.effective_on,
                to: None,
                before,
                after,
                rule: EffectRule::RouteKept,
                candidate_ids: vec![],
            })
        };
        self.holdings.ratings.iter().filter_map(of_rating).collect()
    }

    fn plans(&self) -> Vec<Effect> {
        let of_plan = |plan: &OpenPlan| {
            let (before, after) = self.moved_centre(plan.centre_id)?;
            Some(Effect {
                kind: EffectKind::Plan,
                subject_id: plan.id,
                name: format!("{}: {}", self.centre_name(plan.centre_id), plan.title),
                from: self.change.effective_on,
                to: None,
                before,
                after,
                rule: EffectRule::Approver,
                candidate_ids: vec![],
            })
        };
        self.holdings.plans.iter().filter_map(of_plan).collect()
    }

    /// Stages at the district that are due once the districts below the tenant's provinces have ended.
    fn deadlines(&self) -> Vec<Effect> {
        let has_district = |map: &UnitMap, provinces: &[UnitId], day| {
            let children = provinces.iter().flat_map(|province| map.children(Some(*province), day));
            children.into_iter().any(|unit| unit.level == crate::unit::Level::District)
        };
        let day = self.change.effective_on;
        let after: Vec<UnitId> = self.holdings.provinces.iter().filter_map(|province| self.province_after(*province)).collect();
        if !has_district(self.before, &self.holdings.provinces, self.last) || has_district(self.after, &after, day) {
            return vec![];
        }
        let mut found = Vec::new();
        for round in &self.holdings.rounds {
            for stage in round.route.iter().filter(|stage| stage.level == StageLevel::District) {
                let Some(due) = stage.due_on.filter(|due| day <= *due) else { continue };
                let name = Some(crate::Coded::label(stage.level).vi.into_owned());
                let side = Side { name, ..Side::default() };
                found.push(Effect {
                    kind: EffectKind::Deadline,
                    subject_id: round.id.0,
                    name: format!("{}: {}", round.title, due.format("%d/%m/%Y")),
                    from: day,
                    to: Some(due),
                    before: side.clone(),
                    after: side,
                    rule: EffectRule::RouteKept,
                    candidate_ids: vec![],
                });
            }
        }
        found
    }

    fn province_after(&self, province: UnitId) -> Option<UnitId> {
        match self.after.restate(province, self.change.effective_on) {
            Restated::In(unit) => Some(unit),
            _ => None,
        }
    }

    /// Units that count another number of centres on the new map than on the old one, those that end or begin among them.
    fn figures(&self) -> Vec<Effect> {
        let mut counts: BTreeMap<UnitId, (u64, u64)> = BTreeMap::new();
        for (old, new) in self.places.values() {
            for unit in counted_in(self.before, *old, self.last) {
                counts.entry(unit).or_default().0 += 1;
            }
            for unit in counted_in(self.after, *new, self.change.effective_on) {
                counts.entry(unit).or_default().1 += 1;
            }
        }
        let changed = counts.into_iter().filter(|(_, (before, after))| before != after);
        let of_unit = |(unit, (before, after)): (UnitId, (u64, u64))| {
            let day = self.change.effective_on;
            let name = [self.after.name(unit, day), self.before.name(unit, self.last)].into_iter().find(|name| !name.is_empty());
            let side = |centres| Side { unit_id: Some(unit), name: None, centres: Some(centres) };
            Effect {
                kind: EffectKind::Figure,
                subject_id: unit.0,
                name: name.unwrap_or_default().to_owned(),
                from: day,
                to: None,
                before: side(before),
                after: side(after),
                rule: EffectRule::Recounted,
                candidate_ids: vec![],
            }
        };
        changed.map(of_unit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centre::Decision;
    use crate::id::GrantId;
    use crate::restructuring::{Passing, Restructuring, UnitAfter};
    use crate::unit::{Extent, Unit, UnitKind, UnitVersion};
    use proptest::prelude::*;

    fn unit(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const PROVINCE: u128 = 1;

    /// A province with communes 100, 101, … of 1 July 2025.
    fn map(communes: u128) -> UnitMap {
        let version = |n: u128, kind: UnitKind, name: String, parent: Option<UnitId>| {
            let code = if parent.is_some() { format!("{n:05}") } else { format!("{n:02}") };
            let region_class = kind.region_class();
            UnitVersion {
                valid_from: Some(day("2025-07-01")),
                valid_to: None,
                code,
                kind,
                name_en: kind.name_en(&name),
                name_vi: name,
                parent_id: parent,
                region_class,
            }
        };
        let province = version(PROVINCE, UnitKind::Province, "Tỉnh Một".into(), None);
        let province = Unit { id: unit(PROVINCE), level: crate::unit::Level::Province, versions: vec![province] };
        let commune = |n: u128| {
            let version = version(n, UnitKind::RuralCommune, format!("Xã {n}"), Some(unit(PROVINCE)));
            Unit { id: unit(n), level: crate::unit::Level::Commune, versions: vec![version] }
        };
        UnitMap::new(std::iter::once(province).chain((100..100 + communes).map(commune)).collect(), vec![])
    }

    fn draft(units: Vec<(u128, &str)>, rows: Vec<(u128, u128, Extent)>) -> Restructuring {
        let units = units.into_iter().map(|(n, name)| UnitAfter {
            unit_id: unit(n),
            code: format!("{n:05}"),
            kind: UnitKind::Ward,
            name_vi: name.to_owned(),
            name_en: None,
            parent_id: Some(unit(PROVINCE)),
            region_class: None,
        });
        let rows = rows.into_iter().map(|(old, new, extent)| Passing {
            predecessor_id: unit(old),
            successor_id: unit(new),
            extent,
            kind: None,
        });
        Restructuring {
            id: None,
            title: "Sắp xếp".into(),
            effective_on: day("2026-10-01"),
            decision: Decision { number: "1/NQ".into(), date: day("2026-09-01"), issuer: "UBTVQH".into(), legal_basis: None },
            units: units.collect(),
            successions: rows.collect(),
            ended_district_ids: vec![],
        }
    }

    fn centre(n: u128, commune: u128) -> PlacedCentre {
        let placement = Placement { commune_id: unit(commune), valid_from: day("2025-07-01"), valid_to: None };
        PlacedCentre {
            id: CentreId(Uuid::from_u128(n)),
            name: format!("Trung tâm {n}"),
            ended_on: None,
            placements: vec![placement],
        }
    }

    fn grant(n: u128, role: Role, on: u128) -> (UserId, String, Grant) {
        let grant = Grant {
            id: GrantId(Uuid::from_u128(n)),
            role,
            unit_id: Some(unit(on)),
            centre_id: None,
            valid_from: day("2025-07-01"),
            valid_to: None,
            taken_on: None,
        };
        (UserId(Uuid::from_u128(n)), format!("officer.{n}"), grant)
    }

    fn worked_out(draft: &Restructuring, before: &UnitMap, holdings: &Holdings) -> (Vec<Effect>, UnitMap) {
        let change = draft.check(before, None, day("2026-11-22")).unwrap();
        let after = before.after(&change);
        (effects(&change, before, &after, holdings), after)
    }

    #[test]
    fn everything_that_changes_is_named_with_before_and_after() {
        use Extent as E;
        // 100 and 101 become ward 200; 102 is divided between 201 and 202; 103 stays.
        let before = map(4);
        let draft = draft(
            vec![(200, "Phường Một"), (201, "Phường Hai"), (202, "Phường Ba")],
            vec![(100, 200, E::Whole), (101, 200, E::Whole), (102, 201, E::Part), (102, 202, E::Part)],
        );
        let mut holdings = Holdings {
            centres: vec![centre(1, 100), centre(2, 101), centre(3, 102), centre(4, 102), centre(5, 103)],
            choices: [(CentreId(Uuid::from_u128(3)), unit(202))].into(),
            grants: vec![
                grant(10, Role::CommuneOfficer, 100),
                grant(11, Role::CommuneOfficer, 103),
                grant(12, Role::Verifier, PROVINCE),
                grant(13, Role::CommuneOfficer, 102),
            ],
            plans: vec![OpenPlan {
                id: Uuid::from_u128(70),
                title: "Kế hoạch 2026".into(),
                centre_id: CentreId(Uuid::from_u128(1)),
            }],
            provinces: vec![unit(PROVINCE)],
            ..Holdings::default()
        };
        let (found, _) = worked_out(&draft, &before, &holdings);
        let of = |kind: EffectKind| found.iter().filter(move |effect| effect.kind == kind);
        let places: Vec<_> = of(EffectKind::Centre)
            .map(|effect| (effect.subject_id.as_u128(), effect.rule, effect.after.unit_id.unwrap().0.as_u128()))
            .collect();
        assert_eq!(
            places,
            [(1, EffectRule::Whole, 200), (2, EffectRule::Whole, 200), (3, EffectRule::Chosen, 202), (4, EffectRule::Open, 102)]
        );
        let grants: Vec<_> = of(EffectKind::Grant)
            .map(|effect| {
                (effect.subject_id.as_u128(), effect.rule, effect.before.centres.unwrap(), effect.after.centres.unwrap())
            })
            .collect();
        // Who had 102 has both wards that came of it, and the centre that is not placed yet.
        assert_eq!(grants, [(10, EffectRule::Lost, 1, 0), (13, EffectRule::Kept, 2, 2)]);
        assert_eq!(of(EffectKind::Plan).map(|effect| effect.after.name.clone().unwrap()).collect::<Vec<_>>(), ["Phường Một"]);
        let figures: BTreeMap<_, _> = of(EffectKind::Figure)
            .map(|effect| (effect.subject_id.as_u128(), (effect.before.centres.unwrap(), effect.after.centres.unwrap())))
            .collect();
        // The province counts five before and after; the centre that is not placed counts in it and in no commune.
        assert_eq!(figures, [(100, (1, 0)), (101, (1, 0)), (102, (2, 0)), (200, (0, 2)), (202, (0, 1))].into());

        let first = digest(&found);
        assert_eq!(first, digest(&worked_out(&draft, &before, &holdings).0), "worked out twice, it is the same");
        holdings.centres[4].placements[0].commune_id = unit(100);
        assert_ne!(first, digest(&worked_out(&draft, &before, &holdings).0), "and another when something moved");
    }

    /// How communes are put together and divided: to each the group that it goes to, and to each group how many wards come of it.
    fn reforms() -> impl Strategy<Value = (Vec<usize>, Vec<u128>, Vec<(u128, bool)>)> {
        (2usize..9).prop_flat_map(|communes| {
            let groups = prop::collection::vec(0..communes, communes);
            let wards = prop::collection::vec(1u128..4, communes);
            let centres = prop::collection::vec((0..communes as u128, any::<bool>()), 0..20);
            (groups, wards, centres)
        })
    }

    proptest! {
        /// Whatever is merged and divided: no centre is lost or counted twice on either map, and undoing gives back every number.
        #[test]
        fn nothing_is_lost_or_counted_twice((groups, wards, centres) in reforms()) {
            let before = map(groups.len() as u128);
            let names: Vec<String> = (0..40u128).map(|n| format!("Phường {n}")).collect();
            let (mut units, mut rows) = (vec![], vec![]);
            for (n, group) in groups.iter().enumerate() {
                let count = wards[*group];
                for ward in 0..count {
                    let new = 200 + *group as u128 * 4 + ward;
                    if !units.iter().any(|(known, _)| *known == new) {
                        units.push((new, names[*group * 4 + ward as usize].as_str()));
                    }
                    let extent = if count == 1 { Extent::Whole } else { Extent::Part };
                    rows.push((100 + n as u128, new, extent));
                }
            }
            let draft = draft(units, rows);
            let mut holdings = Holdings { provinces: vec![unit(PROVINCE)], ..Holdings::default() };
            for (n, (commune, has_place)) in (1u128..).zip(&centres) {
                holdings.centres.push(centre(n, 100 + commune));
                if *has_place {
                    let group = groups[usize::try_from(*commune).unwrap()];
                    holdings.choices.insert(CentreId(Uuid::from_u128(n)), unit(200 + group as u128 * 4));
                }
            }
            let change = draft.check(&before, None, day("2026-11-22")).unwrap();
            let after = before.after(&change);
            let found = effects(&change, &before, &after, &holdings);
            let moved: BTreeMap<Uuid, UnitId> =
                found.iter().filter(|effect| effect.kind == EffectKind::Centre).map(|effect| (effect.subject_id, effect.after.unit_id.unwrap())).collect();
            prop_assert_eq!(moved.len(), centres.len());
            let count = |map: &UnitMap, on: NaiveDate, place: &dyn Fn(&PlacedCentre) -> UnitId| {
                let mut counts: BTreeMap<UnitId, u64> = BTreeMap::new();
                for centre in &holdings.centres {
                    for unit in counted_in(map, place(centre), on) {
                        *counts.entry(unit).or_default() += 1;
                    }
                }
                counts
            };
            let old = |centre: &PlacedCentre| centre.placements[0].commune_id;
            let was = count(&before, change.last_day(), &old);
            let is = count(&after, change.effective_on, &|centre| moved[&centre.id.0]);
            let total = centres.len() as u64;
            prop_assert_eq!(was.get(&unit(PROVINCE)).copied().unwrap_or(0), total);
            prop_assert_eq!(is.get(&unit(PROVINCE)).copied().unwrap_or(0), total);
            let open = found.iter().filter(|effect| effect.is_open()).count() as u64;
            let in_wards: u64 = is.iter().filter(|(id, _)| **id != unit(PROVINCE)).map(|(_, count)| count).sum();
            prop_assert_eq!(in_wards + open, total, "each centre in one ward, or in the list of those that are not placed");
            // History asked on its own map has not changed, and undoing gives back the map.
            prop_assert_eq!(&count(&after, change.last_day(), &old), &was);
            let (undone, _) = after.without(&draft).unwrap();
            prop_assert_eq!(&count(&undone, change.effective_on, &old), &was);
            for known in before.units() {
                prop_assert_eq!(undone.get(known.id), Some(known));
            }
            prop_assert_eq!(undone.len(), before.len());
        }
    }
}
