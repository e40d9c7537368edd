//! Rosters of rapporteurs, collaborators and teachers.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::Category;
use htcd_domain::id::{CentreId, RapporteurId, UnitId};
use htcd_domain::rapporteur::{Rapporteur, RapporteurContact, RapporteurKind};
use htcd_domain::record::Kept;
use htcd_domain::text::{fold, sort_key};

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose, just_one};
use crate::schema::rapporteurs;
use crate::types::{Doc, Id, Instant, coded};

/// Everything but how somebody is reached: a change of the record leaves that as it is.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rapporteurs, treat_none_as_null = true)]
struct RapporteurRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    full_name: String,
    name_sort: Vec<u8>,
    name_search: String,
    kind: String,
    organisation: Option<String>,
    occupation: Option<String>,
    qualification: Option<String>,
    categories: String,
    topics: Doc,
    active_from: Option<NaiveDate>,
    active_to: Option<NaiveDate>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// The categories that somebody speaks in, as a text in which lists look for one: each between blanks.
fn categories(it: &Rapporteur) -> String {
    it.topics.iter().fold(" ".to_owned(), |text, topic| {
        let code = topic.category.code();
        if text.contains(&format!(" {code} ")) { text } else { format!("{text}{code} ") }
    })
}

impl Row for RapporteurRow {
    type Record = Rapporteur;

    fn of(province_id: Id, kept: &Kept<Rapporteur>, revision: i64) -> Result<Self> {
        let it = kept.content.clone();
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.map(Id::from),
            unit_id: it.unit_id.map(Id::from),
            name_sort: sort_key(&it.full_name),
            name_search: fold(&it.full_name),
            kind: it.kind.code().into(),
            categories: categories(&it),
            topics: Doc::of(&it.topics)?,
            full_name: it.full_name,
            organisation: it.organisation,
            occupation: it.occupation,
            qualification: it.qualification,
            active_from: it.active_from,
            active_to: it.active_to,
            note: it.note,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Rapporteur>, i64)> {
        let content = Rapporteur {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            full_name: self.full_name,
            kind: coded(&self.kind)?,
            organisation: self.organisation,
            occupation: self.occupation,
            qualification: self.qualification,
            topics: self.topics.read()?,
            active_from: self.active_from,
            active_to: self.active_to,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Rapporteur, rapporteurs, RapporteurRow, of a holder, ordered by name_sort: Vec<u8>);

/// Whom a list shows.
#[derive(Debug, Clone, Default)]
pub struct RapporteurFilter {
    /// On whose roster.
    pub whose: Whose,
    /// Rapporteurs, collaborators or teachers.
    pub kind: Option<RapporteurKind>,
    /// Who speak in this category.
    pub category: Option<Category>,
    /// Who are on it on this day, as far as the days are known.
    pub active_on: Option<NaiveDate>,
    /// Whose name holds this text, blind to diacritics.
    pub q: Option<String>,
}

/// A part of a roster, in the order of a Vietnamese list.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &RapporteurFilter, wanted: Part<Vec<u8>>) -> Result<Vec<Kept<Rapporteur>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(kind) = filter.kind {
        query = query.filter(rapporteurs::kind.eq(kind.code()));
    }
    if let Some(category) = filter.category {
        query = query.filter(rapporteurs::categories.like(format!("% {} %", category.code())));
    }
    if let Some(day) = filter.active_on {
        query = query
            .filter(rapporteurs::active_from.is_null().or(rapporteurs::active_from.le(day).assume_not_null()))
            .filter(rapporteurs::active_to.is_null().or(rapporteurs::active_to.ge(day).assume_not_null()));
    }
    if let Some(q) = &filter.q {
        // A folded text holds letters, digits and spaces only, so nothing needs escaping.
        query = query.filter(rapporteurs::name_search.like(format!("%{}%", fold(q))));
    }
    part(tx, query, wanted)
}

/// Who stands on a centre's own roster on a day, each with the revision.
///
/// # Errors
/// What the database said.
pub fn standing(tx: &mut Tx<'_>, centre: CentreId, day: NaiveDate) -> Result<Vec<(Kept<Rapporteur>, i64)>> {
    let rows: Vec<RapporteurRow> = rapporteurs::table
        .filter(rapporteurs::province_id.eq(tx.province()))
        .filter(rapporteurs::centre_id.eq(Id::from(centre)).assume_not_null())
        .filter(rapporteurs::active_from.is_null().or(rapporteurs::active_from.lt(day).assume_not_null()))
        .filter(rapporteurs::active_to.is_null().or(rapporteurs::active_to.ge(day).assume_not_null()))
        .order(rapporteurs::id)
        .select(RapporteurRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// How somebody who was found is reached.
///
/// # Errors
/// What the database said.
pub fn contact(tx: &mut Tx<'_>, id: RapporteurId) -> Result<RapporteurContact> {
    let (email, phone): (Option<String>, Option<String>) =
        rapporteurs::table.find((tx.province(), Id::from(id))).select((rapporteurs::email, rapporteurs::phone)).first(tx.conn)?;
    Ok(RapporteurContact { email: email.map(Into::into), phone: phone.map(Into::into) })
}

/// Stores how somebody is reached, whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn replace_contact(
    tx: &mut Tx<'_>,
    id: RapporteurId,
    contact: &RapporteurContact,
    revision: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let target = rapporteurs::table.find((tx.province(), Id::from(id))).filter(rapporteurs::revision.eq(revision));
    let changed = diesel::update(target)
        .set((
            rapporteurs::email.eq(contact.email.as_ref().map(|email| email.reveal().to_owned())),
            rapporteurs::phone.eq(contact.phone.as_ref().map(|phone| phone.reveal().to_owned())),
            rapporteurs::revision.eq(revision + 1),
            rapporteurs::updated_at.eq(Instant::from(now)),
        ))
        .execute(tx.conn)?;
    just_one(changed)
}
