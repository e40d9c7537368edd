//! Signings in and their refresh tokens.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::id::{SessionId, UserId};
use htcd_domain::user::User;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{refresh_tokens, sessions};
use crate::types::{Id, Instant};

/// Opens a session with its first refresh token.
///
/// # Errors
/// What the database said.
pub fn open(
    tx: &mut Tx<'_>,
    id: SessionId,
    user: UserId,
    token_hash: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let row = (
        sessions::province_id.eq(tx.province()),
        sessions::id.eq(Id::from(id)),
        sessions::user_id.eq(Id::from(user)),
        sessions::created_at.eq(Instant::from(now)),
        sessions::expires_at.eq(Instant::from(expires_at)),
    );
    diesel::insert_into(sessions::table).values(row).execute(tx.conn)?;
    add_token(tx, id, token_hash, now)
}

fn add_token(tx: &mut Tx<'_>, session: SessionId, token_hash: &[u8], now: DateTime<Utc>) -> Result<()> {
    let row = (
        refresh_tokens::province_id.eq(tx.province()),
        refresh_tokens::token_hash.eq(token_hash),
        refresh_tokens::session_id.eq(Id::from(session)),
        refresh_tokens::created_at.eq(Instant::from(now)),
    );
    diesel::insert_into(refresh_tokens::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// What came of presenting a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// It was good and has been replaced by the new one.
    Rotated(SessionId, UserId),
    /// It had been used before: its whole session was ended.
    Reused(SessionId, UserId),
    /// It is unknown, or its session is over.
    Refused,
}

/// Replaces a refresh token by a new one. Two requests with the same token: one wins, and the other ends the session.
///
/// # Errors
/// What the database said.
pub fn rotate(tx: &mut Tx<'_>, token_hash: &[u8], new_hash: &[u8], now: DateTime<Utc>) -> Result<Refreshed> {
    let found: Option<(Id, Id, Instant, Option<Instant>)> = refresh_tokens::table
        .inner_join(
            sessions::table
                .on(sessions::province_id.eq(refresh_tokens::province_id).and(sessions::id.eq(refresh_tokens::session_id))),
        )
        .filter(refresh_tokens::province_id.eq(tx.province()).and(refresh_tokens::token_hash.eq(token_hash)))
        .select((sessions::id, sessions::user_id, sessions::expires_at, sessions::revoked_at))
        .first(tx.conn)
        .optional()?;
    let Some((session, user, expires_at, revoked_at)) = found else { return Ok(Refreshed::Refused) };
    if revoked_at.is_some() || DateTime::from(expires_at) <= now {
        return Ok(Refreshed::Refused);
    }
    let unused = refresh_tokens::table.find((tx.province(), token_hash)).filter(refresh_tokens::used_at.is_null());
    let taken = diesel::update(unused).set(refresh_tokens::used_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
    let (session, user) = (SessionId::from(session), UserId::from(user));
    if taken == 0 {
        revoke(tx, session, now)?;
        return Ok(Refreshed::Reused(session, user));
    }
    add_token(tx, session, new_hash, now)?;
    Ok(Refreshed::Rotated(session, user))
}

/// Ends a session.
///
/// # Errors
/// What the database said.
pub fn revoke(tx: &mut Tx<'_>, id: SessionId, now: DateTime<Utc>) -> Result<()> {
    let open = sessions::table.find((tx.province(), Id::from(id))).filter(sessions::revoked_at.is_null());
    diesel::update(open).set(sessions::revoked_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
    Ok(())
}

/// Ends every session of a user.
///
/// # Errors
/// What the database said.
pub fn revoke_all(tx: &mut Tx<'_>, user: UserId, now: DateTime<Utc>) -> Result<()> {
    let open = sessions::table.filter(
        sessions::province_id.eq(tx.province()).and(sessions::user_id.eq(Id::from(user))).and(sessions::revoked_at.is_null()),
    );
    diesel::update(open).set(sessions::revoked_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
    Ok(())
}

/// The user behind a session, if both are still good.
///
/// # Errors
/// What the database said.
pub fn user_of(tx: &mut Tx<'_>, id: SessionId, now: DateTime<Utc>) -> Result<Option<User>> {
    let found: Option<(Id, Instant, Option<Instant>)> = sessions::table
        .find((tx.province(), Id::from(id)))
        .select((sessions::user_id, sessions::expires_at, sessions::revoked_at))
        .first(tx.conn)
        .optional()?;
    match found {
        Some((user, expires_at, None)) if DateTime::from(expires_at) > now => {
            Ok(crate::user::find(tx, user.into())?.map(|(user, _)| user).filter(|user| user.active))
        }
        _ => Ok(None),
    }
}
