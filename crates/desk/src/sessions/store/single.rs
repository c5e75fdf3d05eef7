//! Single sessions as the tables hold them, and what changes them.

use std::collections::HashMap;

use db::{Dialect, Row, Value, params};

use crate::access::Permit;
use crate::clock::Timestamp;
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, WorkspaceId};
use crate::sessions::{EndedBecause, LastMessage, Session, State};
use crate::tallies::{Shelf, Standing};
use crate::tx::{Tx, chunks, chunks_to_write, placeholders, rows, to_json, word_opt};

const COLUMNS: &str =
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

/// Gives a waiting session to `assignee`; false when it isn't waiting any more. The condition makes it a claim.
pub(crate) fn claim(tx: &mut Tx, session: &Session, assignee: MemberId, taken_up: bool) -> Result<bool> {
    let now = tx.now;
    let taken_up_at = taken_up.then_some(now.0);
    let claimed = tx.execute(
        "UPDATE sessions SET state = 'open', assignee_id = $2, opened_at = $3, taken_up_at = $4, version = version + 1
         WHERE id = $1 AND state = 'waiting'",
        params![session.id, assignee, now, taken_up_at],
    )?;
    Ok(changed(tx, session, claimed))
}

/// Returns an open session of `assignee` to the queue, at the place it had; false when they don't have it any more.
pub(crate) fn put_back(tx: &mut Tx, session: &Session, assignee: MemberId) -> Result<bool> {
    let returned = tx.execute(
        "UPDATE sessions SET state = 'waiting', assignee_id = NULL, opened_at = NULL, taken_up_at = NULL,
             version = version + 1
         WHERE id = $1 AND state = 'open' AND assignee_id = $2",
        params![session.id, assignee],
    )?;
    Ok(changed(tx, session, returned))
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
        "UPDATE sessions SET taken_up_at = $2, version = version + 1
         WHERE id = $1 AND state = 'open' AND taken_up_at IS NULL",
        params![session.id, now],
    )?;
    Ok(changed(tx, session, taken))
}

/// Notes that the assignee has read everything.
pub(in crate::sessions) fn read_all(tx: &mut Tx, session: &Session) -> Result<bool> {
    let read = tx.execute(
        "UPDATE sessions SET unread = 0, version = version + 1 WHERE id = $1 AND unread > 0",
        params![session.id],
    )?;
    Ok(changed(tx, session, read))
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
        "UPDATE sessions SET state = 'ended', ended_at = $2, end_reason = $3, unread = 0, version = version + 1
         WHERE id = $1 AND state <> 'ended'",
        params![session.id, now, reason.as_ref()],
    )?;
    Ok(changed(tx, session, ended))
}

/// Notes a reply as the newest message of a session, for the list.
pub(crate) fn note_message(tx: &mut Tx, session: &Session, last: &LastMessage) -> Result<()> {
    let (now, json) = (tx.now, to_json(last)?);
    let noted = tx.execute(
        "UPDATE sessions SET last_message = $2, last_message_at = $3, version = version + 1 WHERE id = $1",
        params![session.id, json, now],
    )?;
    tell(tx, session, noted);
    Ok(())
}

/// What a customer wrote in a session.
pub(crate) struct Heard<'a> {
    pub(crate) session: &'a Session,
    /// The newest of it.
    pub(crate) last: LastMessage,
    /// How many messages.
    pub(crate) count: i64,
}

/// As `note_message`, for what customers wrote in many sessions: it is unread.
pub(crate) fn note_heard(tx: &mut Tx, heard: &[Heard]) -> Result<()> {
    for heard in chunks_to_write(tx, heard) {
        let unread = add_unread(tx, heard)?;
        for Heard { session, count, .. } in heard {
            // More of what is unread already: this happens most, and changes nothing in the tallies.
            if unread.get(&session.id) == Some(count) {
                tx.touch(session.id, Some(Standing { unread: false, ..standing(session) }));
            }
            tell(tx, session, 1);
        }
    }
    Ok(())
}

/// Writes it down, and says how much is unread now.
fn add_unread(tx: &mut Tx, heard: &[Heard]) -> Result<HashMap<SessionId, i64>> {
    let update = |last: &str, count: &str| {
        format!(
            "UPDATE sessions SET last_message = {last}, last_message_at = $1, unread = sessions.unread + {count},
                 version = sessions.version + 1"
        )
    };
    let sql = match heard {
        [_] => update("$3", "$4") + " WHERE sessions.id = $2",
        _ => format!(
            "WITH heard (id, last_message, count) AS (VALUES {}) {} FROM heard WHERE sessions.id = heard.id",
            rows("", 1, heard.len(), 3),
            update("heard.last_message", "heard.count")
        ),
    };
    let mut values: Vec<Value> = vec![tx.now.into()];
    for Heard { session, last, count } in heard {
        values.extend([session.id.into(), to_json(last)?.into(), (*count).into()]);
    }
    if tx.dialect() == Dialect::Sqlite {
        // Nobody writes beside this transaction, and `RETURNING` would make a journal for the statement.
        tx.execute(&sql, &values)?;
        return Ok(heard.iter().map(|it| (it.session.id, it.session.unread + it.count)).collect());
    }
    // The statement alone knows: who reads waits for no lock that the caller must hold.
    let unread = tx.query(&(sql + " RETURNING sessions.id, sessions.unread"), &values, |row| {
        Ok((SessionId::column(row, "id")?, row.get("unread")?))
    })?;
    Ok(unread.into_iter().collect())
}

/// What follows from every change of a session that stood like `session` before, under its customer's lock.
fn changed(tx: &mut Tx, session: &Session, rows: u64) -> bool {
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

fn standing(session: &Session) -> Standing {
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

/// Whether anybody waits at all: most of the time nobody does.
pub(crate) fn any_waiting(tx: &mut Tx, workspace: WorkspaceId) -> Result<bool> {
    let sql = "SELECT id FROM sessions WHERE workspace_id = $1 AND state = 'waiting' LIMIT 1";
    Ok(tx.query_opt(sql, params![workspace], |_| Ok(()))?.is_some())
}

/// The session that waits longest in one of `projects`.
pub(crate) fn oldest_waiting(
    tx: &mut Tx,
    workspace: WorkspaceId,
    projects: &[ProjectId],
) -> Result<Option<Session>> {
    if projects.is_empty() {
        return Ok(None);
    }
    let mut values: Vec<Value> = vec![workspace.into()];
    values.extend(projects.iter().map(|&id| Value::from(id)));
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE workspace_id = $1 AND state = 'waiting' AND project_id IN ({})
         ORDER BY waiting_since, id LIMIT 1",
        placeholders(1, projects.len())
    );
    Ok(tx.query_opt(&sql, &values, session)?)
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

fn session(row: &Row) -> Result<Session, db::Error> {
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
