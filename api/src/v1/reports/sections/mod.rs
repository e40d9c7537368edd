//! The sections of a report as blocks of a paper. What a section counts comes first, then what is said in words; where the
//! form has a line and there is neither, it says so.

mod participation;
mod results;

use htcd_domain::Coded;
use htcd_domain::report::{ReportContent, ReportPart, ReportSection, ReportedSection};
use htcd_domain::text::Language;
use htcd_reports::paper::Block;

/// What stands where the form has a line and nothing is known.
const NOTHING: &str = "Không có số liệu.";

/// `Năm 2018` inside a sentence: `năm 2018`.
pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// All sections, part by part.
pub(super) fn blocks(content: &ReportContent) -> Vec<Block> {
    ReportPart::ALL.iter().flat_map(|part| of_part(*part, content)).collect()
}

fn of_part(part: ReportPart, content: &ReportContent) -> Vec<Block> {
    let written: Vec<&ReportedSection> = content.sections.iter().filter(|section| section.part == part).collect();
    let mut blocks = vec![];
    for section in &written {
        let said = said(section, content);
        if said.is_empty() {
            continue;
        }
        // A part of one section has no heading below its own.
        if written.len() > 1 {
            blocks.push(Block::clause(section.label.get(Language::Vi)));
        }
        blocks.extend(said);
    }
    if !blocks.is_empty() && part != ReportPart::Opening {
        blocks.insert(0, Block::part(heading(part, content)));
    }
    blocks
}

fn heading(part: ReportPart, content: &ReportContent) -> String {
    use htcd_domain::period::PeriodKind as P;
    let label = part.label().get(Language::Vi).to_uppercase();
    match (part, content.period.period.kind) {
        (ReportPart::Targets, P::CalendarYear) => {
            use chrono::Datelike;
            format!("{label} NĂM {}", content.period.first.year() + 1)
        }
        _ => label,
    }
}

/// What a section says.
fn said(section: &ReportedSection, content: &ReportContent) -> Vec<Block> {
    let mut blocks = counted(section.section, content);
    blocks.extend(participation::judged(section));
    blocks.extend(section.text.as_deref().into_iter().flat_map(words));
    if blocks.is_empty() && section.section.is_in_form() {
        blocks.push(Block::note(NOTHING));
    }
    blocks
}

/// What the records of a section come to.
fn counted(section: ReportSection, content: &ReportContent) -> Vec<Block> {
    match section {
        ReportSection::Results => results::blocks(content),
        _ => vec![],
    }
}

/// Words as paragraphs, a line each; one that begins with a dash is an item of a list.
fn words(text: &str) -> impl Iterator<Item = Block> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| match line.strip_prefix(['-', '–', '+', '•']) {
        Some(item) => Block::bullet(item.trim_start()),
        None => Block::paragraph(line),
    })
}
