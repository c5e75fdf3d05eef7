//! What tests stand on. Only ever a dev-dependency.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "in tests a panic is the answer")]

pub mod databases;

pub use databases::{Kind, TestDatabase, database};
#[cfg(feature = "app")]
pub mod app;
