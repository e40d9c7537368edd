//! The facts behind rating distributions: what existed on a year's cut-off day, and how it was rated.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::aggregate::Fact;
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::scheme::{Rank, Subject};
use htcd_domain::unit::{Level, UnitMap};

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{centre_placements, centres, ratings, rounds};
use crate::types::{Id, coded};

/// One tenant's facts of one year.
#[derive(Debug, Clone)]
pub struct ProvinceYear {
    /// One for each centre (or commune) that existed on the cut-off day.
    pub facts: Vec<Fact>,
    /// The ranks of the round's scheme, best first; empty without a round.
    pub ranks: Vec<Rank>,
    /// The last day of the round's data window, or 31 December.
    pub cut_off: NaiveDate,
}

/// The last day of the tenant's data window of a year, and the ranks in use.
fn window(tx: &mut Tx<'_>, year: i32, subject: Subject) -> Result<(NaiveDate, Vec<Rank>)> {
    let row: Option<(NaiveDate, Id)> = rounds::table
        .filter(rounds::province_id.eq(tx.province()).and(rounds::subject.eq(subject.code())).and(rounds::year.eq(year)))
        .select((rounds::data_to, rounds::scheme_id))
        .first(tx.conn)
        .optional()?;
    let year_end = NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX);
    let Some((cut_off, scheme)) = row else { return Ok((year_end, Vec::new())) };
    let scheme = crate::scheme::find(tx, scheme.into())?;
    Ok((cut_off, scheme.map(|(scheme, _)| scheme.content.ranks.iter().map(|rule| rule.rank).collect()).unwrap_or_default()))
}

/// The facts of a tenant's year. Decided ratings only.
///
/// # Errors
/// What the database said.
pub fn province_year(tx: &mut Tx<'_>, year: i32, subject: Subject, map: &UnitMap, units: &[UnitId]) -> Result<ProvinceYear> {
    let (cut_off, ranks) = window(tx, year, subject)?;
    let facts = match subject {
        Subject::Centre => centre_facts(tx, year, cut_off)?,
        Subject::Commune => commune_facts(tx, year, cut_off, map, units)?,
    };
    Ok(ProvinceYear { facts, ranks, cut_off })
}

fn centre_facts(tx: &mut Tx<'_>, year: i32, cut_off: NaiveDate) -> Result<Vec<Fact>> {
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
    let rows: Vec<(Id, Id, Id, String, Option<String>)> = centres::table
        .inner_join(centre_placements::table.on(placed))
        .left_join(ratings::table.on(rated))
        .filter(centres::province_id.eq(tx.province()))
        .filter(centres::operating_from.le(cut_off).assume_not_null())
        .filter(centres::ended_on.is_null().or(centres::ended_on.gt(cut_off).assume_not_null()))
        .select((
            centres::id,
            centre_placements::commune_id,
            centres::commune_id,
            centres::operating_model,
            ratings::decided_rank.nullable(),
        ))
        .order(centres::id)
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(centre, commune, now, model, rank)| {
            Ok(Fact {
                centre: Some(CentreId::from(centre)),
                commune: commune.into(),
                placed_later: (now != commune).then(|| now.into()),
                model: Some(coded(&model)?),
                rank: rank.as_deref().map(coded).transpose()?,
            })
        })
        .collect()
}

/// The communes of provinces on a day.
pub(crate) fn communes_on(map: &UnitMap, units: &[UnitId], day: NaiveDate) -> Vec<UnitId> {
    let mut communes: Vec<UnitId> = units
        .iter()
        .flat_map(|province| map.reach(*province).iter().copied().collect::<Vec<_>>())
        .filter(|id| map.get(*id).is_some_and(|unit| unit.level == Level::Commune && unit.on(day).is_some()))
        .collect();
    communes.sort_unstable();
    communes.dedup();
    communes
}

fn commune_facts(tx: &mut Tx<'_>, year: i32, cut_off: NaiveDate, map: &UnitMap, units: &[UnitId]) -> Result<Vec<Fact>> {
    let rows: Vec<(Id, Option<String>)> = ratings::table
        .filter(
            ratings::province_id.eq(tx.province()).and(ratings::year.eq(year)).and(ratings::subject.eq(Subject::Commune.code())),
        )
        .select((ratings::commune_id, ratings::decided_rank))
        .load(tx.conn)?;
    let mut ranks = HashMap::new();
    for (commune, rank) in rows {
        ranks.insert(UnitId::from(commune), rank.as_deref().map(coded).transpose()?);
    }
    let communes = communes_on(map, units, cut_off);
    Ok(communes
        .into_iter()
        .map(|commune| Fact {
            centre: None,
            commune,
            placed_later: None,
            model: None,
            rank: ranks.get(&commune).copied().flatten(),
        })
        .collect())
}

/// Where a stored figure and a recount of it from the records disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What was looked at.
    pub what: String,
    /// What is stored, or what the aggregate says.
    pub found: String,
    /// What the records say.
    pub expected: String,
}

/// Recounts a tenant from its records, the slow and plain way, and compares:
/// each rating's rank and points with its decided assessment and, where there are scores, with what the scheme
/// makes of them; its commune with the centre's placement; and each year's distribution with a plain GROUP BY.
///
/// # Errors
/// What the database said.
pub fn recount(tx: &mut Tx<'_>, map: &UnitMap, units: &[UnitId]) -> Result<(usize, Vec<Disagreement>)> {
    let mut faults = Vec::new();
    let mut differs = |what: String, found: String, expected: String| {
        if found != expected {
            faults.push(Disagreement { what, found, expected });
        }
    };
    let rounds = crate::round::all(tx, None, None, None)?;
    let mut checked = 0;
    for round in &rounds {
        let scheme = crate::scheme::find(tx, round.scheme_id)?.map(|(scheme, _)| scheme);
        let filter = crate::rating::RatingFilter { round_id: Some(round.id), ..Default::default() };
        let places = crate::centre::communes_on(tx, round.data_to)?;
        let mut cursor = None;
        loop {
            let page = crate::rating::page(tx, &filter, cursor, 500)?;
            let Some(last) = page.last() else { break };
            cursor = Some((last.year, last.id));
            for rating in &page {
                checked += 1;
                let stored: (Option<String>, Option<i64>) = ratings::table
                    .find((tx.province(), Id::from(rating.id)))
                    .select((ratings::decided_rank, ratings::decided_points))
                    .first(tx.conn)?;
                let outcome = rating.decided.as_ref().and_then(|decided| decided.outcome);
                let own = (
                    outcome.map(|outcome| outcome.rank.code().to_owned()),
                    outcome.and_then(|outcome| outcome.points).map(|points| points.hundredths()),
                );
                differs(format!("rating {}: decided rank and points", rating.id), format!("{stored:?}"), format!("{own:?}"));
                if let (Some(decided), Some(scheme)) = (&rating.decided, &scheme)
                    && !decided.scores.is_empty()
                {
                    differs(
                        format!("rating {}: rank by the scheme", rating.id),
                        format!("{:?}", decided.outcome),
                        format!("{:?}", scheme.content.outcome(&decided.scores)),
                    );
                }
                if let Some(place) = rating.centre_id.and_then(|centre| places.get(&centre)) {
                    differs(format!("rating {}: commune", rating.id), rating.commune_id.to_string(), place.to_string());
                }
                differs(
                    format!("rating {}: decided or not", rating.id),
                    rating.state.is_decided().to_string(),
                    outcome.is_some().to_string(),
                );
            }
        }
        let facts = province_year(tx, round.year, round.subject, map, units)?;
        let mut counted: Vec<(String, i64)> = Vec::new();
        for rank in Rank::ALL {
            let count = facts.facts.iter().filter(|fact| fact.rank == Some(*rank)).count();
            if count > 0 {
                counted.push((rank.code().to_owned(), i64::try_from(count).unwrap_or(i64::MAX)));
            }
        }
        counted.sort();
        let mut plain: Vec<(Option<String>, i64)> = ratings::table
            .filter(
                ratings::province_id
                    .eq(tx.province())
                    .and(ratings::round_id.eq(Id::from(round.id)))
                    .and(ratings::decided_rank.is_not_null()),
            )
            .group_by(ratings::decided_rank)
            .select((ratings::decided_rank, diesel::dsl::count_star()))
            .load(tx.conn)?;
        plain.sort();
        let plain: Vec<(String, i64)> = plain.into_iter().filter_map(|(rank, count)| Some((rank?, count))).collect();
        differs(format!("distribution of {} {}", round.year, round.subject), format!("{counted:?}"), format!("{plain:?}"));
    }
    Ok((checked, faults))
}
