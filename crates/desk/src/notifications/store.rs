//! The table notices.

use db::{Row, params};

use super::model::{CustomerRef, Notice, Notification};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, NotificationId, ProjectId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::tx::{Tx, any_of, json, to_json, word};

const SELECT: &str =
    "SELECT n.id, n.what, n.project_id, n.session_id, n.customer_id, n.by_id, n.detail, n.at, n.read_at,
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

/// Those of `ids` that are of `workspace`.
pub(crate) fn many(tx: &mut Tx, workspace: WorkspaceId, ids: &[NotificationId]) -> Result<Vec<Notification>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    Ok(tx.query(
        &format!("{SELECT} WHERE n.workspace_id = $1 AND n.id IN ({list})"),
        &values,
        notification,
    )?)
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
