//! A province's own categories of activities, each below one of the national ten.

use actix_web::{delete, get, patch, post};
use htcd_domain::Problem;
use htcd_domain::activity::ActivityCategory;
use htcd_domain::id::ActivityCategoryId;
use htcd_domain::problem::Code;
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::{Result as Stored, activity_category};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type ActivityCategoryRecord = Kept<ActivityCategory>;
type ActivityCategoryPatch = Patch<ActivityCategory>;

impl Kind for ActivityCategory {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if before.is_none() && activity_category::by_code(desk.tx, &self.code)?.is_some() {
            let (vi, en) = ("Tỉnh đã có nhóm nội dung với mã này.", "The province has a category with this code.");
            return Err(Problem::new(Code::AlreadyExists).detail(vi, en).with("pointer", "/code").into());
        }
        Ok(())
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if activity_category::is_used(desk.tx, &kept.content.code)? {
            let (vi, en) = (
                "Đã có hoạt động hoặc kế hoạch dùng nhóm này; đặt active = false thay vì xóa.",
                "Activities or plans use this category; set active = false instead of removing it.",
            );
            return Err(Problem::new(Code::Blocked).detail(vi, en).into());
        }
        Ok(())
    }
}

/// How a list is cut.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListActivityCategories {
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The province's own categories, by their code. The national ones stand in `/v1/catalogues`.
#[utoipa::path(tag = "activities", params(ListActivityCategories), responses((status = 200, description = "A page of categories.", body = Page<ActivityCategoryRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/activity_categories")]
pub async fn list_activity_categories(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListActivityCategories>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(None, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(activity_category::list(tx, wanted.clone())?, limit, |it: &ActivityCategory| it.code.clone()))
        })
        .await
}

/// One category of the province's own.
#[utoipa::path(tag = "activities", params(("activity_category_id" = ActivityCategoryId, Path, description = "The category.")), responses((status = 200, description = "The category.", body = ActivityCategoryRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/activity_categories/{activity_category_id}")]
pub async fn get_activity_category(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<ActivityCategoryId>,
) -> Result<Answer, Refusal> {
    record::get::<ActivityCategory, _>(permit, id).await
}

/// Add a category of the province's own below a national one.
#[utoipa::path(tag = "activities", request_body = ActivityCategory, responses((status = 201, description = "The category.", body = ActivityCategoryRecord)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/activity_categories")]
pub async fn create_activity_category(
    permit: Permit<SettingsWrite>,
    Body(body): Body<ActivityCategory>,
) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change what a category is called, or whether it is still offered.
#[utoipa::path(tag = "activities", params(("activity_category_id" = ActivityCategoryId, Path, description = "The category."), IfMatchHeader), request_body(content = ActivityCategoryPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The category.", body = ActivityCategoryRecord)), security(("oauth2" = ["settings:write"])))]
#[patch("/v1/activity_categories/{activity_category_id}")]
pub async fn update_activity_category(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<ActivityCategoryId>,
    if_match: IfMatch,
    Body(body): Body<Patch<ActivityCategory>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a category that nothing uses.
#[utoipa::path(tag = "activities", params(("activity_category_id" = ActivityCategoryId, Path, description = "The category."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["settings:write"])))]
#[delete("/v1/activity_categories/{activity_category_id}")]
pub async fn delete_activity_category(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<ActivityCategoryId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<ActivityCategory, _>(permit, id, if_match).await
}
