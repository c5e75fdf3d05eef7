//! The throttle against guessing: after some failures an account, and an address, has to wait, longer each time.
//!
//! An attempt is counted before its password is verified, so that many at once are no way around it, and taken back when it turns
//! out to be none. Who has to wait is refused before anything is computed: that depends on nothing but these counters, which names
//! that nobody has get just the same. The counters are of bounded number: the ones unused for longest go first. An account's are
//! found again in the database (after a restart, on another node); an address's are not.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use sha2::{Digest as _, Sha256};

use crate::clock::{HOUR, MINUTE, Timestamp};

/// How many counters of each kind are kept: some 6 MB in all.
const MOST: NonZeroUsize = NonZeroUsize::new(32 * 1024).expect("not zero");
/// The first wait; each further failure doubles it.
const FIRST: i64 = MINUTE / 2;
/// The longest wait.
const LONGEST: i64 = 15 * MINUTE;
/// How long failures count.
pub(super) const KEPT: i64 = 6 * HOUR;

/// Failures that cost nothing: of an account, or a person in a browser that is known.
pub(super) const FREE: u32 = 5;
/// Of an address, behind which may be an office.
const FREE_OF_ADDRESS: u32 = 30;

/// What is counted: a digest, so that nobody's long names fill the memory.
pub(super) type Key = [u8; 16];

/// The key of a thing of some kind.
pub(super) fn key(kind: &str, parts: &[&str]) -> Key {
    let mut digest = Sha256::new_with_prefix(kind);
    for part in parts {
        digest.update([0]);
        digest.update(part);
    }
    let mut key = Key::default();
    key.iter_mut().zip(digest.finalize()).for_each(|(ours, byte)| *ours = byte);
    key
}

/// Where an address counts: those of one IPv6 customer (a /64) as one.
pub(super) fn address_key(address: &str) -> Key {
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(ip) => key("address", &[&format!("{:x}", ip.to_bits() >> 64)]),
        Err(_) => key("address", &[address]),
    }
}

/// Failures, and when the last one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failures {
    pub(super) count: u32,
    pub(super) last: Timestamp,
}

impl Failures {
    pub(super) const NONE: Self = Self { count: 0, last: Timestamp(0) };

    /// Until when whoever has these must wait; none: they needn't.
    pub(super) fn locked_until(self, free: u32, now: Timestamp) -> Option<Timestamp> {
        let beyond = self.count.checked_sub(free)?;
        let wait = (FIRST << beyond.min(8)).min(LONGEST);
        Some(self.last.plus(wait)).filter(|until| *until > now)
    }

    fn still(self, now: Timestamp) -> Self {
        if self.last.plus(KEPT) > now { self } else { Self::NONE }
    }
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    failures: Failures,
    /// Whether somebody was refused since the last failure.
    refused: bool,
}

/// Counts attempts. Cheap to clone; clones share the counters.
#[derive(Clone)]
pub struct Throttle(Arc<Mutex<LruCache<Key, Counter>>>);

impl Default for Throttle {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(MOST))))
    }
}

/// Who would try: what is counted of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guess {
    /// Two keys, or only that of a known browser: there nobody else's failures count.
    keys: [Option<(Key, u32)>; 2],
}

impl Guess {
    /// In a browser that isn't known: the account's failures count, and the address's.
    pub(super) fn unknown(account: Key, address: &str) -> Self {
        Self { keys: [Some((account, FREE)), Some((address_key(address), FREE_OF_ADDRESS))] }
    }

    /// Where it is known who tries: only their own failures count.
    pub(super) fn own(key: Key) -> Self {
        Self { keys: [Some((key, FREE)), None] }
    }

    fn keys(&self) -> impl Iterator<Item = (Key, u32)> {
        self.keys.into_iter().flatten()
    }
}

/// Who has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// Until when.
    pub(super) until: Timestamp,
    /// Whether nobody was told so since the last failure.
    pub(super) first: bool,
}

impl Throttle {
    /// How many counters there are.
    pub fn counters(&self) -> usize {
        self.counted().len()
    }

    /// Whether who tries has to wait.
    pub(super) fn wait(&self, guess: &Guess, now: Timestamp) -> Option<Wait> {
        let mut table = self.counted();
        let mut longest: Option<Wait> = None;
        for (key, free) in guess.keys() {
            let Some(counter) = table.get_mut(&key) else { continue };
            let Some(until) = counter.failures.still(now).locked_until(free, now) else { continue };
            let first = !std::mem::replace(&mut counter.refused, true);
            longest = longest.filter(|wait| wait.until >= until).or(Some(Wait { until, first }));
        }
        longest
    }

    /// Counts an attempt ahead of its outcome, unless who tries has to wait. `stored` is what the database knows of the first key.
    pub(super) fn admit(&self, guess: Guess, stored: Failures, now: Timestamp) -> Result<Admission, Wait> {
        let mut table = self.counted();
        for (key, known) in guess.keys().zip([stored, Failures::NONE]) {
            let fresh = Counter { failures: Failures::NONE, refused: false };
            let counter = table.get_or_insert_mut(key.0, || fresh);
            counter.failures = counter.failures.still(now);
            if known.count > counter.failures.count {
                counter.failures = known.still(now);
            }
        }
        drop(table);
        if let Some(wait) = self.wait(&guess, now) {
            return Err(wait);
        }
        let mut table = self.counted();
        let mut before = [Timestamp(0); 2];
        for ((key, _), before) in guess.keys().zip(&mut before) {
            if let Some(counter) = table.get_mut(&key) {
                *before = counter.failures.last;
                counter.failures = Failures { count: counter.failures.count.saturating_add(1), last: now };
                counter.refused = false;
            }
        }
        drop(table);
        Ok(Admission { throttle: self.clone(), guess, before })
    }

    /// Forgets the failures of a key.
    pub(super) fn forget(&self, key: &Key) {
        self.counted().pop(key);
    }

    fn counted(&self) -> std::sync::MutexGuard<'_, LruCache<Key, Counter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt that is counted as a failure unless it is taken back.
pub(super) struct Admission {
    throttle: Throttle,
    guess: Guess,
    /// When the failures before it were.
    before: [Timestamp; 2],
}

impl Admission {
    /// It was no failure.
    pub(super) fn take_back(self) {
        let mut table = self.throttle.counted();
        for ((key, _), before) in self.guess.keys().zip(self.before) {
            if let Some(counter) = table.get_mut(&key) {
                let count = counter.failures.count.saturating_sub(1);
                counter.failures = Failures { count, last: before };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn waits_grow_and_have_an_end() {
        let wait = |count| {
            let until = Failures { count, last: NOW }.locked_until(FREE, NOW);
            until.map(|until| (until.0 - NOW.0) / 1_000)
        };
        let expected = [None, Some(30), Some(60), Some(120), Some(240), Some(480), Some(900), Some(900)];
        assert_eq!([4, 5, 6, 7, 8, 9, 10, 1_000_000].map(wait), expected);
        let failures = Failures { count: 5, last: NOW };
        assert_eq!(failures.locked_until(FREE, NOW.plus(30_000)), None);
    }

    #[test]
    fn what_is_taken_back_was_never_counted() {
        let (throttle, account) = (Throttle::default(), key("account", &["team", "ana"]));
        let guess = Guess::unknown(account, "192.0.2.1");
        for _ in 0..100 {
            throttle.admit(guess, Failures::NONE, NOW).ok().unwrap().take_back();
        }
        // Many at once are counted before any of them has an outcome.
        let held: Vec<_> = (0..20).map(|_| throttle.admit(guess, Failures::NONE, NOW)).collect();
        assert_eq!(held.iter().filter(|it| it.is_ok()).count(), 5);
        assert_eq!(throttle.wait(&guess, NOW).map(|wait| wait.until), Some(NOW.plus(30_000)));
        assert_eq!(throttle.wait(&guess, NOW.plus(30_000)), None);
    }

    #[test]
    fn an_address_waits_whatever_names_it_tries() {
        let throttle = Throttle::default();
        let tried = |n: usize, address: &str| {
            let guess = Guess::unknown(key("account", &[&n.to_string()]), address);
            throttle.admit(guess, Failures::NONE, NOW).is_ok()
        };
        assert_eq!((0..100).filter(|n| tried(*n, "192.0.2.1")).count(), 30);
        assert!(tried(200, "192.0.2.2"));
        // One customer's IPv6 addresses are one.
        assert_eq!((300..400).filter(|n| tried(*n, &format!("2001:db8::{n}"))).count(), 30);
        assert!(tried(500, "2001:db8:0:1::1"));
    }

    #[test]
    fn what_the_database_knows_counts() {
        let (throttle, guess) = (Throttle::default(), Guess::own(key("account", &["ana"])));
        let stored = Failures { count: 6, last: NOW };
        let wait = throttle.admit(guess, stored, NOW).err().unwrap();
        assert_eq!(wait, Wait { until: NOW.plus(60_000), first: true });
        assert!(!throttle.wait(&guess, NOW).unwrap().first);
        assert!(throttle.admit(guess, stored, NOW.plus(60_000)).is_ok());
        assert!(throttle.admit(guess, stored, NOW.plus(60_000 + KEPT)).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..100_000 {
            let guess = Guess::unknown(key("account", &[&n.to_string()]), &n.to_string());
            assert!(throttle.admit(guess, Failures::NONE, NOW).is_ok());
        }
        assert_eq!(throttle.counters(), MOST.get());
    }
}
