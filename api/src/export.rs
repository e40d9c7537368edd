//! Figures as people take them along: JSON, tables as CSV and XLSX with real numbers, charts as SVG.

use chrono::{DateTime, Utc};
use htcd_domain::points::Points;
use htcd_domain::text::{Label, Language};
use htcd_domain::{Code, Fault, Problem};
use htcd_reports::chart::Chart;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::problem::Refusal;

/// How an aggregate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableFormat {
    /// JSON.
    Json,
    /// Comma-separated values.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// A chart.
    Svg,
}

/// The media type of Excel workbooks.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The media type of CSV.
pub const CSV: &str = "text/csv; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// How figures are to be written: the format, the language of everything but JSON, and a byte-order mark before CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Writing {
    format: TableFormat,
    language: Language,
    bom: bool,
}

impl Writing {
    /// As it was asked for.
    pub fn new(format: Option<TableFormat>, bom: Option<bool>, language: Language) -> Self {
        let format = format.unwrap_or(TableFormat::Json);
        // JSON has its labels in both languages.
        let language = if format == TableFormat::Json { Language::Vi } else { language };
        Self { format, language, bom: bom.unwrap_or(false) }
    }

    /// Writes figures; `name` is that of the file without its ending.
    ///
    /// # Errors
    /// `invalid_parameter` for a chart that nobody could read.
    pub fn write(
        self,
        name: &str,
        figures: &impl Serialize,
        table: impl FnOnce(Language) -> Table,
        chart: impl FnOnce(Language) -> Chart,
    ) -> Result<Answer, Refusal> {
        let file = |ending: &str| format!("{name}.{ending}");
        Ok(match self.format {
            TableFormat::Json => Answer::json(figures),
            TableFormat::Csv => Answer::bytes(csv(&table(self.language), self.bom)?, CSV).file_name(file("csv")),
            TableFormat::Xlsx => Answer::bytes(xlsx(&table(self.language))?, XLSX).file_name(file("xlsx")),
            TableFormat::Svg => Answer::bytes(svg(&chart(self.language), self.language)?, SVG).file_name(file("svg")),
        })
    }
}

fn svg(chart: &Chart, language: Language) -> Result<Vec<u8>, Refusal> {
    htcd_reports::chart::svg(chart, language).map(String::into_bytes).map_err(|error| match error {
        htcd_reports::Error::Crowded { count, most, .. } => {
            let fault = Fault::query(
                "format",
                "chart_fits",
                Label::new(
                    format!("Biểu đồ sẽ có {count} dòng, nhiều nhất {most} dòng mới đọc được; chọn cách phân tổ khác hoặc dùng csv, xlsx."),
                    format!("The chart would have {count} rows, and at most {most} can be read; break it down otherwise, or take csv or xlsx."),
                ),
            );
            Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into()
        }
        error => {
            tracing::error!(%error, "a chart could not be drawn");
            Code::Internal.into()
        }
    })
}

/// A cell of a table.
pub enum Cell {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with one decimal place, as whole tenths.
    Tenths(i64),
    /// A number with up to two decimal places.
    Points(Points),
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
                Cell::Points(points) => points.to_string(),
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
fn xlsx(table: &Table) -> Result<Vec<u8>, Refusal> {
    let mut book = Workbook::new();
    written(add_sheet(&mut book, table, true).and_then(|()| book.save_to_buffer()))
}

/// A workbook with a sheet for each table, that of the first with its total in the last row. It is dated to a moment, so that
/// the same tables give the same bytes.
///
/// # Errors
/// `internal` if the writer fails.
pub fn workbook(title: &str, tables: &[Table], dated: DateTime<Utc>) -> Result<Vec<u8>, Refusal> {
    let build = || -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let created = ExcelDateTime::from_timestamp(dated.timestamp())?;
        book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
        for (place, table) in tables.iter().enumerate() {
            add_sheet(&mut book, table, place == 0)?;
        }
        book.save_to_buffer()
    };
    written(build())
}

fn written(made: Result<Vec<u8>, XlsxError>) -> Result<Vec<u8>, Refusal> {
    made.map_err(|error| {
        tracing::error!(%error, "a workbook could not be written");
        Code::Internal.into()
    })
}

fn add_sheet(book: &mut Workbook, table: &Table, has_total: bool) -> Result<(), XlsxError> {
    let (bold, heading) = (
        Format::new().set_bold(),
        Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter),
    );
    let (tenths, total) = (Format::new().set_num_format("0.0"), Format::new().set_bold());
    let total_tenths = Format::new().set_num_format("0.0").set_bold();
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
        let is_total = has_total && (line - first) as usize == last;
        let (plain_format, tenths_format) = if is_total { (&total, &total_tenths) } else { (&Format::default(), &tenths) };
        for (column, cell) in (0u16..).zip(row) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(line, column, text, plain_format)?,
                Cell::Whole(number) => sheet.write_number_with_format(line, column, *number as f64, plain_format)?,
                Cell::Tenths(value) => sheet.write_number_with_format(line, column, *value as f64 / 10.0, tenths_format)?,
                Cell::Points(points) => {
                    sheet.write_number_with_format(line, column, points.hundredths() as f64 / 100.0, plain_format)?
                }
                Cell::Empty => sheet,
            };
        }
    }
    sheet.set_freeze_panes(first + 1, 1)?;
    Ok(())
}
