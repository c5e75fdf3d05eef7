//! Inbound: update → message → session → diversion.
//!
//! A batch is one transaction. Each update is stored raw and applied in a savepoint of its own; one that can't be applied is
//! kept as failed, and the next goes on. Trouble with the disk or the connection fails the whole batch, nothing of which is
//! then confirmed to Telegram.
//!
//! Updates come by polling (`poller`), or Telegram delivers them to our webhook (`intake`, over which `doctor` watches).

mod apply;
mod at_once;
mod decode;
mod doctor;
mod ingest;
mod intake;
mod poller;
mod position;
mod receive;
mod reprocess;
mod store;
mod trouble;

pub use ingest::{Ingested, ingest};
pub use intake::{Intake, Pass};
pub use poller::PollTuning;
pub(crate) use receive::receive;
pub use receive::{Receiving, WEBHOOK_PATH, WebhookTuning};
pub use reprocess::{Reprocessed, Which, reprocess};
pub(crate) use store::forget_old_updates;

/// What the product understands of Telegram's updates; anything else would only be kept.
const KINDS: [&str; 3] = ["message", "edited_message", "my_chat_member"];
