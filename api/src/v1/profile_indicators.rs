//! Which numbers a commune's profile has: the national catalogue, and a province's own.

use actix_web::{delete, get, patch, post};
use htcd_domain::Problem;
use htcd_domain::id::ProfileIndicatorId;
use htcd_domain::problem::Code;
use htcd_domain::profile::{Indicator, NATIONAL, ProfileIndicator, national};
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::{Result as Stored, profile_indicator};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type ProfileIndicatorRecord = Kept<ProfileIndicator>;
type ProfileIndicatorPatch = Patch<ProfileIndicator>;

impl Kind for ProfileIndicator {
    fn admit(&self, _: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let mut known = |code: &Option<String>| -> Stored<Option<Indicator>> {
            let Some(code) = code else { return Ok(None) };
            match national(code) {
                Some(indicator) => Ok(Some(indicator.clone())),
                None => Ok(profile_indicator::by_code(desk.tx, code)?.map(|own| own.indicator())),
            }
        };
        let (whole, part) = (known(&self.whole)?, known(&self.part)?);
        Ok(self.check_relatives(whole.as_ref(), part.as_ref())?)
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if profile_indicator::is_used(desk.tx, &kept.content.code)? {
            let (vi, en) = (
                "Đã có số liệu hoặc chỉ tiêu khác dùng chỉ tiêu này; đặt active = false thay vì xóa.",
                "Numbers or other indicators use this one; set active = false instead of removing it.",
            );
            return Err(Problem::new(Code::Blocked).detail(vi, en).into());
        }
        Ok(())
    }
}

/// The national catalogue of a commune's numbers: what each is measured in, and what it is a part of.
#[utoipa::path(tag = "profiles", responses((status = 200, description = "The catalogue.", body = Vec<Indicator>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/profile_indicators/national")]
pub async fn list_national_profile_indicators(_permit: Permit<RecordsRead>) -> Result<Answer, Refusal> {
    Ok(Answer::json(&&NATIONAL[..]))
}

/// How a list is cut.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListProfileIndicators {
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The province's own indicators, by their code.
#[utoipa::path(tag = "profiles", params(ListProfileIndicators), responses((status = 200, description = "A page of indicators.", body = Page<ProfileIndicatorRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/profile_indicators")]
pub async fn list_profile_indicators(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListProfileIndicators>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(None, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(profile_indicator::list(tx, wanted.clone())?, limit, |it: &ProfileIndicator| it.code.clone()))
        })
        .await
}

/// One indicator of the province's own.
#[utoipa::path(tag = "profiles", params(("profile_indicator_id" = ProfileIndicatorId, Path, description = "The indicator.")), responses((status = 200, description = "The indicator.", body = ProfileIndicatorRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/profile_indicators/{profile_indicator_id}")]
pub async fn get_profile_indicator(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<ProfileIndicatorId>,
) -> Result<Answer, Refusal> {
    record::get::<ProfileIndicator, _>(permit, id).await
}

/// Add an indicator of the province's own to the communes' profiles.
#[utoipa::path(tag = "profiles", request_body = ProfileIndicator, responses((status = 201, description = "The indicator.", body = ProfileIndicatorRecord)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/profile_indicators")]
pub async fn create_profile_indicator(
    permit: Permit<SettingsWrite>,
    Body(body): Body<ProfileIndicator>,
) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change what an indicator is called, what it is a part of, or whether it is still asked for.
#[utoipa::path(tag = "profiles", params(("profile_indicator_id" = ProfileIndicatorId, Path, description = "The indicator."), IfMatchHeader), request_body(content = ProfileIndicatorPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The indicator.", body = ProfileIndicatorRecord)), security(("oauth2" = ["settings:write"])))]
#[patch("/v1/profile_indicators/{profile_indicator_id}")]
pub async fn update_profile_indicator(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<ProfileIndicatorId>,
    if_match: IfMatch,
    Body(body): Body<Patch<ProfileIndicator>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an indicator that nothing uses.
#[utoipa::path(tag = "profiles", params(("profile_indicator_id" = ProfileIndicatorId, Path, description = "The indicator."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["settings:write"])))]
#[delete("/v1/profile_indicators/{profile_indicator_id}")]
pub async fn delete_profile_indicator(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<ProfileIndicatorId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<ProfileIndicator, _>(permit, id, if_match).await
}
