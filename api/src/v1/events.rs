//! Trainings, workshops, contests, exchanges, meetings and reviews.

use std::collections::BTreeSet;

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::activity::check_open;
use htcd_domain::event::{Event, EventKind, EventKindCounts, count};
use htcd_domain::id::{CentreId, EventId, UnitId};
use htcd_domain::problem::{Code, Faults};
use htcd_domain::provenance::Provenance;
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::event::{self, EventFilter};
use htcd_persistence::{Result as Stored, centre};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::figures;
use crate::permit::{EventsWrite, Permit, RecordsRead};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type EventRecord = Kept<Event>;
type EventPatch = Patch<Event>;

impl Kind for Event {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if let Some(id) = self.centre_id {
            let (centre, _) = centre::find(desk.tx, id)?.ok_or(Code::NotFound)?;
            let acts = centre::acts(desk.tx, id)?;
            check_open(&centre, &acts, "/starts_on", self.starts_on)?;
        }
        // Centres that were named before may have moved out of scope since.
        let known: &[CentreId] = before.map_or(&[], |kept| &kept.content.attending_centre_ids);
        let new: BTreeSet<CentreId> = self.attending_centre_ids.iter().filter(|id| !known.contains(id)).copied().collect();
        let in_scope = if new.is_empty() { BTreeSet::new() } else { centre::known(desk.tx, &new)? };
        let mut faults = Faults::default();
        for (place, id) in self.attending_centre_ids.iter().enumerate() {
            faults.check(
                !new.contains(id) || in_scope.contains(id),
                format!("/attending_centre_ids/{place}"),
                "centre_in_scope",
                "Không có trung tâm này trong phạm vi của bạn.",
                "There is no such centre within your scope.",
            );
        }
        for (place, unit) in self.cluster.iter().flat_map(|cluster| &cluster.unit_ids).enumerate() {
            faults.check(
                desk.atlas.tenant_of(*unit) == Some(desk.tx.scope().province_id),
                format!("/cluster/unit_ids/{place}"),
                "unit_of_province",
                "Đơn vị này không thuộc tỉnh của bạn.",
                "The unit does not belong to your province.",
            );
        }
        Ok(faults.into_result()?)
    }

    fn follow(before: Option<&Kept<Self>>, after: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let attended = |kept: Option<&Kept<Self>>| kept.map(|kept| kept.content.attended_by()).unwrap_or_default();
        match after {
            Some(kept) if attended(before) != attended(after) => event::replace_attendance(desk.tx, kept.id, &attended(after)),
            _ => Ok(()), // The database takes the attendance of an event away together with it.
        }
    }
}

/// Which events a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEvents {
    /// Held by this centre; with `attended`, attended by its people.
    centre_id: Option<CentreId>,
    /// Held by this unit, or by units and centres in it.
    unit_id: Option<UnitId>,
    /// With `centre_id`: whatever its people attended, whoever held it, in place of what it held.
    attended: Option<bool>,
    /// Of this kind.
    kind: Option<EventKind>,
    /// That begin on this day or later.
    #[param(example = "2017-01-01")]
    from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    #[param(example = "2017-12-31")]
    to: Option<NaiveDate>,
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Events of centres in scope, and of all units of the province.
#[utoipa::path(tag = "events", params(ListEvents), responses((status = 200, description = "A page of events.", body = Page<EventRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/events")]
pub async fn list_events(permit: Permit<RecordsRead>, Params(params): Params<ListEvents>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let attended_by = params.centre_id.filter(|_| params.attended == Some(true));
    let held_by = params.centre_id.filter(|_| attended_by.is_none());
    let filter = EventFilter {
        whose: record::whose(permit.atlas(), held_by, params.unit_id),
        attended_by,
        kind: params.kind,
        from: params.from,
        to: params.to,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            // Nobody is told what centres beyond their scope attended.
            let is_known = attended_by.map_or(Ok(true), |id| centre::find(tx, id).map(|found| found.is_some()))?;
            let found = if is_known { event::list(tx, &filter, wanted.clone())? } else { vec![] };
            Ok(record::page(found, limit, |it: &Event| it.starts_on))
        })
        .await
}

/// What to count.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventCountsQuery {
    /// The year in which they began.
    #[param(example = 2017, minimum = 1990, maximum = 2100)]
    year: i32,
    /// Held by this centre.
    centre_id: Option<CentreId>,
    /// Held by this unit, or by units and centres in it.
    unit_id: Option<UnitId>,
}

/// The events of a year, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCounts {
    /// The year in which they began.
    #[schema(example = 2017)]
    pub year: i32,
    /// How many.
    #[schema(example = 6)]
    pub events: usize,
    /// By kind, those that there were.
    pub kinds: Vec<EventKindCounts>,
}

/// The events of a year by kind: how many, with how many themes, hosted by whom, and who took part.
#[utoipa::path(tag = "events", params(EventCountsQuery), responses((status = 200, description = "The counts.", body = Traced<EventCounts>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/events/counts")]
pub async fn get_event_counts(permit: Permit<RecordsRead>, Params(query): Params<EventCountsQuery>) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year)?;
    let filter = EventFilter {
        whose: record::whose(permit.atlas(), query.centre_id, query.unit_id),
        from: NaiveDate::from_ymd_opt(year, 1, 1),
        to: NaiveDate::from_ymd_opt(year, 12, 31),
        ..EventFilter::default()
    };
    let whose = [("centre_id", query.centre_id.map(|id| id.to_string())), ("unit_id", query.unit_id.map(|id| id.to_string()))];
    let whose: String = whose.into_iter().filter_map(|(name, id)| Some(format!("&{name}={}", id?))).collect();
    let (first, last) = figures::days_of(year);
    let link = format!("/v1/events?from={first}&to={last}{whose}");
    permit
        .report(move |_, tx| {
            let events = event::all(tx, &filter)?;
            let counts = EventCounts { year, events: events.len(), kinds: count(&events) };
            let counted = Provenance::between(first, last);
            // Where nothing was counted nothing is listed, so that a place beyond the caller's reach answers as an unknown one does.
            let provenance = if events.is_empty() { counted } else { counted.list("list_events", link.clone()) };
            Ok(Answer::json(&Traced::new(counts, provenance)))
        })
        .await
}

/// One event.
#[utoipa::path(tag = "events", params(("event_id" = EventId, Path, description = "The event.")), responses((status = 200, description = "The event.", body = EventRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/events/{event_id}")]
pub async fn get_event(permit: Permit<RecordsRead>, Segments(id): Segments<EventId>) -> Result<Answer, Refusal> {
    record::get::<Event, _>(permit, id).await
}

/// Record a training, workshop, contest, exchange, meeting or review.
#[utoipa::path(tag = "events", request_body = Event, responses((status = 201, description = "The event.", body = EventRecord)), security(("oauth2" = ["events:write"])))]
#[post("/v1/events")]
pub async fn create_event(permit: Permit<EventsWrite>, Body(body): Body<Event>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change an event.
#[utoipa::path(tag = "events", params(("event_id" = EventId, Path, description = "The event."), IfMatchHeader), request_body(content = EventPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The event.", body = EventRecord)), security(("oauth2" = ["events:write"])))]
#[patch("/v1/events/{event_id}")]
pub async fn update_event(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<EventId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Event>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove an event that was entered by mistake.
#[utoipa::path(tag = "events", params(("event_id" = EventId, Path, description = "The event."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["events:write"])))]
#[delete("/v1/events/{event_id}")]
pub async fn delete_event(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<EventId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Event, _>(permit, id, if_match).await
}
