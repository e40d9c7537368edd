//! The base salaries that a province's coefficients are multiplied with.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::allowance::BaseSalary;
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::base_salaries;
use crate::types::{Id, Instant};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = base_salaries, treat_none_as_null = true)]
struct SalaryRow {
    province_id: Id,
    id: Id,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    amount_vnd: i64,
    legal_basis: String,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for SalaryRow {
    type Record = BaseSalary;

    fn of(province_id: Id, kept: &Kept<BaseSalary>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            valid_from: it.valid_from,
            valid_to: it.valid_to,
            amount_vnd: it.amount_vnd,
            legal_basis: it.legal_basis.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<BaseSalary>, i64)> {
        let content = BaseSalary {
            id: None,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            amount_vnd: self.amount_vnd,
            legal_basis: self.legal_basis,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(BaseSalary, base_salaries, SalaryRow, of the province, ordered by valid_from: NaiveDate);

/// A part of the list of base salaries, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, wanted: Part<NaiveDate>) -> Result<Vec<Kept<BaseSalary>>> {
    let query = in_scope(tx, &Whose::default());
    part(tx, query, wanted)
}

/// All base salaries that the province has entered.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Kept<BaseSalary>>> {
    let query = in_scope(tx, &Whose::default()).order((base_salaries::valid_from, base_salaries::id));
    let rows: Vec<SalaryRow> = query.select(SalaryRow::as_select()).load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}
