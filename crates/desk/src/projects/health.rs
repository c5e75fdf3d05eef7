//! What the workers report of a project's connection to Telegram.

use super::model::{Health, HealthState, WebhookHealth};
use super::store;
use crate::clock::{MINUTE, Timestamp};
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{ProjectId, WorkspaceId};
use crate::text::shorten;
use crate::tx::Tx;

/// A worker reports how the connection is; told to people when it changed. Says whether it is in another state now.
pub(crate) fn report_health(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ProjectId,
    state: HealthState,
    until: Option<Timestamp>,
    detail: Option<&str>,
) -> Result<bool> {
    let Some(known) = store::locked_health(tx, id)? else { return Ok(false) };
    let since = if known.state == state { known.since } else { tx.now };
    let detail = detail.map(|detail| shorten(detail, 300));
    let health = Health { state, since, until, detail, ..known.clone() };
    // What a worker hears while its project is being paused is of no interest.
    if health == known || known.state == HealthState::Paused {
        return Ok(false);
    }
    store::set_health(tx, id, &health, true)?;
    tx.event(workspace, Change::Project(id), Audience::Project(id));
    Ok(known.state != state)
}

/// The doctor reports how deliveries to the project's webhook fare; none when its updates don't come by webhook.
pub(crate) fn report_webhook(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ProjectId,
    webhook: Option<&WebhookHealth>,
) -> Result<()> {
    let Some(known) = store::locked_health(tx, id)? else { return Ok(()) };
    let last_error = |webhook: &WebhookHealth| webhook.last_error.as_deref().map(|words| shorten(words, 300));
    let webhook = webhook.map(|webhook| WebhookHealth { last_error: last_error(webhook), ..webhook.clone() });
    if known.webhook == webhook || known.state == HealthState::Paused {
        return Ok(());
    }
    store::set_health(tx, id, &Health { webhook, ..known }, true)?;
    tx.event(workspace, Change::Project(id), Audience::Project(id));
    Ok(())
}

/// Until when Telegram asked the bot to pause, if it did.
pub(crate) fn paused_until(tx: &mut Tx, id: ProjectId) -> Result<Option<Timestamp>> {
    let health = store::health(tx, id)?.filter(|health| health.state == HealthState::RateLimited);
    Ok(health.and_then(|health| health.until))
}

/// A reply was sent: what an earlier one met with (a pause that Telegram asked for, a token that it refused) is over.
/// Other trouble is the poller's, which says itself when it is over.
pub(crate) fn note_sent(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<()> {
    let now = tx.now;
    let is_over = |health: &Health| match health.state {
        HealthState::RateLimited | HealthState::TokenRejected => {
            health.until.is_none_or(|until| until <= now)
        }
        _ => false,
    };
    if store::health(tx, id)?.is_some_and(|health| is_over(&health)) {
        report_health(tx, workspace, id, HealthState::Ok, None, None)?;
    }
    Ok(())
}

/// Notes that Telegram delivered something, to the minute: a write per message would be one too many.
pub(crate) fn note_update(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<()> {
    let now = tx.now;
    let is_due = |health: &Health| health.last_update_at.is_none_or(|last| last.plus(MINUTE) <= now);
    if !store::health(tx, id)?.is_some_and(|health| is_due(&health)) {
        return Ok(());
    }
    let Some(health) = store::locked_health(tx, id)? else { return Ok(()) };
    store::set_health(tx, id, &Health { last_update_at: Some(now), ..health }, false)?;
    tx.event(workspace, Change::Project(id), Audience::Project(id));
    Ok(())
}
