//! A report as an official paper, and as the document that is frozen.

use htcd_domain::report::{ReportContent, ReportKind};
use htcd_domain::text::Language;
use htcd_domain::{Code, Problem};
use htcd_reports::paper::{Block, Paper, Signature};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::sections;

/// All of a report: what it says as figures, and as a paper.
#[derive(Serialize)]
pub(super) struct Document<'c> {
    pub(super) content: &'c ReportContent,
    pub(super) paper: Paper,
}

/// What is read again of a document that was frozen.
#[derive(Deserialize)]
pub(super) struct Frozen {
    pub(super) content: serde_json::Value,
    pub(super) paper: Paper,
}

impl Frozen {
    /// Of the text that was frozen.
    pub(super) fn read(document: &str) -> htcd_persistence::Result<Self> {
        serde_json::from_str(document).map_err(|error| htcd_persistence::Error::Corrupt(error.to_string()))
    }
}

/// A document as canonical JSON: members in the order of their names, no blanks.
pub(super) fn canonical(content: &ReportContent) -> String {
    let document = Document { content, paper: paper(content) };
    // serde_json keeps the members of a value in the order of their names.
    serde_json::to_value(&document).unwrap_or_default().to_string()
}

/// The hash of a document.
pub(super) fn sha256(document: &str) -> String {
    hex::encode(Sha256::digest(document.as_bytes()))
}

/// Says why a paper cannot be written: a name that does not fit above the text.
pub(super) fn unwritable(error: &htcd_reports::Error) -> Problem {
    match error {
        htcd_reports::Error::TooLong { field, length, most } => Problem::new(Code::Blocked)
            .detail(
                format!("Phần «{field}» của văn bản dài {length} ký tự, chỉ đủ chỗ cho {most}; ghi ngắn hơn trong báo cáo."),
                format!("“{field}” has {length} characters, and there is room for {most}; write it shorter in the report."),
            )
            .with("field", field),
        error => {
            tracing::error!(%error, "a report could not be written as a paper");
            Code::Internal.into()
        }
    }
}

/// A report as a paper.
pub(super) fn paper(content: &ReportContent) -> Paper {
    let head = &content.head;
    Paper {
        superior_body: Some(head.superior_body.clone()),
        issuing_body: head.issuing_body.clone(),
        number: head.number.map(|number| number.to_string()),
        symbol: head.symbol.clone(),
        place: head.place.clone(),
        date: head.signed_on,
        kind: "Báo cáo".into(),
        subject: head.subject.clone(),
        addressees: head.addressees.clone(),
        blocks: blocks(content),
        recipients: head.recipients.clone(),
        signature: Signature {
            authority: head.signer_authority.clone(),
            post: head.signer_post.clone(),
            name: head.signer_name.clone(),
        },
    }
}

fn blocks(content: &ReportContent) -> Vec<Block> {
    let mut blocks = sections::blocks(content);
    let what = match content.head.kind {
        ReportKind::HalfYear => "báo cáo sơ kết",
        _ => "báo cáo kết quả hoạt động",
    };
    let period = sections::lower_first(content.period.label.get(Language::Vi));
    blocks.push(Block::paragraph(format!("Trên đây là {what} {period} của {}./.", content.centre.name)));
    blocks
}
