//! Tenants: provinces, with what they took along when provinces merged.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::id::{ProvinceId, UnitId};

/// A tenant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Province {
    /// Identity of the tenant.
    pub id: ProvinceId,
    /// The province unit that the tenant is today.
    pub unit_id: UnitId,
    /// Its name.
    #[schema(example = "Tỉnh Hưng Yên")]
    pub name: String,
    /// Every province unit whose records are the tenant's: itself and its predecessors.
    pub unit_ids: Vec<UnitId>,
}

/// A tenant to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateProvince {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<ProvinceId>,
    /// A unit of level province. Its predecessors on earlier maps come along.
    pub unit_id: UnitId,
}
