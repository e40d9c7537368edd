//! The base salaries that a province's coefficients are multiplied with.

use actix_web::{delete, get, patch, post};
use htcd_domain::Problem;
use htcd_domain::allowance::{BaseSalary, overlap};
use htcd_domain::id::BaseSalaryId;
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::{Result as Stored, base_salary};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type BaseSalaryRecord = Kept<BaseSalary>;
type BaseSalaryPatch = Patch<BaseSalary>;

impl Kind for BaseSalary {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let time = |salary: &Self| (salary.valid_from, salary.valid_to);
        let others = base_salary::all(desk.tx)?;
        let is_other = |other: &&Kept<Self>| before.is_none_or(|before| before.id != other.id);
        let Some(other) = others.iter().filter(is_other).find(|other| overlap(time(&other.content), time(self))) else {
            return Ok(());
        };
        let (vi, en) = (
            "Đã có mức lương cơ sở khác trong thời gian đó; ghi ngày hết hiệu lực cho mức cũ trước.",
            "There is a base salary at that time; end the older one first.",
        );
        Err(Problem::rule("/valid_from", "salaries_one_at_a_time", vi, en).with("base_salary_id", other.id).into())
    }
}

/// How a list is cut.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListBaseSalaries {
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The base salaries that the province has entered. None ships.
#[utoipa::path(tag = "money", params(ListBaseSalaries), responses((status = 200, description = "A page of base salaries.", body = Page<BaseSalaryRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/base_salaries")]
pub async fn list_base_salaries(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListBaseSalaries>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(base_salary::list(tx, wanted.clone())?, limit, |salary: &BaseSalary| salary.valid_from))
        })
        .await
}

/// One base salary.
#[utoipa::path(tag = "money", params(("base_salary_id" = BaseSalaryId, Path, description = "The base salary.")), responses((status = 200, description = "The base salary.", body = BaseSalaryRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/base_salaries/{base_salary_id}")]
pub async fn get_base_salary(permit: Permit<RecordsRead>, Segments(id): Segments<BaseSalaryId>) -> Result<Answer, Refusal> {
    record::get::<BaseSalary, _>(permit, id).await
}

/// Enter the base salary between two days.
#[utoipa::path(tag = "money", request_body = BaseSalary, responses((status = 201, description = "The base salary.", body = BaseSalaryRecord)), security(("oauth2" = ["settings:write"])))]
#[post("/v1/base_salaries")]
pub async fn create_base_salary(permit: Permit<SettingsWrite>, Body(body): Body<BaseSalary>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a base salary: end it, or correct it.
#[utoipa::path(tag = "money", params(("base_salary_id" = BaseSalaryId, Path, description = "The base salary."), IfMatchHeader), request_body(content = BaseSalaryPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The base salary.", body = BaseSalaryRecord)), security(("oauth2" = ["settings:write"])))]
#[patch("/v1/base_salaries/{base_salary_id}")]
pub async fn update_base_salary(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<BaseSalaryId>,
    if_match: IfMatch,
    Body(body): Body<Patch<BaseSalary>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a base salary that was entered by mistake. The audit trail keeps what it said.
#[utoipa::path(tag = "money", params(("base_salary_id" = BaseSalaryId, Path, description = "The base salary."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["settings:write"])))]
#[delete("/v1/base_salaries/{base_salary_id}")]
pub async fn delete_base_salary(
    permit: Permit<SettingsWrite>,
    Segments(id): Segments<BaseSalaryId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<BaseSalary, _>(permit, id, if_match).await
}
