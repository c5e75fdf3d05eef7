//! Applying again what could not be applied: after a fault of ours was mended, say.

use telegram::RawUpdate;

use super::apply::{Applied, Trust, apply};
use super::decode::Decoded;
use super::ingest::drain;
use super::store::{self, Failed, State};
use crate::error::{Error, Result};
use crate::ids::{ProjectId, WorkspaceId};
use crate::members;
use crate::tx::{Store, Tx};

/// Which failed updates to apply; all when nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Which {
    /// Of this project.
    pub project: Option<ProjectId>,
    /// With this id of Telegram's.
    pub update_id: Option<i64>,
}

/// What became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reprocessed {
    /// Where they belong now.
    pub applied: u64,
    /// Understood, but nothing the product can show.
    pub unsupported: u64,
    /// Failed again, and kept as before.
    pub failed: u64,
}

/// Applies failed updates again, in the order in which they came, each in a transaction and a savepoint of its own. May run beside
/// a server and beside itself: each is applied once.
pub async fn reprocess(store: &Store, which: Which) -> Result<Reprocessed> {
    let mut done = Reprocessed::default();
    let mut after = String::new();
    loop {
        let from = after.clone();
        let page = store
            .read("failed updates", move |tx| store::failed(tx, which.project, which.update_id, &from))
            .await?;
        let Some(last) = page.last() else { return Ok(done) };
        after.clone_from(&last.id);
        for update in page {
            match store.write_bulk("reprocess", move |tx| one(tx, &update)).await? {
                None => {}
                Some(State::Applied) => done.applied += 1,
                Some(State::Unsupported) => done.unsupported += 1,
                Some(State::Failed) => done.failed += 1,
            }
        }
    }
}

/// None when somebody else has applied it meanwhile.
fn one(tx: &mut Tx, update: &Failed) -> Result<Option<State>> {
    let (workspace, project) = (update.workspace, update.project);
    members::lock_workspace(tx, workspace)?;
    if !store::is_failed(tx, &update.id)? {
        return Ok(None);
    }
    // A message without a time of its own came when the update did.
    let decoded = Decoded::read(&RawUpdate::read(&update.raw), update.received_at);
    let applied = tx.savepoint(|tx| again(tx, workspace, project, &decoded));
    let (state, words) = match applied {
        Ok(Applied::Unsupported) => (State::Unsupported, None),
        Ok(applied) => {
            if applied == Applied::SessionStarted {
                drain(tx, workspace)?;
            }
            (State::Applied, None)
        }
        Err(error) if !error.is_trouble() => (State::Failed, Some(store::fault_words(&error.to_string()))),
        Err(error) => return Err(error),
    };
    store::set_state(tx, &update.id, state, words.as_deref())?;
    Ok(Some(state))
}

fn again(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, decoded: &Decoded) -> Result<Applied> {
    let meaning = decoded.meaning.as_ref().map_err(|fault| Error::Internal(fault.clone()))?;
    apply(tx, workspace, project, meaning, Trust::Nothing)
}
