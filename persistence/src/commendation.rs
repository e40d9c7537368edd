//! Commendations.

use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::centre::Decision;
use htcd_domain::commendation::{Commendation, CommendationForm};
use htcd_domain::id::{CentreId, EventId, RapporteurId, UnitId};
use htcd_domain::record::Kept;
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::commendations;
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = commendations, treat_none_as_null = true)]
struct CommendationRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    year: i32,
    recipient_kind: String,
    recipient_name: Option<String>,
    recipient_centre_id: Option<Id>,
    rapporteur_id: Option<Id>,
    form: String,
    details: Doc,
    event_id: Option<Id>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What nothing is counted or looked up by.
#[derive(Serialize, Deserialize)]
struct Details {
    reason: String,
    decision: Option<Decision>,
    note: Option<String>,
}

impl Row for CommendationRow {
    type Record = Commendation;

    fn of(province_id: Id, kept: &Kept<Commendation>, revision: i64) -> Result<Self> {
        let it = kept.content.clone();
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.map(Id::from),
            unit_id: it.unit_id.map(Id::from),
            year: it.year,
            recipient_kind: it.recipient_kind.code().into(),
            recipient_name: it.recipient_name,
            recipient_centre_id: it.recipient_centre_id.map(Id::from),
            rapporteur_id: it.rapporteur_id.map(Id::from),
            form: it.form.code().into(),
            details: Doc::of(&Details { reason: it.reason, decision: it.decision, note: it.note })?,
            event_id: it.event_id.map(Id::from),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Commendation>, i64)> {
        let details: Details = self.details.read()?;
        let content = Commendation {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            year: self.year,
            recipient_kind: coded(&self.recipient_kind)?,
            recipient_name: self.recipient_name,
            recipient_centre_id: self.recipient_centre_id.map(CentreId::from),
            rapporteur_id: self.rapporteur_id.map(RapporteurId::from),
            form: coded(&self.form)?,
            reason: details.reason,
            decision: details.decision,
            event_id: self.event_id.map(EventId::from),
            note: details.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Commendation, commendations, CommendationRow, of a holder, ordered by year: i32);

/// Which commendations a list shows.
#[derive(Debug, Clone, Default)]
pub struct CommendationFilter {
    /// Kept by whom.
    pub whose: Whose,
    /// For the work of this year.
    pub year: Option<i32>,
    /// In this form.
    pub form: Option<CommendationForm>,
    /// Of this rapporteur.
    pub rapporteur: Option<RapporteurId>,
    /// Given at this event.
    pub event: Option<EventId>,
    /// Given to this centre.
    pub recipient_centre: Option<CentreId>,
}

/// A part of the list of commendations, by their year.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &CommendationFilter, wanted: Part<i32>) -> Result<Vec<Kept<Commendation>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(year) = filter.year {
        query = query.filter(commendations::year.eq(year));
    }
    if let Some(form) = filter.form {
        query = query.filter(commendations::form.eq(form.code()));
    }
    if let Some(rapporteur) = filter.rapporteur {
        query = query.filter(commendations::rapporteur_id.eq(Id::from(rapporteur)).assume_not_null());
    }
    if let Some(event) = filter.event {
        query = query.filter(commendations::event_id.eq(Id::from(event)).assume_not_null());
    }
    if let Some(centre) = filter.recipient_centre {
        query = query.filter(commendations::recipient_centre_id.eq(Id::from(centre)).assume_not_null());
    }
    part(tx, query, wanted)
}
