//! Yearly estimates: drafted by the centre, approved by the commune.

use actix_web::{delete, get, patch, post};
use htcd_domain::budget::{Budget, BudgetStanding};
use htcd_domain::id::{BudgetId, CentreId, UnitId};
use htcd_domain::money_step::{ApproveMoney, MoneyAct, MoneyState, OF_BUDGETS, ReturnMoney};
use htcd_domain::rating::AllowedAction;
use htcd_domain::record::{Kept, Patch, Record};
use htcd_domain::{Code, Problem};
use htcd_persistence::budget::{self, BudgetFilter, Stands};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Change, Result as Stored, Tx, money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::money_case::{Doing, case};
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, write_cursor};
use crate::permit::{MoneyApprove, Permit, RecordsRead, RecordsWrite, Right};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type BudgetRecord = Kept<Budget>;
type BudgetPatch = Patch<Budget>;

/// An estimate, with what its lines come to and how far it has come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BudgetItem {
    /// The estimate.
    #[serde(flatten)]
    pub record: BudgetRecord,
    /// How it stands.
    #[serde(flatten)]
    pub standing: BudgetStanding,
}

/// An estimate, with what the caller may do with it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct BudgetView {
    /// The estimate.
    #[serde(flatten)]
    pub item: BudgetItem,
    /// Every act with whether the caller may take it now, and otherwise why not.
    pub allowed_actions: Vec<AllowedAction>,
}

fn stands(tx: &mut Tx<'_>, id: BudgetId) -> Stored<Stands<BudgetStanding>> {
    Ok(budget::standings(tx, &[id])?.remove(&id).ok_or(Code::NotFound)?)
}

fn view<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, record: BudgetRecord) -> Stored<BudgetView> {
    let Stands { standing, submitted } = stands(tx, record.id)?;
    let case = case(permit, tx, record.content.centre_id, (standing.state, submitted), OF_BUDGETS)?;
    Ok(BudgetView { item: BudgetItem { record, standing }, allowed_actions: case.allowed_actions() })
}

const OPEN: &[MoneyState] = &[MoneyState::Draft, MoneyState::Submitted, MoneyState::Returned];

impl Kind for Budget {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // Who comes second sees what the first one made.
        money::hold(desk.tx, self.centre_id, desk.now)?;
        if let Some(before) = before {
            MoneyAct::Update.check(stands(desk.tx, before.id)?.standing.state)?;
        } else if let Some(open) = budget::standing_so(desk.tx, self.centre_id, self.year, OPEN)? {
            let (vi, en) = (
                "Năm này đang có một dự toán chưa duyệt; sửa bản đó thay vì lập bản mới.",
                "An estimate of this year is being prepared; change that one instead of making another.",
            );
            return Err(Problem::new(Code::AlreadyExists).detail(vi, en).with("budget_id", open.id).into());
        }
        let approved = budget::standing_so(desk.tx, self.centre_id, self.year, &[MoneyState::Approved])?;
        let (vi, en) = match (approved.is_some(), self.amendment_reason.is_some()) {
            (true, false) => (
                "Năm này đã có dự toán được duyệt; bản mới là bản điều chỉnh và phải nêu lý do.",
                "The year has an approved estimate; another one amends it, and says why.",
            ),
            (false, true) => {
                ("Năm này chưa có dự toán được duyệt để điều chỉnh.", "The year has no approved estimate to be amended.")
            }
            _ => return Ok(()),
        };
        Err(Problem::rule("/amendment_reason", "reason_of_amendment", vi, en).into())
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        MoneyAct::Delete.check(stands(desk.tx, kept.id)?.standing.state)?;
        Ok(())
    }

    fn follow(before: Option<&Kept<Self>>, after: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let (None, Some(new)) = (before, after) else { return Ok(()) };
        let it = &new.content;
        let approved = budget::standing_so(desk.tx, it.centre_id, it.year, &[MoneyState::Approved])?;
        budget::number(desk.tx, new, approved.map(|approved| approved.id))
    }
}

/// Which estimates a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListBudgets {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// That stand so.
    state: Option<MoneyState>,
    /// By the year: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Estimates in scope, all versions of them.
#[utoipa::path(tag = "money", params(ListBudgets), responses((status = 200, description = "A page of estimates.", body = Page<BudgetItem>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/budgets")]
pub async fn list_budgets(permit: Permit<RecordsRead>, Params(params): Params<ListBudgets>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = BudgetFilter { whose, year: params.year, state: params.state };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = budget::list(tx, &filter, wanted.clone())?;
            let ids: Vec<BudgetId> = found.iter().map(|kept| kept.id).collect();
            let mut standings = budget::standings(tx, &ids)?;
            let items = found.into_iter().filter_map(|record| {
                let standing = standings.remove(&record.id)?.standing;
                Some(BudgetItem { record, standing })
            });
            let cursor = |item: &BudgetItem| write_cursor(&(item.record.content.year, item.record.id));
            Ok(Answer::json(&Page::new(items.collect(), limit - 1, cursor)))
        })
        .await
}

/// One estimate, with what the caller may do with it now.
#[utoipa::path(tag = "money", params(("budget_id" = BudgetId, Path, description = "The estimate.")), responses((status = 200, description = "The estimate.", body = BudgetView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/budgets/{budget_id}")]
pub async fn get_budget(permit: Permit<RecordsRead>, Segments(id): Segments<BudgetId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (record, revision) = Budget::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view(permit, tx, record)?, revision))
        })
        .await
}

/// Draft the estimate of a year, or an amendment of the approved one.
///
/// One is prepared at a time. Where the year has an approved estimate, a new one says why it is to be replaced; it becomes the next
/// version and takes the place of the other once it is approved. The totals are the sums of the lines.
#[utoipa::path(tag = "money", request_body = Budget, responses((status = 201, description = "The estimate, a draft.", body = BudgetView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/budgets")]
pub async fn create_budget(permit: Permit<RecordsWrite>, Body(body): Body<Budget>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = record::store(permit, tx, body)?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|kept| Answer::created(&view, format!("/v1/budgets/{}", kept.id))))
        })
        .await
}

/// Change an estimate that is being drafted, or was returned.
#[utoipa::path(tag = "money", params(("budget_id" = BudgetId, Path, description = "The estimate."), IfMatchHeader), request_body(content = BudgetPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The estimate.", body = BudgetView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/budgets/{budget_id}")]
pub async fn update_budget(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<BudgetId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Budget>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Budget::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = record::patched(&body, &before.content)?;
            let change = record::amend(permit, tx, (before, revision), content)?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|_| Answer::resource(&view, revision + 1)))
        })
        .await
}

/// Remove an estimate that is being drafted, or was returned. The audit trail keeps what it said.
#[utoipa::path(tag = "money", params(("budget_id" = BudgetId, Path, description = "The estimate."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/budgets/{budget_id}")]
pub async fn delete_budget(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<BudgetId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Budget, _>(permit, id, if_match).await
}

async fn act<R: Right>(permit: Permit<R>, id: BudgetId, if_match: IfMatch, doing: Doing) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (record, revision) = Budget::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let centre = record.content.centre_id;
            money::hold(tx, centre, permit.now())?;
            let Stands { standing, submitted } = stands(tx, id)?;
            let state = case(permit, tx, centre, (standing.state, submitted), OF_BUDGETS)?.take(doing.act)?;
            if matches!(doing.act, MoneyAct::Submit | MoneyAct::Approve) {
                record.content.check_complete()?;
            }
            budget::act(tx, &record, revision, &doing.done(permit, state))?;
            let before = BudgetItem { record, standing };
            let (record, revision) = Budget::find(tx, id)?.ok_or(Code::NotFound)?;
            let after = view(permit, tx, record)?;
            let change = Change::updated(Answer::resource(&after, revision), Budget::SUBJECT, id, &before, &after.item);
            Ok(change.because(doing.return_reason.as_deref()).of_records())
        })
        .await
}

/// Hand in an estimate. One that spends more than comes in says from what (`deficit_reason`).
#[utoipa::path(tag = "money", params(("budget_id" = BudgetId, Path, description = "The estimate."), IfMatchHeader), responses((status = 200, description = "The estimate.", body = BudgetView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/budgets/{budget_id}/submit")]
pub async fn submit_budget(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<BudgetId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    act(permit, id, if_match, Doing::plain(MoneyAct::Submit)).await
}

/// Send an estimate back, with a reason.
#[utoipa::path(tag = "money", params(("budget_id" = BudgetId, Path, description = "The estimate."), IfMatchHeader), request_body = ReturnMoney, responses((status = 200, description = "The estimate.", body = BudgetView)), security(("oauth2" = ["money:approve"])))]
#[post("/v1/budgets/{budget_id}/return")]
pub async fn return_budget(
    permit: Permit<MoneyApprove>,
    Segments(id): Segments<BudgetId>,
    if_match: IfMatch,
    Body(body): Body<ReturnMoney>,
) -> Result<Answer, Refusal> {
    act(permit, id, if_match, Doing { return_reason: Some(body.reason), ..Doing::plain(MoneyAct::Return) }).await
}

/// Approve an estimate by a decision. It takes the place of the one approved before; whoever handed it in does not approve it.
#[utoipa::path(tag = "money", params(("budget_id" = BudgetId, Path, description = "The estimate."), IfMatchHeader), request_body = ApproveMoney, responses((status = 200, description = "The estimate.", body = BudgetView)), security(("oauth2" = ["money:approve"])))]
#[post("/v1/budgets/{budget_id}/approve")]
pub async fn approve_budget(
    permit: Permit<MoneyApprove>,
    Segments(id): Segments<BudgetId>,
    if_match: IfMatch,
    Body(body): Body<ApproveMoney>,
) -> Result<Answer, Refusal> {
    body.check(permit.today())?;
    act(permit, id, if_match, Doing { decision: Some(body.decision), ..Doing::plain(MoneyAct::Approve) }).await
}
