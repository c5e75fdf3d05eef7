//! The table `saved_views`.

use db::{Row, params};

use super::model::View;
use crate::error::Result;
use crate::ids::{MemberId, ViewId, WorkspaceId};
use crate::tx::{Tx, json, to_json};

pub(super) fn all(tx: &mut Tx, workspace: WorkspaceId, member: MemberId) -> Result<Vec<View>> {
    let sql = "SELECT id, name, filters, position, version FROM saved_views
         WHERE workspace_id = $1 AND member_id = $2 ORDER BY position, id";
    Ok(tx.query(sql, params![workspace, member], view)?)
}

pub(super) fn insert(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, view: &View) -> Result<()> {
    let now = tx.now;
    tx.execute(
        "INSERT INTO saved_views (id, workspace_id, member_id, name, filters, position, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            view.id,
            workspace,
            member,
            &view.name,
            to_json(&view.filters)?,
            view.position,
            now,
            view.version
        ],
    )?;
    Ok(())
}

pub(super) fn set(tx: &mut Tx, view: &View) -> Result<()> {
    let sql = "UPDATE saved_views SET name = $2, filters = $3, position = $4, version = $5 WHERE id = $1";
    tx.execute(sql, params![view.id, &view.name, to_json(&view.filters)?, view.position, view.version])?;
    Ok(())
}

pub(super) fn delete(tx: &mut Tx, id: ViewId) -> Result<()> {
    tx.execute("DELETE FROM saved_views WHERE id = $1", params![id])?;
    Ok(())
}

fn view(row: &Row) -> Result<View, db::Error> {
    Ok(View {
        id: ViewId::column(row, "id")?,
        name: row.get("name")?,
        filters: json(row, "filters")?,
        position: row.get("position")?,
        version: row.get("version")?,
    })
}
