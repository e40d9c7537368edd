//! What looks wrong in a commune's numbers. A warning never refuses anything: people look, and leave what is right.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{ProfileLine, ProfileMeasure, written};
use crate::quantity::Quantity;
use crate::text::Label;

coded! {
    /// Why a number is doubted.
    pub enum ProfileDoubt in "profile_doubt" {
        /// A count and its percentage do not go together.
        CountAndPercent = "count_and_percent" ("số lượng và tỷ lệ không khớp", "a count and its percentage do not go together"),
        /// Counts and percentages of one whole go with different sizes of it.
        DifferentTotals = "different_totals" ("các tỷ lệ không cùng một tổng số", "percentages are not of the same total"),
        /// The whole is not of the size that counts and percentages of it go with.
        TotalOutside = "total_outside" ("tổng số không khớp với số lượng và tỷ lệ", "the total does not go with counts and percentages of it"),
        /// A part is larger than its whole.
        PartAboveWhole = "part_above_whole" ("phần lớn hơn tổng số", "a part is larger than its whole"),
        /// A share is more than all.
        AboveAll = "above_all" ("tỷ lệ trên 100 %", "a share above 100 %"),
        /// It is ten times what it was the year before, or a tenth.
        Jump = "jump" ("thay đổi từ 10 lần trở lên so với năm trước", "ten times the year before, or a tenth of it"),
        /// It is about a thousand times what it was, or a thousandth: a point was read for another.
        Separator = "separator" ("lệch khoảng 1.000 lần: có thể nhầm dấu phân cách hoặc đơn vị tính", "off by about a thousand: a separator or unit may have been misread"),
    }
}

/// Something to look at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProfileWarning {
    /// Why.
    pub doubt: ProfileDoubt,
    /// The numbers that it is about.
    #[schema(example = json!(["poor_households", "poor_households_percent"]))]
    pub indicators: Vec<String>,
    /// What was found.
    pub detail: Label,
}

/// How large a whole must be, by the counts and percentages that were given for its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImpliedTotal {
    /// The whole.
    #[schema(example = "households")]
    pub indicator: String,
    /// How large.
    #[serde(flatten)]
    pub range: ImpliedRange,
    /// The percentages that it follows from.
    #[schema(example = json!(["poor_households_percent", "near_poor_households_percent"]))]
    pub from: Vec<String>,
}

/// Whole numbers from one to another; without an end where `high` is `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImpliedRange {
    /// The least.
    #[schema(example = 2601)]
    pub low: i64,
    /// The most.
    #[schema(example = 2624)]
    pub high: Option<i64>,
}

impl ImpliedRange {
    const ALL: Self = Self { low: 0, high: None };

    fn is_empty(self) -> bool {
        self.high.is_some_and(|high| high < self.low)
    }

    /// Whether a number lies within.
    pub fn contains(self, number: i64) -> bool {
        self.low <= number && self.high.is_none_or(|high| number <= high)
    }

    fn and(self, other: Self) -> Self {
        let high = [self.high, other.high].into_iter().flatten().min();
        Self { low: self.low.max(other.low), high }
    }

    fn written(self) -> (String, String) {
        let (low_vi, low_en) = written(Quantity::whole(self.low));
        match self.high.map(|high| written(Quantity::whole(high))) {
            None => (format!("từ {low_vi} trở lên"), format!("{low_en} or more")),
            Some((high_vi, high_en)) => (format!("từ {low_vi} đến {high_vi}"), format!("{low_en} to {high_en}")),
        }
    }
}

/// The wholes of which `count` is `percent`, when the percentage was rounded half up. It is taken to have been rounded to the
/// places that it shows: 1.11 to hundredths, 1.1 to tenths, 94 to whole percents. `None` when there are none.
pub fn implied_total(count: i64, percent: Quantity) -> Option<ImpliedRange> {
    let shown = percent.hundredths();
    let step = if shown % 100 == 0 {
        100
    } else if shown % 10 == 0 {
        10
    } else {
        1
    };
    // (2 * shown - step) / 20,000 <= count / whole < (2 * shown + step) / 20,000
    let (count, from, below) = (i128::from(count), i128::from(2 * shown - step), i128::from(2 * shown + step));
    if count == 0 {
        return (from <= 0).then_some(ImpliedRange::ALL);
    }
    let bound = |number: i128| i64::try_from(number).unwrap_or(i64::MAX);
    let low = (20_000 * count / below + 1).max(count);
    let high = (from > 0).then(|| bound(20_000 * count / from));
    let range = ImpliedRange { low: bound(low), high };
    (!range.is_empty()).then_some(range)
}

/// What the numbers of a commune imply, and what looks wrong in them.
pub fn look(lines: &[ProfileLine]) -> (Vec<ImpliedTotal>, Vec<ProfileWarning>) {
    let (implied, mut warnings) = totals(lines);
    let of = |code: &str| lines.iter().find(|line| line.indicator.code == code);
    for line in lines {
        let Some(value) = line.value else { continue };
        if line.indicator.measure == ProfileMeasure::Percent && value > Quantity::whole(100) {
            warnings.push(above_all(line, value));
        }
        let whole = line.indicator.whole.as_deref().and_then(of);
        if let Some(whole) = whole.filter(|whole| whole.indicator.measure == line.indicator.measure)
            && let Some(total) = whole.value.filter(|total| value > *total)
        {
            warnings.push(part_above_whole((line, value), (whole, total)));
        }
        warnings.extend(line.previous.and_then(|before| jump(line, before, value)));
    }
    (implied, warnings)
}

/// A count and a percentage, each with its line, and what they imply of the whole.
type Implied<'l> = (&'l ProfileLine, Quantity, &'l ProfileLine, Quantity, ImpliedRange);

/// The wholes that counts and percentages imply, and where these contradict one another or what was entered.
fn totals(lines: &[ProfileLine]) -> (Vec<ImpliedTotal>, Vec<ProfileWarning>) {
    let of = |code: &str| lines.iter().find(|line| line.indicator.code == code);
    let mut warnings = vec![];
    let mut by_whole: BTreeMap<&str, Vec<Implied<'_>>> = BTreeMap::new();
    for share in lines.iter().filter(|line| line.indicator.measure == ProfileMeasure::Percent) {
        let (Some(percent), Some(whole)) = (share.value, share.indicator.whole.as_deref()) else { continue };
        let Some(part) = share.indicator.part.as_deref().and_then(of) else { continue };
        let Some(count) = part.value else { continue };
        match implied_total(count.hundredths() / 100, percent) {
            Some(range) => by_whole.entry(whole).or_default().push((share, percent, part, count, range)),
            None => warnings.push(count_and_percent((part, count), (share, percent))),
        }
    }
    let mut implied = vec![];
    for (whole, found) in by_whole {
        let range = found.iter().fold(ImpliedRange::ALL, |all, (.., range)| all.and(*range));
        let codes = |found: &[(&ProfileLine, Quantity, &ProfileLine, Quantity, ImpliedRange)]| -> Vec<String> {
            found.iter().map(|(share, ..)| share.indicator.code.to_string()).collect()
        };
        if range.is_empty() {
            let each: Vec<(String, String)> = found
                .iter()
                .map(|(_, percent, part, count, range)| {
                    let ((count_vi, count_en), (percent_vi, percent_en)) = (written(*count), written(*percent));
                    let ((range_vi, range_en), label) = (range.written(), &part.indicator.label);
                    (
                        format!("{}: {count_vi} = {percent_vi} % cần tổng số {range_vi}", label.vi),
                        format!("{}: {count_en} = {percent_en} % needs a total of {range_en}", label.en),
                    )
                })
                .collect();
            let (vi, en): (Vec<_>, Vec<_>) = each.into_iter().unzip();
            let detail = Label::new(
                format!("Các tỷ lệ không cùng một tổng số. {}.", vi.join("; ")),
                format!("The percentages are not of the same total. {}.", en.join("; ")),
            );
            warnings.push(ProfileWarning { doubt: ProfileDoubt::DifferentTotals, indicators: codes(&found), detail });
            continue;
        }
        if let Some((line, entered)) = of(whole).and_then(|line| line.value.map(|value| (line, value)))
            && !range.contains(entered.hundredths() / 100)
        {
            let ((entered_vi, entered_en), (range_vi, range_en)) = (written(entered), range.written());
            let label = &line.indicator.label;
            let detail = Label::new(
                format!("{}: đã ghi {entered_vi}, nhưng theo số lượng và tỷ lệ thì phải {range_vi}.", label.vi),
                format!("{}: {entered_en} was entered, but counts and percentages of it need {range_en}.", label.en),
            );
            let indicators = std::iter::once(whole.to_owned()).chain(codes(&found)).collect();
            warnings.push(ProfileWarning { doubt: ProfileDoubt::TotalOutside, indicators, detail });
        }
        if range != ImpliedRange::ALL {
            implied.push(ImpliedTotal { indicator: whole.to_owned(), range, from: codes(&found) });
        }
    }
    (implied, warnings)
}

fn count_and_percent((part, count): (&ProfileLine, Quantity), (share, percent): (&ProfileLine, Quantity)) -> ProfileWarning {
    let ((count_vi, count_en), (percent_vi, percent_en)) = (written(count), written(percent));
    let label = &part.indicator.label;
    ProfileWarning {
        doubt: ProfileDoubt::CountAndPercent,
        indicators: vec![part.indicator.code.to_string(), share.indicator.code.to_string()],
        detail: Label::new(
            format!("{}: không có tổng số nào mà {count_vi} làm tròn thành {percent_vi} %.", label.vi),
            format!("{}: of no total does {count_en} round to {percent_en} %.", label.en),
        ),
    }
}

fn above_all(line: &ProfileLine, value: Quantity) -> ProfileWarning {
    let ((vi, en), label) = (written(value), &line.indicator.label);
    ProfileWarning {
        doubt: ProfileDoubt::AboveAll,
        indicators: vec![line.indicator.code.to_string()],
        detail: Label::new(format!("{}: {vi} % là trên 100 %.", label.vi), format!("{}: {en} % is above 100 %.", label.en)),
    }
}

fn part_above_whole((part, value): (&ProfileLine, Quantity), (whole, total): (&ProfileLine, Quantity)) -> ProfileWarning {
    let ((value_vi, value_en), (total_vi, total_en)) = (written(value), written(total));
    let (label, of) = (&part.indicator.label, &whole.indicator.label);
    ProfileWarning {
        doubt: ProfileDoubt::PartAboveWhole,
        indicators: vec![part.indicator.code.to_string(), whole.indicator.code.to_string()],
        detail: Label::new(
            format!("{} ({value_vi}) lớn hơn {} ({total_vi}).", label.vi, of.vi),
            format!("{} ({value_en}) is larger than {} ({total_en}).", label.en, of.en),
        ),
    }
}

/// Below this, a count changes tenfold by itself: from 20 poor households to 2.
const SMALL: i64 = 100;

fn jump(line: &ProfileLine, before: Quantity, value: Quantity) -> Option<ProfileWarning> {
    let (less, more) = (before.min(value), before.max(value));
    let is_small = line.indicator.measure == ProfileMeasure::Count && more < Quantity::whole(SMALL);
    if less <= Quantity::default() || is_small || more.hundredths() / 10 < less.hundredths() {
        return None;
    }
    let times = more.hundredths() / less.hundredths();
    // A true change of up to a half lies over the thousand.
    let is_separator = (500..=2_000).contains(&times);
    let ((before_vi, before_en), (value_vi, value_en), label) = (written(before), written(value), &line.indicator.label);
    let change = Label::new(
        format!("{}: năm trước {before_vi}, năm nay {value_vi}.", label.vi),
        format!("{}: {before_en} the year before, {value_en} now.", label.en),
    );
    let (doubt, detail) = if is_separator {
        let detail = Label::new(
            format!("{} Lệch khoảng 1.000 lần: kiểm tra dấu phân cách («6.778» là 6778) và đơn vị tính.", change.vi),
            format!("{} That is about a thousand times: look at separators (“6.778” is 6778) and the unit.", change.en),
        );
        (ProfileDoubt::Separator, detail)
    } else {
        let detail = Label::new(
            format!("{} Thay đổi từ 10 lần trở lên: kiểm tra lại số và đơn vị tính.", change.vi),
            format!("{} That is tenfold or more: look at the number and its unit again.", change.en),
        );
        (ProfileDoubt::Jump, detail)
    };
    Some(ProfileWarning { doubt, indicators: vec![line.indicator.code.to_string()], detail })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::national;
    use super::*;

    fn quantity(hundredths: i64) -> Quantity {
        Quantity::from_hundredths(hundredths).unwrap()
    }

    fn line(code: &str, value: i64, before: Option<i64>) -> ProfileLine {
        ProfileLine {
            indicator: national(code).unwrap().clone(),
            value: Some(quantity(value)),
            communes: 1,
            previous: before.map(quantity),
            previous_communes: usize::from(before.is_some()),
            change: None,
            source: None,
            as_of_date: None,
        }
    }

    fn kim_son() -> Vec<ProfileLine> {
        vec![
            line("poor_households", 200, Some(600)),
            line("poor_households_percent", 8, None),
            line("near_poor_households", 2900, Some(4700)),
            line("near_poor_households_percent", 111, None),
        ]
    }

    fn doubts(lines: &[ProfileLine]) -> Vec<ProfileDoubt> {
        look(lines).1.into_iter().map(|warning| warning.doubt).collect()
    }

    #[test]
    fn kim_son_2018_has_2601_to_2624_households() {
        assert_eq!(implied_total(2, quantity(8)), Some(ImpliedRange { low: 2353, high: Some(2666) }));
        assert_eq!(implied_total(29, quantity(111)), Some(ImpliedRange { low: 2601, high: Some(2624) }));
        let (implied, warnings) = look(&kim_son());
        assert_eq!(warnings, []);
        let [households] = &implied[..] else { panic!("{implied:?}") };
        assert_eq!(
            (households.indicator.as_str(), households.range),
            ("households", ImpliedRange { low: 2601, high: Some(2624) })
        );
        assert_eq!(households.from, ["poor_households_percent", "near_poor_households_percent"]);
    }

    #[test]
    fn the_number_of_households_is_held_against_it() {
        for (households, expected) in
            [(2600, vec![ProfileDoubt::TotalOutside]), (2601, vec![]), (2624, vec![]), (2625, vec![ProfileDoubt::TotalOutside])]
        {
            let mut lines = kim_son();
            lines.push(line("households", households * 100, None));
            assert_eq!(doubts(&lines), expected, "{households}");
        }
        let mut lines = kim_son();
        lines.push(line("households", 915_400, None));
        let (_, warnings) = look(&lines);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert!(warning.detail.vi.contains("9.154") && warning.detail.vi.contains("từ 2.601 đến 2.624"), "{}", warning.detail.vi);
        assert!(warning.detail.en.contains("2,601 to 2,624"), "{}", warning.detail.en);
    }

    #[test]
    fn what_implies_two_totals_is_said() {
        let mut lines = kim_son();
        lines[1] = line("poor_households_percent", 80, None); // 0.8 % in place of 0.08 %
        let (implied, warnings) = look(&lines);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert_eq!((warning.doubt, implied.is_empty()), (ProfileDoubt::DifferentTotals, true));
        assert!(warning.detail.vi.contains("2 = 0,8 %"), "{}", warning.detail.vi);
    }

    #[test]
    fn a_percentage_is_as_exact_as_it_shows() {
        let table = [
            (1, 3333, Some((3, Some(3)))),
            (1, 3330, Some((3, Some(3)))),
            (47, 9400, Some((50, Some(50)))),
            (94, 9400, Some((100, Some(100)))),
            (940, 9400, Some((995, Some(1005)))),
            (5, 10_000, Some((5, Some(5)))),
            (5, 0, Some((1001, None))),
            (0, 0, Some((0, None))),
            (0, 8, None),
            (3, 20_000, None),
        ];
        for (count, percent, expected) in table {
            let found = implied_total(count, quantity(percent)).map(|range| (range.low, range.high));
            assert_eq!(found, expected, "{count} = {}", quantity(percent));
        }
    }

    #[test]
    fn parts_above_wholes_and_shares_above_all_are_said() {
        let lines = [line("residents", 915_400, None), line("female_residents", 915_500, None)];
        assert_eq!(doubts(&lines), [ProfileDoubt::PartAboveWhole]);
        assert_eq!(doubts(&[line("residents", 915_400, None), line("female_residents", 915_400, None)]), []);
        assert_eq!(doubts(&[line("waste_collection_percent", 10_001, None)]), [ProfileDoubt::AboveAll]);
        assert_eq!(doubts(&[line("waste_collection_percent", 10_000, None)]), []);
        assert_eq!(
            doubts(&[line("poor_households", 0, None), line("poor_households_percent", 111, None)]),
            [ProfileDoubt::CountAndPercent]
        );
    }

    #[test]
    fn jumps_are_told_from_misread_separators() {
        let table = [
            ("residents", 677_800, Some(678_000), vec![]),
            ("residents", 678, Some(677_800), vec![ProfileDoubt::Separator]), // 6.78 in place of 6778
            ("output", 250_800, Some(207_200), vec![]),
            ("output", 251, Some(207_200), vec![ProfileDoubt::Separator]),
            ("output", 2_072_000, Some(207_200), vec![ProfileDoubt::Jump]),
            ("output", 2_071_900, Some(207_200), vec![]),
            ("output", 20_720, Some(207_200), vec![ProfileDoubt::Jump]),
            ("poor_households", 200, Some(2000), vec![]),
            ("poor_households", 2000, Some(20_000), vec![ProfileDoubt::Jump]),
            ("new_jobs", 8500, Some(0), vec![]),
            ("new_jobs", 8500, None, vec![]),
        ];
        for (code, value, before, expected) in table {
            assert_eq!(doubts(&[line(code, value, before)]), expected, "{code} {before:?} {value}");
        }
    }

    proptest! {
        /// Whatever was counted and rounded, the true whole lies in what is implied; and what lies just outside would round otherwise.
        #[test]
        fn the_true_total_is_implied(whole in 1i64..50_000_000, part in 0.0..=1.0f64) {
            let count = ((whole as f64) * part) as i64;
            // Half up to hundredths of a percent.
            let rounded = |whole: i64| (i128::from(count) * 20_000 / i128::from(whole) + 1) / 2;
            let shown = rounded(whole) as i64;
            let range = implied_total(count, quantity(shown)).expect("a total");
            prop_assert!(range.contains(whole), "{count} of {whole} is {shown}: {range:?}");
            if shown % 10 != 0 && count > 0 {
                let high = range.high.unwrap();
                prop_assert_eq!((rounded(high), range.low == count || rounded(range.low) == i128::from(shown)), (i128::from(shown), true));
                prop_assert_ne!(rounded(high + 1), i128::from(shown));
            }
        }
    }
}
