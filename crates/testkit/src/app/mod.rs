//! The real server and the simulator, driven as people and their browsers drive them.

mod browser;
mod fake;
mod server;
mod socket;
mod team;
mod wait;

pub use browser::{Answer, Browser};
pub use fake::{Call, FakeTelegram, Reply, update};
pub use server::{Server, ServerOptions, own_address};
pub use socket::Socket;
pub use team::{PASSWORD, Team, simulator};
pub use wait::eventually;

use std::time::Duration;

/// How long a test waits for something that must happen: long enough for a busy machine, short enough to hear of it.
pub const PATIENCE: Duration = Duration::from_mins(1);
