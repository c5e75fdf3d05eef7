//! The updates table: what Telegram delivered, as it came.

use db::{Value, params};

use super::decode::{Decoded, Meaning};
use crate::clock::{HOUR, Timestamp};
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId, uuid};
use crate::sql::{chunks, rows};
use crate::text::{shorten, without_nul};
use crate::tx::Tx;

/// How long an update is kept as it came.
const KEPT_FOR: i64 = 48 * HOUR;

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum State {
    /// It is where it belongs.
    Applied,
    /// The product doesn't know what to do with it.
    Unsupported,
    /// It could not be applied.
    Failed,
}

/// What is kept of why an update could not be applied.
pub(super) fn fault_words(fault: &str) -> String {
    shorten(&without_nul(fault), 500)
}

/// Stores updates as they came; fails when one is there already.
pub(super) fn keep_all(tx: &mut Tx, workspace: WorkspaceId, updates: &[(ProjectId, Decoded)]) -> Result<()> {
    for chunk in chunks(updates) {
        let mut values: Vec<Value> = params![workspace, tx.now].to_vec();
        for (project, update) in chunk {
            let (state, error) = match &update.meaning {
                Err(fault) => (State::Failed, Some(fault_words(fault))),
                Ok(Meaning::Unsupported) => (State::Unsupported, None),
                Ok(_) => (State::Applied, None),
            };
            values.extend([
                uuid(tx.now).to_string().into(),
                (*project).into(),
                update.update_id.into(),
                (&update.digest).into(),
                (&update.kind).into(),
                (&update.raw).into(),
                state.as_ref().into(),
                error.into(),
            ]);
        }
        let sql = format!(
            "INSERT INTO updates (workspace_id, received_at, id, project_id, update_id, digest, kind, raw, state, error)
             VALUES {}",
            rows("$1, $2, ", 2, chunk.len(), 8)
        );
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

/// Stores an update as it came; false when it is there already.
pub(super) fn keep(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    update: &Decoded,
    state: State,
    error: Option<&str>,
) -> Result<bool> {
    let (id, now) = (uuid(tx.now).to_string(), tx.now);
    let stored = tx.execute(
        "INSERT INTO updates (id, workspace_id, project_id, update_id, digest, kind, raw, state, error, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (project_id, update_id, digest) DO NOTHING",
        params![
            id,
            workspace,
            project,
            update.update_id,
            &update.digest,
            &update.kind,
            &update.raw,
            state.as_ref(),
            error,
            now
        ],
    )?;
    Ok(stored > 0)
}

/// Notes that a stored update turned out to be unsupported.
pub(super) fn mark_unsupported(tx: &mut Tx, project: ProjectId, update: &Decoded) -> Result<()> {
    tx.execute(
        "UPDATE updates SET state = $4 WHERE project_id = $1 AND update_id = $2 AND digest = $3",
        params![project, update.update_id, &update.digest, State::Unsupported.as_ref()],
    )?;
    Ok(())
}

/// An update that could not be applied.
#[derive(Debug, Clone)]
pub(super) struct Failed {
    /// The row's id: they grow in the order in which updates came.
    pub(super) id: String,
    pub(super) workspace: WorkspaceId,
    pub(super) project: ProjectId,
    pub(super) raw: String,
    pub(super) received_at: Timestamp,
}

/// Failed updates after the row `after`, oldest first, a hundred at most.
pub(super) fn failed(
    tx: &mut Tx,
    project: Option<ProjectId>,
    update_id: Option<i64>,
    after: &str,
) -> Result<Vec<Failed>> {
    let mut values = params![after].to_vec();
    let mut and = |column: &str, value: Option<Value>| {
        value.map_or_else(String::new, |value| {
            values.push(value);
            format!(" AND {column} = ${}", values.len())
        })
    };
    let conditions =
        and("project_id", project.map(Value::from)) + &and("update_id", update_id.map(Value::from));
    let sql = format!(
        "SELECT id, workspace_id, project_id, raw, received_at FROM updates
         WHERE state = 'failed' AND id > $1{conditions} ORDER BY id LIMIT 100"
    );
    Ok(tx.query(&sql, &values, |row| {
        Ok(Failed {
            id: row.get("id")?,
            workspace: WorkspaceId::column(row, "workspace_id")?,
            project: ProjectId::column(row, "project_id")?,
            raw: row.get("raw")?,
            received_at: row.get("received_at").map(Timestamp)?,
        })
    })?)
}

/// Whether an update is still one that failed, under a lock.
pub(super) fn is_failed(tx: &mut Tx, id: &str) -> Result<bool> {
    tx.lock("updates", id)?;
    let sql = "SELECT id FROM updates WHERE id = $1 AND state = 'failed'";
    Ok(tx.query_opt(sql, params![id], |_| Ok(()))?.is_some())
}

/// Notes what became of an update that was applied again.
pub(super) fn set_state(tx: &mut Tx, id: &str, state: State, error: Option<&str>) -> Result<()> {
    tx.execute(
        "UPDATE updates SET state = $2, error = $3 WHERE id = $1",
        params![id, state.as_ref(), error],
    )?;
    Ok(())
}

/// Deletes at most 500 updates that were kept long enough; says how many. Failed ones stay.
pub(crate) fn forget_old_updates(tx: &mut Tx) -> Result<u64> {
    let before = tx.now.plus(-KEPT_FOR);
    Ok(tx.execute(
        "DELETE FROM updates WHERE id IN
         (SELECT id FROM updates WHERE received_at < $1 AND state <> 'failed' ORDER BY received_at LIMIT 500)",
        params![before],
    )?)
}
