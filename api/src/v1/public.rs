//! What provinces show to everybody: no sign-in, no personal data, cacheable.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use htcd_domain::Code;
use htcd_domain::id::{CentreId, FileId, NewsId, ProvinceId, UnitId};
use htcd_domain::publication::{PublicActivity, PublicCentre, PublicNews, PublicNewsItem, PublicProvince, PublicRating};
use htcd_domain::text::sort_key;
use htcd_persistence::publication::PublicNewsFilter;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::files::{FileBytes, Way, deliver};
use crate::answer::{Answer, Page};
use crate::extract::{Params, Segments, bad_cursor, page_size, read_cursor, search_text, write_cursor};
use crate::problem::Refusal;
use crate::public::{KEPT, Public};

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

/// Which news a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPublicNews {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of this unit, or of units and centres in it.
    unit_id: Option<UnitId>,
    /// `true`: only what stands at the top today.
    pinned: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What the reader does not know: the unit's name, and where pictures are.
fn addressed(public: &Public, province: ProvinceId, mut news: PublicNews) -> PublicNews {
    let item = &mut news.item;
    item.unit_name = item.unit_id.map(|unit| public.atlas().map.name(unit, public.today()).to_owned());
    for picture in &mut item.pictures {
        picture.url = format!("/v1/public/provinces/{province}/news/{}/pictures/{}", item.id, picture.file_id);
    }
    news
}

/// News that centres at work and units have published, the newest first. 404 where the province does not publish them.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ListPublicNews), responses((status = 200, description = "A page of news.", body = Page<PublicNewsItem>)), security(()))]
#[get("/v1/public/provinces/{province_id}/news")]
pub async fn list_public_news(
    public: Public,
    Segments(province): Segments<ProvinceId>,
    Params(params): Params<ListPublicNews>,
) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(DateTime<Utc>, Uuid)> = read_cursor(params.cursor.as_deref())?;
    let filter = PublicNewsFilter {
        centre: params.centre_id,
        units: params.unit_id.map(|unit| std::iter::once(unit).chain(public.atlas().map.reach(unit).iter().copied()).collect()),
        pinned_on: params.pinned.filter(|pinned| *pinned).map(|_| public.today()),
        ..PublicNewsFilter::default()
    };
    public
        .read(province, move |public, reader| {
            if !reader.published().news {
                return Err(Code::NotFound.into());
            }
            let found = reader.news(&filter, cursor, limit + 1)?;
            let found = found.into_iter().map(|news| addressed(public, province, news).item).collect();
            let key = |item: &PublicNewsItem| write_cursor(&(item.published_at, item.id));
            Ok(Answer::json(&Page::new(found, limit, key)))
        })
        .await
}

/// One published news item, with its text.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ("news_id" = NewsId, Path, description = "The item.")), responses((status = 200, description = "The item.", body = PublicNews)), security(()))]
#[get("/v1/public/provinces/{province_id}/news/{news_id}")]
pub async fn get_public_news(
    public: Public,
    Segments((province, id)): Segments<(ProvinceId, NewsId)>,
) -> Result<Answer, Refusal> {
    public
        .read(province, move |public, reader| {
            let news = reader.news_item(id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&addressed(public, province, news)))
        })
        .await
}

/// A picture of a published news item, for an `<img>` on any site. Once the item is withdrawn it is 404.
#[utoipa::path(tag = "public", params(("province_id" = ProvinceId, Path, description = "The province."), ("news_id" = NewsId, Path, description = "The item."), ("file_id" = FileId, Path, description = "The picture."), ("Range" = Option<String>, Header, description = "Which bytes.", example = "bytes=0-1023")), responses((status = 200, description = "The picture.", body = FileBytes, content_type = "image/*"), (status = 206, description = "The range of it.", body = FileBytes, content_type = "image/*")), security(()))]
#[get("/v1/public/provinces/{province_id}/news/{news_id}/pictures/{file_id}")]
pub async fn get_public_news_picture(
    public: Public,
    request: HttpRequest,
    Segments((province, news, file)): Segments<(ProvinceId, NewsId, FileId)>,
) -> Result<HttpResponse, Refusal> {
    let (app, found) = public.look(province, move |reader| reader.news_picture(news, file)).await?;
    let (file, object) = found.ok_or(Code::NotFound)?;
    // Not under the name that somebody gave it at home.
    let ending = file.media_type.endings().first().copied().unwrap_or("bin");
    let way = Way { cache: KEPT, disposition: format!("inline; filename=\"{}.{ending}\"", file.id) };
    deliver(&app, &request, province, &file, object, way).await
}
