//! The tables of access: who sees a project, and what may be done there.

mod operations;
mod scope;

pub(super) use operations::terms;
pub(crate) use operations::{operations, set_operations, verdicts};
pub use scope::viewer;
pub(crate) use scope::{designated, rights, set_scope, tick};
pub(super) use scope::{give_projects, projects_exist};
