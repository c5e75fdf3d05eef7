//! A batch of updates, made durable and applied in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telegram::RawUpdate;

use super::apply::{Applied, apply};
use super::decode::Decoded;
use super::store::{State, keep, mark_unsupported};
use crate::error::Result;
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

/// Stores and applies a batch of one project. When this returns, it is durable, and Telegram may be told so.
pub async fn ingest(
    store: &Store,
    workspace: WorkspaceId,
    project: ProjectId,
    updates: Vec<RawUpdate>,
) -> Result<Ingested> {
    let updates: Vec<_> = updates.into_iter().map(|update| (project, update)).collect();
    ingest_all(store, workspace, &updates).await
}

/// As `ingest`, for updates of several projects of a workspace.
pub(super) async fn ingest_all(
    store: &Store,
    workspace: WorkspaceId,
    updates: &[(ProjectId, RawUpdate)],
) -> Result<Ingested> {
    let (now, begun, count) = (store.now(), Instant::now(), updates.len());
    let batch: Arc<[_]> =
        updates.iter().map(|(project, update)| (*project, Decoded::read(update, now))).collect();
    // All at once first: a savepoint for each update costs more than applying it. One that fails undoes all, and then each is
    // applied by itself.
    let tallies = match attempt(store, workspace, batch.clone(), together).await {
        Err(error) if !error.is_trouble() => attempt(store, workspace, batch, by_itself).await?,
        tallies => tallies?,
    };
    measure(&tallies, count, begun.elapsed());
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum();
    Ok(Ingested { new: sum(Tally::first_time), failed: sum(|tally| tally.failed) })
}

/// Stores and applies a batch in one transaction, each update with `one`.
async fn attempt(
    store: &Store,
    workspace: WorkspaceId,
    batch: Arc<[(ProjectId, Decoded)]>,
    one: One,
) -> Result<BTreeMap<ProjectId, Tally>> {
    store
        .write("ingest", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let (tallies, started) = apply_all(tx, workspace, &batch, one)?;
            if started {
                drain(tx, workspace)?;
            }
            for (&project, _) in tallies.iter().filter(|(_, tally)| tally.first_time() > 0) {
                projects::note_update(tx, workspace, project)?;
            }
            Ok(tallies)
        })
        .await
}

/// What came of a project's part of a batch.
#[derive(Debug, Default)]
struct Tally {
    applied: usize,
    failed: usize,
    duplicate: usize,
}

impl Tally {
    fn first_time(&self) -> usize {
        self.applied + self.failed
    }
}

fn measure(tallies: &BTreeMap<ProjectId, Tally>, count: usize, took: Duration) {
    for (project, Tally { applied, failed, duplicate }) in tallies {
        let outcomes = [("applied", *applied), ("failed", *failed), ("duplicate", *duplicate)];
        for (outcome, count) in outcomes.into_iter().filter(|(_, count)| *count > 0) {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            metrics::counter!("teledesk_updates_total", "project" => project.to_string(), "outcome" => outcome)
                .increment(count);
        }
    }
    metrics::histogram!("teledesk_ingest_batch_updates").record(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::histogram!("teledesk_ingest_seconds").record(took);
}

enum Outcome {
    Applied(Applied),
    Failed,
}

/// Stores and applies one update; none when it came before.
type One = fn(&mut Tx, WorkspaceId, ProjectId, &Decoded) -> Result<Option<Outcome>>;

/// Applies a batch, each update with `one`: what came of it by project, and whether a session began.
fn apply_all(
    tx: &mut Tx,
    workspace: WorkspaceId,
    batch: &[(ProjectId, Decoded)],
    one: One,
) -> Result<(BTreeMap<ProjectId, Tally>, bool)> {
    let (mut tallies, mut started) = (BTreeMap::<_, Tally>::new(), false);
    for (project, update) in batch {
        let outcome = one(tx, workspace, *project, update)?;
        let tally = tallies.entry(*project).or_default();
        match outcome {
            None => tally.duplicate += 1,
            Some(Outcome::Failed) => tally.failed += 1,
            Some(Outcome::Applied(applied)) => {
                tally.applied += 1;
                started |= applied == Applied::SessionStarted;
            }
        }
    }
    Ok((tallies, started))
}

/// Applies an update; if it can't be, that is the failure of all.
fn together(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
) -> Result<Option<Outcome>> {
    let meaning = match &update.meaning {
        Ok(meaning) => meaning,
        Err(fault) => return keep_failed(tx, workspace, project, update, fault),
    };
    if !keep(tx, workspace, project, update, State::Applied, None)? {
        return Ok(None);
    }
    let applied = apply(tx, workspace, project, meaning)?;
    if applied == Applied::Unsupported {
        mark_unsupported(tx, project, update)?;
    }
    Ok(Some(Outcome::Applied(applied)))
}

/// Applies an update; if it can't be, it is kept as failed.
fn by_itself(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
) -> Result<Option<Outcome>> {
    match tx.savepoint(|tx| together(tx, workspace, project, update)) {
        Err(error) if !error.is_trouble() => keep_failed(tx, workspace, project, update, &error.to_string()),
        other => other,
    }
}

fn keep_failed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
    fault: &str,
) -> Result<Option<Outcome>> {
    let words = shorten(&without_nul(fault), 500);
    let new = keep(tx, workspace, project, update, State::Failed, Some(&words))?;
    if new {
        tracing::warn!(project.id = %project, update.id = update.update_id, "an update failed: {words}");
    }
    Ok(new.then_some(Outcome::Failed))
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
