//! Numbers of many measures, such as 10.37 km² or 2,508 billion VND: decimals with at most two places, kept as whole hundredths;
//! and sums over what was given.

use std::fmt;
use std::ops::Sub;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::text::Language;

/// A number exact to a hundredth, between -10^12 and 10^12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ToSchema)]
#[schema(value_type = f64, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64, example = 10.37)]
pub struct Quantity(i64);

impl Quantity {
    /// The most that can be recorded, in hundredths: a double holds it and every hundredth below it.
    const MAX: i64 = 100_000_000_000_000;

    /// From whole hundredths; `None` for what cannot be recorded.
    pub fn from_hundredths(hundredths: i64) -> Option<Self> {
        (-Self::MAX..=Self::MAX).contains(&hundredths).then_some(Self(hundredths))
    }

    /// A whole number, or the largest that can be recorded.
    pub fn whole(number: i64) -> Self {
        Self(number.saturating_mul(100).clamp(-Self::MAX, Self::MAX))
    }

    /// As whole hundredths.
    pub fn hundredths(self) -> i64 {
        self.0
    }

    /// Whether it has no decimal places.
    pub fn is_whole(self) -> bool {
        self.0 % 100 == 0
    }

    /// From a number that has at most two decimal places when it is written in the shortest way.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() || value.abs() > Self::MAX as f64 / 100.0 {
            return None;
        }
        let text = value.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        if fraction.len() > 2 {
            return None;
        }
        let hundredths: i64 = format!("{whole}{fraction:0<2}").parse().ok()?;
        Self::from_hundredths(if value < 0.0 { -hundredths } else { hundredths })
    }
}

impl Quantity {
    /// As people write it: `2.508` and `10,37` in Vietnamese, `2,508` and `10.37` in English.
    pub fn written(self, language: Language) -> String {
        let (group, decimal) = match language {
            Language::Vi => ('.', ','),
            Language::En => (',', '.'),
        };
        let plain = self.to_string();
        let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(whole, fraction)| (whole, Some(fraction)));
        let mut text = sign.to_owned();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                text.push(group);
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push(decimal);
            text.push_str(fraction);
        }
        text
    }
}

impl Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self((self.0 - other.0).clamp(-Self::MAX, Self::MAX))
    }
}

impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.map(|quantity| quantity.0).fold(0, i64::saturating_add).clamp(-Self::MAX, Self::MAX))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, part) = (if self.0 < 0 { "-" } else { "" }, self.0.abs() / 100, self.0.abs() % 100);
        match part {
            0 => write!(f, "{sign}{whole}"),
            part if part % 10 == 0 => write!(f, "{sign}{whole}.{}", part / 10),
            part => write!(f, "{sign}{whole}.{part:02}"),
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_whole() { serializer.serialize_i64(self.0 / 100) } else { serializer.serialize_f64(self.0 as f64 / 100.0) }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity is a number with at most two decimal places")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Quantity, E> {
                let hundredths = number.checked_mul(100).and_then(Quantity::from_hundredths);
                hundredths.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Quantity, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Quantity, E> {
                Quantity::from_f64(number).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Float(number), &self))
            }
        }
        deserializer.deserialize_f64(Number)
    }
}

/// A sum over what was given, and of how many: whatever is blank is not counted as nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Given {
    /// The sum; `null` where nobody gave a number.
    #[schema(example = 126)]
    pub sum: Option<i64>,
    /// Over how many that gave one.
    #[schema(example = 1)]
    pub reported: usize,
}

impl Given {
    /// Adds what somebody gave.
    pub fn add(&mut self, value: Option<i64>) {
        if let Some(value) = value {
            self.sum = Some(self.sum.unwrap_or(0).saturating_add(value));
            self.reported += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_keeps_the_hundredth_and_takes_nothing_finer() {
        for text in ["10.37", "0.08", "2508", "72", "-4", "999999999999.99", "1000000000000", "0.1", "-0.01"] {
            let quantity: Quantity = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&quantity).unwrap(), text);
            assert_eq!(quantity.to_string(), text);
        }
        for bad in ["0.085", "1e300", "\"5\"", "1000000000000.01", "18446744073709551615", "null", "true"] {
            assert!(serde_json::from_str::<Quantity>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn people_of_each_language_write_it_in_their_own_way() {
        let table = [
            (250_800, "2.508", "2,508"),
            (1037, "10,37", "10.37"),
            (-123_456_750, "-1.234.567,5", "-1,234,567.5"),
            (8, "0,08", "0.08"),
        ];
        for (hundredths, vi, en) in table {
            let quantity = Quantity::from_hundredths(hundredths).unwrap();
            assert_eq!((quantity.written(Language::Vi), quantity.written(Language::En)), (vi.to_owned(), en.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn every_hundredth_comes_back(hundredths in -Quantity::MAX..=Quantity::MAX) {
            let quantity = Quantity::from_hundredths(hundredths).unwrap();
            let text = serde_json::to_string(&quantity).unwrap();
            prop_assert_eq!(serde_json::from_str::<Quantity>(&text).unwrap(), quantity);
        }
    }
}
