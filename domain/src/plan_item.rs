//! Items of a plan: what is to be held in which month, for how many, where and under whom.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use validator::Validate;

use crate::Coded;
use crate::activity::{Activity, Category};
use crate::id::{CentreId, PlanId, PlanItemId, SurveyTopicId};
use crate::plan::{Plan, PlanState};
use crate::problem::{Faults, Problem, Result};
use crate::record::{Holder, Record};
use crate::survey::SurveyTopic;
use crate::user::{named, plain};

/// Where an item comes from: set by the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemOrigin {
    /// The centre of its plan.
    pub centre_id: CentreId,
    /// In a revision: the item of the revised plan that it goes on from. What was done for that one counts for it too.
    pub continues_id: Option<PlanItemId>,
}

impl Default for ItemOrigin {
    fn default() -> Self {
        Self { centre_id: CentreId(uuid::Uuid::nil()), continues_id: None }
    }
}

/// What an item is to reach; blank is no target, not a target of zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Classes or themes (lớp, chuyên đề).
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 2, minimum = 0, maximum = 1_000_000)]
    pub classes: Option<i64>,
    /// Sessions (buổi).
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 2, minimum = 0, maximum = 1_000_000)]
    pub sessions: Option<i64>,
    /// Participations (lượt người).
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 100, minimum = 0, maximum = 10_000_000)]
    pub participations: Option<i64>,
}

/// An item of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlanItem {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<PlanItemId>,
    /// The plan.
    pub plan_id: PlanId,
    /// The month of the plan's year.
    #[validate(range(min = 1, max = 12))]
    #[schema(example = 3, minimum = 1, maximum = 12)]
    pub month: i32,
    /// The national category.
    pub category: Category,
    /// The province's own category below it.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 40)]
    pub sub_category: Option<String>,
    /// What it is about.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Luật Đất đai: những điều người dân cần biết", min_length = 1, max_length = 300)]
    pub title: String,
    /// The topic of the plan's survey that it answers.
    #[serde(default)]
    pub survey_topic_id: Option<SurveyTopicId>,
    /// What it is to reach.
    #[serde(default)]
    #[validate(nested)]
    pub targets: Targets,
    /// Where it is to be held.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Nhà văn hóa khu Kim Thành", max_length = 200)]
    pub place: Option<String>,
    /// Who leads it: an organisation or an officer.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Tư pháp phường", max_length = 200)]
    pub lead: Option<String>,
    /// What it is estimated to cost, in VND.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub estimated_cost_vnd: Option<i64>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Where it comes from.
    #[serde(flatten, skip_deserializing)]
    #[schema(ignore)]
    pub origin: ItemOrigin,
}

impl Record for PlanItem {
    type Id = PlanItemId;
    const SUBJECT: &'static str = "plan_item";
    const PLURAL: &'static str = "plan_items";
    const NAME: (&'static str, &'static str) = ("mục kế hoạch", "plan item");
    const FIXED: &'static [&'static str] = &["plan_id"];

    fn own_id(&self) -> Option<PlanItemId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.origin.centre_id))
    }

    fn check(&self, _: &mut Faults, _: NaiveDate) {}

    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        ItemOrigin::schemas(schemas);
        crate::record::members_of::<ItemOrigin>()
    }
}

/// What items of a plan stand for, under their own ids and those of the items that they go on from. `continued` says, of
/// every item of the centre's plans of the year, which one it goes on from.
pub fn lineage<V: Copy>(
    items: impl IntoIterator<Item = (PlanItemId, V)>,
    continued: &HashMap<PlanItemId, PlanItemId>,
) -> HashMap<PlanItemId, V> {
    let mut found = HashMap::new();
    for (item, value) in items {
        let mut id = Some(item);
        while let Some(known) = id.filter(|id| !found.contains_key(id)) {
            found.insert(known, value);
            id = continued.get(&known).copied();
        }
    }
    found
}

impl PlanItem {
    /// An item answers a topic of its own category.
    ///
    /// # Errors
    /// `rule_broken` at the category.
    pub fn check_topic(&self, topic: &SurveyTopic) -> Result<()> {
        if topic.category == self.category {
            return Ok(());
        }
        let asked = topic.category.label();
        Err(Problem::rule(
            "/category",
            "category_of_topic",
            format!("Chủ đề «{}» thuộc nhóm «{}»; mục kế hoạch đáp ứng chủ đề thì cùng nhóm.", topic.title, asked.vi),
            format!("The topic “{}” is one of “{}”; an item that answers it has its category.", topic.title, asked.en),
        ))
    }

    /// An activity carries out an item of the approved plan of its own year and centre, in the item's category; a different
    /// month is fine. One that named the item before (`is_kept`) goes on naming it when the plan was revised meanwhile.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_activity(&self, plan: &Plan, activity: &Activity, is_kept: bool) -> Result<()> {
        let mut faults = Faults::default();
        let is_in_force = plan.course.state == PlanState::Approved || (is_kept && plan.course.state.was_approved());
        faults.check(
            is_in_force,
            "/plan_item_id",
            "plan_approved",
            "Hoạt động chỉ gắn với mục của kế hoạch đang có hiệu lực (đã phê duyệt, chưa được thay bằng bản điều chỉnh).",
            "An activity carries out an item of the plan in force: approved, and not replaced by a revision.",
        );
        faults.check(
            activity.category == self.category,
            "/category",
            "category_of_plan_item",
            "Nhóm nội dung của hoạt động phải trùng với mục kế hoạch.",
            "The activity's category is that of the plan item.",
        );
        if activity.starts_on.year() != plan.year {
            faults.push(crate::Fault::body(
                "/starts_on",
                "day_in_plan_year",
                crate::text::Label::new(
                    format!("Ngày bắt đầu phải nằm trong năm {} của kế hoạch (tháng có thể khác).", plan.year),
                    format!("The first day lies in {}, the plan's year; the month may differ.", plan.year),
                ),
            ));
        }
        faults.into_result()
    }

    /// The refusal of an item that is not one of the centre's.
    pub fn not_of_centre() -> Problem {
        Problem::rule(
            "/plan_item_id",
            "plan_item_of_centre",
            "Không có mục kế hoạch này trong kế hoạch của trung tâm.",
            "The centre's plans have no such item.",
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::PlanCourse;

    #[test]
    fn an_activity_fits_its_item_by_state_category_and_year() {
        use PlanState as S;
        let id = uuid::Uuid::nil();
        let item: PlanItem =
            serde_json::from_value(json!({ "plan_id": id, "month": 3, "category": "law", "title": "Luật Đất đai" })).unwrap();
        let plan = |state| {
            let plan: Plan = serde_json::from_value(json!({ "centre_id": id, "year": 2018, "title": "Kế hoạch" })).unwrap();
            Plan { course: PlanCourse { state, ..PlanCourse::default() }, ..plan }
        };
        let activity = |category: &str, day: &str| -> Activity {
            serde_json::from_value(json!({ "centre_id": id, "category": category, "title": "Luật", "form": "theme",
                "role": "organiser", "starts_on": day, "ends_on": day }))
            .unwrap()
        };
        let cases: [(S, &str, &str, bool, &[&str]); 10] = [
            (S::Approved, "law", "2018-03-14", false, &[]),
            (S::Approved, "law", "2018-11-02", false, &[]),
            (S::Approved, "law", "2017-12-31", false, &["day_in_plan_year"]),
            (S::Approved, "law", "2019-01-01", true, &["day_in_plan_year"]),
            (S::Approved, "health", "2018-03-14", false, &["category_of_plan_item"]),
            (S::Draft, "law", "2018-03-14", false, &["plan_approved"]),
            (S::Submitted, "law", "2018-03-14", true, &["plan_approved"]),
            (S::Superseded, "law", "2018-03-14", false, &["plan_approved"]),
            (S::Superseded, "law", "2018-03-14", true, &[]),
            (S::Returned, "health", "2019-03-14", false, &["plan_approved", "category_of_plan_item", "day_in_plan_year"]),
        ];
        for (state, category, day, is_kept, rules) in cases {
            let found = item.check_activity(&plan(state), &activity(category, day), is_kept);
            let found = found.err().map_or(vec![], |problem| problem.faults);
            assert_eq!(found.iter().map(|fault| fault.rule).collect::<Vec<_>>(), rules, "{state} {category} {day} {is_kept}");
        }
    }
}
