//! From a number to its records: the lists whose recount is the number, what was counted under which row, and what was left out
//! and why.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::aggregate::Question;
use crate::boundaries::{Placing, RestatedBy, RowKey, Spot};
use crate::centre::OperatingModel;
use crate::id::{CentreId, ProvinceId, RoundId, SchemeId, UnitId};
use crate::rated_record::{CountedRecord, RatedRecord};
use crate::summary::Holding;
use crate::unit::UnitMap;

coded! {
    /// Why something is not counted.
    pub enum LeftOut in "left_out" {
        /// It was not founded yet on the cut-off day, or never was.
        NotOperatingYet = "not_operating_yet" ("chưa thành lập vào ngày chốt", "not operating yet on the cut-off day"),
        /// It had ended by the cut-off day.
        Ended = "ended" ("đã chấm dứt trước hoặc vào ngày chốt", "ended by the cut-off day"),
        /// It is not recorded in which commune it was on the cut-off day.
        NotPlaced = "not_placed" ("không rõ xã vào ngày chốt", "its commune on the cut-off day is not recorded"),
        /// On the map that was used it lies in another unit.
        Outside = "outside" ("thuộc đơn vị khác trên bản đồ đã dùng", "in another unit on the map that was used"),
        /// A commune's number whose commune is not on the map that was used.
        NotOnMap = "not_on_map" ("xã không có trên bản đồ đã dùng", "its commune is not on the map that was used"),
        /// A number that does not add up over communes, such as a percentage.
        NotAdditive = "not_additive" ("số liệu không cộng được giữa các xã", "a number that does not add up over communes"),
    }
}

/// A list whose recount is the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordLink {
    /// The operation that answers it.
    #[schema(example = "list_activities")]
    pub operation: &'static str,
    /// Its relative URL, with the filters; the first page.
    #[schema(example = "/v1/activities?centre_id=0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11&from=2018-01-01&to=2018-12-31")]
    pub href: String,
}

/// How many were left out for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOutCount {
    /// Why.
    pub reason: LeftOut,
    /// How many.
    #[schema(example = 3)]
    pub count: u64,
}

/// Where the numbers of an aggregate come from. They are counted from the records whenever they are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Provenance {
    /// The lists whose recount gives the numbers, each under the caller's right to read it.
    pub records: Vec<RecordLink>,
    /// The first day that is counted; `null` where everything up to `to` is.
    pub from: Option<NaiveDate>,
    /// The last day that is counted, or the day on which something must be there; `null` where there is none.
    pub to: Option<NaiveDate>,
    /// The rule by which a map was chosen; `null` where no map is asked.
    #[schema(example = "as_was")]
    pub boundaries: Option<String>,
    /// The day whose map was used.
    pub map_date: Option<NaiveDate>,
    /// What was looked at and is not counted, by reason; `null` where the list alone says it.
    pub left_out: Option<Vec<LeftOutCount>>,
}

impl Provenance {
    /// Of days, as far as they are bounded.
    pub fn of(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        Self { records: vec![], from, to, boundaries: None, map_date: None, left_out: Some(vec![]) }
    }

    /// Of what is there on a day, or was done up to it.
    pub fn up_to(to: NaiveDate) -> Self {
        Self::of(None, Some(to))
    }

    /// Of what was done in these days.
    pub fn between(from: NaiveDate, to: NaiveDate) -> Self {
        Self::of(Some(from), Some(to))
    }

    /// On the map of a day, chosen by a rule.
    #[must_use]
    pub fn on_map(self, boundaries: impl ToString, map_date: NaiveDate) -> Self {
        Self { boundaries: Some(boundaries.to_string()), map_date: Some(map_date), ..self }
    }

    /// With a list.
    #[must_use]
    pub fn list(mut self, operation: &'static str, href: String) -> Self {
        self.records.push(RecordLink { operation, href });
        self
    }

    /// With what was left out.
    #[must_use]
    pub fn without(self, reasons: impl IntoIterator<Item = LeftOut>) -> Self {
        let mut counts = BTreeMap::<LeftOut, u64>::new();
        reasons.into_iter().for_each(|reason| *counts.entry(reason).or_default() += 1);
        let counts = counts.into_iter().map(|(reason, count)| LeftOutCount { reason, count }).collect();
        Self { left_out: Some(counts), ..self }
    }

    /// What was left out is said by the list alone.
    #[must_use]
    pub fn left_out_in_list(self) -> Self {
        Self { left_out: None, ..self }
    }
}

/// A centre or commune behind a unit's summary, and what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HolderRecord {
    /// The centre; `null` for a commune.
    pub centre_id: Option<CentreId>,
    /// The commune, or the one in which the centre lay.
    pub commune_id: UnitId,
    /// What it is called.
    #[schema(example = "TTHTCĐ phường Kim Sơn")]
    pub name: String,
    /// Whether it is counted.
    pub counted: bool,
    /// Whether it was there on the last day, so that it counts among `centres` or `holders`; those that ended before count with
    /// what they did.
    pub exists_at_end: bool,
    /// The row under which it is counted; `null` for what is left out.
    pub row: Option<RowKey>,
    /// Why it is left out; `null` for what is counted.
    pub left_out: Option<LeftOut>,
    /// What it gave, by the code of the line; blank is not there. Empty for what is left out.
    pub given: BTreeMap<&'static str, i64>,
    /// The lists of its own records that this is counted from.
    pub records: Vec<RecordLink>,
}

impl HolderRecord {
    /// What tells it from others.
    pub fn identity(&self) -> Uuid {
        self.centre_id.map_or(self.commune_id.0, |centre| centre.0)
    }
}

/// Whether a commune lies in the unit, on whichever map.
pub fn concerns(placing: &Placing<'_>, commune: UnitId) -> bool {
    placing.unit.is_none_or(|unit| placing.map.reach(unit).contains(&commune))
}

/// Why holdings of a tenant that lie in the unit on some map are not counted on the one that was used.
pub fn outside<'a>(placing: &'a Placing<'_>, holdings: &'a [Holding]) -> impl Iterator<Item = LeftOut> + 'a {
    let is_outside = |spot: &Spot| placing.key_of(spot, &mut RestatedBy::default()).is_none() && concerns(placing, spot.commune);
    holdings.iter().filter(move |holding| is_outside(&holding.spot)).map(|_| LeftOut::Outside)
}

/// The records behind a unit's summary: every holding that lies in the unit, by the very function that counts, and the centres that
/// the summary does not know. `of_centres` says whether the holdings are centres.
pub fn holders(
    placing: &Placing<'_>,
    of_centres: bool,
    holdings: &[Holding],
    unknown: &[(KnownCentre, LeftOut)],
    lists: impl Fn(Uuid) -> Vec<RecordLink>,
) -> Vec<HolderRecord> {
    let mut found: Vec<HolderRecord> = holdings
        .iter()
        .filter_map(|holding| {
            let key = placing.key_of(&holding.spot, &mut RestatedBy::default());
            if key.is_none() && !concerns(placing, holding.spot.commune) {
                return None;
            }
            let given = holding.given.iter().flatten().map(|(code, number)| (*code, *number));
            Some(HolderRecord {
                centre_id: of_centres.then_some(CentreId(holding.id)),
                commune_id: holding.spot.commune,
                name: holding.name.clone(),
                counted: key.is_some(),
                exists_at_end: holding.exists_at_end,
                row: key.map(|key| placing.row_key(key)),
                left_out: key.is_none().then_some(LeftOut::Outside),
                given: given.filter(|_| key.is_some()).collect(),
                records: key.map(|_| lists(holding.id)).unwrap_or_default(),
            })
        })
        .collect();
    found.extend(unknown.iter().map(|(centre, why)| HolderRecord {
        centre_id: Some(centre.id),
        commune_id: centre.commune,
        name: centre.name.clone(),
        counted: false,
        exists_at_end: false,
        row: None,
        left_out: Some(*why),
        given: BTreeMap::new(),
        records: vec![],
    }));
    found.sort_by_key(HolderRecord::identity);
    found
}

/// A centre with its dates, whether it is counted or not.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCentre {
    /// The centre.
    pub id: CentreId,
    /// The province's own code.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
    /// Its operating model.
    pub model: OperatingModel,
    /// Its commune now.
    pub commune: UnitId,
    /// Since when it operates.
    pub operating_from: Option<NaiveDate>,
    /// The day from which on it is no more.
    pub ended_on: Option<NaiveDate>,
}

impl KnownCentre {
    /// Why it does not count on a day, given that it does not.
    pub fn left_out(&self, cut_off: NaiveDate) -> LeftOut {
        if self.operating_from.is_none_or(|from| from > cut_off) {
            LeftOut::NotOperatingYet
        } else if self.ended_on.is_some_and(|ended| ended <= cut_off) {
            LeftOut::Ended
        } else {
            LeftOut::NotPlaced
        }
    }
}

/// What a province's part of a distribution rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProvenanceBasis {
    /// The province.
    pub province_id: ProvinceId,
    /// The day on which something must exist to be counted: the last of the round's data window, or of the year.
    pub cut_off: NaiveDate,
    /// The round of the year; `null` where there is none.
    pub round_id: Option<RoundId>,
    /// The scheme of the round.
    pub scheme_id: Option<SchemeId>,
    /// The code shared by its versions.
    #[schema(example = "TTHTCD-MAU-5")]
    pub scheme_code: Option<String>,
    /// Which version.
    #[schema(example = 1)]
    pub scheme_version: Option<i32>,
}

/// A centre or commune behind a distribution.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProvenanceRecord {
    /// What is known of it.
    #[serde(flatten)]
    pub record: CountedRecord,
    /// Whose it is.
    pub province_id: ProvinceId,
    /// Whether it is counted: those that are make up `base`, and of these, those with a rank make up `rated`.
    pub counted: bool,
    /// The row of the breakdown under which it is counted; `null` for what is left out.
    pub row: Option<RowKey>,
    /// Why it is left out; `null` for what is counted.
    pub left_out: Option<LeftOut>,
}

/// Everything behind a tenant's part of a distribution, in the order of identities. What is counted is told apart by the very
/// function that counts. Of what is left out, that is listed which lies in the unit now, or lay there by its placement.
pub fn records(
    question: &Question,
    basis: &ProvenanceBasis,
    date: NaiveDate,
    map: &UnitMap,
    rated: &[RatedRecord],
    known: &[KnownCentre],
) -> Vec<ProvenanceRecord> {
    let view = Placing { map, unit: question.unit, by: question.by, date };
    let concerns = |commune: UnitId| question.unit.is_none_or(|unit| map.reach(unit).contains(&commune));
    let mut found: Vec<ProvenanceRecord> = rated
        .iter()
        .filter_map(|record| {
            let fact = &record.fact;
            let spot = Spot { commune: fact.commune, placed_later: fact.placed_later, model: fact.model };
            let key = view.key_of(&spot, &mut RestatedBy::default());
            if key.is_none() && !concerns(fact.commune) {
                return None;
            }
            Some(ProvenanceRecord {
                record: CountedRecord::of(record, map, date),
                province_id: basis.province_id,
                counted: key.is_some(),
                row: key.map(|key| view.row_key(key)),
                left_out: key.is_none().then_some(LeftOut::Outside),
            })
        })
        .collect();
    let counted: std::collections::HashSet<CentreId> = rated.iter().filter_map(|record| record.fact.centre).collect();
    let others = known.iter().filter(|centre| !counted.contains(&centre.id) && concerns(centre.commune));
    found.extend(others.map(|centre| {
        let commune = map.get(centre.commune).and_then(|unit| unit.near(date));
        ProvenanceRecord {
            record: CountedRecord {
                centre_id: Some(centre.id),
                code: centre.code.clone(),
                name: centre.name.clone(),
                commune_id: centre.commune,
                commune_code: commune.map(|commune| commune.code.clone()),
                commune_name: commune.map(|commune| commune.name_vi.clone()),
                unit_ids: vec![],
                operating_model: Some(centre.model),
                rating_id: None,
                rank: None,
                points: None,
                decision: None,
                valid_until: None,
                amended: false,
                not_rated: None,
            },
            province_id: basis.province_id,
            counted: false,
            row: None,
            left_out: Some(centre.left_out(basis.cut_off)),
        }
    }));
    found.sort_by_key(|found| found.record.identity());
    found
}

/// Where the records behind a distribution are listed, as a relative URL.
pub fn link(question: &Question) -> String {
    use crate::Coded;
    let place = match question.unit {
        Some(unit) => format!("/v1/units/{unit}"),
        None => "/v1/nation".to_owned(),
    };
    format!(
        "{place}/rating_distribution/records?year={}&subject={}&by={}&boundaries={}",
        question.year,
        question.subject.code(),
        question.by.code(),
        question.boundaries
    )
}
