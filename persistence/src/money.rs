//! The books of centres: entries, up to which day they are locked, and what a year of them comes to.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::allowance::PaidAllowance;
use htcd_domain::document::symbol_key;
use htcd_domain::id::{ActivityId, CentreId, MoneyEntryId};
use htcd_domain::money::{Direction, ExpenseCategory, InKind, IncomeSource, MoneyEntry, Tally, last_of_year};
use htcd_domain::record::Kept;

use crate::db::{Conn, MultiBackend, Tx};
use crate::error::Result;
use crate::expression::total_i64;
use crate::record::{Part, Row, Whose, just_one};
use crate::schema::{money_books, money_entries};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = money_entries, treat_none_as_null = true)]
struct EntryRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    entry_date: NaiveDate,
    year: i32,
    direction: String,
    source: Option<String>,
    state_level: Option<String>,
    programme: Option<String>,
    category: Option<String>,
    amount_vnd: Option<i64>,
    in_kind: bool,
    item: Option<String>,
    quantity: Option<i64>,
    unit: Option<String>,
    counterparty: Option<String>,
    voucher_number: Option<String>,
    description: String,
    activity_id: Option<Id>,
    post: Option<String>,
    from_month: Option<NaiveDate>,
    to_month: Option<NaiveDate>,
    reason_above_estimate: Option<String>,
    corrects_id: Option<Id>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A code that may be missing, as it is stored.
pub(crate) fn code_of<T: Coded>(value: Option<T>) -> Option<String> {
    value.map(|value| value.code().to_owned())
}

/// A stored code that may be missing.
pub(crate) fn read_code<T: Coded>(code: Option<String>) -> Result<Option<T>> {
    code.map(|code| coded(&code)).transpose()
}

impl Row for EntryRow {
    type Record = MoneyEntry;

    fn of(province_id: Id, kept: &Kept<MoneyEntry>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            entry_date: it.date,
            year: it.year(),
            direction: it.direction.code().into(),
            source: code_of(it.source),
            state_level: code_of(it.state_level),
            programme: it.programme.clone(),
            category: code_of(it.category),
            amount_vnd: it.amount_vnd,
            in_kind: it.in_kind.is_some(),
            item: it.in_kind.as_ref().map(|kind| kind.item.clone()),
            quantity: it.in_kind.as_ref().and_then(|kind| kind.quantity),
            unit: it.in_kind.as_ref().and_then(|kind| kind.unit.clone()),
            counterparty: it.counterparty.clone(),
            voucher_number: it.voucher_number.clone(),
            description: it.description.clone(),
            activity_id: it.activity_id.map(Id::from),
            post: code_of(it.post),
            from_month: it.from_month,
            to_month: it.to_month,
            reason_above_estimate: it.reason_above_estimate.clone(),
            corrects_id: it.corrects_id.map(Id::from),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<MoneyEntry>, i64)> {
        let (quantity, unit) = (self.quantity, self.unit);
        let content = MoneyEntry {
            id: None,
            centre_id: self.centre_id.into(),
            date: self.entry_date,
            direction: coded(&self.direction)?,
            source: read_code(self.source)?,
            state_level: read_code(self.state_level)?,
            programme: self.programme,
            category: read_code(self.category)?,
            amount_vnd: self.amount_vnd,
            in_kind: self.item.map(|item| InKind { item, quantity, unit }),
            counterparty: self.counterparty,
            voucher_number: self.voucher_number,
            description: self.description,
            activity_id: self.activity_id.map(ActivityId::from),
            post: read_code(self.post)?,
            from_month: self.from_month,
            to_month: self.to_month,
            reason_above_estimate: self.reason_above_estimate,
            corrects_id: self.corrects_id.map(MoneyEntryId::from),
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(MoneyEntry, money_entries, EntryRow, of a centre, ordered by entry_date: NaiveDate);

/// Which entries a list shows.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this day or later.
    pub from: Option<NaiveDate>,
    /// Of this day or earlier.
    pub to: Option<NaiveDate>,
    /// In or out.
    pub direction: Option<Direction>,
    /// From this source.
    pub source: Option<IncomeSource>,
    /// Of this category.
    pub category: Option<ExpenseCategory>,
    /// In kind, or in money.
    pub in_kind: Option<bool>,
    /// That went beyond the estimate, with a reason.
    pub above_estimate: Option<bool>,
    /// Of this activity.
    pub activity: Option<ActivityId>,
}

/// A part of the list of entries, by their day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &EntryFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<MoneyEntry>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(from) = filter.from {
        query = query.filter(money_entries::entry_date.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(money_entries::entry_date.le(to));
    }
    if let Some(direction) = filter.direction {
        query = query.filter(money_entries::direction.eq(direction.code()));
    }
    if let Some(source) = filter.source {
        query = query.filter(money_entries::source.eq(source.code()).assume_not_null());
    }
    if let Some(category) = filter.category {
        query = query.filter(money_entries::category.eq(category.code()).assume_not_null());
    }
    if let Some(in_kind) = filter.in_kind {
        query = query.filter(money_entries::in_kind.eq(in_kind));
    }
    query = match filter.above_estimate {
        None => query,
        Some(true) => query.filter(money_entries::reason_above_estimate.is_not_null()),
        Some(false) => query.filter(money_entries::reason_above_estimate.is_null()),
    };
    if let Some(activity) = filter.activity {
        query = query.filter(money_entries::activity_id.eq(Id::from(activity)).assume_not_null());
    }
    part(tx, query, wanted)
}

/// How the books of a centre stand.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// The last locked day.
    pub locked_to: Option<NaiveDate>,
    /// Why they were opened last.
    pub reason: Option<String>,
    /// Counts the moves of the lock.
    pub revision: i64,
}

type BooksRow = (Option<NaiveDate>, Option<String>, i64);

impl From<BooksRow> for Books {
    fn from((locked_to, reason, revision): BooksRow) -> Self {
        Self { locked_to, reason, revision }
    }
}

/// How the books of a centre within the scope stand; nothing is locked in books that nobody has opened.
///
/// # Errors
/// What the database said.
pub fn books(tx: &mut Tx<'_>, centre: CentreId) -> Result<Books> {
    let row: Option<BooksRow> = money_books::table
        .find((tx.province(), Id::from(centre)))
        .select((money_books::locked_to, money_books::reason, money_books::revision))
        .first(tx.conn)
        .optional()?;
    Ok(row.map(Books::from).unwrap_or_default())
}

/// Opens the books of a centre where nobody has, and holds them to the end of the transaction: whoever writes into them, or
/// locks them, waits. So each sees what the one before did.
///
/// # Errors
/// What the database said.
pub fn hold(tx: &mut Tx<'_>, centre: CentreId, now: DateTime<Utc>) -> Result<Books> {
    let key = (tx.province(), Id::from(centre));
    let row = (
        money_books::province_id.eq(key.0),
        money_books::centre_id.eq(key.1),
        money_books::revision.eq(0_i64),
        money_books::updated_at.eq(Instant::from(now)),
    );
    on_backend!(tx.conn, |c| diesel::insert_into(money_books::table).values(row).on_conflict_do_nothing().execute(c))?;
    let query = money_books::table.find(key).select((money_books::locked_to, money_books::reason, money_books::revision));
    // Transactions that write wait for one another on SQLite anyway.
    let row: BooksRow = match &mut *tx.conn {
        Conn::Pg(pg) => query.for_update().first(pg)?,
        Conn::Sqlite(lite) => query.first(lite)?,
    };
    Ok(row.into())
}

/// Moves the lock of books that are held.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn lock(tx: &mut Tx<'_>, centre: CentreId, books: &Books, now: DateTime<Utc>) -> Result<()> {
    let target = money_books::table.find((tx.province(), Id::from(centre))).filter(money_books::revision.eq(books.revision));
    let set = (
        money_books::locked_to.eq(books.locked_to),
        money_books::reason.eq(&books.reason),
        money_books::revision.eq(books.revision + 1),
        money_books::updated_at.eq(Instant::from(now)),
    );
    just_one(diesel::update(target).set(set).execute(tx.conn)?)
}

/// Whether another entry of the centre's year has this voucher, however its letters and spaces are written.
///
/// # Errors
/// What the database said.
pub fn other_voucher(tx: &mut Tx<'_>, entry: &MoneyEntry, own: Option<MoneyEntryId>) -> Result<Option<MoneyEntryId>> {
    let Some(number) = &entry.voucher_number else { return Ok(None) };
    let mut query = money_entries::table
        .filter(money_entries::province_id.eq(tx.province()).and(money_entries::centre_id.eq(Id::from(entry.centre_id))))
        .filter(money_entries::year.eq(entry.year()))
        .filter(money_entries::voucher_number.is_not_null())
        .into_boxed();
    if let Some(own) = own {
        query = query.filter(money_entries::id.ne(Id::from(own)));
    }
    // The centre's books are held, so nobody adds one meanwhile; neither database folds the letters of Vietnamese.
    let given: Vec<(Id, Option<String>)> =
        query.order(money_entries::id).select((money_entries::id, money_entries::voucher_number)).load(tx.conn)?;
    let same = |(_, other): &(Id, Option<String>)| other.as_deref().is_some_and(|other| symbol_key(other) == symbol_key(number));
    Ok(given.into_iter().find(same).map(|(id, _)| id.into()))
}

/// How many corrections an entry has, and what they come to.
///
/// # Errors
/// What the database said.
pub fn corrections(tx: &mut Tx<'_>, of: MoneyEntryId) -> Result<(i64, i64)> {
    Ok(money_entries::table
        .filter(money_entries::province_id.eq(tx.province()))
        .filter(money_entries::corrects_id.eq(Id::from(of)).assume_not_null())
        .select((count_star(), total_i64(money_entries::amount_vnd)))
        .first(tx.conn)?)
}

/// What a centre spent on a category in a year, but for one entry.
///
/// # Errors
/// What the database said.
pub fn spent(tx: &mut Tx<'_>, centre: CentreId, year: i32, category: ExpenseCategory, but: Option<MoneyEntryId>) -> Result<i64> {
    let mut query = money_entries::table
        .filter(money_entries::province_id.eq(tx.province()).and(money_entries::centre_id.eq(Id::from(centre))))
        .filter(money_entries::year.eq(year).and(money_entries::category.eq(category.code()).assume_not_null()))
        .into_boxed();
    if let Some(but) = but {
        query = query.filter(money_entries::id.ne(Id::from(but)));
    }
    Ok(query.select(total_i64(money_entries::amount_vnd)).first(tx.conn)?)
}

type TallyRow = (String, Option<String>, Option<String>, Option<String>, Option<String>, bool, i64, i64, i64);

/// What a year of a centre's books comes to, heading by heading, in the order of the headings.
///
/// # Errors
/// What the database said.
pub fn tallies(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Vec<Tally>> {
    let last = last_of_year(year);
    let first = last.with_day(1).and_then(|day| day.with_month(1)).unwrap_or(last);
    tallies_between(tx, centre, first, last)
}

/// The same from one day to another; both count.
///
/// # Errors
/// What the database said.
pub fn tallies_between(tx: &mut Tx<'_>, centre: CentreId, first: NaiveDate, last: NaiveDate) -> Result<Vec<Tally>> {
    use money_entries as e;
    let rows: Vec<TallyRow> = e::table
        .filter(e::province_id.eq(tx.province()).and(e::centre_id.eq(Id::from(centre))).and(e::entry_date.between(first, last)))
        .group_by((e::direction, e::source, e::state_level, e::programme, e::category, e::in_kind))
        .select((
            e::direction,
            e::source,
            e::state_level,
            e::programme,
            e::category,
            e::in_kind,
            count_star(),
            count(e::amount_vnd),
            total_i64(e::amount_vnd),
        ))
        .load(tx.conn)?;
    let tally = |(direction, source, state_level, programme, category, in_kind, entries, valued, amount_vnd): TallyRow| {
        Ok(Tally {
            direction: coded(&direction)?,
            source: read_code(source)?,
            state_level: read_code(state_level)?,
            programme,
            category: read_code(category)?,
            in_kind,
            entries,
            valued,
            amount_vnd,
        })
    };
    let mut tallies = rows.into_iter().map(tally).collect::<Result<Vec<Tally>>>()?;
    tallies.sort_by(|a, b| {
        let key = |tally: &Tally| (tally.direction, tally.source, tally.state_level, tally.category, tally.in_kind);
        key(a).cmp(&key(b)).then_with(|| a.programme.cmp(&b.programme))
    });
    Ok(tallies)
}

type PaidRow = (Id, Option<String>, Option<NaiveDate>, Option<NaiveDate>, i64, i64, i64);

/// What a centre paid in allowances for a year: by the months that the entries name, otherwise by their day.
///
/// # Errors
/// What the database said.
pub fn paid_allowances(tx: &mut Tx<'_>, centre: CentreId, year: i32) -> Result<Vec<PaidAllowance>> {
    Ok(allowances_paid_by(tx, Some(centre), year)?.remove(&centre).unwrap_or_default())
}

/// What each centre paid in allowances for a year, or one of them.
///
/// # Errors
/// What the database said.
pub fn allowances_paid_by(tx: &mut Tx<'_>, centre: Option<CentreId>, year: i32) -> Result<HashMap<CentreId, Vec<PaidAllowance>>> {
    use money_entries as e;
    let last = last_of_year(year);
    let first = last.with_day(1).and_then(|day| day.with_month(1)).unwrap_or(last);
    let by_month = e::from_month.is_not_null().and(e::from_month.between(first, last).assume_not_null());
    let by_day = e::from_month.is_null().and(e::year.eq(year));
    let mut query = e::table
        .group_by((e::centre_id, e::post, e::from_month, e::to_month))
        .select((
            e::centre_id,
            e::post,
            e::from_month,
            e::to_month,
            total_i64(e::amount_vnd),
            count_star(),
            count(e::corrects_id),
        ))
        .into_boxed::<MultiBackend>()
        .filter(e::province_id.eq(tx.province()))
        .filter(e::category.eq(ExpenseCategory::Allowances.code()).assume_not_null())
        .filter(by_month.or(by_day));
    if let Some(centre) = centre {
        query = query.filter(e::centre_id.eq(Id::from(centre)));
    }
    let rows: Vec<PaidRow> = query.load(tx.conn)?;
    let mut found: HashMap<CentreId, Vec<PaidAllowance>> = HashMap::new();
    for (centre, post, from, to, amount_vnd, entries, corrections) in rows {
        let months = from.zip(to).map_or(0, |(from, to)| i64::from(to.month()) - i64::from(from.month()) + 1);
        // A correction changes the amount, and pays for no further months.
        let paid = PaidAllowance { post: read_code(post)?, months: months * (entries - corrections), amount_vnd };
        found.entry(centre.into()).or_default().push(paid);
    }
    Ok(found)
}
