//! What holds on both databases, and what each adds. One binary, so that one `PostgreSQL` server does for all.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "in tests a panic is the answer")]

mod claims;
mod common;
mod copies;
mod durability;
mod errors;
mod isolation;
mod lifetime;
mod line;
mod logging;
mod migrations;
mod opening;
mod postgres;
mod queueing;
mod schema;
mod sqlite;
mod transactions;
mod values;
