//! What was found of assets, once a year.

use actix_web::{delete, get, patch, post};
use htcd_domain::asset::{Asset, AssetConfirmation};
use htcd_domain::id::{AssetConfirmationId, AssetId, CentreId, UnitId};
use htcd_domain::record::{Kept, Patch};
use htcd_domain::{Code, Problem};
use htcd_persistence::Result as Stored;
use htcd_persistence::asset_confirmation::{self, ConfirmationFilter};
use htcd_persistence::record::Stored as _;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type AssetConfirmationRecord = Kept<AssetConfirmation>;
type AssetConfirmationPatch = Patch<AssetConfirmation>;

impl Kind for AssetConfirmation {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let asset = Asset::find(desk.tx, self.asset_id)?.filter(|(asset, _)| asset.content.centre_id == self.centre_id);
        let Some((asset, _)) = asset else {
            let (vi, en) = ("Tài sản này không thuộc trung tâm.", "The asset is not one of the centre's.");
            return Err(Problem::rule("/asset_id", "asset_of_centre", vi, en).into());
        };
        self.check_against(&asset.content)?;
        if before.is_none()
            && let Some(other) = asset_confirmation::of_year(desk.tx, self.asset_id, self.year)?
        {
            let (vi, en) = (
                "Tài sản này đã kiểm kê cho năm đó; sửa bản kiểm kê đang có.",
                "The asset is confirmed for that year; change that.",
            );
            return Err(Problem::new(Code::AlreadyExists).detail(vi, en).with("asset_confirmation_id", other).into());
        }
        Ok(())
    }
}

/// Which confirmations a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAssetConfirmations {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this asset.
    asset_id: Option<AssetId>,
    /// For this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// By the day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Confirmations of assets in scope.
#[utoipa::path(tag = "assets", params(ListAssetConfirmations), responses((status = 200, description = "A page of confirmations.", body = Page<AssetConfirmationRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/asset_confirmations")]
pub async fn list_asset_confirmations(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListAssetConfirmations>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = ConfirmationFilter { whose, asset: params.asset_id, year: params.year };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = asset_confirmation::list(tx, &filter, wanted.clone())?;
            Ok(record::page(found, limit, |it: &AssetConfirmation| it.confirmed_on))
        })
        .await
}

/// One confirmation.
#[utoipa::path(tag = "assets", params(("asset_confirmation_id" = AssetConfirmationId, Path, description = "The confirmation.")), responses((status = 200, description = "The confirmation.", body = AssetConfirmationRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/asset_confirmations/{asset_confirmation_id}")]
pub async fn get_asset_confirmation(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<AssetConfirmationId>,
) -> Result<Answer, Refusal> {
    record::get::<AssetConfirmation, _>(permit, id).await
}

/// Confirm what was found of an asset for a year: once a year.
#[utoipa::path(tag = "assets", request_body = AssetConfirmation, responses((status = 201, description = "The confirmation.", body = AssetConfirmationRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/asset_confirmations")]
pub async fn create_asset_confirmation(
    permit: Permit<RecordsWrite>,
    Body(body): Body<AssetConfirmation>,
) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a confirmation.
#[utoipa::path(tag = "assets", params(("asset_confirmation_id" = AssetConfirmationId, Path, description = "The confirmation."), IfMatchHeader), request_body(content = AssetConfirmationPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The confirmation.", body = AssetConfirmationRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/asset_confirmations/{asset_confirmation_id}")]
pub async fn update_asset_confirmation(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<AssetConfirmationId>,
    if_match: IfMatch,
    Body(body): Body<Patch<AssetConfirmation>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a confirmation that was entered by mistake. The audit trail keeps what it said.
#[utoipa::path(tag = "assets", params(("asset_confirmation_id" = AssetConfirmationId, Path, description = "The confirmation."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/asset_confirmations/{asset_confirmation_id}")]
pub async fn delete_asset_confirmation(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<AssetConfirmationId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<AssetConfirmation, _>(permit, id, if_match).await
}
