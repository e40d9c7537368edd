//! The yearly numbers of communes, and a unit's profile of a year.

use std::collections::BTreeSet;

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::boundaries::Boundaries;
use htcd_domain::id::{ProfileValueId, UnitId};
use htcd_domain::profile::{Communes, Profile, ProfileValue, national, profile};
use htcd_domain::provenance::{LeftOut, Provenance};
use htcd_domain::record::{Kept, Patch};
use htcd_persistence::profile_value::{self, ProfileFilter};
use htcd_persistence::{Result as Stored, Tx, profile_indicator};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::figures;
use crate::permit::{Permit, RecordsRead, RecordsWrite, Right};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record::{self, Batch, BatchResults, Desk, Kind, Sort};

/// As the document names them.
type ProfileValueRecord = Kept<ProfileValue>;
type ProfileValuePatch = Patch<ProfileValue>;
type ProfileValueBatch = Batch<ProfileValue>;

impl Kind for ProfileValue {
    const CENTRES_WRITE: bool = true;

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if before.is_none() {
            record::check_commune(desk.atlas, self.unit_id, self.year)?;
        }
        if let Some(indicator) = national(&self.indicator) {
            return Ok(self.check_measure(Some(indicator))?);
        }
        // What the province no longer asks for can be put right, and not added.
        let own = profile_indicator::by_code(desk.tx, &self.indicator)?.filter(|own| own.active || before.is_some());
        Ok(self.check_measure(own.map(|own| own.indicator()).as_ref())?)
    }
}

/// Which numbers a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListProfileValues {
    /// Of this commune, or of the communes of this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Of this year.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    year: Option<i32>,
    /// With this code of the catalogue.
    #[param(example = "poor_households", min_length = 1, max_length = 40)]
    indicator: Option<String>,
    /// By year: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Numbers of the communes of the province.
#[utoipa::path(tag = "profiles", params(ListProfileValues), responses((status = 200, description = "A page of numbers.", body = Page<ProfileValueRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/profile_values")]
pub async fn list_profile_values(
    permit: Permit<RecordsRead>,
    Params(params): Params<ListProfileValues>,
) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = ProfileFilter {
        whose: record::whose(permit.atlas(), None, params.unit_id),
        year: params.year,
        indicator: params.indicator,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(profile_value::list(tx, &filter, wanted.clone())?, limit, |it: &ProfileValue| it.year))
        })
        .await
}

/// One number of a commune's profile.
#[utoipa::path(tag = "profiles", params(("profile_value_id" = ProfileValueId, Path, description = "The number.")), responses((status = 200, description = "The number.", body = ProfileValueRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/profile_values/{profile_value_id}")]
pub async fn get_profile_value(permit: Permit<RecordsRead>, Segments(id): Segments<ProfileValueId>) -> Result<Answer, Refusal> {
    record::get::<ProfileValue, _>(permit, id).await
}

/// Record a number of a commune's profile: once for each year and indicator.
///
/// Written by those whose scope covers the commune, and by the people of a centre that lies there now.
#[utoipa::path(tag = "profiles", request_body = ProfileValue, responses((status = 201, description = "The number.", body = ProfileValueRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/profile_values")]
pub async fn create_profile_value(permit: Permit<RecordsWrite>, Body(body): Body<ProfileValue>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Record many numbers at once, such as a whole year of a commune.
///
/// Each has an id that the client made. Sent again, each is made once; one that was refused does not hold up the others.
#[utoipa::path(tag = "profiles", request_body = ProfileValueBatch, responses((status = 200, description = "What became of each.", body = BatchResults)), security(("oauth2" = ["records:write"])))]
#[post("/v1/profile_values/batch")]
pub async fn create_profile_values(
    permit: Permit<RecordsWrite>,
    Body(body): Body<Batch<ProfileValue>>,
) -> Result<Answer, Refusal> {
    record::create_many(permit, body).await
}

/// Change a number, or where it comes from.
#[utoipa::path(tag = "profiles", params(("profile_value_id" = ProfileValueId, Path, description = "The number."), IfMatchHeader), request_body(content = ProfileValuePatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The number.", body = ProfileValueRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/profile_values/{profile_value_id}")]
pub async fn update_profile_value(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ProfileValueId>,
    if_match: IfMatch,
    Body(body): Body<Patch<ProfileValue>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a number that was entered by mistake.
#[utoipa::path(tag = "profiles", params(("profile_value_id" = ProfileValueId, Path, description = "The number."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/profile_values/{profile_value_id}")]
pub async fn delete_profile_value(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<ProfileValueId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<ProfileValue, _>(permit, id, if_match).await
}

/// The year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProfileQuery {
    /// The year.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    year: i32,
}

/// The profile of a commune in a year: its numbers, their change since the year before, and what looks wrong in them.
///
/// Of a larger unit the sums over its communes on the map of the year's last day (or of today), each with the number of communes that
/// gave one; percentages and what else does not add up are left out. Warnings refuse nothing.
#[utoipa::path(tag = "profiles", params(("unit_id" = UnitId, Path, description = "A commune, district or province."), ProfileQuery), responses((status = 200, description = "The profile.", body = Traced<Profile>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/units/{unit_id}/profile")]
pub async fn get_unit_profile(
    permit: Permit<RecordsRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<ProfileQuery>,
) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year)?;
    permit
        .report(move |permit, tx| {
            record::check_unit(permit, tx, unit)?;
            let map_of = record::map_of(year, permit.today());
            figures::check_on_map(permit.atlas(), Some(unit), map_of)?;
            let profile = of_unit(permit, tx, unit, year, map_of, |_| true)?;
            let map = &permit.atlas().map;
            let (now, reach) = (map.communes_on(unit, map_of), map.reach(unit).iter().copied().collect());
            let shown: BTreeSet<&str> = profile.lines.iter().map(|line| &*line.indicator.code).collect();
            let values = profile_value::of_two_years(tx, &reach, year)?;
            let left_out = values.iter().filter(|value| value.year == year).filter_map(|value| {
                match (now.contains(&value.unit_id), shown.contains(value.indicator.as_str())) {
                    (false, _) => Some(LeftOut::NotOnMap),
                    (true, false) => Some(LeftOut::NotAdditive),
                    (true, true) => None,
                }
            });
            let left_out: Vec<LeftOut> = left_out.collect();
            let (first, _) = figures::days_of(year);
            let provenance = Provenance::between(first, map_of)
                .on_map(Boundaries::AsWas, map_of)
                .list("list_profile_values", format!("/v1/profile_values?unit_id={unit}&year={year}"))
                .without(left_out);
            Ok(Answer::json(&Traced::new(profile, provenance)))
        })
        .await
}

/// The profile of a unit in a year on the map of a day in it, of those numbers that count.
pub(super) fn of_unit<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    unit: UnitId,
    year: i32,
    map_of: NaiveDate,
    counts: impl Fn(&ProfileValue) -> bool,
) -> Stored<Profile> {
    let map = &permit.atlas().map;
    let now = map.communes_on(unit, map_of);
    let before = map.communes_on(unit, record::map_of(year - 1, map_of));
    let mut values = profile_value::of_two_years(tx, &now.union(&before).copied().collect(), year)?;
    values.retain(counts);
    let own = profile_indicator::all(tx)?;
    Ok(profile(unit, year, &Communes { map_of, now, before }, &own, &values))
}
