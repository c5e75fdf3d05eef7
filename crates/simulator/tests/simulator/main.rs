//! The simulator as its clients see it: over HTTP, and through the client that the product uses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking; clippy excuses only #[test] functions"
)]

mod avatars;
mod bulk;
mod buttons;
mod control;
mod faults;
mod page;
mod polling;
mod sending;
mod support;
mod webhooks;
