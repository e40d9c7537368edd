//! How often a caller may ask.

use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Limits per caller: a user, or an address before sign-in.
pub struct Limits {
    requests: Option<Limiter>,
    sign_ins: Option<Limiter>,
    clock: DefaultClock,
    per_second: u32,
}

impl Limits {
    /// So many requests per second for each caller, in bursts of ten times as many; 0 for no limit.
    /// Signing in: a burst of 20 for each address, then one every two seconds.
    pub fn new(per_second: u32) -> Self {
        let quota = NonZeroU32::new(per_second)
            .map(|rate| Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(9))));
        let sign_in = Quota::with_period(std::time::Duration::from_secs(2))
            .map(|quota| quota.allow_burst(NonZeroU32::MIN.saturating_add(19)));
        Self {
            requests: quota.map(|quota| RateLimiter::keyed(quota).with_middleware()),
            sign_ins: sign_in.filter(|_| per_second > 0).map(|quota| RateLimiter::keyed(quota).with_middleware()),
            clock: DefaultClock::default(),
            per_second,
        }
    }

    /// How many more requests the caller has at once, `None` without a limit; `Err` with the seconds to wait.
    pub fn request(&self, caller: &str) -> Result<Option<u32>, u64> {
        self.check(self.requests.as_ref(), caller)
    }

    /// `Err` with the seconds to wait.
    pub fn sign_in(&self, address: &str) -> Result<Option<u32>, u64> {
        self.check(self.sign_ins.as_ref(), address)
    }

    fn check(&self, limiter: Option<&Limiter>, key: &str) -> Result<Option<u32>, u64> {
        let Some(limiter) = limiter else { return Ok(None) };
        let left = |state: StateSnapshot| Some(state.remaining_burst_capacity());
        limiter.check_key(&key.to_owned()).map(left).map_err(|early| early.wait_time_from(self.clock.now()).as_secs() + 1)
    }

    /// The policy as the `RateLimit-Policy` header says it, if there is one.
    pub fn policy(&self) -> Option<String> {
        (self.per_second > 0).then(|| format!("\"default\";q={};w=10", u64::from(self.per_second) * 10))
    }

    /// Forgets callers that have been quiet for long enough.
    pub fn forget_quiet(&self) {
        for limiter in [&self.requests, &self.sign_ins].into_iter().flatten() {
            limiter.retain_recent();
        }
    }
}
