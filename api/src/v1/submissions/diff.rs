//! What has changed since a submission was sealed, and what differs between two.

use std::collections::BTreeMap;

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::Coded;
use htcd_domain::access::Scope;
use htcd_domain::boundaries::Boundaries;
use htcd_domain::id::SubmissionId;
use htcd_domain::rated_record::CountedRecord;
use htcd_domain::submission::{DiffSide, Submission, SubmissionContent, SubmissionDiff, SubmissionFormat, no_round};
use htcd_domain::text::Language;
use htcd_persistence::{Error, Tx, rated_record, submission};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::locate;
use super::year::Year;
use crate::answer::Answer;
use crate::export::{CSV, Cell, Table, csv};
use crate::extract::{Params, Segments};
use crate::figures::{self, invalid};
use crate::permit::{Permit, SubmissionsRead};
use crate::problem::Refusal;

/// How a diff is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffFormat {
    /// JSON: totals, units and records.
    Json,
    /// The records as comma-separated values.
    Csv,
}

/// Against what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// `now` (default): the records as they are. Or the id of another submission of the same year and subject.
    #[param(example = "now", pattern = "^(now|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    against: Option<String>,
    /// `as_was` (default): each on the map of its own day; `restated`: both on today's map; `as_of:<date>`: both on that day's.
    #[param(example = "as_was", pattern = "^(as_was|restated|(as_of|restated):[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `json` (default) or `csv`, which lists the records that differ.
    format: Option<DiffFormat>,
}

/// A submission's content as it was sealed.
fn sealed(tx: &mut Tx<'_>, id: SubmissionId) -> htcd_persistence::Result<SubmissionContent> {
    #[derive(Deserialize)]
    struct Document {
        content: SubmissionContent,
    }
    let bytes = submission::file(tx, id, SubmissionFormat::Json)?;
    let bytes = bytes.ok_or_else(|| Error::Corrupt(format!("submission {id} lacks its JSON")))?;
    let document: Document = serde_json::from_slice(&bytes).map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(document.content)
}

fn side(submission: &Submission, content: &SubmissionContent) -> DiffSide {
    DiffSide {
        submission_id: Some(submission.header.id),
        number: Some(submission.header.number),
        cut_off: submission.header.cut_off,
        sha256: Some(submission.sha256.clone()),
        map_date: content.header.map_date,
    }
}

/// Both on one map, where one is asked for. `year` says where people have put centres of divided communes.
fn on_one_map(
    permit: &Permit<SubmissionsRead>,
    boundaries: Boundaries,
    year: Option<&Year<'_>>,
    contents: [SubmissionContent; 2],
) -> [SubmissionContent; 2] {
    if boundaries == Boundaries::AsWas {
        return contents;
    }
    let today = permit.today();
    let placed = year.map(Year::placed).unwrap_or_default();
    contents.map(|content| content.restated(&permit.atlas().map, boundaries.map_date(today, today), &placed))
}

/// What has changed since a submission was sealed, or what differs between two: in total, by unit and by record.
///
/// The earlier one comes first. Amendments that lie between the two stand with their reasons beside the records that they
/// changed.
#[utoipa::path(
    tag = "submissions",
    params(("submission_id" = SubmissionId, Path, description = "The submission."), DiffQuery),
    responses((status = 200, description = "What differs.", content((SubmissionDiff = "application/json"), (String = "text/csv")))),
    security(("oauth2" = ["submissions:read"])),
)]
#[get("/v1/submissions/{submission_id}/diff")]
pub async fn get_submission_diff(
    permit: Permit<SubmissionsRead>,
    Segments(id): Segments<SubmissionId>,
    Params(query): Params<DiffQuery>,
) -> Result<Answer, Refusal> {
    let boundaries = figures::boundaries(query.boundaries.as_deref())?;
    let against = match query.against.as_deref() {
        None | Some("now") => None,
        // What is no id names no submission.
        Some(text) => Some(text.parse::<SubmissionId>().map_err(|_| Refusal::from(Code::NotFound))?),
    };
    let (permit, (scope, found)) = permit
        .run(move |permit| {
            let found = locate(&permit, id)?;
            Ok((permit, found))
        })
        .await?;
    permit
        .run_report(move |permit| {
            let diff = match against {
                Some(other) => between(&permit, &scope, &found, other, boundaries)?,
                None => permit.read_report(&scope, |tx| since(&permit, tx, &found, boundaries))?,
            };
            match query.format.unwrap_or(DiffFormat::Json) {
                DiffFormat::Json => Ok(Answer::json(&diff)),
                DiffFormat::Csv => {
                    let bytes = csv(&table(&diff, permit.language()), false)?;
                    Ok(Answer::bytes(bytes, CSV).file_name(format!("submission-diff-{}.csv", found.header.number)))
                }
            }
        })
        .await
}

fn since(
    permit: &Permit<SubmissionsRead>,
    tx: &mut Tx<'_>,
    found: &Submission,
    boundaries: Boundaries,
) -> htcd_persistence::Result<SubmissionDiff> {
    let header = &found.header;
    let year = Year::read(permit, tx, header.year, header.subject)?.ok_or_else(|| no_round(header.year))?;
    let now = year.now(permit, tx, Some(found))?;
    let before = sealed(tx, header.id)?;
    let amended = rated_record::amendments(tx, header.round.id, header.cut_off, permit.now())?;
    let [before, now] = on_one_map(permit, boundaries, Some(&year), [before, now]);
    let (cut_off, map_date) = (now.header.cut_off, now.header.map_date);
    let after = DiffSide { submission_id: None, number: None, cut_off, sha256: None, map_date };
    Ok(SubmissionDiff::of(boundaries, (side(found, &before), &before), (after, &now), &amended))
}

fn between(
    permit: &Permit<SubmissionsRead>,
    scope: &Scope,
    found: &Submission,
    other: SubmissionId,
    boundaries: Boundaries,
) -> Result<SubmissionDiff, Refusal> {
    // Of the same province: another one's is not there.
    let other = permit.read_report(scope, |tx| submission::find(tx, other))?.ok_or(Code::NotFound)?;
    if !other.is_of(found.header.year, found.header.subject) {
        return Err(invalid(
            "against",
            "same_year_and_subject",
            "Chỉ so sánh hai bản nộp của cùng năm và cùng đối tượng.",
            "Two submissions of the same year and subject can be compared.",
        ));
    }
    let (before, after) = if other.header.number < found.header.number { (&other, found) } else { (found, &other) };
    let diff = permit.read_report(scope, |tx| {
        let contents = [sealed(tx, before.header.id)?, sealed(tx, after.header.id)?];
        let year = Year::read(permit, tx, found.header.year, found.header.subject)?;
        let [earlier, later] = on_one_map(permit, boundaries, year.as_ref(), contents);
        let (from, until) = (before.header.cut_off, after.header.cut_off);
        let amended = match before.header.id == after.header.id {
            true => BTreeMap::new(),
            false => rated_record::amendments(tx, after.header.round.id, from, until)?,
        };
        let sides = (side(before, &earlier), side(after, &later));
        Ok(SubmissionDiff::of(boundaries, (sides.0, &earlier), (sides.1, &later), &amended))
    })?;
    Ok(diff)
}

/// The records that differ, as a table.
fn table(diff: &SubmissionDiff, language: Language) -> Table {
    let text = |text: &str| Cell::Text(text.to_owned());
    let blank = |value: Option<String>| value.map_or(Cell::Empty, Cell::Text);
    let headings = match language {
        Language::Vi => [
            "Tên",
            "Thay đổi",
            "Nội dung",
            "Xếp loại trước",
            "Xếp loại sau",
            "Điểm trước",
            "Điểm sau",
            "Quyết định trước",
            "Quyết định sau",
            "Lý do",
            "centre_id",
            "commune_id",
            "rating_id",
        ],
        Language::En => [
            "Name",
            "Change",
            "Parts",
            "Rank before",
            "Rank after",
            "Points before",
            "Points after",
            "Decision before",
            "Decision after",
            "Reason",
            "centre_id",
            "commune_id",
            "rating_id",
        ],
    };
    let rank = |record: Option<&CountedRecord>| {
        blank(record.and_then(|record| record.rank).map(|rank| rank.label().get(language).to_owned()))
    };
    let points = |record: Option<&CountedRecord>| record.and_then(|record| record.points).map_or(Cell::Empty, Cell::Points);
    let decision = |record: Option<&CountedRecord>| {
        let decision = record.and_then(|record| record.decision.as_ref());
        blank(decision.map(|decision| format!("{}, {}, {}", decision.number, decision.date, decision.issuer)))
    };
    let rows = diff
        .records
        .iter()
        .map(|record| {
            let (before, after) = (record.before.as_ref(), record.after.as_ref());
            let either = after.or(before);
            let parts: Vec<_> = record.parts.iter().map(|part| part.label().get(language).to_owned()).collect();
            let reasons: Vec<_> = record.amendments.iter().map(|amendment| amendment.reason.clone()).collect();
            vec![
                text(&record.name),
                text(record.change.label().get(language)),
                text(&parts.join("; ")),
                rank(before),
                rank(after),
                points(before),
                points(after),
                decision(before),
                decision(after),
                blank(Some(reasons.join("; ")).filter(|reasons| !reasons.is_empty())),
                blank(record.centre_id.map(|id| id.to_string())),
                blank(either.map(|record| record.commune_id.to_string())),
                blank(either.and_then(|record| record.rating_id).map(|id| id.to_string())),
            ]
        })
        .collect();
    let headings = headings.map(str::to_owned).into();
    Table { sheet: String::new(), title: String::new(), about: String::new(), headings, rows }
}
