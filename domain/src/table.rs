//! Tables that people send: CSV in UTF-8 with a heading. Read whole; each fault names its row and column, the heading
//! being row 1.

use std::collections::BTreeMap;

use crate::problem::{Fault, Place};
use crate::text::{Label, is_plain};

coded! {
    /// What separates the cells of a table.
    pub enum Delimiter in "delimiter" {
        /// `,`
        Comma = "comma" ("dấu phẩy", "comma"),
        /// `;`, as Excel writes in Vietnamese settings.
        Semicolon = "semicolon" ("dấu chấm phẩy", "semicolon"),
        /// A tab.
        Tab = "tab" ("tab", "tab"),
    }
}

impl Delimiter {
    /// The byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// A fault in a table.
pub fn table_fault(row: usize, column: &str, rule: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault { place: Place::Table, pointer: format!("{row},{column}"), rule, detail: Label::new(vi, en) }
}

/// Faults in the order of the rows that they lie in.
pub fn in_order(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by_key(|fault| fault.pointer.split(',').next().and_then(|row| row.parse::<usize>().ok()));
    faults
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct TableRow {
    /// Which row of the file it is.
    pub row: usize,
    cells: BTreeMap<String, String>,
}

impl TableRow {
    /// What stands in a column; `None` for an empty cell or a column that is not there.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }

    /// A fault in this row.
    pub fn fault(&self, column: &str, rule: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Fault {
        table_fault(self.row, column, rule, vi, en)
    }
}

/// The rows of a table as a spreadsheet counts them, without the empty ones, which the reader passes over.
fn filled_rows(data: &[u8]) -> Vec<usize> {
    let (mut rows, mut row, mut is_quoted, mut is_empty) = (Vec::new(), 1, false, true);
    for byte in data {
        match byte {
            b'\n' if !is_quoted => {
                rows.extend((!is_empty).then_some(row));
                (row, is_empty) = (row + 1, true);
            }
            b'\r' => {}
            _ => {
                is_quoted ^= *byte == b'"';
                is_empty = false;
            }
        }
    }
    rows.extend((!is_empty).then_some(row));
    rows
}

/// A table as it was read: the rows that can be, and what is wrong with any of them.
pub type Read = (Vec<TableRow>, Vec<Fault>);

/// Reads a table with some of these columns and at least one out of each group of `needed`, of at most `most` rows.
/// Faults of rows come beside them, so that whoever checks the rows can name all that is wrong at once.
///
/// # Errors
/// A file without such a heading.
pub fn read(data: &[u8], delimiter: Delimiter, columns: &[&str], needed: &[&[&str]], most: usize) -> Result<Read, Vec<Fault>> {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter.byte()).trim(csv::Trim::All).from_reader(data);
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(str::to_owned).collect(),
        Err(_) => {
            return Err(vec![table_fault(1, "-", "utf8_csv", "Tệp phải là CSV mã UTF-8.", "The file must be CSV in UTF-8.")]);
        }
    };
    let mut faults = heading_faults(&headers, columns, needed);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut table = Vec::new();
    let rows = filled_rows(data);
    for (place, record) in reader.records().enumerate() {
        let row = rows.get(place + 1).copied().unwrap_or(place + 2);
        if place == most {
            let (vi, en) = (format!("Nhiều nhất {most} dòng một lần."), format!("At most {most} rows at once."));
            faults.push(table_fault(row, "-", "too_many_rows", vi, en));
            break;
        }
        let Ok(record) = record else {
            faults.push(table_fault(
                row,
                "-",
                "row_shape",
                "Dòng không đọc được: sai số cột hoặc không phải UTF-8.",
                "The row cannot be read: wrong number of columns, or not UTF-8.",
            ));
            continue;
        };
        let filled = headers.iter().zip(record.iter()).filter(|(_, text)| !text.is_empty());
        let cells: BTreeMap<String, String> = filled.map(|(column, text)| (column.clone(), text.to_owned())).collect();
        for (column, _) in cells.iter().filter(|(_, text)| !is_plain(text) || text.chars().count() > 200) {
            faults.push(table_fault(
                row,
                column,
                "text",
                "Ô có ký tự điều khiển hoặc dài quá 200 ký tự.",
                "The cell holds control characters or more than 200 characters.",
            ));
        }
        table.push(TableRow { row, cells });
    }
    if table.is_empty() && faults.is_empty() {
        faults.push(table_fault(2, "-", "no_rows", "Tệp không có dòng nào.", "The file has no rows."));
    }
    Ok((table, faults))
}

fn heading_faults(headers: &[String], columns: &[&str], needed: &[&[&str]]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, header) in headers.iter().enumerate() {
        if !columns.contains(&header.as_str()) {
            faults.push(table_fault(
                1,
                &(place + 1).to_string(),
                "unknown_column",
                format!("Không có cột «{header}»; các cột: {}.", columns.join(", ")),
                format!("There is no column “{header}”; the columns are: {}.", columns.join(", ")),
            ));
        }
        if headers.iter().take(place).any(|other| other == header) {
            faults.push(table_fault(1, header, "column_once", "Cột bị lặp.", "The column stands twice."));
        }
    }
    if !needed.iter().all(|group| headers.iter().any(|header| group.contains(&header.as_str()))) {
        let names = |word: &str| needed.iter().map(|group| group.join(word)).collect::<Vec<_>>().join(", ");
        faults.push(table_fault(
            1,
            "-",
            "columns_needed",
            format!("Cần các cột: {}.", names(" hoặc ")),
            format!("These columns are needed: {}.", names(" or ")),
        ));
    }
    faults
}
