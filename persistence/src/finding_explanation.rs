//! Explanations of findings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::finding::FindingCode;
use htcd_domain::finding_explanation::FindingExplanation;
use htcd_domain::id::CentreId;
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::finding_explanations;
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = finding_explanations, treat_none_as_null = true)]
struct ExplanationRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    code: String,
    explanation: String,
    explained_by: String,
    explained_on: NaiveDate,
    valid_until: Option<NaiveDate>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for ExplanationRow {
    type Record = FindingExplanation;

    fn of(province_id: Id, kept: &Kept<FindingExplanation>, revision: i64) -> Result<Self> {
        let it = kept.content.clone();
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            code: it.code.code().into(),
            explanation: it.explanation,
            explained_by: it.explained_by,
            explained_on: it.explained_on,
            valid_until: it.valid_until,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<FindingExplanation>, i64)> {
        let content = FindingExplanation {
            id: None,
            centre_id: self.centre_id.into(),
            code: coded(&self.code)?,
            explanation: self.explanation,
            explained_by: self.explained_by,
            explained_on: self.explained_on,
            valid_until: self.valid_until,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(FindingExplanation, finding_explanations, ExplanationRow, of a centre, ordered by explained_on: NaiveDate);

/// Which explanations a list shows.
#[derive(Debug, Clone, Default)]
pub struct ExplanationFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this finding.
    pub code: Option<FindingCode>,
    /// That are good on this day.
    pub as_of: Option<NaiveDate>,
}

/// Explanations that are good on a day.
#[diesel::dsl::auto_type(no_type_alias)]
fn good_on(day: NaiveDate) -> _ {
    let given = finding_explanations::explained_on.le(day);
    let is_open = finding_explanations::valid_until.is_null();
    given.and(is_open.or(finding_explanations::valid_until.ge(day).assume_not_null()))
}

/// A part of the list of explanations, by their day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ExplanationFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<FindingExplanation>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(code) = filter.code {
        query = query.filter(finding_explanations::code.eq(code.code()));
    }
    if let Some(day) = filter.as_of {
        query = query.filter(good_on(day));
    }
    part(tx, query, wanted)
}

/// The explanations that are good on a day, by their centres, in one statement.
///
/// # Errors
/// What the database said.
pub fn of_centres(tx: &mut Tx<'_>, whose: &Whose, day: NaiveDate) -> Result<BTreeMap<CentreId, Vec<Kept<FindingExplanation>>>> {
    let rows: Vec<ExplanationRow> = in_scope(tx, whose).filter(good_on(day)).select(ExplanationRow::as_select()).load(tx.conn)?;
    let mut by_centre: BTreeMap<CentreId, Vec<Kept<FindingExplanation>>> = BTreeMap::new();
    for row in rows {
        let (kept, _) = row.read()?;
        by_centre.entry(kept.content.centre_id).or_default().push(kept);
    }
    Ok(by_centre)
}
