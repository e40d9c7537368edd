//! The merger of centres as one act (sáp nhập trung tâm): by one decision several old centres go into one, their boards end, and what
//! they had goes on: the balance of their books, the open part of their plans, their assets. What they did stays theirs.
//!
//! Dispatch 6165/BGDĐT-GDPT of 4 October 2025: each commune has one centre.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::{Centre, CentreAct, CentreStatus, CreateAct, Decision};
use crate::id::{CentreId, MergerId, MoneyEntryId, PlanId};
use crate::money::{Direction, ExpenseCategory, IncomeSource, MoneyEntry, Tally, vnd};
use crate::plan::{Plan, PlanCourse};
use crate::plan_item::{ItemOrigin, PlanItem};
use crate::problem::{Fault, Faults, Result};
use crate::reconstitution::CreateReconstitution;
use crate::text::Label;
use crate::user::plain;

/// An old centre that goes into another one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MergingCentre {
    /// The centre.
    pub centre_id: CentreId,
    /// The money that was counted when it was handed over, in VND. Needed where no settlement says what the year opened with;
    /// otherwise it is what the books come to.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(example = 4_500_000, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub balance_vnd: Option<i64>,
}

/// A merger to be done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateMerger {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<MergerId>,
    /// The old centres.
    #[validate(nested, length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub predecessors: Vec<MergingCentre>,
    /// The first day on which they no longer exist: today or earlier.
    pub effective_on: NaiveDate,
    /// The decision, for all of it.
    #[validate(nested)]
    pub decision: Decision,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Whether what was already entered for that day and later stays, because it did take place.
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub keep_later_entries: bool,
}

/// A plan whose open part went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarriedPlan {
    /// The old centre's plan. It stays as it was.
    pub from_plan_id: PlanId,
    /// The plan of the centre that goes on; a draft, which it hands in as its own.
    pub to_plan_id: PlanId,
    /// How many items were copied: those of the month of the merger and later.
    #[schema(example = 6)]
    pub items: usize,
}

/// What became of an old centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MergedCentre {
    /// The centre.
    pub centre_id: CentreId,
    /// Its act, under its `acts`.
    pub act_id: crate::id::ActId,
    /// How many appointments ended with it.
    pub ended_appointments: i32,
    /// How many of its sites in use are the other centre's now; in its own list they are no longer used.
    pub sites: i32,
    /// How many people of its roster stand on that of the other centre; on its own they are to the last day.
    pub rapporteurs: i32,
    /// How many of its assets stand under the other centre now; in its own list they are disposed of.
    pub assets: i32,
    /// The plans whose open part went on.
    pub plans: Vec<CarriedPlan>,
    /// The money that was handed over; `null` where it kept no books.
    pub balance_vnd: Option<i64>,
    /// The entry in its books by which it went out; `null` where there was none.
    pub handed_over_id: Option<MoneyEntryId>,
    /// The entry in the other centre's books by which it came in.
    pub received_id: Option<MoneyEntryId>,
}

/// A merger that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Merger {
    /// Identity.
    pub id: MergerId,
    /// The centre that goes on.
    pub centre_id: CentreId,
    /// The first day on which the old ones no longer exist.
    pub effective_on: NaiveDate,
    /// The decision.
    pub decision: Decision,
    /// What else was said.
    pub note: Option<String>,
    /// The old centres, with what they handed over.
    pub predecessors: Vec<MergedCentre>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

impl CreateMerger {
    /// The rules that need nothing but the act, the centre that goes on, and the date.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check(&self, successor: &Centre, today: NaiveDate) -> Result<()> {
        let mut faults = Faults::default();
        faults.check(
            self.effective_on <= today,
            "/effective_on",
            "not_in_the_future",
            "Ghi việc sáp nhập khi đã có hiệu lực: ngày không sau hôm nay.",
            "A merger is recorded once it has taken effect: the day is today or earlier.",
        );
        faults.check(
            successor.status == CentreStatus::Operating && successor.exists_on(self.effective_on),
            "/effective_on",
            "successor_operates",
            "Trung tâm tiếp nhận phải đang hoạt động và đã có từ ngày này.",
            "The centre that takes the others in is operating, and was there on that day.",
        );
        for (place, old) in self.predecessors.iter().enumerate() {
            let at = format!("/predecessors/{place}/centre_id");
            faults.check(
                old.centre_id != successor.id,
                at.clone(),
                "successors",
                "Trung tâm không sáp nhập vào chính mình.",
                "A centre does not go into itself.",
            );
            faults.check(
                !self.predecessors[..place].iter().any(|other| other.centre_id == old.centre_id),
                at,
                "each_once",
                "Mỗi trung tâm chỉ nêu một lần.",
                "Each centre is named once.",
            );
        }
        faults.into_result()
    }

    /// The act on an old centre.
    pub fn act(&self, successor: CentreId) -> CreateAct {
        CreateAct {
            id: None,
            act: CentreAct::Merge,
            effective_on: self.effective_on,
            decision: self.decision.clone(),
            reason: self.note.clone(),
            successor_ids: vec![successor],
            keep_later_entries: self.keep_later_entries,
        }
    }

    /// The reshaping that ends a body of an old centre: everybody leaves, nobody comes.
    pub fn ending(&self, of: &crate::appointment::Appointment) -> CreateReconstitution {
        CreateReconstitution {
            id: None,
            body: of.body,
            site_id: of.site_id,
            effective_on: self.effective_on,
            decision: self.decision.clone(),
            end_all: true,
            end_appointment_ids: vec![],
            appoint: vec![],
            reason: Some("Sáp nhập trung tâm".into()),
        }
    }

    /// The money that an old centre hands over: what was counted, or what its books come to. `opening` is what the year opened
    /// with, `tallies` what was entered in it up to the last day. `None` where it kept no books.
    ///
    /// # Errors
    /// The fault at `balance_vnd` where it is needed, or is not what the books come to.
    pub fn balance(&self, place: usize, opening: Option<i64>, tallies: &[Tally]) -> std::result::Result<Option<i64>, Fault> {
        let given = self.predecessors.get(place).and_then(|old| old.balance_vnd);
        let money = |direction: Direction| -> i64 {
            tallies.iter().filter(|it| it.direction == direction && !it.in_kind).map(|it| it.amount_vnd).sum()
        };
        let fault = |rule: &'static str, detail: Label| Fault::body(format!("/predecessors/{place}/balance_vnd"), rule, detail);
        let Some(opening) = opening else {
            return match given {
                None if tallies.iter().any(|it| !it.in_kind) => Err(fault(
                    "balance_needed",
                    Label::fixed(
                        "Trung tâm có thu chi nhưng chưa có quyết toán cho biết số dư đầu năm: ghi số tiền kiểm kê khi bàn giao.",
                        "The centre has entries, but no settlement says what its year opened with: give the money that was counted.",
                    ),
                )),
                given => Ok(given),
            };
        };
        let books = opening + money(Direction::Income) - money(Direction::Expenditure);
        if books < 0 || given.is_some_and(|given| given != books) {
            let (books, given) = (vnd(books), given.map_or_else(|| "—".to_owned(), vnd));
            return Err(fault(
                "balance_of_books",
                Label::new(
                    format!(
                        "Sổ thu chi còn {books} đồng đến hết ngày trước khi sáp nhập, số bàn giao ghi {given}. Ghi đủ thu chi hoặc sửa số bàn giao; sổ âm thì không bàn giao được."
                    ),
                    format!(
                        "The books come to {books} đồng by the day before, and {given} is said to be handed over. Complete the books or correct the number; a debt is not handed over."
                    ),
                ),
            ));
        }
        Ok(Some(books))
    }

    /// The two entries by which money goes over: out of the old centre's books on its last day, into the other's on the first.
    pub fn entries(&self, old: &Centre, successor: &Centre, amount_vnd: i64) -> [MoneyEntry; 2] {
        let entry = |of: &Centre, other: &Centre, date, direction| MoneyEntry {
            id: None,
            centre_id: of.id,
            date,
            direction,
            source: (direction == Direction::Income).then_some(IncomeSource::Predecessor),
            state_level: None,
            programme: None,
            category: (direction == Direction::Expenditure).then_some(ExpenseCategory::Successor),
            amount_vnd: Some(amount_vnd),
            in_kind: None,
            counterparty: Some(other.name.chars().take(200).collect()),
            voucher_number: None,
            description: format!("Bàn giao số dư khi sáp nhập trung tâm, Quyết định số {}", self.decision.number),
            activity_id: None,
            post: None,
            from_month: None,
            to_month: None,
            reason_above_estimate: None,
            corrects_id: None,
        };
        let last = self.effective_on.pred_opt().unwrap_or(self.effective_on);
        [entry(old, successor, last, Direction::Expenditure), entry(successor, old, self.effective_on, Direction::Income)]
    }

    /// Whether an item of an old centre's plan was still to come.
    pub fn leaves_open(&self, plan: &Plan, item: &PlanItem) -> bool {
        let month = i32::try_from(self.effective_on.month()).unwrap_or(1);
        plan.year > self.effective_on.year() || (plan.year == self.effective_on.year() && item.month >= month)
    }

    /// A draft of the year for the centre that goes on.
    pub fn plan(&self, successor: &Centre, year: i32) -> Plan {
        Plan {
            id: None,
            centre_id: successor.id,
            year,
            title: format!("Kế hoạch hoạt động năm {year} (tiếp nhận khi sáp nhập)"),
            number: None,
            signed_on: None,
            survey_id: None,
            note: None,
            course: PlanCourse::default(),
        }
    }

    /// An open item as the centre that goes on takes it over; the survey it answers stays with the old one.
    pub fn item(&self, item: &PlanItem, plan_id: PlanId, successor: CentreId) -> PlanItem {
        let origin = ItemOrigin { centre_id: successor, continues_id: None };
        PlanItem { id: None, plan_id, survey_topic_id: None, origin, ..item.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn act(given: Option<i64>) -> CreateMerger {
        let body = json!({
            "predecessors": [{ "centre_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "balance_vnd": given }],
            "effective_on": "2025-10-15",
            "decision": { "number": "1/QĐ", "date": "2025-10-01", "issuer": "UBND" },
        });
        serde_json::from_value(body).unwrap()
    }

    fn tally(direction: Direction, in_kind: bool, amount_vnd: i64) -> Tally {
        Tally {
            direction,
            source: None,
            state_level: None,
            programme: None,
            category: None,
            in_kind,
            entries: 1,
            valued: 1,
            amount_vnd,
        }
    }

    #[test]
    fn what_is_handed_over_is_what_the_books_come_to_or_what_was_counted() {
        use Direction::{Expenditure, Income};
        let year = [tally(Income, false, 70), tally(Income, true, 1000), tally(Expenditure, false, 30)];
        let gift = [tally(Income, true, 1000)];
        let check = |given, opening, tallies: &[Tally], wanted: std::result::Result<Option<i64>, &str>| {
            let found = act(given).balance(0, opening, tallies).map_err(|fault| fault.rule);
            assert_eq!(found, wanted, "{given:?} {opening:?}");
        };
        check(None, Some(5), &year, Ok(Some(45)));
        check(Some(45), Some(5), &year, Ok(Some(45)));
        check(Some(44), Some(5), &year, Err("balance_of_books"));
        check(None, Some(-41), &year, Err("balance_of_books"));
        check(None, None, &year, Err("balance_needed"));
        check(Some(9), None, &year, Ok(Some(9)));
        check(Some(0), None, &[], Ok(Some(0)));
        check(None, None, &[], Ok(None));
        check(None, None, &gift, Ok(None));
    }

    #[test]
    fn items_from_the_month_of_the_merger_on_are_open_and_those_of_later_years() {
        let act = act(None);
        let item = |month: i32| -> PlanItem {
            let body =
                json!({ "plan_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "month": month, "category": "law", "title": "Luật" });
            serde_json::from_value(body).unwrap()
        };
        let plan = |year: i32| -> Plan {
            serde_json::from_value(
                json!({ "centre_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "year": year, "title": "Kế hoạch" }),
            )
            .unwrap()
        };
        let open = |year, month| act.leaves_open(&plan(year), &item(month));
        assert_eq!(
            [open(2025, 9), open(2025, 10), open(2025, 12), open(2026, 1), open(2024, 12)],
            [false, true, true, true, false]
        );
    }
}
