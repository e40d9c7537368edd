//! What a province shows to everybody, without sign-in. Never personal data.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::activity::{ActivityForm, Category, Venue};
use crate::centre::OperatingModel;
use crate::id::{ActivityId, CentreId, ProvinceId, RatingId, UnitId};
use crate::scheme::Rank;

/// What a province publishes. Nothing, until it says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Its centres that are at work: name, place, model.
    pub centres: bool,
    /// The decided ranks of centres.
    pub ratings: bool,
    /// Activities that are still to come.
    pub activities: bool,
    /// News that centres have published.
    pub news: bool,
}

impl Publication {
    /// Whether anything is shown.
    pub fn is_any(self) -> bool {
        self.centres || self.ratings || self.activities || self.news
    }
}

/// A province that publishes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicProvince {
    /// The tenant.
    pub id: ProvinceId,
    /// Its unit on the map.
    pub unit_id: UnitId,
    /// Its name.
    #[schema(example = "Tỉnh Quảng Ninh")]
    pub name: String,
    /// What it publishes.
    pub publishes: Publication,
}

/// A centre, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicCentre {
    /// Identity.
    pub id: CentreId,
    /// Its name.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub name: String,
    /// The commune it lies in.
    pub commune_id: UnitId,
    /// The commune's name.
    #[schema(example = "Phường Mạo Khê")]
    pub commune_name: String,
    /// How it is run.
    pub operating_model: OperatingModel,
    /// Where it is found.
    pub address: Option<String>,
    /// Since when it has worked.
    pub operating_from: Option<NaiveDate>,
}

/// A decided rank, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicRating {
    /// The rating.
    pub id: RatingId,
    /// The centre.
    pub centre_id: CentreId,
    /// The centre's name.
    pub centre_name: String,
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// The decided rank.
    pub rank: Rank,
}

/// An activity that is still to come, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicActivity {
    /// Identity.
    pub id: ActivityId,
    /// The centre.
    pub centre_id: CentreId,
    /// The centre's name.
    pub centre_name: String,
    /// What it is about.
    #[schema(example = "Luật Đất đai: những điều người dân cần biết")]
    pub title: String,
    /// The national category.
    pub category: Category,
    /// Class, theme, session …
    pub form: ActivityForm,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
    /// What kind of place.
    pub venue: Option<Venue>,
    /// The place.
    pub place: Option<String>,
}
