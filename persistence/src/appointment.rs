//! Appointments: who holds which post of a centre.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::appointment::{Appointment, BoardBody, Employment, Post, Sector, Term};
use htcd_domain::board::{CentreSeats, Tenure};
use htcd_domain::centre::Decision;
use htcd_domain::id::{AppointmentId, CentreId, PersonId, SiteId};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::{appointments, persons};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = appointments, treat_none_as_null = true)]
struct AppointmentRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    person_id: Id,
    body: String,
    site_id: Option<Id>,
    post: String,
    sector: Option<String>,
    organisation: Option<String>,
    employment: Option<String>,
    duties: Doc,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
    decision: Option<Doc>,
    end_decision: Option<Doc>,
    end_reason: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for AppointmentRow {
    type Record = Appointment;

    fn of(province_id: Id, kept: &Kept<Appointment>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        let doc = |decision: &Option<Decision>| decision.as_ref().map(Doc::of).transpose();
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            person_id: it.person_id.into(),
            body: it.body.code().into(),
            site_id: it.site_id.map(Id::from),
            post: it.post.code().into(),
            sector: it.sector.map(|sector| sector.code().into()),
            organisation: it.organisation.clone(),
            employment: it.employment.map(|employment| employment.code().into()),
            duties: Doc::of(&it.duties)?,
            starts_on: it.starts_on,
            ends_on: it.ends_on,
            decision: doc(&it.decision)?,
            end_decision: doc(&it.end_decision)?,
            end_reason: it.end_reason.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Appointment>, i64)> {
        let content = Appointment {
            id: None,
            centre_id: self.centre_id.into(),
            person_id: self.person_id.into(),
            body: coded(&self.body)?,
            site_id: self.site_id.map(SiteId::from),
            post: coded(&self.post)?,
            sector: self.sector.as_deref().map(coded).transpose()?,
            organisation: self.organisation,
            employment: self.employment.as_deref().map(coded).transpose()?,
            duties: self.duties.read()?,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            decision: self.decision.map(Doc::read).transpose()?,
            end_decision: self.end_decision.map(Doc::read).transpose()?,
            end_reason: self.end_reason,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Appointment, appointments, AppointmentRow, of a centre, ordered by starts_on: NaiveDate);

/// Which appointments a list shows.
#[derive(Debug, Clone, Default)]
pub struct AppointmentFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this person.
    pub person: Option<PersonId>,
    /// To the board of this site.
    pub site: Option<SiteId>,
    /// To this body.
    pub body: Option<BoardBody>,
    /// To this post.
    pub post: Option<Post>,
    /// Of those who represent this sector.
    pub sector: Option<Sector>,
    /// Of those who serve so.
    pub employment: Option<Employment>,
    /// That hold on this day.
    pub as_of: Option<NaiveDate>,
}

/// A part of the list of appointments, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &AppointmentFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Appointment>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(person) = filter.person {
        query = query.filter(appointments::person_id.eq(Id::from(person)));
    }
    if let Some(site) = filter.site {
        query = query.filter(appointments::site_id.eq(Id::from(site)).assume_not_null());
    }
    if let Some(body) = filter.body {
        query = query.filter(appointments::body.eq(body.code()));
    }
    if let Some(post) = filter.post {
        query = query.filter(appointments::post.eq(post.code()));
    }
    if let Some(sector) = filter.sector {
        query = query.filter(appointments::sector.eq(sector.code()).assume_not_null());
    }
    if let Some(employment) = filter.employment {
        query = query.filter(appointments::employment.eq(employment.code()).assume_not_null());
    }
    if let Some(day) = filter.as_of {
        query = query.filter(appointments::starts_on.le(day)).filter(goes_on(day));
    }
    part(tx, query, wanted)
}

/// Appointments that are not over before a day.
#[diesel::dsl::auto_type(no_type_alias)]
fn goes_on(day: NaiveDate) -> _ {
    let ends_on = appointments::ends_on.ge(day).assume_not_null();
    appointments::ends_on.is_null().or(ends_on)
}

fn read(rows: Vec<AppointmentRow>) -> Result<Vec<Kept<Appointment>>> {
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}

/// The appointments that one is to be looked at beside: those of the same person to the same body, and every director where it is
/// the director's. Only while [`crate::centre::hold`] holds the centre does the answer last.
///
/// # Errors
/// What the database said.
pub fn rivals(tx: &mut Tx<'_>, new: &Appointment, own: Option<AppointmentId>) -> Result<Vec<Kept<Appointment>>> {
    let mut query = appointments::table
        .filter(appointments::province_id.eq(tx.province()).and(appointments::centre_id.eq(Id::from(new.centre_id))))
        .filter(appointments::body.eq(new.body.code()))
        .into_boxed();
    let is_own = appointments::person_id.eq(Id::from(new.person_id));
    query = match new.post {
        Post::Director => query.filter(is_own.or(appointments::post.eq(Post::Director.code()))),
        _ => query.filter(is_own),
    };
    if let Some(own) = own {
        query = query.filter(appointments::id.ne(Id::from(own)));
    }
    read(query.order(appointments::starts_on).select(AppointmentRow::as_select()).load(tx.conn)?)
}

/// All posts that somebody holds or held, the oldest first.
///
/// # Errors
/// What the database said.
pub fn of_person(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Kept<Appointment>>> {
    let rows: Vec<AppointmentRow> = appointments::table
        .filter(appointments::province_id.eq(tx.province()).and(appointments::person_id.eq(Id::from(person))))
        .order((appointments::starts_on, appointments::id))
        .select(AppointmentRow::as_select())
        .load(tx.conn)?;
    read(rows)
}

/// The appointments of a body of a centre that do not end before a day, each with its revision.
///
/// # Errors
/// What the database said.
pub fn of_body(
    tx: &mut Tx<'_>,
    centre: CentreId,
    body: BoardBody,
    site: Option<SiteId>,
    day: NaiveDate,
) -> Result<Vec<(Kept<Appointment>, i64)>> {
    let mut query = appointments::table
        .filter(appointments::province_id.eq(tx.province()).and(appointments::centre_id.eq(Id::from(centre))))
        .filter(appointments::body.eq(body.code()))
        .filter(goes_on(day))
        .into_boxed();
    if let Some(site) = site {
        query = query.filter(appointments::site_id.eq(Id::from(site)).assume_not_null());
    }
    let rows: Vec<AppointmentRow> =
        query.order((appointments::starts_on, appointments::id)).select(AppointmentRow::as_select()).load(tx.conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// The appointments of every body of a centre that began before a day and do not end before it, each with its revision.
///
/// # Errors
/// What the database said.
pub fn reaching(tx: &mut Tx<'_>, centre: CentreId, day: NaiveDate) -> Result<Vec<(Kept<Appointment>, i64)>> {
    let rows: Vec<AppointmentRow> = appointments::table
        .filter(appointments::province_id.eq(tx.province()).and(appointments::centre_id.eq(Id::from(centre))))
        .filter(appointments::starts_on.lt(day).and(goes_on(day)))
        .order((appointments::starts_on, appointments::id))
        .select(AppointmentRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// What the board of a centre on a day is made from, in the order of names: who holds a post then, and for its vacancies
/// who ever sat on the board.
///
/// # Errors
/// What the database said.
pub fn with_names(tx: &mut Tx<'_>, centre: CentreId, day: NaiveDate) -> Result<Vec<(Kept<Appointment>, String)>> {
    let who = persons::province_id.eq(appointments::province_id).and(persons::id.eq(appointments::person_id));
    let rows: Vec<(AppointmentRow, String)> = appointments::table
        .inner_join(persons::table.on(who))
        .filter(appointments::province_id.eq(tx.province()).and(appointments::centre_id.eq(Id::from(centre))))
        .filter(appointments::starts_on.le(day))
        .filter(appointments::body.eq(BoardBody::Board.code()).or(goes_on(day)))
        .order((persons::name_sort, appointments::starts_on, appointments::id))
        .select((AppointmentRow::as_select(), persons::full_name))
        .load(tx.conn)?;
    rows.into_iter().map(|(row, name)| row.read().map(|(kept, _)| (kept, name))).collect()
}

type TenureColumns = (Id, Id, Id, String, Option<Id>, String, Option<String>, Option<String>, NaiveDate, Option<NaiveDate>, bool);

/// The seats of every centre in scope as facts on a day, by the centres' ids: two statements, however many centres.
///
/// # Errors
/// What the database said.
pub fn seats(tx: &mut Tx<'_>, whose: &Whose, day: NaiveDate) -> Result<Vec<CentreSeats>> {
    let centres = crate::centre::among(tx, whose)?;
    let query = in_scope(tx, whose);
    let mut tenures = tenures(tx, query, day)?;
    Ok(centres.iter().map(|centre| CentreSeats::on(centre, day, tenures.remove(&centre.id).unwrap_or_default())).collect())
}

/// The posts that people held or hold at some centres of the tenant and that began by a day, in one statement.
///
/// # Errors
/// What the database said.
pub(crate) fn tenures_at(tx: &mut Tx<'_>, only: Option<&[Id]>, day: NaiveDate) -> Result<BTreeMap<CentreId, Vec<Tenure>>> {
    let mut query = appointments::table.filter(appointments::province_id.eq(tx.province())).into_boxed();
    if let Some(only) = only {
        query = query.filter(appointments::centre_id.eq_any(only.to_vec()));
    }
    tenures(tx, query, day)
}

fn tenures(
    tx: &mut Tx<'_>,
    query: appointments::BoxedQuery<'_, crate::db::MultiBackend>,
    day: NaiveDate,
) -> Result<BTreeMap<CentreId, Vec<Tenure>>> {
    let rows: Vec<TenureColumns> = query
        .filter(appointments::starts_on.le(day))
        .order((appointments::centre_id, appointments::starts_on, appointments::id))
        .select((
            appointments::centre_id,
            appointments::id,
            appointments::person_id,
            appointments::body,
            appointments::site_id,
            appointments::post,
            appointments::sector,
            appointments::employment,
            appointments::starts_on,
            appointments::ends_on,
            appointments::decision.is_not_null(),
        ))
        .load(tx.conn)?;
    let mut tenures: BTreeMap<CentreId, Vec<Tenure>> = BTreeMap::new();
    for (centre, id, person, body, site, post, sector, employment, from, to, has_decision) in rows {
        tenures.entry(centre.into()).or_default().push(Tenure {
            appointment_id: id.into(),
            person_id: person.into(),
            body: coded(&body)?,
            site_id: site.map(SiteId::from),
            post: coded(&post)?,
            sector: sector.as_deref().map(coded).transpose()?,
            employment: employment.as_deref().map(coded).transpose()?,
            term: Term { from, to },
            has_decision,
        });
    }
    Ok(tenures)
}
