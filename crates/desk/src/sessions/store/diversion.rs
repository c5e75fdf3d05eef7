//! The queue as diversion sees it, and what it does with a session.

use db::{Row, Value, params};

use super::single::{COLUMNS, changed, session};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, ProjectId, WorkspaceId};
use crate::sessions::Session;
use crate::sql::any_of;
use crate::tx::{Tx, to_json};

/// A session that diversion may give to somebody.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    pub(crate) session: Session,
    /// Who had it this round, and did not take it up.
    pub(crate) passed: Vec<MemberId>,
}

impl Queued {
    /// Its place in the queue.
    pub(crate) fn place(&self) -> (Timestamp, crate::ids::SessionId) {
        (self.session.waiting_since, self.session.id)
    }
}

/// Whether there is anything to divert at all: most of the time there isn't.
pub(crate) fn any_to_divert(tx: &mut Tx, workspace: WorkspaceId) -> Result<bool> {
    for set in ["state = 'waiting'", "state = 'open' AND fallback"] {
        let sql = format!("SELECT id FROM sessions WHERE workspace_id = $1 AND {set} LIMIT 1");
        if tx.query_opt(&sql, params![workspace], |_| Ok(()))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Of each of `projects` the session that waits longest in it. What else waits is not looked at, however much it is.
pub(crate) fn heads(tx: &mut Tx, projects: &[ProjectId]) -> Result<Vec<Queued>> {
    if projects.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = Vec::new();
    let list = any_of(&mut values, projects).replace(", ", "), (");
    let sql = format!(
        "WITH asked (project) AS (VALUES ({list}))
         SELECT {COLUMNS}, passed FROM sessions WHERE id IN (
             SELECT (SELECT w.id FROM sessions w WHERE w.project_id = asked.project AND w.state = 'waiting'
                 ORDER BY w.waiting_since, w.id LIMIT 1)
             FROM asked)"
    );
    Ok(tx.query(&sql, &values, queued)?)
}

/// The sessions that were given to who isn't online and connected, and that nobody has taken up yet; the longest waiting first.
pub(crate) fn fallbacks(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Queued>> {
    let sql = format!(
        "SELECT {COLUMNS}, passed FROM sessions WHERE workspace_id = $1 AND state = 'open' AND fallback
         ORDER BY waiting_since, id"
    );
    Ok(tx.query(&sql, params![workspace], queued)?)
}

fn queued(row: &Row) -> Result<Queued, db::Error> {
    let passed: Option<String> = row.get("passed")?;
    // What can't be read is nobody: the round begins anew.
    let passed = passed.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
    Ok(Queued { session: session(row)?, passed })
}

/// On what terms diversion gives a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gift {
    /// Until when it is to be taken up.
    pub(crate) take_up_by: Option<Timestamp>,
    /// To somebody who isn't online and connected.
    pub(crate) fallback: bool,
    /// Everybody who could take it has had it: the round begins anew.
    pub(crate) new_round: bool,
}

/// Gives a waiting session to `assignee`; false when it isn't waiting any more. The condition makes it a claim.
pub(crate) fn divert(tx: &mut Tx, session: &Session, assignee: MemberId, gift: Gift) -> Result<bool> {
    let now = tx.now;
    let given = tx.execute(
        "UPDATE sessions SET state = 'open', assignee_id = $2, opened_at = $3, taken_up_at = NULL, take_up_by = $4,
             fallback = $5, passed = CASE WHEN $6 THEN NULL ELSE passed END, version = version + 1
         WHERE id = $1 AND state = 'waiting'",
        params![
            session.id,
            assignee,
            now,
            gift.take_up_by.map(|time| time.0),
            gift.fallback,
            gift.new_round
        ],
    )?;
    Ok(changed(tx, session, given))
}

/// Returns a session that `assignee` did not take up to the queue, at the place it had; `passed` had it this round. False when it is
/// theirs no more, or was taken up.
pub(crate) fn let_pass(
    tx: &mut Tx,
    session: &Session,
    assignee: MemberId,
    passed: &[MemberId],
) -> Result<bool> {
    let passed = to_json(&passed)?;
    let returned = tx.execute(
        "UPDATE sessions SET state = 'waiting', assignee_id = NULL, opened_at = NULL, take_up_by = NULL, fallback = FALSE,
             passed = $3, version = version + 1
         WHERE id = $1 AND state = 'open' AND assignee_id = $2 AND taken_up_at IS NULL",
        params![session.id, assignee, passed],
    )?;
    Ok(changed(tx, session, returned))
}

/// The sessions of the installation that were not taken up in time, the longest waiting first, at most `limit`.
pub(crate) fn overdue(tx: &mut Tx, limit: i64) -> Result<Vec<Session>> {
    let now = tx.now;
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE state = 'open' AND take_up_by IS NOT NULL AND take_up_by <= $1
         ORDER BY waiting_since, id LIMIT $2"
    );
    Ok(tx.query(&sql, params![now, limit], session)?)
}

/// A session that was not taken up in time, if it still is one.
pub(crate) fn is_overdue(tx: &mut Tx, session: &Session) -> Result<Option<Queued>> {
    let now = tx.now;
    let sql = format!(
        "SELECT {COLUMNS}, passed FROM sessions WHERE id = $1 AND state = 'open' AND take_up_by IS NOT NULL AND take_up_by <= $2"
    );
    Ok(tx.query_opt(&sql, params![session.id, now], queued)?)
}

/// Stores until when a session is to be taken up now.
pub(crate) fn ask_again(tx: &mut Tx, session: &Session, take_up_by: Option<Timestamp>) -> Result<()> {
    let asked = tx.execute(
        "UPDATE sessions SET take_up_by = $2, version = version + 1 WHERE id = $1",
        params![session.id, take_up_by.map(|time| time.0)],
    )?;
    changed(tx, session, asked);
    Ok(())
}

/// Notes that the one who has a session is online and connected now: it stays theirs.
pub(crate) fn no_fallback(tx: &mut Tx, session: &Session) -> Result<()> {
    tx.execute("UPDATE sessions SET fallback = FALSE WHERE id = $1", params![session.id])?;
    Ok(())
}

/// Who served a customer last, in the newest of their sessions that somebody had.
pub(crate) fn served_last(tx: &mut Tx, customer: CustomerId) -> Result<Option<MemberId>> {
    let sql = "SELECT assignee_id FROM sessions WHERE customer_id = $1 AND state = 'ended' AND assignee_id IS NOT NULL
         ORDER BY created_at DESC, id DESC LIMIT 1";
    Ok(tx.query_opt(sql, params![customer], |row| MemberId::column(row, "assignee_id"))?)
}

/// How many sessions wait in a project.
pub(crate) fn waiting_in(tx: &mut Tx, project: ProjectId) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM sessions WHERE project_id = $1 AND state = 'waiting'";
    Ok(tx.query_one(sql, params![project], |row| row.get("n"))?)
}
