//! Clubs of centres.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::Category;
use htcd_domain::club::Club;
use htcd_domain::id::{ClubId, SiteId};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::{activities, clubs};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clubs, treat_none_as_null = true)]
struct ClubRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    site_id: Option<Id>,
    name: String,
    category: String,
    founded_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    members: Option<i64>,
    female_members: Option<i64>,
    leader: Option<String>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for ClubRow {
    type Record = Club;

    fn of(province_id: Id, kept: &Kept<Club>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            site_id: it.site_id.map(Id::from),
            name: it.name.clone(),
            category: it.category.code().into(),
            founded_on: it.founded_on,
            ended_on: it.ended_on,
            members: it.members,
            female_members: it.female_members,
            leader: it.leader.clone(),
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Club>, i64)> {
        let content = Club {
            id: None,
            centre_id: self.centre_id.into(),
            name: self.name,
            category: coded(&self.category)?,
            site_id: self.site_id.map(SiteId::from),
            founded_on: self.founded_on,
            ended_on: self.ended_on,
            members: self.members,
            female_members: self.female_members,
            leader: self.leader,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Club, clubs, ClubRow, of a centre, ordered by founded_on: NaiveDate);

/// Which clubs a list shows.
#[derive(Debug, Clone, Default)]
pub struct ClubFilter {
    /// Whose.
    pub whose: Whose,
    /// About this.
    pub category: Option<Category>,
    /// That there were on this day.
    pub as_of: Option<NaiveDate>,
}

/// A part of the list of clubs, by the day they were founded.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ClubFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Club>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(category) = filter.category {
        query = query.filter(clubs::category.eq(category.code()));
    }
    if let Some(day) = filter.as_of {
        query = query.filter(clubs::founded_on.le(day));
        query = query.filter(clubs::ended_on.is_null().or(clubs::ended_on.assume_not_null().ge(day)));
    }
    part(tx, query, wanted)
}

/// The first and last day on which a club met.
///
/// # Errors
/// What the database said.
pub fn meeting_days(tx: &mut Tx<'_>, club: ClubId) -> Result<Option<(NaiveDate, NaiveDate)>> {
    use diesel::dsl::{max, min};
    let of_club = activities::province_id.eq(tx.province()).and(activities::club_id.eq(Id::from(club)).assume_not_null());
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) =
        activities::table.filter(of_club).select((min(activities::starts_on), max(activities::starts_on))).first(tx.conn)?;
    Ok(first.zip(last))
}
