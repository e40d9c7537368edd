use htcd_domain::text::Language;
use htcd_reports::Error;
use htcd_reports::chart::{Chart, Kind, Series, svg};
use roxmltree::{Document, Node};

use crate::sample::charts;

fn draw(chart: &Chart) -> String {
    svg(chart, Language::Vi).expect("a chart")
}

fn samples() -> Vec<Chart> {
    let kinds = [Kind::GroupedBars, Kind::StackedBars, Kind::Lines];
    let mut charts: Vec<Chart> = kinds.map(charts::own_and_coordinated).into();
    charts.extend([charts::participations(), charts::ranks()]);
    charts
}

fn texts(xml: &str) -> Vec<String> {
    let document = Document::parse(xml).expect("XML");
    document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text().map(str::to_owned)).collect()
}

fn count(xml: &str, is: impl Fn(&Node) -> bool) -> usize {
    Document::parse(xml).expect("XML").descendants().filter(|node| is(node)).count()
}

/// The bars, which have a title each.
fn bars(xml: &str) -> usize {
    count(xml, |node| node.has_tag_name("rect") && node.children().any(|child| child.has_tag_name("title")))
}

#[test]
fn a_chart_is_xml_that_says_what_it_shows_and_asks_for_nothing() {
    for chart in samples() {
        let xml = draw(&chart);
        let document = Document::parse(&xml).expect("XML");
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert_eq!(root.attribute("aria-label"), Some(chart.title.as_str()));
        let child =
            |name: &str| root.children().find(|node| node.has_tag_name(name)).and_then(|node| node.text().map(str::to_owned));
        assert_eq!(child("title").as_deref(), Some(chart.title.as_str()));
        let description = child("desc").expect("a description");
        for name in chart.categories.iter().chain(chart.series.iter().map(|series| &series.name)) {
            assert!(description.contains(name.as_str()), "{name}");
        }
        for word in ["<script", "href", "url(http", "@import", "<image", "<foreignObject", " on", "NaN", "inf"] {
            let found = xml.match_indices(word).filter(|(_, found)| *found != " on" || xml.contains("onload")).count();
            assert_eq!(found, 0, "{word}");
        }
        for text in texts(&xml) {
            assert!(!text.is_empty());
        }
    }
}

#[test]
fn a_blank_is_a_gap_and_no_zero() {
    let xml = draw(&charts::participations());
    assert_eq!(bars(&xml), 9);
    let texts = texts(&xml);
    assert!(texts.contains(&"không có số liệu".to_owned()) && texts.contains(&"1.113".to_owned()));
    // A zero is a bar without length, and says so.
    let mut chart = charts::participations();
    chart.series[0].values[0] = Some(0.0);
    let xml = draw(&chart);
    assert_eq!(bars(&xml), 10);
    assert!(!xml.contains("không có số liệu"));

    let lines = draw(&charts::ranks());
    let marks = |node: &Node| node.has_tag_name("path") && node.children().any(|child| child.has_tag_name("title"));
    assert_eq!(count(&lines, marks), 20);
    // Each of the three lines breaks in 2009: two strokes each, and one in the legend.
    assert_eq!(count(&lines, |node| node.attribute("stroke-width") == Some("2.5")), 9);
}

#[test]
fn a_sum_stands_only_where_nothing_is_missing() {
    let chart = Chart {
        title: "Vai trò".to_owned(),
        unit: "lớp".to_owned(),
        kind: Kind::StackedBars,
        categories: vec!["đủ".to_owned(), "thiếu".to_owned()],
        categories_label: None,
        series: vec![Series::of_counts("a", [Some(3), Some(3)]), Series::of_counts("b", [Some(4), None])],
        note: None,
    };
    let texts = texts(&draw(&chart));
    assert_eq!(texts.iter().filter(|text| *text == "7").count(), 1);
    assert!(texts.contains(&"thiếu số liệu".to_owned()));
}

#[test]
fn numbers_follow_the_language() {
    let vi = texts(&draw(&charts::ranks()));
    assert!(vi.contains(&"55,2".to_owned()) && vi.contains(&"50,0".to_owned()));
    let en = texts(&svg(&charts::ranks(), Language::En).expect("a chart"));
    assert!(en.contains(&"55.2".to_owned()));
}

#[test]
fn texts_stay_texts() {
    let nasty = r#"<script>alert("x")</script> & 'y' ]]>"#;
    for kind in [Kind::GroupedBars, Kind::StackedBars, Kind::Lines] {
        let chart = Chart {
            title: nasty.to_owned(),
            unit: nasty.to_owned(),
            kind,
            categories: vec![nasty.to_owned(), String::new()],
            categories_label: Some(nasty.to_owned()),
            series: vec![Series::new(nasty, [Some(1.0), None]), Series::new("", [None, None])],
            note: Some(nasty.to_owned()),
        };
        let xml = draw(&chart);
        assert!(!xml.contains("<script"));
        let document = Document::parse(&xml).expect("XML");
        assert_eq!(document.root_element().attribute("aria-label"), Some(nasty));
    }
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let chart = |kind, categories: usize, series: Vec<Series>| {
        let categories = (0..categories).map(|place| place.to_string()).collect();
        let (title, unit) = ("t".to_owned(), "u".to_owned());
        svg(&Chart { title, unit, kind, categories, categories_label: None, series, note: None }, Language::Vi)
    };
    let value = |value: f64| vec![Series::new("a", [Some(value)])];
    assert!(chart(Kind::Lines, 0, vec![]).is_ok());
    assert!(chart(Kind::GroupedBars, 1, vec![]).is_ok());
    assert!(chart(Kind::GroupedBars, 1, value(-5.0)).is_ok());
    assert!(chart(Kind::Lines, 1, value(9e15)).is_ok());
    assert_eq!(chart(Kind::StackedBars, 1, value(-5.0)), Err(Error::Value { series: 1, value: 1 }));
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
        assert_eq!(chart(Kind::Lines, 1, value(wrong)), Err(Error::Value { series: 1, value: 1 }));
    }
    assert_eq!(chart(Kind::Lines, 2, value(1.0)), Err(Error::Values { series: 1, values: 1, categories: 2 }));
    assert!(matches!(chart(Kind::Lines, 101, vec![]), Err(Error::Crowded { what: "categories", .. })));
    let nine = vec![Series::new("a", []); 9];
    assert!(matches!(chart(Kind::Lines, 0, nine), Err(Error::Crowded { what: "series", .. })));
}
