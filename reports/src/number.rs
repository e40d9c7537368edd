//! Numbers as papers write them: `6.778` and `10,37` in Vietnamese, `6,778` and `10.37` in English. What is not known
//! is blank, never a zero.

use htcd_domain::text::Language;
use serde::{Deserialize, Serialize};

/// A number with a fixed count of decimals, exact: `Decimal::new(1037, 2)` is 10.37.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decimal {
    /// All digits, without a point.
    pub digits: i64,
    /// How many of them stand behind the point.
    #[serde(default)]
    pub places: u8,
}

impl Decimal {
    /// A number from its digits and how many of them are decimals.
    pub const fn new(digits: i64, places: u8) -> Self {
        Self { digits, places }
    }

    /// A whole number.
    pub const fn whole(number: i64) -> Self {
        Self { digits: number, places: 0 }
    }

    /// The nearest binary number, for programs that know no other.
    pub fn to_f64(self) -> f64 {
        // Dividing by an exact power gives the nearest number; multiplying by a tenth does not.
        self.digits as f64 / 10f64.powi(i32::from(self.places))
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::whole(number)
    }
}

fn marks(language: Language) -> (char, char) {
    match language {
        Language::Vi => ('.', ','),
        Language::En => (',', '.'),
    }
}

/// `6.778`, `10,37`, `-0,5`; nothing for `None`.
pub fn decimal(number: Option<Decimal>, language: Language) -> String {
    let Some(Decimal { digits, places }) = number else { return String::new() };
    let places = usize::from(places);
    let (group, point) = marks(language);
    let all = format!("{:0>least$}", digits.unsigned_abs(), least = places + 1);
    let (whole, decimals) = all.split_at(all.len() - places);
    let mut text = String::with_capacity(all.len() * 4 / 3 + 2);
    if digits < 0 {
        text.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if places > 0 {
        text.push(point);
        text.push_str(decimals);
    }
    text
}

/// `6.778`; nothing for `None`.
pub fn whole(number: Option<i64>, language: Language) -> String {
    decimal(number.map(Decimal::whole), language)
}

/// `55,2%` from 55.2, without a blank before the sign; nothing for `None`.
pub fn percent(number: Option<Decimal>, language: Language) -> String {
    number.map_or_else(String::new, |number| decimal(Some(number), language) + "%")
}

/// `33.625.000 đồng`, in English `33,625,000 VND`; nothing for `None`. The blank does not let the line break.
pub fn money(dong: Option<i64>, language: Language) -> String {
    let unit = match language {
        Language::Vi => "\u{a0}đồng",
        Language::En => "\u{a0}VND",
    };
    dong.map_or_else(String::new, |dong| whole(Some(dong), language) + unit)
}

/// How many decimals a measured value needs, two at most: none for 712, one for 55.2.
pub fn places(value: f64) -> u8 {
    match format!("{value:.2}").trim_end_matches('0').rsplit_once('.') {
        Some((_, decimals)) if value.is_finite() => u8::try_from(decimals.len()).unwrap_or(2),
        _ => 0,
    }
}

/// A measured value, rounded to so many decimals: `712`, `55,20`; nothing for what is no number.
pub fn measured(value: f64, places: u8, language: Language) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let (group, point) = marks(language);
    let text = format!("{:.*}", usize::from(places), value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    // What rounds to zero has no sign.
    if value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') {
        out.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(group);
        }
        out.push(digit);
    }
    if !decimals.is_empty() {
        out.push(point);
        out.push_str(decimals);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let table = [
            (Decimal::whole(0), "0", "0"),
            (Decimal::whole(70), "70", "70"),
            (Decimal::whole(6778), "6.778", "6,778"),
            (Decimal::whole(12_760), "12.760", "12,760"),
            (Decimal::whole(1_000_000), "1.000.000", "1,000,000"),
            (Decimal::new(1037, 2), "10,37", "10.37"),
            (Decimal::new(8, 2), "0,08", "0.08"),
            (Decimal::new(-5, 1), "-0,5", "-0.5"),
            (Decimal::new(-1234, 0), "-1.234", "-1,234"),
            (Decimal::new(123_456_789, 1), "12.345.678,9", "12,345,678.9"),
        ];
        for (number, vi, en) in table {
            assert_eq!(decimal(Some(number), Language::Vi), vi);
            assert_eq!(decimal(Some(number), Language::En), en);
        }
        assert_eq!(whole(Some(i64::MIN), Language::Vi), "-9.223.372.036.854.775.808");
        assert_eq!(decimal(Some(Decimal::new(1, 255)), Language::Vi).len(), 257);
    }

    #[test]
    fn percentages_and_money_have_their_sign_and_unit() {
        assert_eq!(percent(Some(Decimal::new(552, 1)), Language::Vi), "55,2%");
        assert_eq!(percent(Some(Decimal::whole(100)), Language::En), "100%");
        assert_eq!(money(Some(33_625_000), Language::Vi), "33.625.000\u{a0}đồng");
        assert_eq!(money(Some(33_625_000), Language::En), "33,625,000\u{a0}VND");
    }

    #[test]
    fn what_is_not_known_is_blank() {
        for language in [Language::Vi, Language::En] {
            assert_eq!(whole(None, language), "");
            assert_eq!(decimal(None, language), "");
            assert_eq!(percent(None, language), "");
            assert_eq!(money(None, language), "");
            assert_eq!(measured(f64::NAN, 1, language), "");
        }
    }

    #[test]
    fn measured_values_show_the_decimals_they_are_given() {
        assert_eq!(measured(712.0, 0, Language::Vi), "712");
        assert_eq!(measured(55.2, 1, Language::Vi), "55,2");
        assert_eq!(measured(50.0, 1, Language::Vi), "50,0");
        assert_eq!(measured(10.37, 2, Language::En), "10.37");
        assert_eq!(measured(1113.0, 0, Language::Vi), "1.113");
        assert_eq!(measured(-0.001, 2, Language::Vi), "0,00");
        assert_eq!(measured(-2.5, 1, Language::Vi), "-2,5");
        assert_eq!([712.0, 55.2, 10.37, 0.001, -0.5, 1e15, f64::NAN].map(places), [0, 1, 2, 0, 1, 0, 0]);
    }

    #[test]
    fn a_decimal_is_the_nearest_binary_number() {
        assert_eq!(Decimal::new(1037, 2).to_f64(), 10.37);
        assert_eq!(Decimal::new(552, 1).to_f64(), 55.2);
    }
}
