//! The HTTP face of Teledesk: REST, the events socket, and the portal's files. One file per concept, named as in `desk`.

mod app;
mod assets;
mod avatars;
mod body;
mod bots;
mod cookies;
mod customers;
mod drafts;
mod events;
mod extract;
mod guard;
mod health;
mod logins;
mod me;
mod members;
mod messages;
mod metrics;
mod openapi;
mod origin;
mod problem;
mod projects;
mod request_log;
mod serve;
mod sessions;
mod setup;
mod simulator;
mod telegram;

pub use app::{App, Settings, operating_router, router};
pub use health::Workers;
pub use metrics::{Metrics, Readers};
pub use openapi::openapi_json;
pub use serve::{Limits, serve};
pub use setup::SetupToken;
pub use simulator::{SimulatedBot, Simulator};
