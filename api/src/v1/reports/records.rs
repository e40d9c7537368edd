//! Reports as they are written.

use actix_web::{delete, get, patch, post};
use htcd_domain::Code;
use htcd_domain::id::{CentreId, ReportId, UnitId};
use htcd_domain::record::{Kept, Patch, Record as _};
use htcd_domain::report::{Report, ReportAction, ReportKind, ReportState};
use htcd_persistence::record::Stored as _;
use htcd_persistence::report::{self, ReportFilter};
use htcd_persistence::{Change, Result as Stored, centre};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{Loaded, ReportRecord, ReportView};
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::figures;
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};
use crate::v1::documents;

/// As the document names it.
type ReportPatch = Patch<Report>;

impl Kind for Report {
    fn settle(&mut self, before: Option<&Kept<Self>>, _: &mut Desk<'_, '_>) -> Stored<()> {
        self.course = before.map(|before| before.content.course.clone()).unwrap_or_default();
        Ok(())
    }

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        self.check_centre(&centre)?;
        let own = before.map(|before| before.id);
        report::check_unique(desk.tx, self, own)?;
        documents::check_borne(self.borne_number(own), self.centre_id, desk)
    }
}

/// Which reports a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReports {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this kind.
    kind: Option<ReportKind>,
    /// Of this period.
    #[param(example = "2018")]
    period: Option<String>,
    /// In this state.
    state: Option<ReportState>,
    /// By the last day of the period: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Reports in scope, without what they count. What one says, and what may be done with it, says `GET /v1/reports/{report_id}`.
#[utoipa::path(tag = "reports", params(ListReports), responses((status = 200, description = "A page of reports.", body = Page<ReportRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/reports")]
pub async fn list_reports(permit: Permit<RecordsRead>, Params(params): Params<ListReports>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = ReportFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        kind: params.kind,
        period: params.period.map(|text| figures::period("period", &text)).transpose()?,
        state: params.state,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(report::list(tx, &filter, wanted.clone())?, limit, |report: &Report| report.period.last))
        })
        .await
}

/// One report, with all that it says and what may be done with it.
///
/// While it is a draft or was returned, its numbers are counted from the records now, up to its cut-off; once it is handed in,
/// they are those that were frozen then.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report.")), responses((status = 200, description = "The report.", body = ReportView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/reports/{report_id}")]
pub async fn get_report(permit: Permit<RecordsRead>, Segments(id): Segments<ReportId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let loaded = Loaded::find(permit, tx, id)?;
            Ok(Answer::resource(&loaded.view(permit, tx)?, loaded.revision))
        })
        .await
}

/// Begin a report. A centre has one of a kind and period.
#[utoipa::path(tag = "reports", request_body = Report, responses((status = 201, description = "The report, a draft.", body = ReportView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/reports")]
pub async fn create_report(permit: Permit<RecordsWrite>, Body(body): Body<Report>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = report::explained(record::store(permit, tx, body.clone()), &body)?;
            let mut loaded = Loaded::around(permit, tx, change.value.clone(), 1)?;
            loaded.record(permit, tx, None, None)?;
            let answer = Answer::created(&loaded.view(permit, tx)?, format!("/v1/reports/{}", loaded.kept.id));
            Ok(change.map(|_| answer))
        })
        .await
}

/// Change a report that is a draft or was returned.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report."), IfMatchHeader), request_body(content = ReportPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The report.", body = ReportView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/reports/{report_id}")]
pub async fn update_report(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ReportId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Report>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let mut loaded = Loaded::permitted(permit, tx, id, &if_match, ReportAction::Edit)?;
            let content = record::patched(&body, &loaded.kept.content)?;
            let before = (loaded.kept.clone(), loaded.revision);
            let change = report::explained(record::amend(permit, tx, before, content.clone()), &content)?;
            loaded.kept = change.value.clone();
            loaded.revision += 1;
            loaded.record(permit, tx, Some(ReportAction::Edit), None)?;
            let answer = Answer::resource(&loaded.view(permit, tx)?, loaded.revision);
            Ok(change.map(|_| answer))
        })
        .await
}

/// Remove a draft. What was handed in once stays.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/reports/{report_id}")]
pub async fn delete_report(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ReportId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let loaded = Loaded::permitted(permit, tx, id, &if_match, ReportAction::Delete)?;
            report::remove_steps(tx, id)?;
            Report::remove(tx, id, loaded.revision)?;
            Ok(Change::removed(Answer::nothing(), Report::SUBJECT, id, &loaded.kept).of_records())
        })
        .await
}
