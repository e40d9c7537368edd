//! Leave to act for somebody.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::delegation::Delegation;
use htcd_domain::id::{DelegationId, UserId};
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::delegations;
use crate::types::{Id, Instant};

#[derive(Queryable, Insertable)]
#[diesel(table_name = delegations)]
struct Row {
    province_id: Id,
    id: Id,
    user_id: Id,
    delegate_id: Id,
    read_only: bool,
    reason: String,
    valid_from: Instant,
    valid_until: Instant,
    ended_at: Option<Instant>,
    created_at: Instant,
}

impl From<Row> for Delegation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            delegate_id: row.delegate_id.into(),
            read_only: row.read_only,
            reason: row.reason,
            valid_from: row.valid_from.into(),
            valid_until: row.valid_until.into(),
            ended_at: row.ended_at.map(DateTime::from),
            created_at: row.created_at.into(),
        }
    }
}

/// Stores leave that was given.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert(tx: &mut Tx<'_>, given: &Delegation) -> Result<()> {
    let row = Row {
        province_id: tx.province(),
        id: given.id.into(),
        user_id: given.user_id.into(),
        delegate_id: given.delegate_id.into(),
        read_only: given.read_only,
        reason: given.reason.clone(),
        valid_from: given.valid_from.into(),
        valid_until: given.valid_until.into(),
        ended_at: given.ended_at.map(Instant::from),
        created_at: given.created_at.into(),
    };
    diesel::insert_into(delegations::table).values(&row).execute(tx.conn).on_unique(
        "delegations_pkey",
        "delegations.province_id, delegations.id",
        || Problem::new(Code::AlreadyExists),
    )?;
    Ok(())
}

/// One leave of the tenant.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: DelegationId) -> Result<Option<Delegation>> {
    let row: Option<Row> = delegations::table.find((tx.province(), Id::from(id))).first(tx.conn).optional()?;
    Ok(row.map(Delegation::from))
}

/// Leave that somebody gave or got and that is not over at a moment, newest first.
///
/// # Errors
/// What the database said.
pub fn of_user(tx: &mut Tx<'_>, user: UserId, now: DateTime<Utc>) -> Result<Vec<Delegation>> {
    let user = Id::from(user);
    let rows: Vec<Row> = delegations::table
        .filter(
            delegations::province_id
                .eq(tx.province())
                .and(delegations::user_id.eq(user).or(delegations::delegate_id.eq(user)))
                .and(delegations::ended_at.is_null())
                .and(delegations::valid_until.gt(Instant::from(now))),
        )
        .order((delegations::created_at.desc(), delegations::id))
        .limit(500)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(Delegation::from).collect())
}

/// Takes all leave back that somebody gave.
///
/// # Errors
/// What the database said.
pub fn end_all_of(tx: &mut Tx<'_>, user: UserId, now: DateTime<Utc>) -> Result<()> {
    let given = delegations::table.filter(
        delegations::province_id
            .eq(tx.province())
            .and(delegations::user_id.eq(Id::from(user)))
            .and(delegations::ended_at.is_null()),
    );
    diesel::update(given).set(delegations::ended_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
    Ok(())
}

/// Takes leave back; answers whether it was still open.
///
/// # Errors
/// What the database said.
pub fn end(tx: &mut Tx<'_>, id: DelegationId, now: DateTime<Utc>) -> Result<bool> {
    let open = delegations::table.find((tx.province(), Id::from(id))).filter(delegations::ended_at.is_null());
    Ok(diesel::update(open).set(delegations::ended_at.eq(Some(Instant::from(now)))).execute(tx.conn)? == 1)
}
