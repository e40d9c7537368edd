//! Reading ratings.

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::id::{CentreId, RatingId, RoundId, UnitId};
use htcd_domain::rating::{Rating, RatingState, RatingStep};
use htcd_domain::scheme::{Rank, Subject};
use htcd_persistence::rating::{self, RatingFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::case::{Loaded, RatingView};
use crate::answer::{Answer, Page};
use crate::extract::{Params, Segments, page_size, read_cursor, write_cursor};
use crate::permit::{Permit, RatingsRead};
use crate::problem::Refusal;

/// Which ratings a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRatings {
    /// Of this round.
    round_id: Option<RoundId>,
    /// Of this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// Of centres or communes.
    subject: Option<Subject>,
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Placed in this unit or anywhere below it on the map of their year.
    unit_id: Option<UnitId>,
    /// In this state.
    state: Option<RatingState>,
    /// Decided with this rank.
    rank: Option<Rank>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Ratings in scope, by year.
#[utoipa::path(tag = "ratings", params(ListRatings), responses((status = 200, description = "A page of ratings.", body = Page<Rating>)), security(("oauth2" = ["ratings:read"])))]
#[get("/v1/ratings")]
pub async fn list_ratings(permit: Permit<RatingsRead>, Params(params): Params<ListRatings>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(i32, RatingId)> = read_cursor(params.cursor.as_deref())?;
    let communes = params.unit_id.map(|unit| permit.atlas().map.reach(unit).iter().copied().collect());
    let filter = RatingFilter {
        round_id: params.round_id,
        year: params.year,
        subject: params.subject,
        centre_id: params.centre_id,
        communes,
        state: params.state,
        rank: params.rank,
    };
    permit
        .read(move |_, tx| {
            let ratings = rating::page(tx, &filter, cursor, limit + 1)?;
            Ok(Answer::json(&Page::new(ratings, limit, |rating: &Rating| write_cursor(&(rating.year, rating.id)))))
        })
        .await
}

/// One rating, with what the caller may do with it now.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating.")), responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:read"])))]
#[get("/v1/ratings/{rating_id}")]
pub async fn get_rating(permit: Permit<RatingsRead>, Segments(id): Segments<RatingId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            Ok(Answer::resource(&loaded.view(), loaded.revision))
        })
        .await
}

/// Every step of a rating, oldest first, with the assessments as they were recorded.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating.")), responses((status = 200, description = "Its history.", body = [RatingStep])), security(("oauth2" = ["ratings:read"])))]
#[get("/v1/ratings/{rating_id}/steps")]
pub async fn list_rating_steps(permit: Permit<RatingsRead>, Segments(id): Segments<RatingId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            rating::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&rating::steps(tx, id)?))
        })
        .await
}
