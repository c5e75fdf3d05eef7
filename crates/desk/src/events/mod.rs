//! Events: what the portal is told changed.
//!
//! An event holds ids and an audience, never a payload: who may have it and what it says are decided when it is
//! delivered, by the rights and the state of that moment (see `feed`). Numbers grow without gaps per workspace and in
//! commit order, because the counter's row stays locked from its update, the last statement of a transaction, to the commit.

mod hub;
mod model;
mod outbox;
mod store;

pub use hub::{Hub, Topic, Watch};
pub use model::{Audience, Change, Event};
pub(crate) use outbox::{CHANNEL, Outbox, Words};
pub(crate) use store::{append, forget_before, last, leap, page, start_counter};

/// How long events are kept for browsers that were away.
pub const KEPT_FOR: i64 = 24 * crate::clock::HOUR;
