//! The keys with which a province signs its submissions. The private half leaves the database in no answer.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use htcd_domain::id::ProvinceId;
use htcd_domain::user::plain;
use htcd_domain::{Code, Problem};
use htcd_persistence::submission_key::{self, SubmissionKey};
use htcd_persistence::{Change, Error, Tx};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::tenants;
use crate::answer::Answer;
use crate::extract::{Body, Segments};
use crate::permit::{Permit, Right, SettingsWrite, SubmissionsRead};
use crate::problem::Refusal;
use crate::seal::{ProvinceKeys, PublishedKey, generate};

/// The public keys of a province, which its submissions are verified with: those of before, too.
///
/// Save the answer as it is, once, by a way that you trust; `htcd verify-submission --keys` takes it.
#[utoipa::path(tag = "submissions", params(("province_id" = ProvinceId, Path, description = "The province.")), responses((status = 200, description = "Its keys.", body = ProvinceKeys)), security(("oauth2" = ["submissions:read"])))]
#[get("/v1/provinces/{province_id}/submission_keys")]
pub async fn list_submission_keys(
    permit: Permit<SubmissionsRead>,
    Segments(id): Segments<ProvinceId>,
) -> Result<Answer, Refusal> {
    permit
        .run(move |permit| {
            let (_, scope) = tenants(&permit).into_iter().find(|(tenant, _)| *tenant == id).ok_or(Code::NotFound)?;
            let name = permit.atlas().provinces.iter().find(|province| province.id == id).map(|province| province.name.clone());
            let keys = permit.database().read(&scope, submission_key::all)?;
            let keys = keys.iter().map(PublishedKey::of).collect();
            Ok(Answer::json(&ProvinceKeys { province_id: id, province_name: name.ok_or(Code::NotFound)?, keys }))
        })
        .await
}

fn stored<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, at: DateTime<Utc>) -> htcd_persistence::Result<(Answer, SubmissionKey)> {
    let key = generate(at).map_err(|refusal| Error::from(refusal.into_problem()))?;
    submission_key::insert(tx, &key)?;
    let place = format!("/v1/provinces/{}/submission_keys", permit.scope().province_id);
    Ok((Answer::created(&PublishedKey::of(&key), place), key))
}

/// Make the province's first key to sign submissions with.
#[utoipa::path(tag = "submissions", responses((status = 201, description = "The public half of the key.", body = PublishedKey)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/submission_keys")]
pub async fn create_submission_key(permit: Permit<SettingsWrite>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            if submission_key::hold_signing(tx)?.is_some() {
                return Err(submission_key::there_is_one().into());
            }
            let (answer, key) = stored(permit, tx, htcd_domain::submission::cut(permit.now()))?;
            Ok(Change::created(answer, "submission_key", &key.id, &PublishedKey::of(&key)).apart_from_figures())
        })
        .await
}

/// Why a key is replaced.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RotateSubmissionKey {
    /// Why.
    #[validate(length(min = 1, max = 2000), custom(function = "plain"))]
    #[schema(example = "Thay khóa định kỳ hằng năm.", min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Replace the key: a new one signs from now on. What the old one signed stays good; its private half is erased.
#[utoipa::path(tag = "submissions", request_body = RotateSubmissionKey, responses((status = 201, description = "The public half of the new key.", body = PublishedKey)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/submission_keys/rotate")]
pub async fn rotate_submission_key(
    permit: Permit<SettingsWrite>,
    Body(body): Body<RotateSubmissionKey>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let old = submission_key::hold_signing(tx)?.ok_or_else(|| {
                Problem::new(Code::StateConflict).detail(
                    "Tỉnh chưa có khóa ký; tạo khóa đầu tiên ở POST /v1/submission_keys.",
                    "The province has no key yet; make the first one at POST /v1/submission_keys.",
                )
            })?;
            let now = htcd_domain::submission::cut(permit.now());
            submission_key::retire(tx, &old.id, now)?;
            let (answer, key) = stored(permit, tx, now)?;
            let (before, after) = (PublishedKey::of(&old), PublishedKey::of(&key));
            let change = Change::updated(answer, "submission_key", &key.id, &before, &after);
            Ok(change.because(Some(&body.reason)).apart_from_figures())
        })
        .await
}
