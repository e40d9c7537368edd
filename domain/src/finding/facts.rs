//! What is known of a centre on a day, and what the rules find in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::CIRCULAR;
use super::{FindingCode, FindingParty, RuleInForce};
use crate::allowance::DevelopmentRegion;
use crate::appointment::{BoardBody, Employment, Sector};
use crate::board::{CentreSeats, Tenure, Vacancy};
use crate::boundaries::Spot;
use crate::calendar::{DueDays, DueKind, MoreTime, furthest};
use crate::centre::{Centre, CentreStatus};
use crate::finding_explanation::FindingExplanation;
use crate::funding::{FundingFacts, Shortfall};
use crate::id::{AppointmentId, CentreId, FindingExplanationId, PlanId, UnitId};
use crate::record::Kept;
use crate::text::Label;

/// A plan that was approved by the day, be it replaced since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanFact {
    /// The plan.
    pub plan_id: PlanId,
    /// Its year.
    pub year: i32,
    /// The day from which it is approved.
    pub approved_on: NaiveDate,
    /// Whether it names a survey.
    pub has_survey: bool,
    /// Whether a decision approved it.
    pub has_decision: bool,
}

/// An annual report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportFact {
    /// The year in which its period begins.
    pub year: i32,
    /// When it is due, where somebody said so.
    pub due_on: Option<NaiveDate>,
    /// The day on which it was first handed in.
    pub submitted_on: Option<NaiveDate>,
}

/// What was booked as given by the state budget in a year, up to the day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateSupport {
    /// How many entries there are.
    pub entries: i64,
    /// How many of them have an amount; gifts in kind may have none.
    pub valued: i64,
    /// What these come to.
    pub sum_vnd: i64,
}

/// What is known of a centre on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct CentreFacts {
    /// The centre, as it is now.
    pub centre: Centre,
    /// Where it lay on the day.
    pub spot: Spot,
    /// Where it stood in its life on the day.
    pub status: CentreStatus,
    /// The first day of its work; `None` before it was established.
    pub began_on: Option<NaiveDate>,
    /// Its suspensions that were over by the day, the oldest first: the first day of each, and the day on which work went on.
    pub suspensions: Vec<(NaiveDate, NaiveDate)>,
    /// Whether there is a decision on its establishment.
    pub has_establishment: bool,
    /// Its posts.
    pub seats: CentreSeats,
    /// The last day of its last activity of its own, at most the day itself.
    pub last_activity_on: Option<NaiveDate>,
    /// The days on which trainings began that its people attended, the newest first.
    pub trainings: Vec<NaiveDate>,
    /// Its approved plans of the day's year and the year before.
    pub plans: Vec<PlanFact>,
    /// Its annual reports of the last three years, handed in or not.
    pub reports: Vec<ReportFact>,
    /// What the state gave, by year.
    pub state_support: BTreeMap<i32, StateSupport>,
    /// Years whose books were settled and approved: of these, what nobody entered is nothing.
    pub settled_years: BTreeSet<i32>,
    /// The development class of its commune by the approved estimate of a year.
    pub regions: BTreeMap<i32, DevelopmentRegion>,
    /// More time that was granted to it by the day, itself or with its unit.
    pub more_time: Vec<MoreTime>,
}

/// The facts that led to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FindingFacts {
    /// A sector that nobody on the board represents.
    Seat {
        /// The sector.
        sector: Sector,
        /// How many people sit on the board.
        seats: usize,
        /// Of how many of them nobody has recorded the sector.
        seats_without_sector: usize,
        /// The last day on which it was represented; `null` when it never was.
        last_held_on: Option<NaiveDate>,
    },
    /// Posts that nobody holds.
    Vacancies {
        /// Each of them.
        vacancies: Vec<Vacancy>,
    },
    /// Appointments.
    Appointments {
        /// Each of them.
        appointment_ids: Vec<AppointmentId>,
    },
    /// An establishment.
    Establishment {
        /// The first day of work.
        operating_from: NaiveDate,
    },
    /// The work of the centre.
    Activity {
        /// The last day of its last activity of its own; `null` when none is on record.
        last_activity_on: Option<NaiveDate>,
    },
    /// Trainings.
    Trainings {
        /// How many its people attended from the first to the last day.
        trainings: usize,
        /// How many are asked for.
        needed: i64,
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
        /// When the last one began, whenever that was.
        last_training_on: Option<NaiveDate>,
    },
    /// A plan that is not there.
    NoPlan {
        /// For which year.
        year: i32,
        /// The day by which it was to be approved.
        due_on: NaiveDate,
    },
    /// A report that is not there.
    NoReport {
        /// Of which year.
        year: i32,
        /// The day by which it was to be handed in.
        due_on: NaiveDate,
    },
    /// A plan.
    Plan {
        /// The plan.
        plan_id: PlanId,
        /// Its year.
        year: i32,
        /// The day from which it is approved.
        approved_on: NaiveDate,
    },
    /// Money of the state budget.
    Support {
        /// The year; `null` for all years together.
        year: Option<i32>,
        /// The least.
        minimum_vnd: i64,
        /// What was given.
        given_vnd: i64,
        /// What is missing.
        missing_vnd: i64,
    },
}

/// How a finding was explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explained {
    /// The explanation.
    pub id: FindingExplanationId,
    /// What it says.
    #[schema(example = "Phó giám đốc chuyển công tác, đã đề nghị bổ nhiệm người thay.")]
    pub explanation: String,
    /// Who answers for it.
    #[schema(example = "Nguyễn Văn An, Giám đốc trung tâm")]
    pub explained_by: String,
    /// The day on which it was given.
    pub explained_on: NaiveDate,
    /// The last day on which it holds; `null` while the finding stands.
    pub valid_until: Option<NaiveDate>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// Which rule.
    pub code: FindingCode,
    /// The centre.
    pub centre_id: CentreId,
    /// Its name.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub centre_name: String,
    /// The commune that it lay in on the day.
    pub commune_id: UnitId,
    /// The first day on which the finding stood.
    pub since: NaiveDate,
    /// What is the matter, with the facts.
    pub text: Label,
    /// What remedies the cause.
    pub remedy: Label,
    /// The law.
    #[schema(value_type = String, example = "Quyết định 09/2008/QĐ-BGDĐT")]
    pub legal_basis: &'static str,
    /// Whom it concerns.
    #[schema(value_type = Vec<FindingParty>)]
    pub concerns: &'static [FindingParty],
    /// The facts that led to it.
    pub facts: FindingFacts,
    /// Where the records behind it are read.
    #[schema(example = "/v1/centres/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11/board?as_of=2018-12-31")]
    pub records: String,
    /// How it was explained; `null` where nobody did. An explained finding stands all the same.
    pub explanation: Option<Explained>,
}

/// What a rule found: since when, what it says beyond its own sentence, the facts, and where its records are.
struct Found {
    since: NaiveDate,
    detail: Label,
    facts: FindingFacts,
    records: String,
}

fn vi(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

impl CentreFacts {
    /// What the rules find on a day, in their order, with the explanations that cover it. Nothing of a centre that was not there.
    pub fn findings(&self, rules: &[RuleInForce], explanations: &[Kept<FindingExplanation>], day: NaiveDate) -> Vec<Finding> {
        if !self.is_looked_at(day) {
            return vec![];
        }
        let asked = rules.iter().filter(|rule| rule.active && (self.is_at_work() || !rule.rule.of_work));
        asked
            .filter_map(|rule| {
                let found = self.find(rule, day)?;
                // Nothing stands before there was the rule.
                let since = found.since.max(rule.rule.bases.first().map_or(found.since, |basis| basis.from));
                let says = rule.says();
                Some(Finding {
                    code: rule.rule.code,
                    centre_id: self.centre.id,
                    centre_name: self.centre.name.clone(),
                    commune_id: self.spot.commune,
                    since,
                    text: Label::new(format!("{} {}", says.vi, found.detail.vi), format!("{} {}", says.en, found.detail.en)),
                    remedy: rule.rule.remedy.clone(),
                    legal_basis: rule.basis.legal_basis,
                    concerns: rule.basis.concerns,
                    facts: found.facts,
                    records: found.records,
                    explanation: covering(explanations, rule.rule.code, since, day),
                })
            })
            .collect()
    }

    /// Whether the centre was there on a day, at work or suspended.
    pub fn is_looked_at(&self, day: NaiveDate) -> bool {
        self.centre.exists_on(day) && matches!(self.status, CentreStatus::Operating | CentreStatus::Suspended)
    }

    /// Whether it was at work on the day.
    pub fn is_at_work(&self) -> bool {
        self.status == CentreStatus::Operating
    }

    fn find(&self, rule: &RuleInForce, day: NaiveDate) -> Option<Found> {
        use FindingCode as C;
        match rule.rule.code {
            C::NoEducationSeat => self.missing_seat(Sector::Education, day),
            C::NoStudyPromotionSeat => self.missing_seat(Sector::StudyPromotion, day),
            C::PostVacant => self.vacant_posts(rule.number.unwrap_or(0), day),
            C::AppointmentWithoutDecision => self.undecided_appointments(day),
            C::EstablishmentWithoutDecision => self.undecided_establishment(),
            C::NoActivity => self.inactivity(rule.number?, day),
            C::FewTrainings => self.few_trainings(rule.number?, day),
            C::NoApprovedPlan => self.missing_plan(&rule.due, day),
            C::PlanWithoutSurvey => self.plan_without(|plan| plan.has_survey, day),
            C::PlanWithoutDecision => self.plan_without(|plan| plan.has_decision, day),
            C::ReportLate => self.late_report(&rule.due, day),
            C::StartUpSupportShort => self.start_up_support(rule.number?, day),
            C::YearlySupplementShort => self.yearly_supplement(rule.number, day),
        }
    }

    fn board(&self) -> impl Iterator<Item = &Tenure> {
        self.seats.held.iter().filter(|tenure| tenure.body == BoardBody::Board)
    }

    fn missing_seat(&self, sector: Sector, day: NaiveDate) -> Option<Found> {
        if self.board().any(|tenure| tenure.sector == Some(sector)) {
            return None;
        }
        let seats = self.board().count();
        let seats_without_sector = self.board().filter(|tenure| tenure.sector.is_none()).count();
        let last_held_on = self.seats.last_represented.get(&sector).copied();
        let since = last_held_on.and_then(|last| last.succ_opt()).max(self.centre.operating_from)?;
        let mut detail = match last_held_on {
            Some(last) => [format!("Lần cuối có đến ngày {}.", vi(last)), format!("The last one left on {last}.")],
            None => ["Chưa từng có trong hồ sơ.".to_owned(), "None is on record so far.".to_owned()],
        };
        if seats_without_sector > 0 {
            detail[0].push_str(&format!(" {seats_without_sector} trong {seats} người chưa ghi thành phần."));
            detail[1].push_str(&format!(" Of {seats_without_sector} of the {seats} people the sector is not recorded."));
        }
        let [in_vi, in_en] = detail;
        Some(Found {
            since,
            detail: Label::new(in_vi, in_en),
            facts: FindingFacts::Seat { sector, seats, seats_without_sector, last_held_on },
            records: self.board_on(day),
        })
    }

    fn board_on(&self, day: NaiveDate) -> String {
        format!("/v1/centres/{}/board?as_of={day}", self.centre.id)
    }

    fn vacant_posts(&self, days: i64, day: NaiveDate) -> Option<Found> {
        // Vacant for so many days on the last of them; the finding stands from the next on.
        let stands_from = |vacancy: &Vacancy| vacancy.since.checked_add_signed(chrono::TimeDelta::days(days));
        let is_long = |vacancy: &&Vacancy| stands_from(vacancy).is_some_and(|from| from <= day);
        let vacancies: Vec<Vacancy> = self.seats.vacancies.iter().filter(is_long).cloned().collect();
        let since = vacancies.iter().filter_map(stands_from).min()?;
        let posts = |vi_or_en: fn(&Vacancy) -> String| vacancies.iter().map(vi_or_en).collect::<Vec<_>>().join("; ");
        use crate::Coded as _;
        let in_vi = posts(|it| format!("{} từ ngày {}", it.post.label().vi, vi(it.since)));
        let in_en = posts(|it| format!("{} since {}", it.post.label().en, it.since));
        Some(Found {
            since,
            detail: Label::new(format!("Cụ thể: {in_vi}."), format!("These are: {in_en}.")),
            facts: FindingFacts::Vacancies { vacancies },
            records: self.board_on(day),
        })
    }

    fn undecided_appointments(&self, day: NaiveDate) -> Option<Found> {
        let asks = |it: &&Tenure| it.body == BoardBody::Board || it.employment == Some(Employment::Seconded);
        let without: Vec<&Tenure> = self.seats.held.iter().filter(asks).filter(|it| !it.has_decision).collect();
        // A board may be formed before the centre is established.
        let since = without.iter().map(|it| it.term.from).min().max(self.centre.operating_from)?;
        let count = without.len();
        (count > 0).then(|| Found {
            since,
            detail: Label::new(format!("Số bổ nhiệm như vậy: {count}."), format!("Such appointments: {count}.")),
            facts: FindingFacts::Appointments { appointment_ids: without.iter().map(|it| it.appointment_id).collect() },
            records: format!("/v1/appointments?centre_id={}&as_of={day}", self.centre.id),
        })
    }

    fn undecided_establishment(&self) -> Option<Found> {
        let operating_from = self.centre.operating_from.filter(|_| !self.has_establishment)?;
        Some(Found {
            since: operating_from,
            detail: Label::new(
                format!("Ngày hoạt động đã ghi: {}.", vi(operating_from)),
                format!("It is on record as at work since {operating_from}."),
            ),
            facts: FindingFacts::Establishment { operating_from },
            records: format!("/v1/centres/{}/acts", self.centre.id),
        })
    }

    fn inactivity(&self, months: i64, day: NaiveDate) -> Option<Found> {
        let began = self.last_activity_on.max(self.began_on)?;
        let months = Months::new(u32::try_from(months).ok()?);
        let since = self.after_work_of(began, months).filter(|since| *since <= day)?;
        let detail = match self.last_activity_on {
            Some(last) => Label::new(format!("Hoạt động gần nhất: {}.", vi(last)), format!("The last one was on {last}.")),
            None => Label::fixed("Chưa ghi hoạt động nào.", "None is on record."),
        };
        Some(Found {
            since,
            detail,
            facts: FindingFacts::Activity { last_activity_on: self.last_activity_on },
            records: format!("/v1/activities?centre_id={}&own=true", self.centre.id),
        })
    }

    fn few_trainings(&self, needed: i64, day: NaiveDate) -> Option<Found> {
        let year = Months::new(12);
        // The last so many have to lie within the twelve months: the finding stands once the first of them does not.
        let decisive = usize::try_from(needed).ok()?.checked_sub(1).and_then(|place| self.trainings.get(place)).copied();
        let since = decisive.max(self.began_on).and_then(|from| self.after_work_of(from, year)).filter(|since| *since <= day)?;
        let is_recent = |held: &&NaiveDate| self.after_work_of(**held, year).is_some_and(|end| day < end);
        let trainings = self.trainings.iter().filter(is_recent).count();
        let mut from = day.checked_sub_months(year).and_then(|before| before.succ_opt())?;
        for (suspended, resumed) in self.suspensions.iter().rev().filter(|(_, resumed)| *resumed <= day) {
            if from < *resumed {
                from -= *resumed - *suspended;
            }
        }
        Some(Found {
            since,
            detail: Label::new(
                format!("Từ ngày {} đến ngày {}: {trainings} đợt.", vi(from), vi(day)),
                format!("From {from} to {day}: {trainings}."),
            ),
            facts: FindingFacts::Trainings {
                trainings,
                needed,
                from,
                to: day,
                last_training_on: self.trainings.first().copied(),
            },
            records: format!("/v1/events?centre_id={}&attended=true&kind=training", self.centre.id),
        })
    }

    /// The day by which so many months of work have gone by since another one. The days of a suspension are none of work: it
    /// puts things off for as long as it lasts, and remedies nothing.
    fn after_work_of(&self, since: NaiveDate, months: Months) -> Option<NaiveDate> {
        let mut end = since.checked_add_months(months)?;
        for (suspended, resumed) in &self.suspensions {
            let from = (*suspended).max(since);
            if from < end && from < *resumed {
                end = end.checked_add_signed(*resumed - from)?;
            }
        }
        Some(end)
    }

    /// Whether it was at work all through a year, as far as that lies before a day: a centre that began in it, or was suspended
    /// meanwhile, owes no plan and no year's money. What came after that day changes nothing.
    fn is_of_year(&self, year: i32, until: NaiveDate) -> bool {
        let days = NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31));
        let Some((first, last)) = days.map(|(first, last)| (first, last.min(until))) else { return false };
        let was_suspended = |(suspended, resumed): &(NaiveDate, NaiveDate)| *suspended <= last && first < *resumed;
        self.began_on.is_some_and(|began| began <= first) && !self.suspensions.iter().any(was_suspended)
    }

    /// The last day in time for something of a year, with what was granted.
    fn with_more_time(&self, kind: DueKind, year: i32, due_on: NaiveDate) -> NaiveDate {
        furthest(&self.more_time, kind, year).map_or(due_on, |more| due_on.max(more.until))
    }

    fn missing_plan(&self, due: &DueDays, day: NaiveDate) -> Option<Found> {
        let (year, due_on) = due.last_over(day)?;
        let due_on = self.with_more_time(DueKind::Plan, year, due_on);
        let is_there = self.plans.iter().any(|plan| plan.year == year && plan.approved_on <= day);
        if is_there || day <= due_on || !self.is_of_year(year, due_on) {
            return None;
        }
        // Whoever reads it on a day of the next year has that year's plan in mind, which may well be there.
        let next = due.of(year + 1).map(|(next_due_on, _)| (year + 1, next_due_on));
        let [next_vi, next_en] = match next {
            Some((next, on)) => [
                format!("; kế hoạch năm {next} đến hạn ngày {}, chưa xét", vi(on)),
                format!("; that of {next} is due by {on} and not looked at yet"),
            ],
            None => [String::new(), String::new()],
        };
        Some(Found {
            since: due_on.succ_opt()?,
            detail: Label::new(
                format!("Kế hoạch năm {year} phải được phê duyệt chậm nhất ngày {}{next_vi}.", vi(due_on)),
                format!("The plan of {year} was to be approved by {due_on}{next_en}."),
            ),
            facts: FindingFacts::NoPlan { year, due_on },
            records: format!("/v1/plans?centre_id={}&year={year}", self.centre.id),
        })
    }

    /// The annual report that has been overdue for the longest time: by its own day, otherwise by the province's, each with what was
    /// granted.
    fn late_report(&self, due: &DueDays, day: NaiveDate) -> Option<Found> {
        let was_handed_in = |report: &&ReportFact| report.submitted_on.is_some_and(|on| on <= day);
        let by_own_day = self.reports.iter().filter(|report| !was_handed_in(report));
        let by_own_day = by_own_day.filter_map(|report| report.due_on.map(|due_on| (report.year, due_on)));
        let by_province = due.last_over(day).filter(|(year, due_on)| {
            let mut of_year = self.reports.iter().filter(|report| report.year == *year);
            self.is_of_year(*year, *due_on) && !of_year.any(|report| was_handed_in(&report) || report.due_on.is_some())
        });
        let granted = |(year, due_on)| (year, self.with_more_time(DueKind::AnnualReport, year, due_on));
        let overdue = by_own_day.chain(by_province).map(granted).filter(|(_, due_on)| *due_on < day);
        let (year, due_on) = overdue.min_by_key(|(_, due_on)| *due_on)?;
        Some(Found {
            since: due_on.succ_opt()?,
            detail: Label::new(
                format!("Báo cáo năm {year}; hạn nộp: {}.", vi(due_on)),
                format!("The report of {year}; it was due on {due_on}."),
            ),
            facts: FindingFacts::NoReport { year, due_on },
            records: format!("/v1/reports?centre_id={}&kind=annual", self.centre.id),
        })
    }

    /// The plan in force for the day's year that lacks something, since the first of its versions in a row that do.
    fn plan_without(&self, has: fn(&PlanFact) -> bool, day: NaiveDate) -> Option<Found> {
        let mut plans: Vec<&PlanFact> =
            self.plans.iter().filter(|plan| plan.year == day.year() && plan.approved_on <= day).collect();
        plans.sort_by_key(|plan| (std::cmp::Reverse(plan.approved_on), std::cmp::Reverse(plan.plan_id)));
        let lacking: Vec<&PlanFact> = plans.into_iter().take_while(|plan| !has(plan)).collect();
        let (newest, oldest) = lacking.first().zip(lacking.last())?;
        let PlanFact { plan_id, year, approved_on, .. } = **newest;
        Some(Found {
            since: oldest.approved_on,
            detail: Label::new(
                format!("Kế hoạch năm {year}, phê duyệt ngày {}.", vi(approved_on)),
                format!("The plan of {year}, approved on {approved_on}."),
            ),
            facts: FindingFacts::Plan { plan_id, year, approved_on },
            records: format!("/v1/plans/{plan_id}"),
        })
    }

    fn start_up_support(&self, minimum: i64, day: NaiveDate) -> Option<Found> {
        let founded = self.centre.operating_from?;
        let all = self.state_support.values().fold(StateSupport::default(), |sum, year| StateSupport {
            entries: sum.entries + year.entries,
            valued: sum.valued + year.valued,
            sum_vnd: sum.sum_vnd.saturating_add(year.sum_vnd),
        });
        let facts = FundingFacts {
            is_founded_under_it: CIRCULAR <= founded,
            // All that the state gave, for whatever: if that is less, then so is what it gave for the start.
            start_up_vnd: all.known(false),
            ..FundingFacts::default()
        };
        // Until the year of its founding is over, the money may be on its way.
        let since = NaiveDate::from_ymd_opt(founded.year() + 1, 1, 1).filter(|since| *since <= day)?;
        facts.start_up(minimum).map(|short| self.short(short, None, since))
    }

    fn yearly_supplement(&self, own_minimum: Option<i64>, day: NaiveDate) -> Option<Found> {
        let year = day.year() - 1;
        let since = NaiveDate::from_ymd_opt(day.year(), 1, 1)?;
        let is_due = CIRCULAR.year() <= year && self.is_of_year(year, since);
        let given = self.state_support.get(&year).copied().unwrap_or_default();
        let facts = FundingFacts {
            region: self.regions.get(&year).copied().filter(|_| is_due),
            year_vnd: given.known(self.settled_years.contains(&year)),
            ..FundingFacts::default()
        };
        facts.yearly(own_minimum).map(|short| self.short(short, Some(year), since))
    }

    fn short(&self, short: Shortfall, year: Option<i32>, since: NaiveDate) -> Found {
        use crate::quantity::Quantity;
        use crate::text::Language::{En, Vi};
        let Shortfall { minimum_vnd, given_vnd, missing_vnd } = short;
        let [given, missing] = [given_vnd, missing_vnd].map(Quantity::whole);
        let [in_vi, in_en] = match year {
            Some(year) => [format!("Năm {year}: đã nhận"), format!("In {year}: received")],
            None => ["Đến nay đã nhận".to_owned(), "Received so far".to_owned()],
        };
        let days = year.map_or(String::new(), |year| format!("&from={year}-01-01&to={year}-12-31"));
        Found {
            since,
            detail: Label::new(
                format!("{in_vi} {} đồng, còn thiếu {} đồng.", given.written(Vi), missing.written(Vi)),
                format!("{in_en} {} đồng, {} đồng are missing.", given.written(En), missing.written(En)),
            ),
            facts: FindingFacts::Support { year, minimum_vnd, given_vnd, missing_vnd },
            records: format!("/v1/money_entries?centre_id={}&source=state_budget{days}", self.centre.id),
        }
    }
}

impl StateSupport {
    /// What was given, where that is known: every entry has an amount, and where there is none the year was settled.
    fn known(self, is_settled: bool) -> Option<i64> {
        (self.valued == self.entries && (self.entries > 0 || is_settled)).then_some(self.sum_vnd)
    }
}

/// The newest explanation that covers a finding on a day: given while it stood, and still good. One of an earlier stretch does not.
fn covering(explanations: &[Kept<FindingExplanation>], code: FindingCode, since: NaiveDate, day: NaiveDate) -> Option<Explained> {
    let covers = |kept: &&Kept<FindingExplanation>| {
        let it = &kept.content;
        it.code == code && (since..=day).contains(&it.explained_on) && it.valid_until.is_none_or(|until| day <= until)
    };
    let newest = explanations.iter().filter(covers).max_by_key(|kept| (kept.content.explained_on, kept.created_at, kept.id))?;
    let it = newest.content.clone();
    Some(Explained {
        id: newest.id,
        explanation: it.explanation,
        explained_by: it.explained_by,
        explained_on: it.explained_on,
        valid_until: it.valid_until,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::appointment::tests::{centre, day, deputy, director, id, seat_of};
    use crate::appointment::{Appointment, Post};
    use crate::calendar::Calendar;
    use crate::centre::Decision;
    use crate::finding::{DayOfYear, FindingSettings, RuleSetting, in_force};

    /// A centre at work since January 2007 of which all is in order on the last day of 2021.
    pub(in crate::finding) fn in_order() -> CentreFacts {
        let it = centre();
        CentreFacts {
            spot: Spot { commune: it.commune_id, placed_later: None, model: Some(it.operating_model) },
            status: CentreStatus::Operating,
            began_on: it.operating_from,
            suspensions: vec![],
            has_establishment: true,
            seats: seats(vec![
                with(Sector::LocalGovernment, director(1, "2007-01-15", None)),
                with(Sector::Education, deputy(2, "2007-01-15", None)),
                with(Sector::StudyPromotion, deputy(3, "2007-01-15", None)),
            ]),
            last_activity_on: Some(day("2021-11-20")),
            trainings: vec![day("2021-09-01"), day("2021-03-01")],
            plans: vec![plan(2020, "2020-01-10"), plan(2021, "2021-01-12")],
            reports: vec![ReportFact { year: 2021, due_on: Some(day("2021-11-30")), submitted_on: Some(day("2021-11-26")) }],
            state_support: [(2020, given(30_000_000)), (2021, given(33_625_000))].into(),
            settled_years: [2020].into(),
            regions: [(2020, DevelopmentRegion::RegionIII)].into(),
            more_time: vec![],
            centre: it,
        }
    }

    fn with(sector: Sector, seat: Appointment) -> Appointment {
        let decision = Decision { number: "1/QĐ-UBND".into(), date: seat.starts_on, issuer: "UBND".into(), legal_basis: None };
        Appointment { sector: Some(sector), decision: Some(decision), ..seat }
    }

    fn seats(seats: Vec<Appointment>) -> CentreSeats {
        seats_on(seats, LAST)
    }

    fn seats_on(seats: Vec<Appointment>, on: &str) -> CentreSeats {
        let at = chrono::DateTime::UNIX_EPOCH;
        let tenure = |(number, content)| Tenure::of(&Kept { id: id(number), content, created_at: at, updated_at: at });
        CentreSeats::on(&centre(), day(on), (50..).zip(seats).map(tenure).collect())
    }

    fn plan(year: i32, approved_on: &str) -> PlanFact {
        PlanFact { plan_id: id(60), year, approved_on: day(approved_on), has_survey: true, has_decision: true }
    }

    fn given(vnd: i64) -> StateSupport {
        StateSupport { entries: 1, valued: 1, sum_vnd: vnd }
    }

    const LAST: &str = "2021-12-31";

    fn found_with(facts: &CentreFacts, settings: &FindingSettings, on: &str) -> Vec<(FindingCode, String)> {
        let findings = facts.findings(&in_force(settings, &Calendar::default(), day(on)), &[], day(on));
        findings.into_iter().map(|finding| (finding.code, finding.since.to_string())).collect()
    }

    fn found(facts: &CentreFacts, on: &str) -> Vec<(FindingCode, String)> {
        found_with(facts, &FindingSettings::default(), on)
    }

    fn set(code: FindingCode, number: Option<i64>, day: Option<&str>) -> FindingSettings {
        let day_of_year = day.map(|day| DayOfYear::parse(day).unwrap());
        FindingSettings { settings: vec![RuleSetting { code, active: true, number, day_of_year, reason: "Công văn".into() }] }
    }

    fn is(code: FindingCode, since: &str) -> Vec<(FindingCode, String)> {
        vec![(code, since.to_owned())]
    }

    #[test]
    fn a_report_is_late_by_its_own_day_or_by_the_provinces() {
        let report = |year, due_on: Option<&str>, submitted_on: Option<&str>| ReportFact {
            year,
            due_on: due_on.map(day),
            submitted_on: submitted_on.map(day),
        };
        let autumn = DayOfYear::parse("11-30");
        let spring = DayOfYear::parse("01-31");
        type Late = Option<(i32, &'static str)>;
        let table: [(Vec<ReportFact>, Option<DayOfYear>, &str, Late); 9] = [
            (vec![], None, "2021-12-31", None),
            (vec![], autumn, "2021-12-31", Some((2021, "2021-12-01"))),
            (vec![], autumn, "2021-11-30", Some((2020, "2020-12-01"))),
            (vec![], spring, "2021-12-31", Some((2020, "2021-02-01"))),
            (vec![report(2021, None, Some("2021-11-26"))], autumn, "2021-12-31", None),
            (vec![report(2021, None, Some("2021-12-05"))], autumn, "2021-12-04", Some((2021, "2021-12-01"))),
            // Its own day goes before the province's, and no report is asked for twice.
            (vec![report(2021, Some("2021-12-15"), None)], autumn, "2021-12-10", None),
            (vec![report(2021, Some("2021-12-15"), None)], None, "2021-12-16", Some((2021, "2021-12-16"))),
            (vec![report(2021, Some("2021-12-15"), Some("2021-12-20"))], None, "2021-12-31", None),
        ];
        for (reports, due, on, expected) in table {
            let facts = CentreFacts { reports, ..in_order() };
            let found = facts.late_report(&days(DueKind::AnnualReport, due), day(on)).map(|found| match found.facts {
                FindingFacts::NoReport { year, .. } => (year, found.since),
                other => panic!("{other:?}"),
            });
            assert_eq!(found, expected.map(|(year, since)| (year, day(since))), "{on} {due:?}");
        }
    }

    fn days(kind: DueKind, standing: Option<DayOfYear>) -> DueDays {
        let code = kind.rule().unwrap();
        let setting = RuleSetting { code, active: true, number: None, day_of_year: standing, reason: "Công văn".into() };
        Calendar::default().days_of(kind, &FindingSettings { settings: vec![setting] })
    }

    #[test]
    fn more_time_moves_the_day_and_never_back() {
        let more = |kind, year, until: &str| MoreTime { id: id(9), kind, year, until: day(until) };
        let of = |more_time: Vec<MoreTime>| CentreFacts { reports: vec![], plans: vec![], more_time, ..in_order() };
        let (autumn, spring) = (DayOfYear::parse("11-30"), DayOfYear::parse("01-31"));
        let report = |more_time, on: &str| {
            of(more_time).late_report(&days(DueKind::AnnualReport, autumn), day(on)).map(|found| found.since)
        };
        let plan =
            |more_time, on: &str| of(more_time).missing_plan(&days(DueKind::Plan, spring), day(on)).map(|found| found.since);
        use DueKind::{AnnualReport as R, Plan as P};
        assert_eq!(report(vec![], "2021-12-15"), Some(day("2021-12-01")));
        for (more_time, on, since) in [
            (vec![more(R, 2021, "2021-12-15")], "2021-12-15", None),
            (vec![more(R, 2021, "2021-12-15")], "2021-12-16", Some("2021-12-16")),
            (vec![more(R, 2020, "2021-12-31")], "2021-12-15", Some("2021-12-01")),
            (vec![more(P, 2021, "2021-12-31")], "2021-12-15", Some("2021-12-01")),
            (vec![more(R, 2021, "2021-11-01")], "2021-12-15", Some("2021-12-01")),
        ] {
            assert_eq!(report(more_time, on), since.map(day), "{on}");
        }
        assert_eq!(plan(vec![], "2021-02-15"), Some(day("2021-02-01")));
        assert_eq!(plan(vec![more(P, 2021, "2021-02-28")], "2021-02-15"), None);
        assert_eq!(plan(vec![more(P, 2021, "2021-02-28")], "2021-03-15"), Some(day("2021-03-01")));
    }

    #[test]
    fn nothing_is_found_where_all_is_in_order_nor_of_a_centre_that_is_not_there() {
        assert_eq!(found(&in_order(), LAST), []);
        let empty = CentreFacts {
            seats: seats(vec![]),
            last_activity_on: None,
            trainings: vec![],
            plans: vec![],
            has_establishment: false,
            ..in_order()
        };
        use FindingCode as C;
        let codes = |facts: &CentreFacts, on: &str| found(facts, on).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
        let papers = [C::NoEducationSeat, C::NoStudyPromotionSeat, C::PostVacant, C::EstablishmentWithoutDecision];
        assert_eq!(codes(&empty, LAST), [&papers[..], &[C::NoActivity, C::FewTrainings, C::NoApprovedPlan]].concat());
        // Of a centre that is suspended nobody expects work.
        let suspended = CentreFacts { status: CentreStatus::Suspended, ..empty.clone() };
        assert_eq!(codes(&suspended, LAST), papers);
        assert_eq!(codes(&empty, "2007-01-14"), []);
        let over = CentreFacts { centre: Centre { ended_on: Some(day(LAST)), ..centre() }, ..empty.clone() };
        assert_eq!(codes(&over, LAST), []);
        let proposed = CentreFacts { centre: Centre { operating_from: None, ..centre() }, ..empty };
        assert_eq!(codes(&proposed, LAST), []);
    }

    #[test]
    fn a_board_has_somebody_of_education_and_of_the_study_promotion_association() {
        use FindingCode::{NoEducationSeat as E, NoStudyPromotionSeat as S};
        let board = |others: Vec<Appointment>| {
            let mut all = vec![with(Sector::LocalGovernment, director(1, "2007-01-15", None))];
            all.extend(others);
            CentreFacts { seats: seats(all), ..in_order() }
        };
        let education = |to| with(Sector::Education, deputy(2, "2007-01-15", to));
        let promotion = || with(Sector::StudyPromotion, deputy(3, "2010-01-01", None));
        assert_eq!(found(&board(vec![education(None), promotion()]), LAST), []);
        // Since the day after the last one left; and not before there was the rule.
        let left = board(vec![education(Some("2019-06-30")), promotion(), with(Sector::Other, deputy(4, "2019-07-01", None))]);
        assert_eq!(found(&left, LAST), is(E, "2019-07-01"));
        let never = board(vec![education(None), with(Sector::Other, deputy(4, "2007-01-15", None))]);
        assert_eq!(found(&never, LAST), is(S, "2008-03-24"));
        // Who sits on the committee alone does not sit on the board.
        let member = with(Sector::StudyPromotion, seat_of(5, BoardBody::Committee, Post::CommitteeMember, "2007-01-15", None));
        assert_eq!(found(&board(vec![education(None), member]), LAST), is(S, "2008-03-24"));
        // A sector that nobody recorded shows in the facts: recording it is the remedy.
        let unknown = Appointment { sector: None, ..promotion() };
        let facts = board(vec![education(None), unknown]);
        let rules = in_force(&FindingSettings::default(), &Calendar::default(), day(LAST));
        let [finding] = &facts.findings(&rules, &[], day(LAST))[..] else { panic!("one") };
        assert_eq!(
            finding.facts,
            FindingFacts::Seat { sector: Sector::StudyPromotion, seats: 3, seats_without_sector: 1, last_held_on: None }
        );
        assert!(finding.text.vi.ends_with("1 trong 3 người chưa ghi thành phần."), "{}", finding.text.vi);
        assert_eq!(finding.concerns, &[FindingParty::DistrictCommittee, FindingParty::CommuneCommittee]);
    }

    #[test]
    fn a_post_is_vacant_for_longer_than_the_province_allows() {
        let facts = |on: &str| CentreFacts {
            seats: seats_on(
                vec![
                    with(Sector::LocalGovernment, director(1, "2007-01-15", Some("2021-10-31"))),
                    with(Sector::Education, deputy(2, "2007-01-15", None)),
                    with(Sector::StudyPromotion, deputy(3, "2007-01-15", None)),
                ],
                on,
            ),
            ..in_order()
        };
        let on = |on: &str, days| found_with(&facts(on), &set(FindingCode::PostVacant, days, None), on);
        assert_eq!(on("2021-10-31", None), []);
        assert_eq!(on("2021-11-01", None), is(FindingCode::PostVacant, "2021-11-01"));
        // The thirtieth day is 30 November.
        assert_eq!(on("2021-11-30", Some(30)), []);
        assert_eq!(on("2021-12-01", Some(30)), is(FindingCode::PostVacant, "2021-12-01"));
        let facts = facts(LAST).findings(&in_force(&FindingSettings::default(), &Calendar::default(), day(LAST)), &[], day(LAST));
        assert!(facts[0].text.vi.contains("giám đốc từ ngày 01/11/2021"), "{}", facts[0].text.vi);
    }

    #[test]
    fn seats_of_the_board_and_secondments_rest_on_decisions() {
        let bare = |seat: Appointment| Appointment { sector: Some(Sector::Other), ..seat };
        let facts = |more: Appointment| {
            let mut all = vec![
                with(Sector::LocalGovernment, director(1, "2007-01-15", None)),
                with(Sector::Education, deputy(2, "2007-01-15", None)),
                with(Sector::StudyPromotion, deputy(3, "2007-01-15", None)),
            ];
            all.push(more);
            CentreFacts { seats: seats(all), ..in_order() }
        };
        let code = FindingCode::AppointmentWithoutDecision;
        assert_eq!(found(&facts(bare(deputy(4, "2020-05-01", None))), LAST), is(code, "2020-05-01"));
        assert_eq!(found(&facts(bare(deputy(4, "2020-05-01", Some("2020-12-31")))), LAST), []);
        let teacher = |employment| Appointment { employment, ..seat_of(5, BoardBody::Staff, Post::Teacher, "2012-08-01", None) };
        assert_eq!(found(&facts(teacher(Some(Employment::Seconded))), LAST), is(code, "2012-08-01"));
        assert_eq!(found(&facts(teacher(Some(Employment::Concurrent))), LAST), []);
    }

    #[test]
    fn a_year_without_work_counts_from_the_last_activity_or_from_when_work_began() {
        let code = FindingCode::NoActivity;
        let facts = |last: Option<&str>, since: &str| CentreFacts {
            last_activity_on: last.map(day),
            began_on: Some(day(since)),
            // Neither plans nor trainings are looked at here.
            trainings: vec![day("2021-09-01"), day("2021-03-01")],
            ..in_order()
        };
        // For one day.
        let suspended = |facts| CentreFacts { suspensions: vec![(day("2021-06-01"), day("2021-06-02"))], ..facts };
        let table = [
            (facts(Some("2021-01-01"), "2007-01-15"), LAST, None),
            (facts(Some("2020-12-31"), "2007-01-15"), LAST, Some("2021-12-31")),
            (facts(Some("2015-05-05"), "2007-01-15"), LAST, Some("2016-05-05")),
            (facts(None, "2007-01-15"), LAST, Some("2008-03-24")),
            // Established within the year.
            (facts(None, "2021-01-01"), LAST, None),
            (facts(None, "2020-12-31"), LAST, Some("2021-12-31")),
            // A suspension puts it off for as long as it lasts, and no longer.
            (suspended(facts(Some("2020-12-31"), "2007-01-15")), LAST, None),
            (suspended(facts(Some("2020-12-30"), "2007-01-15")), LAST, Some("2021-12-31")),
            (suspended(facts(Some("2021-06-10"), "2007-01-15")), "2022-06-10", Some("2022-06-10")),
        ];
        for (facts, on, expected) in table {
            let found: Vec<_> = found(&facts, on).into_iter().filter(|(found, _)| *found == code).collect();
            assert_eq!(found, expected.map_or(vec![], |since| is(code, since)), "{:?}", facts.last_activity_on);
        }
        assert_eq!(found_with(&facts(Some("2021-09-30"), "2007-01-15"), &set(code, Some(3), None), LAST), is(code, "2021-12-30"));
        assert_eq!(found_with(&facts(Some("2021-10-01"), "2007-01-15"), &set(code, Some(3), None), LAST), []);
    }

    #[test]
    fn trainings_are_counted_over_the_twelve_months_to_the_day() {
        let code = FindingCode::FewTrainings;
        let facts = |trainings: &[&str], since: &str| CentreFacts {
            trainings: trainings.iter().map(|on| day(on)).collect(),
            began_on: Some(day(since)),
            ..in_order()
        };
        let table = [
            (vec!["2021-12-31", "2021-01-01"], "2007-01-15", None),
            (vec!["2021-12-31", "2020-12-31"], "2007-01-15", Some("2021-12-31")),
            (vec!["2021-12-31", "2019-05-01", "2018-01-01"], "2007-01-15", Some("2020-05-01")),
            (vec!["2021-12-31"], "2007-01-15", Some("2020-01-21")),
            (vec![], "2021-01-01", None),
            (vec![], "2020-12-31", Some("2021-12-31")),
        ];
        for (trainings, since, expected) in table {
            let found: Vec<_> = found(&facts(&trainings, since), LAST).into_iter().filter(|(found, _)| *found == code).collect();
            assert_eq!(found, expected.map_or(vec![], |since| is(code, since)), "{trainings:?}");
        }
        // Half a year of suspension is none of the twelve months of work.
        let paused = |trainings: &[&str]| CentreFacts {
            suspensions: vec![(day("2021-03-01"), day("2021-09-01"))],
            ..facts(trainings, "2007-01-15")
        };
        let of_code =
            |facts: &CentreFacts| found(facts, LAST).into_iter().filter(|(found, _)| *found == code).collect::<Vec<_>>();
        assert_eq!(of_code(&paused(&["2021-12-31", "2020-07-02"])), []);
        assert_eq!(of_code(&paused(&["2021-12-31", "2020-06-30"])), is(code, "2021-12-31"));
        let three = facts(&["2021-09-01", "2021-03-01"], "2007-01-15");
        assert_eq!(found_with(&three, &set(code, Some(3), None), LAST), is(code, "2020-01-21"));
        let finding = &three.findings(&in_force(&set(code, Some(3), None), &Calendar::default(), day(LAST)), &[], day(LAST))[0];
        let (from, to) = (day("2021-01-01"), day(LAST));
        let last_training_on = Some(day("2021-09-01"));
        assert_eq!(finding.facts, FindingFacts::Trainings { trainings: 2, needed: 3, from, to, last_training_on });
    }

    #[test]
    fn a_plan_is_approved_by_the_day_that_the_province_sets_and_rests_on_a_survey() {
        use FindingCode::{NoApprovedPlan as N, PlanWithoutDecision as D, PlanWithoutSurvey as S};
        let facts = |plans: Vec<PlanFact>| CentreFacts { plans, ..in_order() };
        let only_2020 = facts(vec![plan(2020, "2020-01-10")]);
        // As it ships, a year that is not over gives no finding.
        assert_eq!(found(&only_2020, LAST), []);
        let by_january = set(N, None, Some("01-31"));
        assert_eq!(found_with(&only_2020, &by_january, LAST), is(N, "2021-02-01"));
        assert_eq!(found_with(&only_2020, &by_january, "2021-01-31"), []);
        assert_eq!(found(&facts(vec![plan(2021, "2021-01-12")]), LAST), is(N, "2021-01-01"));
        // On the day itself it is not over: what is looked at is the year before, and the text says so.
        let text_on = |on: &str| {
            let rules = in_force(&FindingSettings::default(), &Calendar::default(), day(on));
            let findings = facts(vec![plan(2021, "2021-01-12")]).findings(&rules, &[], day(on));
            findings.into_iter().next().map(|finding| finding.text)
        };
        let text = text_on("2021-12-31").unwrap();
        assert_eq!(
            text.vi.split_once(". ").unwrap().1,
            "Kế hoạch năm 2020 phải được phê duyệt chậm nhất ngày 31/12/2020; kế hoạch năm 2021 đến hạn ngày 31/12/2021, chưa xét."
        );
        assert_eq!(
            text.en.split_once(". ").unwrap().1,
            "The plan of 2020 was to be approved by 2020-12-31; that of 2021 is due by 2021-12-31 and not looked at yet."
        );
        assert_eq!(text_on("2022-01-01"), None, "the plan of 2021 is there");
        // Late is remedied; on the days before, it was not there.
        let late = facts(vec![plan(2020, "2020-01-10"), plan(2021, "2021-06-15")]);
        assert_eq!(found_with(&late, &by_january, LAST), []);
        assert_eq!(found_with(&late, &by_january, "2021-06-14"), is(N, "2021-02-01"));
        // A centre that began in the year owes none.
        let young = CentreFacts { began_on: Some(day("2021-01-02")), ..facts(vec![]) };
        assert_eq!(found_with(&young, &by_january, LAST), []);
        // One that was suspended meanwhile owes none either; a suspension after the day remedies nothing.
        let suspended = |from, to| CentreFacts { suspensions: vec![(day(from), day(to))], ..only_2020.clone() };
        assert_eq!(found_with(&suspended("2021-01-15", "2021-02-15"), &by_january, LAST), []);
        assert_eq!(found_with(&suspended("2021-02-01", "2021-05-01"), &by_january, LAST), is(N, "2021-02-01"));
        assert_eq!(found_with(&suspended("2020-03-01", "2021-01-01"), &by_january, LAST), is(N, "2021-02-01"));

        let bare = |approved_on, number| PlanFact { plan_id: id(number), has_survey: false, ..plan(2021, approved_on) };
        let with_2020 = |plans: Vec<PlanFact>| facts([vec![plan(2020, "2020-01-10")], plans].concat());
        assert_eq!(found(&with_2020(vec![bare("2021-01-12", 61)]), LAST), is(S, "2021-01-12"));
        // Of revisions in a row; one with a survey ends it.
        let revised = with_2020(vec![bare("2021-01-12", 61), bare("2021-07-01", 62)]);
        assert_eq!(found(&revised, LAST), is(S, "2021-01-12"));
        assert_eq!(found(&with_2020(vec![bare("2021-01-12", 61), plan(2021, "2021-07-01")]), LAST), []);
        assert_eq!(found(&with_2020(vec![bare("2021-01-12", 61), plan(2021, "2021-07-01")]), "2021-06-30").len(), 1);

        let undecided = with_2020(vec![PlanFact { has_decision: false, ..plan(2021, "2021-01-12") }]);
        assert_eq!(found(&undecided, LAST), [], "looked for only where a province asks for it");
        assert_eq!(found_with(&undecided, &set(D, None, None), LAST), is(D, "2021-01-12"));
    }

    #[test]
    fn the_state_gives_at_least_what_the_circular_says() {
        use FindingCode::{StartUpSupportShort as U, YearlySupplementShort as Y};
        let support = |of: &[(i32, StateSupport)]| of.iter().copied().collect::<BTreeMap<_, _>>();
        let money = |state_support, regions: Option<DevelopmentRegion>, settled: &[i32]| CentreFacts {
            state_support,
            regions: regions.map(|region| (2020, region)).into_iter().collect(),
            settled_years: settled.iter().copied().collect(),
            ..in_order()
        };
        use DevelopmentRegion::{RegionI, RegionIII};
        let table = [
            (money(support(&[(2020, given(25_000_000))]), Some(RegionIII), &[]), vec![]),
            (money(support(&[(2020, given(24_999_999))]), Some(RegionIII), &[]), is(Y, "2021-01-01")),
            (money(support(&[(2020, given(20_000_000))]), Some(RegionI), &[]), vec![]),
            (money(support(&[(2020, given(1))]), None, &[]), vec![]),
            // Nothing was entered: unknown, unless the year is settled.
            (money(support(&[]), Some(RegionI), &[]), vec![]),
            (money(support(&[]), Some(RegionI), &[2020]), is(Y, "2021-01-01")),
            // A gift whose value nobody knows.
            (money(support(&[(2020, StateSupport { entries: 2, valued: 1, sum_vnd: 1 })]), Some(RegionI), &[2020]), vec![]),
        ];
        for (facts, expected) in table {
            assert_eq!(found(&facts, LAST), expected, "{:?}", facts.state_support);
        }
        let raised = money(support(&[(2020, given(25_000_000))]), Some(RegionI), &[]);
        assert_eq!(found_with(&raised, &set(Y, Some(26_000_000), None), LAST), is(Y, "2021-01-01"));

        let founded = |on: &str, state_support| CentreFacts {
            centre: Centre { operating_from: Some(day(on)), ..centre() },
            state_support,
            regions: BTreeMap::new(),
            ..in_order()
        };
        let table = [
            (founded("2009-01-01", support(&[(2009, given(10_000_000)), (2010, given(20_000_000))])), vec![]),
            (founded("2009-01-01", support(&[(2009, given(10_000_000))])), is(U, "2010-01-01")),
            (founded("2008-12-31", support(&[(2009, given(10_000_000))])), vec![]),
            (founded("2009-01-01", support(&[])), vec![]),
            (founded("2021-01-01", support(&[(2021, given(10_000_000))])), vec![]),
        ];
        for (facts, expected) in table {
            let found: Vec<_> = found(&facts, LAST).into_iter().filter(|(code, _)| *code == U).collect();
            assert_eq!(found, expected, "{:?} {:?}", facts.centre.operating_from, facts.state_support);
        }
    }

    #[test]
    fn an_explanation_covers_the_finding_that_stood_when_it_was_given_until_its_last_day() {
        let facts = CentreFacts { last_activity_on: Some(day("2020-06-30")), ..in_order() };
        let code = FindingCode::NoActivity;
        let explained = |code, on: &str, until: Option<&str>| Kept {
            id: id(on.replace('-', "").parse().unwrap()),
            content: FindingExplanation {
                id: None,
                centre_id: id(1),
                code,
                explanation: on.to_owned(),
                explained_by: "Giám đốc".into(),
                explained_on: day(on),
                valid_until: until.map(day),
            },
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        };
        let shown = |explanations: &[Kept<FindingExplanation>]| {
            let findings =
                facts.findings(&in_force(&FindingSettings::default(), &Calendar::default(), day(LAST)), explanations, day(LAST));
            assert_eq!((findings.len(), findings[0].code, findings[0].since), (1, code, day("2021-06-30")));
            findings[0].explanation.clone().map(|it| it.explanation)
        };
        assert_eq!(shown(&[]), None);
        assert_eq!(shown(&[explained(FindingCode::PostVacant, "2021-08-01", None)]), None);
        // Given for an earlier stretch of the same finding, run out, or given later.
        assert_eq!(shown(&[explained(code, "2021-06-29", None)]), None);
        assert_eq!(shown(&[explained(code, "2021-08-01", Some("2021-12-30"))]), None);
        assert_eq!(shown(&[explained(code, "2022-01-01", None)]), None);
        let good = [explained(code, "2021-06-30", None), explained(code, "2021-08-01", Some(LAST))];
        assert_eq!(shown(&good).as_deref(), Some("2021-08-01"), "the newest");
        assert_eq!(shown(&good[..1]).as_deref(), Some("2021-06-30"));
    }
}
