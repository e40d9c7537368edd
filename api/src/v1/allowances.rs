//! A centre's allowances of a year: what the norms give, and what the books say was paid.

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::allowance::{Allowances, Norms, Regions};
use htcd_domain::id::CentreId;
use htcd_domain::money::last_of_year;
use htcd_domain::money_step::MoneyState;
use htcd_persistence::{allowance_norm, base_salary, budget, centre, money};

use super::money_summary::OfYear;
use crate::answer::Answer;
use crate::extract::{Params, Segments};
use crate::permit::{Permit, RecordsRead};
use crate::problem::Refusal;
use crate::record;

/// What a centre's posts are due by the province's norms in a year, beside what the books say was paid.
///
/// Who holds which post in which months stands in the estimate of the year. Each month is counted by the norm and the base salary that
/// are in force on its first day; a month without a norm is unknown, not zero.
#[utoipa::path(tag = "money", params(("centre_id" = CentreId, Path, description = "The centre."), OfYear), responses((status = 200, description = "The year.", body = Allowances)), security(("oauth2" = ["records:read"])))]
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
            let mut found = None;
            for state in [MoneyState::Approved, MoneyState::Submitted, MoneyState::Returned, MoneyState::Draft] {
                if found.is_none() {
                    found = budget::standing_so(tx, id, year, &[state])?.map(|kept| (kept, state));
                }
            }
            let last = last_of_year(year);
            let placements = centre::placements(tx, id)?;
            let placed = placements.iter().rev().find(|placement| placement.valid_from <= last);
            let map = &permit.atlas().map;
            let class =
                placed.and_then(|placement| map.get(placement.commune_id)?.on(last.min(placement.valid_to.unwrap_or(last))));
            let regions = Regions {
                class: class.and_then(|version| version.region_class),
                development: found.as_ref().and_then(|(kept, _)| kept.content.development_region),
            };
            let norms = Norms {
                allowances: allowance_norm::all(tx)?.into_iter().map(|kept| kept.content).collect(),
                salaries: base_salary::all(tx)?.into_iter().map(|kept| kept.content).collect(),
            };
            let posts = found.as_ref().map_or(&[][..], |(kept, _)| &kept.content.posts);
            let paid = money::paid_allowances(tx, id, year)?;
            let allowances = Allowances {
                budget_id: found.as_ref().map(|(kept, _)| kept.id),
                budget_state: found.as_ref().map(|(_, state)| *state),
                ..Allowances::of(id, year, &norms, regions, posts, &paid)
            };
            Ok(Answer::json(&allowances))
        })
        .await
}
