//! Extensions of what is due.

use chrono::{DateTime, NaiveDate};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::calendar::DueKind;
use htcd_domain::extension::{Extension, ExtensionCourse};
use htcd_domain::id::{CentreId, UnitId, UserId};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::extensions;
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = extensions, treat_none_as_null = true)]
struct ExtensionRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    kind: String,
    year: i32,
    until: NaiveDate,
    reason: String,
    granted_by: Id,
    granted_acting_by: Option<Id>,
    withdrawn_at: Option<Instant>,
    withdrawn_by: Option<Id>,
    withdrawal_reason: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for ExtensionRow {
    type Record = Extension;

    fn of(province_id: Id, kept: &Kept<Extension>, revision: i64) -> Result<Self> {
        let (it, course) = (&kept.content, &kept.content.course);
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.map(Id::from),
            unit_id: it.unit_id.map(Id::from),
            kind: it.kind.code().into(),
            year: it.year,
            until: it.until,
            reason: it.reason.clone(),
            granted_by: course.granted_by.into(),
            granted_acting_by: course.granted_acting_by.map(Id::from),
            withdrawn_at: course.withdrawn_at.map(Instant::from),
            withdrawn_by: course.withdrawn_by.map(Id::from),
            withdrawal_reason: course.withdrawal_reason.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Extension>, i64)> {
        let course = ExtensionCourse {
            granted_by: self.granted_by.into(),
            granted_acting_by: self.granted_acting_by.map(UserId::from),
            withdrawn_at: self.withdrawn_at.map(DateTime::from),
            withdrawn_by: self.withdrawn_by.map(UserId::from),
            withdrawal_reason: self.withdrawal_reason,
        };
        let content = Extension {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            kind: coded(&self.kind)?,
            year: self.year,
            until: self.until,
            reason: self.reason,
            course,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Extension, extensions, ExtensionRow, of a holder, ordered by until: NaiveDate);

/// Which extensions a list shows.
#[derive(Debug, Clone, Default)]
pub struct ExtensionFilter {
    /// Whose.
    pub whose: Whose,
    /// For this.
    pub kind: Option<DueKind>,
    /// Of this year.
    pub year: Option<i32>,
    /// Withdrawn, or not.
    pub withdrawn: Option<bool>,
}

/// A part of the list of extensions, by their last day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ExtensionFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Extension>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(kind) = filter.kind {
        query = query.filter(extensions::kind.eq(kind.code()));
    }
    if let Some(year) = filter.year {
        query = query.filter(extensions::year.eq(year));
    }
    query = match filter.withdrawn {
        Some(true) => query.filter(extensions::withdrawn_at.is_not_null()),
        Some(false) => query.filter(extensions::withdrawn_at.is_null()),
        None => query,
    };
    part(tx, query, wanted)
}

/// All that was granted for things of some years, withdrawn or not.
///
/// # Errors
/// What the database said.
pub fn of_years(tx: &mut Tx<'_>, from: i32, to: i32) -> Result<Vec<Kept<Extension>>> {
    let rows: Vec<ExtensionRow> = in_scope(tx, &Whose::default())
        .filter(extensions::year.between(from, to))
        .select(ExtensionRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}
