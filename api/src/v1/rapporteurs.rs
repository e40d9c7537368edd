//! Rosters of rapporteurs, collaborators and teachers. How they are reached is kept apart: masked, and read in clear on record.

use actix_web::{delete, get, patch, post, put};
use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::activity::Category;
use htcd_domain::id::{CentreId, RapporteurId, UnitId};
use htcd_domain::provenance::Provenance;
use htcd_domain::rapporteur::{
    Rapporteur, RapporteurContact, RapporteurContactView, RapporteurKind, RapporteurTotals, ReplaceRapporteurContact,
};
use htcd_domain::record::{Kept, Patch, Record};
use htcd_domain::text::sort_key;
use htcd_persistence::rapporteur::{self, RapporteurFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Change, rapporteur_assignment};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, search_text};
use crate::permit::{EventsWrite, Permit, RecordsRead, UsersContact};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record::{self, Kind, Sort};

/// As the document names them.
type RapporteurRecord = Kept<Rapporteur>;
type RapporteurPatch = Patch<Rapporteur>;

impl Kind for Rapporteur {}

/// Whom a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRapporteurs {
    /// On the roster of this centre.
    centre_id: Option<CentreId>,
    /// On the rosters of this unit, and of the units and centres in it.
    unit_id: Option<UnitId>,
    /// Rapporteurs, collaborators or teachers.
    kind: Option<RapporteurKind>,
    /// Who speak in this national category.
    category: Option<Category>,
    /// Who are on the roster on this day, as far as the days are known.
    #[param(example = "2018-03-14")]
    active_on: Option<NaiveDate>,
    /// Whose name holds this text, blind to case and diacritics.
    #[param(example = "tran van minh")]
    q: Option<String>,
    /// By name: `asc` (default) or `desc`.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Rapporteurs, collaborators and teachers: those of centres in scope, and of all networks of the province.
#[utoipa::path(tag = "rapporteurs", params(ListRapporteurs), responses((status = 200, description = "A page of the roster.", body = Page<RapporteurRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/rapporteurs")]
pub async fn list_rapporteurs(permit: Permit<RecordsRead>, Params(params): Params<ListRapporteurs>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    let filter = RapporteurFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        kind: params.kind,
        category: params.category,
        active_on: params.active_on,
        q: search_text(params.q)?,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(rapporteur::list(tx, &filter, wanted.clone())?, limit, |it: &Rapporteur| sort_key(&it.full_name)))
        })
        .await
}

/// One rapporteur.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_id" = RapporteurId, Path, description = "The rapporteur.")), responses((status = 200, description = "The rapporteur.", body = RapporteurRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/rapporteurs/{rapporteur_id}")]
pub async fn get_rapporteur(permit: Permit<RecordsRead>, Segments(id): Segments<RapporteurId>) -> Result<Answer, Refusal> {
    record::get::<Rapporteur, _>(permit, id).await
}

/// Put somebody on the roster of a centre, or of the network of a unit.
#[utoipa::path(tag = "rapporteurs", request_body = Rapporteur, responses((status = 201, description = "The rapporteur.", body = RapporteurRecord)), security(("oauth2" = ["events:write"])))]
#[post("/v1/rapporteurs")]
pub async fn create_rapporteur(permit: Permit<EventsWrite>, Body(body): Body<Rapporteur>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change what the roster says of somebody. How they are reached is changed at `/contact`.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_id" = RapporteurId, Path, description = "The rapporteur."), IfMatchHeader), request_body(content = RapporteurPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The rapporteur.", body = RapporteurRecord)), security(("oauth2" = ["events:write"])))]
#[patch("/v1/rapporteurs/{rapporteur_id}")]
pub async fn update_rapporteur(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<RapporteurId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Rapporteur>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Take somebody off a roster who was entered by mistake. Who only leaves gets a last day: `active_to`.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_id" = RapporteurId, Path, description = "The rapporteur."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["events:write"])))]
#[delete("/v1/rapporteurs/{rapporteur_id}")]
pub async fn delete_rapporteur(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<RapporteurId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Rapporteur, _>(permit, id, if_match).await
}

/// How somebody on a roster is reached, in clear. That it was read is put on record.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_id" = RapporteurId, Path, description = "The rapporteur.")), responses((status = 200, description = "The contact data.", body = RapporteurContactView)), security(("oauth2" = ["users:contact"])))]
#[get("/v1/rapporteurs/{rapporteur_id}/contact")]
pub async fn get_rapporteur_contact(
    permit: Permit<UsersContact>,
    Segments(id): Segments<RapporteurId>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |_, tx| {
            let (_, revision) = Rapporteur::find(tx, id)?.ok_or(Code::NotFound)?;
            let view = RapporteurContactView::of(id, &rapporteur::contact(tx, id)?);
            let after = serde_json::json!({ "read": "contact" });
            let answer = Answer::resource(&view, revision).not_kept();
            Ok(Change { before: None, ..Change::updated(answer, Rapporteur::SUBJECT, id, &(), &after) }.apart_from_figures())
        })
        .await
}

/// Say how somebody on a roster is reached; what is left out is emptied. The answer shows it masked.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_id" = RapporteurId, Path, description = "The rapporteur."), IfMatchHeader), request_body = ReplaceRapporteurContact, responses((status = 200, description = "The contact data, masked.", body = RapporteurContact)), security(("oauth2" = ["events:write"])))]
#[put("/v1/rapporteurs/{rapporteur_id}/contact")]
pub async fn replace_rapporteur_contact(
    permit: Permit<EventsWrite>,
    Segments(id): Segments<RapporteurId>,
    if_match: IfMatch,
    Body(body): Body<ReplaceRapporteurContact>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (kept, revision) = Rapporteur::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            record::check_writes(permit, tx, &kept.content)?;
            let (before, after) = (rapporteur::contact(tx, id)?, RapporteurContact::from(body));
            rapporteur::replace_contact(tx, id, &after, revision, permit.now())?;
            let answer = Answer::resource(&after, revision + 1);
            Ok(Change::updated(answer, Rapporteur::SUBJECT, id, &before, &after).apart_from_figures())
        })
        .await
}

/// From when to when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TotalsQuery {
    /// On this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// On this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
}

/// How often somebody spoke, in how many sessions, and what they were paid: over the assignments in scope.
#[utoipa::path(tag = "rapporteurs", params(("rapporteur_id" = RapporteurId, Path, description = "The rapporteur."), TotalsQuery), responses((status = 200, description = "The totals.", body = Traced<RapporteurTotals>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/rapporteurs/{rapporteur_id}/totals")]
pub async fn get_rapporteur_totals(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<RapporteurId>,
    Params(query): Params<TotalsQuery>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            Rapporteur::find(tx, id)?.ok_or(Code::NotFound)?;
            let days = [("from", query.from), ("to", query.to)];
            let days: String = days.into_iter().filter_map(|(name, day)| Some(format!("&{name}={}", day?))).collect();
            let provenance = Provenance::of(query.from, query.to)
                .list("list_rapporteur_assignments", format!("/v1/rapporteur_assignments?rapporteur_id={id}{days}"));
            Ok(Answer::json(&Traced::new(rapporteur_assignment::totals(tx, id, query.from, query.to)?, provenance)))
        })
        .await
}
