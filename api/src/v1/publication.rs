//! What one's own province shows to everybody.

use actix_web::{get, put};
use htcd_domain::publication::Publication;
use htcd_persistence::{Change, publication};

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;

/// What one's own province publishes.
#[utoipa::path(tag = "public", responses((status = 200, description = "What is published.", body = Publication)), security(("oauth2" = ["records:read"])))]
#[get("/v1/publication")]
pub async fn get_publication(permit: Permit<RecordsRead>) -> Result<Answer, Refusal> {
    permit
        .read(|_, tx| {
            let (published, revision) = publication::get(tx)?;
            Ok(Answer::resource(&published, revision))
        })
        .await
}

/// Set what the province publishes. Caches outside may show for five minutes more what was taken back.
#[utoipa::path(tag = "public", params(IfMatchHeader), request_body = Publication, responses((status = 200, description = "What is published.", body = Publication)), security(("oauth2" = ["settings:write"])))]
#[put("/v1/publication")]
pub async fn replace_publication(
    permit: Permit<SettingsWrite>,
    if_match: IfMatch,
    Body(body): Body<Publication>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = publication::get(tx)?;
            if_match.check(revision)?;
            publication::put(tx, body, revision)?;
            let tenant = permit.scope().province_id;
            let answer = Answer::resource(&body, revision + 1);
            Ok(Change::updated(answer, "publication", tenant, &before, &body).apart_from_figures())
        })
        .await
}
