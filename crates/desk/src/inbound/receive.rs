//! How a project's updates come: by polling, or by webhook.

use std::time::Duration;

use super::doctor::Doctor;
use super::poller::{PollTuning, poll};
use crate::bots::Bots;
use crate::ids::ProjectId;
use crate::projects::{Connection, Transport};
use crate::tx::Store;

/// Where webhooks are, under the public address; the project's id follows.
pub const WEBHOOK_PATH: &str = "/telegram/";

/// How updates are received.
#[derive(Debug, Clone, Default)]
pub struct Receiving {
    /// The poller's times.
    pub poll: PollTuning,
    /// The webhooks' address and times.
    pub webhook: WebhookTuning,
}

/// The address and the times of webhooks.
#[derive(Debug, Clone)]
pub struct WebhookTuning {
    /// The address at which Telegram reaches us, as in `https://desk.example.com`; none: no webhooks.
    pub public_url: Option<String>,
    /// How often Telegram is asked how deliveries fare.
    pub check_every: Duration,
    /// How long updates are polled after deliveries failed; it doubles each time, twelvefold at most.
    pub fall_back_for: Duration,
}

impl Default for WebhookTuning {
    fn default() -> Self {
        let (check_every, fall_back_for) = (Duration::from_secs(30), Duration::from_mins(5));
        Self { public_url: None, check_every, fall_back_for }
    }
}

impl WebhookTuning {
    /// Where Telegram delivers a project's updates.
    pub(super) fn url(&self, project: ProjectId) -> Option<String> {
        self.public_url.as_ref().map(|public| format!("{public}{WEBHOOK_PATH}{project}"))
    }
}

/// Whether a webhook's address is one of ours for this project, whatever our public address was when it was set.
pub(super) fn is_own_webhook(url: &str, project: ProjectId) -> bool {
    url.ends_with(&format!("{WEBHOOK_PATH}{project}"))
}

/// Receives a project's updates until the future is dropped.
pub(crate) async fn receive(store: Store, bots: Bots, connection: Connection, tuning: Receiving) {
    let doctor = match connection.transport {
        Transport::Polling => None,
        Transport::Webhook => Doctor::new(&store, &bots, &connection, &tuning),
    };
    // Boxed, so that a thousand pollers don't each keep room for a doctor.
    match doctor {
        Some(doctor) => Box::pin(doctor.watch()).await,
        None => Box::pin(poll(store, bots, connection, tuning.poll)).await,
    }
}
