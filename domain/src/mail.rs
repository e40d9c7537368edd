//! Mail that waits to be sent: how often it is tried, and how long it is kept.

use chrono::{DateTime, TimeDelta, Utc};

/// A mail to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// To whom: an address, or a name with an address in angle brackets.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// Plain text. It may hold a one-time code, so it is erased once the mail is sent.
    pub body: String,
}

/// Hides what may be a secret.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// For how long one server has a mail to itself while it sends it. If it does not report back, another one sends it.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);

/// For how long a mail that was sent or given up stays on record.
pub const KEPT: TimeDelta = TimeDelta::days(30);

/// How often a mail is tried.
const ATTEMPTS: i32 = 10;

/// When a mail that failed for the nth time is tried again: after one minute, then twice as long each time, at most
/// four hours; about eight hours in all. `None` when it is given up.
pub fn retry_at(attempts: i32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0);
    let minutes = 2_i64.saturating_pow(doublings).min(240);
    (attempts < ATTEMPTS).then(|| now + TimeDelta::minutes(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_ten_times_with_longer_and_longer_pauses() {
        let now = DateTime::UNIX_EPOCH;
        let pauses: Vec<_> = (1..=10).map(|attempts| retry_at(attempts, now).map(|at| (at - now).num_minutes())).collect();
        let expected = [1, 2, 4, 8, 16, 32, 64, 128, 240].map(Some);
        assert_eq!(pauses[..9], expected);
        assert_eq!(pauses[9], None);
        assert_eq!(retry_at(i32::MAX, now), None);
    }
}
