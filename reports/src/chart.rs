//! Charts of aggregates, as SVG.
//!
//! A chart holds what it shows in words too (`<desc>`), names each mark (`<title>`), and tells its series apart without
//! colour: by patterns or dashes, and by the numbers beside the marks. It runs no script and asks for nothing from
//! elsewhere, so that it can stand in a page, in a paper, in a mail.

mod draw;
mod scale;

use htcd_domain::text::Language;
use serde::{Deserialize, Serialize};

use crate::compose::clean;
use crate::error::{Error, Result};

/// A chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What it shows: `Lượt người tham gia năm 2018`.
    pub title: String,
    /// In what its values are counted: `lượt người`, `%`.
    pub unit: String,
    /// How it is drawn.
    pub kind: Kind,
    /// What its values belong to: activities, units, years.
    pub categories: Vec<String>,
    /// What the categories are: `Nội dung hoạt động`, `Năm`.
    #[serde(default)]
    pub categories_label: Option<String>,
    /// Its values.
    pub series: Vec<Series>,
    /// What stands below it: a source, what it covers.
    #[serde(default)]
    pub note: Option<String>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Bars from the left, those of a category below one another.
    GroupedBars,
    /// Bars from the left, those of a category after one another. A sum is shown only where no value is missing.
    StackedBars,
    /// Lines, from category to category; they break where a value is missing.
    Lines,
}

/// Values that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Their name: `Tự tổ chức`.
    pub name: String,
    /// One for each category; `None` was not reported, which is no zero.
    pub values: Vec<Option<f64>>,
}

impl Series {
    /// A series.
    pub fn new(name: impl Into<String>, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        Self { name: name.into(), values: values.into_iter().collect() }
    }

    /// A series of counts.
    pub fn of_counts(name: impl Into<String>, values: impl IntoIterator<Item = Option<i64>>) -> Self {
        // Counts stay far below 2^53, up to where a binary number holds each; larger ones are refused with the chart.
        Self::new(name, values.into_iter().map(|value| value.map(|value| value as f64)))
    }
}

/// More series cannot be told apart.
const MOST_SERIES: usize = 8;
/// More categories make no chart that is looked at.
const MOST_CATEGORIES: usize = 100;
/// Values beyond this have no exact digits left.
const LARGEST: f64 = 9e15;

/// A chart as SVG, 800 wide and as high as it needs to be; its numbers and its few words of its own are in `language`.
///
/// # Errors
/// Too many series or categories, a series that does not match the categories, a value that cannot be shown, a text that
/// is too long.
pub fn svg(chart: &Chart, language: Language) -> Result<String> {
    let chart = check(chart)?;
    Ok(draw::draw(&chart, language))
}

fn text(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = clean(text).replace('\n', " ");
    let length = text.chars().count();
    if length > most { Err(Error::TooLong { field, length, most }) } else { Ok(text) }
}

/// The chart with clean texts and values that can be shown.
fn check(chart: &Chart) -> Result<Chart> {
    let (series, categories) = (chart.series.len(), chart.categories.len());
    if series > MOST_SERIES {
        return Err(Error::Crowded { what: "series", count: series, most: MOST_SERIES });
    }
    if categories > MOST_CATEGORIES {
        return Err(Error::Crowded { what: "categories", count: categories, most: MOST_CATEGORIES });
    }
    for (place, one) in chart.series.iter().enumerate() {
        if one.values.len() != categories {
            return Err(Error::Values { series: place + 1, values: one.values.len(), categories });
        }
        let is_stacked = chart.kind == Kind::StackedBars;
        let is_wrong = |value: &Option<f64>| {
            value.is_some_and(|value| value.is_nan() || value.abs() > LARGEST || (is_stacked && value < 0.0))
        };
        if let Some(value) = one.values.iter().position(is_wrong) {
            return Err(Error::Value { series: place + 1, value: value + 1 });
        }
    }
    Ok(Chart {
        title: text("title", &chart.title, 300)?,
        unit: text("unit", &chart.unit, 100)?,
        kind: chart.kind,
        categories: chart.categories.iter().map(|name| text("categories", name, 150)).collect::<Result<_>>()?,
        categories_label: chart.categories_label.as_deref().map(|label| text("categories_label", label, 100)).transpose()?,
        series: chart
            .series
            .iter()
            .map(|series| Ok(Series { name: text("series.name", &series.name, 100)?, values: series.values.clone() }))
            .collect::<Result<_>>()?,
        note: chart.note.as_deref().map(|note| text("note", note, 1000)).transpose()?,
    })
}
