//! Rating rounds.

use actix_web::{get, patch, post};
use htcd_domain::id::RoundId;
use htcd_domain::round::{CreateRound, PatchRound, Round, RoundStatus};
use htcd_domain::scheme::{SchemeStatus, Subject};
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, round, scheme};
use serde::Deserialize;
use utoipa::IntoParams;

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
