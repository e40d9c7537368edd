//! People who sign in, and their grants.

use actix_web::{delete, get, patch, post};
use htcd_domain::access::{CreateGrant, Grant};
use htcd_domain::account::{CodePurpose, Delivery, UserStatus};
use htcd_domain::id::{GrantId, IdentityId, ProvinceId, UserId};
use htcd_domain::personal::{Email, Phone};
use htcd_domain::text::tidy;
use htcd_domain::user::{ContactView, CreateIdentity, CreateUser, HandedCode, InvitedUser, PatchUser, User, UserIdentity};
use htcd_domain::{Code, Problem};
use htcd_persistence::user::UserFilter;
use htcd_persistence::{Change, Tx, account, centre, user, user_identity};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::me::end_all;
use crate::answer::{Answer, Page};
use crate::auth::codes;
use crate::auth::issuer::lookup_key;
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, page_size, read_cursor, write_cursor};
use crate::permit::{Permit, Right, SignInPolicy, UsersContact, UsersManage, UsersRead};
use crate::problem::Refusal;

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUsers {
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// With accounts that stand so.
    status: Option<UserStatus>,
    /// Whose username begins so.
    #[param(max_length = 64, example = "nguyen")]
    username: Option<String>,
}

/// The users whom one manages, by username: all of the province (or of the nation, for national accounts), or those
/// whose every role lies below one's own commune or centre.
#[utoipa::path(tag = "users", params(ListUsers), responses((status = 200, description = "A page of users.", body = Page<User>)), security(("oauth2" = ["users:read"])))]
#[get("/v1/users")]
pub async fn list_users(permit: Permit<UsersRead>, Params(params): Params<ListUsers>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(String, UserId)> = read_cursor(params.cursor.as_deref())?;
    let filter = UserFilter { status: params.status, username: params.username };
    permit
        .read(move |_, tx| {
            let users = user::page(tx, &filter, cursor.clone(), limit + 1)?;
            Ok(Answer::json(&Page::new(users, limit, |user: &User| write_cursor(&(&user.username, user.id)))))
        })
        .await
}

/// One user.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), responses((status = 200, description = "The user.", body = User)), security(("oauth2" = ["users:read"])))]
#[get("/v1/users/{user_id}")]
pub async fn get_user(permit: Permit<UsersRead>, Segments(id): Segments<UserId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            let (user, revision) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&user, revision))
        })
        .await
}

/// Invite somebody, with the roles they start with.
///
/// They set their password themselves, with the activation code: it stands in the answer, once, to be handed over, or is
/// mailed. Nobody gives a role above their own, nor beyond where they appoint. The platform's administrators invite the
/// first administrators of a province: such a user belongs to the province of their first grant's unit.
#[utoipa::path(tag = "users", request_body = CreateUser, responses((status = 201, description = "The user, with the code to be handed over.", body = InvitedUser)), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users")]
pub async fn create_user(permit: Permit<UsersManage>, Body(body): Body<CreateUser>) -> Result<Answer, Refusal> {
    for grant in &body.grants {
        grant.check_shape(&permit.atlas().map, permit.today())?;
    }
    let province = home_of(&permit, &body)?;
    let permit = permit.at_home(province)?;
    permit
        .write(move |permit, tx| {
            let invited = invite(permit, tx, body)?;
            let location = format!("/v1/users/{}", invited.user.id);
            let kept = InvitedUser { activation: codes::without_code(&invited.activation), ..invited.clone() };
            let answer = Answer::created(&invited, location).secret_but(&kept);
            Ok(Change::created(answer, "user", invited.user.id, &invited.user))
        })
        .await
}

/// Stores an invitation with its code, once the inviter's reach is checked.
pub(super) fn invite(permit: &Permit<UsersManage>, tx: &mut Tx<'_>, body: CreateUser) -> htcd_persistence::Result<InvitedUser> {
    if body.grants.is_empty() && !permit.scope().whole {
        return Err(Problem::rule(
            "/grants",
            "at_least_one_role",
            "Người được mời phải có ít nhất một vai trò trong phạm vi của bạn.",
            "Somebody invited here needs at least one role within your scope.",
        )
        .into());
    }
    for grant in &body.grants {
        appoints(permit, tx, grant)?;
    }
    let now = permit.now();
    let id = body.id.unwrap_or_else(|| permit.new_id());
    let new = User::new(id, permit.scope().province_id, body.username, tidy(&body.display_name), now);
    let user = User {
        email: body.email.map(Email::from),
        phone: body.phone.map(Phone::from),
        grants: body.grants.iter().map(|grant| granted(permit, grant)).collect(),
        ..new
    };
    user::insert(tx, &user, None)?;
    let activation = codes::hand_over(tx, &user, CodePurpose::Activation, body.delivery, now)?;
    Ok(InvitedUser { user, activation })
}

/// The giver appoints to the role where the grant stands.
fn appoints(permit: &Permit<UsersManage>, tx: &mut Tx<'_>, grant: &CreateGrant) -> htcd_persistence::Result<()> {
    let commune = match grant.centre_id {
        Some(id) => centre::find(tx, id)?.map(|(centre, _)| centre.commune_id),
        None => None,
    };
    Ok(grant.check(permit.caller(), permit.scope().province_id, commune, &permit.atlas().map, permit.today())?)
}

/// The tenant of a new user: the maker's own; for the platform's administrators, that of the grants.
fn home_of(permit: &Permit<UsersManage>, body: &CreateUser) -> Result<ProvinceId, Refusal> {
    let own = permit.caller().province_id;
    let Some(unit) = body.grants.iter().find_map(|grant| grant.unit_id).filter(|_| own.is_nation()) else { return Ok(own) };
    let tenant = permit.atlas().tenant_of(unit).ok_or_else(|| {
        Problem::rule(
            "/grants/0/unit_id",
            "province_exists",
            "Tỉnh này chưa có trong hệ thống; tạo ở POST /v1/provinces trước.",
            "The province is not a tenant yet; make it one by POST /v1/provinces first.",
        )
    })?;
    let is_one = body.grants.iter().all(|grant| grant.unit_id.and_then(|unit| permit.atlas().tenant_of(unit)) == Some(tenant));
    if is_one {
        Ok(tenant)
    } else {
        Err(Problem::rule(
            "/grants",
            "one_province",
            "Mọi vai trò của một tài khoản thuộc cùng một tỉnh.",
            "All roles of an account belong to one province.",
        )
        .into())
    }
}

fn granted<R: Right>(permit: &Permit<R>, grant: &CreateGrant) -> Grant {
    Grant {
        id: permit.new_id(),
        role: grant.role,
        unit_id: grant.unit_id,
        centre_id: grant.centre_id,
        valid_from: grant.valid_from.unwrap_or(permit.today()),
        valid_to: grant.valid_to,
        taken_on: None,
    }
}

/// Change a user: the name, how to reach them, or whether they may sign in.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user."), IfMatchHeader), request_body(content = PatchUser, content_type = "application/merge-patch+json"), responses((status = 200, description = "The user.", body = User)), security(("oauth2" = ["users:manage"])))]
#[patch("/v1/users/{user_id}")]
pub async fn update_user(
    permit: Permit<UsersManage>,
    Segments(id): Segments<UserId>,
    if_match: IfMatch,
    Body(body): Body<PatchUser>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            if body.active == Some(false) {
                not_oneself(permit, id)?;
            }
            let mut after = before.clone();
            if let Some(name) = body.display_name {
                after.display_name = tidy(&name);
            }
            if let Some(email) = body.email {
                after.email = email.map(Email::from);
            }
            if let Some(phone) = body.phone {
                after.phone = phone.map(Phone::from);
            }
            if before.status == UserStatus::Anonymised {
                return Err(Problem::new(Code::StateConflict)
                    .detail("Tài khoản đã ẩn danh không sửa được nữa.", "An anonymised account is not changed any more.")
                    .into());
            }
            if let Some(active) = body.active {
                after.active = active;
            }
            user::update(tx, &after, revision)?;
            if before.active && !after.active {
                end_all(tx, id, permit.now())?;
                account::withdraw_codes(tx, id)?;
            }
            let (after, _) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Change::updated(Answer::resource(&after, revision + 1), "user", id, &before, &after))
        })
        .await
}

/// Nobody shuts themselves out, or adds to their own rights: another administrator sees it.
pub(super) fn not_oneself<R: Right>(permit: &Permit<R>, id: UserId) -> Result<(), Problem> {
    let (vi, en) = (
        "Không tự khóa mình, tự cấp hay tự bỏ vai trò của mình; nhờ một quản trị khác.",
        "Nobody deactivates themselves, or gives a role to or takes one from themselves; ask another administrator.",
    );
    if id == permit.caller().user_id { Err(Problem::rule("", "not_oneself", vi, en)) } else { Ok(()) }
}

/// Give a user a role. Nobody gives a role above their own, or to themselves. Codes that were handed over end.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), request_body = CreateGrant, responses((status = 201, description = "The grant.", body = Grant)), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users/{user_id}/grants")]
pub async fn create_grant(
    permit: Permit<UsersManage>,
    Segments(id): Segments<UserId>,
    Body(body): Body<CreateGrant>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (user, revision) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            not_oneself(permit, id)?;
            appoints(permit, tx, &body)?;
            let grant = granted(permit, &body);
            user::insert_grant(tx, id, &grant)?;
            user::update(tx, &user, revision)?;
            // Whoever holds a code for the account so far would come into the new role with it.
            account::withdraw_codes(tx, id)?;
            Ok(Change::created(
                Answer::created(&grant, format!("/v1/users/{id}")),
                "grant",
                grant.id,
                &serde_json::json!({ "user_id": id, "grant": grant }),
            ))
        })
        .await
}

/// Take a role away, from today on. The record that it was held stays.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user."), ("grant_id" = GrantId, Path, description = "The grant.")), responses((status = 204, description = "The role is gone.")), security(("oauth2" = ["users:manage"])))]
#[delete("/v1/users/{user_id}/grants/{grant_id}")]
pub async fn delete_grant(
    permit: Permit<UsersManage>,
    Segments((id, grant_id)): Segments<(UserId, GrantId)>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (user, revision) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            let grant = user.grants.iter().find(|grant| grant.id == grant_id).ok_or(Code::NotFound)?;
            not_oneself(permit, id)?;
            user::take_grant(tx, id, grant_id, grant.taken_away(permit.today()).as_ref())?;
            user::update(tx, &user, revision)?;
            Ok(Change {
                after: None,
                ..Change::updated(
                    Answer::nothing(),
                    "grant",
                    grant_id,
                    &serde_json::json!({ "user_id": id, "grant": grant }),
                    &(),
                )
            })
        })
        .await
}

/// How a code reaches the person.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateCode {
    /// In the answer, to be handed over, or by mail.
    #[schema(example = "answer")]
    pub delivery: Delivery,
}

/// Make a code with which a user sets a password: to activate an invitation again, or in place of a forgotten password.
///
/// It stands in the answer, once, or is mailed. An older code is no longer good.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), request_body = CreateCode, responses((status = 201, description = "The code.", body = HandedCode)), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users/{user_id}/codes")]
pub async fn create_user_code(
    permit: Permit<UsersManage>,
    Segments(id): Segments<UserId>,
    Body(body): Body<CreateCode>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (user, _) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            // One's own password is changed with the old one, so that a token alone does not take the account over.
            not_oneself(permit, id)?;
            let purpose = match user.status {
                UserStatus::Invited => CodePurpose::Activation,
                UserStatus::Active => CodePurpose::PasswordReset,
                UserStatus::Inactive | UserStatus::Anonymised => {
                    return Err(Problem::new(Code::StateConflict)
                        .detail("Tài khoản đang bị khóa.", "The account is not active.")
                        .into());
                }
            };
            let handed = codes::hand_over(tx, &user, purpose, body.delivery, permit.now())?;
            let kept = codes::without_code(&handed);
            let answer = Answer::created(&handed, format!("/v1/users/{id}")).secret_but(&kept);
            Ok(Change::created(answer, "user", id, &kept))
        })
        .await
}

/// End every sign-in of a user.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), responses((status = 204, description = "Every sign-in is over.")), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users/{user_id}/sign_out")]
pub async fn sign_out_user(permit: Permit<UsersManage>, Segments(id): Segments<UserId>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            user::find(tx, id)?.ok_or(Code::NotFound)?;
            end_all(tx, id, permit.now())?;
            let after = serde_json::json!({ "signed_out": "everywhere" });
            Ok(Change { before: None, ..Change::updated(Answer::nothing(), "user", id, &(), &after) })
        })
        .await
}

/// Take a user's second factor away, when the device is lost. Every sign-in of theirs ends.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), responses((status = 204, description = "It is removed.")), security(("oauth2" = ["sign_in_policy:manage"])))]
#[delete("/v1/users/{user_id}/authenticator")]
pub async fn delete_user_authenticator(permit: Permit<SignInPolicy>, Segments(id): Segments<UserId>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            user::find(tx, id)?.ok_or(Code::NotFound)?;
            if id == permit.caller().user_id || !account::remove_authenticator(tx, id)? {
                return Err(Code::NotFound.into());
            }
            end_all(tx, id, permit.now())?;
            let before = serde_json::json!({ "confirmed": true });
            Ok(Change { after: None, ..Change::updated(Answer::nothing(), "authenticator", id, &before, &()) })
        })
        .await
}

/// The identities of a user at other issuers, in the order in which they were linked.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), responses((status = 200, description = "The identities.", body = Vec<UserIdentity>)), security(("oauth2" = ["users:read"])))]
#[get("/v1/users/{user_id}/identities")]
pub async fn list_user_identities(permit: Permit<UsersRead>, Segments(id): Segments<UserId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            user::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&user_identity::of_user(tx, id)?))
        })
        .await
}

/// Link a user to who they are at another issuer: from then on its tokens for that subject are taken for theirs.
///
/// An identity is linked to one account at most. Nobody links their own: another administrator sees it.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), request_body = CreateIdentity, responses((status = 201, description = "The identity.", body = UserIdentity)), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users/{user_id}/identities")]
pub async fn create_user_identity(
    permit: Permit<UsersManage>,
    Segments(id): Segments<UserId>,
    Body(body): Body<CreateIdentity>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (user, _) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            not_oneself(permit, id)?;
            if user.status == UserStatus::Anonymised {
                return Err(Problem::new(Code::StateConflict)
                    .detail("Tài khoản đã ẩn danh.", "The account is anonymised.")
                    .into());
            }
            let own = || permit.app().issuer().map(|issuer| issuer.url().to_owned());
            let issuer = body.issuer.or_else(own).ok_or_else(|| {
                Problem::rule(
                    "/issuer",
                    "issuer_configured",
                    "Máy chủ này chưa nhận mã của nguồn nào khác; nêu rõ issuer.",
                    "This server takes tokens of no other issuer yet; name it.",
                )
            })?;
            let key = lookup_key(&issuer, &body.subject);
            let new =
                UserIdentity { id: permit.new_id(), user_id: id, issuer, subject: body.subject.into(), created_at: permit.now() };
            user_identity::insert(tx, &new, &key)?;
            let answer = Answer::created(&new, format!("/v1/users/{id}/identities"));
            Ok(Change::created(answer, "user_identity", new.id, &new))
        })
        .await
}

/// Unlink a user from who they are at another issuer: its tokens are no longer theirs.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user."), ("identity_id" = IdentityId, Path, description = "The identity.")), responses((status = 204, description = "It is unlinked.")), security(("oauth2" = ["users:manage"])))]
#[delete("/v1/users/{user_id}/identities/{identity_id}")]
pub async fn delete_user_identity(
    permit: Permit<UsersManage>,
    Segments((id, identity_id)): Segments<(UserId, IdentityId)>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            user::find(tx, id)?.ok_or(Code::NotFound)?;
            not_oneself(permit, id)?;
            let was = user_identity::remove(tx, id, identity_id)?.ok_or(Code::NotFound)?;
            Ok(Change { after: None, ..Change::updated(Answer::nothing(), "user_identity", identity_id, &was, &()) })
        })
        .await
}

/// A user's contact data in clear. That they were read is put on record.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), responses((status = 200, description = "The contact data.", body = ContactView)), security(("oauth2" = ["users:contact"])))]
#[get("/v1/users/{user_id}/contact")]
pub async fn get_user_contact(permit: Permit<UsersContact>, Segments(id): Segments<UserId>) -> Result<Answer, Refusal> {
    permit
        .write(move |_, tx| {
            let (user, _) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            let view = ContactView {
                user_id: id,
                email: user.email.as_ref().map(|email| email.reveal().to_owned()),
                phone: user.phone.as_ref().map(|phone| phone.reveal().to_owned()),
            };
            let after = serde_json::json!({ "read": "contact" });
            Ok(Change { before: None, ..Change::updated(Answer::json(&view).not_kept(), "user", id, &(), &after) })
        })
        .await
}
