//! Settlements with what they count from the books, and how they stand.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::id::{CentreId, SettlementId, UserId};
use htcd_domain::money::InKindTotal;
use htcd_domain::money_step::MoneyState;
use htcd_domain::record::Kept;
use htcd_domain::settlement::{Balance, SettledYear, Settlement, SettlementCount, SettlementLine, SettlementStanding};

use crate::budget::{Act, Stands};
use crate::db::Tx;
use crate::error::Result;
use crate::money::{code_of, read_code};
use crate::record::{Part, Row, Whose, just_one};
use crate::schema::{settlement_lines, settlements};
use crate::types::{Doc, Id, Instant, coded};

/// What people enter. What is counted, and where it stands, are columns beside these.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = settlements, treat_none_as_null = true)]
struct SettlementRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    year: i32,
    given_opening_vnd: Option<i64>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for SettlementRow {
    type Record = Settlement;

    fn of(province_id: Id, kept: &Kept<Settlement>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            year: it.year,
            given_opening_vnd: it.opening_vnd,
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Settlement>, i64)> {
        let content = Settlement {
            id: None,
            centre_id: self.centre_id.into(),
            year: self.year,
            opening_vnd: self.given_opening_vnd,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Settlement, settlements, SettlementRow, of a centre, ordered by year: i32);

/// Which settlements a list shows.
#[derive(Debug, Clone, Default)]
pub struct SettlementFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this year.
    pub year: Option<i32>,
    /// That stand so.
    pub state: Option<MoneyState>,
}

/// A part of the list of settlements, by their year.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &SettlementFilter, wanted: Part<i32>) -> Result<Vec<Kept<Settlement>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(year) = filter.year {
        query = query.filter(settlements::year.eq(year));
    }
    if let Some(state) = filter.state {
        query = query.filter(settlements::state.eq(state.code()));
    }
    part(tx, query, wanted)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = settlement_lines)]
struct LineRow {
    province_id: Id,
    settlement_id: Id,
    seq: i32,
    direction: String,
    source: Option<String>,
    state_level: Option<String>,
    programme: Option<String>,
    category: Option<String>,
    entries: i64,
    amount_vnd: i64,
}

impl LineRow {
    fn read(self) -> Result<SettlementLine> {
        Ok(SettlementLine {
            direction: coded(&self.direction)?,
            source: read_code(self.source)?,
            state_level: read_code(self.state_level)?,
            programme: self.programme,
            category: read_code(self.category)?,
            entries: self.entries,
            amount_vnd: self.amount_vnd,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = settlements)]
struct StandingRow {
    id: Id,
    state: String,
    opening_vnd: i64,
    income_vnd: i64,
    expenditure_vnd: i64,
    closing_vnd: i64,
    in_kind_entries: i64,
    in_kind_valued: i64,
    in_kind_vnd: Option<i64>,
    prepared_at: Option<Instant>,
    return_reason: Option<String>,
    decision: Option<Doc>,
    submitted_by: Option<Id>,
    submitted_acting_by: Option<Id>,
}

/// How settlements stand.
///
/// # Errors
/// What the database said.
pub fn standings(tx: &mut Tx<'_>, ids: &[SettlementId]) -> Result<HashMap<SettlementId, Stands<SettlementStanding>>> {
    let ids: Vec<Id> = crate::record::ids::<SettlementId>(ids);
    let rows: Vec<LineRow> = settlement_lines::table
        .filter(settlement_lines::province_id.eq(tx.province()).and(settlement_lines::settlement_id.eq_any(ids.clone())))
        .order((settlement_lines::settlement_id, settlement_lines::seq))
        .select(LineRow::as_select())
        .load(tx.conn)?;
    let mut lines: HashMap<Id, Vec<SettlementLine>> = HashMap::new();
    for row in rows {
        lines.entry(row.settlement_id).or_default().push(row.read()?);
    }
    let rows: Vec<StandingRow> = settlements::table
        .filter(settlements::province_id.eq(tx.province()).and(settlements::id.eq_any(ids)))
        .select(StandingRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let count = SettlementCount {
                balance: Balance {
                    opening_vnd: row.opening_vnd,
                    income_vnd: row.income_vnd,
                    expenditure_vnd: row.expenditure_vnd,
                    closing_vnd: row.closing_vnd,
                },
                lines: lines.remove(&row.id).unwrap_or_default(),
                in_kind: InKindTotal { entries: row.in_kind_entries, valued: row.in_kind_valued, estimated_vnd: row.in_kind_vnd },
            };
            let standing = SettlementStanding {
                state: coded(&row.state)?,
                count,
                prepared_at: row.prepared_at.map(DateTime::from),
                return_reason: row.return_reason,
                decision: row.decision.map(Doc::read).transpose()?,
            };
            let submitted = [row.submitted_by, row.submitted_acting_by].into_iter().flatten().map(UserId::from).collect();
            Ok((row.id.into(), Stands { standing, submitted }))
        })
        .collect()
}

/// What a centre has settled, year by year, but for one settlement.
///
/// # Errors
/// What the database said.
pub fn years(tx: &mut Tx<'_>, centre: CentreId, but: Option<SettlementId>) -> Result<Vec<(SettlementId, SettledYear)>> {
    let rows: Vec<(Id, i32, String, i64)> = settlements::table
        .filter(settlements::province_id.eq(tx.province()).and(settlements::centre_id.eq(Id::from(centre))))
        .order(settlements::year)
        .select((settlements::id, settlements::year, settlements::state, settlements::closing_vnd))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(id, year, state, closing_vnd)| Ok((id.into(), SettledYear { year, state: coded(&state)?, closing_vnd })))
        .filter(|found| found.as_ref().ok().is_none_or(|(id, _)| Some(*id) != but))
        .collect()
}

/// The newest year of a centre whose settlement is approved: its books stay locked.
///
/// # Errors
/// What the database said.
pub fn newest_approved(tx: &mut Tx<'_>, centre: CentreId) -> Result<Option<i32>> {
    Ok(settlements::table
        .filter(settlements::province_id.eq(tx.province()).and(settlements::centre_id.eq(Id::from(centre))))
        .filter(settlements::state.eq(MoneyState::Approved.code()))
        .select(diesel::dsl::max(settlements::year))
        .first(tx.conn)?)
}

/// What the year of a settlement opens with, as it stands: `None` while nobody has settled it.
///
/// # Errors
/// What the database said.
pub fn opening(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Option<i64>> {
    let of = |year: i32, tx: &Tx<'_>| {
        let of_centre = settlements::province_id.eq(tx.province()).and(settlements::centre_id.eq(Id::from(centre)));
        settlements::table.filter(of_centre).filter(settlements::year.eq(year))
    };
    let own: Option<i64> = of(year, tx).select(settlements::opening_vnd).first(tx.conn).optional()?;
    if own.is_some() {
        return Ok(own);
    }
    let approved = settlements::state.eq(MoneyState::Approved.code());
    Ok(of(year - 1, tx).filter(approved).select(settlements::closing_vnd).first(tx.conn).optional()?)
}

/// Stores what a settlement counts. The database adds the lines up and holds the balance by itself: an answer that differs is a
/// fault of ours, and nothing is stored.
///
/// # Errors
/// What the database said.
pub fn put_count(tx: &mut Tx<'_>, id: SettlementId, counted: &SettlementCount, at: DateTime<Utc>) -> Result<()> {
    let (province_id, settlement_id) = (tx.province(), Id::from(id));
    let of_settlement = settlement_lines::province_id.eq(province_id).and(settlement_lines::settlement_id.eq(settlement_id));
    diesel::delete(settlement_lines::table.filter(of_settlement)).execute(tx.conn)?;
    // Without lines the year closes with what it opened with.
    let opening = counted.balance.opening_vnd;
    let set = (
        (settlements::opening_vnd.eq(opening), settlements::closing_vnd.eq(opening)),
        settlements::in_kind_entries.eq(counted.in_kind.entries),
        settlements::in_kind_valued.eq(counted.in_kind.valued),
        settlements::in_kind_vnd.eq(counted.in_kind.estimated_vnd),
        settlements::prepared_at.eq(Instant::from(at)),
    );
    let target = || settlements::table.find((province_id, settlement_id));
    just_one(
        diesel::update(target())
            .set(((settlements::income_vnd.eq(0), settlements::expenditure_vnd.eq(0)), set))
            .execute(tx.conn)?,
    )?;
    let rows: Vec<LineRow> = (1..)
        .zip(&counted.lines)
        .map(|(seq, line)| LineRow {
            province_id,
            settlement_id,
            seq,
            direction: line.direction.code().into(),
            source: code_of(line.source),
            state_level: code_of(line.state_level),
            programme: line.programme.clone(),
            category: code_of(line.category),
            entries: line.entries,
            amount_vnd: line.amount_vnd,
        })
        .collect();
    on_backend!(tx.conn, |c| diesel::insert_into(settlement_lines::table).values(&rows).execute(c))?;
    let closing: i64 = target().select(settlements::closing_vnd).first(tx.conn)?;
    if closing == counted.balance.closing_vnd {
        Ok(())
    } else {
        Err(crate::Error::Corrupt(format!("settlement {id} closes with {closing}, counted {}", counted.balance.closing_vnd)))
    }
}

/// Stores an act on a settlement that has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn act(tx: &mut Tx<'_>, id: SettlementId, revision: i64, act: &Act) -> Result<()> {
    let key = (tx.province(), Id::from(id));
    let target = || settlements::table.find(key).filter(settlements::revision.eq(revision));
    let state = settlements::state.eq(act.state.code());
    let next = (settlements::revision.eq(revision + 1), settlements::updated_at.eq(Instant::from(act.at)));
    let changed = if let Some(hand) = act.submitted {
        let first = target().filter(settlements::first_submitted_at.is_null());
        diesel::update(first).set(settlements::first_submitted_at.eq(Instant::from(act.at))).execute(tx.conn)?;
        let by = (
            settlements::submitted_by.eq(Id::from(hand.user_id)),
            settlements::submitted_acting_by.eq(hand.acting_user_id.map(Id::from)),
        );
        diesel::update(target()).set((state, next, by)).execute(tx.conn)?
    } else if let Some(reason) = &act.return_reason {
        diesel::update(target()).set((state, next, settlements::return_reason.eq(reason))).execute(tx.conn)?
    } else {
        let decision = act.decision.as_ref().map(Doc::of).transpose()?;
        diesel::update(target()).set((state, next, settlements::decision.eq(decision))).execute(tx.conn)?
    };
    just_one(changed)
}
