//! Mergers of centres: which centre took in which others, and what was handed over.

use diesel::prelude::*;
use htcd_domain::id::{ActId, CentreId, MoneyEntryId};
use htcd_domain::merger::{MergedCentre, Merger};
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::{merged_centres, mergers};
use crate::types::{Doc, Id, Instant};

/// Stores a merger whose acts and entries are stored.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert(tx: &mut Tx<'_>, it: &Merger) -> Result<()> {
    let province_id = tx.province();
    let row = (
        mergers::province_id.eq(province_id),
        mergers::id.eq(Id::from(it.id)),
        mergers::centre_id.eq(Id::from(it.centre_id)),
        mergers::effective_on.eq(it.effective_on),
        mergers::decision.eq(Doc::of(&it.decision)?),
        mergers::note.eq(it.note.as_deref()),
        mergers::created_at.eq(Instant::from(it.created_at)),
    );
    diesel::insert_into(mergers::table).values(row).execute(tx.conn).on_unique(
        "mergers_pkey",
        "mergers.province_id, mergers.id",
        || Problem::new(Code::AlreadyExists).detail("Đã có lần sáp nhập với id này.", "A merger with this id exists."),
    )?;
    for old in &it.predecessors {
        let row = (
            merged_centres::province_id.eq(province_id),
            merged_centres::merger_id.eq(Id::from(it.id)),
            merged_centres::centre_id.eq(Id::from(old.centre_id)),
            merged_centres::act_id.eq(Id::from(old.act_id)),
            merged_centres::ended_appointments.eq(old.ended_appointments),
            merged_centres::sites.eq(old.sites),
            merged_centres::rapporteurs.eq(old.rapporteurs),
            merged_centres::assets.eq(old.assets),
            merged_centres::plans.eq(Doc::of(&old.plans)?),
            merged_centres::balance_vnd.eq(old.balance_vnd),
            merged_centres::handed_over_id.eq(old.handed_over_id.map(Id::from)),
            merged_centres::received_id.eq(old.received_id.map(Id::from)),
        );
        diesel::insert_into(merged_centres::table).values(row).execute(tx.conn)?;
    }
    Ok(())
}

type Old = (Id, Id, Id, i32, i32, i32, i32, Doc, Option<i64>, Option<Id>, Option<Id>);

/// The mergers that a centre took part in, on either side, the oldest first. The centre was found in scope.
///
/// # Errors
/// What the database said.
pub fn of_centre(tx: &mut Tx<'_>, centre: CentreId) -> Result<Vec<Merger>> {
    let province = tx.province();
    let went = merged_centres::table
        .filter(merged_centres::province_id.eq(province).and(merged_centres::centre_id.eq(Id::from(centre))))
        .select(merged_centres::merger_id);
    let rows: Vec<(Id, Id, chrono::NaiveDate, Doc, Option<String>, Instant)> = mergers::table
        .filter(mergers::province_id.eq(province))
        .filter(mergers::centre_id.eq(Id::from(centre)).or(mergers::id.eq_any(went)))
        .order((mergers::effective_on, mergers::id))
        .select((mergers::id, mergers::centre_id, mergers::effective_on, mergers::decision, mergers::note, mergers::created_at))
        .load(tx.conn)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.0).collect();
    let olds: Vec<Old> = merged_centres::table
        .filter(merged_centres::province_id.eq(province).and(merged_centres::merger_id.eq_any(ids)))
        .order(merged_centres::centre_id)
        .select((
            merged_centres::merger_id,
            merged_centres::centre_id,
            merged_centres::act_id,
            merged_centres::ended_appointments,
            merged_centres::sites,
            merged_centres::rapporteurs,
            merged_centres::assets,
            merged_centres::plans,
            merged_centres::balance_vnd,
            merged_centres::handed_over_id,
            merged_centres::received_id,
        ))
        .load(tx.conn)?;
    let mut found: Vec<Merger> = vec![];
    for (id, centre_id, effective_on, decision, note, created_at) in rows {
        found.push(Merger {
            id: id.into(),
            centre_id: centre_id.into(),
            effective_on,
            decision: decision.read()?,
            note,
            predecessors: vec![],
            created_at: created_at.into(),
        });
    }
    for (merger, centre, act, ended_appointments, sites, rapporteurs, assets, plans, balance_vnd, handed_over, received) in olds {
        let Some(merger) = found.iter_mut().find(|it| Id::from(it.id) == merger) else { continue };
        merger.predecessors.push(MergedCentre {
            centre_id: centre.into(),
            act_id: ActId::from(act),
            ended_appointments,
            sites,
            rapporteurs,
            assets,
            plans: plans.read()?,
            balance_vnd,
            handed_over_id: handed_over.map(MoneyEntryId::from),
            received_id: received.map(MoneyEntryId::from),
        });
    }
    Ok(found)
}
