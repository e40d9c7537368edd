//! The yearly estimate (dự toán) of a centre: what is to come in from where, and what is to be spent on what.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::allowance::{AllowancePost, DevelopmentRegion, PaidPost};
use crate::centre::Decision;
use crate::id::{BudgetId, CentreId};
use crate::money::{Direction, ExpenseCategory, Heading, IncomeSource, StateLevel, vnd};
use crate::money_step::MoneyState;
use crate::problem::{Fault, Faults, Problem};
use crate::record::{Holder, Record};
use crate::text::Label;
use crate::user::{named, plain};

/// A line of an estimate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BudgetLine {
    /// In or out.
    pub direction: Direction,
    /// Where it comes from: for income.
    #[serde(default)]
    pub source: Option<IncomeSource>,
    /// Of which level, for the state budget.
    #[serde(default)]
    pub state_level: Option<StateLevel>,
    /// Its name, for a programme or project.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 200)]
    pub programme: Option<String>,
    /// What it is spent on: for expenditure.
    #[serde(default)]
    pub category: Option<ExpenseCategory>,
    /// Whose post, for an allowance.
    #[serde(default)]
    pub post: Option<AllowancePost>,
    /// The amount.
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(example = 18_025_000, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub amount_vnd: i64,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 500), custom(function = "plain"))]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

impl BudgetLine {
    /// What it stands under.
    pub fn heading(&self) -> Heading<'_> {
        Heading {
            direction: self.direction,
            source: self.source,
            state_level: self.state_level,
            programme: self.programme.as_deref(),
            category: self.category,
            post: self.post,
        }
    }
}

/// An estimate, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<BudgetId>,
    /// The centre.
    pub centre_id: CentreId,
    /// The year.
    #[validate(range(min = 1990, max = 2200))]
    #[schema(example = 2018, minimum = 1990, maximum = 2200)]
    pub year: i32,
    /// Its lines; each source, and each category with its post, once.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub lines: Vec<BudgetLine>,
    /// Who is paid an allowance: how many people hold which post in which months.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub posts: Vec<PaidPost>,
    /// The development class of the commune in that year, in ethnic minority and mountain areas.
    #[serde(default)]
    pub development_region: Option<DevelopmentRegion>,
    /// Why the approved estimate of the year is to be replaced: needed where there is one.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub amendment_reason: Option<String>,
    /// Where the money comes from if more is to be spent than comes in: without a reason such an estimate is not handed in.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(example = "Dùng số dư năm trước chuyển sang.", min_length = 1, max_length = 1000)]
    pub deficit_reason: Option<String>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Budget {
    /// Whether it can be handed in or approved: it has lines, and spends no more than comes in, or says from what.
    ///
    /// # Errors
    /// `rule_broken` at `/lines` or `/deficit_reason`.
    pub fn check_complete(&self) -> crate::Result<()> {
        if self.lines.is_empty() {
            let (vi, en) = ("Dự toán chưa có dòng nào để trình.", "The estimate has no line yet.");
            return Err(Problem::rule("/lines", "lines_needed", vi, en));
        }
        let sum = |direction| {
            let lines = self.lines.iter().filter(|line| line.direction == direction);
            lines.fold(0i64, |sum, line| sum.saturating_add(line.amount_vnd))
        };
        let (income, expenditure) = (sum(Direction::Income), sum(Direction::Expenditure));
        if expenditure <= income || self.deficit_reason.is_some() {
            return Ok(());
        }
        let deficit = expenditure - income;
        let (income, expenditure, above) = (vnd(income), vnd(expenditure), vnd(deficit));
        Err(Problem::rule(
            "/deficit_reason",
            "expenditure_within_income",
            format!("Dự toán chi {expenditure} đồng, thu {income} đồng: chi vượt thu {above} đồng. Cân đối lại, hoặc ghi lấy từ đâu (deficit_reason), chẳng hạn số dư năm trước."),
            format!("The estimate spends {expenditure} đồng of an income of {income}: {above} too much. Balance it, or say where that comes from (deficit_reason), such as what was left of last year."),
        )
        .with("deficit_vnd", deficit))
    }

    /// What it gives to each category of expenditure.
    pub fn by_category(&self) -> Vec<(ExpenseCategory, i64)> {
        self.lines.iter().filter_map(|line| line.category.map(|category| (category, line.amount_vnd))).collect()
    }
}

impl Record for Budget {
    type Id = BudgetId;
    const SUBJECT: &'static str = "budget";
    const PLURAL: &'static str = "budgets";
    const NAME: (&'static str, &'static str) = ("dự toán", "estimate");
    const FIXED: &'static [&'static str] = &["centre_id", "year"];

    fn own_id(&self) -> Option<BudgetId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.year <= today.year() + 1,
            "/year",
            "plausible_year",
            "Dự toán lập nhiều nhất cho năm sau.",
            "An estimate is made for the next year at the latest.",
        );
        let mut seen = BTreeSet::new();
        for (place, line) in self.lines.iter().enumerate() {
            line.heading().check(faults, &format!("/lines/{place}"));
            if !seen.insert(line.heading()) {
                let detail = Label::fixed(
                    "Nguồn thu hoặc nội dung chi này đã có ở dòng trên; cộng vào một dòng.",
                    "This source or category stands in a line above; add it there.",
                );
                faults.push(Fault::body(format!("/lines/{place}"), "line_twice", detail));
            }
        }
        for (place, post) in self.posts.iter().enumerate() {
            faults.check(
                post.first_month <= post.last_month,
                format!("/posts/{place}/last_month"),
                "dates_in_order",
                "Tháng cuối không được trước tháng đầu.",
                "The last month must not come before the first.",
            );
        }
    }
}

/// How an estimate stands: what its lines come to, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetStanding {
    /// Where it stands.
    pub state: MoneyState,
    /// 1 for the first estimate of the year, more for those that replaced it.
    #[schema(example = 1)]
    pub version: i32,
    /// The approved estimate that it replaces, or is to replace.
    pub supersedes_id: Option<BudgetId>,
    /// Its income in all.
    #[schema(example = 33_625_000)]
    pub income_vnd: i64,
    /// Its expenditure in all.
    #[schema(example = 33_625_000)]
    pub expenditure_vnd: i64,
    /// Income less expenditure.
    #[schema(example = 0)]
    pub difference_vnd: i64,
    /// What was wrong when it was sent back last.
    pub return_reason: Option<String>,
    /// The decision that approved it.
    pub decision: Option<Decision>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_stands_under_one_heading_and_each_heading_has_one_line() {
        use serde_json::json;
        let state =
            |level: &str| json!({ "direction": "income", "source": "state_budget", "state_level": level, "amount_vnd": 1 });
        let allowance =
            |post: &str| json!({ "direction": "expenditure", "category": "allowances", "post": post, "amount_vnd": 1 });
        for (lines, expected) in [
            (json!([state("province"), state("commune"), allowance("director"), allowance("deputy_director")]), vec![]),
            (json!([]), vec![]),
            (json!([state("commune"), state("commune")]), vec![("/lines/1", "line_twice")]),
            (json!([allowance("director"), allowance("director")]), vec![("/lines/1", "line_twice")]),
            (json!([{ "direction": "expenditure", "amount_vnd": 1 }]), vec![("/lines/0/category", "category_of_expenditure")]),
            (
                json!([{ "direction": "income", "source": "people", "category": "repairs", "amount_vnd": 1 }]),
                vec![("/lines/0/category", "category_of_expenditure")],
            ),
        ] {
            let budget: Budget =
                serde_json::from_value(json!({ "centre_id": uuid::Uuid::nil(), "year": 2018, "lines": lines })).unwrap();
            let mut faults = Faults::default();
            budget.check(&mut faults, "2018-01-01".parse().unwrap());
            let found = faults.into_result().err().map(|problem| problem.faults).unwrap_or_default();
            let found: Vec<_> = found.iter().map(|fault| (fault.pointer.as_str(), fault.rule)).collect();
            assert_eq!(found, expected, "{lines}");
        }
    }
}
