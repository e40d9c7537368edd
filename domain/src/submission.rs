//! What a province submits to the Ministry: the year's distribution with every record that it rests on, sealed under a
//! number, a hash and the province's signature (docs/decisions/0023-sealed-submissions.md).
//!
//! Of a year and subject there is one line of submissions. A correction is a new one that supersedes the last, with a
//! reason; the old one stays.

mod content;
mod diff;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

pub use content::{
    FORMAT, Gathered, Incomplete, SubmissionContent, SubmissionFile, SubmissionHeader, SubmittedRound, SubmittedScheme,
    SubmittingProvince, Superseded, UnitFigures,
};
pub use diff::{Amendment, ChangedPart, DiffSide, FigureChange, RecordChange, RecordChangeKind, SubmissionDiff};

use crate::aggregate::Row;
use crate::id::{RatingId, SubmissionId, UserId};
use crate::problem::{Code, Problem, Result};
use crate::rating::Reason;
use crate::round::{Round, RoundStatus};
use crate::scheme::Subject;
use crate::text::Label;
use crate::user::plain;

coded! {
    /// A file of a submission. All of them are made when it is sealed, and kept as they are.
    pub enum SubmissionFormat in "submission_format" {
        /// The submission itself, signed: the figures and every record.
        Json = "json" ("JSON có chữ ký", "signed JSON"),
        /// The figures by unit.
        Csv = "csv" ("CSV: số liệu theo đơn vị", "CSV: figures by unit"),
        /// The records.
        RecordsCsv = "records_csv" ("CSV: danh sách hồ sơ", "CSV: records"),
        /// Figures and records as a workbook.
        Xlsx = "xlsx" ("Excel: số liệu và hồ sơ", "Excel: figures and records"),
    }
}

/// What is to be sealed. Its cut-off is the moment at which it is sealed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateSubmission {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default)]
    pub id: Option<SubmissionId>,
    /// The year that was rated.
    #[validate(range(min = 1999, max = 2100))]
    #[schema(example = 2018, minimum = 1999, maximum = 2100)]
    pub year: i32,
    /// Ratings of centres (default) or titles of communes.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Its title; made from year and subject when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "plain"))]
    #[schema(example = "Kết quả xếp loại trung tâm học tập cộng đồng năm 2018", min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The submission of the same year and subject that this one corrects.
    #[serde(default)]
    pub supersedes_id: Option<SubmissionId>,
    /// Seal although the round is open, or ratings of it are not decided. The submission says so.
    #[serde(default)]
    #[schema(required = false, default = false)]
    pub accept_incomplete: bool,
    /// Why it is corrected, or sealed although incomplete. Needed in both cases.
    #[serde(default)]
    #[validate(length(min = 1, max = 2000), custom(function = "plain"))]
    #[schema(example = "Điều chỉnh xếp loại của TB-001 theo Quyết định 45/QĐ-SGDĐT.", min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

impl CreateSubmission {
    /// What is rated.
    pub fn subject(&self) -> Subject {
        self.subject.unwrap_or(Subject::Centre)
    }

    /// Its title.
    pub fn title(&self) -> String {
        let usual = || match self.subject() {
            Subject::Centre => format!("Kết quả xếp loại trung tâm học tập cộng đồng năm {}", self.year),
            Subject::Commune => format!("Kết quả công nhận cộng đồng học tập cấp xã năm {}", self.year),
        };
        self.title.clone().unwrap_or_else(usual)
    }
}

/// A submission as it is listed: all but its records, which its files hold.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Submission {
    /// What it is about.
    #[serde(flatten)]
    pub header: SubmissionHeader,
    /// SHA-256 over the canonical JSON (RFC 8785) of its content: what is signed.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// The key that signed it.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub key_id: String,
    /// The figures of the whole province.
    pub total: Row,
    /// Its files beside the signed JSON, with their hashes, which are signed with it.
    pub files: Vec<SubmissionFile>,
    /// The submission that corrects it; `null` while it holds.
    pub superseded_by: Option<SubmissionId>,
    /// Who sealed it, or in whose right.
    pub sealed_by: UserId,
    /// Who acted on their behalf; `null` when they acted themselves.
    pub acting_user_id: Option<UserId>,
}

impl Submission {
    /// Whether it belongs to a line of submissions.
    pub fn is_of(&self, year: i32, subject: Subject) -> bool {
        self.header.year == year && self.header.subject == subject
    }
}

/// What stands around a submission that is to be sealed.
#[derive(Debug, Clone)]
pub struct Standing<'s> {
    /// The round of the year and subject.
    pub round: &'s Round,
    /// Ratings of the round that count and are not decided.
    pub undecided: &'s [RatingId],
    /// How many centres or communes there are to be counted.
    pub base: u64,
    /// Whether the province has a key that signs.
    pub has_key: bool,
    /// The submission of the year and subject that holds now.
    pub current: Option<&'s Submission>,
}

fn reason(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Reason {
    Reason { code: code.into(), detail: Label::new(vi, en) }
}

impl Standing<'_> {
    /// What is not complete; `None` when all is.
    pub fn incomplete(&self) -> Option<Incomplete> {
        let round_open = self.round.status == RoundStatus::Open;
        (round_open || !self.undecided.is_empty()).then_some(Incomplete { round_open, undecided: self.undecided.len() as u64 })
    }

    /// What is not complete, as reasons.
    fn open_ends(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.round.status == RoundStatus::Open {
            reasons.push(reason(
                "round_open",
                format!("Đợt đánh giá năm {} chưa đóng.", self.round.year),
                format!("The round of {} is not closed.", self.round.year),
            ));
        }
        if !self.undecided.is_empty() {
            reasons.push(reason(
                "ratings_undecided",
                format!("Còn {} hồ sơ chưa có quyết định.", self.undecided.len()),
                format!("{} rating(s) are not decided.", self.undecided.len()),
            ));
        }
        reasons
    }

    /// Why nothing could be sealed now as a first submission that is complete; empty when it could.
    pub fn reasons_against(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(current) = self.current {
            reasons.push(reason(
                "submitted_already",
                format!(
                    "Năm {} đã có bản nộp số {}; bản điều chỉnh phải nêu supersedes_id và lý do.",
                    self.round.year, current.header.number
                ),
                format!(
                    "{} has submission no. {}; a correction names it in supersedes_id, with a reason.",
                    self.round.year, current.header.number
                ),
            ));
        }
        if !self.has_key {
            reasons.push(reason(
                "no_key",
                "Tỉnh chưa có khóa ký; quản trị cấp tỉnh tạo ở POST /v1/submission_keys.",
                "The province has no key yet; its administrator makes one at POST /v1/submission_keys.",
            ));
        }
        if self.base == 0 {
            reasons.push(reason("nothing_to_count", "Không có gì để tổng hợp.", "There is nothing to count."));
        }
        reasons.extend(self.open_ends());
        reasons
    }

    /// Whether a request may be sealed. `superseded` is what it names in `supersedes_id`, where there is such a submission.
    ///
    /// # Errors
    /// A refusal that says which rule stands against it.
    pub fn check(&self, request: &CreateSubmission, superseded: Option<&Submission>) -> Result<()> {
        self.check_line(request, superseded)?;
        if !self.has_key {
            let reasons: Vec<_> = self.reasons_against().into_iter().filter(|reason| reason.code == "no_key").collect();
            return Err(blocked(&reasons));
        }
        if self.base == 0 {
            return Err(Problem::rule(
                "/year",
                "something_to_count",
                "Năm này không có trung tâm (hoặc xã) nào để tổng hợp.",
                "The year has no centre (or commune) to be counted.",
            ));
        }
        let open_ends = self.open_ends();
        if !open_ends.is_empty() && !request.accept_incomplete {
            let some: Vec<_> = self.undecided.iter().take(50).collect();
            return Err(blocked(&open_ends).with("undecided", some));
        }
        let needs_reason = !open_ends.is_empty() || request.supersedes_id.is_some();
        let has_reason = request.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        if needs_reason && !has_reason {
            return Err(Problem::rule(
                "/reason",
                "reason_needed",
                "Bản điều chỉnh, hoặc bản nộp khi chưa đủ kết quả, phải nêu lý do.",
                "A correction, and a submission that is incomplete, gives a reason.",
            ));
        }
        Ok(())
    }

    fn check_line(&self, request: &CreateSubmission, superseded: Option<&Submission>) -> Result<()> {
        match (request.supersedes_id, superseded, self.current) {
            (None, _, None) => Ok(()),
            (None, _, Some(current)) => Err(already_submitted(current)),
            (Some(_), None, _) => Err(Problem::rule(
                "/supersedes_id",
                "submission_exists",
                "Tỉnh không có bản nộp này.",
                "The province has no such submission.",
            )),
            (Some(_), Some(named), _) if !named.is_of(request.year, request.subject()) => Err(Problem::rule(
                "/supersedes_id",
                "same_year_and_subject",
                "Bản điều chỉnh phải cùng năm và cùng đối tượng với bản được thay thế.",
                "A correction is of the same year and subject as what it supersedes.",
            )),
            (Some(id), Some(_), Some(current)) if current.header.id == id => Ok(()),
            (Some(_), Some(named), _) => Err(superseded_already(named.header.number)),
        }
    }
}

fn blocked(reasons: &[Reason]) -> Problem {
    let detail = reasons.first().map(|reason| Box::new(reason.detail.clone()));
    Problem { detail, ..Problem::new(Code::Blocked) }.with("reasons", reasons)
}

/// The refusal of a second first submission.
fn already_submitted(current: &Submission) -> Problem {
    let header = &current.header;
    Problem::new(Code::AlreadyExists)
        .detail(
            format!(
                "Năm {} đã có bản nộp số {}. Mỗi năm và đối tượng chỉ có một bản còn hiệu lực; muốn điều chỉnh, nêu supersedes_id và lý do.",
                header.year, header.number
            ),
            format!(
                "{} has submission no. {} already. A year and subject has one that holds; to correct it, name it in supersedes_id and give a reason.",
                header.year, header.number
            ),
        )
        .with("submission_id", header.id)
        .with("number", header.number)
}

/// The refusal to supersede what somebody superseded before.
pub fn superseded_already(number: i64) -> Problem {
    Problem::new(Code::StateConflict)
        .detail(
            format!("Bản nộp số {number} đã được thay thế bằng bản khác; hãy điều chỉnh bản còn hiệu lực."),
            format!("Submission no. {number} was superseded already; correct the one that holds."),
        )
        .with("number", number)
}

/// The refusal when somebody else sealed one of the same year and subject at the same moment.
pub fn sealed_meanwhile() -> Problem {
    Problem::new(Code::StateConflict).detail(
        "Người khác vừa niêm phong một bản nộp của năm này; hãy xem bản đó trước.",
        "Somebody else has just sealed a submission of this year; look at that one first.",
    )
}

/// Why there is no round to be submitted.
pub fn no_round(year: i32) -> Problem {
    Problem::rule(
        "/year",
        "round_of_year",
        format!("Năm {year} chưa có đợt đánh giá cho đối tượng này."),
        format!("{year} has no round for this subject."),
    )
}

/// A moment as it is kept: both databases cut to microseconds.
pub fn cut(at: DateTime<Utc>) -> DateTime<Utc> {
    chrono::SubsecRound::trunc_subsecs(at, 6)
}

#[cfg(test)]
mod tests;
