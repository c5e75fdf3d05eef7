//! Sessions that nobody took up in their project's time go on to the next.
//!
//! **Once round.** A session goes on to the next who could take it and hasn't had it this round, at the place in the queue that it
//! had. When there is nobody left, it stays with the one who has it, and after the same time it is asked again: who became available
//! meanwhile, and hasn't had it, gets it then. So a team that is away isn't sent round and round, and no customer is put back
//! into a queue from which nobody would be given them. The round is over when somebody takes it up or replies.

use std::collections::BTreeMap;

use super::drain::{drain, returned};
use super::moving::take_back;
use super::staff::Staff;
use crate::error::Result;
use crate::ids::WorkspaceId;
use crate::members;
use crate::sessions::{self, Session, State};
use crate::tx::{Store, Tx};

/// Sessions per look.
const STEP: i64 = 500;

/// Lets every session of the installation that was not taken up in time go on. Says how many did.
pub async fn pass_on(store: &Store) -> Result<usize> {
    let overdue = store.read("overdue sessions", |tx| sessions::overdue(tx, STEP)).await?;
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<Session>> = BTreeMap::new();
    for session in overdue {
        by_workspace.entry(session.workspace).or_default().push(session);
    }
    let mut passed = 0;
    for (workspace, overdue) in by_workspace {
        passed += store
            .write("pass sessions on", move |tx| {
                members::lock_workspace(tx, workspace)?;
                let mut passed = 0;
                for session in &overdue {
                    passed += usize::from(pass_one(tx, session)?);
                }
                Ok(passed)
            })
            .await?;
    }
    Ok(passed)
}

fn pass_one(tx: &mut Tx, session: &Session) -> Result<bool> {
    let session = sessions::reload_locked(tx, session)?;
    // Another node may have been first, or its assignee after all.
    let Some(overdue) = sessions::is_overdue(tx, &session)? else { return Ok(false) };
    let State::Open { assignee, .. } = session.state else { return Ok(false) };
    let staff = Staff::load(tx, session.workspace)?;
    let seconds = staff.turn(session.project).and_then(|turn| turn.take_up_seconds);
    let mut passed = overdue.passed;
    if !passed.contains(&assignee) {
        passed.push(assignee);
    }
    if seconds.is_some() && staff.anyone_for(session.project, &passed) {
        take_back(tx, &session)?;
        if !sessions::let_pass(tx, &session, assignee, &passed)? {
            return Ok(false);
        }
        returned(tx, &session, assignee, "not_taken_up")?;
        drain(tx, session.workspace)?;
        return Ok(true);
    }
    let take_up_by = seconds.map(|seconds| tx.now.plus(seconds.saturating_mul(1_000)));
    sessions::ask_again(tx, &session, take_up_by)?;
    Ok(false)
}
