//! The product: one folder per concept, in the order below; a concept uses only those above it (a test checks that).
//! Knows no HTTP server. See `docs/architecture.md`.

pub mod clock;
pub mod error;
pub mod ids;
pub mod secrets;
mod text;

pub mod events;
pub mod tx;

mod audit;
mod jobs;
mod plans;

pub mod access;
pub mod members;

pub mod bots;
pub mod projects;

pub mod customers;
pub mod sessions;

pub mod messages;

mod diversion;
pub mod reception;

pub mod inbound;
pub mod outbound;
pub mod portal;
pub mod workers;

mod migrations;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use error::{Code, Error, FieldError, Result};
pub use migrations::MIGRATIONS;
pub use text::PASSWORD_MAX;
pub use tx::{Store, Tx};
