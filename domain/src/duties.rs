//! Separation of duties: nobody takes two steps of one rating, and nobody judges what they manage.
//!
//! The rule stands here and nowhere else: [`Case::reasons_against`](crate::rating::Case::reasons_against) asks
//! [`conflicts`] for every action, the import of past results asks [`manages`] for every row, and what both look
//! at is made by [`Actor::of`] from the records alone.
//!
//! - It goes by *persons*. A step that one person takes on behalf of another is taken by both, and whoever acts
//!   for another brings along what either of them did and manages.
//! - A step stays taken: after a return, after a change of grants, in another pass through the route. Only the
//!   same stage may be repeated, and an amendment belongs to the decision.
//! - To have managed counts like managing, from the first day of the round's data window on (or from the day the
//!   rating was made, if that was earlier). Whoever led a centre in the year that is rated would judge their own
//!   work, and a grant that is taken away in the morning would not stand against a decision at noon. Who managed
//!   it before that year is free again: otherwise a province runs out of officers.
//! - Whoever manages a commune manages the centres that lie in it, those that lay in it during that time, and the
//!   communes it came from or went into, if only in part. For a commune's title those in its centres count too:
//!   their centre is part of what is rated.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Caller, Grant, Permission};
use crate::centre::Placement;
use crate::id::{CentreId, UnitId, UserId};
use crate::rating::{Rating, RatingAction, Reason};
use crate::round::{Round, StageLevel};
use crate::text::Label;
use crate::unit::UnitMap;

/// Who takes a step: somebody, or somebody else on their behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    /// In whose right.
    pub user_id: UserId,
    /// Who acts on their behalf; `None` when they act themselves.
    pub acting_user_id: Option<UserId>,
}

impl Hand {
    /// Somebody who acts for themselves.
    pub fn own(user_id: UserId) -> Self {
        Self { user_id, acting_user_id: None }
    }

    /// Everybody who takes the step.
    pub fn persons(self) -> BTreeSet<UserId> {
        self.acting_user_id.into_iter().chain([self.user_id]).collect()
    }
}

/// A step that was taken, as far as duties look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenStep {
    /// The stage of the route that held then at which it was taken.
    pub stage: usize,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub hand: Hand,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// The centre; `None` for a commune's title.
    pub centre_id: Option<CentreId>,
    /// The commune, or that of the centre.
    pub commune_id: UnitId,
    /// The first day on which managing it counts.
    pub since: NaiveDate,
}

impl Judged {
    /// What a rating judges.
    pub fn of(rating: &Rating, round: &Round, today: NaiveDate) -> Self {
        // The UTC date is that of Viet Nam or the one before it: no day is left out.
        let since = round.data_from.min(rating.created_at.date_naive()).min(today);
        Self { centre_id: rating.centre_id, commune_id: rating.commune_id, since }
    }

    /// What a past result of a centre judges.
    pub fn past(centre_id: CentreId, commune_id: UnitId, round: &Round, today: NaiveDate) -> Self {
        Self { centre_id: Some(centre_id), commune_id, since: round.data_from.min(today) }
    }
}

/// The places of centres over time.
pub type Places = BTreeMap<CentreId, Vec<Placement>>;

/// The managing grants that count, each with the days on which it was held.
fn managing(grants: &[Grant], since: NaiveDate, today: NaiveDate) -> impl Iterator<Item = (&Grant, NaiveDate, NaiveDate)> {
    grants.iter().filter(|grant| grant.role.manages()).filter_map(move |grant| {
        let (from, to) = (grant.valid_from.max(since), grant.last_held().unwrap_or(today).min(today));
        (from <= to).then_some((grant, from, to))
    })
}

/// The centres whose places [`manages`] needs to know: none for most people, who manage nothing.
pub fn centres_to_place(grants: &[Grant], judged: &Judged, today: NaiveDate) -> BTreeSet<CentreId> {
    let own: Vec<Option<CentreId>> = managing(grants, judged.since, today).map(|(grant, _, _)| grant.centre_id).collect();
    if own.is_empty() { BTreeSet::new() } else { own.into_iter().chain([judged.centre_id]).flatten().collect() }
}

/// Whether whoever holds, or held, these grants manages what is judged, or managed it since its first day.
pub fn manages(grants: &[Grant], judged: &Judged, places: &Places, map: &UnitMap, today: NaiveDate) -> bool {
    let manages_commune = |unit: UnitId, commune: UnitId| map.reach(unit).contains(&commune) || map.share_ground(unit, commune);
    // Where a centre lay while a grant was held.
    let lay_in = |centre: CentreId, from: NaiveDate, to: NaiveDate| {
        places
            .get(&centre)
            .into_iter()
            .flatten()
            .filter(move |place| place.valid_from <= to && place.valid_to.is_none_or(|last| from <= last))
            .map(|place| place.commune_id)
    };
    managing(grants, judged.since, today).any(|(grant, from, to)| match (grant.centre_id, grant.unit_id, judged.centre_id) {
        (Some(own), _, Some(centre)) => own == centre,
        (Some(own), _, None) => lay_in(own, from, to).any(|commune| manages_commune(judged.commune_id, commune)),
        (None, Some(unit), centre) => {
            manages_commune(unit, judged.commune_id)
                || centre.is_some_and(|centre| lay_in(centre, from, to).any(|commune| manages_commune(unit, commune)))
        }
        (None, None, _) => false,
    })
}

/// What is known of whoever wants to take a step of a rating.
pub struct Facts<'a> {
    /// Whose grants in force say what may be done.
    pub caller: &'a Caller,
    /// Who takes the step.
    pub hand: Hand,
    /// The grants of everybody who takes it, ended ones included.
    pub grants: &'a [Grant],
    /// The rating's steps so far.
    pub taken: &'a [TakenStep],
    /// The places of the centres that [`centres_to_place`] names.
    pub places: &'a Places,
    /// The map.
    pub map: &'a UnitMap,
    /// The day.
    pub today: NaiveDate,
}

/// What is known of the caller in regard to one rating.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who.
    pub hand: Hand,
    /// May fill in the self-assessment of this rating.
    pub may_draft: bool,
    /// May hand it in.
    pub may_submit: bool,
    /// The levels at which they may verify it.
    pub verifies_at: BTreeSet<StageLevel>,
    /// May decide it.
    pub may_decide: bool,
    /// Manages the centre or commune that is rated, or did since it counts.
    pub manages: bool,
    /// The stages of this rating in which they took part.
    pub took_part_in: BTreeSet<usize>,
}

impl Actor {
    /// Somebody in regard to one rating, from what is recorded.
    pub fn of(rating: &Rating, round: &Round, facts: &Facts<'_>) -> Self {
        let (map, today) = (facts.map, facts.today);
        let covers = |permission| facts.caller.scope(permission, map, today).covers(rating.commune_id, rating.centre_id);
        let verifies_at = facts
            .caller
            .grants
            .iter()
            .filter(|grant| grant.is_valid_on(today) && grant.role.may(Permission::RatingsVerify))
            .filter(|_| facts.caller.may(Permission::RatingsVerify, today))
            .filter_map(|grant| map.get(grant.unit_id?))
            .filter(|unit| map.reach(unit.id).contains(&rating.commune_id))
            .map(|unit| unit.level.into())
            .collect();
        let persons = facts.hand.persons();
        Self {
            hand: facts.hand,
            may_draft: covers(Permission::RatingsDraft),
            may_submit: covers(Permission::RatingsSubmit),
            verifies_at,
            may_decide: covers(Permission::RatingsDecide),
            manages: manages(facts.grants, &Judged::of(rating, round, today), facts.places, map, today),
            took_part_in: facts
                .taken
                .iter()
                .filter(|step| !step.hand.persons().is_disjoint(&persons))
                // A stage that the route has no more is no stage of today's: whoever took it takes no other.
                .map(|step| round.stage_now(step.stage, step.at).unwrap_or(usize::MAX))
                .collect(),
        }
    }
}

/// What stands against an action, whatever right is held. The stage is the one at which it would be taken;
/// `None` where the rating's state does not allow it at all.
pub fn conflicts(actor: &Actor, action: RatingAction, stage: Option<usize>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let judges = !matches!(action, RatingAction::Assess | RatingAction::Submit);
    if judges && actor.manages {
        reasons.push(Reason {
            code: "manages_centre".into(),
            detail: Label::fixed(
                "Người quản lý, hoặc đã quản lý từ đầu kỳ đánh giá, trung tâm hoặc xã không được thẩm định, quyết định hồ sơ của nơi đó.",
                "Whoever manages the centre or its commune, or managed it since the data window began, may not judge its rating.",
            ),
        });
    }
    if stage.is_some_and(|stage| actor.took_part_in.iter().any(|taken| *taken != stage)) {
        reasons.push(Reason {
            code: "took_another_step".into(),
            detail: Label::fixed("Một người không làm hai bước của cùng một hồ sơ.", "Nobody takes two steps of one rating."),
        });
    }
    reasons
}

#[cfg(test)]
mod property;
