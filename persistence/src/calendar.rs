//! The days that a tenant sets, and all that says when something is due.

use diesel::prelude::*;
use htcd_domain::calendar::{Calendar, Deadlines};

use crate::db::Tx;
use crate::error::Result;
use crate::schema::calendars;
use crate::types::Doc;

/// What the tenant sets, with the revision of its record: nothing, at revision 0, until it does.
///
/// # Errors
/// What the database said.
pub fn get(tx: &mut Tx<'_>) -> Result<(Calendar, i64)> {
    let found: Option<(Doc, i64)> =
        calendars::table.find(tx.province()).select((calendars::settings, calendars::revision)).first(tx.conn).optional()?;
    let Some((settings, revision)) = found else { return Ok((Calendar::default(), 0)) };
    Ok((settings.read()?, revision))
}

/// Stores what the tenant sets, whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn put(tx: &mut Tx<'_>, settings: &Calendar, revision: i64) -> Result<()> {
    let columns = (calendars::settings.eq(Doc::of(settings)?), calendars::revision.eq(revision + 1));
    let changed = if revision == 0 {
        let row = (calendars::province_id.eq(tx.province()), columns);
        on_backend!(tx.conn, |c| diesel::insert_into(calendars::table).values(row).on_conflict_do_nothing().execute(c))?
    } else {
        let target = calendars::table.find(tx.province()).filter(calendars::revision.eq(revision));
        diesel::update(target).set(columns).execute(tx.conn)?
    };
    crate::record::just_one(changed)
}

/// All that says when something is due in the tenant: three statements.
///
/// # Errors
/// What the database said.
pub fn deadlines(tx: &mut Tx<'_>) -> Result<Deadlines> {
    let (rules, _) = crate::finding_settings::get(tx)?;
    let (calendar, _) = get(tx)?;
    Ok(Deadlines { rules, calendar, rounds: crate::round::all(tx, None, None, None)? })
}
