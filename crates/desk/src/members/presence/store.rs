//! Status and signs of life in the table members. A sign of life is no change that anybody sees: the version stays.

use db::{Row, Value, params};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MemberId, WorkspaceId};
use crate::members::Status;
use crate::sql::any_of;
use crate::tx::Tx;

/// Stores a chosen status; says whether it is another than before. Of who isn't connected the time without a portal counts from
/// when they chose to be there.
pub(crate) fn set_status(tx: &mut Tx, id: MemberId, status: Status) -> Result<bool> {
    let now = tx.now;
    let changed = tx.execute(
        "UPDATE members SET status = $2, version = version + 1, beat_at = CASE WHEN connected THEN beat_at ELSE $3 END
         WHERE id = $1 AND status <> $2",
        params![id, status.as_ref(), now],
    )?;
    Ok(changed > 0)
}

/// Sets everyone of the installation offline, and not connected.
pub(in crate::members) fn everyone_is_gone(tx: &mut Tx) -> Result<()> {
    let offline = Status::Offline;
    tx.execute("UPDATE members SET connected = FALSE WHERE connected", &[])?;
    tx.execute(
        "UPDATE members SET status = $1, version = version + 1 WHERE status <> $1",
        params![offline.as_ref()],
    )?;
    Ok(())
}

/// Stores signs of life, one of each member, of those who are connected; says how many are.
pub(crate) fn note_signs(tx: &mut Tx, signs: &[(MemberId, Timestamp)]) -> Result<u64> {
    let mut signs = signs.to_vec();
    signs.sort_unstable();
    let ids: Vec<MemberId> = signs.iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    if !tx.locking().is_empty() && ids.len() > 1 {
        // Several members are locked in the order of their ids.
        let mut values = Vec::new();
        let list = any_of(&mut values, &ids);
        let sql = format!("SELECT id FROM members WHERE id IN ({list}) ORDER BY id {}", tx.locking());
        tx.query(&sql, &values, |_| Ok(()))?;
    }
    let values: Vec<Value> = signs.iter().flat_map(|&(id, at)| [id.into(), at.into()]).collect();
    let rows: Vec<String> =
        (0..signs.len()).map(|n| format!("(${}, CAST(${} AS BIGINT))", 2 * n + 1, 2 * n + 2)).collect();
    let sql = format!(
        "WITH signs (member, at) AS (VALUES {})
         UPDATE members SET beat_at = CASE
             WHEN beat_at > (SELECT s.at FROM signs s WHERE s.member = members.id) THEN beat_at
             ELSE (SELECT s.at FROM signs s WHERE s.member = members.id) END
         WHERE id IN (SELECT member FROM signs) AND connected AND deleted_at IS NULL",
        rows.join(", ")
    );
    Ok(tx.execute(&sql, &values)?)
}

/// Those of `ids` who aren't connected.
pub(crate) fn unconnected(tx: &mut Tx, ids: &[MemberId]) -> Result<Vec<(WorkspaceId, MemberId)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let list = any_of(&mut values, ids);
    let sql = format!(
        "SELECT workspace_id, id FROM members WHERE id IN ({list}) AND NOT connected AND deleted_at IS NULL"
    );
    Ok(tx.query(&sql, &values, whose)?)
}

/// Notes that a portal of a member is connected; says whether that is news.
pub(crate) fn connect(tx: &mut Tx, id: MemberId) -> Result<bool> {
    let now = tx.now;
    let sql = "UPDATE members SET connected = TRUE, beat_at = $2
         WHERE id = $1 AND NOT connected AND deleted_at IS NULL";
    Ok(tx.execute(sql, params![id, now])? > 0)
}

/// Those of the installation who count as connected and gave no sign of life after `since`.
pub(crate) fn silent(tx: &mut Tx, since: Timestamp) -> Result<Vec<(WorkspaceId, MemberId)>> {
    let sql = "SELECT workspace_id, id FROM members WHERE connected AND beat_at <= $1 ORDER BY id";
    Ok(tx.query(sql, params![since], whose)?)
}

/// Notes that no portal of a member is connected any more, if they gave no sign of life after `since`.
pub(crate) fn disconnect(tx: &mut Tx, id: MemberId, since: Timestamp) -> Result<bool> {
    let sql = "UPDATE members SET connected = FALSE WHERE id = $1 AND connected AND beat_at <= $2";
    Ok(tx.execute(sql, params![id, since])? > 0)
}

/// Those of the installation who have been without a portal for as long as their workspace waits, and aren't offline.
pub(crate) fn absent(tx: &mut Tx) -> Result<Vec<(WorkspaceId, MemberId)>> {
    let now = tx.now;
    let sql = "SELECT m.workspace_id, m.id FROM members m JOIN workspaces w ON w.id = m.workspace_id
         WHERE m.status <> 'offline' AND NOT m.connected AND m.deleted_at IS NULL
             AND m.beat_at + w.offline_after_minutes * 60000 <= $1
         ORDER BY m.id";
    Ok(tx.query(sql, params![now], whose)?)
}

/// Whether there is anybody who isn't offline and of whom nobody knows since when they are without a portal.
pub(crate) fn uncounted(tx: &mut Tx) -> Result<bool> {
    let sql =
        "SELECT id FROM members WHERE status <> 'offline' AND beat_at IS NULL AND deleted_at IS NULL LIMIT 1";
    Ok(tx.query_opt(sql, &[], |_| Ok(()))?.is_some())
}

/// For those the time without a portal counts from now on.
pub(crate) fn count_from_now(tx: &mut Tx) -> Result<()> {
    let now = tx.now;
    let sql = "UPDATE members SET beat_at = $1 WHERE status <> 'offline' AND beat_at IS NULL AND deleted_at IS NULL";
    tx.execute(sql, params![now])?;
    Ok(())
}

fn whose(row: &Row) -> Result<(WorkspaceId, MemberId), db::Error> {
    Ok((WorkspaceId::column(row, "workspace_id")?, MemberId::column(row, "id")?))
}
