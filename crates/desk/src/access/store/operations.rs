//! The tables `project_operations` and `member_operations`, and what they mean for one member.

use std::collections::{BTreeMap, HashMap};

use db::{Row, params};
use strum::IntoEnumIterator;

use crate::access::operation::{Operation, Operations, Ownership, Settings, Terms, verdict};
use crate::access::{Sight, Viewer};
use crate::error::Result;
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::plans::{self, Feature};
use crate::tx::{Tx, word};

/// What decides whether `viewer` may do `operation` in `project`.
pub(in crate::access) fn terms(
    tx: &mut Tx,
    viewer: &Viewer,
    project: ProjectId,
    operation: Operation,
) -> Result<Terms> {
    let plan = plans::has(tx, viewer.workspace, Feature::OperationPermissions)?;
    let allowed = |row: &Row| row.get::<bool>("allowed");
    let name = operation.as_ref();
    let sql = "SELECT allowed FROM project_operations
         WHERE workspace_id = $1 AND project_id = $2 AND operation = $3";
    let setting = tx.query_opt(sql, params![viewer.workspace, project, name], allowed)?;
    let sql = "SELECT allowed FROM member_operations
         WHERE workspace_id = $1 AND project_id = $2 AND member_id = $3 AND operation = $4";
    let exception = tx.query_opt(sql, params![viewer.workspace, project, viewer.member, name], allowed)?;
    Ok(Terms { plan, project: setting, exception })
}

/// What `viewer` may do in each project that they see, as far as that doesn't hang on whose session it is.
pub(crate) fn verdicts(tx: &mut Tx, viewer: &Viewer) -> Result<HashMap<ProjectId, Settings>> {
    let plan = plans::has(tx, viewer.workspace, Feature::OperationPermissions)?;
    let decision = |row: &Row| {
        let key = (ProjectId::column(row, "project_id")?, word::<Operation>(row, "operation")?);
        Ok((key, row.get::<bool>("allowed")?))
    };
    let sql = "SELECT project_id, operation, allowed FROM project_operations WHERE workspace_id = $1";
    let settings: HashMap<_, _> = tx.query(sql, params![viewer.workspace], decision)?.into_iter().collect();
    let sql = "SELECT project_id, operation, allowed FROM member_operations WHERE workspace_id = $1 AND member_id = $2";
    let exceptions: HashMap<_, _> =
        tx.query(sql, params![viewer.workspace, viewer.member], decision)?.into_iter().collect();
    let projects: Vec<ProjectId> = match &viewer.sight {
        Sight::Only(projects) => projects.iter().copied().collect(),
        Sight::All => {
            let sql = "SELECT id FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL";
            tx.query(sql, params![viewer.workspace], |row| ProjectId::column(row, "id"))?
        }
    };
    let of = |project: ProjectId| {
        let may = |operation: Operation| {
            let key = (project, operation);
            let terms = Terms {
                plan,
                project: settings.get(&key).copied(),
                exception: exceptions.get(&key).copied(),
            };
            (operation, verdict(viewer.role, operation, terms, Ownership::Any).is_ok())
        };
        (project, Operation::iter().map(may).collect())
    };
    Ok(projects.into_iter().map(of).collect())
}

/// What is decided in a project.
pub(crate) fn operations(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId) -> Result<Operations> {
    let decision = |row: &Row| Ok((word::<Operation>(row, "operation")?, row.get::<bool>("allowed")?));
    let sql = "SELECT operation, allowed FROM project_operations WHERE workspace_id = $1 AND project_id = $2";
    let decided = tx.query(sql, params![workspace, project], decision)?.into_iter().collect();
    let sql = "SELECT o.member_id, o.operation, o.allowed FROM member_operations o JOIN members m ON m.id = o.member_id
         WHERE o.workspace_id = $1 AND o.project_id = $2 AND m.deleted_at IS NULL";
    let mut exceptions: BTreeMap<MemberId, Settings> = BTreeMap::new();
    let rows = tx.query(sql, params![workspace, project], |row| {
        Ok((MemberId::column(row, "member_id")?, decision(row)?))
    })?;
    for (member, (operation, allowed)) in rows {
        exceptions.entry(member).or_default().insert(operation, allowed);
    }
    Ok(Operations { decided, exceptions })
}

/// Decides anew, for everybody and for single members.
pub(crate) fn set_operations(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    operations: &Operations,
) -> Result<()> {
    for table in ["project_operations", "member_operations"] {
        let sql = format!("DELETE FROM {table} WHERE workspace_id = $1 AND project_id = $2");
        tx.execute(&sql, params![workspace, project])?;
    }
    for (operation, allowed) in &operations.decided {
        tx.execute(
            "INSERT INTO project_operations (workspace_id, project_id, operation, allowed) VALUES ($1, $2, $3, $4)",
            params![workspace, project, operation.as_ref(), *allowed],
        )?;
    }
    for (member, settings) in &operations.exceptions {
        for (operation, allowed) in settings {
            tx.execute(
                "INSERT INTO member_operations (workspace_id, project_id, member_id, operation, allowed)
                 VALUES ($1, $2, $3, $4, $5)",
                params![workspace, project, *member, operation.as_ref(), *allowed],
            )?;
        }
    }
    Ok(())
}
