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

use telegram::{Bot, Error as TelegramError, RawUpdate};
use tokio::time::Instant;

use super::KINDS;
use super::ingest::ingest;
use super::position::Position;
use super::receive::is_own_webhook;
use super::trouble::Trouble;
use crate::bots::Bots;
use crate::projects::{Connection, HealthState};
use crate::tx::Store;

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
            let trouble = Trouble::new(store, connection, tuning);
            trouble.report(HealthState::TokenRejected, None, Some(error.to_string())).await;
            return;
        }
    };
    let trouble = Trouble::new(store.clone(), connection.clone(), tuning);
    let mut poller = Poller { store, bot, connection, tuning, position: Position::default(), trouble };
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

impl Poller {
    async fn step(&mut self) {
        let asked_with = self.position.offset();
        // The first call, and the one after trouble, must not wait: whether Telegram answers at all is news to people.
        let may_wait = self.position.may_wait() && self.trouble.is_none();
        let wait = if may_wait { self.tuning.long_poll_seconds } else { 0 };
        let limit = if self.position.one_by_one { 1 } else { 100 };
        let asked_at = Instant::now();
        match self.bot.get_updates(asked_with, limit, wait, &KINDS).await {
            Ok(updates) => {
                self.position.answered();
                self.position.one_by_one = false;
                self.trouble.is_over().await;
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

    async fn failed(&mut self, error: &TelegramError) {
        let left_over = matches!(error, TelegramError::Conflict { .. }) && self.remove_own_webhook().await;
        if !left_over {
            let wait = self.trouble.failed(error).await;
            tokio::time::sleep(wait).await;
        }
    }

    /// Telegram gives nothing to a poller while a webhook is set. One of ours is left over from before; that of somebody else
    /// is theirs.
    async fn remove_own_webhook(&self) -> bool {
        let set = self.bot.get_webhook_info().await.map(|info| info.url).unwrap_or_default();
        is_own_webhook(&set, self.connection.project) && self.bot.delete_webhook().await.is_ok()
    }
}
