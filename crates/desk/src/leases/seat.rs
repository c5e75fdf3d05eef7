//! A node's seat among the others: it joins, beats, looks, takes and gives, and leaves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use db::Dialect;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::model::{Look, Plan, Roster, plan};
use super::{BEAT, DEAD_AFTER, HOLD, Lease, store};
use crate::error::Result;
use crate::events::Topic;
use crate::ids::ProjectId;
use crate::tx::Store;

/// After a beat that failed.
const AGAIN: Duration = Duration::from_millis(200);

/// A server that wants to serve.
#[derive(Debug, Clone)]
pub struct NewNode {
    /// Of its data folder, of which it is the only user: who comes with the same id is the same node, started again.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The mark of its media folder.
    pub media: String,
}

/// Whether a server may serve.
pub enum Joined {
    /// It may, from this seat.
    Seat(Box<Seat>),
    /// The node of this name is there and has its files in another media folder.
    OtherMedia(String),
}

/// A server's place among those that share its database.
pub struct Seat {
    store: Store,
    /// None where there is only one server.
    shared: Option<Shared>,
    lost: CancellationToken,
}

struct Shared {
    node: NewNode,
    run: Arc<str>,
    roster: Roster,
    _beating: AbortOnDropHandle<()>,
}

/// The projects of a node.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    /// To be served.
    pub(crate) serve: BTreeSet<ProjectId>,
    /// To be released when they are served no more.
    pub(crate) release: BTreeSet<ProjectId>,
}

/// Joins the servers on the store's database. When another one seems to be there with another media folder, waits until it is
/// known to be dead or alive.
pub async fn join(store: Store, node: NewNode) -> Result<Joined> {
    let (mut roster, patience) = (Roster::default(), Instant::now() + DEAD_AFTER + BEAT * 2);
    loop {
        let lost = CancellationToken::new();
        let other = match enter(&store, &node, &lost).await? {
            Entered::As(shared) => return Ok(Joined::Seat(Box::new(Seat { store, shared, lost }))),
            Entered::OtherMedia(other) => other,
        };
        if Instant::now() > patience {
            return Ok(Joined::OtherMedia(other));
        }
        look(&store, &mut roster).await?;
        sleep(BEAT).await;
    }
}

enum Entered {
    As(Option<Shared>),
    OtherMedia(String),
}

async fn enter(store: &Store, node: &NewNode, lost: &CancellationToken) -> Result<Entered> {
    let is_shared = store.db().dialect() == Dialect::Postgres;
    store.agree_on_time().await?;
    let (began, run) = (Instant::now(), uuid::Uuid::new_v4().to_string());
    let (entering, as_run) = (node.clone(), run.clone());
    let other = store
        .write("join", move |tx| {
            let other = store::agree_on_media(tx, &entering)?;
            if other.is_none() && is_shared {
                store::enter(tx, &entering, &as_run)?;
                tx.signal(Topic::Nodes);
            }
            Ok(other)
        })
        .await?;
    if let Some(other) = other {
        return Ok(Entered::OtherMedia(other));
    }
    if !is_shared {
        return Ok(Entered::As(None));
    }
    let beating = tokio::spawn(beat(store.clone(), run.clone(), began, lost.clone()));
    let (node, run, roster) = (node.clone(), run.into(), Roster::default());
    Ok(Entered::As(Some(Shared { node, run, roster, _beating: AbortOnDropHandle::new(beating) })))
}

/// Beats until that fails for too long, or the run was struck off: then everything that stands on it is `lost`.
async fn beat(store: Store, run: String, mut proven: Instant, lost: CancellationToken) {
    let _lost = lost.drop_guard();
    let mut wait = BEAT;
    loop {
        let deadline = proven + HOLD;
        if timeout_at(deadline, sleep(wait)).await.is_err() {
            tracing::error!("the database could not be told that this node lives: its projects stop");
            return;
        }
        let (began, run) = (Instant::now(), run.clone());
        let beaten = store.write_first("beat", move |tx| store::beat(tx, &run));
        wait = match timeout_at(deadline, beaten).await {
            Ok(Ok(true)) => {
                proven = began;
                // It has no part in the leases; and the next beat sets it as well.
                drop(timeout_at(deadline, store.agree_on_time()).await);
                BEAT
            }
            Ok(Ok(false)) => {
                tracing::error!("the other nodes took this one for dead: its projects stop");
                return;
            }
            Ok(Err(error)) => {
                tracing::warn!("the database could not be told that this node lives: {error}");
                AGAIN
            }
            // The deadline has passed: the next turn says so.
            Err(_) => AGAIN,
        };
    }
}

/// Looks at all nodes and leases, and strikes off who is dead.
async fn look(store: &Store, roster: &mut Roster) -> Result<Look> {
    let began = Instant::now();
    let mut seen = store.read("look at nodes", store::look).await?;
    for (run, beat) in roster.dead(&seen.nodes, began, Instant::now()) {
        let name = seen.nodes.iter().find(|node| node.run == run).map(|node| node.name.clone());
        let dead = run.clone();
        if store.write("strike off", move |tx| store::strike_off(tx, &dead, beat)).await? {
            tracing::warn!(node = name, "a node is dead: its projects are taken over");
            seen.nodes.retain(|node| node.run != run);
        }
    }
    Ok(seen)
}

impl Seat {
    /// Whether there may be others, so that it is worth looking now and then.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Cancelled when nothing this node held is surely its own any more: `rejoin` then, once nothing is done with it.
    pub(crate) fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// The lease of a project that `look` gave to serve.
    pub(crate) fn lease(&self, project: ProjectId) -> Lease {
        let holder = self.shared.as_ref().map(|shared| shared.run.clone());
        Lease { project, holder, lost: self.lost.clone() }
    }

    /// Looks at the others, takes what is due to this node of the active projects, and says which are its own.
    pub(crate) async fn look(&mut self, active: BTreeSet<ProjectId>) -> Result<Holding> {
        let Some(shared) = &mut self.shared else {
            return Ok(Holding { serve: active, release: BTreeSet::new() });
        };
        let seen = look(&self.store, &mut shared.roster).await?;
        let Plan { keep: mut serve, give: release, take } = plan(&shared.run, &active, &seen);
        if !take.is_empty() {
            let run = shared.run.clone();
            let taken = self.store.write("take leases", move |tx| store::take(tx, &run, &take)).await?;
            if !taken.is_empty() {
                tracing::info!(projects = taken.len(), "took projects over");
            }
            serve.extend(taken);
        }
        Ok(Holding { serve, release })
    }

    /// Gives leases back: nothing may be done with them any more.
    pub(crate) async fn release(&self, projects: Vec<ProjectId>) -> Result<()> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let run = shared.run.clone();
        self.store
            .write("release leases", move |tx| {
                store::release(tx, &run, &projects)?;
                tx.signal(Topic::Nodes);
                Ok(())
            })
            .await
    }

    /// Joins again after it lost everything; false when another node is there now with another media folder.
    pub(crate) async fn rejoin(&mut self) -> Result<bool> {
        let Some(shared) = &self.shared else { return Ok(true) };
        let lost = CancellationToken::new();
        match enter(&self.store, &shared.node, &lost).await? {
            Entered::OtherMedia(_) => Ok(false),
            Entered::As(shared) => {
                (self.shared, self.lost) = (shared, lost);
                Ok(true)
            }
        }
    }

    /// Says that this node is stopping.
    pub(crate) async fn mark_leaving(&self) -> Result<()> {
        self.tell("leaving", store::mark_leaving).await
    }

    /// Leaves: nothing is done any more with any lease.
    pub(crate) async fn leave(self) -> Result<()> {
        self.tell("leave", store::leave).await
    }

    async fn tell(
        &self,
        name: &'static str,
        what: impl Fn(&mut crate::Tx, &str) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let Some(shared) = &self.shared else { return Ok(()) };
        let run = shared.run.clone();
        self.store
            .write(name, move |tx| {
                what(tx, &run)?;
                tx.signal(Topic::Nodes);
                Ok(())
            })
            .await
    }
}
