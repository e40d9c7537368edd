//! Periods: the calendars that do not agree read one log of activities, each by its own first and last day.
//!
//! | written | means | where it is used |
//! | --- | --- | --- |
//! | `2018` | 1 January to 31 December | the centre's annual report, ratings |
//! | `2018-H1`, `2018-Q3`, `2018-10` | half, quarter, month of the calendar year | half-year review, monthly meetings |
//! | `school:2018` | 1 September 2018 to 31 August 2019 (no day is left out between two; inferred) | school year |
//! | `to_31_may:2019` | 1 June 2018 to 31 May 2019 | the Ministry's year-end report; Circular 24/2018/TT-BGDĐT |
//! | `to_30_september:2024` | 1 October 2023 to 30 September 2024 | Circulars 24/2018/TT-BGDĐT and 25/2024/TT-BGDĐT |
//! | `2018-01-01..2018-11-26` | from day to day | a report that was written before its year was over |

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::text::Label;

/// The date in Viet Nam (UTC+7, no summer time).
pub fn date_in_viet_nam(now: DateTime<Utc>) -> NaiveDate {
    now.checked_add_signed(TimeDelta::hours(7)).map_or_else(|| now.date_naive(), |local| local.date_naive())
}

coded! {
    /// Which calendar a period belongs to.
    pub enum PeriodKind in "period_kind" {
        /// Năm dương lịch.
        CalendarYear = "calendar_year" ("năm dương lịch", "calendar year"),
        /// Sáu tháng đầu năm, cuối năm.
        HalfYear = "half_year" ("nửa năm", "half a year"),
        /// Quý.
        Quarter = "quarter" ("quý", "quarter"),
        /// Tháng.
        Month = "month" ("tháng", "month"),
        /// Năm học.
        SchoolYear = "school_year" ("năm học", "school year"),
        /// Mười hai tháng đến 31 tháng 5.
        ToMay = "to_31_may" ("12 tháng đến 31/5", "twelve months to 31 May"),
        /// Mười hai tháng đến 30 tháng 9.
        ToSeptember = "to_30_september" ("12 tháng đến 30/9", "twelve months to 30 September"),
        /// Từ ngày đến ngày.
        Days = "days" ("từ ngày đến ngày", "from day to day"),
    }
}

/// A period of one of the calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    /// Which calendar.
    pub kind: PeriodKind,
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
}

/// A period, as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodView {
    /// As it is asked for.
    #[schema(example = "2018")]
    pub period: String,
    /// Which calendar.
    pub kind: PeriodKind,
    /// What people call it.
    pub label: Label,
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
    /// The day up to which records can have been counted: the last one, or today.
    pub cut_off: NaiveDate,
    /// Whether it is not over yet.
    pub partial: bool,
}

/// The longest period from day to day.
const MOST_DAYS: i64 = 3 * 366;

fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn year_of(text: &str) -> Option<i32> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|year| is_year && (1990..=2100).contains(year))
}

impl Period {
    /// A calendar year.
    pub fn year(year: i32) -> Option<Self> {
        Some(Self { kind: PeriodKind::CalendarYear, first: day(year, 1, 1)?, last: day(year, 12, 31)? })
    }

    /// Some months from one on.
    fn months(kind: PeriodKind, year: i32, month: u32, count: u32) -> Option<Self> {
        let first = day(year, month, 1)?;
        Some(Self { kind, first, last: first.checked_add_months(Months::new(count))?.pred_opt()? })
    }

    /// Reads a period as it is written in a query.
    pub fn parse(text: &str) -> Option<Self> {
        use PeriodKind as K;
        if let Some((first, last)) = text.split_once("..") {
            let (first, last): (NaiveDate, NaiveDate) = (first.parse().ok()?, last.parse().ok()?);
            let is_sound = first <= last && (last - first).num_days() < MOST_DAYS && (1990..=2100).contains(&first.year());
            return is_sound.then_some(Self { kind: K::Days, first, last });
        }
        if let Some((calendar, year)) = text.split_once(':') {
            let year = year_of(year)?;
            return match calendar {
                "school" => Self::months(K::SchoolYear, year, 9, 12),
                "to_31_may" => Self::months(K::ToMay, year - 1, 6, 12),
                "to_30_september" => Self::months(K::ToSeptember, year - 1, 10, 12),
                _ => None,
            };
        }
        let Some((year, part)) = text.split_once('-') else { return Self::year(year_of(text)?) };
        let year = year_of(year)?;
        match part {
            "H1" => Self::months(K::HalfYear, year, 1, 6),
            "H2" => Self::months(K::HalfYear, year, 7, 6),
            "Q1" => Self::months(K::Quarter, year, 1, 3),
            "Q2" => Self::months(K::Quarter, year, 4, 3),
            "Q3" => Self::months(K::Quarter, year, 7, 3),
            "Q4" => Self::months(K::Quarter, year, 10, 3),
            _ if part.len() == 2 => Self::months(K::Month, year, part.parse().ok()?, 1),
            _ => None,
        }
    }

    /// The calendar year that it lies within, if it is one.
    pub fn calendar_year(&self) -> Option<i32> {
        (self.first.year() == self.last.year()).then(|| self.first.year())
    }

    /// What people call it.
    pub fn label(&self) -> Label {
        let year = self.first.year();
        let month = self.first.month();
        match self.kind {
            PeriodKind::CalendarYear => Label::new(format!("Năm {year}"), format!("{year}")),
            PeriodKind::HalfYear if month == 1 => Label::new(format!("6 tháng đầu năm {year}"), format!("First half of {year}")),
            PeriodKind::HalfYear => Label::new(format!("6 tháng cuối năm {year}"), format!("Second half of {year}")),
            PeriodKind::Quarter => {
                let quarter = (month - 1) / 3;
                let vi = ["I", "II", "III", "IV"].get(quarter as usize).copied().unwrap_or("");
                Label::new(format!("Quý {vi} năm {year}"), format!("Q{} {year}", quarter + 1))
            }
            PeriodKind::Month => Label::new(format!("Tháng {month} năm {year}"), self.first.format("%B %Y").to_string()),
            PeriodKind::SchoolYear => {
                Label::new(format!("Năm học {year}-{}", year + 1), format!("School year {year}-{}", year + 1))
            }
            PeriodKind::ToMay | PeriodKind::ToSeptember | PeriodKind::Days => Label::new(
                format!("Từ {} đến {}", self.first.format("%d/%m/%Y"), self.last.format("%d/%m/%Y")),
                format!("{} to {}", self.first, self.last),
            ),
        }
    }

    /// The day up to which it can have been counted.
    pub fn cut_off(&self, today: NaiveDate) -> NaiveDate {
        self.last.min(today).max(self.first)
    }

    /// As an answer shows it.
    pub fn view(&self, today: NaiveDate) -> PeriodView {
        PeriodView {
            period: self.to_string(),
            kind: self.kind,
            label: self.label(),
            first: self.first,
            last: self.last,
            cut_off: self.cut_off(today),
            partial: self.last >= today,
        }
    }

    /// Whether a day lies in it.
    pub fn contains(&self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month) = (self.first.year(), self.first.month());
        match self.kind {
            PeriodKind::CalendarYear => write!(f, "{year}"),
            PeriodKind::HalfYear => write!(f, "{year}-H{}", month / 7 + 1),
            PeriodKind::Quarter => write!(f, "{year}-Q{}", (month - 1) / 3 + 1),
            PeriodKind::Month => write!(f, "{year}-{month:02}"),
            PeriodKind::SchoolYear => write!(f, "school:{year}"),
            PeriodKind::ToMay => write!(f, "to_31_may:{}", year + 1),
            PeriodKind::ToSeptember => write!(f, "to_30_september:{}", year + 1),
            PeriodKind::Days => write!(f, "{}..{}", self.first, self.last),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("a period is written 2018, 2018-H1, 2018-Q3, 2018-10 or school:2018"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_calendar_has_its_own_days() {
        let table = [
            ("2018", "2018-01-01", "2018-12-31", "Năm 2018"),
            ("2018-H1", "2018-01-01", "2018-06-30", "6 tháng đầu năm 2018"),
            ("2018-H2", "2018-07-01", "2018-12-31", "6 tháng cuối năm 2018"),
            ("2018-Q4", "2018-10-01", "2018-12-31", "Quý IV năm 2018"),
            ("2016-02", "2016-02-01", "2016-02-29", "Tháng 2 năm 2016"),
            ("school:2018", "2018-09-01", "2019-08-31", "Năm học 2018-2019"),
            ("to_31_may:2009", "2008-06-01", "2009-05-31", "Từ 01/06/2008 đến 31/05/2009"),
            ("to_30_september:2024", "2023-10-01", "2024-09-30", "Từ 01/10/2023 đến 30/09/2024"),
            ("2018-01-01..2018-11-26", "2018-01-01", "2018-11-26", "Từ 01/01/2018 đến 26/11/2018"),
        ];
        for (text, first, last, vi) in table {
            let period = Period::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((period.first.to_string(), period.last.to_string()), (first.to_owned(), last.to_owned()), "{text}");
            assert_eq!((period.to_string().as_str(), period.label().vi.as_ref()), (text, vi));
        }
        for text in [
            "18",
            "2018-13",
            "2018-00",
            "2018-Q5",
            "2018-1",
            "0018",
            "+018",
            "school:18",
            "x:2018",
            "2018-05-02..2018-05-01",
            "1918-01-01..1918-02-01",
            "2000-01-01..2018-01-01",
            "",
        ] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_that_is_not_over_is_partial_and_cut_off_today() {
        let period = Period::year(2018).unwrap();
        let view = |today: &str| period.view(today.parse().unwrap());
        assert_eq!((view("2018-11-26").partial, view("2018-11-26").cut_off.to_string().as_str()), (true, "2018-11-26"));
        assert_eq!((view("2019-01-01").partial, view("2019-01-01").cut_off.to_string().as_str()), (false, "2018-12-31"));
    }
}
