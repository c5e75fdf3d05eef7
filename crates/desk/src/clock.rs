//! Time is injected: nothing else in the product asks the system what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970 UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time, `milliseconds` later (or earlier, when negative); saturates.
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

impl From<Timestamp> for db::Value {
    fn from(time: Timestamp) -> Self {
        time.0.into()
    }
}

/// One minute in milliseconds.
pub const MINUTE: i64 = 60_000;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// A day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// Says what time it is.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Told that the database's clock showed `database` at some moment between `began` and now, both by this clock. One that is to
    /// agree with it sets itself.
    fn agree(&self, began: Timestamp, database: Timestamp) {
        let _ = (began, database);
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

/// The machine's clock, set by that of the database: the clocks of nodes that share one differ by no more than a way there and
/// back, however wrong they are. What one node stores as due is due to the others then, and who waited longest is the same for all.
#[derive(Debug, Clone, Default)]
pub struct SharedClock {
    /// How far the machine's clock is to be taken for wrong, in milliseconds: for tests.
    wrong_by: i64,
    /// What is added to it.
    correction: Arc<AtomicI64>,
}

impl SharedClock {
    /// What can't be told from chance, in milliseconds.
    const CHANCE: i64 = 20;
    /// What the operator should hear of, in milliseconds.
    const WRONG: i64 = 2_000;

    /// A clock on a machine whose own is wrong by so many milliseconds.
    pub fn wrong_by(milliseconds: i64) -> Self {
        Self { wrong_by: milliseconds, correction: Arc::default() }
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.wrong_by).plus(self.correction.load(Ordering::SeqCst))
    }

    fn agree(&self, began: Timestamp, database: Timestamp) {
        let took = self.now().0.saturating_sub(began.0);
        let off = database.0.saturating_sub(began.0.saturating_add(took / 2));
        if took < 0 || off.abs() <= took / 2 + Self::CHANCE {
            return;
        }
        let correction = self.correction.fetch_add(off, Ordering::SeqCst).saturating_add(off);
        if off.abs() > Self::WRONG {
            tracing::warn!(ms = correction, "this machine's clock is wrong by the database's, which counts");
        }
    }
}

/// A clock that stands still until it is told to move: for tests, and for writing a believable past into the demo.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(start.0)))
    }

    /// Moves the hand to `time`.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.0, Ordering::SeqCst);
    }

    /// Moves the hand on by `milliseconds`.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_set_by_the_databases() {
        for wrong in [0, -600_000, 86_400_000] {
            let clock = SharedClock::wrong_by(wrong);
            let (began, database) = (clock.now(), SystemClock.now());
            clock.agree(began, database);
            let off = clock.now().0 - SystemClock.now().0;
            assert!(off.abs() < 1_000, "{off}");
        }
    }

    #[test]
    fn what_took_long_proves_little() {
        let clock = SharedClock::default();
        let now = clock.now();
        clock.agree(now.plus(-10_000), now.plus(-1_000));
        assert!(clock.now().0 - SystemClock.now().0 < 1_000);
        clock.agree(now.plus(1_000_000), now);
        assert!(clock.now().0 - SystemClock.now().0 < 1_000, "its own clock was set meanwhile");
    }
}
