//! The table `customer_fields`.

use db::{Row, params};

use super::model::Field;
use crate::error::{Code, Error, Result};
use crate::ids::{FieldId, WorkspaceId};
use crate::text::fold;
use crate::tx::{Tx, json, to_json, word};

const COLUMNS: &str = "id, name, kind, choices, position, version";

/// The living fields of a workspace, in their order.
pub(super) fn all(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Field>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM customer_fields WHERE workspace_id = $1 AND gone_at IS NULL ORDER BY position, id"
    );
    Ok(tx.query(&sql, params![workspace], field)?)
}

/// The living field `id` of `workspace`.
pub(super) fn get(tx: &mut Tx, workspace: WorkspaceId, id: FieldId) -> Result<Field> {
    let sql = format!(
        "SELECT {COLUMNS} FROM customer_fields WHERE workspace_id = $1 AND id = $2 AND gone_at IS NULL"
    );
    tx.query_opt(&sql, params![workspace, id], field)?.ok_or_else(|| Error::refused(Code::NotFound))
}

/// Whether another living field has this name.
pub(super) fn is_taken(tx: &mut Tx, workspace: WorkspaceId, id: FieldId, name: &str) -> Result<bool> {
    let sql = "SELECT id FROM customer_fields
         WHERE workspace_id = $1 AND name_key = $2 AND id <> $3 AND gone_at IS NULL";
    Ok(tx.query_opt(sql, params![workspace, fold(name), id], |_| Ok(()))?.is_some())
}

pub(super) fn insert(tx: &mut Tx, workspace: WorkspaceId, field: &Field) -> Result<()> {
    let Field { id, name, kind, choices, position, .. } = field;
    let now = tx.now;
    tx.execute(
        "INSERT INTO customer_fields (id, workspace_id, name, name_key, kind, choices, position, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
        params![*id, workspace, name, fold(name), kind.as_ref(), to_json(choices)?, *position, now],
    )?;
    Ok(())
}

pub(super) fn set(tx: &mut Tx, field: &Field) -> Result<()> {
    let Field { id, name, choices, .. } = field;
    tx.execute(
        "UPDATE customer_fields SET name = $2, name_key = $3, choices = $4, version = version + 1
         WHERE id = $1",
        params![*id, name, fold(name), to_json(choices)?],
    )?;
    Ok(())
}

/// Stores a field's place. That it makes room for another is no change of its own.
pub(super) fn put_at(tx: &mut Tx, id: FieldId, position: i64) -> Result<()> {
    tx.execute("UPDATE customer_fields SET position = $2 WHERE id = $1", params![id, position])?;
    Ok(())
}

pub(super) fn mark_gone(tx: &mut Tx, id: FieldId) -> Result<()> {
    let now = tx.now;
    tx.execute("UPDATE customer_fields SET gone_at = $2 WHERE id = $1", params![id, now])?;
    Ok(())
}

/// The fields that are gone and whose values may still be there.
pub(super) fn gone(tx: &mut Tx) -> Result<Vec<(WorkspaceId, FieldId)>> {
    let sql = "SELECT workspace_id, id FROM customer_fields WHERE gone_at IS NOT NULL ORDER BY id LIMIT 100";
    Ok(tx.query(sql, &[], |row| {
        Ok((WorkspaceId::column(row, "workspace_id")?, FieldId::column(row, "id")?))
    })?)
}

pub(super) fn delete(tx: &mut Tx, id: FieldId) -> Result<()> {
    tx.execute("DELETE FROM customer_fields WHERE id = $1 AND gone_at IS NOT NULL", params![id])?;
    Ok(())
}

fn field(row: &Row) -> Result<Field, db::Error> {
    Ok(Field {
        id: FieldId::column(row, "id")?,
        name: row.get("name")?,
        kind: word(row, "kind")?,
        choices: json(row, "choices")?,
        position: row.get("position")?,
        version: row.get("version")?,
    })
}
