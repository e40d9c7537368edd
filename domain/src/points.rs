//! Points of a rubric: decimal numbers with at most two places, kept as whole hundredths.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// Points, exact to a hundredth; at most 100,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 100000, example = 85.5)]
pub struct Points(i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);
    /// The most that can be recorded.
    pub const MAX: Self = Self(10_000_000);

    /// From whole hundredths; `None` outside 0 to 100,000 points.
    pub fn from_hundredths(hundredths: i64) -> Option<Self> {
        (0..=Self::MAX.0).contains(&hundredths).then_some(Self(hundredths))
    }

    /// As whole hundredths.
    pub fn hundredths(self) -> i64 {
        self.0
    }

    /// From a number with at most two decimal places.
    pub fn from_f64(value: f64) -> Option<Self> {
        let hundredths = value * 100.0;
        if !hundredths.is_finite() || hundredths.abs() > Self::MAX.0 as f64 {
            return None;
        }
        let whole = hundredths.round();
        ((hundredths - whole).abs() < 1e-6).then(|| Self::from_hundredths(whole as i64)).flatten()
    }

    /// From text in a declared number style: `85,5` and `1.085,5` in Vietnamese, `85.5` and `1,085.5` in English.
    pub fn parse(text: &str, style: crate::rating_import::NumberStyle) -> Option<Self> {
        let (decimal, group) = style.separators();
        let (whole, fraction) = text.trim().split_once(decimal).unwrap_or((text.trim(), ""));
        if whole.is_empty() || fraction.len() > 2 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if text.trim().ends_with(decimal) {
            return None;
        }
        let mut groups = whole.split(group);
        let first = groups.next().unwrap_or("");
        let grouped = whole.contains(group);
        if first.is_empty() || (grouped && first.len() > 3) || !first.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut digits = first.to_owned();
        for part in groups {
            if part.len() != 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            digits.push_str(part);
        }
        digits.push_str(fraction);
        digits.push_str(&"0".repeat(2 - fraction.len()));
        digits.parse().ok().and_then(Self::from_hundredths)
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.map(|points| points.0).fold(0, i64::saturating_add))
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}"),
        }
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 { serializer.serialize_i64(self.0 / 100) } else { serializer.serialize_f64(self.0 as f64 / 100.0) }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        Self::from_f64(value)
            .ok_or_else(|| de::Error::custom("points are a number from 0 to 100000 with at most two decimal places"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating_import::NumberStyle::{English, Vietnamese};

    #[test]
    fn the_number_style_decides_what_a_separator_means() {
        assert_eq!(Points::parse("85,5", Vietnamese), Points::from_hundredths(8550));
        assert_eq!(Points::parse("1.085,25", Vietnamese), Points::from_hundredths(108_525));
        assert_eq!(Points::parse("6.778", Vietnamese), Points::from_hundredths(677_800));
        assert_eq!(Points::parse("85.5", English), Points::from_hundredths(8550));
        for bad in ["85.5", "", ",5", "85,", "85,555", "8 5", "-1", "1.08,5", "1234.567"] {
            assert_eq!(Points::parse(bad, Vietnamese), None, "{bad}");
        }
    }

    #[test]
    fn json_keeps_the_hundredth() {
        let points: Points = serde_json::from_str("85.55").unwrap();
        assert_eq!(serde_json::to_string(&points).unwrap(), "85.55");
        for bad in ["85.555", "-1", "1e300", "\"5\"", "100000.01"] {
            assert!(serde_json::from_str::<Points>(bad).is_err(), "{bad}");
        }
    }
}
