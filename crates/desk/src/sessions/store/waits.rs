//! Who has waited for too long, and whether that was told.

use db::{Row, params};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{CustomerId, ProjectId, SessionId};
use crate::tx::Tx;

/// Sessions that wait no more may be told of again when they do.
pub(crate) fn forget_told_waits(tx: &mut Tx) -> Result<()> {
    let sql = "UPDATE sessions SET wait_told_at = NULL WHERE state IN ('open', 'ended') AND wait_told_at IS NOT NULL";
    tx.execute(sql, &[])?;
    Ok(())
}

/// Whether one waits since before then that was not told of.
pub(crate) fn has_long_waits(tx: &mut Tx, project: ProjectId, before: Timestamp) -> Result<bool> {
    let sql = "SELECT id FROM sessions
         WHERE project_id = $1 AND state = 'waiting' AND wait_told_at IS NULL AND waiting_since <= $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![project, before], |_| Ok(()))?.is_some())
}

/// Some of those that wait since before then and were not told of, the oldest first. From here on they were: nobody else gets them.
pub(crate) fn take_long_waits(
    tx: &mut Tx,
    project: ProjectId,
    before: Timestamp,
    most: i64,
) -> Result<Vec<(SessionId, CustomerId)>> {
    let now = tx.now;
    let sql = "UPDATE sessions SET wait_told_at = $3
         WHERE state = 'waiting' AND wait_told_at IS NULL AND id IN (
             SELECT id FROM sessions
             WHERE project_id = $1 AND state = 'waiting' AND wait_told_at IS NULL AND waiting_since <= $2
             ORDER BY waiting_since, id LIMIT $4)
         RETURNING id, customer_id, waiting_since";
    let place = |row: &Row| {
        let ids = (SessionId::column(row, "id")?, CustomerId::column(row, "customer_id")?);
        Ok((row.get::<i64>("waiting_since")?, ids))
    };
    let mut taken = tx.query(sql, params![project, before, now, most], place)?;
    taken.sort_unstable();
    Ok(taken.into_iter().map(|(_, ids)| ids).collect())
}
