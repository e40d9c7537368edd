//! C. Social participation: how the centre judges each part of society.

use htcd_domain::report::ReportedSection;
use htcd_domain::text::Language;
use htcd_reports::paper::Block;

/// The judgement as a sentence, before what is said in words.
pub(super) fn judged(section: &ReportedSection) -> Option<Block> {
    let label = section.judgement_label.as_ref()?;
    Some(Block::paragraph(format!("Đánh giá: {}.", label.get(Language::Vi))))
}
