//! Leases: which of the servers that share a database serves which project. A project's poller and sender (with its token
//! buckets) run on one node at a time.
//!
//! **No clock decides.** A node says that it lives by counting its *beat* up, one row once a second however many leases it has.
//! The others compare only what they see with how long they have seen it, each on a stopwatch of its own: a node whose beat stood
//! still for [`DEAD_AFTER`] is struck off, if its beat is still the same in that moment, and its leases are free. The node itself
//! counts from before it sent its last successful beat, and when [`HOLD`] has passed it drops all calls and claims: always before
//! the others could know of that beat for so long. So neither a wrong clock nor one that is set can give a project to two.
//!
//! **Fencing.** A stopwatch stands still in a process that is frozen. So whoever claims a reply locks its project's lease in the same
//! transaction and finds it held ([`holds`]); taking a lease over changes that row, waits for such claims, and then calls what they
//! claimed unknown. What a poller stores needs no fence: updates are recognised when they come twice.
//!
//! **Shares.** Each node looks once a second, and when it is told of a change; it takes what is free up to its share, the number of
//! projects divided by that of nodes, rounded up, and gives away what it has beyond it: first the project's calls are finished,
//! then the lease is released.
//!
//! An embedded database has one server, and that is seen to by a lock on its file: it holds every project and writes nothing of this.

mod model;
mod seat;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::ids::ProjectId;

pub use seat::{Joined, NewNode, Seat, join};
pub(crate) use store::{holds, lock_installation};

/// Between two beats, and between two looks at the others.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// A node whose last beat was sent longer ago does nothing more.
const HOLD: Duration = Duration::from_secs(7);
/// A node whose beat was seen unchanged for so long is struck off.
const DEAD_AFTER: Duration = Duration::from_secs(9);

/// The right to serve a project.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) project: ProjectId,
    /// Whose it is; none where there is only one server.
    holder: Option<Arc<str>>,
    /// Cancelled when the node can't be sure of its leases any more: calls and claims end at once.
    pub(crate) lost: CancellationToken,
}
