//! Whatever is put into a paper, it is written or refused; nothing hangs, nothing panics.

use htcd_domain::text::Language;
use htcd_reports::chart::{Chart, Kind, Series, svg};
use htcd_reports::number::Decimal;
use htcd_reports::paper::{Align, Block, Cell, Column, Paper, Row, Signature, Table};
use htcd_reports::{Error, docx, pdf, xlsx};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::sample;

#[test]
fn very_long_words_and_lists_are_broken_into_lines_and_pages() {
    let mut paper = sample::kim_son();
    paper.blocks = vec![
        Block::paragraph("x".repeat(50_000)),
        Block::bullet("\n".repeat(500)),
        Block::note("từ ".repeat(5_000)),
        Block::Table(Table {
            caption: Some("C".repeat(1000)),
            columns: (0..24).map(|place| Column::number(format!("Cột {place}"))).collect(),
            rows: vec![Row::new(vec![Cell::text("w".repeat(5000)), Cell::whole(i64::MIN), Cell::Blank])],
            note: None,
        }),
    ];
    paper.recipients = vec!["nơi nhận ".repeat(30); 150];
    paper.addressees = paper.recipients.clone();
    assert!(docx(&paper).is_ok());
    assert!(pdf(&paper).is_ok());
}

#[test]
fn the_widest_heading_and_signature_fit_on_a_page() {
    let wide = |length: usize| "W".repeat(length);
    let mut paper = sample::bare();
    paper.superior_body = Some(wide(150));
    paper.issuing_body = wide(150);
    paper.number = Some(wide(20));
    paper.symbol = wide(60);
    paper.place = wide(100);
    paper.kind = wide(60);
    paper.subject = wide(400);
    paper.signature = Signature { authority: Some(wide(120)), post: wide(120), name: Some(wide(120)) };
    paper.recipients = vec![wide(300)];
    for file in [docx(&paper), pdf(&paper), xlsx(&paper)] {
        assert!(file.is_ok());
    }
    paper.subject = wide(401);
    assert_eq!(docx(&paper), Err(Error::TooLong { field: "subject", length: 401, most: 400 }));
    assert!(pdf(&paper).is_err() && xlsx(&paper).is_err());
}

#[test]
fn characters_of_any_kind_are_written() {
    let all: String = (0..=0x10_ffff).step_by(101).filter_map(char::from_u32).collect();
    let mut paper = sample::kim_son();
    paper.blocks = vec![Block::paragraph(all), Block::paragraph("👩‍👩‍👧 עברית العربية ກຂຄ ខ្មែរ \u{0}\u{1}\u{fffe}\u{feff}")];
    let file = docx(&paper).expect("a paper");
    roxmltree::Document::parse(&crate::part(&file, "word/document.xml")).expect("XML");
    pdf(&paper).expect("a paper");
    paper.blocks.remove(0);
    xlsx(&paper).expect("a paper");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,40}", "[a-zđăâêôơư \n\t<&\"'=+@-]{0,80}", "[A-Z]{0,200}", "\\PC{0,300}"]
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Blank),
        text().prop_map(Cell::Text),
        (any::<i64>(), any::<u8>()).prop_map(|(digits, places)| Cell::Number(Decimal::new(digits, places))),
        (any::<i64>(), 0..4u8).prop_map(|(digits, places)| Cell::Percent(Decimal::new(digits, places))),
        any::<i64>().prop_map(Cell::Money),
    ]
}

fn column() -> impl Strategy<Value = Column> {
    let align = prop_oneof![Just(Align::Left), Just(Align::Centre), Just(Align::Right)];
    let group = option::of(prop_oneof![Just("a".to_owned()), Just("b".to_owned()), text()]);
    (text(), group, align, any::<u16>()).prop_map(|(head, group, align, width)| Column { head, group, align, width })
}

fn table() -> impl Strategy<Value = Table> {
    let row = (vec(cell(), 0..8), any::<bool>()).prop_map(|(cells, is_total)| Row { cells, is_total });
    (option::of(text()), vec(column(), 0..10), vec(row, 0..12), option::of(text()))
        .prop_map(|(caption, columns, rows, note)| Table { caption, columns, rows, note })
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        text().prop_map(Block::part),
        text().prop_map(Block::clause),
        text().prop_map(Block::point),
        text().prop_map(Block::Paragraph),
        text().prop_map(Block::Bullet),
        text().prop_map(Block::Note),
        table().prop_map(Block::Table),
    ]
}

fn paper() -> impl Strategy<Value = Paper> {
    let head = (option::of(text()), text(), option::of(text()), text(), text(), text(), text());
    let date = option::of((-9999..9999i32, 1..367u32));
    let end = (vec(text(), 0..4), option::of(text()), text(), option::of(text()));
    (head, date, vec(text(), 0..4), vec(block(), 0..12), end).prop_map(|(head, date, addressees, blocks, end)| Paper {
        superior_body: head.0,
        issuing_body: head.1,
        number: head.2,
        symbol: head.3,
        place: head.4,
        date: date.and_then(|(year, day)| chrono::NaiveDate::from_yo_opt(year, day)),
        kind: head.5,
        subject: head.6,
        addressees,
        blocks,
        recipients: end.0,
        signature: Signature { authority: end.1, post: end.2, name: end.3 },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_paper_is_written_or_refused(paper in paper()) {
        let (document, pages, book) = (docx(&paper), pdf(&paper), xlsx(&paper));
        match document {
            Ok(file) => {
                for part in ["word/document.xml", "docProps/core.xml"] {
                    prop_assert!(roxmltree::Document::parse(&crate::part(&file, part)).is_ok());
                }
                prop_assert!(pages.is_ok(), "{:?}", pages.err());
            }
            // What is wrong with a paper is wrong in each format.
            Err(error) => {
                prop_assert_eq!(pages, Err(error.clone()));
                prop_assert_eq!(book, Err(error));
            }
        }
    }

    #[test]
    fn any_chart_is_drawn_or_refused(
        title in text(),
        kind in prop_oneof![Just(Kind::GroupedBars), Just(Kind::StackedBars), Just(Kind::Lines)],
        names in vec(text(), 0..12),
        values in vec(vec(option::of(any::<f64>()), 12), 0..9),
        is_tame in any::<bool>(),
    ) {
        let tame = |value: f64| if is_tame { (value % 1e6).abs() } else { value };
        let series = values
            .into_iter()
            .map(|values| Series::new(title.clone(), values.into_iter().take(names.len()).map(|value| value.map(tame))))
            .collect();
        let chart = Chart { title: title.clone(), unit: title, kind, categories: names, categories_label: None, series, note: None };
        if let Ok(xml) = svg(&chart, Language::Vi) {
            prop_assert!(roxmltree::Document::parse(&xml).is_ok());
            prop_assert!(!xml.contains("NaN") && !xml.contains("inf"));
        }
    }
}
