//! A paper with its texts as the decree has them written, which every format then sets in its own way.

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};
use crate::grid::Grid;
use crate::paper::{Block, Level, Paper};

/// A point, the unit of letters, is a 72nd of an inch.
pub(crate) const POINTS_PER_MM: f32 = 72.0 / 25.4;
/// A4, in millimetres.
pub(crate) const PAGE_MM: (f32, f32) = (210.0, 297.0);
/// The margins: top, right, bottom, left, in millimetres. The decree allows 20-25, 15-20, 20-25, 30-35.
pub(crate) const MARGINS_MM: [f32; 4] = [20.0, 15.0, 20.0, 30.0];
/// How wide the text is, in points.
pub(crate) const TEXT_WIDTH: f32 = (PAGE_MM.0 - MARGINS_MM[1] - MARGINS_MM[3]) * POINTS_PER_MM;
/// How high the text is, in points.
pub(crate) const TEXT_HEIGHT: f32 = (PAGE_MM.1 - MARGINS_MM[0] - MARGINS_MM[2]) * POINTS_PER_MM;
/// The width of the column at the left of the heading and of the signature; the rest is the right one's.
pub(crate) const LEFT_WIDTH: f32 = TEXT_WIDTH * 0.42;
/// The texts in that column keep so far from the right one.
pub(crate) const LEFT_COLUMN: f32 = LEFT_WIDTH - 6.0;
/// The width of the column at the right.
pub(crate) const RIGHT_WIDTH: f32 = TEXT_WIDTH - LEFT_WIDTH;
/// The subject is at most so wide.
pub(crate) const SUBJECT_WIDTH: f32 = TEXT_WIDTH * 0.85;
/// The line below the issuer and the subject, in parts of their width: the decree has a third to a half.
pub(crate) const RULE: f32 = 0.4;
/// The first line of a paragraph begins so far in: 1 cm.
pub(crate) const INDENT: f32 = 10.0 * POINTS_PER_MM;
/// Below a paragraph: the decree's least, 6 points.
pub(crate) const BELOW: f32 = 6.0;
/// The room for a signature and a seal.
pub(crate) const SEAL: f32 = 72.0;

/// What each part is set in, in points; the decree gives a range for each.
pub(crate) mod size {
    pub(crate) const BODY: f32 = 14.0;
    pub(crate) const NATION: f32 = 12.0;
    pub(crate) const MOTTO: f32 = 13.0;
    pub(crate) const ISSUER: f32 = 12.0;
    pub(crate) const NUMBER: f32 = 13.0;
    pub(crate) const RECIPIENTS: f32 = 12.0;
    pub(crate) const RECIPIENT: f32 = 11.0;
    pub(crate) const NOTE: f32 = 12.0;
    pub(crate) const PAGE_NUMBER: f32 = 13.0;
}

/// The national name (Quốc hiệu).
pub(crate) const NATION: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
/// The national motto (Tiêu ngữ).
pub(crate) const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";
/// Before those the paper goes to.
pub(crate) const ADDRESSED: &str = "Kính gửi:";
/// Before those who get a copy.
pub(crate) const RECEIVED: &str = "Nơi nhận:";

/// How many characters a field may have: with these, and with the widest letters, what stands above the first paragraph
/// fits on a page, and so does the signature.
mod most {
    pub(super) const BODY: usize = 150;
    pub(super) const NUMBER: usize = 20;
    pub(super) const SYMBOL: usize = 60;
    pub(super) const PLACE: usize = 100;
    pub(super) const KIND: usize = 60;
    pub(super) const SUBJECT: usize = 400;
    pub(super) const ITEM: usize = 300;
    pub(super) const SIGNATURE: usize = 120;
    pub(super) const HEADING: usize = 1000;
}

/// A paper with its final words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Composed {
    pub(crate) superior: Option<String>,
    pub(crate) issuer: String,
    pub(crate) number: String,
    pub(crate) dated: String,
    pub(crate) date: Option<NaiveDate>,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) addressees: Vec<String>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) recipients: Vec<String>,
    pub(crate) authority: Option<String>,
    pub(crate) post: String,
    pub(crate) signer: Option<String>,
}

/// A piece of a paper with its final words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Heading(Level, String),
    Paragraph(String),
    Bullet(String),
    Note(String),
    Table(Grid),
}

impl Composed {
    /// What the paper is called where there is one line for it.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.kind, self.subject.replace('\n', " ")).trim().to_owned()
    }
}

/// A text as every format takes it: composed letters (NFC), since many fonts set marks beside their letter; no control
/// characters, which XML cannot hold, and none that are invisible and turn or hide what stands beside them; single blanks.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        if !out.is_empty() {
            out.push('\n');
        }
        let mut is_first = true;
        let visible: String = line.nfc().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| is_visible(*c)).collect();
        for word in visible.split(' ').filter(|word| !word.is_empty()) {
            if !is_first {
                out.push(' ');
            }
            out.push_str(word);
            is_first = false;
        }
    }
    out.truncate(out.trim_end_matches('\n').len());
    out
}

fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        && (c as u32) & 0xfffe != 0xfffe
        && !('\u{fdd0}'..='\u{fdef}').contains(&c)
        // Private use means nothing to a reader, and an archive PDF must not hold it.
        && !matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// A text for a field that stands on a line of its own.
fn line(field: &'static str, text: &str, most: usize) -> Result<String> {
    lines(field, &text.replace('\n', " "), most)
}

/// A text for a field whose lines may be chosen, three at most.
pub(crate) fn lines(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = clean(text);
    let text = if text.matches('\n').count() > 2 { text.replace('\n', " ") } else { text };
    let length = text.chars().count();
    if length > most { Err(Error::TooLong { field, length, most }) } else { Ok(text) }
}

fn capital_lines(field: &'static str, text: &str, most: usize) -> Result<String> {
    lines(field, &text.to_uppercase(), most)
}

fn optional(text: Result<String>) -> Result<Option<String>> {
    text.map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// `Kim Sơn, ngày 26 tháng 11 năm 2018`. Days below 10 and the months 1 and 2 get a zero, so that none can be added.
pub(crate) fn dated(place: &str, date: Option<NaiveDate>) -> String {
    let before = if place.is_empty() { String::new() } else { format!("{place}, ") };
    let Some(date) = date else {
        let room = "\u{a0}".repeat(6);
        return format!("{before}ngày{room}tháng{room}năm{room}{room}");
    };
    let (day, month) = (date.day(), date.month());
    let month = if month < 3 { format!("0{month}") } else { month.to_string() };
    format!("{before}ngày {day:02} tháng {month} năm {}", date.year())
}

/// `Số: 10/BC-TTHTCĐ`. A number below 10 gets a zero.
fn numbered(number: Option<&str>, symbol: &str) -> String {
    let number = match number {
        None | Some("") => "\u{a0}".repeat(8),
        Some(digit) if digit.len() == 1 && digit.chars().all(|c| c.is_ascii_digit()) => format!("0{digit}"),
        Some(number) => number.to_owned(),
    };
    if symbol.is_empty() { format!("Số: {number}") } else { format!("Số: {number}/{symbol}") }
}

/// The items of a list with the semicolons and the full stop that end them.
fn listed(field: &'static str, items: &[String]) -> Result<Vec<String>> {
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        let text = line(field, item, most::ITEM)?;
        let text = text.trim_start_matches(['-', '–', ' ']).trim_end_matches([';', '.', ' ']).to_owned();
        if !text.is_empty() {
            list.push(text);
        }
    }
    let last = list.len();
    for (place, item) in list.iter_mut().enumerate() {
        item.push(if place + 1 == last { '.' } else { ';' });
    }
    Ok(list)
}

/// `I`, `II`, `III`, `IV`.
fn roman(number: usize) -> String {
    const SIGNS: [(usize, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    // Nobody writes larger ones, and each thousand would add a letter.
    if number > 3999 {
        return number.to_string();
    }
    let (mut rest, mut text) = (number, String::new());
    for (value, sign) in SIGNS {
        while rest >= value {
            text.push_str(sign);
            rest -= value;
        }
    }
    text
}

/// `a`, `b`, `c`, `d`, `đ`, `e`, `g`: the letters that Vietnamese lists count by; after `y` comes `a1`.
fn letter(number: usize) -> String {
    const LETTERS: [char; 23] =
        ['a', 'b', 'c', 'd', 'đ', 'e', 'g', 'h', 'i', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'x', 'y'];
    let (round, place) = ((number - 1) / LETTERS.len(), (number - 1) % LETTERS.len());
    let letter = LETTERS.get(place).copied().unwrap_or('a');
    if round == 0 { letter.to_string() } else { format!("{letter}{round}") }
}

fn pieces(blocks: &[Block]) -> Result<Vec<Piece>> {
    let (mut parts, mut clauses, mut points, mut tables) = (0, 0, 0, 0);
    let mut pieces = Vec::with_capacity(blocks.len());
    for block in blocks {
        pieces.push(match block {
            Block::Heading { level, text } => {
                let text = lines("heading", text, most::HEADING)?;
                let number = match level {
                    Level::Part => {
                        (parts, clauses, points) = (parts + 1, 0, 0);
                        format!("{}.", roman(parts))
                    }
                    Level::Clause => {
                        (clauses, points) = (clauses + 1, 0);
                        format!("{clauses}.")
                    }
                    Level::Point => {
                        points += 1;
                        format!("{})", letter(points))
                    }
                };
                Piece::Heading(*level, format!("{number} {text}"))
            }
            Block::Paragraph(text) => Piece::Paragraph(clean(text)),
            Block::Bullet(text) => Piece::Bullet(format!("- {}", clean(text).trim_start_matches(['-', '–', ' ']))),
            Block::Note(text) => Piece::Note(clean(text)),
            Block::Table(table) => {
                tables += 1;
                Piece::Table(Grid::new(table, tables, TEXT_WIDTH, TEXT_HEIGHT)?)
            }
        });
    }
    Ok(pieces)
}

/// The paper with its final words.
///
/// # Errors
/// A text too long for its line, a table that no page holds.
pub(crate) fn compose(paper: &Paper) -> Result<Composed> {
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = paper.number.as_deref().map(|number| line("number", number, most::NUMBER)).transpose()?;
    let signature = &paper.signature;
    Ok(Composed {
        superior: optional(capital_lines("superior_body", &given(&paper.superior_body), most::BODY))?,
        issuer: capital_lines("issuing_body", &paper.issuing_body, most::BODY)?,
        number: numbered(number.as_deref(), &line("symbol", &paper.symbol, most::SYMBOL)?),
        dated: dated(&line("place", &paper.place, most::PLACE)?, paper.date),
        date: paper.date,
        kind: capital_lines("kind", &paper.kind, most::KIND)?,
        subject: lines("subject", &paper.subject, most::SUBJECT)?,
        addressees: listed("addressees", &paper.addressees)?,
        pieces: pieces(&paper.blocks)?,
        recipients: listed("recipients", &paper.recipients)?,
        authority: optional(capital_lines("signature.authority", &given(&signature.authority), most::SIGNATURE))?,
        post: capital_lines("signature.post", &signature.post, most::SIGNATURE)?,
        signer: optional(line("signature.name", &given(&signature.name), most::SIGNATURE))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_days_and_the_first_two_months_get_a_zero() {
        let on = |year, month, day| dated("Kim Sơn", NaiveDate::from_ymd_opt(year, month, day));
        assert_eq!(on(2018, 11, 26), "Kim Sơn, ngày 26 tháng 11 năm 2018");
        assert_eq!(on(2019, 2, 5), "Kim Sơn, ngày 05 tháng 02 năm 2019");
        assert_eq!(on(2019, 3, 10), "Kim Sơn, ngày 10 tháng 3 năm 2019");
        assert!(dated("Kim Sơn", None).contains("tháng\u{a0}"));
    }

    #[test]
    fn a_number_below_ten_gets_a_zero_and_a_missing_one_has_room() {
        assert_eq!(numbered(Some("10"), "BC-TTHTCĐ"), "Số: 10/BC-TTHTCĐ");
        assert_eq!(numbered(Some("6"), "KH-TTHTCĐ"), "Số: 06/KH-TTHTCĐ");
        assert_eq!(numbered(Some("10a"), "BC"), "Số: 10a/BC");
        assert!(numbered(None, "BC-TTHTCĐ").ends_with("\u{a0}/BC-TTHTCĐ"));
    }

    #[test]
    fn headings_count_in_the_vietnamese_way() {
        let romans: Vec<String> = [1, 4, 9, 14, 40, 1999].map(roman).into();
        assert_eq!(romans, ["I", "IV", "IX", "XIV", "XL", "MCMXCIX"]);
        let letters: String = (1..=23).map(letter).collect();
        assert_eq!(letters, "abcdđeghiklmnopqrstuvxy");
        assert_eq!(letter(24), "a1");
        let blocks = [
            Block::part("Một"),
            Block::clause("Hai"),
            Block::point("Ba"),
            Block::point("Bốn"),
            Block::clause("Năm"),
            Block::part("Sáu"),
            Block::clause("Bảy"),
        ];
        let texts: Vec<String> = pieces(&blocks)
            .expect("no table")
            .into_iter()
            .map(|piece| if let Piece::Heading(_, text) = piece { text } else { String::new() })
            .collect();
        assert_eq!(texts, ["I. Một", "1. Hai", "a) Ba", "b) Bốn", "2. Năm", "II. Sáu", "1. Bảy"]);
    }

    #[test]
    fn lists_end_as_lists_do() {
        let items = ["- UBND phường Kim Sơn;", "Phòng GD&ĐT", " ", "Lưu: VT."].map(str::to_owned);
        assert_eq!(listed("recipients", &items).expect("short"), ["UBND phường Kim Sơn;", "Phòng GD&ĐT;", "Lưu: VT."]);
    }

    #[test]
    fn texts_are_composed_and_hold_nothing_that_is_not_seen() {
        assert_eq!(clean("Nguye\u{302}\u{303}n\u{0}  Lan\t\u{200b}A\u{202e}\r\n"), "Nguyễn Lan A");
        assert_eq!(clean("một\nhai"), "một\nhai");
        assert_eq!(clean("a\u{ffff}\u{e000}b"), "ab");
        assert!(matches!(line("place", &"x".repeat(101), 100), Err(Error::TooLong { field: "place", length: 101, .. })));
    }
}
