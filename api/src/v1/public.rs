//! What provinces show to everybody: no sign-in, no personal data, cacheable.

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::id::{CentreId, ProvinceId, UnitId};
use htcd_domain::publication::{PublicActivity, PublicCentre, PublicProvince, PublicRating};
use htcd_domain::text::sort_key;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::answer::{Answer, Page};
use crate::extract::{Params, Segments, bad_cursor, page_size, read_cursor, search_text, write_cursor};
use crate::problem::Refusal;
use crate::public::Public;

/// The provinces that publish something, and what. May be a minute old.
#[utoipa::path(tag = "public", responses((status = 200, description = "Provinces.", body = [PublicProvince])), security(()))]
#[get("/v1/public/provinces")]
pub async fn list_public_provinces(public: Public) -> Result<Answer, Refusal> {
    public
        .provinces(|public, published| {
            let mut shown = vec![];
            for province in &public.atlas().provinces {
                let publishes = published(province.id)?;
                if publishes.is_any() {
                    let name = public.atlas().map.name(province.unit_id, public.today()).to_owned();
                    shown.push(PublicProvince { id: province.id, unit_id: province.unit_id, name, publishes });
                }
            }
            shown.sort_by_cached_key(|province| sort_key(&province.name));
            Ok(Answer::json(&shown))
        })
        .await
}

/// Which centres a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPublicCentres {
    /// Placed in this unit or anywhere below it; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Whose name holds this text; blind to case and diacritics.
    #[param(example = "kim son", max_length = 100)]
    q: Option<String>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

fn named(public: &Public, mut centre: PublicCentre) -> PublicCentre {
    centre.commune_name = public.atlas().map.name(centre.commune_id, public.today()).to_owned();
    centre
}

/// The centres of a province that are at work, in the order of a Vietnamese list. 404 where the province does not publish them.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ListPublicCentres), responses((status = 200, description = "A page of centres.", body = Page<PublicCentre>)), security(()))]
#[get("/v1/public/provinces/{province_id}/centres")]
pub async fn list_public_centres(
    public: Public,
    Segments(province): Segments<ProvinceId>,
    Params(params): Params<ListPublicCentres>,
) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(String, CentreId)> = read_cursor(params.cursor.as_deref())?;
    let cursor = cursor.map(|(key, id)| hex::decode(key).map(|key| (key, id)).map_err(|_| bad_cursor())).transpose()?;
    let communes: Option<Vec<UnitId>> = params.unit_id.map(|unit| public.atlas().map.reach(unit).iter().copied().collect());
    let q = search_text(params.q)?;
    public
        .read(province, move |public, reader| {
            if !reader.published().centres {
                return Err(Code::NotFound.into());
            }
            let found = reader.centres(communes.as_deref(), q.as_deref(), cursor.clone(), limit + 1)?;
            let found = found.into_iter().map(|centre| named(public, centre)).collect();
            let key = |centre: &PublicCentre| write_cursor(&(hex::encode(sort_key(&centre.name)), centre.id));
            Ok(Answer::json(&Page::new(found, limit, key)))
        })
        .await
}

/// One centre that is at work.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "The centre.", body = PublicCentre)), security(()))]
#[get("/v1/public/provinces/{province_id}/centres/{centre_id}")]
pub async fn get_public_centre(
    public: Public,
    Segments((province, id)): Segments<(ProvinceId, CentreId)>,
) -> Result<Answer, Refusal> {
    public
        .read(province, move |public, reader| {
            let centre = reader.centre(id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&named(public, centre)))
        })
        .await
}

/// Which ranks a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPublicRatings {
    /// Of this year.
    #[param(example = 2018, minimum = 1999, maximum = 2100)]
    year: i32,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The decided ranks of a province's centres in a year. 404 where the province does not publish them.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ListPublicRatings), responses((status = 200, description = "A page of ranks.", body = Page<PublicRating>)), security(()))]
#[get("/v1/public/provinces/{province_id}/ratings")]
pub async fn list_public_ratings(
    public: Public,
    Segments(province): Segments<ProvinceId>,
    Params(params): Params<ListPublicRatings>,
) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<Uuid> = read_cursor(params.cursor.as_deref())?;
    public
        .read(province, move |_, reader| {
            if !reader.published().ratings {
                return Err(Code::NotFound.into());
            }
            let found = reader.ratings(params.year, cursor, limit + 1)?;
            Ok(Answer::json(&Page::new(found, limit, |rating: &PublicRating| write_cursor(&rating.id))))
        })
        .await
}

/// Which activities a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPublicActivities {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Activities of a province's centres that begin today or later, the nearest first. 404 where the province does not publish them.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ListPublicActivities), responses((status = 200, description = "A page of activities.", body = Page<PublicActivity>)), security(()))]
#[get("/v1/public/provinces/{province_id}/activities")]
pub async fn list_public_activities(
    public: Public,
    Segments(province): Segments<ProvinceId>,
    Params(params): Params<ListPublicActivities>,
) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor = read_cursor(params.cursor.as_deref())?;
    public
        .read(province, move |public, reader| {
            if !reader.published().activities {
                return Err(Code::NotFound.into());
            }
            let found = reader.coming_activities(params.centre_id, public.today(), cursor, limit + 1)?;
            let key = |activity: &PublicActivity| write_cursor(&(activity.starts_on, activity.id));
            Ok(Answer::json(&Page::new(found, limit, key)))
        })
        .await
}
