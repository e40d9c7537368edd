//! What each step makes of a rating, and how it stands in the history.

use chrono::{DateTime, Utc};

use crate::centre::Decision;
use crate::duties::Hand;
use crate::id::{CentreId, RatingId, UnitId};
use crate::rating::{Assessment, Case, Rating, RatingAction, RatingSource, RatingState, RatingStep};
use crate::round::{Round, Stage, StageTask};

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

    /// The rating on the route that its round was moved to; `None` where nothing about it changes. What was verified stays
    /// verified: it waits for the first stage above the level that verified last. A verification that was only begun is dropped
    /// where nobody verifies any more; the history keeps it.
    pub fn rerouted(&self, before: &[Stage], after: &[Stage], at: DateTime<Utc>) -> Option<Self> {
        let mut moved = self.clone();
        if self.stage >= before.len() {
            moved.stage = after.len();
        } else if self.stage > 0 {
            let verified = before[1..self.stage].iter().map(|stage| stage.level).max();
            let waits = |stage: &Stage| stage.task == StageTask::Decide || verified.is_none_or(|level| stage.level > level);
            let ahead = after.iter().enumerate().skip(1).find(|(_, stage)| waits(stage));
            let (place, task) = ahead.map_or((after.len(), StageTask::Decide), |(place, stage)| (place, stage.task));
            moved.stage = place;
            moved.state = match (verified, task) {
                (Some(_), StageTask::Decide) => RatingState::Verified,
                (Some(_), _) => RatingState::InVerification,
                (None, StageTask::Decide) => RatingState::Submitted,
                (None, _) => self.state,
            };
            if moved.state == RatingState::Submitted {
                moved.verified = None;
            }
        }
        (moved != *self).then_some(Self { updated_at: at, ..moved })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rating() -> Rating {
        let nil = uuid::Uuid::nil();
        Rating {
            id: nil.into(),
            round_id: nil.into(),
            subject: crate::scheme::Subject::Centre,
            year: 2025,
            centre_id: Some(nil.into()),
            commune_id: nil.into(),
            state: RatingState::Draft,
            stage: 0,
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

    #[test]
    fn a_rating_waits_on_another_route_for_the_first_stage_above_what_verified_it() {
        use crate::round::{Stage, StageLevel as L, StageTask::*};
        use RatingState as S;
        let route = |levels: &[L]| -> Vec<Stage> {
            let last = levels.len() - 1;
            let task = |place: usize| {
                if place == 0 {
                    Assess
                } else if place == last {
                    Decide
                } else {
                    Verify
                }
            };
            let stage = |(place, level): (usize, &L)| Stage {
                task: task(place),
                level: *level,
                organisation: None,
                due_on: None,
                decision_number_required: false,
            };
            levels.iter().enumerate().map(stage).collect()
        };
        let plain = route(&[L::Centre, L::Province]);
        let commune = route(&[L::Centre, L::Commune, L::Province]);
        let district = route(&[L::Centre, L::District, L::Province]);
        let both = route(&[L::Centre, L::Commune, L::District, L::Province]);
        let twice = route(&[L::Centre, L::Commune, L::Province, L::Province]);
        for (before, after, state, stage, expected) in [
            // What is still with its centre stays there.
            (&district, &commune, S::Draft, 0, None),
            (&district, &commune, S::Returned, 0, None),
            // Nobody verified it yet: it waits for whoever is first now.
            (&district, &commune, S::Submitted, 1, None),
            (&district, &commune, S::InVerification, 1, None),
            (&district, &both, S::Submitted, 1, None),
            (&district, &plain, S::Submitted, 1, None),
            (&district, &plain, S::InVerification, 1, Some((S::Submitted, 1))),
            (&plain, &commune, S::Submitted, 1, None),
            // The district verified it: a commune does not do so again, the province's stages are ahead.
            (&district, &commune, S::Verified, 2, None),
            (&district, &plain, S::Verified, 2, Some((S::Verified, 1))),
            (&district, &twice, S::Verified, 2, Some((S::InVerification, 2))),
            (&both, &district, S::InVerification, 2, Some((S::InVerification, 1))),
            (&both, &commune, S::InVerification, 2, Some((S::Verified, 2))),
            (&commune, &both, S::Verified, 2, Some((S::InVerification, 2))),
            // What is decided stands at the end.
            (&district, &plain, S::Decided, 3, Some((S::Decided, 2))),
            (&district, &both, S::Amended, 3, Some((S::Amended, 4))),
        ] {
            let rating = Rating { state, stage, ..rating() };
            let found = rating.rerouted(before, after, chrono::DateTime::UNIX_EPOCH).map(|moved| (moved.state, moved.stage));
            assert_eq!(found, expected, "{state} at {stage}: {} to {} stages", before.len(), after.len());
        }
    }
}
