//! What a tenant sets of the rules by which centres are looked at.

use diesel::prelude::*;
use htcd_domain::finding::FindingSettings;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::finding_settings;
use crate::types::Doc;

/// What the tenant sets, with the revision of its record: nothing, at revision 0, until it does.
///
/// # Errors
/// What the database said.
pub fn get(tx: &mut Tx<'_>) -> Result<(FindingSettings, i64)> {
    let found: Option<(Doc, i64)> = finding_settings::table
        .find(tx.province())
        .select((finding_settings::settings, finding_settings::revision))
        .first(tx.conn)
        .optional()?;
    let Some((settings, revision)) = found else { return Ok((FindingSettings::default(), 0)) };
    Ok((settings.read()?, revision))
}

/// Stores what the tenant sets, whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn put(tx: &mut Tx<'_>, settings: &FindingSettings, revision: i64) -> Result<()> {
    let columns = (finding_settings::settings.eq(Doc::of(settings)?), finding_settings::revision.eq(revision + 1));
    let changed = if revision == 0 {
        let row = (finding_settings::province_id.eq(tx.province()), columns);
        on_backend!(tx.conn, |c| diesel::insert_into(finding_settings::table).values(row).on_conflict_do_nothing().execute(c))?
    } else {
        let target = finding_settings::table.find(tx.province()).filter(finding_settings::revision.eq(revision));
        diesel::update(target).set(columns).execute(tx.conn)?
    };
    crate::record::just_one(changed)
}
