//! The real server, over HTTP and WebSocket, with the simulated Telegram.

mod accounts;
mod claims;
mod conversation;
mod durability;
mod event_rights;
mod headers;
mod kill;
mod logins;
mod look;
mod mirror;
mod passwords;
mod replay;
mod replies;
mod requests;
mod routes;
mod slow_reader;
mod starting;
mod tokens;
mod trace;

/// The binary under test.
const TELEDESK: &str = env!("CARGO_BIN_EXE_teledesk");
