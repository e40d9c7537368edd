//! What a tenant has that a change of the map can touch.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::{CentreId, PlanId, RestructuringId, UnitId, UserId};
use htcd_domain::rating::RatingState;
use htcd_domain::restructuring::effect::{Holdings, OpenPlan, OpenRating, PlacedCentre};
use htcd_domain::round::RoundStatus;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{centre_placements, centres, plans, ratings, restructuring_placements, users};
use crate::types::Id;
use crate::{round, user};

/// Reads all of it. `provinces` are those of the tenant on the old map.
pub fn holdings(tx: &mut Tx<'_>, id: RestructuringId, day: NaiveDate, provinces: &[UnitId]) -> Result<Holdings> {
    Ok(Holdings {
        centres: placed(tx, day)?,
        choices: choices(tx, id)?,
        grants: grants(tx, day)?,
        rounds: round::all(tx, None, None, Some(RoundStatus::Open))?,
        ratings: open_ratings(tx)?,
        plans: open_plans(tx, day)?,
        provinces: provinces.to_vec(),
    })
}

fn placed(tx: &mut Tx<'_>, day: NaiveDate) -> Result<Vec<PlacedCentre>> {
    let rows: Vec<(Id, String, Option<NaiveDate>)> = centres::table
        .filter(centres::province_id.eq(tx.province()))
        .filter(centres::ended_on.is_null().or(centres::ended_on.gt(day).assume_not_null()))
        .order((centres::name_sort, centres::id))
        .select((centres::id, centres::name, centres::ended_on))
        .load(tx.conn)?;
    let rows_of: Vec<(Id, Id, NaiveDate, Option<NaiveDate>)> = centre_placements::table
        .filter(centre_placements::province_id.eq(tx.province()))
        .order((centre_placements::centre_id, centre_placements::valid_from))
        .select((
            centre_placements::centre_id,
            centre_placements::commune_id,
            centre_placements::valid_from,
            centre_placements::valid_to,
        ))
        .load(tx.conn)?;
    let mut places = htcd_domain::duties::Places::new();
    for (centre, commune, valid_from, valid_to) in rows_of {
        let placement = htcd_domain::centre::Placement { commune_id: commune.into(), valid_from, valid_to };
        places.entry(centre.into()).or_default().push(placement);
    }
    let centre = |(id, name, ended_on): (Id, String, Option<NaiveDate>)| {
        let id = CentreId::from(id);
        PlacedCentre { id, name, ended_on, placements: places.remove(&id).unwrap_or_default() }
    };
    Ok(rows.into_iter().map(centre).collect())
}

fn choices(tx: &mut Tx<'_>, id: RestructuringId) -> Result<std::collections::BTreeMap<CentreId, UnitId>> {
    let rows: Vec<(Id, Id)> = restructuring_placements::table
        .filter(restructuring_placements::province_id.eq(tx.province()))
        .filter(restructuring_placements::restructuring_id.eq(Id::from(id)))
        .select((restructuring_placements::centre_id, restructuring_placements::commune_id))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(centre, commune)| (centre.into(), commune.into())).collect())
}

fn grants(tx: &mut Tx<'_>, day: NaiveDate) -> Result<Vec<(UserId, String, htcd_domain::access::Grant)>> {
    let people: Vec<(Id, String)> = users::table
        .filter(users::province_id.eq(tx.province()))
        .order(users::username)
        .select((users::id, users::username))
        .load(tx.conn)?;
    let ids: BTreeSet<UserId> = people.iter().map(|(id, _)| UserId::from(*id)).collect();
    let mut held = user::grants_of_persons(tx, &ids)?;
    held.retain(|(_, grant)| {
        grant.valid_to.is_none_or(|to| day <= to) && grant.taken_on.is_none_or(|taken| day < taken) && grant.unit_id.is_some()
    });
    let name = |id: UserId| people.iter().find(|(known, _)| UserId::from(*known) == id).map(|(_, name)| name.clone());
    let mut named: Vec<_> = held.into_iter().map(|(id, grant)| (id, name(id).unwrap_or_default(), grant)).collect();
    named.sort_by(|one, other| (&one.1, one.2.id).cmp(&(&other.1, other.2.id)));
    Ok(named)
}

fn open_ratings(tx: &mut Tx<'_>) -> Result<Vec<OpenRating>> {
    let open: Vec<&str> = RatingState::ALL.iter().filter(|state| !state.is_decided()).map(|state| state.code()).collect();
    let rows: Vec<(Id, Id, Option<Id>, i32)> = ratings::table
        .filter(ratings::province_id.eq(tx.province()).and(ratings::state.eq_any(open)))
        .order(ratings::id)
        .select((ratings::id, ratings::round_id, ratings::centre_id, ratings::stage))
        .load(tx.conn)?;
    let rating = |(id, round_id, centre_id, stage): (Id, Id, Option<Id>, i32)| OpenRating {
        id: id.into(),
        round_id: round_id.into(),
        centre_id: centre_id.map(CentreId::from),
        stage: usize::try_from(stage).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(rating).collect())
}

fn open_plans(tx: &mut Tx<'_>, day: NaiveDate) -> Result<Vec<OpenPlan>> {
    let rows: Vec<(Id, String, Id)> = plans::table
        .filter(plans::province_id.eq(tx.province()))
        .filter(plans::year.ge(day.year()))
        .filter(plans::state.ne("superseded"))
        .order(plans::id)
        .select((plans::id, plans::title, plans::centre_id))
        .load(tx.conn)?;
    let plan = |(id, title, centre): (Id, String, Id)| OpenPlan { id: PlanId::from(id).0, title, centre_id: centre.into() };
    Ok(rows.into_iter().map(plan).collect())
}
