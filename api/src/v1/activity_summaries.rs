//! What a period's activities add to, of a unit or a centre.

use actix_web::get;
use htcd_domain::activity::ActivityScope;
use htcd_domain::activity_summary::{
    ActivityFigures, ActivitySummary, CentreSpan, Facts, Shares, Subject, SummaryBreakdown, place, summarise,
};
use htcd_domain::boundaries::{Boundaries, Placing, RestatedBy};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::period::Period;
use htcd_domain::provenance::Provenance;
use htcd_domain::summary::Holding;
use htcd_domain::text::{Label, Language};
use htcd_domain::{Code, Coded};
use htcd_persistence::{Tx, activity_summary, centre};
use htcd_reports::chart::{Chart, Kind, Series};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::summary_records::{Source, provenance};
use crate::answer::Answer;
use crate::export::{Cell, Table, TableFormat, Writing};
use crate::extract::{Params, Segments};
use crate::figures;
use crate::permit::{AggregatesRead, Permit, RecordsRead, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;

/// What to count, and how to write it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SummaryQuery {
    /// `2018`, `2018-H1`, `2018-Q3`, `2018-10`, `school:2018`, `to_31_may:2019`, `to_30_september:2024` or `2018-01-01..2018-11-26`.
    #[param(example = "2018")]
    period: String,
    /// A period to compare with: the change of each sum.
    #[param(example = "2017")]
    compare_period: Option<String>,
    /// Only activities of the centres themselves, or of the hamlets; both together when left out.
    scope: Option<ActivityScope>,
    /// By child unit (default), centre, operating model, urban and rural, or month.
    by: Option<SummaryBreakdown>,
    /// `as_was` (default): the map of the period's last day; `restated`: today's map; `as_of:<date>` or `restated:<date>`: that of a day.
    #[param(example = "as_was", pattern = "^(as_was|restated|(as_of|restated):[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `json` (default), `csv`, `xlsx` or `svg`.
    format: Option<TableFormat>,
    /// With `csv`: begin with a byte-order mark, so that Excel reads it as UTF-8.
    bom: Option<bool>,
    /// With `svg`: which number is drawn; participations when left out.
    measure: Option<ChartMeasure>,
    /// With `svg`: a bar for each category (default), or for each row of the breakdown.
    chart: Option<ChartRows>,
}

/// Which number of activities a chart shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartMeasure {
    /// Classes and themes (lớp, chuyên đề).
    Classes,
    /// Sessions (buổi).
    Sessions,
    /// Participations (lượt người).
    #[default]
    Participations,
    /// Participations of women and girls.
    Female,
    /// What they cost, in VND.
    CostVnd,
}

/// What the bars of a chart stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartRows {
    /// The ten categories.
    #[default]
    Categories,
    /// The rows of the breakdown.
    Rows,
}

/// The question, read.
#[derive(Debug, Clone)]
struct Question {
    period: Period,
    compare_period: Option<Period>,
    scope: Option<ActivityScope>,
    by: SummaryBreakdown,
    boundaries: Boundaries,
    writing: Writing,
    measure: ChartMeasure,
    chart: ChartRows,
}

impl SummaryQuery {
    fn read(self, language: Language, by: SummaryBreakdown) -> Result<Question, Refusal> {
        Ok(Question {
            period: figures::period("period", &self.period)?,
            compare_period: self.compare_period.map(|text| figures::period("compare_period", &text)).transpose()?,
            scope: self.scope,
            by: self.by.unwrap_or(by),
            boundaries: figures::boundaries(self.boundaries.as_deref())?,
            writing: Writing::new(self.format, self.bom, language),
            measure: self.measure.unwrap_or_default(),
            chart: self.chart.unwrap_or_default(),
        })
    }
}

/// A unit's activities of a period by category: own work apart from what others ran, with coverage.
///
/// `sum` is `null` where nobody gave the number; `reported` of `of` entries did. Percentages, persons and participations are
/// never added. Centres that ended in the period count with what they did.
#[utoipa::path(
    tag = "aggregates",
    params(("unit_id" = UnitId, Path, description = "A province, district or commune."), SummaryQuery),
    responses((status = 200, description = "The summary.", content((Traced<ActivitySummary> = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "image/svg+xml")))),
    security(("oauth2" = ["aggregates:read"])),
)]
#[get("/v1/units/{unit_id}/activity_summary")]
pub async fn get_unit_activity_summary(
    permit: Permit<AggregatesRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<SummaryQuery>,
) -> Result<Answer, Refusal> {
    let question = query.read(permit.language(), SummaryBreakdown::Unit)?;
    let tenant = figures::tenant_of(&permit, unit)?;
    figures::answer(permit, tenant, format!("activities of {unit}: {question:?}"), move |permit, tx| {
        let date = question.boundaries.map_date(question.period.cut_off(permit.today()), permit.today());
        let atlas = permit.atlas();
        figures::check_on_map(atlas, Some(unit), date)?;
        let placing = Placing { map: &atlas.map, unit: Some(unit), by: question.by.of_places(), date };
        let (summary, centres) = count(permit, tx, &question, &placing, None)?;
        let source = Source::Activities(question.scope);
        let provenance = provenance(permit, tx, source, question.period, question.boundaries, &placing, &centres)?;
        Ok(write(&Traced::new(summary, provenance), &question)?)
    })
    .await
}

/// A centre's activities of a period by category.
#[utoipa::path(
    tag = "aggregates",
    params(("centre_id" = CentreId, Path, description = "The centre."), SummaryQuery),
    responses((status = 200, description = "The summary.", content((Traced<ActivitySummary> = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "image/svg+xml")))),
    security(("oauth2" = ["records:read"])),
)]
#[get("/v1/centres/{centre_id}/activity_summary")]
pub async fn get_centre_activity_summary(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
    Params(query): Params<SummaryQuery>,
) -> Result<Answer, Refusal> {
    let question = query.read(permit.language(), SummaryBreakdown::Month)?;
    permit
        .read(move |permit, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            let date = question.boundaries.map_date(question.period.cut_off(permit.today()), permit.today());
            let placing = Placing { map: &permit.atlas().map, unit: None, by: question.by.of_places(), date };
            let (summary, _) = count(permit, tx, &question, &placing, Some(id))?;
            let (from, to) = (question.period.first, question.period.cut_off(permit.today()));
            let scope = question.scope.map_or_else(String::new, |scope| format!("&scope={}", scope.code()));
            let list = format!("/v1/activities?centre_id={id}&from={from}&to={to}{scope}");
            let provenance = Provenance::between(from, to).list("list_activities", list);
            Ok(write(&Traced::new(summary, provenance), &question)?)
        })
        .await
}

/// Counts for a unit, or for one centre.
fn count<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    question: &Question,
    placing: &Placing<'_>,
    only: Option<CentreId>,
) -> htcd_persistence::Result<(ActivitySummary, Vec<Holding>)> {
    let (today, by_month) = (permit.today(), question.by == SummaryBreakdown::Month);
    let mut looked_at = None;
    let mut facts = |period: Period, restated_by: &mut RestatedBy| -> htcd_persistence::Result<(Facts, Option<CentreSpan>)> {
        // What is only planned yet has not been done.
        let period = Period { last: period.cut_off(today), ..period };
        let mut spans = activity_summary::spans(tx, period, period.last)?;
        let all = spans.len();
        spans.retain(|span| only.is_none_or(|only| span.centre == only));
        let own = only.and_then(|_| spans.first().cloned());
        looked_at.get_or_insert_with(|| spans.iter().map(holding).collect());
        let centres = place(spans, placing, restated_by);
        let ids: Vec<CentreId> = centres.iter().map(|(span, _)| span.centre).collect();
        // Of most of the tenant: all of it in one statement; what lies outside is dropped. Otherwise just the centres in question.
        let is_most = only.is_none() && ids.len() * 2 > all;
        let mut tallies = activity_summary::tallies(tx, period, (!is_most).then_some(&ids[..]), by_month)?;
        if is_most {
            let inside: std::collections::BTreeSet<CentreId> = ids.into_iter().collect();
            tallies.retain(|tally| inside.contains(&tally.centre));
        }
        Ok((Facts { centres, tallies }, own))
    };
    let mut restated_by = RestatedBy::default();
    let (now, own) = facts(question.period, &mut restated_by)?;
    let before = question.compare_period.map(|period| facts(period, &mut RestatedBy::default())).transpose()?;
    // A centre that did not exist in the period has no entries in it; it is asked for all the same.
    let mut nobody = |centre: CentreId| -> htcd_persistence::Result<CentreSpan> {
        let (found, _) = centre::find(tx, centre)?.ok_or(Code::NotFound)?;
        let spot = htcd_domain::boundaries::Spot { commune: found.commune_id, placed_later: None, model: None };
        Ok(CentreSpan { centre, name: found.name, spot, exists_at_end: false })
    };
    let own = match (only, own) {
        (Some(centre), None) => Some(nobody(centre)?),
        (_, own) => own,
    };
    let subject = Subject {
        centre: own.as_ref(),
        period: question.period,
        compare_period: question.compare_period,
        scope: question.scope,
        by: question.by,
        boundaries: question.boundaries,
        restated_by,
        today,
    };
    let summary = summarise(&subject, placing, &now, before.as_ref().map(|(facts, _)| facts));
    Ok((summary, looked_at.unwrap_or_default()))
}

/// A centre as one of those that were looked at.
fn holding(span: &CentreSpan) -> Holding {
    let CentreSpan { centre, name, spot, exists_at_end } = span.clone();
    Holding { id: centre.0, name, spot, exists_at_end, given: None }
}

fn write(summary: &Traced<ActivitySummary>, question: &Question) -> Result<Answer, htcd_domain::Problem> {
    let written = question.writing.write(
        &figures::file_name("activity-summary", question.period),
        summary,
        |language| table(&summary.figures, language),
        |language| chart(&summary.figures, question, language),
    );
    written.map_err(Refusal::into_problem)
}

/// Own work and what others ran, one after the other; or all of it, beside that of the period compared with.
fn chart(summary: &ActivitySummary, question: &Question, language: Language) -> Chart {
    let text = |vi: &'static str, en: &'static str| Label::fixed(vi, en).get(language).to_owned();
    let pick = |figures: &ActivityFigures| match question.measure {
        ChartMeasure::Classes => figures.classes,
        ChartMeasure::Sessions => figures.sessions,
        ChartMeasure::Participations => figures.participations,
        ChartMeasure::Female => figures.female,
        ChartMeasure::CostVnd => figures.cost_vnd,
    };
    let bars: Vec<(&Label, &Shares)> = match question.chart {
        ChartRows::Categories => summary.categories.iter().map(|row| (&row.label, &row.shares)).collect(),
        ChartRows::Rows => summary.rows.iter().map(|row| (&row.key.label, &row.shares)).collect(),
    };
    let series = if let Some(before) = &summary.compare_period {
        let all = || bars.iter().map(|(_, shares)| pick(&shares.all));
        vec![
            Series::of_counts(before.label.get(language), all().map(|measure| measure.before())),
            Series::of_counts(summary.period.label.get(language), all().map(|measure| measure.sum)),
        ]
    } else {
        let own = Series::of_counts(text("Trung tâm tổ chức", "Own"), bars.iter().map(|(_, shares)| pick(&shares.own).sum));
        let others =
            Series::of_counts(text("Phối hợp", "Coordinated"), bars.iter().map(|(_, shares)| pick(&shares.coordinated).sum));
        // What nobody coordinated needs no colour.
        let has_others = others.values.iter().any(Option::is_some);
        std::iter::once(own).chain(has_others.then_some(others)).collect()
    };
    let (title, about) = titles(summary, language);
    let whole = pick(&summary.total.all);
    let coverage = match language {
        Language::Vi => format!("số liệu có ở {} trong {} mục ghi", whole.reported, whole.of),
        Language::En => format!("given by {} of {} entries", whole.reported, whole.of),
    };
    Chart {
        title,
        unit: match question.measure {
            ChartMeasure::Classes => text("lớp, chuyên đề", "classes and themes"),
            ChartMeasure::Sessions => text("buổi", "sessions"),
            ChartMeasure::Participations => text("lượt người", "participations"),
            ChartMeasure::Female => text("lượt người (nữ)", "participations of women and girls"),
            ChartMeasure::CostVnd => text("đồng", "VND"),
        },
        kind: Kind::GroupedBars,
        categories: bars.iter().map(|(label, _)| label.get(language).to_owned()).collect(),
        categories_label: None,
        series,
        note: Some(format!("{about}; {coverage}")),
    }
}

fn titles(summary: &ActivitySummary, language: Language) -> (String, String) {
    let text = |vi: &'static str, en: &'static str| Label::fixed(vi, en).get(language).to_owned();
    let period = summary.period.label.get(language);
    let title = format!("{}: {} - {period}", text("Kết quả hoạt động", "Activities"), summary.name.get(language));
    (title, figures::about(&summary.boundaries, summary.map_date, language))
}

/// The ten categories, then the breakdown, then the total: a row each for own work, what others ran, and both. A number stands
/// beside how many entries gave it, and beside its change where a period is compared with.
fn table(summary: &ActivitySummary, language: Language) -> Table {
    let text = |vi: &'static str, en: &'static str| Label::fixed(vi, en).get(language).to_owned();
    let compares = summary.compare_period.is_some();
    let mut headings = [
        ("Nội dung", "What"),
        ("Vai trò", "Role"),
        ("Trung tâm", "Centres"),
        ("Trung tâm có báo cáo", "Centres reporting"),
        ("Mục ghi", "Entries"),
    ]
    .map(|(vi, en)| text(vi, en))
    .to_vec();
    for (label, _) in summary.total.all.measures() {
        let name = label.get(language);
        headings.push(name.to_owned());
        headings.push(format!("{name}: {}", text("số mục ghi có số liệu", "reported by")));
        headings.extend(compares.then(|| format!("{name}: {}", text("tăng, giảm", "change"))));
    }
    let parts = |name: &str, centres: Option<(u64, u64)>, shares: &Shares| {
        let parts = [
            ("của trung tâm", "own", &shares.own),
            ("phối hợp", "coordinated", &shares.coordinated),
            ("tất cả", "all", &shares.all),
        ];
        parts.map(|(vi, en, figures)| {
            let mut row = vec![Cell::Text(name.to_owned()), Cell::Text(text(vi, en))];
            row.extend(match centres {
                None => [Cell::Empty, Cell::Empty],
                Some((centres, reporting)) => [Cell::from(centres), Cell::from(reporting)],
            });
            row.push(Cell::from(figures.entries));
            for (_, measure) in figures.measures() {
                row.push(Cell::from(measure.sum));
                row.push(Cell::from(measure.reported));
                row.extend(compares.then(|| Cell::from(measure.change)));
            }
            row
        })
    };
    let mut rows = Vec::new();
    for category in &summary.categories {
        rows.extend(parts(category.label.get(language), None, &category.shares));
    }
    for row in &summary.rows {
        rows.extend(parts(row.key.label.get(language), Some((row.centres, row.centres_reporting)), &row.shares));
    }
    rows.extend(parts(&text("Tổng cộng", "Total"), Some((summary.centres, summary.centres_reporting)), &summary.total));
    let (title, about) = titles(summary, language);
    Table { sheet: text("Hoạt động", "Activities"), title, about, headings, rows }
}
