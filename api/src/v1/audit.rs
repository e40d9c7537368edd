//! The audit trail.

use actix_web::get;
use chrono::{DateTime, Utc};
use htcd_domain::audit::AuditRecord;
use htcd_domain::id::{ServiceAccountId, UserId};
use htcd_domain::text::Label;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::Change;
use htcd_persistence::audit::{self, AuditFilter};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

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

/// Which records an export holds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportAuditRecords {
    /// After this place in the chain; from the beginning when left out.
    #[param(minimum = 0, example = 0)]
    after: Option<i64>,
    /// From this moment on.
    #[param(example = "2026-01-01T00:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    #[param(example = "2027-01-01T00:00:00Z")]
    to: Option<DateTime<Utc>>,
    /// At most so many, 1 to 10000; 10000 when left out.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<i64>,
    /// How it is written; JSON lines when left out.
    format: Option<AuditFormat>,
}

/// How an export of the audit trail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditFormat {
    /// A record on each line, with everything that its hash covers.
    JsonLines,
    /// A table for a spreadsheet.
    Csv,
}

/// The audit trail in the order of its chain, to be kept or checked elsewhere.
///
/// Ask for the next part with the last `seq` as `after`. That it was exported is put on record.
#[utoipa::path(tag = "audit", params(ExportAuditRecords), responses((status = 200, description = "The records.", content((String = "application/x-ndjson"), (String = "text/csv")))), security(("oauth2" = ["audit:read"])))]
#[get("/v1/audit_records/export")]
pub async fn export_audit_records(
    permit: Permit<AuditRead>,
    Params(params): Params<ExportAuditRecords>,
) -> Result<Answer, Refusal> {
    let limit = params.limit.unwrap_or(10_000);
    let after = params.after.unwrap_or(0);
    let out_of_range = |name, rule, vi, en| {
        let fault = Fault::query(name, rule, Label::fixed(vi, en));
        Refusal::from(Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) })
    };
    if !(1..=10_000).contains(&limit) {
        return Err(out_of_range("limit", "range", "Từ 1 đến 10.000.", "From 1 to 10,000."));
    }
    if after < 0 {
        return Err(out_of_range("after", "range", "Từ 0 trở lên.", "From 0 on."));
    }
    let filter = AuditFilter { from: params.from, to: params.to, ..AuditFilter::default() };
    let format = params.format.unwrap_or(AuditFormat::JsonLines);
    permit
        .write(move |permit, tx| {
            let records = audit::run(tx, &filter, after, limit)?;
            let (body, media, ending) = match format {
                AuditFormat::JsonLines => (json_lines(&records), "application/x-ndjson", "ndjson"),
                AuditFormat::Csv => (table(&records), "text/csv; charset=utf-8", "csv"),
            };
            let read = serde_json::json!({
                "read": "audit_records", "after": after, "last": records.last().map(|record| record.seq),
            });
            let tenant = permit.scope().province_id;
            let answer = Answer::bytes(body, media).file_name(format!("audit-{after}.{ending}"));
            Ok(Change { before: None, ..Change::updated(answer, "audit_records", tenant, &(), &read) })
        })
        .await
}

fn json_lines(records: &[AuditRecord]) -> Vec<u8> {
    let lines = records.iter().filter_map(|record| serde_json::to_string(record).ok());
    lines.flat_map(|line| line.into_bytes().into_iter().chain([b'\n'])).collect()
}

/// Cells that a spreadsheet would take for a formula begin with an apostrophe.
fn table(records: &[AuditRecord]) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut out);
        // Writing to memory does not fail.
        let _ = writer.write_record(COLUMNS);
        for record in records {
            let Ok(serde_json::Value::Object(members)) = serde_json::to_value(record) else { continue };
            let cell = |name: &&str| match members.get(*name) {
                Some(serde_json::Value::String(text)) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(serde_json::Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            };
            let _ = writer.write_record(COLUMNS.iter().map(cell));
        }
        let _ = writer.flush();
    }
    out
}

/// The columns of the table, in their order.
const COLUMNS: [&str; 18] = [
    "seq",
    "at",
    "user_id",
    "username",
    "acting_user_id",
    "acting_username",
    "service_account_id",
    "session_id",
    "operation",
    "subject",
    "subject_id",
    "before",
    "after",
    "reason",
    "request_id",
    "address",
    "previous_hash",
    "hash",
];
