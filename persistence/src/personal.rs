//! A person's data: their copy, anonymising, and what has been kept for long enough.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use htcd_domain::id::UserId;
use htcd_domain::personal::retention;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{
    delegations, one_time_codes, refresh_tokens, service_accounts, service_secrets, sessions, sign_in_failures, user_identities,
    users,
};
use crate::types::{Id, Instant};

/// Takes a person's name off their account. What they did stays on record under the account's id.
///
/// # Errors
/// What the database said.
pub fn anonymise(tx: &mut Tx<'_>, id: UserId, username: &str, display_name: &str, now: DateTime<Utc>) -> Result<()> {
    let (province, user, moment) = (tx.province(), Id::from(id), Some(Instant::from(now)));
    crate::session::revoke_all(tx, id, now)?;
    diesel::update(sessions::table.filter(sessions::province_id.eq(province).and(sessions::user_id.eq(user))))
        .set((sessions::address.eq(None::<String>), sessions::user_agent.eq(None::<String>)))
        .execute(tx.conn)?;
    crate::account::remove_authenticator(tx, id)?;
    crate::account::forget_failures(tx, id, None)?;
    diesel::delete(one_time_codes::table.filter(one_time_codes::province_id.eq(province).and(one_time_codes::user_id.eq(user))))
        .execute(tx.conn)?;
    diesel::delete(
        user_identities::table.filter(user_identities::province_id.eq(province).and(user_identities::user_id.eq(user))),
    )
    .execute(tx.conn)?;
    diesel::update(
        delegations::table.filter(
            delegations::province_id
                .eq(province)
                .and(delegations::user_id.eq(user).or(delegations::delegate_id.eq(user)))
                .and(delegations::ended_at.is_null()),
        ),
    )
    .set(delegations::ended_at.eq(moment))
    .execute(tx.conn)?;
    diesel::update(
        service_accounts::table.filter(service_accounts::province_id.eq(province).and(service_accounts::owner_id.eq(user))),
    )
    .set((service_accounts::active.eq(false), service_accounts::revision.eq(service_accounts::revision + 1)))
    .execute(tx.conn)?;
    diesel::update(users::table.find((province, user)))
        .set((
            users::username.eq(username),
            users::display_name.eq(display_name),
            users::email.eq(None::<String>),
            users::phone.eq(None::<String>),
            users::password_hash.eq("!"),
            users::active.eq(false),
            users::anonymised_at.eq(moment),
            users::tokens_from.eq(moment),
            users::revision.eq(users::revision + 1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Removes what the tenant has kept for long enough; answers how many rows of each table.
///
/// # Errors
/// What the database said.
pub fn remove_what_has_aged(tx: &mut Tx<'_>, now: DateTime<Utc>) -> Result<Vec<(&'static str, usize)>> {
    let province = tx.province();
    let before = |days: i64| Instant::from(now - TimeDelta::days(days));
    let over = before(retention::SESSIONS_DAYS);
    let old_sessions =
        sessions::table.filter(sessions::province_id.eq(province).and(sessions::expires_at.lt(over))).select(sessions::id);
    let tokens = diesel::delete(
        refresh_tokens::table
            .filter(refresh_tokens::province_id.eq(province).and(refresh_tokens::session_id.eq_any(old_sessions))),
    )
    .execute(tx.conn)?;
    let old = sessions::table.filter(sessions::province_id.eq(province).and(sessions::expires_at.lt(over)));
    let ended = diesel::delete(old).execute(tx.conn)?;
    let codes = diesel::delete(
        one_time_codes::table
            .filter(one_time_codes::province_id.eq(province).and(one_time_codes::expires_at.lt(before(retention::CODES_DAYS)))),
    )
    .execute(tx.conn)?;
    let failures =
        diesel::delete(sign_in_failures::table.filter(
            sign_in_failures::province_id.eq(province).and(sign_in_failures::last_at.lt(before(retention::FAILURES_DAYS))),
        ))
        .execute(tx.conn)?;
    let revoked = service_secrets::revoked_at.lt(before(retention::SECRETS_DAYS)).assume_not_null();
    let secrets = diesel::delete(
        service_secrets::table
            .filter(service_secrets::province_id.eq(province).and(service_secrets::revoked_at.is_not_null()).and(revoked)),
    )
    .execute(tx.conn)?;
    let mails = crate::outbox::forget_before(tx, now - htcd_domain::mail::KEPT)?;
    Ok(vec![
        ("outbox_mails", mails),
        ("refresh_tokens", tokens),
        ("sessions", ended),
        ("one_time_codes", codes),
        ("sign_in_failures", failures),
        ("service_secrets", secrets),
    ])
}
