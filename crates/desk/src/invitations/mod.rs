//! Invitations: links that set a password, once, within 72 hours. For who has none yet, and for who has forgotten theirs.

mod accept;
mod issue;
mod letter;
mod model;
mod post;
mod store;

pub(crate) use accept::accept;
pub use accept::{Accepted, Look, look};
pub(crate) use issue::issue;
pub use issue::{Delivery, Issued, Mailed, invite, issue_link};
pub use model::{Gone, Invitation, Kind};
pub(crate) use post::deliver_due;
pub(crate) use store::{open_of, revoke};
