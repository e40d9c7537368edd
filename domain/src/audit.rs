//! The audit trail: one record for each change, chained by hashes per province.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::id::{ProvinceId, ServiceAccountId, SessionId, UserId};

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditRecord {
    /// Its place in the province's chain, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `null` for the command line.
    pub user_id: Option<UserId>,
    /// The name they sign in with, or `htcd` for the command line.
    #[schema(example = "nguyen.thi.lan")]
    pub username: String,
    /// The operation, by its id in the document.
    #[schema(example = "submit_rating")]
    pub operation: String,
    /// What was changed.
    #[schema(example = "rating")]
    pub subject: String,
    /// Which one.
    pub subject_id: String,
    /// What it was; canonical JSON text, `null` for something new.
    pub before: Option<String>,
    /// What it is now; canonical JSON text.
    pub after: Option<String>,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// The caller's network address.
    pub address: Option<String>,
    /// The hash of the record before, 64 hex digits; zeros for the first.
    pub previous_hash: String,
    /// SHA-256 over all other members with the chain's province, 64 hex digits.
    pub hash: String,
    /// The signing in whose token was used.
    pub session_id: Option<SessionId>,
    /// The service account whose token was used; `user_id` is its owner.
    pub service_account_id: Option<ServiceAccountId>,
    /// Who acted for `user_id`.
    pub acting_user_id: Option<UserId>,
    /// The name under which whoever acted signs in.
    pub acting_username: Option<String>,
}

/// The hash before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl AuditRecord {
    /// What the hash must be.
    pub fn expected_hash(&self, province: ProvinceId) -> String {
        let mut hasher = Sha256::new();
        let seq = self.seq.to_string();
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let user = self.user_id.map(|user| user.to_string());
        let parts = [
            Some(self.previous_hash.as_str()),
            Some(&*province.to_string()),
            Some(&seq),
            Some(&at),
            user.as_deref(),
            Some(&self.username),
            Some(&self.operation),
            Some(&self.subject),
            Some(&self.subject_id),
            self.before.as_deref(),
            self.after.as_deref(),
            self.reason.as_deref(),
            Some(&self.request_id),
            self.address.as_deref(),
        ]
        .map(|part| part.map(str::to_owned));
        // Members that came later count only where they are set, so that older records keep their hashes.
        let later = [
            ("session_id", self.session_id.map(|id| id.to_string())),
            ("service_account_id", self.service_account_id.map(|id| id.to_string())),
            ("acting_user_id", self.acting_user_id.map(|id| id.to_string())),
            ("acting_username", self.acting_username.clone()),
        ];
        let later = later.into_iter().filter_map(|(name, value)| value.map(|value| Some(format!("{name}={value}"))));
        for part in parts.into_iter().chain(later) {
            // Length first, so that no two records have the same bytes; absent differs from empty.
            match part {
                Some(text) => {
                    hasher.update((text.len() as u64 + 1).to_be_bytes());
                    hasher.update(text.as_bytes());
                }
                None => hasher.update(0u64.to_be_bytes()),
            }
        }
        hex::encode(hasher.finalize())
    }

    /// Whether the record follows on the one before and was not changed.
    pub fn is_sound(&self, province: ProvinceId, previous_seq: i64, previous_hash: &str) -> bool {
        self.seq == previous_seq + 1 && self.previous_hash == previous_hash && self.hash == self.expected_hash(province)
    }
}

/// JSON text with members in order, so that equal values have equal text.
pub fn canonical(value: &Value) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(members) => {
                let mut names: Vec<_> = members.iter().collect();
                names.sort_by_key(|(name, _)| *name);
                out.push('{');
                for (place, (name, member)) in names.into_iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    out.push_str(&Value::String(name.clone()).to_string());
                    out.push(':');
                    write(member, out);
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write(item, out);
                }
                out.push(']');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let mut out = String::new();
    write(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seq: i64, previous_hash: &str) -> AuditRecord {
        let mut record = AuditRecord {
            seq,
            at: DateTime::UNIX_EPOCH,
            user_id: None,
            username: "htcd".into(),
            operation: "submit_rating".into(),
            subject: "rating".into(),
            subject_id: "1".into(),
            before: None,
            after: Some("{}".into()),
            reason: None,
            request_id: "r".into(),
            address: None,
            previous_hash: previous_hash.into(),
            hash: String::new(),
            session_id: None,
            service_account_id: None,
            acting_user_id: None,
            acting_username: None,
        };
        record.hash = record.expected_hash(ProvinceId::NATION);
        record
    }

    #[test]
    fn a_changed_removed_or_reordered_record_is_found() {
        let first = record(1, GENESIS);
        let second = record(2, &first.hash);
        assert!(first.is_sound(ProvinceId::NATION, 0, GENESIS));
        assert!(second.is_sound(ProvinceId::NATION, 1, &first.hash));
        assert!(!second.is_sound(ProvinceId::NATION, 0, GENESIS), "the first was removed");
        let changed = AuditRecord { after: None, ..second.clone() };
        assert!(!changed.is_sound(ProvinceId::NATION, 1, &first.hash));
        assert!(!second.is_sound(ProvinceId(uuid::Uuid::max()), 1, &first.hash), "moved to another chain");
        let id = uuid::Uuid::max();
        for renamed in [
            AuditRecord { session_id: Some(id.into()), ..second.clone() },
            AuditRecord { service_account_id: Some(id.into()), ..second.clone() },
            AuditRecord { acting_user_id: Some(id.into()), ..second.clone() },
            AuditRecord { acting_username: Some("lan".into()), ..second.clone() },
        ] {
            assert!(!renamed.is_sound(ProvinceId::NATION, 1, &first.hash), "who did it counts");
        }
    }

    #[test]
    fn canonical_text_does_not_depend_on_the_order_of_members() {
        let a: Value = serde_json::from_str(r#"{"b":[1,{"z":null,"y":"x"}],"a":true}"#).unwrap();
        assert_eq!(canonical(&a), r#"{"a":true,"b":[1,{"y":"x","z":null}]}"#);
    }
}
