//! The delivery of replies: what the sender needs of one, and what became of it.

use super::model::{Delivery, DeliveryState};
use super::store;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use crate::tx::Tx;

/// A reply as Telegram gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToSend {
    pub(crate) id: MessageId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) project: ProjectId,
    pub(crate) customer: CustomerId,
    /// The session in which it was written.
    pub(crate) session: Option<SessionId>,
    /// Who wrote it; none: it came by itself.
    pub(crate) author: Option<MemberId>,
    /// When it was written.
    pub(crate) at: Timestamp,
    pub(crate) chat: i64,
    pub(crate) text: String,
    /// Telegram's id of the message that it replies to.
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

/// The call is about to be made.
pub(crate) fn mark_sending(tx: &mut Tx, message: &ToSend) -> Result<()> {
    set(tx, message, DeliveryState::Sending, None, None)
}

/// Stores what became of a reply.
pub(crate) fn settle(tx: &mut Tx, message: &ToSend, outcome: &Outcome) -> Result<()> {
    match *outcome {
        Outcome::Sent(telegram_message) => {
            set(tx, message, DeliveryState::Sent, None, None)?;
            telegram_message.map_or(Ok(()), |theirs| store::set_telegram_message(tx, message.id, theirs))
        }
        Outcome::Failed(reason) => set(tx, message, DeliveryState::Failed, Some(reason), None),
        Outcome::Unknown => set(tx, message, DeliveryState::Unknown, None, None),
        Outcome::Again(reason, at) => set(tx, message, DeliveryState::Queued, Some(reason), Some(at)),
    }
}

/// A queued reply (as its job names it) will not be sent.
pub(crate) fn give_up(tx: &mut Tx, payload: &str, reason: &'static str) -> Result<()> {
    let Ok(id) = payload.parse() else { return Ok(()) };
    match store::to_send(tx, id)? {
        Some(message) => settle(tx, &message, &Outcome::Failed(reason)),
        None => Ok(()),
    }
}

/// Stores what became of a reply that was called unknown before that was known. Only that it arrived still counts, and only
/// while nobody has sent it again.
pub(crate) fn settle_late(tx: &mut Tx, message: &ToSend, outcome: &Outcome) -> Result<()> {
    let Outcome::Sent(telegram_message) = *outcome else { return Ok(()) };
    if store::arrived_after_all(tx, (message.workspace, message.project), message.id)? {
        telegram_message.map_or(Ok(()), |theirs| store::set_telegram_message(tx, message.id, theirs))?;
    }
    Ok(())
}

fn set(
    tx: &mut Tx,
    message: &ToSend,
    state: DeliveryState,
    reason: Option<&str>,
    retry_at: Option<Timestamp>,
) -> Result<()> {
    let delivery = Delivery { state, reason: reason.map(str::to_owned), retry_at };
    store::set_delivery(tx, (message.workspace, message.project), message.id, &delivery)
}
