//! Ratings and their history.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::centre::Decision;
use htcd_domain::duties::{Hand, TakenStep};
use htcd_domain::evidence::{Cited, Citing, Counting};
use htcd_domain::id::{CentreId, RatingId, RoundId, UnitId, UserId};
use htcd_domain::measure::Measured;
use htcd_domain::points::Points;
use htcd_domain::rating::{Assessment, Rating, RatingState, RatingStep};
use htcd_domain::scheme::{Rank, Subject};
use htcd_domain::{Code, Coded, Problem};
use serde::{Deserialize, Serialize};

use crate::db::{MultiBackend, Tx};
use crate::document;
use crate::error::{Error, OnUnique, Result};
use crate::expression::after;
use crate::schema::{rating_steps, ratings};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = ratings, treat_none_as_null = true, treat_none_as_default_value = false)]
struct RatingRow {
    province_id: Id,
    id: Id,
    round_id: Id,
    subject: String,
    year: i32,
    centre_id: Option<Id>,
    commune_id: Id,
    state: String,
    stage: i32,
    decided_rank: Option<String>,
    decided_points: Option<i64>,
    detail: Doc,
    valid_until: Option<NaiveDate>,
    source: String,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What lists and aggregates do not look at.
#[derive(Serialize, Deserialize)]
struct Detail {
    own: Option<Assessment>,
    verified: Option<Assessment>,
    decided: Option<Assessment>,
    reopened: Vec<String>,
    decision: Option<Decision>,
}

impl RatingRow {
    fn new(province_id: Id, rating: &Rating, revision: i64) -> Result<Self> {
        let outcome = rating.decided.as_ref().and_then(|decided| decided.outcome);
        let detail = Detail {
            own: rating.own.clone(),
            verified: rating.verified.clone(),
            decided: rating.decided.clone(),
            reopened: rating.reopened.clone(),
            decision: rating.decision.clone(),
        };
        Ok(Self {
            province_id,
            id: rating.id.into(),
            round_id: rating.round_id.into(),
            subject: rating.subject.code().to_owned(),
            year: rating.year,
            centre_id: rating.centre_id.map(Id::from),
            commune_id: rating.commune_id.into(),
            state: rating.state.code().to_owned(),
            stage: i32::try_from(rating.stage).unwrap_or(i32::MAX),
            decided_rank: outcome.map(|outcome| outcome.rank.code().to_owned()),
            decided_points: outcome.and_then(|outcome| outcome.points).map(Points::hundredths),
            detail: Doc::of(&detail)?,
            valid_until: rating.valid_until,
            source: rating.source.code().to_owned(),
            revision,
            created_at: rating.created_at.into(),
            updated_at: rating.updated_at.into(),
        })
    }

    fn rating(self) -> Result<(Rating, i64)> {
        let detail: Detail = self.detail.read()?;
        let rating = Rating {
            id: self.id.into(),
            round_id: self.round_id.into(),
            subject: coded(&self.subject)?,
            year: self.year,
            centre_id: self.centre_id.map(CentreId::from),
            commune_id: self.commune_id.into(),
            state: coded(&self.state)?,
            stage: usize::try_from(self.stage).unwrap_or(usize::MAX),
            own: detail.own,
            verified: detail.verified,
            decided: detail.decided,
            reopened: detail.reopened,
            decision: detail.decision,
            valid_until: self.valid_until,
            source: coded(&self.source)?,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        };
        Ok((rating, self.revision))
    }
}

type Boxed<'q> = ratings::BoxedQuery<'q, MultiBackend>;

/// Where every list of ratings starts: inside the tenant and the scope.
fn in_scope<'q>(tx: &Tx<'_>) -> Boxed<'q> {
    let query = ratings::table.filter(ratings::province_id.eq(tx.province())).into_boxed();
    if tx.scope.whole {
        return query;
    }
    let communes: Vec<Id> = tx.scope.communes.iter().map(|id| Id::from(*id)).collect();
    let own: Vec<Id> = tx.scope.centres.iter().map(|id| Id::from(*id)).collect();
    query.filter(ratings::commune_id.eq_any(communes).or(ratings::centre_id.eq_any(own).assume_not_null()))
}

/// Which ratings a list shows.
#[derive(Debug, Clone, Default)]
pub struct RatingFilter {
    /// Of this round.
    pub round_id: Option<RoundId>,
    /// Of this year.
    pub year: Option<i32>,
    /// Of centres or communes.
    pub subject: Option<Subject>,
    /// Of this centre.
    pub centre_id: Option<CentreId>,
    /// Placed in one of these communes.
    pub communes: Option<Vec<UnitId>>,
    /// In this state.
    pub state: Option<RatingState>,
    /// Decided with this rank.
    pub rank: Option<Rank>,
}

/// A page of ratings, newest year first is for the caller to ask: the order is that of their identities.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, filter: &RatingFilter, cursor: Option<(i32, RatingId)>, limit: i64) -> Result<Vec<Rating>> {
    let mut query = in_scope(tx);
    if let Some(round) = filter.round_id {
        query = query.filter(ratings::round_id.eq(Id::from(round)));
    }
    if let Some(year) = filter.year {
        query = query.filter(ratings::year.eq(year));
    }
    if let Some(subject) = filter.subject {
        query = query.filter(ratings::subject.eq(subject.code()));
    }
    if let Some(centre) = filter.centre_id {
        query = query.filter(ratings::centre_id.eq(Id::from(centre)).assume_not_null());
    }
    if let Some(communes) = &filter.communes {
        let communes: Vec<Id> = communes.iter().map(|id| Id::from(*id)).collect();
        query = query.filter(ratings::commune_id.eq_any(communes));
    }
    if let Some(state) = filter.state {
        query = query.filter(ratings::state.eq(state.code()));
    }
    if let Some(rank) = filter.rank {
        query = query.filter(ratings::decided_rank.eq(rank.code()).assume_not_null());
    }
    if let Some((year, id)) = cursor {
        query = query.filter(after((ratings::year, ratings::id), (year, Id::from(id))));
    }
    let rows: Vec<RatingRow> = query.order((ratings::year, ratings::id)).limit(limit).load(tx.conn)?;
    rows.into_iter().map(|row| row.rating().map(|(rating, _)| rating)).collect()
}

/// One rating in scope, with the revision of its record.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: RatingId) -> Result<Option<(Rating, i64)>> {
    let row: Option<RatingRow> = ratings::table.find((tx.province(), Id::from(id))).first(tx.conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    let (rating, revision) = row.rating()?;
    Ok(tx.scope.covers(rating.commune_id, rating.centre_id).then_some((rating, revision)))
}

/// The decided ratings of centres, with what each measured of the centre's records; in scope or not.
///
/// # Errors
/// What the database said.
pub fn counting(tx: &mut Tx<'_>, centres: &[CentreId]) -> Result<Vec<Counting>> {
    if centres.is_empty() {
        return Ok(vec![]);
    }
    let wanted: Vec<Id> = centres.iter().map(|id| Id::from(*id)).collect();
    let decided: Vec<&str> = RatingState::ALL.iter().filter(|state| state.is_decided()).map(|state| state.code()).collect();
    let rows: Vec<RatingRow> = ratings::table
        .filter(ratings::province_id.eq(tx.province()).and(ratings::centre_id.eq_any(wanted).assume_not_null()))
        .filter(ratings::state.eq_any(decided))
        .order((ratings::year, ratings::id))
        .load(tx.conn)?;
    let mut found = vec![];
    for row in rows {
        let (rating, _) = row.rating()?;
        let Some(centre) = rating.centre_id else { continue };
        let assessment = rating.decided.as_ref().or(rating.own.as_ref());
        let measured: Vec<Measured> =
            assessment.into_iter().flat_map(|it| &it.scores).filter_map(|score| score.measured.clone()).collect();
        if !measured.is_empty() {
            let citing = Citing {
                rating_id: rating.id,
                year: rating.year,
                state: rating.state,
                centre_id: rating.centre_id,
                commune_id: rating.commune_id,
            };
            found.push(Counting { citing, centre, measured });
        }
    }
    Ok(found)
}

/// A decided rating in short.
#[derive(Debug, Clone, Copy)]
pub struct Decided {
    /// The rating.
    pub id: RatingId,
    /// The year that was rated.
    pub year: i32,
    /// The rank.
    pub rank: Rank,
    /// The points.
    pub points: Option<Points>,
}

/// A centre's newest decided rating.
///
/// # Errors
/// What the database said.
pub fn latest_decided(tx: &mut Tx<'_>, centre: CentreId) -> Result<Option<Decided>> {
    let row: Option<(Id, i32, Option<String>, Option<i64>)> = ratings::table
        .filter(
            ratings::province_id
                .eq(tx.province())
                .and(ratings::centre_id.eq(Id::from(centre)).assume_not_null())
                .and(ratings::decided_rank.is_not_null()),
        )
        .order((ratings::year.desc(), ratings::id))
        .select((ratings::id, ratings::year, ratings::decided_rank, ratings::decided_points))
        .first(tx.conn)
        .optional()?;
    let Some((id, year, Some(rank), points)) = row else { return Ok(None) };
    Ok(Some(Decided { id: id.into(), year, rank: coded(&rank)?, points: points.and_then(Points::from_hundredths) }))
}

/// Stores a rating with the step that made it.
///
/// # Errors
/// `already_exists` when the centre or commune has one in the round: two would be counted twice.
pub fn insert(tx: &mut Tx<'_>, rating: &Rating, step: &RatingStep) -> Result<()> {
    let row = RatingRow::new(tx.province(), rating, 1)?;
    let twice = || {
        Problem::new(Code::AlreadyExists).detail(
            "Trung tâm (hoặc xã) này đã có hồ sơ trong đợt.",
            "The centre (or commune) has a rating in this round already.",
        )
    };
    let inserted = diesel::insert_into(ratings::table).values(&row).execute(tx.conn);
    inserted
        .on_unique("ratings_centre_key", "ratings.province_id, ratings.round_id, ratings.centre_id", twice)
        .or_else(|error| match error {
            Error::Query(other) => {
                Err(other).on_unique("ratings_commune_key", "ratings.province_id, ratings.round_id, ratings.commune_id", twice)
            }
            other => Err(other),
        })
        .or_else(|error| match error {
            Error::Query(other) => Err(other).on_unique("ratings_pkey", "ratings.province_id, ratings.id", || {
                Problem::new(Code::AlreadyExists).detail("Đã có hồ sơ với id này.", "A rating with this id exists.")
            }),
            other => Err(other),
        })?;
    if rating.cited() != Cited::default() {
        document::note_cited(tx, rating)?;
    }
    insert_step(tx, rating.id, step)
}

/// Stores a step and what it made of the rating, whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster: of two people one wins.
pub fn advance(tx: &mut Tx<'_>, rating: &Rating, revision: i64, step: &RatingStep) -> Result<()> {
    let row = RatingRow::new(tx.province(), rating, revision + 1)?;
    let target = ratings::table.find((tx.province(), Id::from(rating.id))).filter(ratings::revision.eq(revision));
    if diesel::update(target).set(&row).execute(tx.conn)? != 1 {
        return Err(Code::EtagMismatch.into());
    }
    document::note_cited(tx, rating)?;
    insert_step(tx, rating.id, step)
}

/// What a step holds beside its columns.
/// Every rating of a round that has left its centre or commune, with its revision: those that another route concerns.
///
/// # Errors
/// What the database said.
pub fn under_way(tx: &mut Tx<'_>, round: RoundId) -> Result<Vec<(Rating, i64)>> {
    let rows: Vec<RatingRow> = ratings::table
        .filter(ratings::province_id.eq(tx.province()).and(ratings::round_id.eq(Id::from(round))))
        .filter(ratings::stage.gt(0))
        .order(ratings::id)
        .load(tx.conn)?;
    rows.into_iter().map(RatingRow::rating).collect()
}

/// Stores where a rating stands on another route. That is no step of anybody in its history: the round keeps why.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn reroute(tx: &mut Tx<'_>, rating: &Rating, revision: i64) -> Result<()> {
    let row = RatingRow::new(tx.province(), rating, revision + 1)?;
    let target = ratings::table.find((tx.province(), Id::from(rating.id))).filter(ratings::revision.eq(revision));
    if diesel::update(target).set(&row).execute(tx.conn)? == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

#[derive(Serialize, Deserialize)]
struct StepDetail {
    criteria: Vec<String>,
    assessment: Option<Assessment>,
    decision: Option<Decision>,
}

fn insert_step(tx: &mut Tx<'_>, rating: RatingId, step: &RatingStep) -> Result<()> {
    let detail =
        StepDetail { criteria: step.criteria.clone(), assessment: step.assessment.clone(), decision: step.decision.clone() };
    let row = (
        rating_steps::province_id.eq(tx.province()),
        rating_steps::rating_id.eq(Id::from(rating)),
        rating_steps::seq.eq(step.seq),
        rating_steps::at.eq(Instant::from(step.at)),
        rating_steps::user_id.eq(Id::from(step.user_id)),
        rating_steps::acting_user_id.eq(step.acting_user_id.map(Id::from)),
        rating_steps::action.eq(step.action.map(Coded::code)),
        rating_steps::stage.eq(i32::try_from(step.stage).unwrap_or(i32::MAX)),
        rating_steps::from_state.eq(step.from_state.map(Coded::code)),
        rating_steps::to_state.eq(step.to_state.code()),
        rating_steps::reason.eq(step.reason.as_deref()),
        rating_steps::detail.eq(Doc::of(&detail)?),
    );
    diesel::insert_into(rating_steps::table).values(row).execute(tx.conn)?;
    Ok(())
}

type StepColumns = (i32, Instant, Id, Option<Id>, Option<String>, i32, Option<String>, String, Option<String>, Doc);

/// The history of a rating that was found in scope, oldest first.
///
/// # Errors
/// What the database said.
pub fn steps(tx: &mut Tx<'_>, rating: RatingId) -> Result<Vec<RatingStep>> {
    let rows: Vec<StepColumns> = rating_steps::table
        .filter(rating_steps::province_id.eq(tx.province()).and(rating_steps::rating_id.eq(Id::from(rating))))
        .order(rating_steps::seq)
        .select((
            rating_steps::seq,
            rating_steps::at,
            rating_steps::user_id,
            rating_steps::acting_user_id,
            rating_steps::action,
            rating_steps::stage,
            rating_steps::from_state,
            rating_steps::to_state,
            rating_steps::reason,
            rating_steps::detail,
        ))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(seq, at, user_id, acting_user_id, action, stage, from_state, to_state, reason, detail)| {
            let detail: StepDetail = detail.read()?;
            Ok(RatingStep {
                seq,
                at: at.into(),
                user_id: user_id.into(),
                acting_user_id: acting_user_id.map(UserId::from),
                action: action.as_deref().map(coded).transpose()?,
                stage: usize::try_from(stage).unwrap_or(usize::MAX),
                from_state: from_state.as_deref().map(coded).transpose()?,
                to_state: coded(&to_state)?,
                reason,
                criteria: detail.criteria,
                assessment: detail.assessment,
                decision: detail.decision,
            })
        })
        .collect()
}

/// Who took which steps of a rating, and the number of the last one.
///
/// # Errors
/// What the database said.
pub fn taken(tx: &mut Tx<'_>, rating: RatingId) -> Result<(Vec<TakenStep>, i32)> {
    let rows: Vec<(i32, i32, Instant, Id, Option<Id>)> = rating_steps::table
        .filter(rating_steps::province_id.eq(tx.province()).and(rating_steps::rating_id.eq(Id::from(rating))))
        .select((rating_steps::seq, rating_steps::stage, rating_steps::at, rating_steps::user_id, rating_steps::acting_user_id))
        .load(tx.conn)?;
    let last = rows.iter().map(|(seq, ..)| *seq).max().unwrap_or(0);
    let taken = rows
        .into_iter()
        .map(|(_, stage, at, user, acting)| TakenStep {
            stage: usize::try_from(stage).unwrap_or(usize::MAX),
            at: at.into(),
            hand: Hand { user_id: user.into(), acting_user_id: acting.map(UserId::from) },
        })
        .collect();
    Ok((taken, last))
}

/// Ratings of some rounds that are not decided yet, with the revisions of their records.
///
/// # Errors
/// What the database said.
pub fn undecided(tx: &mut Tx<'_>, rounds: &[RoundId]) -> Result<Vec<(Rating, i64)>> {
    let rounds: Vec<Id> = rounds.iter().map(|id| Id::from(*id)).collect();
    let decided = [RatingState::Decided, RatingState::Amended].map(Coded::code);
    let rows: Vec<RatingRow> = in_scope(tx)
        .filter(ratings::round_id.eq_any(rounds).and(ratings::state.ne_all(decided)))
        .order(ratings::id)
        .load(tx.conn)?;
    rows.into_iter().map(RatingRow::rating).collect()
}

/// Who took which steps of each rating of some rounds, and the number of its last one: [`taken`] for all of them in one statement.
///
/// # Errors
/// What the database said.
pub fn taken_in(tx: &mut Tx<'_>, rounds: &[RoundId]) -> Result<HashMap<RatingId, (Vec<TakenStep>, i32)>> {
    let rounds: Vec<Id> = rounds.iter().map(|id| Id::from(*id)).collect();
    let of_rating = ratings::province_id.eq(rating_steps::province_id).and(ratings::id.eq(rating_steps::rating_id));
    let rows: Vec<(Id, i32, i32, Instant, Id, Option<Id>)> = rating_steps::table
        .inner_join(ratings::table.on(of_rating))
        .filter(ratings::province_id.eq(tx.province()).and(ratings::round_id.eq_any(rounds)))
        .select((
            rating_steps::rating_id,
            rating_steps::seq,
            rating_steps::stage,
            rating_steps::at,
            rating_steps::user_id,
            rating_steps::acting_user_id,
        ))
        .load(tx.conn)?;
    let mut found: HashMap<RatingId, (Vec<TakenStep>, i32)> = HashMap::new();
    for (rating, seq, stage, at, user, acting) in rows {
        let (steps, last) = found.entry(rating.into()).or_default();
        let hand = Hand { user_id: user.into(), acting_user_id: acting.map(UserId::from) };
        steps.push(TakenStep { stage: usize::try_from(stage).unwrap_or(usize::MAX), at: at.into(), hand });
        *last = seq.max(*last);
    }
    Ok(found)
}

/// The centres that have a rating in a round.
///
/// # Errors
/// What the database said.
pub fn rated_centres(tx: &mut Tx<'_>, round: RoundId) -> Result<HashSet<CentreId>> {
    let rows: Vec<Option<Id>> = ratings::table
        .filter(ratings::province_id.eq(tx.province()).and(ratings::round_id.eq(Id::from(round))))
        .select(ratings::centre_id)
        .load(tx.conn)?;
    Ok(rows.into_iter().flatten().map(CentreId::from).collect())
}

/// The centres with a decided rating of a year.
///
/// # Errors
/// What the database said.
pub fn decided_centres(tx: &mut Tx<'_>, year: i32) -> Result<HashSet<CentreId>> {
    let rows: Vec<Option<Id>> = ratings::table
        .filter(ratings::province_id.eq(tx.province()).and(ratings::year.eq(year)).and(ratings::decided_rank.is_not_null()))
        .select(ratings::centre_id)
        .load(tx.conn)?;
    Ok(rows.into_iter().flatten().map(CentreId::from).collect())
}

/// The newest recognition of a commune before a year: its rank, and its decision's day or year's end.
///
/// # Errors
/// What the database said.
pub fn earlier_title(tx: &mut Tx<'_>, commune: UnitId, before: i32) -> Result<Option<(Rank, NaiveDate)>> {
    let row: Option<RatingRow> = ratings::table
        .filter(
            ratings::province_id
                .eq(tx.province())
                .and(ratings::commune_id.eq(Id::from(commune)))
                .and(ratings::centre_id.is_null()),
        )
        .filter(ratings::decided_rank.is_not_null().and(ratings::year.lt(before)))
        .order((ratings::year.desc(), ratings::id))
        .first(tx.conn)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let (rating, _) = row.rating()?;
    let rank = rating.decided.as_ref().and_then(|decided| decided.outcome).map(|outcome| outcome.rank);
    let day = rating.decision.map(|decision| decision.date).or_else(|| NaiveDate::from_ymd_opt(rating.year, 12, 31));
    Ok(rank.zip(day))
}
