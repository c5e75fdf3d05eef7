//! Who said what last, and what has not been said yet.

use db::{Value, params};

use crate::error::Result;
use crate::ids::{MemberId, MessageId, ProjectId, WorkspaceId};
use crate::sessions::{Session, Standing};
use crate::sql::placeholders;
use crate::tx::Tx;

/// A reply, as far as it is needed to take it back.
pub(in crate::messages) struct Reply {
    pub(in crate::messages) id: MessageId,
    pub(in crate::messages) workspace: WorkspaceId,
    pub(in crate::messages) project: ProjectId,
    pub(in crate::messages) text: String,
}

/// Those of `ids` that `author` wrote, in the order of the timeline.
pub(in crate::messages) fn written_by(
    tx: &mut Tx,
    author: MemberId,
    ids: &[MessageId],
) -> Result<Vec<Reply>> {
    let mut replies = Vec::new();
    for ids in ids.chunks(500) {
        let list = placeholders(1, ids.len());
        let sql = format!(
            "SELECT id, workspace_id, project_id, text FROM messages WHERE author_id = $1 AND id IN ({list})
             ORDER BY position"
        );
        let mut values = vec![Value::from(author)];
        values.extend(ids.iter().map(|&id| Value::from(id)));
        replies.extend(tx.query(&sql, &values, |row| {
            Ok(Reply {
                id: MessageId::column(row, "id")?,
                workspace: WorkspaceId::column(row, "workspace_id")?,
                project: ProjectId::column(row, "project_id")?,
                text: row.get("text")?,
            })
        })?);
    }
    Ok(replies)
}

/// How a session stands with its customer. What failed was not said, and what comes by itself answers nobody.
pub(crate) fn standing(tx: &mut Tx, session: &Session) -> Result<Standing> {
    let reply =
        "SELECT position FROM messages WHERE customer_id = $1 AND session_id = $2 AND direction = 'out'
             AND author_id IS NOT NULL AND delivery <> 'failed'
         ORDER BY position DESC LIMIT 1";
    let of = params![session.customer, session.id];
    let reply: Option<i64> = tx.query_opt(reply, of, |row| row.get("position"))?;
    let after = reply.unwrap_or(0);
    let unanswered = "SELECT COUNT(*) AS n FROM messages
         WHERE customer_id = $1 AND session_id = $2 AND direction = 'in' AND position > $3";
    let unanswered: i64 =
        tx.query_one(unanswered, params![session.customer, session.id, after], |row| row.get("n"))?;
    Ok(Standing { answered: reply.is_some() && unanswered == 0, unanswered })
}

/// Whether the last thing that a member wrote in a session is known to have arrived.
pub(crate) fn last_reply_arrived(tx: &mut Tx, session: &Session) -> Result<bool> {
    let sql = "SELECT delivery = 'sent' AS arrived FROM messages
         WHERE customer_id = $1 AND session_id = $2 AND direction = 'out' AND author_id IS NOT NULL
         ORDER BY position DESC LIMIT 1";
    Ok(tx.query_opt(sql, params![session.customer, session.id], |row| row.get("arrived"))?.unwrap_or(false))
}
