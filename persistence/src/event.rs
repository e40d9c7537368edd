//! Trainings, workshops, contests, exchanges, meetings and reviews, and whose people attended them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::event::{Event, EventCluster, EventKind, EventParticipants, EventTheme};
use htcd_domain::id::{CentreId, EventId, UnitId};
use htcd_domain::record::Kept;
use serde::{Deserialize, Serialize};

use crate::centre::ids_among;
use crate::db::{MultiBackend, Tx};
use crate::error::Result;
use crate::record::{Part, Row, Whose, ids};
use crate::schema::{event_centres, events};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = events, treat_none_as_null = true)]
struct EventRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    kind: String,
    title: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    cost_vnd: Option<i64>,
    details: Doc,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What nothing is looked up by. The attending centres are, in `event_centres`; here they stand in the order in which they were given.
#[derive(Serialize, Deserialize)]
struct Details {
    place: Option<String>,
    cluster: Option<EventCluster>,
    host_organisation: Option<String>,
    themes: Vec<EventTheme>,
    participants: Vec<EventParticipants>,
    attending_centre_ids: Vec<CentreId>,
    results: Option<String>,
    conclusions: Option<String>,
    note: Option<String>,
}

impl Row for EventRow {
    type Record = Event;

    fn of(province_id: Id, kept: &Kept<Event>, revision: i64) -> Result<Self> {
        let it = kept.content.clone();
        let details = Details {
            place: it.place,
            cluster: it.cluster,
            host_organisation: it.host_organisation,
            themes: it.themes,
            participants: it.participants,
            attending_centre_ids: it.attending_centre_ids,
            results: it.results,
            conclusions: it.conclusions,
            note: it.note,
        };
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.map(Id::from),
            unit_id: it.unit_id.map(Id::from),
            kind: it.kind.code().into(),
            title: it.title,
            starts_on: it.starts_on,
            ends_on: it.ends_on,
            cost_vnd: it.cost_vnd,
            details: Doc::of(&details)?,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Event>, i64)> {
        let details: Details = self.details.read()?;
        let content = Event {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            kind: coded(&self.kind)?,
            title: self.title,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            place: details.place,
            cluster: details.cluster,
            host_organisation: details.host_organisation,
            themes: details.themes,
            participants: details.participants,
            attending_centre_ids: details.attending_centre_ids,
            results: details.results,
            conclusions: details.conclusions,
            cost_vnd: self.cost_vnd,
            note: details.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Event, events, EventRow, of a holder, ordered by starts_on: NaiveDate);

/// Which events a list shows.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Held by whom.
    pub whose: Whose,
    /// That the people of this centre attended.
    pub attended_by: Option<CentreId>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// That begin on this day or later.
    pub from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    pub to: Option<NaiveDate>,
}

/// The events that the people of a centre attended, as a part of a query.
#[diesel::dsl::auto_type(no_type_alias)]
fn attended(province: Id, centre: Id) -> _ {
    event_centres::table
        .filter(event_centres::province_id.eq(province))
        .filter(event_centres::centre_id.eq(centre))
        .select(event_centres::event_id)
}

fn filtered<'q>(tx: &Tx<'_>, filter: &EventFilter) -> events::BoxedQuery<'q, MultiBackend> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(centre) = filter.attended_by {
        query = query.filter(events::id.eq_any(attended(tx.province(), centre.into())));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(events::kind.eq(kind.code()));
    }
    if let Some(from) = filter.from {
        query = query.filter(events::starts_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(events::starts_on.le(to));
    }
    query
}

/// A part of the list of events, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &EventFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Event>>> {
    let query = filtered(tx, filter);
    part(tx, query, wanted)
}

/// All events that a filter finds, for counting them.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>, filter: &EventFilter) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> =
        filtered(tx, filter).select(EventRow::as_select()).order((events::starts_on, events::id)).load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept.content)).collect()
}

/// Says anew whose people attended an event.
///
/// # Errors
/// What the database said.
pub fn replace_attendance(tx: &mut Tx<'_>, event: EventId, centres: &BTreeSet<CentreId>) -> Result<()> {
    let (province, event) = (tx.province(), Id::from(event));
    diesel::delete(event_centres::table.filter(event_centres::province_id.eq(province).and(event_centres::event_id.eq(event))))
        .execute(tx.conn)?;
    let rows: Vec<_> = centres
        .iter()
        .map(|centre| {
            (
                event_centres::province_id.eq(province),
                event_centres::centre_id.eq(Id::from(*centre)),
                event_centres::event_id.eq(event),
            )
        })
        .collect();
    on_backend!(tx.conn, |c| diesel::insert_into(event_centres::table).values(&rows).execute(c))?;
    Ok(())
}

/// How many trainings that began from one day to another the people of each centre attended, whoever held them. Centres that
/// attended none are not among them.
///
/// # Errors
/// What the database said.
pub fn trainings_attended(tx: &mut Tx<'_>, whose: &Whose, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<CentreId, i64>> {
    let held = events::province_id.eq(event_centres::province_id).and(events::id.eq(event_centres::event_id));
    let mut query = event_centres::table
        .inner_join(events::table.on(held))
        .filter(event_centres::province_id.eq(tx.province()))
        .filter(events::kind.eq(EventKind::Training.code()))
        .filter(events::starts_on.ge(from).and(events::starts_on.le(to)))
        .group_by(event_centres::centre_id)
        .select((event_centres::centre_id, diesel::dsl::count_star()))
        .into_boxed::<MultiBackend>();
    if let Some(centre) = whose.centre {
        query = query.filter(event_centres::centre_id.eq(Id::from(centre)));
    }
    if let Some(units) = &whose.units {
        query = query.filter(event_centres::centre_id.eq_any(ids_among(tx.province(), ids(units), vec![])));
    }
    if !tx.scope.whole {
        let (communes, own) = (ids(&tx.scope.communes), ids(&tx.scope.centres));
        query = query.filter(event_centres::centre_id.eq_any(ids_among(tx.province(), communes, own)));
    }
    let rows: Vec<(Id, i64)> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(|(centre, trainings)| (centre.into(), trainings)).collect())
}
