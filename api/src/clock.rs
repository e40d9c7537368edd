//! Time and new identities: injected, so that tests decide both.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
pub use htcd_domain::period::date_in_viet_nam as today;
use uuid::{NoContext, Timestamp, Uuid};

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// For how long it has been running: never goes back, whatever becomes of the date.
    fn running(&self) -> Duration;
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> DateTime<Utc> {
        // The databases keep microseconds: an answer must not say more than what is stored.
        Utc::now().trunc_subsecs(6)
    }

    fn running(&self) -> Duration {
        START.elapsed()
    }
}

/// Whether less than a pause has passed since a moment. A clock that was set back does not make the pause longer.
pub fn is_soon_after(last: Option<DateTime<Utc>>, now: DateTime<Utc>, pause: TimeDelta) -> bool {
    last.is_some_and(|last| now >= last && now - last < pause)
}

/// A new identity, UUIDv7, of a moment.
pub fn new_id<T: From<Uuid>>(now: DateTime<Utc>) -> T {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())).into()
}
