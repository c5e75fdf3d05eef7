//! What Telegram's answer means for a reply, and storing it.

use std::sync::Arc;
use std::time::Duration;

use telegram::{Error as TelegramError, Retry, Sent};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{MessageId, ProjectId};
use crate::jobs::{self, Job};
use crate::messages::{self, Outcome, SEND, ToSend};
use crate::notifications;
use crate::projects::{self, HealthState};
use crate::tx::Store;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    /// The whole bot must not send before.
    pub(super) pause_until: Option<Timestamp>,
    /// The customer blocked the bot.
    pub(super) blocked: bool,
    /// What it says of the project's connection, and in which words.
    pub(super) health: Option<(HealthState, String)>,
}

/// Judges the answer to the `attempts`-th call.
pub(super) fn judge(answer: Result<Sent, TelegramError>, attempts: i64, now: Timestamp) -> Verdict {
    let plain = |outcome| Verdict { outcome, pause_until: None, blocked: false, health: None };
    let error = match answer {
        Ok(sent) => return plain(Outcome::Sent(sent.message_id)),
        Err(error) => error,
    };
    match (error.retry(), &error) {
        (Retry::After(wait), _) => {
            let until = now.plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
            let health = Some((HealthState::RateLimited, error.to_string()));
            Verdict { pause_until: Some(until), health, ..plain(Outcome::Again("rate_limited", until)) }
        }
        (Retry::Backoff, TelegramError::NotConnected { .. }) => {
            // Nobody gets through now, so nobody needs to try.
            let until = later(attempts, now);
            Verdict { pause_until: Some(until), ..plain(Outcome::Again("unreachable", until)) }
        }
        (Retry::Backoff, _) => plain(Outcome::Again("telegram_trouble", later(attempts, now))),
        (Retry::Unknown, _) => plain(Outcome::Unknown),
        (Retry::No, TelegramError::Unauthorized) => {
            let health = Some((HealthState::TokenRejected, error.to_string()));
            Verdict { health, ..plain(Outcome::Failed("token_rejected")) }
        }
        (Retry::No, TelegramError::BlockedByUser { .. }) => {
            Verdict { blocked: true, ..plain(Outcome::Failed("blocked_by_customer")) }
        }
        (Retry::No, TelegramError::ChatNotFound) => plain(Outcome::Failed("chat_not_found")),
        (Retry::No, TelegramError::Forbidden { .. }) => plain(Outcome::Failed("forbidden")),
        (Retry::No, _) => plain(Outcome::Failed("bad_request")),
    }
}

/// 1 s after the first attempt, doubling, a minute at most.
fn later(attempts: i64, now: Timestamp) -> Timestamp {
    let doublings = attempts.saturating_sub(1).clamp(0, 6);
    now.plus((1_000 << doublings).min(60_000))
}

/// Stores what became of a reply. Tries again while the database is in trouble: only this process knows. If it dies first, or
/// the reply can't be stored at all, it stays claimed, and is unknown to the next sender.
///
/// A reply that is no longer claimed by `worker` was called unknown meanwhile by another node, to which this one was dead. All that
/// can still be said of it is that it arrived after all.
pub(super) async fn settle(
    store: &Store,
    worker: &Arc<str>,
    job: &Job,
    message: &ToSend,
    outcome: Outcome,
    blocked: bool,
    health: Option<(HealthState, String)>,
) {
    let (id, mut wait) = (message.id, Duration::from_millis(100));
    let (project, word) = (message.project, word(&outcome));
    loop {
        let (job_id, message, outcome, health) = (job.id, message.clone(), outcome.clone(), health.clone());
        let worker = worker.clone();
        let stored: Result<()> = store
            .write("settle reply", move |tx| {
                if blocked {
                    messages::note_blocked(tx, message.workspace, message.customer, true)?;
                }
                if !jobs::is_claimed_by(tx, job_id, &worker)? {
                    return messages::settle_late(tx, &message, &outcome);
                }
                messages::settle(tx, &message, &outcome)?;
                notifications::sending_failed(tx, &message, &outcome)?;
                match outcome {
                    Outcome::Again(_, at) => jobs::put_back(tx, job_id, at)?,
                    _ => jobs::finish(tx, job_id)?,
                }
                if let Outcome::Sent(_) = outcome {
                    projects::note_sent(tx, message.workspace, message.project)?;
                }
                if let Some((state, detail)) = &health {
                    let until = if let Outcome::Again(_, at) = outcome { Some(at) } else { None };
                    let (workspace, project) = (message.workspace, message.project);
                    notifications::report_health(tx, workspace, project, *state, until, Some(detail))?;
                }
                Ok(())
            })
            .await;
        match stored {
            Ok(()) => return count(project, word),
            Err(error) if error.is_trouble() => {
                tracing::error!(message.id = %id, "what became of a reply is not stored yet: {error}");
            }
            Err(error) => {
                // Trying again would fail again, and keep the server from stopping.
                tracing::error!(message.id = %id, "what became of a reply can't be stored: {error}");
                return;
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(5));
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent(_) => "sent",
        Outcome::Failed(_) => "failed",
        Outcome::Unknown => "unknown",
        Outcome::Again(..) => "again",
    }
}

fn count(project: ProjectId, outcome: &'static str) {
    metrics::counter!("teledesk_replies_total", "project" => project.to_string(), "outcome" => outcome)
        .increment(1);
}

/// Settles a queued reply as sent by other means: how a believable past is written.
pub async fn record_sent(store: &Store, id: MessageId, telegram_message: Option<i64>) -> Result<()> {
    store
        .write("record sent", move |tx| {
            let Some(message) = messages::to_send(tx, id)? else {
                return Err(Error::refused(Code::NotFound));
            };
            jobs::drop_queued(tx, SEND, &id.to_string())?;
            messages::settle(tx, &message, &Outcome::Sent(telegram_message))
        })
        .await
}
