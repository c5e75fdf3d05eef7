//! A batch of updates, made durable and applied in one transaction.

use db::params;
use telegram::RawUpdate;

use super::apply::{Applied, apply};
use super::decode::Decoded;
use crate::clock::{HOUR, Timestamp};
use crate::error::{Error, Result};
use crate::ids::{ProjectId, WorkspaceId, uuid};
use crate::text::{shorten, without_nul};
use crate::tx::{Store, Tx};
use crate::{projects, reception};

/// How long an update is kept as it came.
const KEPT_FOR: i64 = 48 * HOUR;

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
    let now = store.now();
    let batch: Vec<_> = updates.into_iter().map(|update| Decoded::read(update, now)).collect();
    store
        .write("ingest", move |tx| {
            tx.lock("workspaces", &workspace.to_string())?;
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
                reception::drain(tx, workspace)?;
            }
            if ingested.new > 0 {
                projects::note_update(tx, project)?;
            }
            Ok(ingested)
        })
        .await
}

enum Outcome {
    Applied(Applied),
    Failed,
}

/// Stores and applies one update; none when it came before.
fn one(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, update: &Decoded) -> Result<Option<Outcome>> {
    let applied = tx.savepoint(|tx| {
        let meaning = update.meaning.as_ref().map_err(|fault| Error::Internal(fault.clone()))?;
        if !keep(tx, workspace, project, update, "applied", None)? {
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
            tracing::warn!(project.id = %project, update.id = update.update_id, "an update failed: {words}");
            let new = keep(tx, workspace, project, update, "failed", Some(&words))?;
            Ok(new.then_some(Outcome::Failed))
        }
        other => other,
    }
}

/// Stores an update as it came; false when it is there already.
fn keep(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
    state: &str,
    error: Option<&str>,
) -> Result<bool> {
    let (id, now) = (uuid(tx.now).to_string(), tx.now);
    let stored = tx.execute(
        "INSERT INTO updates (id, workspace_id, project_id, update_id, digest, kind, raw, state, error, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (project_id, update_id, digest) DO NOTHING",
        params![
            id,
            workspace,
            project,
            update.update_id,
            &update.digest,
            &update.kind,
            &update.raw,
            state,
            error,
            now
        ],
    )?;
    Ok(stored > 0)
}

fn mark_unsupported(tx: &mut Tx, project: ProjectId, update: &Decoded) -> Result<()> {
    tx.execute(
        "UPDATE updates SET state = 'unsupported' WHERE project_id = $1 AND update_id = $2 AND digest = $3",
        params![project, update.update_id, &update.digest],
    )?;
    Ok(())
}

/// Deletes at most 500 updates that were kept long enough; says how many. Failed ones stay.
pub(crate) fn forget_old_updates(tx: &mut Tx) -> Result<u64> {
    let before: Timestamp = tx.now.plus(-KEPT_FOR);
    let gone = tx.execute(
        "DELETE FROM updates WHERE id IN
         (SELECT id FROM updates WHERE received_at < $1 AND state <> 'failed' ORDER BY received_at LIMIT 500)",
        params![before],
    )?;
    Ok(gone)
}
