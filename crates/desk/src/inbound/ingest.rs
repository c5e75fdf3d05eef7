//! A batch of updates, made durable and applied in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telegram::RawUpdate;

use super::apply::{Applied, Trust, apply};
use super::at_once::apply_at_once;
use super::decode::{Decoded, Meaning};
use super::store::{State, fault_words, keep, keep_all, mark_unsupported};
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
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
    // All at once first: nearly always they are all new and can be applied. If one isn't, all is undone, and then each is applied
    // by itself.
    let tallies = match attempt(store, workspace, batch.clone(), together).await {
        Err(error) if !error.is_trouble() => attempt(store, workspace, batch, one_by_one).await?,
        tallies => tallies?,
    };
    measure(&tallies, count, begun.elapsed());
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum();
    Ok(Ingested { new: sum(Tally::first_time), failed: sum(|tally| tally.failed) })
}

type Batch = [(ProjectId, Decoded)];
/// Applies a batch: what came of it by project, and whether a session began.
type How = fn(&mut Tx, WorkspaceId, &Batch) -> Result<(Tallies, bool)>;

/// Stores and applies a batch in one transaction.
async fn attempt(store: &Store, workspace: WorkspaceId, batch: Arc<Batch>, how: How) -> Result<Tallies> {
    store
        .write("ingest", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let (tallies, started) = how(tx, workspace, &batch)?;
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

type Tallies = BTreeMap<ProjectId, Tally>;

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

fn measure(tallies: &Tallies, count: usize, took: Duration) {
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

/// Stores all updates, then applies them. One that came before, one whose message is there already, or one that can't be applied
/// is the failure of all.
fn together(tx: &mut Tx, workspace: WorkspaceId, batch: &Batch) -> Result<(Tallies, bool)> {
    keep_all(tx, workspace, batch)?;
    let (mut tallies, mut started) = (Tallies::new(), false);
    let at_once = apply_at_once(tx, workspace, batch)?;
    for ((project, update), is_applied) in batch.iter().zip(at_once) {
        let tally = tallies.entry(*project).or_default();
        let Ok(meaning) = &update.meaning else {
            tally.failed += 1;
            continue;
        };
        if is_applied {
            tally.applied += 1;
            continue;
        }
        let applied = apply(tx, workspace, *project, meaning, Trust::New)?;
        if applied == Applied::Unsupported && !matches!(meaning, Meaning::Unsupported) {
            mark_unsupported(tx, *project, update)?;
        }
        tally.applied += 1;
        started |= applied == Applied::SessionStarted;
    }
    for (project, update) in batch {
        if let Err(fault) = &update.meaning {
            warn(*project, update, fault);
        }
    }
    Ok((tallies, started))
}

/// Stores and applies each update by itself, if it has not come before. One that can't be applied is kept as failed.
fn one_by_one(tx: &mut Tx, workspace: WorkspaceId, batch: &Batch) -> Result<(Tallies, bool)> {
    let (mut tallies, mut started) = (Tallies::new(), false);
    for (project, update) in batch {
        let tally = tallies.entry(*project).or_default();
        let outcome = match &update.meaning {
            Ok(meaning) => {
                tx.savepoint(|tx| one(tx, workspace, *project, update, meaning)).or_else(|error| {
                    if error.is_trouble() { Err(error) } else { Ok(Outcome::Fault(error.to_string())) }
                })?
            }
            Err(fault) => Outcome::Fault(fault.clone()),
        };
        let fault = match outcome {
            Outcome::Known => {
                tally.duplicate += 1;
                continue;
            }
            Outcome::Applied(applied) => {
                tally.applied += 1;
                started |= applied == Applied::SessionStarted;
                continue;
            }
            Outcome::Fault(fault) => fault,
        };
        if keep_failed(tx, workspace, *project, update, &fault)? {
            tally.failed += 1;
        } else {
            tally.duplicate += 1;
        }
    }
    Ok((tallies, started))
}

/// What came of an update by itself.
enum Outcome {
    /// It came before.
    Known,
    Applied(Applied),
    /// It can't be applied.
    Fault(String),
}

fn one(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
    meaning: &Meaning,
) -> Result<Outcome> {
    if !keep(tx, workspace, project, update, State::Applied, None)? {
        return Ok(Outcome::Known);
    }
    let applied = apply(tx, workspace, project, meaning, Trust::Nothing)?;
    if applied == Applied::Unsupported {
        mark_unsupported(tx, project, update)?;
    }
    Ok(Outcome::Applied(applied))
}

/// False when it came before.
fn keep_failed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
    fault: &str,
) -> Result<bool> {
    let new = keep(tx, workspace, project, update, State::Failed, Some(&fault_words(fault)))?;
    if new {
        warn(project, update, fault);
    }
    Ok(new)
}

fn warn(project: ProjectId, update: &Decoded, fault: &str) {
    let words = fault_words(fault);
    tracing::warn!(project.id = %project, update.id = update.update_id, "an update failed: {words}");
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
