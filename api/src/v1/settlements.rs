//! Settlements: counted from the books, approved by the commune, carried to the next year.

use actix_web::{delete, get, patch, post};
use htcd_domain::id::{CentreId, SettlementId, UnitId};
use htcd_domain::money::last_of_year;
use htcd_domain::money_step::{ApproveMoney, MoneyAct, MoneyState, OF_SETTLEMENTS, ReturnMoney};
use htcd_domain::rating::AllowedAction;
use htcd_domain::record::{Kept, Patch, Record};
use htcd_domain::settlement::{SettledYear, Settlement, SettlementCount, SettlementStanding, books_moved};
use htcd_domain::{Code, Problem};
use htcd_persistence::budget::Stands;
use htcd_persistence::money::Books;
use htcd_persistence::record::Stored as _;
use htcd_persistence::settlement::{self, SettlementFilter};
use htcd_persistence::{Change, Result as Stored, Tx, money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::money_case::{Doing, case};
use super::money_locks::move_lock;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, write_cursor};
use crate::permit::{MoneyApprove, Permit, RecordsRead, RecordsWrite, Right};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type SettlementRecord = Kept<Settlement>;
type SettlementPatch = Patch<Settlement>;

/// A settlement, with what was counted and how far it has come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SettlementItem {
    /// The settlement.
    #[serde(flatten)]
    pub record: SettlementRecord,
    /// How it stands.
    #[serde(flatten)]
    pub standing: SettlementStanding,
}

/// A settlement, with what the caller may do with it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettlementView {
    /// The settlement.
    #[serde(flatten)]
    pub item: SettlementItem,
    /// Every act with whether the caller may take it now, and otherwise why not.
    pub allowed_actions: Vec<AllowedAction>,
}

fn stands(tx: &mut Tx<'_>, id: SettlementId) -> Stored<Stands<SettlementStanding>> {
    Ok(settlement::standings(tx, &[id])?.remove(&id).ok_or(Code::NotFound)?)
}

fn view<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, record: SettlementRecord) -> Stored<SettlementView> {
    let Stands { standing, submitted } = stands(tx, record.id)?;
    let case = case(permit, tx, record.content.centre_id, (standing.state, submitted), OF_SETTLEMENTS)?;
    Ok(SettlementView { item: SettlementItem { record, standing }, allowed_actions: case.allowed_actions() })
}

/// What the books say now of the year of a settlement. They are held.
fn counted(tx: &mut Tx<'_>, content: &Settlement, id: Option<SettlementId>) -> Stored<SettlementCount> {
    let others: Vec<SettledYear> = settlement::years(tx, content.centre_id, id)?.into_iter().map(|(_, year)| year).collect();
    let opening = content.opening(&others)?;
    Ok(SettlementCount::of(opening, &money::tallies(tx, content.centre_id, content.year)?))
}

/// Whether a settlement says what the books say now: otherwise it is neither handed in nor approved.
pub(super) fn agrees(tx: &mut Tx<'_>, kept: &SettlementRecord, standing: &SettlementStanding) -> Stored<bool> {
    match counted(tx, &kept.content, Some(kept.id)) {
        Ok(count) => Ok(count == standing.count),
        Err(htcd_persistence::Error::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Kind for Settlement {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        money::hold(desk.tx, self.centre_id, desk.now)?;
        if let Some(before) = before {
            MoneyAct::Update.check(stands(desk.tx, before.id)?.standing.state)?;
        } else if let Some((id, _)) =
            settlement::years(desk.tx, self.centre_id, None)?.into_iter().find(|(_, other)| other.year == self.year)
        {
            let (vi, en) = ("Năm này đã có quyết toán.", "The year has a settlement already.");
            return Err(Problem::new(Code::AlreadyExists).detail(vi, en).with("settlement_id", id).into());
        }
        counted(desk.tx, self, before.map(|before| before.id)).map(drop)
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        MoneyAct::Delete.check(stands(desk.tx, kept.id)?.standing.state)?;
        Ok(())
    }

    fn follow(_: Option<&Kept<Self>>, after: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let Some(after) = after else { return Ok(()) };
        let count = counted(desk.tx, &after.content, Some(after.id))?;
        settlement::put_count(desk.tx, after.id, &count, desk.now)
    }
}

/// Which settlements a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSettlements {
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

/// Settlements in scope.
#[utoipa::path(tag = "money", params(ListSettlements), responses((status = 200, description = "A page of settlements.", body = Page<SettlementItem>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/settlements")]
pub async fn list_settlements(permit: Permit<RecordsRead>, Params(params): Params<ListSettlements>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = SettlementFilter { whose, year: params.year, state: params.state };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = settlement::list(tx, &filter, wanted.clone())?;
            let ids: Vec<SettlementId> = found.iter().map(|kept| kept.id).collect();
            let mut standings = settlement::standings(tx, &ids)?;
            let items = found.into_iter().filter_map(|record| {
                let standing = standings.remove(&record.id)?.standing;
                Some(SettlementItem { record, standing })
            });
            let cursor = |item: &SettlementItem| write_cursor(&(item.record.content.year, item.record.id));
            Ok(Answer::json(&Page::new(items.collect(), limit - 1, cursor)))
        })
        .await
}

/// One settlement, with what the caller may do with it now.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement.")), responses((status = 200, description = "The settlement.", body = SettlementView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/settlements/{settlement_id}")]
pub async fn get_settlement(permit: Permit<RecordsRead>, Segments(id): Segments<SettlementId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (record, revision) = Settlement::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view(permit, tx, record)?, revision))
        })
        .await
}

/// Count the settlement of a year that is over from the books.
///
/// A centre's first one gives the opening balance; later years open with what the year before closed with, in order.
#[utoipa::path(tag = "money", request_body = Settlement, responses((status = 201, description = "The settlement, a draft.", body = SettlementView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/settlements")]
pub async fn create_settlement(permit: Permit<RecordsWrite>, Body(body): Body<Settlement>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = record::store(permit, tx, body)?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|kept| Answer::created(&view, format!("/v1/settlements/{}", kept.id))))
        })
        .await
}

async fn change<R: Right>(
    permit: Permit<R>,
    id: SettlementId,
    if_match: IfMatch,
    patch: Option<Patch<Settlement>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Settlement::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = match patch {
                Some(patch) => record::patched(&patch, &before.content)?,
                None => before.content.clone(),
            };
            let counted_before = SettlementItem { standing: stands(tx, id)?.standing, record: before.clone() };
            let change = record::amend(permit, tx, (before, revision), content)?;
            let after = view(permit, tx, change.value)?;
            let answer = Answer::resource(&after, revision + 1);
            Ok(Change::updated(answer, Settlement::SUBJECT, id, &counted_before, &after.item).of_records())
        })
        .await
}

/// Change what a settlement says, and count it again.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement."), IfMatchHeader), request_body(content = SettlementPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The settlement.", body = SettlementView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/settlements/{settlement_id}")]
pub async fn update_settlement(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<SettlementId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Settlement>>,
) -> Result<Answer, Refusal> {
    change(permit, id, if_match, Some(body)).await
}

/// Count a settlement from the books again.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement."), IfMatchHeader), responses((status = 200, description = "The settlement.", body = SettlementView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/settlements/{settlement_id}/prepare")]
pub async fn prepare_settlement(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<SettlementId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    change(permit, id, if_match, None).await
}

/// Remove a settlement that is being drafted, or was returned. The audit trail keeps what it said.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/settlements/{settlement_id}")]
pub async fn delete_settlement(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<SettlementId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Settlement, _>(permit, id, if_match).await
}

async fn act<R: Right>(permit: Permit<R>, id: SettlementId, if_match: IfMatch, doing: Doing) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (record, revision) = Settlement::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let (centre, year) = (record.content.centre_id, record.content.year);
            let books = money::hold(tx, centre, permit.now())?;
            let Stands { standing, submitted } = stands(tx, id)?;
            let state = case(permit, tx, centre, (standing.state, submitted), OF_SETTLEMENTS)?.take(doing.act)?;
            if doing.act != MoneyAct::Return && counted(tx, &record.content, Some(id))? != standing.count {
                return Err(books_moved().into());
            }
            let mut changes = vec![];
            let last = last_of_year(year);
            if doing.act == MoneyAct::Approve && books.locked_to.is_none_or(|locked_to| locked_to < last) {
                let locked = Books { locked_to: Some(last), reason: None, revision: books.revision };
                changes.push(move_lock(permit, tx, centre, (&books, &locked))?);
            }
            settlement::act(tx, id, revision, &doing.done(permit, state))?;
            let before = SettlementItem { record, standing };
            let (record, revision) = Settlement::find(tx, id)?.ok_or(Code::NotFound)?;
            let after = view(permit, tx, record)?;
            let change = Change::updated((), Settlement::SUBJECT, id, &before, &after.item);
            changes.push(change.because(doing.return_reason.as_deref()).of_records());
            Ok((Answer::resource(&after, revision), changes))
        })
        .await
}

/// Hand in a settlement that agrees with the books.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement."), IfMatchHeader), responses((status = 200, description = "The settlement.", body = SettlementView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/settlements/{settlement_id}/submit")]
pub async fn submit_settlement(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<SettlementId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    act(permit, id, if_match, Doing::plain(MoneyAct::Submit)).await
}

/// Send a settlement back, with a reason.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement."), IfMatchHeader), request_body = ReturnMoney, responses((status = 200, description = "The settlement.", body = SettlementView)), security(("oauth2" = ["money:approve"])))]
#[post("/v1/settlements/{settlement_id}/return")]
pub async fn return_settlement(
    permit: Permit<MoneyApprove>,
    Segments(id): Segments<SettlementId>,
    if_match: IfMatch,
    Body(body): Body<ReturnMoney>,
) -> Result<Answer, Refusal> {
    act(permit, id, if_match, Doing { return_reason: Some(body.reason), ..Doing::plain(MoneyAct::Return) }).await
}

/// Approve a settlement by a decision. It locks the books to the end of the year, for good; whoever handed it in does not approve it.
#[utoipa::path(tag = "money", params(("settlement_id" = SettlementId, Path, description = "The settlement."), IfMatchHeader), request_body = ApproveMoney, responses((status = 200, description = "The settlement.", body = SettlementView)), security(("oauth2" = ["money:approve"])))]
#[post("/v1/settlements/{settlement_id}/approve")]
pub async fn approve_settlement(
    permit: Permit<MoneyApprove>,
    Segments(id): Segments<SettlementId>,
    if_match: IfMatch,
    Body(body): Body<ApproveMoney>,
) -> Result<Answer, Refusal> {
    body.check(permit.today())?;
    act(permit, id, if_match, Doing { decision: Some(body.decision), ..Doing::plain(MoneyAct::Approve) }).await
}
