use htcd_reports::paper::{Block, Cell, Column, Row, Table};
use lopdf::{Document, Object};

use crate::sample;

fn read(file: &[u8]) -> Document {
    Document::load_mem(file).expect("a PDF")
}

/// The text of each page, as a search or a copy finds it.
fn pages(document: &Document) -> Vec<String> {
    document.get_pages().keys().map(|page| document.extract_text(&[*page]).expect("text")).collect()
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_text_of_kim_sons_report_can_be_found_again() {
    let document = read(&htcd_reports::pdf(&sample::kim_son()).expect("a paper"));
    let text = joined(&pages(&document).concat());
    for expected in [
        "UBND PHƯỜNG KIM SƠN",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 10/BC-TTHTCĐ",
        "Kim Sơn, ngày 26 tháng 11 năm 2018",
        "BÁO CÁO",
        "KẾT QUẢ HOẠT ĐỘNG NĂM 2018",
        "Phòng Giáo dục và Đào tạo thị xã Đông Triều.",
        "I. BỘ MÁY QUẢN LÝ",
        "b) Kinh phí:",
        "Các chuyên đề của các chương trình khác",
        "Tổng cộng",
        "6.778",
        "12.760 lượt người.",
        "Nơi nhận:",
        "- Lưu: VT.",
        "TM. BAN GIÁM ĐỐC",
        "Nguyễn Văn An",
    ] {
        assert!(text.contains(expected), "{expected} is missing in: {text}");
    }
}

#[test]
fn the_report_is_tagged_and_brings_its_fonts() {
    let document = read(&htcd_reports::pdf(&sample::kim_son()).expect("a paper"));
    let catalog = document.catalog().expect("a catalog");
    assert!(catalog.get(b"StructTreeRoot").is_ok());
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).expect("a language"), b"vi-VN");
    let named = |key: &[u8], name: &[u8]| {
        let is = |object: &&Object| {
            object.as_dict().is_ok_and(|dict| dict.get(key).and_then(Object::as_name).is_ok_and(|is| is == name))
        };
        document.objects.values().filter(is).count()
    };
    // Two rows of head, ten of activities and the sum.
    assert_eq!((named(b"S", b"Table"), named(b"S", b"TR"), named(b"S", b"TH"), named(b"S", b"TD")), (1, 13, 6, 55));
    let embedded = document.objects.values().filter(|object| object.as_dict().is_ok_and(|dict| dict.has(b"FontFile2"))).count();
    assert_eq!(embedded, 4);
}

#[test]
fn a_long_table_repeats_its_head_and_pages_are_numbered_from_the_second_on() {
    let document = read(&htcd_reports::pdf(&sample::long()).expect("a paper"));
    let pages: Vec<String> = pages(&document).iter().map(|page| joined(page)).collect();
    assert_eq!(pages.len(), 7);
    for (place, page) in pages.iter().enumerate() {
        assert!(page.contains("Nội dung hoạt động") && page.contains("Số lượt người"), "{page}");
        let ends = |number: usize| page.split(' ').next_back() == Some(&number.to_string());
        assert_eq!(ends(place + 1), place > 0, "{page}");
    }
    let all = pages.concat();
    for row in 1..=200 {
        assert!(all.contains(&format!("cộng đồng số {row}")), "row {row}");
    }
}

#[test]
fn what_the_fonts_lack_is_a_square_that_can_be_copied() {
    let mut paper = sample::bare();
    paper.blocks = vec![Block::paragraph("trước 漢 sau")];
    let file = htcd_reports::pdf(&paper).expect("a paper");
    let text = pages(&read(&file)).concat();
    assert!(text.contains("trước 漢 sau"), "{text}");
}

#[test]
fn an_empty_table_has_its_head() {
    let mut paper = sample::bare();
    let table =
        Table { caption: None, columns: vec![Column::text("Đơn vị"), Column::number("Số")], rows: vec![], note: None };
    paper.blocks = vec![Block::Table(table.clone()), Block::Table(table)];
    let text = pages(&read(&htcd_reports::pdf(&paper).expect("a paper"))).concat();
    assert_eq!(text.matches("Đơn vị").count(), 2);
}

#[test]
fn a_row_that_no_page_holds_goes_on_over_the_pages() {
    let words = (1..=2000).map(|place| format!("từ{place}")).collect::<Vec<_>>().join(" ");
    let mut paper = sample::kim_son();
    paper.blocks = vec![Block::Table(Table {
        caption: None,
        columns: vec![Column::order("TT"), Column::text("Nội dung")],
        rows: vec![Row::new(vec![Cell::whole(1), Cell::text(words)]), Row::new(vec![Cell::whole(2), Cell::text("cuối")])],
        note: None,
    })];
    let document = read(&htcd_reports::pdf(&paper).expect("a paper"));
    let pages = pages(&document);
    assert!(pages.len() > 2);
    let all = joined(&pages.concat());
    for place in 1..=2000 {
        assert!(all.contains(&format!("từ{place}")), "{place}");
    }
    assert!(all.contains("cuối"));
}
