//! People who sign in, and their grants.

use actix_web::{delete, get, patch, post};
use htcd_domain::access::{CreateGrant, Grant};
use htcd_domain::id::{CentreId, GrantId, ProvinceId, UserId};
use htcd_domain::user::{CreateUser, PatchUser, User};
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, Tx, centre, session, user};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::auth::password;
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, page_size, read_cursor, write_cursor};
use crate::permit::{Permit, Right, UsersManage, UsersRead};
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
}

/// The users of one's own province (or of the nation, for national accounts), by username.
#[utoipa::path(tag = "users", params(ListUsers), responses((status = 200, description = "A page of users.", body = Page<User>)), security(("oauth2" = ["users:read"])))]
#[get("/v1/users")]
pub async fn list_users(permit: Permit<UsersRead>, Params(params): Params<ListUsers>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(String, UserId)> = read_cursor(params.cursor.as_deref())?;
    permit
        .read(move |_, tx| {
            let users = user::page(tx, cursor.clone(), limit + 1)?;
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

/// Make a user, with the roles they start with.
///
/// The platform's administrators make the first administrators of a province: such a user belongs to the
/// province of their first grant's unit.
#[utoipa::path(tag = "users", request_body = CreateUser, responses((status = 201, description = "The user.", body = User)), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users")]
pub async fn create_user(permit: Permit<UsersManage>, Body(body): Body<CreateUser>) -> Result<Answer, Refusal> {
    for grant in &body.grants {
        grant.check(permit.caller(), &permit.atlas().map, permit.today())?;
    }
    let province = home_of(&permit, &body)?;
    let hash = {
        let secret = body.password.clone();
        permit.shared().hashing(move || password::hash(&secret)).await?
    };
    let permit = permit.at_home(province)?;
    permit
        .write(move |permit, tx| {
            for grant in &body.grants {
                centre_exists(tx, grant.centre_id)?;
            }
            let user = User {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                province_id: province,
                username: body.username,
                display_name: body.display_name,
                active: true,
                grants: body.grants.iter().map(|grant| granted(permit, grant)).collect(),
                created_at: permit.now(),
            };
            user::insert(tx, &user, hash)?;
            Ok(Change::created(Answer::created(&user, format!("/v1/users/{}", user.id)), "user", user.id, &user))
        })
        .await
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

fn centre_exists(tx: &mut Tx<'_>, id: Option<CentreId>) -> htcd_persistence::Result<()> {
    let Some(id) = id else { return Ok(()) };
    if centre::find(tx, id)?.is_some() {
        Ok(())
    } else {
        Err(Problem::rule(
            "/centre_id",
            "centre_exists",
            "Không có trung tâm này trong tỉnh.",
            "There is no such centre in the province.",
        )
        .into())
    }
}

/// Change a user: the name, or whether they may sign in.
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
                after.display_name = name;
            }
            if let Some(active) = body.active {
                after.active = active;
            }
            user::update(tx, &after, revision)?;
            if before.active && !after.active {
                session::revoke_all(tx, id, permit.now())?;
            }
            Ok(Change::updated(Answer::resource(&after, revision + 1), "user", id, &before, &after))
        })
        .await
}

/// Nobody shuts themselves out: a province would be left without an administrator.
fn not_oneself(permit: &Permit<UsersManage>, id: UserId) -> Result<(), Problem> {
    let (vi, en) = (
        "Không tự khóa mình hoặc tự bỏ vai trò của mình; nhờ một quản trị khác.",
        "Nobody deactivates themselves or takes a role from themselves; ask another administrator.",
    );
    if id == permit.caller().user_id { Err(Problem::rule("/active", "not_oneself", vi, en)) } else { Ok(()) }
}

/// Give a user a role. Nobody gives more than they hold.
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
            body.check(permit.caller(), &permit.atlas().map, permit.today())?;
            centre_exists(tx, body.centre_id)?;
            let grant = granted(permit, &body);
            user::insert_grant(tx, id, &grant)?;
            user::update(tx, &user, revision)?;
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
