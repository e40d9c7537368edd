//! Literacy classes of centres.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::SiteId;
use htcd_domain::literacy_class::{LiteracyClass, LiteracyLevel};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::literacy_classes;
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = literacy_classes, treat_none_as_null = true)]
struct LiteracyClassRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    site_id: Option<Id>,
    title: String,
    level: String,
    started_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    enrolled: i64,
    enrolled_female: Option<i64>,
    enrolled_ethnic_minority: Option<i64>,
    enrolled_15_60: Option<i64>,
    completed_phase_1: Option<i64>,
    completed_phase_2: Option<i64>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for LiteracyClassRow {
    type Record = LiteracyClass;

    fn of(province_id: Id, kept: &Kept<LiteracyClass>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            site_id: it.site_id.map(Id::from),
            title: it.title.clone(),
            level: it.level.code().into(),
            started_on: it.started_on,
            ended_on: it.ended_on,
            enrolled: it.enrolled,
            enrolled_female: it.enrolled_female,
            enrolled_ethnic_minority: it.enrolled_ethnic_minority,
            enrolled_15_60: it.enrolled_from_15_to_60,
            completed_phase_1: it.completed_phase_1,
            completed_phase_2: it.completed_phase_2,
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<LiteracyClass>, i64)> {
        let content = LiteracyClass {
            id: None,
            centre_id: self.centre_id.into(),
            title: self.title,
            level: coded(&self.level)?,
            site_id: self.site_id.map(SiteId::from),
            started_on: self.started_on,
            ended_on: self.ended_on,
            enrolled: self.enrolled,
            enrolled_female: self.enrolled_female,
            enrolled_ethnic_minority: self.enrolled_ethnic_minority,
            enrolled_from_15_to_60: self.enrolled_15_60,
            completed_phase_1: self.completed_phase_1,
            completed_phase_2: self.completed_phase_2,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(LiteracyClass, literacy_classes, LiteracyClassRow, of a centre, ordered by started_on: NaiveDate);

/// Which literacy classes a list shows.
#[derive(Debug, Clone, Default)]
pub struct LiteracyClassFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this level.
    pub level: Option<LiteracyLevel>,
    /// That begin on this day or later.
    pub from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    pub to: Option<NaiveDate>,
}

/// A part of the list of literacy classes, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &LiteracyClassFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<LiteracyClass>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(level) = filter.level {
        query = query.filter(literacy_classes::level.eq(level.code()));
    }
    if let Some(from) = filter.from {
        query = query.filter(literacy_classes::started_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(literacy_classes::started_on.le(to));
    }
    part(tx, query, wanted)
}
