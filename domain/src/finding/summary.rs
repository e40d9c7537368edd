//! What was found at one centre, and at all centres of a unit: counts first.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CentreFacts, Finding, FindingCode, RuleInForce};
use crate::Coded as _;
use crate::boundaries::{Key, Placing, RestatedBy, RowKey};
use crate::centre::CentreStatus;
use crate::finding_explanation::FindingExplanation;
use crate::id::{CentreId, UnitId};
use crate::record::Kept;
use crate::text::Label;

/// How often a rule found something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingCount {
    /// The rule.
    pub code: FindingCode,
    /// What it is called.
    pub label: Label,
    /// The law of the day.
    #[schema(value_type = String, example = "Quyết định 09/2008/QĐ-BGDĐT")]
    pub legal_basis: &'static str,
    /// Whether it was looked for; not where the province has switched it off.
    pub active: bool,
    /// Of how many centres it was asked: findings of work are not asked of those that were suspended.
    pub centres: usize,
    /// At how many of them it stands: each centre once for a rule.
    pub findings: usize,
    /// How many of these are explained.
    pub explained: usize,
}

/// What was found at a centre on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CentreFindings {
    /// The centre.
    pub centre_id: CentreId,
    /// The day.
    pub as_of: NaiveDate,
    /// Where it stood in its life on the day. Findings of work are not asked of a centre that was suspended, and nothing is of one that
    /// was not there.
    pub status: CentreStatus,
    /// Each rule of the day with its count.
    pub codes: Vec<FindingCount>,
    /// The findings, in the order of the rules.
    pub items: Vec<Finding>,
}

/// What was found at the centres of a part of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitRow {
    /// The unit directly below; the unit itself for a commune.
    pub key: RowKey,
    /// How many centres were looked at.
    pub centres: usize,
    /// At how many of them something was found.
    pub centres_concerned: usize,
    /// How many findings there are.
    pub findings: usize,
    /// How many of these are explained.
    pub explained: usize,
}

/// What was found at the centres of a unit on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitFindings {
    /// The unit.
    pub unit_id: UnitId,
    /// Its name on the day.
    pub name: Label,
    /// The day: of the records, and of the map.
    pub as_of: NaiveDate,
    /// How centres were placed on the map of the day.
    pub restated_by: RestatedBy,
    /// How many centres were looked at: those in your scope that were there on the day.
    pub centres: usize,
    /// How many of them were suspended, so that no work was asked of them.
    pub centres_suspended: usize,
    /// At how many of them something was found.
    pub centres_concerned: usize,
    /// How many findings there are.
    pub findings: usize,
    /// How many of these are explained.
    pub explained: usize,
    /// Each rule of the day with its counts.
    pub codes: Vec<FindingCount>,
    /// The same by unit directly below, also those where nothing was found.
    pub units: Vec<UnitRow>,
    /// A page of the findings that the filters let through: by rule, those that have stood the longest first.
    pub items: Vec<Finding>,
    /// Give this as `cursor` for the next page; `null` on the last one.
    pub next: Option<String>,
}

/// Which findings a page shows. The counts are of all.
#[derive(Debug, Clone, Copy, Default)]
pub struct FindingFilter {
    /// Of this rule.
    pub code: Option<FindingCode>,
    /// Explained, or not.
    pub explained: Option<bool>,
}

impl FindingFilter {
    /// Whether a finding passes.
    pub fn passes(&self, finding: &Finding) -> bool {
        self.code.is_none_or(|code| finding.code == code)
            && self.explained.is_none_or(|explained| finding.explanation.is_some() == explained)
    }
}

fn explained<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> usize {
    findings.into_iter().filter(|finding| finding.explanation.is_some()).count()
}

fn count(rules: &[RuleInForce], facts: &[&CentreFacts], findings: &[&Finding]) -> Vec<FindingCount> {
    let at_work = facts.iter().filter(|facts| facts.is_at_work()).count();
    rules
        .iter()
        .map(|rule| {
            let of_rule: Vec<&Finding> = findings.iter().copied().filter(|finding| finding.code == rule.rule.code).collect();
            FindingCount {
                code: rule.rule.code,
                label: rule.rule.code.label(),
                legal_basis: rule.basis.legal_basis,
                active: rule.active,
                centres: if !rule.active {
                    0
                } else if rule.rule.of_work {
                    at_work
                } else {
                    facts.len()
                },
                findings: of_rule.len(),
                explained: explained(of_rule),
            }
        })
        .collect()
}

impl CentreFindings {
    /// Of a centre on a day.
    pub fn of(
        facts: &CentreFacts,
        rules: &[RuleInForce],
        explanations: &[Kept<FindingExplanation>],
        filter: FindingFilter,
        day: NaiveDate,
    ) -> Self {
        let mut items = facts.findings(rules, explanations, day);
        let looked_at: Vec<&CentreFacts> = Some(facts).filter(|facts| facts.is_looked_at(day)).into_iter().collect();
        let codes = count(rules, &looked_at, &items.iter().collect::<Vec<_>>());
        items.retain(|finding| filter.passes(finding));
        Self { centre_id: facts.centre.id, as_of: day, status: facts.status, codes, items }
    }
}

/// What was found at the centres of a unit, with all that the filter lets through: the page is cut from it. `placing` is the unit on
/// the map of the day; what lies outside of it is left out.
pub fn findings_of_unit(
    unit_id: UnitId,
    placing: &Placing<'_>,
    known: &[CentreFacts],
    rules: &[RuleInForce],
    explanations: &BTreeMap<CentreId, Vec<Kept<FindingExplanation>>>,
    filter: FindingFilter,
) -> UnitFindings {
    let day = placing.date;
    let mut restated_by = RestatedBy::default();
    let inside: Vec<(&CentreFacts, Key)> = known
        .iter()
        .filter(|facts| facts.is_looked_at(day))
        .filter_map(|facts| placing.key_of(&facts.spot, &mut restated_by).map(|key| (facts, key)))
        .collect();
    let none = vec![];
    let found: Vec<Vec<Finding>> =
        inside.iter().map(|(facts, _)| facts.findings(rules, explanations.get(&facts.centre.id).unwrap_or(&none), day)).collect();
    let rows = placing
        .rows(inside.iter().map(|(_, key)| *key).collect::<BTreeSet<_>>().into_iter())
        .into_iter()
        .map(|(key, shown)| {
            let here: Vec<&Vec<Finding>> =
                inside.iter().zip(&found).filter(|((_, other), _)| *other == key).map(|(_, findings)| findings).collect();
            UnitRow {
                key: shown,
                centres: here.len(),
                centres_concerned: here.iter().filter(|findings| !findings.is_empty()).count(),
                findings: here.iter().map(|findings| findings.len()).sum(),
                explained: explained(here.iter().copied().flatten()),
            }
        })
        .collect();
    let facts: Vec<&CentreFacts> = inside.iter().map(|(facts, _)| *facts).collect();
    let all: Vec<&Finding> = found.iter().flatten().collect();
    let version = placing.map.get(unit_id).and_then(|unit| unit.near(day));
    let mut counted = UnitFindings {
        unit_id,
        name: version.map_or(Label::fixed("", ""), |version| Label::new(&*version.name_vi, &*version.name_en)),
        as_of: day,
        restated_by,
        centres: facts.len(),
        centres_suspended: facts.iter().filter(|facts| !facts.is_at_work()).count(),
        centres_concerned: found.iter().filter(|findings| !findings.is_empty()).count(),
        findings: all.len(),
        explained: explained(all.iter().copied()),
        codes: count(rules, &facts, &all),
        units: rows,
        items: vec![],
        next: None,
    };
    counted.items = found.into_iter().flatten().filter(|finding| filter.passes(finding)).collect();
    counted.items.sort_by_key(|finding| (finding.code, finding.since, finding.centre_id));
    counted
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::in_order;
    use super::*;
    use crate::finding::{FindingSettings, RuleSetting, in_force};

    #[test]
    fn switched_off_shows_as_not_looked_for_and_not_as_nothing_found() {
        let day: NaiveDate = "2021-12-31".parse().unwrap();
        let facts = CentreFacts { last_activity_on: None, has_establishment: false, ..in_order() };
        let off = RuleSetting {
            code: FindingCode::NoActivity,
            active: false,
            number: None,
            day_of_year: None,
            reason: "Sở xét riêng".into(),
        };
        let of = |facts: &CentreFacts, settings: Vec<RuleSetting>, filter| {
            let rules = in_force(&FindingSettings { settings }, &crate::calendar::Calendar::default(), day);
            let found = CentreFindings::of(facts, &rules, &[], filter, day);
            let counts = found.codes.iter().map(|it| (it.code, it.active, it.centres, it.findings));
            let activity = counts.clone().find(|(code, ..)| *code == FindingCode::NoActivity).unwrap();
            let papers = counts.clone().find(|(code, ..)| *code == FindingCode::EstablishmentWithoutDecision).unwrap();
            ((activity.1, activity.2, activity.3), (papers.1, papers.2, papers.3), found.items.len())
        };
        let all = FindingFilter::default();
        assert_eq!(of(&facts, vec![], all), ((true, 1, 1), (true, 1, 1), 2));
        assert_eq!(of(&facts, vec![off], all), ((false, 0, 0), (true, 1, 1), 1));
        let filter = FindingFilter { code: Some(FindingCode::NoActivity), explained: None };
        assert_eq!(of(&facts, vec![], filter), ((true, 1, 1), (true, 1, 1), 1), "counts are of all");
        assert_eq!(of(&facts, vec![], FindingFilter { explained: Some(true), ..all }).2, 0);
        let suspended = CentreFacts { status: CentreStatus::Suspended, ..facts.clone() };
        assert_eq!(of(&suspended, vec![], all), ((true, 0, 0), (true, 1, 1), 1));
        let proposed = CentreFacts { status: CentreStatus::Proposed, ..facts };
        assert_eq!(of(&proposed, vec![], all), ((true, 0, 0), (true, 0, 0), 0));
    }
}
