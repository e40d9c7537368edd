//! Reconstitutions: what one decision ended and made on a board.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::id::{CentreId, SiteId};
use htcd_domain::reconstitution::Reconstitution;
use htcd_domain::{Code, Coded, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::{reconstitution_appointments, reconstitutions};
use crate::types::{Doc, Id, Instant, coded};

/// Stores a reconstitution whose appointments are stored.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert(tx: &mut Tx<'_>, it: &Reconstitution) -> Result<()> {
    let province = tx.province();
    let row = (
        reconstitutions::province_id.eq(province),
        reconstitutions::id.eq(Id::from(it.id)),
        reconstitutions::centre_id.eq(Id::from(it.centre_id)),
        reconstitutions::body.eq(it.body.code()),
        reconstitutions::site_id.eq(it.site_id.map(Id::from)),
        reconstitutions::effective_on.eq(it.effective_on),
        reconstitutions::decision.eq(Doc::of(&it.decision)?),
        reconstitutions::reason.eq(it.reason.as_deref()),
        reconstitutions::created_at.eq(Instant::from(it.created_at)),
    );
    diesel::insert_into(reconstitutions::table).values(row).execute(tx.conn).on_unique(
        "reconstitutions_pkey",
        "reconstitutions.province_id, reconstitutions.id",
        || Problem::new(Code::AlreadyExists).detail("Đã có lần kiện toàn với id này.", "A reconstitution with this id exists."),
    )?;
    let of = |appointment: &htcd_domain::id::AppointmentId, ended: bool| {
        (
            reconstitution_appointments::province_id.eq(province),
            reconstitution_appointments::reconstitution_id.eq(Id::from(it.id)),
            reconstitution_appointments::appointment_id.eq(Id::from(*appointment)),
            reconstitution_appointments::ended.eq(ended),
        )
    };
    let ended = it.ended_ids.iter().map(|id| of(id, true));
    let rows: Vec<_> = ended.chain(it.appointed_ids.iter().map(|id| of(id, false))).collect();
    on_backend!(tx.conn, |c| diesel::insert_into(reconstitution_appointments::table).values(&rows).execute(c))?;
    Ok(())
}

type Columns = (Id, Id, String, Option<Id>, NaiveDate, Doc, Option<String>, Instant);

/// The reconstitutions of a centre that was found in scope, the oldest first.
///
/// # Errors
/// What the database said.
pub fn of_centre(tx: &mut Tx<'_>, centre: CentreId) -> Result<Vec<Reconstitution>> {
    let rows: Vec<Columns> = reconstitutions::table
        .filter(reconstitutions::province_id.eq(tx.province()).and(reconstitutions::centre_id.eq(Id::from(centre))))
        .order((reconstitutions::effective_on, reconstitutions::id))
        .select((
            reconstitutions::id,
            reconstitutions::centre_id,
            reconstitutions::body,
            reconstitutions::site_id,
            reconstitutions::effective_on,
            reconstitutions::decision,
            reconstitutions::reason,
            reconstitutions::created_at,
        ))
        .load(tx.conn)?;
    let acts = reconstitutions::table
        .filter(reconstitutions::province_id.eq(tx.province()).and(reconstitutions::centre_id.eq(Id::from(centre))))
        .select(reconstitutions::id);
    let changed: Vec<(Id, Id, bool)> = reconstitution_appointments::table
        .filter(reconstitution_appointments::province_id.eq(tx.province()))
        .filter(reconstitution_appointments::reconstitution_id.eq_any(acts))
        .order(reconstitution_appointments::appointment_id)
        .select((
            reconstitution_appointments::reconstitution_id,
            reconstitution_appointments::appointment_id,
            reconstitution_appointments::ended,
        ))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(id, centre_id, body, site_id, effective_on, decision, reason, created_at)| {
            let those = |ended: bool| {
                let of_act = changed.iter().filter(|(act, _, was_ended)| *act == id && *was_ended == ended);
                of_act.map(|(_, appointment, _)| (*appointment).into()).collect()
            };
            Ok(Reconstitution {
                id: id.into(),
                centre_id: centre_id.into(),
                body: coded(&body)?,
                site_id: site_id.map(SiteId::from),
                effective_on,
                decision: decision.read()?,
                reason,
                ended_ids: those(true),
                appointed_ids: those(false),
                created_at: created_at.into(),
            })
        })
        .collect()
}
