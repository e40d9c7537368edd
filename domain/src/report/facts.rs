//! What the other records of a centre come to in its report, each as of the cut-off. What there is no record of is `None`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded;
use crate::appointment::{Employment, Post, Sector};
use crate::asset::{Asset, AssetCondition, AssetConfirmation, AssetKind, AssetOwner};
use crate::board::{Board, Seat, Vacancy};
use crate::centre::Decision;
use crate::club::Club;
use crate::commendation::{Commendation, CommendationForm};
use crate::event::EventKindCounts;
use crate::id::{AssetId, PlanId, SurveyId};
use crate::learning_model::LearningModelSums;
use crate::money::{ExpenseLine, InKindTotal, IncomeLine, IncomeSource, MoneySummary};
use crate::plan::{Plan, PlanState};
use crate::plan_progress::{Measures, PlanProgress};
use crate::profile::Profile;
use crate::quantity::Given;
use crate::record::Kept;
use crate::survey::{Survey, SurveyTopic, UsedChannel};
use crate::text::{Label, sort_key};

/// What the other records come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportFacts {
    /// Who held which post at the cut-off; `null` where nobody is recorded.
    pub board: Option<ReportedBoard>,
    /// Trainings, own events, rosters; `null` where there are none.
    pub training: Option<ReportedTraining>,
    /// The plan of each calendar year that the period touches, and how far it came.
    pub plans: Vec<ReportedPlan>,
    /// What the centre has or uses; `null` where nothing is recorded.
    pub assets: Option<Vec<ReportedAsset>>,
    /// The books of the period up to the cut-off; `null` where they are empty.
    pub money: Option<ReportedMoney>,
    /// Needs surveys of the period, and those that its plans rest on.
    pub surveys: Vec<ReportedSurvey>,
    /// Clubs at the cut-off.
    pub clubs: Option<ReportedClubs>,
    /// The commune's numbers of the calendar year and their change, as far as they hold for a day up to the cut-off; `null` where there
    /// are none, or the period is not within one year.
    pub profile: Option<Profile>,
    /// The commune's learning models of that year; `null` where nothing is counted.
    pub learning_models: Option<LearningModelSums>,
    /// Commendations of the centre and its people for that year; `null` where there are none.
    pub commendations: Option<Vec<ReportedCommendations>>,
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A seat on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedSeat {
    /// The post.
    pub post: Post,
    /// What people call it.
    pub label: Label,
    /// Who holds it: the report is an official act, which names those who answer for it.
    #[schema(example = "Nguyễn Văn An")]
    pub name: String,
    /// The sector that they represent.
    pub sector: Option<Sector>,
    /// What people call that.
    pub sector_label: Option<Label>,
    /// How they serve.
    pub employment: Option<Employment>,
    /// What people call that.
    pub employment_label: Option<Label>,
    /// Since when.
    pub since: NaiveDate,
}

/// Who held which post at the cut-off. Named are those on the board alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedBoard {
    /// The board: director, then deputies, each in the order of names.
    pub seats: Vec<ReportedSeat>,
    /// Its posts without a holder, and since when.
    pub vacancies: Vec<Vacancy>,
    /// Members of the wider committee.
    #[schema(example = 41)]
    pub committee_members: i64,
    /// Sites with a managing board of their own.
    #[schema(example = 5)]
    pub site_boards: i64,
    /// Members of these.
    pub site_board_members: i64,
    /// Seconded teachers.
    #[schema(example = 1)]
    pub seconded_teachers: i64,
    /// Others who work for the centre.
    pub other_staff: i64,
}

impl ReportedBoard {
    /// Of a board on the day of the cut-off; `None` where nobody is recorded: then vacancies say nothing.
    pub fn of(board: &Board) -> Option<Self> {
        let is_seconded_teacher = |seat: &&Seat| seat.post == Post::Teacher && seat.employment == Some(Employment::Seconded);
        let seconded_teachers = count(board.staff.iter().filter(is_seconded_teacher).count());
        let reported = Self {
            seats: board.board.iter().map(ReportedSeat::of).collect(),
            vacancies: board.vacancies.clone(),
            committee_members: count(board.committee.len()),
            site_boards: count(board.site_boards.len()),
            site_board_members: count(board.counts.site_board_members),
            seconded_teachers,
            other_staff: count(board.staff.len()) - seconded_teachers,
        };
        let is_there = [board.board.len(), board.committee.len(), board.site_boards.len(), board.staff.len()] != [0; 4];
        is_there.then_some(reported)
    }
}

impl ReportedSeat {
    fn of(seat: &Seat) -> Self {
        Self {
            post: seat.post,
            label: seat.post.label(),
            name: seat.full_name.clone(),
            sector: seat.sector,
            sector_label: seat.sector.map(Coded::label),
            employment: seat.employment,
            employment_label: seat.employment.map(Coded::label),
            since: seat.since,
        }
    }
}

/// Trainings, the centre's own events, and its rosters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedTraining {
    /// Trainings that the centre's people attended in the period, whoever held them.
    #[schema(example = 2)]
    pub trainings_attended: i64,
    /// What the centre held itself, by kind.
    pub own_events: Vec<EventKindCounts>,
    /// Rapporteurs and collaborators on its roster at the cut-off.
    #[schema(example = 12)]
    pub rapporteurs: i64,
}

impl ReportedTraining {
    /// Nothing is said where there is nothing.
    pub fn of(trainings_attended: i64, own_events: Vec<EventKindCounts>, rapporteurs: usize) -> Option<Self> {
        let is_there = trainings_attended > 0 || !own_events.is_empty() || rapporteurs > 0;
        is_there.then(|| Self { trainings_attended, own_events, rapporteurs: count(rapporteurs) })
    }
}

/// A year's plan and how far it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedPlan {
    /// The plan.
    pub plan_id: PlanId,
    /// Its year.
    #[schema(example = 2018)]
    pub year: i32,
    /// What it is called.
    pub title: String,
    /// Number and symbol.
    pub number: Option<String>,
    /// The day it was signed.
    pub signed_on: Option<NaiveDate>,
    /// Where it stands.
    pub state: PlanState,
    /// What people call that.
    pub state_label: Label,
    /// The day from which it is approved.
    pub approved_on: Option<NaiveDate>,
    /// The decision that approved it.
    pub approval: Option<Decision>,
    /// How many items it has.
    pub items: i64,
    /// How many of them nothing was done for.
    pub items_not_begun: i64,
    /// How many are late.
    pub items_late: i64,
    /// What was done against what was planned.
    pub measures: Measures,
}

impl ReportedPlan {
    /// Of a plan as it stood on a day, with its progress up to then.
    pub fn of(plan: &Kept<Plan>, progress: &PlanProgress, day: NaiveDate) -> Self {
        let (content, course) = (&plan.content, &plan.content.course);
        let approved_on = Self::approved_by(plan, day);
        let state = match (approved_on, course.state) {
            // What replaced it came later, or so did its approval.
            (Some(_), _) => PlanState::Approved,
            (None, state) if state.was_approved() => PlanState::Submitted,
            (None, state) => state,
        };
        Self {
            plan_id: plan.id,
            year: content.year,
            title: content.title.clone(),
            number: content.number.clone(),
            signed_on: content.signed_on,
            state,
            state_label: state.label(),
            approved_on,
            approval: course.approval.clone().filter(|_| approved_on.is_some()),
            items: progress.total.items,
            items_not_begun: progress.items_not_begun,
            items_late: progress.items_late,
            measures: progress.total.measures.clone(),
        }
    }

    fn approved_by(plan: &Kept<Plan>, day: NaiveDate) -> Option<NaiveDate> {
        plan.content.course.approved_on.filter(|on| *on <= day)
    }

    /// The plan of a year that was in force on a day: of those approved by then the one approved last; otherwise the newest
    /// there is.
    pub fn in_force(plans: &[Kept<Plan>], day: NaiveDate) -> Option<&Kept<Plan>> {
        plans.iter().max_by_key(|plan| (Self::approved_by(plan, day), plan.created_at, plan.id))
    }
}

/// The books of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedMoney {
    /// First day.
    pub first: NaiveDate,
    /// Last day: the cut-off.
    pub last: NaiveDate,
    /// Income by source.
    pub income: Vec<IncomeLine>,
    /// Everything that came in kind; in no balance.
    pub in_kind: InKindTotal,
    /// Expenditure by category, against the estimate of the year.
    pub expenditure: Vec<ExpenseLine>,
    /// Income in money.
    pub income_vnd: i64,
    /// Expenditure in money.
    pub expenditure_vnd: i64,
    /// What the year began with; `null` where no settlement says so, or the period does not begin with a year.
    pub opening_vnd: Option<i64>,
    /// What is left; `null` where the opening balance is not known.
    pub balance_vnd: Option<i64>,
    /// What the estimate of the year that was approved by the cut-off gives to income.
    pub estimated_income_vnd: Option<i64>,
    /// What it gives to expenditure.
    pub estimated_expenditure_vnd: Option<i64>,
}

impl ReportedMoney {
    /// Of books from one day to another; `None` where nothing is in them and nothing was planned.
    pub fn of(summary: MoneySummary, first: NaiveDate, last: NaiveDate) -> Option<Self> {
        let is_there = !summary.income.is_empty() || !summary.expenditure.is_empty() || summary.budget_id.is_some();
        is_there.then_some(Self {
            first,
            last,
            income: summary.income,
            in_kind: summary.in_kind,
            expenditure: summary.expenditure,
            income_vnd: summary.income_vnd,
            expenditure_vnd: summary.expenditure_vnd,
            opening_vnd: summary.opening_vnd,
            balance_vnd: summary.balance_vnd,
            estimated_income_vnd: summary.estimated_income_vnd,
            estimated_expenditure_vnd: summary.estimated_expenditure_vnd,
        })
    }

    /// What came from a source of society, in money and in kind; these are not told apart further.
    pub fn from(&self, source: IncomeSource) -> Option<&IncomeLine> {
        self.income.iter().find(|line| line.source == source)
    }
}

/// Something that the centre has or uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedAsset {
    /// What kind.
    pub kind: AssetKind,
    /// What people call the kind.
    pub kind_label: Label,
    /// What people call it.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// In which unit.
    pub unit: String,
    /// Whose it is.
    pub owner: AssetOwner,
    /// What people call that.
    pub owner_label: Label,
    /// In which condition.
    pub condition: AssetCondition,
    /// What people call that.
    pub condition_label: Label,
}

impl ReportedAsset {
    /// Those that were there on a day, each as somebody found it last by then. What is alike in all but its place stands in one line.
    pub fn on(assets: &[Kept<Asset>], confirmations: &[Kept<AssetConfirmation>], day: NaiveDate) -> Option<Vec<Self>> {
        let mut found: BTreeMap<AssetId, &AssetConfirmation> = BTreeMap::new();
        for confirmation in confirmations.iter().map(|kept| &kept.content).filter(|it| it.confirmed_on <= day) {
            let last = found.entry(confirmation.asset_id).or_insert(confirmation);
            if last.confirmed_on <= confirmation.confirmed_on {
                *last = confirmation;
            }
        }
        let mut lines: Vec<Self> = vec![];
        for (id, asset) in assets.iter().map(|kept| (kept.id, &kept.content)).filter(|(_, asset)| asset.is_there_on(day)) {
            let (quantity, condition) =
                found.get(&id).map_or((asset.quantity, asset.condition), |it| (it.quantity_found, it.condition));
            let line = Self {
                kind: asset.kind,
                kind_label: asset.kind.label(),
                name: asset.name.clone(),
                quantity,
                unit: asset.unit.clone(),
                owner: asset.owner,
                owner_label: asset.owner.label(),
                condition,
                condition_label: condition.label(),
            };
            match lines.iter_mut().find(|known| Self { quantity, ..(*known).clone() } == line) {
                Some(known) => known.quantity += quantity,
                None => lines.push(line),
            }
        }
        lines.retain(|line| line.quantity > 0);
        lines.sort_by_cached_key(|line| (line.kind, sort_key(&line.name)));
        (!lines.is_empty()).then_some(lines)
    }
}

/// A needs survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedSurvey {
    /// The survey.
    pub survey_id: SurveyId,
    /// What it is called.
    pub title: String,
    /// First day.
    pub started_on: NaiveDate,
    /// Last day.
    pub ended_on: Option<NaiveDate>,
    /// How many were asked.
    pub asked: Option<i64>,
    /// How many answered.
    pub answered: Option<i64>,
    /// How people were asked.
    pub channels: Vec<UsedChannel>,
    /// What they want to learn.
    pub topics: Vec<SurveyTopic>,
}

impl ReportedSurvey {
    /// Of a survey.
    pub fn of(survey: &Kept<Survey>) -> Self {
        let it = &survey.content;
        Self {
            survey_id: survey.id,
            title: it.title.clone(),
            started_on: it.started_on,
            ended_on: it.ended_on,
            asked: it.asked,
            answered: it.answered,
            channels: it.channels.clone(),
            topics: it.topics.clone(),
        }
    }
}

/// The clubs of a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedClubs {
    /// How many.
    #[schema(example = 3)]
    pub clubs: i64,
    /// Members of those that count them.
    pub members: Given,
}

impl ReportedClubs {
    /// Of the clubs of a day.
    pub fn of<'c>(clubs: impl IntoIterator<Item = &'c Club>) -> Option<Self> {
        let mut sum = Self { clubs: 0, members: Given::default() };
        for club in clubs {
            sum.clubs += 1;
            sum.members.add(club.members);
        }
        (sum.clubs > 0).then_some(sum)
    }
}

/// Commendations of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedCommendations {
    /// In what form.
    pub form: CommendationForm,
    /// What people call it.
    pub label: Label,
    /// How many.
    #[schema(example = 2)]
    pub count: i64,
}

impl ReportedCommendations {
    /// By form.
    pub fn of<'c>(commendations: impl IntoIterator<Item = &'c Commendation> + Clone) -> Option<Vec<Self>> {
        let by_form: Vec<Self> = CommendationForm::ALL
            .iter()
            .map(|form| Self {
                form: *form,
                label: form.label(),
                count: count(commendations.clone().into_iter().filter(|it| it.form == *form).count()),
            })
            .filter(|line| line.count > 0)
            .collect();
        (!by_form.is_empty()).then_some(by_form)
    }
}
