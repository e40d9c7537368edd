//! Clubs of centres. Their meetings are activities that name the club.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::activity::{Category, check_open};
use htcd_domain::club::Club;
use htcd_domain::id::{CentreId, ClubId, UnitId};
use htcd_domain::record::{Kept, Patch};
use htcd_domain::text::Label;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::club::{self, ClubFilter};
use htcd_persistence::{Result as Stored, centre};
use serde::Deserialize;
use utoipa::IntoParams;

use super::activities::check_site;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type ClubRecord = Kept<Club>;
type ClubPatch = Patch<Club>;

impl Kind for Club {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        let acts = centre::acts(desk.tx, self.centre_id)?;
        check_open(&centre, &acts, "/founded_on", self.founded_on)?;
        check_site(self.site_id, self.centre_id, desk)?;
        let Some(before) = before else { return Ok(()) };
        let Some((first, last)) = club::meeting_days(desk.tx, before.id)? else { return Ok(()) };
        let outside = if first < self.founded_on {
            ("/founded_on", first)
        } else if self.ended_on.is_some_and(|end| end < last) {
            ("/ended_on", last)
        } else {
            return Ok(());
        };
        let (at, day) = outside;
        let detail = Label::new(
            format!("Câu lạc bộ đã sinh hoạt ngày {}; ngày thành lập và kết thúc phải gồm ngày đó.", day.format("%d/%m/%Y")),
            format!("The club met on {day}: its first and last day lie around that."),
        );
        let fault = Fault::body(at, "meetings_within_club", detail);
        Err(Problem { faults: vec![fault], ..Problem::new(Code::RuleBroken) }.into())
    }
}

/// Which clubs a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListClubs {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// About this national category.
    category: Option<Category>,
    /// That there were on this day.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// By the day they were founded: `asc` (default) the oldest first, `desc` the newest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Clubs in scope.
#[utoipa::path(tag = "clubs", params(ListClubs), responses((status = 200, description = "A page of clubs.", body = Page<ClubRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/clubs")]
pub async fn list_clubs(permit: Permit<RecordsRead>, Params(params): Params<ListClubs>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    let filter = ClubFilter { whose, category: params.category, as_of: params.as_of };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(club::list(tx, &filter, wanted.clone())?, limit, |club: &Club| club.founded_on))
        })
        .await
}

/// One club.
#[utoipa::path(tag = "clubs", params(("club_id" = ClubId, Path, description = "The club.")), responses((status = 200, description = "The club.", body = ClubRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/clubs/{club_id}")]
pub async fn get_club(permit: Permit<RecordsRead>, Segments(id): Segments<ClubId>) -> Result<Answer, Refusal> {
    record::get::<Club, _>(permit, id).await
}

/// Record a club. Its meetings are activities with its `club_id`.
#[utoipa::path(tag = "clubs", request_body = Club, responses((status = 201, description = "The club.", body = ClubRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/clubs")]
pub async fn create_club(permit: Permit<RecordsWrite>, Body(body): Body<Club>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a club. The day on which it ended stands in `ended_on`.
#[utoipa::path(tag = "clubs", params(("club_id" = ClubId, Path, description = "The club."), IfMatchHeader), request_body(content = ClubPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The club.", body = ClubRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/clubs/{club_id}")]
pub async fn update_club(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ClubId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Club>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a club that was entered by mistake; one that met only ends.
#[utoipa::path(tag = "clubs", params(("club_id" = ClubId, Path, description = "The club."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/clubs/{club_id}")]
pub async fn delete_club(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ClubId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Club, _>(permit, id, if_match).await
}
