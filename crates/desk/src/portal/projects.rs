//! How a project fares, for who manages it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{ProjectId, WorkspaceId};
use crate::jobs;
use crate::messages::SEND;
use crate::projects::{self, Health, HealthState};
use crate::tx::Store;

/// The health of a project in detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProjectHealth)]
pub struct HealthView {
    /// As it stands in the project.
    pub health: Health,
    /// When something last came from Telegram (to the minute).
    pub last_update_at: Option<Timestamp>,
    /// The last error in Telegram's or the network's words, of the connection or of a delivery.
    pub last_error: Option<String>,
    /// The replies that wait to be sent.
    pub queue: Queue,
    /// Until when Telegram asked the bot to pause.
    pub paused_until: Option<Timestamp>,
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OutgoingQueue)]
pub struct Queue {
    /// How many.
    pub queued: i64,
    /// Since when the oldest waits.
    pub oldest_at: Option<Timestamp>,
    /// When the next is due.
    pub next_at: Option<Timestamp>,
}

/// How a project of the workspace fares.
pub async fn project_health(store: &Store, workspace: WorkspaceId, id: ProjectId) -> Result<HealthView> {
    store
        .read("project health", move |tx| {
            let project = projects::many(tx, workspace, &[id])?.pop();
            let health = project.ok_or_else(|| Error::refused(Code::NotFound))?.health;
            let waiting = jobs::queued_of(tx, SEND, &id.to_string())?;
            let of_webhook = health.webhook.as_ref().and_then(|webhook| webhook.last_error.clone());
            let is_limited = health.state == HealthState::RateLimited;
            Ok(HealthView {
                last_update_at: health.last_update_at,
                last_error: health.detail.clone().or(of_webhook),
                queue: Queue {
                    queued: waiting.count,
                    oldest_at: waiting.oldest_at,
                    next_at: waiting.next_at,
                },
                paused_until: health.until.filter(|_| is_limited),
                health,
            })
        })
        .await
}
