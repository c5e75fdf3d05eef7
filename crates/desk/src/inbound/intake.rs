//! Webhook deliveries: who may deliver, and how they are gathered into batches.
//!
//! A delivery is answered only when it is durable. Those of a workspace that arrive while a batch is being committed become the
//! next batch, so a quiet desk waits for nothing and a busy one commits seldom. What is waiting is bounded; beyond that Telegram
//! is told to come again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use telegram::RawUpdate;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::ingest::ingest_all;
use crate::bots::Bots;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::ids::{ProjectId, WorkspaceId};
use crate::projects::{self, Transport};
use crate::tx::Store;

/// The most updates in one batch.
const BATCH: usize = 200;
/// How long a busy workspace gathers a batch.
const GATHER: Duration = Duration::from_millis(2);
/// How many deliveries of a workspace may wait.
const WAITING: usize = 2_000;
/// How much all waiting deliveries may weigh, in KB.
const WEIGHT_KB: usize = 64 * 1024;
/// The wait after the projects could not be read.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Takes deliveries. Cheap to clone.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

struct Inner {
    store: Store,
    bots: Bots,
    gates: RwLock<HashMap<ProjectId, Gate>>,
    lanes: Mutex<HashMap<WorkspaceId, mpsc::Sender<Delivery>>>,
    weight: Arc<Semaphore>,
}

/// A project to which Telegram delivers.
struct Gate {
    workspace: WorkspaceId,
    secret: SecretString,
}

/// Proof that a delivery's secret is right.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    workspace: WorkspaceId,
    project: ProjectId,
}

struct Delivery {
    project: ProjectId,
    update: RawUpdate,
    answer: oneshot::Sender<Result<()>>,
    weight: OwnedSemaphorePermit,
}

impl Intake {
    /// An intake that lets nobody in until it `refresh`es.
    pub fn new(store: Store, bots: Bots) -> Self {
        let weight = Arc::new(Semaphore::new(WEIGHT_KB));
        Self(Arc::new(Inner { store, bots, gates: RwLock::default(), lanes: Mutex::default(), weight }))
    }

    /// Keeps the gates as the projects are, until the future is dropped.
    pub async fn follow_projects(self) {
        let mut changed = self.0.store.watch(Topic::Projects);
        loop {
            match self.refresh().await {
                Ok(()) => changed.signalled().await,
                Err(error) => {
                    tracing::error!("the projects can't be read: {error}");
                    tokio::time::sleep(DATABASE_PAUSE).await;
                }
            }
        }
    }

    /// Opens a gate for each active project whose updates come by webhook, and closes the others.
    pub async fn refresh(&self) -> Result<()> {
        let active = self.0.store.read("active projects", projects::active).await?;
        let webhooks = active.into_iter().filter(|connection| connection.transport == Transport::Webhook);
        let gates = webhooks.filter_map(|connection| {
            let (workspace, project) = (connection.workspace, connection.project);
            // That a token can't be opened is said by whoever wants to use it.
            let secret = self.0.bots.webhook_secret(project, &connection.sealed_token).ok()?;
            Some((project, Gate { workspace, secret }))
        });
        *self.0.gates.write().unwrap_or_else(PoisonError::into_inner) = gates.collect();
        Ok(())
    }

    /// Lets a delivery in whose secret is that of `project`. Compared in constant time; an unknown project and a wrong secret
    /// are the same.
    pub fn admit(&self, project: ProjectId, secret: &[u8]) -> Option<Pass> {
        let gates = self.0.gates.read().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.get(&project)?;
        let is_right = bool::from(gate.secret.expose_secret().as_bytes().ct_eq(secret));
        is_right.then_some(Pass { workspace: gate.workspace, project })
    }

    /// Takes one update, well-formed JSON. When this returns, it is durable; an error means that Telegram should deliver it
    /// again.
    pub async fn take(&self, pass: Pass, raw: &str) -> Result<()> {
        let busy = || Error::refused(Code::Busy);
        let weight = u32::try_from(raw.len() / 1024 + 1).unwrap_or(u32::MAX);
        let weight = self.0.weight.clone().try_acquire_many_owned(weight).map_err(|_| busy())?;
        let (answer, answered) = oneshot::channel();
        let update = RawUpdate::read(raw);
        let delivery = Delivery { project: pass.project, update, answer, weight };
        self.lane(pass.workspace).try_send(delivery).map_err(|_| busy())?;
        answered.await.unwrap_or_else(|_| Err(busy()))
    }

    fn lane(&self, workspace: WorkspaceId) -> mpsc::Sender<Delivery> {
        let start = || {
            let (sender, deliveries) = mpsc::channel(WAITING);
            tokio::spawn(run_lane(self.0.store.clone(), workspace, deliveries));
            sender
        };
        self.lanes().entry(workspace).or_insert_with(start).clone()
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<WorkspaceId, mpsc::Sender<Delivery>>> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits the deliveries of a workspace, batch after batch.
async fn run_lane(store: Store, workspace: WorkspaceId, mut deliveries: mpsc::Receiver<Delivery>) {
    let mut batch = Vec::with_capacity(BATCH);
    while deliveries.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() > 1 {
            gather(&mut batch, &mut deliveries).await;
        }
        // Several deliveries of one chat are under way at once only with servers other than Telegram's own.
        batch.sort_by_key(|delivery| (delivery.project, delivery.update.update_id));
        let (updates, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|it| ((it.project, it.update), (it.answer, it.weight))).unzip();
        let stored = ingest_all(&store, workspace, &updates).await;
        if let Err(error) = &stored {
            tracing::error!(workspace.id = %workspace, "deliveries could not be stored: {error}");
        }
        for (answer, _weight) in answers {
            // Who doesn't wait any more gets it delivered again, and it is recognised.
            let _ = answer.send(if stored.is_ok() { Ok(()) } else { Err(Error::refused(Code::Busy)) });
        }
    }
}

/// When several came at once there are more to come: one commit for all is cheaper.
async fn gather(batch: &mut Vec<Delivery>, deliveries: &mut mpsc::Receiver<Delivery>) {
    let until = Instant::now() + GATHER;
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        match timeout_at(until, deliveries.recv_many(batch, room)).await {
            Ok(more) if more > 0 => {}
            _ => return,
        }
    }
}
