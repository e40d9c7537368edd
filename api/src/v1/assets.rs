//! Assets of centres, with what was found of them last.

use actix_web::{delete, get, patch, post};
use htcd_domain::asset::{Asset, AssetCondition, AssetConfirmation, AssetKind, AssetOwner};
use htcd_domain::id::{AssetId, CentreId, SiteId, UnitId};
use htcd_domain::record::{Kept, Patch};
use htcd_domain::{Code, Coded, Problem};
use htcd_persistence::asset::{self, AssetFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, Tx, centre};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, write_cursor};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type AssetRecord = Kept<Asset>;
type AssetPatch = Patch<Asset>;
type AssetConfirmationRecord = Kept<AssetConfirmation>;

/// An asset, with what was found of it last.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssetView {
    /// The asset.
    #[serde(flatten)]
    pub record: AssetRecord,
    /// The confirmation of the newest year.
    pub last_confirmation: Option<AssetConfirmationRecord>,
}

fn views(tx: &mut Tx<'_>, found: Vec<AssetRecord>) -> Stored<Vec<AssetView>> {
    let ids: Vec<AssetId> = found.iter().map(|kept| kept.id).collect();
    let mut last = asset::last_confirmations(tx, &ids)?;
    Ok(found.into_iter().map(|record| AssetView { last_confirmation: last.remove(&record.id), record }).collect())
}

fn view(tx: &mut Tx<'_>, record: AssetRecord) -> Stored<AssetView> {
    Ok(views(tx, vec![record])?.pop().ok_or(Code::NotFound)?)
}

impl Kind for Asset {
    fn admit(&self, _: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if let Some(site) = self.site_id
            && centre::find_site(desk.tx, self.centre_id, site)?.is_none()
        {
            let (vi, en) = ("Điểm học tập này không thuộc trung tâm.", "The site is not one of the centre's.");
            return Err(Problem::rule("/site_id", "site_of_centre", vi, en).into());
        }
        Ok(())
    }
}

/// Which assets a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAssets {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// At this site.
    site_id: Option<SiteId>,
    /// Of this kind.
    kind: Option<AssetKind>,
    /// Owned so.
    owner: Option<AssetOwner>,
    /// In this condition, as it stands on record.
    condition: Option<AssetCondition>,
    /// No longer there, or still there.
    disposed: Option<bool>,
    /// That were there in this year and that nobody has confirmed for it.
    #[param(example = 2018)]
    unconfirmed_in: Option<i32>,
    /// By the code of the kind: `asc` (default) or `desc`.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Assets in scope, each with what was found of it last.
#[utoipa::path(tag = "assets", params(ListAssets), responses((status = 200, description = "A page of assets.", body = Page<AssetView>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/assets")]
pub async fn list_assets(permit: Permit<RecordsRead>, Params(params): Params<ListAssets>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    let filter = AssetFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        site: params.site_id,
        kind: params.kind,
        owner: params.owner,
        condition: params.condition,
        disposed: params.disposed,
        unconfirmed_in: params.unconfirmed_in,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = asset::list(tx, &filter, wanted.clone())?;
            let cursor = |view: &AssetView| write_cursor(&(view.record.content.kind.code(), view.record.id));
            Ok(Answer::json(&Page::new(views(tx, found)?, limit - 1, cursor)))
        })
        .await
}

/// One asset, with what was found of it last.
#[utoipa::path(tag = "assets", params(("asset_id" = AssetId, Path, description = "The asset.")), responses((status = 200, description = "The asset.", body = AssetView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/assets/{asset_id}")]
pub async fn get_asset(permit: Permit<RecordsRead>, Segments(id): Segments<AssetId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            let (record, revision) = Asset::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view(tx, record)?, revision))
        })
        .await
}

/// Enter an asset, or several that are alike.
#[utoipa::path(tag = "assets", request_body = Asset, responses((status = 201, description = "The asset.", body = AssetView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/assets")]
pub async fn create_asset(permit: Permit<RecordsWrite>, Body(body): Body<Asset>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = record::store(permit, tx, body)?;
            let view = view(tx, change.value.clone())?;
            Ok(change.map(|kept| Answer::created(&view, format!("/v1/assets/{}", kept.id))))
        })
        .await
}

/// Change an asset; what is no longer there gets a day and a reason.
#[utoipa::path(tag = "assets", params(("asset_id" = AssetId, Path, description = "The asset."), IfMatchHeader), request_body(content = AssetPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The asset.", body = AssetView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/assets/{asset_id}")]
pub async fn update_asset(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<AssetId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Asset>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Asset::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = record::patched(&body, &before.content)?;
            let change = record::amend(permit, tx, (before, revision), content)?;
            let view = view(tx, change.value.clone())?;
            Ok(change.map(|_| Answer::resource(&view, revision + 1)))
        })
        .await
}

/// Remove an asset that was entered by mistake and never confirmed. The audit trail keeps what it said.
#[utoipa::path(tag = "assets", params(("asset_id" = AssetId, Path, description = "The asset."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/assets/{asset_id}")]
pub async fn delete_asset(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<AssetId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Asset, _>(permit, id, if_match).await
}
