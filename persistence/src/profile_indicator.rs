//! A province's own numbers of the communes' profiles.

use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::profile::{Indicator, ProfileIndicator};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::{profile_indicators, profile_values};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = profile_indicators, treat_none_as_null = true)]
struct IndicatorRow {
    province_id: Id,
    id: Id,
    code: String,
    label: Doc,
    measure: String,
    whole: Option<String>,
    part: Option<String>,
    adds_up: bool,
    active: bool,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for IndicatorRow {
    type Record = ProfileIndicator;

    fn of(province_id: Id, kept: &Kept<ProfileIndicator>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            code: it.code.clone(),
            label: Doc::of(&it.label)?,
            measure: it.measure.code().into(),
            whole: it.whole.clone(),
            part: it.part.clone(),
            adds_up: it.adds_up,
            active: it.active,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<ProfileIndicator>, i64)> {
        let content = ProfileIndicator {
            id: None,
            code: self.code,
            label: self.label.read()?,
            measure: coded(&self.measure)?,
            whole: self.whole,
            part: self.part,
            adds_up: self.adds_up,
            active: self.active,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(ProfileIndicator, profile_indicators, IndicatorRow, of the province, ordered by code: String);

/// A part of the list of the province's indicators, by their code.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, wanted: Part<String>) -> Result<Vec<Kept<ProfileIndicator>>> {
    let query = in_scope(tx, &Whose::default());
    part(tx, query, wanted)
}

/// All indicators of the province's own, by their code.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Indicator>> {
    let rows: Vec<IndicatorRow> =
        in_scope(tx, &Whose::default()).order(profile_indicators::code).select(IndicatorRow::as_select()).load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept.content.indicator())).collect()
}

/// The province's own indicator with a code.
///
/// # Errors
/// What the database said.
pub fn by_code(tx: &mut Tx<'_>, code: &str) -> Result<Option<ProfileIndicator>> {
    let row: Option<IndicatorRow> = profile_indicators::table
        .filter(profile_indicators::province_id.eq(tx.province()).and(profile_indicators::code.eq(code)))
        .select(IndicatorRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(|row| row.read().map(|(kept, _)| kept.content)).transpose()
}

/// Whether some number or another indicator of the province refers to one of its own.
///
/// # Errors
/// What the database said.
pub fn is_used(tx: &mut Tx<'_>, code: &str) -> Result<bool> {
    let of_values =
        profile_values::table.filter(profile_values::province_id.eq(tx.province()).and(profile_values::indicator.eq(code)));
    let names = profile_indicators::whole.eq(code).assume_not_null().or(profile_indicators::part.eq(code).assume_not_null());
    let of_others = profile_indicators::table.filter(profile_indicators::province_id.eq(tx.province())).filter(names);
    Ok(of_values.select(profile_values::id).first::<Id>(tx.conn).optional()?.is_some()
        || of_others.select(profile_indicators::id).first::<Id>(tx.conn).optional()?.is_some())
}
