//! From records to rating: what a centre's records say of a criterion, how well they cover it, and where to read them.
//!
//! A measure suggests; people decide. What nobody recorded is unknown, not zero, and suggests nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

use crate::Coded;
use crate::activity::{ActivityScope, Category};
use crate::appointment::Sector;
use crate::id::{CentreId, PlanId, PlanItemId, SiteId};
use crate::points::Points;
use crate::problem::{Fault, Faults};
use crate::round::Round;
use crate::scheme::{Criterion, Method, Rank, SchemeContent, Score, Subject};
use crate::text::Label;

coded! {
    /// What can be measured of a centre's records in a round's data window. Own work is what the centre ran, alone or with others.
    pub enum RecordMeasure in "measure" {
        /// Participations in own activities; without those that did not count them.
        ParticipationsOwn = "participations_own" ("Lượt người tham gia hoạt động do trung tâm tổ chức", "Participations in the centre's own activities"),
        /// Classes and themes of own activities.
        ClassesOwn = "classes_own" ("Lớp, chuyên đề do trung tâm tổ chức", "Classes and themes of the centre's own"),
        /// Sessions of own activities.
        SessionsOwn = "sessions_own" ("Buổi do trung tâm tổ chức", "Sessions of the centre's own"),
        /// How many of the ten national categories have an own activity.
        CategoriesActive = "categories_active" ("Số nhóm nội dung có hoạt động của trung tâm", "Categories with an activity of the centre's own"),
        /// Months in which an own activity began.
        MonthsActive = "months_active" ("Số tháng có hoạt động của trung tâm", "Months with an activity of the centre's own"),
        /// Women and girls of a hundred participations, of the own activities that reported them.
        FemalePercent = "female_percent" ("Tỷ lệ nữ trong số lượt người, tính trên hoạt động có ghi số nữ", "Share of women, of the own activities that reported it"),
        /// Items of the approved plan of the round's year that own activities carried out, of a hundred.
        PlanDonePercent = "plan_done_percent" ("Tỷ lệ việc trong kế hoạch năm đã thực hiện", "Share of the year's plan that was carried out"),
        /// Sites below the centre with an own activity.
        SitesActive = "sites_active" ("Số điểm học tập có hoạt động của trung tâm", "Sites with an activity of the centre's own"),
        /// Trainings that the centre's people attended, whoever held them.
        TrainingsAttended = "trainings_attended" ("Đợt tập huấn, bồi dưỡng có người của trung tâm tham gia", "Trainings attended by the centre's people"),
        /// Money mobilised from society: enterprises, benefactors, religious bodies, the people; gifts in kind as far as valued.
        MobilisedVnd = "mobilised_vnd" ("Tiền và hiện vật huy động từ xã hội", "Money and gifts mobilised from society"),
        /// How many of local government, education and study promotion sit on the board on the last day of the data window.
        BoardSectors = "board_sectors" ("Số thành phần (chính quyền, giáo dục, khuyến học) có trong ban giám đốc", "Sectors represented on the board"),
        /// Assets that somebody confirmed in the round's year, of a hundred.
        AssetsConfirmedPercent = "assets_confirmed_percent" ("Tỷ lệ mục tài sản đã kiểm kê trong năm", "Share of assets confirmed in the year"),
    }
}

coded! {
    /// In what a measure is counted.
    pub enum MeasureUnit in "measure_unit" {
        /// Participations.
        Participations = "participations" ("lượt người", "participations"),
        /// Classes and themes.
        Classes = "classes" ("lớp, chuyên đề", "classes and themes"),
        /// Sessions.
        Sessions = "sessions" ("buổi", "sessions"),
        /// National categories.
        Categories = "categories" ("nhóm nội dung", "categories"),
        /// Months.
        Months = "months" ("tháng", "months"),
        /// Percent, with one decimal, rounded down: a threshold is reached only when it is.
        Percent = "percent" ("%", "%"),
        /// Sites.
        Sites = "sites" ("điểm học tập", "sites"),
        /// Trainings.
        Trainings = "trainings" ("đợt", "trainings"),
        /// Whole VND.
        Vnd = "vnd" ("đồng", "VND"),
        /// Sectors.
        Sectors = "sectors" ("thành phần", "sectors"),
    }
}

impl RecordMeasure {
    /// In what it is counted.
    pub fn unit(self) -> MeasureUnit {
        match self {
            Self::ParticipationsOwn => MeasureUnit::Participations,
            Self::ClassesOwn => MeasureUnit::Classes,
            Self::SessionsOwn => MeasureUnit::Sessions,
            Self::CategoriesActive => MeasureUnit::Categories,
            Self::MonthsActive => MeasureUnit::Months,
            Self::FemalePercent | Self::PlanDonePercent | Self::AssetsConfirmedPercent => MeasureUnit::Percent,
            Self::SitesActive => MeasureUnit::Sites,
            Self::TrainingsAttended => MeasureUnit::Trainings,
            Self::MobilisedVnd => MeasureUnit::Vnd,
            Self::BoardSectors => MeasureUnit::Sectors,
        }
    }

    /// The most that it can come to, where that is known.
    fn most(self) -> Option<MeasureValue> {
        match self.unit() {
            MeasureUnit::Percent => Some(MeasureValue::whole(100)),
            MeasureUnit::Categories => Some(MeasureValue::whole(Category::ALL.len() as i64)),
            MeasureUnit::Sectors => Some(MeasureValue::whole(SEATS.len() as i64)),
            _ => None,
        }
    }

    /// Whether it is taken of activities.
    pub fn is_of_activities(self) -> bool {
        !matches!(self, Self::TrainingsAttended | Self::MobilisedVnd | Self::BoardSectors | Self::AssetsConfirmedPercent)
    }

    /// Whether it can be taken of one category.
    fn takes_category(self) -> bool {
        self.is_of_activities() && !matches!(self, Self::CategoriesActive | Self::PlanDonePercent)
    }

    /// Whether it can be taken of the centre's or the hamlets' activities alone.
    fn takes_scope(self) -> bool {
        self.is_of_activities() && self != Self::PlanDonePercent
    }
}

/// A number with at most one decimal place, kept as whole tenths; at most 10¹⁵.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, ToSchema)]
#[schema(value_type = f64, example = 712)]
pub struct MeasureValue(i64);

impl MeasureValue {
    /// None of it.
    pub const ZERO: Self = Self(0);
    const MAX_TENTHS: i64 = 10_000_000_000_000_000;

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self(number.saturating_mul(10).clamp(-Self::MAX_TENTHS, Self::MAX_TENTHS))
    }

    /// A part of a whole in percent, rounded down; `None` where there is no whole.
    pub fn percent(part: i64, whole: i64) -> Option<Self> {
        let tenths = (i128::from(part) * 1000).checked_div(i128::from(whole))?;
        i64::try_from(tenths).ok().map(Self)
    }

    /// What is left when another is taken away.
    pub fn less(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Display for MeasureValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        match (self.0.abs() / 10, self.0.abs() % 10) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, tenth) => write!(f, "{sign}{whole}.{tenth}"),
        }
    }
}

impl Serialize for MeasureValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 10 == 0 { serializer.serialize_i64(self.0 / 10) } else { serializer.serialize_f64(self.0 as f64 / 10.0) }
    }
}

impl<'de> Deserialize<'de> for MeasureValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tenths = f64::deserialize(deserializer)? * 10.0;
        let whole = tenths.round();
        if (tenths - whole).abs() < 1e-6 && whole.abs() <= Self::MAX_TENTHS as f64 {
            Ok(Self(whole as i64))
        } else {
            Err(de::Error::custom("a quantity is a number with at most one decimal place, not above 10^15"))
        }
    }
}

/// How a criterion is measured by the centre's records, and what a value suggests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureRule {
    /// What is measured.
    pub measure: RecordMeasure,
    /// Only of this national category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Only of the centre itself, or of the hamlets; left out for both together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ActivityScope>,
    /// What a value suggests, best first, the last from 0; empty where it is only shown.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub bands: Vec<Band>,
}

/// From a value on, what is suggested: points or a level, as the scheme's method asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// From this value on.
    pub from: MeasureValue,
    /// The points (method `points`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// The level (method `all_indicators`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Rank>,
}

/// What a centre's records said of a criterion at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Measured {
    /// What was measured.
    pub measure: RecordMeasure,
    /// Only of this category; `null` for all.
    pub category: Option<Category>,
    /// Only of the centre itself, or of the hamlets; `null` for both together.
    pub scope: Option<ActivityScope>,
    /// In what it is counted.
    pub unit: MeasureUnit,
    /// The value; `null` where no record gives it, which is not zero.
    pub value: Option<MeasureValue>,
    /// How many records gave it (of a plan: how many of its items were carried out) …
    #[schema(example = 9)]
    pub reported: u64,
    /// … out of how many.
    #[schema(example = 9)]
    pub of: u64,
    /// First day of the round's data window.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// When it was measured.
    pub as_of: DateTime<Utc>,
    /// The list of the very records behind it.
    #[schema(example = "/v1/activities?centre_id=0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11&from=2018-01-01&to=2018-12-31&own=true")]
    pub records: String,
    /// Whether it suggests a score where records give a value; otherwise it is only shown.
    #[serde(default)]
    #[schema(required = false)]
    pub suggests: bool,
    /// The points that it suggests.
    pub suggested_points: Option<Points>,
    /// The level that it suggests.
    pub suggested_level: Option<Rank>,
}

impl Measured {
    /// Whether a score is something else than what the records suggest, or claims something where no record gives a value. A blank
    /// score does neither, nor does one without points beside what nobody recorded.
    pub fn differs_from(&self, points: Option<Points>, level: Option<Rank>) -> bool {
        if self.value.is_none() {
            return self.suggests && (points.is_some_and(|points| points > Points::ZERO) || level.is_some());
        }
        let differs = |suggested: Option<Points>| suggested.is_some() && points.is_some() && suggested != points;
        differs(self.suggested_points) || (self.suggested_level.is_some() && level.is_some() && self.suggested_level != level)
    }

    /// Whether both suggest the same.
    pub fn suggests_as(&self, other: &Self) -> bool {
        (self.suggested_points, self.suggested_level) == (other.suggested_points, other.suggested_level)
    }

    /// Whether the records say the same in both.
    pub fn says_as(&self, other: &Self) -> bool {
        let said = |it: &Self| (it.value, it.reported, it.of);
        said(self) == said(other)
    }

    /// What it suggests and why, for people.
    pub fn told(&self) -> Label {
        if self.value.is_none() {
            return Label::fixed("không có gì vì không bản ghi nào có số liệu này", "nothing, as no entry gives this number");
        }
        let suggested = |label: fn(Rank) -> String| match (self.suggested_points, self.suggested_level) {
            (Some(points), _) => points.to_string(),
            (None, Some(level)) => label(level),
            (None, None) => "–".into(),
        };
        let value = self.value.map_or("–".into(), |value| value.to_string());
        let unit = self.unit.label();
        Label::new(
            format!(
                "{} (số liệu: {value} {}, {} trên {} bản ghi)",
                suggested(|rank| rank.label().vi.into()),
                unit.vi,
                self.reported,
                self.of
            ),
            format!(
                "{} (records: {value} {}, {} of {} entries)",
                suggested(|rank| rank.label().en.into()),
                unit.en,
                self.reported,
                self.of
            ),
        )
    }
}

/// A measure that was taken, as a record is held against it.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The centre that was measured.
    pub centre: CentreId,
    /// The year of the rating.
    pub year: i32,
    /// What was measured.
    pub measured: &'a Measured,
}

impl Look<'_> {
    /// Whether a day lies in the data window.
    pub fn holds(&self, day: NaiveDate) -> bool {
        (self.measured.from..=self.measured.to).contains(&day)
    }
}

/// An activity, as far as measures look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Whether the centre ran it.
    pub is_own: bool,
    /// The national category.
    pub category: Category,
    /// Of the centre, or of the hamlets.
    pub scope: ActivityScope,
    /// The first day of the month that it counts in.
    pub month: NaiveDate,
    /// The site.
    pub site: Option<SiteId>,
    /// The item of a plan that it carried out.
    pub plan_item: Option<PlanItemId>,
    /// Classes.
    pub classes: Option<i64>,
    /// Sessions.
    pub sessions: Option<i64>,
    /// Participations.
    pub participations: Option<i64>,
    /// Participations of women and girls.
    pub female: Option<i64>,
}

impl Work {
    /// Whether anything took place: the totals of a month may say that nothing did.
    fn took_place(&self) -> bool {
        let counts = [self.classes, self.sessions, self.participations];
        counts.iter().all(Option::is_none) || counts.iter().flatten().any(|count| *count > 0)
    }
}

/// What a centre recorded in a data window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Its activities.
    pub work: Vec<Work>,
    /// Its approved plan of the year; `None` without one.
    pub plan: Option<Planned>,
    /// How many trainings its people attended.
    pub trainings: usize,
    /// What it got from society, entry by entry; a gift in kind may have no value.
    pub mobilised: Vec<Option<i64>>,
    /// The sectors of those who sit on its board on the last day; of some it is not recorded.
    pub board: Vec<Option<Sector>>,
    /// Its assets of the last day: whether each was confirmed in the round's year.
    pub assets: Vec<bool>,
}

/// The sectors that are looked for on a board.
const SEATS: [Sector; 3] = [Sector::LocalGovernment, Sector::Education, Sector::StudyPromotion];

/// A plan in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The plan.
    pub id: PlanId,
    /// Its items and those that they go on from, each with the item that it counts for.
    pub counts_for: HashMap<PlanItemId, PlanItemId>,
}

/// Of whom and when measures are taken.
#[derive(Debug, Clone, Copy)]
pub struct Taking<'a> {
    /// The centre.
    pub centre: CentreId,
    /// The round, with its data window and year.
    pub round: &'a Round,
    /// The moment.
    pub at: DateTime<Utc>,
}

/// What was counted: the value, how many records gave it, out of how many.
type Counted = (Option<MeasureValue>, usize, usize);

fn sum(work: &[&Work], number: fn(&Work) -> Option<i64>) -> Counted {
    let given: Vec<i64> = work.iter().filter_map(|it| number(it)).collect();
    let value = (!given.is_empty()).then(|| MeasureValue::whole(given.iter().fold(0, |sum, number| sum.saturating_add(*number))));
    (value, given.len(), work.len())
}

fn distinct<K: Ord>(work: &[&Work], key: fn(&Work) -> Option<K>) -> Counted {
    let reported = work.iter().filter(|it| key(it).is_some()).count();
    let found: BTreeSet<K> = work.iter().filter(|it| it.took_place()).filter_map(|it| key(it)).collect();
    let value = (reported > 0).then(|| MeasureValue::whole(i64::try_from(found.len()).unwrap_or(i64::MAX)));
    (value, reported, work.len())
}

impl MeasureRule {
    /// The activities that it looks at.
    fn covers(&self, work: &Work) -> bool {
        work.is_own
            && self.category.is_none_or(|category| work.category == category)
            && self.scope.is_none_or(|scope| work.scope == scope)
    }

    fn count(&self, records: &Records) -> Counted {
        let own: Vec<&Work> = records.work.iter().filter(|work| self.covers(work)).collect();
        match self.measure {
            RecordMeasure::ParticipationsOwn => sum(&own, |it| it.participations),
            RecordMeasure::ClassesOwn => sum(&own, |it| it.classes),
            RecordMeasure::SessionsOwn => sum(&own, |it| it.sessions),
            RecordMeasure::CategoriesActive => distinct(&own, |it| Some(it.category)),
            RecordMeasure::MonthsActive => distinct(&own, |it| Some(it.month)),
            RecordMeasure::SitesActive => distinct(&own, |it| it.site),
            RecordMeasure::FemalePercent => {
                let given: Vec<(i64, i64)> = own.iter().filter_map(|it| it.female.zip(it.participations)).collect();
                let add = |part: fn(&(i64, i64)) -> i64| given.iter().map(part).fold(0i64, i64::saturating_add);
                (MeasureValue::percent(add(|it| it.0), add(|it| it.1)), given.len(), own.len())
            }
            RecordMeasure::TrainingsAttended => {
                let number = records.trainings;
                let value = (number > 0).then(|| MeasureValue::whole(i64::try_from(number).unwrap_or(i64::MAX)));
                (value, number, number)
            }
            RecordMeasure::MobilisedVnd => {
                let given: Vec<i64> = records.mobilised.iter().copied().flatten().collect();
                let value = given.iter().copied().reduce(i64::saturating_add).map(MeasureValue::whole);
                (value, given.len(), records.mobilised.len())
            }
            RecordMeasure::BoardSectors => {
                let known = records.board.iter().flatten().count();
                let there = SEATS.iter().filter(|sector| records.board.contains(&Some(**sector))).count();
                (i64::try_from(there).ok().filter(|_| known > 0).map(MeasureValue::whole), known, records.board.len())
            }
            RecordMeasure::AssetsConfirmedPercent => {
                let (confirmed, all) =
                    (records.assets.iter().filter(|is_confirmed| **is_confirmed).count(), records.assets.len());
                let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
                // Where nobody looked, nobody knows: that is not a share of zero.
                if confirmed == 0 {
                    return (None, 0, all);
                }
                (MeasureValue::percent(number(confirmed), number(all)), all, all)
            }
            RecordMeasure::PlanDonePercent => {
                let Some(plan) = &records.plan else { return (None, 0, 0) };
                let planned: BTreeSet<PlanItemId> = plan.counts_for.values().copied().collect();
                let carried_out = own.iter().filter(|it| it.took_place()).filter_map(|it| it.plan_item);
                let done: BTreeSet<PlanItemId> = carried_out.filter_map(|item| plan.counts_for.get(&item).copied()).collect();
                let number = |items: &BTreeSet<PlanItemId>| i64::try_from(items.len()).unwrap_or(i64::MAX);
                (MeasureValue::percent(number(&done), number(&planned)), done.len(), planned.len())
            }
        }
    }

    /// The list of the records that it is counted from.
    fn records_of(&self, taking: &Taking<'_>, records: &Records) -> String {
        let Taking { centre, round, .. } = taking;
        match self.measure {
            RecordMeasure::TrainingsAttended => {
                let (from, to) = (round.data_from, round.data_to);
                return format!("/v1/events?centre_id={centre}&attended=true&kind=training&from={from}&to={to}");
            }
            RecordMeasure::MobilisedVnd => {
                let (from, to) = (round.data_from, round.data_to);
                return format!("/v1/money_entries?centre_id={centre}&direction=income&from={from}&to={to}");
            }
            RecordMeasure::BoardSectors => {
                return format!("/v1/appointments?centre_id={centre}&body=board&as_of={}", round.data_to);
            }
            RecordMeasure::AssetsConfirmedPercent => return format!("/v1/assets?centre_id={centre}"),
            _ => {}
        }
        let mut link = format!("/v1/activities?centre_id={centre}&from={}&to={}&own=true", round.data_from, round.data_to);
        if let Some(category) = self.category {
            link.push_str(&format!("&category={category}"));
        }
        if let Some(scope) = self.scope {
            link.push_str(&format!("&scope={scope}"));
        }
        match &records.plan {
            _ if self.measure != RecordMeasure::PlanDonePercent => link,
            Some(plan) => format!("{link}&plan_id={}", plan.id),
            // Nothing was counted: here is where the plan is missing.
            None => format!("/v1/plans?centre_id={centre}&year={}", round.year),
        }
    }

    /// Measures.
    pub fn take(&self, taking: &Taking<'_>, records: &Records) -> Measured {
        let (value, reported, of) = self.count(records);
        let band = value.and_then(|value| self.bands.iter().find(|band| value >= band.from));
        Measured {
            measure: self.measure,
            category: self.category,
            scope: self.scope,
            unit: self.measure.unit(),
            value,
            reported: reported as u64,
            of: of as u64,
            from: taking.round.data_from,
            to: taking.round.data_to,
            as_of: taking.at,
            records: self.records_of(taking, records),
            suggests: !self.bands.is_empty(),
            suggested_points: band.and_then(|band| band.points),
            suggested_level: band.and_then(|band| band.level),
        }
    }

    /// Checks it where it stands in a scheme, as far as a draft must be right.
    pub fn check(&self, criterion: &Criterion, scheme: &SchemeContent, at: &str, faults: &mut Faults) {
        faults.check(
            scheme.subject == Subject::Centre,
            at,
            "measures_of_centres",
            "Chỉ bộ tiêu chí đánh giá trung tâm mới lấy số liệu từ sổ của trung tâm.",
            "Only a scheme that rates centres measures the records of a centre.",
        );
        faults.check(
            criterion.children.is_empty(),
            at,
            "measure_on_leaves",
            "Chỉ tiêu chí cấp cuối có chỉ số; cấp trên được cộng lại.",
            "Only the lowest level is measured; groups are summed.",
        );
        faults.check(
            self.category.is_none() || self.measure.takes_category(),
            format!("{at}/category"),
            "category_of_measure",
            "Chỉ số này không tính riêng cho một nhóm nội dung.",
            "This measure is not taken of a single category.",
        );
        faults.check(
            self.scope.is_none() || self.measure.takes_scope(),
            format!("{at}/scope"),
            "scope_of_measure",
            "Chỉ số này không tính riêng theo phạm vi.",
            "This measure is not taken of a single scope.",
        );
        faults.check(self.bands.len() <= 20, format!("{at}/bands"), "too_many", "Nhiều nhất 20 mức.", "At most 20 bands.");
        for (place, band) in self.bands.iter().enumerate() {
            self.check_band(band, place, (criterion, scheme), &format!("{at}/bands/{place}"), faults);
        }
    }

    fn check_band(
        &self,
        band: &Band,
        place: usize,
        (criterion, scheme): (&Criterion, &SchemeContent),
        at: &str,
        faults: &mut Faults,
    ) {
        faults.check(
            band.from >= MeasureValue::ZERO && self.measure.most().is_none_or(|most| band.from <= most),
            format!("{at}/from"),
            "reachable",
            "Giá trị này không thể có: từ 0 trở lên, tỷ lệ không quá 100, nhóm nội dung không quá 10.",
            "No value comes to this: it is 0 or more, a percentage at most 100, categories at most 10.",
        );
        let before = place.checked_sub(1).and_then(|before| self.bands.get(before));
        faults.check(
            before.is_none_or(|before| before.from > band.from),
            format!("{at}/from"),
            "bands_fall",
            "Xếp mức cao nhất trước; giá trị phải giảm dần.",
            "Bands stand best first, each from a lower value than the one before.",
        );
        match scheme.method {
            Method::Points => {
                faults.check(
                    band.points.is_some() && band.level.is_none(),
                    format!("{at}/points"),
                    "band_of_points",
                    "Bộ tiêu chí chấm điểm: mỗi mức nêu điểm, không nêu mức độ.",
                    "In a scheme of points each band gives points and no level.",
                );
                if let (Some(points), Some(max)) = (band.points, criterion.max_points)
                    && points > max
                {
                    faults.push(Fault::body(
                        format!("{at}/points"),
                        "max_points",
                        Label::new(
                            format!("Tiêu chí {} có nhiều nhất {max} điểm.", criterion.code),
                            format!("Criterion {} has at most {max} points.", criterion.code),
                        ),
                    ));
                }
                let falls = before.and_then(|before| before.points).zip(band.points).is_none_or(|(before, now)| before > now);
                faults.check(
                    falls,
                    format!("{at}/points"),
                    "best_first",
                    "Mức sau phải ít điểm hơn mức trước.",
                    "Each band gives fewer points than the one before.",
                );
            }
            Method::AllIndicators => {
                faults.check(
                    band.level.is_some() && band.points.is_none(),
                    format!("{at}/level"),
                    "band_of_levels",
                    "Bộ tiêu chí xét mức độ: mỗi mức nêu mức độ, không nêu điểm.",
                    "In a scheme of levels each band gives a level and no points.",
                );
                faults.check(
                    band.level.is_none_or(|level| scheme.ranks.iter().any(|rule| rule.rank == level)),
                    format!("{at}/level"),
                    "level_of_scheme",
                    "Bộ tiêu chí không có mức này.",
                    "The scheme has no such level.",
                );
                // Ranks are ordered best first, so a lower level is the greater one.
                let falls = before.and_then(|before| before.level).zip(band.level).is_none_or(|(before, now)| before < now);
                faults.check(
                    falls,
                    format!("{at}/level"),
                    "best_first",
                    "Mức sau phải thấp hơn mức trước.",
                    "Each band gives a lower level than the one before.",
                );
            }
            Method::ProvinceDefines => faults.push(Fault::body(
                at,
                "no_bands",
                Label::fixed(
                    "Khung này để tỉnh quy định cách tính: nêu chỉ số, chưa nêu mức.",
                    "This framework leaves the method to the province: it names a measure without bands.",
                ),
            )),
        }
    }

    /// Whether each value that there can be has its band, as a scheme that is used must say.
    pub fn check_usable(&self, criterion: &Criterion, faults: &mut Faults) {
        faults.check(
            self.bands.last().is_none_or(|last| last.from == MeasureValue::ZERO),
            format!("/content/criteria/{}/measure/bands", criterion.code),
            "bands_from_zero",
            "Mức cuối phải bắt đầu từ 0, để giá trị nào cũng có điểm hoặc mức độ.",
            "The last band begins at 0, so that each value has its points or level.",
        );
    }
}

impl SchemeContent {
    /// The criteria that records measure, in order.
    pub fn measured(&self) -> Vec<(&Criterion, &MeasureRule)> {
        self.leaves().into_iter().filter_map(|leaf| leaf.measure.as_ref().map(|rule| (leaf, rule))).collect()
    }

    /// Whether any measure looks at the year's plan.
    pub fn measures_plan(&self) -> bool {
        self.measured().iter().any(|(_, rule)| rule.measure == RecordMeasure::PlanDonePercent)
    }

    /// Whether any measure looks at something else than activities and the plan.
    pub fn measures_others(&self) -> bool {
        self.measured().iter().any(|(_, rule)| !rule.measure.is_of_activities())
    }

    /// What records say of each measured criterion, by its code.
    pub fn measure(&self, taking: &Taking<'_>, records: &Records) -> BTreeMap<String, Measured> {
        self.measured().into_iter().map(|(leaf, rule)| (leaf.code.clone(), rule.take(taking, records))).collect()
    }

    /// The scores that a self-assessment begins with: what the records suggest.
    pub fn prefilled(&self, measured: &BTreeMap<String, Measured>) -> Vec<Score> {
        let score = |leaf: &Criterion| {
            let measured = measured.get(&leaf.code)?;
            Some(Score {
                criterion: leaf.code.clone(),
                points: measured.suggested_points,
                level: measured.suggested_level,
                evidence: vec![],
                reason: None,
                measured: Some(measured.clone()),
            })
        };
        self.leaves().into_iter().filter_map(score).collect()
    }
}

/// A measured criterion of a rating: what the records say now, beside what its self-assessment rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CriterionMeasure {
    /// The criterion's code.
    #[schema(example = "B5")]
    pub criterion: String,
    /// What it asks.
    pub title: Label,
    /// What the records say now.
    pub now: Measured,
    /// What they said when the self-assessment was saved; `null` where it has no score that was measured. Once the
    /// rating is submitted this stays as it is.
    pub stamped: Option<Measured>,
    /// Whether the records have moved since then.
    pub moved: bool,
    /// By how much the value has changed since, where both are there.
    pub change: Option<MeasureValue>,
}

impl CriterionMeasure {
    /// Each measured criterion of a scheme beside the scores of a self-assessment.
    pub fn all(scheme: &SchemeContent, mut now: BTreeMap<String, Measured>, own: &[Score]) -> Vec<Self> {
        let beside = |(leaf, _): (&Criterion, &MeasureRule)| {
            let now = now.remove(&leaf.code)?;
            let stamped = own.iter().find(|score| score.criterion == leaf.code).and_then(|score| score.measured.clone());
            Some(Self {
                criterion: leaf.code.clone(),
                title: leaf.title.clone(),
                moved: stamped.as_ref().is_some_and(|stamped| !stamped.says_as(&now)),
                change: stamped.as_ref().and_then(|stamped| stamped.value).zip(now.value).map(|(then, now)| now.less(then)),
                now,
                stamped,
            })
        };
        scheme.measured().into_iter().filter_map(beside).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn rule(measure: RecordMeasure) -> MeasureRule {
        MeasureRule { measure, category: None, scope: None, bands: vec![] }
    }

    fn work(category: Category, month: &str) -> Work {
        Work {
            is_own: true,
            category,
            scope: ActivityScope::Centre,
            month: month.parse().unwrap(),
            site: None,
            plan_item: None,
            classes: None,
            sessions: None,
            participations: None,
            female: None,
        }
    }

    fn site(n: u128) -> Option<SiteId> {
        Some(Uuid::from_u128(n).into())
    }

    fn item(n: u128) -> PlanItemId {
        Uuid::from_u128(n).into()
    }

    fn plan(counts_for: &[(u128, u128)]) -> Planned {
        let counts_for = counts_for.iter().map(|(named, counted)| (item(*named), item(*counted))).collect();
        Planned { id: Uuid::from_u128(77).into(), counts_for }
    }

    #[test]
    fn a_revised_plan_counts_what_was_done_for_the_one_before() {
        let done = |named: u128| Work { plan_item: Some(item(named)), ..work(Category::Law, "2018-03-01") };
        let plan = Some(plan(&[(1, 11), (11, 11), (2, 12), (12, 12), (13, 13)]));
        let rule = rule(RecordMeasure::PlanDonePercent);
        // 1 and 11 are the same item, 3 was dropped, 13 is new.
        for (named, value, done_of) in [(vec![], 0.0, 0), (vec![3], 0.0, 0), (vec![1, 11], 33.3, 1), (vec![2, 13, 3], 66.6, 2)] {
            let records =
                Records { work: named.iter().map(|named| done(*named)).collect(), plan: plan.clone(), ..Records::default() };
            let (found, reported, of) = rule.count(&records);
            assert_eq!((found.unwrap().to_string().parse::<f64>(), reported, of), (Ok(value), done_of, 3), "{named:?}");
        }
    }

    /// Two months of law, one of health whose women nobody counted, a month of arts that says nothing took place, and what
    /// others ran.
    fn records() -> Records {
        let law = Work { classes: Some(2), site: site(1), ..work(Category::Law, "2018-03-01") };
        Records {
            work: vec![
                Work { participations: Some(40), female: Some(10), plan_item: Some(item(1)), ..law.clone() },
                Work { participations: Some(60), female: Some(23), month: "2018-04-01".parse().unwrap(), ..law.clone() },
                Work { participations: Some(500), scope: ActivityScope::Hamlets, ..work(Category::Health, "2018-04-01") },
                Work {
                    classes: Some(0),
                    participations: Some(0),
                    site: site(2),
                    plan_item: Some(item(2)),
                    ..work(Category::ArtsSports, "2018-05-01")
                },
                Work {
                    is_own: false,
                    participations: Some(900),
                    site: site(3),
                    plan_item: Some(item(3)),
                    ..work(Category::Environment, "2018-06-01")
                },
            ],
            plan: Some(plan(&[(1, 1), (2, 2), (3, 3), (4, 4)])),
            trainings: 2,
            mobilised: vec![Some(4_200_000), None, Some(800_000)],
            board: vec![
                Some(Sector::LocalGovernment),
                Some(Sector::Education),
                None,
                Some(Sector::Education),
                Some(Sector::Other),
            ],
            assets: vec![true, false, false],
        }
    }

    #[test]
    fn each_measure_counts_own_work_and_says_how_many_entries_gave_it() {
        use RecordMeasure as M;
        let of_law = |measure| MeasureRule { category: Some(Category::Law), ..rule(measure) };
        let of_hamlets = |measure| MeasureRule { scope: Some(ActivityScope::Hamlets), ..rule(measure) };
        for (rule, value, reported, of) in [
            (rule(M::ParticipationsOwn), json!(600), 4, 4),
            (rule(M::ClassesOwn), json!(4), 3, 4),
            (rule(M::SessionsOwn), json!(null), 0, 4),
            (rule(M::CategoriesActive), json!(2), 4, 4),
            (rule(M::MonthsActive), json!(2), 4, 4),
            (rule(M::FemalePercent), json!(33), 2, 4),
            (rule(M::SitesActive), json!(1), 3, 4),
            // Neither what others ran nor a month in which nothing took place carries out the plan.
            (rule(M::PlanDonePercent), json!(25), 1, 4),
            (rule(M::TrainingsAttended), json!(2), 2, 2),
            (rule(M::MobilisedVnd), json!(5_000_000), 2, 3),
            (rule(M::BoardSectors), json!(2), 4, 5),
            (rule(M::AssetsConfirmedPercent), json!(33.3), 3, 3),
            (of_law(M::ParticipationsOwn), json!(100), 2, 2),
            (of_law(M::MonthsActive), json!(2), 2, 2),
            (of_hamlets(M::ParticipationsOwn), json!(500), 1, 1),
            (of_hamlets(M::ClassesOwn), json!(null), 0, 1),
        ] {
            let counted = rule.count(&records());
            assert_eq!((serde_json::to_value(counted.0).unwrap(), counted.1, counted.2), (value, reported, of), "{rule:?}");
        }
    }

    #[test]
    fn what_nobody_recorded_is_unknown_and_not_zero() {
        for measure in RecordMeasure::ALL {
            assert_eq!(rule(*measure).count(&Records::default()), (None, 0, 0), "{measure}");
        }
        let nothing_took_place =
            Records { work: vec![records().work.remove(3)], plan: Some(plan(&[(7, 7)])), ..Records::default() };
        for measure in [RecordMeasure::MonthsActive, RecordMeasure::ParticipationsOwn, RecordMeasure::PlanDonePercent] {
            assert_eq!(rule(measure).count(&nothing_took_place).0, Some(MeasureValue::ZERO), "{measure}: said, so it is known");
        }
        assert_eq!(rule(RecordMeasure::FemalePercent).count(&nothing_took_place).0, None, "of nobody there is no share");
    }

    #[test]
    fn percentages_are_rounded_down_and_quantities_keep_one_decimal() {
        assert_eq!(MeasureValue::percent(9996, 10_000).unwrap().to_string(), "99.9");
        assert!(MeasureValue::percent(1999, 2000).unwrap() < MeasureValue::whole(100));
        assert_eq!(MeasureValue::percent(1, 0), None);
        for text in ["0", "712", "66.6", "-12.5", "1000000000000000"] {
            let read: MeasureValue = serde_json::from_str(text).unwrap();
            assert_eq!((serde_json::to_string(&read).unwrap().as_str(), read.to_string().as_str()), (text, text));
        }
        for bad in ["0.05", "1e16", "\"5\"", "null"] {
            assert!(serde_json::from_str::<MeasureValue>(bad).is_err(), "{bad}");
        }
    }

    fn content(method: &str, subject: &str, measure: &Value) -> SchemeContent {
        let ranks =
            if method == "points" { json!([["tot", 5], ["yeu", 0]]) } else { json!([["level_1", null], ["not_achieved", null]]) };
        let ranks: Vec<Value> =
            ranks.as_array().unwrap().iter().map(|rank| json!({ "rank": rank[0], "min_points": rank[1] })).collect();
        let max = if method == "points" { json!(10) } else { json!(null) };
        let title = json!({ "vi": "v", "en": "e" });
        serde_json::from_value(json!({
            "title": title, "subject": subject, "method": method, "ranks": ranks,
            "criteria": [{ "code": "A", "title": title, "max_points": max, "measure": measure }],
        }))
        .unwrap()
    }

    #[test]
    fn a_rule_that_cannot_be_right_is_refused_where_it_stands() {
        let bands = |bands: Value| json!({ "measure": "months_active", "bands": bands });
        let good = bands(json!([{ "from": 10, "points": 10 }, { "from": 6, "points": 5.5 }, { "from": 0, "points": 0 }]));
        let at = |pointer: &str| format!("/content/criteria/0/measure{pointer}");
        let check = |content: &SchemeContent| content.check_draft().and_then(|()| content.check_usable());
        check(&content("points", "centre", &good)).unwrap();
        check(&content("points", "centre", &json!({ "measure": "participations_own", "category": "law", "scope": "centre" })))
            .unwrap();
        let levels = json!([{ "from": 80, "level": "level_1" }, { "from": 0, "level": "not_achieved" }]);
        check(&content("all_indicators", "centre", &json!({ "measure": "plan_done_percent", "bands": levels }))).unwrap();
        content("province_defines", "centre", &bands(json!([]))).check_draft().unwrap();

        for (method, subject, measure, rule, pointer) in [
            ("points", "commune", good.clone(), "measures_of_centres", ""),
            ("points", "centre", bands(json!([{ "from": 0, "level": "tot" }])), "band_of_points", "/bands/0/points"),
            ("points", "centre", bands(json!([{ "from": 0, "points": 10.5 }])), "max_points", "/bands/0/points"),
            (
                "points",
                "centre",
                bands(json!([{ "from": 5, "points": 4 }, { "from": 5, "points": 3 }])),
                "bands_fall",
                "/bands/1/from",
            ),
            (
                "points",
                "centre",
                bands(json!([{ "from": 5, "points": 4 }, { "from": 0, "points": 4 }])),
                "best_first",
                "/bands/1/points",
            ),
            ("points", "centre", bands(json!([{ "from": -1, "points": 4 }])), "reachable", "/bands/0/from"),
            (
                "points",
                "centre",
                json!({ "measure": "female_percent", "bands": [{ "from": 100.1, "points": 4 }] }),
                "reachable",
                "/bands/0/from",
            ),
            (
                "points",
                "centre",
                json!({ "measure": "categories_active", "bands": [{ "from": 11, "points": 4 }] }),
                "reachable",
                "/bands/0/from",
            ),
            (
                "points",
                "centre",
                json!({ "measure": "categories_active", "category": "law" }),
                "category_of_measure",
                "/category",
            ),
            ("points", "centre", json!({ "measure": "plan_done_percent", "scope": "centre" }), "scope_of_measure", "/scope"),
            ("all_indicators", "centre", bands(json!([{ "from": 0, "points": 1 }])), "band_of_levels", "/bands/0/level"),
            ("all_indicators", "centre", bands(json!([{ "from": 0, "level": "level_2" }])), "level_of_scheme", "/bands/0/level"),
            (
                "all_indicators",
                "centre",
                bands(json!([{ "from": 9, "level": "not_achieved" }, { "from": 0, "level": "level_1" }])),
                "best_first",
                "/bands/1/level",
            ),
            ("province_defines", "centre", bands(json!([{ "from": 0, "points": 1 }])), "no_bands", "/bands/0"),
        ] {
            let faults = content(method, subject, &measure).check_draft().unwrap_err().faults;
            let found: Vec<_> = faults.iter().map(|fault| (fault.rule, fault.pointer.clone())).collect();
            assert_eq!(found, [(rule, at(pointer))], "{measure}");
        }
        let many: Vec<Value> = (0..21).map(|n| json!({ "from": 30 - n, "points": 10.0 - f64::from(n) / 10.0 })).collect();
        assert_eq!(content("points", "centre", &bands(json!(many))).check_draft().unwrap_err().faults[0].rule, "too_many");

        // A draft may still lack its last band; what is used has one for each value.
        let open = content("points", "centre", &bands(json!([{ "from": 3, "points": 4 }])));
        open.check_draft().unwrap();
        assert_eq!(open.check_usable().unwrap_err().faults[0].rule, "bands_from_zero");

        let mut above = content("points", "centre", &good);
        let leaf = Criterion { code: "A1".into(), measure: None, ..above.criteria[0].clone() };
        above.criteria[0].max_points = None;
        above.criteria[0].children = vec![leaf];
        assert_eq!(above.check_draft().unwrap_err().faults[0].rule, "measure_on_leaves");
    }

    #[test]
    fn a_scheme_without_measures_keeps_its_bytes() {
        for scheme in crate::frameworks::schemes().unwrap().iter().filter(|scheme| scheme.code != "TTHTCD-MAU-SO-LIEU") {
            let text = serde_json::to_string(&scheme.content).unwrap();
            assert!(scheme.content.measured().is_empty() && !text.contains("measure"), "{}", scheme.code);
        }
    }
}
