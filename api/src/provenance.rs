//! Every aggregate says where its numbers come from: the lists whose recount is the number, and what was left out.

use chrono::NaiveDate;
use htcd_domain::boundaries::Placing;
use htcd_domain::id::CentreId;
use htcd_domain::provenance::{KnownCentre, LeftOut, Provenance, concerns};
use htcd_persistence::{Tx, rated_record};
use serde::Serialize;
use utoipa::ToSchema;

use crate::permit::{Permit, Right};

/// An aggregate with where its numbers come from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Traced<T> {
    /// The numbers.
    #[serde(flatten)]
    pub figures: T,
    /// The lists whose recount gives these numbers, and what was left out of them.
    pub provenance: Provenance,
}

impl<T> Traced<T> {
    /// An aggregate, and where it comes from.
    pub fn new(figures: T, provenance: Provenance) -> Self {
        Self { figures, provenance }
    }
}

/// The tenant's centres that a figure does not know, as far as they lie in its unit and in the caller's scope, each with why.
pub fn unknown_centres<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    placing: &Placing<'_>,
    is_known: impl Fn(CentreId) -> bool,
    day: NaiveDate,
) -> htcd_persistence::Result<Vec<(KnownCentre, LeftOut)>> {
    let scope = permit.scope();
    let reads = |centre: &KnownCentre| scope.province_id.is_nation() || scope.covers(centre.commune, Some(centre.id));
    let found = rated_record::known_centres(tx)?.into_iter();
    let found = found.filter(|centre| !is_known(centre.id) && concerns(placing, centre.commune) && reads(centre));
    Ok(found
        .map(|centre| {
            let why = centre.left_out(day);
            (centre, why)
        })
        .collect())
}
