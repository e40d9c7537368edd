//! C. Social participation: how the centre judges each part of society, and what came from it.

use htcd_domain::money::IncomeSource;
use htcd_domain::report::{ReportContent, ReportSection, ReportedSection};
use htcd_domain::text::Language;
use htcd_reports::paper::Block;

use super::words::{dong, some};

/// The judgement as a sentence, then gifts in money and in kind, before what is said in words.
pub(super) fn blocks(section: &ReportedSection, content: &ReportContent) -> Vec<Block> {
    let judged = section.judgement_label.as_ref();
    let judged = judged.map(|label| Block::paragraph(format!("Đánh giá: {}.", label.get(Language::Vi))));
    judged.into_iter().chain(given(section.section, content)).collect()
}

fn given(section: ReportSection, content: &ReportContent) -> Option<Block> {
    let source = match section {
        ReportSection::Enterprises => IncomeSource::Enterprise,
        ReportSection::Benefactors => IncomeSource::Benefactor,
        ReportSection::ReligiousBodies => IncomeSource::ReligiousBody,
        _ => return None,
    };
    let line = content.facts.money.as_ref()?.from(source)?;
    let kind = &line.in_kind;
    let in_money = (line.entries > 0).then(|| format!("bằng tiền {}", dong(line.amount_vnd)));
    let in_kind = (kind.entries > 0).then(|| match kind.estimated_vnd {
        Some(worth) if kind.valued == kind.entries => format!("hiện vật ước tính {}", dong(worth)),
        Some(worth) => format!("hiện vật {} lần, {} lần ước tính {}", some(kind.entries), some(kind.valued), dong(worth)),
        None => format!("hiện vật {} lần, chưa ước tính giá trị", some(kind.entries)),
    });
    let parts: Vec<String> = in_money.into_iter().chain(in_kind).collect();
    (!parts.is_empty()).then(|| Block::paragraph(format!("Đóng góp: {}.", parts.join("; "))))
}
