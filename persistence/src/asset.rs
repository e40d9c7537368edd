//! Assets of centres.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::asset::{Asset, AssetCondition, AssetConfirmation, AssetKind, AssetOwner};
use htcd_domain::id::{AssetId, CentreId, SiteId};
use htcd_domain::money::last_of_year;
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::money::{code_of, read_code};
use crate::record::{Part, Row, Whose};
use crate::schema::{asset_confirmations, assets};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = assets, treat_none_as_null = true)]
struct AssetRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    site_id: Option<Id>,
    kind: String,
    name: String,
    quantity: i64,
    unit: String,
    owner: String,
    shared_with: Option<String>,
    condition: String,
    acquired_on: Option<NaiveDate>,
    value_vnd: Option<i64>,
    source: Option<String>,
    disposed_on: Option<NaiveDate>,
    disposal_reason: Option<String>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for AssetRow {
    type Record = Asset;

    fn of(province_id: Id, kept: &Kept<Asset>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            site_id: it.site_id.map(Id::from),
            kind: it.kind.code().into(),
            name: it.name.clone(),
            quantity: it.quantity,
            unit: it.unit.clone(),
            owner: it.owner.code().into(),
            shared_with: it.shared_with.clone(),
            condition: it.condition.code().into(),
            acquired_on: it.acquired_on,
            value_vnd: it.value_vnd,
            source: code_of(it.source),
            disposed_on: it.disposed_on,
            disposal_reason: it.disposal_reason.clone(),
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Asset>, i64)> {
        let content = Asset {
            id: None,
            centre_id: self.centre_id.into(),
            site_id: self.site_id.map(SiteId::from),
            kind: coded(&self.kind)?,
            name: self.name,
            quantity: self.quantity,
            unit: self.unit,
            owner: coded(&self.owner)?,
            shared_with: self.shared_with,
            condition: coded(&self.condition)?,
            acquired_on: self.acquired_on,
            value_vnd: self.value_vnd,
            source: read_code(self.source)?,
            disposed_on: self.disposed_on,
            disposal_reason: self.disposal_reason,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Asset, assets, AssetRow, of a centre, ordered by kind: String);

/// Which assets a list shows.
#[derive(Debug, Clone, Default)]
pub struct AssetFilter {
    /// Whose.
    pub whose: Whose,
    /// At this site.
    pub site: Option<SiteId>,
    /// Of this kind.
    pub kind: Option<AssetKind>,
    /// Owned so.
    pub owner: Option<AssetOwner>,
    /// In this condition, on record.
    pub condition: Option<AssetCondition>,
    /// No longer there, or still there.
    pub disposed: Option<bool>,
    /// That were there in this year and that nobody has confirmed for it.
    pub unconfirmed_in: Option<i32>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn confirmed_in(province: Id, year: i32) -> _ {
    asset_confirmations::table
        .filter(asset_confirmations::province_id.eq(province))
        .filter(asset_confirmations::year.eq(year))
        .select(asset_confirmations::asset_id)
}

/// The assets that a centre has on a day and that nobody has written off, each with its revision.
///
/// # Errors
/// What the database said.
pub fn standing(tx: &mut Tx<'_>, centre: CentreId, day: NaiveDate) -> Result<Vec<(Kept<Asset>, i64)>> {
    let rows: Vec<AssetRow> = assets::table
        .filter(assets::province_id.eq(tx.province()).and(assets::centre_id.eq(Id::from(centre))))
        .filter(assets::disposed_on.is_null())
        .filter(assets::acquired_on.is_null().or(assets::acquired_on.le(day).assume_not_null()))
        .order(assets::id)
        .select(AssetRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// A part of the list of assets, by their kind.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &AssetFilter, wanted: Part<String>) -> Result<Vec<Kept<Asset>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(site) = filter.site {
        query = query.filter(assets::site_id.eq(Id::from(site)).assume_not_null());
    }
    if let Some(kind) = filter.kind {
        query = query.filter(assets::kind.eq(kind.code()));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(assets::owner.eq(owner.code()));
    }
    if let Some(condition) = filter.condition {
        query = query.filter(assets::condition.eq(condition.code()));
    }
    query = match filter.disposed {
        None => query,
        Some(true) => query.filter(assets::disposed_on.is_not_null()),
        Some(false) => query.filter(assets::disposed_on.is_null()),
    };
    if let Some(year) = filter.unconfirmed_in {
        let last = last_of_year(year);
        let first = NaiveDate::from_ymd_opt(last.year(), 1, 1).unwrap_or(last);
        query = query
            .filter(assets::acquired_on.is_null().or(assets::acquired_on.assume_not_null().le(last)))
            .filter(assets::disposed_on.is_null().or(assets::disposed_on.assume_not_null().ge(first)))
            .filter(assets::id.ne_all(confirmed_in(tx.province(), year)));
    }
    part(tx, query, wanted)
}

/// The newest confirmation of each of these assets.
///
/// # Errors
/// What the database said.
pub fn last_confirmations(tx: &mut Tx<'_>, of: &[AssetId]) -> Result<HashMap<AssetId, Kept<AssetConfirmation>>> {
    let found = crate::asset_confirmation::of_assets(tx, of)?;
    // By year: the last of each stays.
    Ok(found.into_iter().map(|kept| (kept.content.asset_id, kept)).collect())
}
