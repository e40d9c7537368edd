//! What ratings rest on: the papers and files that their assessments cite, and the records that their measures counted. What a
//! decided one rests on stays as it was.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::Coded;
use crate::id::{CentreId, DocumentId, FileId, RatingId, UnitId};
use crate::measure::{Look, Measured};
use crate::problem::{Code, Fault, Problem};
use crate::rating::{Assessment, Rating, RatingState};
use crate::record::{Kept, Record};
use crate::text::Label;

/// What the assessments of a rating cite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cited {
    /// Papers of registers.
    pub documents: BTreeSet<DocumentId>,
    /// Files.
    pub files: BTreeSet<FileId>,
}

impl Cited {
    /// Of an assessment.
    fn add(&mut self, assessment: &Assessment) {
        let evidence = || assessment.scores.iter().flat_map(|score| &score.evidence);
        self.documents.extend(evidence().filter_map(|piece| piece.document_id));
        self.files.extend(evidence().filter_map(|piece| piece.file_id));
    }
}

impl Rating {
    /// What its assessments cite, as they stand.
    pub fn cited(&self) -> Cited {
        let mut cited = Cited::default();
        [&self.own, &self.verified, &self.decided].into_iter().flatten().for_each(|assessment| cited.add(assessment));
        cited
    }
}

/// A rating that cites something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Citing {
    /// The rating.
    pub rating_id: RatingId,
    /// The year that is rated.
    pub year: i32,
    /// Where it stands.
    pub state: RatingState,
    /// The centre; `null` for a commune's title.
    pub centre_id: Option<CentreId>,
    /// The commune.
    pub commune_id: UnitId,
}

/// Whether something that ratings cite may be removed.
///
/// `name` is what people call it, in Vietnamese and English; `shown` are those of the ratings that the caller may know of.
///
/// # Errors
/// `cited_as_evidence` when a decided one is among them, `blocked` when one is that is still open.
pub fn check_removal(name: (&str, &str), citing: &[Citing], shown: &[Citing]) -> Result<(), Problem> {
    if citing.iter().any(|rating| rating.state.is_decided()) {
        return Err(sealed(name, &[], shown));
    }
    if citing.is_empty() {
        return Ok(());
    }
    let (vi, en) = name;
    Err(Problem::new(Code::Blocked)
        .detail(
            format!("Có hồ sơ xếp loại đang dẫn {vi} này làm minh chứng; bỏ minh chứng đó khỏi phiếu trước khi xóa."),
            format!("A rating cites this {en} as evidence; take it off the assessment before you remove it."),
        )
        .with("ratings", shown))
}

/// Whether members of something that ratings cite may change; `changed` are those on which a decision rests.
///
/// # Errors
/// `cited_as_evidence`.
pub fn check_change(name: (&str, &str), changed: &[&'static str], citing: &[Citing], shown: &[Citing]) -> Result<(), Problem> {
    if changed.is_empty() || !citing.iter().any(|rating| rating.state.is_decided()) {
        return Ok(());
    }
    Err(sealed(name, changed, shown))
}

/// A decided rating, with what it measured of a centre's records.
#[derive(Debug, Clone, PartialEq)]
pub struct Counting {
    /// The rating.
    pub citing: Citing,
    /// The centre.
    pub centre: CentreId,
    /// What was measured.
    pub measured: Vec<Measured>,
}

impl Counting {
    /// What it measured that counted a record, and would count it otherwise after a change (`None`: without it).
    fn moved<T: Record>(&self, before: &Kept<T>, after: Option<&T>) -> Option<&Measured> {
        self.measured.iter().find(|measured| {
            let look = Look { centre: self.centre, year: self.citing.year, measured };
            let read = before.content.read_by(&look);
            // What was entered afterwards was not counted.
            before.created_at <= measured.as_of && read.is_some() && after.and_then(|after| after.read_by(&look)) != read
        })
    }
}

/// Whether a record may change, or go (`after` is `None`), that decided ratings counted. What they did not look at may change.
/// `shown` are those of the ratings that the caller may know of.
///
/// # Errors
/// `cited_as_evidence`.
pub fn check_counted<T: Record>(
    before: &Kept<T>,
    after: Option<&T>,
    counting: &[Counting],
    shown: &[Citing],
) -> Result<(), Problem> {
    let Some((rating, measured)) = counting.iter().find_map(|rating| Some((rating, rating.moved(before, after)?))) else {
        return Ok(());
    };
    let ((vi, en), year, label) = (T::NAME, rating.citing.year, measured.measure.label());
    let (from, to) = (measured.from, measured.to);
    Err(Problem::new(Code::CitedAsEvidence)
        .detail(
            format!(
                "Kết quả xếp loại năm {year} đã được quyết định và tính {vi} này trong chỉ số «{}» (từ {} đến {}): những gì kết quả đã quyết định được tính từ đó thì không xóa, không đổi, để sau này còn kiểm tra được. Nội dung khác của {vi} vẫn sửa được.",
                label.vi,
                from.format("%d/%m/%Y"),
                to.format("%d/%m/%Y"),
            ),
            format!(
                "The rating of {year} was decided and counts this {en} in “{}” ({from} to {to}). What a decision was counted from is neither removed nor changed, so that it can be looked at later; its other members may change.",
                label.en,
            ),
        )
        .with("ratings", shown))
}

fn sealed((vi, en): (&str, &str), changed: &[&'static str], shown: &[Citing]) -> Problem {
    let years: BTreeSet<i32> = shown.iter().filter(|rating| rating.state.is_decided()).map(|rating| rating.year).collect();
    let years = years.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let (of_vi, of_en) = if years.is_empty() { Default::default() } else { (format!(" năm {years}"), format!(" of {years}")) };
    let fault = |pointer: &&'static str| {
        let detail = Label::fixed(
            "Xếp loại đã quyết định dựa trên nội dung này nên giữ nguyên.",
            "A decided rating rests on this, so it stays as it is.",
        );
        Fault::body(*pointer, "cited_as_evidence", detail)
    };
    let problem = Problem { faults: changed.iter().map(fault).collect(), ..Problem::new(Code::CitedAsEvidence) };
    problem
        .detail(
            format!("Kết quả xếp loại{of_vi} đã được quyết định và dẫn {vi} này làm minh chứng: minh chứng của kết quả đã quyết định không xóa, không thay số hay tệp, để sau này còn kiểm tra được."),
            format!("The rating{of_en} was decided and cites this {en} as evidence. What a decision rests on is neither removed nor given another number or file, so that it can be looked at later."),
        )
        .with("ratings", shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citing(state: RatingState) -> Citing {
        let nil = uuid::Uuid::nil();
        Citing { rating_id: nil.into(), year: 2018, state, centre_id: None, commune_id: nil.into() }
    }

    #[test]
    fn what_a_decided_rating_cites_stays_and_what_an_open_one_cites_is_taken_off_first() {
        let name = ("văn bản", "document");
        for (states, removal, change) in [
            (vec![], None, None),
            (vec![RatingState::Draft], Some(Code::Blocked), None),
            (vec![RatingState::Verified], Some(Code::Blocked), None),
            (vec![RatingState::Draft, RatingState::Decided], Some(Code::CitedAsEvidence), Some(Code::CitedAsEvidence)),
            (vec![RatingState::Amended], Some(Code::CitedAsEvidence), Some(Code::CitedAsEvidence)),
        ] {
            let citing: Vec<_> = states.into_iter().map(citing).collect();
            let code = |result: Result<(), Problem>| result.err().map(|problem| problem.code);
            assert_eq!(code(check_removal(name, &citing, &citing)), removal, "{citing:?}");
            assert_eq!(code(check_change(name, &["/number"], &citing, &citing)), change, "{citing:?}");
            assert_eq!(code(check_change(name, &[], &citing, &citing)), None, "{citing:?}");
        }
        let told = check_removal(name, &[citing(RatingState::Decided)], &[]).unwrap_err();
        assert_eq!(told.members["ratings"], serde_json::json!([]), "nobody is told of ratings beyond their scope");
    }
}
