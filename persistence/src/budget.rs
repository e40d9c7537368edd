//! Yearly estimates with their lines, and how they stand.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::budget::{Budget, BudgetLine, BudgetStanding};
use htcd_domain::centre::Decision;
use htcd_domain::duties::Hand;
use htcd_domain::id::{BudgetId, CentreId, UserId};
use htcd_domain::money_step::MoneyState;
use htcd_domain::record::Kept;

use crate::db::{MultiBackend, Tx};
use crate::error::Result;
use crate::money::{code_of, read_code};
use crate::record::{Part, Row, Whose, just_one};
use crate::schema::{budget_lines, budgets};
use crate::types::{Doc, Id, Instant, coded};

/// What people enter. Where it stands, and what its lines come to, are columns beside these: the database writes the totals.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = budgets, treat_none_as_null = true)]
struct BudgetRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    year: i32,
    development_region: Option<String>,
    posts: Doc,
    note: Option<String>,
    amendment_reason: Option<String>,
    deficit_reason: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = budget_lines)]
struct LineRow {
    province_id: Id,
    budget_id: Id,
    seq: i32,
    direction: String,
    source: Option<String>,
    state_level: Option<String>,
    programme: Option<String>,
    category: Option<String>,
    post: Option<String>,
    amount_vnd: i64,
    note: Option<String>,
}

impl LineRow {
    fn read(self) -> Result<BudgetLine> {
        Ok(BudgetLine {
            direction: coded(&self.direction)?,
            source: read_code(self.source)?,
            state_level: read_code(self.state_level)?,
            programme: self.programme,
            category: read_code(self.category)?,
            post: read_code(self.post)?,
            amount_vnd: self.amount_vnd,
            note: self.note,
        })
    }
}

impl Row for BudgetRow {
    type Record = Budget;

    fn of(province_id: Id, kept: &Kept<Budget>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            year: it.year,
            development_region: code_of(it.development_region),
            posts: Doc::of(&it.posts)?,
            note: it.note.clone(),
            amendment_reason: it.amendment_reason.clone(),
            deficit_reason: it.deficit_reason.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Budget>, i64)> {
        let content = Budget {
            id: None,
            centre_id: self.centre_id.into(),
            year: self.year,
            lines: vec![],
            posts: self.posts.read()?,
            development_region: read_code(self.development_region)?,
            amendment_reason: self.amendment_reason,
            deficit_reason: self.deficit_reason,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }

    fn gather(tx: &mut Tx<'_>, kept: &mut [Kept<Budget>]) -> Result<()> {
        let ids: Vec<Id> = kept.iter().map(|kept| kept.id.into()).collect();
        let rows: Vec<LineRow> = budget_lines::table
            .filter(budget_lines::province_id.eq(tx.province()).and(budget_lines::budget_id.eq_any(ids)))
            .order((budget_lines::budget_id, budget_lines::seq))
            .select(LineRow::as_select())
            .load(tx.conn)?;
        let mut lines: HashMap<BudgetId, Vec<BudgetLine>> = HashMap::new();
        for row in rows {
            lines.entry(row.budget_id.into()).or_default().push(row.read()?);
        }
        for kept in kept {
            kept.content.lines = lines.remove(&kept.id).unwrap_or_default();
        }
        Ok(())
    }

    fn spread(tx: &mut Tx<'_>, kept: &Kept<Budget>) -> Result<()> {
        let province_id = tx.province();
        let budget_id = Id::from(kept.id);
        let of_budget = budget_lines::province_id.eq(province_id).and(budget_lines::budget_id.eq(budget_id));
        diesel::delete(budget_lines::table.filter(of_budget)).execute(tx.conn)?;
        let rows: Vec<LineRow> = (1..)
            .zip(&kept.content.lines)
            .map(|(seq, line)| LineRow {
                province_id,
                budget_id,
                seq,
                direction: line.direction.code().into(),
                source: code_of(line.source),
                state_level: code_of(line.state_level),
                programme: line.programme.clone(),
                category: code_of(line.category),
                post: code_of(line.post),
                amount_vnd: line.amount_vnd,
                note: line.note.clone(),
            })
            .collect();
        on_backend!(tx.conn, |c| diesel::insert_into(budget_lines::table).values(&rows).execute(c))?;
        Ok(())
    }
}

stored!(Budget, budgets, BudgetRow, of a centre, ordered by year: i32);

/// Which estimates a list shows.
#[derive(Debug, Clone, Default)]
pub struct BudgetFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this year.
    pub year: Option<i32>,
    /// That stand so.
    pub state: Option<MoneyState>,
}

/// A part of the list of estimates, by their year.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &BudgetFilter, wanted: Part<i32>) -> Result<Vec<Kept<Budget>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(year) = filter.year {
        query = query.filter(budgets::year.eq(year));
    }
    if let Some(state) = filter.state {
        query = query.filter(budgets::state.eq(state.code()));
    }
    part(tx, query, wanted)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = budgets)]
struct StandingRow {
    id: Id,
    state: String,
    version: Option<i32>,
    supersedes_id: Option<Id>,
    income_vnd: i64,
    expenditure_vnd: i64,
    return_reason: Option<String>,
    decision: Option<Doc>,
    submitted_by: Option<Id>,
    submitted_acting_by: Option<Id>,
}

/// How an estimate or a settlement stands, and who handed it in.
#[derive(Debug, Clone)]
pub struct Stands<S> {
    /// How it stands.
    pub standing: S,
    /// Who handed it in.
    pub submitted: BTreeSet<UserId>,
}

/// How estimates stand.
///
/// # Errors
/// What the database said.
pub fn standings(tx: &mut Tx<'_>, ids: &[BudgetId]) -> Result<HashMap<BudgetId, Stands<BudgetStanding>>> {
    let rows: Vec<StandingRow> = budgets::table
        .filter(budgets::province_id.eq(tx.province()).and(budgets::id.eq_any(crate::record::ids::<BudgetId>(ids))))
        .select(StandingRow::as_select())
        .load(tx.conn)?;
    rows.into_iter()
        .map(|row| {
            let standing = BudgetStanding {
                state: coded(&row.state)?,
                version: row.version.unwrap_or(1),
                supersedes_id: row.supersedes_id.map(BudgetId::from),
                income_vnd: row.income_vnd,
                expenditure_vnd: row.expenditure_vnd,
                difference_vnd: row.income_vnd - row.expenditure_vnd,
                return_reason: row.return_reason,
                decision: row.decision.map(Doc::read).transpose()?,
            };
            let submitted = [row.submitted_by, row.submitted_acting_by].into_iter().flatten().map(UserId::from).collect();
            Ok((row.id.into(), Stands { standing, submitted }))
        })
        .collect()
}

/// The estimate of a centre and year that stands so, if there is one.
///
/// # Errors
/// What the database said.
pub fn standing_so(tx: &mut Tx<'_>, centre: CentreId, year: i32, states: &[MoneyState]) -> Result<Option<Kept<Budget>>> {
    let states: Vec<&str> = states.iter().map(|state| state.code()).collect();
    let row: Option<BudgetRow> = budgets::table
        .filter(budgets::province_id.eq(tx.province()).and(budgets::centre_id.eq(Id::from(centre))))
        .filter(budgets::year.eq(year).and(budgets::state.eq_any(states)))
        .select(BudgetRow::as_select())
        .first(tx.conn)
        .optional()?;
    let Some((mut kept, _)) = row.map(Row::read).transpose()? else { return Ok(None) };
    BudgetRow::gather(tx, std::slice::from_mut(&mut kept))?;
    Ok(Some(kept))
}

/// An estimate of a year, without its lines.
#[derive(Debug, Clone)]
pub struct YearEstimate {
    /// The estimate.
    pub kept: Kept<Budget>,
    /// Where it stands.
    pub state: MoneyState,
    /// What its lines come to.
    pub income_vnd: i64,
    /// What its lines come to.
    pub expenditure_vnd: i64,
}

/// The estimate of a year of each centre, or of one of them: the approved one, otherwise the one that is being prepared.
///
/// # Errors
/// What the database said.
pub fn of_year(tx: &mut Tx<'_>, centre: Option<CentreId>, year: i32) -> Result<HashMap<CentreId, YearEstimate>> {
    let mut query = budgets::table
        .filter(budgets::province_id.eq(tx.province()).and(budgets::year.eq(year)))
        .filter(budgets::state.ne(MoneyState::Superseded.code()))
        .select((BudgetRow::as_select(), budgets::state, budgets::income_vnd, budgets::expenditure_vnd))
        .into_boxed::<MultiBackend>();
    if let Some(centre) = centre {
        query = query.filter(budgets::centre_id.eq(Id::from(centre)));
    }
    let rows: Vec<(BudgetRow, String, i64, i64)> = query.load(tx.conn)?;
    let mut found: HashMap<CentreId, YearEstimate> = HashMap::new();
    for (row, state, income_vnd, expenditure_vnd) in rows {
        let state: MoneyState = coded(&state)?;
        let (kept, _) = row.read()?;
        let centre = kept.content.centre_id;
        if state == MoneyState::Approved || !found.contains_key(&centre) {
            found.insert(centre, YearEstimate { kept, state, income_vnd, expenditure_vnd });
        }
    }
    Ok(found)
}

/// The estimate of a centre and year that was in force on a day: of those approved by then the newest.
///
/// # Errors
/// What the database said.
pub fn in_force(tx: &mut Tx<'_>, centre: CentreId, year: i32, day: NaiveDate) -> Result<Option<Kept<Budget>>> {
    let approved = [MoneyState::Approved.code(), MoneyState::Superseded.code()];
    let rows: Vec<(BudgetRow, Option<Doc>)> = budgets::table
        .filter(budgets::province_id.eq(tx.province()).and(budgets::centre_id.eq(Id::from(centre))))
        .filter(budgets::year.eq(year).and(budgets::state.eq_any(approved)))
        .order(budgets::version.desc())
        .select((BudgetRow::as_select(), budgets::decision))
        .load(tx.conn)?;
    for (row, decision) in rows {
        let decision: Option<Decision> = decision.map(Doc::read).transpose()?;
        if decision.is_some_and(|decision| decision.date <= day) {
            let (mut kept, _) = row.read()?;
            BudgetRow::gather(tx, std::slice::from_mut(&mut kept))?;
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// Gives a new estimate its number, after the others of the year, and says which one it is to replace.
///
/// # Errors
/// What the database said.
pub fn number(tx: &mut Tx<'_>, new: &Kept<Budget>, supersedes: Option<BudgetId>) -> Result<()> {
    let (centre, year) = (Id::from(new.content.centre_id), new.content.year);
    let last: Option<i32> = budgets::table
        .filter(budgets::province_id.eq(tx.province()).and(budgets::centre_id.eq(centre)).and(budgets::year.eq(year)))
        .select(diesel::dsl::max(budgets::version))
        .first(tx.conn)?;
    let target = budgets::table.find((tx.province(), Id::from(new.id)));
    let set = (budgets::version.eq(last.unwrap_or(0) + 1), budgets::supersedes_id.eq(supersedes.map(Id::from)));
    just_one(diesel::update(target).set(set).execute(tx.conn)?)
}

/// What an act leaves on an estimate or a settlement.
#[derive(Debug, Clone)]
pub struct Act {
    /// The state that it leads to.
    pub state: MoneyState,
    /// Who handed it in, when it is handed in.
    pub submitted: Option<Hand>,
    /// What is wrong, when it is sent back.
    pub return_reason: Option<String>,
    /// The decision, when it is approved.
    pub decision: Option<Decision>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Stores an act on an estimate that has this revision. One that is approved takes the place of the one approved before.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn act(tx: &mut Tx<'_>, kept: &Kept<Budget>, revision: i64, act: &Act) -> Result<()> {
    let at = Instant::from(act.at);
    if act.state == MoneyState::Approved {
        let before = budgets::table
            .filter(budgets::province_id.eq(tx.province()).and(budgets::centre_id.eq(Id::from(kept.content.centre_id))))
            .filter(budgets::year.eq(kept.content.year).and(budgets::state.eq(MoneyState::Approved.code())));
        let set = (
            budgets::state.eq(MoneyState::Superseded.code()),
            budgets::revision.eq(budgets::revision + 1),
            budgets::updated_at.eq(at),
        );
        diesel::update(before).set(set).execute(tx.conn)?;
    }
    let key = (tx.province(), Id::from(kept.id));
    let target = || budgets::table.find(key);
    let state = budgets::state.eq(act.state.code());
    let next = (budgets::revision.eq(revision + 1), budgets::updated_at.eq(at));
    let at_revision = || target().filter(budgets::revision.eq(revision));
    let changed = if let Some(hand) = act.submitted {
        let first = at_revision().filter(budgets::first_submitted_at.is_null());
        diesel::update(first).set(budgets::first_submitted_at.eq(at)).execute(tx.conn)?;
        let by = (
            budgets::submitted_by.eq(Id::from(hand.user_id)),
            budgets::submitted_acting_by.eq(hand.acting_user_id.map(Id::from)),
        );
        diesel::update(at_revision()).set((state, next, by)).execute(tx.conn)?
    } else if let Some(reason) = &act.return_reason {
        diesel::update(at_revision()).set((state, next, budgets::return_reason.eq(reason))).execute(tx.conn)?
    } else {
        let decision = act.decision.as_ref().map(Doc::of).transpose()?;
        diesel::update(at_revision()).set((state, next, budgets::decision.eq(decision))).execute(tx.conn)?
    };
    just_one(changed)
}
