//! Who one is.

use actix_web::{get, post};
use htcd_domain::Coded;
use htcd_domain::access::{Grant, Permission};
use htcd_domain::id::{ProvinceId, UserId};
use htcd_persistence::{Change, session};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::permit::{Me, Permit};
use crate::problem::Refusal;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// Identity.
    pub id: UserId,
    /// The name they sign in with.
    #[schema(example = "nguyen.thi.lan")]
    pub username: String,
    /// The tenant; the nil UUID for national accounts.
    pub province_id: ProvinceId,
    /// Roles, with what they stand on.
    pub grants: Vec<Grant>,
    /// What these roles permit today.
    pub permissions: Vec<Permission>,
}

/// Who one is, and what one may do.
#[utoipa::path(tag = "sign-in", responses((status = 200, description = "The caller.", body = MeView)), security(("oauth2" = ["me"])))]
#[get("/v1/me")]
pub async fn get_me(permit: Permit<Me>) -> Result<Answer, Refusal> {
    let (caller, today) = (permit.caller(), permit.today());
    let permissions = Permission::ALL.iter().copied().filter(|permission| caller.may(*permission, today)).collect();
    Ok(Answer::json(&MeView {
        id: caller.user_id,
        username: caller.username.clone(),
        province_id: caller.province_id,
        grants: caller.grants.clone(),
        permissions,
    }))
}

/// Sign out everywhere: end every sign-in of one's own.
#[utoipa::path(tag = "sign-in", responses((status = 204, description = "Every sign-in is over, this one too.")), security(("oauth2" = ["me"])))]
#[post("/v1/me/sign_out_everywhere")]
pub async fn sign_out_everywhere(permit: Permit<Me>) -> Result<Answer, Refusal> {
    let answer = permit
        .write(|permit, tx| {
            let user = permit.caller().user_id;
            session::revoke_all(tx, user, permit.now())?;
            Ok(Change::updated(
                Answer::nothing(),
                "user",
                user,
                &serde_json::json!({}),
                &serde_json::json!({ "signed_out": "everywhere" }),
            ))
        })
        .await?;
    Ok(answer)
}
