//! Walking a rating through its route. Each step is refused unless `Case::permit` allows it.

use actix_web::{post, put};
use htcd_domain::id::RatingId;
use htcd_domain::rating::{
    AmendRating, Assessment, CreateRating, DecideRating, PutAssessment, Rating, RatingAction, ReturnRating, merge_scores,
    scored_on,
};
use htcd_domain::rating_step::Step;
use htcd_domain::round::RoundStatus;
use htcd_domain::scheme::{Method, Outcome, SchemeContent, Score, Subject};
use htcd_domain::unit::Level;
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, Tx, centre, rating, round};

use super::case::{Loaded, RatingView, hand};
use super::evidence;
use super::measures::measured;
use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader, Segments};
use crate::permit::{Permit, RatingsDecide, RatingsDraft, RatingsReturn, RatingsSubmit, RatingsVerify, Right};
use crate::problem::Refusal;

/// Start the rating of a centre (or commune) in a round.
///
/// Where the scheme measures criteria by the centre's records, the self-assessment begins with what these suggest.
#[utoipa::path(tag = "ratings", request_body = CreateRating, responses((status = 201, description = "The rating, a draft.", body = RatingView)), security(("oauth2" = ["ratings:draft"])))]
#[post("/v1/ratings")]
pub async fn create_rating(permit: Permit<RatingsDraft>, Body(body): Body<CreateRating>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let missing = || {
                Problem::rule(
                    "/round_id",
                    "round_exists",
                    "Không có đợt này trong tỉnh.",
                    "There is no such round in the province.",
                )
            };
            let (round, _) = round::find(tx, body.round_id)?.ok_or_else(missing)?;
            if round.status == RoundStatus::Closed {
                return Err(Problem::new(Code::StateConflict)
                    .detail("Đợt đánh giá đã đóng.", "The round is closed.")
                    .with("state", round.status)
                    .into());
            }
            let (centre_id, commune_id) = match round.subject {
                Subject::Centre => rated_centre(tx, &body, round.data_to)?,
                Subject::Commune => rated_commune(permit, &body, round.data_to)?,
            };
            let id = body.id.unwrap_or_else(|| permit.new_id());
            let scheme = permit.app().scheme(tx, round.scheme_id)?;
            let measured = measured(tx, &round, &scheme.content, centre_id, permit.now())?;
            let own =
                (!measured.is_empty()).then(|| assessed(permit, &scheme.content, scheme.content.prefilled(&measured), None));
            let (rating, step) = Rating::draft(id, &round, centre_id, commune_id, own, hand(permit.caller()), permit.now());
            rating::insert(tx, &rating, &step)?;
            let stored = rating.clone();
            let loaded = Loaded::around(permit, tx, rating, 1)?;
            Ok(Change::created(Answer::created(&loaded.view(), format!("/v1/ratings/{id}")), "rating", id, &stored))
        })
        .await
}

type Rated = (Option<htcd_domain::id::CentreId>, htcd_domain::id::UnitId);

fn rated_centre(tx: &mut Tx<'_>, body: &CreateRating, cut_off: chrono::NaiveDate) -> htcd_persistence::Result<Rated> {
    let missing = || {
        Problem::rule(
            "/centre_id",
            "centre_in_scope",
            "Đợt này đánh giá trung tâm: cần centre_id trong phạm vi của bạn.",
            "This round rates centres: give the centre_id of one in your scope.",
        )
    };
    let id = body.centre_id.filter(|_| body.commune_id.is_none()).ok_or_else(missing)?;
    let (centre, _) = centre::find(tx, id)?.ok_or_else(missing)?;
    let placement = centre::placements(tx, id)?
        .into_iter()
        .find(|placement| placement.valid_from <= cut_off && placement.valid_to.is_none_or(|to| cut_off <= to));
    match placement {
        Some(placement) if centre.exists_on(cut_off) => Ok((Some(id), placement.commune_id)),
        _ => {
            let (vi, en) = (
                format!("Trung tâm không hoạt động vào ngày {}.", cut_off.format("%d/%m/%Y")),
                format!("The centre did not exist on {cut_off}."),
            );
            Err(Problem::rule("/centre_id", "centre_existed", vi, en).into())
        }
    }
}

fn rated_commune(
    permit: &Permit<RatingsDraft>,
    body: &CreateRating,
    cut_off: chrono::NaiveDate,
) -> htcd_persistence::Result<Rated> {
    let missing = || {
        Problem::rule(
            "/commune_id",
            "commune_in_scope",
            "Đợt này xét danh hiệu cấp xã: cần commune_id trong phạm vi, có trên bản đồ của kỳ.",
            "This round rates communes: give the commune_id of one in your scope and on the round's map.",
        )
    };
    let id = body.commune_id.filter(|_| body.centre_id.is_none()).ok_or_else(missing)?;
    let is_commune = permit.atlas().map.get(id).is_some_and(|unit| unit.level == Level::Commune && unit.on(cut_off).is_some());
    if is_commune && permit.scope().covers(id, None) { Ok((None, id)) } else { Err(missing().into()) }
}

fn assessed<R: Right>(permit: &Permit<R>, scheme: &SchemeContent, scores: Vec<Score>, note: Option<String>) -> Assessment {
    let outcome = scheme.outcome(&scores);
    Assessment { scores, outcome, note, by: permit.caller().user_id, at: permit.now() }
}

/// Save the self-assessment. It may be incomplete; after a return only reopened criteria change.
///
/// Criteria that the scheme measures are measured anew. A score that is not what the records suggest gives a reason.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), request_body = PutAssessment, responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:draft"])))]
#[put("/v1/ratings/{rating_id}/assessments/self")]
pub async fn save_self_assessment(
    permit: Permit<RatingsDraft>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
    Body(body): Body<PutAssessment>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            loaded.permit(RatingAction::Assess, &if_match)?;
            evidence::check(tx, &loaded.rating, &body.scores)?;
            let scores = loaded.case().measure(body.scores);
            loaded.case().check_own(&scores)?;
            let assessment = assessed(permit, &loaded.scheme.content, scores, body.note);
            loaded.advance(permit, tx, Step::Assess(assessment))
        })
        .await
}

/// Hand in the self-assessment.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:submit"])))]
#[post("/v1/ratings/{rating_id}/submit")]
pub async fn submit_rating(
    permit: Permit<RatingsSubmit>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            loaded.permit(RatingAction::Submit, &if_match)?;
            loaded.advance(permit, tx, Step::Submit)
        })
        .await
}

/// What a verification starts from: what the verification before it found, else the self-assessment.
fn before_verification(tx: &mut Tx<'_>, rating: &Rating) -> htcd_persistence::Result<Vec<Score>> {
    let own = rating.own.as_ref().map_or(&[][..], |own| &own.scores);
    // A return goes back to the first stage, so the newest verification since then is of this pass.
    let steps = rating::steps(tx, rating.id)?;
    let mut pass = steps.into_iter().rev().take_while(|step| step.action != Some(RatingAction::Return));
    let earlier = pass.find(|step| step.action == Some(RatingAction::Verify));
    Ok(earlier.and_then(|step| step.assessment).map_or_else(|| own.to_vec(), |assessment| assessment.scores))
}

/// Save the verifier's assessment. A score that differs from the assessment before gives a reason.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), request_body = PutAssessment, responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:verify"])))]
#[put("/v1/ratings/{rating_id}/assessments/verified")]
pub async fn save_verified_assessment(
    permit: Permit<RatingsVerify>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
    Body(body): Body<PutAssessment>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            loaded.permit(RatingAction::SaveVerification, &if_match)?;
            evidence::check(tx, &loaded.rating, &body.scores)?;
            let base = before_verification(tx, &loaded.rating)?;
            let scores = scored_on(&base, body.scores);
            loaded.scheme.content.check_scores(&scores, false)?;
            loaded.case().check_differences(&base, &scores)?;
            let assessment = assessed(permit, &loaded.scheme.content, scores, body.note);
            loaded.advance(permit, tx, Step::SaveVerification(assessment))
        })
        .await
}

/// Send a rating back, naming criteria and a reason. Just those are reopened.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), request_body = ReturnRating, responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:return"])))]
#[post("/v1/ratings/{rating_id}/return")]
pub async fn return_rating(
    permit: Permit<RatingsReturn>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
    Body(body): Body<ReturnRating>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            loaded.permit(RatingAction::Return, &if_match)?;
            if let Some(place) = body.criteria.iter().position(|code| !loaded.scheme.content.has_criterion(code)) {
                return Err(Problem::rule(
                    &format!("/criteria/{place}"),
                    "criterion_exists",
                    "Bộ tiêu chí không có tiêu chí này.",
                    "The scheme has no such criterion.",
                )
                .into());
            }
            loaded.advance(permit, tx, Step::Return { criteria: body.criteria, reason: body.reason })
        })
        .await
}

/// Confirm the verification. Criteria that the verifier did not score are taken over from the assessment before.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:verify"])))]
#[post("/v1/ratings/{rating_id}/verify")]
pub async fn verify_rating(
    permit: Permit<RatingsVerify>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            loaded.permit(RatingAction::Verify, &if_match)?;
            let base = before_verification(tx, &loaded.rating)?;
            let verified = loaded.rating.verified.as_ref();
            let scores = merge_scores(&base, verified.map_or(&[][..], |verified| &verified.scores));
            loaded.scheme.content.check_scores(&scores, true)?;
            let assessment =
                assessed(permit, &loaded.scheme.content, scores, verified.and_then(|verified| verified.note.clone()));
            loaded.advance(permit, tx, Step::Verify(assessment))
        })
        .await
}

/// Decides one rating; the single and the bulk operation both come here.
pub fn decide(
    permit: &Permit<RatingsDecide>,
    tx: &mut Tx<'_>,
    id: RatingId,
    seen: &IfMatch,
    body: DecideRating,
) -> htcd_persistence::Result<Change<Answer>> {
    let loaded = Loaded::find(permit, tx, id)?;
    loaded.permit(RatingAction::Decide, seen)?;
    evidence::check(tx, &loaded.rating, &body.scores)?;
    let base = loaded.case().base_scores().to_vec();
    let changed = scored_on(&base, body.scores);
    loaded.scheme.content.check_scores(&changed, false)?;
    loaded.case().check_differences(&base, &changed)?;
    let scores = merge_scores(&base, &changed);
    loaded.scheme.content.check_scores(&scores, true)?;
    let assessment = assessed(permit, &loaded.scheme.content, scores, body.note);
    let outcome = assessment.outcome.ok_or_else(|| {
        Problem::rule("/scores", "outcome", "Chưa tính được xếp loại từ các điểm.", "The scores do not come to a rank.")
    })?;
    loaded.case().check_decision(body.decision.as_ref(), outcome.rank, permit.today())?;
    loaded.advance(permit, tx, Step::Decide { decided: assessment, decision: body.decision })
}

/// Decide a rating. It is sealed by that; a correction is an amendment.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), request_body = DecideRating, responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:decide"])))]
#[post("/v1/ratings/{rating_id}/decide")]
pub async fn decide_rating(
    permit: Permit<RatingsDecide>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
    Body(body): Body<DecideRating>,
) -> Result<Answer, Refusal> {
    permit.write(move |permit, tx| decide(permit, tx, id, &if_match, body)).await
}

/// Correct a decided rating, with a reason. The decision it corrects stays in the history.
#[utoipa::path(tag = "ratings", params(("rating_id" = RatingId, Path, description = "The rating."), IfMatchHeader), request_body = AmendRating, responses((status = 200, description = "The rating.", body = RatingView)), security(("oauth2" = ["ratings:decide"])))]
#[post("/v1/ratings/{rating_id}/amend")]
pub async fn amend_rating(
    permit: Permit<RatingsDecide>,
    Segments(id): Segments<RatingId>,
    if_match: IfMatch,
    Body(body): Body<AmendRating>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            loaded.permit(RatingAction::Amend, &if_match)?;
            evidence::check(tx, &loaded.rating, &body.scores)?;
            let before = loaded.rating.decided.clone().unwrap_or_else(|| assessed(permit, &loaded.scheme.content, vec![], None));
            let mut assessment = if before.scores.is_empty() {
                amend_past_result(permit, &loaded, &before, &body)?
            } else {
                if body.rank.is_some() || body.points.is_some() {
                    let (vi, en) = (
                        "Hồ sơ có điểm từng tiêu chí: sửa điểm, xếp loại được tính lại.",
                        "The rating has scores: change those, and the rank follows.",
                    );
                    return Err(Problem::rule("/rank", "rank_follows_scores", vi, en).into());
                }
                let changed = scored_on(&before.scores, body.scores);
                loaded.scheme.content.check_scores(&changed, false)?;
                loaded.case().check_differences(&before.scores, &changed)?;
                let scores = merge_scores(&before.scores, &changed);
                loaded.scheme.content.check_scores(&scores, true)?;
                assessed(permit, &loaded.scheme.content, scores, before.note.clone())
            };
            let outcome = assessment.outcome.ok_or_else(|| {
                Problem::rule("/scores", "outcome", "Chưa tính được xếp loại từ các điểm.", "The scores do not come to a rank.")
            })?;
            loaded.case().check_decision(body.decision.as_ref(), outcome.rank, permit.today())?;
            assessment.note = before.note;
            loaded.advance(permit, tx, Step::Amend { decided: assessment, decision: body.decision, reason: body.reason })
        })
        .await
}

/// A past result that was entered without scores is corrected by its rank and points.
fn amend_past_result(
    permit: &Permit<RatingsDecide>,
    loaded: &Loaded,
    before: &Assessment,
    body: &AmendRating,
) -> Result<Assessment, Problem> {
    let rule = Problem::rule;
    if !body.scores.is_empty() {
        return Err(rule(
            "/scores",
            "no_scores",
            "Kết quả nhập từ năm trước không có điểm từng tiêu chí.",
            "A past result has no scores by criterion.",
        ));
    }
    let rank = body.rank.ok_or_else(|| rule("/rank", "rank_needed", "Cần xếp loại mới.", "The new rank is needed."))?;
    let content = &loaded.scheme.content;
    if !content.ranks.iter().any(|rule| rule.rank == rank) {
        return Err(rule(
            "/rank",
            "rank_of_scheme",
            "Bộ tiêu chí của đợt không có mức này.",
            "The round's scheme has no such rank.",
        ));
    }
    let points = body.points.or(before
        .outcome
        .and_then(|outcome| outcome.points)
        .filter(|_| before.outcome.is_some_and(|outcome| outcome.rank == rank)));
    if points.is_some() && content.method != Method::Points {
        return Err(rule(
            "/points",
            "levels_only",
            "Bộ tiêu chí này xét mức độ, không chấm điểm.",
            "This scheme takes levels, not points.",
        ));
    }
    if points.is_some_and(|points| !content.points_fit(rank, points)) {
        return Err(rule(
            "/points",
            "points_fit_rank",
            "Điểm không khớp xếp loại theo ngưỡng của bộ tiêu chí.",
            "The points do not fit the rank by the scheme's thresholds.",
        ));
    }
    Ok(Assessment {
        scores: vec![],
        outcome: Some(Outcome { rank, points }),
        note: None,
        by: permit.caller().user_id,
        at: permit.now(),
    })
}
