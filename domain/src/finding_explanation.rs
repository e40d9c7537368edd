//! Explanations of findings: what stands behind one, until its cause is remedied. They take no finding away.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::is_plausible;
use crate::finding::FindingCode;
use crate::id::{CentreId, FindingExplanationId};
use crate::problem::{Faults, Problem};
use crate::record::{Holder, Record};
use crate::user::named;

/// An explanation of what was found at a centre. It shows with the finding that stood on the day it was given, as long as that one
/// stands; of one that comes back later it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FindingExplanation {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<FindingExplanationId>,
    /// The centre.
    pub centre_id: CentreId,
    /// What was found.
    pub code: FindingCode,
    /// What stands behind it, and what is being done.
    #[validate(length(min = 1, max = 2000), custom(function = "named"))]
    #[schema(example = "Phó giám đốc chuyển công tác, đã đề nghị bổ nhiệm người thay.", min_length = 1, max_length = 2000)]
    pub explanation: String,
    /// Who answers for it: name and post.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Nguyễn Văn An, Giám đốc trung tâm", min_length = 1, max_length = 200)]
    pub explained_by: String,
    /// The day on which it was given; the finding stood then.
    #[schema(example = "2018-06-01")]
    pub explained_on: NaiveDate,
    /// The last day on which it is good; as long as the finding stands when left out.
    #[serde(default)]
    #[schema(example = "2018-12-31")]
    pub valid_until: Option<NaiveDate>,
}

impl FindingExplanation {
    /// The refusal of an explanation of what was not found on its day.
    pub fn unfounded(&self) -> Problem {
        use crate::Coded as _;
        let label = self.code.label();
        let day = self.explained_on;
        Problem::rule(
            "/code",
            "finding_stands",
            format!(
                "Vào ngày {} trung tâm không có phát hiện «{}»; không có gì để giải trình.",
                day.format("%d/%m/%Y"),
                label.vi
            ),
            format!("On {day} there was no finding “{}” at the centre; there is nothing to explain.", label.en),
        )
    }
}

impl Record for FindingExplanation {
    type Id = FindingExplanationId;
    const SUBJECT: &'static str = "finding_explanation";
    const PLURAL: &'static str = "finding_explanations";
    const NAME: (&'static str, &'static str) = ("giải trình", "explanation");
    const FIXED: &'static [&'static str] = &["centre_id", "code"];

    fn own_id(&self) -> Option<FindingExplanationId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            is_plausible(self.explained_on, today) && self.explained_on <= today,
            "/explained_on",
            "plausible_date",
            "Ngày giải trình phải từ năm 1990 và không sau hôm nay.",
            "The day of an explanation lies between 1990 and today.",
        );
        faults.check(
            self.valid_until.is_none_or(|until| self.explained_on <= until),
            "/valid_until",
            "dates_in_order",
            "Ngày hết hiệu lực không được trước ngày giải trình.",
            "The last day must not come before the day of the explanation.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_given_by_today_and_runs_forward() {
        let rules = |on: &str, until: Option<&str>| {
            let it = FindingExplanation {
                id: None,
                centre_id: uuid::Uuid::nil().into(),
                code: FindingCode::PostVacant,
                explanation: "Đã đề nghị bổ nhiệm.".into(),
                explained_by: "Giám đốc".into(),
                explained_on: on.parse().unwrap(),
                valid_until: until.map(|day| day.parse().unwrap()),
            };
            let mut faults = Faults::default();
            it.check(&mut faults, "2026-11-22".parse().unwrap());
            let problem = faults.into_result().err();
            problem.into_iter().flat_map(|problem| problem.faults).map(|fault| fault.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules("2026-11-22", Some("2026-11-22")), Vec::<&str>::new());
        assert_eq!(rules("2026-11-23", None), ["plausible_date"]);
        assert_eq!(rules("1989-12-31", None), ["plausible_date"]);
        assert_eq!(rules("2026-11-22", Some("2026-11-21")), ["dates_in_order"]);
    }
}
