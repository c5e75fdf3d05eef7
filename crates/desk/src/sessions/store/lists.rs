//! Sessions as people see them, and how many there are.

use db::{Row, Value, params};

use crate::access::{Sight, Viewer};
use crate::clock::{MINUTE, Timestamp};
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::sessions::{Counts, SessionState, SessionView};
use crate::sql::any_of;
use crate::tallies::{self, Seen, Sum};
use crate::tx::{Tx, json, word, word_opt};

/// The numbers on the tabs.
pub(in crate::sessions) fn counts(
    tx: &mut Tx,
    viewer: &Viewer,
    project: Option<ProjectId>,
) -> Result<Counts> {
    let seen = match (project, &viewer.sight) {
        (Some(project), _) => Seen::Only(vec![project]),
        (None, Sight::All) => Seen::All,
        (None, Sight::Only(projects)) => Seen::Only(projects.iter().copied().collect()),
    };
    let Sum { mine, mine_unread, waiting, live, ended } =
        tallies::sums(tx, viewer.workspace, viewer.member, &seen)?;
    Ok(Counts { mine, mine_unread, waiting, all: live, ended })
}

/// Those of `ids` that are sessions of `workspace`, as people see them.
pub(crate) fn views(tx: &mut Tx, workspace: WorkspaceId, ids: &[SessionId]) -> Result<Vec<SessionView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    let sql = format!("{} WHERE s.workspace_id = $1 AND s.id IN ({list})", select());
    Ok(tx.query(&sql, &values, view_of)?)
}

/// The session `id` of `workspace`, as people see it.
pub(in crate::sessions) fn view(tx: &mut Tx, workspace: WorkspaceId, id: SessionId) -> Result<SessionView> {
    views(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

fn select() -> String {
    format!(
        "SELECT s.id, s.version, s.state, s.project_id, s.assignee_id, m.name AS assignee_name, s.unread,
             s.last_message, s.waiting_since, s.opened_at, s.taken_up_at, s.ended_at, s.end_reason, s.created_at,
             s.last_message_at, s.answered, s.first_reply_at, s.take_up_by, s.handover, p.quiet_minutes, s.tag_ids, {}
         FROM sessions s JOIN customers c ON c.id = s.customer_id LEFT JOIN members m ON m.id = s.assignee_id
             LEFT JOIN projects p ON p.id = s.project_id",
        customers::JOINED
    )
}

fn view_of(row: &Row) -> Result<SessionView, db::Error> {
    let time = |column: &str| Ok::<_, db::Error>(row.get::<Option<i64>>(column)?.map(Timestamp));
    let assignee = match MemberId::column_opt(row, "assignee_id")? {
        None => None,
        Some(id) => Some(MemberRef { id, name: row.get("assignee_name")? }),
    };
    let (state, answered) = (word(row, "state")?, row.get("answered")?);
    let (opened_at, last_message_at) = (time("opened_at")?, Timestamp(row.get("last_message_at")?));
    let quiet_minutes = row.get::<Option<i64>>("quiet_minutes")?.filter(|_| answered);
    let quiet_since = opened_at.filter(|_| state == SessionState::Open).map(|at| at.max(last_message_at));
    let handover = match row.get::<Option<String>>("handover")? {
        None => None,
        Some(_) => json(row, "handover")?,
    };
    Ok(SessionView {
        id: SessionId::column(row, "id")?,
        version: row.get("version")?,
        state,
        project_id: ProjectId::column(row, "project_id")?,
        customer: customers::joined(row)?,
        assignee,
        unread: row.get("unread")?,
        last_message: json(row, "last_message")?,
        waiting_since: Timestamp(row.get("waiting_since")?),
        opened_at,
        taken_up_at: time("taken_up_at")?,
        ended_at: time("ended_at")?,
        end_reason: word_opt(row, "end_reason")?,
        created_at: Timestamp(row.get("created_at")?),
        last_message_at,
        answered,
        first_reply_at: time("first_reply_at")?,
        take_up_by: time("take_up_by")?,
        quiet_at: quiet_since.zip(quiet_minutes).map(|(since, minutes)| since.plus(minutes * MINUTE)),
        handover,
        tags: json(row, "tag_ids")?,
    })
}

/// When a session began, and what happened to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) began: Timestamp,
    pub(crate) opened: Option<Timestamp>,
    pub(crate) first_reply: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
}

/// The times of a customer's sessions, in the order in which they began.
pub(crate) fn times_of(tx: &mut Tx, customer: CustomerId) -> Result<Vec<Times>> {
    let sql = "SELECT created_at, opened_at, first_reply_at, ended_at FROM sessions WHERE customer_id = $1
         ORDER BY created_at, id";
    Ok(tx.query(sql, params![customer], |row| {
        let time = |column: &str| Ok::<_, db::Error>(row.get::<Option<i64>>(column)?.map(Timestamp));
        Ok(Times {
            began: Timestamp(row.get("created_at")?),
            opened: time("opened_at")?,
            first_reply: time("first_reply_at")?,
            ended: time("ended_at")?,
        })
    })?)
}
