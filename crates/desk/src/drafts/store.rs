//! The drafts table.

use db::{Row, Value, params};

use super::{Draft, Place};
use crate::access::{Sight, Viewer};
use crate::error::Result;
use crate::ids::CustomerId;
use crate::sql::placeholders;
use crate::tx::Tx;

pub(super) fn find(tx: &mut Tx, place: Place) -> Result<Option<Draft>> {
    let sql = "SELECT customer_id, text, version FROM drafts
         WHERE workspace_id = $1 AND member_id = $2 AND customer_id = $3";
    Ok(tx.query_opt(sql, params![place.workspace, place.member, place.customer], draft)?)
}

/// The viewer's own of projects that they see, newest first.
pub(super) fn list(tx: &mut Tx, viewer: &Viewer, limit: i64) -> Result<Vec<Draft>> {
    let mut values: Vec<Value> = vec![viewer.workspace.into(), viewer.member.into(), limit.into()];
    let seen = match &viewer.sight {
        Sight::All => String::new(),
        Sight::Only(projects) if projects.is_empty() => return Ok(Vec::new()),
        Sight::Only(projects) => {
            let list = placeholders(values.len(), projects.len());
            values.extend(projects.iter().map(|&id| Value::from(id)));
            format!(" AND project_id IN ({list})")
        }
    };
    let sql = format!(
        "SELECT customer_id, text, version FROM drafts WHERE workspace_id = $1 AND member_id = $2{seen}
         ORDER BY version DESC, customer_id LIMIT $3"
    );
    Ok(tx.query(&sql, &values, draft)?)
}

pub(super) fn insert(tx: &mut Tx, place: Place, draft: &Draft) -> Result<()> {
    let Place { workspace, project, member, customer } = place;
    tx.execute(
        "INSERT INTO drafts (workspace_id, member_id, customer_id, project_id, text, version)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![workspace, member, customer, project, &draft.text, draft.version],
    )?;
    Ok(())
}

pub(super) fn remove(tx: &mut Tx, place: Place) -> Result<()> {
    let sql = "DELETE FROM drafts WHERE workspace_id = $1 AND member_id = $2 AND customer_id = $3";
    tx.execute(sql, params![place.workspace, place.member, place.customer])?;
    Ok(())
}

fn draft(row: &Row) -> Result<Draft, db::Error> {
    let customer_id = CustomerId::column(row, "customer_id")?;
    Ok(Draft { customer_id, text: row.get("text")?, version: row.get("version")? })
}
