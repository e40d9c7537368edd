//! A table made ready to be drawn: its head of one or two rows, the words of its cells, how wide its columns are.

use htcd_domain::text::Language;

use crate::compose::{clean, lines};
use crate::error::{Error, Result};
use crate::face::Face;
use crate::number;
use crate::paper::{Align, Cell, Column, Table};

/// More columns than this leave none of them wide enough on a page.
pub(crate) const MOST_COLUMNS: usize = 24;
/// Between a cell's border and its text, left and right, in points.
pub(crate) const SIDE: f32 = 4.0;
/// Between a cell's border and its text, above and below, in points.
pub(crate) const ABOVE: f32 = 2.5;
/// A line of text is so much higher than its letters are big.
pub(crate) const LEADING: f32 = 1.2;

/// A table made ready.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) caption: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) aligns: Vec<Align>,
    pub(crate) heads: Vec<Head>,
    pub(crate) head_rows: usize,
    pub(crate) rows: Vec<GridRow>,
    /// Of each column, in points.
    pub(crate) widths: Vec<f32>,
    /// The size of the letters, in points.
    pub(crate) size: f32,
}

/// A cell of the head.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    pub(crate) text: String,
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) columns: usize,
    pub(crate) rows: usize,
}

/// A row: its cells, as many as there are columns, each with its words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GridRow {
    pub(crate) cells: Vec<(Cell, String)>,
    pub(crate) is_total: bool,
}

/// The words of a cell. Papers are Vietnamese.
fn words(cell: &Cell) -> String {
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(text) => clean(text),
        Cell::Number(number) => number::decimal(Some(*number), Language::Vi),
        Cell::Percent(number) => number::percent(Some(*number), Language::Vi),
        Cell::Money(dong) => number::whole(Some(*dong), Language::Vi),
    }
}

fn heads(columns: &[Column]) -> (Vec<Head>, usize) {
    let groups: Vec<Option<String>> = columns.iter().map(|column| column.group.as_deref().map(clean)).collect();
    let rows = if groups.iter().any(Option::is_some) { 2 } else { 1 };
    let mut heads = Vec::new();
    for (column, group) in groups.iter().enumerate() {
        let text = columns.get(column).map(|column| clean(&column.head)).unwrap_or_default();
        let Some(name) = group else {
            heads.push(Head { text, row: 0, column, columns: 1, rows });
            continue;
        };
        if column == 0 || groups.get(column - 1) != Some(group) {
            let width = groups.iter().skip(column).take_while(|other| *other == group).count();
            heads.push(Head { text: name.clone(), row: 0, column, columns: width, rows: 1 });
        }
        heads.push(Head { text, row: 1, column, columns: 1, rows: 1 });
    }
    heads.sort_by_key(|head| (head.row, head.column));
    (heads, rows)
}

fn longest_word(face: Face, text: &str, size: f32) -> f32 {
    text.split([' ', '\n']).map(|word| face.width(word, size)).fold(0.0, f32::max)
}

/// Shares out the width of the page: by the columns' weights, but each at least as wide as its longest word.
fn widths(weights: &[f32], least: &[f32], total: f32) -> Vec<f32> {
    let needed: f32 = least.iter().sum();
    if needed >= total {
        return least.iter().map(|width| width * total / needed).collect();
    }
    let mut is_fixed = vec![false; weights.len()];
    // Each round fixes at least one column, so that there are at most as many rounds as columns.
    loop {
        let free: f32 = total - least.iter().zip(&is_fixed).filter(|(_, fixed)| **fixed).map(|(width, _)| width).sum::<f32>();
        let weight: f32 = weights.iter().zip(&is_fixed).filter(|(_, fixed)| !**fixed).map(|(weight, _)| weight).sum();
        let share = |place: usize| weights.get(place).copied().unwrap_or(1.0) / weight * free;
        let short: Vec<usize> = (0..weights.len())
            .filter(|place| {
                !is_fixed.get(*place).copied().unwrap_or(true) && share(*place) < least.get(*place).copied().unwrap_or(0.0)
            })
            .collect();
        if short.is_empty() {
            return (0..weights.len())
                .map(
                    |place| {
                        if is_fixed.get(place) == Some(&true) { least.get(place).copied().unwrap_or(0.0) } else { share(place) }
                    },
                )
                .collect();
        }
        for place in short {
            if let Some(fixed) = is_fixed.get_mut(place) {
                *fixed = true;
            }
        }
    }
}

impl Grid {
    /// A table made ready for a page whose text is so wide. `place` counts the paper's tables from 1.
    pub(crate) fn new(table: &Table, place: usize, total: f32, page: f32) -> Result<Self> {
        let columns = table.columns.len();
        if columns == 0 || columns > MOST_COLUMNS {
            return Err(Error::Columns { table: place, columns, most: MOST_COLUMNS });
        }
        let mut rows = Vec::with_capacity(table.rows.len());
        for (at, row) in table.rows.iter().enumerate() {
            if row.cells.len() > columns {
                return Err(Error::Cells { table: place, row: at + 1, cells: row.cells.len(), columns });
            }
            let mut cells: Vec<(Cell, String)> = row.cells.iter().map(|cell| (cell.clone(), words(cell))).collect();
            cells.resize(columns, (Cell::Blank, String::new()));
            rows.push(GridRow { cells, is_total: row.is_total });
        }
        let caption = table.caption.as_deref().map(|text| lines("caption", text, 1000)).transpose()?;
        let (heads, head_rows) = heads(&table.columns);
        let size = if columns > 9 { 10.0 } else { 12.0 };
        let mut least: Vec<f32> = vec![size; columns];
        let mut need = |column: usize, width: f32| {
            if let Some(least) = least.get_mut(column) {
                // One absurd word must not squeeze all other columns.
                *least = least.max((width + 2.0 * SIDE + 0.5).min(total * 0.4));
            }
        };
        for head in heads.iter().filter(|head| head.columns == 1) {
            need(head.column, longest_word(Face::Bold, &head.text, size));
        }
        for row in &rows {
            let face = if row.is_total { Face::Bold } else { Face::Regular };
            for (column, (_, text)) in row.cells.iter().enumerate() {
                need(column, longest_word(face, text, size));
            }
        }
        let weights: Vec<f32> = table.columns.iter().map(|column| f32::from(column.width.max(1))).collect();
        let grid = Self {
            caption: caption.filter(|text| !text.is_empty()),
            note: table.note.as_deref().map(clean).filter(|text| !text.is_empty()),
            aligns: table.columns.iter().map(|column| column.align).collect(),
            heads,
            head_rows,
            rows,
            widths: widths(&weights, &least, total),
            size,
        };
        if grid.head_heights().iter().sum::<f32>() > page / 2.0 {
            return Err(Error::Head { table: place });
        }
        Ok(grid)
    }

    /// How wide some neighbouring columns are together.
    pub(crate) fn span(&self, column: usize, columns: usize) -> f32 {
        self.widths.iter().skip(column).take(columns).sum()
    }

    /// How high a cell with these lines is.
    pub(crate) fn height(&self, lines: usize) -> f32 {
        lines.max(1) as f32 * self.size * LEADING + 2.0 * ABOVE
    }

    /// The lines of a cell of the head.
    pub(crate) fn head_lines(&self, head: &Head) -> Vec<String> {
        Face::Bold.lines(&head.text, self.size, self.span(head.column, head.columns) - 2.0 * SIDE, 0.0)
    }

    /// How high the rows of the head are.
    pub(crate) fn head_heights(&self) -> Vec<f32> {
        let mut heights = vec![self.height(1); self.head_rows];
        for head in &self.heads {
            let height = self.height(self.head_lines(head).len());
            if head.rows == 1
                && let Some(row) = heights.get_mut(head.row)
            {
                *row = row.max(height);
            }
        }
        // What stretches over both rows makes the lower one higher where it must.
        for head in self.heads.iter().filter(|head| head.rows > 1) {
            let height = self.height(self.head_lines(head).len());
            let above: f32 = heights.iter().rev().skip(1).sum();
            if let Some(last) = heights.last_mut() {
                *last = last.max(height - above);
            }
        }
        heights
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::Row;

    #[test]
    fn neighbours_with_one_group_share_a_head() {
        let columns = [
            Column::order("TT"),
            Column::text("Nội dung"),
            Column::number("Số lớp"),
            Column::number("Tổng số").under("Số lượt người"),
            Column::number("Nữ").under("Số lượt người"),
        ];
        let (heads, rows) = heads(&columns);
        assert_eq!(rows, 2);
        let shape: Vec<_> =
            heads.iter().map(|head| (head.text.as_str(), head.row, head.column, head.columns, head.rows)).collect();
        assert_eq!(
            shape,
            [
                ("TT", 0, 0, 1, 2),
                ("Nội dung", 0, 1, 1, 2),
                ("Số lớp", 0, 2, 1, 2),
                ("Số lượt người", 0, 3, 2, 1),
                ("Tổng số", 1, 3, 1, 1),
                ("Nữ", 1, 4, 1, 1)
            ]
        );
    }

    #[test]
    fn the_columns_fill_the_page_and_hold_their_longest_word() {
        let shared = widths(&[1.0, 1.0, 8.0], &[30.0, 10.0, 20.0], 100.0);
        assert!((shared.iter().sum::<f32>() - 100.0).abs() < 0.01);
        assert!((shared[0] - 30.0).abs() < 0.01 && shared[1] >= 10.0 - 0.01 && shared[2] >= 20.0);
        let crowded = widths(&[1.0, 1.0], &[300.0, 100.0], 100.0);
        assert_eq!(crowded, [75.0, 25.0]);
    }

    #[test]
    fn a_table_that_no_page_holds_is_refused() {
        let table = |columns: usize, cells: usize| Table {
            caption: None,
            columns: vec![Column::number("Số"); columns],
            rows: vec![Row::new(vec![Cell::Blank; cells])],
            note: None,
        };
        let new = |table: &Table| Grid::new(table, 1, 467.0, 728.0);
        assert_eq!(new(&table(0, 0)), Err(Error::Columns { table: 1, columns: 0, most: MOST_COLUMNS }));
        assert!(matches!(new(&table(25, 0)), Err(Error::Columns { .. })));
        assert_eq!(new(&table(2, 3)), Err(Error::Cells { table: 1, row: 1, cells: 3, columns: 2 }));
        assert!(new(&table(24, 1)).is_ok());
        let mut high = table(2, 1);
        high.columns[0].head = "dài ".repeat(1000);
        assert_eq!(new(&high), Err(Error::Head { table: 1 }));
    }
}
