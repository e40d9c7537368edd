//! What all aggregates do alike: whose unit it is, whether it was on the map, and answering from a cache while nothing has
//! moved (docs/decisions/0004-live-aggregates.md).

use std::sync::Arc;

use chrono::NaiveDate;
use htcd_domain::access::Scope;
use htcd_domain::boundaries::Boundaries;
use htcd_domain::id::{ProvinceId, UnitId};
use htcd_domain::period::Period;
use htcd_domain::text::{Label, Language};
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::{Tx, audit};

use crate::answer::Answer;
use crate::permit::{Permit, Right};
use crate::problem::Refusal;
use crate::state::Atlas;
use crate::v1::units::UnitView;

/// Refuses a parameter of a query.
pub fn invalid(name: &str, rule: &'static str, vi: &'static str, en: &'static str) -> Refusal {
    invalid_label(name, rule, Label::fixed(vi, en))
}

/// The same, with a text made at run time.
pub fn invalid_label(name: &str, rule: &'static str, text: Label) -> Refusal {
    Problem { faults: vec![Fault::query(name, rule, text)], ..Problem::new(Code::InvalidParameter) }.into()
}

/// Reads `boundaries`.
///
/// # Errors
/// `invalid_parameter`.
pub fn boundaries(text: Option<&str>) -> Result<Boundaries, Refusal> {
    text.map_or(Some(Boundaries::AsWas), Boundaries::parse).ok_or_else(|| {
        invalid(
            "boundaries",
            "range",
            "Dùng as_was, restated, as_of:<ngày> hoặc restated:<ngày>.",
            "Use as_was, restated, as_of:<date> or restated:<date>.",
        )
    })
}

/// Reads a period of one of the calendars.
///
/// # Errors
/// `invalid_parameter`.
pub fn period(name: &str, text: &str) -> Result<Period, Refusal> {
    Period::parse(text).ok_or_else(|| {
        invalid(
            name,
            "period",
            "Kỳ viết dạng 2018, 2018-H1, 2018-Q3, 2018-10, school:2018, to_31_may:2019, to_30_september:2024 hoặc 2018-01-01..2018-11-26 (dài nhất ba năm).",
            "A period is written 2018, 2018-H1, 2018-Q3, 2018-10, school:2018, to_31_may:2019, to_30_september:2024 or 2018-01-01..2018-11-26 (three years at most).",
        )
    })
}

/// On whose boundaries figures were counted, as people read it.
pub fn on_boundaries(boundaries: &str, map_date: NaiveDate, language: Language) -> String {
    let label = Boundaries::parse(boundaries).map(Boundaries::label);
    let called = label.as_ref().map_or(boundaries, |label| label.get(language));
    match language {
        Language::Vi => format!("Địa giới: {called} (bản đồ ngày {})", map_date.format("%d/%m/%Y")),
        Language::En => format!("Boundaries: {called} (map of {map_date})"),
    }
}

/// How figures were counted, in a line below them.
pub fn about(boundaries: &str, map_date: NaiveDate, language: Language) -> String {
    let boundaries = on_boundaries(boundaries, map_date, language);
    match language {
        Language::Vi => format!("{boundaries}; ô trống là chưa báo cáo, không phải 0"),
        Language::En => format!("{boundaries}; a blank is not reported, not 0"),
    }
}

/// The first and the last day of a year.
pub fn days_of(year: i32) -> (NaiveDate, NaiveDate) {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    (day(1, 1), day(12, 31))
}

/// The name of a file of figures, without its ending: what they are, and the whole period.
pub fn file_name(what: &str, period: Period) -> String {
    format!("{what}-{}", period.to_string().replace(':', "-").replace("..", "-to-"))
}

/// The tenant of a unit that lies within the caller's scope, all of it.
///
/// # Errors
/// `not_found`.
pub fn tenant_of<R: Right>(permit: &Permit<R>, unit: UnitId) -> Result<ProvinceId, Refusal> {
    let own = permit.scope().province_id;
    let tenant = permit.atlas().tenant_of(unit).filter(|tenant| own.is_nation() || *tenant == own).ok_or(Code::NotFound)?;
    let reaches =
        permit.scope().whole || permit.atlas().map.reach(unit).iter().all(|commune| permit.scope().covers(*commune, None));
    if reaches { Ok(tenant) } else { Err(Code::NotFound.into()) }
}

/// The unit asked for must be on the map that is used; otherwise those that are, are named.
pub fn check_on_map(atlas: &Atlas, unit: Option<UnitId>, day: NaiveDate) -> Result<(), Problem> {
    let map = &atlas.map;
    let Some(unit) = unit.and_then(|unit| map.get(unit)) else { return Ok(()) };
    if unit.on(day).is_some() {
        return Ok(());
    }
    let mut relatives = map.with_predecessors(unit.id);
    relatives.extend(map.successors(unit.id).iter().map(|succession| succession.successor_id));
    let candidates: Vec<_> = relatives
        .iter()
        .filter_map(|id| map.get(*id))
        .filter(|unit| unit.on(day).is_some())
        .filter_map(|unit| UnitView::near(unit, day))
        .collect();
    Err(Problem::new(Code::NotOnMap)
        .detail(
            format!("Đơn vị này không có trên bản đồ ngày {}.", day.format("%d/%m/%Y")),
            format!("The unit is not on the map of {day}."),
        )
        .with("map_date", day)
        .with("candidates", candidates))
}

/// Answers a question about a tenant's records from the cache while its version stands, and counts anew in the lane of reports
/// otherwise. `question` names everything that the answer depends on but the records and the map.
///
/// # Errors
/// What the work answered; `too_busy` when too many reports wait.
pub async fn answer<R: Right>(
    permit: Permit<R>,
    tenant: ProvinceId,
    question: String,
    work: impl Fn(&Permit<R>, &mut Tx<'_>) -> htcd_persistence::Result<Answer> + Send + 'static,
) -> Result<Answer, Refusal> {
    let (permit, version) = permit
        .run(move |permit| {
            let version = permit.database().read(&Scope::whole(tenant), audit::records_version)?;
            Ok((permit, version))
        })
        .await?;
    // Both only grow, so their sum is the version of both.
    let key = (format!("{tenant} {} {question}", permit.today()), version + permit.atlas().version);
    let app = Arc::clone(permit.shared());
    // Whoever finds the answer being made waits for it here and takes no place in the lane.
    let made = permit.run_report(move |permit| permit.read_report(&Scope::whole(tenant), |tx| work(&permit, tx)));
    app.summaries.try_get_with(key, made).await.map_err(|refusal| (*refusal).clone())
}
