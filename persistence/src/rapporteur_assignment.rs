//! Who spoke in which activity or at which event.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::id::{ActivityId, CentreId, EventId, RapporteurId, UnitId};
use htcd_domain::rapporteur::{RapporteurAssignment, RapporteurTotals};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::rapporteur_assignments;
use crate::types::{Id, Instant};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rapporteur_assignments, treat_none_as_null = true)]
struct AssignmentRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    rapporteur_id: Id,
    activity_id: Option<Id>,
    event_id: Option<Id>,
    topic: Option<String>,
    sessions: Option<i64>,
    fee_vnd: Option<i64>,
    held_on: NaiveDate,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for AssignmentRow {
    type Record = RapporteurAssignment;

    fn of(province_id: Id, kept: &Kept<RapporteurAssignment>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.map(Id::from),
            unit_id: it.unit_id.map(Id::from),
            rapporteur_id: it.rapporteur_id.into(),
            activity_id: it.activity_id.map(Id::from),
            event_id: it.event_id.map(Id::from),
            topic: it.topic.clone(),
            sessions: it.sessions,
            fee_vnd: it.fee_vnd,
            held_on: it.held_on,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<RapporteurAssignment>, i64)> {
        let content = RapporteurAssignment {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            rapporteur_id: self.rapporteur_id.into(),
            activity_id: self.activity_id.map(ActivityId::from),
            event_id: self.event_id.map(EventId::from),
            topic: self.topic,
            sessions: self.sessions,
            fee_vnd: self.fee_vnd,
            held_on: self.held_on,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(RapporteurAssignment, rapporteur_assignments, AssignmentRow, of a holder, ordered by held_on: NaiveDate);

/// Which assignments a list shows.
#[derive(Debug, Clone, Default)]
pub struct AssignmentFilter {
    /// Kept by whom.
    pub whose: Whose,
    /// Of this rapporteur.
    pub rapporteur: Option<RapporteurId>,
    /// In this activity.
    pub activity: Option<ActivityId>,
    /// At this event.
    pub event: Option<EventId>,
    /// On this day or later.
    pub from: Option<NaiveDate>,
    /// On this day or earlier.
    pub to: Option<NaiveDate>,
}

fn filtered<'q>(tx: &Tx<'_>, filter: &AssignmentFilter) -> rapporteur_assignments::BoxedQuery<'q, crate::db::MultiBackend> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(rapporteur) = filter.rapporteur {
        query = query.filter(rapporteur_assignments::rapporteur_id.eq(Id::from(rapporteur)));
    }
    if let Some(activity) = filter.activity {
        query = query.filter(rapporteur_assignments::activity_id.eq(Id::from(activity)).assume_not_null());
    }
    if let Some(event) = filter.event {
        query = query.filter(rapporteur_assignments::event_id.eq(Id::from(event)).assume_not_null());
    }
    if let Some(from) = filter.from {
        query = query.filter(rapporteur_assignments::held_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(rapporteur_assignments::held_on.le(to));
    }
    query
}

/// A part of the list of assignments, by their day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &AssignmentFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<RapporteurAssignment>>> {
    let query = filtered(tx, filter);
    part(tx, query, wanted)
}

/// What a rapporteur's assignments in scope add up to.
///
/// # Errors
/// What the database said.
pub fn totals(
    tx: &mut Tx<'_>,
    rapporteur: RapporteurId,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<RapporteurTotals> {
    let filter = AssignmentFilter { rapporteur: Some(rapporteur), from, to, ..AssignmentFilter::default() };
    let rows: Vec<(NaiveDate, Option<i64>, Option<i64>)> = filtered(tx, &filter)
        .select((rapporteur_assignments::held_on, rapporteur_assignments::sessions, rapporteur_assignments::fee_vnd))
        .load(tx.conn)?;
    Ok(RapporteurTotals::of(rapporteur, &rows))
}
