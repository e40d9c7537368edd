//! What a year of a centre's books comes to.

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::budget::Budget;
use htcd_domain::id::CentreId;
use htcd_domain::money::{Direction, MoneySummary, Tally};
use htcd_domain::money_step::MoneyState;
use htcd_domain::provenance::Provenance;
use htcd_domain::record::Kept;
use htcd_persistence::{budget, centre, money, settlement};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::Answer;
use crate::extract::{Params, Segments};
use crate::figures;
use crate::permit::{Permit, RecordsRead};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record;

/// Of which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfYear {
    /// The year.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    pub year: i32,
}

/// A year of a centre's books: income by source, expenditure by category against the approved estimate, the balance.
///
/// What came in kind stands apart, with how much of it was valued, and is in no balance.
#[utoipa::path(tag = "money", params(("centre_id" = CentreId, Path, description = "The centre."), OfYear), responses((status = 200, description = "The year.", body = Traced<MoneySummary>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/money_summary")]
pub async fn get_money_summary(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
    Params(query): Params<OfYear>,
) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year)?;
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            let tallies = money::tallies(tx, id, year)?;
            let opening = settlement::opening(tx, id, year)?;
            let approved = budget::standing_so(tx, id, year, &[MoneyState::Approved])?;
            let locked_to = money::books(tx, id)?.locked_to;
            let summary = MoneySummary { locked_to, ..against(approved.as_ref(), id, year, &tallies, opening) };
            let (first, last) = figures::days_of(year);
            let provenance = Provenance::between(first, last)
                .list("list_money_entries", format!("/v1/money_entries?centre_id={id}&from={first}&to={last}"))
                .list("list_budgets", format!("/v1/budgets?centre_id={id}&year={year}"))
                .list("list_settlements", format!("/v1/settlements?centre_id={id}&year={year}"))
                .list("list_settlements", format!("/v1/settlements?centre_id={id}&year={}", year - 1));
            Ok(Answer::json(&Traced::new(summary, provenance)))
        })
        .await
}

/// What is in books comes to, against the approved estimate.
pub(super) fn against(
    approved: Option<&Kept<Budget>>,
    centre: CentreId,
    year: i32,
    tallies: &[Tally],
    opening_vnd: Option<i64>,
) -> MoneySummary {
    let estimate = approved.map(|kept| kept.content.by_category());
    let planned = |direction| -> Option<i64> {
        let lines = &approved?.content.lines;
        Some(lines.iter().filter(|line| line.direction == direction).map(|line| line.amount_vnd).sum())
    };
    MoneySummary {
        budget_id: approved.map(|kept| kept.id),
        estimated_income_vnd: planned(Direction::Income),
        estimated_expenditure_vnd: planned(Direction::Expenditure),
        ..MoneySummary::of(centre, year, tallies, opening_vnd, estimate.as_deref())
    }
}
