//! Who spoke in which activity or at which event.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::Problem;
use htcd_domain::activity::Activity;
use htcd_domain::event::Event;
use htcd_domain::id::{ActivityId, CentreId, EventId, RapporteurAssignmentId, RapporteurId, UnitId};
use htcd_domain::rapporteur::{Rapporteur, RapporteurAssignment};
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::Result as Stored;
use htcd_persistence::rapporteur_assignment::{self, AssignmentFilter};
use htcd_persistence::record::Stored as _;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{EventsWrite, Permit, RecordsRead};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type RapporteurAssignmentRecord = Kept<RapporteurAssignment>;
type RapporteurAssignmentPatch = Patch<RapporteurAssignment>;

impl Kind for RapporteurAssignment {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // Whom it names stays as it was made; they may have left the scope meanwhile.
        if before.is_none() && Rapporteur::find(desk.tx, self.rapporteur_id)?.is_none() {
            return Err(record::absent("/rapporteur_id", "báo cáo viên, cộng tác viên", "rapporteur").into());
        }
        let (from, to) = match (self.activity_id, self.event_id) {
            (Some(id), _) => {
                let found = Activity::find(desk.tx, id)?.map(|(kept, _)| kept.content);
                let found = found.ok_or_else(|| record::absent("/activity_id", "hoạt động", "activity"))?;
                if self.centre_id != Some(found.centre_id) {
                    let (vi, en) = (
                        "Phân công cho một hoạt động do chính trung tâm của hoạt động đó giữ.",
                        "An assignment to an activity is kept by the centre of that activity.",
                    );
                    return Err(Problem::rule("/centre_id", "centre_of_activity", vi, en).into());
                }
                (found.starts_on, found.ends_on)
            }
            (None, Some(id)) => {
                let found = Event::find(desk.tx, id)?.map(|(kept, _)| kept.content);
                let found = found.ok_or_else(|| record::absent("/event_id", "sự kiện", "event"))?;
                (found.starts_on, found.ends_on)
            }
            (None, None) => return Ok(()), // The record's own rules have refused it.
        };
        if (from..=to).contains(&self.held_on) {
            return Ok(());
        }
        let (vi, en) = (
            format!("Ngày phải nằm trong thời gian tổ chức, từ {} đến {}.", from.format("%d/%m/%Y"), to.format("%d/%m/%Y")),
            format!("The day lies within those of the activity or event, {from} to {to}."),
        );
        Err(Problem::rule("/held_on", "within_its_days", vi, en).into())
    }
}

/// Which assignments a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRapporteurAssignments {
    /// Kept by this centre.
    centre_id: Option<CentreId>,
    /// Kept by this unit, or by units and centres in it.
    unit_id: Option<UnitId>,
    /// Of this rapporteur.
    rapporteur_id: Option<RapporteurId>,
    /// In this activity.
    activity_id: Option<ActivityId>,
    /// At this event.
    event_id: Option<EventId>,
    /// On this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// On this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
    /// By day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Who spoke where, as far as centres in scope or units keep it.
#[utoipa::path(tag = "rapporteurs", params(ListRapporteurAssignments), responses((status = 200, description = "A page of assignments.", body = Page<RapporteurAssignmentRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/rapporteur_assignments")]
pub async fn list_rapporteur_assignments(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListRapporteurAssignments>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = AssignmentFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        rapporteur: params.rapporteur_id,
        activity: params.activity_id,
        event: params.event_id,
        from: params.from,
        to: params.to,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = rapporteur_assignment::list(tx, &filter, wanted.clone())?;
            Ok(record::page(found, limit, |it: &RapporteurAssignment| it.held_on))
        })
        .await
}

/// One assignment of a rapporteur.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_assignment_id" = RapporteurAssignmentId, Path, description = "The assignment.")), responses((status = 200, description = "The assignment.", body = RapporteurAssignmentRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/rapporteur_assignments/{rapporteur_assignment_id}")]
pub async fn get_rapporteur_assignment(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<RapporteurAssignmentId>,
) -> Result<Answer, Refusal> {
    record::get::<RapporteurAssignment, _>(permit, id).await
}

/// Record that a rapporteur spoke in an activity or at an event: once for each of them.
#[utoipa::path(tag = "rapporteurs", request_body = RapporteurAssignment, responses((status = 201, description = "The assignment.", body = RapporteurAssignmentRecord)), security(("oauth2" = ["events:write"])))]
#[post("/v1/rapporteur_assignments")]
pub async fn create_rapporteur_assignment(
    permit: Permit<EventsWrite>,
    Body(body): Body<RapporteurAssignment>,
) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change an assignment: its topic, sessions, fee or day.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_assignment_id" = RapporteurAssignmentId, Path, description = "The assignment."), IfMatchHeader), request_body(content = RapporteurAssignmentPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The assignment.", body = RapporteurAssignmentRecord)), security(("oauth2" = ["events:write"])))]
#[patch("/v1/rapporteur_assignments/{rapporteur_assignment_id}")]
pub async fn update_rapporteur_assignment(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<RapporteurAssignmentId>,
    if_match: IfMatch,
    Body(body): Body<Patch<RapporteurAssignment>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an assignment that was entered by mistake.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_assignment_id" = RapporteurAssignmentId, Path, description = "The assignment."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["events:write"])))]
#[delete("/v1/rapporteur_assignments/{rapporteur_assignment_id}")]
pub async fn delete_rapporteur_assignment(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<RapporteurAssignmentId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<RapporteurAssignment, _>(permit, id, if_match).await
}
