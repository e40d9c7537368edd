//! What each step makes of a rating, and how it stands in the history.

use chrono::{DateTime, Utc};

use crate::centre::Decision;
use crate::duties::Hand;
use crate::id::{CentreId, RatingId, UnitId};
use crate::rating::{Assessment, Case, Rating, RatingAction, RatingSource, RatingState, RatingStep};
use crate::round::{Round, StageTask};

/// A step with what it brings. Whether it may be taken says [`Case::permit`]; what it brings is checked before.
#[derive(Debug, Clone)]
pub enum Step {
    /// The self-assessment is saved.
    Assess(Assessment),
    /// It is handed in.
    Submit,
    /// The verifier's assessment is saved.
    SaveVerification(Assessment),
    /// It is sent back.
    Return {
        /// The criteria to be done again, as they were named.
        criteria: Vec<String>,
        /// What is wrong with them.
        reason: String,
    },
    /// The verification is confirmed.
    Verify(Assessment),
    /// It is decided.
    Decide {
        /// The decided assessment.
        decided: Assessment,
        /// The decision's number and date.
        decision: Option<Decision>,
    },
    /// A decided rating is corrected.
    Amend {
        /// The corrected assessment.
        decided: Assessment,
        /// The correcting decision.
        decision: Option<Decision>,
        /// Why.
        reason: String,
    },
}

impl Step {
    /// Which action it is.
    pub fn action(&self) -> RatingAction {
        match self {
            Self::Assess(_) => RatingAction::Assess,
            Self::Submit => RatingAction::Submit,
            Self::SaveVerification(_) => RatingAction::SaveVerification,
            Self::Return { .. } => RatingAction::Return,
            Self::Verify(_) => RatingAction::Verify,
            Self::Decide { .. } => RatingAction::Decide,
            Self::Amend { .. } => RatingAction::Amend,
        }
    }
}

impl Rating {
    /// A rating that begins its route, and the step that made it; `own` is what the records suggest to begin with.
    pub fn draft(
        id: RatingId,
        round: &Round,
        centre_id: Option<CentreId>,
        commune_id: UnitId,
        own: Option<Assessment>,
        by: Hand,
        at: DateTime<Utc>,
    ) -> (Self, RatingStep) {
        let rating = Self {
            id,
            round_id: round.id,
            subject: round.subject,
            year: round.year,
            centre_id,
            commune_id,
            state: RatingState::Draft,
            stage: 0,
            own,
            verified: None,
            decided: None,
            reopened: vec![],
            decision: None,
            valid_until: None,
            source: RatingSource::Route,
            created_at: at,
            updated_at: at,
        };
        let step = rating.made(0, by);
        (rating, step)
    }

    /// A decided result of a past year. It stands where the route ends: whoever entered it took the decision's step.
    pub fn past(
        id: RatingId,
        round: &Round,
        centre_id: CentreId,
        commune_id: UnitId,
        decided: Assessment,
        decision: Option<Decision>,
        by: Hand,
    ) -> (Self, RatingStep) {
        let (draft, _) = Self::draft(id, round, Some(centre_id), commune_id, None, by, decided.at);
        let rating = Self {
            state: RatingState::Decided,
            stage: round.route.len(),
            decided: Some(decided),
            decision,
            source: RatingSource::Import,
            ..draft
        };
        let step = rating.made(last_stage(round), by);
        (rating, step)
    }

    /// The first entry of its history.
    fn made(&self, stage: usize, by: Hand) -> RatingStep {
        RatingStep {
            seq: 1,
            at: self.created_at,
            user_id: by.user_id,
            acting_user_id: by.acting_user_id,
            action: None,
            stage,
            from_state: None,
            to_state: self.state,
            reason: None,
            criteria: vec![],
            assessment: self.decided.as_ref().or(self.own.as_ref()).cloned(),
            decision: self.decision.clone(),
        }
    }
}

fn last_stage(round: &Round) -> usize {
    round.route.len().saturating_sub(1)
}

impl Case<'_> {
    /// The stage at which an action is taken now: an amendment belongs to the decision.
    pub fn stage_of(&self, action: RatingAction) -> usize {
        if action == RatingAction::Amend { last_stage(self.round) } else { self.rating.stage }
    }

    /// What a step that was permitted makes of the rating, and its entry in the history.
    pub fn take(&self, step: Step, seq: i32, at: DateTime<Utc>) -> (Rating, RatingStep) {
        let before = self.rating;
        let mut entry = RatingStep {
            seq,
            at,
            user_id: self.actor.hand.user_id,
            acting_user_id: self.actor.hand.acting_user_id,
            action: Some(step.action()),
            stage: self.stage_of(step.action()),
            from_state: Some(before.state),
            to_state: before.state,
            reason: None,
            criteria: vec![],
            assessment: None,
            decision: None,
        };
        let mut after = Rating { updated_at: at, ..before.clone() };
        match step {
            Step::Assess(own) => {
                entry.assessment = Some(own.clone());
                after.own = Some(own);
            }
            Step::Submit => {
                entry.assessment = before.own.clone();
                after.state = RatingState::Submitted;
                after.stage = 1;
                after.reopened = vec![];
            }
            Step::SaveVerification(verified) => {
                entry.assessment = Some(verified.clone());
                after.state = RatingState::InVerification;
                after.verified = Some(verified);
            }
            Step::Return { criteria, reason } => {
                entry.assessment = before.verified.clone();
                entry.reason = Some(reason);
                after.state = RatingState::Returned;
                after.stage = 0;
                after.reopened = self.scheme.expand(&criteria).into_iter().collect();
                after.verified = None;
                entry.criteria = criteria;
            }
            Step::Verify(verified) => {
                entry.assessment = Some(verified.clone());
                after.stage = before.stage + 1;
                let is_last = self.round.route.get(after.stage).is_none_or(|stage| stage.task == StageTask::Decide);
                after.state = if is_last { RatingState::Verified } else { RatingState::InVerification };
                after.verified = Some(verified);
            }
            Step::Decide { decided, decision } => {
                entry.assessment = Some(decided.clone());
                entry.decision.clone_from(&decision);
                after.state = RatingState::Decided;
                after.stage = self.round.route.len();
                after.valid_until = decided.outcome.and_then(|outcome| self.valid_until(outcome.rank));
                after.decided = Some(decided);
                after.decision = decision;
            }
            Step::Amend { decided, decision, reason } => {
                entry.assessment = Some(decided.clone());
                entry.reason = Some(reason);
                entry.decision.clone_from(&decision);
                after.state = RatingState::Amended;
                after.valid_until = decided.outcome.and_then(|outcome| self.valid_until(outcome.rank));
                after.decided = Some(decided);
                after.decision = decision.or(after.decision);
            }
        }
        entry.to_state = after.state;
        (after, entry)
    }
}
