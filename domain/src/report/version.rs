//! Versions that were handed in, and what became of each.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ReportAction, ReportSection, ReportStep};
use crate::id::UserId;

/// A version as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenReport {
    /// 1, 2, 3 …
    pub version: i64,
    /// The last day whose records it counts.
    pub cut_off: NaiveDate,
    /// When it was handed in.
    pub submitted_at: DateTime<Utc>,
    /// By whom, or in whose right.
    pub user_id: UserId,
    /// Who acted on their behalf.
    pub acting_user_id: Option<UserId>,
    /// Of the document.
    pub sha256: String,
    /// All of it, as canonical JSON.
    pub document: String,
}

/// A version that was handed in, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportVersion {
    /// 1, 2, 3 …
    #[schema(example = 1)]
    pub version: i64,
    /// The last day whose records it counts.
    pub cut_off: NaiveDate,
    /// When it was handed in.
    pub submitted_at: DateTime<Utc>,
    /// By whom, or in whose right.
    pub submitted_by: UserId,
    /// Who acted on their behalf; `null` when they acted themselves.
    pub acting_user_id: Option<UserId>,
    /// SHA-256 of its document in JSON, as `GET …/document?version=…&format=json` gives it.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// Whether it was returned or accepted; `null` while it waits.
    pub outcome: Option<ReportAction>,
    /// When.
    pub outcome_at: Option<DateTime<Utc>>,
    /// By whom.
    pub outcome_by: Option<UserId>,
    /// Why it was returned.
    pub reason: Option<String>,
    /// The sections that the return names.
    pub sections: Vec<ReportSection>,
}

impl ReportVersion {
    /// A version with what became of it by the steps of its report.
    pub fn of(frozen: &FrozenReport, steps: &[ReportStep]) -> Self {
        let is_outcome = |step: &&ReportStep| {
            step.version == Some(frozen.version) && matches!(step.action, Some(ReportAction::Return | ReportAction::Accept))
        };
        let outcome = steps.iter().find(is_outcome);
        Self {
            version: frozen.version,
            cut_off: frozen.cut_off,
            submitted_at: frozen.submitted_at,
            submitted_by: frozen.user_id,
            acting_user_id: frozen.acting_user_id,
            sha256: frozen.sha256.clone(),
            outcome: outcome.and_then(|step| step.action),
            outcome_at: outcome.map(|step| step.at),
            outcome_by: outcome.map(|step| step.user_id),
            reason: outcome.and_then(|step| step.reason.clone()),
            sections: outcome.map(|step| step.sections.clone()).unwrap_or_default(),
        }
    }
}
