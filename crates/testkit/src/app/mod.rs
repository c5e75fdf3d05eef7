//! The real server and the simulator, driven as people and their browsers drive them.

mod browser;
mod server;
mod socket;
mod team;

pub use browser::{Answer, Browser};
pub use server::{Server, ServerOptions};
pub use socket::Socket;
pub use team::{PASSWORD, Team, simulator};

use std::time::Duration;

/// How long a test waits for something that must happen: long enough for a busy machine, short enough to hear of it.
pub const PATIENCE: Duration = Duration::from_secs(30);
