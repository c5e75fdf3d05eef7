//! Tallies: how many sessions there are of each kind, kept with every change of one. Fifty thousand rows are not counted when somebody
//! looks at a list.
//!
//! Who changes a session says so to the transaction, with how it stood before. What that means for the tallies is found out and
//! stored once, at the end of the transaction and in one order, so that nobody holds a much used row for long and no two wait for each
//! other's.

mod store;

pub(crate) use store::{Seen, Sum, settle, sums};

use crate::ids::{MemberId, ProjectId, WorkspaceId};

/// Where a session is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shelf {
    Ended,
    Open(MemberId),
    Waiting,
}

/// How a session counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) workspace: WorkspaceId,
    pub(crate) project: ProjectId,
    pub(crate) shelf: Shelf,
    /// Whether something in it is unread.
    pub(crate) unread: bool,
}
