//! The yearly numbers of communes.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::id::UnitId;
use htcd_domain::profile::ProfileValue;
use htcd_domain::quantity::Quantity;
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::{Part, Row, Whose, ids};
use crate::schema::profile_values;
use crate::types::{Id, Instant};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = profile_values, treat_none_as_null = true)]
struct ValueRow {
    province_id: Id,
    id: Id,
    unit_id: Id,
    year: i32,
    indicator: String,
    value_hundredths: i64,
    source: Option<String>,
    as_of_date: Option<NaiveDate>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for ValueRow {
    type Record = ProfileValue;

    fn of(province_id: Id, kept: &Kept<ProfileValue>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            unit_id: it.unit_id.into(),
            year: it.year,
            indicator: it.indicator.clone(),
            value_hundredths: it.value.hundredths(),
            source: it.source.clone(),
            as_of_date: it.as_of_date,
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<ProfileValue>, i64)> {
        let value = Quantity::from_hundredths(self.value_hundredths);
        let content = ProfileValue {
            id: None,
            unit_id: self.unit_id.into(),
            year: self.year,
            indicator: self.indicator,
            value: value.ok_or_else(|| Error::Corrupt(format!("{} is too large a number", self.value_hundredths)))?,
            source: self.source,
            as_of_date: self.as_of_date,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(ProfileValue, profile_values, ValueRow, of a unit, ordered by year: i32);

/// Which numbers a list shows.
#[derive(Debug, Clone, Default)]
pub struct ProfileFilter {
    /// Of which communes.
    pub whose: Whose,
    /// Of this year.
    pub year: Option<i32>,
    /// With this code.
    pub indicator: Option<String>,
}

/// A part of the list of numbers, by their year.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ProfileFilter, wanted: Part<i32>) -> Result<Vec<Kept<ProfileValue>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(year) = filter.year {
        query = query.filter(profile_values::year.eq(year));
    }
    if let Some(indicator) = &filter.indicator {
        query = query.filter(profile_values::indicator.eq(indicator.clone()));
    }
    part(tx, query, wanted)
}

/// The numbers of some communes in a year and the one before.
///
/// # Errors
/// What the database said.
pub fn of_two_years(tx: &mut Tx<'_>, communes: &BTreeSet<UnitId>, year: i32) -> Result<Vec<ProfileValue>> {
    let rows: Vec<ValueRow> = profile_values::table
        .filter(profile_values::province_id.eq(tx.province()))
        .filter(profile_values::year.eq(year).or(profile_values::year.eq(year - 1)))
        .filter(profile_values::unit_id.eq_any(ids(communes)))
        .select(ValueRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept.content)).collect()
}
