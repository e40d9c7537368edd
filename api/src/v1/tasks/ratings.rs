//! Ratings of rounds that are open.

use htcd_domain::access::Permission;
use htcd_domain::calendar::{DueKind, extended, furthest};
use htcd_domain::rating::{RatingAction, RatingState};
use htcd_domain::round::{Round, RoundStatus, StageTask};
use htcd_domain::scheme::Subject;
use htcd_domain::task::{Task, TaskAct, TaskKind, TaskPlace};
use htcd_persistence::{Result, Tx, centre, rating};

use super::TaskDesk;
use crate::v1::ratings::case::Loaded;

/// The rights by which somebody acts on ratings.
const RIGHTS: [Permission; 4] =
    [Permission::RatingsDraft, Permission::RatingsSubmit, Permission::RatingsVerify, Permission::RatingsDecide];

pub(super) fn collect(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>) -> Result<()> {
    if RIGHTS.iter().all(|right| desk.scope(*right).is_none()) {
        return Ok(());
    }
    let open: Vec<Round> = desk.deadlines.rounds.iter().filter(|round| round.status == RoundStatus::Open).cloned().collect();
    let waiting = rating::undecided(tx, &open.iter().map(|round| round.id).collect::<Vec<_>>())?;
    for loaded in Loaded::many(desk.permit, tx, waiting, &open)? {
        rating_task(desk, &loaded);
    }
    for round in open.iter().filter(|round| round.subject == Subject::Centre) {
        to_begin(desk, tx, round)?;
    }
    Ok(())
}

fn rating_task(desk: &mut TaskDesk<'_>, loaded: &Loaded) {
    let (case, rating) = (loaded.case(), &loaded.rating);
    let may = |action| case.reasons_against(action).is_empty();
    // Whether something is still to be filled in: otherwise it waits for whoever hands it in.
    let against = case.reasons_against(RatingAction::Submit);
    let is_unfilled = against.iter().any(|reason| ["assessment_incomplete", "measures_moved"].contains(&reason.code.as_ref()));
    let path = format!("/v1/ratings/{}", rating.id);
    let (kind, act) = match rating.state {
        RatingState::Draft if may(RatingAction::Submit) => {
            (TaskKind::SubmitSelfAssessment, TaskAct::post(format!("{path}/submit")))
        }
        RatingState::Draft if is_unfilled && may(RatingAction::Assess) => {
            (TaskKind::FillSelfAssessment, TaskAct::put(format!("{path}/assessments/self")))
        }
        RatingState::Returned if may(RatingAction::Submit) => {
            (TaskKind::CorrectSelfAssessment, TaskAct::post(format!("{path}/submit")))
        }
        RatingState::Returned if may(RatingAction::Assess) => {
            (TaskKind::CorrectSelfAssessment, TaskAct::put(format!("{path}/assessments/self")))
        }
        _ if may(RatingAction::Verify) => (TaskKind::VerifyRating, TaskAct::post(format!("{path}/verify"))),
        _ if may(RatingAction::Decide) => (TaskKind::DecideRating, TaskAct::post(format!("{path}/decide"))),
        _ => return,
    };
    let stage = loaded.round.route.get(rating.stage);
    let due_kind = match stage.map(|stage| stage.task) {
        Some(StageTask::Verify) => DueKind::Verification,
        Some(StageTask::Decide) => DueKind::Decision,
        Some(StageTask::Assess) | None => DueKind::SelfAssessment,
    };
    let map = &desk.permit.atlas().map;
    let centre = rating.centre_id.and_then(|id| desk.centres.get(&id));
    let more = match centre {
        Some(centre) => desk.more_time(centre),
        None => desk.granted.of(None, rating.commune_id, map),
    };
    let due = extended(stage.and_then(|stage| stage.due_on), furthest(&more, due_kind, rating.year));
    let place = TaskPlace {
        centre_id: rating.centre_id,
        unit_id: centre.map_or(rating.commune_id, |centre| centre.commune_id),
        name: centre.map_or_else(|| map.name(rating.commune_id, loaded.round.data_to).to_owned(), |centre| centre.name.clone()),
    };
    let what = (Some(rating.year.to_string()), due);
    desk.tasks.push(Task::of(kind, place, what, (path, act), desk.today));
}

/// Centres that were there on the last day of the data window, and have no rating in the round yet.
fn to_begin(desk: &mut TaskDesk<'_>, tx: &mut Tx<'_>, round: &Round) -> Result<()> {
    let Some(drafts) = desk.scope(Permission::RatingsDraft) else { return Ok(()) };
    let rated = rating::rated_centres(tx, round.id)?;
    let placed = centre::communes_on(tx, round.data_to)?;
    let stage = round.route.first().and_then(|stage| stage.due_on);
    let mine: Vec<_> = desk
        .centres
        .values()
        .filter(|centre| drafts.covers(centre.commune_id, Some(centre.id)) && centre.exists_on(round.data_to))
        .filter(|centre| placed.contains_key(&centre.id) && !rated.contains(&centre.id))
        .cloned()
        .collect();
    for centre in mine {
        let due = desk.due(&centre, DueKind::SelfAssessment, round.year, stage);
        let how = (format!("/v1/rounds/{}", round.id), TaskAct::post("/v1/ratings"));
        desk.add(TaskKind::StartSelfAssessment, &centre, (Some(round.year.to_string()), due), how);
    }
    Ok(())
}
