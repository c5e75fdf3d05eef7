//! The hub wakes who waits inside this process: a signal says only "look", the tables say what there is. What happened on another
//! node comes here by `workers::relay`.

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
    /// Looks at customers' avatars, for the looker of a project.
    Avatars(ProjectId),
    /// Projects were added, or changed so that their workers must look again.
    Projects,
    /// A login ended.
    Login(LoginId),
    /// Who looks at the sessions of a workspace.
    Viewers(WorkspaceId),
    /// Letters for the mail server.
    Mail,
    /// Nodes came, went, or gave leases back.
    Nodes,
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

    /// Wakes everyone: something may have been missed.
    pub fn signal_all(&self) {
        self.lock().values().for_each(|sender| sender.send_replace(()));
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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::clock::Timestamp;

    /// Whether the watch has been signalled, without waiting.
    fn is_signalled(watch: &mut Watch) -> bool {
        let waiting = pin!(watch.signalled());
        waiting.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    fn topics() -> [Topic; 2] {
        [1, 2].map(|time| Topic::Events(WorkspaceId::new(Timestamp(time))))
    }

    #[test]
    fn a_signal_between_watching_and_waiting_is_not_lost() {
        let (hub, [topic, other]) = (Arc::new(Hub::default()), topics());
        let mut watch = hub.watch(topic);
        assert!(!is_signalled(&mut watch));
        hub.signal(other);
        assert!(!is_signalled(&mut watch));
        hub.signal(topic);
        hub.signal(topic);
        assert!(is_signalled(&mut watch), "also when nobody waited just then");
        assert!(!is_signalled(&mut watch), "several count as one");
        hub.signal(topic);
        assert!(is_signalled(&mut watch));
    }

    #[test]
    fn a_watch_hears_only_what_comes_after_its_beginning() {
        let (hub, [topic, _]) = (Arc::new(Hub::default()), topics());
        let mut early = hub.watch(topic);
        hub.signal(topic);
        let mut late = hub.watch(topic);
        assert!(is_signalled(&mut early) && !is_signalled(&mut late));
        hub.signal(topic);
        assert!(is_signalled(&mut early) && is_signalled(&mut late), "everyone hears it");
    }

    #[test]
    fn the_last_watch_takes_the_entry_along() {
        let (hub, [topic, other]) = (Arc::new(Hub::default()), topics());
        let (one, mut two, third) = (hub.watch(topic), hub.watch(topic), hub.watch(other));
        drop(one);
        assert_eq!(hub.lock().len(), 2);
        hub.signal(topic);
        assert!(is_signalled(&mut two));
        drop((two, third));
        assert!(hub.lock().is_empty());
        hub.signal(topic);
        assert!(hub.lock().is_empty(), "a signal that nobody waits for leaves nothing");
        let mut again = hub.watch(topic);
        hub.signal(topic);
        assert!(is_signalled(&mut again));
    }

    #[test]
    fn everyone_can_be_woken() {
        let (hub, [topic, other]) = (Arc::new(Hub::default()), topics());
        let (mut one, mut two) = (hub.watch(topic), hub.watch(other));
        hub.signal_all();
        assert!(is_signalled(&mut one) && is_signalled(&mut two));
        assert!(!is_signalled(&mut one));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let (hub, [topic, _]) = (Arc::new(Hub::default()), topics());
        let mut watch = hub.watch(topic);
        let signal = async {
            tokio::task::yield_now().await;
            hub.signal(topic);
        };
        tokio::join!(watch.signalled(), signal);
    }
}
