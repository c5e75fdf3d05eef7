//! Failed calls to Telegram: how long to wait after them, and what people are told.

use std::time::Duration;

use telegram::{Error as TelegramError, Retry};

use super::poller::PollTuning;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::notifications;
use crate::projects::{self, Connection, HealthState, WebhookHealth};
use crate::tx::Store;

/// Failures in a row of one project's receiver.
pub(super) struct Trouble {
    store: Store,
    connection: Connection,
    tuning: PollTuning,
    calls: u32,
    /// People know how it is.
    known: bool,
}

impl Trouble {
    pub(super) fn new(store: Store, connection: Connection, tuning: PollTuning) -> Self {
        Self { store, connection, tuning, calls: 0, known: false }
    }

    /// Whether the last call succeeded, and people know.
    pub(super) fn is_none(&self) -> bool {
        self.known && self.calls == 0
    }

    /// A call succeeded.
    pub(super) async fn is_over(&mut self) {
        if !self.is_none() {
            (self.calls, self.known) = (0, true);
            self.report(HealthState::Ok, None, None).await;
        }
    }

    /// A call failed: says how long to wait before the next.
    pub(super) async fn failed(&mut self, error: &TelegramError) -> Duration {
        self.calls = self.calls.saturating_add(1);
        let wait = match error.retry() {
            Retry::After(wait) => wait,
            Retry::No => self.tuning.longest_backoff,
            Retry::Backoff | Retry::Unknown => backoff(self.calls, &self.tuning),
        };
        let state = match error {
            TelegramError::Unauthorized => HealthState::TokenRejected,
            TelegramError::Conflict { .. } => HealthState::Conflict,
            TelegramError::TooManyRequests { .. } => HealthState::RateLimited,
            // One broken call is no news: connections get cut.
            _ if self.calls < 2 => return wait,
            _ => HealthState::Unreachable,
        };
        let until = matches!(error, TelegramError::TooManyRequests { .. })
            .then(|| self.store.now().plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)));
        if self.calls <= 2 {
            tracing::warn!(project.id = %self.connection.project, "receiving failed: {error}");
        }
        self.report(state, until, Some(error.to_string())).await;
        wait
    }

    /// Something else is wrong: told until a call finds it over.
    pub(super) async fn met(&mut self, state: HealthState, words: String) {
        self.calls = self.calls.saturating_add(1);
        self.report(state, None, Some(words)).await;
    }

    /// Tells people how the connection is.
    pub(super) async fn report(&self, state: HealthState, until: Option<Timestamp>, detail: Option<String>) {
        let (workspace, project) = (self.connection.workspace, self.connection.project);
        let stored = self.store.write("report health", move |tx| {
            notifications::report_health(tx, workspace, project, state, until, detail.as_deref())
        });
        self.note(stored.await);
    }

    /// Tells people how deliveries to the webhook fare.
    pub(super) async fn report_webhook(&self, webhook: Option<WebhookHealth>) {
        let (workspace, project) = (self.connection.workspace, self.connection.project);
        let stored = self.store.write("report webhook", move |tx| {
            projects::report_webhook(tx, workspace, project, webhook.as_ref())
        });
        self.note(stored.await);
    }

    fn note(&self, stored: Result<()>) {
        if let Err(error) = stored {
            let project = self.connection.project;
            tracing::warn!(project.id = %project, "the project's health could not be stored: {error}");
        }
    }
}

/// Doubles with each failure, with a jitter of a quarter so that a thousand projects don't come back as one.
fn backoff(failures: u32, tuning: &PollTuning) -> Duration {
    let doubled = tuning.first_backoff.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(tuning.longest_backoff).mul_f64(rand::random_range(0.75..1.0))
}
