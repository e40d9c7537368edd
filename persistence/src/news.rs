//! News of centres and units, with their pictures.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::{CentreId, NewsId, UnitId};
use htcd_domain::news::{News, NewsCourse, NewsPicture, NewsState};
use htcd_domain::record::Kept;
use htcd_domain::text::fold;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::{news, news_pictures};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = news, treat_none_as_null = true)]
struct NewsRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    state: String,
    listed_on: NaiveDate,
    title: String,
    summary: Option<String>,
    body: String,
    language: String,
    pinned_until: Option<NaiveDate>,
    published_at: Option<Instant>,
    people_agreed: bool,
    withdrawn_at: Option<Instant>,
    withdrawal_reason: Option<String>,
    search: String,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = news_pictures, treat_none_as_default_value = false)]
struct PictureRow {
    province_id: Id,
    news_id: Id,
    seq: i32,
    file_id: Id,
    alt: String,
    caption: Option<String>,
    credit: Option<String>,
    shows_people: bool,
}

impl Row for NewsRow {
    type Record = News;

    fn of(province_id: Id, kept: &Kept<News>, revision: i64) -> Result<Self> {
        let it = kept.content.clone();
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.map(Id::from),
            unit_id: it.unit_id.map(Id::from),
            state: it.course.state.code().into(),
            listed_on: it.course.listed_on,
            search: fold(&format!("{} {}", it.title, it.summary.as_deref().unwrap_or(""))),
            title: it.title,
            summary: it.summary,
            body: it.body,
            language: it.language,
            pinned_until: it.pinned_until,
            published_at: it.course.published_at.map(Instant::from),
            people_agreed: it.course.people_agreed,
            withdrawn_at: it.course.withdrawn_at.map(Instant::from),
            withdrawal_reason: it.course.withdrawal_reason,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<News>, i64)> {
        let content = News {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            title: self.title,
            summary: self.summary,
            body: self.body,
            language: self.language,
            pictures: vec![],
            pinned_until: self.pinned_until,
            course: NewsCourse {
                state: coded(&self.state)?,
                listed_on: self.listed_on,
                published_at: self.published_at.map(DateTime::from),
                people_agreed: self.people_agreed,
                withdrawn_at: self.withdrawn_at.map(DateTime::from),
                withdrawal_reason: self.withdrawal_reason,
            },
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }

    fn gather(tx: &mut Tx<'_>, kept: &mut [Kept<News>]) -> Result<()> {
        let mut pictures = pictures(tx, kept.iter().map(|kept| kept.id.into()).collect())?;
        for kept in kept {
            kept.content.pictures = pictures.remove(&kept.id).unwrap_or_default();
        }
        Ok(())
    }

    fn spread(tx: &mut Tx<'_>, kept: &Kept<News>) -> Result<()> {
        let (province_id, news_id) = (tx.province(), Id::from(kept.id));
        let of_item = news_pictures::province_id.eq(province_id).and(news_pictures::news_id.eq(news_id));
        diesel::delete(news_pictures::table.filter(of_item)).execute(tx.conn)?;
        let rows: Vec<PictureRow> = (1..)
            .zip(&kept.content.pictures)
            .map(|(seq, picture)| PictureRow {
                province_id,
                news_id,
                seq,
                file_id: picture.file_id.into(),
                alt: picture.alt.clone(),
                caption: picture.caption.clone(),
                credit: picture.credit.clone(),
                shows_people: picture.shows_people,
            })
            .collect();
        on_backend!(tx.conn, |c| diesel::insert_into(news_pictures::table).values(&rows).execute(c))?;
        Ok(())
    }
}

stored!(News, news, NewsRow, of a holder, ordered by listed_on: NaiveDate);

/// The pictures of items, in their order.
///
/// # Errors
/// What the database said.
pub(crate) fn pictures(tx: &mut Tx<'_>, items: Vec<Id>) -> Result<HashMap<NewsId, Vec<NewsPicture>>> {
    let rows: Vec<PictureRow> = news_pictures::table
        .filter(news_pictures::province_id.eq(tx.province()).and(news_pictures::news_id.eq_any(items)))
        .order((news_pictures::news_id, news_pictures::seq))
        .select(PictureRow::as_select())
        .load(tx.conn)?;
    let mut pictures: HashMap<NewsId, Vec<NewsPicture>> = HashMap::new();
    for row in rows {
        pictures.entry(row.news_id.into()).or_default().push(NewsPicture {
            file_id: row.file_id.into(),
            alt: row.alt,
            caption: row.caption,
            credit: row.credit,
            shows_people: row.shows_people,
        });
    }
    Ok(pictures)
}

/// Which items a list shows.
#[derive(Debug, Clone, Default)]
pub struct NewsFilter {
    /// Whose.
    pub whose: Whose,
    /// In this state.
    pub state: Option<NewsState>,
    /// Listed by this day or a later one.
    pub from: Option<NaiveDate>,
    /// Listed by this day or an earlier one.
    pub to: Option<NaiveDate>,
    /// Whose title or summary holds this text.
    pub q: Option<String>,
}

/// A part of the list of items, by the day of their publication or draft.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &NewsFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<News>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(state) = filter.state {
        query = query.filter(news::state.eq(state.code()));
    }
    if let Some(from) = filter.from {
        query = query.filter(news::listed_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(news::listed_on.le(to));
    }
    if let Some(q) = &filter.q {
        query = query.filter(news::search.like(format!("%{}%", fold(q))));
    }
    part(tx, query, wanted)
}
