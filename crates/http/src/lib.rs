//! The HTTP face of Teledesk: REST, the events socket, and the portal's files. One file per concept, named as in `desk`.

mod app;
mod assets;
mod body;
mod cookies;
mod customers;
mod drafts;
mod events;
mod extract;
mod guard;
mod logins;
mod me;
mod members;
mod messages;
mod openapi;
mod origin;
mod problem;
mod projects;
mod serve;
mod sessions;
mod setup;
mod telegram;

pub use app::{App, Settings, router};
pub use openapi::openapi_json;
pub use serve::{Limits, serve};
pub use setup::SetupToken;
