//! The product: one folder per concept, in the order below; a concept uses only those above it (a test reads this file and
//! checks that). Knows no HTTP server. See `docs/architecture.md`.

// Blank lines keep rustfmt from sorting: the order is the rule.

pub mod clock;

pub mod ids;

pub mod error;

pub mod secrets;

mod text;

mod sql;

pub mod events;

mod tallies;

pub mod tx;

mod audit;

mod jobs;

pub mod leases;

mod plans;

pub mod mail;

pub mod members;

pub mod access;

pub mod invitations;

pub mod bots;

pub mod projects;

pub mod customers;

pub mod avatars;

pub mod sessions;

pub mod messages;

pub mod tags;

pub mod fields;

pub mod drafts;

pub mod notifications;

pub mod notes;

pub mod views;

pub mod viewers;

mod diversion;

pub mod reception;

pub mod imports;

pub mod inbound;

pub mod outbound;

pub mod operating;

pub mod portal;

pub mod workers;

mod migrations;

#[cfg(test)]
mod testing;

pub use clock::{Clock, ManualClock, SharedClock, SystemClock, Timestamp};
pub use error::{Code, Error, FieldError, Result};
pub use migrations::MIGRATIONS;
pub use text::PASSWORD_MAX;
pub use tx::{Store, Tx};
