//! What everybody may read of a province: only what it publishes, only columns that hold no personal data.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::ActivityEntry;
use htcd_domain::centre::CentreStatus;
use htcd_domain::file::{File, MediaType};
use htcd_domain::id::{CentreId, FileId, NewsId, UnitId};
use htcd_domain::news::NewsState;
use htcd_domain::publication::{
    PublicActivity, PublicCentre, PublicNews, PublicNewsItem, PublicPicture, PublicRating, Publication,
};
use htcd_domain::scheme::Subject;
use htcd_domain::text::fold;

use crate::activity::Details;
use crate::db::{MultiBackend, Tx};
use crate::error::Result;
use crate::expression::{after, before};
use crate::record::ids;
use crate::schema::{activities, centres, files, news, news_pictures, publications, ratings};
use crate::types::{Doc, Id, Instant, coded};

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

/// Which news everybody is shown.
#[derive(Debug, Clone, Default)]
pub struct PublicNewsFilter {
    /// Of this centre.
    pub centre: Option<CentreId>,
    /// Of one of these units, or of a centre in one of them.
    pub units: Option<Vec<UnitId>>,
    /// Only what stands at the top on this day.
    pub pinned_on: Option<NaiveDate>,
    /// This one.
    pub only: Option<NewsId>,
}

impl Reader<'_, '_> {
    /// Published items of units, and of centres that are at work, the newest first.
    ///
    /// # Errors
    /// What the database said.
    pub fn news(
        &mut self,
        filter: &PublicNewsFilter,
        cursor: Option<(DateTime<Utc>, uuid::Uuid)>,
        limit: i64,
    ) -> Result<Vec<PublicNews>> {
        if !self.published.news {
            return Ok(vec![]);
        }
        let of_centre = centres::province_id.eq(news::province_id).and(centres::id.nullable().eq(news::centre_id));
        let is_at_work = centres::status.nullable().eq(CentreStatus::Operating.code()).assume_not_null();
        let mut query = news::table
            .left_join(centres::table.on(of_centre.assume_not_null()))
            .filter(news::province_id.eq(self.tx.province()).and(news::state.eq(NewsState::Published.code())))
            .filter(news::centre_id.is_null().or(is_at_work))
            .into_boxed::<MultiBackend>();
        if let Some(id) = filter.only {
            query = query.filter(news::id.eq(Id::from(id)));
        }
        if let Some(centre) = filter.centre {
            query = query.filter(news::centre_id.eq(Id::from(centre)).assume_not_null());
        }
        if let Some(units) = &filter.units {
            let of_unit = news::unit_id.is_not_null().and(news::unit_id.assume_not_null().eq_any(ids(units)));
            let in_commune = centres::commune_id.nullable().eq_any(ids(units)).assume_not_null();
            query = query.filter(of_unit.or(news::centre_id.is_not_null().and(in_commune)));
        }
        if let Some(day) = filter.pinned_on {
            query = query.filter(news::pinned_until.is_not_null().and(news::pinned_until.assume_not_null().ge(day)));
        }
        if let Some((at, id)) = cursor {
            query = query.filter(before((news::published_at.assume_not_null(), news::id), (Instant::from(at), Id(id))));
        }
        let rows: Vec<NewsColumns> = query
            .order((news::published_at.desc(), news::id.desc()))
            .select((
                (news::id, news::centre_id, centres::name.nullable(), news::unit_id),
                (news::title, news::summary, news::body, news::language),
                (news::published_at.assume_not_null(), news::pinned_until),
            ))
            .limit(limit)
            .load(self.tx.conn)?;
        let mut pictures = crate::news::pictures(self.tx, rows.iter().map(|row| row.0.0).collect())?;
        let mut found: Vec<PublicNews> = rows.into_iter().map(item).collect();
        let files = pictures.values().flatten().map(|picture| picture.file_id.into()).collect();
        let media_types = self.media_types(files)?;
        for PublicNews { item, .. } in &mut found {
            for picture in pictures.remove(&item.id).unwrap_or_default() {
                let Some((_, media_type)) = media_types.iter().find(|(id, _)| *id == picture.file_id) else { continue };
                let url = String::new(); // Whoever asks knows the paths.
                let (alt, caption, credit) = (picture.alt, picture.caption, picture.credit);
                item.pictures.push(PublicPicture {
                    file_id: picture.file_id,
                    url,
                    media_type: *media_type,
                    alt,
                    caption,
                    credit,
                });
            }
        }
        Ok(found)
    }

    fn media_types(&mut self, wanted: Vec<Id>) -> Result<Vec<(FileId, MediaType)>> {
        let rows: Vec<(Id, String)> = files::table
            .filter(files::province_id.eq(self.tx.province()).and(files::id.eq_any(wanted)))
            .select((files::id, files::media_type))
            .load(self.tx.conn)?;
        rows.into_iter().map(|(id, media_type)| Ok((id.into(), coded(&media_type)?))).collect()
    }

    /// One published item.
    ///
    /// # Errors
    /// What the database said.
    pub fn news_item(&mut self, id: NewsId) -> Result<Option<PublicNews>> {
        Ok(self.news(&PublicNewsFilter { only: Some(id), ..PublicNewsFilter::default() }, None, 1)?.pop())
    }

    /// The file of a picture of a published item, with the object that holds its bytes.
    ///
    /// # Errors
    /// What the database said.
    pub fn news_picture(&mut self, item: NewsId, file: FileId) -> Result<Option<(File, uuid::Uuid)>> {
        if self.news_item(item)?.is_none() {
            return Ok(None);
        }
        let of_item = news_pictures::province_id.eq(self.tx.province()).and(news_pictures::news_id.eq(Id::from(item)));
        let is_there: Option<Id> = news_pictures::table
            .filter(of_item.and(news_pictures::file_id.eq(Id::from(file))))
            .select(news_pictures::file_id)
            .first(self.tx.conn)
            .optional()?;
        if is_there.is_none() {
            return Ok(None);
        }
        let found = crate::file::find(self.tx, file)?;
        // Types are looked at again here: nothing but pictures goes to everybody.
        Ok(found.filter(|found| found.file.media_type.is_picture()).and_then(|found| Some((found.file, found.object?))))
    }
}

type NewsColumns =
    ((Id, Option<Id>, Option<String>, Option<Id>), (String, Option<String>, String, String), (Instant, Option<NaiveDate>));

fn item(
    ((id, centre_id, centre_name, unit_id), (title, summary, body, language), (published_at, pinned_until)): NewsColumns,
) -> PublicNews {
    let item = PublicNewsItem {
        id: id.into(),
        centre_id: centre_id.map(CentreId::from),
        centre_name,
        unit_id: unit_id.map(UnitId::from),
        // Whoever asks has the map.
        unit_name: None,
        title,
        summary,
        language,
        published_at: published_at.into(),
        pinned_until,
        pictures: vec![],
    };
    PublicNews { item, body }
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
