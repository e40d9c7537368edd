//! Plans of centres for a year: drafted and submitted by the centre, approved or returned by the commune, revised by a copy.

use actix_web::{delete, get, patch, post};
use chrono::{Datelike, NaiveDate};
use htcd_domain::access::Permission;
use htcd_domain::id::{CentreId, PlanId, SurveyId, UnitId};
use htcd_domain::plan::{ApprovePlan, Plan, PlanAction, PlanState, ReturnPlan};
use htcd_domain::plan_item::{ItemOrigin, PlanItem};
use htcd_domain::plan_progress::{PlanProgress, progress};
use htcd_domain::provenance::Provenance;
use htcd_domain::rating::{AllowedAction, Reason};
use htcd_domain::record::{Kept, Patch, Record};
use htcd_domain::survey::Survey;
use htcd_domain::text::Label;
use htcd_domain::{Code, Coded, Fault, Problem};
use htcd_persistence::plan::{self, PlanFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Change, Result as Stored, Tx, centre, plan_item};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::figures;
use crate::permit::{Permit, PlansApprove, RecordsRead, RecordsWrite, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record::{self, Desk, Kind, Sort};
use crate::v1::documents;
use crate::v1::ratings::case::hand;

/// As the document names them.
type PlanRecord = Kept<Plan>;
type PlanPatch = Patch<Plan>;

/// A plan, with what the caller may do with it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// The plan.
    #[serde(flatten)]
    pub plan: PlanRecord,
    /// Every action with whether the caller may take it now, and otherwise why not.
    pub allowed_actions: Vec<AllowedAction>,
}

/// The right that an action asks for.
fn right_for(action: PlanAction) -> Permission {
    match action {
        PlanAction::Approve | PlanAction::Return => Permission::PlansApprove,
        PlanAction::Edit | PlanAction::Delete | PlanAction::Submit | PlanAction::Revise => Permission::RecordsWrite,
    }
}

fn view<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, plan: Kept<Plan>) -> Stored<PlanView> {
    let around = plan::around(tx, &plan)?.by(&plan.content, hand(permit.caller()));
    let centre_id = plan.content.centre_id;
    let (centre, _) = centre::find(tx, centre_id)?.ok_or(Code::NotFound)?;
    let mut allowed_actions = plan.content.allowed_actions(&around);
    for (entry, action) in allowed_actions.iter_mut().zip(PlanAction::ALL) {
        if !permit.scope_of(right_for(*action)).covers(centre.commune_id, Some(centre_id)) {
            entry.allowed = false;
            let (vi, en) = ("Tài khoản không có quyền này với trung tâm.", "The account lacks this right on the centre.");
            entry.reasons.insert(0, Reason { code: "right_missing".into(), detail: Label::fixed(vi, en) });
        }
    }
    Ok(PlanView { plan, allowed_actions })
}

impl Kind for Plan {
    fn settle(&mut self, before: Option<&Kept<Self>>, _: &mut Desk<'_, '_>) -> Stored<()> {
        self.course = before.map(|before| before.content.course.clone()).unwrap_or_default();
        Ok(())
    }

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if let Some(before) = before {
            before.content.permit(PlanAction::Edit, &plan::around(desk.tx, before)?)?;
        }
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        self.check_centre(&centre)?;
        let own = before.map(|before| before.id);
        plan::check_number(desk.tx, self, own)?;
        documents::check_borne(self.borne_number(own), self.centre_id, desk)?;
        if let Some(id) = self.survey_id {
            let survey = Survey::find(desk.tx, id)?.map(|(survey, _)| survey.content);
            self.check_survey(survey.as_ref())?;
        }
        if let Some(before) = before
            && before.content.survey_id != self.survey_id
            && plan_item::names_topics(desk.tx, before.id)?
        {
            let (vi, en) = (
                "Đã có mục kế hoạch dựa trên chủ đề của đợt điều tra trước; gỡ các chủ đề đó trước khi đổi.",
                "Items rest on topics of the survey before; take those off first.",
            );
            return Err(Problem::rule("/survey_id", "topics_of_survey", vi, en).into());
        }
        Ok(())
    }
}

/// A plan that a step is taken on.
fn found<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    id: PlanId,
    if_match: &IfMatch,
    action: PlanAction,
) -> Stored<(Kept<Plan>, i64)> {
    let (plan, revision) = Plan::find(tx, id)?.ok_or(Code::NotFound)?;
    plan.content.permit(action, &plan::around(tx, &plan)?.by(&plan.content, hand(permit.caller())))?;
    if_match.check(revision)?;
    Ok((plan, revision))
}

/// Stores what a step made of a plan.
fn taken<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    (before, revision): (&Kept<Plan>, i64),
    content: Plan,
) -> Stored<Change<Kept<Plan>>> {
    let after = Kept { content, updated_at: permit.now(), ..before.clone() };
    plan::explained(Plan::update(tx, &after, revision))?;
    let change = Change::updated(after.clone(), Plan::SUBJECT, after.id, before, &after).of_records();
    Ok(change)
}

/// Which plans a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPlans {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// For this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// In this state.
    state: Option<PlanState>,
    /// Built on this survey.
    survey_id: Option<SurveyId>,
    /// By the year: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Plans in scope. What may be done with one says `GET /v1/plans/{plan_id}`.
#[utoipa::path(tag = "plans", params(ListPlans), responses((status = 200, description = "A page of plans.", body = Page<PlanRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/plans")]
pub async fn list_plans(permit: Permit<RecordsRead>, Params(params): Params<ListPlans>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = PlanFilter { whose, year: params.year, state: params.state, survey: params.survey_id };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(plan::list(tx, &filter, wanted.clone())?, limit, |plan: &Plan| plan.year))
        })
        .await
}

/// One plan, with what may be done with it.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan.")), responses((status = 200, description = "The plan.", body = PlanView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/plans/{plan_id}")]
pub async fn get_plan(permit: Permit<RecordsRead>, Segments(id): Segments<PlanId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (plan, revision) = Plan::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view(permit, tx, plan)?, revision))
        })
        .await
}

/// Draft the plan of a year. Its items are added at `/v1/plan_items`.
#[utoipa::path(tag = "plans", request_body = Plan, responses((status = 201, description = "The plan, a draft.", body = PlanView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/plans")]
pub async fn create_plan(permit: Permit<RecordsWrite>, Body(body): Body<Plan>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = plan::explained(record::store(permit, tx, body))?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|kept| Answer::created(&view, format!("/v1/plans/{}", kept.id))))
        })
        .await
}

/// Change a plan that is a draft or was returned.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), IfMatchHeader), request_body(content = PlanPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The plan.", body = PlanView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/plans/{plan_id}")]
pub async fn update_plan(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Plan>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Plan::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = record::patched(&body, &before.content)?;
            let change = plan::explained(record::amend(permit, tx, (before, revision), content))?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|_| Answer::resource(&view, revision + 1)))
        })
        .await
}

/// Remove a plan that is a draft or was returned, with its items. The audit trail keeps what they said.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/plans/{plan_id}")]
pub async fn delete_plan(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (plan, revision) = found(permit, tx, id, &if_match, PlanAction::Delete)?;
            // Nobody adds an item meanwhile.
            plan::hold_open(tx, id, permit.now())?;
            let items = plan_item::of_plan(tx, id)?;
            plan_item::remove_of_plan(tx, id)?;
            Plan::remove(tx, id, revision)?;
            let gone = json!({ "plan": plan, "items": items });
            Ok(Change::removed(Answer::nothing(), Plan::SUBJECT, id, &gone).of_records())
        })
        .await
}

/// Hand a plan to the commune. From then on it and its items change only if it is returned.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), IfMatchHeader), responses((status = 200, description = "The plan.", body = PlanView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/plans/{plan_id}/submit")]
pub async fn submit_plan(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = found(permit, tx, id, &if_match, PlanAction::Submit)?;
            // From here on nobody takes its last item away.
            plan::hold_open(tx, id, permit.now())?;
            before.content.permit(PlanAction::Submit, &plan::around(tx, &before)?)?;
            let content = before.content.submitted(permit.now(), hand(permit.caller()));
            let change = taken(permit, tx, (&before, revision), content)?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|_| Answer::resource(&view, revision + 1)))
        })
        .await
}

/// Approve a plan: it is the plan of its year from then on. A plan that it revises is superseded. Whoever submitted it does not.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), IfMatchHeader), request_body = ApprovePlan, responses((status = 200, description = "The plan.", body = PlanView)), security(("oauth2" = ["plans:approve"])))]
#[post("/v1/plans/{plan_id}/approve")]
pub async fn approve_plan(
    permit: Permit<PlansApprove>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
    Body(body): Body<ApprovePlan>,
) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (before, revision) = found(permit, tx, id, &if_match, PlanAction::Approve)?;
            let day = body.day(&before.content, permit.today())?;
            let mut changes = vec![];
            if let Some(revised) = before.content.course.revises_id {
                let (base, its_revision) = Plan::find(tx, revised)?.ok_or(Code::NotFound)?;
                let content = base.content.superseded();
                changes.push(taken(permit, tx, (&base, its_revision), content)?.map(drop));
            }
            let content = before.content.approved(day, body.decision);
            let change = taken(permit, tx, (&before, revision), content)?;
            let answer = Answer::resource(&view(permit, tx, change.value.clone())?, revision + 1);
            changes.push(change.map(drop));
            Ok((answer, changes))
        })
        .await
}

/// Send a plan back to the centre with a reason.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), IfMatchHeader), request_body = ReturnPlan, responses((status = 200, description = "The plan.", body = PlanView)), security(("oauth2" = ["plans:approve"])))]
#[post("/v1/plans/{plan_id}/return")]
pub async fn return_plan(
    permit: Permit<PlansApprove>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
    Body(body): Body<ReturnPlan>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = found(permit, tx, id, &if_match, PlanAction::Return)?;
            let content = before.content.returned(body.reason.clone());
            let change = taken(permit, tx, (&before, revision), content)?.because(Some(&body.reason));
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|_| Answer::resource(&view, revision + 1)))
        })
        .await
}

/// Stores a draft that revises an approved plan, and a copy of each of its items.
pub(super) fn revised<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    base: Kept<Plan>,
) -> Stored<(Kept<Plan>, Vec<Kept<PlanItem>>)> {
    let (created_at, updated_at) = (permit.now(), permit.now());
    let plan = Kept { id: permit.new_id(), content: base.content.revision(base.id), created_at, updated_at };
    plan::explained(Plan::insert(tx, &plan))?;
    let copy = |item: Kept<PlanItem>| {
        let origin = ItemOrigin { continues_id: Some(item.id), ..item.content.origin };
        let content = PlanItem { plan_id: plan.id, origin, ..item.content };
        Kept { id: permit.new_id(), content, created_at, updated_at }
    };
    let items: Vec<Kept<PlanItem>> = plan_item::of_plan(tx, base.id)?.into_iter().map(copy).collect();
    plan_item::insert_many(tx, &items)?;
    Ok((plan, items))
}

/// Make a draft that revises an approved plan, with a copy of each of its items.
///
/// The approved plan stays in force until the revision is approved. What was done for an item counts for the one that goes on from it.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), IfMatchHeader), responses((status = 201, description = "The revision, a draft.", body = PlanView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/plans/{plan_id}/revise")]
pub async fn revise_plan(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PlanId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (base, _) = found(permit, tx, id, &if_match, PlanAction::Revise)?;
            let (plan, items) = revised(permit, tx, base)?;
            let made = json!({ "plan": plan, "items": items });
            let (new_id, view) = (plan.id, view(permit, tx, plan)?);
            let answer = Answer::created(&view, format!("/v1/plans/{new_id}"));
            Ok(Change::created(answer, Plan::SUBJECT, new_id, &made).of_records())
        })
        .await
}

/// How far a plan that was looked up has come on a day.
pub(super) fn progress_of(tx: &mut Tx<'_>, plan: &Kept<Plan>, as_of: NaiveDate) -> Stored<PlanProgress> {
    let items = plan_item::of_plan(tx, plan.id)?;
    let continued = plan_item::continued(tx, &plan.content)?;
    let held = plan_item::held(tx, &plan.content, as_of)?;
    Ok(progress(plan, &items, &continued, &held, as_of))
}

/// How a plan's progress is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GetPlanProgress {
    /// As it was on this day, by the days on which activities began; today when left out.
    #[param(example = "2018-06-30")]
    as_of: Option<NaiveDate>,
}

/// How far a plan has come: targets against what was done, by item, quarter and year, and the work beside the plan.
///
/// Only the centre's own work counts. Blank numbers are not zero: each sum says how many activities gave it.
#[utoipa::path(tag = "plans", params(("plan_id" = PlanId, Path, description = "The plan."), GetPlanProgress), responses((status = 200, description = "The progress.", body = Traced<PlanProgress>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/plans/{plan_id}/progress")]
pub async fn get_plan_progress(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<PlanId>,
    Params(params): Params<GetPlanProgress>,
) -> Result<Answer, Refusal> {
    let as_of = params.as_of.unwrap_or(permit.today());
    if !(1990..=2200).contains(&as_of.year()) {
        let detail = Label::fixed("as_of phải là một ngày từ năm 1990.", "as_of is a day since 1990.");
        let fault = Fault::query("as_of", "plausible_date", detail);
        return Err(Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into());
    }
    permit
        .read(move |_, tx| {
            let (plan, _) = Plan::find(tx, id)?.ok_or(Code::NotFound)?;
            let (first, last) = figures::days_of(plan.content.year);
            let (centre, to) = (plan.content.centre_id, last.min(as_of).max(first));
            let provenance = Provenance::between(first, to)
                .list("list_plan_items", format!("/v1/plan_items?plan_id={id}"))
                .list("list_activities", format!("/v1/activities?centre_id={centre}&from={first}&to={to}&own=true"));
            Ok(Answer::json(&Traced::new(progress_of(tx, &plan, as_of)?, provenance)))
        })
        .await
}
