//! People who sign in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::access::{CreateGrant, Grant};
use crate::id::{ProvinceId, UserId};
use crate::text::is_plain;

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// The tenant; the nil UUID for national accounts.
    pub province_id: ProvinceId,
    /// The name they sign in with: lower-case letters, digits, `.`, `_`, `-`.
    #[schema(example = "nguyen.thi.lan")]
    pub username: String,
    /// What they are called.
    #[schema(example = "Nguyễn Thị Lan")]
    pub display_name: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Their roles.
    pub grants: Vec<Grant>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

/// A user to be made, with the roles they start with.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<UserId>,
    /// 3 to 64 of: lower-case letters, digits, `.`, `_`, `-`; starts with a letter.
    #[validate(custom(function = "username"))]
    #[schema(example = "nguyen.thi.lan", pattern = "^[a-z][a-z0-9._-]{2,63}$")]
    pub username: String,
    /// What they are called.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Nguyễn Thị Lan", min_length = 1, max_length = 200)]
    pub display_name: String,
    /// The first password, 12 to 128 characters.
    #[validate(length(min = 12, max = 128), custom(function = "plain"))]
    #[schema(min_length = 12, max_length = 128, format = Password)]
    pub password: String,
    /// Roles given at once.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub grants: Vec<CreateGrant>,
}

/// Changes to a user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchUser {
    /// What they are called.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub display_name: Option<String>,
    /// Whether they may sign in; taking it away signs them out everywhere.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[schema(value_type = bool, required = false)]
    pub active: Option<bool>,
}

fn username(name: &str) -> Result<(), ValidationError> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
    let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if starts && rest && (3..=64).contains(&name.len()) { Ok(()) } else { Err(ValidationError::new("username")) }
}

/// For validators: a name is more than blanks, and holds no control characters.
pub fn named(text: &str) -> Result<(), ValidationError> {
    if !text.is_empty() && text.trim().is_empty() { Err(ValidationError::new("blank")) } else { plain(text) }
}

/// For validators: the text holds no control characters.
pub fn plain(text: &str) -> Result<(), ValidationError> {
    if is_plain(text) { Ok(()) } else { Err(ValidationError::new("plain")) }
}
