//! The real server, over HTTP and WebSocket, with the simulated Telegram.

mod conversation;
mod kill;
mod look;

/// The binary under test.
const TELEDESK: &str = env!("CARGO_BIN_EXE_teledesk");
