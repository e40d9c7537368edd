//! Centres, their placements, acts, successors and sites.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use htcd_domain::centre::{ActRecord, Centre, CentreStatus, OperatingModel, Placement, Site};
use htcd_domain::duties::Places;
use htcd_domain::id::{CentreId, SiteId, UnitId};
use htcd_domain::points::Points;
use htcd_domain::text::{fold, sort_key};
use htcd_domain::{Code, Coded, Problem};

use crate::db::{Conn, MultiBackend, Tx};
use crate::error::{OnUnique, Result};
use crate::expression::after;
use crate::rating::Decided;
use crate::record::{Whose, ids};
use crate::schema::{centre_acts, centre_placements, centre_sites, centre_successions, centres, ratings};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = centres, treat_none_as_null = true)]
struct CentreRow {
    province_id: Id,
    id: Id,
    code: Option<String>,
    name: String,
    name_sort: Vec<u8>,
    name_search: String,
    commune_id: Id,
    operating_model: String,
    has_seal: Option<bool>,
    has_account: Option<bool>,
    address: Option<String>,
    status: String,
    operating_from: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl CentreRow {
    fn new(province_id: Id, centre: &Centre, revision: i64) -> Self {
        Self {
            province_id,
            id: centre.id.into(),
            code: centre.code.clone(),
            name: centre.name.clone(),
            name_sort: sort_key(&centre.name),
            name_search: fold(&centre.name),
            commune_id: centre.commune_id.into(),
            operating_model: centre.operating_model.code().to_owned(),
            has_seal: centre.has_seal,
            has_account: centre.has_account,
            address: centre.address.clone(),
            status: centre.status.code().to_owned(),
            operating_from: centre.operating_from,
            ended_on: centre.ended_on,
            revision,
            created_at: centre.created_at.into(),
            updated_at: centre.updated_at.into(),
        }
    }
}

/// What is read of a centre: all but what only the order and the search of lists look at.
#[derive(Queryable, Selectable)]
#[diesel(table_name = centres)]
struct StoredCentre {
    id: Id,
    code: Option<String>,
    name: String,
    commune_id: Id,
    operating_model: String,
    has_seal: Option<bool>,
    has_account: Option<bool>,
    address: Option<String>,
    status: String,
    operating_from: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl StoredCentre {
    fn centre(self) -> Result<Centre> {
        Ok(Centre {
            id: self.id.into(),
            code: self.code,
            name: self.name,
            commune_id: self.commune_id.into(),
            operating_model: coded(&self.operating_model)?,
            has_seal: self.has_seal,
            has_account: self.has_account,
            address: self.address,
            status: coded(&self.status)?,
            operating_from: self.operating_from,
            ended_on: self.ended_on,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

type Boxed<'q> = centres::BoxedQuery<'q, MultiBackend>;

/// Where every query on centres starts: inside the tenant and the scope.
fn in_scope<'q>(tx: &Tx<'_>) -> Boxed<'q> {
    let query = centres::table.filter(centres::province_id.eq(tx.province())).into_boxed();
    if tx.scope.whole {
        return query;
    }
    let communes: Vec<Id> = tx.scope.communes.iter().map(|id| Id::from(*id)).collect();
    let own: Vec<Id> = tx.scope.centres.iter().map(|id| Id::from(*id)).collect();
    query.filter(centres::commune_id.eq_any(communes).or(centres::id.eq_any(own)))
}

/// The centres of a tenant that lie in some communes now, or are among some, as a part of a query on what centres keep.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn ids_among(province: Id, communes: Vec<Id>, own: Vec<Id>) -> _ {
    centres::table
        .filter(centres::province_id.eq(province))
        .filter(centres::commune_id.eq_any(communes).or(centres::id.eq_any(own)))
        .select(centres::id)
}

/// Which centres a list shows.
#[derive(Debug, Clone, Default)]
pub struct CentreFilter {
    /// Placed in one of these communes.
    pub communes: Option<Vec<UnitId>>,
    /// With this status.
    pub status: Option<CentreStatus>,
    /// Run in this way.
    pub operating_model: Option<OperatingModel>,
    /// With this code.
    pub code: Option<String>,
    /// Whose name holds this text, blind to diacritics.
    pub q: Option<String>,
    /// That existed on this day (and, with `communes`, lay there on that day).
    pub as_of: Option<NaiveDate>,
}

fn filtered<'q>(tx: &Tx<'_>, filter: &CentreFilter) -> Boxed<'q> {
    let mut query = in_scope(tx);
    let communes: Option<Vec<Id>> = filter.communes.as_ref().map(|communes| communes.iter().map(|id| Id::from(*id)).collect());
    match (communes, filter.as_of) {
        (Some(communes), None) => query = query.filter(centres::commune_id.eq_any(communes)),
        (Some(communes), Some(day)) => {
            let lay_there = centre_placements::table
                .filter(centre_placements::province_id.eq(centres::province_id).and(centre_placements::centre_id.eq(centres::id)))
                .filter(centre_placements::commune_id.eq_any(communes))
                .filter(centre_placements::valid_from.le(day))
                .filter(centre_placements::valid_to.is_null().or(centre_placements::valid_to.ge(day).assume_not_null()));
            query = query.filter(exists(lay_there));
        }
        (None, _) => {}
    }
    if let Some(day) = filter.as_of {
        query = query
            .filter(centres::operating_from.le(day).assume_not_null())
            .filter(centres::ended_on.is_null().or(centres::ended_on.gt(day).assume_not_null()));
    }
    if let Some(status) = filter.status {
        query = query.filter(centres::status.eq(status.code()));
    }
    if let Some(model) = filter.operating_model {
        query = query.filter(centres::operating_model.eq(model.code()));
    }
    if let Some(code) = &filter.code {
        query = query.filter(centres::code.eq(code.clone()).assume_not_null());
    }
    if let Some(q) = &filter.q {
        // A folded text holds letters, digits and spaces only, so nothing needs escaping.
        query = query.filter(centres::name_search.like(format!("%{}%", fold(q))));
    }
    query
}

/// A page of centres in the order of a Vietnamese list, after one of them.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, filter: &CentreFilter, cursor: Option<(Vec<u8>, CentreId)>, limit: i64) -> Result<Vec<Centre>> {
    let mut query = filtered(tx, filter);
    if let Some((name, id)) = cursor {
        query = query.filter(after((centres::name_sort, centres::id), (name, Id::from(id))));
    }
    let rows: Vec<StoredCentre> =
        query.select(StoredCentre::as_select()).order((centres::name_sort, centres::id)).limit(limit).load(tx.conn)?;
    let mut found: Vec<Centre> = rows.into_iter().map(StoredCentre::centre).collect::<Result<_>>()?;
    if let Some(day) = filter.as_of {
        let ids: Vec<Id> = found.iter().map(|centre| Id::from(centre.id)).collect();
        let acts: Vec<(Id, String)> = centre_acts::table
            .filter(
                centre_acts::province_id
                    .eq(tx.province())
                    .and(centre_acts::centre_id.eq_any(ids))
                    .and(centre_acts::effective_on.le(day)),
            )
            .order((centre_acts::centre_id, centre_acts::seq))
            .select((centre_acts::centre_id, centre_acts::to_status))
            .load(tx.conn)?;
        for centre in &mut found {
            let last = acts.iter().rev().find(|(id, _)| *id == Id::from(centre.id));
            // What existed on the day was at work unless an act by then says otherwise.
            centre.status = last.map_or(Ok(CentreStatus::Operating), |(_, status)| coded(status))?;
        }
    }
    Ok(found)
}

/// How many centres a filter finds.
///
/// # Errors
/// What the database said.
pub fn count(tx: &mut Tx<'_>, filter: &CentreFilter) -> Result<i64> {
    Ok(filtered(tx, filter).count().get_result(tx.conn)?)
}

/// Every centre in scope, for work on the whole province.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Centre>> {
    let rows: Vec<StoredCentre> = in_scope(tx).select(StoredCentre::as_select()).order(centres::id).load(tx.conn)?;
    rows.into_iter().map(StoredCentre::centre).collect()
}

/// Those of some centres that are in scope.
///
/// # Errors
/// What the database said.
pub fn known(tx: &mut Tx<'_>, ids: &BTreeSet<CentreId>) -> Result<BTreeSet<CentreId>> {
    let ids: Vec<Id> = ids.iter().map(|id| Id::from(*id)).collect();
    let found: Vec<Id> = in_scope(tx).filter(centres::id.eq_any(ids)).select(centres::id).load(tx.conn)?;
    Ok(found.into_iter().map(CentreId::from).collect())
}

/// The communes in which the centres lie now that the scope names one by one.
///
/// # Errors
/// What the database said.
pub fn own_communes(tx: &mut Tx<'_>) -> Result<BTreeSet<UnitId>> {
    let own: Vec<Id> = tx.scope.centres.iter().map(|id| Id::from(*id)).collect();
    if own.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<Id> = centres::table
        .filter(centres::province_id.eq(tx.province()).and(centres::id.eq_any(own)))
        .select(centres::commune_id)
        .load(tx.conn)?;
    Ok(found.into_iter().map(UnitId::from).collect())
}

/// Every centre in scope of a part of the tenant.
///
/// # Errors
/// What the database said.
pub fn among(tx: &mut Tx<'_>, whose: &Whose) -> Result<Vec<Centre>> {
    let mut query = in_scope(tx);
    if let Some(centre) = whose.centre {
        query = query.filter(centres::id.eq(Id::from(centre)));
    }
    if let Some(units) = &whose.units {
        query = query.filter(centres::commune_id.eq_any(ids(units)));
    }
    let rows: Vec<StoredCentre> = query.select(StoredCentre::as_select()).order(centres::id).load(tx.conn)?;
    rows.into_iter().map(StoredCentre::centre).collect()
}

/// Holds a centre until the transaction ends: whoever else wants to hold it waits. For rules over several of its records,
/// which are read and then relied on, such as one director at a time.
///
/// On PostgreSQL a transaction sees what others committed before each of its statements, so two could each find no director
/// and each appoint one; with the centre's row locked first, the second one reads what the first has written. The lock lets
/// those go on who only refer to the centre. On SQLite a writing transaction is the only one from its beginning on.
///
/// # Errors
/// What the database said.
pub fn hold(tx: &mut Tx<'_>, id: CentreId) -> Result<()> {
    let row = centres::table.find((tx.province(), Id::from(id))).select(centres::id);
    if let Conn::Pg(pg) = &mut *tx.conn {
        row.for_no_key_update().execute(pg)?;
    }
    Ok(())
}

/// One centre in scope, with the revision of its record.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: CentreId) -> Result<Option<(Centre, i64)>> {
    // Compiled once: no filter of the scope can widen a look-up by key, so it is checked on the row.
    let row: Option<StoredCentre> =
        centres::table.find((tx.province(), Id::from(id))).select(StoredCentre::as_select()).first(tx.conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let revision = row.revision;
    let centre = row.centre()?;
    Ok(tx.scope.covers(centre.commune_id, Some(centre.id)).then_some((centre, revision)))
}

/// One centre in scope with its newest decided rating, in one statement.
///
/// # Errors
/// What the database said.
pub fn find_with_latest(tx: &mut Tx<'_>, id: CentreId) -> Result<Option<(Centre, i64, Option<Decided>)>> {
    type Found = (StoredCentre, Option<Id>, Option<i32>, Option<String>, Option<i64>);
    let decided = ratings::province_id
        .eq(centres::province_id)
        .and(ratings::centre_id.eq(centres::id.nullable()).assume_not_null())
        .and(ratings::decided_rank.is_not_null());
    let row: Option<Found> = centres::table
        .left_join(ratings::table.on(decided))
        .filter(centres::province_id.eq(tx.province()).and(centres::id.eq(Id::from(id))))
        .order((ratings::year.nullable().desc(), ratings::id.nullable()))
        .select((
            StoredCentre::as_select(),
            ratings::id.nullable(),
            ratings::year.nullable(),
            ratings::decided_rank.nullable(),
            ratings::decided_points.nullable(),
        ))
        .first(tx.conn)
        .optional()?;
    let Some((row, rating, year, rank, points)) = row else { return Ok(None) };
    let revision = row.revision;
    let centre = row.centre()?;
    let latest = match (rating, year, rank) {
        (Some(id), Some(year), Some(rank)) => {
            Some(Decided { id: id.into(), year, rank: coded(&rank)?, points: points.and_then(Points::from_hundredths) })
        }
        _ => None,
    };
    Ok(tx.scope.covers(centre.commune_id, Some(centre.id)).then_some((centre, revision, latest)))
}

/// Stores a centre and its first placement.
///
/// # Errors
/// `already_exists` for an id or code that is taken.
pub fn insert(tx: &mut Tx<'_>, centre: &Centre, placed_from: NaiveDate) -> Result<()> {
    let row = CentreRow::new(tx.province(), centre, 1);
    diesel::insert_into(centres::table)
        .values(&row)
        .execute(tx.conn)
        .on_unique("centres_pkey", "centres.province_id, centres.id", || {
            Problem::new(Code::AlreadyExists).detail("Đã có trung tâm với id này.", "A centre with this id exists.")
        })
        .or_else(code_taken)?;
    let placement = Placement { commune_id: centre.commune_id, valid_from: placed_from, valid_to: None };
    insert_placement(tx, centre.id, &placement)
}

fn code_taken(error: crate::Error) -> Result<usize> {
    let taken = || {
        Problem::new(Code::AlreadyExists)
            .detail("Mã trung tâm này đã dùng trong tỉnh.", "The code is used by another centre of the province.")
            .with("pointer", "/code")
    };
    match error {
        crate::Error::Query(other) => Err(other).on_unique("centres_code_key", "centres.province_id, centres.code", taken),
        other => Err(other),
    }
}

/// Stores changes to a centre whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster, `already_exists` for a code that is taken.
pub fn update(tx: &mut Tx<'_>, centre: &Centre, revision: i64) -> Result<()> {
    let row = CentreRow::new(tx.province(), centre, revision + 1);
    let target = centres::table.find((tx.province(), Id::from(centre.id))).filter(centres::revision.eq(revision));
    let changed = diesel::update(target).set(&row).execute(tx.conn).map_err(crate::Error::from).or_else(code_taken)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

fn insert_placement(tx: &mut Tx<'_>, centre: CentreId, placement: &Placement) -> Result<()> {
    let row = (
        centre_placements::province_id.eq(tx.province()),
        centre_placements::centre_id.eq(Id::from(centre)),
        centre_placements::valid_from.eq(placement.valid_from),
        centre_placements::commune_id.eq(Id::from(placement.commune_id)),
        centre_placements::valid_to.eq(placement.valid_to),
    );
    diesel::insert_into(centre_placements::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Ends the present placement the day before and begins another.
///
/// # Errors
/// What the database said.
pub fn place(tx: &mut Tx<'_>, centre: CentreId, placement: &Placement) -> Result<()> {
    let open = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()).and(centre_placements::centre_id.eq(Id::from(centre))))
        .filter(centre_placements::valid_to.is_null());
    diesel::update(open).set(centre_placements::valid_to.eq(placement.valid_from.pred_opt())).execute(tx.conn)?;
    insert_placement(tx, centre, placement)
}

/// Begins the first placement earlier, for a centre whose establishment is entered after it was proposed.
///
/// # Errors
/// What the database said.
pub fn begin_earlier(tx: &mut Tx<'_>, centre: CentreId, first: &Placement, from: NaiveDate) -> Result<()> {
    diesel::update(centre_placements::table.find((tx.province(), Id::from(centre), first.valid_from)))
        .set(centre_placements::valid_from.eq(from))
        .execute(tx.conn)?;
    Ok(())
}

/// The placements of a centre, oldest first.
///
/// # Errors
/// What the database said.
pub fn placements(tx: &mut Tx<'_>, centre: CentreId) -> Result<Vec<Placement>> {
    let rows: Vec<(Id, NaiveDate, Option<NaiveDate>)> = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()).and(centre_placements::centre_id.eq(Id::from(centre))))
        .order(centre_placements::valid_from)
        .select((centre_placements::commune_id, centre_placements::valid_from, centre_placements::valid_to))
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|(commune, valid_from, valid_to)| Placement { commune_id: commune.into(), valid_from, valid_to })
        .collect())
}

/// The placements of some centres.
///
/// # Errors
/// What the database said.
pub fn placements_of(tx: &mut Tx<'_>, centres: &BTreeSet<CentreId>) -> Result<Places> {
    let mut places = Places::new();
    if centres.is_empty() {
        return Ok(places);
    }
    let ids: Vec<Id> = centres.iter().map(|id| Id::from(*id)).collect();
    let rows: Vec<(Id, Id, NaiveDate, Option<NaiveDate>)> = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()).and(centre_placements::centre_id.eq_any(ids)))
        .order((centre_placements::centre_id, centre_placements::valid_from))
        .select((
            centre_placements::centre_id,
            centre_placements::commune_id,
            centre_placements::valid_from,
            centre_placements::valid_to,
        ))
        .load(tx.conn)?;
    for (centre, commune, valid_from, valid_to) in rows {
        places.entry(centre.into()).or_default().push(Placement { commune_id: commune.into(), valid_from, valid_to });
    }
    Ok(places)
}

/// The commune of each centre on a day, for centres that had one.
///
/// # Errors
/// What the database said.
pub fn communes_on(tx: &mut Tx<'_>, day: NaiveDate) -> Result<BTreeMap<CentreId, UnitId>> {
    let rows: Vec<(Id, Id)> = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()))
        .filter(centre_placements::valid_from.le(day))
        .filter(centre_placements::valid_to.is_null().or(centre_placements::valid_to.ge(day).assume_not_null()))
        .select((centre_placements::centre_id, centre_placements::commune_id))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(centre, commune)| (centre.into(), commune.into())).collect())
}

type ActColumns = (Id, Id, String, Option<String>, String, NaiveDate, Doc, Option<String>, Instant);

/// The acts on a centre, oldest first.
///
/// # Errors
/// What the database said.
pub fn acts(tx: &mut Tx<'_>, centre: CentreId) -> Result<Vec<ActRecord>> {
    let rows: Vec<ActColumns> = centre_acts::table
        .filter(centre_acts::province_id.eq(tx.province()).and(centre_acts::centre_id.eq(Id::from(centre))))
        .order(centre_acts::seq)
        .select((
            centre_acts::id,
            centre_acts::centre_id,
            centre_acts::act,
            centre_acts::from_status,
            centre_acts::to_status,
            centre_acts::effective_on,
            centre_acts::decision,
            centre_acts::reason,
            centre_acts::recorded_at,
        ))
        .load(tx.conn)?;
    let successions: Vec<(Id, Id)> = centre_successions::table
        .filter(centre_successions::province_id.eq(tx.province()).and(centre_successions::predecessor_id.eq(Id::from(centre))))
        .order(centre_successions::successor_id)
        .select((centre_successions::act_id, centre_successions::successor_id))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(id, _, act, from_status, to_status, effective_on, decision, reason, recorded_at)| {
            Ok(ActRecord {
                id: id.into(),
                act: coded(&act)?,
                from_status: from_status.as_deref().map(coded).transpose()?,
                to_status: coded(&to_status)?,
                effective_on,
                decision: decision.read()?,
                reason,
                successor_ids: successions
                    .iter()
                    .filter(|(act, _)| *act == id)
                    .map(|(_, successor)| CentreId::from(*successor))
                    .collect(),
                recorded_at: recorded_at.into(),
            })
        })
        .collect()
}

/// Stores an act and the successions that it makes.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert_act(tx: &mut Tx<'_>, centre: CentreId, act: &ActRecord, seq: i32) -> Result<()> {
    let row = (
        centre_acts::province_id.eq(tx.province()),
        centre_acts::id.eq(Id::from(act.id)),
        centre_acts::centre_id.eq(Id::from(centre)),
        centre_acts::seq.eq(seq),
        centre_acts::act.eq(act.act.code()),
        centre_acts::from_status.eq(act.from_status.map(Coded::code)),
        centre_acts::to_status.eq(act.to_status.code()),
        centre_acts::effective_on.eq(act.effective_on),
        centre_acts::decision.eq(Doc::of(&act.decision)?),
        centre_acts::reason.eq(act.reason.as_deref()),
        centre_acts::recorded_at.eq(Instant::from(act.recorded_at)),
    );
    diesel::insert_into(centre_acts::table).values(row).execute(tx.conn).on_unique(
        "centre_acts_pkey",
        "centre_acts.province_id, centre_acts.id",
        || Problem::new(Code::AlreadyExists).detail("Đã có quyết định với id này.", "An act with this id exists."),
    )?;
    for successor in &act.successor_ids {
        let row = (
            centre_successions::province_id.eq(tx.province()),
            centre_successions::predecessor_id.eq(Id::from(centre)),
            centre_successions::successor_id.eq(Id::from(*successor)),
            centre_successions::act_id.eq(Id::from(act.id)),
        );
        diesel::insert_into(centre_successions::table).values(row).execute(tx.conn)?;
    }
    Ok(())
}

/// The centres that went into this one.
///
/// # Errors
/// What the database said.
pub fn predecessors(tx: &mut Tx<'_>, centre: CentreId) -> Result<Vec<CentreId>> {
    let rows: Vec<Id> = centre_successions::table
        .filter(centre_successions::province_id.eq(tx.province()).and(centre_successions::successor_id.eq(Id::from(centre))))
        .order(centre_successions::predecessor_id)
        .select(centre_successions::predecessor_id)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(CentreId::from).collect())
}

/// Which of these centres exist in the tenant and have not ended, whatever the caller's scope.
///
/// # Errors
/// What the database said.
pub fn living(tx: &mut Tx<'_>, ids: &[CentreId]) -> Result<HashSet<CentreId>> {
    let ended: Vec<&str> = CentreStatus::ALL.iter().filter(|status| status.is_final()).map(|status| status.code()).collect();
    let ids: Vec<Id> = ids.iter().map(|id| Id::from(*id)).collect();
    let rows: Vec<Id> = centres::table
        .filter(centres::province_id.eq(tx.province()).and(centres::id.eq_any(ids)).and(centres::status.ne_all(ended)))
        .select(centres::id)
        .load(tx.conn)?;
    Ok(rows.into_iter().map(CentreId::from).collect())
}

type SiteColumns = (Id, Id, String, String, Option<String>, Option<String>, bool, i64);

fn site((id, centre_id, name, kind, address, manager, active, revision): SiteColumns) -> Result<(Site, i64)> {
    Ok((Site { id: id.into(), centre_id: centre_id.into(), name, kind: coded(&kind)?, address, manager, active }, revision))
}

const SITE: (
    centre_sites::id,
    centre_sites::centre_id,
    centre_sites::name,
    centre_sites::kind,
    centre_sites::address,
    centre_sites::manager,
    centre_sites::active,
    centre_sites::revision,
) = (
    centre_sites::id,
    centre_sites::centre_id,
    centre_sites::name,
    centre_sites::kind,
    centre_sites::address,
    centre_sites::manager,
    centre_sites::active,
    centre_sites::revision,
);

/// The sites of a centre that was found in scope.
///
/// # Errors
/// What the database said.
pub fn sites(tx: &mut Tx<'_>, centre: CentreId) -> Result<Vec<Site>> {
    let rows: Vec<SiteColumns> = centre_sites::table
        .filter(centre_sites::province_id.eq(tx.province()).and(centre_sites::centre_id.eq(Id::from(centre))))
        .order(centre_sites::id)
        .select(SITE)
        .load(tx.conn)?;
    rows.into_iter().map(|row| site(row).map(|(site, _)| site)).collect()
}

/// One site of a centre, with the revision of its record.
///
/// # Errors
/// What the database said.
pub fn find_site(tx: &mut Tx<'_>, centre: CentreId, id: SiteId) -> Result<Option<(Site, i64)>> {
    let row: Option<SiteColumns> = centre_sites::table
        .find((tx.province(), Id::from(id)))
        .filter(centre_sites::centre_id.eq(Id::from(centre)))
        .select(SITE)
        .first(tx.conn)
        .optional()?;
    row.map(site).transpose()
}

/// Stores a new site (no revision), or changes to one whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster, `already_exists` for an id that is taken.
pub fn put_site(tx: &mut Tx<'_>, value: &Site, revision: Option<i64>) -> Result<()> {
    let columns = (
        centre_sites::name.eq(&value.name),
        centre_sites::kind.eq(value.kind.code()),
        centre_sites::address.eq(value.address.as_deref()),
        centre_sites::manager.eq(value.manager.as_deref()),
        centre_sites::active.eq(value.active),
        centre_sites::revision.eq(revision.map_or(1, |revision| revision + 1)),
    );
    let Some(revision) = revision else {
        let row = (
            centre_sites::province_id.eq(tx.province()),
            centre_sites::id.eq(Id::from(value.id)),
            centre_sites::centre_id.eq(Id::from(value.centre_id)),
            columns,
        );
        diesel::insert_into(centre_sites::table).values(row).execute(tx.conn).on_unique(
            "centre_sites_pkey",
            "centre_sites.province_id, centre_sites.id",
            || Problem::new(Code::AlreadyExists).detail("Đã có điểm học tập với id này.", "A site with this id exists."),
        )?;
        return Ok(());
    };
    let changed =
        diesel::update(centre_sites::table.find((tx.province(), Id::from(value.id))).filter(centre_sites::revision.eq(revision)))
            .set(columns)
            .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}
