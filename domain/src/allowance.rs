//! Allowances: what a province's dated norms give to a post by the month, and whether it was paid.
//!
//! Some provinces pay a flat amount, others a coefficient times the base salary. Both are data that a province enters with
//! its legal basis; nothing ships. A month without a norm is unknown, not zero.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::is_plausible;
use crate::id::{AllowanceNormId, BaseSalaryId, BudgetId, CentreId};
use crate::money_step::MoneyState;
use crate::problem::Faults;
use crate::record::{Holder, Record};
use crate::unit::RegionClass;
use crate::user::{named, plain};

coded! {
    /// A post that is paid an allowance.
    pub enum AllowancePost in "allowance_post" {
        /// Giám đốc.
        Director = "director" ("giám đốc", "director"),
        /// Phó giám đốc thường trực.
        StandingDeputy = "standing_deputy" ("phó giám đốc thường trực", "standing deputy director"),
        /// Phó giám đốc.
        DeputyDirector = "deputy_director" ("phó giám đốc", "deputy director"),
        /// Giáo viên biệt phái.
        SecondedTeacher = "seconded_teacher" ("giáo viên biệt phái", "seconded teacher"),
        /// Kế toán.
        Accountant = "accountant" ("kế toán", "accountant"),
        /// Thủ quỹ.
        Treasurer = "treasurer" ("thủ quỹ", "treasurer"),
        /// Another post.
        Other = "other" ("chức danh khác", "other"),
    }
}

coded! {
    /// The development class of a commune in an ethnic minority or mountain area.
    pub enum DevelopmentRegion in "development_region" {
        /// Khu vực I.
        RegionI = "region_1" ("khu vực I", "region I"),
        /// Khu vực II.
        RegionII = "region_2" ("khu vực II", "region II"),
        /// Khu vực III.
        RegionIII = "region_3" ("khu vực III", "region III"),
    }
}

coded! {
    /// How a norm says what is paid.
    pub enum NormMethod in "norm_method" {
        /// An amount each month.
        Flat = "flat" ("mức tiền cố định", "flat amount"),
        /// A coefficient times the base salary.
        Coefficient = "coefficient" ("hệ số nhân lương cơ sở", "coefficient of the base salary"),
    }
}

coded! {
    /// What was paid, beside what was due.
    pub enum AllowanceVerdict in "allowance_verdict" {
        /// As much as was due.
        AsDue = "as_due" ("đủ", "as due"),
        /// Less than was due.
        Underpaid = "underpaid" ("thiếu", "underpaid"),
        /// More than was due.
        Overpaid = "overpaid" ("thừa", "overpaid"),
        /// Nobody can tell: a norm is missing, or who held the post.
        Unknown = "unknown" ("chưa xác định", "unknown"),
    }
}

/// What a post is paid by the month, between two days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AllowanceNorm {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<AllowanceNormId>,
    /// The post.
    pub post: AllowancePost,
    /// Only in communes of this class; everywhere when left out. A norm for a class goes before one for all.
    #[serde(default)]
    pub region_class: Option<RegionClass>,
    /// Only in communes of this development class; goes before `region_class`.
    #[serde(default)]
    pub development_region: Option<DevelopmentRegion>,
    /// First day.
    #[schema(example = "2018-01-01")]
    pub valid_from: NaiveDate,
    /// Last day; open when left out.
    #[serde(default)]
    #[schema(example = "2020-12-31")]
    pub valid_to: Option<NaiveDate>,
    /// An amount each month (default), or a coefficient of the base salary.
    #[serde(default = "flat")]
    #[schema(default = "flat", required = false)]
    pub method: NormMethod,
    /// The amount each month, for `flat`.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(example = 320_000, minimum = 0, maximum = 1_000_000_000)]
    pub amount_vnd: Option<i64>,
    /// The coefficient in hundredths (40 is 0.4), for `coefficient`.
    #[serde(default)]
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub coefficient_hundredths: Option<i64>,
    /// The decision that it rests on.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Quyết định 45/2013/QĐ-UBND", min_length = 1, max_length = 300)]
    pub legal_basis: String,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

fn flat() -> NormMethod {
    NormMethod::Flat
}

fn is_in_force(from: NaiveDate, to: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && to.is_none_or(|to| day <= to)
}

fn check_validity(faults: &mut Faults, from: NaiveDate, to: Option<NaiveDate>, today: NaiveDate) {
    faults.check(
        is_plausible(from, today),
        "/valid_from",
        "plausible_date",
        "Ngày phải từ năm 1990 và không quá một năm tới.",
        "The day must lie between 1990 and a year from now.",
    );
    faults.check(
        to.is_none_or(|to| from <= to),
        "/valid_to",
        "dates_in_order",
        "Ngày kết thúc không được trước ngày bắt đầu.",
        "The last day must not come before the first.",
    );
}

impl AllowanceNorm {
    /// Whether two norms speak of the same post and communes on the same day.
    pub fn overlaps(&self, other: &Self) -> bool {
        let is_same =
            (self.post, self.region_class, self.development_region) == (other.post, other.region_class, other.development_region);
        is_same && overlap((self.valid_from, self.valid_to), (other.valid_from, other.valid_to))
    }

    /// What it gives in a month, with the base salary of that month. Half a đồng and more counts as one.
    fn rate(&self, base: Option<i64>) -> Option<i64> {
        match self.method {
            NormMethod::Flat => self.amount_vnd,
            NormMethod::Coefficient => Some((self.coefficient_hundredths? * base? + 50) / 100),
        }
    }
}

/// Whether two times, open or not, have a day in common.
pub fn overlap((from, to): (NaiveDate, Option<NaiveDate>), (other, until): (NaiveDate, Option<NaiveDate>)) -> bool {
    until.is_none_or(|until| from <= until) && to.is_none_or(|to| other <= to)
}

impl Record for AllowanceNorm {
    type Id = AllowanceNormId;
    const SUBJECT: &'static str = "allowance_norm";
    const PLURAL: &'static str = "allowance_norms";
    const NAME: (&'static str, &'static str) = ("định mức phụ cấp", "allowance norm");
    const FIXED: &'static [&'static str] = &["post", "region_class", "development_region"];

    fn own_id(&self) -> Option<AllowanceNormId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Province)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_validity(faults, self.valid_from, self.valid_to, today);
        let is_flat = self.method == NormMethod::Flat;
        faults.check(
            is_flat == self.amount_vnd.is_some(),
            "/amount_vnd",
            "amount_of_flat",
            "Mức tiền cố định phải có số tiền; hệ số thì không.",
            "A flat norm has an amount; a coefficient has none.",
        );
        faults.check(
            is_flat != self.coefficient_hundredths.is_some(),
            "/coefficient_hundredths",
            "coefficient_of_base",
            "Cách tính theo hệ số phải có hệ số (phần trăm: 40 là 0,4); mức cố định thì không.",
            "A coefficient stands in hundredths (40 is 0.4); a flat norm has none.",
        );
    }
}

/// The base salary (lương cơ sở) that coefficients are multiplied with, between two days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BaseSalary {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<BaseSalaryId>,
    /// First day.
    #[schema(example = "2017-07-01")]
    pub valid_from: NaiveDate,
    /// Last day; open when left out.
    #[serde(default)]
    #[schema(example = "2018-12-31")]
    pub valid_to: Option<NaiveDate>,
    /// By the month.
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[schema(example = 1_300_000, minimum = 1, maximum = 1_000_000_000)]
    pub amount_vnd: i64,
    /// The decree or decision that it rests on.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Nghị định của Chính phủ về mức lương cơ sở", min_length = 1, max_length = 300)]
    pub legal_basis: String,
}

impl Record for BaseSalary {
    type Id = BaseSalaryId;
    const SUBJECT: &'static str = "base_salary";
    const PLURAL: &'static str = "base_salaries";
    const NAME: (&'static str, &'static str) = ("mức lương cơ sở", "base salary");

    fn own_id(&self) -> Option<BaseSalaryId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Province)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_validity(faults, self.valid_from, self.valid_to, today);
    }
}

/// Who is to be paid in a year: how many people hold a post from one month to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PaidPost {
    /// The post.
    pub post: AllowancePost,
    /// How many hold it.
    #[validate(range(min = 1, max = 1000))]
    #[schema(example = 2, minimum = 1, maximum = 1000)]
    pub people: i64,
    /// From this month of the year on.
    #[serde(default = "january")]
    #[validate(range(min = 1, max = 12))]
    #[schema(default = 1, example = 1, minimum = 1, maximum = 12, required = false)]
    pub first_month: i64,
    /// To the end of this month.
    #[serde(default = "december")]
    #[validate(range(min = 1, max = 12))]
    #[schema(default = 12, example = 12, minimum = 1, maximum = 12, required = false)]
    pub last_month: i64,
}

fn january() -> i64 {
    1
}

fn december() -> i64 {
    12
}

/// What a province pays by.
#[derive(Debug, Clone, Default)]
pub struct Norms {
    /// Its norms.
    pub allowances: Vec<AllowanceNorm>,
    /// The base salaries.
    pub salaries: Vec<BaseSalary>,
}

/// Which classes a centre's commune is in, as far as somebody has said so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Regions {
    /// Urban or rural.
    pub class: Option<RegionClass>,
    /// I, II, III.
    pub development: Option<DevelopmentRegion>,
}

impl Norms {
    /// What one holder of a post is due for a month, by its first day; `None` where no norm says so.
    pub fn rate(&self, post: AllowancePost, regions: Regions, month: NaiveDate) -> Option<i64> {
        let salaries = self.salaries.iter().filter(|salary| is_in_force(salary.valid_from, salary.valid_to, month));
        let base = salaries.max_by_key(|salary| salary.valid_from).map(|salary| salary.amount_vnd);
        let fits = |norm: &&AllowanceNorm| {
            norm.post == post
                && is_in_force(norm.valid_from, norm.valid_to, month)
                && (norm.region_class.is_none() || norm.region_class == regions.class)
                && (norm.development_region.is_none() || norm.development_region == regions.development)
        };
        // The one for the narrowest class.
        let narrowest = |norm: &&AllowanceNorm| (norm.development_region.is_some(), norm.region_class.is_some(), norm.valid_from);
        self.allowances.iter().filter(fits).max_by_key(narrowest)?.rate(base)
    }

    /// What a post is due in a year.
    fn due(&self, post: AllowancePost, posts: &[PaidPost], regions: Regions, year: i32) -> Due {
        let mut due = Due::default();
        for paid in posts.iter().filter(|paid| paid.post == post) {
            for month in paid.first_month..=paid.last_month {
                due.person_months += paid.people;
                let first = u32::try_from(month).ok().and_then(|month| NaiveDate::from_ymd_opt(year, month, 1));
                match first.and_then(|first| self.rate(post, regions, first)) {
                    Some(rate) => due.amount_vnd += rate * paid.people,
                    None => due.unknown.push(month),
                }
            }
        }
        due.unknown.sort_unstable();
        due.unknown.dedup();
        due
    }
}

#[derive(Default)]
struct Due {
    person_months: i64,
    amount_vnd: i64,
    unknown: Vec<i64>,
}

/// What the books say was paid for a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidAllowance {
    /// The post; `None` where the entry names none.
    pub post: Option<AllowancePost>,
    /// How many months the entries say that they pay for.
    pub months: i64,
    /// How much.
    pub amount_vnd: i64,
}

/// What a post was due in a year, and what it was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostAllowance {
    /// The post.
    pub post: AllowancePost,
    /// Months times people, as the estimate lists who is paid.
    #[schema(example = 24)]
    pub person_months: i64,
    /// What is due by the norms; `null` where a norm is missing or nobody is listed.
    #[schema(example = 9_360_000)]
    pub due_vnd: Option<i64>,
    /// Months of the year for which there is no norm.
    pub months_without_norm: Vec<i64>,
    /// How many months the entries in the books name. An entry that pays several people names its months once, so this is not
    /// held against `person_months`: what is due is compared by the amount.
    pub months_paid: i64,
    /// What the books say was paid.
    pub paid_vnd: i64,
    /// Whether the books hold an entry that pays it.
    #[serde(skip)]
    #[schema(ignore)]
    pub is_paid: bool,
    /// Paid less due.
    pub difference_vnd: Option<i64>,
    /// Whether that is as it should be.
    pub verdict: AllowanceVerdict,
}

/// A centre's allowances of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Allowances {
    /// The centre.
    pub centre_id: CentreId,
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// The estimate that lists who is paid: the approved one, otherwise the one that is being prepared.
    pub budget_id: Option<BudgetId>,
    /// Where that estimate stands.
    pub budget_state: Option<MoneyState>,
    /// Whether the commune is urban or rural, as the map has it at the end of the year.
    pub region_class: Option<RegionClass>,
    /// The development class, as the estimate gives it.
    pub development_region: Option<DevelopmentRegion>,
    /// Post by post.
    pub posts: Vec<PostAllowance>,
    /// What is due in all; `null` where it is not known for a post.
    pub due_vnd: Option<i64>,
    /// What was paid in all, to posts and without one.
    pub paid_vnd: i64,
    /// Of this, what the books give to no post.
    pub paid_without_post_vnd: i64,
    /// Whether the books hold an entry at all.
    #[serde(skip)]
    #[schema(ignore)]
    pub is_paid: bool,
}

impl Allowances {
    /// Puts it together.
    pub fn of(
        centre_id: CentreId,
        year: i32,
        norms: &Norms,
        regions: Regions,
        posts: &[PaidPost],
        paid: &[PaidAllowance],
    ) -> Self {
        let posts: Vec<PostAllowance> = <AllowancePost as crate::Coded>::ALL
            .iter()
            .filter_map(|post| {
                let of_post: Vec<_> = paid.iter().filter(|paid| paid.post == Some(*post)).collect();
                let due = norms.due(*post, posts, regions, year);
                if due.person_months == 0 && of_post.is_empty() {
                    return None;
                }
                let due_vnd = (due.person_months > 0 && due.unknown.is_empty()).then_some(due.amount_vnd);
                let paid_vnd = of_post.iter().map(|paid| paid.amount_vnd).sum();
                let difference_vnd = due_vnd.map(|due| paid_vnd - due);
                let verdict = match difference_vnd {
                    None => AllowanceVerdict::Unknown,
                    Some(0) => AllowanceVerdict::AsDue,
                    Some(difference) if difference < 0 => AllowanceVerdict::Underpaid,
                    Some(_) => AllowanceVerdict::Overpaid,
                };
                Some(PostAllowance {
                    post: *post,
                    person_months: due.person_months,
                    due_vnd,
                    months_without_norm: due.unknown,
                    months_paid: of_post.iter().map(|paid| paid.months).sum(),
                    paid_vnd,
                    is_paid: !of_post.is_empty(),
                    difference_vnd,
                    verdict,
                })
            })
            .collect();
        let of_none = |paid: &&PaidAllowance| paid.post.is_none();
        Self {
            centre_id,
            year,
            budget_id: None,
            budget_state: None,
            region_class: regions.class,
            development_region: regions.development,
            due_vnd: if posts.is_empty() { None } else { posts.iter().map(|post| post.due_vnd).sum() },
            paid_vnd: paid.iter().map(|paid| paid.amount_vnd).sum(),
            is_paid: !paid.is_empty(),
            paid_without_post_vnd: paid.iter().filter(of_none).map(|paid| paid.amount_vnd).sum(),
            posts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AllowancePost as P;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn norm(
        post: P,
        development_region: Option<DevelopmentRegion>,
        amount: Option<i64>,
        coefficient: Option<i64>,
    ) -> AllowanceNorm {
        AllowanceNorm {
            id: None,
            post,
            region_class: None,
            development_region,
            valid_from: day("2013-01-01"),
            valid_to: None,
            method: if amount.is_some() { NormMethod::Flat } else { NormMethod::Coefficient },
            amount_vnd: amount,
            coefficient_hundredths: coefficient,
            legal_basis: "x".into(),
            note: None,
        }
    }

    fn salary(from: &str, amount_vnd: i64) -> BaseSalary {
        BaseSalary { id: None, valid_from: day(from), valid_to: None, amount_vnd, legal_basis: "x".into() }
    }

    fn post(post: P, people: i64, first_month: i64, last_month: i64) -> PaidPost {
        PaidPost { post, people, first_month, last_month }
    }

    #[test]
    fn da_lat_2018_to_the_dong() {
        let norms = Norms {
            allowances: vec![norm(P::Director, None, None, Some(40)), norm(P::DeputyDirector, None, None, Some(30))],
            salaries: vec![salary("2017-07-01", 1_300_000)],
        };
        let posts = [post(P::Director, 1, 1, 12), post(P::DeputyDirector, 2, 1, 12)];
        let allowances = Allowances::of(uuid::Uuid::nil().into(), 2018, &norms, Regions::default(), &posts, &[]);
        let due: Vec<_> = allowances.posts.iter().map(|post| (post.person_months, post.due_vnd)).collect();
        assert_eq!(due, [(12, Some(6_240_000)), (24, Some(9_360_000))]);
        let each = allowances.due_vnd.unwrap() + 18_025_000;
        assert_eq!((each, 16 * each), (33_625_000, 538_000_000));
    }

    #[test]
    fn nghe_an_2013_pays_by_region() {
        use DevelopmentRegion as R;
        let mut norms = Norms::default();
        for (who, in_regions, elsewhere) in
            [(P::Director, 320_000, 260_000), (P::StandingDeputy, 320_000, 260_000), (P::DeputyDirector, 260_000, 210_000)]
        {
            norms.allowances.push(norm(who, None, Some(elsewhere), None));
            norms
                .allowances
                .extend([R::RegionI, R::RegionII, R::RegionIII].map(|region| norm(who, Some(region), Some(in_regions), None)));
        }
        for (who, region, expected) in [
            (P::Director, Some(R::RegionI), Some(320_000)),
            (P::Director, Some(R::RegionIII), Some(320_000)),
            (P::Director, None, Some(260_000)),
            (P::StandingDeputy, Some(R::RegionII), Some(320_000)),
            (P::StandingDeputy, None, Some(260_000)),
            (P::DeputyDirector, Some(R::RegionII), Some(260_000)),
            (P::DeputyDirector, None, Some(210_000)),
            (P::Treasurer, None, None),
        ] {
            let regions = Regions { class: Some(RegionClass::Rural), development: region };
            assert_eq!(norms.rate(who, regions, day("2013-06-01")), expected, "{who} {region:?}");
        }
        assert_eq!(norms.rate(P::Director, Regions::default(), day("2012-12-01")), None, "before the norm there is none");
    }

    #[test]
    fn a_new_base_salary_counts_from_its_month_on_and_a_month_without_a_norm_is_unknown() {
        let mut norms = Norms {
            allowances: vec![norm(P::Director, None, None, Some(40))],
            salaries: vec![salary("2017-07-01", 1_300_000), salary("2018-07-01", 1_390_000)],
        };
        let of = |norms: &Norms, year, paid: &[PaidAllowance]| {
            let posts = [post(P::Director, 1, 1, 12)];
            Allowances::of(uuid::Uuid::nil().into(), year, norms, Regions::default(), &posts, paid).posts.remove(0)
        };
        assert_eq!(of(&norms, 2018, &[]).due_vnd, Some(6 * 520_000 + 6 * 556_000));
        let paid = |amount_vnd| [PaidAllowance { post: Some(P::Director), months: 12, amount_vnd }];
        for (amount, difference, verdict) in [
            (6_456_000, 0, AllowanceVerdict::AsDue),
            (6_455_999, -1, AllowanceVerdict::Underpaid),
            (6_456_001, 1, AllowanceVerdict::Overpaid),
        ] {
            let found = of(&norms, 2018, &paid(amount));
            assert_eq!((found.difference_vnd, found.verdict, found.months_paid), (Some(difference), verdict, 12));
        }
        let before = of(&norms, 2017, &paid(1));
        assert_eq!(
            (before.due_vnd, before.verdict, before.months_without_norm),
            (None, AllowanceVerdict::Unknown, vec![1, 2, 3, 4, 5, 6])
        );
        norms.allowances.clear();
        assert_eq!(of(&norms, 2018, &[]).due_vnd, None);
    }

    #[test]
    fn times_that_share_a_day_overlap() {
        let time = |from: &str, to: Option<&str>| (day(from), to.map(day));
        for (first, second, expected) in [
            (time("2018-01-01", None), time("2020-01-01", None), true),
            (time("2018-01-01", Some("2019-12-31")), time("2020-01-01", None), false),
            (time("2018-01-01", Some("2020-01-01")), time("2020-01-01", None), true),
            (time("2021-01-01", None), time("2018-01-01", Some("2020-12-31")), false),
        ] {
            assert_eq!((overlap(first, second), overlap(second, first)), (expected, expected), "{first:?} {second:?}");
        }
    }
}
