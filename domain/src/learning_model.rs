//! Learning families, clans, communities, units and citizens: what a commune counts of each in a year. Never lists of persons:
//! the study promotion association has its own register of them.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::aggregate::Tenths;
use crate::centre::is_plausible;
use crate::id::{LearningModelCountId, UnitId};
use crate::problem::Faults;
use crate::quantity::Given;
use crate::record::{Holder, Record};
use crate::text::Label;
use crate::user::plain;

coded! {
    /// The five learning models of the study promotion association.
    pub enum LearningModel in "learning_model" {
        /// Gia đình học tập.
        Family = "family" ("gia đình học tập", "learning family"),
        /// Dòng họ học tập.
        Clan = "clan" ("dòng họ học tập", "learning clan"),
        /// Cộng đồng học tập thôn, bản, tổ dân phố.
        Community = "community" ("cộng đồng học tập (thôn, bản, tổ dân phố)", "learning community (hamlet)"),
        /// Đơn vị học tập.
        Unit = "unit" ("đơn vị học tập", "learning unit"),
        /// Công dân học tập.
        Citizen = "citizen" ("công dân học tập", "learning citizen"),
    }
}

/// What a commune counts of a learning model in a year. A blank is not a zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LearningModelCount {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<LearningModelCountId>,
    /// The commune. Its officers write it, and the people of a centre that lies there now.
    pub unit_id: UnitId,
    /// The year.
    #[validate(range(min = 2010, max = 2100))]
    #[schema(example = 2018, minimum = 2010, maximum = 2100)]
    pub year: i32,
    /// Which model.
    pub model: LearningModel,
    /// All families, clans, hamlets, units or adults of the commune.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 2612, minimum = 0, maximum = 10_000_000)]
    pub base_total: Option<i64>,
    /// Of these, how many registered for the title.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 2300, minimum = 0, maximum = 10_000_000)]
    pub registered: Option<i64>,
    /// Of those, how many were recognised.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 2150, minimum = 0, maximum = 10_000_000)]
    pub recognised: Option<i64>,
    /// The day on which it was counted.
    #[schema(example = "2018-11-20")]
    pub as_of_date: NaiveDate,
    /// Where the numbers come from, and what else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Record for LearningModelCount {
    type Id = LearningModelCountId;
    const SUBJECT: &'static str = "learning_model_count";
    const PLURAL: &'static str = "learning_model_counts";
    const NAME: (&'static str, &'static str) = ("số liệu mô hình học tập", "count of a learning model");
    const FIXED: &'static [&'static str] = &["unit_id", "year", "model"];

    fn own_id(&self) -> Option<LearningModelCountId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Unit(self.unit_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            is_plausible(self.as_of_date, today) && self.as_of_date <= today && self.as_of_date.year() >= self.year,
            "/as_of_date",
            "counted_since_the_year",
            "Ngày chốt số liệu không trước năm được tính và không ở tương lai.",
            "The day of counting is not before the year that is counted, and not in the future.",
        );
        faults.check(
            self.base_total.is_some() || self.registered.is_some() || self.recognised.is_some(),
            "/base_total",
            "something_counted",
            "Ghi ít nhất một số: tổng số, số đăng ký hoặc số được công nhận. Chưa có số nào thì không lập bản ghi; để trống khác với ghi 0.",
            "Give at least one number: all, registered or recognised. Where there is none yet, make no record; blank is not 0.",
        );
        let within = |part: Option<i64>, whole: Option<i64>| part.is_none_or(|part| whole.is_none_or(|whole| part <= whole));
        faults.check(
            within(self.registered, self.base_total),
            "/registered",
            "registered_within_base",
            "Số đăng ký không thể lớn hơn tổng số của xã: ai đăng ký cũng nằm trong tổng số.",
            "No more can register than there are in the commune.",
        );
        faults.check(
            within(self.recognised, self.registered) && within(self.recognised, self.base_total),
            "/recognised",
            "recognised_within_registered",
            "Số được công nhận không thể lớn hơn số đăng ký hay tổng số: người được công nhận nằm trong số đã đăng ký, số đăng ký nằm trong tổng số.",
            "No more can be recognised than registered, or than there are: who is recognised had registered before.",
        );
    }
}

/// A published target, shown beside what was counted. It decides nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LearningModelTarget {
    /// The first year that it is looked at.
    #[schema(example = 2021)]
    pub from_year: i32,
    /// The year by which it is to be reached.
    #[schema(example = 2026)]
    pub by_year: i32,
    /// The share, in percent.
    #[schema(example = 70)]
    pub percent: i32,
    /// Of whom.
    pub of: Label,
    /// Who set it.
    pub source: Label,
}

const fn target(from_year: i32, by_year: i32, percent: i32, of: Label, source: Label) -> LearningModelTarget {
    LearningModelTarget { from_year, by_year, percent, of, source }
}

const ASSOCIATION: Label = Label::fixed(
    "Chỉ tiêu của Hội Khuyến học Việt Nam giai đoạn 2021-2026",
    "Targets of the study promotion association, 2021-2026",
);
const CITIZENS: Label = Label::fixed("Quyết định 677/QĐ-TTg ngày 03/6/2022", "Decision 677/QĐ-TTg of 3 June 2022");
const ADULTS: Label = Label::fixed(
    "người lớn trong các gia đình, dòng họ, cộng đồng học tập",
    "adults in learning families, clans and communities",
);
const STAFF: Label =
    Label::fixed("cán bộ, công chức, viên chức trong các đơn vị học tập", "officials and staff in learning units");

/// The published targets of a model, as they are printed. Their bases are their own: few of them are the base that is counted here.
pub fn targets(model: LearningModel) -> Vec<LearningModelTarget> {
    let association = |percent, vi, en| target(2021, 2026, percent, Label::fixed(vi, en), ASSOCIATION);
    match model {
        LearningModel::Family => vec![association(70, "gia đình", "families")],
        LearningModel::Clan => vec![association(65, "dòng họ", "clans")],
        LearningModel::Community => vec![association(65, "cộng đồng", "communities")],
        LearningModel::Unit => vec![],
        LearningModel::Citizen => vec![
            association(50, "người trong độ tuổi lao động", "people of working age"),
            target(2022, 2025, 40, ADULTS, CITIZENS),
            target(2022, 2025, 60, STAFF, CITIZENS),
            target(2026, 2030, 60, ADULTS, CITIZENS),
            target(2026, 2030, 80, STAFF, CITIZENS),
        ],
    }
}

/// A part of a whole, exact and as a percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LearningModelShare {
    /// The part.
    #[schema(example = 2150)]
    pub part: i64,
    /// The whole.
    #[schema(example = 2612)]
    pub whole: i64,
    /// In percent with one decimal, half up.
    pub percent: Tenths,
    /// Over how many communes, which gave both.
    #[schema(example = 1)]
    pub communes: usize,
}

/// Tenths of a percent, half up; `None` where there is nothing to take a part of.
fn half_up(part: i64, whole: i64) -> Option<Tenths> {
    let (part, whole) = (i128::from(part), i128::from(whole));
    (whole > 0).then(|| Tenths(i64::try_from((part * 2000 + whole) / (2 * whole)).unwrap_or(i64::MAX)))
}

/// What the communes of a unit counted of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LearningModelSum {
    /// Which model.
    pub model: LearningModel,
    /// How many of the communes reported it.
    pub reported: usize,
    /// All there are.
    pub base_total: Given,
    /// Registered.
    pub registered: Given,
    /// Recognised.
    pub recognised: Given,
    /// The recognised as a share of all, over the communes that gave both.
    pub recognised_of_base: Option<LearningModelShare>,
    /// Published targets for that year, as they are printed: to look at, never a verdict.
    pub targets: Vec<LearningModelTarget>,
}

/// What the communes of a unit counted in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LearningModelSums {
    /// The unit.
    pub unit_id: UnitId,
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// The day whose map is used: the last of the year, or today.
    pub map_of: NaiveDate,
    /// How many communes of the unit are on that map.
    pub communes: usize,
    /// Each model.
    pub models: Vec<LearningModelSum>,
}

/// Adds up what the communes of a unit counted. `communes` are those on the map of the day; counts of others are left out, so that
/// nobody is counted in a commune and again in the one that took it over.
pub fn sum(
    unit_id: UnitId,
    year: i32,
    map_of: NaiveDate,
    communes: &BTreeSet<UnitId>,
    counts: &[LearningModelCount],
) -> LearningModelSums {
    let models = LearningModel::ALL.iter().map(|model| {
        let of_model: Vec<_> = counts
            .iter()
            .filter(|count| count.year == year && count.model == *model && communes.contains(&count.unit_id))
            .collect();
        let total = |of: fn(&LearningModelCount) -> Option<i64>| {
            let mut total = Given::default();
            of_model.iter().for_each(|count| total.add(of(count)));
            total
        };
        let both: Vec<(i64, i64)> = of_model.iter().filter_map(|count| count.recognised.zip(count.base_total)).collect();
        let (part, whole) = (both.iter().map(|(part, _)| part).sum(), both.iter().map(|(_, whole)| whole).sum());
        LearningModelSum {
            model: *model,
            reported: of_model.len(),
            base_total: total(|count| count.base_total),
            registered: total(|count| count.registered),
            recognised: total(|count| count.recognised),
            recognised_of_base: half_up(part, whole).map(|percent| LearningModelShare {
                part,
                whole,
                percent,
                communes: both.len(),
            }),
            targets: targets(*model).into_iter().filter(|target| (target.from_year..=target.by_year).contains(&year)).collect(),
        }
    });
    LearningModelSums { unit_id, year, map_of, communes: communes.len(), models: models.collect() }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn unit(n: u128) -> UnitId {
        UnitId(Uuid::from_u128(n))
    }

    fn families(commune: u128, [base_total, registered, recognised]: [Option<i64>; 3]) -> LearningModelCount {
        LearningModelCount {
            id: None,
            unit_id: unit(commune),
            year: 2018,
            model: LearningModel::Family,
            base_total,
            registered,
            recognised,
            as_of_date: "2018-11-20".parse().unwrap(),
            note: None,
        }
    }

    #[test]
    fn who_is_recognised_had_registered_and_who_registers_is_there() {
        let table = [
            ([Some(100), Some(90), Some(80)], vec![]),
            ([Some(100), Some(100), Some(100)], vec![]),
            ([Some(0), Some(0), Some(0)], vec![]),
            ([None, Some(90), None], vec![]),
            ([Some(100), None, Some(80)], vec![]),
            ([Some(100), Some(101), Some(80)], vec!["registered_within_base"]),
            ([Some(100), Some(90), Some(91)], vec!["recognised_within_registered"]),
            ([Some(100), None, Some(101)], vec!["recognised_within_registered"]),
            ([None, Some(5), Some(6)], vec!["recognised_within_registered"]),
            ([None, None, None], vec!["something_counted"]),
        ];
        for (numbers, expected) in table {
            let mut faults = Faults::default();
            families(1, numbers).check(&mut faults, "2019-01-01".parse().unwrap());
            let found = faults.into_result().err().map(|problem| problem.faults).unwrap_or_default();
            assert_eq!(found.iter().map(|fault| fault.rule).collect::<Vec<_>>(), expected, "{numbers:?}");
        }
    }

    #[test]
    fn sums_say_over_how_many_communes_they_run() {
        let counts = [
            families(1, [Some(2000), Some(1500), Some(1442)]),
            families(2, [None, Some(100), Some(90)]),
            families(9, [Some(5), Some(5), Some(5)]),
        ];
        let communes = BTreeSet::from([unit(1), unit(2), unit(3)]);
        let sums = sum(unit(0), 2018, "2018-12-31".parse().unwrap(), &communes, &counts);
        let families = &sums.models[0];
        assert_eq!((sums.communes, families.reported), (3, 2));
        assert_eq!(families.base_total, Given { sum: Some(2000), reported: 1 });
        assert_eq!(families.recognised, Given { sum: Some(1532), reported: 2 });
        let share = families.recognised_of_base.unwrap();
        assert_eq!((share.part, share.whole, share.communes, share.percent), (1442, 2000, 1, Tenths(721)));
        let clans = &sums.models[1];
        assert_eq!((clans.reported, clans.recognised.sum, clans.recognised_of_base), (0, None, None));
    }

    #[test]
    fn a_percentage_is_rounded_half_up_by_whole_numbers() {
        // 16,635,366 families are 72.11 % of about 23.07 million.
        let table =
            [(1, 8, 125), (1, 2000, 1), (1, 2001, 0), (1, 3, 333), (2, 3, 667), (3, 3, 1000), (16_635_366, 23_069_430, 721)];
        for (part, whole, tenths) in table {
            assert_eq!(half_up(part, whole), Some(Tenths(tenths)), "{part} of {whole}");
        }
        assert_eq!(half_up(0, 0), None);
    }

    #[test]
    fn targets_are_shown_in_their_years_as_they_are_printed() {
        let of = |model, year| -> Vec<i32> {
            let none = BTreeSet::new();
            let sums = sum(unit(0), year, "2018-12-31".parse().unwrap(), &none, &[]);
            let found = sums.models.into_iter().find(|sum| sum.model == model).unwrap();
            found.targets.iter().map(|target| target.percent).collect()
        };
        assert_eq!(of(LearningModel::Family, 2018), [] as [i32; 0]);
        assert_eq!(of(LearningModel::Family, 2024), [70]);
        assert_eq!(of(LearningModel::Citizen, 2024), [50, 40, 60]);
        assert_eq!(of(LearningModel::Citizen, 2028), [60, 80]);
        assert_eq!(of(LearningModel::Unit, 2024), [] as [i32; 0]);
    }
}
