//! Rating schemes, national and of the province.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::id::{ProvinceId, SchemeId};
use htcd_domain::scheme::{Scheme, SchemeStatus};
use htcd_domain::{Code, Coded, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::schemes;
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Insertable)]
#[diesel(table_name = schemes)]
struct SchemeRow {
    province_id: Id,
    id: Id,
    code: String,
    version: i32,
    status: String,
    content: Doc,
    revision: i64,
    created_at: Instant,
}

fn scheme(row: SchemeRow) -> Result<(Scheme, i64)> {
    let scheme = Scheme {
        id: row.id.into(),
        national: ProvinceId::from(row.province_id).is_nation(),
        code: row.code,
        version: row.version,
        status: coded(&row.status)?,
        content: row.content.read()?,
    };
    Ok((scheme, row.revision))
}

/// The tenant's schemes and the national ones, by code and version.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Scheme>> {
    let owners = vec![tx.province(), Id::from(ProvinceId::NATION)];
    let rows: Vec<SchemeRow> = schemes::table
        .filter(schemes::province_id.eq_any(owners))
        .order((schemes::code, schemes::version, schemes::id))
        .load(tx.conn)?;
    rows.into_iter().map(|row| scheme(row).map(|(scheme, _)| scheme)).collect()
}

/// One scheme of the tenant or the nation, with the revision of its record.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: SchemeId) -> Result<Option<(Scheme, i64)>> {
    let owners = vec![tx.province(), Id::from(ProvinceId::NATION)];
    let row: Option<SchemeRow> =
        schemes::table.filter(schemes::province_id.eq_any(owners).and(schemes::id.eq(Id::from(id)))).first(tx.conn).optional()?;
    row.map(scheme).transpose()
}

/// The next version of a code in the tenant.
///
/// # Errors
/// What the database said.
pub fn next_version(tx: &mut Tx<'_>, code: &str) -> Result<i32> {
    let last: Option<i32> = schemes::table
        .filter(schemes::province_id.eq(tx.province()).and(schemes::code.eq(code)))
        .select(diesel::dsl::max(schemes::version))
        .first(tx.conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// Stores a draft.
///
/// # Errors
/// `already_exists` for an id, or a version, that is taken.
pub fn insert(tx: &mut Tx<'_>, scheme: &Scheme, at: DateTime<Utc>) -> Result<()> {
    let row = SchemeRow {
        province_id: tx.province(),
        id: scheme.id.into(),
        code: scheme.code.clone(),
        version: scheme.version,
        status: scheme.status.code().to_owned(),
        content: Doc::of(&scheme.content)?,
        revision: 1,
        created_at: at.into(),
    };
    let taken = || {
        Problem::new(Code::AlreadyExists)
            .detail("Đã có bộ tiêu chí với id hoặc phiên bản này.", "A scheme with this id or version exists.")
    };
    diesel::insert_into(schemes::table)
        .values(&row)
        .execute(tx.conn)
        .on_unique("schemes_pkey", "schemes.province_id, schemes.id", taken)
        .or_else(|error| match error {
            crate::Error::Query(other) => {
                Err(other).on_unique("schemes_version_key", "schemes.province_id, schemes.code, schemes.version", taken)
            }
            other => Err(other),
        })?;
    Ok(())
}

/// Stores changes to a draft of the tenant whose record has this revision; what is published never changes.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster or published it.
pub fn update_draft(tx: &mut Tx<'_>, scheme: &Scheme, revision: i64) -> Result<()> {
    let draft = schemes::table
        .find((tx.province(), Id::from(scheme.id)))
        .filter(schemes::revision.eq(revision).and(schemes::status.eq(SchemeStatus::Draft.code())));
    let changed = diesel::update(draft)
        .set((
            schemes::content.eq(Doc::of(&scheme.content)?),
            schemes::status.eq(scheme.status.code()),
            schemes::revision.eq(revision + 1),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}
