//! The rating of one centre or commune in one round: three assessments kept apart, a route, a history.
//!
//! Whether a step may be taken is asked in one place, [`Case::reasons_against`]; the operations and
//! `allowed_actions` both go through it, so that what a front end shows and what the server does agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::centre::Decision;
use crate::duties::{Actor, conflicts};
use crate::id::{CentreId, RatingId, RoundId, UnitId, UserId};
use crate::measure::Measured;
use crate::points::Points;
use crate::problem::{Code, Fault, Problem, Result};
use crate::round::{Round, RoundStatus, StageTask};
use crate::scheme::{Outcome, PutScore, Rank, SchemeContent, Score, Subject};
use crate::text::Label;
use crate::user::plain;

coded! {
    /// Where a rating stands.
    pub enum RatingState in "rating_state" {
        /// Being filled in.
        Draft = "draft" ("đang lập", "draft"),
        /// Handed in, waiting for the next stage.
        Submitted = "submitted" ("đã nộp", "submitted"),
        /// A verifier is at work.
        InVerification = "in_verification" ("đang thẩm định", "in verification"),
        /// Sent back with named criteria reopened.
        Returned = "returned" ("trả lại", "returned"),
        /// Verified, waiting for the decision.
        Verified = "verified" ("đã thẩm định", "verified"),
        /// Decided and sealed.
        Decided = "decided" ("đã quyết định", "decided"),
        /// Decided, then corrected by an amendment.
        Amended = "amended" ("đã điều chỉnh", "amended"),
    }
}

impl RatingState {
    /// Whether the decided assessment stands.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Decided | Self::Amended)
    }
}

coded! {
    /// A step that somebody can take.
    pub enum RatingAction in "rating_action" {
        /// Save the self-assessment.
        Assess = "assess" ("tự đánh giá", "save the self-assessment"),
        /// Hand it in.
        Submit = "submit" ("nộp", "submit"),
        /// Save the verifier's assessment.
        SaveVerification = "save_verification" ("ghi kết quả thẩm định", "save the verification"),
        /// Send it back.
        Return = "return" ("trả lại", "return"),
        /// Confirm the verification.
        Verify = "verify" ("thẩm định xong", "verify"),
        /// Decide.
        Decide = "decide" ("quyết định", "decide"),
        /// Correct a decided rating.
        Amend = "amend" ("điều chỉnh", "amend"),
    }
}

coded! {
    /// How a rating came into the system.
    pub enum RatingSource in "rating_source" {
        /// It ran through its route here.
        Route = "route" ("theo quy trình", "ran its route"),
        /// Entered as a decided result of a past year.
        Import = "import" ("nhập kết quả các năm trước", "imported result"),
    }
}

/// One assessment: scores, and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Assessment {
    /// Scores by criterion; empty for a past result of which only the rank is known.
    pub scores: Vec<Score>,
    /// Rank and points; `null` until every criterion is scored.
    pub outcome: Option<Outcome>,
    /// A remark.
    pub note: Option<String>,
    /// Who recorded it last.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rating {
    /// Identity.
    pub id: RatingId,
    /// The round.
    pub round_id: RoundId,
    /// What is rated.
    pub subject: Subject,
    /// The year that is rated.
    pub year: i32,
    /// The centre; `null` for a commune's title.
    pub centre_id: Option<CentreId>,
    /// The commune: of the centre's placement on the last day of the data window, or the one rated.
    pub commune_id: UnitId,
    /// Where it stands.
    pub state: RatingState,
    /// Which stage of the round's route is next, counted from 0.
    pub stage: usize,
    /// By the centre or commune itself.
    #[serde(rename = "self")]
    pub own: Option<Assessment>,
    /// By the verifier (the last one, on a route with several).
    pub verified: Option<Assessment>,
    /// As decided, or amended.
    pub decided: Option<Assessment>,
    /// The criteria that a return has reopened.
    pub reopened: Vec<String>,
    /// The decision.
    pub decision: Option<Decision>,
    /// Until when a recognition holds, where the scheme limits it.
    pub valid_until: Option<NaiveDate>,
    /// How it came into the system.
    pub source: RatingSource,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A step that was taken, in the rating's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatingStep {
    /// 1, 2, 3 …
    pub seq: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, or in whose right.
    pub user_id: UserId,
    /// Who acted on their behalf; `null` when they acted themselves.
    pub acting_user_id: Option<UserId>,
    /// Which step; `null` for the making of the record.
    pub action: Option<RatingAction>,
    /// The stage of the route at which it was taken.
    pub stage: usize,
    /// The state before.
    pub from_state: Option<RatingState>,
    /// The state after.
    pub to_state: RatingState,
    /// Why, for a return or an amendment.
    pub reason: Option<String>,
    /// The criteria that were named.
    pub criteria: Vec<String>,
    /// The assessment as it was recorded by this step.
    pub assessment: Option<Assessment>,
    /// The decision that came with it.
    pub decision: Option<Decision>,
}

/// Why something is not allowed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// Stable code.
    #[schema(value_type = String, example = "wrong_state")]
    pub code: std::borrow::Cow<'static, str>,
    /// What it means.
    pub detail: Label,
}

/// An action with whether it is allowed now, and otherwise why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllowedAction {
    /// The action's code.
    #[schema(example = "submit")]
    pub action: String,
    /// Whether the caller may take it now.
    pub allowed: bool,
    /// Otherwise, why not.
    pub reasons: Vec<Reason>,
}

/// A rating to be started.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateRating {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<RatingId>,
    /// An open round.
    pub round_id: RoundId,
    /// The centre, in a round that rates centres.
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// The commune, in a round that rates communes.
    #[serde(default)]
    pub commune_id: Option<UnitId>,
}

/// An assessment to be saved; saving replaces the whole of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PutAssessment {
    /// Scores by criterion; what is not yet scored is left out.
    #[validate(length(max = 300), nested)]
    #[schema(max_items = 300)]
    pub scores: Vec<PutScore>,
    /// A remark.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A return.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReturnRating {
    /// The criteria to be done again: groups or items.
    #[validate(length(min = 1, max = 300))]
    #[schema(min_items = 1, max_items = 300, example = json!(["A1"]))]
    pub criteria: Vec<String>,
    /// What is wrong with them.
    #[validate(length(min = 1, max = 2000), custom(function = "plain"))]
    #[schema(example = "Thiếu minh chứng cho kế hoạch năm.", min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// A decision on a rating.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DecideRating {
    /// The decision; needed where the route asks for its number.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
    /// Scores that differ from the verified ones, each with a reason; the others are taken over.
    #[serde(default)]
    #[validate(length(max = 300), nested)]
    #[schema(max_items = 300)]
    pub scores: Vec<PutScore>,
    /// A remark.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A correction of a decided rating.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendRating {
    /// Why it is corrected.
    #[validate(length(min = 1, max = 2000), custom(function = "plain"))]
    #[schema(min_length = 1, max_length = 2000, example = "Cộng nhầm điểm tiêu chí A1.")]
    pub reason: String,
    /// The correcting decision; needed where the route asks for its number.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
    /// Scores that change, each with a reason.
    #[serde(default)]
    #[validate(length(max = 300), nested)]
    #[schema(max_items = 300)]
    pub scores: Vec<PutScore>,
    /// The rank, for a past result that was entered without scores.
    #[serde(default)]
    pub rank: Option<Rank>,
    /// The points, for a past result that was entered without scores.
    #[serde(default)]
    pub points: Option<Points>,
}

/// What a rating waits for that lies outside of it.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Centres of the commune whose rating of the year is not decided yet (commune titles).
    pub undecided_centres: Vec<CentreId>,
    /// The latest recognition of a lower level before this one: its rank and day.
    pub earlier: Option<(Rank, NaiveDate)>,
    /// What the centre's records say now of each criterion that they measure, while the self-assessment can change.
    pub measured: BTreeMap<String, Measured>,
}

/// A rating with everything that its rules look at.
pub struct Case<'a> {
    /// The rating.
    pub rating: &'a Rating,
    /// Its round.
    pub round: &'a Round,
    /// Its scheme.
    pub scheme: &'a SchemeContent,
    /// The caller.
    pub actor: &'a Actor,
    /// What it waits for.
    pub around: &'a Surroundings,
}

fn reason(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Reason {
    Reason { code: code.into(), detail: Label::new(vi, en) }
}

impl Case<'_> {
    /// The stage that is next.
    fn task(&self) -> Option<StageTask> {
        self.round.route.get(self.rating.stage).map(|stage| stage.task)
    }

    /// Whether the state and stage are right for an action.
    fn fits_state(&self, action: RatingAction) -> bool {
        use RatingAction as A;
        use RatingState as S;
        match action {
            A::Assess | A::Submit => matches!(self.rating.state, S::Draft | S::Returned),
            A::SaveVerification | A::Verify => {
                matches!(self.rating.state, S::Submitted | S::InVerification) && self.task() == Some(StageTask::Verify)
            }
            A::Return => {
                matches!(self.rating.state, S::Submitted | S::InVerification | S::Verified)
                    && self.task() != Some(StageTask::Assess)
            }
            A::Decide => matches!(self.rating.state, S::Submitted | S::Verified) && self.task() == Some(StageTask::Decide),
            A::Amend => self.rating.state.is_decided(),
        }
    }

    /// Whether the caller holds the right for an action at the present stage.
    fn has_right(&self, action: RatingAction) -> bool {
        use RatingAction as A;
        let at = self.round.route.get(self.rating.stage);
        let verifies = at.is_some_and(|stage| stage.task == StageTask::Verify && self.actor.verifies_at.contains(&stage.level));
        match action {
            A::Assess => self.actor.may_draft,
            A::Submit => self.actor.may_submit,
            A::SaveVerification | A::Verify => {
                if at.is_some_and(|stage| stage.task == StageTask::Verify) {
                    verifies
                } else {
                    !self.actor.verifies_at.is_empty()
                }
            }
            A::Return => match at.map(|stage| stage.task) {
                Some(StageTask::Verify) => verifies,
                Some(StageTask::Decide) => self.actor.may_decide,
                // Nothing to return now; whether one ever could is what the right says.
                Some(StageTask::Assess) | None => self.actor.may_decide || !self.actor.verifies_at.is_empty(),
            },
            A::Decide | A::Amend => self.actor.may_decide,
        }
    }

    /// Why an action may not be taken now; empty when it may.
    pub fn reasons_against(&self, action: RatingAction) -> Vec<Reason> {
        use RatingAction as A;
        let mut reasons = Vec::new();
        if !self.has_right(action) {
            reasons.push(reason(
                "right_missing",
                "Tài khoản không có quyền làm bước này ở hồ sơ này.",
                "The account lacks the right for this step on this rating.",
            ));
        }
        let stage = self.fits_state(action).then(|| self.stage_of(action));
        reasons.extend(conflicts(self.actor, action, stage));
        if !self.fits_state(action) {
            let label = self.rating.state.label();
            reasons.push(reason(
                "wrong_state",
                format!("Hồ sơ đang ở trạng thái «{}».", label.vi),
                format!("The rating is {}.", label.en),
            ));
            return reasons;
        }
        if self.round.status == RoundStatus::Closed && action != A::Amend {
            reasons.push(reason(
                "round_closed",
                "Đợt đánh giá đã đóng; chỉ còn điều chỉnh kết quả đã quyết định.",
                "The round is closed; only amendments of decided ratings are left.",
            ));
        }
        if matches!(action, A::Submit) {
            let complete = self.rating.own.as_ref().is_some_and(|own| own.outcome.is_some());
            if !complete {
                reasons.push(reason(
                    "assessment_incomplete",
                    "Phiếu tự đánh giá chưa đủ tiêu chí.",
                    "The self-assessment does not score every criterion yet.",
                ));
            }
            let moved = self.moved();
            if !moved.is_empty() {
                reasons.push(reason(
                    "measures_moved",
                    format!(
                        "Số liệu của tiêu chí {} đã thay đổi mức gợi ý từ lần lưu trước; hãy xem lại và lưu phiếu.",
                        moved.join(", ")
                    ),
                    format!(
                        "The records suggest something else for {} than when it was saved; look at it and save again.",
                        moved.join(", ")
                    ),
                ));
            }
        }
        if matches!(action, A::Submit | A::Decide)
            && self.scheme.needs_centre_rating()
            && !self.around.undecided_centres.is_empty()
        {
            reasons.push(reason(
                "centre_rating_open",
                format!(
                    "Còn {} trung tâm của xã chưa có xếp loại năm {} được quyết định.",
                    self.around.undecided_centres.len(),
                    self.rating.year
                ),
                format!(
                    "{} centre(s) of the commune have no decided rating of {} yet.",
                    self.around.undecided_centres.len(),
                    self.rating.year
                ),
            ));
        }
        reasons
    }

    /// Every action with whether it is allowed.
    pub fn allowed_actions(&self) -> Vec<AllowedAction> {
        RatingAction::ALL
            .iter()
            .map(|action| {
                let reasons = self.reasons_against(*action);
                AllowedAction { action: action.code().to_owned(), allowed: reasons.is_empty(), reasons }
            })
            .collect()
    }

    /// `Ok` when an action may be taken now.
    ///
    /// # Errors
    /// 403 when the right or the separation of duties stands against it, 409 with state and allowed actions otherwise.
    pub fn permit(&self, action: RatingAction) -> Result<()> {
        let reasons = self.reasons_against(action);
        let Some(first) = reasons.first() else { return Ok(()) };
        let code = match first.code.as_ref() {
            "right_missing" => Code::RightMissing,
            "manages_centre" | "took_another_step" => Code::SeparationOfDuties,
            "wrong_state" | "round_closed" => Code::StateConflict,
            _ => Code::Blocked,
        };
        let mut problem =
            Problem { detail: Some(Box::new(first.detail.clone())), ..Problem::new(code) }.with("reasons", &reasons);
        if code == Code::SeparationOfDuties {
            problem = problem.basis("Quyết định 09/2008/QĐ-BGDĐT; quy chế đánh giá của tỉnh");
        }
        if code.status() == 409 {
            problem = problem.with("state", self.rating.state).with("allowed_actions", self.allowed_actions());
        }
        if !self.around.undecided_centres.is_empty() && code == Code::Blocked {
            problem = problem.with("undecided_centres", &self.around.undecided_centres);
        }
        Err(problem)
    }

    /// The scores of the self-assessment.
    fn own_scores(&self) -> &[Score] {
        self.rating.own.as_ref().map_or(&[], |own| &own.scores)
    }

    /// Whether a criterion of the self-assessment may change: after a return only those reopened.
    fn is_open(&self, criterion: &str) -> bool {
        self.rating.state != RatingState::Returned || self.rating.reopened.iter().any(|open| open == criterion)
    }

    /// Open criteria for which the records suggest something else now than when the self-assessment was saved.
    fn moved(&self) -> Vec<&str> {
        let moved = |score: &&Score| {
            let now = self.around.measured.get(&score.criterion).filter(|_| self.is_open(&score.criterion));
            now.zip(score.measured.as_ref()).is_some_and(|(now, then)| !now.suggests_as(then))
        };
        self.own_scores().iter().filter(moved).map(|score| score.criterion.as_str()).collect()
    }

    /// The scores of a self-assessment to be saved, each with what the records say now. What a return did not reopen
    /// keeps what they said before.
    pub fn measure(&self, given: Vec<PutScore>) -> Vec<Score> {
        stamped(given, |criterion| match self.is_open(criterion) {
            true => self.around.measured.get(criterion).cloned(),
            false => measured_in(self.own_scores(), criterion),
        })
    }

    /// Checks a self-assessment to be saved, with what was measured. After a return, only reopened criteria change; a
    /// score that is not what the records suggest gives a reason.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_own(&self, scores: &[Score]) -> Result<()> {
        self.scheme.check_scores(scores, false)?;
        if self.rating.state == RatingState::Returned {
            let changed = changed_criteria(self.own_scores(), scores);
            if let Some(closed) = changed.iter().find(|code| !self.rating.reopened.contains(code)) {
                return Err(Problem::rule(
                    "/scores",
                    "only_reopened",
                    format!("Hồ sơ trả lại chỉ mở lại: {}; tiêu chí {closed} giữ nguyên.", self.rating.reopened.join(", ")),
                    format!("The return reopened {} only; criterion {closed} stays as it was.", self.rating.reopened.join(", ")),
                ));
            }
        }
        check_suggestions(scores)
    }

    /// Checks a later assessment: each score that differs from the one before gives a reason.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_differences(&self, before: &[Score], after: &[Score]) -> Result<()> {
        let mut faults = Vec::new();
        for (place, score) in after.iter().enumerate() {
            let old = before.iter().find(|old| old.criterion == score.criterion);
            let differs = old.is_some_and(|old| old.points != score.points || old.level != score.level);
            if differs && !has_reason(score) {
                faults.push(Fault::body(
                    format!("/scores/{place}/reason"),
                    "reason_for_difference",
                    Label::new(
                        format!("Điểm tiêu chí {} khác lần đánh giá trước: cần lý do.", score.criterion),
                        format!("Criterion {} differs from the assessment before: give a reason.", score.criterion),
                    ),
                ));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem { faults, ..Problem::new(Code::RuleBroken) }) }
    }

    /// The scores that a decision starts from: the verified ones, or the rating's own where its route verifies nothing.
    pub fn base_scores(&self) -> &[Score] {
        self.rating.verified.as_ref().or(self.rating.own.as_ref()).map_or(&[], |assessment| &assessment.scores)
    }

    /// Checks a decision's number, and the waiting time between two levels.
    ///
    /// # Errors
    /// `rule_broken` where the number is missing or the waiting time has not passed.
    pub fn check_decision(&self, decision: Option<&Decision>, rank: Rank, today: NaiveDate) -> Result<()> {
        let required = self.round.route.last().is_some_and(|stage| stage.decision_number_required);
        if required && decision.is_none() {
            return Err(Problem::rule(
                "/decision",
                "decision_number_required",
                "Bước này cần số và ngày quyết định.",
                "This stage needs a decision's number and date.",
            ));
        }
        if decision.is_some_and(|decision| decision.date > today || decision.date < self.round.data_from) {
            return Err(Problem::rule(
                "/decision/date",
                "decision_date",
                "Ngày quyết định không được ở tương lai hoặc trước kỳ đánh giá.",
                "A decision is dated neither in the future nor before the data window.",
            ));
        }
        let day = decision.map_or(today, |decision| decision.date);
        if let (Some(months), Some((earlier, on))) = (self.scheme.min_months_between_levels, self.around.earlier) {
            let due = on.checked_add_months(Months::new(months.unsigned_abs()));
            if rank < earlier && earlier != Rank::NotAchieved && due.is_some_and(|due| day < due) {
                return Err(Problem::rule(
                    "/decision/date",
                    "waiting_time",
                    format!("Mức cao hơn chỉ được công nhận sau ít nhất {months} tháng kể từ {}.", on.format("%d/%m/%Y")),
                    format!("A higher level is recognised no earlier than {months} months after {on}."),
                )
                .basis("Thông tư 25/2023/TT-BGDĐT"));
            }
        }
        Ok(())
    }

    /// Until when a recognition of this round's year holds.
    pub fn valid_until(&self, rank: Rank) -> Option<NaiveDate> {
        let months = self.scheme.validity_months.filter(|_| rank != Rank::NotAchieved)?;
        NaiveDate::from_ymd_opt(self.rating.year, 12, 31)?.checked_add_months(Months::new(months.unsigned_abs()))
    }
}

fn has_reason(score: &Score) -> bool {
    score.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty())
}

/// Each score of a self-assessment that is not what the records suggest gives a reason.
fn check_suggestions(scores: &[Score]) -> Result<()> {
    let fault = |(place, score): (usize, &Score)| {
        let measured = score.measured.as_ref().filter(|it| it.differs_from(score.points, score.level) && !has_reason(score))?;
        let told = measured.told();
        Some(Fault::body(
            format!("/scores/{place}/reason"),
            "reason_for_difference",
            Label::new(
                format!("Tiêu chí {}: sổ sách gợi ý {}; tự đánh giá khác thì cần lý do.", score.criterion, told.vi),
                format!("Criterion {}: the records suggest {}; give a reason for another score.", score.criterion, told.en),
            ),
        ))
    };
    let faults: Vec<Fault> = scores.iter().enumerate().filter_map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem { faults, ..Problem::new(Code::RuleBroken) }) }
}

/// The scores of a later assessment: what was measured stays as the assessment before has it.
pub fn scored_on(base: &[Score], given: Vec<PutScore>) -> Vec<Score> {
    stamped(given, |criterion| measured_in(base, criterion))
}

fn stamped(given: Vec<PutScore>, measured: impl Fn(&str) -> Option<Measured>) -> Vec<Score> {
    let stamp = |score: PutScore| {
        let measured = measured(&score.criterion);
        score.with(measured)
    };
    given.into_iter().map(stamp).collect()
}

fn measured_in(scores: &[Score], criterion: &str) -> Option<Measured> {
    scores.iter().find(|score| score.criterion == criterion).and_then(|score| score.measured.clone())
}

/// Scores with some replaced.
pub fn merge_scores(base: &[Score], changes: &[Score]) -> Vec<Score> {
    let mut merged: Vec<Score> =
        base.iter().map(|old| changes.iter().find(|new| new.criterion == old.criterion).unwrap_or(old).clone()).collect();
    merged.extend(changes.iter().filter(|new| !base.iter().any(|old| old.criterion == new.criterion)).cloned());
    merged
}

fn changed_criteria(before: &[Score], after: &[Score]) -> BTreeSet<String> {
    let codes = before.iter().chain(after).map(|score| score.criterion.clone());
    let find = |scores: &[Score], code: &str| scores.iter().find(|score| score.criterion == code).cloned();
    codes.filter(|code| find(before, code) != find(after, code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round::{Stage, StageLevel};
    use crate::scheme::{Criterion, Method, RankRule};

    fn scheme() -> SchemeContent {
        let points = |n: i64| Points::from_hundredths(n * 100);
        let leaf = |code: &str| Criterion {
            code: code.into(),
            title: Label::fixed("v", "e"),
            max_points: points(10),
            input: None,
            measure: None,
            children: vec![],
        };
        SchemeContent {
            title: Label::fixed("v", "e"),
            subject: Subject::Centre,
            method: Method::Points,
            parent_id: None,
            legal_basis: None,
            effective_from: None,
            effective_to: None,
            sample: true,
            ranks: vec![
                RankRule { rank: Rank::Tot, min_points: points(15), conditions: vec![] },
                RankRule { rank: Rank::Yeu, min_points: points(0), conditions: vec![] },
            ],
            criteria: vec![leaf("A"), leaf("B")],
            validity_months: None,
            min_months_between_levels: None,
            note: None,
        }
    }

    fn round() -> Round {
        let stage = |task, level| Stage { task, level, organisation: None, due_on: None, decision_number_required: false };
        Round {
            id: uuid::Uuid::nil().into(),
            scheme_id: uuid::Uuid::nil().into(),
            subject: Subject::Centre,
            year: 2018,
            title: String::new(),
            data_from: "2018-01-01".parse().unwrap(),
            data_to: "2018-12-31".parse().unwrap(),
            status: RoundStatus::Open,
            route: vec![
                stage(StageTask::Assess, StageLevel::Centre),
                stage(StageTask::Verify, StageLevel::District),
                stage(StageTask::Decide, StageLevel::Province),
            ],
            earlier_routes: vec![],
        }
    }

    fn rating(state: RatingState, stage: usize) -> Rating {
        Rating {
            id: uuid::Uuid::nil().into(),
            round_id: uuid::Uuid::nil().into(),
            subject: Subject::Centre,
            year: 2018,
            centre_id: None,
            commune_id: uuid::Uuid::nil().into(),
            state,
            stage,
            own: None,
            verified: None,
            decided: None,
            reopened: vec![],
            decision: None,
            valid_until: None,
            source: RatingSource::Route,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Somebody without any right.
    fn nobody() -> Actor {
        Actor {
            hand: crate::duties::Hand::own(uuid::Uuid::nil().into()),
            may_draft: false,
            may_submit: false,
            verifies_at: BTreeSet::new(),
            may_decide: false,
            manages: false,
            took_part_in: BTreeSet::new(),
        }
    }

    fn codes(rating: &Rating, actor: &Actor, action: RatingAction) -> Vec<String> {
        let (round, scheme, around) = (round(), scheme(), Surroundings::default());
        Case { rating, round: &round, scheme: &scheme, actor, around: &around }
            .reasons_against(action)
            .into_iter()
            .map(|reason| reason.code.into_owned())
            .collect()
    }

    #[test]
    fn a_verifier_of_another_level_or_who_manages_the_centre_is_refused() {
        let submitted = rating(RatingState::Submitted, 1);
        let district = Actor { verifies_at: [StageLevel::District].into(), ..nobody() };
        assert!(codes(&submitted, &district, RatingAction::Verify).is_empty());
        let commune = Actor { verifies_at: [StageLevel::Commune].into(), ..nobody() };
        assert_eq!(codes(&submitted, &commune, RatingAction::Verify), ["right_missing"]);
        let manager = Actor { manages: true, ..district.clone() };
        assert_eq!(codes(&submitted, &manager, RatingAction::Verify), ["manages_centre"]);
        let author = Actor { took_part_in: [0].into(), ..district };
        assert_eq!(codes(&submitted, &author, RatingAction::Verify), ["took_another_step"]);
    }

    #[test]
    fn whoever_verified_does_not_decide_but_whoever_decided_may_amend() {
        let officer = Actor { may_decide: true, took_part_in: [1].into(), ..nobody() };
        assert_eq!(codes(&rating(RatingState::Verified, 2), &officer, RatingAction::Decide), ["took_another_step"]);
        let decider = Actor { may_decide: true, took_part_in: [2].into(), ..nobody() };
        assert!(codes(&rating(RatingState::Decided, 3), &decider, RatingAction::Amend).is_empty());
    }

    #[test]
    fn after_a_return_only_reopened_criteria_change() {
        let score = |code: &str, n: i64| Score {
            criterion: code.into(),
            points: Points::from_hundredths(n * 100),
            level: None,
            evidence: vec![],
            reason: None,
            measured: None,
        };
        let mut returned = rating(RatingState::Returned, 0);
        returned.reopened = vec!["A".into()];
        returned.own = Some(Assessment {
            scores: vec![score("A", 5), score("B", 5)],
            outcome: None,
            note: None,
            by: uuid::Uuid::nil().into(),
            at: DateTime::UNIX_EPOCH,
        });
        let (round, scheme, around, actor) = (round(), scheme(), Surroundings::default(), nobody());
        let case = Case { rating: &returned, round: &round, scheme: &scheme, actor: &actor, around: &around };
        let put = |a, b| vec![score("A", a), score("B", b)];
        case.check_own(&put(7, 5)).unwrap();
        assert_eq!(case.check_own(&put(7, 6)).unwrap_err().faults[0].rule, "only_reopened");
    }

    #[test]
    fn a_difference_needs_a_reason() {
        let score = |n: i64, reason: Option<&str>| Score {
            criterion: "A".into(),
            points: Points::from_hundredths(n * 100),
            level: None,
            evidence: vec![],
            reason: reason.map(Into::into),
            measured: None,
        };
        let (rating, round, scheme, around, actor) =
            (rating(RatingState::Submitted, 1), round(), scheme(), Surroundings::default(), nobody());
        let case = Case { rating: &rating, round: &round, scheme: &scheme, actor: &actor, around: &around };
        case.check_differences(&[score(5, None)], &[score(5, None)]).unwrap();
        case.check_differences(&[score(5, None)], &[score(4, Some("thiếu minh chứng"))]).unwrap();
        assert_eq!(
            case.check_differences(&[score(5, None)], &[score(4, Some("  "))]).unwrap_err().faults[0].rule,
            "reason_for_difference"
        );
    }

    /// What records say of A when it suggests these points.
    fn measured(value: i64, points: i64) -> Measured {
        use crate::measure::{MeasureUnit, MeasureValue, RecordMeasure};
        Measured {
            measure: RecordMeasure::MonthsActive,
            category: None,
            scope: None,
            unit: MeasureUnit::Months,
            value: Some(MeasureValue::whole(value)),
            reported: 3,
            of: 3,
            from: "2018-01-01".parse().unwrap(),
            to: "2018-12-31".parse().unwrap(),
            as_of: DateTime::UNIX_EPOCH,
            records: "/v1/activities".into(),
            suggests: true,
            suggested_points: Points::from_hundredths(points * 100),
            suggested_level: None,
        }
    }

    fn given(code: &str, n: Option<i64>, reason: Option<&str>) -> PutScore {
        PutScore {
            criterion: code.into(),
            points: n.and_then(|n| Points::from_hundredths(n * 100)),
            level: None,
            evidence: vec![],
            reason: reason.map(Into::into),
        }
    }

    fn around(value: i64, points: i64) -> Surroundings {
        Surroundings { measured: [("A".to_owned(), measured(value, points))].into(), ..Surroundings::default() }
    }

    #[test]
    fn a_score_that_is_not_what_the_records_suggest_gives_a_reason() {
        let (rating, round, scheme, actor) = (rating(RatingState::Draft, 0), round(), scheme(), nobody());
        // No record gives a value: of a criterion that suggests points, and of one that is only shown.
        let unknown = |suggests: bool| Surroundings {
            measured: [("A".to_owned(), Measured { value: None, suggests, suggested_points: None, ..measured(0, 0) })].into(),
            ..Surroundings::default()
        };
        for (around, points, reason, is_good) in [
            (around(7, 8), Some(8), None, true),
            (around(7, 8), Some(9), None, false),
            (around(7, 8), Some(7), Some("  "), false),
            (around(7, 8), Some(9), Some("Sổ tháng 5 chưa nhập."), true),
            (around(7, 8), None, None, true),
            (unknown(true), Some(9), None, false),
            (unknown(true), Some(9), Some("Sổ bị mất trong lũ."), true),
            (unknown(true), Some(0), None, true),
            (unknown(true), None, None, true),
            (unknown(false), Some(9), None, true),
        ] {
            let case = Case { rating: &rating, round: &round, scheme: &scheme, actor: &actor, around: &around };
            let scores = case.measure(vec![given("B", Some(1), None), given("A", points, reason)]);
            assert_eq!((&scores[0].measured, &scores[1].measured), (&None, &around.measured.get("A").cloned()));
            let checked = case.check_own(&scores);
            let broken = checked.err().map(|problem| (problem.faults[0].rule, problem.faults[0].pointer.clone()));
            assert_eq!(
                broken,
                (!is_good).then(|| ("reason_for_difference", "/scores/1/reason".to_owned())),
                "{points:?} {reason:?}"
            );
        }
    }

    #[test]
    fn after_a_return_what_stays_closed_keeps_what_was_measured() {
        let assessment =
            |scores| Assessment { scores, outcome: None, note: None, by: uuid::Uuid::nil().into(), at: DateTime::UNIX_EPOCH };
        let mut returned = rating(RatingState::Returned, 0);
        returned.own =
            Some(assessment(vec![given("A", Some(8), None).with(Some(measured(7, 8))), given("B", Some(5), None).with(None)]));
        let (round, scheme, actor, around) = (round(), scheme(), nobody(), around(9, 10));
        let scores = |rating: &Rating, a| {
            let case = Case { rating, round: &round, scheme: &scheme, actor: &actor, around: &around };
            let scores = case.measure(vec![given("A", Some(a), None), given("B", Some(5), None)]);
            case.check_own(&scores).map(|()| scores[0].measured.clone())
        };
        returned.reopened = vec!["B".into()];
        assert_eq!(scores(&returned, 8).unwrap(), Some(measured(7, 8)), "the records moved, the closed criterion did not");
        assert_eq!(scores(&returned, 10).unwrap_err().faults[0].rule, "only_reopened");
        returned.reopened = vec!["A".into()];
        assert_eq!(scores(&returned, 8).unwrap_err().faults[0].rule, "reason_for_difference");
        assert_eq!(scores(&returned, 10).unwrap(), Some(measured(9, 10)));
    }

    #[test]
    fn what_was_suggested_otherwise_since_is_saved_again_before_it_is_submitted() {
        let submitting = Actor { may_submit: true, ..nobody() };
        let (round, scheme) = (round(), scheme());
        let outcome = Some(Outcome { rank: Rank::Tot, points: None });
        let codes = |state, reopened: &[&str], around: &Surroundings| {
            let mut rating = rating(state, 0);
            rating.reopened = reopened.iter().map(|code| (*code).to_owned()).collect();
            let scores = vec![given("A", Some(8), None).with(Some(measured(7, 8)))];
            rating.own = Some(Assessment { scores, outcome, note: None, by: uuid::Uuid::nil().into(), at: DateTime::UNIX_EPOCH });
            let case = Case { rating: &rating, round: &round, scheme: &scheme, actor: &submitting, around };
            case.reasons_against(RatingAction::Submit).into_iter().map(|reason| reason.code.into_owned()).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(codes(RatingState::Draft, &[], &around(7, 8)), none);
        assert_eq!(codes(RatingState::Draft, &[], &around(6, 8)), none, "another value in the same band");
        assert_eq!(codes(RatingState::Draft, &[], &around(9, 10)), ["measures_moved"]);
        assert_eq!(codes(RatingState::Returned, &["A"], &around(9, 10)), ["measures_moved"]);
        assert_eq!(codes(RatingState::Returned, &["B"], &around(9, 10)), none, "a closed criterion keeps what was measured");
    }
}
