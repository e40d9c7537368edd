//! Distributions as tables: CSV that spreadsheets read, XLSX with real numbers.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use htcd_domain::aggregate::{Distribution, RankCount, Row, Tenths};
use htcd_domain::boundaries::{Breakdown, RowKey};
use htcd_domain::scheme::{Rank, Subject};
use htcd_domain::text::{Label, Language};

use crate::support::http::Response;
use crate::support::thai_binh::ThaiBinh;

/// Thái Bình with five centres in its city, four of them rated in 2011, two of these in 2010.
fn cast() -> ThaiBinh {
    let cast = ThaiBinh::new();
    let ward = cast.world.unit("13225", "2011-12-31");
    for number in 1..=5 {
        cast.register(&format!("TB-{number:03}"), ward, "2005-01-01", "standalone");
    }
    cast.import(&cast.round(2010), [1, 1, 0, 0, 0]);
    cast.import(&cast.round(2011), [1, 2, 0, 0, 1]);
    cast
}

fn get(cast: &ThaiBinh, query: &str, language: &str) -> Response {
    let path = format!("/v1/units/{}/rating_distribution?year=2011&{query}", cast.thai_binh);
    cast.world.client.get(&path).by(&cast.officer.token).header("accept-language", language).send().expect(200)
}

#[test]
fn a_csv_table_has_its_headings_in_the_callers_language_and_ends_lines_as_the_standard_says() {
    let cast = cast();
    let answer = get(&cast, "format=csv&compare_year=2010", "vi");
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"rating-distribution-2011.csv\""));
    let text = answer.text();
    assert!(text.ends_with("\r\n") && text.matches('\n').count() == text.matches("\r\n").count(), "{text:?}");
    let lines: Vec<_> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 1 + 8 + 1, "a heading, the districts, the total");
    assert!(lines[0].starts_with("Đơn vị,Mã,Tổng số trung tâm,Đã xếp loại,Chưa xếp loại,Tỷ lệ đã xếp loại (%),Tốt,Tốt (%),\"Tốt: tăng, giảm (điểm %)\",Khá,"), "{}", lines[0]);
    assert_eq!(lines[9], "Tổng cộng,34,5,4,1,80.0,1,25.0,-25.0,2,50.0,0.0,0,0.0,0.0,0,0.0,0.0,1,25.0,25.0");
    let city = lines.iter().find(|line| line.contains(",336,")).unwrap();
    assert_eq!(*city, "Thành phố Thái Bình,336,5,4,1,80.0,1,25.0,-25.0,2,50.0,0.0,0,0.0,0.0,0,0.0,0.0,1,25.0,25.0");
    let empty = lines.iter().find(|line| line.contains(",338,")).unwrap();
    assert_eq!(*empty, "Huyện Quỳnh Phụ,338,0,0,0,,0,,,0,,,0,,,0,,,0,,", "no share of nothing");

    let english = get(&cast, "format=csv", "en").text();
    assert!(english.starts_with("Unit,Code,Centres,Rated,Not rated,Coverage (%),Good,Good (%),Fair,"), "{english}");
    assert!(english.contains("\r\nTotal,34,5,4,1,80.0,1,25.0,2,50.0,"), "{english}");
}

#[test]
fn a_byte_order_mark_comes_on_request_only() {
    let cast = cast();
    let (plain, marked) = (get(&cast, "format=csv", "vi").bytes, get(&cast, "format=csv&bom=true", "vi").bytes);
    assert_eq!(marked.strip_prefix(b"\xef\xbb\xbf").unwrap(), plain, "the same table behind the mark");
    assert_eq!(get(&cast, "format=csv&bom=false", "vi").bytes, plain);
}

#[test]
fn a_workbook_holds_real_numbers() {
    let cast = cast();
    let answer = get(&cast, "format=xlsx&compare_year=2010", "vi");
    assert_eq!(answer.header("content-type"), Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"rating-distribution-2011.xlsx\""));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes)).expect("a workbook");
    assert_eq!(book.sheet_names(), ["2011"]);
    let sheet = book.worksheet_range("2011").unwrap();
    let cell = |line: u32, column: u32| sheet.get_value((line, column)).cloned().unwrap_or(Data::Empty);
    let text = |value: &str| Data::String(value.into());
    assert_eq!(cell(0, 0), text("Kết quả xếp loại năm 2011 - Tỉnh Thái Bình"));
    assert_eq!(cell(1, 0), text("Địa giới: của kỳ số liệu (bản đồ ngày 31/12/2011)"));
    let headings: Vec<_> = (0..9).map(|column| cell(3, column)).collect();
    let expected = [
        "Đơn vị",
        "Mã",
        "Tổng số trung tâm",
        "Đã xếp loại",
        "Chưa xếp loại",
        "Tỷ lệ đã xếp loại (%)",
        "Tốt",
        "Tốt (%)",
        "Tốt: tăng, giảm (điểm %)",
    ];
    assert_eq!(headings, expected.map(text));
    let total = 4 + 8;
    let row: Vec<_> = (0..12).map(|column| cell(total, column)).collect();
    let number = Data::Float;
    assert_eq!(
        row,
        [
            text("Tổng cộng"),
            text("34"),
            number(5.0),
            number(4.0),
            number(1.0),
            number(80.0),
            number(1.0),
            number(25.0),
            number(-25.0),
            number(2.0),
            number(50.0),
            number(0.0)
        ]
    );
    assert_eq!(sheet.height(), 13, "nothing below the total");
    let english = get(&cast, "format=xlsx", "en");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(english.bytes)).expect("a workbook");
    let sheet = book.worksheet_range("2011").unwrap();
    assert_eq!(sheet.get_value((1, 0)), Some(&text("Boundaries: of the period itself (map of 2011-12-31)")));
}

#[test]
fn tables_are_live_and_keep_their_tag_as_json_does() {
    let cast = cast();
    for format in ["csv", "xlsx"] {
        let ask = |etag: &str| {
            let path = format!("/v1/units/{}/rating_distribution?year=2011&format={format}", cast.thai_binh);
            cast.world.client.get(&path).by(&cast.officer.token).header("if-none-match", etag).send()
        };
        let first = ask("\"-\"").expect(200);
        ask(&first.etag()).expect(304);
        cast.register(&format!("TB-{format}"), cast.communes[0], "2005-01-01", "standalone");
        let second = ask(&first.etag()).expect(200);
        assert_ne!(second.bytes, first.bytes, "{format}");
    }
}

#[test]
fn a_text_that_looks_like_a_formula_is_not_run_by_a_spreadsheet() {
    // A unit's name as no map has it; the table is written as the server writes it.
    let row = |name: &'static str| Row {
        key: RowKey { code: Some("-1".into()), unit_id: None, label: Label::fixed(name, name) },
        base: 1,
        rated: 1,
        not_rated: 0,
        coverage_percent: Some(Tenths(1000)),
        ranks: vec![RankCount {
            rank: Rank::Tot,
            label: Label::fixed("Tốt", "Good"),
            count: 1,
            percent: Tenths(1000),
            change_points: Some(Tenths(-5)),
        }],
    };
    let distribution = |rows: Vec<Row>| Distribution {
        unit_id: None,
        unit_name: Label::fixed("Cả nước", "The nation"),
        year: 2018,
        compare_year: Some(2017),
        subject: Subject::Centre,
        by: Breakdown::Unit,
        boundaries: "as_was".into(),
        map_date: "2018-12-31".parse().unwrap(),
        map_known_from: None,
        restated_by: None,
        total: row("Cả nước"),
        rows,
    };
    let names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "Xã =1"];
    let csv = htcd_api::export::csv(
        &htcd_api::v1::distribution_table::table(&distribution(names.into_iter().map(row).collect()), Language::Vi),
        false,
    )
    .unwrap();
    let text = String::from_utf8(csv).unwrap();
    let mut table = cells_of(&text);
    let heading = table.remove(0);
    assert_eq!(heading.len(), table[0].len());
    let cells: Vec<_> = table.iter().take(names.len()).map(|line| line[0].as_str()).collect();
    assert_eq!(cells, ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", "Xã =1"]);
    assert!(table.iter().all(|line| line[1] == "'-1"), "codes are texts as well");
    assert!(table.iter().all(|line| line[8] == "-0.5"), "numbers are not touched");
}

/// The cells of a CSV text, by the standard's own rules.
fn cells_of(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {
                chars.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}
