//! More time for what is due: granted and withdrawn by the province, whose calendar it is.

use actix_web::{get, post};
use htcd_domain::Code;
use htcd_domain::calendar::DueKind;
use htcd_domain::extension::{Extension, ExtensionCourse, WithdrawExtension};
use htcd_domain::id::{CentreId, ExtensionId, UnitId};
use htcd_domain::record::{Kept, Record as _};
use htcd_persistence::extension::{self, ExtensionFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Change, Result as Stored, calendar};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};
use crate::v1::ratings::case::hand;

/// As the document names it.
type ExtensionRecord = Kept<Extension>;

impl Kind for Extension {
    fn admit(&self, _: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        Ok(self.check_gives(calendar::deadlines(desk.tx)?.due(self.kind, self.year))?)
    }
}

/// Which extensions a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListExtensions {
    /// Granted to this centre itself.
    centre_id: Option<CentreId>,
    /// Granted to this unit, what lies in it, or a centre there.
    unit_id: Option<UnitId>,
    /// For this.
    kind: Option<DueKind>,
    /// Of this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// Only those that were withdrawn, or only those that were not.
    withdrawn: Option<bool>,
    /// By their last day: `desc` (default) the latest first, `asc` the earliest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Extensions in scope, also those that were withdrawn.
#[utoipa::path(tag = "deadlines", params(ListExtensions), responses((status = 200, description = "A page of extensions.", body = Page<ExtensionRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/extensions")]
pub async fn list_extensions(permit: Permit<RecordsRead>, Params(params): Params<ListExtensions>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = ExtensionFilter { whose, kind: params.kind, year: params.year, withdrawn: params.withdrawn };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(extension::list(tx, &filter, wanted.clone())?, limit, |it: &Extension| it.until))
        })
        .await
}

/// One extension.
#[utoipa::path(tag = "deadlines", params(("extension_id" = ExtensionId, Path, description = "The extension.")), responses((status = 200, description = "The extension.", body = ExtensionRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/extensions/{extension_id}")]
pub async fn get_extension(permit: Permit<RecordsRead>, Segments(id): Segments<ExtensionId>) -> Result<Answer, Refusal> {
    record::get::<Extension, _>(permit, id).await
}

/// Grant more time for one thing of a year, to a centre or to all centres of a unit. Of several the one that reaches the furthest counts.
/// It is not changed: withdraw it and grant another.
#[utoipa::path(tag = "deadlines", request_body = Extension, responses((status = 201, description = "The extension.", body = ExtensionRecord)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/extensions")]
pub async fn create_extension(permit: Permit<SettingsWrite>, Body(body): Body<Extension>) -> Result<Answer, Refusal> {
    let course = ExtensionCourse::granted(hand(permit.caller()));
    record::create(permit, Extension { course, ..body }).await
}

/// Withdraw an extension. From that day on what it was for is due when it would have been without it; what was in time stays so for days
/// before.
#[utoipa::path(tag = "deadlines", params(("extension_id" = ExtensionId, Path, description = "The extension."), IfMatchHeader), request_body = WithdrawExtension, responses((status = 200, description = "The extension.", body = ExtensionRecord)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/extensions/{extension_id}/withdraw")]
pub async fn withdraw_extension(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<ExtensionId>,
    if_match: IfMatch,
    Body(body): Body<WithdrawExtension>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Extension::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            record::check_writes(permit, tx, &before.content)?;
            let content = before.content.withdrawn(permit.caller().user_id, permit.now(), body.reason.clone())?;
            let after = Kept { content, updated_at: permit.now(), ..before.clone() };
            Extension::update(tx, &after, revision)?;
            let answer = Answer::resource(&after, revision + 1);
            Ok(Change::updated(answer, Extension::SUBJECT, id, &before, &after).because(Some(&body.reason)).of_records())
        })
        .await
}
