//! The settlement (quyết toán) of a year: opening balance and income, less expenditure, is the closing balance, which the
//! next year opens with. It is counted from the books, and what came in kind stands apart.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::Decision;
use crate::id::{CentreId, SettlementId};
use crate::money::{Direction, ExpenseCategory, InKindTotal, IncomeSource, StateLevel, Tally};
use crate::money_step::MoneyState;
use crate::problem::{Code, Faults, Problem, Result};
use crate::record::{Holder, Record};
use crate::user::plain;

/// What a centre says of a settlement; the rest is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<SettlementId>,
    /// The centre.
    pub centre_id: CentreId,
    /// The year, which is over.
    #[validate(range(min = 1990, max = 2200))]
    #[schema(example = 2018, minimum = 1990, maximum = 2200)]
    pub year: i32,
    /// What the year began with: needed in a centre's first settlement, and only there. Later years open with what the year
    /// before closed with.
    #[serde(default)]
    #[validate(range(min = -1_000_000_000_000_i64, max = 1_000_000_000_000_i64))]
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    pub opening_vnd: Option<i64>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Record for Settlement {
    type Id = SettlementId;
    const SUBJECT: &'static str = "settlement";
    const PLURAL: &'static str = "settlements";
    const NAME: (&'static str, &'static str) = ("quyết toán", "settlement");
    const FIXED: &'static [&'static str] = &["centre_id", "year"];

    fn own_id(&self) -> Option<SettlementId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.year < today.year(),
            "/year",
            "year_is_over",
            "Quyết toán lập khi năm đã kết thúc.",
            "A year is settled once it is over.",
        );
    }
}

/// What a centre has settled of other years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledYear {
    /// The year.
    pub year: i32,
    /// Where its settlement stands.
    pub state: MoneyState,
    /// What it closed with.
    pub closing_vnd: i64,
}

impl Settlement {
    /// What the year opens with. `others` are the settlements of the centre's other years.
    ///
    /// # Errors
    /// `blocked` where years are out of order, `rule_broken` where the opening balance is missing or not the one carried over.
    pub fn opening(&self, others: &[SettledYear]) -> Result<i64> {
        let blocked = |vi: String, en: String, year: i32| Err(Problem::new(Code::Blocked).detail(vi, en).with("year", year));
        if let Some(later) = others.iter().find(|other| other.year > self.year) {
            let year = later.year;
            return blocked(
                format!("Đã có quyết toán năm {year}; không lập quyết toán cho năm trước đó."),
                format!("There is a settlement of {year}; a year before it is settled no more."),
                year,
            );
        }
        let Some(last) = others.iter().max_by_key(|other| other.year) else {
            return self.opening_vnd.ok_or_else(|| {
                Problem::rule(
                    "/opening_vnd",
                    "opening_needed",
                    "Quyết toán đầu tiên của trung tâm phải ghi số dư đầu năm; không có thì ghi 0.",
                    "The first settlement of a centre gives its opening balance; where there was nothing, give 0.",
                )
            });
        };
        let before = self.year - 1;
        if last.year != before || last.state != MoneyState::Approved {
            // The year before this one, whether its settlement waits or is missing.
            let year = before;
            return blocked(
                format!("Quyết toán năm {year} chưa được duyệt; số dư của năm đó là số đầu năm nay."),
                format!("The settlement of {year} is not approved; this year opens with what that one closes with."),
                year,
            );
        }
        if self.opening_vnd.is_some_and(|given| given != last.closing_vnd) {
            return Err(Problem::rule(
                "/opening_vnd",
                "opening_carried_over",
                "Số dư đầu năm là số dư cuối năm trước đã quyết toán; để trống trường này.",
                "A year opens with what the year before closed with; leave this blank.",
            ));
        }
        Ok(last.closing_vnd)
    }
}

/// What a settlement has under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementLine {
    /// In or out.
    pub direction: Direction,
    /// The source of income.
    pub source: Option<IncomeSource>,
    /// The level of the state budget.
    pub state_level: Option<StateLevel>,
    /// The programme.
    pub programme: Option<String>,
    /// The category of expenditure.
    pub category: Option<ExpenseCategory>,
    /// How many entries.
    pub entries: i64,
    /// What they come to.
    pub amount_vnd: i64,
}

/// The year's balance: opening + income − expenditure = closing, which the database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// What the year began with.
    #[schema(example = 0)]
    pub opening_vnd: i64,
    /// What came in, in money.
    #[schema(example = 33_625_000)]
    pub income_vnd: i64,
    /// What was spent.
    #[schema(example = 33_000_000)]
    pub expenditure_vnd: i64,
    /// What is left.
    #[schema(example = 625_000)]
    pub closing_vnd: i64,
}

/// What a settlement counts from the books.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementCount {
    /// The balance.
    pub balance: Balance,
    /// By source and category; each is a part of the balance.
    pub lines: Vec<SettlementLine>,
    /// What came in kind, in no balance.
    pub in_kind: InKindTotal,
}

impl SettlementCount {
    /// Counts a year.
    pub fn of(opening_vnd: i64, tallies: &[Tally]) -> Self {
        let lines: Vec<_> = tallies
            .iter()
            .filter(|tally| !tally.in_kind)
            .map(|tally| SettlementLine {
                direction: tally.direction,
                source: tally.source,
                state_level: tally.state_level,
                programme: tally.programme.clone(),
                category: tally.category,
                entries: tally.entries,
                amount_vnd: tally.amount_vnd,
            })
            .collect();
        let sum =
            |direction| -> i64 { lines.iter().filter(|line| line.direction == direction).map(|line| line.amount_vnd).sum() };
        let (income_vnd, expenditure_vnd) = (sum(Direction::Income), sum(Direction::Expenditure));
        let closing_vnd = opening_vnd + income_vnd - expenditure_vnd;
        let balance = Balance { opening_vnd, income_vnd, expenditure_vnd, closing_vnd };
        Self { balance, lines, in_kind: InKindTotal::of(tallies) }
    }
}

/// How a settlement stands: what was counted, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementStanding {
    /// Where it stands.
    pub state: MoneyState,
    /// What was counted.
    #[serde(flatten)]
    pub count: SettlementCount,
    /// When it was counted last.
    pub prepared_at: Option<DateTime<Utc>>,
    /// What was wrong when it was sent back last.
    pub return_reason: Option<String>,
    /// The decision that approved it.
    pub decision: Option<Decision>,
}

/// The refusal of a settlement that the books have moved away from.
pub fn books_moved() -> Problem {
    Problem::new(Code::Blocked).detail(
        "Sổ thu chi đã thay đổi từ lúc lập quyết toán; trung tâm tính lại (POST …/prepare) rồi trình lại.",
        "The books have changed since the settlement was counted; the centre counts it again (POST …/prepare) and submits it anew.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_opens_with_what_the_year_before_closed_with() {
        use MoneyState::{Approved, Draft, Returned};
        let settled = |year, state| SettledYear { year, state, closing_vnd: 7 };
        for (given, others, expected) in [
            (Some(5), vec![], Ok(5)),
            (Some(0), vec![], Ok(0)),
            (None, vec![], Err("opening_needed")),
            (None, vec![settled(2017, Approved)], Ok(7)),
            (Some(7), vec![settled(2017, Approved), settled(2016, Approved)], Ok(7)),
            (Some(8), vec![settled(2017, Approved)], Err("opening_carried_over")),
            (None, vec![settled(2017, Draft)], Err("blocked")),
            (None, vec![settled(2017, Returned), settled(2016, Approved)], Err("blocked")),
            (None, vec![settled(2016, Approved)], Err("blocked")),
            (Some(5), vec![settled(2019, Approved)], Err("blocked")),
        ] {
            let settlement =
                Settlement { id: None, centre_id: uuid::Uuid::nil().into(), year: 2018, opening_vnd: given, note: None };
            let found =
                settlement.opening(&others).map_err(|problem| problem.faults.first().map_or("blocked", |fault| fault.rule));
            assert_eq!(found, expected, "{given:?} {others:?}");
        }
    }

    #[test]
    fn the_lines_add_up_to_the_balance_and_gifts_in_kind_are_in_none() {
        let income = Tally {
            direction: Direction::Income,
            source: Some(IncomeSource::StateBudget),
            state_level: Some(StateLevel::Commune),
            programme: None,
            category: None,
            in_kind: false,
            entries: 2,
            valued: 2,
            amount_vnd: 100,
        };
        let gift = Tally { in_kind: true, source: Some(IncomeSource::People), amount_vnd: 40, ..income.clone() };
        let spent = Tally {
            direction: Direction::Expenditure,
            source: None,
            state_level: None,
            category: Some(ExpenseCategory::Repairs),
            amount_vnd: 30,
            ..income.clone()
        };
        // A correction of an earlier year may leave less than nothing under a heading.
        let taken_back = Tally { category: Some(ExpenseCategory::Training), amount_vnd: -10, ..spent.clone() };
        let count = SettlementCount::of(5, &[income, gift, spent, taken_back]);
        assert_eq!(count.balance, Balance { opening_vnd: 5, income_vnd: 100, expenditure_vnd: 20, closing_vnd: 85 });
        assert_eq!(count.lines.len(), 3);
        assert_eq!(count.in_kind, InKindTotal { entries: 2, valued: 2, estimated_vnd: Some(40) });
    }
}
