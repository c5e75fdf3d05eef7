//! The supervisor: sees to it that exactly the active projects have their workers, under their current tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
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
    let supervisor = Supervisor {
        store,
        bots,
        tuning,
        stop: stop.clone(),
        running: HashMap::new(),
        leaving: JoinSet::new(),
    };
    Workers { stop, supervisor: tokio::spawn(supervisor.run()), housekeeping }
}

struct Supervisor {
    store: Store,
    bots: Bots,
    tuning: PollTuning,
    stop: CancellationToken,
    running: HashMap<ProjectId, Running>,
    /// Workers that were told to stop and finish their calls: nobody waits for them but their own successors.
    leaving: JoinSet<()>,
}

struct Running {
    connection: Connection,
    stop: CancellationToken,
    poller: JoinHandle<()>,
    sender: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.stop.cancel();
        for task in [self.poller, self.sender] {
            if let Err(error) = task.await {
                tracing::error!("a project's worker failed: {error}");
            }
        }
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
        for (_, running) in self.running.drain() {
            self.leaving.spawn(running.stop());
        }
        while self.leaving.join_next().await.is_some() {}
    }

    async fn adjust(&mut self) -> Result<()> {
        let active = self.store.read("active projects", projects::active).await?;
        let wanted: HashMap<_, _> =
            active.into_iter().map(|connection| (connection.project, connection)).collect();
        let gone: Vec<_> = self
            .running
            .iter()
            .filter(|(id, running)| wanted.get(*id) != Some(&running.connection))
            .map(|(id, _)| *id)
            .collect();
        let mut left = HashMap::new();
        for id in gone {
            if let Some(running) = self.running.remove(&id) {
                let (done, wait) = oneshot::channel();
                left.insert(id, wait);
                self.leaving.spawn(async move {
                    running.stop().await;
                    // Nobody waits when the project has no successor.
                    let _ = done.send(());
                });
            }
        }
        while self.leaving.try_join_next().is_some() {}
        for (id, connection) in wanted {
            if !self.running.contains_key(&id) {
                let started = self.start(connection, left.remove(&id));
                self.running.insert(id, started);
            }
        }
        Ok(())
    }

    /// Starts a project's workers, once those before them are done.
    fn start(&self, connection: Connection, before: Option<oneshot::Receiver<()>>) -> Running {
        let stop = self.stop.child_token();
        let (ready, _) = watch::channel(before.is_none());
        let ready = Arc::new(ready);
        let (store, bots, tuning) = (self.store.clone(), self.bots.clone(), self.tuning);
        let polling = poll(store.clone(), bots.clone(), connection.clone(), tuning);
        let sending = send_all(store, bots, connection.clone(), stop.clone());
        let (poll_ready, send_ready) = (ready.subscribe(), ready.subscribe());
        if let Some(before) = before {
            tokio::spawn(async move {
                let _ = before.await;
                ready.send_replace(true);
            });
        }
        // A poll may be dropped at any moment: what was not committed was not confirmed.
        let poller = stop.clone().run_until_cancelled_owned(after(poll_ready, polling));
        let poller = tokio::spawn(async move {
            poller.await;
        });
        Running { connection, stop, poller, sender: tokio::spawn(after(send_ready, sending)) }
    }
}

async fn after(mut ready: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    // An error means that the flag's owner is gone, which it is only after it was set.
    let _ = ready.wait_for(|ready| *ready).await;
    work.await;
}
