//! Telegram's sending limits (Bot FAQ, "My bot is hitting limits"): about one message per second in a chat with short
//! bursts allowed, 20 per minute in a group, 30 per second for a bot in all.
//!
//! Telegram does not publish the bursts. Ours are generous enough that a client which itself keeps to 30/s (burst 30) and,
//! per chat, 1/s (burst 5) is never refused, even when the network bunches its calls; one that keeps to nothing is.

/// Bot: this many per second …
const BOT_PER_S: i64 = 30;
/// … after a burst of so many.
const BOT_BURST: i64 = 60;
/// Private chat: a burst of so many, then one per second.
const CHAT_BURST: i64 = 8;
/// Group: so many per minute, and as many at once.
const GROUP_PER_MIN: i64 = 20;

/// A bucket that fills with time. Counts in thousandths of a millisecond-share, so that nothing is rounded away:
/// `level` holds messages × `period_ms`.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// Messages that fit.
    burst: i64,
    /// Messages that come back …
    per: i64,
    /// … in this many milliseconds.
    period_ms: i64,
    level: i64,
    at_ms: i64,
}

impl Bucket {
    fn new(burst: i64, per: i64, period_ms: i64) -> Self {
        Self { burst, per, period_ms, level: burst * period_ms, at_ms: i64::MIN }
    }

    /// For a bot as a whole.
    pub(crate) fn bot() -> Self {
        Self::new(BOT_BURST, BOT_PER_S, 1000)
    }

    /// For a chat; groups have negative ids.
    pub(crate) fn chat(chat_id: i64) -> Self {
        if chat_id < 0 {
            Self::new(GROUP_PER_MIN, GROUP_PER_MIN, 60_000)
        } else {
            Self::new(CHAT_BURST, 1, 1000)
        }
    }

    /// Seconds to wait before the next message fits; 0 when it fits now.
    pub(crate) fn wait_s(&mut self, now_ms: i64) -> i64 {
        // A clock that was set back must not freeze the bucket.
        let passed = now_ms.saturating_sub(self.at_ms).max(0);
        self.at_ms = now_ms;
        self.level =
            self.level.saturating_add(passed.saturating_mul(self.per)).min(self.burst * self.period_ms);
        let missing = self.period_ms - self.level;
        if missing <= 0 { 0 } else { (missing + self.per * 1000 - 1) / (self.per * 1000) }
    }

    /// Takes one; only after [`wait_s`](Self::wait_s) gave 0.
    pub(crate) fn spend(&mut self) {
        self.level -= self.period_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(bucket: &mut Bucket, times_ms: impl Iterator<Item = i64>) -> usize {
        times_ms
            .filter(|now| {
                let fits = bucket.wait_s(*now) == 0;
                if fits {
                    bucket.spend();
                }
                fits
            })
            .count()
    }

    #[test]
    fn a_burst_then_one_a_second() {
        let mut bucket = Bucket::chat(7);
        assert_eq!(accepted(&mut bucket, std::iter::repeat_n(0, 100)), 8);
        assert_eq!(bucket.wait_s(0), 1);
        assert_eq!(accepted(&mut bucket, (1..=10_000).step_by(10)), 9);
    }

    #[test]
    fn groups_and_bots_have_their_own() {
        let mut group = Bucket::chat(-7);
        assert_eq!(accepted(&mut group, std::iter::repeat_n(0, 100)), 20);
        assert_eq!(group.wait_s(0), 3);
        let mut bot = Bucket::bot();
        assert_eq!(accepted(&mut bot, (0..10_000).flat_map(|ms| [ms, ms])), 60 + 299);
    }

    #[test]
    fn a_client_that_keeps_the_limits_is_never_refused() {
        let mut bucket = Bucket::chat(7);
        // Burst 5, then one a second, each up to 900 ms late or early.
        let times = (0..5).map(|_| 0).chain((1..200).map(|n| n * 1000 + if n % 2 == 0 { 900 } else { -900 }));
        assert_eq!(accepted(&mut bucket, times), 204);
    }

    #[test]
    fn a_clock_set_back_does_not_freeze() {
        let mut bucket = Bucket::chat(7);
        assert_eq!(accepted(&mut bucket, std::iter::repeat_n(1_000_000, 100)), 8);
        assert_eq!(bucket.wait_s(0), 1);
        assert_eq!(bucket.wait_s(1000), 0);
    }
}
