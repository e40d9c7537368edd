//! What communes count of the learning models.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::UnitId;
use htcd_domain::learning_model::{LearningModel, LearningModelCount};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose, ids};
use crate::schema::learning_model_counts;
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = learning_model_counts, treat_none_as_null = true)]
struct CountRow {
    province_id: Id,
    id: Id,
    unit_id: Id,
    year: i32,
    model: String,
    base_total: Option<i64>,
    registered: Option<i64>,
    recognised: Option<i64>,
    as_of_date: NaiveDate,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for CountRow {
    type Record = LearningModelCount;

    fn of(province_id: Id, kept: &Kept<LearningModelCount>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            unit_id: it.unit_id.into(),
            year: it.year,
            model: it.model.code().into(),
            base_total: it.base_total,
            registered: it.registered,
            recognised: it.recognised,
            as_of_date: it.as_of_date,
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<LearningModelCount>, i64)> {
        let content = LearningModelCount {
            id: None,
            unit_id: self.unit_id.into(),
            year: self.year,
            model: coded(&self.model)?,
            base_total: self.base_total,
            registered: self.registered,
            recognised: self.recognised,
            as_of_date: self.as_of_date,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(LearningModelCount, learning_model_counts, CountRow, of a unit, ordered by year: i32);

/// Which counts a list shows.
#[derive(Debug, Clone, Default)]
pub struct LearningModelFilter {
    /// Of which communes.
    pub whose: Whose,
    /// Of this year.
    pub year: Option<i32>,
    /// Of this model.
    pub model: Option<LearningModel>,
}

/// A part of the list of counts, by their year.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &LearningModelFilter, wanted: Part<i32>) -> Result<Vec<Kept<LearningModelCount>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(year) = filter.year {
        query = query.filter(learning_model_counts::year.eq(year));
    }
    if let Some(model) = filter.model {
        query = query.filter(learning_model_counts::model.eq(model.code()));
    }
    part(tx, query, wanted)
}

/// What some communes counted in a year.
///
/// # Errors
/// What the database said.
pub fn of_year(tx: &mut Tx<'_>, communes: &BTreeSet<UnitId>, year: i32) -> Result<Vec<LearningModelCount>> {
    let rows: Vec<CountRow> = learning_model_counts::table
        .filter(learning_model_counts::province_id.eq(tx.province()).and(learning_model_counts::year.eq(year)))
        .filter(learning_model_counts::unit_id.eq_any(ids(communes)))
        .select(CountRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept.content)).collect()
}
