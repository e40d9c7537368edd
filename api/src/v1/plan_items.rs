//! Items of plans. They are written while their plan is a draft or was returned.

use actix_web::{delete, get, patch, post};
use htcd_domain::activity::Category;
use htcd_domain::id::{CentreId, PlanId, PlanItemId, SurveyId, UnitId};
use htcd_domain::plan::{Plan, PlanAction};
use htcd_domain::plan_item::{ItemOrigin, PlanItem};
use htcd_domain::record::{Kept, Patch};
use htcd_domain::survey::Survey;
use htcd_domain::text::Label;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::plan_item::{self, PlanItemFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, plan};
use serde::Deserialize;
use utoipa::IntoParams;

use super::activities::check_sub_category;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type PlanItemRecord = Kept<PlanItem>;
type PlanItemPatch = Patch<PlanItem>;

/// The plan of an item that is about to be written, held open until that is done.
fn open_plan(id: PlanId, desk: &mut Desk<'_, '_>) -> Stored<Plan> {
    let (plan, _) = Plan::find(desk.tx, id)?.ok_or(Code::NotFound)?;
    if !plan::hold_open(desk.tx, id, desk.now)? {
        // As it is now: somebody may have submitted it since it was read.
        let (plan, _) = Plan::find(desk.tx, id)?.ok_or(Code::NotFound)?;
        plan.content.permit(PlanAction::Edit, &plan::around(desk.tx, &plan)?)?;
        return Err(Code::StateConflict.into());
    }
    Ok(plan.content)
}

impl Kind for PlanItem {
    fn settle(&mut self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if let Some(before) = before {
            self.origin = before.content.origin.clone();
            return Ok(());
        }
        let Some((plan, _)) = Plan::find(desk.tx, self.plan_id)? else {
            let (vi, en) = ("Không có kế hoạch này trong phạm vi của bạn.", "There is no such plan within your scope.");
            return Err(Problem::rule("/plan_id", "plan_in_scope", vi, en).into());
        };
        self.origin = ItemOrigin { centre_id: plan.content.centre_id, continues_id: None };
        Ok(())
    }

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let plan = open_plan(self.plan_id, desk)?;
        let is_kept = before
            .is_some_and(|before| (&before.content.sub_category, before.content.category) == (&self.sub_category, self.category));
        if !is_kept {
            check_sub_category(self.sub_category.as_deref(), self.category, desk)?;
        }
        let Some(topic) = self.survey_topic_id else { return Ok(()) };
        let survey = match plan.survey_id {
            Some(id) => Survey::find(desk.tx, id)?,
            None => None,
        };
        let named = survey.and_then(|(survey, _)| survey.content.topics.into_iter().find(|it| it.id == Some(topic)));
        if let Some(named) = named {
            return Ok(self.check_topic(&named)?);
        }
        let (vi, en) =
            ("Đợt điều tra mà kế hoạch dựa vào không có chủ đề này.", "The survey that the plan is built on has no such topic.");
        Err(Problem::rule("/survey_topic_id", "topic_of_plan_survey", vi, en).into())
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        open_plan(kept.content.plan_id, desk).map(drop)
    }
}

/// Which items of plans a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPlanItems {
    /// Of this plan.
    plan_id: Option<PlanId>,
    /// Of this centre's plans.
    centre_id: Option<CentreId>,
    /// Of plans of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this month, 1 to 12.
    #[param(minimum = 1, maximum = 12, example = 3)]
    month: Option<i32>,
    /// Of this national category.
    category: Option<Category>,
    /// That answer a topic of this survey.
    survey_id: Option<SurveyId>,
    /// By the month: `asc` (default) January first, `desc` December.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Items of plans in scope.
#[utoipa::path(tag = "plans", params(ListPlanItems), responses((status = 200, description = "A page of items.", body = Page<PlanItemRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/plan_items")]
pub async fn list_plan_items(permit: Permit<RecordsRead>, Params(params): Params<ListPlanItems>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    if params.month.is_some_and(|month| !(1..=12).contains(&month)) {
        let fault = Fault::query("month", "range", Label::fixed("month từ 1 đến 12.", "month lies between 1 and 12."));
        return Err(Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into());
    }
    let filter = PlanItemFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        plan: params.plan_id,
        month: params.month,
        category: params.category,
        survey: params.survey_id,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(plan_item::list(tx, &filter, wanted.clone())?, limit, |item: &PlanItem| item.month))
        })
        .await
}

/// One item of a plan.
#[utoipa::path(tag = "plans", params(("plan_item_id" = PlanItemId, Path, description = "The item.")), responses((status = 200, description = "The item.", body = PlanItemRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/plan_items/{plan_item_id}")]
pub async fn get_plan_item(permit: Permit<RecordsRead>, Segments(id): Segments<PlanItemId>) -> Result<Answer, Refusal> {
    record::get::<PlanItem, _>(permit, id).await
}

/// Add an item to a plan that is a draft or was returned.
#[utoipa::path(tag = "plans", request_body = PlanItem, responses((status = 201, description = "The item.", body = PlanItemRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/plan_items")]
pub async fn create_plan_item(permit: Permit<RecordsWrite>, Body(body): Body<PlanItem>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change an item of a plan that is a draft or was returned.
#[utoipa::path(tag = "plans", params(("plan_item_id" = PlanItemId, Path, description = "The item."), IfMatchHeader), request_body(content = PlanItemPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The item.", body = PlanItemRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/plan_items/{plan_item_id}")]
pub async fn update_plan_item(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PlanItemId>,
    if_match: IfMatch,
    Body(body): Body<Patch<PlanItem>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an item of a plan that is a draft or was returned.
#[utoipa::path(tag = "plans", params(("plan_item_id" = PlanItemId, Path, description = "The item."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/plan_items/{plan_item_id}")]
pub async fn delete_plan_item(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PlanItemId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<PlanItem, _>(permit, id, if_match).await
}
