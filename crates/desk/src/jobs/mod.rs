//! Jobs: durable work. A job is stored in the transaction of what it is for; a worker claims it in one transaction, does
//! the work with none open, and settles it in another.
//!
//! Jobs of one *lane* are worked off one at a time, in the order of their *place*; lanes run side by side. Delivery is at
//! most once by default: what a dead worker had claimed is reported to the kind's owner, who knows whether it may be repeated.

mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::{
    backlog, claim, claimed_by_others, drop_queued, enqueue, finish, has_lane, is_claimed_by, next_due,
    of_kind, postpone, put_back, queued_in_lane, queued_of, take_from_lane, take_queued, waiting,
};

use crate::clock::Timestamp;
use crate::ids::{JobId, WorkspaceId};

/// Work to be stored.
#[derive(Debug)]
pub(crate) struct NewJob<'a> {
    pub(crate) workspace: WorkspaceId,
    /// The job's name as a command.
    pub(crate) kind: &'static str,
    /// Whom it is for: a worker claims the jobs of one subject.
    pub(crate) subject: &'a str,
    /// Jobs of a lane run in the order of their place, one at a time.
    pub(crate) lane: &'a str,
    pub(crate) place: i64,
    pub(crate) payload: &'a str,
    pub(crate) urgency: Urgency,
    pub(crate) run_at: Timestamp,
}

/// Which of the lanes goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody waits for it.
    Live = 0,
    /// It happens by itself, behind live work.
    Automatic = 1,
}

/// A job that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) lane: String,
    pub(crate) payload: String,
    pub(crate) run_at: Timestamp,
}

/// The jobs that a worker could claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due<'a> {
    pub(crate) kind: &'a str,
    pub(crate) subject: &'a str,
    /// Lanes that must wait for a reason of the worker's.
    pub(crate) held: &'a [String],
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) lane: String,
    pub(crate) payload: String,
    /// How often it was claimed, this time included.
    pub(crate) attempts: i64,
}
