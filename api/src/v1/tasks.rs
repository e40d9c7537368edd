//! What the caller has to do next. Computed from their rights and the state of things: nothing here writes.
//!
//! Rights that reach over a whole province (deciding, verifying, accepting) are looked at in a fixed number of statements. The rest
//! (writing, approving) belongs to roles of a commune or a centre, and is looked at thing by thing.

mod money;
mod papers;
mod ratings;

use std::collections::BTreeMap;

use actix_web::get;
use chrono::{Datelike as _, Days, NaiveDate};
use htcd_domain::access::{Permission, Scope};
use htcd_domain::calendar::{Deadlines, DueKind, Extensions, MoreTime, extended, furthest};
use htcd_domain::centre::Centre;
use htcd_domain::completeness::{Asked, CompletenessFacts, CompletenessItem, CompletenessState};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::restructuring::RestructuringState;
use htcd_domain::restructuring::effect::{EffectKind, EffectRule};
use htcd_domain::task::{Task, TaskAct, TaskKind, TaskOrder, TaskPlace, comparable};
use htcd_persistence::record::Whose;
use htcd_persistence::restructuring::EffectFilter;
use htcd_persistence::{Result as Stored, Tx, calendar, completeness, extension, finding, restructuring};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Params, page_size, read_cursor, write_cursor};
use crate::permit::{CentresRead, Permit};
use crate::problem::Refusal;

/// How long before its day something that was not begun becomes a task.
const AHEAD: Days = Days::new(92);

/// Which tasks a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTasks {
    /// Of this kind.
    kind: Option<TaskKind>,
    /// At this centre.
    centre_id: Option<CentreId>,
    /// In this unit.
    unit_id: Option<UnitId>,
    /// Only those whose day is over, or only those whose day is not.
    overdue: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What the caller has to do next, and may do now: what, where, by when, where it is read, and by which request it is done. The next day
/// comes first, what has none last.
///
/// Ratings to begin, fill in, hand in, correct, verify and decide; reports, plans, estimates and settlements to begin, finish, hand in,
/// correct, approve and accept; centres to place on a new map. What was not begun becomes a task 92 days before its day, where somebody
/// gives a day for it. Nothing is stored: a task is gone once it is done.
#[utoipa::path(tag = "deadlines", params(ListTasks), responses((status = 200, description = "A page of tasks.", body = Page<Task>)), security(("oauth2" = ["centres:read"])))]
#[get("/v1/tasks")]
pub async fn list_tasks(permit: Permit<CentresRead>, Params(params): Params<ListTasks>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let after: Option<TaskOrder> = read_cursor(params.cursor.as_deref())?;
    permit
        .report(move |permit, tx| {
            let mut tasks = all(permit, tx)?;
            let inside = params.unit_id.map(|unit| (unit, permit.atlas().map.reach(unit)));
            tasks.retain(|task| {
                params.kind.is_none_or(|kind| task.kind == kind)
                    && params.centre_id.is_none_or(|centre| task.centre_id == Some(centre))
                    && inside.as_ref().is_none_or(|(unit, reach)| task.unit_id == *unit || reach.contains(&task.unit_id))
                    && params.overdue.is_none_or(|overdue| task.is_overdue == overdue)
            });
            tasks.sort_by_cached_key(|task| comparable(&task.order()));
            if let Some(after) = after.as_ref().map(comparable) {
                tasks.retain(|task| after < comparable(&task.order()));
            }
            tasks.truncate(usize::try_from(limit + 1).unwrap_or(usize::MAX));
            Ok(Answer::json(&Page::new(tasks, limit, |task| write_cursor(&task.order()))))
        })
        .await
}

fn all(permit: &Permit<CentresRead>, tx: &mut Tx<'_>) -> Stored<Vec<Task>> {
    let mut desk = TaskDesk::new(permit, tx)?;
    ratings::collect(&mut desk, tx)?;
    papers::collect(&mut desk, tx)?;
    money::collect(&mut desk, tx)?;
    centres_to_place(&mut desk, tx)?;
    Ok(desk.tasks)
}

/// What tasks are made from.
struct TaskDesk<'p> {
    permit: &'p Permit<CentresRead>,
    today: NaiveDate,
    centres: BTreeMap<CentreId, Centre>,
    deadlines: Deadlines,
    granted: Extensions,
    tasks: Vec<Task>,
}

impl<'p> TaskDesk<'p> {
    fn new(permit: &'p Permit<CentresRead>, tx: &mut Tx<'_>) -> Stored<Self> {
        let today = permit.today();
        let centres = htcd_persistence::centre::among(tx, &Whose::default())?;
        Ok(Self {
            permit,
            today,
            centres: centres.into_iter().map(|centre| (centre.id, centre)).collect(),
            deadlines: calendar::deadlines(tx)?,
            // Of rounds that are still open, however old.
            granted: Extensions::on(&extension::of_years(tx, 1990, today.year() + 2)?, today),
            tasks: vec![],
        })
    }

    /// How far a right of the caller reaches; `None` where they lack it.
    fn scope(&self, permission: Permission) -> Option<Scope> {
        let scope = self.permit.scope_of(permission);
        let is_held = scope.whole || !scope.communes.is_empty() || !scope.centres.is_empty();
        is_held.then_some(scope)
    }

    /// The centre, where a right reaches it.
    fn within(&self, scope: Option<&Scope>, centre: CentreId) -> Option<&Centre> {
        let centre = self.centres.get(&centre)?;
        scope?.covers(centre.commune_id, Some(centre.id)).then_some(centre)
    }

    fn more_time(&self, centre: &Centre) -> Vec<MoreTime> {
        self.granted.of(Some(centre.id), centre.commune_id, &self.permit.atlas().map)
    }

    /// The last day in time of something of a year at a centre. `own` is a day of its own, which goes before the province's.
    fn due(&self, centre: &Centre, kind: DueKind, year: i32, own: Option<NaiveDate>) -> Option<NaiveDate> {
        let due = own.or_else(|| self.deadlines.due(kind, year).map(|due| due.on));
        extended(due, furthest(&self.more_time(centre), kind, year))
    }

    fn add(&mut self, kind: TaskKind, centre: &Centre, what: (Option<String>, Option<NaiveDate>), how: (String, TaskAct)) {
        let place = TaskPlace { centre_id: Some(centre.id), unit_id: centre.commune_id, name: centre.name.clone() };
        self.tasks.push(Task::of(kind, place, what, how, self.today));
    }

    /// The centres that owe something and have not begun it: of the last year whose day is over and of the next one, as far as its day is
    /// near.
    fn not_begun(&self, tx: &mut Tx<'_>, scope: &Scope, kind: DueKind) -> Stored<Vec<(Centre, i32, CompletenessItem)>> {
        let days = self.deadlines.days_of(kind);
        let near = self.today + AHEAD;
        let next = days.next(self.today).filter(|(_, due)| *due <= near);
        let years = days.last_over(self.today).into_iter().chain(next).map(|(year, _)| year);
        let mine: Vec<&Centre> = self
            .centres
            .values()
            .filter(|centre| scope.covers(centre.commune_id, Some(centre.id)) && centre.exists_on(self.today))
            .collect();
        let ids: Vec<CentreId> = mine.iter().map(|centre| centre.id).collect();
        let mut found = vec![];
        for year in years {
            let Some(asked) = Asked::of(&self.deadlines, kind, year, self.today) else { continue };
            let lives = finding::lives(tx, mine.iter().copied(), asked.there_on)?;
            let mut handed = completeness::handed(tx, &ids, (kind, year), None)?;
            for centre in &mine {
                let Some((status, at_work_since)) = lives.get(&centre.id).copied() else { continue };
                let facts = CompletenessFacts {
                    centre: (*centre).clone(),
                    spot: htcd_domain::boundaries::Spot { commune: centre.commune_id, placed_later: None, model: None },
                    status,
                    at_work_since,
                    handed: handed.remove(&centre.id).unwrap_or_default(),
                    more_time: self.more_time(centre),
                };
                let item = facts.judge(&asked);
                let is_open = matches!(item.state, CompletenessState::Pending | CompletenessState::Overdue);
                if is_open && facts.handed.is_empty() {
                    found.push(((*centre).clone(), year, item));
                }
            }
        }
        Ok(found)
    }
}

/// Centres whose communes were divided, and that nobody has placed on the new map.
fn centres_to_place(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>) -> Stored<()> {
    let Some(scope) = desk.scope(Permission::UnitsRestructure).filter(|scope| !scope.province_id.is_nation()) else {
        return Ok(());
    };
    let is_open = |state| matches!(state, RestructuringState::Previewed | RestructuringState::Applied);
    for head in restructuring::all(tx)?.into_iter().filter(|head| is_open(head.state)) {
        let filter = EffectFilter { kind: Some(EffectKind::Centre), rule: Some(EffectRule::Open) };
        for (_, effect) in restructuring::effects(tx, head.id, filter, None, i64::MAX)? {
            let Some(centre) = desk.within(Some(&scope), CentreId(effect.subject_id)).cloned() else { continue };
            let link = format!("/v1/restructurings/{}/effects?kind=centre&rule=open", head.id);
            let act = TaskAct::post(format!("/v1/restructurings/{}/placements", head.id));
            desk.add(TaskKind::PlaceCentre, &centre, (None, None), (link, act));
        }
    }
    Ok(())
}
