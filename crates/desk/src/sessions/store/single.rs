//! Single sessions as the tables hold them, and what changes them.

use std::collections::HashMap;

use db::{Row, Value, params};

use crate::access::Permit;
use crate::clock::Timestamp;
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, WorkspaceId};
use crate::sessions::{EndedBecause, Handover, Session, State};
use crate::sql::{chunks, rows};
use crate::tallies::{Shelf, Standing};
use crate::tx::{Tx, to_json, word_opt};

pub(super) const COLUMNS: &str =
    "id, workspace_id, project_id, customer_id, state, assignee_id, unread, waiting_since, opened_at,
    taken_up_at, ended_at, end_reason, version";

/// The session `id` of `workspace`.
pub(crate) fn get(tx: &mut Tx, workspace: WorkspaceId, id: SessionId) -> Result<Session> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE workspace_id = $1 AND id = $2");
    tx.query_opt(&sql, params![workspace, id], session)?.ok_or_else(|| Error::refused(Code::NotFound))
}

/// Locks the session's customer and the session, in this order, and reads the session as it is then.
pub(crate) fn reload_locked(tx: &mut Tx, known: &Session) -> Result<Session> {
    customers::lock(tx, known.customer)?;
    tx.lock("sessions", &known.id.to_string())?;
    get(tx, known.workspace, known.id)
}

/// The customer's live session, if there is one.
pub(crate) fn live_of(tx: &mut Tx, customer: CustomerId) -> Result<Option<Session>> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE customer_id = $1 AND state <> 'ended'");
    Ok(tx.query_opt(&sql, params![customer], session)?)
}

/// The customer's newest session, with the minutes for which its project lets what has ended be reopened. The caller knows that there
/// is no live one.
pub(crate) fn last_of(tx: &mut Tx, customer: CustomerId) -> Result<Option<(Session, i64)>> {
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT p.reopen_minutes FROM projects p WHERE p.id = sessions.project_id) AS reopen_minutes
         FROM sessions WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1"
    );
    Ok(tx.query_opt(&sql, params![customer], |row| Ok((session(row)?, row.get("reopen_minutes")?)))?)
}

/// Of these customers (their project, and their id at Telegram) those who are known, locked, each with their live session, if there is
/// one. The caller has locked the workspace, without which no session begins or ends.
pub(crate) fn writers(
    tx: &mut Tx,
    of: &[(ProjectId, i64)],
) -> Result<Vec<(customers::Known, Option<Session>)>> {
    let lock = match tx.locking() {
        "" => String::new(),
        locking => format!("{locking} OF c"),
    };
    let mut writers = Vec::with_capacity(of.len());
    for chunk in chunks(of) {
        let sql = format!(
            "WITH w (project_id, telegram_id) AS (VALUES {})
             SELECT {}, {}, s.id, s.workspace_id, s.project_id, s.state, s.assignee_id, s.unread, s.waiting_since,
                 s.opened_at, s.taken_up_at, s.ended_at, s.end_reason, s.version
             FROM w JOIN customers c ON c.project_id = w.project_id AND c.telegram_id = w.telegram_id
             LEFT JOIN sessions s ON s.customer_id = c.id AND s.state <> 'ended' {lock}",
            rows("", 0, chunk.len(), 2),
            customers::JOINED,
            customers::KNOWN
        );
        let values: Vec<Value> =
            chunk.iter().flat_map(|&(project, chat)| [project.into(), chat.into()]).collect();
        writers.extend(tx.query(&sql, &values, |row| {
            let live = row.get::<Option<String>>("id")?.map(|_| session(row)).transpose()?;
            Ok((customers::known(row)?, live))
        })?);
    }
    Ok(writers)
}

/// Puts a new session into the queue.
pub(crate) fn start(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    customer: CustomerId,
) -> Result<Session> {
    let (id, now) = (SessionId::new(tx.now), tx.now);
    tx.execute(
        "INSERT INTO sessions (id, workspace_id, project_id, customer_id, state, unread, waiting_since, created_at,
             last_message_at, last_message, version)
         VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5, $5, 'null', 1)",
        params![id, workspace, project, customer, now],
    )?;
    tx.event(workspace, Change::Session(id), Audience::Project(project));
    tx.touch(id, None);
    let state = State::Waiting;
    Ok(Session { id, workspace, project, customer, state, waiting_since: now, unread: 0, version: 1 })
}

/// Gives a waiting session to `assignee`, who took it; false when it isn't waiting any more. The condition makes it a claim.
pub(crate) fn claim(tx: &mut Tx, session: &Session, assignee: MemberId) -> Result<bool> {
    let now = tx.now;
    let claimed = tx.execute(
        "UPDATE sessions SET state = 'open', assignee_id = $2, opened_at = $3, taken_up_at = $3, take_up_by = NULL,
             passed = NULL, fallback = FALSE, handover = NULL, version = version + 1
         WHERE id = $1 AND state = 'waiting'",
        params![session.id, assignee, now],
    )?;
    Ok(changed(tx, session, claimed))
}

/// Gives a live session, whoever has it, to `to`: somebody decided that, so no turn is passed on and nobody waits for it to be
/// taken up. False when it has ended.
pub(crate) fn give(
    tx: &mut Tx,
    session: &Session,
    to: MemberId,
    taken_up: bool,
    handover: Option<&Handover>,
) -> Result<bool> {
    let (now, handover) = (tx.now, handover.map(to_json).transpose()?);
    let given = tx.execute(
        "UPDATE sessions SET state = 'open', assignee_id = $2, opened_at = $3, taken_up_at = $4, handover = $5,
             take_up_by = NULL, passed = NULL, fallback = FALSE, quiet_warned_at = NULL, version = version + 1
         WHERE id = $1 AND state <> 'ended'",
        params![session.id, to, now, taken_up.then_some(now.0), handover],
    )?;
    Ok(changed(tx, session, given))
}

/// Opens an ended session again: for `to`, or (none) into the queue, at its end. False when it has not ended. The customer, who is
/// locked, has no live one.
pub(crate) fn reopen(tx: &mut Tx, session: &Session, to: Option<MemberId>, taken_up: bool) -> Result<bool> {
    let (now, state) = (tx.now, if to.is_some() { "open" } else { "waiting" });
    let (opened_at, taken_up_at) = (to.map(|_| now.0), taken_up.then_some(now.0));
    let reopened = tx.execute(
        "UPDATE sessions SET state = $2, assignee_id = $3, opened_at = $4, taken_up_at = $5, waiting_since = $6,
             ended_at = NULL, end_reason = NULL, handover = NULL, take_up_by = NULL, passed = NULL, fallback = FALSE,
             quiet_warned_at = NULL, version = version + 1
         WHERE id = $1 AND state = 'ended'",
        params![session.id, state, to.map(|id| id.to_string()), opened_at, taken_up_at, now],
    )?;
    Ok(changed(tx, session, reopened))
}

/// Returns an open session of `assignee` to the queue, at the place it had; false when they don't have it any more.
pub(crate) fn put_back(tx: &mut Tx, session: &Session, assignee: MemberId) -> Result<bool> {
    let returned = tx.execute(
        "UPDATE sessions SET state = 'waiting', assignee_id = NULL, opened_at = NULL, taken_up_at = NULL,
             take_up_by = NULL, fallback = FALSE, quiet_warned_at = NULL, version = version + 1
         WHERE id = $1 AND state = 'open' AND assignee_id = $2",
        params![session.id, assignee],
    )?;
    Ok(changed(tx, session, returned))
}

/// Leaves `member` out when diversion gives this waiting session to somebody, as long as anybody else is left: they had it already.
pub(crate) fn pass_over(tx: &mut Tx, session: &Session, member: MemberId) -> Result<()> {
    let sql = "SELECT passed FROM sessions WHERE id = $1";
    let stored: Option<String> = tx.query_one(sql, params![session.id], |row| row.get("passed"))?;
    let mut passed: Vec<MemberId> =
        stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    if !passed.contains(&member) {
        passed.push(member);
        let passed = to_json(&passed)?;
        tx.execute("UPDATE sessions SET passed = $2 WHERE id = $1", params![session.id, passed])?;
    }
    Ok(())
}

/// Keeps what the one who put a session back wants the next to know.
pub(crate) fn set_handover(tx: &mut Tx, session: &Session, handover: &Handover) -> Result<()> {
    let handover = to_json(handover)?;
    let sql = "UPDATE sessions SET handover = $2, version = version + 1 WHERE id = $1";
    let set = tx.execute(sql, params![session.id, handover])?;
    changed(tx, session, set);
    Ok(())
}

/// The open sessions of a member, in the order in which they are locked.
pub(crate) fn open_of(tx: &mut Tx, workspace: WorkspaceId, assignee: MemberId) -> Result<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE workspace_id = $1 AND assignee_id = $2 AND state = 'open'
         ORDER BY customer_id, id"
    );
    Ok(tx.query(&sql, params![workspace, assignee], session)?)
}

/// How many open sessions a member has.
pub(crate) fn open_count_of(tx: &mut Tx, workspace: WorkspaceId, assignee: MemberId) -> Result<i64> {
    let sql =
        "SELECT COUNT(*) AS n FROM sessions WHERE workspace_id = $1 AND assignee_id = $2 AND state = 'open'";
    Ok(tx.query_one(sql, params![workspace, assignee], |row| row.get("n"))?)
}

/// Notes that the assignee opened the session; says whether that is news.
pub(crate) fn take_up(tx: &mut Tx, session: &Session) -> Result<bool> {
    let now = tx.now;
    let taken = tx.execute(
        "UPDATE sessions SET taken_up_at = $2, take_up_by = NULL, passed = NULL, fallback = FALSE, handover = NULL,
             version = version + 1
         WHERE id = $1 AND state = 'open' AND taken_up_at IS NULL",
        params![session.id, now],
    )?;
    Ok(changed(tx, session, taken))
}

/// The live sessions of a project, in the order in which customers are locked.
pub(crate) fn live_of_project(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
) -> Result<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE workspace_id = $1 AND project_id = $2 AND state <> 'ended'
         ORDER BY customer_id"
    );
    Ok(tx.query(&sql, params![workspace, project], session)?)
}

/// How many sessions a project has, and how many of them are live.
pub(crate) fn count_of_project(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE state <> 'ended') AS live FROM sessions
         WHERE workspace_id = $1 AND project_id = $2";
    Ok(tx.query_one(sql, params![workspace, project], |row| Ok((row.get("n")?, row.get("live")?)))?)
}

/// Ends a live session.
pub(crate) fn end(tx: &mut Tx, session: &Session, reason: EndedBecause, _permit: &Permit) -> Result<bool> {
    let now = tx.now;
    let ended = tx.execute(
        "UPDATE sessions SET state = 'ended', ended_at = $2, end_reason = $3, unread = 0, take_up_by = NULL, passed = NULL,
             fallback = FALSE, handover = NULL, version = version + 1
         WHERE id = $1 AND state <> 'ended'",
        params![session.id, now, reason.as_ref()],
    )?;
    Ok(changed(tx, session, ended))
}

/// What follows from every change of a session that stood like `session` before, under its customer's lock.
pub(super) fn changed(tx: &mut Tx, session: &Session, rows: u64) -> bool {
    if rows > 0 {
        tx.touch(session.id, Some(standing(session)));
    }
    tell(tx, session, rows)
}

/// As `changed`, for what the tallies don't count.
pub(super) fn tell(tx: &mut Tx, session: &Session, rows: u64) -> bool {
    if rows > 0 {
        tx.event(session.workspace, Change::Session(session.id), Audience::Project(session.project));
    }
    rows > 0
}

pub(super) fn standing(session: &Session) -> Standing {
    let shelf = match session.state {
        State::Waiting => Shelf::Waiting,
        State::Open { assignee, .. } => Shelf::Open(assignee),
        State::Ended { .. } => Shelf::Ended,
    };
    let Session { workspace, project, .. } = *session;
    Standing { workspace, project, shelf, unread: session.unread > 0 }
}

/// How many sessions wait in each project, and since when the oldest of them does.
pub(crate) fn waiting_by_project(tx: &mut Tx) -> Result<Vec<(ProjectId, i64, Timestamp)>> {
    let sql = "SELECT project_id, COUNT(*) AS count, MIN(waiting_since) AS oldest FROM sessions
         WHERE state = 'waiting' GROUP BY project_id";
    Ok(tx.query(sql, &[], |row| {
        Ok((ProjectId::column(row, "project_id")?, row.get("count")?, row.get("oldest").map(Timestamp)?))
    })?)
}

/// How many open sessions each member of the workspace has; who has none is not in it.
pub(crate) fn open_counts(tx: &mut Tx, workspace: WorkspaceId) -> Result<HashMap<MemberId, i64>> {
    let counts = tx.query(
        "SELECT assignee_id, COUNT(*) AS n FROM sessions WHERE workspace_id = $1 AND state = 'open' GROUP BY assignee_id",
        params![workspace],
        |row| Ok((MemberId::column(row, "assignee_id")?, row.get("n")?)),
    )?;
    Ok(counts.into_iter().collect())
}

pub(super) fn session(row: &Row) -> Result<Session, db::Error> {
    Ok(Session {
        id: SessionId::column(row, "id")?,
        workspace: WorkspaceId::column(row, "workspace_id")?,
        project: ProjectId::column(row, "project_id")?,
        customer: CustomerId::column(row, "customer_id")?,
        state: state(row)?,
        waiting_since: Timestamp(row.get("waiting_since")?),
        unread: row.get("unread")?,
        version: row.get("version")?,
    })
}

fn state(row: &Row) -> Result<State, db::Error> {
    let time = |column: &str| Ok::<_, db::Error>(row.get::<Option<i64>>(column)?.map(Timestamp));
    let assignee = MemberId::column_opt(row, "assignee_id")?;
    let word: String = row.get("state")?;
    match (word.as_str(), assignee, time("opened_at")?, time("ended_at")?) {
        ("waiting", None, ..) => Ok(State::Waiting),
        ("open", Some(assignee), Some(opened_at), None) => {
            Ok(State::Open { assignee, opened_at, taken_up_at: time("taken_up_at")? })
        }
        ("ended", assignee, _, Some(at)) => {
            Ok(State::Ended { assignee, at, reason: word_opt::<EndedBecause>(row, "end_reason")? })
        }
        _ => Err(db::Error::Column(format!("a session can't be {word} like this"))),
    }
}
