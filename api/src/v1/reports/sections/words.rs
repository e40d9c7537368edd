//! How official papers write small things: counts, days, capitals.

use chrono::NaiveDate;
use htcd_domain::quantity::Quantity;
use htcd_domain::text::Language;
pub(super) use htcd_domain::text::upper_first;
use htcd_reports::number::{Decimal, whole};
use htcd_reports::paper::Block;

/// `Năm 2018` inside a sentence: `năm 2018`.
pub(in crate::v1::reports) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A count inside a sentence: `02`, `41`, `6.778`. Small ones have two digits, so that nobody adds one.
pub(super) fn some(number: i64) -> String {
    if (1..10).contains(&number) { format!("0{number}") } else { whole(Some(number), Language::Vi) }
}

/// How many of a list.
pub(super) fn many(count: usize) -> String {
    some(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `26/11/2018`.
pub(super) fn on(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// `33.625.000 đồng`.
pub(super) fn dong(amount: i64) -> String {
    htcd_reports::number::money(Some(amount), Language::Vi)
}

/// A number with as many decimals as it needs.
pub(super) fn decimal(quantity: Quantity) -> Decimal {
    match quantity.hundredths() {
        hundredths if hundredths % 100 == 0 => Decimal::whole(hundredths / 100),
        hundredths if hundredths % 10 == 0 => Decimal::new(hundredths / 10, 1),
        hundredths => Decimal::new(hundredths, 2),
    }
}

/// Words as paragraphs, a line each; one that begins with a dash is an item of a list.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Block> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| match line.strip_prefix(['-', '–', '+', '•']) {
        Some(item) => Block::bullet(item.trim_start()),
        None => Block::paragraph(line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_numbers_are_written_as_papers_do() {
        assert_eq!([0, 1, 9, 10, 6778].map(some), ["0", "01", "09", "10", "6.778"]);
        assert_eq!((upper_first("ủy viên"), lower_first("Đầu năm")), ("Ủy viên".to_owned(), "đầu năm".to_owned()));
        let written = |hundredths| {
            let number = decimal(Quantity::from_hundredths(hundredths).unwrap());
            htcd_reports::number::decimal(Some(number), Language::Vi)
        };
        assert_eq!([1037, 250_800, 8, -400, 9350].map(written), ["10,37", "2.508", "0,08", "-4", "93,5"]);
    }

    #[test]
    fn lines_that_begin_with_a_dash_are_items() {
        let blocks: Vec<Block> = lines("Một.\n\n- Hai;\n  – Ba.").collect();
        assert_eq!(blocks, [Block::paragraph("Một."), Block::bullet("Hai;"), Block::bullet("Ba.")]);
    }
}
