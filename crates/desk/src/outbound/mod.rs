//! Outbound: queued reply → Telegram → delivery state.
//!
//! A reply is claimed in one transaction, sent with none open, and settled in another. A process that dies in between leaves
//! it claimed; whoever sends for the project next calls it unknown, because it may have arrived. Replies of one chat go one
//! at a time, in order.

mod aftermath;
mod expectation;
mod pace;
mod sender;
mod settle;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transfer_tests;

pub(crate) use sender::send_all;
pub use settle::record_sent;
