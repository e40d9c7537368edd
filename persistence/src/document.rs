//! Registers of papers, and what ratings cite of them.

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::document::{
    BorneNumber, Document, DocumentDirection, DocumentKind, DocumentNumbers, IssuerLevel, NumberRow, symbol_key,
};
use htcd_domain::evidence::{Cited, Citing};
use htcd_domain::id::{CentreId, DocumentId, FileId, PlanId, RatingId, UnitId};
use htcd_domain::rating::{Rating, RatingState};
use htcd_domain::record::{Holder, Kept};
use htcd_domain::text::fold;
use serde::{Deserialize, Serialize};

use crate::db::{Conn, MultiBackend, Tx};
use crate::error::{Error, Result};
use crate::record::{Part, Row, Whose, ids};
use crate::schema::{documents, rating_documents, rating_files, ratings};
use crate::types::{Doc, Id, Instant, coded};
use crate::{plan, report};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = documents, treat_none_as_null = true)]
struct DocumentRow {
    province_id: Id,
    id: Id,
    centre_id: Option<Id>,
    unit_id: Option<Id>,
    holder_id: Id,
    direction: String,
    kind: String,
    year: i32,
    registered_on: NaiveDate,
    signed_on: Option<NaiveDate>,
    number: Option<i64>,
    symbol: Option<String>,
    symbol_key: Option<String>,
    arrival_number: Option<i64>,
    subject: String,
    signer: Option<String>,
    search: String,
    file_id: Option<Id>,
    plan_id: Option<Id>,
    rating_id: Option<Id>,
    answers_id: Option<Id>,
    replaces_id: Option<Id>,
    details: Doc,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What nothing is counted or looked up by.
#[derive(Serialize, Deserialize)]
struct Details {
    issuer_number: Option<String>,
    issuer: Option<String>,
    issuer_level: Option<IssuerLevel>,
    recipients: Vec<String>,
    signer_post: Option<String>,
    keywords: Vec<String>,
    criterion: Option<String>,
    note: Option<String>,
}

/// The rules of a record are checked before it is stored.
fn unchecked(what: &str) -> Error {
    Error::Corrupt(format!("a document without {what}"))
}

fn holder_id(holder: Holder) -> Option<Id> {
    match holder {
        Holder::Centre(id) => Some(id.into()),
        Holder::Unit(id) => Some(id.into()),
        Holder::Province => None,
    }
}

impl Row for DocumentRow {
    type Record = Document;

    fn of(province_id: Id, kept: &Kept<Document>, revision: i64) -> Result<Self> {
        let it = kept.content.clone();
        let search = it.search_text();
        let (centre_id, unit_id) = (it.centre_id.map(Id::from), it.unit_id.map(Id::from));
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id,
            unit_id,
            holder_id: centre_id.or(unit_id).ok_or_else(|| unchecked("a holder"))?,
            direction: it.direction.code().into(),
            kind: it.kind.code().into(),
            year: it.registered.register_year,
            registered_on: it.registered_on().ok_or_else(|| unchecked("a day"))?,
            signed_on: it.signed_on,
            number: it.number,
            symbol_key: it.symbol.as_deref().map(symbol_key),
            symbol: it.symbol,
            arrival_number: it.arrival_number,
            subject: it.subject,
            signer: it.signer,
            search,
            file_id: it.file_id.map(Id::from),
            plan_id: it.plan_id.map(Id::from),
            rating_id: it.rating_id.map(Id::from),
            answers_id: it.answers_id.map(Id::from),
            replaces_id: it.replaces_id.map(Id::from),
            details: Doc::of(&Details {
                issuer_number: it.issuer_number,
                issuer: it.issuer,
                issuer_level: it.issuer_level,
                recipients: it.recipients,
                signer_post: it.signer_post,
                keywords: it.keywords,
                criterion: it.criterion,
                note: it.note,
            })?,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Document>, i64)> {
        let details: Details = self.details.read()?;
        let direction = coded(&self.direction)?;
        let content = Document {
            id: None,
            centre_id: self.centre_id.map(CentreId::from),
            unit_id: self.unit_id.map(UnitId::from),
            direction,
            kind: coded(&self.kind)?,
            number: self.number,
            symbol: self.symbol,
            issuer_number: details.issuer_number,
            arrival_number: self.arrival_number,
            arrived_on: (direction == DocumentDirection::Incoming).then_some(self.registered_on),
            signed_on: self.signed_on,
            issuer: details.issuer,
            issuer_level: details.issuer_level,
            subject: self.subject,
            recipients: details.recipients,
            signer: self.signer,
            signer_post: details.signer_post,
            keywords: details.keywords,
            file_id: self.file_id.map(FileId::from),
            plan_id: self.plan_id.map(PlanId::from),
            rating_id: self.rating_id.map(RatingId::from),
            criterion: details.criterion,
            answers_id: self.answers_id.map(DocumentId::from),
            replaces_id: self.replaces_id.map(DocumentId::from),
            note: details.note,
            registered: htcd_domain::document::Registered::default(),
        };
        let (created_at, updated_at) = (self.created_at.into(), self.updated_at.into());
        Ok((Kept { id: self.id.into(), content: content.registered(), created_at, updated_at }, self.revision))
    }
}

stored!(Document, documents, DocumentRow, of a holder, ordered by registered_on: NaiveDate);

/// Which papers a list shows.
#[derive(Debug, Clone, Default)]
pub struct DocumentFilter {
    /// In whose register.
    pub whose: Whose,
    /// Received or issued.
    pub direction: Option<DocumentDirection>,
    /// Of this kind.
    pub kind: Option<DocumentKind>,
    /// In the register of this year.
    pub year: Option<i32>,
    /// Registered on this day or later.
    pub from: Option<NaiveDate>,
    /// Registered on this day or earlier.
    pub to: Option<NaiveDate>,
    /// About this plan.
    pub plan: Option<PlanId>,
    /// Named as evidence in this rating, by the paper or by an assessment.
    pub rating: Option<RatingId>,
    /// That hold this text.
    pub q: Option<String>,
}

/// The papers that a rating's assessments cite, as a part of a query.
#[diesel::dsl::auto_type(no_type_alias)]
fn cited_by(province: Id, rating: Id) -> _ {
    rating_documents::table
        .filter(rating_documents::province_id.eq(province))
        .filter(rating_documents::rating_id.eq(rating))
        .select(rating_documents::document_id)
}

/// A part of the list of papers, by the day they stand in the register by.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &DocumentFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Document>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(direction) = filter.direction {
        query = query.filter(documents::direction.eq(direction.code()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(documents::kind.eq(kind.code()));
    }
    if let Some(year) = filter.year {
        query = query.filter(documents::year.eq(year));
    }
    if let Some(from) = filter.from {
        query = query.filter(documents::registered_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(documents::registered_on.le(to));
    }
    if let Some(plan) = filter.plan {
        query = query.filter(documents::plan_id.eq(Id::from(plan)).assume_not_null());
    }
    if let Some(rating) = filter.rating {
        let rating = Id::from(rating);
        let named = documents::rating_id.is_not_null().and(documents::rating_id.eq(rating).assume_not_null());
        query = query.filter(named.or(documents::id.eq_any(cited_by(tx.province(), rating))));
    }
    if let Some(q) = &filter.q {
        // A folded text holds letters, digits and spaces only, so nothing needs escaping.
        query = query.filter(documents::search.like(format!("%{}%", fold(q))));
    }
    part(tx, query, wanted)
}

/// Another paper of the register that has the number of this one, or its arrival number, in the year.
///
/// # Errors
/// What the database said.
pub fn numbered_alike(tx: &mut Tx<'_>, document: &Document, own: Option<DocumentId>) -> Result<Option<Kept<Document>>> {
    let Some(holder) = Holder::of(document.centre_id, document.unit_id).and_then(holder_id) else { return Ok(None) };
    let mut query = documents::table
        .filter(documents::province_id.eq(tx.province()).and(documents::holder_id.eq(holder)))
        .filter(documents::year.eq(document.registered.register_year))
        .into_boxed::<MultiBackend>();
    query = match (document.number.zip(document.symbol.as_deref()), document.arrival_number) {
        (Some((number, symbol)), _) => query
            .filter(documents::symbol_key.eq(symbol_key(symbol)).assume_not_null())
            .filter(documents::number.eq(number).assume_not_null()),
        (None, Some(number)) => query.filter(documents::arrival_number.eq(number).assume_not_null()),
        (None, None) => return Ok(None),
    };
    if let Some(own) = own {
        query = query.filter(documents::id.ne(Id::from(own)));
    }
    let row: Option<DocumentRow> = query.select(DocumentRow::as_select()).first(tx.conn).optional()?;
    row.map(|row| row.read().map(|(kept, _)| kept)).transpose()
}

/// The paper that a centre issued under a number in a year.
///
/// # Errors
/// What the database said.
pub fn entry_of(tx: &mut Tx<'_>, centre: CentreId, borne: &BorneNumber) -> Result<Option<Kept<Document>>> {
    let row: Option<DocumentRow> = documents::table
        .filter(documents::province_id.eq(tx.province()).and(documents::holder_id.eq(Id::from(centre))))
        .filter(documents::year.eq(borne.signed_on.year()))
        .filter(documents::symbol_key.eq(symbol_key(&borne.symbol)).assume_not_null())
        .filter(documents::number.eq(borne.number).assume_not_null())
        .select(DocumentRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(|row| row.read().map(|(kept, _)| kept)).transpose()
}

/// The numbers that a centre's reports and plans of a year bear.
///
/// # Errors
/// What the database said.
pub fn borne(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Vec<BorneNumber>> {
    let mut found = report::borne(tx, centre, year)?;
    found.extend(plan::borne(tx, centre, year)?);
    Ok(found)
}

/// The numbers of a register in a year, those that reports and plans bear among them.
///
/// # Errors
/// What the database said.
pub fn numbers(tx: &mut Tx<'_>, keeper: Holder, year: i32) -> Result<DocumentNumbers> {
    use diesel::dsl::{count_star, max};
    let holder = holder_id(keeper).ok_or_else(|| unchecked("a holder"))?;
    let (arrivals, last): (i64, Option<i64>) = documents::table
        .filter(documents::province_id.eq(tx.province()).and(documents::holder_id.eq(holder)))
        .filter(documents::year.eq(year).and(documents::arrival_number.is_not_null()))
        .select((count_star(), max(documents::arrival_number)))
        .first(tx.conn)?;
    let rows: Vec<(Option<String>, i64, Option<i64>)> = documents::table
        .filter(documents::province_id.eq(tx.province()).and(documents::holder_id.eq(holder)))
        .filter(documents::year.eq(year).and(documents::number.is_not_null()))
        .group_by(documents::symbol_key)
        .order(documents::symbol_key)
        .select((max(documents::symbol), count_star(), max(documents::number)))
        .load(tx.conn)?;
    let mut rows: Vec<NumberRow> = rows.into_iter().map(|(symbol, papers, last)| NumberRow::of(symbol, papers, last)).collect();
    if let Holder::Centre(centre) = keeper {
        NumberRow::add(&mut rows, &borne(tx, centre, year)?);
    }
    let next_of_all = rows.iter().filter_map(|row| row.last).max().unwrap_or(0) + 1;
    let outgoing = rows;
    Ok(DocumentNumbers { year, incoming: NumberRow::of(None, arrivals, last), outgoing, next_of_all })
}

/// The next number of the row that a paper stands in.
///
/// # Errors
/// What the database said.
pub fn next_number(tx: &mut Tx<'_>, document: &Document) -> Result<i64> {
    let Some(holder) = Holder::of(document.centre_id, document.unit_id) else { return Ok(1) };
    let numbers = numbers(tx, holder, document.registered.register_year)?;
    let Some(symbol) = &document.symbol else { return Ok(numbers.incoming.next) };
    let of_symbol = |row: &&NumberRow| row.symbol.as_deref().is_some_and(|other| symbol_key(other) == symbol_key(symbol));
    Ok(numbers.outgoing.iter().find(of_symbol).map_or(1, |row| row.next))
}

/// Papers in scope that are kept in this file.
///
/// # Errors
/// What the database said.
pub fn of_file(tx: &mut Tx<'_>, file: FileId) -> Result<Vec<Kept<Document>>> {
    let rows: Vec<DocumentRow> = in_scope(tx, &Whose::default())
        .filter(documents::file_id.eq(Id::from(file)).assume_not_null())
        .order(documents::id)
        .select(DocumentRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}

type CitingColumns = (Id, i32, String, Option<Id>, Id);

fn citing((id, year, state, centre, commune): CitingColumns) -> Result<Citing> {
    Ok(Citing {
        rating_id: id.into(),
        year,
        state: coded(&state)?,
        centre_id: centre.map(CentreId::from),
        commune_id: commune.into(),
    })
}

/// The ratings that cite a paper, in an assessment or because the paper names them; in scope or not.
///
/// # Errors
/// What the database said.
pub fn citing_document(tx: &mut Tx<'_>, document: DocumentId, names: Option<RatingId>) -> Result<Vec<Citing>> {
    let mut found: Vec<Id> = rating_documents::table
        .filter(rating_documents::province_id.eq(tx.province()).and(rating_documents::document_id.eq(Id::from(document))))
        .select(rating_documents::rating_id)
        .load(tx.conn)?;
    found.extend(names.map(Id::from));
    citing_ratings(tx, found)
}

/// The ratings that cite a file in an assessment; in scope or not.
///
/// # Errors
/// What the database said.
pub fn citing_file(tx: &mut Tx<'_>, file: FileId) -> Result<Vec<Citing>> {
    let found: Vec<Id> = rating_files::table
        .filter(rating_files::province_id.eq(tx.province()).and(rating_files::file_id.eq(Id::from(file))))
        .select(rating_files::rating_id)
        .load(tx.conn)?;
    citing_ratings(tx, found)
}

fn citing_ratings(tx: &mut Tx<'_>, found: Vec<Id>) -> Result<Vec<Citing>> {
    if found.is_empty() {
        return Ok(vec![]);
    }
    let rows: Vec<CitingColumns> = ratings::table
        .filter(ratings::province_id.eq(tx.province()).and(ratings::id.eq_any(found)))
        .order((ratings::year, ratings::id))
        .select((ratings::id, ratings::year, ratings::state, ratings::centre_id, ratings::commune_id))
        .load(tx.conn)?;
    rows.into_iter().map(citing).collect()
}

/// Holds a paper until the transaction ends: nobody decides a rating on it meanwhile, and nobody who decides one is overtaken.
/// On SQLite a writing transaction is the only one from its beginning on.
///
/// # Errors
/// What the database said.
pub fn hold(tx: &mut Tx<'_>, id: DocumentId) -> Result<()> {
    hold_all(tx, vec![id.into()])
}

fn hold_all(tx: &mut Tx<'_>, found: Vec<Id>) -> Result<()> {
    let province = tx.province();
    if let Conn::Pg(pg) = &mut *tx.conn {
        // In one order, so that two who hold several do not wait for each other.
        documents::table
            .filter(documents::province_id.eq(province).and(documents::id.eq_any(found)))
            .order(documents::id)
            .select(documents::id)
            .for_no_key_update()
            .load::<Id>(pg)?;
    }
    Ok(())
}

/// Notes what the assessments of a rating cite. While it is open this replaces what was noted; once it is decided all of it
/// stays, for its history rests on it.
///
/// # Errors
/// What the database said.
pub(crate) fn note_cited(tx: &mut Tx<'_>, rating: &Rating) -> Result<()> {
    let Cited { documents: papers, files } = rating.cited();
    let (province, own) = (tx.province(), Id::from(rating.id));
    if rating.state != RatingState::Amended {
        let of_rating = rating_documents::province_id.eq(province).and(rating_documents::rating_id.eq(own));
        diesel::delete(rating_documents::table.filter(of_rating)).execute(tx.conn)?;
        let of_rating = rating_files::province_id.eq(province).and(rating_files::rating_id.eq(own));
        diesel::delete(rating_files::table.filter(of_rating)).execute(tx.conn)?;
    }
    if rating.state.is_decided() {
        let mut held = ids(&papers);
        let named: Vec<Id> = documents::table
            .filter(documents::province_id.eq(province).and(documents::rating_id.eq(own).assume_not_null()))
            .select(documents::id)
            .load(tx.conn)?;
        held.extend(named);
        hold_all(tx, held)?;
    }
    for paper in papers {
        let row = (
            rating_documents::province_id.eq(province),
            rating_documents::rating_id.eq(own),
            rating_documents::document_id.eq(Id::from(paper)),
        );
        on_backend!(tx.conn, |c| diesel::insert_into(rating_documents::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    for file in files {
        let row =
            (rating_files::province_id.eq(province), rating_files::rating_id.eq(own), rating_files::file_id.eq(Id::from(file)));
        on_backend!(tx.conn, |c| diesel::insert_into(rating_files::table).values(row).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}
