//! Giving members their projects.

use std::collections::BTreeSet;

use super::store::{give_projects, projects_exist};
use crate::error::{Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{self, NewAccount, Passwords};
use crate::tx::{Store, Tx};

/// Adds a member together with their projects (unless theirs are all).
pub async fn add_member(
    store: &Store,
    passwords: &Passwords,
    workspace: WorkspaceId,
    by: Option<MemberId>,
    new: impl Into<NewAccount>,
    projects: Vec<ProjectId>,
) -> Result<MemberId> {
    let new = new.into();
    members::add(store, passwords, workspace, by, new, move |tx, id| give(tx, workspace, id, &projects)).await
}

/// Makes `projects` the projects of a member, after seeing that they exist.
pub(crate) fn give(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    projects: &[ProjectId],
) -> Result<()> {
    let projects = must_exist(tx, workspace, projects)?;
    give_projects(tx, workspace, member, &projects)
}

/// These projects, each once; refused when one isn't there.
pub(crate) fn must_exist(
    tx: &mut Tx,
    workspace: WorkspaceId,
    projects: &[ProjectId],
) -> Result<Vec<ProjectId>> {
    let projects: Vec<_> = projects.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if projects_exist(tx, workspace, &projects)? {
        Ok(projects)
    } else {
        Err(Error::field("projects", "unknown"))
    }
}
