//! The table tags.

use db::{Row, params};

use super::model::{Color, Tag};
use crate::error::{Code, Error, Result};
use crate::ids::{TagId, WorkspaceId};
use crate::sql::any_of;
use crate::text::fold;
use crate::tx::{Tx, word};

/// The living tags of a workspace, by name.
pub(super) fn all(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Tag>> {
    let sql = "SELECT id, name, color, version FROM tags WHERE workspace_id = $1 AND gone_at IS NULL";
    let mut tags = tx.query(sql, params![workspace], tag)?;
    tags.sort_by_cached_key(|tag| (fold(&tag.name), tag.id));
    Ok(tags)
}

pub(super) fn count(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM tags WHERE workspace_id = $1 AND gone_at IS NULL";
    Ok(tx.query_one(sql, params![workspace], |row| row.get("n"))?)
}

/// The living tag `id` of `workspace`, locked.
pub(super) fn locked(tx: &mut Tx, workspace: WorkspaceId, id: TagId) -> Result<Tag> {
    tx.lock("tags", &id.to_string())?;
    let sql = "SELECT id, name, color, version FROM tags
         WHERE workspace_id = $1 AND id = $2 AND gone_at IS NULL";
    tx.query_opt(sql, params![workspace, id], tag)?.ok_or_else(|| Error::refused(Code::NotFound))
}

/// How many of `ids` are living tags of `workspace`. They stay so until the transaction is over.
pub(super) fn hold(tx: &mut Tx, workspace: WorkspaceId, ids: &[TagId]) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut values = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    // Shared: everybody may put on the same tag at once, only who deletes it has to wait.
    let share = if tx.locking().is_empty() { "" } else { "FOR SHARE" };
    let sql = format!(
        "SELECT id FROM tags WHERE workspace_id = $1 AND id IN ({list}) AND gone_at IS NULL ORDER BY id {share}"
    );
    Ok(tx.query(&sql, &values, |_| Ok(()))?.len())
}

/// The living tag with this name, but for `id`.
pub(super) fn is_taken(tx: &mut Tx, workspace: WorkspaceId, id: TagId, name: &str) -> Result<bool> {
    let sql =
        "SELECT id FROM tags WHERE workspace_id = $1 AND name_key = $2 AND id <> $3 AND gone_at IS NULL";
    Ok(tx.query_opt(sql, params![workspace, fold(name), id], |_| Ok(()))?.is_some())
}

pub(super) fn insert(tx: &mut Tx, workspace: WorkspaceId, id: TagId, name: &str, color: Color) -> Result<()> {
    let now = tx.now;
    tx.execute(
        "INSERT INTO tags (id, workspace_id, name, name_key, color, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, 1)",
        params![id, workspace, name, fold(name), color.as_ref(), now],
    )?;
    Ok(())
}

pub(super) fn set(tx: &mut Tx, id: TagId, name: &str, color: Color) -> Result<()> {
    let sql = "UPDATE tags SET name = $2, name_key = $3, color = $4, version = version + 1 WHERE id = $1";
    tx.execute(sql, params![id, name, fold(name), color.as_ref()])?;
    Ok(())
}

/// The tag is gone; what has it is to get `into` instead. So is what has tags that were to become this one.
pub(super) fn mark_gone(tx: &mut Tx, id: TagId, into: Option<TagId>) -> Result<()> {
    let (now, into) = (tx.now, into.map(|id| id.to_string()));
    let sql = "UPDATE tags SET gone_at = $2, merged_into = $3, version = version + 1 WHERE id = $1";
    tx.execute(sql, params![id, now, into.clone()])?;
    tx.execute("UPDATE tags SET merged_into = $2 WHERE merged_into = $1", params![id, into])?;
    Ok(())
}

/// The tags that are gone and still on something, or were a moment ago.
pub(super) fn gone(tx: &mut Tx) -> Result<Vec<(WorkspaceId, TagId)>> {
    let sql = "SELECT workspace_id, id FROM tags WHERE gone_at IS NOT NULL ORDER BY gone_at, id LIMIT 100";
    Ok(tx.query(sql, &[], |row| Ok((WorkspaceId::column(row, "workspace_id")?, TagId::column(row, "id")?)))?)
}

/// Into which one a tag that is gone was merged; the outer none: it is off everything.
pub(super) fn gone_into(tx: &mut Tx, id: TagId) -> Result<Option<Option<TagId>>> {
    let sql = "SELECT merged_into FROM tags WHERE id = $1 AND gone_at IS NOT NULL";
    Ok(tx.query_opt(sql, params![id], |row| TagId::column_opt(row, "merged_into"))?)
}

pub(super) fn delete(tx: &mut Tx, id: TagId) -> Result<()> {
    tx.execute("DELETE FROM tags WHERE id = $1 AND gone_at IS NOT NULL", params![id])?;
    Ok(())
}

fn tag(row: &Row) -> Result<Tag, db::Error> {
    Ok(Tag {
        id: TagId::column(row, "id")?,
        name: row.get("name")?,
        color: word(row, "color")?,
        version: row.get("version")?,
        sessions: None,
        customers: None,
    })
}
