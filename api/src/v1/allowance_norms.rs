//! A province's dated norms of allowances.

use actix_web::{delete, get, patch, post};
use htcd_domain::Problem;
use htcd_domain::allowance::{AllowanceNorm, AllowancePost};
use htcd_domain::id::AllowanceNormId;
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::{Result as Stored, allowance_norm};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type AllowanceNormRecord = Kept<AllowanceNorm>;
type AllowanceNormPatch = Patch<AllowanceNorm>;

impl Kind for AllowanceNorm {
    // Two administrators at the same moment could still enter times that overlap; then the norm that begins later is counted by.
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let others = allowance_norm::all(desk.tx)?;
        let other = others.iter().find(|other| before.is_none_or(|before| before.id != other.id) && other.content.overlaps(self));
        let Some(other) = other else { return Ok(()) };
        let (vi, en) = (
            "Đã có định mức khác cho chức danh và loại địa bàn này trong thời gian đó; ghi ngày hết hiệu lực cho định mức cũ trước.",
            "There is a norm for this post and these communes at that time; end the older one first.",
        );
        Err(Problem::rule("/valid_from", "norms_one_at_a_time", vi, en).with("allowance_norm_id", other.id).into())
    }
}

/// Which norms a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAllowanceNorms {
    /// For this post.
    post: Option<AllowancePost>,
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The province's norms of allowances.
#[utoipa::path(tag = "money", params(ListAllowanceNorms), responses((status = 200, description = "A page of norms.", body = Page<AllowanceNormRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/allowance_norms")]
pub async fn list_allowance_norms(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListAllowanceNorms>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    permit
        .read(move |_, tx| {
            let (limit, post) = (wanted.limit, params.post);
            let found = allowance_norm::list(tx, post, wanted.clone())?;
            Ok(record::page(found, limit, |norm: &AllowanceNorm| norm.valid_from))
        })
        .await
}

/// One norm.
#[utoipa::path(tag = "money", params(("allowance_norm_id" = AllowanceNormId, Path, description = "The norm.")), responses((status = 200, description = "The norm.", body = AllowanceNormRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/allowance_norms/{allowance_norm_id}")]
pub async fn get_allowance_norm(permit: Permit<RecordsRead>, Segments(id): Segments<AllowanceNormId>) -> Result<Answer, Refusal> {
    record::get::<AllowanceNorm, _>(permit, id).await
}

/// Enter what the province pays a post by the month, between two days.
#[utoipa::path(tag = "money", request_body = AllowanceNorm, responses((status = 201, description = "The norm.", body = AllowanceNormRecord)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/allowance_norms")]
pub async fn create_allowance_norm(permit: Permit<SettingsWrite>, Body(body): Body<AllowanceNorm>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a norm: end it, or correct it.
#[utoipa::path(tag = "money", params(("allowance_norm_id" = AllowanceNormId, Path, description = "The norm."), IfMatchHeader), request_body(content = AllowanceNormPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The norm.", body = AllowanceNormRecord)), security(("oauth2" = ["settings:write"])))]
#[patch("/v1/allowance_norms/{allowance_norm_id}")]
pub async fn update_allowance_norm(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<AllowanceNormId>,
    if_match: IfMatch,
    Body(body): Body<Patch<AllowanceNorm>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a norm that was entered by mistake. The audit trail keeps what it said.
#[utoipa::path(tag = "money", params(("allowance_norm_id" = AllowanceNormId, Path, description = "The norm."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["settings:write"])))]
#[delete("/v1/allowance_norms/{allowance_norm_id}")]
pub async fn delete_allowance_norm(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<AllowanceNormId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<AllowanceNorm, _>(permit, id, if_match).await
}
