//! Who somebody is at another issuer of tokens.

use chrono::DateTime;
use diesel::prelude::*;
use htcd_domain::id::{IdentityId, ProvinceId, UserId};
use htcd_domain::user::UserIdentity;
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::user_identities;
use crate::types::{Id, Instant};

#[derive(Queryable, Insertable)]
#[diesel(table_name = user_identities)]
struct Row {
    province_id: Id,
    id: Id,
    user_id: Id,
    issuer: String,
    subject: String,
    lookup_key: String,
    created_at: Instant,
}

impl From<Row> for UserIdentity {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            user_id: row.user_id.into(),
            issuer: row.issuer,
            subject: row.subject.into(),
            created_at: DateTime::from(row.created_at),
        }
    }
}

/// Whose identity this is, with their tenant. A token of another issuer does not name the tenant: this is one of the few
/// queries that start from none, so row-level security is told the key. Whoever asks looks the person up in that tenant next.
///
/// # Errors
/// What the database said.
pub fn holder(tx: &mut Tx<'_>, lookup_key: &str) -> Result<Option<(ProvinceId, UserId)>> {
    tx.look_up("htcd.identity", lookup_key)?;
    let found: Option<(Id, Id)> = user_identities::table
        .filter(user_identities::lookup_key.eq(lookup_key))
        .select((user_identities::province_id, user_identities::user_id))
        .first(tx.conn)
        .optional()?;
    Ok(found.map(|(province, user)| (province.into(), user.into())))
}

/// The identities of a user, in the order in which they were linked.
///
/// # Errors
/// What the database said.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<UserIdentity>> {
    let rows: Vec<Row> = user_identities::table
        .filter(user_identities::province_id.eq(tx.province()).and(user_identities::user_id.eq(Id::from(user))))
        .order((user_identities::created_at, user_identities::id))
        .limit(500)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(UserIdentity::from).collect())
}

/// Stores an identity under the key by which it is looked up.
///
/// # Errors
/// `already_exists` when it is somebody's already, of whichever tenant.
pub fn insert(tx: &mut Tx<'_>, new: &UserIdentity, lookup_key: &str) -> Result<()> {
    let row = Row {
        province_id: tx.province(),
        id: new.id.into(),
        user_id: new.user_id.into(),
        issuer: new.issuer.clone(),
        subject: new.subject.reveal().to_owned(),
        lookup_key: lookup_key.to_owned(),
        created_at: new.created_at.into(),
    };
    // Neither whose it is nor in which province: whoever links learns only that it is taken.
    let taken = || {
        Problem::new(Code::AlreadyExists)
            .detail("Định danh này đã gắn với một tài khoản.", "This identity is linked to an account already.")
    };
    diesel::insert_into(user_identities::table).values(&row).execute(tx.conn).on_unique(
        "user_identities_lookup_key",
        "user_identities.lookup_key",
        taken,
    )?;
    Ok(())
}

/// Removes an identity of a user; answers what it was.
///
/// # Errors
/// What the database said.
pub fn remove(tx: &mut Tx<'_>, user: UserId, id: IdentityId) -> Result<Option<UserIdentity>> {
    let one = user_identities::table.find((tx.province(), Id::from(id))).filter(user_identities::user_id.eq(Id::from(user)));
    let Some(row) = one.first::<Row>(tx.conn).optional()? else { return Ok(None) };
    diesel::delete(one).execute(tx.conn)?;
    Ok(Some(row.into()))
}
