//! Long polling: one poller per project, with a backoff of its own.
//!
//! The offset is used for one thing only: to confirm what was just committed. Once nothing is left to confirm, the poller
//! asks without an offset, which means "whatever is unconfirmed". So no offset is stored, nothing is lost when Telegram
//! restarts its update ids somewhere lower (it does after a quiet week), and a crash between commit and confirmation costs
//! a redelivery, which `ingest` recognises. A server that forgets what was confirmed and sends everything again, even after it
//! was confirmed once more, shows itself by that, and is polled with the offset from then on.
//!
//! However a server behaves, it is not asked again at once when the answer shows that nothing would be gained: when it brought
//! nothing that could be confirmed, what was just confirmed, or nothing, long before the time it was given.

use std::time::Duration;

use telegram::{Bot, Error as TelegramError, RawUpdate, Retry};
use tokio::time::Instant;

use super::ingest::ingest;
use super::position::Position;
use crate::bots::Bots;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::projects::{self, Connection, HealthState};
use crate::tx::Store;

/// What the product understands; anything else would only be kept.
const KINDS: [&str; 3] = ["message", "edited_message", "my_chat_member"];

/// The poller's times.
#[derive(Debug, Clone, Copy)]
pub struct PollTuning {
    /// How long Telegram may wait for an update, in seconds (50 at most).
    pub long_poll_seconds: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_backoff: Duration,
    /// The longest wait after a failure.
    pub longest_backoff: Duration,
}

impl Default for PollTuning {
    fn default() -> Self {
        let (first_backoff, longest_backoff) = (Duration::from_secs(1), Duration::from_mins(1));
        Self { long_poll_seconds: 25, first_backoff, longest_backoff }
    }
}

/// Polls a project's bot until the future is dropped.
pub(crate) async fn poll(store: Store, bots: Bots, connection: Connection, tuning: PollTuning) {
    let bot = match bots.open(connection.project, &connection.api, &connection.sealed_token) {
        Ok(bot) => bot,
        Err(error) => {
            tracing::error!(project.id = %connection.project, "the bot token can't be read: {error}");
            let detail = Some(error.to_string());
            report(&store, &connection, HealthState::TokenRejected, None, detail).await;
            return;
        }
    };
    let mut poller =
        Poller { store, bot, connection, tuning, position: Position::default(), trouble: Trouble::default() };
    loop {
        poller.step().await;
    }
}

struct Poller {
    store: Store,
    bot: Bot,
    connection: Connection,
    tuning: PollTuning,
    position: Position,
    trouble: Trouble,
}

/// Failures in a row.
#[derive(Debug, Default)]
struct Trouble {
    calls: u32,
    known: bool,
}

impl Poller {
    async fn step(&mut self) {
        let asked_with = self.position.offset();
        // The first call, and the one after trouble, must not wait: whether Telegram answers at all is news to people.
        let may_wait = self.position.may_wait() && self.trouble.known && self.trouble.calls == 0;
        let wait = if may_wait { self.tuning.long_poll_seconds } else { 0 };
        let limit = if self.position.one_by_one { 1 } else { 100 };
        let asked_at = Instant::now();
        match self.bot.get_updates(asked_with, limit, wait, &KINDS).await {
            Ok(updates) => {
                self.position.answered();
                self.position.one_by_one = false;
                self.recovered().await;
                if updates.is_empty() && wait > 0 {
                    // A server that doesn't wait for updates is not to be asked for them all the time.
                    tokio::time::sleep_until(asked_at + self.tuning.first_backoff).await;
                }
                self.take(asked_with, updates).await;
            }
            Err(TelegramError::TooLarge { .. }) if !self.position.one_by_one => {
                self.position.one_by_one = true;
            }
            Err(error) => self.failed(&error).await,
        }
    }

    /// Commits a batch, however long that takes: until then it is not confirmed, and nothing further is fetched.
    async fn take(&mut self, asked_with: Option<i64>, updates: Vec<RawUpdate>) {
        if updates.is_empty() {
            return;
        }
        let ids: Vec<_> = updates.iter().filter_map(|update| update.update_id).collect();
        let (workspace, project) = (self.connection.workspace, self.connection.project);
        match ingest(&self.store, workspace, project, updates).await {
            Ok(ingested) => {
                if !self.position.committed(asked_with, &ids, ingested.new) {
                    tokio::time::sleep(self.tuning.first_backoff).await;
                }
            }
            Err(error) => {
                // Not confirmed, so it comes again.
                tracing::error!(%project, "a batch of updates could not be stored: {error}");
                tokio::time::sleep(self.tuning.first_backoff).await;
            }
        }
    }

    async fn recovered(&mut self) {
        if self.trouble.calls > 0 || !self.trouble.known {
            self.trouble = Trouble { calls: 0, known: true };
            report(&self.store, &self.connection, HealthState::Ok, None, None).await;
        }
    }

    async fn failed(&mut self, error: &TelegramError) {
        self.trouble.calls = self.trouble.calls.saturating_add(1);
        let wait = match error.retry() {
            Retry::After(wait) => wait,
            Retry::No => self.tuning.longest_backoff,
            Retry::Backoff | Retry::Unknown => backoff(self.trouble.calls, &self.tuning),
        };
        let state = match error {
            TelegramError::Unauthorized => HealthState::TokenRejected,
            TelegramError::Conflict { .. } => HealthState::Conflict,
            TelegramError::TooManyRequests { .. } => HealthState::RateLimited,
            // One broken call is no news: connections get cut.
            _ if self.trouble.calls < 2 => {
                return tokio::time::sleep(wait).await;
            }
            _ => HealthState::Unreachable,
        };
        let until = matches!(error, TelegramError::TooManyRequests { .. })
            .then(|| self.store.now().plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)));
        if self.trouble.calls <= 2 {
            tracing::warn!(project.id = %self.connection.project, "polling failed: {error}");
        }
        report(&self.store, &self.connection, state, until, Some(error.to_string())).await;
        tokio::time::sleep(wait).await;
    }
}

/// Doubles with each failure, with a jitter of a quarter so that a thousand projects don't come back as one.
fn backoff(failures: u32, tuning: &PollTuning) -> Duration {
    let doubled = tuning.first_backoff.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(tuning.longest_backoff).mul_f64(rand::random_range(0.75..1.0))
}

async fn report(
    store: &Store,
    connection: &Connection,
    state: HealthState,
    until: Option<Timestamp>,
    detail: Option<String>,
) {
    let (workspace, project) = (connection.workspace, connection.project);
    let stored: Result<(), Error> = store
        .write("report health", move |tx| {
            projects::report_health(tx, workspace, project, state, until, detail.as_deref())
        })
        .await;
    if let Err(error) = stored {
        tracing::warn!(%project, "the project's health could not be stored: {error}");
    }
}
