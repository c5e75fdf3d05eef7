//! The hub wakes who waits inside this process: a signal says only "look", the tables say what there is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::ids::{LoginId, ProjectId, WorkspaceId};

/// What one can wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// New events of a workspace.
    Events(WorkspaceId),
    /// Work for the sender of a project.
    Outbound(ProjectId),
    /// Projects were added, or changed so that their workers must look again.
    Projects,
    /// A login ended.
    Login(LoginId),
}

/// The signals of one process.
#[derive(Debug, Default)]
pub struct Hub {
    topics: Mutex<HashMap<Topic, watch::Sender<()>>>,
}

impl Hub {
    /// Wakes everyone who watches `topic`.
    pub fn signal(&self, topic: Topic) {
        if let Some(sender) = self.lock().get(&topic) {
            sender.send_replace(());
        }
    }

    /// Starts watching `topic`: what was signalled before is not reported.
    pub fn watch(self: &Arc<Self>, topic: Topic) -> Watch {
        let receiver = self.lock().entry(topic).or_default().subscribe();
        Watch { hub: self.clone(), topic, receiver: Some(receiver) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Topic, watch::Sender<()>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A standing interest in a topic; the last one to go takes the topic's entry along.
#[derive(Debug)]
pub struct Watch {
    hub: Arc<Hub>,
    topic: Topic,
    receiver: Option<watch::Receiver<()>>,
}

impl Watch {
    /// Waits for a signal since the last call (or since the watch began). Several signals count as one.
    pub async fn signalled(&mut self) {
        // The sender lives in the hub as long as a watch of its topic does, so this neither fails nor lacks a receiver.
        if let Some(receiver) = &mut self.receiver
            && receiver.changed().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut topics = self.hub.lock();
        self.receiver = None;
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() == 0) {
            topics.remove(&self.topic);
        }
    }
}
