//! The books of centres, entry by entry.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::activity::Activity;
use htcd_domain::id::{ActivityId, CentreId, MoneyEntryId, UnitId};
use htcd_domain::money::{Direction, ExpenseCategory, IncomeSource, MoneyEntry};
use htcd_domain::money_step::MoneyState;
use htcd_domain::record::{Kept, Patch};
use htcd_domain::{Code, Problem};
use htcd_persistence::money::{self, EntryFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, budget, centre, settlement};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type MoneyEntryRecord = Kept<MoneyEntry>;
type MoneyEntryPatch = Patch<MoneyEntry>;

/// What others correct stays as it is.
fn check_uncorrected(kept: &Kept<MoneyEntry>, desk: &mut Desk<'_, '_>) -> Stored<()> {
    let (corrections, _) = money::corrections(desk.tx, kept.id)?;
    if corrections == 0 {
        return Ok(());
    }
    let (vi, en) = (
        "Bút toán này đã có bút toán điều chỉnh nên không sửa, không xóa; sửa ở bút toán điều chỉnh.",
        "Other entries correct this one, so it stays; change those.",
    );
    Err(Problem::new(Code::Blocked).detail(vi, en).into())
}

impl Kind for MoneyEntry {
    // A centre that is suspended or has ended still has its accounts to settle: nothing asks here whether it is operating.
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let locked_to = money::hold(desk.tx, self.centre_id, desk.now)?.locked_to;
        let settled = if locked_to.is_some() { settlement::newest_approved(desk.tx, self.centre_id)? } else { None };
        self.check_open(locked_to, settled)?;
        if let Some(before) = before {
            before.content.check_open(locked_to, settled)?;
            check_uncorrected(before, desk)?;
        }
        if let Some(activity) = self.activity_id
            && Activity::find(desk.tx, activity)?.is_none_or(|(activity, _)| activity.content.centre_id != self.centre_id)
        {
            let (vi, en) = ("Hoạt động này không thuộc trung tâm.", "The activity is not one of the centre's.");
            return Err(Problem::rule("/activity_id", "activity_of_centre", vi, en).into());
        }
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        self.check_founded(&centre)?;
        let own = before.map(|kept| kept.id);
        if let Some(other) = money::other_voucher(desk.tx, self, own)? {
            let (vi, en) = (
                "Số chứng từ này đã ghi cho một bút toán khác của trung tâm trong năm.",
                "Another entry of the centre has this voucher number in the year.",
            );
            let problem = Problem::new(Code::AlreadyExists).detail(vi, en).with("pointer", "/voucher_number");
            return Err(problem.with("money_entry_id", other).into());
        }
        if let Some(id) = self.corrects_id {
            let absent = || {
                let (vi, en) = ("Không có bút toán này trong phạm vi của bạn.", "There is no such entry within your scope.");
                Problem::rule("/corrects_id", "entry_in_scope", vi, en)
            };
            let (corrected, _) = Self::find(desk.tx, id)?.ok_or_else(absent)?;
            let (_, so_far) = money::corrections(desk.tx, id)?;
            let as_before = before.and_then(|before| before.content.amount_vnd).unwrap_or(0);
            let together = corrected.content.amount_vnd.unwrap_or(0) + so_far - as_before;
            self.check_correction(&corrected.content, together)?;
        }
        let Some(category) = self.category else { return Ok(()) };
        // Without an approved estimate there is nothing that it could go beyond; the summary shows that there is none.
        if let Some(approved) = budget::standing_so(desk.tx, self.centre_id, self.year(), &[MoneyState::Approved])? {
            let planned =
                approved.content.by_category().into_iter().filter(|(of, _)| *of == category).map(|(_, amount)| amount).sum();
            let spent = money::spent(desk.tx, self.centre_id, self.year(), category, own)?;
            self.check_estimate(planned, spent)?;
        }
        Ok(())
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let centre = kept.content.centre_id;
        let locked_to = money::hold(desk.tx, centre, desk.now)?.locked_to;
        let settled = if locked_to.is_some() { settlement::newest_approved(desk.tx, centre)? } else { None };
        kept.content.check_open(locked_to, settled)?;
        check_uncorrected(kept, desk)
    }
}

/// Which entries a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMoneyEntries {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// Of this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
    /// In or out.
    direction: Option<Direction>,
    /// From this source.
    source: Option<IncomeSource>,
    /// Of this category.
    category: Option<ExpenseCategory>,
    /// In kind, or in money.
    in_kind: Option<bool>,
    /// That give a reason for going beyond the estimate, or that do not.
    above_estimate: Option<bool>,
    /// Of this activity.
    activity_id: Option<ActivityId>,
    /// By the day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Entries of books in scope.
#[utoipa::path(tag = "money", params(ListMoneyEntries), responses((status = 200, description = "A page of entries.", body = Page<MoneyEntryRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/money_entries")]
pub async fn list_money_entries(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListMoneyEntries>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = EntryFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        from: params.from,
        to: params.to,
        direction: params.direction,
        source: params.source,
        category: params.category,
        in_kind: params.in_kind,
        above_estimate: params.above_estimate,
        activity: params.activity_id,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(money::list(tx, &filter, wanted.clone())?, limit, |entry: &MoneyEntry| entry.date))
        })
        .await
}

/// One entry.
#[utoipa::path(tag = "money", params(("money_entry_id" = MoneyEntryId, Path, description = "The entry.")), responses((status = 200, description = "The entry.", body = MoneyEntryRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/money_entries/{money_entry_id}")]
pub async fn get_money_entry(permit: Permit<RecordsRead>, Segments(id): Segments<MoneyEntryId>) -> Result<Answer, Refusal> {
    record::get::<MoneyEntry, _>(permit, id).await
}

/// Enter money that came in or was spent, or what came in kind.
///
/// Spending for which the approved estimate of the year has no room is refused without `reason_above_estimate`, and kept with it. Nothing
/// goes into a locked period: what is wrong there is corrected by an entry with `corrects_id` in the open one.
#[utoipa::path(tag = "money", request_body = MoneyEntry, responses((status = 201, description = "The entry.", body = MoneyEntryRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/money_entries")]
pub async fn create_money_entry(permit: Permit<RecordsWrite>, Body(body): Body<MoneyEntry>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change an entry whose period is open, within open periods.
#[utoipa::path(tag = "money", params(("money_entry_id" = MoneyEntryId, Path, description = "The entry."), IfMatchHeader), request_body(content = MoneyEntryPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The entry.", body = MoneyEntryRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/money_entries/{money_entry_id}")]
pub async fn update_money_entry(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<MoneyEntryId>,
    if_match: IfMatch,
    Body(body): Body<Patch<MoneyEntry>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an entry whose period is open. The audit trail keeps what it said.
#[utoipa::path(tag = "money", params(("money_entry_id" = MoneyEntryId, Path, description = "The entry."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/money_entries/{money_entry_id}")]
pub async fn delete_money_entry(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<MoneyEntryId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<MoneyEntry, _>(permit, id, if_match).await
}
