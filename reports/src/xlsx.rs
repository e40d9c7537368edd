//! A paper as XLSX: each table on a sheet of its own under the lines of the heading, with true numbers, and a last sheet
//! with what the paper says beside its tables.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use chrono::Datelike;

use crate::compose::{ADDRESSED, Composed, MOTTO, NATION, Piece, RECEIVED, compose};
use crate::error::{Error, Result};
use crate::grid::Grid;
use crate::number::Decimal;
use crate::paper::{Align, Cell, Level, Paper};

const FONT: &str = "Times New Roman";
/// The sheet of a paper's words.
const WORDS: &str = "Nội dung";
/// A4 in the file's list of papers.
const A4: u8 = 9;
/// A sheet has this many rows; a longer table does not fit.
const MOST_ROWS: usize = 1_048_000;
/// A cell holds this many characters.
const MOST_CHARACTERS: usize = 32_767;

/// A paper as XLSX.
///
/// Numbers have the format `#,##0`, marked as Vietnamese: it shows `6.778` wherever the program's or the format's
/// language decides. A text is stored as a text, whatever it begins with, and stays one when its cell is edited.
///
/// # Errors
/// A text too long for its line or for a cell, a table that no page or sheet holds, a fault in the library.
pub fn xlsx(paper: &Paper) -> Result<Vec<u8>> {
    let paper = compose(paper)?;
    write(&paper).map_err(|error| Error::Format { format: "xlsx", reason: error.to_string() })
}

fn write(paper: &Composed) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The date of the paper, or a fixed one: the day of writing would change the bytes.
    let (year, month, day) = paper.date.map_or((2000, 1, 1), |date| (date.year(), date.month() as u8, date.day() as u8));
    let created = ExcelDateTime::from_ymd(u16::try_from(year).unwrap_or(2000), month, day)
        .or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
    let issuer = paper.issuer.replace('\n', " ");
    book.set_properties(&DocProperties::new().set_title(paper.title()).set_author(issuer).set_creation_datetime(&created));
    let grids: Vec<&Grid> =
        paper.pieces.iter().filter_map(|piece| if let Piece::Table(grid) = piece { Some(grid) } else { None }).collect();
    for (place, grid) in grids.iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(format!("Bảng {}", place + 1))?;
        table(sheet, paper, grid)?;
    }
    words(book.add_worksheet(), paper)?;
    book.save_to_buffer()
}

fn plain(size: f64) -> Format {
    Format::new().set_font_name(FONT).set_font_size(size)
}

/// A text, safe to edit: what begins like a formula is marked as a text.
fn text(sheet: &mut Worksheet, row: u32, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
    if text.is_empty() {
        sheet.write_blank(row, column, format)?;
    } else if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        sheet.write_string_with_format(row, column, text, &format.clone().set_quote_prefix())?;
    } else {
        sheet.write_string_with_format(row, column, text, format)?;
    }
    Ok(())
}

fn page(sheet: &mut Worksheet) {
    // Of any length, but never wider than a page.
    sheet.set_paper_size(A4).set_print_fit_to_pages(1, 0).set_margins(1.18, 0.6, 0.79, 0.79, 0.3, 0.3);
}

/// The lines above a table or the words; the next free row.
fn heading(sheet: &mut Worksheet, paper: &Composed, width: u16) -> Result<u32, XlsxError> {
    let (bold, usual, italic) = (plain(12.0).set_bold(), plain(12.0), plain(12.0).set_italic());
    let title = plain(14.0).set_bold();
    let one_line = |text: &str| text.replace('\n', " ");
    // Nation, place and date stand at the right, but a narrow table has no right half.
    let right = if width > 2 { width / 2 } else { width };
    let lines = [
        (paper.superior.clone().unwrap_or_default(), &usual, NATION.to_owned(), &bold),
        (one_line(&paper.issuer), &bold, MOTTO.to_owned(), &bold),
        (paper.number.clone(), &usual, paper.dated.clone(), &italic),
    ];
    for (row, (at_left, left_format, at_right, right_format)) in (0u32..).zip(lines) {
        text(sheet, row, 0, &one_line(&at_left), left_format)?;
        text(sheet, row, right, &at_right, right_format)?;
    }
    text(sheet, 4, 0, &paper.kind.replace('\n', " "), &title)?;
    text(sheet, 5, 0, &one_line(&paper.subject), &bold)?;
    Ok(7)
}

/// The format of numbers with so many decimals.
fn number_format(places: u8, unit: &str) -> String {
    let decimals = if places == 0 { String::new() } else { format!(".{}", "0".repeat(usize::from(places).min(15))) };
    // 42A is Vietnamese.
    format!("[$-42A]#,##0{decimals}{unit}")
}

fn table(sheet: &mut Worksheet, paper: &Composed, grid: &Grid) -> Result<(), XlsxError> {
    if grid.rows.len() > MOST_ROWS {
        return Err(XlsxError::ParameterError(format!("{} rows do not fit on a sheet", grid.rows.len())));
    }
    page(sheet);
    let columns = u16::try_from(grid.widths.len()).unwrap_or(u16::MAX);
    let mut row = heading(sheet, paper, columns)?;
    if let Some(caption) = &grid.caption {
        text(sheet, row, 0, &caption.replace('\n', " "), &plain(12.0).set_bold())?;
        row += 1;
    }
    for (column, width) in (0u16..).zip(&grid.widths) {
        // A digit of the standard font is about 5.3 points wide.
        sheet.set_column_width(column, f64::from(*width / 5.3).max(5.0))?;
    }
    let head = plain(12.0)
        .set_bold()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    for cell in &grid.heads {
        let (top, left) = (row + cell.row as u32, cell.column as u16);
        let (bottom, right) = (top + cell.rows as u32 - 1, left + cell.columns as u16 - 1);
        if cell.rows > 1 || cell.columns > 1 {
            sheet.merge_range(top, left, bottom, right, "", &head)?;
        }
        text(sheet, top, left, &cell.text, &head)?;
    }
    for (at, height) in (row..).zip(grid.head_heights()) {
        sheet.set_row_height(at, f64::from(height + 4.0))?;
    }
    let first = row + grid.head_rows as u32;
    sheet.set_repeat_rows(row, first - 1)?;
    sheet.set_freeze_panes(first, 0)?;
    for (at, line) in (first..).zip(&grid.rows) {
        let mut usual = plain(12.0).set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        if line.is_total {
            usual = usual.set_bold();
        }
        for (column, (cell, words)) in (0u16..).zip(&line.cells) {
            let aligned = match grid.aligns.get(usize::from(column)) {
                Some(Align::Right) => usual.clone().set_align(FormatAlign::Right),
                Some(Align::Centre) => usual.clone().set_align(FormatAlign::Center),
                Some(Align::Left) | None => usual.clone().set_align(FormatAlign::Left),
            };
            let numeric = |places: u8, unit: &str| aligned.clone().set_num_format(number_format(places, unit));
            match cell {
                Cell::Blank => {
                    sheet.write_blank(at, column, &aligned)?;
                }
                Cell::Text(_) => text(sheet, at, column, words, &aligned.set_text_wrap())?,
                Cell::Number(number) => {
                    sheet.write_number_with_format(at, column, number.to_f64(), &numeric(number.places, ""))?;
                }
                Cell::Percent(number) => {
                    let share = Decimal::new(number.digits, number.places.saturating_add(2));
                    sheet.write_number_with_format(at, column, share.to_f64(), &numeric(number.places, "%"))?;
                }
                Cell::Money(dong) => {
                    sheet.write_number_with_format(at, column, Decimal::whole(*dong).to_f64(), &numeric(0, ""))?;
                }
            }
        }
    }
    if let Some(note) = &grid.note {
        let below = first + grid.rows.len() as u32 + 1;
        text(sheet, below, 0, &note.replace('\n', " "), &plain(11.0).set_italic())?;
    }
    Ok(())
}

/// What the paper says, line by line; where a table stands, its sheet is named.
fn words(sheet: &mut Worksheet, paper: &Composed) -> Result<(), XlsxError> {
    sheet.set_name(WORDS)?;
    page(sheet);
    sheet.set_column_width(0, 60.0)?;
    sheet.set_column_width(1, 48.0)?;
    let mut row = heading(sheet, paper, 1)?;
    let usual = plain(12.0).set_text_wrap().set_align(FormatAlign::Top);
    let mut put = |words: &str, format: &Format| -> Result<(), XlsxError> {
        if words.chars().count() > MOST_CHARACTERS {
            return Err(XlsxError::MaxStringLengthExceeded);
        }
        if words.is_empty() {
            return Ok(());
        }
        // A merged cell does not grow with its text; the height is what its lines take.
        let lines = crate::face::Face::Regular.lines(words, 12.0, 560.0, 0.0).len();
        sheet.merge_range(row, 0, row, 1, "", format)?;
        text(sheet, row, 0, words, format)?;
        sheet.set_row_height(row, (lines as f64 * 15.75 + 1.5).min(409.0))?;
        row += 1;
        Ok(())
    };
    if !paper.addressees.is_empty() {
        put(ADDRESSED, &usual)?;
        for item in &paper.addressees {
            put(&format!("- {item}"), &usual)?;
        }
    }
    let mut place = 0;
    for piece in &paper.pieces {
        match piece {
            Piece::Heading(Level::Part | Level::Clause, words) => put(words, &usual.clone().set_bold())?,
            Piece::Heading(Level::Point, words) | Piece::Paragraph(words) | Piece::Bullet(words) => put(words, &usual)?,
            Piece::Note(words) => put(words, &usual.clone().set_italic())?,
            Piece::Table(grid) => {
                place += 1;
                let caption = grid.caption.as_deref().map(|caption| format!(": {caption}")).unwrap_or_default();
                put(&format!("(Bảng {place}{caption})"), &usual.clone().set_italic())?;
            }
        }
    }
    for words in paper.authority.iter().chain([&paper.post]).chain(&paper.signer) {
        put(&words.replace('\n', " "), &usual.clone().set_bold())?;
    }
    if !paper.recipients.is_empty() {
        put(RECEIVED, &usual.clone().set_bold().set_italic())?;
        for item in &paper.recipients {
            put(&format!("- {item}"), &usual)?;
        }
    }
    Ok(())
}
