//! All that a report says: its head, what its records come to, and what is written in its sections.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Judgement, Report, ReportFacts, ReportKind, ReportPart, ReportSection, Results};
use crate::Coded;
use crate::id::{CentreId, UnitId};
use crate::period::{Period, PeriodKind};
use crate::text::Label;

/// What stands above and below a report, with what was left to be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportHead {
    /// What it is for.
    pub kind: ReportKind,
    /// The body above the centre.
    #[schema(example = "Ủy ban nhân dân phường Kim Sơn")]
    pub superior_body: String,
    /// Who issues it.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub issuing_body: String,
    /// Its number.
    #[schema(example = 10)]
    pub number: Option<i64>,
    /// Its symbol.
    #[schema(example = "BC-TTHTCĐ")]
    pub symbol: String,
    /// Where it is issued.
    #[schema(example = "Kim Sơn")]
    pub place: String,
    /// The day it was signed.
    pub signed_on: Option<NaiveDate>,
    /// What it is about.
    pub subject: String,
    /// To whom it goes.
    pub addressees: Vec<String>,
    /// Who gets a copy.
    pub recipients: Vec<String>,
    /// On whose behalf it is signed.
    pub signer_authority: Option<String>,
    /// The post of whoever signs it.
    #[schema(example = "Giám đốc")]
    pub signer_post: String,
    /// Their name.
    pub signer_name: Option<String>,
}

/// The centre that reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedCentre {
    /// The centre.
    pub id: CentreId,
    /// Its name.
    pub name: String,
    /// The commune it lay in at the cut-off.
    pub commune_id: UnitId,
    /// The commune's name then.
    #[schema(example = "Phường Kim Sơn")]
    pub commune_name: String,
}

/// The period of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedPeriod {
    /// As it is asked for.
    #[schema(value_type = String, example = "2018")]
    pub period: Period,
    /// What people call it.
    pub label: Label,
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
}

/// What is written in a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedSection {
    /// The section.
    pub section: ReportSection,
    /// The part that it belongs to.
    pub part: ReportPart,
    /// What people call it.
    pub label: Label,
    /// What is said in words.
    pub text: Option<String>,
    /// How the centre judges it.
    pub judgement: Option<Judgement>,
    /// What people call that.
    pub judgement_label: Option<Label>,
}

/// All that a report says, as of its cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportContent {
    /// What stands above and below it.
    pub head: ReportHead,
    /// The centre.
    pub centre: ReportedCentre,
    /// The period.
    pub period: ReportedPeriod,
    /// The last day whose records are counted.
    #[schema(example = "2018-11-26")]
    pub cut_off: NaiveDate,
    /// Whether the period goes on after it.
    pub partial: bool,
    /// The results by category.
    pub results: Results,
    /// What the other records come to.
    #[serde(flatten)]
    pub facts: ReportFacts,
    /// What is written, section by section.
    pub sections: Vec<ReportedSection>,
}

impl ReportContent {
    /// What is written in a section.
    pub fn section(&self, section: ReportSection) -> Option<&ReportedSection> {
        self.sections.iter().find(|written| written.section == section)
    }
}

/// `Phường Kim Sơn` inside a sentence: `phường Kim Sơn`.
fn inside(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl ReportHead {
    /// The head of a report, with what was left out filled in. `place` is the commune's name without its type.
    pub fn of(report: &Report, centre: &ReportedCentre, place: &str) -> Self {
        let given = |text: &Option<String>, otherwise: String| text.clone().unwrap_or(otherwise);
        let with_archive = || {
            let above = (!report.addressees.is_empty()).then(|| "Như trên".to_owned());
            above.into_iter().chain(["Lưu: VT".to_owned()]).collect()
        };
        Self {
            kind: report.kind,
            superior_body: given(&report.superior_body, format!("Ủy ban nhân dân {}", inside(&centre.commune_name))),
            issuing_body: given(&report.issuing_body, centre.name.clone()),
            number: report.number,
            symbol: report.symbol.clone(),
            place: given(&report.place, place.to_owned()),
            signed_on: report.signed_on,
            subject: given(&report.subject, usual_subject(report)),
            addressees: report.addressees.clone(),
            recipients: if report.recipients.is_empty() { with_archive() } else { report.recipients.clone() },
            signer_authority: report.signer.authority.clone(),
            signer_post: given(&report.signer.post, "Giám đốc".to_owned()),
            signer_name: report.signer.name.clone(),
        }
    }
}

/// `Kết quả hoạt động năm 2018, phương hướng nhiệm vụ năm 2019`.
fn usual_subject(report: &Report) -> String {
    use chrono::Datelike;
    let period = report.period;
    let done = format!("Kết quả hoạt động {}", inside(&period.label().vi));
    match period.kind {
        PeriodKind::CalendarYear => format!("{done}, phương hướng nhiệm vụ năm {}", period.first.year() + 1),
        PeriodKind::SchoolYear => {
            let year = period.first.year() + 1;
            format!("{done}, phương hướng nhiệm vụ năm học {year}-{}", year + 1)
        }
        PeriodKind::HalfYear if period.first.month() == 1 => {
            format!("{done}, phương hướng nhiệm vụ 6 tháng cuối năm {}", period.first.year())
        }
        _ => done,
    }
}

impl ReportedPeriod {
    /// The period of a report.
    pub fn of(period: Period) -> Self {
        Self { period, label: period.label(), first: period.first, last: period.last }
    }
}

/// What is written in a report, section by section.
pub(super) fn sections(report: &Report) -> Vec<ReportedSection> {
    ReportSection::ALL
        .iter()
        .map(|section| {
            let judgement = report.judgements.of(*section);
            ReportedSection {
                section: *section,
                part: section.part(),
                label: section.label(),
                text: report.texts.of(*section).map(str::to_owned),
                judgement,
                judgement_label: judgement.map(Coded::label),
            }
        })
        .collect()
}

impl ReportContent {
    /// All that a report says. `place` is the commune's name without its type.
    pub fn of(
        report: &Report,
        cut_off: NaiveDate,
        centre: ReportedCentre,
        place: &str,
        results: Results,
        facts: ReportFacts,
    ) -> Self {
        Self {
            head: ReportHead::of(report, &centre, place),
            centre,
            period: ReportedPeriod::of(report.period),
            cut_off,
            partial: cut_off < report.period.last,
            results,
            facts,
            sections: sections(report),
        }
    }
}
