//! The real server, over HTTP and WebSocket, with the simulated Telegram.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "in tests a panic is the answer")]

mod accounts;
mod avatars;
mod backups;
mod case;
mod checks;
mod claims;
mod commands;
mod conversation;
mod delivery;
mod drafts;
mod durability;
mod event_rights;
mod full_disk;
mod headers;
mod hostile;
mod hostile_servers;
mod hostile_updates;
mod kill;
mod kill_nodes;
mod late_commits;
mod logins;
mod logs;
mod look;
mod mirror;
mod monitoring;
mod nodes;
mod own_simulator;
mod passwords;
mod profiles;
mod project_changes;
mod replay;
mod replies;
mod reprocessing;
mod requests;
mod routes;
mod rush;
mod slow_reader;
mod small_disk;
mod starting;
mod stopping;
mod stopping_under_load;
mod switching;
mod tokens;
mod trace;
mod trouble;
mod webhooks;

/// The binary under test.
const TELEDESK: &str = env!("CARGO_BIN_EXE_teledesk");
