//! Activities: entered one by one, in batches from a phone that was offline, or as the totals of a month.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::activity::{Activity, ActivityEntry, ActivityRole, ActivityScope, Category, check_open};
use htcd_domain::club::Club;
use htcd_domain::id::{ActivityId, CentreId, ClubId, PlanId, PlanItemId, SiteId, UnitId};
use htcd_domain::plan::Plan;
use htcd_domain::plan_item::PlanItem;
use htcd_domain::record::{Kept, Patch};
use htcd_domain::{Code, Problem};
use htcd_persistence::activity::{self, ActivityFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, Tx, activity_category, centre, plan_item};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Batch, BatchResults, Desk, Kind, Sort};

/// As the document names them.
type ActivityRecord = Kept<Activity>;
type ActivityPatch = Patch<Activity>;
type ActivityBatch = Batch<Activity>;

impl Kind for Activity {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        let acts = centre::acts(desk.tx, self.centre_id)?;
        check_open(&centre, &acts, "/starts_on", self.starts_on)?;
        check_site(self.site_id, self.centre_id, desk)?;
        let was = |same: fn(&Self, &Self) -> bool| before.is_some_and(|before| same(self, &before.content));
        if !was(|now, then| (&now.sub_category, now.category) == (&then.sub_category, then.category)) {
            check_sub_category(self.sub_category.as_deref(), self.category, desk)?;
        }
        if let Some(item) = self.plan_item_id {
            let of_centre = PlanItem::find(desk.tx, item)?.filter(|(item, _)| item.content.origin.centre_id == self.centre_id);
            let (item, _) = of_centre.ok_or_else(PlanItem::not_of_centre)?;
            let (plan, _) = Plan::find(desk.tx, item.content.plan_id)?.ok_or(Code::NotFound)?;
            item.content.check_activity(&plan.content, self, was(|now, then| now.plan_item_id == then.plan_item_id))?;
        }
        if let Some(club) = self.club_id {
            let of_centre = Club::find(desk.tx, club)?.filter(|(club, _)| club.content.centre_id == self.centre_id);
            let met = of_centre.is_some_and(|(club, _)| club.content.exists_on(self.starts_on));
            if !met {
                let (vi, en) = ("Không có câu lạc bộ này của trung tâm vào ngày đó.", "The centre had no such club on that day.");
                return Err(Problem::rule("/club_id", "club_of_centre", vi, en).into());
            }
        }
        activity::claim_month(desk.tx, self)?;
        if self.entry == ActivityEntry::MonthlyTotal
            && activity::other_total(desk.tx, self, before.map(|kept| kept.id))?.is_some()
        {
            let (vi, en) = (
                "Tháng này đã có tổng số của nhóm nội dung, phạm vi và vai trò đó (tổng của cả nhóm đã gồm các nội dung con); sửa tổng số đang có.",
                "The totals of this month, category, scope and role are there already (those of a category hold its parts); change those.",
            );
            return Err(Problem::rule("/starts_on", "one_total_a_month", vi, en).into());
        }
        Ok(())
    }

    fn follow(before: Option<&Kept<Self>>, after: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        match (before, after) {
            (Some(before), after)
                if after.is_none_or(|after| {
                    after.content.month() != before.content.month()
                        || after.content.category != before.content.category
                        || after.content.scope != before.content.scope
                }) =>
            {
                activity::free_month(desk.tx, &before.content)
            }
            _ => Ok(()),
        }
    }
}

/// A category of the province's own lies below the national one that stands beside it, and is still offered. A record that
/// keeps the one it had is not asked again.
pub fn check_sub_category(code: Option<&str>, parent: Category, desk: &mut Desk<'_, '_>) -> Stored<()> {
    check_sub_category_at("/sub_category", code, parent, desk)
}

/// The same for a category that stands at this place of a body.
pub fn check_sub_category_at(at: &str, code: Option<&str>, parent: Category, desk: &mut Desk<'_, '_>) -> Stored<()> {
    let Some(code) = code else { return Ok(()) };
    let known = activity_category::by_code(desk.tx, code)?;
    if known.is_some_and(|kept| kept.content.parent == parent && kept.content.active) {
        return Ok(());
    }
    let (vi, en) = (
        "Tỉnh không có (hoặc không còn dùng) nhóm nội dung này trong nhóm quốc gia đã chọn; xem GET /v1/activity_categories.",
        "The province has no such category below the national one, or offers it no longer; see GET /v1/activity_categories.",
    );
    Err(Problem::rule(at, "category_of_province", vi, en).into())
}

/// A site is one of the centre's.
pub fn check_site(site: Option<SiteId>, centre: CentreId, desk: &mut Desk<'_, '_>) -> Stored<()> {
    if let Some(site) = site
        && centre::find_site(desk.tx, centre, site)?.is_none()
    {
        let (vi, en) = ("Điểm học tập này không thuộc trung tâm.", "The site is not one of the centre's.");
        return Err(Problem::rule("/site_id", "site_of_centre", vi, en).into());
    }
    Ok(())
}

/// Which activities a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListActivities {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// That begin on this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
    /// Of this national category.
    category: Option<Category>,
    /// With this part of the centre's.
    role: Option<ActivityRole>,
    /// `true`: the centre ran it, alone or with others; `false`: others did.
    own: Option<bool>,
    /// Of the centre, or of the hamlets.
    scope: Option<ActivityScope>,
    /// Entered one by one, or as totals of a month.
    entry: Option<ActivityEntry>,
    /// That carry out an item of this plan, or one that an item of it goes on from.
    plan_id: Option<PlanId>,
    /// That carry out this item of a plan.
    plan_item_id: Option<PlanItemId>,
    /// Meetings of this club.
    club_id: Option<ClubId>,
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Activities in scope.
#[utoipa::path(tag = "activities", params(ListActivities), responses((status = 200, description = "A page of activities.", body = Page<ActivityRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/activities")]
pub async fn list_activities(permit: Permit<RecordsRead>, Params(params): Params<ListActivities>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = ActivityFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        from: params.from,
        to: params.to,
        category: params.category,
        role: params.role,
        own: params.own,
        scope: params.scope,
        entry: params.entry,
        plan_items: None,
        plan_item: params.plan_item_id,
        club: params.club_id,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let plan_items = params.plan_id.map(|plan| items_carried_on(tx, plan)).transpose()?;
            let filter = ActivityFilter { plan_items, ..filter.clone() };
            Ok(record::page(activity::list(tx, &filter, wanted.clone())?, limit, |activity: &Activity| activity.starts_on))
        })
        .await
}

/// The items of a plan in scope, and those that they go on from; none of a plan that is not there.
fn items_carried_on(tx: &mut Tx<'_>, plan: PlanId) -> Stored<Vec<PlanItemId>> {
    let Some((plan, _)) = Plan::find(tx, plan)? else { return Ok(vec![]) };
    Ok(plan_item::lineage_of(tx, &plan)?.into_keys().collect())
}

/// One activity.
#[utoipa::path(tag = "activities", params(("activity_id" = ActivityId, Path, description = "The activity.")), responses((status = 200, description = "The activity.", body = ActivityRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/activities/{activity_id}")]
pub async fn get_activity(permit: Permit<RecordsRead>, Segments(id): Segments<ActivityId>) -> Result<Answer, Refusal> {
    record::get::<Activity, _>(permit, id).await
}

/// Record an activity, or the totals of a month for a category.
///
/// It counts in the month and year in which it begins. For a month, category and scope there are either single activities or totals,
/// never both.
#[utoipa::path(tag = "activities", request_body = Activity, responses((status = 201, description = "The activity.", body = ActivityRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/activities")]
pub async fn create_activity(permit: Permit<RecordsWrite>, Body(body): Body<Activity>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Record many activities that a phone kept while it was offline.
///
/// Each has an id that the phone made. Sent again, each is made once; one that was refused does not hold up the others.
#[utoipa::path(tag = "activities", request_body = ActivityBatch, responses((status = 200, description = "What became of each.", body = BatchResults)), security(("oauth2" = ["records:write"])))]
#[post("/v1/activities/batch")]
pub async fn create_activities(permit: Permit<RecordsWrite>, Body(body): Body<Batch<Activity>>) -> Result<Answer, Refusal> {
    record::create_many(permit, body).await
}

/// Change an activity.
#[utoipa::path(tag = "activities", params(("activity_id" = ActivityId, Path, description = "The activity."), IfMatchHeader), request_body(content = ActivityPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The activity.", body = ActivityRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/activities/{activity_id}")]
pub async fn update_activity(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ActivityId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Activity>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an activity that was entered by mistake. The audit trail keeps what it said.
#[utoipa::path(tag = "activities", params(("activity_id" = ActivityId, Path, description = "The activity."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/activities/{activity_id}")]
pub async fn delete_activity(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ActivityId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Activity, _>(permit, id, if_match).await
}
