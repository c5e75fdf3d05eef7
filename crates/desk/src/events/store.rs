//! The events table and its counter.

use db::{Error, Row, Tx, Value, params};

use super::{Audience, Change, Event};
use crate::clock::Timestamp;
use crate::ids::WorkspaceId;
use crate::sql::{chunks, rows};

/// Gives a new workspace its counter.
pub(crate) fn start_counter(tx: &mut Tx, workspace: WorkspaceId) -> Result<(), Error> {
    tx.execute("INSERT INTO event_counters (workspace_id, last) VALUES ($1, 0)", params![workspace])?;
    Ok(())
}

/// Numbers and stores the changes of a transaction. Must be its last statements: see the module's page.
pub(crate) fn append(
    tx: &mut Tx,
    workspace: WorkspaceId,
    changes: &[(Change, Audience)],
    now: Timestamp,
) -> Result<(), Error> {
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let last: i64 = tx.query_one(
        "UPDATE event_counters SET last = last + $2 WHERE workspace_id = $1 RETURNING last",
        params![workspace, count],
        |row| row.get("last"),
    )?;
    let mut number = last - count;
    for chunk in chunks(changes) {
        let mut values: Vec<Value> = vec![workspace.into(), now.into()];
        for (change, audience) in chunk {
            number += 1;
            let (kind, id) = change.columns();
            values.extend([number.into(), kind.into(), id.into(), audience.to_string().into()]);
        }
        let sql = format!(
            "INSERT INTO events (workspace_id, at, number, kind, entity_id, audience) VALUES {}",
            rows("$1, $2, ", 2, chunk.len(), 4)
        );
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

/// Leaves out so many numbers in every workspace: cursors from before are then known to miss something.
pub(crate) fn leap(tx: &mut Tx, numbers: i64) -> Result<(), Error> {
    tx.execute("UPDATE event_counters SET last = last + $1", params![numbers])?;
    Ok(())
}

/// The number of the workspace's newest event.
pub(crate) fn last(tx: &mut Tx, workspace: WorkspaceId) -> Result<i64, Error> {
    tx.query_one("SELECT last FROM event_counters WHERE workspace_id = $1", params![workspace], |row| {
        row.get("last")
    })
}

/// The events after `after`, oldest first, at most `limit`.
pub(crate) fn page(tx: &mut Tx, workspace: WorkspaceId, after: i64, limit: i64) -> Result<Vec<Event>, Error> {
    tx.query(
        "SELECT number, kind, entity_id, audience FROM events
         WHERE workspace_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        params![workspace, after, limit],
        event,
    )
}

/// Deletes at most 500 events older than `before`; says how many.
pub(crate) fn forget_before(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.execute(
        "DELETE FROM events WHERE (workspace_id, number) IN
         (SELECT workspace_id, number FROM events WHERE at < $1 ORDER BY at, workspace_id, number LIMIT 500)",
        params![before],
    )
}

fn event(row: &Row) -> Result<Event, Error> {
    let (kind, id, audience): (String, String, String) =
        (row.get("kind")?, row.get("entity_id")?, row.get("audience")?);
    let change = Change::parse(&kind, &id).ok_or_else(|| Error::Column(format!("unknown event {kind}")))?;
    let audience = audience.parse().map_err(|()| Error::Column(format!("unknown audience {audience}")))?;
    Ok(Event { number: row.get("number")?, change, audience })
}
