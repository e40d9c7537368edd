//! What everybody may read of a province: only what it publishes, only columns that hold no personal data.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::ActivityEntry;
use htcd_domain::centre::CentreStatus;
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::publication::{PublicActivity, PublicCentre, PublicRating, Publication};
use htcd_domain::scheme::Subject;
use htcd_domain::text::fold;

use crate::activity::Details;
use crate::db::Tx;
use crate::error::Result;
use crate::expression::after;
use crate::record::ids;
use crate::schema::{activities, centres, publications, ratings};
use crate::types::{Doc, Id, coded};

/// What the tenant publishes, with the revision of its record: nothing, at revision 0, until it says so.
///
/// # Errors
/// What the database said.
pub fn get(tx: &mut Tx<'_>) -> Result<(Publication, i64)> {
    let found: Option<(bool, bool, bool, bool, i64)> = publications::table
        .find(tx.province())
        .select((
            publications::centres,
            publications::ratings,
            publications::activities,
            publications::news,
            publications::revision,
        ))
        .first(tx.conn)
        .optional()?;
    Ok(found.map_or((Publication::default(), 0), |(centres, ratings, activities, news, revision)| {
        (Publication { centres, ratings, activities, news }, revision)
    }))
}

/// Stores what the tenant publishes, whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn put(tx: &mut Tx<'_>, value: Publication, revision: i64) -> Result<()> {
    let columns = (
        publications::centres.eq(value.centres),
        publications::ratings.eq(value.ratings),
        publications::activities.eq(value.activities),
        publications::news.eq(value.news),
        publications::revision.eq(revision + 1),
    );
    let changed = if revision == 0 {
        let row = (publications::province_id.eq(tx.province()), columns);
        on_backend!(tx.conn, |c| diesel::insert_into(publications::table).values(row).on_conflict_do_nothing().execute(c))?
    } else {
        let target = publications::table.find(tx.province()).filter(publications::revision.eq(revision));
        diesel::update(target).set(columns).execute(tx.conn)?
    };
    crate::record::just_one(changed)
}

/// The reader that an operation without sign-in gets in place of a transaction: it reads what is published, and nothing else.
pub struct Reader<'t, 'c> {
    tx: &'t mut Tx<'c>,
    published: Publication,
}

impl<'t, 'c> Reader<'t, 'c> {
    /// A reader of what the transaction's tenant publishes.
    ///
    /// # Errors
    /// What the database said.
    pub fn of(tx: &'t mut Tx<'c>) -> Result<Self> {
        let (published, _) = get(tx)?;
        Ok(Self { tx, published })
    }

    /// What is published.
    pub fn published(&self) -> Publication {
        self.published
    }

    /// Centres that are at work, in the order of a Vietnamese list.
    ///
    /// # Errors
    /// What the database said.
    pub fn centres(
        &mut self,
        communes: Option<&[UnitId]>,
        q: Option<&str>,
        cursor: Option<(Vec<u8>, CentreId)>,
        limit: i64,
    ) -> Result<Vec<PublicCentre>> {
        if !self.published.centres {
            return Ok(vec![]);
        }
        let mut query = centres::table
            .filter(centres::province_id.eq(self.tx.province()))
            .filter(centres::status.eq(CentreStatus::Operating.code()))
            .into_boxed();
        if let Some(communes) = communes {
            query = query.filter(centres::commune_id.eq_any(ids(communes)));
        }
        if let Some(q) = q {
            query = query.filter(centres::name_search.like(format!("%{}%", fold(q))));
        }
        if let Some((name, id)) = cursor {
            query = query.filter(after((centres::name_sort, centres::id), (name, Id::from(id))));
        }
        let rows: Vec<CentreColumns> =
            query.order((centres::name_sort, centres::id)).select(CENTRE).limit(limit).load(self.tx.conn)?;
        rows.into_iter().map(centre).collect()
    }

    /// One centre that is at work.
    ///
    /// # Errors
    /// What the database said.
    pub fn centre(&mut self, id: CentreId) -> Result<Option<PublicCentre>> {
        if !self.published.centres {
            return Ok(None);
        }
        let row: Option<CentreColumns> = centres::table
            .find((self.tx.province(), Id::from(id)))
            .filter(centres::status.eq(CentreStatus::Operating.code()))
            .select(CENTRE)
            .first(self.tx.conn)
            .optional()?;
        row.map(centre).transpose()
    }

    /// Decided ranks of a year, after one of them.
    ///
    /// # Errors
    /// What the database said.
    pub fn ratings(&mut self, year: i32, after_id: Option<uuid::Uuid>, limit: i64) -> Result<Vec<PublicRating>> {
        if !self.published.ratings {
            return Ok(vec![]);
        }
        let of_centre = centres::province_id.eq(ratings::province_id).and(centres::id.nullable().eq(ratings::centre_id));
        let mut query = ratings::table
            .inner_join(centres::table.on(of_centre.assume_not_null()))
            .filter(ratings::province_id.eq(self.tx.province()).and(ratings::year.eq(year)))
            .filter(ratings::subject.eq(Subject::Centre.code()).and(ratings::decided_rank.is_not_null()))
            .into_boxed();
        if let Some(id) = after_id {
            query = query.filter(ratings::id.gt(Id(id)));
        }
        let rows: Vec<(Id, Id, String, i32, Option<String>)> = query
            .order(ratings::id)
            .select((ratings::id, centres::id, centres::name, ratings::year, ratings::decided_rank))
            .limit(limit)
            .load(self.tx.conn)?;
        rows.into_iter()
            .map(|(id, centre, centre_name, year, rank)| {
                let rank = coded(rank.as_deref().unwrap_or(""))?;
                Ok(PublicRating { id: id.into(), centre_id: centre.into(), centre_name, year, rank })
            })
            .collect()
    }

    /// Single activities that end today or later, the nearest first.
    ///
    /// # Errors
    /// What the database said.
    pub fn coming_activities(
        &mut self,
        only: Option<CentreId>,
        today: NaiveDate,
        cursor: Option<(NaiveDate, uuid::Uuid)>,
        limit: i64,
    ) -> Result<Vec<PublicActivity>> {
        if !self.published.activities {
            return Ok(vec![]);
        }
        let of_centre = centres::province_id.eq(activities::province_id).and(centres::id.eq(activities::centre_id));
        let mut query = activities::table
            .inner_join(centres::table.on(of_centre))
            .filter(activities::province_id.eq(self.tx.province()).and(activities::starts_on.ge(today)))
            .filter(activities::entry.eq(ActivityEntry::Detailed.code()))
            .filter(centres::status.eq(CentreStatus::Operating.code()))
            .into_boxed();
        if let Some(centre) = only {
            query = query.filter(activities::centre_id.eq(Id::from(centre)));
        }
        if let Some((day, id)) = cursor {
            query = query.filter(after((activities::starts_on, activities::id), (day, Id(id))));
        }
        type Row = (Id, Id, String, String, String, String, NaiveDate, NaiveDate, Doc);
        let rows: Vec<Row> = query
            .order((activities::starts_on, activities::id))
            .select((
                activities::id,
                centres::id,
                centres::name,
                activities::title,
                activities::category,
                activities::form,
                activities::starts_on,
                activities::ends_on,
                activities::details,
            ))
            .limit(limit)
            .load(self.tx.conn)?;
        rows.into_iter()
            .map(|(id, centre, centre_name, title, category, form, starts_on, ends_on, details)| {
                let details: Details = details.read()?;
                Ok(PublicActivity {
                    id: id.into(),
                    centre_id: centre.into(),
                    centre_name,
                    title,
                    category: coded(&category)?,
                    form: coded(&form)?,
                    starts_on,
                    ends_on,
                    venue: details.venue,
                    place: details.place,
                })
            })
            .collect()
    }
}

type CentreColumns = (Id, String, Id, String, Option<String>, Option<NaiveDate>);
const CENTRE: (
    centres::id,
    centres::name,
    centres::commune_id,
    centres::operating_model,
    centres::address,
    centres::operating_from,
) = (centres::id, centres::name, centres::commune_id, centres::operating_model, centres::address, centres::operating_from);

fn centre((id, name, commune_id, model, address, operating_from): CentreColumns) -> Result<PublicCentre> {
    Ok(PublicCentre {
        id: id.into(),
        name,
        commune_id: commune_id.into(),
        // Whoever asks has the map.
        commune_name: String::new(),
        operating_model: coded(&model)?,
        address,
        operating_from,
    })
}
