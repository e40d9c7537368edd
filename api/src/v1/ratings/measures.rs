//! What a centre's records say of the criteria of its rating.

use std::collections::BTreeMap;

use actix_web::get;
use chrono::{DateTime, Utc};
use htcd_domain::Code;
use htcd_domain::id::{CentreId, RatingId};
use htcd_domain::measure::{CriterionMeasure, Measured, Records, Taking};
use htcd_domain::round::Round;
use htcd_domain::scheme::SchemeContent;
use htcd_persistence::{Result as Stored, Tx, measure, rating, round};

use crate::answer::Answer;
use crate::extract::Segments;
use crate::permit::{Permit, RatingsRead};
use crate::problem::Refusal;

/// What the records of a centre say in a round's data window, by criterion; nothing for a commune, nor where the scheme
/// measures nothing.
pub fn measured(
    tx: &mut Tx<'_>,
    round: &Round,
    scheme: &SchemeContent,
    centre: Option<CentreId>,
    at: DateTime<Utc>,
) -> Stored<BTreeMap<String, Measured>> {
    let Some(centre) = centre.filter(|_| !scheme.measured().is_empty()) else { return Ok(BTreeMap::new()) };
    let records = Records {
        work: measure::work(tx, centre, round.data_from, round.data_to)?,
        plan: if scheme.measures_plan() { measure::planned(tx, centre, round.year)? } else { None },
        ..if scheme.measures_others() { measure::others(tx, centre, round)? } else { Records::default() }
    };
    Ok(scheme.measure(&Taking { centre, round, at }, &records))
}

/// What the centre's records say now of each criterion that they measure, beside what the self-assessment rests on.
///
/// Records may have moved since it was saved. What a submitted or decided rating rests on stays as it was.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating.")), responses((status = 200, description = "The measured criteria, in the scheme's order.", body = [CriterionMeasure])), security(("oauth2" = ["ratings:read"])))]
#[get("/v1/ratings/{rating_id}/measures")]
pub async fn list_rating_measures(permit: Permit<RatingsRead>, Segments(id): Segments<RatingId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (rating, _) = rating::find(tx, id)?.ok_or(Code::NotFound)?;
            let (round, _) = round::find(tx, rating.round_id)?.ok_or(Code::NotFound)?;
            let scheme = permit.app().scheme(tx, round.scheme_id)?;
            let now = measured(tx, &round, &scheme.content, rating.centre_id, permit.now())?;
            let own = rating.own.as_ref().map_or(&[][..], |own| &own.scores);
            Ok(Answer::json(&CriterionMeasure::all(&scheme.content, now, own)))
        })
        .await
}
