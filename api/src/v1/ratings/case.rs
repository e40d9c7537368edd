//! A rating with everything that its rules look at, loaded within the caller's scope.

use std::sync::Arc;

use htcd_domain::Code;
use htcd_domain::access::Permission;
use htcd_domain::centre::Decision;
use htcd_domain::id::{RatingId, UserId};
use htcd_domain::rating::{Actor, AllowedAction, Assessment, Case, Rating, RatingAction, RatingState, RatingStep, Surroundings};
use htcd_domain::round::Round;
use htcd_domain::scheme::{Scheme, Subject};
use htcd_domain::unit::Restated;
use htcd_persistence::{Change, Result, Tx, centre, rating, round};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::extract::IfMatch;
use crate::permit::{Permit, Right};

/// A rating, with what the caller may do with it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct RatingView {
    /// The rating.
    #[serde(flatten)]
    pub rating: Rating,
    /// Every action with whether the caller may take it now, and otherwise why not.
    pub allowed_actions: Vec<AllowedAction>,
}

/// What [`Case`] borrows from.
pub struct Loaded {
    pub rating: Rating,
    pub revision: i64,
    pub round: Round,
    pub scheme: Arc<Scheme>,
    actor: Actor,
    around: Surroundings,
    last_seq: i32,
    user_id: UserId,
}

impl Loaded {
    /// Loads a rating in the permit's scope.
    pub fn find<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, id: RatingId) -> Result<Self> {
        let (rating, revision) = rating::find(tx, id)?.ok_or(Code::NotFound)?;
        Self::around(permit, tx, rating, revision)
    }

    /// Loads what lies around a rating.
    pub fn around<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, rating: Rating, revision: i64) -> Result<Self> {
        let (round, _) = round::find(tx, rating.round_id)?.ok_or(Code::NotFound)?;
        let scheme = permit.app().scheme(tx, round.scheme_id)?;
        let user_id = permit.caller().user_id;
        let (took_part_in, last_seq) = rating::participation(tx, rating.id, user_id)?;
        let covers = |permission| permit.scope_of(permission).covers(rating.commune_id, rating.centre_id);
        let (map, today) = (&permit.atlas().map, permit.today());
        let verifies_at = permit
            .caller()
            .grants
            .iter()
            .filter(|grant| grant.is_valid_on(today) && grant.role.may(Permission::RatingsVerify))
            .filter_map(|grant| map.get(grant.unit_id?))
            .filter(|unit| map.reach(unit.id).contains(&rating.commune_id))
            .map(|unit| unit.level.into())
            .collect();
        let actor = Actor {
            user_id: Some(user_id),
            may_draft: covers(Permission::RatingsDraft),
            may_submit: covers(Permission::RatingsSubmit),
            verifies_at,
            may_decide: covers(Permission::RatingsDecide),
            manages: permit.caller().manages(rating.centre_id, rating.commune_id, map, today),
            took_part_in,
        };
        let mut around = Surroundings::default();
        if rating.subject == Subject::Commune {
            if scheme.content.needs_centre_rating() {
                let decided = rating::decided_centres(tx, rating.year)?;
                let placed = centre::communes_on(tx, round.data_to)?;
                let existing = centre::all(tx)?;
                // A centre still recorded in a commune of an earlier map lies where that commune went.
                let lies_here = |id| {
                    placed.get(&id).is_some_and(|commune| map.restate(*commune, round.data_to) == Restated::In(rating.commune_id))
                };
                around.undecided_centres = existing
                    .iter()
                    .filter(|centre| centre.exists_on(round.data_to) && lies_here(centre.id) && !decided.contains(&centre.id))
                    .map(|centre| centre.id)
                    .collect();
            }
            if scheme.content.min_months_between_levels.is_some() {
                around.earlier = rating::earlier_title(tx, rating.commune_id, rating.year)?;
            }
        }
        Ok(Self { rating, revision, round, scheme, actor, around, last_seq, user_id })
    }

    /// The rules' view.
    pub fn case(&self) -> Case<'_> {
        Case { rating: &self.rating, round: &self.round, scheme: &self.scheme.content, actor: &self.actor, around: &self.around }
    }

    /// The caller may take the action now, from the revision they saw.
    pub fn permit(&self, action: RatingAction, seen: &IfMatch) -> Result<()> {
        self.case().permit(action)?;
        Ok(seen.check(self.revision)?)
    }

    /// The view of the rating as it is.
    pub fn view(&self) -> RatingView {
        RatingView { rating: self.rating.clone(), allowed_actions: self.case().allowed_actions() }
    }

    /// Stores what a step made of the rating, and answers with it.
    pub fn advance<R: Right>(
        mut self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        action: RatingAction,
        after: Rating,
        with: StepWith,
    ) -> Result<Change<Answer>> {
        let stage = if action == RatingAction::Amend { self.round.route.len().saturating_sub(1) } else { self.rating.stage };
        let step = RatingStep {
            seq: self.last_seq + 1,
            at: permit.now(),
            user_id: self.user_id,
            action: Some(action),
            stage,
            from_state: Some(self.rating.state),
            to_state: after.state,
            reason: with.reason,
            criteria: with.criteria,
            assessment: with.assessment,
            decision: with.decision,
        };
        let after = Rating { updated_at: permit.now(), ..after };
        rating::advance(tx, &after, self.revision, &step)?;
        let before = std::mem::replace(&mut self.rating, after);
        self.revision += 1;
        self.actor.took_part_in.insert(stage);
        let answer = Answer::resource(&self.view(), self.revision);
        let change = Change::updated(answer, "rating", self.rating.id, &before, &self.rating).because(step.reason.as_deref());
        // Figures count decided assessments only: drafts and verifications do not move them.
        Ok(if before.decided == self.rating.decided { change.apart_from_figures() } else { change })
    }
}

/// What a step brings beside the new state.
#[derive(Default)]
pub struct StepWith {
    pub reason: Option<String>,
    pub criteria: Vec<String>,
    pub assessment: Option<Assessment>,
    pub decision: Option<Decision>,
}

/// The step that made a rating.
pub fn first_step<R: Right>(
    permit: &Permit<R>,
    stage: usize,
    state: RatingState,
    assessment: Option<Assessment>,
    decision: Option<Decision>,
) -> RatingStep {
    RatingStep {
        seq: 1,
        at: permit.now(),
        user_id: permit.caller().user_id,
        action: None,
        stage,
        from_state: None,
        to_state: state,
        reason: None,
        criteria: vec![],
        assessment,
        decision,
    }
}
