//! What provinces submit to the Ministry: sealed once, read by the province and the Ministry, never changed.

pub mod diff;
pub mod keys;
pub mod sealing;
mod tables;
mod year;

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::access::Scope;
use htcd_domain::id::{ProvinceId, SubmissionId};
use htcd_domain::scheme::Subject;
use htcd_domain::submission::{Submission, SubmissionFormat};
use htcd_persistence::submission::{self, SubmissionFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, JSON, Page};
use crate::export::{CSV, XLSX};
use crate::extract::{Params, Segments, bad_cursor, page_size, read_cursor, write_cursor};
use crate::permit::{Permit, Right, SubmissionsRead};
use crate::problem::Refusal;
use crate::seal::SubmissionDocument;

/// Which submissions a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSubmissions {
    /// Of this province; for the Ministry, which sees those of all.
    province_id: Option<ProvinceId>,
    /// Of this year.
    #[param(example = 2011, minimum = 1999, maximum = 2100)]
    year: Option<i32>,
    /// Of centres or communes.
    subject: Option<Subject>,
    /// `true`: those that were superseded; `false`: those that hold.
    superseded: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The tenants whose submissions the caller reads, each with how far: one's own, or all of them for the Ministry.
fn tenants<R: Right>(permit: &Permit<R>) -> Vec<(ProvinceId, Scope)> {
    let own = permit.scope();
    if own.province_id.is_nation() {
        permit.atlas().provinces.iter().map(|province| (province.id, Scope::whole(province.id))).collect()
    } else {
        vec![(own.province_id, own.clone())]
    }
}

/// A submission that the caller may read, with the scope it was found in. Each tenant is asked by the key of its own table.
fn locate<R: Right>(permit: &Permit<R>, id: SubmissionId) -> Result<(Scope, Submission), Refusal> {
    for (_, scope) in tenants(permit) {
        if let Some(found) = permit.database().read(&scope, |tx| submission::find(tx, id))? {
            return Ok((scope, found));
        }
    }
    Err(Code::NotFound.into())
}

/// Submissions to the Ministry: one's own province's, or every province's for the Ministry; by province, newest first.
#[utoipa::path(tag = "submissions", params(ListSubmissions), responses((status = 200, description = "A page of submissions.", body = Page<Submission>)), security(("oauth2" = ["submissions:read"])))]
#[get("/v1/submissions")]
pub async fn list_submissions(
    permit: Permit<SubmissionsRead>,
    Params(query): Params<ListSubmissions>,
) -> Result<Answer, Refusal> {
    let limit = page_size(query.limit)?;
    let cursor: Option<(ProvinceId, i64)> = read_cursor(query.cursor.as_deref())?;
    let filter = SubmissionFilter { year: query.year, subject: query.subject, superseded: query.superseded };
    permit
        .run(move |permit| {
            let mut tenants = tenants(&permit);
            if let Some(wanted) = query.province_id {
                tenants.retain(|(tenant, _)| *tenant == wanted);
                if tenants.is_empty() {
                    return Err(Code::NotFound.into());
                }
            }
            let mut below = None;
            if let Some((tenant, number)) = cursor {
                let place = tenants.iter().position(|(known, _)| *known == tenant).ok_or_else(bad_cursor)?;
                tenants.drain(..place);
                below = Some(number);
            }
            let mut items: Vec<Submission> = Vec::new();
            for (_, scope) in tenants {
                let open = limit + 1 - i64::try_from(items.len()).unwrap_or(i64::MAX);
                if open <= 0 {
                    break;
                }
                items.extend(permit.database().read(&scope, |tx| submission::page(tx, &filter, below, open))?);
                below = None;
            }
            let place = |item: &Submission| write_cursor(&(item.header.province.id, item.header.number));
            Ok(Answer::json(&Page::new(items, limit, place)))
        })
        .await
}

/// One submission, without its records.
#[utoipa::path(tag = "submissions", params(("submission_id" = SubmissionId, Path, description = "The submission.")), responses((status = 200, description = "The submission.", body = Submission)), security(("oauth2" = ["submissions:read"])))]
#[get("/v1/submissions/{submission_id}")]
pub async fn get_submission(permit: Permit<SubmissionsRead>, Segments(id): Segments<SubmissionId>) -> Result<Answer, Refusal> {
    permit.run(move |permit| Ok(Answer::json(&locate(&permit, id)?.1))).await
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentQuery {
    /// `json` (default): the signed submission with its records. `csv`: figures by unit. `records_csv`: records. `xlsx`: both.
    format: Option<SubmissionFormat>,
}

/// The media type of a file of a submission.
fn media_type(format: SubmissionFormat) -> &'static str {
    match format {
        SubmissionFormat::Json => JSON,
        SubmissionFormat::Csv | SubmissionFormat::RecordsCsv => CSV,
        SubmissionFormat::Xlsx => XLSX,
    }
}

/// A submission as it was sealed, byte for byte, however long ago.
///
/// The JSON is canonical (RFC 8785) and holds everything: figures, every record, the hashes of the other files, and the
/// province's signature. `htcd verify-submission` checks it without a server.
#[utoipa::path(
    tag = "submissions",
    params(("submission_id" = SubmissionId, Path, description = "The submission."), ContentQuery),
    responses((status = 200, description = "The file.", content(
        (SubmissionDocument = "application/json"),
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))),
    security(("oauth2" = ["submissions:read"])),
)]
#[get("/v1/submissions/{submission_id}/content")]
pub async fn get_submission_content(
    permit: Permit<SubmissionsRead>,
    Segments(id): Segments<SubmissionId>,
    Params(query): Params<ContentQuery>,
) -> Result<Answer, Refusal> {
    let format = query.format.unwrap_or(SubmissionFormat::Json);
    permit
        .run(move |permit| {
            let (scope, found) = locate(&permit, id)?;
            let missing = || htcd_persistence::Error::Corrupt(format!("submission {id} lacks its {format}"));
            let bytes = permit.database().read(&scope, |tx| submission::file(tx, id, format)?.ok_or_else(missing))?;
            Ok(Answer::bytes(bytes, media_type(format)).file_name(found.header.file_name(format)))
        })
        .await
}
