//! From a number to its records: what a rating distribution counted, under which row, and what it left out and why.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::aggregate::Question;
use crate::boundaries::{Placing, RestatedBy, RowKey, Spot};
use crate::centre::OperatingModel;
use crate::id::{CentreId, ProvinceId, RoundId, SchemeId, UnitId};
use crate::rated_record::{CountedRecord, RatedRecord};
use crate::unit::UnitMap;

coded! {
    /// Why a centre is not counted.
    pub enum LeftOut in "left_out" {
        /// It was not founded yet on the cut-off day, or never was.
        NotOperatingYet = "not_operating_yet" ("chưa thành lập vào ngày chốt", "not operating yet on the cut-off day"),
        /// It had ended by the cut-off day.
        Ended = "ended" ("đã chấm dứt trước hoặc vào ngày chốt", "ended by the cut-off day"),
        /// It is not recorded in which commune it was on the cut-off day.
        NotPlaced = "not_placed" ("không rõ xã vào ngày chốt", "its commune on the cut-off day is not recorded"),
        /// On the map that was used it lies in another unit.
        Outside = "outside" ("thuộc đơn vị khác trên bản đồ đã dùng", "in another unit on the map that was used"),
    }
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
    fn left_out(&self, cut_off: NaiveDate) -> LeftOut {
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
