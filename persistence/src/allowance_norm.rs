//! A province's norms of allowances.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::allowance::{AllowanceNorm, AllowancePost};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::money::{code_of, read_code};
use crate::record::{Part, Row, Whose};
use crate::schema::allowance_norms;
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = allowance_norms, treat_none_as_null = true)]
struct NormRow {
    province_id: Id,
    id: Id,
    post: String,
    region_class: Option<String>,
    development_region: Option<String>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    method: String,
    amount_vnd: Option<i64>,
    coefficient_hundredths: Option<i64>,
    legal_basis: String,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for NormRow {
    type Record = AllowanceNorm;

    fn of(province_id: Id, kept: &Kept<AllowanceNorm>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            post: it.post.code().into(),
            region_class: code_of(it.region_class),
            development_region: code_of(it.development_region),
            valid_from: it.valid_from,
            valid_to: it.valid_to,
            method: it.method.code().into(),
            amount_vnd: it.amount_vnd,
            coefficient_hundredths: it.coefficient_hundredths,
            legal_basis: it.legal_basis.clone(),
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<AllowanceNorm>, i64)> {
        let content = AllowanceNorm {
            id: None,
            post: coded(&self.post)?,
            region_class: read_code(self.region_class)?,
            development_region: read_code(self.development_region)?,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            method: coded(&self.method)?,
            amount_vnd: self.amount_vnd,
            coefficient_hundredths: self.coefficient_hundredths,
            legal_basis: self.legal_basis,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(AllowanceNorm, allowance_norms, NormRow, of the province, ordered by valid_from: NaiveDate);

/// A part of the list of norms, of a post where one is named, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, post: Option<AllowancePost>, wanted: Part<NaiveDate>) -> Result<Vec<Kept<AllowanceNorm>>> {
    let mut query = in_scope(tx, &Whose::default());
    if let Some(post) = post {
        query = query.filter(allowance_norms::post.eq(post.code()));
    }
    part(tx, query, wanted)
}

/// All norms of the province.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Kept<AllowanceNorm>>> {
    let query = in_scope(tx, &Whose::default()).order((allowance_norms::valid_from, allowance_norms::id));
    let rows: Vec<NormRow> = query.select(NormRow::as_select()).load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}
