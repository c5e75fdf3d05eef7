//! The supervisor: sees to it that exactly the active projects whose leases this node has have their workers here, under their
//! current tokens.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::housekeeping::keep_house;
use super::people::{deliver, end_expired, watch_waits};
use super::relay::relay;
use crate::avatars::{Folder, look_all};
use crate::bots::Bots;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::ids::ProjectId;
use crate::inbound::{Receiving, receive};
use crate::leases::{BEAT, Lease, Seat};
use crate::mail::Mailer;
use crate::outbound::send_all;
use crate::projects::{self, Connection};
use crate::tx::Store;

/// After trouble with the database.
const PAUSE: Duration = Duration::from_secs(1);

/// The running workers of this process.
pub struct Workers {
    stop: CancellationToken,
    supervisor: JoinHandle<()>,
    housekeeping: JoinHandle<()>,
    expiry: JoinHandle<()>,
    waits: JoinHandle<()>,
    post: JoinHandle<()>,
    relay: (CancellationToken, JoinHandle<()>),
}

impl Workers {
    /// Says at any time whether the workers run.
    pub fn pulse(&self) -> impl Fn() -> bool + Send + Sync + use<> {
        let (stop, supervisor) = (self.stop.clone(), self.supervisor.abort_handle());
        move || !stop.is_cancelled() && !supervisor.is_finished()
    }

    /// Stops claiming and fetching, waits for the calls under way (each has a time-out), gives all leases back, and returns.
    pub async fn stop(self) {
        self.stop.cancel();
        let (stop_relay, relay) = self.relay;
        for task in [self.supervisor, self.housekeeping, self.expiry, self.waits, self.post, relay] {
            if let Err(error) = task.await {
                tracing::error!("a worker failed: {error}");
            }
            // Last, and after the supervisor gave everything back, which the others are to hear.
            stop_relay.cancel();
        }
    }
}

/// Starts the workers of a server that has this seat.
pub fn start(
    store: Store,
    bots: Bots,
    avatars: Folder,
    receiving: Receiving,
    seat: Seat,
    mailer: Option<Mailer>,
) -> Workers {
    let stop = CancellationToken::new();
    let housekeeping = tokio::spawn(keep_house(store.clone(), stop.clone()));
    let expiry = tokio::spawn(end_expired(store.clone(), stop.clone()));
    let waits = tokio::spawn(watch_waits(store.clone(), stop.clone()));
    let post = post(&store, &bots, mailer, &stop);
    let (running, leaving) = (HashMap::new(), HashMap::new());
    let stop_relay = CancellationToken::new();
    let relay = (stop_relay.clone(), tokio::spawn(relay(store.clone(), stop_relay)));
    let (stop_all, ended) = (stop.clone(), Arc::default());
    let supervisor =
        Supervisor { store, bots, avatars, receiving, seat, stop: stop_all, running, leaving, ended };
    Workers { stop, supervisor: tokio::spawn(supervisor.run()), housekeeping, expiry, waits, post, relay }
}

/// Delivers letters, if there is a mail server.
fn post(store: &Store, bots: &Bots, mailer: Option<Mailer>, stop: &CancellationToken) -> JoinHandle<()> {
    let (store, cipher, stop) = (store.clone(), bots.cipher().clone(), stop.clone());
    tokio::spawn(async move {
        if let Some(mailer) = mailer {
            deliver(store, mailer, cipher, stop).await;
        }
    })
}

struct Supervisor {
    store: Store,
    bots: Bots,
    avatars: Folder,
    receiving: Receiving,
    seat: Seat,
    stop: CancellationToken,
    running: HashMap<ProjectId, Running>,
    /// Workers that were told to stop and finish their calls: nobody waits for them but their own successors, however much later
    /// those are started, here or on another node.
    leaving: HashMap<ProjectId, Running>,
    /// A worker has ended.
    ended: Arc<Notify>,
}

struct Running {
    connection: Connection,
    stop: CancellationToken,
    receiver: JoinHandle<()>,
    sender: JoinHandle<()>,
    looker: JoinHandle<()>,
    /// Held by all as long as they do anything.
    alive: Arc<()>,
}

/// What a worker holds while it lives; the supervisor hears when it is dropped.
struct Alive(Option<Arc<()>>, Arc<Notify>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0 = None;
        self.1.notify_one();
    }
}

impl Running {
    fn is_gone(&self) -> bool {
        Arc::strong_count(&self.alive) == 1
    }

    async fn end(self) {
        self.stop.cancel();
        end_of(self.receiver).await;
        end_of(self.sender).await;
        end_of(self.looker).await;
    }
}

impl Supervisor {
    async fn run(mut self) {
        let (mut projects, mut nodes) = (self.store.watch(Topic::Projects), self.store.watch(Topic::Nodes));
        let mut looks = interval(BEAT);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.stop.is_cancelled() {
            if let Err(error) = self.adjust().await {
                tracing::error!("the projects can't be read: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let (stop, lost, is_shared) = (&self.stop, self.seat.lost(), self.seat.is_shared());
            tokio::select! {
                () = stop.cancelled() => {}
                () = lost.cancelled() => {}
                () = projects.signalled() => {}
                () = nodes.signalled() => {}
                () = self.ended.notified() => {}
                _ = looks.tick(), if is_shared => {}
            }
        }
        self.leave().await;
    }

    async fn adjust(&mut self) -> Result<()> {
        if self.seat.lost().is_cancelled() {
            self.start_over().await?;
        }
        let active = self.store.read("active projects", projects::active).await?;
        let mut wanted: HashMap<_, _> =
            active.into_iter().map(|connection| (connection.project, connection)).collect();
        let holding = self.seat.look(wanted.keys().copied().collect()).await?;
        wanted.retain(|id, _| holding.serve.contains(id));
        for (id, running) in
            self.running.extract_if(|id, running| wanted.get(id) != Some(&running.connection))
        {
            running.stop.cancel();
            self.leaving.insert(id, running);
        }
        self.leaving.retain(|_, running| !running.is_gone());
        self.release(holding.release).await?;
        for (id, connection) in wanted {
            if !self.running.contains_key(&id) {
                let before = self.leaving.remove(&id);
                self.running.insert(id, self.start(connection, before));
            }
        }
        Ok(())
    }

    /// Gives those back whose workers are gone. The others follow when they are.
    async fn release(&self, mut projects: BTreeSet<ProjectId>) -> Result<()> {
        projects.retain(|id| !self.leaving.contains_key(id));
        if projects.is_empty() { Ok(()) } else { self.seat.release(projects.into_iter().collect()).await }
    }

    /// The node can't be sure of its leases any more: its workers have dropped what they did, and it begins anew.
    async fn start_over(&mut self) -> Result<()> {
        for (_, project) in self.running.drain().chain(self.leaving.drain()) {
            project.end().await;
        }
        if self.seat.rejoin().await? {
            return Ok(());
        }
        let words = "another node serves with another media folder: restart this one with the same folder";
        Err(Error::Internal(words.to_owned()))
    }

    /// Gives each project back as soon as its calls are finished, so that no one waits for another's slow Telegram.
    async fn leave(mut self) {
        for project in self.running.values().chain(self.leaving.values()) {
            project.stop.cancel();
        }
        let mut told = self.seat.mark_leaving().await;
        self.leaving.extend(self.running.drain());
        while !self.leaving.is_empty() && told.is_ok() {
            let gone: BTreeSet<_> =
                self.leaving.extract_if(|_, project| project.is_gone()).map(|(id, _)| id).collect();
            told = self.release(gone).await;
            if !self.leaving.is_empty() {
                self.ended.notified().await;
            }
        }
        for (_, project) in self.leaving.drain() {
            project.end().await;
        }
        if let Err(error) = told.and(self.seat.leave().await) {
            tracing::warn!("the other nodes could not be told that this one stops: {error}");
        }
    }

    /// Starts a project's workers, each once the one before it is gone: two senders would take each other's calls for a dead
    /// process's, and send two replies to one customer at once.
    fn start(&self, connection: Connection, before: Option<Running>) -> Running {
        let stop = self.stop.child_token();
        let (store, bots) = (self.store.clone(), self.bots.clone());
        let lease: Lease = self.seat.lease(connection.project);
        let receiving = receive(store.clone(), bots.clone(), connection.clone(), self.receiving.clone());
        let (folder, held) = (self.avatars.clone(), lease.clone());
        let looking = look_all(store.clone(), bots.clone(), folder, connection.clone(), held, stop.clone());
        let receiving = lease.lost.clone().run_until_cancelled_owned(receiving);
        let sending = send_all(store, bots, connection.clone(), lease, stop.clone());
        let before = before.map(|before| (before.receiver, (before.sender, before.looker))).unzip();
        let (receiver, (sender, looker)) = (before.0, before.1.unzip());
        // It may be dropped at any moment: what was not committed was not confirmed.
        let receiving = stop.clone().run_until_cancelled_owned(receiving);
        let alive = Arc::new(());
        let guard = || Alive(Some(alive.clone()), self.ended.clone());
        let receiving = async { receiving.await.flatten().unwrap_or_default() };
        let receiver = tokio::spawn(after(receiver, receiving, guard()));
        let sender = tokio::spawn(after(sender, sending, guard()));
        let looker = tokio::spawn(after(looker, looking, guard()));
        Running { connection, stop, receiver, sender, looker, alive }
    }
}

async fn after(before: Option<JoinHandle<()>>, work: impl Future<Output = ()>, _alive: Alive) {
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
