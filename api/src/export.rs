//! Distributions as tables: CSV and XLSX with real numbers.

use htcd_domain::aggregate::Distribution;
use htcd_domain::scheme::Rank;
use htcd_domain::text::{Label, Language};
use htcd_domain::{Code, Coded};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};

use crate::problem::Refusal;

/// A cell of a table.
enum Cell {
    Text(String),
    Whole(u64),
    Tenths(i64),
    Empty,
}

const UNIT: Label = Label::fixed("Đơn vị", "Unit");
const CODE: Label = Label::fixed("Mã", "Code");
const BASE: Label = Label::fixed("Tổng số trung tâm", "Centres");
const COMMUNES: Label = Label::fixed("Tổng số đơn vị cấp xã", "Communes");
const RATED: Label = Label::fixed("Đã xếp loại", "Rated");
const NOT_RATED: Label = Label::fixed("Chưa xếp loại", "Not rated");
const COVERAGE: Label = Label::fixed("Tỷ lệ đã xếp loại (%)", "Coverage (%)");
const TOTAL: Label = Label::fixed("Tổng cộng", "Total");

fn table(distribution: &Distribution, language: Language) -> (Vec<String>, Vec<Vec<Cell>>) {
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
                Cell::Whole(row.base),
                Cell::Whole(row.rated),
                Cell::Whole(row.not_rated),
                row.coverage_percent.map_or(Cell::Empty, |percent| Cell::Tenths(percent.0)),
            ];
            for count in &row.ranks {
                cells.push(Cell::Whole(count.count));
                cells.push(if row.rated == 0 { Cell::Empty } else { Cell::Tenths(count.percent.0) });
                if compares {
                    cells.push(count.change_points.map_or(Cell::Empty, |change| Cell::Tenths(change.0)));
                }
            }
            cells
        })
        .collect();
    (headings, rows)
}

/// CSV in UTF-8 with CRLF (RFC 4180); numbers with a point. With a byte-order mark if Excel is to open it.
///
/// # Errors
/// `internal` if the writer fails, which memory alone can make it.
pub fn csv(distribution: &Distribution, language: Language, bom: bool) -> Result<Vec<u8>, Refusal> {
    let (headings, rows) = table(distribution, language);
    let mut out = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut out);
    let failed = |_| Refusal::from(Code::Internal);
    writer.write_record(&headings).map_err(failed)?;
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                // A spreadsheet would run a text that begins like a formula.
                Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
                Cell::Text(text) => text.clone(),
                Cell::Whole(number) => number.to_string(),
                Cell::Tenths(tenths) => htcd_domain::aggregate::Tenths(*tenths).to_string(),
                Cell::Empty => String::new(),
            })
            .collect();
        writer.write_record(&cells).map_err(failed)?;
    }
    writer.flush().map_err(|_| Refusal::from(Code::Internal))?;
    drop(writer);
    Ok(out)
}

/// A workbook with one sheet: a title, what was counted, and the table.
///
/// # Errors
/// `internal` if the writer fails.
pub fn xlsx(distribution: &Distribution, language: Language) -> Result<Vec<u8>, Refusal> {
    build(distribution, language).map_err(|error| {
        tracing::error!(%error, "a workbook could not be written");
        Code::Internal.into()
    })
}

fn build(distribution: &Distribution, language: Language) -> Result<Vec<u8>, XlsxError> {
    let (headings, rows) = table(distribution, language);
    let (bold, heading) = (
        Format::new().set_bold(),
        Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter),
    );
    let (tenths, total) = (Format::new().set_num_format("0.0"), Format::new().set_bold());
    let total_tenths = Format::new().set_num_format("0.0").set_bold();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (title, how) = match language {
        Language::Vi => (
            format!("Kết quả xếp loại năm {} - {}", distribution.year, distribution.unit_name.vi),
            format!("Địa giới: {} (bản đồ ngày {})", distribution.boundaries, distribution.map_date.format("%d/%m/%Y")),
        ),
        Language::En => (
            format!("Ratings of {} - {}", distribution.year, distribution.unit_name.en),
            format!("Boundaries: {} (map of {})", distribution.boundaries, distribution.map_date),
        ),
    };
    sheet.set_name(distribution.year.to_string())?;
    sheet.write_with_format(0, 0, title, &bold)?;
    sheet.write(1, 0, how)?;
    let first = 3u32;
    for (column, text) in (0u16..).zip(&headings) {
        sheet.write_with_format(first, column, text, &heading)?;
        sheet.set_column_width(column, if column == 0 { 34.0 } else { 13.0 })?;
    }
    let last = rows.len();
    for (line, row) in (first + 1..).zip(&rows) {
        let is_total = (line - first) as usize == last;
        let (plain_format, tenths_format) = if is_total { (&total, &total_tenths) } else { (&Format::default(), &tenths) };
        for (column, cell) in (0u16..).zip(row) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(line, column, text, plain_format)?,
                Cell::Whole(number) => sheet.write_number_with_format(line, column, *number as f64, plain_format)?,
                Cell::Tenths(value) => sheet.write_number_with_format(line, column, *value as f64 / 10.0, tenths_format)?,
                Cell::Empty => sheet,
            };
        }
    }
    sheet.set_freeze_panes(first + 1, 1)?;
    book.save_to_buffer()
}
