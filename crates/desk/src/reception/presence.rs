//! Presence: who has a portal connected, for all nodes, and what follows from that.
//!
//! A socket that said hello, or answers a ping, is a sign of life of its member. The first makes them connected, at once. Later
//! ones are gathered by each node and stored together now and then, with their own times. Whoever gave none for two minutes is not
//! connected any more, whether their socket was closed, their network went away or their node was killed: nothing but time tells.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::drain;
use crate::audit;
use crate::clock::{MINUTE, Timestamp};
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::members::{self, Status};
use crate::tx::{Store, Tx};

/// How long after the last sign of life a member counts as connected.
const CONNECTED: i64 = 2 * MINUTE;
/// Members per statement.
const STEP: usize = 200;

/// Signs of life that the sockets of this process gave, and that are to be stored. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Signs(Arc<Mutex<HashMap<MemberId, Timestamp>>>);

impl Signs {
    /// A socket of `member` gave a sign of life.
    pub fn note(&self, member: MemberId, at: Timestamp) {
        let mut signs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = signs.entry(member).or_insert(at);
        *newest = at.max(*newest);
    }

    /// What is to be stored.
    fn take(&self) -> Vec<(MemberId, Timestamp)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}

/// A portal of `member` is connected: the first makes them available where that counts.
pub async fn arrive(store: &Store, workspace: WorkspaceId, member: MemberId) -> Result<()> {
    store
        .write("arrive", move |tx| {
            let now = tx.now;
            if members::note_signs(tx, &[(member, now)])? > 0 {
                return Ok(());
            }
            members::lock_workspace(tx, workspace)?;
            members::lock(tx, member)?;
            if members::connect(tx, member)? {
                tx.event(workspace, Change::Member(member), Audience::Workspace);
                drain(tx, workspace)?;
            }
            Ok(())
        })
        .await
}

/// Stores what the sockets of this process noted. Those who counted as gone meanwhile (this process stood still, or the database
/// did) are there again.
pub async fn beat(store: &Store, signs: &Signs) -> Result<()> {
    let signs = signs.take();
    for some in signs.chunks(STEP) {
        let some = some.to_vec();
        let missing = store
            .write("beat", move |tx| {
                members::note_signs(tx, &some)?;
                let since = tx.now.plus(-CONNECTED);
                let lately: Vec<_> = some.iter().filter(|(_, at)| *at > since).map(|(id, _)| *id).collect();
                members::unconnected(tx, &lately)
            })
            .await?;
        for (workspace, member) in missing {
            arrive(store, workspace, member).await?;
        }
    }
    Ok(())
}

/// Notes who is not connected any more, and sets those offline who haven't been for as long as their workspace waits; they keep
/// their sessions. Says how many changes there were.
pub async fn sweep_presence(store: &Store) -> Result<usize> {
    let (silent, absent, uncounted) = store
        .read("look who is gone", |tx| {
            let silent = members::silent(tx, tx.now.plus(-CONNECTED))?;
            Ok((silent, members::absent(tx)?, members::uncounted(tx)?))
        })
        .await?;
    if uncounted {
        store.write("count from now", members::count_from_now).await?;
    }
    let mut changes = 0;
    for (workspace, gone) in by_workspace(silent) {
        changes += store.write("lose connections", move |tx| lose(tx, workspace, &gone)).await?;
    }
    for (workspace, gone) in by_workspace(absent) {
        changes += store.write("set absent offline", move |tx| set_offline(tx, workspace, &gone)).await?;
    }
    Ok(changes)
}

fn by_workspace(members: Vec<(WorkspaceId, MemberId)>) -> BTreeMap<WorkspaceId, Vec<MemberId>> {
    let mut by_workspace: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (workspace, member) in members {
        by_workspace.entry(workspace).or_default().push(member);
    }
    by_workspace
}

fn lose(tx: &mut Tx, workspace: WorkspaceId, gone: &[MemberId]) -> Result<usize> {
    members::lock_workspace(tx, workspace)?;
    let (since, mut lost) = (tx.now.plus(-CONNECTED), 0);
    for &member in gone {
        members::lock(tx, member)?;
        // They may be back.
        if members::disconnect(tx, member, since)? {
            tx.event(workspace, Change::Member(member), Audience::Workspace);
            lost += 1;
        }
    }
    // Where nobody is connected any more, others may be asked now.
    drain(tx, workspace)?;
    Ok(lost)
}

fn set_offline(tx: &mut Tx, workspace: WorkspaceId, gone: &[MemberId]) -> Result<usize> {
    members::lock_workspace(tx, workspace)?;
    let (still, mut set) = (members::absent(tx)?, 0);
    for &member in gone {
        members::lock(tx, member)?;
        if still.contains(&(workspace, member)) && members::set_status(tx, member, Status::Offline)? {
            let detail = json!({ "status": Status::Offline, "because": "not_connected", "sessions": "kept" });
            let subject = ("member", member.to_string());
            audit::record(tx, workspace, None, "member.set_offline", subject, &detail)?;
            tx.event(workspace, Change::Member(member), Audience::Workspace);
            set += 1;
        }
    }
    drain(tx, workspace)?;
    Ok(set)
}
