//! What a rating distribution rests on, record by record: what existed on a year's cut-off day, with its rating as it stands.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::aggregate::Fact;
use htcd_domain::centre::Decision;
use htcd_domain::id::{CentreId, RatingId, RoundId, UnitId};
use htcd_domain::points::Points;
use htcd_domain::provenance::{KnownCentre, ProvenanceBasis};
use htcd_domain::rated_record::{RatedRecord, StandingRating};
use htcd_domain::rating::RatingAction;
use htcd_domain::scheme::{Rank, Subject};
use htcd_domain::submission::Amendment;
use htcd_domain::unit::UnitMap;
use serde::Deserialize;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{centre_placements, centres, rating_steps, ratings};
use crate::types::{Doc, Id, Instant, coded};

/// What a rating's document is read for here.
#[derive(Deserialize)]
struct Detail {
    decision: Option<Decision>,
}

/// The columns of a rating.
type RatingColumns = (Id, String, Option<String>, Option<i64>, Doc, Option<NaiveDate>);

/// The same where there may be none.
type JoinedColumns = (Option<Id>, Option<String>, Option<String>, Option<i64>, Option<Doc>, Option<NaiveDate>);

type CentreColumns = (Id, Option<String>, String, String, Id, Id);

fn standing(rating: Option<RatingColumns>) -> Result<(Option<Rank>, Option<StandingRating>)> {
    let Some((id, state, rank, points, detail, valid_until)) = rating else { return Ok((None, None)) };
    let rating = StandingRating {
        id: id.into(),
        state: coded(&state)?,
        points: points.and_then(Points::from_hundredths),
        decision: detail.read::<Detail>()?.decision,
        valid_until,
    };
    Ok((rank.as_deref().map(coded).transpose()?, Some(rating)))
}

/// The records behind a tenant's distribution of a year whose cut-off day this is: the same centres, or communes, that
/// [`crate::aggregate::province_year`] counts, read by one statement, so that they agree with one another.
///
/// # Errors
/// What the database said.
pub fn all(
    tx: &mut Tx<'_>,
    year: i32,
    subject: Subject,
    cut_off: NaiveDate,
    map: &UnitMap,
    units: &[UnitId],
) -> Result<Vec<RatedRecord>> {
    match subject {
        Subject::Centre => of_centres(tx, year, cut_off),
        Subject::Commune => of_communes(tx, year, cut_off, map, units),
    }
}

fn of_centres(tx: &mut Tx<'_>, year: i32, cut_off: NaiveDate) -> Result<Vec<RatedRecord>> {
    let rated = ratings::province_id
        .eq(centres::province_id)
        .and(ratings::centre_id.eq(centres::id.nullable()).assume_not_null())
        .and(ratings::year.eq(year))
        .and(ratings::subject.eq(Subject::Centre.code()));
    let placed = centre_placements::province_id
        .eq(centres::province_id)
        .and(centre_placements::centre_id.eq(centres::id))
        .and(centre_placements::valid_from.le(cut_off))
        .and(centre_placements::valid_to.is_null().or(centre_placements::valid_to.ge(cut_off).assume_not_null()));
    let rows: Vec<(CentreColumns, JoinedColumns)> = centres::table
        .inner_join(centre_placements::table.on(placed))
        .left_join(ratings::table.on(rated))
        .filter(centres::province_id.eq(tx.province()))
        .filter(centres::operating_from.le(cut_off).assume_not_null())
        .filter(centres::ended_on.is_null().or(centres::ended_on.gt(cut_off).assume_not_null()))
        .select((
            (
                centres::id,
                centres::code,
                centres::name,
                centres::operating_model,
                centre_placements::commune_id,
                centres::commune_id,
            ),
            (
                ratings::id.nullable(),
                ratings::state.nullable(),
                ratings::decided_rank.nullable(),
                ratings::decided_points.nullable(),
                ratings::detail.nullable(),
                ratings::valid_until.nullable(),
            ),
        ))
        .order(centres::id)
        .load(tx.conn)?;
    rows.into_iter()
        .map(|((id, code, name, model, commune, now), (rating, state, rank, points, detail, valid_until))| {
            let found = match (rating, state, detail) {
                (Some(rating), Some(state), Some(detail)) => Some((rating, state, rank, points, detail, valid_until)),
                _ => None,
            };
            let (rank, rating) = standing(found)?;
            let fact = Fact {
                centre: Some(CentreId::from(id)),
                commune: commune.into(),
                placed_later: (now != commune).then(|| now.into()),
                model: Some(coded(&model)?),
                rank,
            };
            Ok(RatedRecord { fact, code, name: Some(name), rating })
        })
        .collect()
}

fn of_communes(tx: &mut Tx<'_>, year: i32, cut_off: NaiveDate, map: &UnitMap, units: &[UnitId]) -> Result<Vec<RatedRecord>> {
    let rows: Vec<(Id, RatingColumns)> = ratings::table
        .filter(
            ratings::province_id.eq(tx.province()).and(ratings::year.eq(year)).and(ratings::subject.eq(Subject::Commune.code())),
        )
        .select((
            ratings::commune_id,
            (ratings::id, ratings::state, ratings::decided_rank, ratings::decided_points, ratings::detail, ratings::valid_until),
        ))
        .load(tx.conn)?;
    let mut rated: HashMap<UnitId, RatingColumns> = rows.into_iter().map(|(commune, rating)| (commune.into(), rating)).collect();
    crate::aggregate::communes_on(map, units, cut_off)
        .into_iter()
        .map(|commune| {
            let (rank, rating) = standing(rated.remove(&commune))?;
            let fact = Fact { centre: None, commune, placed_later: None, model: None, rank };
            Ok(RatedRecord { fact, code: None, name: None, rating })
        })
        .collect()
}

/// What the tenant's distribution of a year rests on.
///
/// # Errors
/// What the database said.
pub fn basis(tx: &mut Tx<'_>, year: i32, subject: Subject) -> Result<ProvenanceBasis> {
    let round = crate::round::all(tx, Some(year), Some(subject), None)?.pop();
    let scheme = match &round {
        Some(round) => crate::scheme::find(tx, round.scheme_id)?.map(|(scheme, _)| scheme),
        None => None,
    };
    let year_end = NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX);
    Ok(ProvenanceBasis {
        province_id: tx.scope().province_id,
        cut_off: round.as_ref().map_or(year_end, |round| round.data_to),
        round_id: round.map(|round| round.id),
        scheme_id: scheme.as_ref().map(|scheme| scheme.id),
        scheme_version: scheme.as_ref().map(|scheme| scheme.version),
        scheme_code: scheme.map(|scheme| scheme.code),
    })
}

type KnownColumns = (Id, Option<String>, String, String, Id, Option<NaiveDate>, Option<NaiveDate>);

/// Every centre of the tenant with its dates, at work or not.
///
/// # Errors
/// What the database said.
pub fn known_centres(tx: &mut Tx<'_>) -> Result<Vec<KnownCentre>> {
    let rows: Vec<KnownColumns> = centres::table
        .filter(centres::province_id.eq(tx.province()))
        .select((
            centres::id,
            centres::code,
            centres::name,
            centres::operating_model,
            centres::commune_id,
            centres::operating_from,
            centres::ended_on,
        ))
        .order(centres::id)
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(id, code, name, model, commune, operating_from, ended_on)| {
            let (id, model, commune) = (id.into(), coded(&model)?, commune.into());
            Ok(KnownCentre { id, code, name, model, commune, operating_from, ended_on })
        })
        .collect()
}

/// The amendments of a round's ratings after a moment, up to another one, oldest first.
///
/// # Errors
/// What the database said.
pub fn amendments(
    tx: &mut Tx<'_>,
    round: RoundId,
    after: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<BTreeMap<RatingId, Vec<Amendment>>> {
    let amended = rating_steps::province_id.eq(ratings::province_id).and(rating_steps::rating_id.eq(ratings::id));
    let rows: Vec<(Id, Instant, Option<String>)> = ratings::table
        .inner_join(rating_steps::table.on(amended))
        .filter(ratings::province_id.eq(tx.province()).and(ratings::round_id.eq(Id::from(round))))
        .filter(rating_steps::action.eq(RatingAction::Amend.code()).assume_not_null())
        .filter(rating_steps::at.gt(Instant::from(after)).and(rating_steps::at.le(Instant::from(until))))
        .select((ratings::id, rating_steps::at, rating_steps::reason))
        .order((rating_steps::at, rating_steps::seq))
        .load(tx.conn)?;
    let mut found: BTreeMap<RatingId, Vec<Amendment>> = BTreeMap::new();
    for (rating, at, reason) in rows {
        found.entry(rating.into()).or_default().push(Amendment { at: at.into(), reason: reason.unwrap_or_default() });
    }
    Ok(found)
}
