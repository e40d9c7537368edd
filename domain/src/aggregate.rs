//! Rating distributions: counts, exact ratios, percentages that add to 100, coverage, boundaries.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

use crate::boundaries::{Boundaries, Breakdown, Key, Placing, RestatedBy, RowKey, Spot};
use crate::centre::OperatingModel;
use crate::id::{CentreId, UnitId};
use crate::scheme::{Rank, Subject};
use crate::text::Label;
use crate::unit::UnitMap;

/// Whole tenths of a percent for each count, adding to exactly 1000 (or to 0 when there is nothing).
///
/// Largest remainder in integer arithmetic; equal remainders go to the earlier entry, so with ranks
/// listed best first a tie goes to the better rank. Thái Bình's 158 / 125 / 3 of 286 give
/// 55.2 / 43.7 / 1.1, as printed in 2011; plain rounding would give 1.0 and add to 99.9.
pub fn tenths_of_percent(counts: &[u64]) -> Vec<u32> {
    let total: u128 = counts.iter().map(|count| u128::from(*count)).sum();
    if total == 0 {
        return vec![0; counts.len()];
    }
    let scaled = |count: u64| u128::from(count) * 1000;
    // Each quotient is at most 1000.
    let mut tenths: Vec<u32> = counts.iter().map(|count| u32::try_from(scaled(*count) / total).unwrap_or(u32::MAX)).collect();
    let missing = 1000 - tenths.iter().sum::<u32>() as usize;
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|place| (std::cmp::Reverse(scaled(counts[*place]) % total), *place));
    for place in by_remainder.into_iter().take(missing) {
        tenths[place] += 1;
    }
    tenths
}

/// A number with one decimal place, kept as whole tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = f64, example = 55.2)]
pub struct Tenths(pub i64);

impl Tenths {
    /// As a floating-point number, for spreadsheets.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 10.0
    }
}

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}.{}", if self.0 < 0 { "-" } else { "" }, self.0.abs() / 10, self.0.abs() % 10)
    }
}

impl Serialize for Tenths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Tenths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tenths = f64::deserialize(deserializer)? * 10.0;
        let whole = tenths.round();
        if (tenths - whole).abs() < 1e-6 && whole.abs() < 1e9 {
            Ok(Self(whole as i64))
        } else {
            Err(de::Error::custom("a percentage has one decimal place"))
        }
    }
}

/// What is known of one rated thing in one year: a centre that existed on the cut-off day, or a commune.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The centre; `None` for a commune.
    pub centre: Option<CentreId>,
    /// The commune on the cut-off day.
    pub commune: UnitId,
    /// Where the centre was placed by a person on a later map, if it was.
    pub placed_later: Option<UnitId>,
    /// The centre's operating model.
    pub model: Option<OperatingModel>,
    /// The decided rank.
    pub rank: Option<Rank>,
}

/// A rank's count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RankCount {
    /// The rank.
    pub rank: Rank,
    /// What people call it.
    pub label: Label,
    /// How many.
    #[schema(example = 158)]
    pub count: u64,
    /// Share of the rated, in percent with one decimal; all ranks of a row add to 100.
    pub percent: Tenths,
    /// Change of that share against the year compared with, in percentage points: the difference of the two printed figures.
    pub change_points: Option<Tenths>,
}

/// One row of a distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// What it stands for.
    pub key: RowKey,
    /// How many existed on the cut-off day.
    #[schema(example = 286)]
    pub base: u64,
    /// How many of these have a decided rating; the denominator of every share.
    #[schema(example = 286)]
    pub rated: u64,
    /// How many have none.
    #[schema(example = 0)]
    pub not_rated: u64,
    /// Rated of base, in percent with one decimal, rounded down; `null` when there is nothing.
    pub coverage_percent: Option<Tenths>,
    /// Counts by rank, best first.
    pub ranks: Vec<RankCount>,
}

/// A rating distribution.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Distribution {
    /// The unit; `null` for the nation.
    pub unit_id: Option<UnitId>,
    /// Its name on the map that was used.
    pub unit_name: Label,
    /// The year that was rated.
    #[schema(example = 2011)]
    pub year: i32,
    /// The year compared with.
    pub compare_year: Option<i32>,
    /// What was rated.
    pub subject: Subject,
    /// By what it is broken down.
    pub by: Breakdown,
    /// `as_was`, `restated`, `as_of:<date>` or `restated:<date>`, as asked for.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// Set when that map is only known from a later day on, and its oldest known state was used.
    pub map_known_from: Option<NaiveDate>,
    /// How centres were placed on a later map; `null` for `as_was`.
    pub restated_by: Option<RestatedBy>,
    /// All together.
    pub total: Row,
    /// The breakdown.
    pub rows: Vec<Row>,
}

/// What to count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The unit; `None` for the nation.
    pub unit: Option<UnitId>,
    /// The year.
    pub year: i32,
    /// The year to compare with.
    pub compare_year: Option<i32>,
    /// What was rated.
    pub subject: Subject,
    /// The breakdown.
    pub by: Breakdown,
    /// The boundaries.
    pub boundaries: Boundaries,
}

/// The ranks in use, and facts with the cut-off day they were taken at.
pub struct YearFacts<'a> {
    /// Facts of every tenant that the question touches.
    pub facts: Vec<&'a [Fact]>,
    /// The ranks of the schemes in use, best first.
    pub ranks: Vec<Rank>,
    /// The last day of the data window.
    pub cut_off: NaiveDate,
}

#[derive(Default, Clone)]
struct Tally {
    base: u64,
    ranks: BTreeMap<Rank, u64>,
}

impl Tally {
    fn add(&mut self, fact: &Fact) {
        self.base += 1;
        if let Some(rank) = fact.rank {
            *self.ranks.entry(rank).or_default() += 1;
        }
    }
}

struct Tallies {
    total: Tally,
    by_key: BTreeMap<Key, Tally>,
    restated_by: RestatedBy,
    map_date: NaiveDate,
}

fn tally(question: &Question, year: &YearFacts<'_>, map: &UnitMap, today: NaiveDate) -> Tallies {
    let map_date = question.boundaries.map_date(year.cut_off, today);
    let view = Placing { map, unit: question.unit, by: question.by, date: map_date };
    let mut tallies = Tallies { total: Tally::default(), by_key: BTreeMap::new(), restated_by: RestatedBy::default(), map_date };
    for fact in year.facts.iter().copied().flatten() {
        let spot = Spot { commune: fact.commune, placed_later: fact.placed_later, model: fact.model };
        let Some(key) = view.key_of(&spot, &mut tallies.restated_by) else { continue };
        tallies.total.add(fact);
        tallies.by_key.entry(key).or_default().add(fact);
    }
    tallies
}

fn row(key: RowKey, tally: &Tally, before: Option<&Tally>, ranks: &[Rank]) -> Row {
    let counts = |tally: &Tally| ranks.iter().map(|rank| tally.ranks.get(rank).copied().unwrap_or(0)).collect::<Vec<_>>();
    let now = counts(tally);
    let rated: u64 = now.iter().sum();
    let shares = tenths_of_percent(&now);
    let earlier = before.map(counts).filter(|counts| counts.iter().sum::<u64>() > 0).map(|counts| tenths_of_percent(&counts));
    let ranks = ranks
        .iter()
        .enumerate()
        .map(|(place, rank)| RankCount {
            rank: *rank,
            label: crate::Coded::label(*rank),
            count: now[place],
            percent: Tenths(i64::from(shares[place])),
            change_points: earlier
                .as_ref()
                .filter(|_| rated > 0)
                .map(|earlier| Tenths(i64::from(shares[place]) - i64::from(earlier[place]))),
        })
        .collect();
    let coverage = (tally.base > 0).then(|| Tenths((u128::from(rated) * 1000 / u128::from(tally.base)) as i64));
    Row { key, base: tally.base, rated, not_rated: tally.base - rated, coverage_percent: coverage, ranks }
}

/// Counts. The question's unit must be on the map of its day (the caller sees to that).
pub fn distribution(
    question: &Question,
    year: &YearFacts<'_>,
    compared: Option<&YearFacts<'_>>,
    map: &UnitMap,
    today: NaiveDate,
) -> Distribution {
    let tallies = tally(question, year, map, today);
    let before = compared.map(|compared| tally(question, compared, map, today));
    let day = tallies.map_date;
    let mut ranks = year.ranks.clone();
    ranks.extend(compared.iter().flat_map(|compared| compared.ranks.iter().copied()));
    ranks.extend(tallies.total.ranks.keys().copied());
    ranks.sort_unstable();
    ranks.dedup();

    let view = Placing { map, unit: question.unit, by: question.by, date: day };
    let none = Tally::default();
    let rows = view
        .rows(tallies.by_key.keys().copied())
        .into_iter()
        .map(|(key, row_key)| {
            let before = before.as_ref().and_then(|before| before.by_key.get(&key));
            row(row_key, tallies.by_key.get(&key).unwrap_or(&none), before, &ranks)
        })
        .collect();
    let total_key = view.total_key();
    Distribution {
        unit_id: question.unit,
        unit_name: total_key.label.clone(),
        year: question.year,
        compare_year: question.compare_year,
        subject: question.subject,
        by: question.by,
        boundaries: question.boundaries.to_string(),
        map_date: day,
        map_known_from: map.known_from(day),
        restated_by: (question.boundaries != Boundaries::AsWas).then_some(tallies.restated_by),
        total: row(total_key, &tallies.total, before.as_ref().map(|before| &before.total), &ranks),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thai_binh_2011_to_the_printed_digit() {
        assert_eq!(tenths_of_percent(&[158, 125, 3, 0, 0]), [552, 437, 11, 0, 0]);
    }

    #[test]
    fn ties_go_to_the_better_rank() {
        assert_eq!(tenths_of_percent(&[1, 1, 1]), [334, 333, 333]);
        assert_eq!(tenths_of_percent(&[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn percentages_add_to_100_and_stay_within_a_step_of_the_exact_value(counts in prop::collection::vec(0u64..=u64::from(u32::MAX), 1..9)) {
            let total: u128 = counts.iter().map(|count| u128::from(*count)).sum();
            let tenths = tenths_of_percent(&counts);
            prop_assert_eq!(tenths.iter().sum::<u32>(), if total == 0 { 0 } else { 1000 });
            for (place, (count, tenth)) in counts.iter().zip(&tenths).enumerate() {
                let (exact, shown) = (u128::from(*count) * 1000, u128::from(*tenth) * total);
                prop_assert!(exact.abs_diff(shown) < total.max(1), "more than one step off");
                for (other_place, (other, other_tenth)) in counts.iter().zip(&tenths).enumerate() {
                    prop_assert!(count <= other || tenth >= other_tenth, "a larger count never shows a smaller share");
                    prop_assert!(count != other || place >= other_place || tenth >= other_tenth, "ties go to the better rank");
                }
            }
        }
    }
}
