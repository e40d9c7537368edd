//! Rounds: one year's rating with one scheme, and the route it takes.
//!
//! Who assesses, verifies and decides is data per province and year: with the district step until
//! 30 June 2025, without it afterwards.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::id::{RoundId, SchemeId};
use crate::problem::{Code, Faults, Problem, Result};
use crate::scheme::Subject;
use crate::unit::{Level, UnitMap};
use crate::user::{named, plain};

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
    /// The routes that it ran before, the oldest first; empty for a round that was never moved.
    pub earlier_routes: Vec<EarlierRoute>,
}

/// A route that a round ran until it was moved to another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarlierRoute {
    /// The moment from which another route holds.
    pub until: DateTime<Utc>,
    /// The stages. A step of a rating's history that was taken before that moment names one of these.
    pub route: Vec<Stage>,
    /// Why the round was moved.
    #[schema(example = "Cấp huyện kết thúc ngày 30/6/2025.")]
    pub reason: String,
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

/// The route that an open round goes on by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RerouteRound {
    /// The stages: one self-assessment, verifications, one decision by the province.
    #[validate(length(min = 2, max = 6), nested)]
    #[schema(min_items = 2, max_items = 6)]
    pub route: Vec<Stage>,
    /// Why.
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(example = "Cấp huyện kết thúc ngày 30/6/2025.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl RerouteRound {
    /// Whether a round may go on by it from today.
    ///
    /// # Errors
    /// `state_conflict` for a round that is closed, `rule_broken` with each fault of the route.
    pub fn check(&self, round: &Round, map: &UnitMap, today: NaiveDate) -> Result<()> {
        if round.status != RoundStatus::Open {
            let (vi, en) = (
                "Đợt đã đóng: kết quả giữ quy trình đã đi. Mở lại đợt trước nếu cần.",
                "The round is closed: its results keep the route that they ran. Open it first if that is needed.",
            );
            return Err(Problem::new(Code::StateConflict).detail(vi, en).with("state", round.status));
        }
        let mut faults = Faults::default();
        faults.check(
            self.route != round.route,
            "/route",
            "another_route",
            "Đây là quy trình mà đợt đang đi.",
            "This is the route that the round runs already.",
        );
        // A district that is gone verifies nothing, whenever the round began.
        check_route(&self.route, round.subject, map.has_level(Level::District, today), &mut faults);
        faults.into_result()
    }
}

impl Round {
    /// Moves it to another route.
    pub fn rerouted(&self, by: RerouteRound, at: DateTime<Utc>) -> Self {
        let before = EarlierRoute { until: at, route: self.route.clone(), reason: by.reason };
        let earlier_routes = self.earlier_routes.iter().cloned().chain([before]).collect();
        Self { route: by.route, earlier_routes, ..self.clone() }
    }

    /// The stage of today's route at which a step was taken; `None` where that route has no such stage.
    pub fn stage_now(&self, stage: usize, at: DateTime<Utc>) -> Option<usize> {
        let routes = self.earlier_routes.iter().filter(|earlier| at <= earlier.until).map(|earlier| &earlier.route);
        let mut routes = routes.chain([&self.route]);
        let mut route = routes.next()?;
        let mut stage = stage;
        for next in routes {
            let was = route.get(stage)?;
            stage = next.iter().position(|now| (now.task, now.level) == (was.task, was.level))?;
            route = next;
        }
        Some(stage)
    }
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

        check_route(&self.route, subject, map.has_level(Level::District, from), &mut faults);
        faults.into_result()
    }
}

/// The rules of a route: it begins with a self-assessment, rises, and the province decides (decision 8).
fn check_route(route: &[Stage], subject: Subject, has_district: bool, faults: &mut Faults) {
    let task = |place: usize| route.get(place).map(|stage| stage.task);
    let last = route.len().saturating_sub(1);
    let first_level = if subject == Subject::Centre { StageLevel::Centre } else { StageLevel::Commune };
    faults.check(
        task(0) == Some(StageTask::Assess) && route.first().is_some_and(|stage| stage.level == first_level),
        "/route/0",
        "route_begins",
        "Bước đầu là tự đánh giá: của trung tâm, hoặc của xã nếu xét danh hiệu cấp xã.",
        "The first stage is self-assessment: by the centre, or by the commune for a commune's title.",
    );
    faults.check(
        task(last) == Some(StageTask::Decide) && route.last().is_some_and(|stage| stage.level == StageLevel::Province),
        format!("/route/{last}"),
        "route_ends",
        "Bước cuối là quyết định ở cấp tỉnh: nơi quản lý trung tâm không tự công nhận.",
        "The last stage is a decision by the province: whoever manages a centre does not confirm it.",
    );
    for (place, stage) in route.iter().enumerate().take(last).skip(1) {
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
    for (place, pair) in route.windows(2).enumerate() {
        faults.check(
            pair[0].level <= pair[1].level,
            format!("/route/{}/level", place + 1),
            "route_rises",
            "Các bước đi từ cấp dưới lên cấp trên.",
            "Stages go from lower levels to higher ones.",
        );
    }
    for (place, stage) in route.iter().enumerate() {
        // A stage without a deadline does not hide those before it.
        let before = route[..place].iter().filter_map(|stage| stage.due_on).max();
        faults.check(
            before.zip(stage.due_on).is_none_or(|(before, due)| before <= due),
            format!("/route/{place}/due_on"),
            "deadlines_in_order",
            "Hạn của bước sau không được trước bước trước.",
            "A stage is not due before those it follows.",
        );
    }
    for (place, stage) in route.iter().enumerate() {
        faults.check(
            stage.level != StageLevel::District || has_district,
            format!("/route/{place}/level"),
            "district_until_2025",
            "Không còn cấp huyện từ 01/7/2025; đợt bắt đầu sau ngày đó không có bước cấp huyện.",
            "The district level ended on 30 June 2025; a round that begins later has no district stage.",
        );
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

    fn stages(levels: &[(StageTask, StageLevel)]) -> Vec<Stage> {
        round(2018, levels).route
    }

    fn opened(year: i32, levels: &[(StageTask, StageLevel)]) -> Round {
        Round {
            id: uuid::Uuid::nil().into(),
            scheme_id: uuid::Uuid::nil().into(),
            subject: Subject::Centre,
            year,
            title: String::new(),
            data_from: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
            data_to: NaiveDate::from_ymd_opt(year, 12, 31).unwrap(),
            route: stages(levels),
            status: RoundStatus::Open,
            earlier_routes: vec![],
        }
    }

    #[test]
    fn a_round_is_moved_while_it_is_open_to_another_route_that_can_be_run_today() {
        use StageLevel as L;
        use StageTask::*;
        let by_district = [(Assess, L::Centre), (Verify, L::District), (Decide, L::Province)];
        let by_commune = [(Assess, L::Centre), (Verify, L::Commune), (Decide, L::Province)];
        let open = opened(2025, &by_district);
        let closed = Round { status: RoundStatus::Closed, ..open.clone() };
        let to = |levels: &[(StageTask, StageLevel)]| RerouteRound { route: stages(levels), reason: "x".into() };
        let day = |text: &str| text.parse().unwrap();
        for (round, levels, today, expected) in [
            (&open, &by_commune[..], "2025-07-02", Ok(())),
            (&open, &by_district, "2025-07-02", Err("another_route")),
            (&opened(2025, &by_commune), &by_district, "2025-06-30", Ok(())),
            (&opened(2025, &by_commune), &by_district, "2025-07-01", Err("district_until_2025")),
            (&open, &[(Assess, L::Centre), (Verify, L::Commune)], "2025-07-02", Err("route_ends")),
            (&closed, &by_commune, "2025-07-02", Err("state_conflict")),
        ] {
            let found = to(levels).check(round, &map(), day(today));
            let found = found.map_err(|problem| problem.faults.first().map_or("state_conflict", |fault| fault.rule));
            assert_eq!(found, expected, "{levels:?} {today}");
        }
    }

    #[test]
    fn a_step_of_an_earlier_route_is_found_on_todays_or_nowhere() {
        use StageLevel as L;
        use StageTask::*;
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap();
        let to = |levels: &[(StageTask, StageLevel)]| RerouteRound { route: stages(levels), reason: "x".into() };
        let first = opened(2025, &[(Assess, L::Centre), (Verify, L::Commune), (Verify, L::District), (Decide, L::Province)]);
        let second = first.rerouted(to(&[(Assess, L::Centre), (Verify, L::Commune), (Decide, L::Province)]), at(10));
        let third = second.rerouted(to(&[(Assess, L::Centre), (Verify, L::Province), (Decide, L::Province)]), at(20));
        assert_eq!(third.earlier_routes.iter().map(|earlier| earlier.route.len()).collect::<Vec<_>>(), [4, 3]);
        for (round, stage, taken, now) in [
            (&first, 2, 5, Some(2)),
            (&second, 0, 5, Some(0)),
            (&second, 1, 5, Some(1)),
            (&second, 2, 5, None),
            (&second, 3, 5, Some(2)),
            (&second, 2, 11, Some(2)),
            (&third, 3, 5, Some(2)),
            (&third, 1, 5, None),
            (&third, 1, 15, None),
            (&third, 1, 25, Some(1)),
        ] {
            assert_eq!(round.stage_now(stage, at(taken)), now, "{stage} at {taken}");
        }
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
