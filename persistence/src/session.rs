//! Signings in and their refresh tokens.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::id::{SessionId, UserId};
use htcd_domain::user::{Session, User};

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{refresh_tokens, sessions};
use crate::types::{Id, Instant};

#[derive(Queryable)]
struct SessionRow {
    _province_id: Id,
    id: Id,
    _user_id: Id,
    created_at: Instant,
    expires_at: Instant,
    _revoked_at: Option<Instant>,
    address: Option<String>,
    user_agent: Option<String>,
    last_used_at: Option<Instant>,
    means: String,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            address: row.address,
            user_agent: row.user_agent,
            last_used_at: row.last_used_at.map(DateTime::from),
            means: row.means,
            current: false,
        }
    }
}

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// The hash of its first refresh token.
    pub token_hash: &'a [u8],
    /// When it is opened.
    pub now: DateTime<Utc>,
    /// When it ends if nothing ends it before.
    pub expires_at: DateTime<Utc>,
    /// From which address.
    pub address: Option<&'a str>,
    /// With which program.
    pub user_agent: Option<&'a str>,
    /// By what: `password`, `totp`, `recovery_code`.
    pub means: &'static str,
}

/// Opens a session with its first refresh token.
///
/// # Errors
/// What the database said.
pub fn open(tx: &mut Tx<'_>, new: &NewSession<'_>) -> Result<()> {
    let row = (
        sessions::province_id.eq(tx.province()),
        sessions::id.eq(Id::from(new.id)),
        sessions::user_id.eq(Id::from(new.user_id)),
        sessions::created_at.eq(Instant::from(new.now)),
        sessions::expires_at.eq(Instant::from(new.expires_at)),
        sessions::address.eq(new.address),
        sessions::user_agent.eq(new.user_agent),
        sessions::last_used_at.eq(Some(Instant::from(new.now))),
        sessions::means.eq(new.means),
    );
    diesel::insert_into(sessions::table).values(row).execute(tx.conn)?;
    add_token(tx, new.id, new.token_hash, new.now)
}

/// Whether an account has ever signed in from an address.
///
/// # Errors
/// What the database said.
pub fn knows_address(tx: &mut Tx<'_>, user: UserId, address: &str) -> Result<bool> {
    let known = sessions::table.filter(
        sessions::province_id
            .eq(tx.province())
            .and(sessions::user_id.eq(Id::from(user)))
            .and(sessions::address.eq(address).assume_not_null()),
    );
    Ok(diesel::select(diesel::dsl::exists(known)).get_result(tx.conn)?)
}

/// A person's sessions that are still good, newest first.
///
/// # Errors
/// What the database said.
pub fn of_user(tx: &mut Tx<'_>, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>> {
    let rows: Vec<SessionRow> = sessions::table
        .filter(
            sessions::province_id
                .eq(tx.province())
                .and(sessions::user_id.eq(Id::from(user)))
                .and(sessions::revoked_at.is_null())
                .and(sessions::expires_at.gt(Instant::from(now))),
        )
        .order((sessions::created_at.desc(), sessions::id))
        .limit(500)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(Session::from).collect())
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
    diesel::update(sessions::table.find((tx.province(), Id::from(session))))
        .set(sessions::last_used_at.eq(Some(Instant::from(now))))
        .execute(tx.conn)?;
    Ok(Refreshed::Rotated(session, user))
}

/// Ends a session; answers whether it was open.
///
/// # Errors
/// What the database said.
pub fn revoke(tx: &mut Tx<'_>, id: SessionId, now: DateTime<Utc>) -> Result<bool> {
    let open = sessions::table.find((tx.province(), Id::from(id))).filter(sessions::revoked_at.is_null());
    Ok(diesel::update(open).set(sessions::revoked_at.eq(Some(Instant::from(now)))).execute(tx.conn)? == 1)
}

/// Ends every session of a user but one.
///
/// # Errors
/// What the database said.
pub fn revoke_others(tx: &mut Tx<'_>, user: UserId, own: Option<SessionId>, now: DateTime<Utc>) -> Result<()> {
    let Some(own) = own else { return revoke_all(tx, user, now) };
    let others = sessions::table.filter(
        sessions::province_id
            .eq(tx.province())
            .and(sessions::user_id.eq(Id::from(user)))
            .and(sessions::id.ne(Id::from(own)))
            .and(sessions::revoked_at.is_null()),
    );
    diesel::update(others).set(sessions::revoked_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
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
