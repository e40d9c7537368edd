//! A report as a document: JSON, or an official paper to edit, to sign and file, or to go on calculating with.

use actix_web::get;
use chrono::Datelike;
use htcd_domain::Code;
use htcd_domain::id::ReportId;
use htcd_domain::report::{Report, ReportContent};
use htcd_persistence::record::Stored as _;
use htcd_persistence::report_version;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::gather;
use super::paper::{Frozen, canonical, unwritable};
use super::view::missing_version;
use crate::answer::{Answer, JSON};
use crate::export::XLSX;
use crate::extract::{Params, Segments};
use crate::permit::{Permit, RecordsRead};
use crate::problem::Refusal;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentFormat {
    /// JSON: the figures with labels in both languages, and the paper block by block.
    Json,
    /// A paper to edit.
    Docx,
    /// A paper to sign and file.
    Pdf,
    /// A workbook to go on calculating with.
    Xlsx,
}

/// The media type of Word documents.
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// The media type of PDF.
const PDF: &str = "application/pdf";

/// Which document.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DocumentQuery {
    /// `json` (default), `docx`, `pdf` or `xlsx`.
    format: Option<DocumentFormat>,
    /// A version that was handed in; the report as it stands when left out.
    #[param(example = 1, minimum = 1)]
    version: Option<i64>,
}

/// All of a report: what it says as figures, and as a paper.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportDocument {
    /// What it says, with labels in both languages.
    pub content: ReportContent,
    /// The paper in the layout of Nghị định 30/2020/NĐ-CP, block by block, in Vietnamese.
    #[schema(value_type = Object)]
    pub paper: serde_json::Value,
}

/// A report as a document.
///
/// The paper is in Vietnamese, in the layout of official papers: national heading, number, place and date, addressees,
/// recipients, signature. A version that was handed in gives the same bytes each time, as long as the program stays the same;
/// its JSON is the text over which its `sha256` is made.
#[utoipa::path(
    tag = "reports",
    params(("report_id" = ReportId, Path, description = "The report."), DocumentQuery),
    responses((status = 200, description = "The document.", content(
        (ReportDocument = "application/json"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))),
    security(("oauth2" = ["records:read"])),
)]
#[get("/v1/reports/{report_id}/document")]
pub async fn get_report_document(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<ReportId>,
    Params(query): Params<DocumentQuery>,
) -> Result<Answer, Refusal> {
    permit
        .report(move |permit, tx| {
            let (kept, _) = Report::find(tx, id)?.ok_or(Code::NotFound)?;
            let report = &kept.content;
            let frozen = match query.version {
                Some(version) => Some(report_version::find(tx, id, version)?.ok_or(Code::NotFound)?),
                None if report.course.state.is_open() => None,
                None => Some(report_version::find(tx, id, report.course.version)?.ok_or_else(missing_version)?),
            };
            let document = match frozen {
                Some(frozen) => frozen.document,
                None => canonical(&gather::content(permit, tx, report)?),
            };
            write(report, document, query.format.unwrap_or(DocumentFormat::Json))
        })
        .await
}

fn write(report: &Report, document: String, format: DocumentFormat) -> htcd_persistence::Result<Answer> {
    let file = |ending: &str| format!("report-{}-{}.{ending}", report.kind, report.period.first.year());
    if format == DocumentFormat::Json {
        return Ok(Answer::bytes(document.into_bytes(), JSON).file_name(file("json")));
    }
    let paper = Frozen::read(&document)?.paper;
    let (bytes, media, ending) = match format {
        DocumentFormat::Docx => (htcd_reports::docx(&paper), DOCX, "docx"),
        DocumentFormat::Pdf => (htcd_reports::pdf(&paper), PDF, "pdf"),
        DocumentFormat::Xlsx | DocumentFormat::Json => (htcd_reports::xlsx(&paper), XLSX, "xlsx"),
    };
    let bytes = bytes.map_err(|error| unwritable(&error))?;
    Ok(Answer::bytes(bytes, media).file_name(file(ending)))
}
