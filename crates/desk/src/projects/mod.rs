//! Projects: one Telegram bot each, with its settings and its health.

mod change;
mod health;
mod keys;
mod look;
mod model;
mod simulated;
mod store;
#[cfg(test)]
mod tests;
mod verbs;

pub use change::{ProjectChange, operations, set_operations};
pub(crate) use change::{change, delete, set_scope};
pub(crate) use health::{note_sent, note_update, paused_until, report_health, report_webhook};
pub use keys::{any, key_fits};
pub use look::{BotLook, InUse, look};
pub use model::{BotView, Health, HealthState, Project, ProjectState, Scope, Transport, WebhookHealth};
pub use simulated::{SimulatedBot, at_simulator};
pub(crate) use store::{
    Connection, active, is_active, last_assignee, many, must_exist, names, set_last_assignee, signs,
    welcome_text,
};
pub(crate) use verbs::seen;
pub use verbs::{NewProject, add, list, move_to_api, repair, replace_token, show, webhook};
