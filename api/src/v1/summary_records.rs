//! From a unit's summary to its records: each centre or commune with what it gave, under which row, and what was left out and why.

use std::collections::{BTreeSet, HashMap};

use actix_web::get;
use chrono::{Datelike, NaiveDate};
use htcd_domain::Coded;
use htcd_domain::activity::ActivityScope;
use htcd_domain::boundaries::{Boundaries, Breakdown, Placing};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::period::Period;
use htcd_domain::provenance::{HolderRecord, LeftOut, Provenance, RecordLink, holders, outside};
use htcd_domain::summary::{Given, Holding, SummaryHolder, SummaryTopic};
use htcd_persistence::{Tx, activity_summary};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::summaries::holdings;
use crate::answer::Answer;
use crate::extract::{Params, Segments, page_size, read_cursor, write_cursor};
use crate::figures;
use crate::permit::{Permit, RecordsRead, Right};
use crate::problem::Refusal;
use crate::provenance::unknown_centres;
use crate::record;

/// Whose records, as the summary was asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SummaryRecordsQuery {
    /// `2018`, `2018-H1`, `2018-Q3`, `2018-10`, `school:2018`, `to_31_may:2019`, `to_30_september:2024` or `2018-01-01..2018-11-26`.
    #[param(example = "2018")]
    period: String,
    /// By child unit (default), operating model, or urban and rural: which row each comes under.
    by: Option<Breakdown>,
    /// `as_was` (default): the map of the period's last day; `restated`: today's map; `as_of:<date>`.
    #[param(example = "as_was", pattern = "^(as_was|restated|as_of:[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `true`: only what is counted; `false`: only what is left out.
    counted: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Of activities: of centres, of hamlets, or both.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActivityRecordsQuery {
    /// `2018`, `2018-H1`, `2018-Q3`, `2018-10`, `school:2018`, `to_31_may:2019`, `to_30_september:2024` or `2018-01-01..2018-11-26`.
    #[param(example = "2018")]
    period: String,
    /// Only activities of the centres themselves, or of the hamlets; both together when left out.
    scope: Option<ActivityScope>,
    /// By child unit (default), operating model, or urban and rural: which row each comes under.
    by: Option<Breakdown>,
    /// `as_was` (default): the map of the period's last day; `restated`: today's map; `as_of:<date>`.
    #[param(example = "as_was", pattern = "^(as_was|restated|as_of:[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `true`: only what is counted; `false`: only what is left out.
    counted: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of the centres or communes behind a summary.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryRecords {
    /// The unit.
    pub unit_id: UnitId,
    /// By what the rows are broken down.
    pub by: Breakdown,
    /// On whose boundaries, as asked for.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// The first day that is counted.
    pub from: NaiveDate,
    /// The last day that is counted: of the period, or today.
    pub to: NaiveDate,
    /// The centres or communes, by identity.
    pub items: Vec<HolderRecord>,
    /// Give this as `cursor` for the next page; `null` on the last one.
    pub next: Option<String>,
}

/// Which summary.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// Activities, of one scope or of both.
    Activities(Option<ActivityScope>),
    /// A topic of its own.
    Topic(SummaryTopic),
}

impl Source {
    fn of_centres(self) -> bool {
        !matches!(self, Self::Topic(topic) if topic.counts() == SummaryHolder::Commune)
    }

    fn path(self, unit: UnitId) -> (&'static str, String) {
        match self {
            Self::Activities(_) => ("list_unit_activity_summary_records", format!("/v1/units/{unit}/activity_summary/records")),
            Self::Topic(topic) => ("list_unit_summary_records", format!("/v1/units/{unit}/summaries/{}/records", topic.code())),
        }
    }

    /// Everybody who may be counted, with what each gave.
    fn holdings<R: Right>(
        self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        unit: UnitId,
        period: Period,
    ) -> htcd_persistence::Result<Vec<Holding>> {
        match self {
            Self::Topic(topic) => holdings(permit, tx, unit, topic, period),
            Self::Activities(scope) => activities(tx, Period { last: period.cut_off(permit.today()), ..period }, scope),
        }
    }

    /// The lists that a holder's part is counted from.
    fn lists(self, holder: Uuid, period: Period, to: NaiveDate) -> Vec<RecordLink> {
        let link = |operation, href| RecordLink { operation, href };
        let from = period.first;
        let days = format!("centre_id={holder}&from={from}&to={to}");
        let years = (from.year()..=period.last.year())
            .map(|year| link("list_plans", format!("/v1/plans?centre_id={holder}&year={year}&state=approved")));
        match self {
            Self::Activities(None) => vec![link("list_activities", format!("/v1/activities?{days}"))],
            Self::Activities(Some(scope)) => {
                vec![link("list_activities", format!("/v1/activities?{days}&scope={}", scope.code()))]
            }
            Self::Topic(SummaryTopic::Money) => vec![link("list_money_entries", format!("/v1/money_entries?{days}"))],
            Self::Topic(SummaryTopic::People) => vec![
                link("list_appointments", format!("/v1/appointments?centre_id={holder}&as_of={to}")),
                link("list_rapporteurs", format!("/v1/rapporteurs?centre_id={holder}&active_on={to}")),
            ],
            Self::Topic(SummaryTopic::Assets) => vec![
                link("list_assets", format!("/v1/assets?centre_id={holder}")),
                link("list_asset_confirmations", format!("/v1/asset_confirmations?centre_id={holder}")),
            ],
            Self::Topic(SummaryTopic::Plans) => {
                let mut lists: Vec<RecordLink> = years.collect();
                lists.push(link("list_plan_items", format!("/v1/plan_items?centre_id={holder}")));
                lists.push(link("list_activities", format!("/v1/activities?{days}&own=true")));
                lists
            }
            Self::Topic(SummaryTopic::Estimates) => {
                let year = period.last.year();
                vec![
                    link("list_budgets", format!("/v1/budgets?centre_id={holder}&year={year}")),
                    link("get_allowances", format!("/v1/centres/{holder}/allowances?year={year}")),
                    link("list_money_entries", format!("/v1/money_entries?centre_id={holder}&category=allowances")),
                ]
            }
            Self::Topic(SummaryTopic::LearningModels) => vec![link(
                "list_learning_model_counts",
                format!("/v1/learning_model_counts?unit_id={holder}&year={}", period.last.year()),
            )],
        }
    }
}

/// The centres of a period with what their activities add to.
fn activities(tx: &mut Tx<'_>, period: Period, scope: Option<ActivityScope>) -> htcd_persistence::Result<Vec<Holding>> {
    let spans = activity_summary::spans(tx, period, period.last)?;
    let mut given = HashMap::<CentreId, Given>::new();
    for tally in activity_summary::tallies(tx, period, None, false)? {
        if scope.is_none_or(|scope| tally.scope == scope) {
            tally.give(given.entry(tally.centre).or_default());
        }
    }
    let holding = |span: htcd_domain::activity_summary::CentreSpan| Holding {
        id: span.centre.0,
        given: given.remove(&span.centre),
        name: span.name,
        spot: span.spot,
        exists_at_end: span.exists_at_end,
    };
    Ok(spans.into_iter().map(holding).collect())
}

/// Where a unit's summary comes from. `known` are the holdings that were looked at.
pub(super) fn provenance<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    source: Source,
    period: Period,
    boundaries: Boundaries,
    placing: &Placing<'_>,
    known: &[Holding],
) -> htcd_persistence::Result<Provenance> {
    let to = period.cut_off(permit.today());
    let (operation, path) = source.path(placing.unit.unwrap_or(UnitId(Uuid::nil())));
    let mut href = format!("{path}?period={period}&by={}&boundaries={boundaries}", placing.by.code());
    if let Source::Activities(Some(scope)) = source {
        href.push_str(&format!("&scope={}", scope.code()));
    }
    let unknown = unknown(permit, tx, source, placing, known, to)?;
    let reasons = outside(placing, known).chain(unknown.into_iter().map(|(_, why)| why));
    Ok(Provenance::between(period.first, to).on_map(boundaries, placing.date).list(operation, href).without(reasons))
}

fn unknown<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    source: Source,
    placing: &Placing<'_>,
    known: &[Holding],
    to: NaiveDate,
) -> htcd_persistence::Result<Vec<(htcd_domain::provenance::KnownCentre, LeftOut)>> {
    if !source.of_centres() {
        return Ok(vec![]);
    }
    let known: BTreeSet<Uuid> = known.iter().map(|holding| holding.id).collect();
    unknown_centres(permit, tx, placing, |centre| known.contains(&centre.0), to)
}

/// The centres behind a unit's activities of a period: each that is counted, with what it did and the row it comes under, and
/// each that is left out, with why.
///
/// What those that are `counted` gave adds to the summary, by `row` to its rows; `records` of each leads to its own activities,
/// whose sum is what it gave. Of the centres in your scope.
#[utoipa::path(tag = "aggregates", params(("unit_id" = UnitId, Path, description = "A province, district or commune."), ActivityRecordsQuery), responses((status = 200, description = "A page of centres.", body = SummaryRecords)), security(("oauth2" = ["records:read"])))]
#[get("/v1/units/{unit_id}/activity_summary/records")]
pub async fn list_unit_activity_summary_records(
    permit: Permit<RecordsRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<ActivityRecordsQuery>,
) -> Result<Answer, Refusal> {
    let ActivityRecordsQuery { period, scope, by, boundaries, counted, limit, cursor } = query;
    let query = SummaryRecordsQuery { period, by, boundaries, counted, limit, cursor };
    answer(permit, unit, Source::Activities(scope), query).await
}

/// The centres or communes behind a unit's summary: each that is counted, with what it gave under each line and the row it comes
/// under, and each that is left out, with why.
///
/// What those that are `counted` gave adds to the summary, by `row` to its rows; `records` of each leads to its own records. Of
/// the centres in your scope.
#[utoipa::path(
    tag = "aggregates",
    params(
        ("unit_id" = UnitId, Path, description = "A province, district or commune."),
        ("topic" = SummaryTopic, Path, description = "What it is about."),
        SummaryRecordsQuery,
    ),
    responses((status = 200, description = "A page of centres or communes.", body = SummaryRecords)),
    security(("oauth2" = ["records:read"])),
)]
#[get("/v1/units/{unit_id}/summaries/{topic}/records")]
pub async fn list_unit_summary_records(
    permit: Permit<RecordsRead>,
    Segments((unit, topic)): Segments<(UnitId, SummaryTopic)>,
    Params(query): Params<SummaryRecordsQuery>,
) -> Result<Answer, Refusal> {
    answer(permit, unit, Source::Topic(topic), query).await
}

async fn answer(
    permit: Permit<RecordsRead>,
    unit: UnitId,
    source: Source,
    query: SummaryRecordsQuery,
) -> Result<Answer, Refusal> {
    let period = figures::period("period", &query.period)?;
    let boundaries = figures::boundaries(query.boundaries.as_deref())?;
    let by = query.by.unwrap_or(Breakdown::Unit);
    let limit = usize::try_from(page_size(query.limit)?).unwrap_or(usize::MAX);
    let after: Option<Uuid> = read_cursor(query.cursor.as_deref())?;
    permit
        .report(move |permit, tx| {
            record::check_unit(permit, tx, unit)?;
            let (today, map) = (permit.today(), &permit.atlas().map);
            let to = period.cut_off(today);
            let date = boundaries.map_date(to, today);
            figures::check_on_map(permit.atlas(), Some(unit), date)?;
            let placing = Placing { map, unit: Some(unit), by, date };
            let mut known = source.holdings(permit, tx, unit, period)?;
            let unknown = unknown(permit, tx, source, &placing, &known, to)?;
            if source.of_centres() {
                let scope = permit.scope();
                known.retain(|centre| {
                    let now = centre.spot.placed_later.unwrap_or(centre.spot.commune);
                    scope.covers(now, Some(CentreId(centre.id)))
                });
            }
            let mut items = holders(&placing, source.of_centres(), &known, &unknown, |holder| source.lists(holder, period, to));
            items.retain(|item| query.counted.is_none_or(|counted| item.counted == counted));
            items.retain(|item| after.is_none_or(|after| item.identity() > after));
            let more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| more).map(|last| write_cursor(&last.identity()));
            Ok(Answer::json(&SummaryRecords {
                unit_id: unit,
                by,
                boundaries: boundaries.to_string(),
                map_date: date,
                from: period.first,
                to,
                items,
                next,
            }))
        })
        .await
}
