//! Replies: accepting them, once, and queueing them.

use super::SEND;
use super::model::{DeliveryState, Direction, Kind, Message, last_message, signed};
use super::store::{self, NewRow};
use crate::access::viewer;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use crate::jobs::{self, NewJob, Urgency};
use crate::members::MemberRef;
use crate::projects;
use crate::sessions::{self, Session};
use crate::text::{Fields, MESSAGE_MAX, without_nul};
use crate::tx::{Store, Tx};

/// A reply to send.
#[derive(Debug, Clone)]
pub struct NewReply {
    /// The idempotency key, made by the browser: a UUID.
    pub client_id: String,
    /// The text, 1 to 4096 characters.
    pub text: String,
    /// The message of the same customer that it replies to.
    pub reply_to: Option<MessageId>,
}

/// An accepted reply.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The message, as it is now.
    pub message: Message,
    /// False when the same request had been accepted before.
    pub new: bool,
}

/// Accepts a reply of the session's assignee: from here on it has its place in the timeline and will be sent.
pub async fn post(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    session: SessionId,
    reply: NewReply,
) -> Result<Posted> {
    let text = cleaned(&reply.text);
    let client_id = check(&text, &reply.client_id)?;
    let reply = NewReply { client_id, text, ..reply };
    store
        .write("post reply", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let session = sessions::get(tx, workspace, session)?;
            viewer.must_see(session.project)?;
            // The customer's lock comes first: it also makes a request that comes twice at once wait for its twin.
            let session = sessions::reload_locked(tx, &session)?;
            if let Some(message) = posted_before(tx, member, &session, &reply)? {
                return Ok(Posted { message, new: false });
            }
            session.must_be_served_by(member)?;
            if !projects::is_active(tx, session.project)? {
                return Err(Error::refused(Code::ProjectPaused));
            }
            let author = MemberRef { id: member, name: viewer.name.clone() };
            let id = accept(tx, author, &session, &reply)?;
            Ok(Posted { message: store::view(tx, workspace, id)?, new: true })
        })
        .await
}

/// As Telegram does: line ends are `\n`, and the ends are trimmed.
pub(crate) fn cleaned(text: &str) -> String {
    without_nul(text).replace("\r\n", "\n").trim().to_owned()
}

/// Checks the input, and gives the key in its canonical spelling: a UUID has several.
fn check(text: &str, client_id: &str) -> Result<String> {
    let mut fields = Fields::default();
    if text.is_empty() {
        fields.fault("text", "required", None);
    } else if text.encode_utf16().count() > MESSAGE_MAX {
        fields.fault("text", "too_long", Some(("max", MESSAGE_MAX)));
    }
    let key = uuid::Uuid::try_parse(client_id);
    if key.is_err() {
        fields.fault("client_id", "bad_format", None);
    }
    fields.done()?;
    Ok(key.map_or_else(|_| String::new(), |key| key.to_string()))
}

/// The message that this member's key stands for already; refused when it stands for another one.
fn posted_before(
    tx: &mut Tx,
    member: MemberId,
    session: &Session,
    reply: &NewReply,
) -> Result<Option<Message>> {
    match store::posted(tx, member, session.id, reply)? {
        None => Ok(None),
        Some((_, false)) => Err(Error::refused(Code::IdempotencyConflict)),
        Some((id, true)) => store::view(tx, session.workspace, id).map(Some),
    }
}

fn accept(tx: &mut Tx, author: MemberRef, session: &Session, reply: &NewReply) -> Result<MessageId> {
    if let Some(to) = reply.reply_to
        && !store::is_said_by_or_to(tx, session.customer, to)?
    {
        return Err(Error::field("reply_to", "unknown"));
    }
    let signature = projects::signs(tx, session.project)?.then(|| author.name.clone());
    if let Some(name) = &signature {
        let room = MESSAGE_MAX - signed("", name).encode_utf16().count();
        if reply.text.encode_utf16().count() > room {
            let mut fields = Fields::default();
            fields.fault("text", "too_long", Some(("max", room)));
            fields.done()?;
        }
    }
    let now = tx.now;
    let row = NewRow {
        workspace: session.workspace,
        project: session.project,
        customer: session.customer,
        session: Some(session.id),
        direction: Direction::Out,
        kind: Kind::Text,
        text: &reply.text,
        entities: None,
        detail: None,
        author: Some(author.id),
        client_id: Some(&reply.client_id),
        signature: signature.as_deref(),
        reply_to: reply.reply_to,
        telegram_message: None,
        at: now,
        delivery: Some(DeliveryState::Queued),
    };
    let (id, position) = store::insert(tx, &row)?;
    enqueue(tx, (session.workspace, session.project, session.customer), (id, position), Urgency::Live)?;
    sessions::take_up(tx, session)?;
    let last = last_message(&reply.text, Direction::Out, Kind::Text, now, Some(author));
    sessions::note_message(tx, session, &last)?;
    Ok(id)
}

/// Queues a reply for the sender at its place in the timeline: in one chat they go in that order.
pub(super) fn enqueue(
    tx: &mut Tx,
    (workspace, project, customer): (WorkspaceId, ProjectId, CustomerId),
    (message, place): (MessageId, i64),
    urgency: Urgency,
) -> Result<()> {
    let run_at = tx.now;
    let (subject, lane, payload) = (project.to_string(), customer.to_string(), &*message.to_string());
    let job =
        NewJob { workspace, kind: SEND, subject: &subject, lane: &lane, place, payload, urgency, run_at };
    jobs::enqueue(tx, &job)?;
    tx.signal(Topic::Outbound(project));
    Ok(())
}
