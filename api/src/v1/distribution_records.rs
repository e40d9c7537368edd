//! From a distribution to its records: what was counted and under which row, what was left out and why.

use actix_web::get;
use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::access::Scope;
use htcd_domain::aggregate::Question;
use htcd_domain::id::{ProvinceId, UnitId};
use htcd_domain::provenance::{self, ProvenanceBasis, ProvenanceRecord};
use htcd_domain::scheme::Subject;
use htcd_persistence::{Tx, rated_record};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::distributions::question;
use crate::answer::Answer;
use crate::extract::{Params, Segments, bad_cursor, page_size, read_cursor, write_cursor};
use crate::figures;
use crate::permit::{AggregatesNationalRecords, AggregatesRecords, Permit, Right};
use crate::problem::Refusal;
use htcd_domain::boundaries::Breakdown;

/// Whose records, as the distribution was asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DistributionRecordsQuery {
    /// The year that was rated.
    #[param(example = 2011, minimum = 1999, maximum = 2100)]
    year: i32,
    /// Centres (default) or communes.
    subject: Option<Subject>,
    /// By child unit (default), operating model, or urban and rural: which row each record comes under.
    by: Option<Breakdown>,
    /// `as_was` (default): the map of the year's last day; `restated`: today's map; `as_of:<date>`.
    #[param(example = "as_was", pattern = "^(as_was|restated|(as_of|restated):[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `true`: only what is counted; `false`: only what is left out.
    counted: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of the records behind a distribution.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistributionRecords {
    /// The unit; `null` for the nation.
    pub unit_id: Option<UnitId>,
    /// The year that was rated.
    #[schema(example = 2011)]
    pub year: i32,
    /// What was rated.
    pub subject: Subject,
    /// By what the rows are broken down.
    pub by: Breakdown,
    /// On whose boundaries, as asked for.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// The rounds and schemes of the provinces on this page.
    pub bases: Vec<ProvenanceBasis>,
    /// The records, by province and identity.
    pub items: Vec<ProvenanceRecord>,
    /// Give this as `cursor` for the next page; `null` on the last one.
    pub next: Option<String>,
}

/// The records behind a unit's rating distribution: each that was counted, with the row it comes under, and each that was left out, with why.
///
/// Those that are `counted` make up the distribution's `base`, those of them with a rank its `rated`; counted by `row` and rank
/// they give every other number of it.
#[utoipa::path(tag = "aggregates", params(("unit_id" = UnitId, Path, description = "A province, district or commune."), DistributionRecordsQuery), responses((status = 200, description = "A page of records.", body = DistributionRecords)), security(("oauth2" = ["aggregates:records"])))]
#[get("/v1/units/{unit_id}/rating_distribution/records")]
pub async fn list_unit_rating_distribution_records(
    permit: Permit<AggregatesRecords>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<DistributionRecordsQuery>,
) -> Result<Answer, Refusal> {
    let tenant = figures::tenant_of(&permit, unit)?;
    answer(permit, vec![tenant], Some(unit), query).await
}

/// The records behind the nation's rating distribution, province by province.
#[utoipa::path(tag = "aggregates", params(DistributionRecordsQuery), responses((status = 200, description = "A page of records.", body = DistributionRecords)), security(("oauth2" = ["aggregates:national_records"])))]
#[get("/v1/nation/rating_distribution/records")]
pub async fn list_national_rating_distribution_records(
    permit: Permit<AggregatesNationalRecords>,
    Params(query): Params<DistributionRecordsQuery>,
) -> Result<Answer, Refusal> {
    let tenants = permit.atlas().provinces.iter().map(|province| province.id).collect();
    answer(permit, tenants, None, query).await
}

async fn answer<R: Right>(
    permit: Permit<R>,
    mut tenants: Vec<ProvinceId>,
    unit: Option<UnitId>,
    query: DistributionRecordsQuery,
) -> Result<Answer, Refusal> {
    let limit = usize::try_from(page_size(query.limit)?).unwrap_or(usize::MAX);
    let cursor: Option<(ProvinceId, Uuid)> = read_cursor(query.cursor.as_deref())?;
    let question = question(unit, query.year, None, query.subject, query.by, query.boundaries.as_deref())?;
    // As in the distribution: of several provinces each counts by its own window, and the map is that of the year's end.
    let is_one = tenants.len() == 1;
    let mut after = None;
    if let Some((tenant, id)) = cursor {
        let place = tenants.iter().position(|known| *known == tenant).ok_or_else(bad_cursor)?;
        tenants.drain(..place);
        after = Some(id);
    }
    permit
        .run_report(move |permit| {
            let year_end = NaiveDate::from_ymd_opt(question.year, 12, 31).unwrap_or(NaiveDate::MAX);
            let mut date = question.boundaries.map_date(year_end, permit.today());
            let (mut bases, mut items): (Vec<ProvenanceBasis>, Vec<ProvenanceRecord>) = (vec![], vec![]);
            for tenant in tenants {
                if items.len() > limit {
                    break;
                }
                let read = |tx: &mut Tx<'_>| {
                    let basis = rated_record::basis(tx, question.year, question.subject)?;
                    if is_one {
                        date = question.boundaries.map_date(basis.cut_off, permit.today());
                    }
                    figures::check_on_map(permit.atlas(), question.unit, date)?;
                    Ok((basis.clone(), of_tenant(&permit, tx, &question, &basis, date)?))
                };
                let (basis, found) = permit.read_report(&Scope::whole(tenant), read)?;
                let wanted = found.into_iter().filter(|record| query.counted.is_none_or(|counted| record.counted == counted));
                let before = items.len();
                items.extend(wanted.filter(|record| after.is_none_or(|after| identity(record) > after)).take(limit + 1 - before));
                if items.len() > before {
                    bases.push(basis);
                }
                after = None;
            }
            let more = items.len() > limit;
            items.truncate(limit);
            bases.retain(|basis| items.iter().any(|item| item.province_id == basis.province_id));
            let next = items.last().filter(|_| more).map(|last| write_cursor(&(last.province_id, identity(last))));
            Ok(Answer::json(&DistributionRecords {
                unit_id: question.unit,
                year: question.year,
                subject: question.subject,
                by: question.by,
                boundaries: question.boundaries.to_string(),
                map_date: date,
                bases,
                items,
                next,
            }))
        })
        .await
}

fn identity(record: &ProvenanceRecord) -> Uuid {
    let (centre, commune) = record.record.identity();
    centre.map(Uuid::from).or(commune.map(Uuid::from)).unwrap_or_default()
}

fn of_tenant<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    question: &Question,
    basis: &ProvenanceBasis,
    date: NaiveDate,
) -> htcd_persistence::Result<Vec<ProvenanceRecord>> {
    let atlas = permit.atlas();
    let province = atlas.provinces.iter().find(|province| province.id == basis.province_id).ok_or(Code::NotFound)?;
    let rated = rated_record::all(tx, question.year, question.subject, basis.cut_off, &atlas.map, &province.unit_ids)?;
    let known = match question.subject {
        Subject::Centre => rated_record::known_centres(tx)?,
        Subject::Commune => vec![],
    };
    Ok(provenance::records(question, basis, date, &atlas.map, &rated, &known))
}
