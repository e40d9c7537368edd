//! The plan of a centre for a year, and its way from a draft to the commune's approval.
//!
//! What was submitted or approved no longer changes: a plan that is returned is corrected and submitted again, one that is
//! approved is revised by a copy, which takes its place once it is approved itself.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use validator::Validate;

use crate::Coded;
use crate::centre::{Centre, Decision, is_plausible};
use crate::document::{BorneNumber, DocumentKind};
use crate::duties::Hand;
use crate::id::{CentreId, PlanId, SurveyId};
use crate::problem::{Code, Faults, Problem, Result};
use crate::rating::{AllowedAction, Reason};
use crate::record::{Holder, Record};
use crate::survey::Survey;
use crate::text::Label;
use crate::user::{named, plain};

coded! {
    /// Where a plan stands.
    pub enum PlanState in "plan_state" {
        /// Being written.
        Draft = "draft" ("đang soạn", "draft"),
        /// Handed to the commune.
        Submitted = "submitted" ("đã trình", "submitted"),
        /// Sent back with a reason.
        Returned = "returned" ("bị trả lại", "returned"),
        /// Approved: the plan of its year.
        Approved = "approved" ("đã phê duyệt", "approved"),
        /// Replaced by a revision that was approved.
        Superseded = "superseded" ("đã được điều chỉnh, thay thế", "superseded"),
    }
}

impl PlanState {
    /// Whether the plan and its items may be written.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// Whether the plan was approved, be it replaced since.
    pub fn was_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Superseded)
    }
}

coded! {
    /// What can be done with a plan.
    pub enum PlanAction in "plan_action" {
        /// Change it and its items.
        Edit = "edit" ("sửa", "edit"),
        /// Remove it.
        Delete = "delete" ("xóa", "delete"),
        /// Hand it to the commune.
        Submit = "submit" ("trình", "submit"),
        /// Approve it.
        Approve = "approve" ("phê duyệt", "approve"),
        /// Send it back.
        Return = "return" ("trả lại", "return"),
        /// Make a copy to be revised.
        Revise = "revise" ("điều chỉnh", "revise"),
    }
}

impl PlanAction {
    /// Whether a state allows it.
    pub fn is_allowed_in(self, state: PlanState) -> bool {
        match self {
            Self::Edit | Self::Delete | Self::Submit => state.is_open(),
            Self::Approve | Self::Return => state == PlanState::Submitted,
            Self::Revise => state == PlanState::Approved,
        }
    }
}

/// What became of a plan: set by the acts on it, never by whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanCourse {
    /// Where it stands.
    pub state: PlanState,
    /// The approved plan that it revises.
    pub revises_id: Option<PlanId>,
    /// When it was last submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Who submitted it then, and does not approve it; `None` where that was not noted.
    #[serde(skip)]
    #[schema(ignore)]
    pub submitted: Option<Hand>,
    /// Why it was returned; `null` again once it is submitted.
    pub return_reason: Option<String>,
    /// The day from which it is approved.
    pub approved_on: Option<NaiveDate>,
    /// The decision that approved it, where there was one.
    pub approval: Option<Decision>,
}

impl Default for PlanCourse {
    fn default() -> Self {
        Self {
            state: PlanState::Draft,
            revises_id: None,
            submitted_at: None,
            submitted: None,
            return_reason: None,
            approved_on: None,
            approval: None,
        }
    }
}

/// A centre's plan for a year (kế hoạch hoạt động năm).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<PlanId>,
    /// The centre.
    pub centre_id: CentreId,
    /// The year.
    #[validate(range(min = 1990, max = 2100))]
    #[schema(example = 2018, minimum = 1990, maximum = 2100)]
    pub year: i32,
    /// What it is called.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Kế hoạch hoạt động năm 2018", min_length = 1, max_length = 300)]
    pub title: String,
    /// Number and symbol, unique among the centre's plans of the year.
    #[serde(default)]
    #[validate(length(min = 1, max = 60), custom(function = "named"))]
    #[schema(example = "06/KH-TTHTCĐ", min_length = 1, max_length = 60)]
    pub number: Option<String>,
    /// The day it was signed.
    #[serde(default)]
    #[schema(example = "2018-01-12")]
    pub signed_on: Option<NaiveDate>,
    /// The survey that it is built on.
    #[serde(default)]
    pub survey_id: Option<SurveyId>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// What became of it.
    #[serde(flatten, skip_deserializing)]
    #[schema(ignore)]
    pub course: PlanCourse,
}

impl Record for Plan {
    type Id = PlanId;
    const SUBJECT: &'static str = "plan";
    const PLURAL: &'static str = "plans";
    const NAME: (&'static str, &'static str) = ("kế hoạch", "plan");
    const FIXED: &'static [&'static str] = &["centre_id", "year"];

    fn own_id(&self) -> Option<PlanId> {
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
            "Kế hoạch lập cho năm nay, năm trước hoặc nhiều nhất một năm tới.",
            "A plan is for this year, an earlier one, or at most the next.",
        );
        faults.check(
            self.signed_on.is_none_or(|day| is_plausible(day, today)),
            "/signed_on",
            "plausible_date",
            "Ngày phải từ năm 1990 và không quá một năm tới.",
            "The day must lie between 1990 and a year from now.",
        );
        faults.check(
            self.signed_on.is_none_or(|day| (self.year - 1..=self.year).contains(&day.year())),
            "/signed_on",
            "signed_for_the_year",
            "Kế hoạch của một năm được ký trong năm đó hoặc năm trước.",
            "The plan of a year is signed in it, or in the year before.",
        );
    }

    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        PlanCourse::schemas(schemas);
        schemas.push((PlanState::name().into(), PlanState::schema()));
        crate::record::members_of::<PlanCourse>()
    }
}

/// What around a plan stands against a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// How many items it has.
    pub items: i64,
    /// Whether another plan of the year is approved, beside the one that this one revises.
    pub has_rival: bool,
    /// Whether a revision of it is on its way.
    pub has_revision: bool,
    /// Whether whoever asks submitted it.
    pub is_own: bool,
}

impl Around {
    /// The same for somebody who asks.
    pub fn by(self, plan: &Plan, hand: Hand) -> Self {
        let persons = hand.persons();
        Self { is_own: plan.course.submitted.is_some_and(|submitted| !submitted.persons().is_disjoint(&persons)), ..self }
    }
}

const OWN_SUBMISSION: &str = "own_submission";

fn reason(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Reason {
    Reason { code: code.into(), detail: Label::new(vi, en) }
}

impl Plan {
    /// The first and last day of its year.
    pub fn days(&self) -> (NaiveDate, NaiveDate) {
        let day = |month, day| NaiveDate::from_ymd_opt(self.year, month, day).unwrap_or_default();
        (day(1, 1), day(12, 31))
    }

    /// The number that it bears, where it was signed and the number can be read.
    pub fn borne_number(&self, id: Option<PlanId>) -> Option<BorneNumber> {
        let (number, symbol) = BorneNumber::parse(self.number.as_deref()?)?;
        let (title, link) = (self.title.clone(), id.map(|id| format!("/v1/plans/{id}")));
        Some(BorneNumber { kind: DocumentKind::Plan, number, symbol, signed_on: self.signed_on?, title, link })
    }

    /// A plan is made for a year in which there was the centre.
    ///
    /// # Errors
    /// `rule_broken` at the year.
    pub fn check_centre(&self, centre: &Centre) -> Result<()> {
        let (first, last) = self.days();
        let begins = centre.operating_from.is_some_and(|from| from <= last);
        if begins && centre.ended_on.is_none_or(|end| first < end) {
            return Ok(());
        }
        Err(Problem::rule(
            "/year",
            "centre_in_year",
            format!("Trong năm {} chưa có hoặc không còn trung tâm này.", self.year),
            format!("In {} there was no such centre yet, or no longer.", self.year),
        ))
    }

    /// A plan is built on a survey of its centre that began before its year was over.
    ///
    /// # Errors
    /// `rule_broken` at the survey.
    pub fn check_survey(&self, survey: Option<&Survey>) -> Result<()> {
        let Some(survey) = survey.filter(|survey| survey.centre_id == self.centre_id) else {
            let (vi, en) = ("Đợt điều tra này không thuộc trung tâm.", "The survey is not one of the centre's.");
            return Err(Problem::rule("/survey_id", "survey_of_centre", vi, en));
        };
        if survey.started_on <= self.days().1 {
            return Ok(());
        }
        Err(Problem::rule(
            "/survey_id",
            "survey_before_plan",
            format!("Đợt điều tra bắt đầu sau năm {}, kế hoạch của năm đó không thể dựa vào.", self.year),
            format!("The survey began after {}: a plan of that year is not built on it.", self.year),
        ))
    }

    /// Why an action cannot be taken now, whoever asks.
    pub fn reasons_against(&self, action: PlanAction, around: &Around) -> Vec<Reason> {
        use PlanAction as A;
        let mut reasons = vec![];
        if !action.is_allowed_in(self.course.state) {
            let label = self.course.state.label();
            reasons.push(reason(
                "wrong_state",
                format!("Kế hoạch đang ở trạng thái «{}».", label.vi),
                format!("The plan is in the state “{}”.", label.en),
            ));
        }
        if action == A::Submit && around.items == 0 {
            reasons.push(reason("no_items", "Kế hoạch chưa có mục nào.", "The plan has no items yet."));
        }
        if matches!(action, A::Submit | A::Approve) && around.has_rival {
            reasons.push(reason(
                "year_has_plan",
                format!("Năm {} đã có kế hoạch được phê duyệt; điều chỉnh kế hoạch đó thay vì lập kế hoạch thứ hai.", self.year),
                format!("A plan of {} is approved already; revise that one instead of making a second.", self.year),
            ));
        }
        if action == A::Revise && around.has_revision {
            reasons.push(reason(
                "revision_open",
                "Đang có một bản điều chỉnh của kế hoạch này chưa được phê duyệt.",
                "A revision of this plan is on its way already.",
            ));
        }
        if action == A::Approve && around.is_own && reasons.is_empty() {
            reasons.push(reason(OWN_SUBMISSION, "Người trình không tự phê duyệt.", "Whoever submitted does not approve."));
        }
        reasons
    }

    /// Every action, with why it cannot be taken now.
    pub fn allowed_actions(&self, around: &Around) -> Vec<AllowedAction> {
        PlanAction::ALL
            .iter()
            .map(|action| {
                let reasons = self.reasons_against(*action, around);
                AllowedAction { action: action.code().to_owned(), allowed: reasons.is_empty(), reasons }
            })
            .collect()
    }

    /// An action may be taken now.
    ///
    /// # Errors
    /// `state_conflict` or `separation_of_duties` with the state, the reasons, and what is allowed instead.
    pub fn permit(&self, action: PlanAction, around: &Around) -> Result<()> {
        let reasons = self.reasons_against(action, around);
        let Some(first) = reasons.first() else { return Ok(()) };
        let detail = Some(Box::new(first.detail.clone()));
        let code = if first.code == OWN_SUBMISSION { Code::SeparationOfDuties } else { Code::StateConflict };
        Err(Problem { detail, ..Problem::new(code) }
            .with("state", self.course.state)
            .with("reasons", &reasons)
            .with("allowed_actions", self.allowed_actions(around)))
    }

    /// The plan once it is submitted.
    pub fn submitted(&self, at: DateTime<Utc>, by: Hand) -> Self {
        let course = PlanCourse {
            state: PlanState::Submitted,
            submitted_at: Some(at),
            submitted: Some(by),
            return_reason: None,
            ..self.course.clone()
        };
        Self { course, ..self.clone() }
    }

    /// The plan once it is returned.
    pub fn returned(&self, reason: String) -> Self {
        let course = PlanCourse { state: PlanState::Returned, return_reason: Some(reason), ..self.course.clone() };
        Self { course, ..self.clone() }
    }

    /// The plan once it is approved.
    pub fn approved(&self, on: NaiveDate, decision: Option<Decision>) -> Self {
        let course = PlanCourse { state: PlanState::Approved, approved_on: Some(on), approval: decision, ..self.course.clone() };
        Self { course, ..self.clone() }
    }

    /// The plan once a revision of it is approved.
    pub fn superseded(&self) -> Self {
        Self { course: PlanCourse { state: PlanState::Superseded, ..self.course.clone() }, ..self.clone() }
    }

    /// A draft that revises this plan, which has this id. It is signed anew.
    pub fn revision(&self, id: PlanId) -> Self {
        let course = PlanCourse { revises_id: Some(id), ..PlanCourse::default() };
        Self { id: None, number: None, signed_on: None, course, ..self.clone() }
    }
}

/// An approval: by a decision, or by a day alone.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApprovePlan {
    /// The day from which it is approved; that of the decision when left out.
    #[serde(default)]
    #[schema(example = "2018-01-15")]
    pub approved_on: Option<NaiveDate>,
    /// The decision, where there is one.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
}

impl ApprovePlan {
    /// The day of the approval.
    ///
    /// # Errors
    /// `rule_broken` when there is none, or it lies before the decision, before the plan was signed or in the future.
    pub fn day(&self, plan: &Plan, today: NaiveDate) -> Result<NaiveDate> {
        let mut faults = Faults::default();
        let named = self.approved_on.or(self.decision.as_ref().map(|decision| decision.date));
        faults.check(
            named.is_some(),
            "/approved_on",
            "approval_named",
            "Ghi ngày phê duyệt hoặc quyết định phê duyệt.",
            "Give the day of the approval, or the decision.",
        );
        let day = named.unwrap_or(today);
        faults.check(
            is_plausible(day, today) && day <= today,
            "/approved_on",
            "not_in_future",
            "Ngày phê duyệt phải từ năm 1990 và không sau hôm nay.",
            "The day of an approval lies between 1990 and today.",
        );
        faults.check(
            self.decision.as_ref().is_none_or(|decision| decision.date <= day && is_plausible(decision.date, today)),
            "/decision/date",
            "decision_before_effect",
            "Quyết định phải ký trước hoặc vào ngày phê duyệt có hiệu lực.",
            "A decision is signed on or before the day it takes effect.",
        );
        faults.check(
            plan.signed_on.is_none_or(|signed| signed <= day),
            "/approved_on",
            "signed_before_approved",
            "Kế hoạch ký rồi mới được phê duyệt: ngày phê duyệt không trước ngày ký.",
            "A plan is signed before it is approved.",
        );
        faults.into_result()?;
        Ok(day)
    }
}

/// A return.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReturnPlan {
    /// What is wrong with it.
    #[validate(length(min = 1, max = 2000), custom(function = "named"))]
    #[schema(example = "Chưa có mục về giáo dục pháp luật.", min_length = 1, max_length = 2000)]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(state: PlanState) -> Plan {
        Plan {
            id: None,
            centre_id: uuid::Uuid::nil().into(),
            year: 2018,
            title: "Kế hoạch".into(),
            number: Some("06/KH-TTHTCĐ".into()),
            signed_on: None,
            survey_id: None,
            note: None,
            course: PlanCourse { state, ..PlanCourse::default() },
        }
    }

    const FREE: Around = Around { items: 3, has_rival: false, has_revision: false, is_own: false };

    #[test]
    fn a_state_allows_just_these_actions() {
        use PlanAction::*;
        for (state, allowed) in [
            (PlanState::Draft, vec![Edit, Delete, Submit]),
            (PlanState::Returned, vec![Edit, Delete, Submit]),
            (PlanState::Submitted, vec![Approve, Return]),
            (PlanState::Approved, vec![Revise]),
            (PlanState::Superseded, vec![]),
        ] {
            for action in PlanAction::ALL {
                let is_allowed = plan(state).permit(*action, &FREE).is_ok();
                assert_eq!(is_allowed, allowed.contains(action), "{action} in {state}");
            }
        }
    }

    #[test]
    fn what_stands_against_a_step_is_named() {
        use PlanAction::*;
        for (state, action, around, reasons) in [
            (PlanState::Draft, Submit, Around { items: 0, ..FREE }, vec!["no_items"]),
            (PlanState::Draft, Submit, Around { items: 0, has_rival: true, ..FREE }, vec!["no_items", "year_has_plan"]),
            (PlanState::Submitted, Approve, Around { has_rival: true, ..FREE }, vec!["year_has_plan"]),
            (PlanState::Submitted, Return, Around { has_rival: true, ..FREE }, vec![]),
            (PlanState::Approved, Revise, Around { has_revision: true, ..FREE }, vec!["revision_open"]),
            (PlanState::Submitted, Edit, FREE, vec!["wrong_state"]),
            (PlanState::Draft, Edit, Around { items: 0, has_rival: true, has_revision: true, is_own: true }, vec![]),
            (PlanState::Submitted, Approve, Around { is_own: true, ..FREE }, vec!["own_submission"]),
            (PlanState::Submitted, Return, Around { is_own: true, ..FREE }, vec![]),
        ] {
            let found = plan(state).reasons_against(action, &around);
            assert_eq!(found.iter().map(|reason| &*reason.code).collect::<Vec<_>>(), reasons, "{action} in {state}");
            let refusal = plan(state).permit(action, &around).err();
            assert_eq!(
                refusal.map(|problem| problem.code),
                reasons.first().map(|reason| match *reason {
                    "own_submission" => Code::SeparationOfDuties,
                    _ => Code::StateConflict,
                })
            );
        }
    }

    #[test]
    fn an_approval_has_a_day_that_is_not_before_its_decision_nor_in_the_future() {
        let today: NaiveDate = "2026-11-22".parse().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let decision =
            |date: &str| Decision { number: "1/QĐ".into(), date: day(date), issuer: "UBND".into(), legal_basis: None };
        for (on, decided, answer) in [
            (Some("2018-01-15"), None, Ok("2018-01-15")),
            (None, Some("2018-01-14"), Ok("2018-01-14")),
            (Some("2018-01-15"), Some("2018-01-14"), Ok("2018-01-15")),
            (Some("2026-11-22"), None, Ok("2026-11-22")),
            (None, None, Err("approval_named")),
            (Some("2018-01-11"), None, Err("signed_before_approved")),
            (Some("2026-11-23"), None, Err("not_in_future")),
            (Some("1989-12-31"), None, Err("not_in_future")),
            (Some("2018-01-13"), Some("2018-01-14"), Err("decision_before_effect")),
        ] {
            let approval = ApprovePlan { approved_on: on.map(day), decision: decided.map(decision) };
            let found = approval
                .day(&Plan { signed_on: Some(day("2018-01-12")), ..plan(PlanState::Submitted) }, today)
                .map_err(|problem| problem.faults[0].rule);
            assert_eq!(found, answer.map(day), "{on:?} {decided:?}");
        }
    }

    #[test]
    fn a_plan_is_for_a_year_in_which_there_was_the_centre() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = DateTime::<Utc>::default();
        for (from, ended, holds) in [
            (Some("2008-01-01"), None, true),
            (Some("2018-12-31"), None, true),
            (Some("2019-01-01"), None, false),
            (Some("2008-01-01"), Some("2018-01-02"), true),
            (Some("2008-01-01"), Some("2018-01-01"), false),
            (None, None, false),
        ] {
            let centre = Centre {
                id: uuid::Uuid::nil().into(),
                code: None,
                name: "TTHTCĐ".into(),
                commune_id: uuid::Uuid::nil().into(),
                operating_model: crate::centre::OperatingModel::Standalone,
                has_seal: None,
                has_account: None,
                address: None,
                status: crate::centre::CentreStatus::Operating,
                operating_from: from.map(day),
                ended_on: ended.map(day),
                created_at: at,
                updated_at: at,
            };
            assert_eq!(plan(PlanState::Draft).check_centre(&centre).is_ok(), holds, "{from:?} {ended:?}");
        }
    }

    #[test]
    fn a_plan_takes_no_state_from_whoever_writes_it_and_shows_it() {
        let body = serde_json::json!({ "centre_id": uuid::Uuid::nil(), "year": 2018, "title": "Kế hoạch" });
        let read: Plan = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap()["state"], "draft");
        for member in ["state", "approved_on", "revises_id", "course"] {
            let mut forged = body.clone();
            forged[member] = serde_json::json!("approved");
            let error = serde_json::from_value::<Plan>(forged).unwrap_err().to_string();
            assert!(error.contains("unknown field"), "{error}");
        }
    }
}
