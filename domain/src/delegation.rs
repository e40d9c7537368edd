//! Leave to act for somebody: given by the person themselves or by whoever manages their account, for a time, for
//! reading only unless it says otherwise. Whoever acts stays named beside the person in the audit trail, and both
//! count in the separation of duties.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::id::{DelegationId, UserId};
use crate::problem::{Faults, Result};
use crate::user::plain;

/// The longest leave.
pub const LONGEST: TimeDelta = TimeDelta::days(31);

/// Leave to act for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delegation {
    /// Identity.
    pub id: DelegationId,
    /// For whom.
    pub user_id: UserId,
    /// Who acts.
    pub delegate_id: UserId,
    /// Whether nothing may be changed with it.
    pub read_only: bool,
    /// Why it was given.
    #[schema(example = "Nghỉ phép năm")]
    pub reason: String,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    pub valid_until: DateTime<Utc>,
    /// When it was taken back.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

impl Delegation {
    /// Whether it holds at a moment.
    pub fn holds_at(&self, at: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.valid_from <= at && at < self.valid_until
    }
}

/// Leave to be given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateDelegation {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<DelegationId>,
    /// Who is to act, by the name they sign in with: somebody of the same tenant.
    #[validate(length(max = 64))]
    #[schema(example = "tran.van.binh", max_length = 64)]
    pub delegate_username: String,
    /// Whether nothing may be changed with it; so when left out.
    #[serde(default = "yes")]
    pub read_only: bool,
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = "plain"))]
    #[schema(example = "Nghỉ phép năm", min_length = 1, max_length = 500)]
    pub reason: String,
    /// From when; now when left out.
    #[serde(default)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; at most 31 days after it begins.
    pub valid_until: DateTime<Utc>,
}

fn yes() -> bool {
    true
}

impl CreateDelegation {
    /// The leave as it is given by somebody at a moment, to the delegate who was found under the name.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn give(self, id: DelegationId, user_id: UserId, delegate_id: UserId, now: DateTime<Utc>) -> Result<Delegation> {
        let mut faults = Faults::default();
        let valid_from = self.valid_from.unwrap_or(now);
        faults.check(
            delegate_id != user_id,
            "/delegate_username",
            "not_oneself",
            "Không ủy quyền cho chính mình.",
            "Nobody acts for themselves.",
        );
        faults.check(
            valid_from < self.valid_until && now < self.valid_until,
            "/valid_until",
            "dates_in_order",
            "Thời điểm kết thúc phải sau thời điểm bắt đầu và sau bây giờ.",
            "The end must come after the beginning, and after now.",
        );
        faults.check(
            self.valid_until - valid_from <= LONGEST,
            "/valid_until",
            "at_most_31_days",
            "Ủy quyền dài nhất là 31 ngày; hết hạn thì lập lại.",
            "Leave to act lasts 31 days at most; give it again after that.",
        );
        faults.into_result()?;
        Ok(Delegation {
            id: self.id.unwrap_or(id),
            user_id,
            delegate_id,
            read_only: self.read_only,
            reason: self.reason,
            valid_from,
            valid_until: self.valid_until,
            ended_at: None,
            created_at: now,
        })
    }
}
