//! One reader per workspace for all its sockets: events are read and made into JSON once, whoever listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use desk::Store;
use desk::events::{Topic, Watch};
use desk::ids::WorkspaceId;
use desk::portal::{self, Batch};
use tokio::sync::{broadcast, watch};

use super::viewing::{Seen, Viewing};

/// Batches a socket may be behind before it is closed (it then resumes from its cursor).
const BEHIND: usize = 256;
/// How long a change that nobody signals goes unseen.
const LOOK: Duration = Duration::from_secs(5);
/// Events per batch.
const BATCH: i64 = 200;

/// A batch, and the frame for those who may have all of it: made once for all of them.
pub(crate) struct Told {
    pub(crate) batch: Batch,
    whole: OnceLock<Utf8Bytes>,
}

impl Told {
    pub(crate) fn new(batch: Batch) -> Self {
        Self { batch, whole: OnceLock::new() }
    }

    /// The frame with the whole batch; `make` makes it the first time.
    pub(crate) fn whole(&self, make: impl FnOnce() -> Utf8Bytes) -> Utf8Bytes {
        self.whole.get_or_init(make).clone()
    }
}

/// The running readers.
#[derive(Clone)]
pub(crate) struct Feeds {
    store: Store,
    readers: Arc<Mutex<Readers>>,
    viewing: Viewing,
}

type Readers = HashMap<WorkspaceId, broadcast::Sender<Arc<Told>>>;

impl Feeds {
    pub(crate) fn new(store: Store) -> Self {
        Self { viewing: Viewing::new(store.clone()), store, readers: Arc::default() }
    }

    /// The workspace's batches: whoever reads where the events stand after this gets every later one.
    pub(crate) async fn subscribe(
        &self,
        workspace: WorkspaceId,
    ) -> desk::Result<broadcast::Receiver<Arc<Told>>> {
        if let Some(sender) = self.lock().get(&workspace) {
            return Ok(sender.subscribe());
        }
        // A new reader begins where the events stand before its first subscriber looks, so none falls between.
        let changed = self.store.watch(Topic::Events(workspace));
        let after = portal::last_event(&self.store, workspace).await?;
        let mut readers = self.lock();
        let sender = readers.entry(workspace).or_insert_with(|| {
            let sender = broadcast::Sender::new(BEHIND);
            tokio::spawn(self.clone().read(workspace, sender.clone(), changed, after));
            sender
        });
        Ok(sender.subscribe())
    }

    /// Who looks at what in the workspace, from now on.
    pub(super) fn viewing(&self, workspace: WorkspaceId) -> watch::Receiver<Seen> {
        self.viewing.subscribe(workspace)
    }

    fn lock(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until nobody listens any more.
    async fn read(
        self,
        workspace: WorkspaceId,
        sender: broadcast::Sender<Arc<Told>>,
        mut changed: Watch,
        mut after: i64,
    ) {
        loop {
            if let Err(error) = self.catch_up(workspace, &sender, &mut after).await {
                tracing::error!("reading events: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            tokio::select! {
                () = changed.signalled() => {}
                // What the operator's commands change is signalled in their own process only.
                () = tokio::time::sleep(LOOK) => {}
                () = sender.closed() => {
                    let mut readers = self.lock();
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
        sender: &broadcast::Sender<Arc<Told>>,
        after: &mut i64,
    ) -> desk::Result<()> {
        loop {
            let batch = portal::next_batch(&self.store, workspace, *after, BATCH).await?;
            if batch.last == *after {
                return Ok(());
            }
            *after = batch.last;
            // No receiver is no fault: the last one just left.
            let _ = sender.send(Arc::new(Told::new(batch)));
        }
    }
}
