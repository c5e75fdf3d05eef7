//! The supervisor: sees to it that exactly the active projects have their workers, under their current tokens.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::housekeeping::keep_house;
use crate::bots::Bots;
use crate::error::Result;
use crate::events::Topic;
use crate::ids::ProjectId;
use crate::inbound::{PollTuning, poll};
use crate::outbound::send_all;
use crate::projects::{self, Connection};
use crate::tx::Store;

/// The running workers of this process.
pub struct Workers {
    stop: CancellationToken,
    supervisor: JoinHandle<()>,
    housekeeping: JoinHandle<()>,
}

impl Workers {
    /// Says at any time whether the workers run.
    pub fn pulse(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let (stop, supervisor) = (self.stop.clone(), self.supervisor.abort_handle());
        move || !stop.is_cancelled() && !supervisor.is_finished()
    }

    /// Stops claiming and fetching, waits for the calls under way (each has a time-out), and returns.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in [self.supervisor, self.housekeeping] {
            if let Err(error) = task.await {
                tracing::error!("a worker failed: {error}");
            }
        }
    }
}

/// Starts the workers.
pub fn start(store: Store, bots: Bots, tuning: PollTuning) -> Workers {
    let stop = CancellationToken::new();
    let housekeeping = tokio::spawn(keep_house(store.clone(), stop.clone()));
    let (running, leaving) = (HashMap::new(), HashMap::new());
    let supervisor = Supervisor { store, bots, tuning, stop: stop.clone(), running, leaving };
    Workers { stop, supervisor: tokio::spawn(supervisor.run()), housekeeping }
}

struct Supervisor {
    store: Store,
    bots: Bots,
    tuning: PollTuning,
    stop: CancellationToken,
    running: HashMap<ProjectId, Running>,
    /// Workers that were told to stop and finish their calls: nobody waits for them but their own successors, however much later
    /// those are started.
    leaving: HashMap<ProjectId, Running>,
}

struct Running {
    connection: Connection,
    stop: CancellationToken,
    poller: JoinHandle<()>,
    sender: JoinHandle<()>,
}

impl Running {
    fn is_gone(&self) -> bool {
        self.poller.is_finished() && self.sender.is_finished()
    }
}

impl Supervisor {
    async fn run(mut self) {
        let mut changed = self.store.watch(Topic::Projects);
        while !self.stop.is_cancelled() {
            if let Err(error) = self.adjust().await {
                tracing::error!("the projects can't be read: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = changed.signalled() => {}
            }
        }
        for (_, project) in self.running.drain().chain(self.leaving.drain()) {
            project.stop.cancel();
            end_of(project.poller).await;
            end_of(project.sender).await;
        }
    }

    async fn adjust(&mut self) -> Result<()> {
        let active = self.store.read("active projects", projects::active).await?;
        let wanted: HashMap<_, _> =
            active.into_iter().map(|connection| (connection.project, connection)).collect();
        self.leaving.retain(|_, running| !running.is_gone());
        for (id, running) in
            self.running.extract_if(|id, running| wanted.get(id) != Some(&running.connection))
        {
            running.stop.cancel();
            self.leaving.insert(id, running);
        }
        for (id, connection) in wanted {
            if !self.running.contains_key(&id) {
                let before = self.leaving.remove(&id);
                self.running.insert(id, self.start(connection, before));
            }
        }
        Ok(())
    }

    /// Starts a project's workers, each once the one before it is gone: two senders would take each other's calls for a dead
    /// process's, and send two replies to one customer at once.
    fn start(&self, connection: Connection, before: Option<Running>) -> Running {
        let stop = self.stop.child_token();
        let (store, bots, tuning) = (self.store.clone(), self.bots.clone(), self.tuning);
        let polling = poll(store.clone(), bots.clone(), connection.clone(), tuning);
        let sending = send_all(store, bots, connection.clone(), stop.clone());
        let (poller, sender) = before.map(|before| (before.poller, before.sender)).unzip();
        // A poll may be dropped at any moment: what was not committed was not confirmed.
        let polling = stop.clone().run_until_cancelled_owned(polling);
        let poller = tokio::spawn(after(poller, async { polling.await.unwrap_or_default() }));
        Running { connection, stop, poller, sender: tokio::spawn(after(sender, sending)) }
    }
}

async fn after(before: Option<JoinHandle<()>>, work: impl Future<Output = ()>) {
    if let Some(before) = before {
        end_of(before).await;
    }
    work.await;
}

async fn end_of(worker: JoinHandle<()>) {
    if let Err(error) = worker.await {
        tracing::error!("a project's worker failed: {error}");
    }
}
