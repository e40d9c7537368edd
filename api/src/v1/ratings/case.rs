//! A rating with everything that its rules look at, loaded within the caller's scope.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::access::{Caller, Grant};
use htcd_domain::centre::Centre;
use htcd_domain::duties::{self, Actor, Facts, Hand, Judged};
use htcd_domain::id::{CentreId, RatingId, RoundId, UnitId};
use htcd_domain::rating::{AllowedAction, Case, Rating, RatingAction, RatingState, Surroundings};
use htcd_domain::rating_step::Step;
use htcd_domain::round::Round;
use htcd_domain::scheme::{Scheme, Subject};
use htcd_domain::unit::{Restated, UnitMap};
use htcd_persistence::{Change, Result, Tx, centre, rating, round, user};
use serde::Serialize;
use utoipa::ToSchema;

use super::measures::measured;
use crate::answer::Answer;
use crate::extract::IfMatch;
use crate::permit::{Permit, Right};
use crate::state::App;

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
}

impl Loaded {
    /// Loads a rating in the permit's scope.
    pub fn find<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, id: RatingId) -> Result<Self> {
        let (rating, revision) = rating::find(tx, id)?.ok_or(Code::NotFound)?;
        Self::around(permit, tx, rating, revision)
    }

    /// Loads what lies around a rating.
    pub fn around<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, rating: Rating, revision: i64) -> Result<Self> {
        Self::around_for(permit.app(), permit.caller(), &permit.atlas().map, permit.today(), tx, rating, revision)
    }

    /// Loads what lies around a rating for anybody.
    pub fn around_for(
        app: &App,
        caller: &Caller,
        map: &UnitMap,
        today: NaiveDate,
        tx: &mut Tx<'_>,
        rating: Rating,
        revision: i64,
    ) -> Result<Self> {
        let (round, _) = round::find(tx, rating.round_id)?.ok_or(Code::NotFound)?;
        let scheme = app.scheme(tx, round.scheme_id)?;
        let hand = hand(caller);
        let (taken, last_seq) = rating::taken(tx, rating.id)?;
        // As they are in this transaction: the caller was looked up before, perhaps seconds ago.
        let held = user::grants_of_persons(tx, &hand.persons())?;
        let own = held.iter().filter(|(who, _)| *who == hand.user_id).map(|(_, grant)| grant.clone()).collect();
        let caller = Caller { grants: own, ..caller.clone() };
        let grants: Vec<Grant> = held.into_iter().map(|(_, grant)| grant).collect();
        let centres = duties::centres_to_place(&grants, &Judged::of(&rating, &round, today), today);
        let places = centre::placements_of(tx, &centres)?;
        let facts = Facts { caller: &caller, hand, grants: &grants, taken: &taken, places: &places, map, today };
        let actor = Actor::of(&rating, &round, &facts);
        let mut around = Surroundings::default();
        if matches!(rating.state, RatingState::Draft | RatingState::Returned) {
            around.measured = measured(tx, &round, &scheme.content, rating.centre_id, app.now())?;
        }
        if rating.subject == Subject::Commune {
            if scheme.content.needs_centre_rating() {
                around.undecided_centres = Centres::of(tx, &round)?.undecided(map, &round, rating.commune_id);
            }
            if scheme.content.min_months_between_levels.is_some() {
                around.earlier = rating::earlier_title(tx, rating.commune_id, rating.year)?;
            }
        }
        Ok(Self { rating, revision, round, scheme, actor, around, last_seq })
    }

    /// Loads what lies around many ratings of some rounds: those that can be asked only whether a step may be taken now. The
    /// statements do not grow with the ratings, but for self-assessments that the caller may fill in or hand in: of each of these the measures
    /// are counted.
    pub fn many<R: Right>(
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        ratings: Vec<(Rating, i64)>,
        rounds: &[Round],
    ) -> Result<Vec<Self>> {
        let (app, map, today) = (permit.app(), &permit.atlas().map, permit.today());
        let hand = hand(permit.caller());
        let mut taken = rating::taken_in(tx, &rounds.iter().map(|round| round.id).collect::<Vec<_>>())?;
        let held = user::grants_of_persons(tx, &hand.persons())?;
        let own = held.iter().filter(|(who, _)| *who == hand.user_id).map(|(_, grant)| grant.clone()).collect();
        let caller = Caller { grants: own, ..permit.caller().clone() };
        let grants: Vec<Grant> = held.into_iter().map(|(_, grant)| grant).collect();
        let round_of = |rating: &Rating| rounds.iter().find(|round| round.id == rating.round_id);
        let judged = ratings.iter().filter_map(|(rating, _)| Some(Judged::of(rating, round_of(rating)?, today)));
        let centres: BTreeSet<CentreId> = judged.flat_map(|judged| duties::centres_to_place(&grants, &judged, today)).collect();
        let places = centre::placements_of(tx, &centres)?;
        let mut of_rounds: BTreeMap<RoundId, Centres> = BTreeMap::new();
        let mut found = vec![];
        for (rating, revision) in ratings {
            let Some(round) = round_of(&rating).cloned() else { continue };
            let scheme = app.scheme(tx, round.scheme_id)?;
            let (steps, last_seq) = taken.remove(&rating.id).unwrap_or_default();
            let facts = Facts { caller: &caller, hand, grants: &grants, taken: &steps, places: &places, map, today };
            let actor = Actor::of(&rating, &round, &facts);
            let mut around = Surroundings::default();
            let is_filled = rating.own.as_ref().is_some_and(|own| own.outcome.is_some());
            if matches!(rating.state, RatingState::Draft | RatingState::Returned)
                && is_filled
                && (actor.may_draft || actor.may_submit)
            {
                around.measured = measured(tx, &round, &scheme.content, rating.centre_id, app.now())?;
            }
            if rating.subject == Subject::Commune && scheme.content.needs_centre_rating() {
                let centres = match of_rounds.entry(round.id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => place.insert(Centres::of(tx, &round)?),
                };
                around.undecided_centres = centres.undecided(map, &round, rating.commune_id);
            }
            found.push(Self { rating, revision, round, scheme, actor, around, last_seq });
        }
        Ok(found)
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

    /// Takes a step that was permitted, stores what it made of the rating, and answers with it.
    pub fn advance<R: Right>(mut self, permit: &Permit<R>, tx: &mut Tx<'_>, step: Step) -> Result<Change<Answer>> {
        let (after, entry) = self.case().take(step, self.last_seq + 1, permit.now());
        rating::advance(tx, &after, self.revision, &entry)?;
        let before = std::mem::replace(&mut self.rating, after);
        self.revision += 1;
        self.actor.took_part_in.insert(entry.stage);
        let answer = Answer::resource(&self.view(), self.revision);
        let change = Change::updated(answer, "rating", self.rating.id, &before, &self.rating).because(entry.reason.as_deref());
        // Figures count decided assessments only: drafts and verifications do not move them.
        Ok(if before.decided == self.rating.decided { change.apart_from_figures() } else { change })
    }
}

/// The centres that communes' titles of a round wait for.
struct Centres {
    decided: HashSet<CentreId>,
    placed: BTreeMap<CentreId, UnitId>,
    existing: Vec<Centre>,
}

impl Centres {
    fn of(tx: &mut Tx<'_>, round: &Round) -> Result<Self> {
        Ok(Self {
            decided: rating::decided_centres(tx, round.year)?,
            placed: centre::communes_on(tx, round.data_to)?,
            existing: centre::all(tx)?,
        })
    }

    /// Those of a commune without a decided rating of the year.
    fn undecided(&self, map: &UnitMap, round: &Round, commune: UnitId) -> Vec<CentreId> {
        // A centre still recorded in a commune of an earlier map lies where that commune went.
        let lies_here =
            |id| self.placed.get(&id).is_some_and(|placed| map.restate(*placed, round.data_to) == Restated::In(commune));
        self.existing
            .iter()
            .filter(|centre| centre.exists_on(round.data_to) && lies_here(centre.id) && !self.decided.contains(&centre.id))
            .map(|centre| centre.id)
            .collect()
    }
}

/// Who takes the steps of a request.
pub fn hand(caller: &Caller) -> Hand {
    Hand { user_id: caller.user_id, acting_user_id: caller.acting.as_ref().map(|acting| acting.user_id) }
}
