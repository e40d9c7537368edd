use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use htcd_reports::number::Decimal;
use htcd_reports::paper::{Block, Cell, Column, Row, Table};

use crate::{part, sample};

fn read(file: &[u8]) -> Xlsx<Cursor<&[u8]>> {
    Xlsx::new(Cursor::new(file)).expect("a workbook")
}

fn rows(file: &[u8], sheet: &str) -> Vec<Vec<Data>> {
    read(file).worksheet_range(sheet).expect("a sheet").rows().map(<[Data]>::to_vec).collect()
}

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

#[test]
fn the_numbers_of_kim_sons_report_are_numbers() {
    let file = htcd_reports::xlsx(&sample::kim_son()).expect("a paper");
    assert_eq!(read(&file).sheet_names(), ["Bảng 1", "Nội dung"]);
    let rows = rows(&file, "Bảng 1");
    let row = |first: Data| rows.iter().find(|row| row.first() == Some(&first)).cloned().expect("a row");
    assert_eq!(
        row(Data::Float(1.0)),
        [Data::Float(1.0), text("Xóa mù chữ, giáo dục tiếp tục sau biết chữ"), Data::Empty, Data::Empty, Data::Empty]
    );
    assert_eq!(row(Data::Float(10.0))[2..4], [Data::Float(10.0), Data::Float(1113.0)]);
    let total = rows.iter().find(|row| row[1] == text("Tổng cộng")).expect("a sum");
    assert_eq!(total[2..], [Data::Float(70.0), Data::Float(6778.0), Data::Empty]);
    assert!(rows.iter().any(|row| row[0] == text("UBND PHƯỜNG KIM SƠN")));
    assert!(rows.iter().any(|row| row[0] == text("Số: 10/BC-TTHTCĐ")));
    assert!(part(&file, "xl/styles.xml").contains("[$-42A]#,##0"));
}

#[test]
fn what_the_paper_says_beside_its_tables_is_not_lost() {
    let file = htcd_reports::xlsx(&sample::kim_son()).expect("a paper");
    let words: Vec<Data> = rows(&file, "Nội dung").into_iter().filter_map(|row| row.into_iter().next()).collect();
    for expected in ["I. BỘ MÁY QUẢN LÝ", "a) Cơ sở vật chất:", "- Tỷ lệ người biết chữ đạt 100%;", "Nguyễn Văn An", "- Lưu: VT."]
    {
        assert!(words.contains(&text(expected)), "{expected}");
    }
}

#[test]
fn percentages_decimals_and_money_are_numbers_too() {
    let mut paper = sample::bare();
    paper.blocks = vec![Block::Table(Table {
        caption: None,
        columns: vec![Column::number("%"), Column::number("km²"), Column::number("đồng")],
        rows: vec![Row::new(vec![
            Cell::percent(Decimal::new(552, 1)),
            Cell::decimal(Decimal::new(1037, 2)),
            Cell::money(33_625_000),
        ])],
        note: None,
    })];
    let file = htcd_reports::xlsx(&paper).expect("a paper");
    let rows = rows(&file, "Bảng 1");
    assert_eq!(rows.last().expect("a row")[..], [Data::Float(0.552), Data::Float(10.37), Data::Float(33_625_000.0)]);
    let styles = part(&file, "xl/styles.xml");
    assert!(styles.contains("#,##0.0%") && styles.contains("#,##0.00"));
}

#[test]
fn no_text_becomes_a_formula() {
    let mut paper = sample::bare();
    let tricks = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "=HYPERLINK(\"http://example.org\")"];
    paper.blocks = vec![Block::Table(Table {
        caption: Some(tricks[0].to_owned()),
        columns: vec![Column::text(tricks[0]).under(tricks[1]), Column::text("b").under(tricks[1])],
        rows: tricks.iter().map(|trick| Row::new(vec![Cell::text(*trick)])).collect(),
        note: Some(tricks[0].to_owned()),
    })];
    paper.blocks.extend(tricks.map(Block::paragraph));
    let file = htcd_reports::xlsx(&paper).expect("a paper");
    let mut book = read(&file);
    for sheet in ["Bảng 1", "Nội dung"] {
        assert!(book.worksheet_formula(sheet).expect("formulas").is_empty(), "{sheet}");
    }
    let cells: Vec<Data> = rows(&file, "Bảng 1").into_iter().flatten().collect();
    for trick in tricks {
        assert!(cells.contains(&text(trick)), "{trick}");
    }
    assert!(part(&file, "xl/styles.xml").contains(r#"quotePrefix="1""#));
}

#[test]
fn a_text_longer_than_a_cell_is_refused() {
    let mut paper = sample::bare();
    paper.blocks = vec![Block::paragraph("dài ".repeat(10_000))];
    assert!(htcd_reports::xlsx(&paper).is_err());
    assert!(htcd_reports::docx(&paper).is_ok() && htcd_reports::pdf(&paper).is_ok());
}
