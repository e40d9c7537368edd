//! Rating rounds.

use actix_web::{get, patch, post};
use htcd_domain::id::{CentreId, RatingId, RoundId, UnitId};
use htcd_domain::rating::RatingState;
use htcd_domain::round::{CreateRound, PatchRound, RerouteRound, Round, RoundStatus};
use htcd_domain::scheme::{SchemeStatus, Subject};
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, rating, round, scheme};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RoundsRead, RoundsWrite};
use crate::problem::Refusal;

/// Which rounds a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRounds {
    /// Of this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// Of centres or communes.
    subject: Option<Subject>,
    /// Open or closed.
    status: Option<RoundStatus>,
}

/// The province's rounds, newest year first.
#[utoipa::path(tag = "rounds", params(ListRounds), responses((status = 200, description = "Rounds.", body = [Round])), security(("oauth2" = ["rounds:read"])))]
#[get("/v1/rounds")]
pub async fn list_rounds(permit: Permit<RoundsRead>, Params(params): Params<ListRounds>) -> Result<Answer, Refusal> {
    permit.read(move |_, tx| Ok(Answer::json(&round::all(tx, params.year, params.subject, params.status)?))).await
}

/// One round.
#[utoipa::path(tag = "rounds", params(("round_id" = RoundId, Path, description = "The round.")), responses((status = 200, description = "The round.", body = Round)), security(("oauth2" = ["rounds:read"])))]
#[get("/v1/rounds/{round_id}")]
pub async fn get_round(permit: Permit<RoundsRead>, Segments(id): Segments<RoundId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            let (round, revision) = round::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&round, revision))
        })
        .await
}

/// Open a round: a year, a published scheme, and the route that its ratings take.
#[utoipa::path(tag = "rounds", request_body = CreateRound, responses((status = 201, description = "The round.", body = Round)), security(("oauth2" = ["rounds:write"])))]
#[post("/v1/rounds")]
pub async fn create_round(permit: Permit<RoundsWrite>, Body(body): Body<CreateRound>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let found = scheme::find(tx, body.scheme_id)?
                .map(|(scheme, _)| scheme)
                .filter(|scheme| scheme.status == SchemeStatus::Published);
            let scheme = found.ok_or_else(|| {
                Problem::rule(
                    "/scheme_id",
                    "scheme_published",
                    "Bộ tiêu chí phải đã được ban hành.",
                    "The scheme must be published.",
                )
            })?;
            scheme.content.check_usable()?;
            body.check(scheme.content.subject, &permit.atlas().map)?;
            let (data_from, data_to) = body.window();
            let round = Round {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                scheme_id: scheme.id,
                subject: scheme.content.subject,
                year: body.year,
                title: body.title,
                data_from,
                data_to,
                route: body.route,
                status: RoundStatus::Open,
                earlier_routes: vec![],
            };
            round::insert(tx, &round, permit.now())?;
            Ok(Change::created(Answer::created(&round, format!("/v1/rounds/{}", round.id)), "round", round.id, &round))
        })
        .await
}

/// Change a round's title, close it, or open it again.
#[utoipa::path(tag = "rounds", params(("round_id" = RoundId, Path, description = "The round."), IfMatchHeader), request_body(content = PatchRound, content_type = "application/merge-patch+json"), responses((status = 200, description = "The round.", body = Round)), security(("oauth2" = ["rounds:write"])))]
#[patch("/v1/rounds/{round_id}")]
pub async fn update_round(
    permit: Permit<RoundsWrite>,
    Segments(id): Segments<RoundId>,
    if_match: IfMatch,
    Body(body): Body<PatchRound>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |_, tx| {
            let (before, revision) = round::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let after = Round {
                title: body.title.unwrap_or_else(|| before.title.clone()),
                status: body.status.unwrap_or(before.status),
                ..before.clone()
            };
            round::update(tx, &after, revision)?;
            Ok(Change::updated(Answer::resource(&after, revision + 1), "round", id, &before, &after))
        })
        .await
}

/// How to move a round.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RerouteOptions {
    /// Only show what would move.
    dry_run: Option<bool>,
}

/// Where a rating stands, before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedRating {
    /// The rating.
    pub rating_id: RatingId,
    /// The centre; `null` for a commune's title.
    pub centre_id: Option<CentreId>,
    /// The commune.
    pub commune_id: UnitId,
    /// Its state on the route before.
    pub from_state: RatingState,
    /// The stage of that route that it waited for, counted from 0.
    pub from_stage: usize,
    /// Its state now.
    pub to_state: RatingState,
    /// The stage of the new route that it waits for.
    pub to_stage: usize,
}

/// A round on its new route.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReroutedRound {
    /// Whether nothing was stored because only a look was asked for.
    pub dry_run: bool,
    /// The round.
    pub round: Round,
    /// The ratings that wait for somebody else now; those that are not handed in, and those that are decided, are not among them.
    pub moved: Vec<MovedRating>,
}

/// Move an open round to another route.
///
/// A round goes on by the route that it began with, also when a level ends meanwhile, until somebody moves it. What was verified
/// stays verified: a rating waits for the first stage above the level that verified it last. Decided ratings are as they were.
/// Steps that were taken keep their stage of the route of then (`earlier_routes`), and whoever took one takes no other.
#[utoipa::path(tag = "rounds", params(("round_id" = RoundId, Path, description = "The round."), RerouteOptions, IfMatchHeader), request_body = RerouteRound, responses((status = 200, description = "The round, and what moved.", body = ReroutedRound)), security(("oauth2" = ["rounds:write"])))]
#[post("/v1/rounds/{round_id}/reroute")]
pub async fn reroute_round(
    permit: Permit<RoundsWrite>,
    Segments(id): Segments<RoundId>,
    Params(options): Params<RerouteOptions>,
    if_match: IfMatch,
    Body(body): Body<RerouteRound>,
) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (before, revision) = round::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            body.check(&before, &permit.atlas().map, permit.today())?;
            let (reason, dry_run) = (body.reason.clone(), options.dry_run.unwrap_or(false));
            let after = before.rerouted(body, permit.now());
            let (mut moved, mut changes) = (vec![], vec![]);
            for (was, seen) in rating::under_way(tx, id)? {
                let moves = was.rerouted(&before.route, &after.route, permit.now());
                let is = moves.as_ref().unwrap_or(&was);
                let waits = |round: &Round, stage: usize| round.route.get(stage).map(|stage| (stage.task, stage.level));
                // What is decided stands at the end of any route.
                if !was.state.is_decided() && (was.state, waits(&before, was.stage)) != (is.state, waits(&after, is.stage)) {
                    moved.push(MovedRating {
                        rating_id: is.id,
                        centre_id: is.centre_id,
                        commune_id: is.commune_id,
                        from_state: was.state,
                        from_stage: was.stage,
                        to_state: is.state,
                        to_stage: is.stage,
                    });
                }
                if let Some(is) = moves.filter(|_| !dry_run) {
                    rating::reroute(tx, &is, seen)?;
                    changes.push(Change::updated((), "rating", is.id, &was, &is).because(Some(&reason)).apart_from_figures());
                }
            }
            if dry_run {
                let answer = Answer::resource(&ReroutedRound { dry_run, round: after, moved }, revision);
                return Ok((answer, vec![]));
            }
            round::update(tx, &after, revision)?;
            changes.insert(0, Change::updated((), "round", id, &before, &after).because(Some(&reason)));
            Ok((Answer::resource(&ReroutedRound { dry_run, round: after, moved }, revision + 1), changes))
        })
        .await
}
