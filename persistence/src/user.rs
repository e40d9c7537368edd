//! People who sign in, and their grants.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::access::{Grant, Role};
use htcd_domain::account::UserStatus;
use htcd_domain::id::{CentreId, GrantId, ProvinceId, UnitId, UserId};
use htcd_domain::personal::{Email, Phone};
use htcd_domain::user::User;
use htcd_domain::{Code, Coded, Problem};

use crate::db::{MultiBackend, Tx};
use crate::error::{OnUnique, Result};
use crate::expression::after;
use crate::schema::{centres, grants, users};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Insertable)]
#[diesel(table_name = users)]
struct UserRow {
    province_id: Id,
    id: Id,
    username: String,
    display_name: String,
    password_hash: String,
    active: bool,
    failed_sign_ins: i32,
    locked_until: Option<Instant>,
    revision: i64,
    created_at: Instant,
    email: Option<String>,
    phone: Option<String>,
    activated_at: Option<Instant>,
    anonymised_at: Option<Instant>,
    tokens_from: Option<Instant>,
}

impl UserRow {
    fn status(&self) -> UserStatus {
        match (self.anonymised_at, self.active, self.activated_at) {
            (Some(_), _, _) => UserStatus::Anonymised,
            (None, false, _) => UserStatus::Inactive,
            (None, true, None) => UserStatus::Invited,
            (None, true, Some(_)) => UserStatus::Active,
        }
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = grants)]
struct GrantRow {
    province_id: Id,
    id: Id,
    user_id: Id,
    role: String,
    unit_id: Option<Id>,
    centre_id: Option<Id>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    taken_on: Option<NaiveDate>,
}

fn grant(row: GrantRow) -> Result<Grant> {
    Ok(Grant {
        id: row.id.into(),
        role: coded::<Role>(&row.role)?,
        unit_id: row.unit_id.map(UnitId::from),
        centre_id: row.centre_id.map(CentreId::from),
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        taken_on: row.taken_on,
    })
}

fn user(row: UserRow, grants: Vec<Grant>) -> User {
    User {
        status: row.status(),
        email: row.email.map(Email::from),
        phone: row.phone.map(Phone::from),
        activated_at: row.activated_at.map(DateTime::from),
        id: row.id.into(),
        province_id: row.province_id.into(),
        username: row.username,
        display_name: row.display_name,
        active: row.active,
        grants,
        created_at: row.created_at.into(),
    }
}

/// What signing in looks at.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Who.
    pub user_id: UserId,
    /// Their tenant.
    pub province_id: ProvinceId,
    /// The name they sign in with.
    pub username: String,
    /// What they are called.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: Option<Email>,
    /// An Argon2id hash in PHC form; `None` while the account is an invitation.
    pub password_hash: Option<String>,
    /// Whether they may sign in.
    pub active: bool,
    /// Until when addresses that are strange to the account have to wait.
    pub locked_until: Option<DateTime<Utc>>,
}

/// What stands in place of a hash while there is no password: no text hashes to it.
const NO_PASSWORD: &str = "!";

/// The credentials behind a name. Signing in does not know the tenant yet: this is one of the few queries that start from
/// none, so row-level security is told the name.
///
/// # Errors
/// What the database said.
pub fn credentials(tx: &mut Tx<'_>, username: &str) -> Result<Option<Credentials>> {
    tx.look_up("htcd.username", username)?;
    let row: Option<UserRow> = users::table.filter(users::username.eq(username)).first(tx.conn).optional()?;
    Ok(row.map(|row| Credentials {
        user_id: row.id.into(),
        province_id: row.province_id.into(),
        username: row.username,
        display_name: row.display_name,
        email: row.email.map(Email::from),
        password_hash: Some(row.password_hash).filter(|hash| hash != NO_PASSWORD),
        active: row.active,
        locked_until: row.locked_until.map(DateTime::from),
    }))
}

/// Who of the tenant signs in with a name, if the account is active.
///
/// # Errors
/// What the database said.
pub fn named(tx: &mut Tx<'_>, username: &str) -> Result<Option<UserId>> {
    let found: Option<Id> = users::table
        .filter(users::province_id.eq(tx.province()).and(users::username.eq(username)).and(users::active.eq(true)))
        .select(users::id)
        .first(tx.conn)
        .optional()?;
    Ok(found.map(UserId::from))
}

/// Counts a failed signing in from anywhere; answers how many there are now, 0 for nobody.
///
/// # Errors
/// What the database said.
pub fn count_failure(tx: &mut Tx<'_>, id: UserId) -> Result<i32> {
    let counted: Option<i32> = diesel::update(users::table.find((tx.province(), Id::from(id))))
        .set(users::failed_sign_ins.eq(users::failed_sign_ins + 1))
        .returning(users::failed_sign_ins)
        .get_result(tx.conn)
        .optional()?;
    Ok(counted.unwrap_or(0))
}

/// Notes until when strange addresses wait.
///
/// # Errors
/// What the database said.
pub fn hold_up_strangers(tx: &mut Tx<'_>, id: UserId, until: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(users::table.find((tx.province(), Id::from(id))))
        .set(users::locked_until.eq(until.map(Instant::from)))
        .execute(tx.conn)?;
    Ok(())
}

/// Sets how often signing in failed.
///
/// # Errors
/// What the database said.
pub fn note_sign_in(tx: &mut Tx<'_>, id: UserId, failed_sign_ins: i32, locked_until: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(users::table.find((tx.province(), Id::from(id))))
        .set((users::failed_sign_ins.eq(failed_sign_ins), users::locked_until.eq(locked_until.map(Instant::from))))
        .execute(tx.conn)?;
    Ok(())
}

/// Limits a query to the users that the scope's holder manages: everybody in the tenant, or those all of whose roles
/// are managers and staff of centres in the scope's communes, or staff of the scope's centres.
fn within<'q>(query: users::BoxedQuery<'q, MultiBackend>, tx: &Tx<'_>) -> users::BoxedQuery<'q, MultiBackend> {
    if tx.scope.whole {
        return query;
    }
    let communes: Vec<Id> = tx.scope.communes.iter().map(|id| Id::from(*id)).collect();
    let own: Vec<Id> = tx.scope.centres.iter().map(|id| Id::from(*id)).collect();
    let province = tx.province();
    // Asked twice, because a filter is used up by its query.
    let inside = || {
        let placed = centres::table
            .filter(centres::province_id.eq(province).and(centres::commune_id.eq_any(communes.clone())))
            .select(centres::id.nullable());
        let (manager, staff) = (Role::CentreManager.code(), Role::CentreStaff.code());
        (grants::role.eq_any([manager, staff]).and(grants::centre_id.eq_any(placed).assume_not_null()))
            .or(grants::role.eq(staff).and(grants::centre_id.eq_any(own.clone()).assume_not_null()))
    };
    let held = || grants::table.filter(grants::province_id.eq(province).and(grants::user_id.eq(users::id)));
    query
        .filter(diesel::dsl::exists(held().filter(inside())))
        .filter(diesel::dsl::not(diesel::dsl::exists(held().filter(diesel::dsl::not(inside())))))
}

/// One user of the tenant within the scope, with the revision of the record.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: UserId) -> Result<Option<(User, i64)>> {
    let one = users::table.filter(users::province_id.eq(tx.province()).and(users::id.eq(Id::from(id)))).into_boxed();
    let Some(row) = within(one, tx).first::<UserRow>(tx.conn).optional()? else {
        return Ok(None);
    };
    let revision = row.revision;
    let grants = grants_of(tx, &[row.id])?.into_iter().map(|(_, grant)| grant).collect();
    Ok(Some((user(row, grants), revision)))
}

/// Which users a list shows.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// With accounts that stand so.
    pub status: Option<UserStatus>,
    /// Whose username begins so.
    pub username: Option<String>,
}

fn grants_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<(Id, Grant)>> {
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::province_id.eq(tx.province()).and(grants::user_id.eq_any(ids.to_vec())))
        .order((grants::valid_from, grants::id))
        .load(tx.conn)?;
    rows.into_iter().map(|row| Ok((row.user_id, grant(row)?))).collect()
}

/// All grants of these people, ended ones included, as they are at this moment, each with who holds it.
///
/// # Errors
/// What the database said.
pub fn grants_of_persons(tx: &mut Tx<'_>, persons: &BTreeSet<UserId>) -> Result<Vec<(UserId, Grant)>> {
    let ids: Vec<Id> = persons.iter().map(|id| Id::from(*id)).collect();
    Ok(grants_of(tx, &ids)?.into_iter().map(|(id, grant)| (id.into(), grant)).collect())
}

/// A page of the tenant's users by name, after one of them.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, filter: &UserFilter, cursor: Option<(String, UserId)>, limit: i64) -> Result<Vec<User>> {
    let mut query = within(users::table.filter(users::province_id.eq(tx.province())).into_boxed(), tx);
    match filter.status {
        Some(UserStatus::Anonymised) => query = query.filter(users::anonymised_at.is_not_null()),
        Some(UserStatus::Inactive) => query = query.filter(users::anonymised_at.is_null().and(users::active.eq(false))),
        Some(UserStatus::Invited) => {
            query = query.filter(users::anonymised_at.is_null().and(users::active.eq(true)).and(users::activated_at.is_null()));
        }
        Some(UserStatus::Active) => {
            query =
                query.filter(users::anonymised_at.is_null().and(users::active.eq(true)).and(users::activated_at.is_not_null()));
        }
        None => {}
    }
    if let Some(prefix) = &filter.username {
        // Usernames are ASCII; the character after `z` and every sign that they may hold ends the range.
        query = query.filter(users::username.ge(prefix.clone()).and(users::username.lt(format!("{prefix}{{"))));
    }
    if let Some((username, id)) = cursor {
        query = query.filter(after((users::username, users::id), (username, Id::from(id))));
    }
    let rows: Vec<UserRow> = query.order((users::username, users::id)).limit(limit).load(tx.conn)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let grants = grants_of(tx, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = grants.iter().filter(|(id, _)| *id == row.id).map(|(_, grant)| grant.clone()).collect();
            user(row, own)
        })
        .collect())
}

/// Stores a user, with a password hash if the account is no invitation, and the grants they start with.
///
/// # Errors
/// `already_exists` for a name that is taken.
pub fn insert(tx: &mut Tx<'_>, user: &User, password_hash: Option<String>) -> Result<()> {
    let row = UserRow {
        province_id: tx.province(),
        id: user.id.into(),
        username: user.username.clone(),
        display_name: user.display_name.clone(),
        password_hash: password_hash.unwrap_or_else(|| NO_PASSWORD.into()),
        active: user.active,
        failed_sign_ins: 0,
        locked_until: None,
        revision: 1,
        created_at: user.created_at.into(),
        email: user.email.as_ref().map(|email| email.reveal().to_owned()),
        phone: user.phone.as_ref().map(|phone| phone.reveal().to_owned()),
        activated_at: user.activated_at.map(Instant::from),
        anonymised_at: None,
        tokens_from: None,
    };
    let taken = || Problem::new(Code::AlreadyExists).detail("Tên đăng nhập hoặc id này đã có.", "The username or id is taken.");
    diesel::insert_into(users::table)
        .values(&row)
        .execute(tx.conn)
        .on_unique("users_username_key", "users.username", taken)
        .or_else(|error| match error {
            crate::Error::Query(other) => Err(other).on_unique("users_pkey", "users.province_id, users.id", taken),
            other => Err(other),
        })?;
    for grant in &user.grants {
        insert_grant(tx, user.id, grant)?;
    }
    Ok(())
}

/// Stores a grant.
///
/// # Errors
/// What the database said.
pub fn insert_grant(tx: &mut Tx<'_>, user: UserId, grant: &Grant) -> Result<()> {
    let row = GrantRow {
        province_id: tx.province(),
        id: grant.id.into(),
        user_id: user.into(),
        role: grant.role.code().to_owned(),
        unit_id: grant.unit_id.map(Id::from),
        centre_id: grant.centre_id.map(Id::from),
        valid_from: grant.valid_from,
        valid_to: grant.valid_to,
        taken_on: grant.taken_on,
    };
    diesel::insert_into(grants::table).values(&row).execute(tx.conn)?;
    Ok(())
}

/// Stores what is left of a grant that was taken away; `None` removes it.
///
/// # Errors
/// What the database said.
pub fn take_grant(tx: &mut Tx<'_>, user: UserId, id: GrantId, left: Option<&Grant>) -> Result<()> {
    let row = grants::table.find((tx.province(), Id::from(id))).filter(grants::user_id.eq(Id::from(user)));
    match left {
        Some(grant) => {
            diesel::update(row)
                .set((grants::valid_to.eq(grant.valid_to), grants::taken_on.eq(grant.taken_on)))
                .execute(tx.conn)?;
        }
        None => {
            diesel::delete(row).execute(tx.conn)?;
        }
    }
    Ok(())
}

/// Stores changes to a user whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn update(tx: &mut Tx<'_>, user: &User, revision: i64) -> Result<()> {
    let changed = diesel::update(users::table.find((tx.province(), Id::from(user.id))).filter(users::revision.eq(revision)))
        .set((
            users::display_name.eq(&user.display_name),
            users::active.eq(user.active),
            users::email.eq(user.email.as_ref().map(Email::reveal)),
            users::phone.eq(user.phone.as_ref().map(Phone::reveal)),
            users::revision.eq(revision + 1),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

/// Sets a password, which activates an invitation and ends every wait.
///
/// # Errors
/// What the database said.
pub fn set_password(tx: &mut Tx<'_>, id: UserId, password_hash: &str, now: DateTime<Utc>) -> Result<()> {
    let row = users::table.find((tx.province(), Id::from(id)));
    diesel::update(row)
        .set((
            users::password_hash.eq(password_hash),
            users::failed_sign_ins.eq(0),
            users::locked_until.eq(None::<Instant>),
            users::revision.eq(users::revision + 1),
        ))
        .execute(tx.conn)?;
    diesel::update(row.filter(users::activated_at.is_null()))
        .set(users::activated_at.eq(Some(Instant::from(now))))
        .execute(tx.conn)?;
    Ok(())
}

/// From when on tokens of other issuers are taken for a user; `None` while all are.
///
/// # Errors
/// What the database said.
pub fn tokens_from(tx: &mut Tx<'_>, id: UserId) -> Result<Option<DateTime<Utc>>> {
    let row = users::table.find((tx.province(), Id::from(id))).select(users::tokens_from);
    let from: Option<Option<Instant>> = row.first(tx.conn).optional()?;
    Ok(from.flatten().map(DateTime::from))
}

/// Makes tokens of other issuers from before a moment worthless.
///
/// # Errors
/// What the database said.
pub fn refuse_tokens_before(tx: &mut Tx<'_>, id: UserId, moment: DateTime<Utc>) -> Result<()> {
    diesel::update(users::table.find((tx.province(), Id::from(id))))
        .set(users::tokens_from.eq(Some(Instant::from(moment))))
        .execute(tx.conn)?;
    Ok(())
}
