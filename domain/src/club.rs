//! Clubs of a centre: people who meet about something again and again. Their meetings are activities that name the club.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::activity::{Category, check_days};
use crate::id::{CentreId, ClubId, SiteId};
use crate::problem::Faults;
use crate::record::{Holder, Record};
use crate::user::{named, plain};

/// A club (câu lạc bộ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Club {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<ClubId>,
    /// The centre.
    pub centre_id: CentreId,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Câu lạc bộ Dân số và phát triển", min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is about.
    pub category: Category,
    /// The site where it meets.
    #[serde(default)]
    pub site_id: Option<SiteId>,
    /// The day it was founded.
    #[schema(example = "2012-09-01")]
    pub founded_on: NaiveDate,
    /// Its last day; `null` while it lives.
    #[serde(default)]
    pub ended_on: Option<NaiveDate>,
    /// How many people belong to it.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 35, minimum = 0, maximum = 10_000_000)]
    pub members: Option<i64>,
    /// Of these, women and girls.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 28, minimum = 0, maximum = 10_000_000)]
    pub female_members: Option<i64>,
    /// Who leads it.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(max_length = 200)]
    pub leader: Option<String>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Club {
    /// Whether there was the club on a day; its first and last day count.
    pub fn exists_on(&self, day: NaiveDate) -> bool {
        self.founded_on <= day && self.ended_on.is_none_or(|last| day <= last)
    }
}

impl Record for Club {
    type Id = ClubId;
    const SUBJECT: &'static str = "club";
    const PLURAL: &'static str = "clubs";
    const NAME: (&'static str, &'static str) = ("câu lạc bộ", "club");

    fn own_id(&self) -> Option<ClubId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_days(faults, "/founded_on", self.founded_on, "/ended_on", self.ended_on, today);
        faults.check(
            self.female_members.is_none_or(|female| self.members.is_some_and(|members| female <= members)),
            "/female_members",
            "part_of_total",
            "Số thành viên nữ nằm trong tổng số thành viên: phải có tổng số và không được lớn hơn tổng số.",
            "Female members are a part of all members: that number stands there and is not smaller.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_club_lives_from_its_first_to_its_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut club = Club {
            id: None,
            centre_id: uuid::Uuid::nil().into(),
            name: "Câu lạc bộ".into(),
            category: Category::ArtsSports,
            site_id: None,
            founded_on: day("2012-09-01"),
            ended_on: Some(day("2018-06-30")),
            members: None,
            female_members: None,
            leader: None,
            note: None,
        };
        for (on, is_there) in [("2012-08-31", false), ("2012-09-01", true), ("2018-06-30", true), ("2018-07-01", false)] {
            assert_eq!(club.exists_on(day(on)), is_there, "{on}");
        }
        club.ended_on = None;
        assert!(club.exists_on(day("2026-11-22")));
    }

    #[test]
    fn female_members_are_a_part_of_all_members() {
        for (members, female, holds) in [
            (None, None, true),
            (Some(35), None, true),
            (Some(35), Some(0), true),
            (Some(35), Some(35), true),
            (Some(35), Some(36), false),
            (None, Some(3), false),
        ] {
            let body = serde_json::json!({ "centre_id": uuid::Uuid::nil(), "name": "CLB", "category": "health",
                "founded_on": "2012-09-01", "members": members, "female_members": female });
            let club: Club = serde_json::from_value(body).unwrap();
            let mut faults = Faults::default();
            club.check(&mut faults, "2026-11-22".parse().unwrap());
            assert_eq!(faults.is_empty(), holds, "{members:?} {female:?}");
        }
    }
}
