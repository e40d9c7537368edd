//! People who sign in, and their grants.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::access::{Grant, Role};
use htcd_domain::id::{CentreId, GrantId, ProvinceId, UnitId, UserId};
use htcd_domain::user::User;
use htcd_domain::{Code, Coded, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::expression::after;
use crate::schema::{grants, users};
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
    /// An Argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Failures since the last success.
    pub failed_sign_ins: i32,
    /// Until when they have to wait.
    pub locked_until: Option<DateTime<Utc>>,
}

/// The credentials behind a name. Signing in does not know the tenant yet: this is one of the few queries that start from none.
///
/// # Errors
/// What the database said.
pub fn credentials(tx: &mut Tx<'_>, username: &str) -> Result<Option<Credentials>> {
    let row: Option<UserRow> = users::table.filter(users::username.eq(username)).first(tx.conn).optional()?;
    Ok(row.map(|row| Credentials {
        user_id: row.id.into(),
        province_id: row.province_id.into(),
        username: row.username,
        password_hash: row.password_hash,
        active: row.active,
        failed_sign_ins: row.failed_sign_ins,
        locked_until: row.locked_until.map(DateTime::from),
    }))
}

/// Counts a failed signing in, or clears the count.
///
/// # Errors
/// What the database said.
pub fn note_sign_in(tx: &mut Tx<'_>, id: UserId, failed_sign_ins: i32, locked_until: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(users::table.find((tx.province(), Id::from(id))))
        .set((users::failed_sign_ins.eq(failed_sign_ins), users::locked_until.eq(locked_until.map(Instant::from))))
        .execute(tx.conn)?;
    Ok(())
}

/// One user of the tenant, with the revision of the record.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: UserId) -> Result<Option<(User, i64)>> {
    let Some(row) = users::table.find((tx.province(), Id::from(id))).first::<UserRow>(tx.conn).optional()? else {
        return Ok(None);
    };
    let revision = row.revision;
    let grants = grants_of(tx, &[row.id])?.into_iter().map(|(_, grant)| grant).collect();
    Ok(Some((user(row, grants), revision)))
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
pub fn page(tx: &mut Tx<'_>, cursor: Option<(String, UserId)>, limit: i64) -> Result<Vec<User>> {
    let mut query = users::table.filter(users::province_id.eq(tx.province())).into_boxed();
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

/// Stores a user with a password hash, and the grants they start with.
///
/// # Errors
/// `already_exists` for a name that is taken.
pub fn insert(tx: &mut Tx<'_>, user: &User, password_hash: String) -> Result<()> {
    let row = UserRow {
        province_id: tx.province(),
        id: user.id.into(),
        username: user.username.clone(),
        display_name: user.display_name.clone(),
        password_hash,
        active: user.active,
        failed_sign_ins: 0,
        locked_until: None,
        revision: 1,
        created_at: user.created_at.into(),
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
        .set((users::display_name.eq(&user.display_name), users::active.eq(user.active), users::revision.eq(revision + 1)))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

/// Sets a password.
///
/// # Errors
/// What the database said.
pub fn set_password(tx: &mut Tx<'_>, id: UserId, password_hash: &str) -> Result<()> {
    diesel::update(users::table.find((tx.province(), Id::from(id))))
        .set((
            users::password_hash.eq(password_hash),
            users::failed_sign_ins.eq(0),
            users::locked_until.eq(None::<Instant>),
            users::revision.eq(users::revision + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}
