//! Literacy classes: who was enrolled, and who completed the phase.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::activity::check_open;
use htcd_domain::id::{CentreId, LiteracyClassId, UnitId};
use htcd_domain::literacy_class::{LiteracyClass, LiteracyLevel};
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::literacy_class::{self, LiteracyClassFilter};
use htcd_persistence::{Result as Stored, centre};
use serde::Deserialize;
use utoipa::IntoParams;

use super::activities::check_site;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type LiteracyClassRecord = Kept<LiteracyClass>;
type LiteracyClassPatch = Patch<LiteracyClass>;

impl Kind for LiteracyClass {
    fn admit(&self, _: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        let acts = centre::acts(desk.tx, self.centre_id)?;
        check_open(&centre, &acts, "/started_on", self.started_on)?;
        check_site(self.site_id, self.centre_id, desk)
    }
}

/// Which literacy classes a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLiteracyClasses {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this level.
    level: Option<LiteracyLevel>,
    /// That begin on this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Literacy classes in scope.
#[utoipa::path(tag = "literacy classes", params(ListLiteracyClasses), responses((status = 200, description = "A page of literacy classes.", body = Page<LiteracyClassRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/literacy_classes")]
pub async fn list_literacy_classes(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListLiteracyClasses>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = LiteracyClassFilter { whose, level: params.level, from: params.from, to: params.to };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = literacy_class::list(tx, &filter, wanted.clone())?;
            Ok(record::page(found, limit, |class: &LiteracyClass| class.started_on))
        })
        .await
}

/// One literacy class.
#[utoipa::path(tag = "literacy classes", params(("literacy_class_id" = LiteracyClassId, Path, description = "The class.")), responses((status = 200, description = "The class.", body = LiteracyClassRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/literacy_classes/{literacy_class_id}")]
pub async fn get_literacy_class(permit: Permit<RecordsRead>, Segments(id): Segments<LiteracyClassId>) -> Result<Answer, Refusal> {
    record::get::<LiteracyClass, _>(permit, id).await
}

/// Record a literacy class. How many completed its phase may be said later.
#[utoipa::path(tag = "literacy classes", request_body = LiteracyClass, responses((status = 201, description = "The class.", body = LiteracyClassRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/literacy_classes")]
pub async fn create_literacy_class(permit: Permit<RecordsWrite>, Body(body): Body<LiteracyClass>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a literacy class, or say how many completed its phase.
#[utoipa::path(tag = "literacy classes", params(("literacy_class_id" = LiteracyClassId, Path, description = "The class."), IfMatchHeader), request_body(content = LiteracyClassPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The class.", body = LiteracyClassRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/literacy_classes/{literacy_class_id}")]
pub async fn update_literacy_class(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<LiteracyClassId>,
    if_match: IfMatch,
    Body(body): Body<Patch<LiteracyClass>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a literacy class that was entered by mistake. The audit trail keeps what it said.
#[utoipa::path(tag = "literacy classes", params(("literacy_class_id" = LiteracyClassId, Path, description = "The class."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/literacy_classes/{literacy_class_id}")]
pub async fn delete_literacy_class(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<LiteracyClassId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<LiteracyClass, _>(permit, id, if_match).await
}
