//! Where each line of a paper stands.
//!
//! All lengths are points, from the top left corner of the page.

use super::{Child, Line, Node, Page, Pages, Role, Rule};
use crate::compose::{
    ADDRESSED, BELOW, Composed, INDENT, LEFT_COLUMN, LEFT_WIDTH, MARGINS_MM, MOTTO, NATION, POINTS_PER_MM, Piece, RECEIVED,
    RIGHT_WIDTH, RULE, SEAL, SUBJECT_WIDTH, TEXT_HEIGHT, TEXT_WIDTH, size,
};
use crate::face::Face;
use crate::grid::{ABOVE, Grid, GridRow, LEADING, SIDE};
use crate::paper::{Align, Level};

const TOP: f32 = MARGINS_MM[0] * POINTS_PER_MM;
const LEFT: f32 = MARGINS_MM[3] * POINTS_PER_MM;
const BOTTOM: f32 = TOP + TEXT_HEIGHT;
/// From the left edge of the page to the column at the right of the heading and of the signature.
const RIGHT_COLUMN: f32 = LEFT + LEFT_WIDTH;
/// How thick the drawn lines are.
const THIN: f32 = 0.5;
/// The foot of the letters lies so far below the top of their line.
const ASCENT: f32 = 0.95;

/// A text set in lines that have no place yet.
struct Set {
    lines: Vec<String>,
    face: Face,
    size: f32,
}

impl Set {
    fn new(text: &str, face: Face, size: f32, width: f32) -> Self {
        Self { lines: face.lines(text, size, width, 0.0), face, size }
    }

    fn balanced(text: &str, face: Face, size: f32, width: f32) -> Self {
        Self { lines: face.balanced(text, size, width), face, size }
    }

    fn height(&self) -> f32 {
        self.lines.len() as f32 * self.size * LEADING
    }

    /// How wide its widest line is.
    fn width(&self) -> f32 {
        self.face.widest(&self.lines, self.size)
    }
}

/// The paper as it grows, line by line.
struct Flow {
    pages: Vec<Page>,
    nodes: Vec<Node>,
    y: f32,
}

/// Lays a paper out.
pub(crate) fn lay_out(paper: &Composed) -> Pages {
    let paper_node = Node { role: Role::Paper, children: Vec::new() };
    let mut flow = Flow { pages: vec![Page::default()], nodes: vec![paper_node], y: TOP };
    flow.heading(paper);
    flow.addressees(&paper.addressees);
    flow.pieces(&paper.pieces, closing_height(paper));
    flow.closing(paper);
    flow.page_numbers();
    Pages { pages: flow.pages, nodes: flow.nodes }
}

/// How high the end of a paper is, recipients and signature side by side.
fn closing_height(paper: &Composed) -> f32 {
    let left: f32 = recipients(paper).iter().map(Set::height).sum();
    let right: f32 = signature(paper).iter().map(Set::height).sum::<f32>() + SEAL;
    BELOW + left.max(right)
}

fn recipients(paper: &Composed) -> Vec<Set> {
    if paper.recipients.is_empty() {
        return Vec::new();
    }
    let items = paper.recipients.iter().map(|item| Set::new(&format!("- {item}"), Face::Regular, size::RECIPIENT, LEFT_WIDTH));
    std::iter::once(Set::new(RECEIVED, Face::BoldItalic, size::RECIPIENTS, LEFT_WIDTH)).chain(items).collect()
}

/// Authority, post and name.
fn signature(paper: &Composed) -> Vec<Set> {
    [paper.authority.as_deref(), Some(paper.post.as_str()), paper.signer.as_deref()]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(|text| Set::balanced(text, Face::Bold, size::BODY, RIGHT_WIDTH))
        .collect()
}

/// The lines of a row's cells, and how high it is.
fn row_lines(grid: &Grid, row: &GridRow) -> (Vec<Vec<String>>, f32) {
    let face = if row.is_total { Face::Bold } else { Face::Regular };
    let lines = |(column, (_, text)): (usize, &(_, String))| face.lines(text, grid.size, grid.span(column, 1) - 2.0 * SIDE, 0.0);
    let cells: Vec<Vec<String>> = row.cells.iter().enumerate().map(lines).collect();
    let most = cells.iter().map(Vec::len).max().unwrap_or(1);
    (cells, grid.height(most))
}

fn head_face(level: Level) -> Face {
    match level {
        Level::Part | Level::Clause => Face::Bold,
        Level::Point => Face::Regular,
    }
}

/// The lines of a paragraph, each with whether it ends one and so is not stretched.
fn paragraph_lines(text: &str, face: Face, size: f32) -> Vec<(String, bool)> {
    let mut lines = Vec::new();
    for (part, text) in text.split('\n').enumerate() {
        let set = face.lines(text, size, TEXT_WIDTH, if part == 0 { INDENT } else { 0.0 });
        let count = set.len();
        lines.extend(set.into_iter().enumerate().map(|(place, text)| (text, place + 1 == count)));
    }
    lines
}

/// How much room a heading needs on its page: its own, and that of the first lines that follow it.
fn least_height(pieces: &[Piece], closing: f32) -> f32 {
    let text = |text: &str, face: Face, size: f32, is_last: bool| {
        let (lines, line) = (paragraph_lines(text, face, size).len(), size * LEADING);
        if is_last && lines < 4 {
            lines as f32 * line + BELOW + closing
        } else if lines < 4 {
            lines as f32 * line
        } else {
            2.0 * line
        }
    };
    let mut height = 0.0;
    for (place, piece) in pieces.iter().enumerate() {
        let is_last = place + 1 == pieces.len();
        height += match piece {
            Piece::Heading(level, text) => {
                let lines = head_face(*level).lines(text, size::BODY, TEXT_WIDTH, INDENT).len();
                height += lines as f32 * size::BODY * LEADING + BELOW;
                if is_last {
                    return height + closing;
                }
                continue;
            }
            Piece::Paragraph(words) | Piece::Bullet(words) => text(words, Face::Regular, size::BODY, is_last),
            Piece::Note(words) => text(words, Face::Italic, size::NOTE, is_last),
            Piece::Table(grid) => table_start(grid),
        };
        break;
    }
    height
}

fn table_caption(grid: &Grid) -> Option<Set> {
    grid.caption.as_ref().map(|text| Set::balanced(text, Face::Bold, size::NUMBER, TEXT_WIDTH))
}

/// How high the caption, the head and the first row of a table are, which stand together.
fn table_start(grid: &Grid) -> f32 {
    let first = grid.rows.first().map_or(0.0, |row| row_lines(grid, row).1).min(TEXT_HEIGHT / 3.0);
    table_caption(grid).as_ref().map_or(0.0, Set::height) + 3.0 + grid.head_heights().iter().sum::<f32>() + first
}

impl Flow {
    fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    fn new_page(&mut self) {
        self.pages.push(Page::default());
        self.y = TOP;
    }

    /// A new part of another one.
    fn node(&mut self, parent: usize, role: Role) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node { role, children: Vec::new() });
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.push(Child::Node(node));
        }
        node
    }

    /// A line whose top is at `y`; without a node it is no part of what the paper says.
    fn put(&mut self, node: Option<usize>, (x, y): (f32, f32), face: Face, size: f32, text: &str, stretch: f32) {
        let page = self.pages.len() - 1;
        let Some(on) = self.pages.last_mut() else { return };
        let place = on.lines.len();
        let text = text.to_owned();
        on.lines.push(Line { x, y: y + size * ASCENT, face, size, text, stretch, is_content: node.is_some() });
        if let Some(node) = node.and_then(|node| self.nodes.get_mut(node)) {
            node.children.push(Child::Line(page, place));
        }
    }

    fn rule(&mut self, from: (f32, f32), to: (f32, f32)) {
        if let Some(page) = self.pages.last_mut() {
            page.rules.push(Rule { from, to, width: THIN });
        }
    }

    /// A text in the middle of a column, from `y` on; where it ends.
    fn centred(&mut self, role: Role, set: &Set, (x, width): (f32, f32), mut y: f32) -> f32 {
        let node = self.node(0, role);
        for line in &set.lines {
            let spare = width - set.face.width(line, set.size);
            self.put(Some(node), (x + spare / 2.0, y), set.face, set.size, line, 0.0);
            y += set.size * LEADING;
        }
        y
    }

    fn rule_below(&mut self, (x, width): (f32, f32), length: f32, y: f32) {
        let from = x + (width - length) / 2.0;
        if length > 0.0 {
            self.rule((from, y), (from + length, y));
        }
    }

    /// Issuer and number at the left, nation, place and date at the right, then the kind of paper and its subject.
    fn heading(&mut self, paper: &Composed) {
        let (column, right_column, whole) = ((LEFT, LEFT_COLUMN), (RIGHT_COLUMN, RIGHT_WIDTH), (LEFT, TEXT_WIDTH));
        let nation = Set::new(NATION, Face::Bold, size::NATION, RIGHT_WIDTH);
        let motto = Set::new(MOTTO, Face::Bold, size::MOTTO, RIGHT_WIDTH);
        let mut right = self.centred(Role::Paragraph, &nation, right_column, TOP);
        right = self.centred(Role::Paragraph, &motto, right_column, right) + 3.0;
        self.rule_below(right_column, motto.width(), right);
        let mut left = TOP;
        if let Some(superior) = &paper.superior {
            left = self.centred(Role::Paragraph, &Set::balanced(superior, Face::Regular, size::ISSUER, column.1), column, left);
        }
        let issuer = Set::balanced(&paper.issuer, Face::Bold, size::ISSUER, column.1);
        left = self.centred(Role::Paragraph, &issuer, column, left) + 3.0;
        self.rule_below(column, issuer.width() * RULE, left);
        let below = left.max(right) + 8.0;
        let number = Set::new(&paper.number, Face::Regular, size::NUMBER, column.1);
        let dated = Set::new(&paper.dated, Face::Italic, size::NUMBER, RIGHT_WIDTH);
        let left = self.centred(Role::Paragraph, &number, column, below);
        let right = self.centred(Role::Paragraph, &dated, right_column, below);
        self.y = left.max(right) + 16.0;
        let kind = Set::new(&paper.kind, Face::Bold, size::BODY, TEXT_WIDTH);
        let subject = Set::balanced(&paper.subject, Face::Bold, size::BODY, SUBJECT_WIDTH);
        self.y = self.centred(Role::Title, &kind, whole, self.y);
        if !paper.subject.is_empty() {
            self.y = self.centred(Role::Paragraph, &subject, whole, self.y) + 3.0;
            self.rule_below(whole, subject.width() * RULE, self.y);
        }
        self.y += 16.0;
    }

    fn addressees(&mut self, addressees: &[String]) {
        let (face, size) = (Face::Regular, size::BODY);
        match addressees {
            [] => return,
            [one] => {
                let set = Set::new(&format!("{ADDRESSED} {one}"), face, size, TEXT_WIDTH);
                if set.lines.len() == 1 {
                    self.y = self.centred(Role::Paragraph, &set, (LEFT, TEXT_WIDTH), self.y);
                } else {
                    let indent = INDENT + face.width(ADDRESSED, size) + 4.0;
                    let node = self.node(0, Role::Paragraph);
                    self.put(Some(node), (LEFT + INDENT, self.y), face, size, ADDRESSED, 0.0);
                    let set = Set::new(one, face, size, TEXT_WIDTH - indent);
                    self.lines(node, &set, LEFT + indent);
                }
            }
            several => {
                let node = self.node(0, Role::Paragraph);
                self.lines(node, &Set::new(ADDRESSED, face, size, TEXT_WIDTH), LEFT + 2.0 * INDENT);
                let list = self.node(0, Role::List);
                for item in several {
                    let node = self.node(list, Role::Item);
                    let node = self.node(node, Role::Body);
                    let set = Set::new(&format!("- {item}"), face, size, TEXT_WIDTH - 4.0 * INDENT);
                    self.lines(node, &set, LEFT + 4.0 * INDENT);
                }
            }
        }
        self.y += BELOW * 2.0;
    }

    /// Lines below one another, over as many pages as they take.
    fn lines(&mut self, node: usize, set: &Set, x: f32) {
        let line = set.size * LEADING;
        for text in &set.lines {
            if self.room() < line {
                self.new_page();
            }
            self.put(Some(node), (x, self.y), set.face, set.size, text, 0.0);
            self.y += line;
        }
    }

    /// `closing` is how high the end of the paper is, which must not stand alone on its page.
    fn pieces(&mut self, pieces: &[Piece], closing: f32) {
        let mut list = None;
        for (place, piece) in pieces.iter().enumerate() {
            let follows = if place + 1 == pieces.len() { closing } else { 0.0 };
            if !matches!(piece, Piece::Bullet(_)) {
                list = None;
            }
            match piece {
                Piece::Heading(level, text) => {
                    let rest = pieces.get(place..).unwrap_or_default();
                    if self.y > TOP && self.room() < least_height(rest, closing) {
                        self.new_page();
                    }
                    self.head_line(*level, text);
                }
                Piece::Paragraph(text) => {
                    let node = self.node(0, Role::Paragraph);
                    self.paragraph(node, text, Face::Regular, size::BODY, follows);
                }
                Piece::Note(text) => {
                    let node = self.node(0, Role::Paragraph);
                    self.paragraph(node, text, Face::Italic, size::NOTE, follows);
                }
                Piece::Bullet(text) => {
                    let parent = match list {
                        Some(list) => list,
                        None => self.node(0, Role::List),
                    };
                    list = Some(parent);
                    let item = self.node(parent, Role::Item);
                    let body = self.node(item, Role::Body);
                    self.paragraph(body, text, Face::Regular, size::BODY, follows);
                }
                Piece::Table(grid) => self.table(grid),
            }
        }
    }

    fn head_line(&mut self, level: Level, text: &str) {
        let role = match level {
            Level::Part => Role::Heading(2),
            Level::Clause => Role::Heading(3),
            Level::Point => Role::Heading(4),
        };
        let (face, line) = (head_face(level), size::BODY * LEADING);
        let lines = face.lines(text, size::BODY, TEXT_WIDTH, INDENT);
        let node = self.node(0, role);
        for (place, text) in lines.iter().enumerate() {
            if self.room() < line {
                self.new_page();
            }
            let indent = if place == 0 { INDENT } else { 0.0 };
            self.put(Some(node), (LEFT + indent, self.y), face, size::BODY, text, 0.0);
            self.y += line;
        }
        self.y += BELOW;
    }

    /// A paragraph, set to both margins. No first line stays alone at the foot of a page, no last one at the head.
    fn paragraph(&mut self, node: usize, text: &str, face: Face, size: f32, follows: f32) {
        let line = size * LEADING;
        let lines = paragraph_lines(text, face, size);
        let mut left = lines.len();
        let mut fits = self.fitting(left, line);
        // What follows must not stand alone on the next page: some lines of the paragraph go with it.
        if follows > 0.0 && fits == left && self.room() - left as f32 * line - BELOW < follows && follows < TEXT_HEIGHT / 2.0 {
            fits = if left >= 4 { left - 2 } else { 0 };
        }
        for (place, (text, is_last)) in lines.iter().enumerate() {
            if fits == 0 {
                if self.y > TOP {
                    self.new_page();
                }
                fits = self.fitting(left, line).max(1);
            }
            let indent = if place == 0 { INDENT } else { 0.0 };
            let blanks = text.matches(' ').count();
            let spare = TEXT_WIDTH - indent - face.width(text, size);
            let stretch = if *is_last || blanks == 0 { 0.0 } else { (spare / blanks as f32).max(0.0) };
            self.put(Some(node), (LEFT + indent, self.y), face, size, text, stretch);
            self.y += line;
            (fits, left) = (fits - 1, left - 1);
        }
        self.y += BELOW;
    }

    /// How many of the lines that are left go on this page.
    fn fitting(&self, left: usize, line: f32) -> usize {
        let fits = (self.room() / line + 0.001).floor().max(0.0) as usize;
        if fits >= left {
            left
        } else if fits < 2 {
            0
        } else if left - fits == 1 {
            if fits > 2 { fits - 1 } else { 0 }
        } else {
            fits
        }
    }

    fn table(&mut self, grid: &Grid) {
        let heights = grid.head_heights();
        let head: f32 = heights.iter().sum();
        if self.y > TOP && self.room() < table_start(grid) {
            self.new_page();
        }
        if let Some(caption) = table_caption(grid) {
            let node = self.node(0, Role::Paragraph);
            for text in &caption.lines {
                let line = Set { lines: vec![text.clone()], face: caption.face, size: caption.size };
                self.lines(node, &line, LEFT + (TEXT_WIDTH - line.width()) / 2.0);
            }
            self.y += 3.0;
            // After a caption of many lines.
            if self.room() < head + grid.height(1) {
                self.new_page();
            }
        }
        let table = self.node(0, Role::Table);
        self.table_head(grid, &heights, Some(table));
        let body = self.node(table, Role::TableBody);
        for (place, row) in grid.rows.iter().enumerate() {
            let (cells, height) = row_lines(grid, row);
            // A sum does not stand alone on the next page: it takes the row above it along.
            let sum = grid.rows.get(place + 1).filter(|next| next.is_total).map_or(0.0, |next| row_lines(grid, next).1);
            let takes_along = place > 0 && height + sum < TEXT_HEIGHT / 3.0 && self.room() < height + sum;
            // A row goes to the next page whole; one that no page holds begins here if some lines of it fit.
            if takes_along || self.room() < height && (height <= TEXT_HEIGHT - head || self.room() < grid.height(3)) {
                self.new_page();
                self.table_head(grid, &heights, None);
            }
            self.table_row(grid, row.is_total, &cells, &heights, body);
        }
        self.y += BELOW;
        if let Some(note) = &grid.note {
            let node = self.node(0, Role::Paragraph);
            self.paragraph(node, note, Face::Italic, size::NOTE, 0.0);
        } else {
            self.y += BELOW;
        }
    }

    /// The head of a table; without a table it only repeats what was said.
    fn table_head(&mut self, grid: &Grid, heights: &[f32], table: Option<usize>) {
        let top = self.y;
        let head = table.map(|table| self.node(table, Role::TableHead));
        let rows: Vec<Option<usize>> = (0..grid.head_rows).map(|_| head.map(|head| self.node(head, Role::Row))).collect();
        for cell in &grid.heads {
            let role = Role::HeadCell { columns: cell.columns, rows: cell.rows };
            let node = rows.get(cell.row).copied().flatten().map(|row| self.node(row, role));
            let (x, width) = (LEFT + grid.span(0, cell.column), grid.span(cell.column, cell.columns));
            let y = top + heights.iter().take(cell.row).sum::<f32>();
            let height: f32 = heights.iter().skip(cell.row).take(cell.rows).sum();
            let lines = grid.head_lines(cell);
            let mut at = y + (height - lines.len() as f32 * grid.size * LEADING) / 2.0;
            for line in &lines {
                let spare = width - Face::Bold.width(line, grid.size);
                self.put(node, (x + spare / 2.0, at), Face::Bold, grid.size, line, 0.0);
                at += grid.size * LEADING;
            }
            self.frame((x, y), (x + width, y + height));
        }
        self.y = top + heights.iter().sum::<f32>();
    }

    /// The four sides of a cell.
    fn frame(&mut self, (left, top): (f32, f32), (right, bottom): (f32, f32)) {
        self.rule((left, top), (right, top));
        self.rule((left, bottom), (right, bottom));
        self.rule((left, top), (left, bottom));
        self.rule((right, top), (right, bottom));
    }

    /// A row; one that no page holds goes on below the head on the next page, cut between two lines.
    fn table_row(&mut self, grid: &Grid, is_total: bool, cells: &[Vec<String>], heights: &[f32], body: usize) {
        let face = if is_total { Face::Bold } else { Face::Regular };
        let row = self.node(body, Role::Row);
        let nodes: Vec<usize> = cells.iter().map(|_| self.node(row, Role::Cell)).collect();
        let most = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let line = grid.size * LEADING;
        let mut done = 0;
        while done < most {
            let fits = (((self.room() - 2.0 * ABOVE) / line + 0.001).floor().max(0.0) as usize).min(most - done);
            if fits == 0 {
                // The head takes half a page at most, so that lines fit below it.
                self.new_page();
                self.table_head(grid, heights, None);
                continue;
            }
            let (top, mut x) = (self.y, LEFT);
            let bottom = top + fits as f32 * line + 2.0 * ABOVE;
            for (column, (cell, node)) in cells.iter().zip(&nodes).enumerate() {
                let width = grid.span(column, 1);
                let mut y = top + ABOVE;
                for text in cell.iter().skip(done).take(fits) {
                    let spare = width - face.width(text, grid.size);
                    let at = match grid.aligns.get(column) {
                        Some(Align::Right) => spare - SIDE,
                        Some(Align::Centre) => spare / 2.0,
                        Some(Align::Left) | None => SIDE,
                    };
                    if !text.is_empty() {
                        self.put(Some(*node), (x + at, y), face, grid.size, text, 0.0);
                    }
                    y += line;
                }
                self.frame((x, top), (x + width, bottom));
                x += width;
            }
            self.y = bottom;
            done += fits;
        }
    }

    /// Recipients at the left, signature at the right.
    fn closing(&mut self, paper: &Composed) {
        let (left, right) = (recipients(paper), signature(paper));
        let right_height = right.iter().map(Set::height).sum::<f32>() + SEAL;
        let left_height: f32 = left.iter().map(Set::height).sum();
        self.y += BELOW;
        if self.room() < right_height.max(left_height) && self.y > TOP + BELOW {
            self.new_page();
        }
        let top = self.y;
        let mut y = top;
        let last = right.len().saturating_sub(1);
        for (place, set) in right.iter().enumerate() {
            if place == last && paper.signer.is_some() {
                y += SEAL;
            }
            y = self.centred(Role::Paragraph, set, (RIGHT_COLUMN, RIGHT_WIDTH), y);
        }
        self.y = top;
        let Some((first, items)) = left.split_first() else { return };
        let node = self.node(0, Role::Paragraph);
        self.lines(node, first, LEFT);
        let list = self.node(0, Role::List);
        for item in items {
            let node = self.node(list, Role::Item);
            let node = self.node(node, Role::Body);
            self.lines(node, item, LEFT);
        }
    }

    /// In the middle of the upper margin, from the second page on.
    fn page_numbers(&mut self) {
        for (place, page) in self.pages.iter_mut().enumerate().skip(1) {
            let (text, face, size) = ((place + 1).to_string(), Face::Regular, size::PAGE_NUMBER);
            let x = LEFT + (TEXT_WIDTH - face.width(&text, size)) / 2.0;
            page.lines.push(Line { x, y: TOP - 16.0, face, size, text, stretch: 0.0, is_content: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::compose;
    use crate::paper::{Block, Cell, Column, Paper, Row, Signature, Table};

    const RIGHT: f32 = LEFT + TEXT_WIDTH;

    fn paper(blocks: Vec<Block>) -> Paper {
        Paper {
            superior_body: Some("UBND phường Kim Sơn".to_owned()),
            issuing_body: "Trung tâm học tập cộng đồng".to_owned(),
            number: None,
            symbol: "BC".to_owned(),
            place: "Kim Sơn".to_owned(),
            date: None,
            kind: "Báo cáo".to_owned(),
            subject: "Kết quả".to_owned(),
            addressees: vec!["Phòng Giáo dục".to_owned(); 3],
            blocks,
            recipients: vec!["Như trên".to_owned(); 5],
            signature: Signature {
                authority: Some("TM".to_owned()), post: "Giám đốc".to_owned(), name: Some("An".to_owned())
            },
        }
    }

    fn lay(paper: &Paper) -> Pages {
        lay_out(&compose(paper).expect("a paper"))
    }

    fn table(rows: usize, words: usize) -> Block {
        let row = |place: usize| Row::new(vec![Cell::whole(place as i64), Cell::text("từ ".repeat(words + place % 30))]);
        Block::Table(Table {
            caption: Some("Bảng".to_owned()),
            columns: vec![Column::order("TT").under("Nhóm"), Column::text("Nội dung").under("Nhóm")],
            rows: (0..rows).map(row).collect(),
            note: None,
        })
    }

    /// All text stands within the margins, but for the page number, and no line of a table runs through it.
    fn check(pages: &Pages) {
        for (place, page) in pages.pages.iter().enumerate() {
            for line in &page.lines {
                let (top, bottom) = (line.y - line.size * 0.7, line.y + line.size * 0.25);
                let right =
                    line.x + line.face.width(&line.text, line.size) + line.text.matches(' ').count() as f32 * line.stretch;
                assert!(line.x >= LEFT - 0.1 && right <= RIGHT + 0.1, "page {place}: {line:?}");
                assert!((top >= TOP || line.y < TOP) && bottom <= BOTTOM + 0.1, "page {place}: {line:?}");
                for rule in &page.rules {
                    let crosses = rule.from.1 == rule.to.1
                        && (top..bottom).contains(&rule.from.1)
                        && rule.from.0 < right - 1.0
                        && rule.to.0 > line.x + 1.0;
                    assert!(!crosses, "page {place}: {rule:?} runs through {line:?}");
                }
            }
        }
    }

    #[test]
    fn all_stands_within_the_margins_and_no_row_is_cut_through_a_line() {
        for words in [1, 40, 300] {
            let pages = lay(&paper(vec![Block::part("Một"), table(150, words), Block::paragraph("từ ".repeat(3000))]));
            assert!(pages.pages.len() > 5);
            check(&pages);
        }
        let wide = |length: usize| "W".repeat(length);
        let mut widest = paper(Vec::new());
        (widest.superior_body, widest.issuing_body, widest.subject) = (Some(wide(150)), wide(150), wide(400));
        (widest.number, widest.symbol, widest.place, widest.kind) = (Some(wide(20)), wide(60), wide(100), wide(60));
        widest.signature = Signature { authority: Some(wide(120)), post: wide(120), name: Some(wide(120)) };
        widest.recipients = vec![wide(300); 20];
        check(&lay(&widest));
    }

    #[test]
    fn no_heading_ends_a_page_and_no_signature_stands_alone() {
        for lines in 1..80 {
            let blocks = vec![
                Block::paragraph("dòng\n".repeat(lines) + "cuối"),
                Block::part("Phần"),
                Block::clause("Khoản"),
                Block::paragraph("chữ ".repeat(60)),
            ];
            let pages = lay(&paper(blocks));
            check(&pages);
            for page in &pages.pages {
                let content: Vec<&Line> = page.lines.iter().filter(|line| line.is_content).collect();
                let last = content.last().map(|line| line.text.as_str());
                assert!(!matches!(last, Some("I. Phần" | "1. Khoản")), "{lines} lines");
                assert_ne!(content.first().map(|line| line.text.as_str()), Some("TM"), "{lines} lines");
            }
        }
    }

    #[test]
    fn a_sum_does_not_stand_alone_on_its_page() {
        for lines in 1..60 {
            let mut with_sum = table(4, 1);
            let Block::Table(of) = &mut with_sum else { unreachable!() };
            of.rows.push(Row::total(vec![Cell::Blank, Cell::text("Tổng")]));
            let pages = lay(&paper(vec![Block::paragraph("dòng\n".repeat(lines) + "cuối"), with_sum]));
            check(&pages);
            let page = pages.pages.iter().find(|page| page.lines.iter().any(|line| line.text == "Tổng")).expect("a page");
            assert!(page.lines.iter().any(|line| line.text == "3"), "{lines} lines");
        }
    }

    #[test]
    fn a_table_begins_with_its_caption_its_head_and_a_row() {
        for lines in 1..60 {
            let pages = lay(&paper(vec![Block::paragraph("dòng\n".repeat(lines) + "cuối"), table(3, 3)]));
            let page = pages.pages.iter().find(|page| page.lines.iter().any(|line| line.text == "Bảng")).expect("a page");
            for expected in ["TT", "Nội dung", "0"] {
                assert!(page.lines.iter().any(|line| line.text == expected), "{lines} lines: {expected}");
            }
        }
    }
}
