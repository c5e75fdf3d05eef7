//! A batch of updates, made durable and applied in one transaction.

use std::time::{Duration, Instant};

use telegram::RawUpdate;

use super::apply::{Applied, apply};
use super::decode::Decoded;
use super::store::{State, keep, mark_unsupported};
use crate::error::{Error, Result};
use crate::ids::{ProjectId, WorkspaceId};
use crate::text::{shorten, without_nul};
use crate::tx::{Store, Tx};
use crate::{members, projects, reception};

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ingested {
    /// Updates that had not come before.
    pub new: usize,
    /// Of these, those that could not be applied.
    pub failed: usize,
}

/// Stores and applies a batch. When this returns, it is durable, and Telegram may be told so.
pub async fn ingest(
    store: &Store,
    workspace: WorkspaceId,
    project: ProjectId,
    updates: Vec<RawUpdate>,
) -> Result<Ingested> {
    let (now, begun, count) = (store.now(), Instant::now(), updates.len());
    let batch: Vec<_> = updates.iter().map(|update| Decoded::read(update, now)).collect();
    let ingested = store
        .write("ingest", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let (mut ingested, mut started) = (Ingested::default(), false);
            for update in &batch {
                match one(tx, workspace, project, update)? {
                    None => continue,
                    Some(Outcome::Failed) => ingested.failed += 1,
                    Some(Outcome::Applied(applied)) => started |= applied == Applied::SessionStarted,
                }
                ingested.new += 1;
            }
            if started {
                drain(tx, workspace)?;
            }
            if ingested.new > 0 {
                projects::note_update(tx, workspace, project)?;
            }
            Ok(ingested)
        })
        .await?;
    measure(project, count, ingested, begun.elapsed());
    Ok(ingested)
}

fn measure(project: ProjectId, count: usize, ingested: Ingested, took: Duration) {
    let Ingested { new, failed } = ingested;
    let outcomes = [
        ("applied", new.saturating_sub(failed)),
        ("failed", failed),
        ("duplicate", count.saturating_sub(new)),
    ];
    for (outcome, count) in outcomes.into_iter().filter(|(_, count)| *count > 0) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        metrics::counter!("teledesk_updates_total", "project" => project.to_string(), "outcome" => outcome)
            .increment(count);
    }
    metrics::histogram!("teledesk_ingest_batch_updates").record(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::histogram!("teledesk_ingest_seconds").record(took);
}

enum Outcome {
    Applied(Applied),
    Failed,
}

/// Stores and applies one update; none when it came before.
fn one(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, update: &Decoded) -> Result<Option<Outcome>> {
    let applied = tx.savepoint(|tx| {
        let meaning = update.meaning.as_ref().map_err(|fault| Error::Internal(fault.clone()))?;
        if !keep(tx, workspace, project, update, State::Applied, None)? {
            return Ok(None);
        }
        let applied = apply(tx, workspace, project, meaning)?;
        if applied == Applied::Unsupported {
            mark_unsupported(tx, project, update)?;
        }
        Ok(Some(Outcome::Applied(applied)))
    });
    match applied {
        Err(error) if !error.is_trouble() => {
            let words = shorten(&without_nul(&error.to_string()), 500);
            let new = keep(tx, workspace, project, update, State::Failed, Some(&words))?;
            if new {
                tracing::warn!(project.id = %project, update.id = update.update_id, "an update failed: {words}");
            }
            Ok(new.then_some(Outcome::Failed))
        }
        other => other,
    }
}

/// Gives the new sessions to whom they belong. What customers wrote is stored even if that fails: the sessions wait then.
pub(super) fn drain(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    match tx.savepoint(|tx| reception::drain(tx, workspace)) {
        Err(error) if !error.is_trouble() => {
            tracing::error!(workspace.id = %workspace, "sessions could not be given to anybody: {error}");
            Ok(())
        }
        other => other,
    }
}
