//! Inbound: update → message → session → diversion.
//!
//! A batch is one transaction. Each update is stored raw and applied in a savepoint of its own; one that can't be applied is
//! kept as failed, and the next goes on. Trouble with the disk or the connection fails the whole batch, nothing of which is
//! then confirmed to Telegram.

mod apply;
mod decode;
mod ingest;
mod poller;
mod position;
mod reprocess;
mod store;

pub use ingest::{Ingested, ingest};
pub use poller::PollTuning;
pub(crate) use poller::poll;
pub use reprocess::{Reprocessed, Which, reprocess};
pub(crate) use store::forget_old_updates;
