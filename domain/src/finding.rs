//! Findings: what the field's rules ask of a centre, and the records do not show. They are computed, each with its legal basis,
//! and never stored: what remedies the cause takes the finding away, and nothing else does.
//!
//! [`RULES`] says what is looked for. [`CentreFacts`] holds what is known of a centre on a day, and [`CentreFacts::findings`] is
//! all the judgement there is. What nobody recorded of money is no finding; what nobody recorded of a board, a plan or a
//! training is, because recording it is the remedy.

mod facts;
mod rules;
mod summary;

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;
use validator::Validate;

pub use facts::{CentreFacts, Explained, Finding, FindingFacts, PlanFact, ReportFact, StateSupport};
pub use rules::{Basis, FindingRule, FindingRules, RULES, Rule, RuleInForce, in_force, rules};
pub use summary::{CentreFindings, FindingCount, FindingFilter, UnitFindings, UnitRow, findings_of_unit};

use crate::problem::{Fault, Faults, Result};
use crate::text::Label;
use crate::user::named;

coded! {
    /// What can be found.
    pub enum FindingCode in "finding_code" {
        /// Nobody of the education sector on the board.
        NoEducationSeat = "no_education_seat" ("ban giám đốc không có người của ngành giáo dục", "no education seat on the board"),
        /// Nobody of the study promotion association on the board.
        NoStudyPromotionSeat = "no_study_promotion_seat" ("ban giám đốc không có người của Hội Khuyến học", "no study-promotion seat on the board"),
        /// A post of the board that nobody holds.
        PostVacant = "post_vacant" ("khuyết chức danh trong ban giám đốc", "vacant post on the board"),
        /// Somebody on the board, or seconded, whose appointment has no decision.
        AppointmentWithoutDecision = "appointment_without_decision" ("bổ nhiệm chưa có quyết định", "appointment without a decision"),
        /// A centre whose establishment has no decision.
        EstablishmentWithoutDecision = "establishment_without_decision" ("trung tâm chưa có quyết định thành lập", "establishment without a decision"),
        /// No activity of its own for long.
        NoActivity = "no_activity" ("lâu không có hoạt động", "no activity for long"),
        /// Too few trainings in twelve months.
        FewTrainings = "few_trainings" ("ít đợt tập huấn", "too few trainings"),
        /// No approved plan for the year.
        NoApprovedPlan = "no_approved_plan" ("chưa có kế hoạch năm được phê duyệt", "no approved plan"),
        /// An approved plan that is built on no survey.
        PlanWithoutSurvey = "plan_without_survey" ("kế hoạch không dựa trên điều tra nhu cầu", "plan without a needs survey"),
        /// A plan that was approved without a decision.
        PlanWithoutDecision = "plan_without_decision" ("kế hoạch phê duyệt không có quyết định", "plan approved without a decision"),
        /// An annual report that is overdue.
        ReportLate = "report_late" ("quá hạn chưa nộp báo cáo năm", "annual report overdue"),
        /// Less for the start of a new centre than the least.
        StartUpSupportShort = "start_up_support_short" ("hỗ trợ ban đầu thấp hơn mức tối thiểu", "start-up support below the least"),
        /// Less in a year, in a minority or mountain area, than the least.
        YearlySupplementShort = "yearly_supplement_short" ("hỗ trợ hằng năm thấp hơn mức tối thiểu", "yearly supplement below the least"),
    }
}

coded! {
    /// Whom a finding concerns: who can remedy its cause.
    pub enum FindingParty in "finding_party" {
        /// The centre.
        Centre = "centre" ("trung tâm học tập cộng đồng", "the centre"),
        /// UBND cấp xã.
        CommuneCommittee = "commune_committee" ("UBND cấp xã", "the commune's People's Committee"),
        /// UBND cấp huyện, until 30 June 2025.
        DistrictCommittee = "district_committee" ("UBND cấp huyện", "the district's People's Committee"),
        /// Phòng giáo dục và đào tạo, until 30 June 2025.
        DistrictDivision = "district_division" ("phòng giáo dục và đào tạo", "the district education division"),
        /// Sở giáo dục và đào tạo.
        ProvincialDepartment = "provincial_department" ("sở giáo dục và đào tạo", "the provincial education department"),
        /// Whoever gives the budget.
        BudgetAuthority = "budget_authority" ("cơ quan giao ngân sách", "the authority that gives the budget"),
    }
}

coded! {
    /// What the number of a rule counts.
    pub enum RuleMeasure in "finding_rule_measure" {
        /// Days.
        Days = "days" ("ngày", "days"),
        /// Months.
        Months = "months" ("tháng", "months"),
        /// Trainings.
        Trainings = "trainings" ("đợt tập huấn", "trainings"),
        /// Đồng.
        Vnd = "vnd" ("đồng", "đồng"),
        /// No number, but a day of the year.
        DayOfYear = "day_of_year" ("ngày trong năm", "day of the year"),
    }
}

/// A day of any year: `01-31`. There is no 29 February, which most years lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayOfYear {
    month: u32,
    day: u32,
}

impl DayOfYear {
    /// The last day of a year.
    pub const LAST: Self = Self { month: 12, day: 31 };

    /// Reads `01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-')?;
        let two = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let it = (two(month) && two(day)).then_some(Self { month: month.parse().ok()?, day: day.parse().ok()? })?;
        // A year without 29 February.
        NaiveDate::from_ymd_opt(2001, it.month, it.day).map(|_| it)
    }

    /// The day in a year.
    pub fn of(self, year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, self.month, self.day).unwrap_or_default()
    }

    /// Whether it lies in January to June.
    pub fn is_in_first_half(self) -> bool {
        self.month <= 6
    }
}

impl std::fmt::Display for DayOfYear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for DayOfYear {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayOfYear {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a day of the year is written 01-31"))
    }
}

/// What a province sets of a rule, in place of what it ships with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RuleSetting {
    /// Which rule.
    pub code: FindingCode,
    /// Whether it is looked for.
    pub active: bool,
    /// Its number, for a rule that has one; as it ships when left out.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(example = 90, minimum = 0, maximum = 1_000_000_000)]
    pub number: Option<i64>,
    /// Its day of the year, for a rule that has one; as it ships when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "01-31", pattern = "^[0-9]{2}-[0-9]{2}$")]
    pub day_of_year: Option<DayOfYear>,
    /// Why: by which document of the province, for instance.
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(example = "Công văn của Sở GD&ĐT hướng dẫn năm học", min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What a province sets of its rules, all of it: a rule that is left out holds as it ships.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FindingSettings {
    /// Each rule once.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub settings: Vec<RuleSetting>,
}

impl FindingSettings {
    /// What is set of a rule.
    pub fn of(&self, code: FindingCode) -> Option<&RuleSetting> {
        self.settings.iter().find(|setting| setting.code == code)
    }

    /// Each rule stands once, with a number or day where it has one, within its bounds.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        for (place, setting) in self.settings.iter().enumerate() {
            let at = |member: &str| format!("/settings/{place}/{member}");
            let is_first = self.settings.iter().position(|other| other.code == setting.code) == Some(place);
            faults.check(
                is_first,
                at("code"),
                "named_once",
                "Quy tắc này đã có trong danh sách.",
                "This rule stands in the list already.",
            );
            let Some(rule) = RULES.iter().find(|rule| rule.code == setting.code) else { continue };
            let has_day = rule.measure == Some(RuleMeasure::DayOfYear);
            faults.check(
                has_day || setting.day_of_year.is_none(),
                at("day_of_year"),
                "day_of_rule",
                "Quy tắc này không có hạn theo ngày trong năm.",
                "This rule has no day of the year.",
            );
            let Some(number) = setting.number else { continue };
            let (least, most) = rule.bounds;
            if rule.measure.is_none() || has_day {
                let detail = Label::fixed("Quy tắc này không có con số.", "This rule has no number.");
                faults.push(Fault::body(at("number"), "number_of_rule", detail));
            } else if !(least..=most).contains(&number) {
                let detail = Label::new(
                    format!("Con số của quy tắc này từ {least} đến {most}."),
                    format!("The number of this rule lies between {least} and {most}."),
                );
                faults.push(Fault::body(at("number"), "range", detail));
            }
        }
        faults.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_the_year_is_one_that_every_year_has() {
        for text in ["01-31", "12-31", "02-28"] {
            let day = DayOfYear::parse(text).unwrap();
            assert_eq!((day.to_string().as_str(), day.of(2018).to_string()), (text, format!("2018-{text}")));
        }
        for text in ["02-29", "13-01", "1-31", "31-01-", "00-10", "+1-31", "", "01-32"] {
            assert_eq!(DayOfYear::parse(text), None, "{text}");
        }
        let first_half = |text: &str| DayOfYear::parse(text).unwrap().is_in_first_half();
        assert_eq!((first_half("06-30"), first_half("07-01")), (true, false));
    }

    #[test]
    fn a_setting_fits_its_rule() {
        use FindingCode as C;
        let setting = |code, number, day: Option<&str>| RuleSetting {
            code,
            active: true,
            number,
            day_of_year: day.and_then(DayOfYear::parse),
            reason: "Công văn 12".into(),
        };
        let table = [
            (vec![setting(C::PostVacant, Some(90), None), setting(C::NoApprovedPlan, None, Some("01-31"))], vec![]),
            (vec![setting(C::NoEducationSeat, None, None)], vec![]),
            (vec![setting(C::NoEducationSeat, Some(1), None)], vec![("/settings/0/number", "number_of_rule")]),
            (vec![setting(C::NoApprovedPlan, Some(31), None)], vec![("/settings/0/number", "number_of_rule")]),
            (vec![setting(C::PostVacant, None, Some("01-31"))], vec![("/settings/0/day_of_year", "day_of_rule")]),
            (vec![setting(C::NoActivity, Some(0), None)], vec![("/settings/0/number", "range")]),
            // Less than the law's least is no minimum.
            (vec![setting(C::StartUpSupportShort, Some(29_999_999), None)], vec![("/settings/0/number", "range")]),
            (
                vec![setting(C::FewTrainings, Some(3), None), setting(C::FewTrainings, Some(2), None)],
                vec![("/settings/1/code", "named_once")],
            ),
        ];
        for (settings, expected) in table {
            let problem = FindingSettings { settings }.check().err();
            let faults: Vec<_> = problem.into_iter().flat_map(|problem| problem.faults).collect();
            let found: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.rule)).collect();
            assert_eq!(found, expected);
        }
    }
}
