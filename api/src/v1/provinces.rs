//! Tenants.

use actix_web::{get, post};
use htcd_domain::id::ProvinceId;
use htcd_domain::province::{CreateProvince, Province};
use htcd_domain::unit::Level;
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, province};

use crate::answer::Answer;
use crate::extract::{Body, Segments};
use crate::permit::{Permit, ProvincesManage, ProvincesRead};
use crate::problem::Refusal;

/// The tenants that the caller may know of: all of them for national accounts, otherwise one's own.
#[utoipa::path(tag = "provinces", responses((status = 200, description = "Provinces.", body = [Province])), security(("oauth2" = ["provinces:read"])))]
#[get("/v1/provinces")]
pub async fn list_provinces(permit: Permit<ProvincesRead>) -> Result<Answer, Refusal> {
    let own = permit.caller().province_id;
    let provinces: Vec<_> = permit.atlas().provinces.iter().filter(|province| own.is_nation() || province.id == own).collect();
    Ok(Answer::json(&provinces))
}

/// One tenant.
#[utoipa::path(tag = "provinces", params(("province_id" = ProvinceId, Path, description = "The province.")), responses((status = 200, description = "The province.", body = Province)), security(("oauth2" = ["provinces:read"])))]
#[get("/v1/provinces/{province_id}")]
pub async fn get_province(permit: Permit<ProvincesRead>, Segments(id): Segments<ProvinceId>) -> Result<Answer, Refusal> {
    let own = permit.caller().province_id;
    let province = permit
        .atlas()
        .provinces
        .iter()
        .find(|province| province.id == id && (own.is_nation() || own == id))
        .ok_or(Code::NotFound)?;
    Ok(Answer::json(province))
}

/// Make a province a tenant. The provinces that it was merged from come along with it.
#[utoipa::path(tag = "provinces", request_body = CreateProvince, responses((status = 201, description = "The tenant.", body = Province)), security(("oauth2" = ["provinces:manage"])))]
#[post("/v1/provinces")]
pub async fn create_province(permit: Permit<ProvincesManage>, Body(body): Body<CreateProvince>) -> Result<Answer, Refusal> {
    let permit = permit.on_nation()?;
    let app = std::sync::Arc::clone(permit.shared());
    let answer = permit
        .write(move |permit, tx| {
            let map = &permit.atlas().map;
            let unit = map.get(body.unit_id).filter(|unit| unit.level == Level::Province);
            let version = unit.and_then(|unit| unit.on(permit.today())).ok_or_else(|| {
                Problem::rule(
                    "/unit_id",
                    "unit_is_province",
                    "Phải là một đơn vị cấp tỉnh trên bản đồ hôm nay.",
                    "It must be a province on today's map.",
                )
            })?;
            let province = Province {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                unit_id: body.unit_id,
                name: version.name_vi.clone(),
                unit_ids: map.with_predecessors(body.unit_id),
            };
            if province.id.is_nation() {
                return Err(Problem::rule(
                    "/id",
                    "id_not_nil",
                    "id không được là UUID rỗng.",
                    "The id must not be the nil UUID.",
                )
                .into());
            }
            province::insert(tx, &province, permit.now())?;
            Ok(Change::created(
                Answer::created(&province, format!("/v1/provinces/{}", province.id)),
                "province",
                province.id,
                &province,
            ))
        })
        .await?;
    crate::state::App::blocking(move || app.reload_atlas()).await?;
    Ok(answer)
}
