//! Whatever people do, and whatever grants they get and lose meanwhile: nobody takes two steps of a rating, nobody
//! judges what they manage or managed, and what is decided has passed every stage.
//!
//! A small world is driven through what the server itself runs: [`Actor::of`], [`Case::permit`], [`Case::take`],
//! [`manages`], [`Grant::taken_away`]. Whether all went well is told from a diary of the world's own, day by day and
//! with tables written out, and not from the rule. That the diary would notice is tested too: each [`Weak`] leaves out
//! one part of the rule, and each must be caught.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use uuid::Uuid;

use super::*;
use crate::access::{Means, Role};
use crate::id::ProvinceId;
use crate::points::Points;
use crate::rating::{Assessment, Case, Rating, Surroundings};
use crate::rating_step::Step;
use crate::round::{CreateRound, RoundStatus, Stage, StageTask};
use crate::scheme::{Criterion, Method, Outcome, Rank, RankRule, SchemeContent, Score, Subject};
use crate::unit::{Extent, Level, Succession, SuccessionKind, Unit, UnitKind, UnitVersion};
use crate::{Coded, text::Label};

/// A part of the rule that is left out, to see that it would be missed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Weak {
    /// Nothing is left out.
    No,
    /// Steps that were taken do not stand against another one.
    Steps,
    /// Steps before a return are forgotten.
    EarlierPasses,
    /// Only the one in whose right a step is taken counts, not who acts for them.
    Acting,
    /// Who manages may judge.
    Managing,
    /// Only grants in force count.
    EndedGrants,
    /// Where a centre has moved to, or came from, does not count.
    Moves,
    /// A grant that is taken away on its first day leaves no trace.
    FirstDay,
    /// A past result may be entered by anybody.
    Imports,
}

// ---- The map: two districts with communes until June 2025, two wards after that.

const OLD_PROVINCE: u128 = 1;
const NEW_PROVINCE: u128 = 11;
const UNITS: [(u128, Level, Option<u128>); 9] = [
    (OLD_PROVINCE, Level::Province, None),
    (2, Level::District, Some(1)),
    (3, Level::District, Some(1)),
    (4, Level::Commune, Some(2)),
    (5, Level::Commune, Some(2)),
    (6, Level::Commune, Some(3)),
    (NEW_PROVINCE, Level::Province, None),
    (12, Level::Commune, Some(11)),
    (13, Level::Commune, Some(11)),
];
/// Which commune went into which ward; 5 was divided.
const WENT_INTO: [(u128, u128); 4] = [(4, 12), (5, 12), (5, 13), (6, 13)];
/// Over which of the old communes a grant on a unit reaches.
const REACH: [(u128, &[u128]); 9] = [
    (OLD_PROVINCE, &[4, 5, 6]),
    (2, &[4, 5]),
    (3, &[6]),
    (4, &[4]),
    (5, &[5]),
    (6, &[6]),
    (NEW_PROVINCE, &[4, 5, 6]),
    (12, &[4]),
    (13, &[6]),
];
const COMMUNES: [u128; 5] = [4, 5, 6, 12, 13];

fn unit(n: u128) -> UnitId {
    Uuid::from_u128(n).into()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

static MAP: LazyLock<UnitMap> = LazyLock::new(|| {
    let units = UNITS.map(|(id, level, parent)| {
        let is_new = id >= NEW_PROVINCE;
        let version = UnitVersion {
            valid_from: is_new.then(|| day("2025-07-01")),
            valid_to: (!is_new).then(|| day("2025-06-30")),
            code: id.to_string(),
            kind: UnitKind::Ward,
            name_vi: id.to_string(),
            name_en: String::new(),
            parent_id: parent.map(unit),
            region_class: None,
        };
        Unit { id: unit(id), level, versions: vec![version] }
    });
    let successions = WENT_INTO.iter().map(|(old, new)| Succession {
        predecessor_id: unit(*old),
        successor_id: unit(*new),
        kind: SuccessionKind::Merged,
        extent: if *old == 5 { Extent::Part } else { Extent::Whole },
        effective_on: day("2025-07-01"),
    });
    UnitMap::new(units.to_vec(), successions.collect())
});

fn is_or_came_from(one: u128, other: u128) -> bool {
    one == other || WENT_INTO.contains(&(one, other)) || WENT_INTO.contains(&(other, one))
}

// ---- What can happen.

/// What a grant stands on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum On {
    Unit(u128),
    Centre(usize),
}

/// Three records: two centres of commune 4 and 5, and the title of commune 4.
const RATED: [(Option<usize>, u128); 3] = [(Some(0), 4), (Some(1), 5), (None, 4)];

#[derive(Debug, Clone)]
enum Event {
    /// A role from a day before or after today, for some days or open.
    Give { who: usize, role: (Role, On), from: i64, days: Option<u64> },
    /// What the next stage of a rating asks for, from today; and they set to work.
    Appoint { who: usize, rating: usize, pick: usize },
    /// A grant is taken away.
    Take { who: usize, nth: usize },
    /// Two accounts' grants are taken away, and each gets the other's.
    Swap { one: usize, other: usize },
    /// Days pass.
    Wait { days: u64 },
    /// A centre moves to another commune.
    Move { centre: usize, commune: usize },
    /// Somebody starts a rating, or takes one of the steps that they may take, perhaps in another's right.
    Go { who: usize, acting: Option<usize>, rating: usize, pick: usize },
    /// Somebody enters it as a past result.
    Import { who: usize, rating: usize },
}

const PEOPLE: usize = 5;

fn roles() -> impl Strategy<Value = (Role, On)> {
    let centre = (0..2usize).prop_map(On::Centre);
    let all = UNITS.map(|(id, ..)| On::Unit(id)).to_vec();
    let communes = COMMUNES.map(On::Unit).to_vec();
    prop_oneof![
        (prop_oneof![Just(Role::CentreManager), Just(Role::CentreStaff)], centre),
        (Just(Role::CommuneOfficer), prop::sample::select(communes)),
        (Just(Role::Verifier), prop::sample::select(all)),
        (Just(Role::ProvinceOfficer), Just(On::Unit(NEW_PROVINCE))),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let who = || 0..PEOPLE;
    let rating = || 0..RATED.len();
    prop_oneof![
        2 => (who(), roles(), -600..60i64, prop::option::of(0..300u64)).prop_map(|(who, role, from, days)| Event::Give { who, role, from, days }),
        8 => (who(), rating(), 0..8usize).prop_map(|(who, rating, pick)| Event::Appoint { who, rating, pick }),
        3 => (who(), 0..8usize).prop_map(|(who, nth)| Event::Take { who, nth }),
        2 => (who(), who()).prop_map(|(one, other)| Event::Swap { one, other }),
        2 => (1..90u64).prop_map(|days| Event::Wait { days }),
        1 => (0..2usize, 0..COMMUNES.len()).prop_map(|(centre, commune)| Event::Move { centre, commune }),
        16 => (who(), prop::option::weighted(0.2, who()), rating(), 0..8usize)
            .prop_map(|(who, acting, rating, pick)| Event::Go { who, acting, rating, pick }),
        1 => (who(), rating()).prop_map(|(who, rating)| Event::Import { who, rating }),
    ]
}

/// Every shape of route that a round can have.
fn routes(subject: Subject) -> impl Strategy<Value = Vec<Stage>> {
    let levels = vec![StageLevel::Commune, StageLevel::District, StageLevel::Province];
    prop::collection::vec(prop::sample::select(levels), 0..=4).prop_map(move |mut between| {
        between.sort();
        let stage = |task, level| Stage { task, level, organisation: None, due_on: None, decision_number_required: false };
        let first = if subject == Subject::Centre { StageLevel::Centre } else { StageLevel::Commune };
        let mut route = vec![stage(StageTask::Assess, first)];
        route.extend(between.into_iter().map(|level| stage(StageTask::Verify, level)));
        route.push(stage(StageTask::Decide, StageLevel::Province));
        let round = CreateRound {
            id: None,
            scheme_id: Uuid::nil().into(),
            year: 2024,
            title: "2024".into(),
            data_from: None,
            data_to: None,
            route: route.clone(),
        };
        round.check(subject, &MAP).unwrap();
        route
    })
}

#[derive(Debug, Clone)]
struct Story {
    centres: Vec<Stage>,
    titles: Vec<Stage>,
    events: Vec<Event>,
}

fn story() -> impl Strategy<Value = Story> {
    (routes(Subject::Centre), routes(Subject::Commune), prop::collection::vec(event(), 60..160))
        .prop_map(|(centres, titles, events)| Story { centres, titles, events })
}

// ---- The world, and its diary.

/// A grant as the diary knows it.
#[derive(Debug, Clone)]
struct Held {
    who: usize,
    grant: crate::id::GrantId,
    role: Role,
    on: On,
    from: NaiveDate,
    to: Option<NaiveDate>,
    taken: Option<NaiveDate>,
}

/// A step as the diary knows it; `None` for the making of the record.
#[derive(Debug, Clone)]
struct Wrote {
    action: Option<RatingAction>,
    stage: usize,
    persons: Vec<usize>,
}

/// A rating on its way.
struct Life {
    rating: Rating,
    taken: Vec<TakenStep>,
    made_on: NaiveDate,
    imported: bool,
    wrote: Vec<Wrote>,
}

struct World {
    weak: Weak,
    rounds: [Round; 2],
    scheme: SchemeContent,
    today: NaiveDate,
    next_id: u128,
    grants: Vec<Vec<Grant>>,
    places: Places,
    lives: [Option<Life>; 3],
    held: Vec<Held>,
    moved: Vec<(usize, u128, NaiveDate)>,
}

fn user(who: usize) -> UserId {
    Uuid::from_u128(100 + who as u128).into()
}

fn centre(n: usize) -> CentreId {
    Uuid::from_u128(200 + n as u128).into()
}

fn scheme() -> SchemeContent {
    let text = Label::fixed("v", "e");
    let leaf = Criterion {
        code: "A".into(),
        title: text.clone(),
        max_points: Points::from_hundredths(1000),
        input: None,
        measure: None,
        children: vec![],
    };
    SchemeContent {
        title: text,
        subject: Subject::Centre,
        method: Method::Points,
        parent_id: None,
        legal_basis: None,
        effective_from: None,
        effective_to: None,
        sample: true,
        ranks: vec![RankRule { rank: Rank::Tot, min_points: Points::from_hundredths(0), conditions: vec![] }],
        criteria: vec![leaf],
        validity_months: None,
        min_months_between_levels: None,
        note: None,
    }
}

impl World {
    fn new(story: &Story, weak: Weak) -> Self {
        let round = |subject, route: &[Stage]| Round {
            id: Uuid::nil().into(),
            scheme_id: Uuid::nil().into(),
            subject,
            year: 2024,
            title: String::new(),
            data_from: day("2024-01-01"),
            data_to: day("2024-12-31"),
            route: route.to_vec(),
            status: RoundStatus::Open,
            earlier_routes: vec![],
        };
        let since = day("2010-01-01");
        let place = |n: usize, commune: u128| {
            (centre(n), vec![Placement { commune_id: unit(commune), valid_from: since, valid_to: None }])
        };
        Self {
            weak,
            rounds: [round(Subject::Centre, &story.centres), round(Subject::Commune, &story.titles)],
            scheme: scheme(),
            today: day("2025-01-10"),
            next_id: 1000,
            grants: vec![vec![]; PEOPLE],
            places: [place(0, 4), place(1, 5)].into(),
            lives: [None, None, None],
            held: vec![],
            moved: vec![(0, 4, since), (1, 5, since)],
        }
    }

    fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    fn round(&self, rating: usize) -> &Round {
        &self.rounds[usize::from(RATED[rating].0.is_none())]
    }

    fn give(&mut self, who: usize, (role, on): (Role, On), from: NaiveDate, to: Option<NaiveDate>) {
        let id = self.id().into();
        let (unit_id, centre_id) = match on {
            On::Unit(n) => (Some(unit(n)), None),
            On::Centre(n) => (None, Some(centre(n))),
        };
        self.grants[who].push(Grant { id, role, unit_id, centre_id, valid_from: from, valid_to: to, taken_on: None });
        self.held.push(Held { who, grant: id, role, on, from, to, taken: None });
    }

    /// Takes a grant away, and tells what it stood on if it was in force or still to come.
    fn take(&mut self, who: usize, nth: usize) -> Option<(Role, On)> {
        let today = self.today;
        let grant = self.grants[who].get(nth).cloned()?;
        let noted = self.held.iter_mut().find(|held| held.grant == grant.id).unwrap();
        let was_over = noted.taken.is_some() || noted.to.is_some_and(|to| to < today);
        if !was_over {
            noted.taken = Some(today);
        }
        let stood_on = (noted.role, noted.on);
        let left = grant.taken_away(today).filter(|_| self.weak != Weak::FirstDay || grant.valid_from < today);
        match left {
            Some(grant) => self.grants[who][nth] = grant,
            None => drop(self.grants[who].remove(nth)),
        }
        (!was_over).then_some(stood_on)
    }

    /// Everything that is taken away from somebody.
    fn take_all(&mut self, who: usize) -> Vec<(Role, On)> {
        let mut nth = 0;
        let mut taken = Vec::new();
        while nth < self.grants[who].len() {
            let before = self.grants[who].len();
            taken.extend(self.take(who, nth));
            nth += usize::from(self.grants[who].len() == before);
        }
        taken
    }

    /// What the next stage of a rating asks for.
    fn needed(&self, rating: usize) -> (Role, On) {
        let (of, commune) = RATED[rating];
        let stage = self.lives[rating].as_ref().map_or(0, |life| life.rating.stage);
        match self.round(rating).route.get(stage).map(|stage| (stage.task, stage.level)) {
            Some((StageTask::Assess, _)) => match of {
                Some(n) => (Role::CentreManager, On::Centre(n)),
                None => (Role::CommuneOfficer, On::Unit(commune)),
            },
            Some((StageTask::Verify, StageLevel::Commune)) => (Role::Verifier, On::Unit(commune)),
            Some((StageTask::Verify, StageLevel::District)) => (Role::Verifier, On::Unit(2)),
            Some((StageTask::Verify, _)) => (Role::Verifier, On::Unit(NEW_PROVINCE)),
            Some((StageTask::Decide, _)) | None => (Role::ProvinceOfficer, On::Unit(NEW_PROVINCE)),
        }
    }

    fn happen(&mut self, event: &Event) -> Result<(), String> {
        match *event {
            Event::Give { who, role, from, days } => {
                let from = if from < 0 {
                    self.today - Days::new(from.unsigned_abs())
                } else {
                    self.today + Days::new(from.unsigned_abs())
                };
                self.give(who, role, from, days.map(|days| from + Days::new(days)));
            }
            Event::Appoint { who, rating, pick } => {
                self.give(who, self.needed(rating), self.today, None);
                self.go(who, None, rating, pick)?;
            }
            Event::Take { who, nth } => {
                self.take(who, nth);
            }
            Event::Swap { one, other } if one != other => {
                let (from_one, from_other) = (self.take_all(one), self.take_all(other));
                for (who, roles) in [(one, from_other), (other, from_one)] {
                    for role in roles {
                        self.give(who, role, self.today, None);
                    }
                }
            }
            Event::Swap { .. } => {}
            Event::Wait { days } => self.today = self.today + Days::new(days),
            Event::Move { centre: n, commune } => {
                let places = self.places.get_mut(&centre(n)).unwrap();
                let last = places.last_mut().unwrap();
                if last.valid_from < self.today {
                    last.valid_to = self.today.pred_opt();
                    places.push(Placement { commune_id: unit(COMMUNES[commune]), valid_from: self.today, valid_to: None });
                    self.moved.push((n, COMMUNES[commune], self.today));
                }
            }
            Event::Go { who, acting, rating, pick } => self.go(who, acting.filter(|acting| *acting != who), rating, pick)?,
            Event::Import { who, rating } => self.import(who, rating)?,
        }
        Ok(())
    }

    fn at(&self) -> DateTime<Utc> {
        self.today.and_hms_opt(5, 0, 0).unwrap().and_utc()
    }

    fn caller(&self, who: usize) -> Caller {
        Caller {
            user_id: user(who),
            username: String::new(),
            province_id: ProvinceId(Uuid::from_u128(1)),
            means: Means::Session(Uuid::nil().into()),
            acting: None,
            needs_totp: false,
            grants: self.grants[who].clone(),
        }
    }

    fn assessment(&self, who: usize) -> Assessment {
        let score = Score {
            criterion: "A".into(),
            points: Points::from_hundredths(500),
            level: None,
            evidence: vec![],
            reason: None,
            measured: None,
        };
        let outcome = Some(Outcome { rank: Rank::Tot, points: None });
        Assessment { scores: vec![score], outcome, note: None, by: user(who), at: self.at() }
    }

    /// The grants that count as managing, and the places that are known, as the server would load them.
    fn known(&self, persons: &[usize], judged: &Judged) -> (Vec<Grant>, Places) {
        let mut grants: Vec<Grant> = persons.iter().flat_map(|who| self.grants[*who].clone()).collect();
        if self.weak == Weak::EndedGrants {
            grants.retain(|grant| grant.is_valid_on(self.today));
        }
        let wanted = centres_to_place(&grants, judged, self.today);
        let mut places = self.places.clone();
        places.retain(|centre, _| wanted.contains(centre) && self.weak != Weak::Moves);
        (grants, places)
    }

    fn go(&mut self, who: usize, acting: Option<usize>, rating: usize, pick: usize) -> Result<(), String> {
        let hand = Hand { user_id: user(who), acting_user_id: acting.map(user) };
        let persons: Vec<usize> = acting.into_iter().chain([who]).collect();
        let (of, commune) = RATED[rating];
        let caller = self.caller(who);
        let Some(life) = &self.lives[rating] else {
            if caller.scope(Permission::RatingsDraft, &MAP, self.today).covers(unit(commune), of.map(centre)) {
                let id = self.id().into();
                let (made, step) = Rating::draft(id, self.round(rating), of.map(centre), unit(commune), None, hand, self.at());
                self.begin(rating, made, step.stage, hand, persons, false);
            }
            return Ok(());
        };
        let round = self.round(rating);
        let (grants, places) = self.known(&persons, &Judged::of(&life.rating, round, self.today));
        let passed = life.wrote.iter().rposition(|wrote| wrote.action == Some(RatingAction::Return)).map_or(0, |last| last + 1);
        let mut taken = match self.weak {
            Weak::EarlierPasses => life.taken[passed..].to_vec(),
            _ => life.taken.clone(),
        };
        let mut facts =
            Facts { caller: &caller, hand, grants: &grants, taken: &taken, places: &places, map: &MAP, today: self.today };
        let own = self.known(&[who], &Judged::of(&life.rating, round, self.today)).0;
        if self.weak == Weak::Acting {
            facts.hand = Hand::own(hand.user_id);
            facts.grants = &own;
        }
        let mut actor = Actor::of(&life.rating, round, &facts);
        actor.hand = hand;
        if self.weak == Weak::Steps {
            actor.took_part_in.clear();
        }
        actor.manages &= self.weak != Weak::Managing;
        let around = Surroundings::default();
        let case = Case { rating: &life.rating, round, scheme: &self.scheme, actor: &actor, around: &around };
        let allowed: Vec<RatingAction> =
            RatingAction::ALL.iter().copied().filter(|action| case.permit(*action).is_ok()).collect();
        let Some(action) = allowed.get(pick % allowed.len().max(1)).copied() else { return Ok(()) };
        let assessment = self.assessment(who);
        let step = match action {
            RatingAction::Assess => Step::Assess(assessment),
            RatingAction::Submit => Step::Submit,
            RatingAction::SaveVerification => Step::SaveVerification(assessment),
            RatingAction::Return => Step::Return { criteria: vec!["A".into()], reason: String::new() },
            RatingAction::Verify => Step::Verify(assessment),
            RatingAction::Decide => Step::Decide { decided: assessment, decision: None },
            RatingAction::Amend => Step::Amend { decided: assessment, decision: None, reason: String::new() },
        };
        let (after, entry) = case.take(step, 1, self.at());
        taken = life.taken.clone();
        taken.push(TakenStep { stage: entry.stage, at: entry.at, hand });
        self.check_right(who, rating, action)?;
        let stage = self.position(rating, action);
        let life = self.lives[rating].as_mut().unwrap();
        (life.rating, life.taken) = (after, taken);
        life.wrote.push(Wrote { action: Some(action), stage, persons: persons.clone() });
        if !matches!(action, RatingAction::Assess | RatingAction::Submit) {
            self.check_managing(&persons, rating)?;
        }
        self.check_steps(rating)
    }

    fn import(&mut self, who: usize, rating: usize) -> Result<(), String> {
        let (Some(of), commune) = RATED[rating] else { return Ok(()) };
        if self.lives[rating].is_some() || !self.caller(who).may(Permission::RatingsImport, self.today) {
            return Ok(());
        }
        let round = self.round(rating);
        let judged = Judged::past(centre(of), unit(commune), round, self.today);
        let (grants, places) = self.known(&[who], &judged);
        if self.weak != Weak::Imports && manages(&grants, &judged, &places, &MAP, self.today) {
            return Ok(());
        }
        let (hand, id) = (Hand::own(user(who)), Uuid::from_u128(self.next_id).into());
        let (made, step) = Rating::past(id, round, centre(of), unit(commune), self.assessment(who), None, hand);
        self.begin(rating, made, step.stage, hand, vec![who], true);
        self.check_managing(&[who], rating)
    }

    fn begin(&mut self, rating: usize, made: Rating, stage: usize, hand: Hand, persons: Vec<usize>, imported: bool) {
        let place = if imported { self.round(rating).route.len() - 1 } else { 0 };
        self.lives[rating] = Some(Life {
            rating: made,
            taken: vec![TakenStep { stage, at: chrono::DateTime::UNIX_EPOCH, hand }],
            made_on: self.today,
            imported,
            wrote: vec![Wrote { action: None, stage: place, persons }],
        });
    }

    // ---- What the diary says.

    /// The stage at which an action takes place, counted along the diary.
    fn position(&self, rating: usize, action: RatingAction) -> usize {
        let wrote = &self.lives[rating].as_ref().unwrap().wrote;
        let last = self.round(rating).route.len() - 1;
        match action {
            RatingAction::Assess | RatingAction::Submit => 0,
            RatingAction::Decide | RatingAction::Amend => last,
            RatingAction::SaveVerification | RatingAction::Verify | RatingAction::Return => {
                let handed_in = wrote.iter().rposition(|wrote| wrote.action == Some(RatingAction::Submit)).unwrap();
                1 + wrote[handed_in..].iter().filter(|wrote| wrote.action == Some(RatingAction::Verify)).count()
            }
        }
    }

    /// Nobody stands at two stages, and what was decided has passed them all.
    fn check_steps(&self, rating: usize) -> Result<(), String> {
        let life = self.lives[rating].as_ref().unwrap();
        for who in 0..PEOPLE {
            let stages: BTreeSet<usize> =
                life.wrote.iter().filter(|wrote| wrote.persons.contains(&who)).map(|wrote| wrote.stage).collect();
            if stages.len() > 1 {
                return Err(format!("person {who} stands at stages {stages:?} of rating {rating}"));
            }
        }
        let is_decided = life.wrote.last().is_some_and(|wrote| wrote.action == Some(RatingAction::Decide));
        if is_decided {
            let passed =
                life.wrote.iter().rposition(|wrote| wrote.action == Some(RatingAction::Return)).map_or(0, |last| last + 1);
            let confirmed: Vec<RatingAction> = life.wrote[passed..]
                .iter()
                .filter_map(|wrote| wrote.action)
                .filter(|action| matches!(action, RatingAction::Submit | RatingAction::Verify | RatingAction::Decide))
                .collect();
            let mut expected = vec![RatingAction::Submit];
            expected.extend(vec![RatingAction::Verify; self.round(rating).route.len() - 2]);
            expected.push(RatingAction::Decide);
            if confirmed != expected {
                return Err(format!("rating {rating} was decided after {confirmed:?}"));
            }
        }
        Ok(())
    }

    fn in_force(&self, who: usize) -> impl Iterator<Item = &Held> {
        let today = self.today;
        self.held.iter().filter(move |held| {
            held.who == who && held.from <= today && held.to.is_none_or(|to| today <= to) && held.taken.is_none()
        })
    }

    /// Whoever in whose right a step is taken holds that right now.
    fn check_right(&self, who: usize, rating: usize, action: RatingAction) -> Result<(), String> {
        let (of, commune) = RATED[rating];
        let reaches = |n: u128| REACH.iter().any(|(unit, communes)| *unit == n && communes.contains(&commune));
        let level = |n: u128| StageLevel::from(UNITS.iter().find(|(id, ..)| *id == n).unwrap().1);
        let position = self.position(rating, action);
        let stage = &self.round(rating).route[position];
        let fits = |held: &Held| match (action, held.role, held.on) {
            (RatingAction::Assess, Role::CentreStaff | Role::CentreManager, On::Centre(n)) => of == Some(n),
            (RatingAction::Submit, Role::CentreManager, On::Centre(n)) => of == Some(n),
            (RatingAction::Assess | RatingAction::Submit, Role::CommuneOfficer, On::Unit(n)) => reaches(n),
            (RatingAction::Decide | RatingAction::Amend, Role::ProvinceOfficer, _) => true,
            (RatingAction::Return, Role::ProvinceOfficer, _) => stage.task == StageTask::Decide,
            (RatingAction::SaveVerification | RatingAction::Verify | RatingAction::Return, Role::Verifier, On::Unit(n)) => {
                stage.task == StageTask::Verify && stage.level == level(n) && reaches(n)
            }
            _ => false,
        };
        if self.in_force(who).any(fits) {
            Ok(())
        } else {
            Err(format!("person {who} took {action} of rating {rating} without a right"))
        }
    }

    /// None of these manages what is rated, nor did on any day since it counts.
    fn check_managing(&self, persons: &[usize], rating: usize) -> Result<(), String> {
        let (of, commune) = RATED[rating];
        let made_on = self.lives[rating].as_ref().unwrap().made_on;
        let first = day("2024-01-01").min(made_on);
        let lay_in = |n: usize, on: NaiveDate| {
            self.moved.iter().rev().find(|(centre, _, from)| *centre == n && *from <= on).map(|(_, commune, _)| *commune).unwrap()
        };
        for on in first.iter_days().take_while(|on| *on <= self.today) {
            let held_then = self.held.iter().filter(|held| {
                persons.contains(&held.who)
                    && held.from <= on
                    && held.to.is_none_or(|to| on <= to)
                    && held.taken.is_none_or(|taken| on <= taken)
            });
            for held in held_then {
                let manages = match (held.role, held.on) {
                    (Role::CentreManager | Role::CentreStaff, On::Centre(n)) => {
                        of.map_or_else(|| is_or_came_from(commune, lay_in(n, on)), |of| of == n)
                    }
                    (Role::CommuneOfficer, On::Unit(n)) => {
                        is_or_came_from(n, commune) || of.is_some_and(|of| is_or_came_from(n, lay_in(of, on)))
                    }
                    _ => false,
                };
                if manages {
                    return Err(format!("person {} judged rating {rating} and managed it on {on}: {held:?}", held.who));
                }
            }
        }
        Ok(())
    }
}

/// Lets a story happen, and tells how many ratings ran their whole route.
fn tell(story: &Story, weak: Weak) -> Result<usize, String> {
    let mut world = World::new(story, weak);
    for event in &story.events {
        world.happen(event)?;
    }
    Ok(world.lives.iter().flatten().filter(|life| life.rating.state.is_decided() && !life.imported).count())
}

fn runner(cases: u32, max_shrink_iters: u32) -> TestRunner {
    let config = Config { cases, max_shrink_iters, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn nobody_takes_two_steps_of_a_rating_or_judges_what_they_manage() {
    let decided = AtomicUsize::new(0);
    let told = runner(512, 4096).run(&story(), |story| {
        decided.fetch_add(tell(&story, Weak::No).map_err(TestCaseError::fail)?, Ordering::Relaxed);
        Ok(())
    });
    told.unwrap_or_else(|error| panic!("{error}"));
    let decided = decided.into_inner();
    assert!(decided > 60, "only {decided} ratings came to their decision: the stories prove little");
}

#[test]
fn every_part_of_the_rule_would_be_missed() {
    for weak in [
        Weak::Steps,
        Weak::EarlierPasses,
        Weak::Acting,
        Weak::Managing,
        Weak::EndedGrants,
        Weak::Moves,
        Weak::FirstDay,
        Weak::Imports,
    ] {
        let told = runner(4096, 0).run(&story(), |story| tell(&story, weak).map(drop).map_err(TestCaseError::fail));
        match told {
            Err(TestError::Fail(reason, story)) => println!("{weak:?}: {reason}, after {} events", story.events.len()),
            other => panic!("without the part {weak:?} nothing was noticed: {other:?}"),
        }
    }
}
