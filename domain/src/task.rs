//! What somebody has to do next: computed from their rights and the state of things, stored nowhere.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded as _;
use crate::id::{CentreId, UnitId};
use crate::text::{Label, sort_key};

coded! {
    /// What is to be done.
    pub enum TaskKind in "task_kind" {
        /// A rating is to be begun.
        StartSelfAssessment = "start_self_assessment" ("lập hồ sơ tự đánh giá", "begin the self-assessment"),
        /// A self-assessment is to be filled in.
        FillSelfAssessment = "fill_self_assessment" ("hoàn thành phiếu tự đánh giá", "fill in the self-assessment"),
        /// A self-assessment is to be handed in.
        SubmitSelfAssessment = "submit_self_assessment" ("nộp hồ sơ tự đánh giá", "hand in the self-assessment"),
        /// A rating was sent back.
        CorrectSelfAssessment = "correct_self_assessment" ("sửa và nộp lại hồ sơ tự đánh giá bị trả lại", "correct the returned self-assessment and hand it in again"),
        /// A rating is to be verified.
        VerifyRating = "verify_rating" ("thẩm định hồ sơ", "verify the rating"),
        /// A rating is to be decided.
        DecideRating = "decide_rating" ("quyết định xếp loại", "decide the rating"),
        /// An annual report is to be begun.
        WriteReport = "write_report" ("lập báo cáo năm", "begin the annual report"),
        /// A report lacks something before it can be handed in.
        FinishReport = "finish_report" ("hoàn thành báo cáo", "finish the report"),
        /// A report is to be handed in.
        SubmitReport = "submit_report" ("nộp báo cáo", "hand in the report"),
        /// A report was sent back.
        CorrectReport = "correct_report" ("sửa và nộp lại báo cáo bị trả lại", "correct the returned report and hand it in again"),
        /// A report is to be accepted.
        AcceptReport = "accept_report" ("tiếp nhận báo cáo", "accept the report"),
        /// A plan is to be begun.
        WritePlan = "write_plan" ("lập kế hoạch năm", "begin the plan of the year"),
        /// A plan lacks something before it can be handed in.
        FinishPlan = "finish_plan" ("hoàn thành kế hoạch", "finish the plan"),
        /// A plan is to be handed in.
        SubmitPlan = "submit_plan" ("trình kế hoạch", "hand in the plan"),
        /// A plan was sent back.
        CorrectPlan = "correct_plan" ("sửa và trình lại kế hoạch bị trả lại", "correct the returned plan and hand it in again"),
        /// A plan is to be approved.
        ApprovePlan = "approve_plan" ("phê duyệt kế hoạch", "approve the plan"),
        /// An estimate is to be begun.
        WriteEstimate = "write_estimate" ("lập dự toán năm", "begin the estimate of the year"),
        /// An estimate has no line yet.
        FinishEstimate = "finish_estimate" ("hoàn thành dự toán", "finish the estimate"),
        /// An estimate is to be handed in.
        SubmitEstimate = "submit_estimate" ("trình dự toán", "hand in the estimate"),
        /// An estimate was sent back.
        CorrectEstimate = "correct_estimate" ("sửa và trình lại dự toán bị trả lại", "correct the returned estimate and hand it in again"),
        /// An estimate is to be approved.
        ApproveEstimate = "approve_estimate" ("phê duyệt dự toán", "approve the estimate"),
        /// A settlement is to be begun.
        WriteSettlement = "write_settlement" ("lập quyết toán năm", "begin the settlement of the year"),
        /// The books have moved since a settlement was counted.
        RecountSettlement = "recount_settlement" ("tính lại quyết toán từ sổ", "count the settlement from the books again"),
        /// A settlement is to be handed in.
        SubmitSettlement = "submit_settlement" ("trình quyết toán", "hand in the settlement"),
        /// A settlement was sent back.
        CorrectSettlement = "correct_settlement" ("sửa và trình lại quyết toán bị trả lại", "correct the returned settlement and hand it in again"),
        /// A settlement is to be approved.
        ApproveSettlement = "approve_settlement" ("phê duyệt quyết toán", "approve the settlement"),
        /// A centre of a divided commune is to be placed.
        PlaceCentre = "place_centre" ("xác định xã mới của trung tâm", "place the centre on the new map"),
    }
}

/// The request by which a task is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskAct {
    /// The method.
    #[schema(value_type = String, example = "POST")]
    pub method: &'static str,
    /// The path.
    #[schema(example = "/v1/reports/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11/submit")]
    pub path: String,
}

impl TaskAct {
    /// A POST.
    pub fn post(path: impl Into<String>) -> Self {
        Self { method: "POST", path: path.into() }
    }

    /// A PATCH.
    pub fn patch(path: impl Into<String>) -> Self {
        Self { method: "PATCH", path: path.into() }
    }

    /// A PUT.
    pub fn put(path: impl Into<String>) -> Self {
        Self { method: "PUT", path: path.into() }
    }
}

/// Something that the caller has to do, and may do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Task {
    /// What.
    pub kind: TaskKind,
    /// What it is called.
    pub label: Label,
    /// At which centre; `null` for a commune's title.
    pub centre_id: Option<CentreId>,
    /// In which commune.
    pub unit_id: UnitId,
    /// The name of the centre or commune.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub name: String,
    /// Of which year or period; `null` where it belongs to none.
    #[schema(example = "2018")]
    pub period: Option<String>,
    /// The last day in time, with what was granted; `null` where nobody gives one.
    pub due_on: Option<NaiveDate>,
    /// Whether that day is over.
    pub is_overdue: bool,
    /// For how many days; `null` while it is not.
    #[schema(example = 12)]
    pub days_late: Option<i64>,
    /// What it is about, to be read.
    #[schema(example = "/v1/reports/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")]
    pub link: String,
    /// How it is done.
    pub act: TaskAct,
}

/// Where something is to be done.
#[derive(Debug, Clone)]
pub struct TaskPlace {
    /// The centre.
    pub centre_id: Option<CentreId>,
    /// The commune.
    pub unit_id: UnitId,
    /// The name of the one or the other.
    pub name: String,
}

/// Where a task stands in the list: by its day, what has none last; then by kind, name and what it is about.
pub type TaskOrder = (NaiveDate, TaskKind, String, String);

impl Task {
    /// A task as it stands on a day.
    pub fn of(
        kind: TaskKind,
        place: TaskPlace,
        (period, due_on): (Option<String>, Option<NaiveDate>),
        (link, act): (String, TaskAct),
        today: NaiveDate,
    ) -> Self {
        let days_late = due_on.map(|due| (today - due).num_days()).filter(|days| *days > 0);
        let TaskPlace { centre_id, unit_id, name } = place;
        let (label, is_overdue) = (kind.label(), days_late.is_some());
        Self { kind, label, centre_id, unit_id, name, period, due_on, is_overdue, days_late, link, act }
    }

    /// Its place in the list.
    pub fn order(&self) -> TaskOrder {
        (self.due_on.unwrap_or(LAST), self.kind, self.name.clone(), format!("{} {}", self.link, self.act.path))
    }
}

/// After every day on which something is due.
const LAST: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// What places are compared by: names in the order of a Vietnamese list.
pub fn comparable(order: &TaskOrder) -> (NaiveDate, TaskKind, Vec<u8>, String) {
    (order.0, order.1, sort_key(&order.2), order.3.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_day_comes_first_and_what_has_none_last() {
        let today: NaiveDate = "2019-02-10".parse().unwrap();
        let task = |kind, name: &str, due: Option<&str>| {
            let place = TaskPlace { centre_id: None, unit_id: uuid::Uuid::nil().into(), name: name.into() };
            let due = due.map(|due| due.parse().unwrap());
            Task::of(kind, place, (None, due), ("/v1/plans/1".into(), TaskAct::post("/v1/plans/1/submit")), today)
        };
        let mut tasks = [
            task(TaskKind::SubmitPlan, "An", None),
            task(TaskKind::SubmitPlan, "Bình", Some("2019-02-10")),
            task(TaskKind::SubmitPlan, "Ân", Some("2019-02-10")),
            task(TaskKind::WriteReport, "An", Some("2019-02-10")),
            task(TaskKind::SubmitPlan, "An", Some("2019-01-31")),
        ];
        tasks.sort_by_key(|task| comparable(&task.order()));
        let shown: Vec<_> = tasks.iter().map(|task| (task.kind, task.name.as_str(), task.days_late)).collect();
        assert_eq!(
            shown,
            [
                (TaskKind::SubmitPlan, "An", Some(10)),
                (TaskKind::WriteReport, "An", None),
                (TaskKind::SubmitPlan, "Ân", None),
                (TaskKind::SubmitPlan, "Bình", None),
                (TaskKind::SubmitPlan, "An", None),
            ]
        );
        assert!(tasks.iter().all(|task| task.is_overdue == task.days_late.is_some()));
    }
}
