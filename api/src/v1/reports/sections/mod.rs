//! The sections of a report as blocks of a paper. What a section counts comes first, then what is said in words; where the
//! form has a line and there is neither, it says so.

mod effectiveness;
mod management;
mod organisation;
mod participation;
mod results;
mod words;

use htcd_domain::Coded;
use htcd_domain::report::{ReportContent, ReportPart, ReportSection, ReportedSection};
use htcd_domain::text::Language;
use htcd_reports::paper::Block;

/// What stands where the form has a line and nothing is known.
const NOTHING: &str = "Chưa báo cáo nội dung này.";

pub(super) use words::lower_first;

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
    let mut blocks = counted(section, content);
    blocks.extend(section.text.as_deref().into_iter().flat_map(words::lines));
    if blocks.is_empty() && section.section.is_in_form() {
        blocks.push(Block::note(NOTHING));
    }
    blocks
}

/// What the records of a section come to.
fn counted(section: &ReportedSection, content: &ReportContent) -> Vec<Block> {
    use ReportSection as S;
    let facts = &content.facts;
    match section.section {
        S::Setting => effectiveness::setting(content).into_iter().collect(),
        S::Board => facts.board.as_ref().map_or_else(Vec::new, management::board),
        S::Training => facts.training.as_ref().map_or_else(Vec::new, management::training),
        S::Planning => facts.plans.iter().flat_map(|plan| management::plan(plan, content.cut_off)).collect(),
        S::Facilities => facts.assets.as_deref().map_or_else(Vec::new, management::facilities),
        S::Finance => facts.money.as_ref().map_or_else(Vec::new, management::finance),
        S::NeedsSurvey => facts.surveys.iter().flat_map(organisation::survey).collect(),
        S::ClassForms => facts.clubs.as_ref().map(organisation::clubs).into_iter().collect(),
        S::Results => results::blocks(content),
        S::Agencies | S::MassOrganisations | S::Enterprises | S::Benefactors | S::ReligiousBodies => {
            participation::blocks(section, content)
        }
        S::Effectiveness => effectiveness::blocks(content),
        S::Opening | S::Directives | S::Outreach | S::RecordKeeping | S::Limits | S::Targets | S::Proposals => vec![],
    }
}
