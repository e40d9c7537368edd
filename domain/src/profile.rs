//! The yearly numbers of a commune: area, people, poor households, income and what else its centre's report rests on.
//!
//! Which numbers there are is a catalogue: the national one here, and each province's own. What looks wrong is said and never refused.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::is_plausible;
use crate::id::{ProfileIndicatorId, ProfileValueId, UnitId};
use crate::problem::{Faults, Problem, Result};
use crate::quantity::Quantity;
use crate::record::{Holder, Record};
use crate::text::{Label, Language};
use crate::user::{named, plain};

mod doubts;

pub use doubts::{ImpliedRange, ImpliedTotal, ProfileDoubt, ProfileWarning, implied_total, look};

coded! {
    /// In what a number is measured.
    pub enum ProfileMeasure in "profile_measure" {
        /// Whole things: people, households, jobs.
        Count = "count" ("số đếm", "count"),
        /// Percent, with two decimals.
        Percent = "percent" ("phần trăm", "percent"),
        /// Square kilometres, with two decimals.
        Km2 = "km2" ("km²", "km²"),
        /// Whole VND.
        Vnd = "vnd" ("đồng", "VND"),
        /// Million VND, with two decimals.
        MillionVnd = "million_vnd" ("triệu đồng", "million VND"),
        /// Billion VND, with two decimals.
        BillionVnd = "billion_vnd" ("tỷ đồng", "billion VND"),
    }
}

impl ProfileMeasure {
    /// Whether only whole numbers make sense.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::Vnd)
    }
}

/// One of the numbers of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Indicator {
    /// Its code.
    #[schema(value_type = String, example = "poor_households_percent")]
    pub code: Cow<'static, str>,
    /// What people call it.
    pub label: Label,
    /// In what it is measured.
    pub measure: ProfileMeasure,
    /// The number of which this one is a part, or a percentage.
    #[schema(value_type = Option<String>, example = "households")]
    pub whole: Option<Cow<'static, str>>,
    /// For a percentage: the count that it is the share of.
    #[schema(value_type = Option<String>, example = "poor_households")]
    pub part: Option<Cow<'static, str>>,
    /// Whether the communes' numbers add up to that of a district or province.
    pub adds_up: bool,
}

const fn indicator(
    code: &'static str,
    label: Label,
    measure: ProfileMeasure,
    whole: Option<&'static str>,
    part: Option<&'static str>,
    adds_up: bool,
) -> Indicator {
    const fn borrowed(code: Option<&'static str>) -> Option<Cow<'static, str>> {
        match code {
            Some(code) => Some(Cow::Borrowed(code)),
            None => None,
        }
    }
    Indicator { code: Cow::Borrowed(code), label, measure, whole: borrowed(whole), part: borrowed(part), adds_up }
}

const fn count(code: &'static str, vi: &'static str, en: &'static str, whole: Option<&'static str>) -> Indicator {
    indicator(code, Label::fixed(vi, en), ProfileMeasure::Count, whole, None, true)
}

const fn share(
    code: &'static str,
    vi: &'static str,
    en: &'static str,
    whole: Option<&'static str>,
    part: Option<&'static str>,
) -> Indicator {
    indicator(code, Label::fixed(vi, en), ProfileMeasure::Percent, whole, part, false)
}

/// The numbers that centres' reports of all provinces name. A province adds its own.
pub static NATIONAL: [Indicator; 17] = [
    indicator("area", Label::fixed("Diện tích tự nhiên", "Area"), ProfileMeasure::Km2, None, None, true),
    count("hamlets", "Số thôn, bản, ấp, khu phố", "Hamlets and quarters", None),
    count("residents", "Dân số", "Residents", None),
    count("female_residents", "Dân số nữ", "Female residents", Some("residents")),
    count("ethnic_minority_residents", "Dân số là người dân tộc thiểu số", "Residents of ethnic minorities", Some("residents")),
    count("working_age_residents", "Dân số trong độ tuổi lao động", "Residents of working age", Some("residents")),
    count("households", "Số hộ", "Households", None),
    count("poor_households", "Số hộ nghèo", "Poor households", Some("households")),
    share("poor_households_percent", "Tỷ lệ hộ nghèo", "Poor households, percent", Some("households"), Some("poor_households")),
    count("near_poor_households", "Số hộ cận nghèo", "Near-poor households", Some("households")),
    share(
        "near_poor_households_percent",
        "Tỷ lệ hộ cận nghèo",
        "Near-poor households, percent",
        Some("households"),
        Some("near_poor_households"),
    ),
    share("literacy_percent", "Tỷ lệ người biết chữ", "Literacy, percent", None, None),
    count(
        "illiterate_residents",
        "Số người từ 15 đến 60 tuổi chưa biết chữ",
        "Illiterate residents aged 15 to 60",
        Some("residents"),
    ),
    share(
        "waste_collection_percent",
        "Tỷ lệ hộ tham gia thu gom rác hằng ngày",
        "Households in the daily waste collection, percent",
        Some("households"),
        None,
    ),
    indicator("output", Label::fixed("Tổng giá trị sản xuất", "Output"), ProfileMeasure::BillionVnd, None, None, true),
    indicator(
        "income_per_head",
        Label::fixed("Thu nhập bình quân đầu người", "Income per head"),
        ProfileMeasure::MillionVnd,
        None,
        None,
        false,
    ),
    count("new_jobs", "Số lao động có việc làm mới", "New jobs", None),
];

/// The national number with a code.
pub fn national(code: &str) -> Option<&'static Indicator> {
    NATIONAL.iter().find(|indicator| indicator.code == code)
}

/// A number of a province's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProfileIndicator {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<ProfileIndicatorId>,
    /// Its code, unique in the province; not one of the national ones.
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "clean_water_percent", min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// What people call it.
    pub label: Label,
    /// In what it is measured.
    pub measure: ProfileMeasure,
    /// The number of which this one is a part, or a percentage: a code of the catalogue.
    #[serde(default)]
    #[validate(length(min = 1, max = 40))]
    #[schema(example = "households", min_length = 1, max_length = 40)]
    pub whole: Option<String>,
    /// For a percentage: the count that it is the share of.
    #[serde(default)]
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub part: Option<String>,
    /// Whether the communes' numbers add up to that of a district or province; never for percentages.
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub adds_up: bool,
    /// Whether it is still asked for.
    #[serde(default = "yes")]
    #[schema(default = true, required = false)]
    pub active: bool,
}

fn yes() -> bool {
    true
}

impl ProfileIndicator {
    /// As one of the catalogue.
    pub fn indicator(&self) -> Indicator {
        Indicator {
            code: self.code.clone().into(),
            label: self.label.clone(),
            measure: self.measure,
            whole: self.whole.clone().map(Cow::from),
            part: self.part.clone().map(Cow::from),
            adds_up: self.adds_up,
        }
    }

    /// What it is a part of must be in the catalogue and measured alike.
    ///
    /// # Errors
    /// `rule_broken` with each place.
    pub fn check_relatives(&self, whole: Option<&Indicator>, part: Option<&Indicator>) -> Result<()> {
        let measure = if self.measure == ProfileMeasure::Percent { ProfileMeasure::Count } else { self.measure };
        let mut faults = Faults::default();
        for (pointer, named, found) in [("/whole", &self.whole, whole), ("/part", &self.part, part)] {
            faults.check(
                named.is_none() || found.is_some_and(|found| found.measure == measure),
                pointer,
                "indicator_of_catalogue",
                "Không có chỉ tiêu này trong danh mục, hoặc đơn vị tính khác; tỷ lệ phần trăm phải dẫn đến số đếm. Xem GET /v1/profile_indicators và /v1/profile_indicators/national.",
                "There is no such indicator, or it is measured otherwise; a percentage refers to counts. See GET /v1/profile_indicators and /v1/profile_indicators/national.",
            );
        }
        faults.into_result()
    }
}

impl Record for ProfileIndicator {
    type Id = ProfileIndicatorId;
    const SUBJECT: &'static str = "profile_indicator";
    const PLURAL: &'static str = "profile_indicators";
    const NAME: (&'static str, &'static str) = ("chỉ tiêu hồ sơ xã", "profile indicator");
    const FIXED: &'static [&'static str] = &["code", "measure"];

    fn own_id(&self) -> Option<ProfileIndicatorId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Province)
    }

    fn check(&self, faults: &mut Faults, _: NaiveDate) {
        let is_code = self.code.starts_with(|c: char| c.is_ascii_lowercase())
            && self.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        faults.check(
            is_code && national(&self.code).is_none(),
            "/code",
            "own_code",
            "Mã gồm chữ thường không dấu, số và «_», bắt đầu bằng chữ, và không trùng mã quốc gia.",
            "A code has lower-case letters, digits and “_”, starts with a letter, and is none of the national ones.",
        );
        for (name, text) in [("vi", &self.label.vi), ("en", &self.label.en)] {
            faults.check(
                (1..=200).contains(&text.trim().chars().count()) && crate::text::is_plain(text),
                format!("/label/{name}"),
                "length",
                "Tên gọi có từ 1 đến 200 ký tự.",
                "A label has 1 to 200 characters.",
            );
        }
        let is_percent = self.measure == ProfileMeasure::Percent;
        faults.check(
            self.part.is_none() || (is_percent && self.whole.is_some()),
            "/part",
            "part_of_percentage",
            "part chỉ dùng cho tỷ lệ phần trăm và đi cùng whole: tỷ lệ = part / whole.",
            "part is for percentages, together with whole: the percentage is part / whole.",
        );
        faults.check(
            !(is_percent && self.adds_up),
            "/adds_up",
            "percentages_do_not_add_up",
            "Tỷ lệ phần trăm của các xã không cộng lại được.",
            "Percentages of communes do not add up.",
        );
        let own = Some(&self.code);
        faults.check(
            self.whole.as_ref() != own && self.part.as_ref() != own && (self.part.is_none() || self.part != self.whole),
            "/whole",
            "other_indicator",
            "Một chỉ tiêu không phải là phần của chính nó.",
            "An indicator is no part of itself.",
        );
    }
}

/// A number of a commune's profile in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProfileValue {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<ProfileValueId>,
    /// The commune. Its officers write it, and the people of a centre that lies there now.
    pub unit_id: UnitId,
    /// The year.
    #[validate(range(min = 1990, max = 2100))]
    #[schema(example = 2018, minimum = 1990, maximum = 2100)]
    pub year: i32,
    /// Which number: a code of the national catalogue, or of the province's own.
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "poor_households", min_length = 1, max_length = 40)]
    pub indicator: String,
    /// The number in the measure of the indicator, with at most two decimal places. Of what is not known there is no record: blank is
    /// not zero.
    #[schema(value_type = f64, example = 2, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub value: Quantity,
    /// Where it comes from.
    #[serde(default)]
    #[validate(length(max = 300), custom(function = "plain"))]
    #[schema(example = "Báo cáo số 10/BC-TTHTCĐ ngày 26/11/2018", max_length = 300)]
    pub source: Option<String>,
    /// The day for which it holds, where it is known.
    #[serde(default)]
    #[schema(example = "2018-11-26")]
    pub as_of_date: Option<NaiveDate>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl ProfileValue {
    /// The number fits the measure of its indicator.
    ///
    /// # Errors
    /// `rule_broken`.
    pub fn check_measure(&self, indicator: Option<&Indicator>) -> Result<()> {
        let Some(indicator) = indicator else {
            return Err(Problem::rule(
                "/indicator",
                "indicator_of_catalogue",
                "Không có chỉ tiêu này trong danh mục, hoặc tỉnh không dùng nữa; xem GET /v1/profile_indicators và /v1/profile_indicators/national.",
                "There is no such indicator, or the province no longer asks for it; see GET /v1/profile_indicators and /v1/profile_indicators/national.",
            ));
        };
        if indicator.measure.is_whole() && !self.value.is_whole() {
            let (vi, en) = (
                "Chỉ tiêu này là số nguyên. Nếu dấu chấm là dấu phân cách hàng nghìn thì bỏ đi: «6.778» trong báo cáo gửi là 6778.",
                "This is a whole number. Leave out separators of thousands: “6.778” in a Vietnamese report is sent as 6778.",
            );
            return Err(Problem::rule("/value", "whole_number", vi, en));
        }
        Ok(())
    }
}

impl Record for ProfileValue {
    type Id = ProfileValueId;
    const SUBJECT: &'static str = "profile_value";
    const PLURAL: &'static str = "profile_values";
    const NAME: (&'static str, &'static str) = ("số liệu hồ sơ xã", "profile number");
    const FIXED: &'static [&'static str] = &["unit_id", "year", "indicator"];

    fn own_id(&self) -> Option<ProfileValueId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Unit(self.unit_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.value >= Quantity::default(),
            "/value",
            "range",
            "Giá trị phải từ 0 trở lên; mức tăng giảm do hệ thống tự tính.",
            "The value is 0 or more; changes are computed.",
        );
        faults.check(
            self.as_of_date.is_none_or(|day| is_plausible(day, today) && day <= today),
            "/as_of_date",
            "plausible_date",
            "Ngày phải từ năm 1990 và không ở tương lai.",
            "The day must lie between 1990 and today.",
        );
    }
}

/// A number of a profile, with the year before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProfileLine {
    /// What it is.
    #[serde(flatten)]
    pub indicator: Indicator,
    /// The number: of the commune, or the sum over the communes that gave one; `null` where none did.
    #[schema(value_type = Option<f64>, example = 2)]
    pub value: Option<Quantity>,
    /// How many communes gave one.
    #[schema(example = 1)]
    pub communes: usize,
    /// The number of the year before.
    #[schema(value_type = Option<f64>, example = 6)]
    pub previous: Option<Quantity>,
    /// How many communes gave one then.
    #[schema(example = 1)]
    pub previous_communes: usize,
    /// The change since then; for percentages in percentage points. `null` unless the same communes gave both.
    #[schema(value_type = Option<f64>, example = -4)]
    pub change: Option<Quantity>,
    /// Where the commune's number comes from.
    pub source: Option<String>,
    /// The day for which it holds.
    pub as_of_date: Option<NaiveDate>,
}

/// The numbers of a commune, or of the communes of a larger unit, in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Profile {
    /// The unit.
    pub unit_id: UnitId,
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// The day whose map is used: the last of the year, or today.
    pub map_of: NaiveDate,
    /// How many communes of the unit are on that map. With more than one, only numbers that add up are shown.
    #[schema(example = 1)]
    pub communes: usize,
    /// The numbers that were given for the year or the one before, in the order of the catalogue.
    pub lines: Vec<ProfileLine>,
    /// How large a whole must be, by the counts and percentages that were given for its parts.
    pub implied_totals: Vec<ImpliedTotal>,
    /// What looks wrong in a commune's numbers. Nothing is refused for it: look again, and leave what is right.
    pub warnings: Vec<ProfileWarning>,
}

/// The communes of a unit on the maps of a year and the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Communes {
    /// The day of the map.
    pub map_of: NaiveDate,
    /// Those on it.
    pub now: BTreeSet<UnitId>,
    /// Those on the map of the year before.
    pub before: BTreeSet<UnitId>,
}

/// Puts together the profile of a unit from the numbers of its communes in the year and the one before.
pub fn profile(unit_id: UnitId, year: i32, communes: &Communes, own: &[Indicator], values: &[ProfileValue]) -> Profile {
    let is_one = communes.now.len() == 1;
    let catalogue: Vec<&Indicator> = NATIONAL.iter().chain(own).collect();
    let of = |code: &str, year: i32, among: &BTreeSet<UnitId>| -> BTreeMap<UnitId, &ProfileValue> {
        let those = values.iter().filter(|it| it.indicator == code && it.year == year && among.contains(&it.unit_id));
        those.map(|it| (it.unit_id, it)).collect()
    };
    let total = |given: &BTreeMap<UnitId, &ProfileValue>| -> Option<Quantity> {
        (!given.is_empty()).then(|| given.values().map(|it| it.value).sum())
    };
    let shown = catalogue.iter().filter(|indicator| is_one || indicator.adds_up);
    let lines: Vec<ProfileLine> = shown
        .filter_map(|indicator| {
            let now = of(&indicator.code, year, &communes.now);
            let before = of(&indicator.code, year - 1, &communes.before);
            // A percentage or an income of several communes that went into one is no sum.
            let before = if indicator.adds_up || before.len() <= 1 { before } else { BTreeMap::new() };
            let (value, previous) = (total(&now), total(&before));
            let is_same = now.keys().eq(before.keys());
            let one = now.values().next().copied().filter(|_| is_one);
            (value.is_some() || previous.is_some()).then(|| ProfileLine {
                indicator: (*indicator).clone(),
                value,
                communes: now.len(),
                previous,
                previous_communes: before.len(),
                change: value.zip(previous).filter(|_| is_same).map(|(value, previous)| value - previous),
                source: one.and_then(|it| it.source.clone()),
                as_of_date: one.and_then(|it| it.as_of_date),
            })
        })
        .collect();
    let (implied_totals, warnings) = if is_one { look(&lines) } else { (vec![], vec![]) };
    Profile { unit_id, year, map_of: communes.map_of, communes: communes.now.len(), lines, implied_totals, warnings }
}

/// A number as it stands in a sentence of both languages.
fn written(quantity: Quantity) -> (String, String) {
    (quantity.written(Language::Vi), quantity.written(Language::En))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn value(commune: u128, year: i32, indicator: &str, hundredths: i64) -> ProfileValue {
        ProfileValue {
            id: None,
            unit_id: UnitId(Uuid::from_u128(commune)),
            year,
            indicator: indicator.into(),
            value: Quantity::from_hundredths(hundredths).unwrap(),
            source: None,
            as_of_date: None,
            note: None,
        }
    }

    fn communes(ids: &[u128]) -> Communes {
        let ids: BTreeSet<_> = ids.iter().map(|id| UnitId(Uuid::from_u128(*id))).collect();
        Communes { map_of: "2018-12-31".parse().unwrap(), now: ids.clone(), before: ids }
    }

    #[test]
    fn the_catalogue_is_sound() {
        let codes: BTreeSet<_> = NATIONAL.iter().map(|it| it.code.clone()).collect();
        assert_eq!(codes.len(), NATIONAL.len());
        for it in &NATIONAL {
            let own = ProfileIndicator {
                id: None,
                code: format!("own_{}", it.code),
                label: it.label.clone(),
                measure: it.measure,
                whole: it.whole.clone().map(Cow::into_owned),
                part: it.part.clone().map(Cow::into_owned),
                adds_up: it.adds_up,
                active: true,
            };
            let mut faults = Faults::default();
            own.check(&mut faults, "2018-01-01".parse().unwrap());
            assert!(faults.is_empty(), "{}", it.code);
            let relative = |code: &Option<Cow<'_, str>>| code.as_deref().and_then(national);
            own.check_relatives(relative(&it.whole), relative(&it.part)).unwrap();
            assert!(it.whole.is_none() || relative(&it.whole).is_some(), "{}", it.code);
        }
    }

    #[test]
    fn a_communes_changes_are_against_the_year_before() {
        let values = [
            value(1, 2017, "poor_households", 600),
            value(1, 2018, "poor_households", 200),
            value(1, 2018, "area", 1037),
            value(1, 2017, "waste_collection_percent", 9300),
            value(1, 2018, "waste_collection_percent", 9400),
        ];
        let profile = profile(UnitId(Uuid::from_u128(1)), 2018, &communes(&[1]), &[], &values);
        let lines: Vec<_> = profile
            .lines
            .iter()
            .map(|line| (&*line.indicator.code, line.value.unwrap().to_string(), line.change.map(|change| change.to_string())))
            .collect();
        let expected = [
            ("area", "10.37".to_owned(), None),
            ("poor_households", "2".to_owned(), Some("-4".to_owned())),
            ("waste_collection_percent", "94".to_owned(), Some("1".to_owned())),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn of_several_communes_only_what_adds_up_is_added_and_changes_are_of_the_same_communes() {
        let values = [
            value(1, 2018, "residents", 915_400),
            value(2, 2018, "residents", 100_000),
            value(1, 2017, "residents", 900_000),
            value(1, 2018, "new_jobs", 8500),
            value(1, 2017, "new_jobs", 8000),
            value(1, 2018, "income_per_head", 7200),
            value(1, 2018, "literacy_percent", 10_000),
        ];
        let profile = profile(UnitId(Uuid::from_u128(9)), 2018, &communes(&[1, 2]), &[], &values);
        let [residents, jobs] = &profile.lines[..] else { panic!("{:?}", profile.lines) };
        assert_eq!((residents.value, residents.communes), (Some(Quantity::whole(10_154)), 2));
        assert_eq!((residents.previous_communes, residents.change), (1, None), "not the same communes");
        assert_eq!((jobs.communes, jobs.change), (1, Some(Quantity::whole(5))));
        assert!(profile.warnings.is_empty() && profile.implied_totals.is_empty());
    }
}
