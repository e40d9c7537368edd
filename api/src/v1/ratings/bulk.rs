//! Deciding many ratings at once, each with a result of its own.

use actix_web::post;
use htcd_domain::centre::Decision;
use htcd_domain::id::RatingId;
use htcd_domain::rating::DecideRating;
use htcd_persistence::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::steps::decide;
use crate::answer::Answer;
use crate::extract::{Body, IfMatch};
use crate::permit::{Permit, RatingsDecide};
use crate::problem::{ProblemView, Refusal};

/// Many ratings to be decided.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DecideRatings {
    /// The decision that covers all of them.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
    /// The ratings.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<DecideItem>,
}

/// One of them.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DecideItem {
    /// The rating.
    pub rating_id: RatingId,
    /// The ETag that the decision was made from.
    #[validate(length(max = 80))]
    #[schema(example = "\"3-a1b2c3d4e5f60718\"", max_length = 80)]
    pub if_match: String,
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecideResult {
    /// The rating.
    pub rating_id: RatingId,
    /// The status that deciding it alone would have answered with.
    #[schema(example = 200)]
    pub status: u16,
    /// Its new ETag.
    pub etag: Option<String>,
    /// Why it was not decided.
    pub problem: Option<ProblemView>,
}

/// What became of all of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecideResults {
    /// How many were decided.
    pub decided: usize,
    /// How many were refused; these are as they were.
    pub refused: usize,
    /// Each, in the order asked for.
    pub results: Vec<DecideResult>,
}

/// Decide many ratings with one decision. Each stands on its own: those that are refused stay as they were.
#[utoipa::path(tag = "ratings", request_body = DecideRatings, responses((status = 200, description = "What became of each.", body = DecideResults)), security(("oauth2" = ["ratings:decide"])))]
#[post("/v1/ratings/decide")]
pub async fn decide_ratings(permit: Permit<RatingsDecide>, Body(body): Body<DecideRatings>) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (mut results, mut changes) = (Vec::new(), Vec::new());
            for item in body.items {
                let one = DecideRating { decision: body.decision.clone(), ..DecideRating::default() };
                match tx.savepoint(|tx| decide(permit, tx, item.rating_id, &IfMatch::parse(&item.if_match), one)) {
                    Ok(change) => {
                        results.push(DecideResult {
                            rating_id: item.rating_id,
                            status: 200,
                            etag: change.value.store().etag,
                            problem: None,
                        });
                        changes.push(change.map(drop));
                    }
                    Err(Error::Refused(problem)) => {
                        let view = Refusal::from(*problem).view(permit.language(), permit.request_id());
                        results.push(DecideResult {
                            rating_id: item.rating_id,
                            status: view.status,
                            etag: None,
                            problem: Some(view),
                        });
                    }
                    Err(other) => return Err(other),
                }
            }
            let decided = changes.len();
            let answer = Answer::json(&DecideResults { decided, refused: results.len() - decided, results });
            Ok((answer, changes))
        })
        .await
}
