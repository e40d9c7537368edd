//! Reports and plans.

use chrono::Datelike as _;
use htcd_domain::access::Permission;
use htcd_domain::calendar::DueKind;
use htcd_domain::plan::{Plan, PlanAction, PlanState};
use htcd_domain::record::Kept;
use htcd_domain::report::{Report, ReportAction, ReportActor, ReportKind, ReportState};
use htcd_domain::task::{TaskAct, TaskKind};
use htcd_persistence::plan::PlanFilter;
use htcd_persistence::record::Part;
use htcd_persistence::report::ReportFilter;
use htcd_persistence::{Result, Tx, plan, report};

use super::TaskDesk;
use crate::v1::ratings::case::hand;

pub(super) fn collect(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>) -> Result<()> {
    reports(desk, tx)?;
    plans(desk, tx)
}

fn reports(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>) -> Result<()> {
    let writes = desk.scope(Permission::RecordsWrite);
    let submits = desk.scope(Permission::ReportsSubmit);
    let accepts = desk.scope(Permission::ReportsAccept);
    let mut states = vec![];
    if writes.is_some() || submits.is_some() {
        states.extend([ReportState::Draft, ReportState::Returned]);
    }
    let mut writers = std::collections::HashMap::new();
    if accepts.is_some() {
        states.push(ReportState::Submitted);
        writers = report::writers(tx, ReportState::Submitted)?;
    }
    let own = hand(desk.permit.caller()).persons();
    for state in states {
        let filter = ReportFilter { state: Some(state), ..ReportFilter::default() };
        for kept in report::list(tx, &filter, Part::all())? {
            let centre = kept.content.centre_id;
            let actor = ReportActor {
                may_write: desk.within(writes.as_ref(), centre).is_some(),
                may_submit: desk.within(submits.as_ref(), centre).is_some(),
                may_accept: desk.within(accepts.as_ref(), centre).is_some(),
                wrote: writers.get(&kept.id).is_some_and(|wrote| !own.is_disjoint(wrote)),
            };
            report_task(desk, &kept, &actor);
        }
    }
    let Some(writes) = writes else { return Ok(()) };
    for (centre, year, item) in desk.not_begun(tx, &writes, DueKind::AnnualReport)? {
        // A report is begun once its period is.
        if year <= desk.today.year() {
            let link = format!("/v1/reports?centre_id={}&kind=annual", centre.id);
            let what = (Some(year.to_string()), item.due_on);
            desk.add(TaskKind::WriteReport, &centre, what, (link, TaskAct::post("/v1/reports")));
        }
    }
    Ok(())
}

fn report_task(desk: &mut TaskDesk<'_>, kept: &Kept<Report>, actor: &ReportActor) {
    let it = &kept.content;
    let Some(centre) = desk.centres.get(&it.centre_id).cloned() else { return };
    let may = |action| it.reasons_against(action, actor, desk.today).is_empty();
    // Whether whoever hands it in could: then there is nothing to finish for those who only write it.
    let is_ready = it.reasons_against(ReportAction::Submit, &ReportActor { may_submit: true, ..*actor }, desk.today).is_empty();
    let path = format!("/v1/reports/{}", kept.id);
    let (kind, act) = match it.course.state {
        ReportState::Submitted if may(ReportAction::Accept) => (TaskKind::AcceptReport, TaskAct::post(format!("{path}/accept"))),
        ReportState::Draft if may(ReportAction::Submit) => (TaskKind::SubmitReport, TaskAct::post(format!("{path}/submit"))),
        ReportState::Draft if !is_ready && may(ReportAction::Edit) => (TaskKind::FinishReport, TaskAct::patch(&path)),
        ReportState::Returned if may(ReportAction::Submit) => (TaskKind::CorrectReport, TaskAct::post(format!("{path}/submit"))),
        ReportState::Returned if may(ReportAction::Edit) => (TaskKind::CorrectReport, TaskAct::patch(&path)),
        _ => return,
    };
    // Until when it is to be accepted, or handed in again, nobody says.
    let is_first = it.course.version == 0;
    let due = match it.kind {
        _ if !is_first => None,
        ReportKind::Annual => desk.due(&centre, DueKind::AnnualReport, it.period.first.year(), it.due_on),
        _ => it.due_on,
    };
    desk.add(kind, &centre, (Some(it.period.to_string()), due), (path, act));
}

fn plans(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>) -> Result<()> {
    let writes = desk.scope(Permission::RecordsWrite);
    let approves = desk.scope(Permission::PlansApprove);
    let mut states = vec![];
    if writes.is_some() {
        states.extend([(PlanState::Draft, &writes), (PlanState::Returned, &writes)]);
    }
    if approves.is_some() {
        states.push((PlanState::Submitted, &approves));
    }
    for (state, scope) in states {
        let filter = PlanFilter { state: Some(state), ..PlanFilter::default() };
        for kept in plan::list(tx, &filter, Part::all())? {
            if desk.within(scope.as_ref(), kept.content.centre_id).is_some() {
                plan_task(desk, tx, &kept)?;
            }
        }
    }
    let Some(writes) = writes else { return Ok(()) };
    for (centre, year, item) in desk.not_begun(tx, &writes, DueKind::Plan)? {
        if year <= desk.today.year() + 1 {
            let link = format!("/v1/plans?centre_id={}&year={year}", centre.id);
            let what = (Some(year.to_string()), item.due_on);
            desk.add(TaskKind::WritePlan, &centre, what, (link, TaskAct::post("/v1/plans")));
        }
    }
    Ok(())
}

fn plan_task(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>, kept: &Kept<Plan>) -> Result<()> {
    let it = &kept.content;
    let Some(centre) = desk.centres.get(&it.centre_id).cloned() else { return Ok(()) };
    let around = plan::around(tx, kept)?.by(it, hand(desk.permit.caller()));
    let may = |action| it.reasons_against(action, &around).is_empty();
    let path = format!("/v1/plans/{}", kept.id);
    let (kind, act) = match it.course.state {
        PlanState::Submitted if may(PlanAction::Approve) => (TaskKind::ApprovePlan, TaskAct::post(format!("{path}/approve"))),
        PlanState::Draft if may(PlanAction::Submit) => (TaskKind::SubmitPlan, TaskAct::post(format!("{path}/submit"))),
        // What it lacks is items.
        PlanState::Draft if around.items == 0 => (TaskKind::FinishPlan, TaskAct::post("/v1/plan_items")),
        PlanState::Returned if may(PlanAction::Submit) => (TaskKind::CorrectPlan, TaskAct::post(format!("{path}/submit"))),
        _ => return Ok(()),
    };
    // A revision of an approved plan has no day.
    let due = it.course.revises_id.is_none().then(|| desk.due(&centre, DueKind::Plan, it.year, None)).flatten();
    desk.add(kind, &centre, (Some(it.year.to_string()), due), (path, act));
    Ok(())
}
