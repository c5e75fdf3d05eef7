//! What customers write, and their later edits of it.

use db::params;

use super::model::{Direction, Kind};
use super::store::{self, NewRow};
use crate::clock::Timestamp;
use crate::customers::Customer;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{MessageId, ProjectId, WorkspaceId};
use crate::sessions::{self, LastMessage, Session};
use crate::text::{one_line, shorten};
use crate::tx::Tx;

/// A message as decoded from an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) chat: i64,
    pub(crate) telegram_message: i64,
    pub(crate) at: Timestamp,
    /// Text with Telegram's entities as JSON, or the name of something that can't be shown yet.
    pub(crate) content: Written,
    /// Telegram's id of the message this one replies to.
    pub(crate) reply_to: Option<i64>,
}

/// What a customer's message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    Text { text: String, entities: Option<String> },
    Unsupported { content: String, caption: String },
}

/// Whether this message was received before: the same update can come twice, also under another update id.
pub(crate) fn is_known(tx: &mut Tx, project: ProjectId, chat: i64, message: i64) -> Result<bool> {
    Ok(by_telegram(tx, project, chat, message)?.is_some())
}

/// Stores a customer's message in its session (none: one that begins no session).
pub(crate) fn receive(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    session: Option<&Session>,
    incoming: &Incoming,
) -> Result<MessageId> {
    let project = customer.project_id;
    let reply_to = match incoming.reply_to {
        Some(message) => by_telegram(tx, project, incoming.chat, message)?,
        None => None,
    };
    let (kind, text, entities, detail) = match &incoming.content {
        Written::Text { text, entities } => (Kind::Text, text, entities.as_deref(), None),
        Written::Unsupported { content, caption } => {
            (Kind::Unsupported, caption, None, Some(content.as_str()))
        }
    };
    let row = NewRow {
        workspace,
        project,
        customer: customer.id,
        session: session.map(|session| session.id),
        direction: Direction::In,
        kind,
        text,
        entities,
        detail,
        author: None,
        client_id: None,
        reply_to,
        chat: incoming.chat,
        telegram_message: Some(incoming.telegram_message),
        at: incoming.at,
        delivery: None,
    };
    let (id, _) = store::insert(tx, &row)?;
    if let Some(session) = session {
        let shown = if kind == Kind::Text { text.as_str() } else { detail.unwrap_or_default() };
        sessions::note_message(tx, session, &last_message(shown, Direction::In, kind, incoming.at), true)?;
    }
    tx.event(workspace, Change::Message(id), Audience::Project(project));
    Ok(id)
}

/// Stores an edited text; false when the message isn't known.
pub(crate) fn edit(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    edited: &Incoming,
) -> Result<bool> {
    let Some(id) = by_telegram(tx, project, edited.chat, edited.telegram_message)? else { return Ok(false) };
    let Written::Text { text, entities } = &edited.content else { return Ok(true) };
    let changed = tx.execute(
        "UPDATE messages SET text = $2, entities = $3, edited_at = $4, version = version + 1
         WHERE id = $1 AND kind = 'text' AND direction = 'in' AND (edited_at IS NULL OR edited_at <= $4)",
        params![id, text, entities.as_deref(), edited.at],
    )?;
    if changed > 0 {
        tx.event(workspace, Change::Message(id), Audience::Project(project));
    }
    Ok(true)
}

/// What the list shows of a message.
pub(super) fn last_message(text: &str, direction: Direction, kind: Kind, at: Timestamp) -> LastMessage {
    let text = shorten(&one_line(&shorten(text, 400)), 200);
    LastMessage { text, direction: direction.as_ref().to_owned(), kind: kind.as_ref().to_owned(), at }
}

fn by_telegram(tx: &mut Tx, project: ProjectId, chat: i64, message: i64) -> Result<Option<MessageId>> {
    Ok(tx.query_opt(
        "SELECT id FROM messages WHERE project_id = $1 AND telegram_chat_id = $2 AND telegram_message_id = $3",
        params![project, chat, message],
        |row| MessageId::column(row, "id"),
    )?)
}
