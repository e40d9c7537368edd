//! How often a caller may ask.
//!
//! Each caller has a bucket that fills at a steady rate (GCRA, the generic cell rate algorithm): of it, one moment is
//! kept, when it will be full again. So what is left can be looked at without taking any, which a 304 needs that is free.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header;
use htcd_domain::Code;
use htcd_domain::access::Caller;
use htcd_domain::id::{ServiceAccountId, UserId};

use crate::clock::Clock;
use crate::problem::Refusal;
use crate::proxies::network_of;

/// Whose requests count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Those from an address, before it is known who asks.
    Address(IpAddr),
    /// Those of a user, wherever from.
    User(UserId),
    /// Those of a program, apart from its owner's.
    Service(ServiceAccountId),
    /// Those of everybody who comes when there are too many to be told apart.
    Crowd,
}

impl Limited {
    /// Requests from an address; those of an IPv6 network of one customer count together.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(network_of(address))
    }

    /// Requests of a caller. The one place that says who has a limit of their own.
    pub fn caller(caller: &Caller) -> Self {
        match (caller.service_account_id(), &caller.acting) {
            (Some(id), _) => Self::Service(id),
            (None, Some(acting)) => Self::User(acting.user_id),
            (None, None) => Self::User(caller.user_id),
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// After so many seconds there is room for one.
    pub seconds: u64,
}

impl From<Wait> for Refusal {
    fn from(wait: Wait) -> Self {
        Self::from(Code::TooManyRequests).header(header::RETRY_AFTER, wait.seconds)
    }
}

/// How many callers are told apart at most: about 10 MB.
const MOST_CALLERS: usize = 100_000;

/// The buckets of one limit.
struct Buckets {
    /// A request comes back after this time.
    each: Duration,
    /// So many fit.
    burst: u32,
    full_at: Mutex<Full>,
}

#[derive(Default)]
struct Full {
    /// When each caller's bucket will be full again; callers whose bucket is full need not be in here.
    at: HashMap<Limited, Duration>,
    /// When it was last cleaned because it was too large.
    cleaned: Duration,
}

impl Buckets {
    fn new(each: Duration, burst: u32) -> Self {
        Self { each, burst, full_at: Mutex::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Full> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are left in a bucket that will be full after a time.
    fn left(&self, until_full: Duration) -> u32 {
        let taken = until_full.as_nanos().div_ceil(self.each.as_nanos().max(1));
        self.burst.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// Takes one; answers how many are left.
    fn take(&self, who: Limited, now: Duration) -> Result<u32, Wait> {
        let mut full = self.lock();
        let who = full.place(who, now);
        let at = full.at.entry(who).or_insert(now);
        let until_full = at.saturating_sub(now) + self.each;
        let over = until_full.saturating_sub(self.each * self.burst);
        if over.is_zero() {
            *at = now + until_full;
            Ok(self.left(until_full))
        } else {
            Err(Wait { seconds: over.as_nanos().div_ceil(1_000_000_000).try_into().unwrap_or(u64::MAX) })
        }
    }

    /// How many are left, without taking one.
    fn look(&self, who: Limited, now: Duration) -> u32 {
        let at = self.lock().at.get(&who).copied().unwrap_or(now);
        self.left(at.saturating_sub(now))
    }

    fn forget_quiet(&self, now: Duration) {
        self.lock().at.retain(|_, at| *at > now);
    }
}

impl Full {
    /// Whose bucket counts for a caller: their own while there is room to remember it.
    fn place(&mut self, who: Limited, now: Duration) -> Limited {
        if self.at.len() < MOST_CALLERS || self.at.contains_key(&who) {
            return who;
        }
        // At most once a second: going through all of them for each new one would itself be work for a flood to cause.
        if now.saturating_sub(self.cleaned) >= Duration::from_secs(1) {
            self.cleaned = now;
            self.at.retain(|_, at| *at > now);
        }
        if self.at.len() < MOST_CALLERS { who } else { Limited::Crowd }
    }
}

/// The limits of this process.
pub struct Limits {
    requests: Option<Buckets>,
    /// Requests that may end in a 304, which costs nothing in `requests`: ten times as many.
    revisits: Option<Buckets>,
    sign_ins: Option<Buckets>,
    /// Guesses at a password or a code by whoever holds a token: at one every five minutes, six digits last for years.
    guesses: Option<Buckets>,
    clock: Arc<dyn Clock>,
    per_second: u32,
}

impl Limits {
    /// So many requests per second for each caller, in bursts of ten times as many; 0 for no limit.
    /// Signing in: a burst of 20 for each address, then one every two seconds.
    pub fn new(per_second: u32, clock: Arc<dyn Clock>) -> Self {
        let limited = |rate: u32| (rate > 0).then(|| Buckets::new(Duration::from_secs(1) / rate, rate.saturating_mul(10)));
        Self {
            requests: limited(per_second),
            revisits: limited(per_second.saturating_mul(10)),
            sign_ins: (per_second > 0).then(|| Buckets::new(Duration::from_secs(2), 20)),
            guesses: (per_second > 0).then(|| Buckets::new(Duration::from_secs(300), 10)),
            clock,
            per_second,
        }
    }

    fn take(&self, buckets: Option<&Buckets>, who: Limited) -> Result<Option<u32>, Wait> {
        buckets.map(|buckets| buckets.take(who, self.clock.running())).transpose()
    }

    /// Counts a request. How many more the caller has at once, `None` without a limit.
    ///
    /// # Errors
    /// How long to wait.
    pub fn request(&self, who: Limited) -> Result<Option<u32>, Wait> {
        self.take(self.requests.as_ref(), who)
    }

    /// Counts a request that asks whether something has changed. If it has, it counts as a [`Limits::request`] too.
    ///
    /// # Errors
    /// How long to wait.
    pub fn revisit(&self, who: Limited) -> Result<(), Wait> {
        self.take(self.revisits.as_ref(), who).map(drop)
    }

    /// How many requests the caller has left, without counting one.
    pub fn left(&self, who: Limited) -> Option<u32> {
        self.requests.as_ref().map(|buckets| buckets.look(who, self.clock.running()))
    }

    /// Counts a try to sign in.
    ///
    /// # Errors
    /// How long to wait.
    pub fn sign_in(&self, who: Limited) -> Result<(), Wait> {
        self.take(self.sign_ins.as_ref(), who).map(drop)
    }

    /// Counts a guess at a password or a code by whoever holds a token.
    ///
    /// # Errors
    /// How long to wait.
    pub fn guess(&self, who: Limited) -> Result<(), Wait> {
        self.take(self.guesses.as_ref(), who).map(drop)
    }

    /// The policy as the `RateLimit-Policy` header says it, if there is one.
    pub fn policy(&self) -> Option<String> {
        (self.per_second > 0).then(|| format!("\"default\";q={};w=10", u64::from(self.per_second) * 10))
    }

    fn all(&self) -> impl Iterator<Item = &Buckets> {
        [&self.requests, &self.revisits, &self.sign_ins, &self.guesses].into_iter().flatten()
    }

    /// Forgets callers that have been quiet for long enough.
    pub fn forget_quiet(&self) {
        let now = self.clock.running();
        self.all().for_each(|buckets| buckets.forget_quiet(now));
    }

    /// How many callers are remembered, over all limits.
    pub fn remembered(&self) -> usize {
        self.all().map(|buckets| buckets.lock().at.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    struct Hand(AtomicU64);

    impl Hand {
        fn advance(&self, millis: u64) {
            self.0.fetch_add(millis, Ordering::Relaxed);
        }
    }

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }
        fn running(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn limits(per_second: u32) -> (Limits, Arc<Hand>) {
        let hand = Arc::new(Hand::default());
        (Limits::new(per_second, Arc::clone(&hand) as Arc<dyn Clock>), hand)
    }

    fn v4(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    #[test]
    fn a_bucket_empties_one_by_one_and_fills_at_its_rate() {
        let (limits, hand) = limits(2);
        let me = Limited::address(v4(1));
        assert_eq!(limits.left(me), Some(20));
        for left in (0..20).rev() {
            assert_eq!(limits.request(me), Ok(Some(left)));
            assert_eq!(limits.left(me), Some(left), "looking takes none");
        }
        assert_eq!(limits.request(me), Err(Wait { seconds: 1 }));
        hand.advance(499);
        assert_eq!(limits.request(me), Err(Wait { seconds: 1 }), "being refused costs nothing, and half a second is not over");
        hand.advance(1);
        assert_eq!(limits.request(me), Ok(Some(0)));
        hand.advance(60_000);
        assert_eq!(limits.left(me), Some(20), "never more than the burst");
        assert_eq!(limits.request(Limited::address(v4(2))), Ok(Some(19)), "each has a bucket of their own");
    }

    #[test]
    fn without_a_limit_everything_passes() {
        let (limits, _) = limits(0);
        for number in 0..1_000 {
            assert_eq!(
                (limits.request(Limited::address(v4(number))), limits.sign_in(Limited::address(v4(1)))),
                (Ok(None), Ok(()))
            );
        }
        assert_eq!((limits.policy(), limits.left(Limited::address(v4(1))), limits.remembered()), (None, None, 0));
    }

    #[test]
    fn a_million_tries_from_one_address_get_what_one_address_gets_and_touch_nobody_else() {
        let (limits, hand) = limits(100);
        let passed = (0..1_000_000).filter(|_| limits.sign_in(Limited::address(v4(7))).is_ok()).count();
        assert_eq!((passed, limits.remembered()), (20, 1));
        assert_eq!(limits.sign_in(Limited::address(v4(8))), Ok(()));
        hand.advance(2_000);
        assert_eq!(
            (limits.sign_in(Limited::address(v4(7))), limits.sign_in(Limited::address(v4(7)))),
            (Ok(()), Err(Wait { seconds: 2 }))
        );
        // Within one IPv6 network somebody can have as many addresses as they like.
        let v6 = |network: u128, host: u128| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | (network << 64) | host));
        assert_eq!((0..1_000).filter(|host| limits.sign_in(Limited::address(v6(1, *host))).is_ok()).count(), 20);
        assert_eq!(limits.sign_in(Limited::address(v6(2, 1))), Ok(()));
    }

    #[test]
    fn a_million_addresses_do_not_fill_the_memory() {
        let (limits, hand) = limits(100);
        assert_eq!(limits.sign_in(Limited::address(v4(0))), Ok(()));
        let passed = (1..=1_000_000).filter(|number| limits.sign_in(Limited::address(v4(*number))).is_ok()).count();
        assert_eq!(limits.remembered(), MOST_CALLERS + 1);
        assert_eq!(passed, MOST_CALLERS - 1 + 20, "who is too many shares one limit");
        assert_eq!(limits.sign_in(Limited::address(v4(0))), Ok(()), "who was known before is not touched");
        hand.advance(5_000);
        assert_eq!(limits.sign_in(Limited::address(v4(2_000_000))), Ok(()), "there is room again, without housekeeping");
        assert!(limits.remembered() < 10, "{}", limits.remembered());
        hand.advance(60_000);
        limits.forget_quiet();
        assert_eq!(limits.remembered(), 0);
    }

    #[test]
    fn asking_whether_something_changed_has_a_wider_limit_that_is_a_limit() {
        let (limits, _) = limits(1);
        let me = Limited::address(v4(1));
        assert_eq!((0..1_000).filter(|_| limits.revisit(me).is_ok()).count(), 100);
        assert_eq!(limits.left(me), Some(10));
    }
}
