//! The versions of a report that were handed in.

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::id::ReportId;
use htcd_domain::report::{Report, ReportContent, ReportVersion};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{report, report_version};
use serde::Serialize;
use utoipa::ToSchema;

use super::paper::Frozen;
use crate::answer::Answer;
use crate::extract::Segments;
use crate::permit::{Permit, RecordsRead};
use crate::problem::Refusal;

/// A version with all that it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportVersionView {
    /// When it was handed in, and what became of it.
    #[serde(flatten)]
    pub version: ReportVersion,
    /// All that it says, as it was frozen.
    #[schema(value_type = ReportContent)]
    pub content: serde_json::Value,
}

/// The versions of a report, oldest first, with what became of each.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report.")), responses((status = 200, description = "Its versions.", body = [ReportVersion])), security(("oauth2" = ["records:read"])))]
#[get("/v1/reports/{report_id}/versions")]
pub async fn list_report_versions(permit: Permit<RecordsRead>, Segments(id): Segments<ReportId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            Report::find(tx, id)?.ok_or(Code::NotFound)?;
            let steps = report::steps(tx, id)?;
            let versions = report_version::all(tx, id)?;
            Ok(Answer::json(&versions.iter().map(|frozen| ReportVersion::of(frozen, &steps)).collect::<Vec<_>>()))
        })
        .await
}

/// A version of a report, as it was handed in.
#[utoipa::path(tag = "reports", params(("report_id" = ReportId, Path, description = "The report."), ("version" = i64, Path, description = "Which version: 1, 2, 3 …", example = 1, minimum = 1)), responses((status = 200, description = "The version.", body = ReportVersionView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/reports/{report_id}/versions/{version}")]
pub async fn get_report_version(
    permit: Permit<RecordsRead>,
    Segments((id, version)): Segments<(ReportId, i64)>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            Report::find(tx, id)?.ok_or(Code::NotFound)?;
            let frozen = report_version::find(tx, id, version)?.ok_or(Code::NotFound)?;
            let view = ReportVersionView {
                version: ReportVersion::of(&frozen, &report::steps(tx, id)?),
                content: Frozen::read(&frozen.document)?.content,
            };
            Ok(Answer::json(&view))
        })
        .await
}
