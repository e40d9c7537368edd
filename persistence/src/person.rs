//! People who work for a centre.

use chrono::DateTime;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::{CentreId, PersonId, UnitId, UserId};
use htcd_domain::person::Person;
use htcd_domain::personal::{Email, Phone};
use htcd_domain::record::Kept;
use htcd_domain::text::{fold, sort_key};

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::{appointments, grants, persons};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = persons, treat_none_as_null = true)]
struct PersonRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    full_name: String,
    name_sort: Vec<u8>,
    name_search: String,
    sex: Option<String>,
    birth_year: Option<i64>,
    ethnic_minority: Option<bool>,
    occupation: Option<String>,
    organisation: Option<String>,
    qualification: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    user_id: Option<Id>,
    anonymised_at: Option<Instant>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for PersonRow {
    type Record = Person;

    fn of(province_id: Id, kept: &Kept<Person>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            full_name: it.full_name.clone(),
            name_sort: sort_key(&it.full_name),
            name_search: fold(&it.full_name),
            sex: it.sex.map(|sex| sex.code().into()),
            birth_year: it.birth_year,
            ethnic_minority: it.ethnic_minority,
            occupation: it.occupation.clone(),
            organisation: it.organisation.clone(),
            qualification: it.qualification.clone(),
            email: it.email.as_ref().map(|email| email.reveal().to_owned()),
            phone: it.phone.as_ref().map(|phone| phone.reveal().to_owned()),
            user_id: it.user_id.map(Id::from),
            anonymised_at: it.anonymised_at.map(Instant::from),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Person>, i64)> {
        let content = Person {
            id: None,
            centre_id: self.centre_id.into(),
            full_name: self.full_name,
            sex: self.sex.as_deref().map(coded).transpose()?,
            birth_year: self.birth_year,
            ethnic_minority: self.ethnic_minority,
            occupation: self.occupation,
            organisation: self.organisation,
            qualification: self.qualification,
            email: self.email.map(Email::from),
            phone: self.phone.map(Phone::from),
            user_id: self.user_id.map(UserId::from),
            anonymised_at: self.anonymised_at.map(DateTime::from),
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Person, persons, PersonRow, of a centre, ordered by name_sort: Vec<u8>);

/// Which people a list shows.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// Whose.
    pub whose: Whose,
    /// Whose name holds this text, blind to diacritics.
    pub q: Option<String>,
}

/// A part of the list of people, in the order of a Vietnamese list.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &PersonFilter, wanted: Part<Vec<u8>>) -> Result<Vec<Kept<Person>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(q) = &filter.q {
        // A folded text holds letters, digits and spaces only, so nothing needs escaping.
        query = query.filter(persons::name_search.like(format!("%{}%", fold(q))));
    }
    part(tx, query, wanted)
}

/// What the tenant keeps of the person behind an account, in all its centres.
///
/// # Errors
/// What the database said.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Kept<Person>>> {
    let rows: Vec<PersonRow> = persons::table
        .filter(persons::province_id.eq(tx.province()).and(persons::user_id.eq(Id::from(user)).assume_not_null()))
        .order((persons::name_sort, persons::id))
        .select(PersonRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}

/// Whether an account of the tenant holds or held a role on a centre, or on the commune that it lies in: then it may be
/// linked to a person of the centre by somebody who does not manage the account.
///
/// # Errors
/// What the database said.
pub fn serves(tx: &mut Tx<'_>, user: UserId, centre: CentreId, commune: UnitId) -> Result<bool> {
    let found: Option<Id> = grants::table
        .filter(grants::province_id.eq(tx.province()).and(grants::user_id.eq(Id::from(user))))
        .filter(
            (grants::centre_id.is_not_null().and(grants::centre_id.eq(Id::from(centre)).assume_not_null()))
                .or(grants::unit_id.is_not_null().and(grants::unit_id.eq(Id::from(commune)).assume_not_null())),
        )
        .select(grants::id)
        .first(tx.conn)
        .optional()?;
    Ok(found.is_some())
}

/// Takes away why somebody's appointments ended: it may say more of them than that they did.
///
/// # Errors
/// What the database said.
pub fn forget_reasons(tx: &mut Tx<'_>, person: PersonId) -> Result<()> {
    let theirs = appointments::table
        .filter(appointments::province_id.eq(tx.province()).and(appointments::person_id.eq(Id::from(person))))
        .filter(appointments::end_reason.is_not_null());
    diesel::update(theirs)
        .set((appointments::end_reason.eq(None::<String>), appointments::revision.eq(appointments::revision + 1)))
        .execute(tx.conn)?;
    Ok(())
}
