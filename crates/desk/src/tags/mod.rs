//! Tags: the workspace's words for sessions and customers. Which are on what stands with the sessions and customers themselves.
//!
//! A tag that is deleted or merged is gone at once for who puts tags on; off what has it, it comes step by step, so that fifty thousand
//! sessions hold nobody up. What a crash leaves is finished by the housekeeping.

mod edit;
mod model;
mod store;
mod vocabulary;

pub use edit::{TagEdit, edit_customer, edit_session};
pub(crate) use edit::{must_be_known, put_on};
pub use model::{Color, Tag};
pub(crate) use vocabulary::finish_all;
pub use vocabulary::{NewTag, TagChange, add, change, delete, list, merge};
