//! The portal: what browsers are shown that is composed of several concepts, and the feed that keeps it current.

mod accounts;
mod feed;
mod members;

pub use accounts::{AccountPage, AccountQuery, AccountSort, AccountView, account, accounts};
pub use feed::{Batch, Frame, Replay, last_event, newest, next_batch, replay};
pub use members::{MeView, MemberView, me, members};
