//! What a tenant asks of those who sign in.

use actix_web::{get, put};
use htcd_domain::account::SignInPolicy as Policy;
use htcd_persistence::{Change, sign_in_policy};

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader};
use crate::permit::{Permit, SignInPolicy};
use crate::problem::Refusal;

/// What one's own tenant asks of those who sign in; for a national account, what the nation asks of its own.
#[utoipa::path(tag = "users", responses((status = 200, description = "The policy.", body = Policy)), security(("oauth2" = ["sign_in_policy:manage"])))]
#[get("/v1/sign_in_policy")]
pub async fn get_sign_in_policy(permit: Permit<SignInPolicy>) -> Result<Answer, Refusal> {
    permit
        .read(|_, tx| {
            let (policy, revision) = sign_in_policy::get(tx)?;
            Ok(Answer::resource(&policy, revision))
        })
        .await
}

/// Set what is asked. It holds at once, also for those who are signed in.
#[utoipa::path(tag = "users", params(IfMatchHeader), request_body = Policy, responses((status = 200, description = "The policy.", body = Policy)), security(("oauth2" = ["sign_in_policy:manage"])))]
#[put("/v1/sign_in_policy")]
pub async fn replace_sign_in_policy(
    permit: Permit<SignInPolicy>,
    if_match: IfMatch,
    Body(body): Body<Policy>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = sign_in_policy::get(tx)?;
            if_match.check(revision)?;
            sign_in_policy::put(tx, &body, revision)?;
            let tenant = permit.scope().province_id;
            Ok(Change::updated(Answer::resource(&body, revision + 1), "sign_in_policy", tenant, &before, &body))
        })
        .await
}
