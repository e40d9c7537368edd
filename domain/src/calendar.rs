//! What is due when: the one place that is asked for a day (docs/decisions/0025-one-day-for-each-due-thing.md).
//!
//! The standing day of an annual report and of a plan is that of its [rule of findings](crate::finding::RULES), as it ships or
//! as the province sets it. A province's [`Calendar`] says what differs in years of their own, and holds the days of what has no
//! rule. The days of ratings are those of their round. [`Deadlines::due`] puts them together, and everybody asks it: findings,
//! completeness, tasks.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::extension::Extension;
use crate::finding::{DayOfYear, FindingCode, FindingSettings, RULES};
use crate::id::{CentreId, ExtensionId, RoundId, UnitId};
use crate::problem::{Fault, Faults, Result};
use crate::record::{Holder, Kept};
use crate::round::{Round, StageTask};
use crate::scheme::Subject;
use crate::text::Label;
use crate::unit::UnitMap;
use crate::user::named;

coded! {
    /// What is due of a centre for a year.
    pub enum DueKind in "due_kind" {
        /// The annual report, handed in.
        AnnualReport = "annual_report" ("báo cáo năm", "annual report"),
        /// The plan, approved.
        Plan = "plan" ("kế hoạch năm", "plan of the year"),
        /// The estimate, handed in.
        Estimate = "estimate" ("dự toán năm", "estimate of the year"),
        /// The settlement, handed in.
        Settlement = "settlement" ("quyết toán năm", "settlement of the year"),
        /// The self-assessment of the year's rating, handed in.
        SelfAssessment = "self_assessment" ("tự đánh giá, xếp loại", "self-assessment"),
        /// The rating, verified.
        Verification = "verification" ("thẩm định xếp loại", "verification of the rating"),
        /// The rating, decided.
        Decision = "decision" ("quyết định xếp loại", "decision of the rating"),
    }
}

coded! {
    /// Where the day of a due thing comes from.
    pub enum DueSource in "due_source" {
        /// The province's calendar, for years of its own.
        Calendar = "calendar" ("lịch của tỉnh", "the province's calendar"),
        /// The rule of findings: the province's setting, or as it ships.
        Rule = "rule" ("quy tắc phát hiện", "the rule of findings"),
        /// The rating round.
        Round = "round" ("đợt đánh giá", "the rating round"),
    }
}

impl DueKind {
    /// The rule of findings that holds its standing day.
    pub fn rule(self) -> Option<FindingCode> {
        match self {
            Self::AnnualReport => Some(FindingCode::ReportLate),
            Self::Plan => Some(FindingCode::NoApprovedPlan),
            _ => None,
        }
    }

    /// The stage of a round that it is.
    pub fn stage(self) -> Option<StageTask> {
        match self {
            Self::SelfAssessment => Some(StageTask::Assess),
            Self::Verification => Some(StageTask::Verify),
            Self::Decision => Some(StageTask::Decide),
            _ => None,
        }
    }

    /// How many years after its own it may be due.
    fn years_after(self) -> std::ops::RangeInclusive<i32> {
        match self {
            Self::AnnualReport => 0..=1,
            Self::Plan | Self::Estimate => -1..=0,
            Self::Settlement => 1..=1,
            Self::SelfAssessment | Self::Verification | Self::Decision => 0..=0,
        }
    }
}

/// A day that the province wants in some years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// What is due.
    pub kind: DueKind,
    /// The first year of which it is due then: of the report, plan, estimate or settlement.
    #[validate(range(min = 1990, max = 2100))]
    #[schema(example = 2018, minimum = 1990, maximum = 2100)]
    pub from_year: i32,
    /// The last one; for good when left out. Reports and plans have their standing day in `/v1/finding_rules`, so here theirs ends.
    #[serde(default)]
    #[validate(range(min = 1990, max = 2100))]
    #[schema(example = 2018, minimum = 1990, maximum = 2100)]
    pub to_year: Option<i32>,
    /// The last day in time.
    #[schema(value_type = String, example = "01-31", pattern = "^[0-9]{2}-[0-9]{2}$")]
    pub day_of_year: DayOfYear,
    /// In which year that day lies: -1 the year before, 0 the same, 1 the year after.
    #[serde(default)]
    #[validate(range(min = -1, max = 1))]
    #[schema(example = 1, minimum = -1, maximum = 1, required = false, default = 0)]
    pub years_after: i32,
    /// By which document of the province, for instance.
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(example = "Công văn 12/SGDĐT-GDTX về báo cáo năm 2018", min_length = 1, max_length = 500)]
    pub reason: String,
}

impl CalendarDay {
    fn holds_in(&self, year: i32) -> bool {
        self.from_year <= year && self.to_year.is_none_or(|to| year <= to)
    }
}

/// The days that a province sets, all of them: what is left out holds as it ships.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Each kind and year once.
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200)]
    pub days: Vec<CalendarDay>,
}

impl Calendar {
    /// Each kind has one day in a year, in a place where it can have one.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        for (place, day) in self.days.iter().enumerate() {
            let at = |member: &str| format!("/days/{place}/{member}");
            faults.check(
                day.kind.stage().is_none(),
                at("kind"),
                "day_of_round",
                "Hạn của các bước đánh giá, xếp loại nằm trong đợt đánh giá, không nằm trong lịch.",
                "The days of a rating's stages stand in its round, not in the calendar.",
            );
            faults.check(
                day.to_year.is_none_or(|to| day.from_year <= to),
                at("to_year"),
                "years_in_order",
                "Năm cuối không được trước năm đầu.",
                "The last year must not come before the first.",
            );
            faults.check(
                day.kind.rule().is_none() || day.to_year.is_some(),
                at("to_year"),
                "standing_day_of_rule",
                "Hạn chung cho mọi năm của báo cáo và kế hoạch đặt ở /v1/finding_rules; ở đây ghi năm cuối.",
                "The day of every year of reports and plans is set in /v1/finding_rules; give the last year here.",
            );
            let fits = day.kind.years_after();
            if day.kind.stage().is_none() && !fits.contains(&day.years_after) {
                let detail = Label::new(
                    format!("Với «{}», years_after từ {} đến {}.", day.kind.label().vi, fits.start(), fits.end()),
                    format!("For the {}, years_after lies between {} and {}.", day.kind.label().en, fits.start(), fits.end()),
                );
                faults.push(Fault::body(at("years_after"), "range", detail));
            }
            let overlaps = |other: &CalendarDay| {
                other.kind == day.kind
                    && other.to_year.is_none_or(|to| day.from_year <= to)
                    && day.to_year.is_none_or(|to| other.from_year <= to)
            };
            faults.check(
                !self.days[..place].iter().any(overlaps),
                at("from_year"),
                "one_day_a_year",
                "Năm này đã có hạn khác cho cùng việc trong danh sách.",
                "A year of these has another day for the same thing in the list.",
            );
        }
        faults.into_result()
    }

    /// The days of one kind, with its standing day by the rules of findings.
    pub fn days_of(&self, kind: DueKind, rules: &FindingSettings) -> DueDays {
        let rule = kind.rule().and_then(|code| RULES.iter().find(|rule| rule.code == code));
        let set = rule.and_then(|rule| rules.of(rule.code)).and_then(|set| set.day_of_year);
        let standing = set.or(rule.and_then(|rule| rule.day_of_year));
        // A report that is due in the first half of a year is that of the year before.
        let years_after = |day: DayOfYear| i32::from(kind == DueKind::AnnualReport && day.is_in_first_half());
        DueDays {
            standing: standing.map(|day| (day, years_after(day))),
            dated: self.days.iter().filter(|day| day.kind == kind).cloned().collect(),
        }
    }
}

/// The days on which one kind of thing is due, year by year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueDays {
    /// In every year that has no other: the day, and in how many years after its own.
    pub standing: Option<(DayOfYear, i32)>,
    /// In years of their own.
    pub dated: Vec<CalendarDay>,
}

impl DueDays {
    /// The day in a year, and where it comes from.
    pub fn of(&self, year: i32) -> Option<(NaiveDate, DueSource)> {
        let dated = self.dated.iter().find(|day| day.holds_in(year));
        let dated = dated.map(|day| (day.day_of_year.of(year + day.years_after), DueSource::Calendar));
        dated.or_else(|| self.standing.map(|(day, after)| (day.of(year + after), DueSource::Rule)))
    }

    /// The last year of which it was due before a day, and when.
    pub fn last_over(&self, day: NaiveDate) -> Option<(i32, NaiveDate)> {
        let years = (day.year() - 2..=day.year() + 1).rev();
        years.filter_map(|year| self.of(year).map(|(due, _)| (year, due))).find(|(_, due)| *due < day)
    }

    /// The first year of which it is due on a day or later, and when.
    pub fn next(&self, day: NaiveDate) -> Option<(i32, NaiveDate)> {
        let mut years = day.year() - 1..=day.year() + 2;
        years.find_map(|year| self.of(year).map(|(due, _)| (year, due)).filter(|(_, due)| day <= *due))
    }
}

/// When something is due, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Due {
    /// The last day in time.
    pub on: NaiveDate,
    /// Who says so.
    pub source: DueSource,
}

/// Everything in a province that says when something is due.
#[derive(Debug, Clone, Default)]
pub struct Deadlines {
    /// The rules of findings, as the province sets them.
    pub rules: FindingSettings,
    /// The province's calendar.
    pub calendar: Calendar,
    /// Its rounds.
    pub rounds: Vec<Round>,
}

impl Deadlines {
    /// The days of a kind that has no round.
    pub fn days_of(&self, kind: DueKind) -> DueDays {
        self.calendar.days_of(kind, &self.rules)
    }

    /// The round of centres of a year.
    pub fn round(&self, year: i32) -> Option<&Round> {
        self.rounds.iter().find(|round| round.subject == Subject::Centre && round.year == year)
    }

    /// When something of a year is due; `None` where nobody says so.
    pub fn due(&self, kind: DueKind, year: i32) -> Option<Due> {
        let Some(task) = kind.stage() else {
            return self.days_of(kind).of(year).map(|(on, source)| Due { on, source });
        };
        // Of several verifications the last one counts.
        let of_task = self.round(year)?.route.iter().filter(|stage| stage.task == task);
        of_task.filter_map(|stage| stage.due_on).max().map(|on| Due { on, source: DueSource::Round })
    }
}

/// A kind in a year, as the calendar shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarEntry {
    /// What is due.
    pub kind: DueKind,
    /// What it is called.
    pub label: Label,
    /// The last day in time; `null` where nobody says one.
    pub due_on: Option<NaiveDate>,
    /// Who says so.
    pub source: Option<DueSource>,
    /// The round, where it is one of its stages.
    pub round_id: Option<RoundId>,
}

/// What is due of a year, and what the province sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CalendarView {
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// Each kind, in order.
    pub due: Vec<CalendarEntry>,
    /// What the province sets for years of their own.
    pub days: Vec<CalendarDay>,
}

impl CalendarView {
    /// Of a year.
    pub fn of(deadlines: &Deadlines, year: i32) -> Self {
        let entry = |kind: &DueKind| {
            let due = deadlines.due(*kind, year);
            CalendarEntry {
                kind: *kind,
                label: kind.label(),
                due_on: due.map(|due| due.on),
                source: due.map(|due| due.source),
                round_id: kind.stage().and_then(|_| deadlines.round(year)).map(|round| round.id),
            }
        };
        Self { year, due: DueKind::ALL.iter().map(entry).collect(), days: deadlines.calendar.days.clone() }
    }
}

/// More time that somebody granted, as far as lateness looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoreTime {
    /// The extension.
    pub id: ExtensionId,
    /// For what.
    pub kind: DueKind,
    /// Of which year.
    pub year: i32,
    /// Until when.
    pub until: NaiveDate,
}

/// The extensions of a province that hold on a day.
#[derive(Debug, Clone, Default)]
pub struct Extensions {
    held: Vec<(Holder, MoreTime)>,
}

impl Extensions {
    /// Those that were granted by a day and not withdrawn by then.
    pub fn on(all: &[Kept<Extension>], day: NaiveDate) -> Self {
        let holding = all.iter().filter(|kept| kept.content.holds_on(kept.created_at, day));
        let held = holding
            .filter_map(|kept| {
                let it = &kept.content;
                let more = MoreTime { id: kept.id, kind: it.kind, year: it.year, until: it.until };
                Holder::of(it.centre_id, it.unit_id).map(|holder| (holder, more))
            })
            .collect();
        Self { held }
    }

    /// What holds for a centre that lies in a commune, or for the commune itself: its own, and those of the units around it.
    pub fn of(&self, centre: Option<CentreId>, commune: UnitId, map: &UnitMap) -> Vec<MoreTime> {
        let is_its = |holder: &Holder| match holder {
            Holder::Centre(id) => Some(*id) == centre,
            Holder::Unit(unit) => *unit == commune || map.reach(*unit).contains(&commune),
            Holder::Province => true,
        };
        self.held.iter().filter(|(holder, _)| is_its(holder)).map(|(_, more)| *more).collect()
    }
}

/// The extension that reaches the furthest for something of a year.
pub fn furthest(more: &[MoreTime], kind: DueKind, year: i32) -> Option<MoreTime> {
    more.iter().filter(|it| it.kind == kind && it.year == year).max_by_key(|it| (it.until, it.id)).copied()
}

/// The last day in time, with what was granted. An extension never takes time away.
pub fn extended(due: Option<NaiveDate>, more: Option<MoreTime>) -> Option<NaiveDate> {
    due.max(more.map(|more| more.until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn set(kind: DueKind, from_year: i32, to_year: Option<i32>, day: &str, years_after: i32) -> CalendarDay {
        let day_of_year = DayOfYear::parse(day).unwrap();
        CalendarDay { kind, from_year, to_year, day_of_year, years_after, reason: "Công văn 12".into() }
    }

    #[test]
    fn a_year_of_its_own_comes_before_the_standing_day() {
        use DueKind::{AnnualReport, Plan, Settlement};
        let rule = |code, day: &str| crate::finding::RuleSetting {
            code,
            active: true,
            number: None,
            day_of_year: DayOfYear::parse(day),
            reason: "Công văn 1".into(),
        };
        let rules = FindingSettings { settings: vec![rule(FindingCode::ReportLate, "01-15")] };
        let calendar = Calendar {
            days: vec![
                set(AnnualReport, 2018, Some(2019), "11-30", 0),
                set(Plan, 2020, Some(2020), "12-15", -1),
                set(Settlement, 2018, None, "03-31", 1),
            ],
        };
        let deadlines = Deadlines { rules, calendar, rounds: vec![] };
        for (kind, year, expected) in [
            (AnnualReport, 2017, Some(("2018-01-15", DueSource::Rule))),
            (AnnualReport, 2018, Some(("2018-11-30", DueSource::Calendar))),
            (AnnualReport, 2020, Some(("2021-01-15", DueSource::Rule))),
            // As it ships.
            (Plan, 2019, Some(("2019-12-31", DueSource::Rule))),
            (Plan, 2020, Some(("2019-12-15", DueSource::Calendar))),
            (Settlement, 2017, None),
            (Settlement, 2030, Some(("2031-03-31", DueSource::Calendar))),
            (DueKind::Estimate, 2018, None),
            (DueKind::Decision, 2018, None),
        ] {
            let expected = expected.map(|(on, source)| Due { on: day(on), source });
            assert_eq!(deadlines.due(kind, year), expected, "{kind} {year}");
        }
        let reports = deadlines.days_of(AnnualReport);
        for (on, over, next) in [
            ("2018-01-15", Some((2016, "2017-01-15")), Some((2017, "2018-01-15"))),
            ("2018-01-16", Some((2017, "2018-01-15")), Some((2018, "2018-11-30"))),
            ("2018-12-01", Some((2018, "2018-11-30")), Some((2019, "2019-11-30"))),
            ("2020-06-01", Some((2019, "2019-11-30")), Some((2020, "2021-01-15"))),
        ] {
            let dated = |found: Option<(i32, &str)>| found.map(|(year, on)| (year, day(on)));
            assert_eq!((reports.last_over(day(on)), reports.next(day(on))), (dated(over), dated(next)), "{on}");
        }
    }

    #[test]
    fn a_calendar_says_one_day_for_a_year() {
        use DueKind::{AnnualReport, Decision, Plan, Settlement};
        let table = [
            (vec![set(AnnualReport, 2018, Some(2018), "11-30", 0), set(AnnualReport, 2019, Some(2020), "01-31", 1)], vec![]),
            (vec![set(Settlement, 2018, None, "03-31", 1), set(Plan, 2018, Some(2018), "12-31", -1)], vec![]),
            (vec![set(AnnualReport, 2018, None, "11-30", 0)], vec![("/days/0/to_year", "standing_day_of_rule")]),
            (vec![set(Settlement, 2018, Some(2017), "03-31", 1)], vec![("/days/0/to_year", "years_in_order")]),
            (vec![set(Settlement, 2018, None, "03-31", 0)], vec![("/days/0/years_after", "range")]),
            (vec![set(Decision, 2018, None, "03-31", 0)], vec![("/days/0/kind", "day_of_round")]),
            (
                vec![set(Settlement, 2018, None, "03-31", 1), set(Settlement, 2020, Some(2020), "04-30", 1)],
                vec![("/days/1/from_year", "one_day_a_year")],
            ),
        ];
        for (days, expected) in table {
            let problem = Calendar { days }.check().err();
            let faults: Vec<_> = problem.into_iter().flat_map(|problem| problem.faults).collect();
            let found: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.rule)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_furthest_extension_counts_and_takes_no_time_away() {
        let more = |n: u128, year, until: &str| MoreTime {
            id: uuid::Uuid::from_u128(n).into(),
            kind: DueKind::AnnualReport,
            year,
            until: day(until),
        };
        let all = [more(1, 2018, "2019-02-15"), more(2, 2018, "2019-02-28"), more(3, 2019, "2020-12-31")];
        let of = |year| furthest(&all, DueKind::AnnualReport, year);
        assert_eq!(of(2018).map(|it| it.until), Some(day("2019-02-28")));
        assert_eq!((of(2017), furthest(&all, DueKind::Plan, 2018)), (None, None));
        assert_eq!(extended(Some(day("2019-01-31")), of(2018)), Some(day("2019-02-28")));
        assert_eq!(extended(Some(day("2019-03-31")), of(2018)), Some(day("2019-03-31")));
        assert_eq!((extended(None, of(2018)), extended(None, None)), (Some(day("2019-02-28")), None));
    }
}
