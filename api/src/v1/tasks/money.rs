//! Estimates and settlements.

use chrono::Datelike as _;
use htcd_domain::access::{Permission, Scope};
use htcd_domain::calendar::DueKind;
use htcd_domain::centre::Centre;
use htcd_domain::money_step::{MoneyAct, MoneyCase, MoneyState, OF_BUDGETS, OF_SETTLEMENTS};
use htcd_domain::task::{TaskAct, TaskKind};
use htcd_persistence::budget::BudgetFilter;
use htcd_persistence::record::Part;
use htcd_persistence::settlement::SettlementFilter;
use htcd_persistence::{Result, Tx, budget, settlement};

use super::TaskDesk;
use crate::v1::ratings::case::hand;
use crate::v1::settlements::agrees;

/// The states in which something waits for the caller, each with how far the right for it reaches.
fn waiting(desk: &TaskDesk<'_>) -> Vec<(MoneyState, Scope)> {
    let writes = desk.scope(Permission::RecordsWrite);
    let approves = desk.scope(Permission::MoneyApprove);
    let states = [(MoneyState::Draft, writes.clone()), (MoneyState::Returned, writes), (MoneyState::Submitted, approves)];
    states.into_iter().filter_map(|(state, scope)| scope.map(|scope| (state, scope))).collect()
}

fn case(desk: &TaskDesk<'_>, state: MoneyState, submitted: std::collections::BTreeSet<htcd_domain::id::UserId>) -> MoneyCase {
    let acts = if state == MoneyState::Submitted { OF_BUDGETS } else { OF_SETTLEMENTS };
    MoneyCase { state, submitted, hand: hand(desk.permit.caller()), may_write: true, may_approve: true, acts }
}

pub(super) fn collect(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>) -> Result<()> {
    for (state, scope) in waiting(desk) {
        estimates(desk, tx, state, &scope)?;
        settlements(desk, tx, state, &scope)?;
    }
    let Some(writes) = desk.scope(Permission::RecordsWrite) else { return Ok(()) };
    for (centre, year, item) in desk.not_begun(tx, &writes, DueKind::Estimate)? {
        let link = format!("/v1/budgets?centre_id={}&year={year}", centre.id);
        let what = (Some(year.to_string()), item.due_on);
        desk.add(TaskKind::WriteEstimate, &centre, what, (link, TaskAct::post("/v1/budgets")));
    }
    for (centre, year, item) in desk.not_begun(tx, &writes, DueKind::Settlement)? {
        if year < desk.today.year() && opens(tx, &centre, year)? {
            let link = format!("/v1/settlements?centre_id={}&year={year}", centre.id);
            let what = (Some(year.to_string()), item.due_on);
            desk.add(TaskKind::WriteSettlement, &centre, what, (link, TaskAct::post("/v1/settlements")));
        }
    }
    Ok(())
}

/// Whether a year can be settled: it is the first, or the one after the last that was approved.
fn opens(tx: &mut Tx<'_>, centre: &Centre, year: i32) -> Result<bool> {
    let settled = settlement::years(tx, centre.id, None)?;
    let last = settled.iter().map(|(_, settled)| settled).max_by_key(|settled| settled.year);
    Ok(last.is_none_or(|last| last.year == year - 1 && last.state == MoneyState::Approved))
}

fn estimates(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>, state: MoneyState, scope: &Scope) -> Result<()> {
    let filter = BudgetFilter { state: Some(state), ..BudgetFilter::default() };
    let mut found = budget::list(tx, &filter, Part::all())?;
    found.retain(|kept| desk.within(Some(scope), kept.content.centre_id).is_some());
    let ids: Vec<_> = found.iter().map(|kept| kept.id).collect();
    let mut standings = budget::standings(tx, &ids)?;
    for kept in found {
        let Some(stands) = standings.remove(&kept.id) else { continue };
        let Some(centre) = desk.centres.get(&kept.content.centre_id).cloned() else { continue };
        let case = case(desk, state, stands.submitted);
        let path = format!("/v1/budgets/{}", kept.id);
        let (kind, act) = match state {
            MoneyState::Submitted if case.take(MoneyAct::Approve).is_ok() => {
                (TaskKind::ApproveEstimate, TaskAct::post(format!("{path}/approve")))
            }
            MoneyState::Draft | MoneyState::Returned if kept.content.lines.is_empty() => {
                (TaskKind::FinishEstimate, TaskAct::patch(&path))
            }
            MoneyState::Draft => (TaskKind::SubmitEstimate, TaskAct::post(format!("{path}/submit"))),
            MoneyState::Returned => (TaskKind::CorrectEstimate, TaskAct::post(format!("{path}/submit"))),
            _ => continue,
        };
        // An amendment of an approved estimate has no day, and nobody says until when one is to be approved.
        let is_first = state == MoneyState::Draft && stands.standing.supersedes_id.is_none();
        let due = is_first.then(|| desk.due(&centre, DueKind::Estimate, kept.content.year, None)).flatten();
        desk.add(kind, &centre, (Some(kept.content.year.to_string()), due), (path, act));
    }
    Ok(())
}

fn settlements(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>, state: MoneyState, scope: &Scope) -> Result<()> {
    let filter = SettlementFilter { state: Some(state), ..SettlementFilter::default() };
    let mut found = settlement::list(tx, &filter, Part::all())?;
    found.retain(|kept| desk.within(Some(scope), kept.content.centre_id).is_some());
    let ids: Vec<_> = found.iter().map(|kept| kept.id).collect();
    let mut standings = settlement::standings(tx, &ids)?;
    for kept in found {
        let Some(stands) = standings.remove(&kept.id) else { continue };
        let Some(centre) = desk.centres.get(&kept.content.centre_id).cloned() else { continue };
        let case = case(desk, state, stands.submitted);
        let is_counted = agrees(tx, &kept, &stands.standing)?;
        let path = format!("/v1/settlements/{}", kept.id);
        let (kind, act) = match state {
            MoneyState::Submitted if is_counted && case.take(MoneyAct::Approve).is_ok() => {
                (TaskKind::ApproveSettlement, TaskAct::post(format!("{path}/approve")))
            }
            MoneyState::Draft if is_counted => (TaskKind::SubmitSettlement, TaskAct::post(format!("{path}/submit"))),
            MoneyState::Returned if is_counted => (TaskKind::CorrectSettlement, TaskAct::post(format!("{path}/submit"))),
            MoneyState::Draft | MoneyState::Returned => (TaskKind::RecountSettlement, TaskAct::post(format!("{path}/prepare"))),
            _ => continue,
        };
        let is_first = state == MoneyState::Draft;
        let due = is_first.then(|| desk.due(&centre, DueKind::Settlement, kept.content.year, None)).flatten();
        desk.add(kind, &centre, (Some(kept.content.year.to_string()), due), (path, act));
    }
    Ok(())
}
