//! The settings in the table workspaces.

use db::params;

use super::WorkspaceSettings;
use crate::error::Result;
use crate::ids::{LoginId, WorkspaceId};
use crate::tx::{Tx, word};

pub(super) fn get(tx: &mut Tx, workspace: WorkspaceId) -> Result<WorkspaceSettings> {
    let sql =
        "SELECT name, time_zone, second_factor, offline_after_minutes, version FROM workspaces WHERE id = $1";
    Ok(tx.query_one(sql, params![workspace], |row| {
        Ok(WorkspaceSettings {
            name: row.get("name")?,
            time_zone: row.get("time_zone")?,
            second_factor: word(row, "second_factor")?,
            offline_after_minutes: row.get("offline_after_minutes")?,
            version: row.get("version")?,
        })
    })?)
}

pub(super) fn set(tx: &mut Tx, workspace: WorkspaceId, settings: &WorkspaceSettings) -> Result<()> {
    tx.execute(
        "UPDATE workspaces SET name = $2, time_zone = $3, second_factor = $4, offline_after_minutes = $5,
             version = version + 1
         WHERE id = $1",
        params![
            workspace,
            &settings.name,
            &settings.time_zone,
            settings.second_factor.as_ref(),
            settings.offline_after_minutes
        ],
    )?;
    Ok(())
}

/// Whether members of the workspace must have a second factor.
pub(crate) fn requires_second_factor(tx: &mut Tx, workspace: WorkspaceId) -> Result<bool> {
    let sql = "SELECT second_factor = 'required' AS required FROM workspaces WHERE id = $1";
    Ok(tx.query_one(sql, params![workspace], |row| row.get("required"))?)
}

/// The live logins of who has no second factor.
pub(super) fn logins_without_second_factor(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<LoginId>> {
    let sql = "SELECT l.id FROM logins l JOIN members m ON m.id = l.member_id
         WHERE l.workspace_id = $1 AND l.ended_at IS NULL AND NOT m.second_factor";
    Ok(tx.query(sql, params![workspace], |row| LoginId::column(row, "id"))?)
}
