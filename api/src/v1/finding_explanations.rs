//! Explanations of findings.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::finding::{FindingCode, FindingFilter};
use htcd_domain::finding_explanation::FindingExplanation;
use htcd_domain::id::{CentreId, FindingExplanationId, UnitId};
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::Result as Stored;
use htcd_persistence::finding_explanation::{self, ExplanationFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::findings::of_centre;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type FindingExplanationRecord = Kept<FindingExplanation>;
type FindingExplanationPatch = Patch<FindingExplanation>;

impl Kind for FindingExplanation {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // What was remedied since was there when it was explained.
        if before.is_some_and(|kept| kept.content.explained_on == self.explained_on) {
            return Ok(());
        }
        let filter = FindingFilter { code: Some(self.code), explained: None };
        let found = of_centre(&desk.atlas.map, desk.tx, self.centre_id, filter, self.explained_on)?;
        if found.items.is_empty() { Err(self.unfounded().into()) } else { Ok(()) }
    }
}

/// Filters and the page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListFindingExplanations {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres that lie in this unit now.
    unit_id: Option<UnitId>,
    /// Of this finding.
    code: Option<FindingCode>,
    /// Good on this day.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// By the day they were given: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Explanations of findings at centres in scope, also of findings that stand no more.
#[utoipa::path(tag = "findings", params(ListFindingExplanations), responses((status = 200, description = "A page of explanations.", body = Page<FindingExplanationRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/finding_explanations")]
pub async fn list_finding_explanations(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListFindingExplanations>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = ExplanationFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        code: params.code,
        as_of: params.as_of,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = finding_explanation::list(tx, &filter, wanted.clone())?;
            Ok(record::page(found, limit, |it: &FindingExplanation| it.explained_on))
        })
        .await
}

/// One explanation.
#[utoipa::path(tag = "findings", params(("finding_explanation_id" = FindingExplanationId, Path, description = "The explanation.")), responses((status = 200, description = "The explanation.", body = FindingExplanationRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/finding_explanations/{finding_explanation_id}")]
pub async fn get_finding_explanation(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<FindingExplanationId>,
) -> Result<Answer, Refusal> {
    record::get::<FindingExplanation, _>(permit, id).await
}

/// Explain what was found at a centre. The finding stood on the day of the explanation, and goes on to stand.
#[utoipa::path(tag = "findings", request_body = FindingExplanation, responses((status = 201, description = "The explanation.", body = FindingExplanationRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/finding_explanations")]
pub async fn create_finding_explanation(
    permit: Permit<RecordsWrite>,
    Body(body): Body<FindingExplanation>,
) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change an explanation: what it says, or until when it is good.
#[utoipa::path(tag = "findings", params(("finding_explanation_id" = FindingExplanationId, Path, description = "The explanation."), IfMatchHeader), request_body(content = FindingExplanationPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The explanation.", body = FindingExplanationRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/finding_explanations/{finding_explanation_id}")]
pub async fn update_finding_explanation(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<FindingExplanationId>,
    if_match: IfMatch,
    Body(body): Body<Patch<FindingExplanation>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an explanation that was entered by mistake. The finding stays.
#[utoipa::path(tag = "findings", params(("finding_explanation_id" = FindingExplanationId, Path, description = "The explanation."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/finding_explanations/{finding_explanation_id}")]
pub async fn delete_finding_explanation(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<FindingExplanationId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<FindingExplanation, _>(permit, id, if_match).await
}
