//! What the field's rules find at a centre, and at the centres of a unit. Findings are computed: nothing here writes.

use std::collections::BTreeSet;

use actix_web::get;
use chrono::{Datelike as _, NaiveDate};
use htcd_domain::boundaries::{Boundaries, Breakdown, Placing};
use htcd_domain::calendar::Extensions;
use htcd_domain::finding::{
    CentreFacts, CentreFindings, Finding, FindingCode, FindingFilter, RuleInForce, UnitFindings, findings_of_unit, in_force,
};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::provenance::Provenance;
use htcd_domain::text::Label;
use htcd_domain::unit::UnitMap;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::record::Whose;
use htcd_persistence::{Tx, calendar, extension, finding, finding_explanation, finding_settings};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::Answer;
use crate::extract::{Params, Segments, page_size, read_cursor, write_cursor};
use crate::figures;
use crate::permit::{Permit, RecordsRead};
use crate::problem::Refusal;
use crate::provenance::{Traced, unknown_centres};
use crate::record;

/// Of which day, and which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindingsQuery {
    /// The day, at most today; today when left out.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// Only findings of this rule. Counts are of all.
    code: Option<FindingCode>,
    /// Only explained findings, or only those that nobody has explained. Counts are of all.
    explained: Option<bool>,
}

/// Of which day, which of them, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnitFindingsQuery {
    /// The day of the records and of the map, at most today. When left out: today, or the last day of a unit that has ended.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// Only findings of this rule. Counts are of all.
    code: Option<FindingCode>,
    /// Only explained findings, or only those that nobody has explained. Counts are of all.
    explained: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The place of a finding in a list.
type Cursor = (FindingCode, NaiveDate, CentreId);

fn place(finding: &Finding) -> Cursor {
    (finding.code, finding.since, finding.centre_id)
}

/// A day of which something can be known.
pub(super) fn check_day(as_of: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    let day = as_of.unwrap_or(today);
    if day <= today {
        return Ok(day);
    }
    let detail = Label::fixed("Chưa biết gì về một ngày sau hôm nay.", "Nothing is known yet of a day after today.");
    Err(Problem { faults: vec![Fault::query("as_of", "not_in_future", detail)], ..Problem::new(Code::InvalidParameter) }.into())
}

/// The rules in force on a day; what is known of the centres gains the time that they were granted by it.
fn rules_with_time(
    map: &UnitMap,
    tx: &mut Tx<'_>,
    known: &mut [CentreFacts],
    day: NaiveDate,
) -> htcd_persistence::Result<Vec<RuleInForce>> {
    let (settings, _) = finding_settings::get(tx)?;
    let (calendar, _) = calendar::get(tx)?;
    let granted = Extensions::on(&extension::of_years(tx, day.year() - 2, day.year() + 1)?, day);
    for facts in known {
        facts.more_time = granted.of(Some(facts.centre.id), facts.spot.commune, map);
    }
    Ok(in_force(&settings, &calendar, day))
}

/// What is found at a centre that is in scope, as of a day.
///
/// # Errors
/// `not_found` for one that is not.
pub(super) fn of_centre(
    map: &UnitMap,
    tx: &mut Tx<'_>,
    id: CentreId,
    filter: FindingFilter,
    day: NaiveDate,
) -> htcd_persistence::Result<CentreFindings> {
    let whose = Whose { centre: Some(id), units: None };
    let centres = finding::centres(tx, &whose, day)?;
    if centres.is_empty() {
        return Err(Code::NotFound.into());
    }
    let mut facts = finding::facts(tx, centres, day)?;
    let rules = rules_with_time(map, tx, &mut facts, day)?;
    let facts = facts.first().ok_or(Code::NotFound)?;
    let explanations = finding_explanation::of_centres(tx, &whose, day)?.remove(&id).unwrap_or_default();
    Ok(CentreFindings::of(facts, &rules, &explanations, filter, day))
}

/// What the rules find at a centre on a day, each with its legal basis, since when, whom it concerns, and the facts that led to it.
///
/// A finding is computed, so nobody can delete it: it goes once its cause is remedied. An explanation (`/v1/finding_explanations`) shows
/// beside it and takes nothing away. `codes` counts every rule of the day, also those that found nothing or are switched off.
#[utoipa::path(tag = "findings", params(("centre_id" = CentreId, Path, description = "The centre."), FindingsQuery), responses((status = 200, description = "The findings.", body = CentreFindings)), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/findings")]
pub async fn get_centre_findings(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
    Params(query): Params<FindingsQuery>,
) -> Result<Answer, Refusal> {
    let day = check_day(query.as_of, permit.today())?;
    let filter = FindingFilter { code: query.code, explained: query.explained };
    permit.read(move |permit, tx| Ok(Answer::json(&of_centre(&permit.atlas().map, tx, id, filter, day)?))).await
}

/// What the rules find at the centres of a province, district or commune on a day: counts first, by rule and by the units directly below.
///
/// Of the centres in your scope that were there on the day, at work or suspended, placed on the map of that day; `centres` says how many
/// these are. A page of the findings follows: by rule, those that have stood the longest first.
#[utoipa::path(tag = "findings", params(("unit_id" = UnitId, Path, description = "A province, district or commune."), UnitFindingsQuery), responses((status = 200, description = "Counts, and a page of the findings.", body = Traced<UnitFindings>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/units/{unit_id}/findings")]
pub async fn get_unit_findings(
    permit: Permit<RecordsRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<UnitFindingsQuery>,
) -> Result<Answer, Refusal> {
    let ended_on = permit.atlas().map.get(unit).and_then(|unit| unit.latest()).and_then(|version| version.valid_to);
    let today = permit.today();
    let day = check_day(query.as_of.or(ended_on.filter(|last| *last < today)), today)?;
    let limit = usize::try_from(page_size(query.limit)?).unwrap_or(usize::MAX);
    let after: Option<Cursor> = read_cursor(query.cursor.as_deref())?;
    let filter = FindingFilter { code: query.code, explained: query.explained };
    permit
        .report(move |permit, tx| {
            record::check_unit(permit, tx, unit)?;
            figures::check_on_map(permit.atlas(), Some(unit), day)?;
            let whose = Whose::default();
            let centres = finding::centres(tx, &whose, day)?;
            let mut known = finding::facts(tx, centres, day)?;
            let rules = rules_with_time(&permit.atlas().map, tx, &mut known, day)?;
            let explanations = finding_explanation::of_centres(tx, &whose, day)?;
            let placing = Placing { map: &permit.atlas().map, unit: Some(unit), by: Breakdown::Unit, date: day };
            let mut found: UnitFindings = findings_of_unit(unit, &placing, &known, &rules, &explanations, filter);
            found.items.retain(|finding| after.is_none_or(|after| after < place(finding)));
            if found.items.len() > limit {
                found.items.truncate(limit);
                found.next = found.items.last().map(|finding| write_cursor(&place(finding)));
            }
            let here: BTreeSet<CentreId> = known.iter().map(|facts| facts.centre.id).collect();
            let unknown = unknown_centres(permit, tx, &placing, |centre| here.contains(&centre), day)?;
            let provenance = Provenance::up_to(day)
                .on_map(Boundaries::AsOf(day), day)
                .list("get_unit_findings", format!("/v1/units/{unit}/findings?as_of={day}"))
                .without(unknown.into_iter().map(|(_, why)| why));
            Ok(Answer::json(&Traced::new(found, provenance)))
        })
        .await
}
