//! Giving members their projects.

use std::collections::BTreeSet;

use super::store::{give_projects, projects_exist};
use crate::error::{Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::tx::Tx;

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
