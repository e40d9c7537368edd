//! The drawing of a chart. All lengths are the SVG's own units.

use std::fmt::Write as _;

use htcd_domain::text::{Label, Language};

use super::scale::Scale;
use super::{Chart, Kind};
use crate::face::Face;
use crate::number;
use crate::xml::escape;

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 20.0;
const INK: &str = "#222222";
const PALE: &str = "#666666";
const FONT: &str = "'Noto Sans', 'Segoe UI', Roboto, Arial, Helvetica, sans-serif";

const NOT_REPORTED: Label = Label::fixed("không có số liệu", "no data");
const UNIT: Label = Label::fixed("Đơn vị tính", "Unit");
const TOTAL: Label = Label::fixed("Tổng số", "Total");
const BROKEN: Label = Label::fixed("Đường bị ngắt: không có số liệu.", "Where a line breaks, there is no data.");
const SOME_MISSING: Label = Label::fixed("thiếu số liệu", "data missing");
const NO_SUM: Label = Label::fixed("Nơi thiếu số liệu thì không ghi tổng số.", "Where data is missing, no total is shown.");

/// How a series looks: the colours of Okabe and Ito, which people with any colour vision tell apart, and a pattern, which
/// a black-and-white print keeps.
struct Style {
    colour: &'static str,
    /// What is drawn over the colour, in a tile of 8 by 8.
    pattern: &'static str,
    dash: &'static str,
}

const STYLES: [Style; super::MOST_SERIES] = [
    Style { colour: "#0072B2", pattern: "", dash: "" },
    Style { colour: "#E69F00", pattern: r##"<path d="M-2 2l4-4M0 8l8-8M6 10l4-4" stroke="#222222"/>"##, dash: "8 4" },
    Style { colour: "#009E73", pattern: r##"<path d="M2 2h2v2h-2zM6 6h2v2h-2z" fill="#FFFFFF"/>"##, dash: "2 3" },
    Style { colour: "#F0E442", pattern: r##"<path d="M0 4h8M4 0v8" stroke="#222222"/>"##, dash: "10 3 2 3" },
    Style { colour: "#D55E00", pattern: r##"<path d="M0 2h8M0 6h8" stroke="#FFFFFF"/>"##, dash: "5 2" },
    Style { colour: "#56B4E9", pattern: r##"<path d="M-2 6l4 4M0 0l8 8M6-2l4 4" stroke="#222222"/>"##, dash: "12 4" },
    Style { colour: "#CC79A7", pattern: r##"<path d="M2 0v8M6 0v8" stroke="#222222"/>"##, dash: "1 3" },
    Style { colour: "#999999", pattern: r##"<path d="M0 0l8 8M8 0l-8 8" stroke="#222222"/>"##, dash: "6 2 1 2" },
];

fn style(series: usize) -> &'static Style {
    STYLES.get(series).unwrap_or(&STYLES[0])
}

/// A length, to a hundredth.
fn n(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// About how wide a text is; readers' fonts differ, and most are wider than the paper's.
fn wide(text: &str, size: f64) -> f64 {
    f64::from(Face::Regular.width(text, size as f32)) * 1.15
}

fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { Face::Regular.lines(text, size as f32, (width / 1.15) as f32, 0.0) }
}

/// Where a text stands beside its place.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Anchor {
    Start,
    Middle,
    End,
}

struct Drawing<'a> {
    chart: &'a Chart,
    language: Language,
    out: String,
    /// Distinguishes the patterns of charts that stand in one page.
    id: String,
    y: f64,
    places: u8,
}

pub(super) fn draw(chart: &Chart, language: Language) -> String {
    let values = chart.series.iter().flat_map(|series| series.values.iter().flatten());
    let places = values.map(|value| number::places(*value)).max().unwrap_or(0);
    let mut drawing = Drawing { chart, language, out: String::new(), id: fingerprint(chart), y: MARGIN, places };
    drawing.title();
    if chart.series.len() > 1 {
        drawing.legend();
    }
    if chart.categories.is_empty() || chart.series.is_empty() {
        drawing.y += 30.0;
        drawing.text(WIDTH / 2.0, drawing.y, 13.0, Anchor::Middle, PALE, "", NOT_REPORTED.get(language));
    } else if chart.kind == Kind::Lines {
        drawing.lines();
    } else {
        drawing.bars();
    }
    drawing.notes();
    drawing.finish()
}

/// FNV-1a over all that the chart shows; nothing rests on it but that it is the same each time.
fn fingerprint(chart: &Chart) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(chart.title.as_bytes());
    add(chart.unit.as_bytes());
    for name in &chart.categories {
        add(name.as_bytes());
    }
    for series in &chart.series {
        add(series.name.as_bytes());
        for value in &series.values {
            add(&value.map_or([0; 9], |value| {
                let mut bytes = [1; 9];
                bytes[1..].copy_from_slice(&value.to_bits().to_le_bytes());
                bytes
            }));
        }
    }
    format!("c{hash:016x}")
}

impl Drawing<'_> {
    /// A value, with as many decimals as any of the chart needs.
    fn number(&self, value: f64) -> String {
        number::measured(value, self.places, self.language)
    }

    /// A value marked on the scale.
    fn tick(&self, value: f64) -> String {
        number::measured(value, number::places(value), self.language)
    }

    fn said(&self, value: Option<f64>) -> String {
        value.map_or_else(|| NOT_REPORTED.get(self.language).to_owned(), |value| self.number(value))
    }

    /// A text; what is written to is a `String`, which takes all that is written.
    #[expect(clippy::too_many_arguments, reason = "each is one attribute of a text")]
    fn text(&mut self, x: f64, y: f64, size: f64, anchor: Anchor, colour: &str, more: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let _ = writeln!(
            self.out,
            r#"<text x="{}" y="{}" font-size="{}"{anchor} fill="{colour}"{more}>{}</text>"#,
            n(x),
            n(y),
            n(size),
            escape(text)
        );
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        let _ = writeln!(
            self.out,
            r#"<path d="M{} {}L{} {}" stroke="{colour}" fill="none"/>"#,
            n(from.0),
            n(from.1),
            n(to.0),
            n(to.1)
        );
    }

    fn title(&mut self) {
        for line in wrapped(&self.chart.title, 18.0, WIDTH - 2.0 * MARGIN - 20.0) {
            self.y += 18.0;
            self.text(WIDTH / 2.0, self.y, 18.0, Anchor::Middle, INK, r#" font-weight="bold""#, &line);
            self.y += 5.0;
        }
        self.y += 10.0;
    }

    fn fill(&self, series: usize) -> String {
        let Style { colour, pattern, .. } = style(series);
        if pattern.is_empty() { (*colour).to_owned() } else { format!("url(#{}-{series})", self.id) }
    }

    fn legend(&mut self) {
        let (mut rows, mut x) = (vec![Vec::new()], 0.0);
        for (series, one) in self.chart.series.iter().enumerate() {
            let width = 34.0 + wide(&one.name, 13.0) + 18.0;
            if x > 0.0 && x + width > WIDTH - 2.0 * MARGIN {
                rows.push(Vec::new());
                x = 0.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((series, x, width));
            }
            x += width;
        }
        for row in rows {
            let all: f64 = row.iter().map(|(_, _, width)| width).sum();
            let left = ((WIDTH - all) / 2.0).max(MARGIN);
            for (series, x, _) in row {
                let x = left + x;
                if self.chart.kind == Kind::Lines {
                    self.stroke(series, &format!("M{} {}h28", n(x), n(self.y + 6.0)));
                    self.marker(series, x + 14.0, self.y + 6.0, "");
                } else {
                    let fill = self.fill(series);
                    let _ = writeln!(
                        self.out,
                        r#"<rect x="{}" y="{}" width="28" height="13" fill="{fill}" stroke="{INK}" stroke-width="0.75"/>"#,
                        n(x),
                        n(self.y)
                    );
                }
                let name = self.chart.series.get(series).map(|series| series.name.clone()).unwrap_or_default();
                for (place, line) in (0u32..).zip(wrapped(&name, 13.0, WIDTH - 2.0 * MARGIN - 34.0)) {
                    self.text(x + 34.0, self.y + 11.0 + 15.0 * f64::from(place), 13.0, Anchor::Start, INK, "", &line);
                }
            }
            self.y += 20.0;
        }
        self.y += 6.0;
    }

    fn values(&self) -> Vec<f64> {
        self.chart.series.iter().flat_map(|series| series.values.iter().copied().flatten()).collect()
    }

    fn value(&self, series: usize, category: usize) -> Option<f64> {
        self.chart.series.get(series).and_then(|series| series.values.get(category)).copied().flatten()
    }

    /// The sum of a category, where no value is missing.
    fn sum(&self, category: usize) -> Option<f64> {
        self.chart.series.iter().map(|series| series.values.get(category).copied().flatten()).sum()
    }

    fn bars(&mut self) {
        let (series, categories) = (self.chart.series.len(), self.chart.categories.len());
        let is_stacked = self.chart.kind == Kind::StackedBars;
        let ends: Vec<f64> = if is_stacked {
            let reach = |category| (0..series).filter_map(|series| self.value(series, category)).sum();
            (0..categories).map(reach).collect()
        } else {
            self.values()
        };
        let names: Vec<Vec<String>> = self.chart.categories.iter().map(|name| wrapped(name, 13.0, 230.0)).collect();
        let name_width = names.iter().flatten().map(|line| wide(line, 13.0)).fold(40.0, f64::max);
        let label = |is_negative: bool| {
            let labels = ends.iter().filter(|value| (**value < 0.0) == is_negative).map(|value| wide(&self.number(*value), 12.0));
            labels.fold(0.0, f64::max) + 8.0
        };
        let below = if ends.iter().any(|value| *value < 0.0) { label(true) } else { 0.0 };
        let is_missing = self.chart.series.iter().flat_map(|series| &series.values).any(Option::is_none);
        let remark = if is_stacked && is_missing { wide(SOME_MISSING.get(self.language), 11.0) + 8.0 } else { 20.0 };
        let (left, right) = (MARGIN + name_width + 10.0 + below, WIDTH - MARGIN - label(false).max(remark));
        let scale = Scale::new(ends.iter().copied(), left, right);
        let zero = scale.at(0.0);
        if let Some(label) = self.chart.categories_label.clone() {
            self.y += 12.0;
            self.text(MARGIN, self.y, 12.0, Anchor::Start, PALE, "", &label);
            self.y += 6.0;
        }
        let (thick, gap) = if is_stacked { (22.0, 0.0) } else { (16.0, 2.0) };
        let group = if is_stacked { thick } else { series as f64 * (thick + gap) - gap };
        let bands: Vec<f64> = names.iter().map(|lines| group.max(lines.len() as f64 * 15.0) + 12.0).collect();
        let (top, bottom) = (self.y, self.y + bands.iter().sum::<f64>());
        for tick in &scale.ticks {
            self.line((scale.at(*tick), top), (scale.at(*tick), bottom), "#DDDDDD");
        }
        let mut y = top;
        for (category, (lines, band)) in names.iter().zip(&bands).enumerate() {
            let middle = y + band / 2.0;
            let mut at = middle - lines.len() as f64 * 7.5 + 11.5;
            for line in lines {
                self.text(MARGIN + name_width, at, 13.0, Anchor::End, INK, "", line);
                at += 15.0;
            }
            let start = middle - group / 2.0;
            if is_stacked {
                self.stack(category, start, thick, &scale);
            } else {
                self.group(category, start, (thick, gap), &scale, below);
            }
            y += band;
        }
        self.line((zero, top), (zero, bottom), INK);
        self.y = bottom + 16.0;
        for tick in scale.ticks.clone() {
            let text = self.tick(tick);
            self.text(scale.at(tick), self.y, 12.0, Anchor::Middle, INK, "", &text);
        }
        self.y += 20.0;
        self.text((left + right) / 2.0, self.y, 13.0, Anchor::Middle, INK, "", &self.chart.unit.clone());
        self.y += 10.0;
    }

    fn bar(&mut self, series: usize, category: usize, (x, y): (f64, f64), (width, height): (f64, f64), value: f64) {
        let fill = self.fill(series);
        let name = self.named(series, category, Some(value));
        let _ = writeln!(
            self.out,
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}" stroke="{INK}" stroke-width="0.75"><title>{}</title></rect>"#,
            n(x),
            n(y),
            n(width),
            n(height),
            escape(&name)
        );
    }

    /// What a mark is, in words.
    fn named(&self, series: usize, category: usize, value: Option<f64>) -> String {
        let category = self.chart.categories.get(category).map(String::as_str).unwrap_or_default();
        let name = self.chart.series.get(series).map(|series| series.name.as_str()).unwrap_or_default();
        let said = self.said(value);
        if name.is_empty() { format!("{category}: {said}") } else { format!("{category}, {name}: {said}") }
    }

    fn remark(&mut self, x: f64, y: f64, label: &Label) {
        self.text(x, y, 11.0, Anchor::Start, PALE, r#" font-style="italic""#, label.get(self.language));
    }

    fn group(&mut self, category: usize, start: f64, (thick, gap): (f64, f64), scale: &Scale, below: f64) {
        let zero = scale.at(0.0);
        let count = self.chart.series.len();
        if (0..count).all(|series| self.value(series, category).is_none()) {
            let middle = start + (count as f64 * (thick + gap) - gap) / 2.0;
            self.remark(zero + 5.0, middle + 4.0, &NOT_REPORTED);
            return;
        }
        for series in 0..count {
            let y = start + series as f64 * (thick + gap);
            let Some(value) = self.value(series, category) else {
                self.remark(zero + 5.0, y + thick / 2.0 + 4.0, &NOT_REPORTED);
                continue;
            };
            let end = scale.at(value);
            self.bar(series, category, (zero.min(end), y), ((end - zero).abs(), thick), value);
            let text = self.number(value);
            let (x, anchor) = if value < 0.0 && below > 0.0 { (end - 5.0, Anchor::End) } else { (end + 5.0, Anchor::Start) };
            self.text(x, y + thick / 2.0 + 4.5, 12.0, anchor, INK, "", &text);
        }
    }

    fn stack(&mut self, category: usize, y: f64, thick: f64, scale: &Scale) {
        let count = self.chart.series.len();
        if (0..count).all(|series| self.value(series, category).is_none()) {
            self.remark(scale.at(0.0) + 5.0, y + thick / 2.0 + 4.0, &NOT_REPORTED);
            return;
        }
        let mut done = 0.0;
        for series in 0..count {
            let Some(value) = self.value(series, category) else { continue };
            let (from, to) = (scale.at(done), scale.at(done + value));
            self.bar(series, category, (from, y), (to - from, thick), value);
            let text = self.number(value);
            if wide(&text, 12.0) + 8.0 < to - from {
                // A white rim keeps the number off the pattern.
                let rim = r##" stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round" paint-order="stroke""##;
                self.text((from + to) / 2.0, y + thick / 2.0 + 4.5, 12.0, Anchor::Middle, INK, rim, &text);
            }
            done += value;
        }
        if let Some(sum) = self.sum(category)
            && count > 1
        {
            let text = self.number(sum);
            let bold = r#" font-weight="bold""#;
            self.text(scale.at(done) + 5.0, y + thick / 2.0 + 4.5, 12.0, Anchor::Start, INK, bold, &text);
        } else if count > 1 {
            self.remark(scale.at(done) + 5.0, y + thick / 2.0 + 4.0, &SOME_MISSING);
        }
    }

    fn lines(&mut self) {
        let values = self.values();
        self.y += 12.0;
        self.text(MARGIN, self.y, 13.0, Anchor::Start, INK, "", &self.chart.unit.clone());
        self.y += 12.0;
        let (top, bottom) = (self.y, self.y + 320.0);
        let scale = Scale::new(values.iter().copied(), bottom, top + 14.0);
        let label = scale.ticks.iter().map(|tick| wide(&self.tick(*tick), 12.0)).fold(0.0, f64::max);
        let (left, right) = (MARGIN + label + 10.0, WIDTH - MARGIN);
        let slot = (right - left) / self.chart.categories.len() as f64;
        let at = |category: usize| left + (category as f64 + 0.5) * slot;
        for tick in scale.ticks.clone() {
            let y = scale.at(tick);
            self.line((left, y), (right, y), if tick == 0.0 { INK } else { "#DDDDDD" });
            let text = self.tick(tick);
            self.text(left - 6.0, y + 4.5, 12.0, Anchor::End, INK, "", &text);
        }
        // Names that stand too close are left out, every second or third of them; each point has its own in its title.
        let widest =
            self.chart.categories.iter().flat_map(|name| name.split(' ')).map(|word| wide(word, 12.0)).fold(0.0, f64::max);
        let every = ((widest + 4.0) / slot).ceil().clamp(1.0, 10.0) as usize;
        let mut lowest = 0.0f64;
        for (category, name) in self.chart.categories.clone().iter().enumerate().step_by(every) {
            let mut y = bottom + 16.0;
            for line in wrapped(name, 12.0, slot * every as f64 - 4.0) {
                self.text(at(category), y, 12.0, Anchor::Middle, INK, "", &line);
                y += 14.0;
            }
            lowest = lowest.max(y);
        }
        let mut taken: Vec<[f64; 4]> = Vec::new();
        let points = |series: usize| {
            (0..self.chart.categories.len())
                .map(|category| self.value(series, category).map(|value| (category, value)))
                .collect::<Vec<_>>()
        };
        let all: Vec<Vec<Option<(usize, f64)>>> = (0..self.chart.series.len()).map(points).collect();
        for (series, points) in all.iter().enumerate() {
            for run in points.split(Option::is_none) {
                let mut path = String::new();
                for (place, (category, value)) in run.iter().flatten().enumerate() {
                    let letter = if place == 0 { 'M' } else { 'L' };
                    let _ = write!(path, "{letter}{} {}", n(at(*category)), n(scale.at(*value)));
                }
                if run.len() > 1 {
                    self.stroke(series, &path);
                }
            }
        }
        for (series, points) in all.iter().enumerate() {
            for (category, value) in points.iter().flatten() {
                let (x, y) = (at(*category), scale.at(*value));
                let name = self.named(series, *category, Some(*value));
                self.marker(series, x, y, &name);
                taken.push([x - 6.0, y - 6.0, x + 6.0, y + 6.0]);
            }
        }
        for (category, value) in all.iter().flatten().flatten() {
            let (x, y, text) = (at(*category), scale.at(*value), self.number(*value));
            let half = wide(&text, 11.0) / 2.0;
            // Above the point or below it, where nothing stands yet; else in the title and the description alone.
            let free = [y - 8.0, y + 17.0].into_iter().find(|foot| {
                let (x0, y0, x1, y1) = (x - half, foot - 9.0, x + half, foot + 1.0);
                *foot < bottom - 2.0 && !taken.iter().any(|[a, b, c, d]| x0 < *c && x1 > *a && y0 < *d && y1 > *b)
            });
            if let Some(foot) = free {
                taken.push([x - half, foot - 9.0, x + half, foot + 1.0]);
                let rim = r##" stroke="#FFFFFF" stroke-width="3" stroke-linejoin="round" paint-order="stroke""##;
                self.text(x, foot, 11.0, Anchor::Middle, INK, rim, &text);
            }
        }
        self.y = lowest.max(bottom + 16.0);
        if let Some(label) = self.chart.categories_label.clone() {
            self.y += 6.0;
            self.text((left + right) / 2.0, self.y, 13.0, Anchor::Middle, INK, "", &label);
            self.y += 10.0;
        }
    }

    fn stroke(&mut self, series: usize, path: &str) {
        let Style { colour, dash, .. } = style(series);
        // Yellow fills a bar well, but is hardly seen as a line.
        let colour = if *colour == "#F0E442" { "#A89A00" } else { *colour };
        let dash = if dash.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{dash}""#) };
        let _ = writeln!(self.out, r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>"#);
    }

    /// The mark of a series: each has a form of its own.
    fn marker(&mut self, series: usize, x: f64, y: f64, name: &str) {
        let form = match series {
            0 => "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
            1 => "m-4.5-4.5h9v9h-9z",
            2 => "m0-5.5l5.5 10h-11z",
            3 => "m0-6l6 6l-6 6l-6-6z",
            4 => "m0 5.5l5.5-10h-11z",
            5 => "m-6-2h4v-4h4v4h4v4h-4v4h-4v-4h-4z",
            6 => "m-3-5.5h6l3 5.5l-3 5.5h-6l-3-5.5z",
            _ => "m-5-2.5h10v5h-10z",
        };
        let title = if name.is_empty() { String::new() } else { format!("<title>{}</title>", escape(name)) };
        let colour = style(series).colour;
        let _ = writeln!(
            self.out,
            r#"<path d="M{} {}{form}" fill="{colour}" stroke="{INK}" stroke-width="0.75">{title}</path>"#,
            n(x),
            n(y)
        );
    }

    fn notes(&mut self) {
        let is_missing = self.chart.series.iter().flat_map(|series| &series.values).any(Option::is_none);
        let of_itself = match self.chart.kind {
            Kind::Lines if is_missing => Some(BROKEN),
            Kind::StackedBars if is_missing => Some(NO_SUM),
            _ => None,
        };
        let own = of_itself.as_ref().map(|label| label.get(self.language).to_owned());
        for note in own.into_iter().chain(self.chart.note.clone()) {
            self.y += 4.0;
            for line in wrapped(&note, 12.0, WIDTH - 2.0 * MARGIN) {
                self.y += 15.0;
                self.text(MARGIN, self.y, 12.0, Anchor::Start, PALE, r#" font-style="italic""#, &line);
            }
        }
    }

    /// All that the chart shows, in words.
    fn description(&self) -> String {
        let mut words = format!("{}: {}.", UNIT.get(self.language), self.chart.unit);
        for (category, name) in self.chart.categories.iter().enumerate() {
            let mut parts: Vec<String> = self
                .chart
                .series
                .iter()
                .enumerate()
                .map(|(place, series)| format!("{} {}", series.name, self.said(self.value(place, category))).trim().to_owned())
                .collect();
            if self.chart.kind == Kind::StackedBars
                && self.chart.series.len() > 1
                && let Some(sum) = self.sum(category)
            {
                parts.push(format!("{} {}", TOTAL.get(self.language), self.number(sum)));
            }
            let _ = write!(words, " {name}: {}.", parts.join("; "));
        }
        if let Some(note) = &self.chart.note {
            let _ = write!(words, " {note}");
        }
        words
    }

    fn finish(self) -> String {
        let (title, language) = (
            escape(&self.chart.title),
            match self.language {
                Language::Vi => "vi",
                Language::En => "en",
            },
        );
        let (width, height) = (n(WIDTH), n((self.y + MARGIN).ceil()));
        let mut out = format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" "#,
                r#"role="img" aria-label="{title}" xml:lang="{language}" font-family="{font}">"#,
                "\n<title>{title}</title>\n<desc>{description}</desc>\n"
            ),
            width = width,
            height = height,
            title = title,
            language = language,
            font = FONT,
            description = escape(&self.description())
        );
        let patterned = (0..self.chart.series.len()).filter(|series| !style(*series).pattern.is_empty());
        if self.chart.kind != Kind::Lines && patterned.clone().next().is_some() {
            out.push_str("<defs>");
            for series in patterned {
                let Style { colour, pattern, .. } = style(series);
                let _ = write!(
                    out,
                    r#"<pattern id="{}-{series}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="{colour}"/>{pattern}</pattern>"#,
                    self.id
                );
            }
            out.push_str("</defs>\n");
        }
        let _ = writeln!(out, r##"<rect width="{width}" height="{height}" fill="#FFFFFF"/>"##);
        out.push_str(&self.out);
        out.push_str("</svg>\n");
        out
    }
}
