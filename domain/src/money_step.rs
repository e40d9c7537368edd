//! The way of an estimate and of a settlement: drafted by the centre, submitted, returned or approved.
//!
//! Whoever submitted does not approve: by persons, so an act that one person takes on behalf of another is taken by both.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::access::Permission;
use crate::centre::{Decision, is_plausible};
use crate::duties::Hand;
use crate::id::UserId;
use crate::problem::{Code, Fault, Problem, Result};
use crate::rating::{AllowedAction, Reason};
use crate::text::Label;
use crate::user::named;

coded! {
    /// Where an estimate or a settlement stands.
    pub enum MoneyState in "money_state" {
        /// Being drafted.
        Draft = "draft" ("dự thảo", "draft"),
        /// Handed in.
        Submitted = "submitted" ("đã trình", "submitted"),
        /// Sent back with a reason.
        Returned = "returned" ("bị trả lại", "returned"),
        /// Approved by a decision.
        Approved = "approved" ("đã phê duyệt", "approved"),
        /// An approved estimate whose place a later version took.
        Superseded = "superseded" ("đã được thay thế", "superseded"),
    }
}

coded! {
    /// What is done with an estimate or a settlement.
    pub enum MoneyAct in "money_act" {
        /// Change it.
        Update = "update" ("sửa", "change"),
        /// Remove it.
        Delete = "delete" ("xóa", "remove"),
        /// Count a settlement from the books again.
        Prepare = "prepare" ("tính lại từ sổ", "count from the books again"),
        /// Hand it in.
        Submit = "submit" ("trình duyệt", "submit"),
        /// Send it back.
        Return = "return" ("trả lại", "return"),
        /// Approve it.
        Approve = "approve" ("phê duyệt", "approve"),
    }
}

impl MoneyAct {
    /// The state that it leads to, where the present one allows it.
    pub fn leads_to(self, from: MoneyState) -> Option<MoneyState> {
        use MoneyState as S;
        match (self, from) {
            (Self::Update | Self::Delete | Self::Prepare, S::Draft | S::Returned) => Some(from),
            (Self::Submit, S::Draft | S::Returned) => Some(S::Submitted),
            (Self::Return, S::Submitted) => Some(S::Returned),
            (Self::Approve, S::Submitted) => Some(S::Approved),
            _ => None,
        }
    }

    /// The state that it leads to, for acts on which nothing but the state decides.
    ///
    /// # Errors
    /// `state_conflict`.
    pub fn check(self, from: MoneyState) -> Result<MoneyState> {
        self.leads_to(from).ok_or_else(|| {
            let label = from.label();
            let (vi, en) = (format!("Hồ sơ đang ở trạng thái «{}».", label.vi), format!("It is {}.", label.en));
            Problem::new(Code::StateConflict).detail(vi, en).with("state", from)
        })
    }

    /// The right that it takes.
    pub fn permission(self) -> Permission {
        match self {
            Self::Return | Self::Approve => Permission::MoneyApprove,
            _ => Permission::RecordsWrite,
        }
    }
}

/// What acts there are on estimates.
pub const OF_BUDGETS: &[MoneyAct] = &[MoneyAct::Update, MoneyAct::Delete, MoneyAct::Submit, MoneyAct::Return, MoneyAct::Approve];
/// What acts there are on settlements.
pub const OF_SETTLEMENTS: &[MoneyAct] =
    &[MoneyAct::Update, MoneyAct::Delete, MoneyAct::Prepare, MoneyAct::Submit, MoneyAct::Return, MoneyAct::Approve];

/// Everything that decides whether somebody may act on an estimate or a settlement now.
#[derive(Debug, Clone)]
pub struct MoneyCase {
    /// Where it stands.
    pub state: MoneyState,
    /// Who handed it in.
    pub submitted: BTreeSet<UserId>,
    /// Who asks.
    pub hand: Hand,
    /// Whether they write the centre's records.
    pub may_write: bool,
    /// Whether they approve the centre's money.
    pub may_approve: bool,
    /// What there is to do.
    pub acts: &'static [MoneyAct],
}

fn reason(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Reason {
    Reason { code: code.into(), detail: Label::new(vi, en) }
}

impl MoneyCase {
    /// Whether whoever asks handed it in.
    fn is_own(&self) -> bool {
        self.hand.persons().intersection(&self.submitted).next().is_some()
    }

    /// What stands against an act.
    pub fn reasons_against(&self, act: MoneyAct) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let may = if act.permission() == Permission::MoneyApprove { self.may_approve } else { self.may_write };
        if !may {
            let (vi, en) = ("Tài khoản không có quyền này với trung tâm.", "The account lacks this right on the centre.");
            reasons.push(reason("right_missing", vi, en));
        }
        if act.leads_to(self.state).is_none() {
            let label = self.state.label();
            reasons.push(reason(
                "wrong_state",
                format!("Hồ sơ đang ở trạng thái «{}».", label.vi),
                format!("It is {}.", label.en),
            ));
        } else if act == MoneyAct::Approve && self.is_own() {
            let (vi, en) = ("Người trình không tự phê duyệt.", "Whoever submitted does not approve.");
            reasons.push(reason("own_submission", vi, en));
        }
        reasons
    }

    /// Every act with whether whoever asks may take it now.
    pub fn allowed_actions(&self) -> Vec<AllowedAction> {
        self.acts
            .iter()
            .map(|act| {
                let reasons = self.reasons_against(*act);
                AllowedAction { action: act.code().into(), allowed: reasons.is_empty(), reasons }
            })
            .collect()
    }

    /// The state that an act leads to.
    ///
    /// # Errors
    /// `state_conflict` or `separation_of_duties`, with what may be done instead.
    pub fn take(&self, act: MoneyAct) -> Result<MoneyState> {
        let refused = |code| {
            let detail = self.reasons_against(act).pop().map(|reason| Box::new(reason.detail));
            let problem = Problem { detail, ..Problem::new(code) };
            Err(problem.with("state", self.state).with("allowed_actions", self.allowed_actions()))
        };
        match act.leads_to(self.state) {
            None => refused(Code::StateConflict),
            Some(_) if act == MoneyAct::Approve && self.is_own() => refused(Code::SeparationOfDuties),
            Some(state) => Ok(state),
        }
    }
}

/// The approval of an estimate or a settlement.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApproveMoney {
    /// The decision, of the chairman of the commune's People's Committee as a rule.
    #[validate(nested)]
    pub decision: Decision,
}

impl ApproveMoney {
    /// Whether the decision can be of that day.
    ///
    /// # Errors
    /// `rule_broken`.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        if is_plausible(self.decision.date, today) && self.decision.date <= today {
            return Ok(());
        }
        let detail = Label::fixed(
            "Ngày quyết định phải từ năm 1990 và không sau hôm nay.",
            "The decision's day lies between 1990 and today.",
        );
        Err(Problem {
            faults: vec![Fault::body("/decision/date", "not_in_the_future", detail)],
            ..Problem::new(Code::RuleBroken)
        })
    }
}

/// The return of an estimate or a settlement.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReturnMoney {
    /// What is wrong.
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(example = "Thiếu dự toán cho báo cáo viên.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_an_estimate_and_of_a_settlement() {
        use MoneyAct as A;
        use MoneyState as S;
        let table = [
            (S::Draft, vec![A::Update, A::Delete, A::Prepare, A::Submit]),
            (S::Submitted, vec![A::Return, A::Approve]),
            (S::Returned, vec![A::Update, A::Delete, A::Prepare, A::Submit]),
            (S::Approved, vec![]),
            (S::Superseded, vec![]),
        ];
        for (state, allowed) in table {
            let found: Vec<_> = A::ALL.iter().copied().filter(|act| act.leads_to(state).is_some()).collect();
            assert_eq!(found, allowed, "{state}");
        }
    }

    #[test]
    fn nobody_approves_what_they_submitted_not_even_on_behalf_of_somebody_else() {
        let user = |n: u128| UserId(uuid::Uuid::from_u128(n));
        let case = |submitted: &[u128], by: u128, acting: Option<u128>| MoneyCase {
            state: MoneyState::Submitted,
            submitted: submitted.iter().map(|n| user(*n)).collect(),
            hand: Hand { user_id: user(by), acting_user_id: acting.map(user) },
            may_write: true,
            may_approve: true,
            acts: OF_BUDGETS,
        };
        for (submitted, by, acting, expected) in [
            (&[1][..], 2, None, Ok(MoneyState::Approved)),
            (&[1], 1, None, Err(Code::SeparationOfDuties)),
            (&[1], 2, Some(1), Err(Code::SeparationOfDuties)),
            (&[1, 3], 3, None, Err(Code::SeparationOfDuties)),
            (&[1, 3], 2, Some(4), Ok(MoneyState::Approved)),
        ] {
            let case = case(submitted, by, acting);
            assert_eq!(case.take(MoneyAct::Approve).map_err(|problem| problem.code), expected, "{submitted:?} {by} {acting:?}");
            assert_eq!(case.reasons_against(MoneyAct::Approve).is_empty(), expected.is_ok());
            assert!(case.take(MoneyAct::Return).is_ok(), "sending back one's own is no confirmation");
        }
        let reader = MoneyCase { may_approve: false, may_write: false, ..case(&[1], 2, None) };
        assert!(reader.allowed_actions().iter().all(|action| !action.allowed && action.reasons[0].code == "right_missing"));
    }
}
