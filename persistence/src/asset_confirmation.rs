//! What was found of assets, year by year.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::asset::AssetConfirmation;
use htcd_domain::id::{AssetConfirmationId, AssetId};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::asset_confirmations;
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = asset_confirmations, treat_none_as_null = true)]
struct ConfirmationRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    asset_id: Id,
    year: i32,
    confirmed_on: NaiveDate,
    quantity_found: i64,
    condition: String,
    confirmed_by: String,
    difference_note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for ConfirmationRow {
    type Record = AssetConfirmation;

    fn of(province_id: Id, kept: &Kept<AssetConfirmation>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            asset_id: it.asset_id.into(),
            year: it.year,
            confirmed_on: it.confirmed_on,
            quantity_found: it.quantity_found,
            condition: it.condition.code().into(),
            confirmed_by: it.confirmed_by.clone(),
            difference_note: it.difference_note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<AssetConfirmation>, i64)> {
        let content = AssetConfirmation {
            id: None,
            centre_id: self.centre_id.into(),
            asset_id: self.asset_id.into(),
            year: self.year,
            confirmed_on: self.confirmed_on,
            quantity_found: self.quantity_found,
            condition: coded(&self.condition)?,
            confirmed_by: self.confirmed_by,
            difference_note: self.difference_note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(AssetConfirmation, asset_confirmations, ConfirmationRow, of a centre, ordered by confirmed_on: NaiveDate);

/// Which confirmations a list shows.
#[derive(Debug, Clone, Default)]
pub struct ConfirmationFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this asset.
    pub asset: Option<AssetId>,
    /// For this year.
    pub year: Option<i32>,
}

/// A part of the list of confirmations, by their day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ConfirmationFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<AssetConfirmation>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(asset) = filter.asset {
        query = query.filter(asset_confirmations::asset_id.eq(Id::from(asset)));
    }
    if let Some(year) = filter.year {
        query = query.filter(asset_confirmations::year.eq(year));
    }
    part(tx, query, wanted)
}

/// The confirmation of an asset for a year.
///
/// # Errors
/// What the database said.
pub fn of_year(tx: &mut Tx<'_>, asset: AssetId, year: i32) -> Result<Option<AssetConfirmationId>> {
    let found: Option<Id> = asset_confirmations::table
        .filter(asset_confirmations::province_id.eq(tx.province()).and(asset_confirmations::asset_id.eq(Id::from(asset))))
        .filter(asset_confirmations::year.eq(year))
        .select(asset_confirmations::id)
        .first(tx.conn)
        .optional()?;
    Ok(found.map(AssetConfirmationId::from))
}

/// The confirmations of these assets, by their year.
///
/// # Errors
/// What the database said.
pub(crate) fn of_assets(tx: &mut Tx<'_>, of: &[AssetId]) -> Result<Vec<Kept<AssetConfirmation>>> {
    let rows: Vec<ConfirmationRow> = asset_confirmations::table
        .filter(asset_confirmations::province_id.eq(tx.province()))
        .filter(asset_confirmations::asset_id.eq_any(crate::record::ids::<AssetId>(of)))
        .order((asset_confirmations::year, asset_confirmations::id))
        .select(ConfirmationRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}
