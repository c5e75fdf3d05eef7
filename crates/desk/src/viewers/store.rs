//! The table viewers.

use std::collections::BTreeMap;

use db::{Value, params};

use super::{Doing, Looking, Now, Watched, doing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MemberId, ProjectId, SessionId, WorkspaceId};
use crate::tx::Tx;

/// Until when a member looks at a session, and until when they write.
pub(super) fn find(
    tx: &mut Tx,
    session: SessionId,
    member: MemberId,
) -> Result<Option<(Timestamp, Timestamp)>> {
    let sql = "SELECT until, typing_until FROM viewers WHERE session_id = $1 AND member_id = $2";
    Ok(tx.query_opt(sql, params![session, member], |row| {
        Ok((Timestamp(row.get("until")?), Timestamp(row.get("typing_until")?)))
    })?)
}

pub(super) fn set(
    tx: &mut Tx,
    (workspace, project, session): (WorkspaceId, ProjectId, SessionId),
    member: MemberId,
    until: Timestamp,
    typing: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO viewers (session_id, member_id, workspace_id, project_id, until, typing_until)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (session_id, member_id) DO UPDATE SET until = excluded.until, typing_until = excluded.typing_until",
        params![session, member, workspace, project, until, typing],
    )?;
    Ok(())
}

pub(super) fn remove(tx: &mut Tx, session: SessionId, member: MemberId) -> Result<()> {
    let sql = "DELETE FROM viewers WHERE session_id = $1 AND member_id = $2";
    tx.execute(sql, params![session, member])?;
    Ok(())
}

/// Who looks at what now, or at one session.
pub(super) fn now(tx: &mut Tx, workspace: WorkspaceId, session: Option<SessionId>) -> Result<Now> {
    let now = tx.now;
    let mut values: Vec<Value> = vec![workspace.into(), now.into()];
    let mut only = "";
    if let Some(session) = session {
        values.push(session.into());
        only = " AND v.session_id = $3";
    }
    let sql = format!(
        "SELECT v.session_id, v.project_id, v.member_id, v.until, v.typing_until, m.name
         FROM viewers v JOIN members m ON m.id = v.member_id
         WHERE v.workspace_id = $1 AND v.until > $2{only} ORDER BY v.session_id, v.member_id"
    );
    let rows = tx.query(&sql, &values, |row| {
        let said = (Timestamp(row.get("until")?), Timestamp(row.get("typing_until")?));
        let state = doing(Some(said), now).unwrap_or(Doing::Viewing);
        let looking = Looking { id: MemberId::column(row, "member_id")?, name: row.get("name")?, state };
        let ends = if state == Doing::Typing { said.1 } else { said.0 };
        Ok((SessionId::column(row, "session_id")?, ProjectId::column(row, "project_id")?, looking, ends))
    })?;
    let holds_for = rows.iter().map(|(.., ends)| ends.0 - now.0).min();
    let mut watched: BTreeMap<SessionId, Watched> = BTreeMap::new();
    for (session, project, looking, _) in rows {
        let none = || Watched { session, project, members: Vec::new() };
        watched.entry(session).or_insert_with(none).members.push(looking);
    }
    Ok(Now { sessions: watched.into_values().collect(), holds_for })
}

/// Forgets some of what is over; says of how many.
pub(crate) fn forget(tx: &mut Tx) -> Result<u64> {
    let now = tx.now;
    let sql = "DELETE FROM viewers WHERE until < $1";
    Ok(tx.execute(sql, params![now])?)
}
