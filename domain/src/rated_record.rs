//! The records that a rating distribution rests on: each centre or commune that it counts, with its rating as it stands.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::aggregate::Fact;
use crate::boundaries::{Breakdown, Key, Placing, RestatedBy, Spot};
use crate::centre::{Decision, OperatingModel};
use crate::id::{CentreId, RatingId, UnitId};
use crate::points::Points;
use crate::rating::RatingState;
use crate::scheme::Rank;
use crate::unit::{Level, UnitMap};

coded! {
    /// Why a centre or commune that is counted has no rank.
    pub enum NotRated in "not_rated" {
        /// Nobody began a rating of the year.
        NoRating = "no_rating" ("chưa lập hồ sơ đánh giá", "no rating was begun"),
        /// The self-assessment was not handed in, or sent back.
        NotSubmitted = "not_submitted" ("chưa nộp hồ sơ", "not handed in"),
        /// Handed in, and not decided.
        NotDecided = "not_decided" ("đã nộp, chưa quyết định", "handed in, not decided"),
    }
}

/// A rating as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingRating {
    /// The rating.
    pub id: RatingId,
    /// Where it stands.
    pub state: RatingState,
    /// The decided points.
    pub points: Option<Points>,
    /// The decision.
    pub decision: Option<Decision>,
    /// Until when the recognition holds, where it is limited.
    pub valid_until: Option<NaiveDate>,
}

/// What existed on the cut-off day, with its rating of the year.
#[derive(Debug, Clone, PartialEq)]
pub struct RatedRecord {
    /// What is counted of it.
    pub fact: Fact,
    /// The centre's own code.
    pub code: Option<String>,
    /// The centre's name; `None` for a commune, whose name is the map's.
    pub name: Option<String>,
    /// Its rating.
    pub rating: Option<StandingRating>,
}

impl RatedRecord {
    /// Why it has no rank; `None` when it has one.
    pub fn not_rated(&self) -> Option<NotRated> {
        match (&self.rating, self.fact.rank) {
            (Some(_), Some(_)) => None,
            (None, _) => Some(NotRated::NoRating),
            (Some(rating), None) => Some(match rating.state {
                RatingState::Draft | RatingState::Returned => NotRated::NotSubmitted,
                _ => NotRated::NotDecided,
            }),
        }
    }
}

/// A centre or commune that a figure counts, and what its rank rests on. Decided results only, no personal data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CountedRecord {
    /// The centre; `null` for a commune.
    pub centre_id: Option<CentreId>,
    /// The province's own code for the centre.
    #[schema(example = "TB-001")]
    pub code: Option<String>,
    /// The name of the centre or commune.
    #[schema(example = "TTHTCĐ phường Kim Sơn")]
    pub name: String,
    /// The commune on the cut-off day.
    pub commune_id: UnitId,
    /// Its official code.
    #[schema(example = "07123")]
    pub commune_code: Option<String>,
    /// Its name.
    #[schema(example = "Phường Kim Sơn")]
    pub commune_name: Option<String>,
    /// The units under which it is counted, from the province down; shorter where a divided commune cannot be told.
    pub unit_ids: Vec<UnitId>,
    /// The centre's operating model.
    pub operating_model: Option<OperatingModel>,
    /// Its rating of the year.
    pub rating_id: Option<RatingId>,
    /// The decided rank.
    pub rank: Option<Rank>,
    /// The decided points, where the scheme counts any.
    pub points: Option<Points>,
    /// The decision.
    pub decision: Option<Decision>,
    /// Until when the recognition holds, where the scheme limits it.
    pub valid_until: Option<NaiveDate>,
    /// Whether the decided rating was corrected by an amendment.
    pub amended: bool,
    /// Why it has no rank; `null` when it has one.
    pub not_rated: Option<NotRated>,
}

impl CountedRecord {
    /// A record as it is counted on the map of a day.
    pub fn of(record: &RatedRecord, map: &UnitMap, date: NaiveDate) -> Self {
        let fact = &record.fact;
        let commune = map.get(fact.commune).and_then(|unit| unit.near(date));
        let decided = record.rating.as_ref().filter(|_| fact.rank.is_some());
        Self {
            centre_id: fact.centre,
            code: record.code.clone(),
            name: record.name.clone().or_else(|| commune.map(|commune| commune.name_vi.clone())).unwrap_or_default(),
            commune_id: fact.commune,
            commune_code: commune.map(|commune| commune.code.clone()),
            commune_name: commune.map(|commune| commune.name_vi.clone()),
            unit_ids: path(fact, map, date),
            operating_model: fact.model,
            rating_id: decided.map(|rating| rating.id),
            rank: fact.rank,
            points: decided.and_then(|rating| rating.points),
            decision: decided.and_then(|rating| rating.decision.clone()),
            valid_until: decided.and_then(|rating| rating.valid_until),
            amended: decided.is_some_and(|rating| rating.state == RatingState::Amended),
            not_rated: record.not_rated(),
        }
    }

    /// The same record where the map of another day has it.
    #[must_use]
    pub fn restated(&self, fact: &Fact, map: &UnitMap, date: NaiveDate) -> Self {
        let unit_ids = path(fact, map, date);
        let commune = unit_ids.last().and_then(|unit| map.get(*unit)).filter(|unit| unit.level == Level::Commune);
        let Some(commune) = commune else { return Self { unit_ids, ..self.clone() } };
        let version = commune.near(date);
        Self {
            commune_id: commune.id,
            commune_code: version.map(|version| version.code.clone()),
            commune_name: version.map(|version| version.name_vi.clone()),
            unit_ids,
            ..self.clone()
        }
    }

    /// What tells it from others: the centre, or the commune.
    pub fn identity(&self) -> (Option<CentreId>, Option<UnitId>) {
        match self.centre_id {
            Some(centre) => (Some(centre), None),
            None => (None, Some(self.commune_id)),
        }
    }
}

/// The units under which a fact is counted, from the province down to the commune, by the very steps that a distribution
/// takes at each level.
pub fn path(fact: &Fact, map: &UnitMap, date: NaiveDate) -> Vec<UnitId> {
    let spot = Spot { commune: fact.commune, placed_later: fact.placed_later, model: fact.model };
    let (mut path, mut unit) = (Vec::new(), None);
    loop {
        let view = Placing { map, unit, by: Breakdown::Unit, date };
        let Some(Key::Unit(Some(below))) = view.key_of(&spot, &mut RestatedBy::default()) else { return path };
        if unit == Some(below) {
            return path;
        }
        path.push(below);
        if map.get(below).is_none_or(|unit| unit.level == Level::Commune) {
            return path;
        }
        unit = Some(below);
    }
}
