//! Sessions in which nothing was said for a while after us.

use db::params;

use super::single::{COLUMNS, session};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::sessions::Session;
use crate::tx::Tx;

/// It is its customer's turn, and has been since `$2` at least. Who got a session later has so much time from then on.
const QUIET: &str = "state = 'open' AND answered AND last_message_at <= $2 AND opened_at <= $2";

/// The sessions of a project in which nothing was said since `before`, and then by a member.
pub(crate) fn quiet(tx: &mut Tx, project: ProjectId, before: Timestamp) -> Result<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE project_id = $1 AND {QUIET} ORDER BY last_message_at, id"
    );
    Ok(tx.query(&sql, params![project, before], session)?)
}

/// Whether it is one of those still.
pub(crate) fn is_quiet(tx: &mut Tx, session: &Session, before: Timestamp) -> Result<bool> {
    let sql = format!("SELECT id FROM sessions WHERE id = $1 AND {QUIET}");
    Ok(tx.query_opt(&sql, params![session.id, before], |_| Ok(()))?.is_some())
}

/// The sessions of a project that are quiet since `before`, but not since `after`, and of which nobody was warned.
pub(crate) fn unwarned(
    tx: &mut Tx,
    project: ProjectId,
    after: Timestamp,
    before: Timestamp,
) -> Result<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE project_id = $1 AND {QUIET}
             AND (last_message_at > $3 OR opened_at > $3) AND quiet_warned_at IS NULL
         ORDER BY last_message_at, id"
    );
    Ok(tx.query(&sql, params![project, before, after], session)?)
}

/// Notes that its assignee is told that it will end; false when they were already, or when it won't any more.
pub(crate) fn warn(tx: &mut Tx, session: &Session, before: Timestamp) -> Result<bool> {
    let now = tx.now;
    let sql = format!(
        "UPDATE sessions SET quiet_warned_at = $3 WHERE id = $1 AND {QUIET} AND quiet_warned_at IS NULL"
    );
    Ok(tx.execute(&sql, params![session.id, before, now])? > 0)
}
