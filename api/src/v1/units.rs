//! The administrative maps.

use actix_web::get;
use chrono::NaiveDate;
use htcd_domain::id::UnitId;
use htcd_domain::unit::{Level, RegionClass, Succession, Unit, UnitFilter, UnitKind, UnitMap, UnitVersion};
use htcd_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Page};
use crate::extract::{Params, Segments, bad_cursor, page_size, read_cursor, search_text, write_cursor};
use crate::permit::{Permit, UnitsRead};
use crate::problem::Refusal;

/// A unit as it was on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitView {
    /// Identity, over all its versions.
    pub id: UnitId,
    /// Level.
    pub level: Level,
    /// Official code on that day.
    #[schema(example = "07069")]
    pub code: String,
    /// Official type on that day.
    pub kind: UnitKind,
    /// Full name with its type.
    #[schema(example = "Phường Mạo Khê")]
    pub name_vi: String,
    /// English name, derived.
    #[schema(example = "Mao Khe Ward")]
    pub name_en: String,
    /// The unit above.
    pub parent_id: Option<UnitId>,
    /// Urban or rural, for communes where the type says so.
    pub region_class: Option<RegionClass>,
    /// First day of this version; `null` where it is not known.
    pub valid_from: Option<NaiveDate>,
    /// Last day of this version; `null` while in force.
    pub valid_to: Option<NaiveDate>,
}

impl UnitView {
    fn of(unit: &Unit, version: &UnitVersion) -> Self {
        Self {
            id: unit.id,
            level: unit.level,
            code: version.code.clone(),
            kind: version.kind,
            name_vi: version.name_vi.clone(),
            name_en: version.name_en.clone(),
            parent_id: version.parent_id,
            region_class: version.region_class,
            valid_from: version.valid_from,
            valid_to: version.valid_to,
        }
    }

    /// The unit on a day, or as it was nearest to it.
    pub fn near(unit: &Unit, day: NaiveDate) -> Option<Self> {
        unit.near(day).map(|version| Self::of(unit, version))
    }
}

/// One end of a succession.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuccessionView {
    /// The succession.
    #[serde(flatten)]
    pub succession: Succession,
    /// The unit at the other end.
    pub unit: UnitView,
}

/// One unit with everything around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitDetail {
    /// The unit on the day asked for, or as it was nearest to it.
    #[serde(flatten)]
    pub unit: UnitView,
    /// All its versions, oldest first.
    pub versions: Vec<UnitVersion>,
    /// Set when the map of that day is only known from a later day on, and its oldest known state was used.
    pub map_known_from: Option<NaiveDate>,
}

/// Which units a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListUnits {
    /// The map of this day; today's when left out.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
    /// Of this level.
    level: Option<Level>,
    /// Directly below this unit.
    parent_id: Option<UnitId>,
    /// Below this unit, however deep.
    within: Option<UnitId>,
    /// Of this type.
    kind: Option<UnitKind>,
    /// Whose name holds this text; blind to case and diacritics.
    #[param(example = "mao khe", max_length = 100)]
    q: Option<String>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Units on the map of a day, in the order of a Vietnamese list.
#[utoipa::path(tag = "units", params(ListUnits), responses((status = 200, description = "A page of units.", body = Page<UnitView>)), security(("oauth2" = ["units:read"])))]
#[get("/v1/units")]
pub async fn list_units(permit: Permit<UnitsRead>, Params(params): Params<ListUnits>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let after: Option<UnitId> = read_cursor(params.cursor.as_deref())?;
    let day = params.as_of.unwrap_or(permit.today());
    let filter = UnitFilter {
        level: params.level,
        parent_id: params.parent_id,
        within: params.within,
        kind: params.kind,
        code: None,
        q: search_text(params.q)?,
    };
    let map = &permit.atlas().map;
    if after.is_some_and(|id| map.get(id).is_none()) {
        // A walk that started over would never end.
        return Err(bad_cursor());
    }
    let units = map.list(&filter, day, after, usize::try_from(limit).unwrap_or(0) + 1);
    let views = units.into_iter().filter_map(|unit| UnitView::near(unit, day)).collect();
    Ok(Answer::json(&Page::new(views, limit, |view: &UnitView| write_cursor(&view.id))))
}

/// An official code, and the day on which it is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ByCode {
    /// The code: 2 digits a province, 3 a district, 5 a commune.
    #[param(example = "07069", max_length = 5)]
    code: String,
    /// The day. Codes are reused: 96 % of the communes of 1 July 2025 carry the code of another one before.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
}

/// The unit that an official code means on a day.
///
/// Without a day, a code that has meant several units answers 409 with the candidates.
#[utoipa::path(tag = "units", params(ByCode), responses((status = 200, description = "The unit.", body = UnitDetail), (status = 404, description = "No unit has the code on that day.", body = crate::problem::ProblemView, content_type = "application/problem+json")), security(("oauth2" = ["units:read"])))]
#[get("/v1/units/by_code")]
pub async fn get_unit_by_code(permit: Permit<UnitsRead>, Params(params): Params<ByCode>) -> Result<Answer, Refusal> {
    let map = &permit.atlas().map;
    let found = map.by_code(&params.code, params.as_of);
    match found.as_slice() {
        [] => Err(Code::NotFound.into()),
        [unit] => detail(map, unit.id, params.as_of.unwrap_or(permit.today())),
        several => {
            let day = permit.today();
            let candidates: Vec<_> = several.iter().filter_map(|unit| UnitView::near(unit, day)).collect();
            Err(Problem::new(Code::AmbiguousCode).with("candidates", candidates).into())
        }
    }
}

fn detail(map: &UnitMap, id: UnitId, day: NaiveDate) -> Result<Answer, Refusal> {
    let unit = map.get(id).ok_or(Code::NotFound)?;
    let view = UnitView::near(unit, day).ok_or(Code::NotFound)?;
    Ok(Answer::json(&UnitDetail { unit: view, versions: unit.versions.clone(), map_known_from: map.known_from(day) }))
}

/// A day on the map.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AsOf {
    /// The map of this day; today's when left out, or the unit's last day if it has ended.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
}

/// The day meant: the one given, today, or the last day of a unit that has ended.
fn day_for(unit: &Unit, as_of: Option<NaiveDate>, today: NaiveDate) -> NaiveDate {
    as_of.or_else(|| unit.latest().and_then(|version| version.valid_to).filter(|last| *last < today)).unwrap_or(today)
}

/// One unit.
#[utoipa::path(tag = "units", params(("unit_id" = UnitId, Path, description = "The unit."), AsOf), responses((status = 200, description = "The unit.", body = UnitDetail)), security(("oauth2" = ["units:read"])))]
#[get("/v1/units/{unit_id}")]
pub async fn get_unit(
    permit: Permit<UnitsRead>,
    Segments(id): Segments<UnitId>,
    Params(params): Params<AsOf>,
) -> Result<Answer, Refusal> {
    let map = &permit.atlas().map;
    let unit = map.get(id).ok_or(Code::NotFound)?;
    detail(map, id, day_for(unit, params.as_of, permit.today()))
}

/// The units directly below one, in the order of a Vietnamese list.
#[utoipa::path(tag = "units", params(("unit_id" = UnitId, Path, description = "The unit."), AsOf), responses((status = 200, description = "Its children.", body = [UnitView])), security(("oauth2" = ["units:read"])))]
#[get("/v1/units/{unit_id}/children")]
pub async fn list_unit_children(
    permit: Permit<UnitsRead>,
    Segments(id): Segments<UnitId>,
    Params(params): Params<AsOf>,
) -> Result<Answer, Refusal> {
    let map = &permit.atlas().map;
    let day = day_for(map.get(id).ok_or(Code::NotFound)?, params.as_of, permit.today());
    Ok(Answer::json(&map.children(Some(id), day).into_iter().filter_map(|unit| UnitView::near(unit, day)).collect::<Vec<_>>()))
}

/// The units above one, nearest first.
#[utoipa::path(tag = "units", params(("unit_id" = UnitId, Path, description = "The unit."), AsOf), responses((status = 200, description = "Its ancestors.", body = [UnitView])), security(("oauth2" = ["units:read"])))]
#[get("/v1/units/{unit_id}/ancestors")]
pub async fn list_unit_ancestors(
    permit: Permit<UnitsRead>,
    Segments(id): Segments<UnitId>,
    Params(params): Params<AsOf>,
) -> Result<Answer, Refusal> {
    let map = &permit.atlas().map;
    let day = day_for(map.get(id).ok_or(Code::NotFound)?, params.as_of, permit.today());
    Ok(Answer::json(&map.ancestors(id, day).into_iter().filter_map(|unit| UnitView::near(unit, day)).collect::<Vec<_>>()))
}

/// The units that a unit came from.
#[utoipa::path(tag = "units", params(("unit_id" = UnitId, Path, description = "The unit.")), responses((status = 200, description = "Its predecessors.", body = [SuccessionView])), security(("oauth2" = ["units:read"])))]
#[get("/v1/units/{unit_id}/predecessors")]
pub async fn list_unit_predecessors(permit: Permit<UnitsRead>, Segments(id): Segments<UnitId>) -> Result<Answer, Refusal> {
    let map = &permit.atlas().map;
    map.get(id).ok_or(Code::NotFound)?;
    Ok(ends(map, map.predecessors(id), permit.today(), |succession| succession.predecessor_id))
}

/// The units that came after a unit.
#[utoipa::path(tag = "units", params(("unit_id" = UnitId, Path, description = "The unit.")), responses((status = 200, description = "Its successors.", body = [SuccessionView])), security(("oauth2" = ["units:read"])))]
#[get("/v1/units/{unit_id}/successors")]
pub async fn list_unit_successors(permit: Permit<UnitsRead>, Segments(id): Segments<UnitId>) -> Result<Answer, Refusal> {
    let map = &permit.atlas().map;
    map.get(id).ok_or(Code::NotFound)?;
    Ok(ends(map, map.successors(id), permit.today(), |succession| succession.successor_id))
}

fn ends(map: &UnitMap, successions: &[Succession], day: NaiveDate, end: impl Fn(&Succession) -> UnitId) -> Answer {
    let mut views: Vec<_> = successions
        .iter()
        .filter_map(|succession| {
            Some(SuccessionView { succession: succession.clone(), unit: UnitView::near(map.get(end(succession))?, day)? })
        })
        .collect();
    views.sort_by(|a, b| a.unit.code.cmp(&b.unit.code));
    Answer::json(&views)
}
