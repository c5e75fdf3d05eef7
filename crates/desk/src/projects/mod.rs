//! Projects: one Telegram bot each, with its settings and its health.

mod health;
mod keys;
mod look;
mod model;
mod simulated;
mod store;
#[cfg(test)]
mod tests;
mod verbs;

pub(crate) use health::{note_sent, note_update, paused_until, report_health, report_webhook};
pub use keys::{any, key_fits};
pub use look::{BotLook, InUse, look};
pub use model::{BotView, Health, HealthState, Project, ProjectState, Transport, WebhookHealth};
pub use simulated::{SimulatedBot, at_simulator};
pub(crate) use store::{Connection, active, is_active, last_assignee, many, must_exist, set_last_assignee};
pub use verbs::{NewProject, ProjectChange, add, change, list, move_to_api, replace_token, show};
