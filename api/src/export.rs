//! Figures as tables: CSV and XLSX with real numbers.

use htcd_domain::Code;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};

use crate::problem::Refusal;

/// A cell of a table.
pub enum Cell {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with one decimal place, as whole tenths.
    Tenths(i64),
    /// Nothing: blank, which is not zero.
    Empty,
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Whole)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Whole(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A table as people read it; its last row is the total.
pub struct Table {
    /// The name of the sheet.
    pub sheet: String,
    /// What it shows.
    pub title: String,
    /// How it was counted.
    pub about: String,
    /// The columns.
    pub headings: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// CSV in UTF-8 with CRLF (RFC 4180); numbers with a point. With a byte-order mark if Excel is to open it.
///
/// # Errors
/// `internal` if the writer fails, which memory alone can make it.
pub fn csv(table: &Table, bom: bool) -> Result<Vec<u8>, Refusal> {
    let mut out = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut out);
    let failed = |_| Refusal::from(Code::Internal);
    writer.write_record(&table.headings).map_err(failed)?;
    for row in &table.rows {
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
pub fn xlsx(table: &Table) -> Result<Vec<u8>, Refusal> {
    build(table).map_err(|error| {
        tracing::error!(%error, "a workbook could not be written");
        Code::Internal.into()
    })
}

fn build(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let (bold, heading) = (
        Format::new().set_bold(),
        Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter),
    );
    let (tenths, total) = (Format::new().set_num_format("0.0"), Format::new().set_bold());
    let total_tenths = Format::new().set_num_format("0.0").set_bold();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(&table.sheet)?;
    sheet.write_with_format(0, 0, &table.title, &bold)?;
    sheet.write(1, 0, &table.about)?;
    let first = 3u32;
    for (column, text) in (0u16..).zip(&table.headings) {
        sheet.write_with_format(first, column, text, &heading)?;
        sheet.set_column_width(column, if column == 0 { 34.0 } else { 13.0 })?;
    }
    let last = table.rows.len();
    for (line, row) in (first + 1..).zip(&table.rows) {
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
