//! The papers and files that scores cite as evidence.

use htcd_domain::document::Document;
use htcd_domain::file::FileState;
use htcd_domain::problem::Faults;
use htcd_domain::rating::Rating;
use htcd_domain::scheme::PutScore;
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result, Tx, file};

/// What scores cite is there: papers in registers of the rated centre or of units, stored files of the rated centre. What the rating
/// cites already is not asked for again: whoever verifies may not reach it.
pub fn check(tx: &mut Tx<'_>, rating: &Rating, scores: &[PutScore]) -> Result<()> {
    let known = rating.cited();
    let is_near = |centre| rating.centre_id.is_none() || centre == rating.centre_id;
    let mut faults = Faults::default();
    for (place, score) in scores.iter().enumerate() {
        for (piece_place, piece) in score.evidence.iter().enumerate() {
            let at = |member: &str| format!("/scores/{place}/evidence/{piece_place}/{member}");
            if let Some(id) = piece.document_id.filter(|id| !known.documents.contains(id)) {
                let found = Document::find(tx, id)?.map(|(paper, _)| paper.content);
                faults.check(
                    found.is_some_and(|paper| paper.unit_id.is_some() || is_near(paper.centre_id)),
                    at("document_id"),
                    "evidence_in_register",
                    "Không có văn bản này trong sổ của trung tâm được đánh giá hoặc của đơn vị hành chính.",
                    "There is no such paper in the register of the rated centre or of a unit.",
                );
            }
            if let Some(id) = piece.file_id.filter(|id| !known.files.contains(id)) {
                let found = file::find(tx, id)?.map(|found| found.file);
                faults.check(
                    found.is_some_and(|file| file.state == FileState::Stored && is_near(Some(file.centre_id))),
                    at("file_id"),
                    "evidence_stored",
                    "Không có tệp đã tải lên xong này của trung tâm được đánh giá.",
                    "The rated centre has no such stored file.",
                );
            }
        }
    }
    Ok(faults.into_result()?)
}
