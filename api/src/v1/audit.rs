//! The audit trail.

use actix_web::get;
use chrono::{DateTime, Utc};
use htcd_domain::audit::AuditRecord;
use htcd_domain::id::{ServiceAccountId, UserId};
use htcd_persistence::audit::{self, AuditFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Answer, Page};
use crate::extract::{Params, page_size, read_cursor, write_cursor};
use crate::permit::{AuditRead, Permit};
use crate::problem::Refusal;

/// Which records a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAuditRecords {
    /// About this kind of thing: `centre`, `rating` …
    #[param(example = "rating", max_length = 40)]
    subject: Option<String>,
    /// About this thing.
    #[param(max_length = 60)]
    subject_id: Option<String>,
    /// By this user, in their own right or acting for somebody.
    user_id: Option<UserId>,
    /// By this service account.
    service_account_id: Option<ServiceAccountId>,
    /// By this operation.
    #[param(example = "submit_rating", max_length = 60)]
    operation: Option<String>,
    /// From this moment on.
    #[param(example = "2026-01-01T00:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[param(example = "2027-01-01T00:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Who changed what in one's own province, newest first. Records are chained by their hashes.
#[utoipa::path(tag = "audit", params(ListAuditRecords), responses((status = 200, description = "A page of records.", body = Page<AuditRecord>)), security(("oauth2" = ["audit:read"])))]
#[get("/v1/audit_records")]
pub async fn list_audit_records(permit: Permit<AuditRead>, Params(params): Params<ListAuditRecords>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let before: Option<i64> = read_cursor(params.cursor.as_deref())?;
    let filter = AuditFilter {
        subject_id: params.subject_id,
        subject: params.subject,
        user_id: params.user_id,
        service_account_id: params.service_account_id,
        operation: params.operation,
        from: params.from,
        to: params.to,
    };
    // A filter that few records meet is searched for in all of them.
    permit
        .report(move |_, tx| {
            let records = audit::page(tx, &filter, before, limit + 1)?;
            Ok(Answer::json(&Page::new(records, limit, |record: &AuditRecord| write_cursor(&record.seq))))
        })
        .await
}
