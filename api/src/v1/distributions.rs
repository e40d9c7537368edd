//! Rating distributions: the pull.
//!
//! Answers are live. Each is cached with the version of every tenant that it rests on; a change moves
//! its tenant's version in its own transaction, and every request compares versions before it answers
//! (docs/decisions/0004-live-aggregates.md).

use std::sync::Arc;

use actix_web::get;
use chrono::NaiveDate;
use htcd_domain::access::Scope;
use htcd_domain::aggregate::{Distribution, Question, YearFacts, distribution};
use htcd_domain::boundaries::Breakdown;
use htcd_domain::id::{ProvinceId, UnitId};
use htcd_domain::provenance::{self, Provenance};
use htcd_domain::scheme::{Rank, Subject};
use htcd_persistence::aggregate::{ProvinceYear, province_year};
use htcd_persistence::audit;
use htcd_persistence::db::nation;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::Answer;
use crate::export::{TableFormat, Writing};
use crate::extract::{Params, Segments};
use crate::figures;
use crate::permit::{AggregatesNational, AggregatesRead, Permit, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::v1::distribution_table::{chart, table};

/// What to count, and how to write it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DistributionQuery {
    /// The year that was rated.
    #[param(example = 2011, minimum = 1999, maximum = 2100)]
    year: i32,
    /// A year to compare with: changes in percentage points.
    #[param(example = 2010, minimum = 1999, maximum = 2100)]
    compare_year: Option<i32>,
    /// Centres (default) or communes.
    subject: Option<Subject>,
    /// By child unit (default), operating model, or urban and rural.
    by: Option<Breakdown>,
    /// `as_was` (default): the map of the year's last day; `restated`: today's map; `as_of:<date>` or `restated:<date>`: that of a day.
    #[param(example = "as_was", pattern = "^(as_was|restated|(as_of|restated):[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `json` (default), `csv`, `xlsx` or `svg`.
    format: Option<TableFormat>,
    /// With `csv`: begin with a byte-order mark, so that Excel reads it as UTF-8.
    bom: Option<bool>,
}

impl DistributionQuery {
    fn question(&self, unit: Option<UnitId>) -> Result<Question, Refusal> {
        question(unit, self.year, self.compare_year, self.subject, self.by, self.boundaries.as_deref())
    }
}

/// What is asked for, where it can be.
pub(super) fn question(
    unit: Option<UnitId>,
    year: i32,
    compare_year: Option<i32>,
    subject: Option<Subject>,
    by: Option<Breakdown>,
    boundaries: Option<&str>,
) -> Result<Question, Refusal> {
    for (name, year) in [("year", Some(year)), ("compare_year", compare_year)] {
        if year.is_some_and(|year| !(1999..=2100).contains(&year)) {
            return Err(figures::invalid(name, "range", "Năm từ 1999 đến 2100.", "A year lies between 1999 and 2100."));
        }
    }
    Ok(Question {
        unit,
        year,
        compare_year,
        subject: subject.unwrap_or(Subject::Centre),
        by: by.unwrap_or(Breakdown::Unit),
        boundaries: figures::boundaries(boundaries)?,
    })
}

/// How the ratings of a unit and year are distributed.
///
/// Decided ratings only. Percentages are of the rated and add to 100 (largest remainder, ties to the better
/// rank); `base` counts what existed on the last day of the data window.
#[utoipa::path(
    tag = "aggregates",
    params(("unit_id" = UnitId, Path, description = "A province, district or commune."), DistributionQuery),
    responses((status = 200, description = "The distribution.", content((Traced<Distribution> = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "image/svg+xml")))),
    security(("oauth2" = ["aggregates:read"])),
)]
#[get("/v1/units/{unit_id}/rating_distribution")]
pub async fn get_unit_rating_distribution(
    permit: Permit<AggregatesRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<DistributionQuery>,
) -> Result<Answer, Refusal> {
    let question = query.question(Some(unit))?;
    let tenant = figures::tenant_of(&permit, unit)?;
    answer(permit, vec![tenant], question, query).await
}

/// How the ratings of a year are distributed in the whole nation, by province.
#[utoipa::path(
    tag = "aggregates",
    params(DistributionQuery),
    responses((status = 200, description = "The distribution.", content((Traced<Distribution> = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "image/svg+xml")))),
    security(("oauth2" = ["aggregates:national"])),
)]
#[get("/v1/nation/rating_distribution")]
pub async fn get_national_rating_distribution(
    permit: Permit<AggregatesNational>,
    Params(query): Params<DistributionQuery>,
) -> Result<Answer, Refusal> {
    let question = query.question(None)?;
    let tenants: Vec<ProvinceId> = permit.atlas().provinces.iter().map(|province| province.id).collect();
    answer(permit, tenants, question, query).await
}

/// Compares versions, and counts again only if one has moved; counting is done in the lane of reports.
async fn answer<R: Right>(
    permit: Permit<R>,
    tenants: Vec<ProvinceId>,
    question: Question,
    query: DistributionQuery,
) -> Result<Answer, Refusal> {
    let writing = Writing::new(query.format, query.bom, permit.language());
    let (permit, tenants, versions) = permit
        .run(move |permit| {
            let (scope, which) = match &tenants[..] {
                [tenant] => (Scope::whole(*tenant), Some(&tenants[..])),
                _ => (nation(), None),
            };
            let versions = permit.database().read(&scope, |tx| audit::versions(tx, which))?;
            Ok((permit, tenants, versions))
        })
        .await?;
    // Versions only grow, so their sum is the version of all of them.
    let version = permit.atlas().version
        + versions.iter().filter(|(province, _)| !province.is_nation()).map(|(_, version)| version).sum::<i64>();
    let key = (question, writing, permit.today(), version);
    let app = Arc::clone(permit.shared());
    let (asked, writing) = (key.0.clone(), key.1);
    // Whoever finds the answer being made waits for it here and takes no place in the lane.
    let made = permit.run_report(move |permit| {
        let counted = count(&permit, &tenants, &asked, &versions)?;
        let name = format!("rating-distribution-{}", asked.year);
        writing.write(&name, &counted, |language| table(&counted.figures, language), |language| chart(&counted.figures, language))
    });
    app.distributions.try_get_with(key, made).await.map_err(|refusal| (*refusal).clone())
}

/// A tenant's facts of a year: cached at the tenant's version and the map's, which says which communes there were.
fn facts<R: Right>(
    permit: &Permit<R>,
    tenant: ProvinceId,
    year: i32,
    subject: Subject,
    version: i64,
) -> Result<Arc<ProvinceYear>, Refusal> {
    let atlas = permit.atlas();
    // Both only grow, so their sum is the version of both.
    let key = (tenant, year, subject, version + atlas.version);
    let units = atlas.provinces.iter().find(|province| province.id == tenant).map_or(&[][..], |province| &province.unit_ids);
    // The version was read before the facts: these may be newer, never older, than what it stands for.
    let facts = permit.app().facts.try_get_with(key, || -> Result<_, Refusal> {
        Ok(Arc::new(permit.read_report(&Scope::whole(tenant), |tx| province_year(tx, year, subject, &atlas.map, units))?))
    });
    facts.map_err(|refusal| (*refusal).clone())
}

fn count<R: Right>(
    permit: &Permit<R>,
    tenants: &[ProvinceId],
    question: &Question,
    versions: &[(ProvinceId, i64)],
) -> Result<Traced<Distribution>, Refusal> {
    let load = |year: i32| -> Result<Vec<Arc<ProvinceYear>>, Refusal> {
        tenants
            .iter()
            .map(|tenant| {
                let version = versions.iter().find(|(province, _)| province == tenant).map_or(0, |(_, version)| *version);
                facts(permit, *tenant, year, question.subject, version)
            })
            .collect()
    };
    let (now, before) = (load(question.year)?, question.compare_year.map(load).transpose()?);
    let year = year_facts(&now, question.year);
    let compared = before.as_deref().zip(question.compare_year).map(|(facts, year)| year_facts(facts, year));
    figures::check_on_map(permit.atlas(), question.unit, question.boundaries.map_date(year.cut_off, permit.today()))?;
    let counted = distribution(question, &year, compared.as_ref(), &permit.atlas().map, permit.today());
    let operation = match question.unit {
        Some(_) => "list_unit_rating_distribution_records",
        None => "list_national_rating_distribution_records",
    };
    // What is left out is known once every centre is looked at, which the list does.
    let provenance = Provenance::up_to(year.cut_off)
        .on_map(question.boundaries, counted.map_date)
        .list(operation, provenance::link(question))
        .left_out_in_list();
    Ok(Traced::new(counted, provenance))
}

fn year_facts(facts: &[Arc<ProvinceYear>], year: i32) -> YearFacts<'_> {
    let mut ranks: Vec<Rank> = facts.iter().flat_map(|facts| facts.ranks.iter().copied()).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let year_end = NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX);
    let cut_off = if let [one] = facts { one.cut_off } else { year_end };
    YearFacts { facts: facts.iter().map(|facts| facts.facts.as_slice()).collect(), ranks, cut_off }
}
