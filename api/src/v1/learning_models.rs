//! What communes count of the learning models, and the sums over a unit's communes.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::boundaries::Boundaries;
use htcd_domain::id::{LearningModelCountId, UnitId};
use htcd_domain::learning_model::{LearningModel, LearningModelCount, LearningModelSums, sum};
use htcd_domain::provenance::{LeftOut, Provenance};
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::learning_model::{self, LearningModelFilter};
use htcd_persistence::{Result as Stored, Tx};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::figures;
use crate::permit::{Permit, RecordsRead, RecordsWrite, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type LearningModelCountRecord = Kept<LearningModelCount>;
type LearningModelCountPatch = Patch<LearningModelCount>;

impl Kind for LearningModelCount {
    const CENTRES_WRITE: bool = true;

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // Neither the commune nor the year changes.
        if before.is_none() { Ok(record::check_commune(desk.atlas, self.unit_id, self.year)?) } else { Ok(()) }
    }
}

/// Which counts a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLearningModelCounts {
    /// Of this commune, or of the communes of this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this year.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    year: Option<i32>,
    /// Of this model.
    model: Option<LearningModel>,
    /// By year: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What the communes of the province count of the learning models.
#[utoipa::path(tag = "learning models", params(ListLearningModelCounts), responses((status = 200, description = "A page of counts.", body = Page<LearningModelCountRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/learning_model_counts")]
pub async fn list_learning_model_counts(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListLearningModelCounts>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = LearningModelFilter {
        whose: record::whose(permit.atlas(), None, params.unit_id),
        year: params.year,
        model: params.model,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(learning_model::list(tx, &filter, wanted.clone())?, limit, |it: &LearningModelCount| it.year))
        })
        .await
}

/// What a commune counts of a learning model in a year.
#[utoipa::path(tag = "learning models", params(("learning_model_count_id" = LearningModelCountId, Path, description = "The count.")), responses((status = 200, description = "The count.", body = LearningModelCountRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/learning_model_counts/{learning_model_count_id}")]
pub async fn get_learning_model_count(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<LearningModelCountId>,
) -> Result<Answer, Refusal> {
    record::get::<LearningModelCount, _>(permit, id).await
}

/// Record what a commune counts of a learning model in a year: once for each of the five.
///
/// Written by those whose scope covers the commune, and by the people of a centre that lies there now.
#[utoipa::path(tag = "learning models", request_body = LearningModelCount, responses((status = 201, description = "The count.", body = LearningModelCountRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/learning_model_counts")]
pub async fn create_learning_model_count(
    permit: Permit<RecordsWrite>,
    Body(body): Body<LearningModelCount>,
) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change the numbers of a count.
#[utoipa::path(tag = "learning models", params(("learning_model_count_id" = LearningModelCountId, Path, description = "The count."), IfMatchHeader), request_body(content = LearningModelCountPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The count.", body = LearningModelCountRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/learning_model_counts/{learning_model_count_id}")]
pub async fn update_learning_model_count(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<LearningModelCountId>,
    if_match: IfMatch,
    Body(body): Body<Patch<LearningModelCount>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a count that was entered by mistake.
#[utoipa::path(tag = "learning models", params(("learning_model_count_id" = LearningModelCountId, Path, description = "The count."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/learning_model_counts/{learning_model_count_id}")]
pub async fn delete_learning_model_count(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<LearningModelCountId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<LearningModelCount, _>(permit, id, if_match).await
}

/// The year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LearningModelsQuery {
    /// The year.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    year: i32,
}

/// What the communes of a unit counted of each learning model in a year.
///
/// Of the communes on the map of the year's last day (or of today). Each sum says over how many of them it runs; the share of the
/// recognised is of the communes that gave both numbers, exact and in percent with one decimal (half up).
#[utoipa::path(tag = "learning models", params(("unit_id" = UnitId, Path, description = "A province, district or commune."), LearningModelsQuery), responses((status = 200, description = "The sums.", body = Traced<LearningModelSums>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/units/{unit_id}/learning_models")]
pub async fn get_unit_learning_models(
    permit: Permit<RecordsRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<LearningModelsQuery>,
) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year)?;
    permit
        .report(move |permit, tx| {
            record::check_unit(permit, tx, unit)?;
            let map_of = record::map_of(year, permit.today());
            figures::check_on_map(permit.atlas(), Some(unit), map_of)?;
            let sums = of_unit(permit, tx, unit, year, map_of, |_| true)?;
            let map = &permit.atlas().map;
            let (now, reach) = (map.communes_on(unit, map_of), map.reach(unit).iter().copied().collect());
            let others = learning_model::of_year(tx, &reach, year)?.into_iter().filter(|count| !now.contains(&count.unit_id));
            let (first, _) = figures::days_of(year);
            let provenance = Provenance::between(first, map_of)
                .on_map(Boundaries::AsWas, map_of)
                .list("list_learning_model_counts", format!("/v1/learning_model_counts?unit_id={unit}&year={year}"))
                .without(others.map(|_| LeftOut::NotOnMap));
            Ok(Answer::json(&Traced::new(sums, provenance)))
        })
        .await
}

/// The sums of a unit in a year on the map of a day, of those numbers that count.
pub(super) fn of_unit<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    unit: UnitId,
    year: i32,
    map_of: NaiveDate,
    counts: impl Fn(&LearningModelCount) -> bool,
) -> Stored<LearningModelSums> {
    let communes = permit.atlas().map.communes_on(unit, map_of);
    let mut counted = learning_model::of_year(tx, &communes, year)?;
    counted.retain(counts);
    Ok(sum(unit, year, map_of, &communes, &counted))
}
