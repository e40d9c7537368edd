//! Distributions as tables and charts.

use htcd_domain::Coded;
use htcd_domain::aggregate::Distribution;
use htcd_domain::scheme::Rank;
use htcd_domain::text::{Label, Language};
use htcd_reports::chart::{Chart, Kind, Series};

use crate::export::{Cell, Table};
use crate::figures;

const UNIT: Label = Label::fixed("Đơn vị", "Unit");
const CODE: Label = Label::fixed("Mã", "Code");
const BASE: Label = Label::fixed("Tổng số trung tâm", "Centres");
const COMMUNES: Label = Label::fixed("Tổng số đơn vị cấp xã", "Communes");
const RATED: Label = Label::fixed("Đã xếp loại", "Rated");
const NOT_RATED: Label = Label::fixed("Chưa xếp loại", "Not rated");
const COVERAGE: Label = Label::fixed("Tỷ lệ đã xếp loại (%)", "Coverage (%)");
const TOTAL: Label = Label::fixed("Tổng cộng", "Total");

/// A distribution as a table, its total at the end.
pub fn table(distribution: &Distribution, language: Language) -> Table {
    let text = |label: &Label| label.get(language).to_owned();
    let ranks: Vec<Rank> = distribution.total.ranks.iter().map(|count| count.rank).collect();
    let compares = distribution.compare_year.is_some();
    let base = if distribution.subject == htcd_domain::scheme::Subject::Centre { &BASE } else { &COMMUNES };
    let mut headings: Vec<String> = [&UNIT, &CODE, base, &RATED, &NOT_RATED, &COVERAGE].into_iter().map(text).collect();
    for rank in &ranks {
        let name = text(&rank.label());
        headings.push(name.clone());
        headings.push(format!("{name} (%)"));
        if compares {
            headings.push(match language {
                Language::Vi => format!("{name}: tăng, giảm (điểm %)"),
                Language::En => format!("{name}: change (points)"),
            });
        }
    }
    let rows = distribution
        .rows
        .iter()
        .map(|row| (text(&row.key.label), row))
        .chain(std::iter::once((text(&TOTAL), &distribution.total)))
        .map(|(name, row)| {
            let mut cells = vec![
                Cell::Text(name),
                row.key.code.clone().map_or(Cell::Empty, Cell::Text),
                Cell::from(row.base),
                Cell::from(row.rated),
                Cell::from(row.not_rated),
                row.coverage_percent.map_or(Cell::Empty, |percent| Cell::Tenths(percent.0)),
            ];
            for count in &row.ranks {
                cells.push(Cell::from(count.count));
                cells.push(if row.rated == 0 { Cell::Empty } else { Cell::Tenths(count.percent.0) });
                if compares {
                    cells.push(count.change_points.map_or(Cell::Empty, |change| Cell::Tenths(change.0)));
                }
            }
            cells
        })
        .collect();
    let (title, about) = titles(distribution, language);
    Table { sheet: distribution.year.to_string(), title, about, headings, rows }
}

fn titles(distribution: &Distribution, language: Language) -> (String, String) {
    let about = figures::on_boundaries(&distribution.boundaries, distribution.map_date, language);
    match language {
        Language::Vi => (format!("Kết quả xếp loại năm {} - {}", distribution.year, distribution.unit_name.vi), about),
        Language::En => (format!("Ratings of {} - {}", distribution.year, distribution.unit_name.en), about),
    }
}

/// A distribution as a chart: a bar for each row, a part of it for each rank.
pub fn chart(distribution: &Distribution, language: Language) -> Chart {
    let (title, note) = titles(distribution, language);
    let text = |label: &Label| label.get(language).to_owned();
    let of_rank = |place: usize, rank: Rank| {
        let counts = distribution.rows.iter().map(|row| row.ranks.get(place).and_then(|count| i64::try_from(count.count).ok()));
        Series::of_counts(text(&rank.label()), counts)
    };
    let ranks = distribution.total.ranks.iter().enumerate();
    let is_of_centres = distribution.subject == htcd_domain::scheme::Subject::Centre;
    let unit = if is_of_centres { Label::fixed("trung tâm", "centres") } else { Label::fixed("xã", "communes") };
    Chart {
        title,
        unit: text(&unit),
        kind: Kind::StackedBars,
        categories: distribution.rows.iter().map(|row| text(&row.key.label)).collect(),
        categories_label: None,
        series: ranks.map(|(place, count)| of_rank(place, count.rank)).collect(),
        note: Some(note),
    }
}
