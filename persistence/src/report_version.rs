//! The versions of reports that were handed in, as they were. The database lets nobody change or remove them.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::id::{ReportId, UserId};
use htcd_domain::report::FrozenReport;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::report_versions;
use crate::types::{Id, Instant};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = report_versions)]
struct VersionRow {
    province_id: Id,
    report_id: Id,
    version: i64,
    cut_off: NaiveDate,
    submitted_at: Instant,
    user_id: Id,
    acting_user_id: Option<Id>,
    document: String,
    sha256: String,
}

impl VersionRow {
    fn frozen(self) -> FrozenReport {
        FrozenReport {
            version: self.version,
            cut_off: self.cut_off,
            submitted_at: self.submitted_at.into(),
            user_id: self.user_id.into(),
            acting_user_id: self.acting_user_id.map(UserId::from),
            sha256: self.sha256,
            document: self.document,
        }
    }
}

/// Freezes a version.
///
/// # Errors
/// What the database said.
pub fn insert(tx: &mut Tx<'_>, report: ReportId, frozen: &FrozenReport) -> Result<()> {
    let row = VersionRow {
        province_id: tx.province(),
        report_id: report.into(),
        version: frozen.version,
        cut_off: frozen.cut_off,
        submitted_at: frozen.submitted_at.into(),
        user_id: frozen.user_id.into(),
        acting_user_id: frozen.acting_user_id.map(Id::from),
        document: frozen.document.clone(),
        sha256: frozen.sha256.clone(),
    };
    diesel::insert_into(report_versions::table).values(&row).execute(tx.conn)?;
    Ok(())
}

/// A version. Its report was looked up in scope.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, report: ReportId, version: i64) -> Result<Option<FrozenReport>> {
    let row: Option<VersionRow> = report_versions::table
        .find((tx.province(), Id::from(report), version))
        .select(VersionRow::as_select())
        .first(tx.conn)
        .optional()?;
    Ok(row.map(VersionRow::frozen))
}

/// All versions, oldest first. Their report was looked up in scope.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>, report: ReportId) -> Result<Vec<FrozenReport>> {
    let rows: Vec<VersionRow> = report_versions::table
        .filter(report_versions::province_id.eq(tx.province()).and(report_versions::report_id.eq(Id::from(report))))
        .order(report_versions::version)
        .select(VersionRow::as_select())
        .load(tx.conn)?;
    Ok(rows.into_iter().map(VersionRow::frozen).collect())
}
