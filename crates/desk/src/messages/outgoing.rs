//! The delivery of replies: what the sender needs of one, and what became of it.

use db::{Row, params};

use super::model::DeliveryState;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, MessageId, ProjectId, WorkspaceId};
use crate::tx::Tx;

/// A reply as Telegram gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToSend {
    pub(crate) id: MessageId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) project: ProjectId,
    pub(crate) customer: CustomerId,
    pub(crate) chat: i64,
    pub(crate) text: String,
    pub(crate) reply_to: Option<i64>,
}

/// What became of a claimed reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Telegram has it, under this id (if it said one).
    Sent(Option<i64>),
    /// Telegram refused it.
    Failed(&'static str),
    /// Written, and not answered.
    Unknown,
    /// It did not happen, and is tried again.
    Again(&'static str, Timestamp),
}

/// Reads a reply to send.
pub(crate) fn to_send(tx: &mut Tx, id: MessageId) -> Result<Option<ToSend>> {
    let read = |row: &Row| {
        Ok(ToSend {
            id,
            workspace: WorkspaceId::column(row, "workspace_id")?,
            project: ProjectId::column(row, "project_id")?,
            customer: CustomerId::column(row, "customer_id")?,
            chat: row.get("telegram_chat_id")?,
            text: row.get("text")?,
            reply_to: row.get("reply_to")?,
        })
    };
    Ok(tx.query_opt(
        "SELECT m.workspace_id, m.project_id, m.customer_id, m.telegram_chat_id, m.text,
             r.telegram_message_id AS reply_to
         FROM messages m LEFT JOIN messages r ON r.id = m.reply_to_id WHERE m.id = $1 AND m.direction = 'out'",
        params![id],
        read,
    )?)
}

/// The call is about to be made.
pub(crate) fn mark_sending(tx: &mut Tx, message: &ToSend) -> Result<()> {
    set(tx, message, DeliveryState::Sending, None, None)
}

/// Stores what became of a reply.
pub(crate) fn settle(tx: &mut Tx, message: &ToSend, outcome: &Outcome) -> Result<()> {
    match *outcome {
        Outcome::Sent(None) => set(tx, message, DeliveryState::Sent, None, None),
        Outcome::Sent(Some(telegram_message)) => {
            set(tx, message, DeliveryState::Sent, None, None)?;
            remember_id(tx, message.id, telegram_message)
        }
        Outcome::Failed(reason) => set(tx, message, DeliveryState::Failed, Some(reason), None),
        Outcome::Unknown => set(tx, message, DeliveryState::Unknown, None, None),
        Outcome::Again(reason, at) => set(tx, message, DeliveryState::Queued, Some(reason), Some(at)),
    }
}

/// An id that another message has already (a server that lies) is no reason to forget that this one was sent.
fn remember_id(tx: &mut Tx, id: MessageId, telegram_message: i64) -> Result<()> {
    let stored = tx.savepoint(|tx| {
        let sql = "UPDATE messages SET telegram_message_id = $2 WHERE id = $1";
        Ok(tx.execute(sql, params![id, telegram_message])?)
    });
    match stored {
        Err(Error::Db(error)) if error.is_unique("messages_telegram") => {
            tracing::warn!(message.id = %id, "Telegram gave two messages the same id");
            Ok(())
        }
        other => other.map(drop),
    }
}

fn set(
    tx: &mut Tx,
    message: &ToSend,
    state: DeliveryState,
    reason: Option<&str>,
    retry_at: Option<Timestamp>,
) -> Result<()> {
    let retry_at = retry_at.map(|at| at.0);
    tx.execute(
        "UPDATE messages SET delivery = $2, delivery_reason = $3, retry_at = $4, version = version + 1 WHERE id = $1",
        params![message.id, state.as_ref(), reason, retry_at],
    )?;
    tx.event(message.workspace, Change::Message(message.id), Audience::Project(message.project));
    Ok(())
}
