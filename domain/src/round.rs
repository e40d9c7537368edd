//! Rounds: one year's rating with one scheme, and the route it takes.
//!
//! Who assesses, verifies and decides is data per province and year: with the district step until
//! 30 June 2025, without it afterwards.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::id::{RoundId, SchemeId};
use crate::problem::{Faults, Result};
use crate::scheme::Subject;
use crate::unit::{Level, UnitMap};
use crate::user::plain;

coded! {
    /// Whether a round takes ratings.
    pub enum RoundStatus in "round_status" {
        /// Ratings go through it.
        Open = "open" ("đang mở", "open"),
        /// Nothing changes any more but by amendment.
        Closed = "closed" ("đã đóng", "closed"),
    }
}

coded! {
    /// What happens at a stage of the route.
    pub enum StageTask in "stage_task" {
        /// Tự đánh giá.
        Assess = "assess" ("tự đánh giá", "self-assessment"),
        /// Thẩm định.
        Verify = "verify" ("thẩm định", "verification"),
        /// Quyết định, công nhận.
        Decide = "decide" ("quyết định", "decision"),
    }
}

coded! {
    /// At which level a stage takes place.
    pub enum StageLevel in "stage_level" {
        /// The centre itself.
        Centre = "centre" ("trung tâm", "centre"),
        /// The commune.
        Commune = "commune" ("cấp xã", "commune"),
        /// The district, until 30 June 2025.
        District = "district" ("cấp huyện", "district"),
        /// The province.
        Province = "province" ("cấp tỉnh", "province"),
    }
}

impl From<Level> for StageLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Province => Self::Province,
            Level::District => Self::District,
            Level::Commune => Self::Commune,
        }
    }
}

/// A stage of the route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What happens.
    pub task: StageTask,
    /// At which level.
    pub level: StageLevel,
    /// Which body does it, for people to read.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Phòng GD&ĐT và Hội Khuyến học huyện", max_length = 200)]
    pub organisation: Option<String>,
    /// The day by which it is due.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Whether a decision with number and date is needed here.
    #[serde(default)]
    pub decision_number_required: bool,
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Round {
    /// Identity.
    pub id: RoundId,
    /// The scheme, in the version that all its ratings use.
    pub scheme_id: SchemeId,
    /// What is rated.
    pub subject: Subject,
    /// The year that is rated.
    #[schema(example = 2018)]
    pub year: i32,
    /// Its title.
    #[schema(example = "Đánh giá, xếp loại TTHTCĐ năm 2018")]
    pub title: String,
    /// First day of the data window.
    pub data_from: NaiveDate,
    /// Last day of the data window, and the day whose map `as_was` means.
    pub data_to: NaiveDate,
    /// The stages, in order.
    pub route: Vec<Stage>,
    /// Whether it takes ratings.
    pub status: RoundStatus,
}

/// A round to be opened.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateRound {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<RoundId>,
    /// A published scheme that can be used.
    pub scheme_id: SchemeId,
    /// The year that is rated.
    #[validate(range(min = 1999, max = 2100))]
    #[schema(example = 2018, minimum = 1999, maximum = 2100)]
    pub year: i32,
    /// Its title.
    #[validate(length(min = 1, max = 200), custom(function = "plain"))]
    #[schema(example = "Đánh giá, xếp loại TTHTCĐ năm 2018", min_length = 1, max_length = 200)]
    pub title: String,
    /// First day of the data window; 1 January of the year when left out.
    #[serde(default)]
    pub data_from: Option<NaiveDate>,
    /// Last day of the data window; 31 December of the year when left out.
    #[serde(default)]
    pub data_to: Option<NaiveDate>,
    /// The stages: one self-assessment, verifications, one decision by the province.
    #[validate(length(min = 2, max = 6), nested)]
    #[schema(min_items = 2, max_items = 6)]
    pub route: Vec<Stage>,
}

/// Changes to a round.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchRound {
    /// Its title.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(min = 1, max = 200), custom(function = "plain"))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// Open or close it.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[schema(value_type = RoundStatus, required = false)]
    pub status: Option<RoundStatus>,
}

impl CreateRound {
    /// The data window.
    pub fn window(&self) -> (NaiveDate, NaiveDate) {
        let first = NaiveDate::from_ymd_opt(self.year, 1, 1).unwrap_or(NaiveDate::MIN);
        let last = NaiveDate::from_ymd_opt(self.year, 12, 31).unwrap_or(NaiveDate::MAX);
        (self.data_from.unwrap_or(first), self.data_to.unwrap_or(last))
    }

    /// Checks the window and the route for a subject.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check(&self, subject: Subject, map: &UnitMap) -> Result<()> {
        let mut faults = Faults::default();
        let (from, to) = self.window();
        faults.check(
            from <= to,
            "/data_to",
            "dates_in_order",
            "Ngày cuối phải sau ngày đầu.",
            "The last day must not come before the first.",
        );
        faults.check(
            (to - from).num_days() <= 400,
            "/data_to",
            "window_of_a_year",
            "Kỳ số liệu không dài quá 400 ngày.",
            "A data window is no longer than 400 days.",
        );
        faults.check(
            (self.year - 1..=self.year + 1).contains(&from.year()) && (self.year..=self.year + 1).contains(&to.year()),
            "/data_from",
            "window_near_year",
            "Kỳ số liệu phải thuộc năm đánh giá (hoặc năm học tương ứng).",
            "The data window must belong to the year (or its school year).",
        );

        let task = |place: usize| self.route.get(place).map(|stage| stage.task);
        let last = self.route.len().saturating_sub(1);
        let first_level = if subject == Subject::Centre { StageLevel::Centre } else { StageLevel::Commune };
        faults.check(
            task(0) == Some(StageTask::Assess) && self.route.first().is_some_and(|stage| stage.level == first_level),
            "/route/0",
            "route_begins",
            "Bước đầu là tự đánh giá: của trung tâm, hoặc của xã nếu xét danh hiệu cấp xã.",
            "The first stage is self-assessment: by the centre, or by the commune for a commune's title.",
        );
        faults.check(
            task(last) == Some(StageTask::Decide) && self.route.last().is_some_and(|stage| stage.level == StageLevel::Province),
            format!("/route/{last}"),
            "route_ends",
            "Bước cuối là quyết định ở cấp tỉnh: nơi quản lý trung tâm không tự công nhận.",
            "The last stage is a decision by the province: whoever manages a centre does not confirm it.",
        );
        for (place, stage) in self.route.iter().enumerate().take(last).skip(1) {
            faults.check(
                stage.task == StageTask::Verify,
                format!("/route/{place}/task"),
                "route_between",
                "Giữa hai đầu chỉ có bước thẩm định.",
                "Between the two there are verifications only.",
            );
            faults.check(
                stage.level > StageLevel::Centre,
                format!("/route/{place}/level"),
                "verified_from_above",
                "Trung tâm không tự thẩm định.",
                "A centre does not verify itself.",
            );
        }
        for (place, pair) in self.route.windows(2).enumerate() {
            faults.check(
                pair[0].level <= pair[1].level,
                format!("/route/{}/level", place + 1),
                "route_rises",
                "Các bước đi từ cấp dưới lên cấp trên.",
                "Stages go from lower levels to higher ones.",
            );
        }
        for (place, stage) in self.route.iter().enumerate() {
            // A stage without a deadline does not hide those before it.
            let before = self.route[..place].iter().filter_map(|stage| stage.due_on).max();
            faults.check(
                before.zip(stage.due_on).is_none_or(|(before, due)| before <= due),
                format!("/route/{place}/due_on"),
                "deadlines_in_order",
                "Hạn của bước sau không được trước bước trước.",
                "A stage is not due before those it follows.",
            );
        }
        let has_district = map.has_level(Level::District, from);
        for (place, stage) in self.route.iter().enumerate() {
            faults.check(
                stage.level != StageLevel::District || has_district,
                format!("/route/{place}/level"),
                "district_until_2025",
                "Không còn cấp huyện từ 01/7/2025; đợt bắt đầu sau ngày đó không có bước cấp huyện.",
                "The district level ended on 30 June 2025; a round that begins later has no district stage.",
            );
        }
        faults.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{Unit, UnitKind, UnitVersion};

    fn map() -> UnitMap {
        let version = UnitVersion {
            valid_from: None,
            valid_to: "2025-06-30".parse().ok(),
            code: "205".into(),
            kind: UnitKind::Town,
            name_vi: "Thị xã Đông Triều".into(),
            name_en: String::new(),
            parent_id: None,
            region_class: None,
        };
        UnitMap::new(vec![Unit { id: uuid::Uuid::from_u128(1).into(), level: Level::District, versions: vec![version] }], vec![])
    }

    fn round(year: i32, levels: &[(StageTask, StageLevel)]) -> CreateRound {
        let route = levels
            .iter()
            .map(|(task, level)| Stage {
                task: *task,
                level: *level,
                organisation: None,
                due_on: None,
                decision_number_required: false,
            })
            .collect();
        CreateRound {
            id: None,
            scheme_id: uuid::Uuid::nil().into(),
            year,
            title: "t".into(),
            data_from: None,
            data_to: None,
            route,
        }
    }

    #[test]
    fn the_district_step_ends_with_the_district_level() {
        use StageLevel as L;
        use StageTask::*;
        let with_district = [(Assess, L::Centre), (Verify, L::District), (Decide, L::Province)];
        round(2018, &with_district).check(Subject::Centre, &map()).unwrap();
        round(2025, &with_district).check(Subject::Centre, &map()).unwrap();
        let problem = round(2026, &with_district).check(Subject::Centre, &map()).unwrap_err();
        assert_eq!(problem.faults[0].rule, "district_until_2025");
        round(2026, &[(Assess, L::Centre), (Verify, L::Commune), (Decide, L::Province)]).check(Subject::Centre, &map()).unwrap();
    }

    #[test]
    fn a_route_that_confirms_itself_is_refused() {
        use StageLevel as L;
        use StageTask::*;
        for levels in [
            vec![(Assess, L::Centre), (Decide, L::Commune)],
            vec![(Assess, L::Centre), (Verify, L::Centre), (Decide, L::Province)],
            vec![(Verify, L::District), (Decide, L::Province)],
            vec![(Assess, L::Centre), (Decide, L::Province), (Decide, L::Province)],
            vec![(Assess, L::Centre), (Verify, L::District), (Verify, L::Commune), (Decide, L::Province)],
        ] {
            assert!(round(2018, &levels).check(Subject::Centre, &map()).is_err(), "{levels:?}");
        }
    }
}
