//! One reader per workspace for all its sockets: events are read and made into JSON once, whoever listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use desk::Store;
use desk::events::{Topic, Watch};
use desk::ids::WorkspaceId;
use desk::portal::{self, Batch};
use tokio::sync::broadcast;

/// Batches a socket may be behind before it is closed (it then resumes from its cursor).
const BEHIND: usize = 256;
/// Events per batch.
const BATCH: i64 = 200;

/// The running readers.
#[derive(Clone)]
pub(crate) struct Feeds {
    store: Store,
    readers: Arc<Mutex<HashMap<WorkspaceId, broadcast::Sender<Arc<Batch>>>>>,
}

impl Feeds {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, readers: Arc::default() }
    }

    /// The workspace's batches from now on, or from shortly before.
    pub(crate) fn subscribe(&self, workspace: WorkspaceId) -> broadcast::Receiver<Arc<Batch>> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = readers.entry(workspace).or_insert_with(|| {
            let sender = broadcast::Sender::new(BEHIND);
            // The watch begins here, before any subscriber reads where the events stand, so none falls between.
            let changed = self.store.watch(Topic::Events(workspace));
            tokio::spawn(self.clone().read(workspace, sender.clone(), changed));
            sender
        });
        sender.subscribe()
    }

    /// Reads until nobody listens any more.
    async fn read(self, workspace: WorkspaceId, sender: broadcast::Sender<Arc<Batch>>, mut changed: Watch) {
        let mut after = None;
        loop {
            if let Err(error) = self.catch_up(workspace, &sender, &mut after).await {
                tracing::error!("reading events: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            tokio::select! {
                () = changed.signalled() => {}
                () = sender.closed() => {
                    let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
                    // Under the lock nobody subscribes: this is the last moment at which to see one who just did.
                    if sender.receiver_count() == 0 {
                        readers.remove(&workspace);
                        return;
                    }
                }
            }
        }
    }

    async fn catch_up(
        &self,
        workspace: WorkspaceId,
        sender: &broadcast::Sender<Arc<Batch>>,
        after: &mut Option<i64>,
    ) -> desk::Result<()> {
        let mut from = match *after {
            Some(after) => after,
            None => portal::last_event(&self.store, workspace).await?,
        };
        *after = Some(from);
        loop {
            let batch = portal::next_batch(&self.store, workspace, from, BATCH).await?;
            if batch.last == from {
                return Ok(());
            }
            from = batch.last;
            *after = Some(from);
            // No receiver is no fault: the last one just left.
            let _ = sender.send(Arc::new(batch));
        }
    }
}
