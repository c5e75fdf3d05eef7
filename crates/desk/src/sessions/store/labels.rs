//! The tags on sessions.

use std::collections::HashMap;

use db::{Value, params};

use super::single::tell;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{ProjectId, SessionId, TagId, WorkspaceId};
use crate::sessions::Session;
use crate::sql::any_of;
use crate::tx::{Tx, json, to_json};

/// The tags of a session, in the order in which they were put on.
pub(crate) fn tags_of(tx: &mut Tx, session: &Session) -> Result<Vec<TagId>> {
    let sql = "SELECT tag_ids FROM sessions WHERE id = $1";
    Ok(tx.query_one(sql, params![session.id], |row| json(row, "tag_ids"))?)
}

/// Makes these the tags of a session, which the caller has locked, and whose tags were the others.
pub(crate) fn set_tags(tx: &mut Tx, session: &Session, before: &[TagId], tags: &[TagId]) -> Result<()> {
    for tag in before.iter().filter(|tag| !tags.contains(tag)) {
        let sql = "DELETE FROM session_tags WHERE tag_id = $1 AND session_id = $2";
        tx.execute(sql, params![*tag, session.id])?;
    }
    for tag in tags.iter().filter(|tag| !before.contains(tag)) {
        tx.execute(
            "INSERT INTO session_tags (workspace_id, tag_id, session_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params![session.workspace, *tag, session.id],
        )?;
    }
    let sql = "UPDATE sessions SET tag_ids = $2, version = version + 1 WHERE id = $1";
    let changed = tx.execute(sql, params![session.id, to_json(&tags)?])?;
    tell(tx, session, changed);
    Ok(())
}

/// On how many sessions each tag of a workspace is.
pub(crate) fn tag_usage(tx: &mut Tx, workspace: WorkspaceId) -> Result<HashMap<TagId, i64>> {
    let sql =
        "SELECT t.tag_id, COUNT(*) AS n FROM session_tags t WHERE t.workspace_id = $1 GROUP BY t.tag_id";
    let counts =
        tx.query(sql, params![workspace], |row| Ok((TagId::column(row, "tag_id")?, row.get("n")?)))?;
    Ok(counts.into_iter().collect())
}

/// Takes a tag off some of the sessions that have it, and puts the other one on them instead, if there is one; says off how many. The
/// caller has locked the workspace.
pub(crate) fn forget_tag(
    tx: &mut Tx,
    workspace: WorkspaceId,
    tag: TagId,
    into: Option<TagId>,
    most: i64,
) -> Result<usize> {
    let sql = "SELECT session_id FROM session_tags WHERE tag_id = $1 ORDER BY session_id LIMIT $2";
    let having = tx.query(sql, params![tag, most], |row| SessionId::column(row, "session_id"))?;
    if having.is_empty() {
        return Ok(0);
    }
    let mut values = Vec::new();
    let list = any_of(&mut values, &having);
    let sql = format!("SELECT id FROM sessions WHERE id IN ({list}) ORDER BY id {}", tx.locking());
    tx.query(&sql, &values, |_| Ok(()))?;
    let mut both: Vec<SessionId> = Vec::new();
    if let Some(into) = into {
        let mut values: Vec<Value> = vec![into.into()];
        let list = any_of(&mut values, &having);
        let sql = format!("SELECT session_id FROM session_tags WHERE tag_id = $1 AND session_id IN ({list})");
        both = tx.query(&sql, &values, |row| SessionId::column(row, "session_id"))?;
    }
    let loses_it = |id: &SessionId| into.is_none() || both.contains(id);
    let (without, moved): (Vec<_>, Vec<_>) = having.iter().copied().partition(loses_it);
    if !without.is_empty() {
        let mut values: Vec<Value> = vec![tag.into()];
        let list = any_of(&mut values, &without);
        let sql = format!("DELETE FROM session_tags WHERE tag_id = $1 AND session_id IN ({list})");
        tx.execute(&sql, &values)?;
        let quoted = format!("\"{tag}\"");
        let mut values: Vec<Value> =
            [format!("{quoted},"), format!(",{quoted}"), quoted].map(Value::from).into();
        let list = any_of(&mut values, &without);
        rewrite(tx, workspace, "REPLACE(REPLACE(REPLACE(tag_ids, $1, ''), $2, ''), $3, '')", &values, &list)?;
    }
    if let (Some(into), false) = (into, moved.is_empty()) {
        let mut values: Vec<Value> = vec![tag.into(), into.into()];
        let list = any_of(&mut values, &moved);
        let sql = format!("UPDATE session_tags SET tag_id = $2 WHERE tag_id = $1 AND session_id IN ({list})");
        tx.execute(&sql, &values)?;
        rewrite(tx, workspace, "REPLACE(tag_ids, $1, $2)", &values, &list)?;
    }
    Ok(having.len())
}

/// Writes the tags of the sessions in `list` anew. Only of live ones is it told: what is over is looked at when somebody opens it.
fn rewrite(tx: &mut Tx, workspace: WorkspaceId, tags: &str, values: &[Value], list: &str) -> Result<()> {
    let sql = format!(
        "UPDATE sessions SET tag_ids = {tags}, version = version + 1 WHERE id IN ({list})
         RETURNING id, project_id, state <> 'ended' AS live"
    );
    let changed = tx.query(&sql, values, |row| {
        Ok((SessionId::column(row, "id")?, ProjectId::column(row, "project_id")?, row.get::<bool>("live")?))
    })?;
    for (id, project, _) in changed.into_iter().filter(|(_, _, live)| *live) {
        tx.event(workspace, Change::Session(id), Audience::Project(project));
    }
    Ok(())
}
