//! What belongs to an account besides its grants: codes that were handed over, failures to sign in, the second factor.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::account::CodePurpose;
use htcd_domain::{Coded, id::UserId};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{authenticators, one_time_codes, recovery_codes, sign_in_failures};
use crate::types::{Id, Instant};

/// Stores a code in place of those of its purpose that are still open.
///
/// # Errors
/// What the database said.
pub fn hand_over(tx: &mut Tx<'_>, id: Uuid, user: UserId, purpose: CodePurpose, hash: &[u8], now: DateTime<Utc>) -> Result<()> {
    let open = one_time_codes::table.filter(
        one_time_codes::province_id
            .eq(tx.province())
            .and(one_time_codes::user_id.eq(Id::from(user)))
            .and(one_time_codes::purpose.eq(purpose.code()))
            .and(one_time_codes::used_at.is_null()),
    );
    diesel::delete(open).execute(tx.conn)?;
    let row = (
        one_time_codes::province_id.eq(tx.province()),
        one_time_codes::id.eq(Id(id)),
        one_time_codes::user_id.eq(Id::from(user)),
        one_time_codes::purpose.eq(purpose.code()),
        one_time_codes::code_hash.eq(hash),
        one_time_codes::created_at.eq(Instant::from(now)),
        one_time_codes::expires_at.eq(Instant::from(now + purpose.lasts())),
    );
    diesel::insert_into(one_time_codes::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Uses a code up; answers what it was for, or `None` when it is not good. Two requests with one code: one wins.
///
/// # Errors
/// What the database said.
pub fn redeem(tx: &mut Tx<'_>, user: UserId, hash: &[u8], now: DateTime<Utc>) -> Result<Option<CodePurpose>> {
    let good = one_time_codes::table.filter(
        one_time_codes::province_id
            .eq(tx.province())
            .and(one_time_codes::user_id.eq(Id::from(user)))
            .and(one_time_codes::code_hash.eq(hash))
            .and(one_time_codes::used_at.is_null())
            .and(one_time_codes::expires_at.gt(Instant::from(now))),
    );
    let found: Option<(Id, String)> = good.select((one_time_codes::id, one_time_codes::purpose)).first(tx.conn).optional()?;
    let Some((id, purpose)) = found else { return Ok(None) };
    let unused = one_time_codes::table.find((tx.province(), id)).filter(one_time_codes::used_at.is_null());
    let taken = diesel::update(unused).set(one_time_codes::used_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
    if taken == 1 { crate::types::coded(&purpose).map(Some) } else { Ok(None) }
}

/// Whether a code of a purpose was made after a moment and is still open.
///
/// # Errors
/// What the database said.
pub fn has_fresh_code(tx: &mut Tx<'_>, user: UserId, purpose: CodePurpose, since: DateTime<Utc>) -> Result<bool> {
    let fresh = one_time_codes::table.filter(
        one_time_codes::province_id
            .eq(tx.province())
            .and(one_time_codes::user_id.eq(Id::from(user)))
            .and(one_time_codes::purpose.eq(purpose.code()))
            .and(one_time_codes::used_at.is_null())
            .and(one_time_codes::created_at.gt(Instant::from(since))),
    );
    Ok(diesel::select(diesel::dsl::exists(fresh)).get_result(tx.conn)?)
}

/// Withdraws every code of a person that is still open.
///
/// # Errors
/// What the database said.
pub fn withdraw_codes(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let open = one_time_codes::table.filter(
        one_time_codes::province_id
            .eq(tx.province())
            .and(one_time_codes::user_id.eq(Id::from(user)))
            .and(one_time_codes::used_at.is_null()),
    );
    diesel::delete(open).execute(tx.conn)?;
    Ok(())
}

/// Until when an address waits that failed to sign in to an account.
///
/// # Errors
/// What the database said.
pub fn waits_until(tx: &mut Tx<'_>, user: UserId, address: &str) -> Result<Option<DateTime<Utc>>> {
    let found: Option<Option<Instant>> = sign_in_failures::table
        .find((tx.province(), Id::from(user), address))
        .select(sign_in_failures::locked_until)
        .first(tx.conn)
        .optional()?;
    Ok(found.flatten().map(DateTime::from))
}

/// Counts a failure from an address; answers how many there are now. Two at once count as two.
///
/// # Errors
/// What the database said.
pub fn count_failure(tx: &mut Tx<'_>, user: UserId, address: &str, now: DateTime<Utc>) -> Result<i32> {
    let now = Instant::from(now);
    let row = (
        sign_in_failures::province_id.eq(tx.province()),
        sign_in_failures::user_id.eq(Id::from(user)),
        sign_in_failures::address.eq(address),
        sign_in_failures::failures.eq(1),
        sign_in_failures::last_at.eq(now),
    );
    let new = (sign_in_failures::failures.eq(sign_in_failures::failures + 1), sign_in_failures::last_at.eq(now));
    let key = (sign_in_failures::province_id, sign_in_failures::user_id, sign_in_failures::address);
    Ok(on_backend!(tx.conn, |c| {
        diesel::insert_into(sign_in_failures::table)
            .values(row)
            .on_conflict(key)
            .do_update()
            .set(new)
            .returning(sign_in_failures::failures)
            .get_result(c)
    })?)
}

/// Notes until when an address waits.
///
/// # Errors
/// What the database said.
pub fn hold_up(tx: &mut Tx<'_>, user: UserId, address: &str, until: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(sign_in_failures::table.find((tx.province(), Id::from(user), address)))
        .set(sign_in_failures::locked_until.eq(until.map(Instant::from)))
        .execute(tx.conn)?;
    Ok(())
}

/// Forgets the failures of an account: from one address, or from all of them.
///
/// # Errors
/// What the database said.
pub fn forget_failures(tx: &mut Tx<'_>, user: UserId, address: Option<&str>) -> Result<()> {
    let own = sign_in_failures::table
        .filter(sign_in_failures::province_id.eq(tx.province()).and(sign_in_failures::user_id.eq(Id::from(user))));
    match address {
        Some(address) => diesel::delete(own.filter(sign_in_failures::address.eq(address))).execute(tx.conn)?,
        None => diesel::delete(own).execute(tx.conn)?,
    };
    Ok(())
}

/// A person's authenticator.
#[derive(Clone)]
pub struct Authenticator {
    /// The shared secret.
    pub secret: Vec<u8>,
    /// Whether it was confirmed by a first code.
    pub confirmed: bool,
    /// The last step of time whose code was used.
    pub last_step: i64,
}

/// A person's authenticator, confirmed or not.
///
/// # Errors
/// What the database said.
pub fn authenticator(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Authenticator>> {
    let found: Option<(Vec<u8>, Option<Instant>, i64)> = authenticators::table
        .find((tx.province(), Id::from(user)))
        .select((authenticators::secret, authenticators::confirmed_at, authenticators::last_step))
        .first(tx.conn)
        .optional()?;
    Ok(found.map(|(secret, confirmed_at, last_step)| Authenticator { secret, confirmed: confirmed_at.is_some(), last_step }))
}

/// Stores a new authenticator, to be confirmed, in place of one that was not.
///
/// # Errors
/// What the database said.
pub fn start_authenticator(tx: &mut Tx<'_>, user: UserId, secret: &[u8], now: DateTime<Utc>) -> Result<()> {
    remove_authenticator(tx, user)?;
    let row = (
        authenticators::province_id.eq(tx.province()),
        authenticators::user_id.eq(Id::from(user)),
        authenticators::secret.eq(secret),
        authenticators::last_step.eq(0i64),
        authenticators::created_at.eq(Instant::from(now)),
    );
    diesel::insert_into(authenticators::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Uses the code of a step of time up; answers whether it was still good. A code works once.
///
/// # Errors
/// What the database said.
pub fn use_step(tx: &mut Tx<'_>, user: UserId, step: i64) -> Result<bool> {
    let unused = authenticators::table.find((tx.province(), Id::from(user))).filter(authenticators::last_step.lt(step));
    Ok(diesel::update(unused).set(authenticators::last_step.eq(step)).execute(tx.conn)? == 1)
}

/// Confirms an authenticator and stores its recovery codes in place of older ones.
///
/// # Errors
/// What the database said.
pub fn confirm_authenticator(tx: &mut Tx<'_>, user: UserId, recovery: &[Vec<u8>], now: DateTime<Utc>) -> Result<()> {
    diesel::update(authenticators::table.find((tx.province(), Id::from(user))))
        .set(authenticators::confirmed_at.eq(Some(Instant::from(now))))
        .execute(tx.conn)?;
    forget_recovery_codes(tx, user)?;
    for hash in recovery {
        let row = (
            recovery_codes::province_id.eq(tx.province()),
            recovery_codes::user_id.eq(Id::from(user)),
            recovery_codes::code_hash.eq(hash),
        );
        diesel::insert_into(recovery_codes::table).values(row).execute(tx.conn)?;
    }
    Ok(())
}

fn forget_recovery_codes(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let own = recovery_codes::table
        .filter(recovery_codes::province_id.eq(tx.province()).and(recovery_codes::user_id.eq(Id::from(user))));
    diesel::delete(own).execute(tx.conn)?;
    Ok(())
}

/// Takes a person's second factor away; answers whether there was one.
///
/// # Errors
/// What the database said.
pub fn remove_authenticator(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    forget_recovery_codes(tx, user)?;
    Ok(diesel::delete(authenticators::table.find((tx.province(), Id::from(user)))).execute(tx.conn)? == 1)
}

/// Uses a recovery code up; answers whether it was good.
///
/// # Errors
/// What the database said.
pub fn use_recovery_code(tx: &mut Tx<'_>, user: UserId, hash: &[u8], now: DateTime<Utc>) -> Result<bool> {
    let unused = recovery_codes::table.find((tx.province(), Id::from(user), hash)).filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(Some(Instant::from(now)))).execute(tx.conn)? == 1)
}

/// How many recovery codes a person has left.
///
/// # Errors
/// What the database said.
pub fn recovery_codes_left(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    Ok(recovery_codes::table
        .filter(
            recovery_codes::province_id
                .eq(tx.province())
                .and(recovery_codes::user_id.eq(Id::from(user)))
                .and(recovery_codes::used_at.is_null()),
        )
        .count()
        .get_result(tx.conn)?)
}
