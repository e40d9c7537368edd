use htcd_reports::paper::{Block, Cell, Column, Row, Table};
use roxmltree::{Document, Node};

use crate::{part, parts, sample};

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

fn all<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(move |node| node.has_tag_name((W, name)))
}

fn text(node: Node) -> String {
    node.descendants().filter(|node| node.has_tag_name((W, "t"))).filter_map(|node| node.text()).collect()
}

#[test]
fn every_part_is_xml() {
    for paper in [sample::kim_son(), sample::long(), sample::bare()] {
        let file = htcd_reports::docx(&paper).expect("a paper");
        for name in parts(&file) {
            Document::parse(&part(&file, &name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn the_table_of_kim_sons_report_stands_in_its_order() {
    let file = htcd_reports::docx(&sample::kim_son()).expect("a paper");
    let xml = part(&file, "word/document.xml");
    let document = Document::parse(&xml).expect("XML");
    // The first and the last table are the frames of the heading and of the signature.
    let tables: Vec<Node> = all(document.root(), "tbl").collect();
    assert_eq!(tables.len(), 3);
    let rows: Vec<Vec<String>> = all(tables[1], "tr").map(|row| all(row, "tc").map(text).collect()).collect();
    assert_eq!(rows[0], ["TT", "Nội dung hoạt động", "Số lớp, chuyên đề", "Số lượt người"]);
    assert_eq!(rows[1], ["", "", "", "Tổng số", "Nữ"]);
    assert_eq!(rows[2], ["1", "Xóa mù chữ, giáo dục tiếp tục sau biết chữ", "", "", ""]);
    assert_eq!(rows[11], ["10", "Văn nghệ, thể dục thể thao", "10", "1.113", ""]);
    assert_eq!(rows[12], ["", "Tổng cộng", "70", "6.778", ""]);
    let heads: Vec<bool> = all(tables[1], "tr").map(|row| all(row, "tblHeader").count() == 1).collect();
    assert_eq!(heads.iter().position(|is_head| !is_head), Some(2));
    assert!(heads.iter().skip(2).all(|is_head| !is_head));
    let words = text(document.root());
    for expected in ["UBND PHƯỜNG KIM SƠN", "Số: 10/BC-TTHTCĐ", "Kim Sơn, ngày 26 tháng 11 năm 2018", "- Lưu: VT.", "GIÁM ĐỐC"]
    {
        assert!(words.contains(expected), "{expected}");
    }
}

#[test]
fn the_paper_has_the_measures_of_the_decree() {
    let file = htcd_reports::docx(&sample::kim_son()).expect("a paper");
    let xml = part(&file, "word/document.xml");
    let document = Document::parse(&xml).expect("XML");
    let margins = all(document.root(), "pgMar").next().expect("margins");
    let of = |name: &str| margins.attribute((W, name)).and_then(|twips| twips.parse::<f64>().ok()).expect("a length") / 56.69;
    assert!((20.0..=25.0).contains(&of("top").round()) && (20.0..=25.0).contains(&of("bottom").round()));
    assert!((30.0..=35.0).contains(&of("left").round()) && (15.0..=20.0).contains(&of("right").round()));
    assert_eq!(all(document.root(), "titlePg").count(), 1);
    assert!(part(&file, "word/header1.xml").contains("PAGE"));
    assert!(part(&file, "word/styles.xml").contains(r#"w:ascii="Times New Roman""#));
}

#[test]
fn texts_stay_texts() {
    let mut paper = sample::bare();
    let nasty = r#"<w:p/> & "quoted" 'single' ]]> =cmd|' /C calc'!A0"#;
    paper.blocks = vec![
        Block::paragraph(nasty),
        Block::Table(Table {
            caption: Some(nasty.to_owned()),
            columns: vec![Column::text(nasty).under(nasty)],
            rows: vec![Row::new(vec![Cell::text(nasty)])],
            note: Some(nasty.to_owned()),
        }),
    ];
    let file = htcd_reports::docx(&paper).expect("a paper");
    let xml = part(&file, "word/document.xml");
    let document = Document::parse(&xml).expect("XML");
    let texts: Vec<&str> = all(document.root(), "t").filter_map(|node| node.text()).filter(|text| *text == nasty).collect();
    assert_eq!(texts.len(), 6);
}
