//! What a simulator is started with.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Tells the time: Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a simulator is started with.
#[derive(Clone)]
pub struct Options {
    /// Where to listen. Port 0 takes a free one. Anything beyond loopback lets strangers act as every customer.
    pub listen: SocketAddr,
    /// Dates of messages, expiry of updates and rate limits go by it; waiting (long polls, latency) does not.
    pub clock: Clock,
    /// Decides made-up ids, tokens and first update ids: the same seed, the same run.
    pub seed: u64,
    /// Whether to answer 429 beyond Telegram's limits.
    pub enforce_limits: bool,
    /// How webhooks are delivered to.
    pub webhook: WebhookPace,
}

/// How long a webhook may take, and when it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookPace {
    /// For connecting and for the answer each.
    pub timeout: Duration,
    /// From the first failure of an update to its second try; doubles with each further failure …
    pub first_retry: Duration,
    /// … up to this.
    pub longest_retry: Duration,
}

impl Default for WebhookPace {
    /// 30 seconds; 1 second to 1 minute.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_mins(1),
        }
    }
}

impl Default for Options {
    /// A free loopback port, the system's time, limits enforced, seed 0.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Arc::new(system_ms),
            seed: 0,
            enforce_limits: true,
            webhook: WebhookPace::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("enforce_limits", &self.enforce_limits)
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

fn system_ms() -> i64 {
    system_us() / 1000
}

/// Unix microseconds: for figures, never for behaviour.
#[expect(clippy::disallowed_methods, reason = "the default clock: the one place that asks the system")]
pub(crate) fn system_us() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}
