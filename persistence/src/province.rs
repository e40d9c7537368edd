//! Tenants.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::id::{ProvinceId, UnitId};
use htcd_domain::province::Province;
use htcd_domain::{Code, Problem};

use crate::audit;
use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::{province_units, provinces};
use crate::types::{Id, Instant};

/// Every tenant, with the units that belong to it.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Province>> {
    let rows: Vec<(Id, Id, String)> =
        provinces::table.select((provinces::id, provinces::unit_id, provinces::name)).order(provinces::id).load(tx.conn)?;
    let units: Vec<(Id, Id)> = province_units::table
        .select((province_units::province_id, province_units::unit_id))
        .order(province_units::unit_id)
        .load(tx.conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, unit_id, name)| Province {
            id: id.into(),
            unit_id: unit_id.into(),
            name,
            unit_ids: units.iter().filter(|(province, _)| *province == id).map(|(_, unit)| (*unit).into()).collect(),
        })
        .collect())
}

/// The tenant that a province unit belongs to.
///
/// # Errors
/// What the database said.
pub fn of_unit(tx: &mut Tx<'_>, unit: UnitId) -> Result<Option<ProvinceId>> {
    let id: Option<Id> =
        province_units::table.find(Id::from(unit)).select(province_units::province_id).first(tx.conn).optional()?;
    Ok(id.map(ProvinceId::from))
}

/// Stores a tenant and starts its audit chain.
///
/// # Errors
/// `already_exists` when one of its units belongs to a tenant already.
pub fn insert(tx: &mut Tx<'_>, province: &Province, at: DateTime<Utc>) -> Result<()> {
    let taken = || {
        Problem::new(Code::AlreadyExists).detail(
            "Tỉnh này, hoặc một tỉnh trước khi sáp nhập của nó, đã có trong hệ thống.",
            "The province, or one that it was merged from, exists already.",
        )
    };
    let id = Id::from(province.id);
    let row = (
        provinces::id.eq(id),
        provinces::unit_id.eq(Id::from(province.unit_id)),
        provinces::name.eq(&province.name),
        provinces::created_at.eq(Instant::from(at)),
    );
    let inserted = diesel::insert_into(provinces::table).values(row).execute(tx.conn);
    inserted.on_unique("provinces_unit_key", "provinces.unit_id", taken).map_err(|error| match error {
        crate::Error::Query(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) => {
            taken().into()
        }
        other => other,
    })?;
    for unit in &province.unit_ids {
        let row = (province_units::unit_id.eq(Id::from(*unit)), province_units::province_id.eq(id));
        diesel::insert_into(province_units::table).values(row).execute(tx.conn).on_unique(
            "province_units_pkey",
            "province_units.unit_id",
            taken,
        )?;
    }
    audit::start(tx, province.id)
}
