//! Handing a report in, sending it back, accepting it.

use actix_web::{get, post};
use htcd_domain::Code;
use htcd_domain::id::ReportId;
use htcd_domain::report::{FrozenReport, Report, ReportAction, ReportStep, ReturnReport};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{report, report_version};

use super::view::{Loaded, ReportView};
use super::{gather, paper};
use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader, Segments};
use crate::permit::{Permit, RecordsRead, ReportsAccept, ReportsSubmit};
use crate::problem::Refusal;
use crate::v1::ratings::case::hand;

/// Hand a report in. All of it is frozen as its next version: what changes in the records later does not change it.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report."), IfMatchHeader), responses((status = 200, description = "The report.", body = ReportView)), security(("oauth2" = ["reports:submit"])))]
#[post("/v1/reports/{report_id}/submit")]
pub async fn submit_report(
    permit: Permit<ReportsSubmit>,
    Segments(id): Segments<ReportId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let mut loaded = Loaded::permitted(permit, tx, id, &if_match, ReportAction::Submit)?;
            let content = gather::content(permit, tx, &loaded.kept.content)?;
            // What was handed in can be written as a paper for ever.
            htcd_reports::docx(&paper::paper(&content)).map_err(|error| paper::unwritable(&error))?;
            let document = paper::canonical(&content);
            let after = loaded.kept.content.submitted(permit.now());
            let hand = hand(permit.caller());
            let frozen = FrozenReport {
                version: after.course.version,
                cut_off: content.cut_off,
                submitted_at: permit.now(),
                user_id: hand.user_id,
                acting_user_id: hand.acting_user_id,
                sha256: paper::sha256(&document),
                document,
            };
            let change = loaded.advance(permit, tx, after, Some(&frozen.sha256))?;
            report_version::insert(tx, id, &frozen)?;
            loaded.record(permit, tx, Some(ReportAction::Submit), None)?;
            let answer = Answer::resource(&loaded.view(permit, tx)?, loaded.revision);
            Ok(change.map(|()| answer))
        })
        .await
}

/// Send a report back with a reason. It is counted anew until it is handed in again, as the next version.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report."), IfMatchHeader), request_body = ReturnReport, responses((status = 200, description = "The report.", body = ReportView)), security(("oauth2" = ["reports:accept"])))]
#[post("/v1/reports/{report_id}/return")]
pub async fn return_report(
    permit: Permit<ReportsAccept>,
    Segments(id): Segments<ReportId>,
    if_match: IfMatch,
    Body(body): Body<ReturnReport>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let mut loaded = Loaded::permitted(permit, tx, id, &if_match, ReportAction::Return)?;
            let after = loaded.kept.content.returned(body.reason.clone(), body.sections.clone());
            let change = loaded.advance(permit, tx, after, None)?.because(Some(&body.reason));
            loaded.record(permit, tx, Some(ReportAction::Return), Some((body.reason, body.sections)))?;
            let answer = Answer::resource(&loaded.view(permit, tx)?, loaded.revision);
            Ok(change.map(|()| answer))
        })
        .await
}

/// Accept a report. Whoever wrote it or handed it in does not.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report."), IfMatchHeader), responses((status = 200, description = "The report.", body = ReportView)), security(("oauth2" = ["reports:accept"])))]
#[post("/v1/reports/{report_id}/accept")]
pub async fn accept_report(
    permit: Permit<ReportsAccept>,
    Segments(id): Segments<ReportId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let mut loaded = Loaded::permitted(permit, tx, id, &if_match, ReportAction::Accept)?;
            let after = loaded.kept.content.accepted(permit.now());
            let change = loaded.advance(permit, tx, after, None)?;
            loaded.record(permit, tx, Some(ReportAction::Accept), None)?;
            let answer = Answer::resource(&loaded.view(permit, tx)?, loaded.revision);
            Ok(change.map(|()| answer))
        })
        .await
}

/// Everything that was done with a report, oldest first: who wrote, handed in, returned, accepted.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report.")), responses((status = 200, description = "Its history.", body = [ReportStep])), security(("oauth2" = ["records:read"])))]
#[get("/v1/reports/{report_id}/steps")]
pub async fn list_report_steps(permit: Permit<RecordsRead>, Segments(id): Segments<ReportId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            Report::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&report::steps(tx, id)?))
        })
        .await
}
