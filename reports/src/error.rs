//! What can be wrong with a paper or a chart.

/// Why a paper or a chart cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A field that stands on a line of its own is too long to be one.
    #[error("{field} has {length} characters, at most {most} fit")]
    TooLong {
        /// The field.
        field: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// A table has no columns, or too many for a page.
    #[error("table {table} has {columns} columns, a page holds 1 to {most}")]
    Columns {
        /// Which table, counted from 1.
        table: usize,
        /// How many columns it has.
        columns: usize,
        /// How many fit.
        most: usize,
    },
    /// A row has more cells than its table has columns.
    #[error("row {row} of table {table} has {cells} cells for {columns} columns")]
    Cells {
        /// Which table, counted from 1.
        table: usize,
        /// Which row, counted from 1.
        row: usize,
        /// How many cells it has.
        cells: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// The head of a table would fill more than half a page, and is repeated on each.
    #[error("the head of table {table} is higher than half a page")]
    Head {
        /// Which table, counted from 1.
        table: usize,
    },
    /// A chart has too many categories or series to be read.
    #[error("a chart with {count} {what} cannot be read, at most {most} can")]
    Crowded {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many can be shown.
        most: usize,
    },
    /// A series has another number of values than there are categories.
    #[error("series {series} has {values} values for {categories} categories")]
    Values {
        /// Which series, counted from 1.
        series: usize,
        /// How many values it has.
        values: usize,
        /// How many categories there are.
        categories: usize,
    },
    /// A value is no number that the chart can show: not finite, too large, or negative in a stack.
    #[error("value {value} of series {series} cannot be shown")]
    Value {
        /// Which series, counted from 1.
        series: usize,
        /// Which value, counted from 1.
        value: usize,
    },
    /// A library could not write the file.
    #[error("the {format} could not be written: {reason}")]
    Format {
        /// `docx`, `pdf` or `xlsx`.
        format: &'static str,
        /// What the library says.
        reason: String,
    },
}

/// What writing a paper or a chart gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;
