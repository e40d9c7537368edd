//! What a report's records come to, up to its cut-off.
//!
//! What happened counts by the day on which it did; what was found (a profile's number, an asset's condition) by the day for
//! which it holds. Titles and decisions of a year that is over are known a little later: they count up to the day of signing.

use chrono::{Datelike, NaiveDate};
use htcd_domain::Code;
use htcd_domain::centre::Centre;
use htcd_domain::commendation::Commendation;
use htcd_domain::event;
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::learning_model::LearningModelSums;
use htcd_domain::period::Period;
use htcd_domain::plan::Plan;
use htcd_domain::profile::Profile;
use htcd_domain::record::Kept;
use htcd_domain::report::{
    Report, ReportContent, ReportFacts, ReportedAsset, ReportedBoard, ReportedCentre, ReportedClubs, ReportedCommendations,
    ReportedMoney, ReportedPlan, ReportedSurvey, ReportedTraining, Results,
};
use htcd_persistence::asset::AssetFilter;
use htcd_persistence::asset_confirmation::ConfirmationFilter;
use htcd_persistence::club::ClubFilter;
use htcd_persistence::commendation::CommendationFilter;
use htcd_persistence::event::EventFilter;
use htcd_persistence::plan::PlanFilter;
use htcd_persistence::rapporteur::RapporteurFilter;
use htcd_persistence::record::{Part, Whose};
use htcd_persistence::{
    Result, Tx, activity_summary, asset, asset_confirmation, budget, centre, club, commendation, money, plan, rapporteur,
    settlement, survey,
};

use crate::permit::{Permit, Right};
use crate::v1::{boards, learning_models, money_summary, plans, profiles};

/// All that a report says now. The report was looked up in scope.
pub(super) fn content<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, report: &Report) -> Result<ReportContent> {
    let today = permit.today();
    let cut_off = report.counted_to(today);
    let (centre, _) = centre::find(tx, report.centre_id)?.ok_or(Code::NotFound)?;
    let (reported, place) = reported_centre(permit, tx, &centre, cut_off)?;
    let is_over = cut_off == report.period.last;
    let known_by = if is_over { report.signed_on.unwrap_or(today).max(cut_off) } else { cut_off };
    let span = Span { centre: centre.id, counted: Period { last: cut_off, ..report.period }, whole: report.period, known_by };
    let results = Results::of(&activity_summary::tallies(tx, span.counted, Some(&[span.centre]), false)?);
    let facts = span.facts(permit, tx, &centre, reported.commune_id)?;
    Ok(ReportContent::of(report, cut_off, reported, &place, results, facts))
}

/// The centre where it lay at the cut-off, and what its commune is called without its type.
fn reported_centre<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    centre: &Centre,
    cut_off: NaiveDate,
) -> Result<(ReportedCentre, String)> {
    let placements = centre::placements(tx, centre.id)?;
    let then = placements.iter().rev().find(|placement| placement.valid_from <= cut_off);
    let commune_id = then.map_or(centre.commune_id, |placement| placement.commune_id);
    let version = permit.atlas().map.get(commune_id).and_then(|unit| unit.near(cut_off));
    let place = version.map_or("", |version| version.bare_name()).to_owned();
    let commune_name = version.map_or_else(String::new, |version| version.name_vi.to_string());
    Ok((ReportedCentre { id: centre.id, name: centre.name.clone(), commune_id, commune_name }, place))
}

/// The time that a report covers.
struct Span {
    centre: CentreId,
    /// Up to the cut-off.
    counted: Period,
    whole: Period,
    /// The day up to which titles and decisions of the period count.
    known_by: NaiveDate,
}

impl Span {
    fn facts<R: Right>(&self, permit: &Permit<R>, tx: &mut Tx<'_>, centre: &Centre, commune: UnitId) -> Result<ReportFacts> {
        let plans = self.plans(tx)?;
        Ok(ReportFacts {
            board: ReportedBoard::of(&boards::board_on(tx, centre, self.cut_off())?),
            training: self.training(tx)?,
            assets: self.assets(tx)?,
            money: self.money(tx)?,
            surveys: self.surveys(tx, &plans)?,
            plans: self.progress(tx, &plans)?,
            clubs: self.clubs(tx)?,
            profile: self.profile(permit, tx, commune)?,
            learning_models: self.learning_models(permit, tx, commune)?,
            commendations: self.commendations(tx)?,
        })
    }

    fn cut_off(&self) -> NaiveDate {
        self.counted.last
    }

    fn whose(&self) -> Whose {
        Whose::centre(self.centre)
    }

    fn training(&self, tx: &mut Tx<'_>) -> Result<Option<ReportedTraining>> {
        let Period { first, last, .. } = self.counted;
        let attended = htcd_persistence::event::trainings_attended(tx, &self.whose(), first, last)?;
        let own = EventFilter { whose: self.whose(), from: Some(first), to: Some(last), ..EventFilter::default() };
        let own = event::count(&htcd_persistence::event::all(tx, &own)?);
        let roster = RapporteurFilter { whose: self.whose(), active_on: Some(last), ..RapporteurFilter::default() };
        let roster = rapporteur::list(tx, &roster, Part::all())?;
        Ok(ReportedTraining::of(attended.get(&self.centre).copied().unwrap_or(0), own, roster.len()))
    }

    /// The plans in force of the calendar years that the period touches.
    fn plans(&self, tx: &mut Tx<'_>) -> Result<Vec<Kept<Plan>>> {
        let mut found = vec![];
        for year in self.counted.first.year()..=self.cut_off().year() {
            let filter = PlanFilter { whose: self.whose(), year: Some(year), ..PlanFilter::default() };
            let of_year = plan::list(tx, &filter, Part::all())?;
            found.extend(ReportedPlan::in_force(&of_year, self.cut_off()).cloned());
        }
        Ok(found)
    }

    fn progress(&self, tx: &mut Tx<'_>, found: &[Kept<Plan>]) -> Result<Vec<ReportedPlan>> {
        let of = |plan: &Kept<Plan>| {
            let progress = plans::progress_of(tx, plan, self.cut_off())?;
            Ok(ReportedPlan::of(plan, &progress, self.cut_off()))
        };
        found.iter().map(of).collect()
    }

    fn assets(&self, tx: &mut Tx<'_>) -> Result<Option<Vec<ReportedAsset>>> {
        let assets = asset::list(tx, &AssetFilter { whose: self.whose(), ..AssetFilter::default() }, Part::all())?;
        let filter = ConfirmationFilter { whose: self.whose(), ..ConfirmationFilter::default() };
        let confirmations = asset_confirmation::list(tx, &filter, Part::all())?;
        Ok(ReportedAsset::on(&assets, &confirmations, self.cut_off()))
    }

    fn money(&self, tx: &mut Tx<'_>) -> Result<Option<ReportedMoney>> {
        let Period { first, last, .. } = self.counted;
        let tallies = money::tallies_between(tx, self.centre, first, last)?;
        let year = first.year();
        let opening = if first.ordinal() == 1 { settlement::opening(tx, self.centre, year)? } else { None };
        // An estimate is of a calendar year: a part of one, or of two, is not held against it.
        let of_year = Period::year(year).filter(|of_year| of_year.first == self.whole.first && of_year.last == self.whole.last);
        let estimate = match of_year {
            Some(_) => budget::in_force(tx, self.centre, year, last)?,
            None => None,
        };
        let summary = money_summary::against(estimate.as_ref(), self.centre, year, &tallies, opening);
        Ok(ReportedMoney::of(summary, first, last))
    }

    fn surveys(&self, tx: &mut Tx<'_>, plans: &[Kept<Plan>]) -> Result<Vec<ReportedSurvey>> {
        let all = survey::list(tx, &self.whose(), Part::all())?;
        let counts = |survey: &&Kept<_>| {
            let survey: &Kept<htcd_domain::survey::Survey> = survey;
            self.counted.contains(survey.content.started_on) || plans.iter().any(|plan| plan.content.survey_id == Some(survey.id))
        };
        Ok(all.iter().filter(counts).map(ReportedSurvey::of).collect())
    }

    fn clubs(&self, tx: &mut Tx<'_>) -> Result<Option<ReportedClubs>> {
        let filter = ClubFilter { whose: self.whose(), as_of: Some(self.cut_off()), ..ClubFilter::default() };
        let clubs = club::list(tx, &filter, Part::all())?;
        Ok(ReportedClubs::of(clubs.iter().map(|kept| &kept.content)))
    }

    fn profile<R: Right>(&self, permit: &Permit<R>, tx: &mut Tx<'_>, commune: UnitId) -> Result<Option<Profile>> {
        let Some(year) = self.whole.calendar_year() else { return Ok(None) };
        let day = self.cut_off();
        let profile = profiles::of_unit(permit, tx, commune, year, day, |it| it.as_of_date.is_none_or(|on| on <= day))?;
        Ok(Some(profile).filter(|profile| profile.lines.iter().any(|line| line.value.is_some())))
    }

    fn learning_models<R: Right>(
        &self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        commune: UnitId,
    ) -> Result<Option<LearningModelSums>> {
        let Some(year) = self.whole.calendar_year() else { return Ok(None) };
        let counts = |it: &htcd_domain::learning_model::LearningModelCount| it.as_of_date <= self.known_by;
        let sums = learning_models::of_unit(permit, tx, commune, year, self.cut_off(), counts)?;
        Ok(Some(sums).filter(|sums| sums.models.iter().any(|model| model.reported > 0)))
    }

    fn commendations(&self, tx: &mut Tx<'_>) -> Result<Option<Vec<ReportedCommendations>>> {
        let Some(year) = self.whole.calendar_year() else { return Ok(None) };
        let kept = CommendationFilter { whose: self.whose(), year: Some(year), ..CommendationFilter::default() };
        let given = CommendationFilter { year: Some(year), recipient_centre: Some(self.centre), ..CommendationFilter::default() };
        let mut found: Vec<Kept<Commendation>> = commendation::list(tx, &kept, Part::all())?;
        // What another centre keeps is not seen by everybody who sees this one.
        let given = commendation::list(tx, &given, Part::all())?;
        found.extend(given.into_iter().filter(|kept| kept.content.centre_id.is_none()));
        found.sort_by_key(|kept| kept.id);
        found.dedup_by_key(|kept| kept.id);
        let is_known = |it: &&Commendation| it.decision.as_ref().is_none_or(|decision| decision.date <= self.known_by);
        Ok(ReportedCommendations::of(found.iter().map(|kept| &kept.content).filter(is_known)))
    }
}
