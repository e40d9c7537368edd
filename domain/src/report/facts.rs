//! What the other records of a centre come to in its report, each as of the cut-off. What there is no record of is `None`.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded;
use crate::appointment::{Appointment, BoardBody, Employment, Post, Sector};
use crate::asset::{Asset, AssetCondition, AssetKind, AssetOwner};
use crate::centre::Decision;
use crate::club::Club;
use crate::commendation::{Commendation, CommendationForm};
use crate::event::EventKindCounts;
use crate::id::{PlanId, SurveyId};
use crate::learning_model::LearningModelSums;
use crate::money::MoneySummary;
use crate::plan::{Plan, PlanState};
use crate::plan_progress::{Measures, PlanProgress};
use crate::profile::Profile;
use crate::quantity::Given;
use crate::record::Kept;
use crate::survey::{Survey, SurveyTopic, UsedChannel};
use crate::text::Label;

/// What the other records come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportFacts {
    /// Who held which post at the cut-off; `null` where nobody is recorded.
    pub board: Option<ReportedBoard>,
    /// Trainings, own events, rosters; `null` where there are none.
    pub training: Option<ReportedTraining>,
    /// The year's plan and how far it came.
    pub plan: Option<ReportedPlan>,
    /// What the centre has or uses; `null` where nothing is recorded.
    pub assets: Option<Vec<ReportedAsset>>,
    /// The books up to the cut-off; `null` where they are empty.
    pub money: Option<MoneySummary>,
    /// Needs surveys of the period, and the one that the plan rests on.
    pub surveys: Vec<ReportedSurvey>,
    /// Clubs at the cut-off.
    pub clubs: Option<ReportedClubs>,
    /// The commune's numbers of the year and their change; `null` where there are none.
    pub profile: Option<Profile>,
    /// The commune's learning models of the year; `null` where nothing is counted.
    pub learning_models: Option<LearningModelSums>,
    /// Commendations of the year; `null` where there are none.
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
    /// Who holds it.
    pub name: String,
    /// The sector that they represent.
    pub sector: Option<Sector>,
    /// What people call that.
    pub sector_label: Option<Label>,
    /// How they serve.
    pub employment: Option<Employment>,
    /// Since when.
    pub since: NaiveDate,
}

/// Who held which post at the cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedBoard {
    /// The board: director, then deputies, each in the order of names.
    pub seats: Vec<ReportedSeat>,
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
    /// Of appointments with the names of who holds them, in the order of names.
    pub fn of(appointments: &[(Kept<Appointment>, String)], day: NaiveDate) -> Option<Self> {
        let held: Vec<(&Appointment, &String)> = appointments
            .iter()
            .map(|(kept, name)| (&kept.content, name))
            .filter(|(appointment, _)| appointment.term().holds_on(day))
            .collect();
        if held.is_empty() {
            return None;
        }
        let of = |body: BoardBody| held.iter().filter(move |(appointment, _)| appointment.body == body);
        let mut seats: Vec<ReportedSeat> = of(BoardBody::Board)
            .map(|(appointment, name)| ReportedSeat {
                post: appointment.post,
                label: appointment.post.label(),
                name: (*name).clone(),
                sector: appointment.sector,
                sector_label: appointment.sector.map(Coded::label),
                employment: appointment.employment,
                since: appointment.starts_on,
            })
            .collect();
        seats.sort_by_key(|seat| seat.post);
        let is_seconded_teacher = |appointment: &Appointment| {
            appointment.post == Post::Teacher && appointment.employment == Some(Employment::Seconded)
        };
        let seconded = of(BoardBody::Staff).filter(|(appointment, _)| is_seconded_teacher(appointment)).count();
        let sites: std::collections::BTreeSet<_> =
            of(BoardBody::SiteBoard).filter_map(|(appointment, _)| appointment.site_id).collect();
        Some(Self {
            seats,
            committee_members: count(of(BoardBody::Committee).count()),
            site_boards: count(sites.len()),
            site_board_members: count(of(BoardBody::SiteBoard).count()),
            seconded_teachers: count(seconded),
            other_staff: count(of(BoardBody::Staff).count() - seconded),
        })
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

/// The year's plan and how far it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedPlan {
    /// The plan.
    pub plan_id: PlanId,
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
    /// Of a plan with its progress up to the cut-off.
    pub fn of(plan: &Kept<Plan>, progress: &PlanProgress) -> Self {
        let (content, course) = (&plan.content, &plan.content.course);
        Self {
            plan_id: plan.id,
            title: content.title.clone(),
            number: content.number.clone(),
            signed_on: content.signed_on,
            state: course.state,
            state_label: course.state.label(),
            approved_on: course.approved_on,
            approval: course.approval.clone(),
            items: progress.total.items,
            items_not_begun: progress.items_not_begun,
            items_late: progress.items_late,
            measures: progress.total.measures.clone(),
        }
    }

    /// The plan of a year as it was on a day: what was approved by then, the newest first; otherwise what there is.
    pub fn chosen(plans: &[Kept<Plan>], day: NaiveDate) -> Option<&Kept<Plan>> {
        let approved = |plan: &Kept<Plan>| plan.content.course.approved_on.filter(|on| *on <= day);
        plans.iter().max_by_key(|plan| (approved(plan), plan.created_at, plan.id))
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
    /// Those that were there on a day.
    pub fn on<'a>(assets: impl IntoIterator<Item = &'a Asset>, day: NaiveDate) -> Option<Vec<Self>> {
        let is_there = |asset: &&Asset| {
            asset.acquired_on.is_none_or(|from| from <= day) && asset.disposed_on.is_none_or(|gone| day < gone)
        };
        let those: Vec<Self> = assets
            .into_iter()
            .filter(is_there)
            .map(|asset| Self {
                kind: asset.kind,
                kind_label: asset.kind.label(),
                name: asset.name.clone(),
                quantity: asset.quantity,
                unit: asset.unit.clone(),
                owner: asset.owner,
                owner_label: asset.owner.label(),
                condition: asset.condition,
                condition_label: asset.condition.label(),
            })
            .collect();
        (!those.is_empty()).then_some(those)
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
