//! What a province shows to everybody, without sign-in. Never personal data.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::activity::{ActivityForm, Category, Venue};
use crate::centre::OperatingModel;
use crate::file::MediaType;
use crate::id::{ActivityId, CentreId, FileId, NewsId, ProvinceId, RatingId, UnitId};
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

/// A picture of a news item, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicPicture {
    /// The file.
    pub file_id: FileId,
    /// Where its bytes are, below this server's address: for an `<img>` on any site.
    #[schema(
        example = "/v1/public/provinces/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c01/news/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c02/pictures/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c03"
    )]
    pub url: String,
    /// What it holds.
    pub media_type: MediaType,
    /// What it shows, for those who do not see it.
    pub alt: String,
    /// What stands below it.
    pub caption: Option<String>,
    /// Whom it is from.
    pub credit: Option<String>,
}

/// A published news item, as lists show it to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicNewsItem {
    /// Identity.
    pub id: NewsId,
    /// The centre whose news it is; `null` for a unit's.
    pub centre_id: Option<CentreId>,
    /// The centre's name.
    pub centre_name: Option<String>,
    /// The unit whose news it is; `null` for a centre's.
    pub unit_id: Option<UnitId>,
    /// The unit's name.
    pub unit_name: Option<String>,
    /// The headline.
    #[schema(example = "Khai mạc Tuần lễ hưởng ứng học tập suốt đời năm 2018")]
    pub title: String,
    /// What lists show of it.
    pub summary: Option<String>,
    /// Its language (ISO 639).
    #[schema(example = "vi")]
    pub language: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Until when it stands at the top.
    pub pinned_until: Option<NaiveDate>,
    /// Its pictures, in their order.
    pub pictures: Vec<PublicPicture>,
}

/// A published news item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicNews {
    /// What lists show.
    #[serde(flatten)]
    pub item: PublicNewsItem,
    /// The text, plain: an empty line between paragraphs. Show it as text, not as HTML.
    pub body: String,
}
