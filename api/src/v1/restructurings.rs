//! Restructurings: drafted, previewed, applied, undone.

use std::sync::Arc;

use actix_web::{delete, get, post, put};
use chrono::NaiveDate;
use htcd_domain::id::{CentreId, ProvinceId, RestructuringId, UnitId};
use htcd_domain::rating::AllowedAction;
use htcd_domain::restructuring::effect::{Effect, EffectKind, EffectRule};
use htcd_domain::restructuring::{
    ApplyRestructuring, Passing, PlaceCentre, Restructuring, RestructuringCourse, RestructuringState, UndoRestructuring,
    UnitAfter, lineage,
};
use htcd_domain::text::Label;
use htcd_domain::unit::UnitMap;
use htcd_domain::user::named;
use htcd_domain::{Code, Coded, Fault, Problem, unit_import};
use htcd_persistence::restructuring::{self, EffectFilter, Stored};
use htcd_persistence::{Change, Error, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, page_size, read_cursor, write_cursor};
use crate::permit::{Permit, UnitsRestructure};
use crate::problem::{ProblemView, Refusal};
use crate::progress::RunningAct;
use crate::state::App;

/// A restructuring in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestructuringHead {
    /// Which one.
    id: RestructuringId,
    /// Whether it is the nation's.
    national: bool,
    /// What people call it.
    #[schema(example = "Sắp xếp đơn vị hành chính cấp xã của tỉnh Quảng Ninh năm 2027")]
    title: String,
    /// The first day of the new map.
    effective_on: NaiveDate,
    /// Where it stands.
    state: RestructuringState,
}

/// How many things a restructuring changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct EffectCount {
    /// Of what kind.
    kind: EffectKind,
    /// By which rule.
    rule: EffectRule,
    /// How many.
    #[schema(example = 12)]
    count: i64,
}

/// A restructuring.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestructuringView {
    /// Which one.
    id: RestructuringId,
    /// Whether it is the nation's.
    national: bool,
    /// What people call it.
    #[schema(example = "Sắp xếp đơn vị hành chính cấp xã của tỉnh Quảng Ninh năm 2027")]
    title: String,
    /// The first day of the new map.
    effective_on: NaiveDate,
    /// The resolution or decision behind it.
    decision: htcd_domain::centre::Decision,
    /// Units as they are from that day on.
    units: Vec<UnitAfter>,
    /// What goes from where to where.
    successions: Vec<Passing>,
    /// Districts that end without a successor.
    ended_district_ids: Vec<UnitId>,
    #[serde(flatten)]
    course: RestructuringCourse,
    /// What it changes in one's own province, as it was last worked out.
    effects: Vec<EffectCount>,
    /// What may be done with it now.
    allowed_actions: Vec<AllowedAction>,
}

fn view(permit: &Permit<UnitsRestructure>, tx: &mut Tx<'_>, stored: Stored) -> htcd_persistence::Result<RestructuringView> {
    let counted = restructuring::counts(tx, stored.id)?;
    let effective_on = stored.draft.effective_on;
    let mut allowed_actions = stored.course.allowed(effective_on, permit.today());
    if stored.owner != permit.scope().province_id {
        // A province sees the nation's restructurings and says where its centres lie; the rest is the platform's.
        allowed_actions.clear();
    }
    Ok(RestructuringView {
        id: stored.id,
        national: stored.owner.is_nation(),
        title: stored.draft.title,
        effective_on,
        decision: stored.draft.decision,
        units: stored.draft.units,
        successions: stored.draft.successions,
        ended_district_ids: stored.draft.ended_district_ids,
        course: stored.course,
        effects: counted.into_iter().map(|(kind, rule, count)| EffectCount { kind, rule, count }).collect(),
        allowed_actions,
    })
}

fn answer(permit: &Permit<UnitsRestructure>, tx: &mut Tx<'_>, id: RestructuringId) -> htcd_persistence::Result<Answer> {
    let stored = restructuring::find(tx, id)?.ok_or(Code::NotFound)?;
    let revision = stored.revision;
    Ok(Answer::resource(&view(permit, tx, stored)?, revision))
}

/// One of the tenant's own, as its author saw it.
fn own(
    permit: &Permit<UnitsRestructure>,
    tx: &mut Tx<'_>,
    id: RestructuringId,
    if_match: &IfMatch,
) -> htcd_persistence::Result<Stored> {
    let stored = restructuring::find(tx, id)?.ok_or(Code::NotFound)?;
    if stored.owner != permit.scope().province_id {
        return Err(Problem::new(Code::OutsideScope)
            .detail(
                "Việc sắp xếp của cả nước do quản trị nền tảng thực hiện; tỉnh chỉ xác định vị trí trung tâm của mình.",
                "The nation's restructurings are the platform's; a province says where its own centres lie.",
            )
            .into());
    }
    if_match.check(stored.revision)?;
    Ok(stored)
}

/// Refuses an act that the restructuring is not ready for, with why.
fn check_allowed(permit: &Permit<UnitsRestructure>, stored: &Stored, action: &str) -> htcd_persistence::Result<()> {
    let allowed = stored.course.allowed(stored.draft.effective_on, permit.today());
    let Some(refused) = allowed.iter().find(|known| known.action == action && !known.allowed) else { return Ok(()) };
    let detail = refused.reasons.first().map(|reason| Box::new(reason.detail.clone()));
    let reason = refused.reasons.first().map(|reason| reason.code.clone());
    Err(Problem { detail, ..Problem::new(Code::StateConflict) }
        .with("state", stored.course.state)
        .with("reason", reason)
        .with("allowed_actions", allowed)
        .into())
}

/// The own province's restructurings and the nation's, newest day first.
#[utoipa::path(tag = "restructurings", responses((status = 200, description = "Restructurings.", body = [RestructuringHead])), security(("oauth2" = ["units:restructure"])))]
#[get("/v1/restructurings")]
pub async fn list_restructurings(permit: Permit<UnitsRestructure>) -> Result<Answer, Refusal> {
    permit
        .read(|_, tx| {
            let all = restructuring::all(tx)?.into_iter();
            let heads: Vec<_> = all
                .map(|head| RestructuringHead {
                    id: head.id,
                    national: head.national,
                    title: head.title,
                    effective_on: head.effective_on,
                    state: head.state,
                })
                .collect();
            Ok(Answer::json(&heads))
        })
        .await
}

/// One restructuring, with how much it changes in one's own province.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring.")), responses((status = 200, description = "The restructuring.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[get("/v1/restructurings/{restructuring_id}")]
pub async fn get_restructuring(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
) -> Result<Answer, Refusal> {
    permit.read(move |permit, tx| answer(permit, tx, id)).await
}

fn store(permit: &Permit<UnitsRestructure>, tx: &mut Tx<'_>, draft: Restructuring) -> htcd_persistence::Result<Change<Answer>> {
    // On the map it is checked when it is previewed.
    draft.check_days(permit.today())?;
    let id = draft.id.unwrap_or_else(|| permit.new_id());
    restructuring::insert(tx, id, &draft, permit.now())?;
    let created = answer(permit, tx, id)?.at(format!("/v1/restructurings/{id}"));
    let summary = summary(&draft);
    Ok(Change::created(created, "restructuring", id, &summary).apart_from_figures())
}

/// What the audit trail keeps of a draft: the rows of a national one would be megabytes each time.
fn summary(draft: &Restructuring) -> serde_json::Value {
    let rows = if draft.units.len() + draft.successions.len() <= 200 {
        json!({ "units": draft.units, "successions": draft.successions, "ended_district_ids": draft.ended_district_ids })
    } else {
        json!({ "units": draft.units.len(), "successions": draft.successions.len(), "ended_districts": draft.ended_district_ids.len() })
    };
    json!({ "title": draft.title, "effective_on": draft.effective_on, "decision": draft.decision, "rows": rows })
}

/// Draft a restructuring: units as they are from a day on, and what goes from where to where.
///
/// A province drafts what happens to its own communes, the platform everything else. Nothing changes until it is applied.
#[utoipa::path(tag = "restructurings", request_body = Restructuring, responses((status = 201, description = "The draft.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[post("/v1/restructurings")]
pub async fn create_restructuring(permit: Permit<UnitsRestructure>, Body(body): Body<Restructuring>) -> Result<Answer, Refusal> {
    permit.write(move |permit, tx| store(permit, tx, body)).await
}

/// A restructuring out of two files.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LineageImport {
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Sắp xếp đơn vị hành chính ngày 1/7/2025", min_length = 1, max_length = 200)]
    title: String,
    /// The first day of the new map.
    effective_on: NaiveDate,
    /// The resolution or decision behind it.
    #[validate(nested)]
    decision: htcd_domain::centre::Decision,
    /// The units of both maps, as `units.csv` of the reference data: code, level, type_vi, name_vi, name_en, parent_code,
    /// valid_from, valid_to, era, region_class.
    #[validate(length(min = 1, max = 4_000_000))]
    #[schema(
        example = "code,level,type_vi,name_vi,name_en,parent_code,valid_from,valid_to,era,region_class\n",
        min_length = 1,
        max_length = 4_000_000
    )]
    units_csv: String,
    /// What goes from where to where, as `lineage.csv` of the reference data: old_era, old_code, new_era, new_code, kind, level,
    /// extent.
    #[validate(length(min = 1, max = 4_000_000))]
    #[schema(example = "old_era,old_code,new_era,new_code,kind,level,extent\n", min_length = 1, max_length = 4_000_000)]
    lineage_csv: String,
}

fn file_fault(fault: &unit_import::RowFault) -> Fault {
    let pointer = if fault.file == "units.csv" { "/units_csv" } else { "/lineage_csv" };
    let at = format!("{}:{} ({})", fault.file, fault.line, fault.column);
    Fault::body(
        pointer,
        "file_row",
        Label::new(
            format!("{at}: dòng không đọc được hoặc không khớp bản đồ: {}.", fault.message),
            format!("{at}: {}.", fault.message),
        ),
    )
}

/// Draft a restructuring from a lineage file: the two files that the maps of 2024 and 2025 are given out as.
///
/// Rows of the old map are found by their code on the map of the day before; rows of the new one begin units. Every fault is named
/// by file, line and column.
#[utoipa::path(tag = "restructurings", request_body = LineageImport, responses((status = 201, description = "The draft.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[post("/v1/restructurings/import_lineage")]
pub async fn import_restructuring(permit: Permit<UnitsRestructure>, Body(body): Body<LineageImport>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let faults = |faults: Vec<unit_import::RowFault>| Problem::invalid(faults.iter().take(200).map(file_fault).collect());
            let read = unit_import::read(body.units_csv.as_bytes(), body.lineage_csv.as_bytes(), &UnitMap::default(), || {
                permit.new_id()
            });
            let read = read.map_err(faults)?;
            let found = lineage::draft(&read, &permit.atlas().map, body.effective_on).map_err(faults)?;
            let draft = Restructuring {
                id: None,
                title: body.title,
                effective_on: body.effective_on,
                decision: body.decision,
                units: found.units,
                successions: found.successions,
                ended_district_ids: found.ended_district_ids,
            };
            store(permit, tx, draft)
        })
        .await
}

/// Write a draft anew. A preview that there was is gone.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring."), IfMatchHeader), request_body = Restructuring, responses((status = 200, description = "The draft.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[put("/v1/restructurings/{restructuring_id}")]
pub async fn replace_restructuring(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    if_match: IfMatch,
    Body(body): Body<Restructuring>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let before = own(permit, tx, id, &if_match)?;
            check_allowed(permit, &before, "change")?;
            body.check_days(permit.today())?;
            restructuring::rewrite(tx, &before, &body, permit.now())?;
            let (was, is) = (summary(&before.draft), summary(&body));
            Ok(Change::updated(answer(permit, tx, id)?, "restructuring", id, &was, &is).apart_from_figures())
        })
        .await
}

/// Remove a draft. What was applied stays, also when it was undone.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["units:restructure"])))]
#[delete("/v1/restructurings/{restructuring_id}")]
pub async fn delete_restructuring(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let before = own(permit, tx, id, &if_match)?;
            check_allowed(permit, &before, "change")?;
            restructuring::remove(tx, &before)?;
            Ok(Change::removed(Answer::nothing(), "restructuring", id, &summary(&before.draft)).apart_from_figures())
        })
        .await
}

/// Check a draft on the map of this moment, and work out everything that it changes.
///
/// Every fault is named at its row. Otherwise each centre, grant, open rating, plan, deadline and figure that changes can be read
/// below `effects`, by the province that it belongs to.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring."), IfMatchHeader), responses((status = 200, description = "The restructuring, previewed.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[post("/v1/restructurings/{restructuring_id}/preview")]
pub async fn preview_restructuring(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    let turn = permit.shared().progress.begin(id, "preview", permit.now());
    permit
        .write(move |permit, tx| {
            let before = own(permit, tx, id, &if_match)?;
            check_allowed(permit, &before, "preview")?;
            let told = |done: usize, total: usize| turn.tell(done, total);
            let course = restructuring::preview(tx, &before, permit.today(), permit.now(), &told)?;
            Ok(Change::updated(answer(permit, tx, id)?, "restructuring", id, &before.course, &course).apart_from_figures())
        })
        .await
}

/// Apply a restructuring that was previewed: all of it or nothing.
///
/// Refused when anything that it changes has moved since the preview. History stays as it is: units that end keep their versions,
/// new ones are added, and each centre gets a placement on the new map.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring."), IfMatchHeader), request_body = ApplyRestructuring, responses((status = 200, description = "The restructuring, in force.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[post("/v1/restructurings/{restructuring_id}/apply")]
pub async fn apply_restructuring(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    if_match: IfMatch,
    Body(body): Body<ApplyRestructuring>,
) -> Result<Answer, Refusal> {
    let app = Arc::clone(permit.shared());
    let turn = app.progress.begin(id, "apply", permit.now());
    let answer = permit
        .write_several(move |permit, tx| {
            let before = own(permit, tx, id, &if_match)?;
            check_allowed(permit, &before, "apply")?;
            let told = |done: usize, total: usize| turn.tell(done, total);
            restructuring::apply(tx, &before, &body, permit.author(), permit.today(), &told)?;
            Ok((answer(permit, tx, id)?, vec![]))
        })
        .await?;
    App::blocking(move || app.reload_atlas()).await?;
    Ok(answer)
}

/// Take an applied restructuring back: every number is again what it was.
///
/// Possible until a round is closed on the new map, and while no record but ratings names the units that it began.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring."), IfMatchHeader), request_body = UndoRestructuring, responses((status = 200, description = "The restructuring, undone.", body = RestructuringView)), security(("oauth2" = ["units:restructure"])))]
#[post("/v1/restructurings/{restructuring_id}/undo")]
pub async fn undo_restructuring(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    if_match: IfMatch,
    Body(body): Body<UndoRestructuring>,
) -> Result<Answer, Refusal> {
    let app = Arc::clone(permit.shared());
    let turn = app.progress.begin(id, "undo", permit.now());
    let answer = permit
        .write_several(move |permit, tx| {
            let before = own(permit, tx, id, &if_match)?;
            check_allowed(permit, &before, "undo")?;
            let told = |done: usize, total: usize| turn.tell(done, total);
            restructuring::undo(tx, &before, &body, permit.author(), &told)?;
            Ok((answer(permit, tx, id)?, vec![]))
        })
        .await?;
    App::blocking(move || app.reload_atlas()).await?;
    Ok(answer)
}

/// What is being done with a restructuring.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestructuringProgress {
    /// Which restructuring.
    pub restructuring_id: RestructuringId,
    /// The act that is running; `null` when none is.
    pub running: Option<RunningAct>,
}

/// How far a preview, an application or its undoing is, while it runs.
///
/// It is one transaction, of which nobody sees anything before its end. This is what the server that does it knows: where several
/// serve, ask the one that was sent the act.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring.")), responses((status = 200, description = "How far it is.", body = RestructuringProgress)), security(("oauth2" = ["units:restructure"])))]
#[get("/v1/restructurings/{restructuring_id}/progress")]
pub async fn get_restructuring_progress(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            restructuring::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&RestructuringProgress { restructuring_id: id, running: permit.app().progress.of(id) }))
        })
        .await
}

/// Which effects to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEffects {
    /// Of this kind.
    kind: Option<EffectKind>,
    /// By this rule; `open` with `kind=centre` is the list of what is still to be done.
    rule: Option<EffectRule>,
    /// How many to a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// What a restructuring changes in one's own province, thing by thing, with before and after; once it is applied, what it changed.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring."), ListEffects), responses((status = 200, description = "Effects.", body = Page<Effect>)), security(("oauth2" = ["units:restructure"])))]
#[get("/v1/restructurings/{restructuring_id}/effects")]
pub async fn list_restructuring_effects(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    Params(params): Params<ListEffects>,
) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let after: Option<i64> = read_cursor(params.cursor.as_deref())?;
    let filter = EffectFilter { kind: params.kind, rule: params.rule };
    permit
        .read(move |_, tx| {
            restructuring::find(tx, id)?.ok_or(Code::NotFound)?;
            let found = restructuring::effects(tx, id, filter, after, limit + 1)?;
            let page = Page::new(found, limit, |(seq, _)| write_cursor(seq));
            let items: Vec<Effect> = page.items.into_iter().map(|(_, effect)| effect).collect();
            Ok(Answer::json(&Page { items, next: page.next, count: None }))
        })
        .await
}

/// Where centres of divided communes lie.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlaceCentres {
    /// Each centre with its commune.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<PlaceCentre>,
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceResult {
    /// The centre.
    centre_id: CentreId,
    /// The status that it alone would have answered with.
    #[schema(example = 200)]
    status: u16,
    /// Why it was not placed.
    problem: Option<ProblemView>,
}

/// What became of all of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceResults {
    /// How many were placed.
    placed: usize,
    /// How many were refused.
    refused: usize,
    /// Each, in the order asked for.
    results: Vec<PlaceResult>,
}

/// Say in which commune centres lie whose own commune is divided: before a restructuring is applied, or after it, when they were
/// left open. Each stands on its own.
///
/// Before it is applied, preview it again afterwards: what is applied is what was previewed.
#[utoipa::path(tag = "restructurings", params(("restructuring_id" = RestructuringId, Path, description = "The restructuring.")), request_body = PlaceCentres, responses((status = 200, description = "What became of each.", body = PlaceResults)), security(("oauth2" = ["units:restructure"])))]
#[post("/v1/restructurings/{restructuring_id}/placements")]
pub async fn place_centres(
    permit: Permit<UnitsRestructure>,
    Segments(id): Segments<RestructuringId>,
    Body(body): Body<PlaceCentres>,
) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let stored = restructuring::find(tx, id)?.ok_or(Code::NotFound)?;
            let (mut results, mut changes) = (Vec::new(), Vec::new());
            for item in body.items {
                let centre_id = item.centre_id;
                match tx.savepoint(|tx| place(permit, tx, &stored, &item)) {
                    Ok(change) => {
                        results.push(PlaceResult { centre_id, status: 200, problem: None });
                        changes.push(change);
                    }
                    Err(Error::Refused(problem)) => {
                        let view = Refusal::from(*problem).view(permit.language(), permit.request_id());
                        results.push(PlaceResult { centre_id, status: view.status, problem: Some(view) });
                    }
                    Err(other) => return Err(other),
                }
            }
            let placed = changes.len();
            let answer = Answer::json(&PlaceResults { placed, refused: results.len() - placed, results });
            Ok((answer, changes))
        })
        .await
}

fn place(
    permit: &Permit<UnitsRestructure>,
    tx: &mut Tx<'_>,
    stored: &Stored,
    item: &PlaceCentre,
) -> htcd_persistence::Result<Change<()>> {
    let not_divided = || {
        Problem::rule(
            "/centre_id",
            "centre_in_divided_commune",
            "Trung tâm này không nằm ở xã bị chia trong lần sắp xếp này (đã xem trước).",
            "The centre does not lie in a commune that this restructuring, as previewed, divides.",
        )
    };
    if stored.course.state == RestructuringState::Undone
        || stored.owner.is_nation() && permit.scope().province_id == ProvinceId::NATION
    {
        return Err(not_divided().into());
    }
    let (seq, effect) = restructuring::effect_on(tx, stored.id, item.centre_id)?.ok_or_else(not_divided)?;
    if effect.candidate_ids.is_empty() {
        return Err(not_divided().into());
    }
    if !effect.candidate_ids.contains(&item.commune_id) {
        let map = &permit.atlas().map;
        let names: Vec<_> = effect.candidate_ids.iter().map(|id| map.name(*id, effect.from).to_owned()).collect();
        let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let names = names.join(", ");
        return Err(Problem::rule(
            "/commune_id",
            "one_of_the_successors",
            format!("Chọn một trong các xã, phường đã nhận một phần của xã cũ. {names}"),
            format!("Choose one of the communes that took a part of the old one. {names}"),
        )
        .into());
    }
    if stored.course.state != RestructuringState::Applied {
        restructuring::choose(tx, stored.id, item.centre_id, item.commune_id, permit.caller().user_id, permit.now())?;
        let said = json!({ "centre_id": item.centre_id, "commune_id": item.commune_id });
        return Ok(Change::created((), "restructuring_placement", stored.id, &said).apart_from_figures());
    }
    if effect.rule != EffectRule::Open {
        let label = EffectRule::Chosen.label();
        return Err(Problem::new(Code::StateConflict)
            .detail(
                format!(
                    "Trung tâm đã có vị trí trên bản đồ mới ({}). Muốn chuyển, dùng thao tác chuyển địa điểm của trung tâm.",
                    label.vi
                ),
                "The centre has its place on the new map already. To move it, use the placements of the centre.".to_owned(),
            )
            .into());
    }
    let name = permit.atlas().map.name(item.commune_id, effect.from).to_owned();
    let settled = effect.chosen(item.commune_id, name);
    restructuring::choose(tx, stored.id, item.centre_id, item.commune_id, permit.caller().user_id, permit.now())?;
    restructuring::place_open(tx, stored.id, seq, &settled, permit.now())?;
    Ok(Change::updated((), "centre", item.centre_id, &effect.before, &settled.after))
}
