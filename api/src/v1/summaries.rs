//! What a period comes to in a unit: money, people, assets, plans, estimates, learning models.

use std::collections::HashMap;

use actix_web::get;
use chrono::Datelike;
use htcd_domain::Coded;
use htcd_domain::boundaries::{Placing, Spot};
use htcd_domain::id::UnitId;
use htcd_domain::money_step::MoneyState;
use htcd_domain::period::Period;
use htcd_domain::summary::{
    EstimateTally, Figure, FigureRow, Given, Holding, LineUnit, Question, Summary, SummaryHolder, SummaryRows, SummaryTopic,
    give_allowances, give_model, lines, summarise,
};
use htcd_domain::text::{Label, Language, upper_first};
use htcd_persistence::{Tx, activity_summary, learning_model, summary};
use htcd_reports::chart::{Chart, Kind, Series};
use serde::Deserialize;
use utoipa::IntoParams;

use super::allowances;
use super::summary_records::{Source, provenance};
use crate::answer::Answer;
use crate::export::{Cell, Table, TableFormat, Writing};
use crate::extract::{Params, Segments};
use crate::figures;
use crate::permit::{AggregatesRead, Permit, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;

/// What to add up, and how to write it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FigureQuery {
    /// `2018`, `2018-H1`, `2018-Q3`, `2018-10`, `school:2018`, `to_31_may:2019`, `to_30_september:2024` or `2018-01-01..2018-11-26`.
    #[param(example = "2018")]
    period: String,
    /// A period to compare with: the change of each sum.
    #[param(example = "2017")]
    compare_period: Option<String>,
    /// By child unit (default), each centre or commune, operating model, or urban and rural.
    by: Option<SummaryRows>,
    /// `as_was` (default): the map of the period's last day; `restated`: today's map; `as_of:<date>` or `restated:<date>`: that of a day.
    #[param(example = "as_was", pattern = "^(as_was|restated|(as_of|restated):[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// `json` (default), `csv`, `xlsx` or `svg`.
    format: Option<TableFormat>,
    /// With `csv`: begin with a byte-order mark, so that Excel reads it as UTF-8.
    bom: Option<bool>,
    /// With `svg`: one bar for each row, of this line; the lines of the whole unit when left out.
    line: Option<String>,
}

/// What the centres or the communes of a unit come to in a period, line by line, each with how many gave the number.
///
/// `money`: income by source and expenditure by category of the days of the period; gifts in kind stand apart. `people`: posts
/// that are held on its last day (or today), and rosters. `assets`: what is there on that day, as it was last found. `plans`: what
/// approved plans set for its months, and what was done of it. `estimates`: approved estimates of the year in which it ends, and what was
/// due by the norms and paid as allowances in that year. `learning_models`: what communes counted in the year in which it
/// ends. Blank is not zero: `sum` is `null` where nobody gave a number.
#[utoipa::path(
    tag = "aggregates",
    params(
        ("unit_id" = UnitId, Path, description = "A province, district or commune."),
        ("topic" = SummaryTopic, Path, description = "What it is about."),
        FigureQuery,
    ),
    responses((status = 200, description = "The summary.", content((Traced<Summary> = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "image/svg+xml")))),
    security(("oauth2" = ["aggregates:read"])),
)]
#[get("/v1/units/{unit_id}/summaries/{topic}")]
pub async fn get_unit_summary(
    permit: Permit<AggregatesRead>,
    Segments((unit, topic)): Segments<(UnitId, SummaryTopic)>,
    Params(query): Params<FigureQuery>,
) -> Result<Answer, Refusal> {
    let question = Question {
        topic,
        period: figures::period("period", &query.period)?,
        compare_period: query.compare_period.as_deref().map(|text| figures::period("compare_period", text)).transpose()?,
        by: query.by.unwrap_or(SummaryRows::Unit),
        boundaries: figures::boundaries(query.boundaries.as_deref())?,
        today: permit.today(),
    };
    let writing = Writing::new(query.format, query.bom, permit.language());
    let line = query.line.as_deref().map(|code| line_of(topic, code)).transpose()?;
    if topic.counts() == SummaryHolder::Commune && question.by == SummaryRows::OperatingModel {
        return Err(figures::invalid(
            "by",
            "of_centres",
            "Mô hình hoạt động là của trung tâm; số liệu này do xã báo cáo.",
            "Only centres have an operating model; these numbers are those of communes.",
        ));
    }
    let tenant = figures::tenant_of(&permit, unit)?;
    let asked = format!(
        "{topic:?} of {unit}: {:?} {:?} {:?} {:?} {writing:?} {line:?}",
        question.period, question.compare_period, question.by, question.boundaries
    );
    figures::answer(permit, tenant, asked, move |permit, tx| count(permit, tx, unit, &question, writing, line)).await
}

fn line_of(topic: SummaryTopic, code: &str) -> Result<&'static str, Refusal> {
    let lines = lines(topic);
    let codes: Vec<&str> = lines.iter().map(|line| line.code).collect();
    lines.iter().map(|line| line.code).find(|known| *known == code).ok_or_else(|| {
        figures::invalid_label(
            "line",
            "enum",
            Label::new(format!("Chọn một trong: {}.", codes.join(", ")), format!("Choose one of: {}.", codes.join(", "))),
        )
    })
}

fn count<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    unit: UnitId,
    question: &Question,
    writing: Writing,
    line: Option<&'static str>,
) -> htcd_persistence::Result<Answer> {
    let atlas = permit.atlas();
    let date = question.boundaries.map_date(question.period.cut_off(question.today), question.today);
    figures::check_on_map(atlas, Some(unit), date)?;
    let placing = Placing { map: &atlas.map, unit: Some(unit), by: question.by.of_places(), date };
    let now = holdings(permit, tx, unit, question.topic, question.period)?;
    let before = question.compare_period.map(|period| holdings(permit, tx, unit, question.topic, period)).transpose()?;
    let summary = summarise(question, &placing, &now, before.as_deref());
    let name = figures::file_name(&question.topic.code().replace('_', "-"), question.period);
    let source = Source::Topic(question.topic);
    let provenance = provenance(permit, tx, source, question.period, question.boundaries, &placing, &now)?;
    let summary = Traced::new(summary, provenance);
    let written = writing.write(
        &name,
        &summary,
        |language| table(&summary.figures, language),
        |language| chart(&summary.figures, line, language),
    );
    Ok(written.map_err(Refusal::into_problem)?)
}

/// All centres of the tenant, or the communes that lie in the unit, with what each gave.
pub(super) fn holdings<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    unit: UnitId,
    topic: SummaryTopic,
    whole: Period,
) -> htcd_persistence::Result<Vec<Holding>> {
    let cut_off = whole.cut_off(permit.today());
    // What is only planned yet has not been done.
    let period = Period { last: cut_off, ..whole };
    let mut given = match topic {
        SummaryTopic::Money => summary::money(tx, period)?,
        SummaryTopic::People => summary::people(tx, cut_off)?,
        SummaryTopic::Assets => summary::assets(tx, cut_off)?,
        SummaryTopic::Plans => summary::plans(tx, whole, cut_off)?,
        SummaryTopic::Estimates => estimates(permit, tx, whole.last.year())?,
        SummaryTopic::LearningModels => return communes(permit, tx, unit, whole),
    };
    // What is counted on a day is that of who is there on it.
    let is_of_day = matches!(topic, SummaryTopic::People | SummaryTopic::Assets);
    let spans = activity_summary::spans(tx, period, cut_off)?;
    let here = spans.into_iter().filter(|span| span.exists_at_end || !is_of_day);
    Ok(here
        .map(|span| Holding {
            id: span.centre.0,
            given: given.remove(&span.centre),
            name: span.name,
            spot: span.spot,
            exists_at_end: span.exists_at_end,
        })
        .collect())
}

/// The estimates and allowances of a year of each centre of the tenant.
fn estimates<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, year: i32) -> htcd_persistence::Result<summary::GivenBy> {
    let mut given = summary::GivenBy::new();
    for (centre, of_year) in allowances::of_year(permit, tx, None, year)? {
        let entry: &mut Given = given.entry(centre).or_default();
        if let Some(estimate) = of_year.estimate.filter(|estimate| estimate.state == MoneyState::Approved) {
            EstimateTally { income_vnd: estimate.income_vnd, expenditure_vnd: estimate.expenditure_vnd }.give(entry);
        }
        give_allowances(&of_year.allowances, entry);
    }
    given.retain(|_, given| !given.is_empty());
    Ok(given)
}

fn communes<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    unit: UnitId,
    period: Period,
) -> htcd_persistence::Result<Vec<Holding>> {
    let (map, day) = (&permit.atlas().map, period.cut_off(permit.today()));
    let communes = map.communes_on(unit, day);
    let mut given: HashMap<UnitId, Given> = HashMap::new();
    for count in learning_model::of_year(tx, &communes, period.last.year())? {
        give_model(&count, given.entry(count.unit_id).or_default());
    }
    let holding = |commune: UnitId| Holding {
        id: commune.0,
        name: map.get(commune).and_then(|unit| unit.near(day)).map_or_else(String::new, |version| version.name_vi.to_string()),
        spot: Spot { commune, placed_later: None, model: None },
        exists_at_end: true,
        given: given.remove(&commune),
    };
    Ok(communes.iter().copied().map(holding).collect())
}

fn titles(summary: &Summary, language: Language) -> (String, String) {
    let (topic, period) = (summary.topic.label(), summary.period.label.get(language));
    let title = upper_first(&format!("{} - {} - {period}", topic.get(language), summary.name.get(language)));
    (title, figures::about(&summary.boundaries, summary.map_date, language))
}

/// A row for each row of the breakdown and one for all; a column for each line, its share and its change.
fn table(summary: &Summary, language: Language) -> Table {
    let text = |vi: &'static str, en: &'static str| Label::fixed(vi, en).get(language).to_owned();
    let compares = summary.compare_period.is_some();
    let holders = match summary.counts {
        SummaryHolder::Centre => text("Trung tâm", "Centres"),
        SummaryHolder::Commune => text("Số xã", "Communes"),
    };
    let mut headings = vec![text("Đơn vị", "Unit"), holders, text("Có số liệu", "Reporting")];
    for line in &summary.lines {
        let name = line.label.get(language);
        headings.push(format!("{name} ({})", line.unit.label().get(language)));
        headings.push(format!("{name}: {}", text("số đơn vị báo cáo", "reported by")));
        headings.extend(line.share_of.map(|_| format!("{name} (%)")));
        headings.extend(compares.then(|| format!("{name}: {}", text("tăng, giảm", "change"))));
    }
    let cells = |row: &FigureRow, name: String| {
        let mut cells = vec![Cell::Text(name), Cell::from(row.holders), Cell::from(row.holders_reporting)];
        for line in &summary.lines {
            let figure = row.figures.get(line.code).copied().unwrap_or_default();
            cells.push(Cell::from(figure.sum));
            cells.push(Cell::from(figure.reported));
            cells.extend(line.share_of.map(|_| figure.share.map_or(Cell::Empty, |share| Cell::Tenths(share.percent.0))));
            cells.extend(compares.then(|| Cell::from(figure.change)));
        }
        cells
    };
    let mut rows: Vec<_> = summary.rows.iter().map(|row| cells(row, row.key.label.get(language).to_owned())).collect();
    rows.push(cells(&summary.total, text("Tổng cộng", "Total")));
    let (title, about) = titles(summary, language);
    Table { sheet: summary.topic.label().get(language).to_owned(), title, about, headings, rows }
}

/// The line whose unit a chart of the whole unit takes: only like is drawn beside like.
fn headline(topic: SummaryTopic) -> &'static str {
    match topic {
        SummaryTopic::Money => "income",
        SummaryTopic::People => "directors",
        SummaryTopic::Assets => "rooms",
        SummaryTopic::Plans => "planned_participations",
        SummaryTopic::Estimates => "estimated_expenditure",
        SummaryTopic::LearningModels => "family_base",
    }
}

/// One line over the rows, or the lines of the whole unit that are counted in the same; what was before stands beside it.
fn chart(summary: &Summary, line: Option<&str>, language: Language) -> Chart {
    let code = line.unwrap_or_else(|| headline(summary.topic));
    let of = summary.lines.iter().find(|line| line.code == code);
    let unit = of.map_or(LineUnit::Records, |line| line.unit);
    let figure = |row: &FigureRow, code: &str| row.figures.get(code).copied().unwrap_or_default();
    let bars: Vec<(String, Figure)> = if line.is_some() {
        summary.rows.iter().map(|row| (row.key.label.get(language).to_owned(), figure(row, code))).collect()
    } else {
        let alike = summary.lines.iter().filter(|line| line.unit == unit);
        alike.map(|line| (line.label.get(language).to_owned(), figure(&summary.total, line.code))).collect()
    };
    let now = Series::of_counts(summary.period.label.get(language), bars.iter().map(|(_, figure)| figure.sum));
    let before = summary.compare_period.as_ref().map(|period| {
        let then = bars.iter().map(|(_, figure)| figure.sum.zip(figure.change).map(|(sum, change)| sum - change));
        Series::of_counts(period.label.get(language), then)
    });
    let (mut title, note) = titles(summary, language);
    if let Some(line) = of.filter(|_| line.is_some()) {
        title = format!("{}: {title}", line.label.get(language));
    }
    Chart {
        title,
        unit: unit.label().get(language).to_owned(),
        kind: Kind::GroupedBars,
        categories: bars.into_iter().map(|(name, _)| name).collect(),
        categories_label: None,
        series: before.into_iter().chain([now]).collect(),
        note: Some(note),
    }
}
