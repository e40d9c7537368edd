//! A centre's allowances of a year: what the norms give, and what the books say was paid.

use std::collections::HashMap;

use actix_web::get;
use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::allowance::{Allowances, Norms, Regions};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::money::last_of_year;
use htcd_domain::period::Period;
use htcd_domain::provenance::Provenance;
use htcd_persistence::budget::{self, YearEstimate};
use htcd_persistence::{Result as Stored, Tx, activity_summary, allowance_norm, base_salary, centre, money};

use super::money_summary::OfYear;
use crate::answer::Answer;
use crate::extract::{Params, Segments};
use crate::figures;
use crate::permit::{Permit, RecordsRead, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record;

/// A centre's year.
pub(super) struct OfCentre {
    /// Its estimate: the approved one, otherwise the one that is being prepared.
    pub(super) estimate: Option<YearEstimate>,
    /// Its allowances.
    pub(super) allowances: Allowances,
}

/// The allowances of a year of each centre of the tenant that is there in it, or of one that was looked up in scope.
pub(super) fn of_year<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    centre: Option<CentreId>,
    year: i32,
) -> Stored<HashMap<CentreId, OfCentre>> {
    let last = last_of_year(year);
    let places: Vec<(CentreId, Option<UnitId>)> = match centre {
        Some(centre) => {
            let placements = centre::placements(tx, centre)?;
            let placed = placements.iter().rev().find(|placement| placement.valid_from <= last);
            vec![(centre, placed.map(|placement| placement.commune_id))]
        }
        None => {
            let whole = Period::year(year).ok_or(Code::NotFound)?;
            activity_summary::spans(tx, whole, last)?.into_iter().map(|span| (span.centre, Some(span.spot.commune))).collect()
        }
    };
    let norms = Norms {
        allowances: allowance_norm::all(tx)?.into_iter().map(|kept| kept.content).collect(),
        salaries: base_salary::all(tx)?.into_iter().map(|kept| kept.content).collect(),
    };
    let mut estimates = budget::of_year(tx, centre, year)?;
    let mut paid = money::allowances_paid_by(tx, centre, year)?;
    let one = |(centre, commune): (CentreId, Option<UnitId>)| {
        let estimate = estimates.remove(&centre);
        let content = estimate.as_ref().map(|estimate| &estimate.kept.content);
        let regions = Regions {
            class: commune.and_then(|commune| region_class(permit, commune, last)),
            development: content.and_then(|budget| budget.development_region),
        };
        let posts = content.map_or(&[][..], |budget| &budget.posts);
        let allowances = Allowances {
            budget_id: estimate.as_ref().map(|estimate| estimate.kept.id),
            budget_state: estimate.as_ref().map(|estimate| estimate.state),
            ..Allowances::of(centre, year, &norms, regions, posts, &paid.remove(&centre).unwrap_or_default())
        };
        (centre, OfCentre { estimate, allowances })
    };
    Ok(places.into_iter().map(one).collect())
}

/// Whether a commune is urban or rural, as the map has it on a day or had it last.
fn region_class<R: Right>(permit: &Permit<R>, commune: UnitId, day: NaiveDate) -> Option<htcd_domain::unit::RegionClass> {
    permit.atlas().map.get(commune)?.near(day)?.region_class
}

/// What a centre's posts are due by the province's norms in a year, beside what the books say was paid.
///
/// Who holds which post in which months stands in the estimate of the year. Each month is counted by the norm and the base salary that
/// are in force on its first day; a month without a norm is unknown, not zero.
#[utoipa::path(tag = "money", params(("centre_id" = CentreId, Path, description = "The centre."), OfYear), responses((status = 200, description = "The year.", body = Traced<Allowances>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/allowances")]
pub async fn get_allowances(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
    Params(query): Params<OfYear>,
) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year)?;
    permit
        .read(move |permit, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            let found = of_year(permit, tx, Some(id), year)?.remove(&id).ok_or(Code::NotFound)?;
            let (first, last) = figures::days_of(year);
            let provenance = Provenance::between(first, last)
                .list("list_budgets", format!("/v1/budgets?centre_id={id}&year={year}"))
                .list("list_money_entries", format!("/v1/money_entries?centre_id={id}&category=allowances"))
                .list("list_allowance_norms", "/v1/allowance_norms".into())
                .list("list_base_salaries", "/v1/base_salaries".into());
            Ok(Answer::json(&Traced::new(found.allowances, provenance)))
        })
        .await
}
