//! What customers write, and their later edits of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::model::{Direction, Kind, last_message};
use super::outgoing::{Outcome, settle};
use super::store;
use crate::clock::Timestamp;
use crate::customers::{self, Customer};
use crate::error::Result;
use crate::ids::{MessageId, ProjectId, WorkspaceId};
use crate::sessions::{self, Heard, Session};
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

/// What a message holds, by the columns of its row.
pub(super) struct Columns<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) entities: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
}

impl Written {
    pub(super) fn columns(&self) -> Columns<'_> {
        match self {
            Self::Text { text, entities } => {
                Columns { kind: Kind::Text, text, entities: entities.as_deref(), detail: None }
            }
            Self::Unsupported { content, caption } => {
                Columns { kind: Kind::Unsupported, text: caption, entities: None, detail: Some(content) }
            }
        }
    }
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

/// A message on its way into the timeline.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) customer: &'a Customer,
    /// None: it begins no session.
    pub(crate) session: Option<&'a Session>,
    pub(crate) incoming: &'a Incoming,
    /// The message that it quotes.
    pub(crate) reply_to: Option<MessageId>,
    /// Its place: the next one of a customer whom the caller has locked.
    pub(crate) place: i64,
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
    let reply_to = match &incoming.reply_to {
        Some(quoted) => quoted_message(tx, customer, incoming.chat, quoted)?,
        None => None,
    };
    let place = match place {
        Some(place) => place,
        None => customers::last_place(tx, customer.id)? + 1,
    };
    receive_all(tx, workspace, &[Arrival { customer, session, incoming, reply_to, place }])
}

/// Stores what customers wrote, of each customer in the order of the places.
pub(crate) fn receive_all(tx: &mut Tx, workspace: WorkspaceId, arrivals: &[Arrival]) -> Result<()> {
    let (mut places, mut heard) = (BTreeMap::new(), BTreeMap::<_, Heard>::new());
    for Arrival { customer, session, incoming, place, .. } in arrivals {
        places.insert(customer.id, *place);
        if let Some(session) = session {
            let Columns { kind, text, detail, .. } = incoming.content.columns();
            let last = last_message(detail.unwrap_or(text), Direction::In, kind, incoming.at, None);
            let count = heard.get(&session.id).map_or(0, |heard| heard.count) + 1;
            heard.insert(session.id, Heard { session, last, count });
        }
    }
    customers::take_places(tx, &places.into_iter().collect::<Vec<_>>())?;
    store::insert_heard(tx, workspace, arrivals)?;
    sessions::note_heard(tx, &heard.into_values().collect::<Vec<_>>())
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
