//! Literacy classes. Their learners are assessed one by one (Circular 10/2022/TT-BGDĐT), so that a class tells more than how
//! many came: who was enrolled, and who completed the phase.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::activity::check_days;
use crate::id::{CentreId, LiteracyClassId, SiteId};
use crate::problem::Faults;
use crate::record::{Holder, Record};
use crate::user::{named, plain};

coded! {
    /// What a literacy class teaches (Circular 10/2022/TT-BGDĐT).
    pub enum LiteracyLevel in "literacy_level" {
        /// Xóa mù chữ giai đoạn 1.
        PhaseOne = "phase_1" ("xóa mù chữ giai đoạn 1", "literacy, phase 1"),
        /// Xóa mù chữ giai đoạn 2.
        PhaseTwo = "phase_2" ("xóa mù chữ giai đoạn 2", "literacy, phase 2"),
        /// Giáo dục tiếp tục sau biết chữ.
        PostLiteracy = "post_literacy" ("giáo dục tiếp tục sau biết chữ", "post-literacy"),
    }
}

/// A literacy class (lớp xóa mù chữ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LiteracyClass {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<LiteracyClassId>,
    /// The centre.
    pub centre_id: CentreId,
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Lớp xóa mù chữ khu Kim Thành", min_length = 1, max_length = 200)]
    pub title: String,
    /// What it teaches.
    pub level: LiteracyLevel,
    /// The site where it is held.
    #[serde(default)]
    pub site_id: Option<SiteId>,
    /// First day.
    #[schema(example = "2018-02-01")]
    pub started_on: NaiveDate,
    /// Last day; `null` while it goes on.
    #[serde(default)]
    pub ended_on: Option<NaiveDate>,
    /// Learners who were enrolled: people, not participations.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 18, minimum = 0, maximum = 1_000_000)]
    pub enrolled: i64,
    /// Of these, women and girls.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 11, minimum = 0, maximum = 1_000_000)]
    pub enrolled_female: Option<i64>,
    /// Of these, people of ethnic minorities.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub enrolled_ethnic_minority: Option<i64>,
    /// Of these, people from 15 to 60 years of age.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub enrolled_from_15_to_60: Option<i64>,
    /// Learners who completed phase 1; only of a class of that phase, so that nobody is counted in two classes.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub completed_phase_1: Option<i64>,
    /// Learners who completed phase 2; only of a class of that phase.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub completed_phase_2: Option<i64>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Record for LiteracyClass {
    type Id = LiteracyClassId;
    const SUBJECT: &'static str = "literacy_class";
    const PLURAL: &'static str = "literacy_classes";
    const NAME: (&'static str, &'static str) = ("lớp xóa mù chữ", "literacy class");

    fn own_id(&self) -> Option<LiteracyClassId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_days(faults, "/started_on", self.started_on, "/ended_on", self.ended_on, today);
        let parts = [
            ("/enrolled_female", self.enrolled_female),
            ("/enrolled_ethnic_minority", self.enrolled_ethnic_minority),
            ("/enrolled_from_15_to_60", self.enrolled_from_15_to_60),
            ("/completed_phase_1", self.completed_phase_1),
            ("/completed_phase_2", self.completed_phase_2),
        ];
        for (pointer, part) in parts {
            faults.check(
                part.is_none_or(|part| part <= self.enrolled),
                pointer,
                "part_of_enrolled",
                "Số này không thể lớn hơn số học viên của lớp. Không biết thì để trống, đừng ghi 0.",
                "This is not more than the learners enrolled. Leave it blank where it is not known; blank is not 0.",
            );
        }
        for (pointer, completed, level) in [
            ("/completed_phase_1", self.completed_phase_1, LiteracyLevel::PhaseOne),
            ("/completed_phase_2", self.completed_phase_2, LiteracyLevel::PhaseTwo),
        ] {
            faults.check(
                completed.is_none() || self.level == level,
                pointer,
                "phase_of_level",
                "Chỉ lớp của giai đoạn đó mới ghi số người hoàn thành giai đoạn, để không tính một người hai lần.",
                "Only a class of the phase says how many completed it, so that nobody is counted twice.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_class_counts_parts_of_its_learners_and_only_its_own_phase() {
        let table: [(Value, &[&str]); 12] = [
            (json!({ "level": "phase_1", "enrolled": 18 }), &[]),
            (json!({ "level": "phase_1", "enrolled": 18, "enrolled_female": 18, "completed_phase_1": 18 }), &[]),
            (json!({ "level": "phase_1", "enrolled": 18, "enrolled_female": 19 }), &["part_of_enrolled"]),
            (json!({ "level": "phase_1", "enrolled": 18, "enrolled_ethnic_minority": 19 }), &["part_of_enrolled"]),
            (json!({ "level": "phase_1", "enrolled": 18, "enrolled_from_15_to_60": 19 }), &["part_of_enrolled"]),
            (json!({ "level": "phase_1", "enrolled": 18, "completed_phase_1": 19 }), &["part_of_enrolled"]),
            (json!({ "level": "phase_2", "enrolled": 18, "completed_phase_2": 0 }), &[]),
            (json!({ "level": "phase_2", "enrolled": 18, "completed_phase_2": 19 }), &["part_of_enrolled"]),
            (json!({ "level": "phase_1", "enrolled": 18, "completed_phase_2": 3 }), &["phase_of_level"]),
            (json!({ "level": "phase_2", "enrolled": 18, "completed_phase_1": 3 }), &["phase_of_level"]),
            (
                json!({ "level": "post_literacy", "enrolled": 18, "completed_phase_1": 0, "completed_phase_2": 0 }),
                &["phase_of_level", "phase_of_level"],
            ),
            (json!({ "level": "phase_1", "enrolled": 18, "ended_on": "2018-01-31" }), &["dates_in_order"]),
        ];
        for (members, rules) in table {
            let mut body = json!({ "centre_id": uuid::Uuid::nil(), "title": "Lớp", "started_on": "2018-02-01" });
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let class: LiteracyClass = serde_json::from_value(body).unwrap();
            let mut faults = Faults::default();
            class.check(&mut faults, "2026-11-22".parse().unwrap());
            let found = faults.into_result().err().map_or(vec![], |problem| problem.faults);
            assert_eq!(found.iter().map(|fault| fault.rule).collect::<Vec<_>>(), rules, "{members}");
        }
    }
}
