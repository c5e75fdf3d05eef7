//! The audit table.

use db::params;

use crate::error::Result;
use crate::ids::{MemberId, WorkspaceId, uuid};
use crate::tx::{Tx, to_json};

/// Records that `actor` (none: the system or the operator) did `verb` to a subject, with the details that matter.
/// No secret and no message text belongs into `detail`.
pub(crate) fn record(
    tx: &mut Tx,
    workspace: WorkspaceId,
    actor: Option<MemberId>,
    verb: &'static str,
    subject: (&'static str, String),
    detail: &serde_json::Value,
) -> Result<()> {
    let (id, now, detail) = (uuid(tx.now).to_string(), tx.now, to_json(detail)?);
    let actor = actor.map(|id| id.to_string());
    tx.execute(
        "INSERT INTO audit (id, workspace_id, at, actor_id, verb, subject_kind, subject_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, workspace, now, actor, verb, subject.0, subject.1, detail],
    )?;
    Ok(())
}
