//! A line between the processes that use one `PostgreSQL` database: what one says, all hear, the speaker too. Nothing is kept for
//! who isn't there, and what is said while the line is broken may be lost: it can only mean "look", and whoever comes back looks.

use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender};

/// The longest text that can be said, in bytes.
pub const LONGEST: usize = 7_900;

/// Says `$2` on the channel `$1`.
pub(crate) const SAY: &str = "SELECT pg_notify($1, $2)";

/// What comes over a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// From now on everything that is said is heard; what was said before may have been missed.
    Connected,
    /// From now on nothing is heard. It is being connected again.
    Broken,
    /// Somebody said this.
    Said(String),
}

/// One end of the line, with a connection of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Line {
    incoming: UnboundedReceiver<Heard>,
    outgoing: Sender<String>,
}

impl Line {
    pub(crate) fn new(incoming: UnboundedReceiver<Heard>, outgoing: Sender<String>) -> Self {
        Self { incoming, outgoing }
    }

    /// Waits for what comes next.
    pub async fn hear(&mut self) -> Heard {
        match self.incoming.recv().await {
            Some(heard) => heard,
            // Its thread can't end before this does, except by a fault of ours; then it is broken for good.
            None => std::future::pending().await,
        }
    }

    /// Says something of at most [`LONGEST`] bytes: waits until what was said before is on its way.
    pub async fn say(&self, text: String) {
        drop(self.outgoing.send(text).await);
    }
}

/// The other side of a `Line`.
pub(crate) struct Ends {
    pub(crate) heard: UnboundedSender<Heard>,
    pub(crate) to_say: Receiver<String>,
}
