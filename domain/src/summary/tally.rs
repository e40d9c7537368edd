//! Under which lines records come.

use super::Given;
use super::line::{base, due, expenditure, income, paid, recognised, registered, things};
use crate::allowance::Allowances;
use crate::appointment::{BoardBody, Employment, Post, Sector};
use crate::asset::{AssetCondition, AssetKind};
use crate::learning_model::LearningModelCount;
use crate::money::{Direction, ExpenseCategory, IncomeGroup, IncomeSource};
use crate::rapporteur::RapporteurKind;

/// Adds a number under a line.
fn add(given: &mut Given, code: &'static str, number: i64) {
    let sum = given.entry(code).or_insert(0);
    *sum = sum.saturating_add(number);
}

/// What a centre's entries under a heading come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyTally {
    /// In or out.
    pub direction: Direction,
    /// Of income.
    pub source: Option<IncomeSource>,
    /// Of expenditure.
    pub category: Option<ExpenseCategory>,
    /// Whether they are gifts in kind.
    pub in_kind: bool,
    /// How many.
    pub entries: i64,
    /// How many of them have an amount.
    pub valued: i64,
    /// What these come to.
    pub amount_vnd: i64,
}

impl MoneyTally {
    fn is_handed_over(&self) -> bool {
        self.source.is_some_and(IncomeSource::is_handed_over) || self.category.is_some_and(ExpenseCategory::is_handed_over)
    }

    /// Puts it under its lines. What came in kind stands apart from money.
    pub fn give(&self, given: &mut Given) {
        if self.in_kind {
            add(given, "gifts_in_kind", self.entries);
            if self.valued > 0 {
                add(given, "gifts_in_kind_value", self.amount_vnd);
            }
            return;
        }
        if !self.is_handed_over() {
            match self.direction {
                Direction::Income => add(given, "income", self.amount_vnd),
                Direction::Expenditure => add(given, "expenditure", self.amount_vnd),
            }
        }
        if let Some(source) = self.source {
            add(given, income(source), self.amount_vnd);
            if source.group() == IncomeGroup::Mobilised {
                add(given, "income_mobilised", self.amount_vnd);
            }
        }
        if let Some(category) = self.category {
            add(given, expenditure(category), self.amount_vnd);
        }
    }
}

/// Posts of a centre that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostTally {
    /// The body.
    pub body: BoardBody,
    /// The post.
    pub post: Post,
    /// The sector that they represent.
    pub sector: Option<Sector>,
    /// How they serve.
    pub employment: Option<Employment>,
    /// How many.
    pub posts: i64,
}

impl PostTally {
    /// Puts it under its lines. Where somebody's post is on record, the board is: what nobody holds is zero then.
    pub fn give(&self, given: &mut Given) {
        let known = ["directors", "deputy_directors", "committee_members", "site_board_members", "teachers", "seconded_teachers"];
        known.into_iter().chain(["other_staff", "full_time", "with_board"]).for_each(|code| add(given, code, 0));
        let code = match (self.body, self.post) {
            (BoardBody::Board, Post::Director) => "directors",
            (BoardBody::Board, _) => "deputy_directors",
            (BoardBody::Committee, _) => "committee_members",
            (BoardBody::SiteBoard, _) => "site_board_members",
            (BoardBody::Staff, Post::Teacher) => "teachers",
            (BoardBody::Staff, _) => "other_staff",
        };
        add(given, code, self.posts);
        if code == "teachers" && self.employment == Some(Employment::Seconded) {
            add(given, "seconded_teachers", self.posts);
        }
        if self.employment == Some(Employment::FullTime) {
            add(given, "full_time", self.posts);
        }
        if self.body == BoardBody::Board {
            given.insert("with_board", 1);
            for (sector, code) in
                [(Sector::Education, "with_education_seat"), (Sector::StudyPromotion, "with_study_promotion_seat")]
            {
                let seat = given.entry(code).or_insert(0);
                *seat = (*seat).max(i64::from(self.sector == Some(sector)));
            }
        }
    }
}

/// Puts the names of a kind on a centre's own roster under their line.
pub fn give_roster(kind: RapporteurKind, names: i64, given: &mut Given) {
    match kind {
        RapporteurKind::Rapporteur => add(given, "rapporteurs", names),
        RapporteurKind::Collaborator => add(given, "collaborators", names),
        // Teachers are counted by their posts.
        RapporteurKind::Teacher => {}
    }
}

/// Assets of a centre that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetTally {
    /// The kind.
    pub kind: AssetKind,
    /// In which condition, as it was last found.
    pub condition: AssetCondition,
    /// How many things.
    pub quantity: i64,
    /// Whether somebody looked in the year.
    pub is_confirmed: bool,
    /// What it was worth, where that is recorded.
    pub value_vnd: Option<i64>,
}

impl AssetTally {
    /// Puts it under its lines.
    pub fn give(&self, given: &mut Given) {
        add(given, things(self.kind), self.quantity);
        add(given, "asset_records", 1);
        let is_out_of_order = matches!(self.condition, AssetCondition::Broken | AssetCondition::Unusable);
        add(given, "assets_out_of_order", i64::from(is_out_of_order));
        add(given, "assets_confirmed", i64::from(self.is_confirmed));
        if let Some(value) = self.value_vnd {
            add(given, "assets_value", value);
        }
    }
}

/// What the items of a centre's approved plans set for the months of a period; a number that no item sets is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannedTally {
    /// How many plans they are of.
    pub plans: i64,
    /// How many items.
    pub items: i64,
    /// Classes.
    pub classes: Option<i64>,
    /// Sessions.
    pub sessions: Option<i64>,
    /// Participations.
    pub participations: Option<i64>,
}

impl PlannedTally {
    /// Puts it under its lines. What is planned and not begun is zero done.
    pub fn give(&self, given: &mut Given) {
        add(given, "plans", self.plans);
        add(given, "plan_items", self.items);
        let each = [
            ("planned_classes", "done_classes", self.classes),
            ("planned_sessions", "done_sessions", self.sessions),
            ("planned_participations", "done_participations", self.participations),
        ];
        for (planned, done, number) in each {
            if let Some(number) = number {
                add(given, planned, number);
                add(given, done, 0);
            }
        }
        add(given, "activities_for_plan", 0);
    }
}

/// What a centre's own activities of a period came to, for its plans or beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTally {
    /// Whether they carry out an item of a plan.
    pub is_planned: bool,
    /// How many entries.
    pub entries: i64,
    /// Classes, of items that set them.
    pub classes: Option<i64>,
    /// Sessions, of items that set them.
    pub sessions: Option<i64>,
    /// Participations, of items that set them.
    pub participations: Option<i64>,
}

impl HeldTally {
    /// Puts it under its lines.
    pub fn give(&self, given: &mut Given) {
        if !self.is_planned {
            add(given, "activities_beside_plan", self.entries);
            return;
        }
        add(given, "activities_for_plan", self.entries);
        let each =
            [("done_classes", self.classes), ("done_sessions", self.sessions), ("done_participations", self.participations)];
        for (code, number) in each {
            if let Some(number) = number {
                add(given, code, number);
            }
        }
    }
}

/// A centre's approved estimate of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EstimateTally {
    /// What is to come in.
    pub income_vnd: i64,
    /// What is to be spent.
    pub expenditure_vnd: i64,
}

impl EstimateTally {
    /// Puts it under its lines.
    pub fn give(self, given: &mut Given) {
        add(given, "approved_estimates", 1);
        add(given, "estimated_income", self.income_vnd);
        add(given, "estimated_expenditure", self.expenditure_vnd);
    }
}

/// Puts a centre's allowances of a year under their lines. What is due is blank where no norm says it, what was paid where the books
/// hold no entry.
pub fn give_allowances(allowances: &Allowances, given: &mut Given) {
    if let Some(amount) = allowances.due_vnd {
        add(given, "allowances_due", amount);
    }
    for post in &allowances.posts {
        if let Some(amount) = post.due_vnd {
            add(given, due(post.post), amount);
        }
        if post.is_paid {
            add(given, paid(post.post), post.paid_vnd);
        }
    }
    if allowances.is_paid {
        add(given, "allowances_paid", allowances.paid_vnd);
    }
    if allowances.paid_without_post_vnd != 0 {
        add(given, "allowances_paid_without_post", allowances.paid_without_post_vnd);
    }
}

/// Puts what a commune counts of a learning model under its lines.
pub fn give_model(count: &LearningModelCount, given: &mut Given) {
    let each = [
        (base(count.model), count.base_total),
        (registered(count.model), count.registered),
        (recognised(count.model), count.recognised),
    ];
    for (code, number) in each {
        if let Some(number) = number {
            add(given, code, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SummaryTopic, lines};
    use super::*;
    use crate::Coded;

    #[test]
    fn what_is_given_stands_under_a_line_of_its_topic() {
        let check = |topic: SummaryTopic, given: &Given| {
            let lines = lines(topic);
            assert!(!given.is_empty());
            given.keys().for_each(|code| assert!(lines.iter().any(|line| line.code == *code), "{topic:?}: {code}"));
        };
        let mut given = Given::new();
        for source in IncomeSource::ALL {
            for in_kind in [false, true] {
                let source = Some(*source);
                let (direction, category) = (Direction::Income, None);
                MoneyTally { direction, source, category, in_kind, entries: 1, valued: 1, amount_vnd: 5 }.give(&mut given);
            }
        }
        for category in ExpenseCategory::ALL {
            let (direction, source) = (Direction::Expenditure, None);
            MoneyTally { direction, source, category: Some(*category), in_kind: false, entries: 1, valued: 1, amount_vnd: 5 }
                .give(&mut given);
        }
        check(SummaryTopic::Money, &given);
        assert_eq!((given["income"], given["expenditure"]), (45, 45), "gifts in kind are no money");
        assert_eq!((given["income_mobilised"], given["gifts_in_kind"], given["gifts_in_kind_value"]), (20, 10, 50));

        let mut given = Given::new();
        for (body, post) in BoardBody::ALL.iter().flat_map(|body| Post::ALL.iter().map(move |post| (*body, *post))) {
            if body.has(post) {
                PostTally { body, post, sector: Some(Sector::Education), employment: None, posts: 1 }.give(&mut given);
            }
        }
        RapporteurKind::ALL.iter().for_each(|kind| give_roster(*kind, 1, &mut given));
        check(SummaryTopic::People, &given);
        assert_eq!((given["with_education_seat"], given["with_study_promotion_seat"], given["seconded_teachers"]), (1, 0, 0));

        let mut given = Given::new();
        for kind in AssetKind::ALL {
            let (condition, value_vnd) = (AssetCondition::Broken, Some(1));
            AssetTally { kind: *kind, condition, quantity: 2, is_confirmed: true, value_vnd }.give(&mut given);
        }
        check(SummaryTopic::Assets, &given);

        let mut given = Given::new();
        let all = Some(1);
        PlannedTally { plans: 1, items: 1, classes: all, sessions: all, participations: None }.give(&mut given);
        assert_eq!((given["done_classes"], given.get("done_participations")), (0, None), "not begun, and not planned");
        HeldTally { is_planned: true, entries: 1, classes: all, sessions: None, participations: all }.give(&mut given);
        HeldTally { is_planned: false, entries: 1, classes: all, sessions: all, participations: all }.give(&mut given);
        check(SummaryTopic::Plans, &given);
        assert_eq!((given["done_classes"], given["done_sessions"]), (1, 0));
    }
}
