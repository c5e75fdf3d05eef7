//! The table `session_tallies`. What is stored here is told by the sessions' own rows.

use std::collections::BTreeMap;

use db::{Row, Value, params};

use super::{Shelf, Standing};
use crate::ids::{MemberId, ProjectId, SessionId, WorkspaceId};

/// Sessions looked at in one statement.
const AT_ONCE: usize = 512;

/// The place of a row, in the order in which rows are locked.
type Key = (WorkspaceId, ProjectId, Shelf);

/// Brings the tallies up to date: these sessions were changed, and stood like that before (none: they weren't there).
pub(crate) fn settle(
    tx: &mut db::Tx,
    touched: &BTreeMap<SessionId, Option<Standing>>,
) -> Result<(), db::Error> {
    let mut changes: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
    let mut count = |standing: &Standing, step: i64| {
        let change = changes.entry((standing.workspace, standing.project, standing.shelf)).or_default();
        change.0 += step;
        change.1 += step * i64::from(standing.unread);
    };
    for before in touched.values().flatten() {
        count(before, -1);
    }
    let ids: Vec<_> = touched.keys().copied().collect();
    for ids in ids.chunks(AT_ONCE) {
        for now in standings(tx, ids)? {
            count(&now, 1);
        }
    }
    for ((workspace, project, shelf), (n, unread)) in changes {
        if n != 0 || unread != 0 {
            add(tx, (workspace, project, shelf), n, unread)?;
        }
    }
    Ok(())
}

fn standings(tx: &mut db::Tx, ids: &[SessionId]) -> Result<Vec<Standing>, db::Error> {
    // As many as there is room for, filled up with the last: few statements for the database to know.
    let length = ids.len().next_power_of_two();
    let fill = ids.last().into_iter().cycle().take(length - ids.len());
    let values: Vec<Value> = ids.iter().chain(fill).map(|&id| id.into()).collect();
    let list = (1..=length).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT workspace_id, project_id, state, assignee_id, unread FROM sessions WHERE id IN ({list})"
    );
    tx.query(&sql, &values, |row| {
        Ok(Standing {
            workspace: WorkspaceId::column(row, "workspace_id")?,
            project: ProjectId::column(row, "project_id")?,
            shelf: shelf(row)?,
            unread: row.get::<i64>("unread")? > 0,
        })
    })
}

fn shelf(row: &Row) -> Result<Shelf, db::Error> {
    let (word, assignee) = (row.get::<String>("state")?, row.get::<Option<String>>("assignee_id")?);
    match (word.as_str(), assignee) {
        ("waiting", _) => Ok(Shelf::Waiting),
        ("ended", _) => Ok(Shelf::Ended),
        ("open", Some(_)) => Ok(Shelf::Open(MemberId::column(row, "assignee_id")?)),
        _ => Err(db::Error::Column(format!("a session can't be {word} like this"))),
    }
}

fn add(tx: &mut db::Tx, (workspace, project, shelf): Key, n: i64, unread: i64) -> Result<(), db::Error> {
    let (state, assignee) = match shelf {
        Shelf::Waiting => ("waiting", String::new()),
        Shelf::Open(assignee) => ("open", assignee.to_string()),
        Shelf::Ended => ("ended", String::new()),
    };
    tx.execute(
        "INSERT INTO session_tallies (workspace_id, project_id, state, assignee_id, n, unread_n)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (workspace_id, project_id, state, assignee_id)
         DO UPDATE SET n = session_tallies.n + excluded.n, unread_n = session_tallies.unread_n + excluded.unread_n",
        params![workspace, project, state, assignee, n, unread],
    )?;
    Ok(())
}

/// Whose sessions are summed up.
#[derive(Debug, Clone)]
pub(crate) enum Seen {
    /// Those of all projects.
    All,
    /// Those of these.
    Only(Vec<ProjectId>),
}

/// Sums over the projects that somebody sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) mine: i64,
    pub(crate) mine_unread: i64,
    pub(crate) waiting: i64,
    pub(crate) live: i64,
    pub(crate) ended: i64,
}

/// How many sessions there are of each kind in the projects that `member` sees.
pub(crate) fn sums(
    tx: &mut db::Tx,
    workspace: WorkspaceId,
    member: MemberId,
    seen: &Seen,
) -> Result<Sum, db::Error> {
    let mut values: Vec<Value> = vec![workspace.into(), member.into()];
    let condition = match seen {
        Seen::All => String::new(),
        Seen::Only(projects) if projects.is_empty() => return Ok(Sum::default()),
        Seen::Only(projects) => {
            let list = (3..3 + projects.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
            values.extend(projects.iter().map(|&id| Value::from(id)));
            format!(" AND project_id IN ({list})")
        }
    };
    let of = |column: &str, filter: &str| {
        format!("CAST(COALESCE(SUM({column}) FILTER (WHERE {filter}), 0) AS BIGINT)")
    };
    let mine = "state = 'open' AND assignee_id = $2";
    let sql = format!(
        "SELECT {} AS mine, {} AS mine_unread, {} AS waiting, {} AS live, {} AS ended
         FROM session_tallies WHERE workspace_id = $1{condition}",
        of("n", mine),
        of("unread_n", mine),
        of("n", "state = 'waiting'"),
        of("n", "state <> 'ended'"),
        of("n", "state = 'ended'"),
    );
    tx.query_one(&sql, &values, |row| {
        Ok(Sum {
            mine: row.get("mine")?,
            mine_unread: row.get("mine_unread")?,
            waiting: row.get("waiting")?,
            live: row.get("live")?,
            ended: row.get("ended")?,
        })
    })
}
