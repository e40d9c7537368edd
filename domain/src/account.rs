//! Accounts: how one begins, what a code handed over is worth, how long a guesser waits.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

coded! {
    /// What a code that was handed over may be used for.
    pub enum CodePurpose in "code_purpose" {
        /// To set the first password of an account.
        Activation = "activation" ("kích hoạt tài khoản", "activation"),
        /// To set a new password in place of a forgotten one.
        PasswordReset = "password_reset" ("đặt lại mật khẩu", "password reset"),
    }
}

impl CodePurpose {
    /// For how long such a code is good.
    pub fn lasts(self) -> TimeDelta {
        match self {
            Self::Activation => TimeDelta::days(14),
            Self::PasswordReset => TimeDelta::hours(24),
        }
    }
}

coded! {
    /// How a code reaches the person.
    pub enum Delivery in "delivery" {
        /// It stands in the answer, once; the administrator hands it over.
        Answer = "answer" ("hiện trong câu trả lời", "in the answer"),
        /// It is mailed to the account's address.
        Mail = "mail" ("gửi thư điện tử", "by mail"),
    }
}

coded! {
    /// Where an account stands.
    pub enum UserStatus in "user_status" {
        /// Invited: the person has not set a password yet.
        Invited = "invited" ("đã mời", "invited"),
        /// May sign in.
        Active = "active" ("đang dùng", "active"),
        /// May not sign in.
        Inactive = "inactive" ("đã khóa", "inactive"),
        /// The person is no longer named; what they did stays on record.
        Anonymised = "anonymised" ("đã ẩn danh", "anonymised"),
    }
}

/// Letters and digits that nobody mistakes for one another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code to be handed over, from ten random bytes: 80 bits, as four groups of four.
pub fn code_of(random: [u8; 10]) -> String {
    let mut code = String::with_capacity(19);
    for (group, bytes) in random.chunks(5).enumerate() {
        let number = bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        for place in 0..8 {
            if place % 4 == 0 && (group, place) != (0, 0) {
                code.push('-');
            }
            let index = usize::try_from(number >> (35 - 5 * place) & 31).unwrap_or(0);
            code.push(char::from(LETTERS.get(index).copied().unwrap_or(b'0')));
        }
    }
    code
}

/// A code as somebody typed it, in the form in which it is compared: without blanks and hyphens, in capitals,
/// `O` read as zero, `I` and `L` as one.
pub fn read_code(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// For how long an address waits after so many failures in a row for one account: nothing up to 4, then doubling up
/// to 15 minutes. The person behind the account is not held up by it at an address of their own.
pub fn wait_after(failures: i32) -> Option<TimeDelta> {
    let doublings = u32::try_from(failures - 5).ok()?.min(10);
    Some(TimeDelta::seconds((1i64 << doublings).min(900)))
}

/// For how long addresses that the account has never signed in from wait after so many failures in a row from
/// anywhere: against a guess from very many addresses. Addresses that are known to the account go free, and so does
/// a code that was handed over, so that nobody can be locked out for good.
pub fn wait_of_strangers(failures: i32) -> Option<TimeDelta> {
    wait_after(failures.saturating_sub(45))
}

/// What a tenant asks of those who sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct SignInPolicy {
    /// Roles whose holders sign in with a second factor (RFC 6238). Who has none yet can do nothing but set one up.
    #[validate(length(max = 8))]
    #[schema(max_items = 8)]
    pub totp_roles: Vec<crate::access::Role>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_but_ends() {
        let seconds = |failures| wait_after(failures).map(|wait| wait.num_seconds());
        assert_eq!(
            [seconds(1), seconds(4), seconds(5), seconds(6), seconds(9), seconds(50), seconds(i32::MAX)],
            [None, None, Some(1), Some(2), Some(16), Some(900), Some(900)]
        );
        assert_eq!(wait_of_strangers(49), None);
        assert!(wait_of_strangers(50).is_some());
    }

    #[test]
    fn a_code_reads_as_it_was_written_however_it_is_typed() {
        let code = code_of([0xff, 0, 1, 2, 3, 4, 5, 6, 7, 0x1f]);
        assert_eq!(code.len(), 19);
        assert_eq!(read_code(&code), read_code(&code.to_lowercase().replace('-', " ")));
        assert_eq!(read_code("oil0"), "0110");
        assert_ne!(code_of([0; 10]), code_of([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
    }
}
