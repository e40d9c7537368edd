//! More time for something that is due: who granted it, why, and until when. Withdrawn, never removed.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use validator::Validate;

use crate::Coded;
use crate::calendar::{Due, DueKind};
use crate::centre::is_plausible;
use crate::duties::Hand;
use crate::id::{CentreId, ExtensionId, UnitId, UserId};
use crate::period::date_in_viet_nam;
use crate::problem::{Code, Faults, Problem, Result};
use crate::record::{Holder, Record};
use crate::user::named;

/// Who granted an extension, and what became of it: set by the acts on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExtensionCourse {
    /// Who granted it, or in whose right.
    pub granted_by: UserId,
    /// Who acted on their behalf; `null` when they acted themselves.
    pub granted_acting_by: Option<UserId>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// By whom.
    pub withdrawn_by: Option<UserId>,
    /// Why.
    pub withdrawal_reason: Option<String>,
}

impl ExtensionCourse {
    /// As it is granted.
    pub fn granted(by: Hand) -> Self {
        Self {
            granted_by: by.user_id,
            granted_acting_by: by.acting_user_id,
            withdrawn_at: None,
            withdrawn_by: None,
            withdrawal_reason: None,
        }
    }
}

impl Default for ExtensionCourse {
    fn default() -> Self {
        Self::granted(Hand::own(UserId(uuid::Uuid::nil())))
    }
}

/// More time for one thing of a year: of a centre, or of all centres of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<ExtensionId>,
    /// The centre; this or `unit_id`.
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// The commune, district or province all of whose centres have more time.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// For what.
    pub kind: DueKind,
    /// Of which year.
    #[validate(range(min = 1990, max = 2100))]
    #[schema(example = 2018, minimum = 1990, maximum = 2100)]
    pub year: i32,
    /// The last day in time.
    #[schema(example = "2019-02-28")]
    pub until: NaiveDate,
    /// Why.
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(example = "Xã bị lũ quét, trụ sở hư hỏng.", min_length = 1, max_length = 1000)]
    pub reason: String,
    /// Who granted it, and what became of it.
    #[serde(flatten, skip_deserializing)]
    #[schema(ignore)]
    pub course: ExtensionCourse,
}

impl Extension {
    /// Whether it held on a day, as it was granted at a moment.
    pub fn holds_on(&self, granted_at: DateTime<Utc>, day: NaiveDate) -> bool {
        date_in_viet_nam(granted_at) <= day && self.course.withdrawn_at.is_none_or(|at| day < date_in_viet_nam(at))
    }

    /// It gives more time than there is.
    ///
    /// # Errors
    /// `rule_broken` at the day.
    pub fn check_gives(&self, due: Option<Due>) -> Result<()> {
        let Some(due) = due.filter(|due| self.until <= due.on) else { return Ok(()) };
        let label = self.kind.label();
        Err(Problem::rule(
            "/until",
            "later_than_due",
            format!("Hạn của {} năm {} đã là ngày {}.", label.vi, self.year, due.on.format("%d/%m/%Y")),
            format!("The {} of {} is due on {} anyway.", label.en, self.year, due.on),
        ))
    }

    /// The extension once it is withdrawn.
    ///
    /// # Errors
    /// `state_conflict` where it was already.
    pub fn withdrawn(&self, by: UserId, at: DateTime<Utc>, reason: String) -> Result<Self> {
        if self.course.withdrawn_at.is_some() {
            let (vi, en) = ("Gia hạn này đã được thu hồi.", "The extension has been withdrawn already.");
            return Err(Problem::new(Code::StateConflict).detail(vi, en));
        }
        let course = ExtensionCourse {
            withdrawn_at: Some(at),
            withdrawn_by: Some(by),
            withdrawal_reason: Some(reason),
            ..self.course.clone()
        };
        Ok(Self { course, ..self.clone() })
    }
}

impl Record for Extension {
    type Id = ExtensionId;
    const SUBJECT: &'static str = "extension";
    const PLURAL: &'static str = "extensions";
    const NAME: (&'static str, &'static str) = ("gia hạn", "extension");

    fn own_id(&self) -> Option<ExtensionId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            is_plausible(self.until, today),
            "/until",
            "plausible_date",
            "Ngày phải từ năm 1990 và không quá một năm tới.",
            "The day must lie between 1990 and a year from now.",
        );
    }

    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        ExtensionCourse::schemas(schemas);
        crate::record::members_of::<ExtensionCourse>()
    }
}

/// The withdrawal of an extension.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WithdrawExtension {
    /// Why.
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(example = "Cấp nhầm trung tâm.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_from_the_day_it_was_granted_to_the_day_before_it_was_withdrawn() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let granted = Extension {
            id: None,
            centre_id: Some(uuid::Uuid::nil().into()),
            unit_id: None,
            kind: DueKind::AnnualReport,
            year: 2018,
            until: "2019-02-28".parse().unwrap(),
            reason: "Lũ quét".into(),
            course: ExtensionCourse::default(),
        };
        // 00:30 on 21 January in Viet Nam.
        let since = at("2019-01-20T17:30:00Z");
        let holds = |it: &Extension, day: &str| it.holds_on(since, day.parse().unwrap());
        assert_eq!(
            (holds(&granted, "2019-01-20"), holds(&granted, "2019-01-21"), holds(&granted, "2030-01-01")),
            (false, true, true)
        );
        let by = UserId(uuid::Uuid::from_u128(1));
        let withdrawn = granted.withdrawn(by, at("2019-01-31T00:00:00Z"), "Nhầm".into()).unwrap();
        assert_eq!((holds(&withdrawn, "2019-01-30"), holds(&withdrawn, "2019-01-31")), (true, false));
        assert_eq!(withdrawn.withdrawn(by, at("2019-02-01T00:00:00Z"), "x".into()).unwrap_err().code, Code::StateConflict);
        let due = |on: &str| Some(Due { on: on.parse().unwrap(), source: crate::calendar::DueSource::Rule });
        for (due, gives) in [(None, true), (due("2019-02-27"), true), (due("2019-02-28"), false)] {
            assert_eq!(granted.check_gives(due).is_ok(), gives);
        }
    }
}
