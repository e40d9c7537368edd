//! Restructurings: drafts, previews, and what they do to the map and to every tenant on it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use htcd_domain::id::{CentreId, ProvinceId, RestructuringId, UnitId, UserId};
use htcd_domain::restructuring::effect::{Effect, EffectKind, EffectRule};
use htcd_domain::restructuring::{Restructuring, RestructuringCourse, RestructuringState};
use htcd_domain::{Code, Coded, Problem};
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::schema::{restructuring_effects, restructuring_placements, restructuring_previews, restructurings};
use crate::types::{Doc, Id, Instant, coded};

mod apply;
mod holdings;
mod map;
mod undo;

pub use apply::{apply, preview};
pub use undo::undo;

#[derive(Queryable, Insertable)]
#[diesel(table_name = restructurings)]
struct Row {
    province_id: Id,
    id: Id,
    title: String,
    effective_on: NaiveDate,
    content: Doc,
    state: String,
    previewed_at: Option<Instant>,
    applied_at: Option<Instant>,
    applied_by: Option<Id>,
    undone_at: Option<Instant>,
    undo_reason: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What has no column of its own.
#[derive(Serialize, Deserialize)]
struct Content {
    decision: htcd_domain::centre::Decision,
    units: Vec<htcd_domain::restructuring::UnitAfter>,
    successions: Vec<htcd_domain::restructuring::Passing>,
    ended_district_ids: Vec<UnitId>,
}

impl Content {
    fn of(draft: &Restructuring) -> Result<Doc> {
        Doc::of(&Self {
            decision: draft.decision.clone(),
            units: draft.units.clone(),
            successions: draft.successions.clone(),
            ended_district_ids: draft.ended_district_ids.clone(),
        })
    }
}

/// A stored restructuring.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Whose: the nil UUID for the nation's.
    pub owner: ProvinceId,
    /// Which one.
    pub id: RestructuringId,
    /// What it says.
    pub draft: Restructuring,
    /// What became of it.
    pub course: RestructuringCourse,
    /// The revision of its record.
    pub revision: i64,
}

fn stored(row: Row) -> Result<Stored> {
    let content: Content = row.content.read()?;
    Ok(Stored {
        owner: row.province_id.into(),
        id: row.id.into(),
        draft: Restructuring {
            id: Some(row.id.into()),
            title: row.title,
            effective_on: row.effective_on,
            decision: content.decision,
            units: content.units,
            successions: content.successions,
            ended_district_ids: content.ended_district_ids,
        },
        course: RestructuringCourse {
            state: coded(&row.state)?,
            previewed_at: row.previewed_at.map(DateTime::from),
            applied_at: row.applied_at.map(DateTime::from),
            undone_at: row.undone_at.map(DateTime::from),
            undo_reason: row.undo_reason,
        },
        revision: row.revision,
    })
}

/// A restructuring as lists show it.
#[derive(Debug, Clone)]
pub struct Head {
    /// Whether it is the nation's.
    pub national: bool,
    /// Which one.
    pub id: RestructuringId,
    /// What people call it.
    pub title: String,
    /// The first day of the new map.
    pub effective_on: NaiveDate,
    /// Where it stands.
    pub state: RestructuringState,
}

/// The tenant's restructurings and the nation's, newest day first.
///
/// # Errors
/// What the database said.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Head>> {
    let mut heads = own(tx)?;
    if !tx.scope().province_id.is_nation() {
        heads.extend(tx.within(ProvinceId::NATION, own)?);
        heads.sort_by_key(|head| (std::cmp::Reverse(head.effective_on), head.id));
    }
    Ok(heads)
}

fn own(tx: &mut Tx<'_>) -> Result<Vec<Head>> {
    let national = tx.scope().province_id.is_nation();
    let rows: Vec<(Id, String, NaiveDate, String)> = restructurings::table
        .filter(restructurings::province_id.eq(tx.province()))
        .order((restructurings::effective_on.desc(), restructurings::id))
        .select((restructurings::id, restructurings::title, restructurings::effective_on, restructurings::state))
        .load(tx.conn)?;
    let head = |(id, title, effective_on, state): (Id, String, NaiveDate, String)| {
        Ok(Head { national, id: id.into(), title, effective_on, state: coded(&state)? })
    };
    rows.into_iter().map(head).collect()
}

/// One restructuring of the tenant or the nation.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: RestructuringId) -> Result<Option<Stored>> {
    let find_own = |tx: &mut Tx<'_>| {
        let row: Option<Row> = restructurings::table.find((tx.province(), Id::from(id))).first(tx.conn).optional()?;
        row.map(stored).transpose()
    };
    match find_own(tx)? {
        None if !tx.scope().province_id.is_nation() => tx.within(ProvinceId::NATION, find_own),
        found => Ok(found),
    }
}

/// Stores a draft.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert(tx: &mut Tx<'_>, id: RestructuringId, draft: &Restructuring, at: DateTime<Utc>) -> Result<()> {
    let row = Row {
        province_id: tx.province(),
        id: id.into(),
        title: draft.title.clone(),
        effective_on: draft.effective_on,
        content: Content::of(draft)?,
        state: RestructuringState::Draft.code().to_owned(),
        previewed_at: None,
        applied_at: None,
        applied_by: None,
        undone_at: None,
        undo_reason: None,
        revision: 1,
        created_at: at.into(),
        updated_at: at.into(),
    };
    let taken = || {
        Problem::new(Code::AlreadyExists).detail("Đã có việc sắp xếp với id này.", "A restructuring with this id exists already.")
    };
    let inserted = diesel::insert_into(restructurings::table).values(&row).execute(tx.conn);
    inserted.on_unique("restructurings_pkey", "restructurings.province_id, restructurings.id", taken).or_else(
        |error| match error {
            crate::Error::Query(other) => Err(other).on_unique("restructurings_id_key", "restructurings.id", taken),
            other => Err(other),
        },
    )?;
    Ok(())
}

/// Stores another content of a draft: a preview that there was is gone.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn rewrite(tx: &mut Tx<'_>, before: &Stored, draft: &Restructuring, at: DateTime<Utc>) -> Result<()> {
    let open = [RestructuringState::Draft.code(), RestructuringState::Previewed.code()];
    let row = restructurings::table
        .find((tx.province(), Id::from(before.id)))
        .filter(restructurings::revision.eq(before.revision).and(restructurings::state.eq_any(open)));
    let changed = diesel::update(row)
        .set((
            restructurings::title.eq(&draft.title),
            restructurings::effective_on.eq(draft.effective_on),
            restructurings::content.eq(Content::of(draft)?),
            restructurings::state.eq(RestructuringState::Draft.code()),
            restructurings::previewed_at.eq(None::<Instant>),
            restructurings::revision.eq(before.revision + 1),
            restructurings::updated_at.eq(Instant::from(at)),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

/// Removes a draft, with its preview and what people said about it.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn remove(tx: &mut Tx<'_>, before: &Stored) -> Result<()> {
    let row =
        restructurings::table.find((tx.province(), Id::from(before.id))).filter(restructurings::revision.eq(before.revision));
    let removed = diesel::delete(row).execute(tx.conn)?;
    if removed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

/// Which effects a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct EffectFilter {
    /// Of this kind.
    pub kind: Option<EffectKind>,
    /// By this rule.
    pub rule: Option<EffectRule>,
}

/// A page of the effects on the tenant, after a place in their order.
///
/// # Errors
/// What the database said.
pub fn effects(
    tx: &mut Tx<'_>,
    id: RestructuringId,
    filter: EffectFilter,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, Effect)>> {
    let mut query = restructuring_effects::table
        .filter(restructuring_effects::province_id.eq(tx.province()))
        .filter(restructuring_effects::restructuring_id.eq(Id::from(id)))
        .into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(restructuring_effects::kind.eq(kind.code()));
    }
    if let Some(rule) = filter.rule {
        query = query.filter(restructuring_effects::rule.eq(rule.code()));
    }
    if let Some(after) = after {
        query = query.filter(restructuring_effects::seq.gt(after));
    }
    let query = query.order(restructuring_effects::seq).limit(limit);
    let rows: Vec<(i64, Doc)> = query.select((restructuring_effects::seq, restructuring_effects::effect)).load(tx.conn)?;
    rows.into_iter().map(|(seq, effect)| Ok((seq, effect.read()?))).collect()
}

/// How many effects there are on the tenant, by kind and rule.
///
/// # Errors
/// What the database said.
pub fn counts(tx: &mut Tx<'_>, id: RestructuringId) -> Result<Vec<(EffectKind, EffectRule, i64)>> {
    let rows: Vec<(String, String, i64)> = restructuring_effects::table
        .filter(restructuring_effects::province_id.eq(tx.province()))
        .filter(restructuring_effects::restructuring_id.eq(Id::from(id)))
        .group_by((restructuring_effects::kind, restructuring_effects::rule))
        .select((restructuring_effects::kind, restructuring_effects::rule, diesel::dsl::count_star()))
        .load(tx.conn)?;
    let mut counts = rows
        .into_iter()
        .map(|(kind, rule, count)| Ok((coded(&kind)?, coded(&rule)?, count)))
        .collect::<Result<Vec<(EffectKind, EffectRule, i64)>>>()?;
    counts.sort_unstable_by_key(|(kind, rule, _)| (*kind as usize, *rule as usize));
    Ok(counts)
}

/// Remembers where a person said that a centre lies.
///
/// # Errors
/// What the database said.
pub fn choose(
    tx: &mut Tx<'_>,
    id: RestructuringId,
    centre: CentreId,
    commune: UnitId,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = restructuring_placements::table.find((tx.province(), Id::from(id), Id::from(centre)));
    diesel::delete(row).execute(tx.conn)?;
    let row = (
        restructuring_placements::province_id.eq(tx.province()),
        restructuring_placements::restructuring_id.eq(Id::from(id)),
        restructuring_placements::centre_id.eq(Id::from(centre)),
        restructuring_placements::commune_id.eq(Id::from(commune)),
        restructuring_placements::placed_by.eq(Id::from(by)),
        restructuring_placements::placed_at.eq(Instant::from(at)),
    );
    diesel::insert_into(restructuring_placements::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Moves a restructuring on.
fn set_course(
    tx: &mut Tx<'_>,
    before: &Stored,
    course: &RestructuringCourse,
    by: Option<UserId>,
    at: DateTime<Utc>,
) -> Result<()> {
    let row = restructurings::table
        .find((Id::from(before.owner), Id::from(before.id)))
        .filter(restructurings::revision.eq(before.revision));
    let changed = diesel::update(row)
        .set((
            restructurings::state.eq(course.state.code()),
            restructurings::previewed_at.eq(course.previewed_at.map(Instant::from)),
            restructurings::applied_at.eq(course.applied_at.map(Instant::from)),
            restructurings::undone_at.eq(course.undone_at.map(Instant::from)),
            restructurings::undo_reason.eq(&course.undo_reason),
            restructurings::revision.eq(before.revision + 1),
            restructurings::updated_at.eq(Instant::from(at)),
        ))
        .execute(tx.conn)?;
    if changed != 1 {
        return Err(Code::EtagMismatch.into());
    }
    if let Some(by) = by {
        diesel::update(restructurings::table.find((Id::from(before.owner), Id::from(before.id))))
            .set(restructurings::applied_by.eq(Id::from(by)))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Replaces the tenant's part of a preview.
fn store_preview(tx: &mut Tx<'_>, id: RestructuringId, digest: &str, effects: &[Effect]) -> Result<()> {
    drop_preview(tx, id)?;
    let row = (
        restructuring_previews::province_id.eq(tx.province()),
        restructuring_previews::restructuring_id.eq(Id::from(id)),
        restructuring_previews::digest.eq(digest),
        restructuring_previews::effects.eq(i64::try_from(effects.len()).unwrap_or(i64::MAX)),
    );
    diesel::insert_into(restructuring_previews::table).values(row).execute(tx.conn)?;
    let (province_id, restructuring_id) = (tx.province(), Id::from(id));
    let rows = effects.iter().zip(1i64..).map(|(effect, seq)| {
        Ok(EffectRow {
            province_id,
            restructuring_id,
            seq,
            kind: effect.kind.code().to_owned(),
            rule: effect.rule.code().to_owned(),
            subject_id: Id(effect.subject_id),
            effect: Doc::of(effect)?,
        })
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    for chunk in rows.chunks(1000) {
        on_backend!(tx.conn, |c| diesel::insert_into(restructuring_effects::table).values(chunk).execute(c))?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = restructuring_effects)]
struct EffectRow {
    province_id: Id,
    restructuring_id: Id,
    seq: i64,
    kind: String,
    rule: String,
    subject_id: Id,
    effect: Doc,
}

fn drop_preview(tx: &mut Tx<'_>, id: RestructuringId) -> Result<()> {
    // What hangs on it first: SQLite's and PostgreSQL's cascades do the same, and saying it costs nothing.
    diesel::delete(
        restructuring_effects::table
            .filter(restructuring_effects::province_id.eq(tx.province()))
            .filter(restructuring_effects::restructuring_id.eq(Id::from(id))),
    )
    .execute(tx.conn)?;
    diesel::delete(restructuring_previews::table.find((tx.province(), Id::from(id)))).execute(tx.conn)?;
    Ok(())
}

fn digest_of(tx: &mut Tx<'_>, id: RestructuringId) -> Result<Option<String>> {
    let row = restructuring_previews::table.find((tx.province(), Id::from(id)));
    Ok(row.select(restructuring_previews::digest).first(tx.conn).optional()?)
}

/// What a preview says of a centre.
///
/// # Errors
/// What the database said.
pub fn effect_on(tx: &mut Tx<'_>, id: RestructuringId, centre: CentreId) -> Result<Option<(i64, Effect)>> {
    let row: Option<(i64, Doc)> = restructuring_effects::table
        .filter(restructuring_effects::province_id.eq(tx.province()))
        .filter(restructuring_effects::restructuring_id.eq(Id::from(id)))
        .filter(restructuring_effects::kind.eq(EffectKind::Centre.code()))
        .filter(restructuring_effects::subject_id.eq(Id::from(centre)))
        .order(restructuring_effects::seq)
        .select((restructuring_effects::seq, restructuring_effects::effect))
        .first(tx.conn)
        .optional()?;
    row.map(|(seq, effect)| Ok((seq, effect.read()?))).transpose()
}

/// Places a centre that was left open when the restructuring was applied.
///
/// # Errors
/// What the database said.
pub fn place_open(tx: &mut Tx<'_>, id: RestructuringId, seq: i64, settled: &Effect, at: DateTime<Utc>) -> Result<()> {
    diesel::update(restructuring_effects::table.find((tx.province(), Id::from(id), seq)))
        .set((restructuring_effects::rule.eq(settled.rule.code()), restructuring_effects::effect.eq(Doc::of(settled)?)))
        .execute(tx.conn)?;
    apply::move_centre(tx, settled, at)
}
