//! Service accounts: programs that sign in by themselves (OAuth 2.0 client credentials, RFC 6749 section 4.4) with a part
//! of their owner's rights, never more than the owner holds at that moment.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::access::{Caller, Permission};
use crate::id::{ServiceAccountId, ServiceSecretId, UserId};
use crate::problem::{Fault, Faults, Result};
use crate::text::Label;
use crate::user::named;

/// How many secrets are good at a time: the old one and the new one, while a program changes over.
pub const SECRETS_AT_A_TIME: usize = 2;

/// The longest life of an account before it has to be renewed.
pub const LONGEST: TimeDelta = TimeDelta::days(731);

/// A program that signs in by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceAccount {
    /// Identity.
    pub id: ServiceAccountId,
    /// The `client_id` to sign in with.
    #[schema(example = "0190a6b47c1e7d339f004b1d5a7e2c110190a6b47c1e7d339f004b1d5a7e2c12")]
    pub client_id: String,
    /// In whose right it acts.
    pub owner_id: UserId,
    /// What it is called.
    #[schema(example = "Cổng dữ liệu Sở GD&ĐT")]
    pub name: String,
    /// What it may do, as far as its owner may.
    pub permissions: BTreeSet<Permission>,
    /// From which networks it may come (CIDR); from anywhere when empty.
    #[schema(value_type = Vec<String>, example = json!(["203.0.113.0/24"]))]
    pub networks: Vec<String>,
    /// Whether it may sign in.
    pub active: bool,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it last got a token; to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Its secrets that are good.
    pub secrets: Vec<ServiceSecret>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A secret, without itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceSecret {
    /// Identity.
    pub id: ServiceSecretId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new secret. It is shown once: a repeated request is answered without it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewSecret {
    /// Identity.
    pub id: ServiceSecretId,
    /// The secret, in the first answer only.
    #[schema(example = "htcd_0b1c…")]
    pub secret: Option<String>,
}

/// An account that was just made, with its first secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreatedServiceAccount {
    /// The account.
    #[serde(flatten)]
    pub account: ServiceAccount,
    /// Its first secret.
    pub secret: NewSecret,
}

/// A service account to be made, in the right of whoever makes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateServiceAccount {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<ServiceAccountId>,
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Cổng dữ liệu Sở GD&ĐT", min_length = 1, max_length = 200)]
    pub name: String,
    /// What it may do: nothing that its owner may not.
    #[validate(length(min = 1))]
    #[schema(min_items = 1)]
    pub permissions: BTreeSet<Permission>,
    /// From which networks it may come (CIDR); from anywhere when left out.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "cidr"))]
    #[schema(max_items = 50, example = json!(["203.0.113.0/24"]))]
    pub networks: Vec<String>,
    /// Until when; at most 731 days.
    pub expires_at: DateTime<Utc>,
}

/// Changes to a service account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchServiceAccount {
    /// What it is called.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What it may do.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(min = 1))]
    #[schema(value_type = Vec<Permission>, required = false, min_items = 1)]
    pub permissions: Option<BTreeSet<Permission>>,
    /// From which networks it may come.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(max = 50), custom(function = "cidr"))]
    #[schema(value_type = Vec<String>, required = false, max_items = 50)]
    pub networks: Option<Vec<String>>,
    /// Whether it may sign in.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[schema(value_type = bool, required = false)]
    pub active: Option<bool>,
    /// Until when.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[schema(value_type = String, format = DateTime, required = false)]
    pub expires_at: Option<DateTime<Utc>>,
}

fn cidr(networks: &[String]) -> Result<(), ValidationError> {
    if networks.iter().all(|network| network.parse::<IpNet>().is_ok()) { Ok(()) } else { Err(ValidationError::new("network")) }
}

/// Whether an address lies in one of the networks; any does when there are none.
pub(crate) fn admits_from(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.is_empty() || networks.iter().any(|network| network.contains(&address))
}

impl ServiceAccount {
    /// Whether it may sign in at a moment, from an address.
    pub fn admits(&self, at: DateTime<Utc>, address: IpAddr) -> bool {
        self.active && at < self.expires_at && admits_from(&self.parsed_networks(), address)
    }

    /// Its networks, as they are compared.
    pub fn parsed_networks(&self) -> Vec<IpNet> {
        self.networks.iter().filter_map(|network| network.parse().ok()).collect()
    }

    /// Checks an account against its owner, as it is to be stored.
    ///
    /// # Errors
    /// `rule_broken` with each fault: a permission that the owner does not hold now, one that is for a person only, a
    /// life that is over or too long.
    pub fn check(&self, owner: &Caller, now: DateTime<Utc>, today: NaiveDate) -> Result<()> {
        let mut faults = Faults::default();
        for permission in &self.permissions {
            let (vi, en) = if !permission.is_for_programs() {
                ("chỉ dành cho chính người đó", "is for the person themselves")
            } else if !owner.may(*permission, today) {
                ("chủ tài khoản không có", "is not its owner's")
            } else {
                continue;
            };
            faults.push(Fault::body(
                "/permissions",
                "not_wider_than_owner",
                Label::new(format!("Quyền {permission} {vi}."), format!("The permission {permission} {en}.")),
            ));
        }
        faults.check(
            now < self.expires_at && self.expires_at - now <= LONGEST,
            "/expires_at",
            "at_most_731_days",
            "Hạn dùng phải ở tương lai và không quá 731 ngày.",
            "The account must end in the future, within 731 days.",
        );
        faults.into_result()
    }
}
