//! Appointments to boards, committees and the boards of sites, and of those who work for a centre.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::appointment::{Appointment, BoardBody, Employment, Post, Sector};
use htcd_domain::id::{AppointmentId, CentreId, PersonId, SiteId, UnitId};
use htcd_domain::person::Person;
use htcd_domain::problem::Faults;
use htcd_domain::record::{Kept, Patch};
use htcd_domain::{Code, Problem};
use htcd_persistence::appointment::{self, AppointmentFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, centre};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{BoardsWrite, Permit, RecordsRead};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type AppointmentRecord = Kept<Appointment>;
type AppointmentPatch = Patch<Appointment>;

impl Kind for Appointment {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // Before anything is read that the rules rely on: who comes second sees what the first has written.
        centre::hold(desk.tx, self.centre_id)?;
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        let mut faults = Faults::default();
        self.check_within(&mut faults, &centre);
        faults.into_result()?;
        if before.is_none() {
            check_site(desk, self.centre_id, self.site_id)?;
            let person = Person::find(desk.tx, self.person_id)?.map(|(kept, _)| kept.content);
            let is_theirs = |person: &Person| person.centre_id == self.centre_id && person.anonymised_at.is_none();
            if !person.as_ref().is_some_and(is_theirs) {
                let (vi, en) = ("Trung tâm không có người này.", "The centre has no such person.");
                return Err(Problem::rule("/person_id", "person_of_centre", vi, en).into());
            }
        }
        let others = appointment::rivals(desk.tx, self, before.map(|kept| kept.id))?;
        Ok(self.check_beside(others.iter().map(|kept| &kept.content))?)
    }
}

/// A site that is named is one of the centre's.
pub(super) fn check_site(desk: &mut Desk<'_, '_>, centre: CentreId, site: Option<SiteId>) -> Stored<()> {
    match site {
        Some(site) if centre::find_site(desk.tx, centre, site)?.is_none() => {
            let (vi, en) = ("Điểm học tập này không thuộc trung tâm.", "The site is not one of the centre's.");
            Err(Problem::rule("/site_id", "site_of_centre", vi, en).into())
        }
        _ => Ok(()),
    }
}

/// Which appointments a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAppointments {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this person.
    person_id: Option<PersonId>,
    /// To the board of this site.
    site_id: Option<SiteId>,
    /// To this body.
    body: Option<BoardBody>,
    /// To this post.
    post: Option<Post>,
    /// Of those who represent this sector.
    sector: Option<Sector>,
    /// Of those who serve so.
    employment: Option<Employment>,
    /// That hold on this day.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Appointments in scope, those that are over among them.
#[utoipa::path(tag = "people", params(ListAppointments), responses((status = 200, description = "A page of appointments.", body = Page<AppointmentRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/appointments")]
pub async fn list_appointments(permit: Permit<RecordsRead>, Params(params): Params<ListAppointments>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = AppointmentFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        person: params.person_id,
        site: params.site_id,
        body: params.body,
        post: params.post,
        sector: params.sector,
        employment: params.employment,
        as_of: params.as_of,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(appointment::list(tx, &filter, wanted.clone())?, limit, |it: &Appointment| it.starts_on))
        })
        .await
}

/// One appointment.
#[utoipa::path(tag = "people", params(("appointment_id" = AppointmentId, Path, description = "The appointment.")), responses((status = 200, description = "The appointment.", body = AppointmentRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/appointments/{appointment_id}")]
pub async fn get_appointment(permit: Permit<RecordsRead>, Segments(id): Segments<AppointmentId>) -> Result<Answer, Refusal> {
    record::get::<Appointment, _>(permit, id).await
}

/// Appoint somebody to a post of a centre.
///
/// There is one director at a time, and nobody holds the same post twice at once. What else the field asks of a board is
/// shown as a finding, not refused: a decision may be missing, a sector not represented.
#[utoipa::path(tag = "people", request_body = Appointment, responses((status = 201, description = "The appointment.", body = AppointmentRecord)), security(("oauth2" = ["boards:write"])))]
#[post("/v1/appointments")]
pub async fn create_appointment(permit: Permit<BoardsWrite>, Body(body): Body<Appointment>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change the circumstances of an appointment, or end it: `ends_on` is its last day.
#[utoipa::path(tag = "people", params(("appointment_id" = AppointmentId, Path, description = "The appointment."), IfMatchHeader), request_body(content = AppointmentPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The appointment.", body = AppointmentRecord)), security(("oauth2" = ["boards:write"])))]
#[patch("/v1/appointments/{appointment_id}")]
pub async fn update_appointment(
    permit: Permit<BoardsWrite>,
    Segments(id): Segments<AppointmentId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Appointment>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an appointment that was entered by mistake; one that is over is ended instead. The audit trail keeps what it said.
#[utoipa::path(tag = "people", params(("appointment_id" = AppointmentId, Path, description = "The appointment."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["boards:write"])))]
#[delete("/v1/appointments/{appointment_id}")]
pub async fn delete_appointment(
    permit: Permit<BoardsWrite>,
    Segments(id): Segments<AppointmentId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Appointment, _>(permit, id, if_match).await
}
