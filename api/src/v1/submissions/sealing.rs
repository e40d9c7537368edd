//! Sealing: what would be sealed now, and the act.

use actix_web::{get, post};
use htcd_domain::Code;
use htcd_domain::problem::Problem;
use htcd_domain::rating::Reason;
use htcd_domain::scheme::Subject;
use htcd_domain::submission::{CreateSubmission, Submission, SubmissionContent, SubmissionFormat, no_round};
use htcd_persistence::submission::SealedFile;
use htcd_persistence::submission_key::SubmissionKey;
use htcd_persistence::{Change, Error, submission, submission_key};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::year::Year;
use super::{media_type, tables};
use crate::answer::Answer;
use crate::export::{csv, workbook};
use crate::extract::{Body, Params};
use crate::permit::{Permit, SubmissionsSeal};
use crate::problem::Refusal;
use crate::seal::{entry, seal, sha256};
use crate::v1::ratings::case::hand;

/// Which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// The year that was rated.
    #[param(example = 2018, minimum = 1999, maximum = 2100)]
    year: i32,
    /// Ratings of centres (default) or titles of communes.
    subject: Option<Subject>,
}

/// What would be sealed now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionPreview {
    /// Whether it could be sealed as it is, without saying anything of it being incomplete or a correction.
    pub allowed: bool,
    /// Otherwise, why not.
    pub reasons: Vec<Reason>,
    /// What would be sealed, with the number it would get. Its id is made when it is sealed.
    pub content: SubmissionContent,
}

/// What would be sealed now for a year, with what stands against it. Nothing is stored.
#[utoipa::path(tag = "submissions", params(PreviewQuery), responses((status = 200, description = "What would be sealed.", body = SubmissionPreview)), security(("oauth2" = ["submissions:seal"])))]
#[get("/v1/submissions/preview")]
pub async fn preview_submission(permit: Permit<SubmissionsSeal>, Params(query): Params<PreviewQuery>) -> Result<Answer, Refusal> {
    permit
        .report(move |permit, tx| {
            let subject = query.subject.unwrap_or(Subject::Centre);
            let year = Year::read(permit, tx, query.year, subject)?.ok_or_else(|| no_round(query.year))?;
            let current = submission::current(tx, query.year, subject)?;
            let reasons = year.standing(submission_key::has_signing(tx)?, current.as_ref()).reasons_against();
            let content = year.now(permit, tx, current.as_ref())?;
            Ok(Answer::json(&SubmissionPreview { allowed: reasons.is_empty(), reasons, content }))
        })
        .await
}

/// Seal what the province submits to the Ministry.
///
/// The distribution of the year with every record that it rests on is put together, numbered, hashed, signed with the
/// province's key, and never changed again. A year and subject has one that holds: a correction names it in `supersedes_id`,
/// with a reason, and the old one stays readable.
#[utoipa::path(tag = "submissions", request_body = CreateSubmission, responses((status = 201, description = "The submission.", body = Submission)), security(("oauth2" = ["submissions:seal"])))]
#[post("/v1/submissions")]
pub async fn create_submission(permit: Permit<SubmissionsSeal>, Body(body): Body<CreateSubmission>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            // Whoever seals goes first, and the next one sees what was sealed.
            let key = submission_key::hold_signing(tx)?;
            let year = Year::read(permit, tx, body.year, body.subject())?.ok_or_else(|| no_round(body.year))?;
            let superseded = match body.supersedes_id {
                Some(id) => submission::find(tx, id)?,
                None => None,
            };
            let current = submission::current(tx, body.year, body.subject())?;
            year.standing(key.is_some(), current.as_ref()).check(&body, superseded.as_ref())?;
            let key = key.ok_or(Code::Blocked)?;
            let id = body.id.unwrap_or_else(|| permit.new_id());
            let content = year.content(permit, tx, id, &body, superseded.as_ref())?;
            let hand = hand(permit.caller());
            let (made, files) = make(content, &key).map_err(|refusal| Error::from(refusal.into_problem()))?;
            let made = Submission { sealed_by: hand.user_id, acting_user_id: hand.acting_user_id, ..made };
            submission::insert(tx, &made, &files)?;
            let answer = Answer::created(&made, format!("/v1/submissions/{id}"));
            Ok(Change::created(answer, "submission", id, &made).because(body.reason.as_deref()).apart_from_figures())
        })
        .await
}

/// Makes the files of a content and seals it.
fn make(mut content: SubmissionContent, key: &SubmissionKey) -> Result<(Submission, Vec<SealedFile>), Refusal> {
    // A figure that its own records do not give is never signed.
    if let Some(fault) = content.disagreements().first() {
        tracing::error!(%fault, year = content.header.year, "a submission does not agree with its records");
        return Err(Problem::new(Code::Internal).into());
    }
    let [units, records, about] = [tables::by_unit(&content), tables::by_record(&content), tables::header(&content)];
    let (by_unit, by_record) = (csv(&units, false)?, csv(&records, false)?);
    let book = workbook(&content.header.title, &[units, records, about], content.header.cut_off)?;
    let beside = [(SubmissionFormat::Csv, by_unit), (SubmissionFormat::RecordsCsv, by_record), (SubmissionFormat::Xlsx, book)];
    content.files = beside.iter().map(|(format, bytes)| entry(*format, media_type(*format), bytes)).collect();
    let (header, total, manifest) = (content.header.clone(), content.total.clone(), content.files.clone());
    let sealed = seal(content, key)?;
    let mut files =
        vec![SealedFile { format: SubmissionFormat::Json, sha256: sha256(&sealed.document), content: sealed.document }];
    files.extend(beside.into_iter().map(|(format, content)| SealedFile { format, sha256: sha256(&content), content }));
    let submission = Submission {
        header,
        sha256: sealed.sha256,
        key_id: key.id.clone(),
        total,
        files: manifest,
        superseded_by: None,
        sealed_by: uuid::Uuid::nil().into(),
        acting_user_id: None,
    };
    Ok((submission, files))
}
