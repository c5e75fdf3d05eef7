//! Replies: accepting them, once, and queueing them.

use db::params;

use super::incoming::last_message;
use super::model::{DeliveryState, Direction, Kind, Message};
use super::store::{self, NewRow};
use super::{SEND, timeline};
use crate::access::{Viewer, viewer};
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use crate::jobs::{self, NewJob};
use crate::projects;
use crate::sessions::{self, Session};
use crate::text::{Fields, without_nul};
use crate::tx::{Store, Tx};

/// The longest text that Telegram takes in one message. It speaks of characters; counted here in UTF-16 code units, which
/// are never fewer, so that nothing is accepted that would fail.
const TEXT_MAX: usize = 4096;

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
    check(&text, &reply.client_id)?;
    let reply = NewReply { text, ..reply };
    store
        .write("post reply", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let session = sessions::get(tx, workspace, session)?;
            viewer.must_see(session.project)?;
            // The customer's lock comes first: it also makes a request that comes twice at once wait for its twin.
            let session = sessions::reload_locked(tx, &session)?;
            if let Some(message) = posted_before(tx, &viewer, &session, &reply)? {
                return Ok(Posted { message, new: false });
            }
            session.must_be_served_by(member)?;
            if !projects::is_active(tx, session.project)? {
                return Err(Error::refused(Code::ProjectPaused));
            }
            let id = accept(tx, member, &session, &reply)?;
            Ok(Posted { message: timeline::view(tx, workspace, id)?, new: true })
        })
        .await
}

/// As Telegram does: line ends are `\n`, and the ends are trimmed.
fn cleaned(text: &str) -> String {
    without_nul(text).replace("\r\n", "\n").trim().to_owned()
}

fn check(text: &str, client_id: &str) -> Result<()> {
    let mut fields = Fields::default();
    if text.is_empty() {
        fields.fault("text", "required", None);
    } else if text.encode_utf16().count() > TEXT_MAX {
        fields.fault("text", "too_long", Some(("max", TEXT_MAX)));
    }
    if uuid::Uuid::try_parse(client_id).is_err() {
        fields.fault("client_id", "bad_format", None);
    }
    fields.done()
}

/// The message that this member's key stands for already; refused when it stands for another one.
fn posted_before(
    tx: &mut Tx,
    viewer: &Viewer,
    session: &Session,
    reply: &NewReply,
) -> Result<Option<Message>> {
    let found = tx.query_opt(
        "SELECT id, session_id, text, reply_to_id FROM messages WHERE author_id = $1 AND client_id = $2",
        params![viewer.member, &reply.client_id],
        |row| {
            let same = SessionId::column_opt(row, "session_id")? == Some(session.id)
                && row.get::<String>("text")? == reply.text
                && MessageId::column_opt(row, "reply_to_id")? == reply.reply_to;
            Ok((MessageId::column(row, "id")?, same))
        },
    )?;
    match found {
        None => Ok(None),
        Some((_, false)) => Err(Error::refused(Code::IdempotencyConflict)),
        Some((id, true)) => timeline::view(tx, viewer.workspace, id).map(Some),
    }
}

fn accept(tx: &mut Tx, member: MemberId, session: &Session, reply: &NewReply) -> Result<MessageId> {
    if let Some(to) = reply.reply_to {
        must_be_of(tx, to, session.customer)?;
    }
    let (workspace, project, now) = (session.workspace, session.project, tx.now);
    let chat = customers::get(tx, workspace, session.customer)?.telegram_id;
    let row = NewRow {
        workspace,
        project,
        customer: session.customer,
        session: Some(session.id),
        direction: Direction::Out,
        kind: Kind::Text,
        text: &reply.text,
        entities: None,
        detail: None,
        author: Some(member),
        client_id: Some(&reply.client_id),
        reply_to: reply.reply_to,
        chat,
        telegram_message: None,
        at: now,
        delivery: Some(DeliveryState::Queued),
    };
    let (id, position) = store::insert(tx, &row)?;
    enqueue(tx, workspace, project, session.customer, id, position)?;
    sessions::take_up(tx, session)?;
    sessions::note_message(tx, session, &last_message(&reply.text, Direction::Out, Kind::Text, now), false)?;
    tx.event(workspace, Change::Message(id), Audience::Project(project));
    Ok(id)
}

fn must_be_of(tx: &mut Tx, message: MessageId, customer: CustomerId) -> Result<()> {
    let sql = "SELECT id FROM messages WHERE id = $1 AND customer_id = $2 AND direction <> 'service'";
    let found = tx.query_opt(sql, params![message, customer], |_| Ok(()))?;
    found.ok_or_else(|| Error::field("reply_to", "unknown"))
}

fn enqueue(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    customer: CustomerId,
    message: MessageId,
    place: i64,
) -> Result<()> {
    let (subject, lane, payload) = (project.to_string(), customer.to_string(), message.to_string());
    let run_at = tx.now;
    let job =
        NewJob { workspace, kind: SEND, subject: &subject, lane: &lane, place, payload: &payload, run_at };
    jobs::enqueue(tx, &job)?;
    tx.signal(Topic::Outbound(project));
    Ok(())
}

/// Queues a failed or unknown reply of one's own again, at its old place.
pub async fn resend(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: MessageId,
) -> Result<Message> {
    store
        .write("resend", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let message = timeline::view(tx, workspace, id)?;
            let project = customers::project_of(tx, workspace, message.customer_id)?;
            viewer.must_see(project)?;
            let not_resendable = || Error::refused(Code::NotResendable);
            let session = sessions::get(tx, workspace, message.session_id.ok_or_else(not_resendable)?)?;
            let session = sessions::reload_locked(tx, &session)?;
            session.must_be_served_by(member)?;
            let requeued = tx.execute(
                "UPDATE messages SET delivery = 'queued', delivery_reason = NULL, retry_at = NULL, version = version + 1
                 WHERE id = $1 AND delivery IN ('failed', 'unknown')",
                params![id],
            )?;
            if requeued == 0 {
                return Err(not_resendable());
            }
            enqueue(tx, workspace, project, session.customer, id, message.position)?;
            tx.event(workspace, Change::Message(id), Audience::Project(project));
            timeline::view(tx, workspace, id)
        })
        .await
}
