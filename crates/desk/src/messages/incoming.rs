//! What customers write, and their later edits of it.

use std::borrow::Cow;

use super::model::{Direction, Kind, last_message};
use super::outgoing::{Outcome, settle};
use super::store::{self, NewRow};
use crate::clock::Timestamp;
use crate::customers::{self, Customer};
use crate::error::Result;
use crate::ids::{MessageId, ProjectId, WorkspaceId};
use crate::sessions::{self, Session};
use crate::tx::Tx;

/// A message as decoded from an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) chat: i64,
    /// Telegram's id of it; none where another message has that id already.
    pub(crate) telegram_message: Option<i64>,
    pub(crate) at: Timestamp,
    /// Text with Telegram's entities as JSON, or the name of something that can't be shown yet.
    pub(crate) content: Written,
    /// The message this one replies to.
    pub(crate) reply_to: Option<Quoted>,
}

/// A message that a customer quotes, as Telegram tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quoted {
    /// Telegram's id of it.
    pub(crate) message: i64,
    pub(crate) text: Option<String>,
}

/// What a customer's message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    Text { text: String, entities: Option<String> },
    Unsupported { content: String, caption: String },
}

/// The message, unless it was received before: the same update can come twice, also under another update id. Where another
/// message has its id (a Telegram that lost its memory, as the simulator does, counts from the beginning), it goes without.
pub(crate) fn unless_known<'a>(
    tx: &mut Tx,
    project: ProjectId,
    incoming: &'a Incoming,
) -> Result<Option<Cow<'a, Incoming>>> {
    let Some(id) = incoming.telegram_message else { return Ok(Some(Cow::Borrowed(incoming))) };
    let (Written::Text { text, .. } | Written::Unsupported { caption: text, .. }) = &incoming.content;
    Ok(match store::is_same(tx, project, incoming.chat, id, text)? {
        None => Some(Cow::Borrowed(incoming)),
        Some(true) => None,
        Some(false) => Some(Cow::Owned(Incoming { telegram_message: None, ..incoming.clone() })),
    })
}

/// Stores a customer's message in its session (none: one that begins no session), at `place` in the timeline if the caller knows
/// that it is the next one and has locked the customer.
pub(crate) fn receive(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    session: Option<&Session>,
    incoming: &Incoming,
    place: Option<i64>,
) -> Result<()> {
    let project = customer.project_id;
    let reply_to = match &incoming.reply_to {
        Some(quoted) => quoted_message(tx, customer, incoming.chat, quoted)?,
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
        signature: None,
        reply_to,
        telegram_message: incoming.telegram_message,
        at: incoming.at,
        delivery: None,
    };
    if let Some(place) = place {
        customers::take_place(tx, customer.id, place)?;
        store::insert_at(tx, &row, place, customer.telegram_id)?;
    } else {
        store::insert(tx, &row)?;
    }
    if let Some(session) = session {
        let shown = detail.unwrap_or(text);
        sessions::note_message(
            tx,
            session,
            &last_message(shown, Direction::In, kind, incoming.at, None),
            true,
        )?;
    }
    Ok(())
}

/// The message that a customer quotes. If it isn't known by its id, it may be a reply of which nobody knew whether it arrived: now
/// it is known that it did.
fn quoted_message(tx: &mut Tx, customer: &Customer, chat: i64, quoted: &Quoted) -> Result<Option<MessageId>> {
    let known = store::by_telegram(tx, customer.project_id, chat, quoted.message)?;
    let (None, Some(text)) = (known, &quoted.text) else { return Ok(known) };
    let Some(arrived) = store::unknown_with_text(tx, customer.id, text)? else { return Ok(None) };
    if let Some(message) = store::to_send(tx, arrived)? {
        settle(tx, &message, &Outcome::Sent(Some(quoted.message)))?;
    }
    Ok(Some(arrived))
}

/// Stores an edited text; false when the message isn't known.
pub(crate) fn edit(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    edited: &Incoming,
) -> Result<bool> {
    let Some(message) = edited.telegram_message else { return Ok(false) };
    let Some(id) = store::by_telegram(tx, project, edited.chat, message)? else { return Ok(false) };
    if let Written::Text { text, entities } = &edited.content {
        store::rewrite(tx, (workspace, project), id, text, entities.as_deref(), edited.at)?;
    }
    Ok(true)
}
