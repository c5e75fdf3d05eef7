//! Projects: one Telegram bot each, with its settings and its health.

mod model;
mod store;
mod verbs;

pub use model::{BotView, Health, HealthState, Project, ProjectState};
pub(crate) use store::{Connection, active, is_active, last_assignee, many, set_last_assignee};
pub use verbs::{NewProject, ProjectChange, add, change, list, move_to_api, replace_token, show};
pub(crate) use verbs::{note_update, report_health};
