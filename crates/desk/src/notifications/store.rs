//! The table notices.

use db::{Row, Value, params};

use super::model::{CustomerRef, Notice, Notification, What};
use crate::clock::{DAY, Timestamp};
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, NotificationId, ProjectId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::sql::any_of;
use crate::tx::{Tx, json, to_json, word};

/// How long notifications are kept, in milliseconds.
const KEPT_FOR: i64 = 30 * DAY;

const SELECT: &str =
    "SELECT n.id, n.member_id, n.what, n.project_id, n.session_id, n.customer_id, n.by_id, n.detail, n.at, n.read_at,
         c.first_name, c.last_name, m.name AS by_name
     FROM notices n LEFT JOIN customers c ON c.id = n.customer_id LEFT JOIN members m ON m.id = n.by_id";

pub(super) fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    notice: &Notice,
) -> Result<NotificationId> {
    let (id, now, detail) = (NotificationId::new(tx.now), tx.now, to_json(&notice.detail)?);
    tx.execute(
        "INSERT INTO notices (id, workspace_id, member_id, what, project_id, session_id, customer_id, by_id, detail, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id,
            workspace,
            member,
            notice.what.as_ref(),
            notice.project.map(|id| id.to_string()),
            notice.session.map(|id| id.to_string()),
            notice.customer.map(|id| id.to_string()),
            notice.by.map(|id| id.to_string()),
            detail,
            now
        ],
    )?;
    Ok(id)
}

/// Those of `ids` that are of `workspace`, with whose they are.
pub(super) fn many(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: &[NotificationId],
) -> Result<Vec<(MemberId, Notification)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    let sql = format!("{SELECT} WHERE n.workspace_id = $1 AND n.id IN ({list})");
    Ok(tx.query(&sql, &values, |row| Ok((MemberId::column(row, "member_id")?, notification(row)?)))?)
}

/// A member's, the newest first.
pub(super) fn page(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    before: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<Notification>> {
    let mut values: Vec<Value> = vec![workspace.into(), member.into(), limit.into()];
    let mut older = "";
    if let Some(before) = before {
        values.push(before.into());
        older = " AND n.id < $4";
    }
    let sql =
        format!("{SELECT} WHERE n.workspace_id = $1 AND n.member_id = $2{older} ORDER BY n.id DESC LIMIT $3");
    Ok(tx.query(&sql, &values, notification)?)
}

/// How many a member hasn't read.
pub(super) fn unread(tx: &mut Tx, member: MemberId) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM notices WHERE member_id = $1 AND read_at IS NULL";
    Ok(tx.query_one(sql, params![member], |row| row.get("n"))?)
}

/// A member has read these; gives those of which that is news.
pub(super) fn mark_read(
    tx: &mut Tx,
    member: MemberId,
    ids: &[NotificationId],
) -> Result<Vec<NotificationId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now;
    let mut values: Vec<Value> = vec![member.into(), now.into()];
    let list = any_of(&mut values, ids);
    let sql = format!(
        "UPDATE notices SET read_at = $2 WHERE member_id = $1 AND read_at IS NULL AND id IN ({list}) RETURNING id"
    );
    Ok(tx.query(&sql, &values, |row| NotificationId::column(row, "id"))?)
}

/// A member has read all; gives those of which that is news.
pub(super) fn mark_all_read(tx: &mut Tx, member: MemberId) -> Result<Vec<NotificationId>> {
    let now = tx.now;
    let sql = "UPDATE notices SET read_at = $2 WHERE member_id = $1 AND read_at IS NULL RETURNING id";
    Ok(tx.query(sql, params![member, now], |row| NotificationId::column(row, "id"))?)
}

/// Whether somebody was told the same of a project since then.
pub(super) fn was_told(
    tx: &mut Tx,
    project: ProjectId,
    what: What,
    detail: Option<&str>,
    since: Timestamp,
) -> Result<bool> {
    let sql =
        "SELECT id FROM notices WHERE at >= $4 AND project_id = $1 AND what = $2 AND detail = $3 LIMIT 1";
    let found = tx.query_opt(sql, params![project, what.as_ref(), to_json(&detail)?, since], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Forgets some of what was kept long enough; says how many.
pub(crate) fn forget_old(tx: &mut Tx) -> Result<u64> {
    let before = tx.now.plus(-KEPT_FOR);
    let sql = "DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE at < $1 ORDER BY at LIMIT 500)";
    Ok(tx.execute(sql, params![before])?)
}

fn notification(row: &Row) -> Result<Notification, db::Error> {
    let customer = match CustomerId::column_opt(row, "customer_id")? {
        None => None,
        Some(id) => {
            let (first, last) = (row.get::<String>("first_name")?, row.get::<String>("last_name")?);
            Some(CustomerRef { id, name: format!("{first} {last}").trim().to_owned() })
        }
    };
    let by = match MemberId::column_opt(row, "by_id")? {
        None => None,
        Some(id) => Some(MemberRef { id, name: row.get("by_name")? }),
    };
    let read_at = row.get::<Option<i64>>("read_at")?.map(Timestamp);
    Ok(Notification {
        id: NotificationId::column(row, "id")?,
        what: word(row, "what")?,
        at: Timestamp(row.get("at")?),
        read_at,
        project_id: ProjectId::column_opt(row, "project_id")?,
        session_id: SessionId::column_opt(row, "session_id")?,
        customer,
        by,
        detail: json(row, "detail")?,
        version: 1 + i64::from(read_at.is_some()),
    })
}
