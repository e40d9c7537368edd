//! Rating rounds.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::id::RoundId;
use htcd_domain::round::{Round, RoundStatus};
use htcd_domain::scheme::Subject;
use htcd_domain::{Code, Coded, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::rounds;
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Insertable)]
#[diesel(table_name = rounds)]
struct RoundRow {
    province_id: Id,
    id: Id,
    scheme_id: Id,
    subject: String,
    year: i32,
    title: String,
    data_from: NaiveDate,
    data_to: NaiveDate,
    route: Doc,
    status: String,
    revision: i64,
    created_at: Instant,
    earlier_routes: Doc,
}

fn round(row: RoundRow) -> Result<(Round, i64)> {
    let round = Round {
        id: row.id.into(),
        scheme_id: row.scheme_id.into(),
        subject: coded(&row.subject)?,
        year: row.year,
        title: row.title,
        data_from: row.data_from,
        data_to: row.data_to,
        route: row.route.read()?,
        status: coded(&row.status)?,
        earlier_routes: row.earlier_routes.read()?,
    };
    Ok((round, row.revision))
}

/// The tenant's rounds, newest year first.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>, year: Option<i32>, subject: Option<Subject>, status: Option<RoundStatus>) -> Result<Vec<Round>> {
    let mut query = rounds::table.filter(rounds::province_id.eq(tx.province())).into_boxed();
    if let Some(year) = year {
        query = query.filter(rounds::year.eq(year));
    }
    if let Some(subject) = subject {
        query = query.filter(rounds::subject.eq(subject.code()));
    }
    if let Some(status) = status {
        query = query.filter(rounds::status.eq(status.code()));
    }
    let rows: Vec<RoundRow> = query.order((rounds::year.desc(), rounds::subject, rounds::id)).load(tx.conn)?;
    rows.into_iter().map(|row| round(row).map(|(round, _)| round)).collect()
}

/// One round of the tenant, with the revision of its record.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: RoundId) -> Result<Option<(Round, i64)>> {
    let row: Option<RoundRow> = rounds::table.find((tx.province(), Id::from(id))).first(tx.conn).optional()?;
    row.map(round).transpose()
}

/// Stores a round.
///
/// # Errors
/// `already_exists` when the year has one for this subject: two would count everything twice.
pub fn insert(tx: &mut Tx<'_>, round: &Round, at: DateTime<Utc>) -> Result<()> {
    let row = RoundRow {
        province_id: tx.province(),
        id: round.id.into(),
        scheme_id: round.scheme_id.into(),
        subject: round.subject.code().to_owned(),
        year: round.year,
        title: round.title.clone(),
        data_from: round.data_from,
        data_to: round.data_to,
        route: Doc::of(&round.route)?,
        status: round.status.code().to_owned(),
        revision: 1,
        created_at: at.into(),
        earlier_routes: Doc::of(&round.earlier_routes)?,
    };
    diesel::insert_into(rounds::table)
        .values(&row)
        .execute(tx.conn)
        .on_unique("rounds_year_key", "rounds.province_id, rounds.subject, rounds.year", || {
            Problem::new(Code::AlreadyExists).detail(
                "Năm này đã có một đợt cho đối tượng này; hai đợt sẽ bị đếm hai lần.",
                "The year has a round for this subject; two would be counted twice.",
            )
        })
        .or_else(|error| match error {
            crate::Error::Query(other) => Err(other).on_unique("rounds_pkey", "rounds.province_id, rounds.id", || {
                Problem::new(Code::AlreadyExists).detail("Đã có đợt với id này.", "A round with this id exists.")
            }),
            other => Err(other),
        })?;
    Ok(())
}

/// Stores changes to a round whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn update(tx: &mut Tx<'_>, round: &Round, revision: i64) -> Result<()> {
    let changed = diesel::update(rounds::table.find((tx.province(), Id::from(round.id))).filter(rounds::revision.eq(revision)))
        .set((
            rounds::title.eq(&round.title),
            rounds::status.eq(round.status.code()),
            rounds::route.eq(Doc::of(&round.route)?),
            rounds::earlier_routes.eq(Doc::of(&round.earlier_routes)?),
            rounds::revision.eq(revision + 1),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}
