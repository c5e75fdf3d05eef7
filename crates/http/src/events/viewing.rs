//! One look per workspace at who looks at what, for all its sockets. What is told is how it stands: nothing is numbered, and a socket
//! that is slow finds the newest when it comes to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use desk::Store;
use desk::access::Viewer;
use desk::events::{Topic, Watch};
use desk::ids::{ProjectId, SessionId, WorkspaceId};
use desk::viewers::{self, Now, Watched};
use serde_json::json;
use tokio::sync::watch;

/// Between two looks, so that many who come at once are one change.
const PACE: Duration = Duration::from_millis(50);
/// Without a signal, a look so often (what happens on another node may be told late).
const LOOK: Duration = Duration::from_secs(15);

/// Who looks at what, ready to be sent.
pub(super) type Seen = Arc<BTreeMap<SessionId, Arc<Told>>>;

/// Who looks at one session, as its frame.
pub(super) struct Told {
    watched: Watched,
    frame: Utf8Bytes,
}

/// The running looks.
#[derive(Clone)]
pub(super) struct Viewing {
    store: Store,
    running: Arc<Mutex<HashMap<WorkspaceId, watch::Sender<Seen>>>>,
}

impl Viewing {
    pub(super) fn new(store: Store) -> Self {
        Self { store, running: Arc::default() }
    }

    /// Who looks at what in the workspace, from now on.
    pub(super) fn subscribe(&self, workspace: WorkspaceId) -> watch::Receiver<Seen> {
        let mut running = self.lock();
        let sender = running.entry(workspace).or_insert_with(|| {
            let sender = watch::Sender::new(Seen::default());
            let changed = self.store.watch(Topic::Viewers(workspace));
            tokio::spawn(self.clone().look(workspace, sender.clone(), changed));
            sender
        });
        sender.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, watch::Sender<Seen>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks until nobody listens any more.
    async fn look(self, workspace: WorkspaceId, sender: watch::Sender<Seen>, mut changed: Watch) {
        loop {
            let holds_for = match viewers::now(&self.store, workspace).await {
                Ok(now) => {
                    let holds_for = now.holds_for;
                    publish(&sender, now);
                    holds_for.and_then(|ms| u64::try_from(ms).ok()).map_or(LOOK, Duration::from_millis)
                }
                Err(error) => {
                    tracing::warn!("who looks at what can't be read: {error}");
                    Duration::from_secs(1)
                }
            };
            tokio::time::sleep(PACE).await;
            tokio::select! {
                () = changed.signalled() => {}
                () = tokio::time::sleep(holds_for.min(LOOK)) => {}
                () = sender.closed() => {
                    let mut running = self.lock();
                    // Under the lock nobody subscribes: this is the last moment at which to see one who just did.
                    if sender.receiver_count() == 0 {
                        running.remove(&workspace);
                        return;
                    }
                }
            }
        }
    }
}

/// Tells the sockets, if anything is another way now.
fn publish(sender: &watch::Sender<Seen>, now: Now) {
    sender.send_if_modified(|seen| {
        let next: BTreeMap<_, _> = now
            .sessions
            .into_iter()
            .map(|watched| {
                let known = seen.get(&watched.session).filter(|told| told.watched == watched);
                (watched.session, known.cloned().unwrap_or_else(|| Arc::new(Told::new(watched))))
            })
            .collect();
        let same = next.len() == seen.len()
            && next.iter().all(|(id, told)| seen.get(id).is_some_and(|known| Arc::ptr_eq(known, told)));
        if !same {
            *seen = Arc::new(next);
        }
        !same
    });
}

impl Told {
    fn new(watched: Watched) -> Self {
        let frame = frame(watched.session, &watched.members);
        Self { watched, frame }
    }
}

fn frame(session: SessionId, members: &[viewers::Looking]) -> Utf8Bytes {
    json!({ "type": "viewers", "session_id": session, "members": members }).to_string().into()
}

/// What one socket has told its browser.
#[derive(Default)]
pub(super) struct Held {
    seen: Seen,
    /// With whose rights.
    viewer: Option<Viewer>,
}

impl Held {
    /// The frames that bring a browser up to date whose member has these rights.
    pub(super) fn catch_up(&mut self, seen: Seen, viewer: &Viewer) -> Vec<Utf8Bytes> {
        if self.viewer.as_ref() != Some(viewer) {
            // What came into sight is told as if it were new; what went out of it the browser has forgotten.
            self.viewer = Some(viewer.clone());
            self.seen = Seen::default();
        }
        let sees = |project: ProjectId| viewer.sees(project);
        let mut frames = Vec::new();
        for (id, told) in seen.iter().filter(|(_, told)| sees(told.watched.project)) {
            if !self.seen.get(id).is_some_and(|known| Arc::ptr_eq(known, told)) {
                frames.push(told.frame.clone());
            }
        }
        for (id, _) in
            self.seen.iter().filter(|(id, told)| sees(told.watched.project) && !seen.contains_key(id))
        {
            frames.push(frame(*id, &[]));
        }
        self.seen = seen;
        frames
    }
}
