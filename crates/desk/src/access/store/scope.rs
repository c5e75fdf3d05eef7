//! The tables `member_projects` and `project_scope`, and what they mean for one member or for all.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use db::{Row, Value, params};

use crate::access::{Rights, Served, Sight, Viewer, sees};
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{self, MemberRow, Role};
use crate::sql::placeholders;
use crate::tx::Tx;

/// What the member may see now. Refused as signed out when the account is gone or off.
pub fn viewer(tx: &mut Tx, workspace: WorkspaceId, member: MemberId) -> Result<Viewer> {
    let gone = || Error::refused(Code::SignedOut);
    let row = members::get(tx, workspace, member).map_err(|error| match error.code() {
        Some(Code::NotFound) => gone(),
        _ => error,
    })?;
    if !row.is_usable(tx.now) {
        return Err(gone());
    }
    let sight = if row.role >= Role::Admin { Sight::All } else { Sight::Only(visible(tx, &row)?) };
    Ok(Viewer { workspace, member, name: row.name, role: row.role, sight })
}

fn visible(tx: &mut Tx, member: &MemberRow) -> Result<BTreeSet<ProjectId>> {
    let rows = tx.query(
        "SELECT p.id, p.scope = 'all' OR EXISTS (
                 SELECT 1 FROM project_scope s
                 WHERE s.workspace_id = $1 AND s.project_id = p.id AND s.member_id = $2) AS in_scope,
             EXISTS (
                 SELECT 1 FROM member_projects t
                 WHERE t.workspace_id = $1 AND t.member_id = $2 AND t.project_id = p.id) AS ticked
         FROM projects p WHERE p.workspace_id = $1 AND p.deleted_at IS NULL",
        params![member.workspace, member.id],
        |row| Ok((ProjectId::column(row, "id")?, row.get::<bool>("ticked")?, row.get::<bool>("in_scope")?)),
    )?;
    let seen =
        |(id, ticked, in_scope)| sees(member.role, member.all_projects || ticked, in_scope).then_some(id);
    Ok(rows.into_iter().filter_map(seen).collect())
}

/// What everyone in the workspace may see now.
pub(crate) fn rights(tx: &mut Tx, workspace: WorkspaceId) -> Result<Rights> {
    let projects = tx.query(
        "SELECT id, scope = 'all' AS open, default_limit FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL",
        params![workspace],
        |row| {
            let served = Served { open: row.get("open")?, default_limit: row.get("default_limit")? };
            Ok((ProjectId::column(row, "id")?, served))
        },
    )?;
    let pair = |row: &Row| Ok((MemberId::column(row, "member_id")?, ProjectId::column(row, "project_id")?));
    let ticked = "SELECT member_id, project_id FROM member_projects WHERE workspace_id = $1";
    let ticked = tx.query(ticked, params![workspace], pair)?.into_iter().collect::<HashSet<_>>();
    let designated = "SELECT member_id, project_id FROM project_scope WHERE workspace_id = $1";
    let designated = tx.query(designated, params![workspace], pair)?.into_iter().collect();
    Ok(Rights { projects: projects.into_iter().collect::<BTreeMap<_, _>>(), ticked, designated })
}

/// Makes `projects` the projects of a member.
pub(crate) fn give_projects(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    projects: &[ProjectId],
) -> Result<()> {
    let sql = "DELETE FROM member_projects WHERE workspace_id = $1 AND member_id = $2";
    tx.execute(sql, params![workspace, member])?;
    for &project in projects {
        tx.execute(
            "INSERT INTO member_projects (workspace_id, member_id, project_id) VALUES ($1, $2, $3)",
            params![workspace, member, project],
        )?;
    }
    Ok(())
}

/// Whether every one of `projects` (no duplicates) is a living project of the workspace.
pub(crate) fn projects_exist(tx: &mut Tx, workspace: WorkspaceId, projects: &[ProjectId]) -> Result<bool> {
    if projects.is_empty() {
        return Ok(true);
    }
    let sql = format!(
        "SELECT COUNT(*) AS n FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL AND id IN ({})",
        placeholders(1, projects.len())
    );
    let mut values: Vec<Value> = vec![workspace.into()];
    values.extend(projects.iter().map(|&id| Value::from(id)));
    let found: i64 = tx.query_one(&sql, &values, |row| row.get("n"))?;
    Ok(usize::try_from(found) == Ok(projects.len()))
}

/// The members whom a project's service scope names, in the order of joining.
pub(crate) fn designated(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId) -> Result<Vec<MemberId>> {
    let sql = "SELECT s.member_id FROM project_scope s JOIN members m ON m.id = s.member_id
         WHERE s.workspace_id = $1 AND s.project_id = $2 AND m.deleted_at IS NULL ORDER BY s.member_id";
    Ok(tx.query(sql, params![workspace, project], |row| MemberId::column(row, "member_id"))?)
}

/// Names the members who serve a project, where it is for designated ones.
pub(crate) fn set_scope(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    members: &[MemberId],
) -> Result<()> {
    let sql = "DELETE FROM project_scope WHERE workspace_id = $1 AND project_id = $2";
    tx.execute(sql, params![workspace, project])?;
    for &member in members {
        tx.execute(
            "INSERT INTO project_scope (workspace_id, project_id, member_id) VALUES ($1, $2, $3)",
            params![workspace, project, member],
        )?;
    }
    Ok(())
}

/// Adds a project to those of a member who hasn't all; false when it was one already.
pub(crate) fn tick(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    project: ProjectId,
) -> Result<bool> {
    let added = tx.execute(
        "INSERT INTO member_projects (workspace_id, member_id, project_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        params![workspace, member, project],
    )?;
    Ok(added > 0)
}
