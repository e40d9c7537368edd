//! Programs that act with a part of their owner's rights.

use actix_web::{delete, get, patch, post};
use htcd_domain::access::Permission;
use htcd_domain::id::{ServiceAccountId, ServiceSecretId, UserId};
use htcd_domain::service_account::{
    CreateServiceAccount, CreatedServiceAccount, NewSecret, PatchServiceAccount, SECRETS_AT_A_TIME, ServiceAccount,
};
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, service_account};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::auth::service::new_secret;
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, page_size, read_cursor, write_cursor};
use crate::permit::{Permit, ServiceAccounts};
use crate::problem::Refusal;

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListServiceAccounts {
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Whose accounts the caller sees: everybody's for whoever manages the tenant's users, otherwise their own.
fn owner(permit: &Permit<ServiceAccounts>) -> Option<UserId> {
    let manages_users =
        permit.caller().may(Permission::UsersManage, permit.today()) && permit.scope_of(Permission::UsersManage).whole;
    (!manages_users).then_some(permit.caller().user_id)
}

/// Service accounts: one's own, or all of the tenant for whoever manages its users.
#[utoipa::path(tag = "service accounts", params(ListServiceAccounts), responses((status = 200, description = "A page of accounts.", body = Page<ServiceAccount>)), security(("oauth2" = ["service_accounts:manage"])))]
#[get("/v1/service_accounts")]
pub async fn list_service_accounts(
    permit: Permit<ServiceAccounts>,
    Params(params): Params<ListServiceAccounts>,
) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let after: Option<ServiceAccountId> = read_cursor(params.cursor.as_deref())?;
    permit
        .read(move |permit, tx| {
            let accounts = service_account::page(tx, owner(permit), after, limit + 1)?;
            Ok(Answer::json(&Page::new(accounts, limit, |account: &ServiceAccount| write_cursor(&account.id))))
        })
        .await
}

/// One service account.
#[utoipa::path(tag = "service accounts", params(("service_account_id" = ServiceAccountId, Path, description = "The account.")), responses((status = 200, description = "The account.", body = ServiceAccount)), security(("oauth2" = ["service_accounts:manage"])))]
#[get("/v1/service_accounts/{service_account_id}")]
pub async fn get_service_account(
    permit: Permit<ServiceAccounts>,
    Segments(id): Segments<ServiceAccountId>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (account, revision) = service_account::find(tx, id, owner(permit))?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&account, revision))
        })
        .await
}

/// Make a service account in one's own right, with its first secret.
///
/// What it may do is listed, and never wider than what its owner may do at that moment. The secret is shown once.
#[utoipa::path(tag = "service accounts", request_body = CreateServiceAccount, responses((status = 201, description = "The account and its secret.", body = CreatedServiceAccount)), security(("oauth2" = ["service_accounts:manage"])))]
#[post("/v1/service_accounts")]
pub async fn create_service_account(
    permit: Permit<ServiceAccounts>,
    Body(body): Body<CreateServiceAccount>,
) -> Result<Answer, Refusal> {
    let (secret, hash) = new_secret()?;
    permit
        .write(move |permit, tx| {
            let mut account = ServiceAccount {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                client_id: String::new(),
                owner_id: permit.caller().user_id,
                name: body.name,
                permissions: body.permissions,
                networks: body.networks,
                active: true,
                expires_at: body.expires_at,
                last_used_at: None,
                secrets: vec![],
                created_at: permit.now(),
            };
            account.check(permit.caller(), permit.now(), permit.today())?;
            service_account::insert(tx, &mut account)?;
            let secret_id: ServiceSecretId = permit.new_id();
            service_account::insert_secret(tx, account.id, secret_id, &hash, permit.now())?;
            let (account, _) = service_account::find(tx, account.id, None)?.ok_or(Code::NotFound)?;
            let location = format!("/v1/service_accounts/{}", account.id);
            let view = |secret| CreatedServiceAccount { account: account.clone(), secret: NewSecret { id: secret_id, secret } };
            let answer = Answer::created(&view(Some(secret)), location).secret_but(&view(None));
            Ok(Change::created(answer, "service_account", account.id, &account))
        })
        .await
}

/// Change a service account. Only its owner lists permissions for it; whoever manages the tenant's users can stop it.
#[utoipa::path(tag = "service accounts", params(("service_account_id" = ServiceAccountId, Path, description = "The account."), IfMatchHeader), request_body(content = PatchServiceAccount, content_type = "application/merge-patch+json"), responses((status = 200, description = "The account.", body = ServiceAccount)), security(("oauth2" = ["service_accounts:manage"])))]
#[patch("/v1/service_accounts/{service_account_id}")]
pub async fn update_service_account(
    permit: Permit<ServiceAccounts>,
    Segments(id): Segments<ServiceAccountId>,
    if_match: IfMatch,
    Body(body): Body<PatchServiceAccount>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = service_account::find(tx, id, owner(permit))?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let is_own = before.owner_id == permit.caller().user_id;
            let only_stops = body.name.is_none()
                && body.permissions.is_none()
                && body.networks.is_none()
                && body.expires_at.is_none()
                && body.active != Some(true);
            if !is_own && !only_stops {
                return Err(Problem::new(Code::OutsideScope)
                    .detail(
                        "Tài khoản dịch vụ của người khác chỉ có thể bị dừng.",
                        "Somebody else's service account can only be stopped.",
                    )
                    .into());
            }
            let mut after = before.clone();
            after.name = body.name.unwrap_or(after.name);
            after.permissions = body.permissions.unwrap_or(after.permissions);
            after.networks = body.networks.unwrap_or(after.networks);
            after.active = body.active.unwrap_or(after.active);
            after.expires_at = body.expires_at.unwrap_or(after.expires_at);
            if !only_stops {
                after.check(permit.caller(), permit.now(), permit.today())?;
            }
            service_account::update(tx, &after, revision)?;
            Ok(Change::updated(Answer::resource(&after, revision + 1), "service_account", id, &before, &after))
        })
        .await
}

/// Make another secret, to change over to. Two are good at a time; it is shown once.
#[utoipa::path(tag = "service accounts", params(("service_account_id" = ServiceAccountId, Path, description = "The account.")), responses((status = 201, description = "The secret.", body = NewSecret)), security(("oauth2" = ["service_accounts:manage"])))]
#[post("/v1/service_accounts/{service_account_id}/secrets")]
pub async fn create_service_secret(
    permit: Permit<ServiceAccounts>,
    Segments(id): Segments<ServiceAccountId>,
) -> Result<Answer, Refusal> {
    let (secret, hash) = new_secret()?;
    permit
        .write(move |permit, tx| {
            // A secret is worth its owner's rights: nobody else gets one to see.
            let (account, _) = service_account::find(tx, id, Some(permit.caller().user_id))?.ok_or(Code::NotFound)?;
            if account.secrets.len() >= SECRETS_AT_A_TIME {
                return Err(Problem::new(Code::StateConflict)
                    .detail(
                        "Đã có hai mã bí mật; thu hồi mã cũ trước.",
                        "Two secrets are good already; revoke the old one first.",
                    )
                    .into());
            }
            let secret_id: ServiceSecretId = permit.new_id();
            service_account::insert_secret(tx, id, secret_id, &hash, permit.now())?;
            let view = |secret| NewSecret { id: secret_id, secret };
            let answer = Answer::created(&view(Some(secret)), format!("/v1/service_accounts/{id}")).secret_but(&view(None));
            Ok(Change::created(answer, "service_account", id, &serde_json::json!({ "secret_id": secret_id })))
        })
        .await
}

/// Revoke a secret.
#[utoipa::path(tag = "service accounts", params(("service_account_id" = ServiceAccountId, Path, description = "The account."), ("secret_id" = ServiceSecretId, Path, description = "The secret.")), responses((status = 204, description = "It is revoked.")), security(("oauth2" = ["service_accounts:manage"])))]
#[delete("/v1/service_accounts/{service_account_id}/secrets/{secret_id}")]
pub async fn delete_service_secret(
    permit: Permit<ServiceAccounts>,
    Segments((id, secret_id)): Segments<(ServiceAccountId, ServiceSecretId)>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            service_account::find(tx, id, owner(permit))?.ok_or(Code::NotFound)?;
            if !service_account::revoke_secret(tx, id, secret_id, permit.now())? {
                return Err(Code::NotFound.into());
            }
            let before = serde_json::json!({ "secret_id": secret_id });
            Ok(Change { after: None, ..Change::updated(Answer::nothing(), "service_account", id, &before, &()) })
        })
        .await
}
