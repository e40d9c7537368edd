//! Commendations.

use actix_web::{delete, get, patch, post};
use htcd_domain::commendation::{Commendation, CommendationForm};
use htcd_domain::event::Event;
use htcd_domain::id::{CentreId, CommendationId, EventId, RapporteurId, UnitId};
use htcd_domain::rapporteur::Rapporteur;
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::commendation::{self, CommendationFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, centre};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{EventsWrite, Permit, RecordsRead};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type CommendationRecord = Kept<Commendation>;
type CommendationPatch = Patch<Commendation>;

impl Kind for Commendation {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // What was named before may have left the scope since.
        let before = before.map(|kept| &kept.content);
        if let Some(id) = self.recipient_centre_id.filter(|id| before.and_then(|it| it.recipient_centre_id) != Some(*id))
            && centre::find(desk.tx, id)?.is_none()
        {
            return Err(record::absent("/recipient_centre_id", "trung tâm", "centre").into());
        }
        if let Some(id) = self.rapporteur_id.filter(|id| before.and_then(|it| it.rapporteur_id) != Some(*id))
            && Rapporteur::find(desk.tx, id)?.is_none()
        {
            return Err(record::absent("/rapporteur_id", "báo cáo viên, cộng tác viên", "rapporteur").into());
        }
        if let Some(id) = self.event_id.filter(|id| before.and_then(|it| it.event_id) != Some(*id))
            && Event::find(desk.tx, id)?.is_none()
        {
            return Err(record::absent("/event_id", "sự kiện", "event").into());
        }
        Ok(())
    }
}

/// Which commendations a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCommendations {
    /// Kept by this centre.
    centre_id: Option<CentreId>,
    /// Kept by this unit, or by units and centres in it.
    unit_id: Option<UnitId>,
    /// For the work of this year.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    year: Option<i32>,
    /// In this form.
    form: Option<CommendationForm>,
    /// Of this rapporteur.
    rapporteur_id: Option<RapporteurId>,
    /// Given at this event.
    event_id: Option<EventId>,
    /// By year: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Commendations kept by centres in scope, and by all units of the province.
#[utoipa::path(tag = "events", params(ListCommendations), responses((status = 200, description = "A page of commendations.", body = Page<CommendationRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/commendations")]
pub async fn list_commendations(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListCommendations>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = CommendationFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        year: params.year,
        form: params.form,
        rapporteur: params.rapporteur_id,
        event: params.event_id,
        recipient_centre: None,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(commendation::list(tx, &filter, wanted.clone())?, limit, |it: &Commendation| it.year))
        })
        .await
}

/// One commendation.
#[utoipa::path(tag = "events", params(("commendation_id" = CommendationId, Path, description = "The commendation.")), responses((status = 200, description = "The commendation.", body = CommendationRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/commendations/{commendation_id}")]
pub async fn get_commendation(permit: Permit<RecordsRead>, Segments(id): Segments<CommendationId>) -> Result<Answer, Refusal> {
    record::get::<Commendation, _>(permit, id).await
}

/// Record that a centre, a person, a collective or a rapporteur was commended.
#[utoipa::path(tag = "events", request_body = Commendation, responses((status = 201, description = "The commendation.", body = CommendationRecord)), security(("oauth2" = ["events:write"])))]
#[post("/v1/commendations")]
pub async fn create_commendation(permit: Permit<EventsWrite>, Body(body): Body<Commendation>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a commendation.
#[utoipa::path(tag = "events", params(("commendation_id" = CommendationId, Path, description = "The commendation."), IfMatchHeader), request_body(content = CommendationPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The commendation.", body = CommendationRecord)), security(("oauth2" = ["events:write"])))]
#[patch("/v1/commendations/{commendation_id}")]
pub async fn update_commendation(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<CommendationId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Commendation>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a commendation that was entered by mistake.
#[utoipa::path(tag = "events", params(("commendation_id" = CommendationId, Path, description = "The commendation."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["events:write"])))]
#[delete("/v1/commendations/{commendation_id}")]
pub async fn delete_commendation(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<CommendationId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Commendation, _>(permit, id, if_match).await
}
