//! Giving members their projects.

use std::collections::BTreeSet;

use super::store::{give_projects, projects_exist};
use crate::error::{Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{self, NewMember, Passwords};
use crate::tx::Store;

/// Adds a member together with their projects (unless theirs are all).
pub async fn add_member(
    store: &Store,
    passwords: &Passwords,
    workspace: WorkspaceId,
    by: Option<MemberId>,
    new: NewMember,
    projects: Vec<ProjectId>,
) -> Result<MemberId> {
    let projects: Vec<_> = projects.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    members::add(store, passwords, workspace, by, new, move |tx, id| {
        if !projects_exist(tx, workspace, &projects)? {
            return Err(Error::field("projects", "unknown"));
        }
        give_projects(tx, workspace, id, &projects)
    })
    .await
}
