//! The updates table: what Telegram delivered, as it came.

use db::params;

use super::decode::Decoded;
use crate::clock::HOUR;
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId, uuid};
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

/// Deletes at most 500 updates that were kept long enough; says how many. Failed ones stay.
pub(crate) fn forget_old_updates(tx: &mut Tx) -> Result<u64> {
    let before = tx.now.plus(-KEPT_FOR);
    Ok(tx.execute(
        "DELETE FROM updates WHERE id IN
         (SELECT id FROM updates WHERE received_at < $1 AND state <> 'failed' ORDER BY received_at LIMIT 500)",
        params![before],
    )?)
}
