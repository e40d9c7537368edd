//! Community learning centres: place, life cycle, sites.

use actix_web::{get, patch, post, put};
use chrono::NaiveDate;
use htcd_domain::access::Permission;
use htcd_domain::centre::{
    ActRecord, Centre, CentreAct, CentreStatus, CreateAct, CreateCentre, CreatePlacement, OperatingModel, PatchCentre, Placement,
    PutSite, Site,
};
use htcd_domain::id::{CentreId, RatingId, SiteId, UnitId};
use htcd_domain::points::Points;
use htcd_domain::problem::Faults;
use htcd_domain::rating::AllowedAction;
use htcd_domain::scheme::Rank;
use htcd_domain::text::{Label, sort_key};
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::centre::CentreFilter;
use htcd_persistence::{Change, Tx, centre, centre_work, rating};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Page};
use crate::extract::{
    Body, IfMatch, IfMatchHeader, Params, Segments, bad_cursor, page_size, read_cursor, search_text, write_cursor,
};
use crate::permit::{CentresLifecycle, CentresRead, CentresWrite, Permit, Right};
use crate::problem::Refusal;

/// A centre's newest decided rating.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatestRating {
    /// The rating.
    pub rating_id: RatingId,
    /// The year that was rated.
    #[schema(example = 2018)]
    pub year: i32,
    /// The decided rank.
    pub rank: Rank,
    /// The decided points.
    pub points: Option<Points>,
}

/// A centre, with its newest decided rating and what may be done with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CentreView {
    /// The centre.
    #[serde(flatten)]
    pub centre: Centre,
    /// The commune's name today, or as it was last.
    #[schema(example = "Phường Mạo Khê")]
    pub commune_name: String,
    /// The newest decided rating.
    pub latest_rating: Option<LatestRating>,
    /// Acts in its life, with whether its status allows them.
    pub allowed_actions: Vec<AllowedAction>,
}

fn view<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, centre: Centre) -> htcd_persistence::Result<CentreView> {
    let latest = rating::latest_decided(tx, centre.id)?;
    Ok(view_with(permit, centre, latest))
}

fn view_with<R: Right>(permit: &Permit<R>, centre: Centre, latest: Option<rating::Decided>) -> CentreView {
    let commune_name = permit.atlas().map.name(centre.commune_id, permit.today()).to_owned();
    let mut allowed_actions = centre.allowed_acts();
    let may = permit.scope_of(Permission::CentresLifecycle);
    if !may.covers(centre.commune_id, Some(centre.id)) {
        for action in &mut allowed_actions {
            action.allowed = false;
            action.reasons.insert(0, right_missing());
        }
    }
    CentreView {
        allowed_actions,
        commune_name,
        latest_rating: latest.map(|latest| LatestRating {
            rating_id: latest.id,
            year: latest.year,
            rank: latest.rank,
            points: latest.points,
        }),
        centre,
    }
}

fn right_missing() -> htcd_domain::rating::Reason {
    htcd_domain::rating::Reason {
        code: "right_missing".into(),
        detail: htcd_domain::text::Label::fixed(
            "Tài khoản không có quyền này với trung tâm.",
            "The account lacks this right on the centre.",
        ),
    }
}

/// Which centres a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCentres {
    /// Placed in this unit or anywhere below it; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// That existed on this day, and lay there on that day; each with its status of that day. Not with `status`.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// With this status.
    status: Option<CentreStatus>,
    /// Run in this way.
    operating_model: Option<OperatingModel>,
    /// With this code of the province's.
    #[param(max_length = 40)]
    code: Option<String>,
    /// Whose name holds this text; blind to case and diacritics.
    #[param(example = "kim son", max_length = 100)]
    q: Option<String>,
    /// Whether to count them all.
    count: Option<bool>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Centres in scope, in the order of a Vietnamese list.
#[utoipa::path(tag = "centres", params(ListCentres), responses((status = 200, description = "A page of centres.", body = Page<Centre>)), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres")]
pub async fn list_centres(permit: Permit<CentresRead>, Params(params): Params<ListCentres>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(String, CentreId)> = read_cursor(params.cursor.as_deref())?;
    let cursor = cursor.map(|(key, id)| hex::decode(key).map(|key| (key, id)).map_err(|_| bad_cursor())).transpose()?;
    let communes = params.unit_id.map(|unit| permit.atlas().map.reach(unit).iter().copied().collect());
    let filter = CentreFilter {
        communes,
        status: params.status,
        operating_model: params.operating_model,
        code: params.code,
        q: search_text(params.q)?,
        as_of: params.as_of,
    };
    if params.as_of.is_some() && params.status.is_some() {
        let detail = Label::fixed(
            "as_of liệt kê trung tâm đang tồn tại vào ngày đó; không lọc thêm theo status.",
            "as_of lists what existed on that day; it takes no status beside it.",
        );
        return Err(Problem {
            faults: vec![Fault::query("status", "status_with_as_of", detail)],
            ..Problem::new(Code::InvalidParameter)
        }
        .into());
    }
    let counts = params.count.unwrap_or(false);
    permit
        .read(move |_, tx| {
            let centres = centre::page(tx, &filter, cursor.clone(), limit + 1)?;
            let mut page =
                Page::new(centres, limit, |centre: &Centre| write_cursor(&(hex::encode(sort_key(&centre.name)), centre.id)));
            if counts {
                page.count = Some(centre::count(tx, &filter)?);
            }
            Ok(Answer::json(&page))
        })
        .await
}

/// One centre, with its newest decided rating and what may be done with it.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "The centre.", body = CentreView)), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres/{centre_id}")]
pub async fn get_centre(permit: Permit<CentresRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (centre, revision, latest) = centre::find_with_latest(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view_with(permit, centre, latest), revision))
        })
        .await
}

/// A commune of the caller's own province and scope.
fn check_commune<R: Right>(permit: &Permit<R>, commune: UnitId) -> Result<(), Problem> {
    let is_own = permit.atlas().tenant_of(commune) == Some(permit.scope().province_id);
    if !is_own {
        return Err(Problem::rule(
            "/commune_id",
            "commune_of_province",
            "Đơn vị cấp xã này không thuộc tỉnh của bạn.",
            "The commune does not belong to your province.",
        ));
    }
    if permit.scope().covers(commune, None) { Ok(()) } else { Err(Code::OutsideScope.into()) }
}

/// Register a centre.
///
/// With its establishment it is at work from that day; without, it is only proposed.
#[utoipa::path(tag = "centres", request_body = CreateCentre, responses((status = 201, description = "The centre.", body = CentreView)), security(("oauth2" = ["centres:lifecycle"])))]
#[post("/v1/centres")]
pub async fn create_centre(permit: Permit<CentresLifecycle>, Body(body): Body<CreateCentre>) -> Result<Answer, Refusal> {
    body.check(&permit.atlas().map, permit.today())?;
    check_commune(&permit, body.commune_id)?;
    permit
        .write(move |permit, tx| {
            let from = body.establishment.as_ref().map(|establishment| establishment.effective_on);
            let centre = Centre {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                code: body.code,
                name: body.name,
                commune_id: body.commune_id,
                operating_model: body.operating_model,
                has_seal: body.has_seal,
                has_account: body.has_account,
                address: body.address,
                status: if from.is_some() { CentreStatus::Operating } else { CentreStatus::Proposed },
                operating_from: from,
                ended_on: None,
                created_at: permit.now(),
                updated_at: permit.now(),
            };
            centre::insert(tx, &centre, from.unwrap_or(permit.today()))?;
            if let Some(establishment) = body.establishment {
                let act = ActRecord {
                    id: permit.new_id(),
                    act: CentreAct::Establish,
                    from_status: None,
                    to_status: CentreStatus::Operating,
                    effective_on: establishment.effective_on,
                    decision: establishment.decision,
                    reason: None,
                    successor_ids: vec![],
                    recorded_at: permit.now(),
                };
                centre::insert_act(tx, centre.id, &act, 1)?;
            }
            let (id, stored) = (centre.id, centre.clone());
            Ok(Change::created(Answer::created(&view(permit, tx, centre)?, format!("/v1/centres/{id}")), "centre", id, &stored))
        })
        .await
}

/// Change a centre's description. Its place changes by a placement, its status by an act.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre."), IfMatchHeader), request_body(content = PatchCentre, content_type = "application/merge-patch+json"), responses((status = 200, description = "The centre.", body = CentreView)), security(("oauth2" = ["centres:write"])))]
#[patch("/v1/centres/{centre_id}")]
pub async fn update_centre(
    permit: Permit<CentresWrite>,
    Segments(id): Segments<CentreId>,
    if_match: IfMatch,
    Body(body): Body<PatchCentre>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = centre::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let mut after = before.clone();
            body.apply(&mut after)?;
            after.updated_at = permit.now();
            centre::update(tx, &after, revision)?;
            let answer = Answer::resource(&view(permit, tx, after.clone())?, revision + 1);
            Ok(Change::updated(answer, "centre", id, &before, &after))
        })
        .await
}

/// Where a centre has been, oldest first.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "Placements.", body = [Placement])), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres/{centre_id}/placements")]
pub async fn list_centre_placements(permit: Permit<CentresRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&centre::placements(tx, id)?))
        })
        .await
}

/// Move a centre to another commune from a day on, or place it on a later map.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre."), IfMatchHeader), request_body = CreatePlacement, responses((status = 201, description = "The placement.", body = Placement)), security(("oauth2" = ["centres:lifecycle"])))]
#[post("/v1/centres/{centre_id}/placements")]
pub async fn create_centre_placement(
    permit: Permit<CentresLifecycle>,
    Segments(id): Segments<CentreId>,
    if_match: IfMatch,
    Body(body): Body<CreatePlacement>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = centre::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let mut faults = Faults::default();
            body.check(&mut faults, &permit.atlas().map, permit.today());
            faults.into_result()?;
            check_commune(permit, body.commune_id)?;
            if before.status.is_final() {
                let (vi, en) =
                    ("Trung tâm đã kết thúc thì không chuyển địa điểm nữa.", "A centre that has ended is not moved any more.");
                return Err(Problem::new(Code::StateConflict)
                    .detail(vi, en)
                    .with("state", before.status)
                    .with("allowed_actions", before.allowed_acts())
                    .into());
            }
            let last = centre::placements(tx, id)?.pop();
            if last.is_some_and(|last| body.valid_from <= last.valid_from) {
                let (vi, en) = (
                    "Ngày chuyển phải sau ngày bắt đầu ở nơi hiện tại.",
                    "A move comes after the first day of the present placement.",
                );
                return Err(Problem::rule("/valid_from", "placements_in_order", vi, en).into());
            }
            let placement = Placement { commune_id: body.commune_id, valid_from: body.valid_from, valid_to: None };
            centre::place(tx, id, &placement)?;
            let after = Centre { commune_id: body.commune_id, updated_at: permit.now(), ..before.clone() };
            centre::update(tx, &after, revision)?;
            Ok(Change::updated(
                Answer::created(&placement, format!("/v1/centres/{id}/placements")),
                "centre",
                id,
                &before,
                &after,
            ))
        })
        .await
}

/// The acts in a centre's life, oldest first.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "Acts.", body = [ActRecord])), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres/{centre_id}/acts")]
pub async fn list_centre_acts(permit: Permit<CentresRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&centre::acts(tx, id)?))
        })
        .await
}

/// Does an act on a centre that was found: the centre after it, and the act, both stored.
pub(super) fn done<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    (before, revision): (&Centre, i64),
    body: CreateAct,
) -> htcd_persistence::Result<(Centre, ActRecord)> {
    let id = before.id;
    let acts = centre::acts(tx, id)?;
    let mut after = before.clone();
    body.apply(&mut after, acts.last().map(|act| act.effective_on), permit.today())?;
    let living = centre::living(tx, &body.successor_ids)?;
    if let Some(place) = body.successor_ids.iter().position(|successor| !living.contains(successor)) {
        let (vi, en) = (
            "Trung tâm kế thừa phải có trong tỉnh và chưa kết thúc.",
            "A successor is a centre of the province that has not ended.",
        );
        return Err(Problem::rule(&format!("/successor_ids/{place}"), "successor_lives", vi, en).into());
    }
    if body.act == CentreAct::Establish
        && let Some(first) = centre::placements(tx, id)?.first().filter(|first| body.effective_on < first.valid_from)
    {
        // Its place counts from the day of its establishment, or no figure of those years would hold it.
        let mut faults = Faults::default();
        htcd_domain::centre::check_place(&mut faults, &permit.atlas().map, "/effective_on", first.commune_id, body.effective_on);
        faults.into_result()?;
        centre::begin_earlier(tx, id, first, body.effective_on)?;
    }
    if after.status != CentreStatus::Operating {
        body.check_later(id, &centre_work::later_than(tx, id, body.effective_on)?)?;
    }
    after.updated_at = permit.now();
    centre::update(tx, &after, revision)?;
    let act = ActRecord {
        id: body.id.unwrap_or_else(|| permit.new_id()),
        act: body.act,
        from_status: Some(before.status),
        to_status: after.status,
        effective_on: body.effective_on,
        decision: body.decision,
        reason: body.reason,
        successor_ids: body.successor_ids,
        recorded_at: permit.now(),
    };
    centre::insert_act(tx, id, &act, i32::try_from(acts.len()).unwrap_or(i32::MAX).saturating_add(1))?;
    Ok((after, act))
}

/// What an act on a centre changed, for the audit trail.
pub(super) fn acted(before: &Centre, after: &Centre, act: &ActRecord) -> Change<()> {
    let made = serde_json::json!({ "centre": after, "act": act });
    Change::updated((), "centre", before.id, before, &made).because(act.reason.as_deref())
}

/// Establish, suspend, resume, dissolve, merge or split a centre.
///
/// Each act carries its decision. One that suspends or ends the centre on a day for which, or after which, something was already
/// entered is refused with how much (409 `blocked`), unless it says that these entries stay. A merger names the centre that it goes into, a split those that come of it.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre."), IfMatchHeader), request_body = CreateAct, responses((status = 201, description = "The centre after the act.", body = CentreView)), security(("oauth2" = ["centres:lifecycle"])))]
#[post("/v1/centres/{centre_id}/acts")]
pub async fn create_centre_act(
    permit: Permit<CentresLifecycle>,
    Segments(id): Segments<CentreId>,
    if_match: IfMatch,
    Body(body): Body<CreateAct>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = centre::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let (after, act) = done(permit, tx, (&before, revision), body)?;
            let answer = Answer::resource(&view(permit, tx, after.clone())?, revision + 1).at(format!("/v1/centres/{id}"));
            Ok(acted(&before, &after, &act).map(|()| answer))
        })
        .await
}

/// A centre's relations over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Relatives {
    /// Centres that went into this one.
    pub predecessor_ids: Vec<CentreId>,
    /// Centres that came after this one.
    pub successor_ids: Vec<CentreId>,
}

/// The centres before and after a centre.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "Predecessors and successors.", body = Relatives)), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres/{centre_id}/relatives")]
pub async fn get_centre_relatives(permit: Permit<CentresRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            let successor_ids = centre::acts(tx, id)?.into_iter().flat_map(|act| act.successor_ids).collect();
            Ok(Answer::json(&Relatives { predecessor_ids: centre::predecessors(tx, id)?, successor_ids }))
        })
        .await
}

/// A centre's sites, such as the quarters' culture houses.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "Sites.", body = [Site])), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres/{centre_id}/sites")]
pub async fn list_centre_sites(permit: Permit<CentresRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&centre::sites(tx, id)?))
        })
        .await
}

/// One site of a centre.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre."), ("site_id" = SiteId, Path, description = "The site.")), responses((status = 200, description = "The site.", body = Site)), security(("oauth2" = ["centres:read"])))]
#[get("/v1/centres/{centre_id}/sites/{site_id}")]
pub async fn get_centre_site(
    permit: Permit<CentresRead>,
    Segments((centre_id, id)): Segments<(CentreId, SiteId)>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, centre_id)?.ok_or(Code::NotFound)?;
            let (site, revision) = centre::find_site(tx, centre_id, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&site, revision))
        })
        .await
}

/// Add a site to a centre.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), request_body = PutSite, responses((status = 201, description = "The site.", body = Site)), security(("oauth2" = ["centres:write"])))]
#[post("/v1/centres/{centre_id}/sites")]
pub async fn create_centre_site(
    permit: Permit<CentresWrite>,
    Segments(centre_id): Segments<CentreId>,
    Body(body): Body<PutSite>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            centre::find(tx, centre_id)?.ok_or(Code::NotFound)?;
            let site = site_of(permit.new_id(), centre_id, body);
            centre::put_site(tx, &site, None)?;
            Ok(Change::created(
                Answer::created(&site, format!("/v1/centres/{centre_id}/sites/{}", site.id)),
                "site",
                site.id,
                &site,
            ))
        })
        .await
}

/// Replace what is recorded of a site.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre."), ("site_id" = SiteId, Path, description = "The site."), IfMatchHeader), request_body = PutSite, responses((status = 200, description = "The site.", body = Site)), security(("oauth2" = ["centres:write"])))]
#[put("/v1/centres/{centre_id}/sites/{site_id}")]
pub async fn replace_centre_site(
    permit: Permit<CentresWrite>,
    Segments((centre_id, id)): Segments<(CentreId, SiteId)>,
    if_match: IfMatch,
    Body(body): Body<PutSite>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |_, tx| {
            centre::find(tx, centre_id)?.ok_or(Code::NotFound)?;
            let (before, revision) = centre::find_site(tx, centre_id, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let after = site_of(id, centre_id, body);
            centre::put_site(tx, &after, Some(revision))?;
            Ok(Change::updated(Answer::resource(&after, revision + 1), "site", id, &before, &after))
        })
        .await
}

fn site_of(id: SiteId, centre_id: CentreId, body: PutSite) -> Site {
    Site { id, centre_id, name: body.name, kind: body.kind, address: body.address, manager: body.manager, active: body.active }
}
