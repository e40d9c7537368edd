//! People who sign in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::access::{CreateGrant, Grant};
use crate::account::{CodePurpose, Delivery, UserStatus};
use crate::id::{IdentityId, ProvinceId, SessionId, UserId};
use crate::personal::{Email, Phone, Subject};
use crate::text::{is_honest_name, is_plain};

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
    /// Where the account stands.
    pub status: UserStatus,
    /// Where mail reaches them; masked here, in clear at `/v1/users/{user_id}/contact`.
    #[schema(value_type = Option<String>, example = "l***@s***.vn")]
    pub email: Option<Email>,
    /// Their telephone number; masked here, in clear at `/v1/users/{user_id}/contact`.
    #[schema(value_type = Option<String>, example = "***678")]
    pub phone: Option<Phone>,
    /// Their roles.
    pub grants: Vec<Grant>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When the person set their first password; `null` while the account is an invitation.
    pub activated_at: Option<DateTime<Utc>>,
}

impl User {
    /// A new account; an invitation until it is activated.
    pub fn new(id: UserId, province_id: ProvinceId, username: String, display_name: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            province_id,
            username,
            display_name,
            active: true,
            status: UserStatus::Invited,
            email: None,
            phone: None,
            grants: Vec::new(),
            created_at: now,
            activated_at: None,
        }
    }

    /// The same account with a password of its own since a moment.
    pub fn activated(mut self, at: DateTime<Utc>) -> Self {
        self.activated_at = Some(at);
        self.status = UserStatus::Active;
        self
    }
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
    #[validate(length(min = 1, max = 200), custom(function = "person_name"))]
    #[schema(example = "Nguyễn Thị Lan", min_length = 1, max_length = 200)]
    pub display_name: String,
    /// Where mail reaches them.
    #[serde(default)]
    #[validate(custom(function = "mail_address"))]
    #[schema(example = "lan@so.quangninh.vn", max_length = 254)]
    pub email: Option<String>,
    /// Their telephone number: digits, blanks, `+`, `-`, `.`.
    #[serde(default)]
    #[validate(custom(function = "phone_number"))]
    #[schema(example = "0912 345 678", pattern = "^\\+?[0-9][0-9 .-]{6,18}$")]
    pub phone: Option<String>,
    /// How the activation code reaches them.
    #[serde(default = "by_answer")]
    pub delivery: Delivery,
    /// Roles given at once.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub grants: Vec<CreateGrant>,
}

fn by_answer() -> Delivery {
    Delivery::Answer
}

/// A code to be handed over. It is shown once: a repeated request is answered without it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandedCode {
    /// What it is for.
    pub purpose: CodePurpose,
    /// How it reaches the person.
    pub delivery: Delivery,
    /// The code, when it is handed over and this is the first answer.
    #[schema(example = "7K3M-9QXT-0B2H-V6RD")]
    pub code: Option<String>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// A user who was invited.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InvitedUser {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// The code that activates it.
    pub activation: HandedCode,
}

/// A person's contact data, in clear.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    /// Who.
    pub user_id: UserId,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their telephone number.
    pub phone: Option<String>,
}

/// Who somebody is at another issuer of tokens, whose tokens are taken for theirs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UserIdentity {
    /// Identity.
    pub id: IdentityId,
    /// Who it is here.
    pub user_id: UserId,
    /// The issuer: the `iss` of its tokens.
    #[schema(example = "https://sso.quangninh.gov.vn/realms/giao-duc")]
    pub issuer: String,
    /// Who they are there: the `sub` of their tokens; only its end is shown.
    #[schema(value_type = String, example = "***7d33")]
    pub subject: Subject,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
}

/// An identity to be linked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateIdentity {
    /// The issuer: the `iss` of its tokens, to the letter; the one that this server takes tokens of when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 255), custom(function = "issuer_url"))]
    #[schema(
        example = "https://sso.quangninh.gov.vn/realms/giao-duc",
        pattern = "^https?://[!-~]+$",
        min_length = 1,
        max_length = 255
    )]
    pub issuer: Option<String>,
    /// Who they are there: the `sub` of their tokens, to the letter.
    #[validate(length(min = 1, max = 255), custom(function = "named"))]
    #[schema(example = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", min_length = 1, max_length = 255)]
    pub subject: String,
}

fn issuer_url(text: &str) -> Result<(), ValidationError> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_good = rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()));
    if is_good { Ok(()) } else { Err(ValidationError::new("issuer_url")) }
}

/// One signing in that is still good.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// Identity.
    pub id: SessionId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends if nothing ends it before.
    pub expires_at: DateTime<Utc>,
    /// From which address.
    pub address: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// When it was last refreshed.
    pub last_used_at: Option<DateTime<Utc>>,
    /// By what: `password`, `totp`, `recovery_code`.
    #[schema(example = "totp")]
    pub means: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Changes to a user.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchUser {
    /// What they are called.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(min = 1, max = 200), custom(function = "person_name"))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub display_name: Option<String>,
    /// Whether they may sign in; taking it away signs them out everywhere.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[schema(value_type = bool, required = false)]
    pub active: Option<bool>,
    /// Where mail reaches them; `null` for nowhere.
    #[serde(default, with = "crate::catalogue::patch")]
    #[validate(custom(function = "mail_address"))]
    #[schema(value_type = Option<String>, required = false, max_length = 254)]
    pub email: Option<Option<String>>,
    /// Their telephone number; `null` for none.
    #[serde(default, with = "crate::catalogue::patch")]
    #[validate(custom(function = "phone_number"))]
    #[schema(value_type = Option<String>, required = false, pattern = "^\\+?[0-9][0-9 .-]{6,18}$")]
    pub phone: Option<Option<String>>,
}

/// For validators: a telephone number.
pub(crate) fn phone_number(text: &str) -> Result<(), ValidationError> {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let is_good = (7..=19).contains(&rest.len())
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.bytes().all(|b| b.is_ascii_digit() || b" .-".contains(&b));
    if is_good { Ok(()) } else { Err(ValidationError::new("phone_number")) }
}

/// For validators: an e-mail address.
pub(crate) fn mail_address(text: &str) -> Result<(), ValidationError> {
    use validator::ValidateEmail;
    if text.len() <= 254 && text.validate_email() { Ok(()) } else { Err(ValidationError::new("mail_address")) }
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

/// For validators: a person's name, which must not pass for another one.
pub(crate) fn person_name(text: &str) -> Result<(), ValidationError> {
    named(text)?;
    if is_honest_name(text) { Ok(()) } else { Err(ValidationError::new("look_alike")) }
}

/// For validators: the text holds no control characters.
pub fn plain(text: &str) -> Result<(), ValidationError> {
    if is_plain(text) { Ok(()) } else { Err(ValidationError::new("plain")) }
}
