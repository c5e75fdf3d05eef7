//! Reading lines of timelines.

use std::collections::HashMap;

use db::{Row, Value, params};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::messages::model::{BEFORE_SIGNATURE, signed};
use crate::messages::{
    Delivery, Direction, Kind, Message, NewReply, ReplyRef, ServiceLine, ToSend, Window, preview,
};
use crate::sql::{any_of, placeholders};
use crate::tx::{Tx, json, word, word_opt};

/// At most `limit` lines of a timeline, those nearest to where the window begins, in the order of reading.
pub(in crate::messages) fn page(
    tx: &mut Tx,
    customer: CustomerId,
    window: Window,
    limit: i64,
) -> Result<Vec<Message>> {
    let (condition, order, bound) = match window {
        Window::Newest => ("m.position < $2", "DESC", i64::MAX),
        Window::Before(position) => ("m.position < $2", "DESC", position),
        Window::After(position) => ("m.position > $2", "ASC", position),
    };
    let sql =
        format!("{SELECT} WHERE m.customer_id = $1 AND {condition} ORDER BY m.position {order} LIMIT $3");
    Ok(tx.query(&sql, params![customer, bound, limit], message)?)
}

/// Those of `ids` that are messages of `workspace`, as people see them.
pub(crate) fn views(tx: &mut Tx, workspace: WorkspaceId, ids: &[MessageId]) -> Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    let sql = format!("{SELECT} WHERE m.workspace_id = $1 AND m.id IN ({list})");
    Ok(tx.query(&sql, &values, message)?)
}

/// The message `id` of `workspace`, as people see it.
pub(in crate::messages) fn view(tx: &mut Tx, workspace: WorkspaceId, id: MessageId) -> Result<Message> {
    views(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// The message that Telegram knows under this id in this chat.
pub(in crate::messages) fn by_telegram(
    tx: &mut Tx,
    project: ProjectId,
    chat: i64,
    message: i64,
) -> Result<Option<MessageId>> {
    Ok(tx.query_opt(
        "SELECT id FROM messages WHERE project_id = $1 AND telegram_chat_id = $2 AND telegram_message_id = $3",
        params![project, chat, message],
        |row| MessageId::column(row, "id"),
    )?)
}

/// The newest reply with this text to this customer of which nobody knows whether it arrived.
pub(in crate::messages) fn unknown_with_text(
    tx: &mut Tx,
    customer: CustomerId,
    text: &str,
) -> Result<Option<MessageId>> {
    let sql = "SELECT id FROM messages WHERE customer_id = $1 AND delivery = 'unknown'
             AND text || COALESCE($3 || signature, '') = $2
         ORDER BY position DESC LIMIT 1";
    Ok(tx.query_opt(sql, params![customer, text, BEFORE_SIGNATURE], |row| MessageId::column(row, "id"))?)
}

/// How many messages there are in a project.
pub(crate) fn count_of_project(tx: &mut Tx, project: ProjectId) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM messages WHERE project_id = $1 AND direction <> 'service'";
    Ok(tx.query_one(sql, params![project], |row| row.get("n"))?)
}

/// Whether the message that Telegram knows under this id in this chat is what the customer wrote here, as far as that can be
/// told after they have edited it; none when there is no such message.
pub(in crate::messages) fn is_same(
    tx: &mut Tx,
    project: ProjectId,
    chat: i64,
    message: i64,
    text: &str,
) -> Result<Option<bool>> {
    let sql = "SELECT direction, text, edited_at FROM messages
         WHERE project_id = $1 AND telegram_chat_id = $2 AND telegram_message_id = $3";
    Ok(tx.query_opt(sql, params![project, chat, message], |row| {
        let is_edited = row.get::<Option<i64>>("edited_at")?.is_some();
        let is_theirs = word::<Direction>(row, "direction")? == Direction::In;
        Ok(is_theirs && (is_edited || row.get::<String>("text")? == text))
    })?)
}

/// The message that `author`'s key stands for, and whether it is this very reply.
pub(in crate::messages) fn posted(
    tx: &mut Tx,
    author: MemberId,
    session: SessionId,
    reply: &NewReply,
) -> Result<Option<(MessageId, bool)>> {
    Ok(tx.query_opt(
        "SELECT id, session_id, text, reply_to_id FROM messages WHERE author_id = $1 AND client_id = $2",
        params![author, &reply.client_id],
        |row| {
            let same = SessionId::column_opt(row, "session_id")? == Some(session)
                && row.get::<String>("text")? == reply.text
                && MessageId::column_opt(row, "reply_to_id")? == reply.reply_to;
            Ok((MessageId::column(row, "id")?, same))
        },
    )?)
}

/// Whether `message` was said by this customer or to them: a service line was not.
pub(in crate::messages) fn is_said_by_or_to(
    tx: &mut Tx,
    customer: CustomerId,
    message: MessageId,
) -> Result<bool> {
    let sql = "SELECT id FROM messages WHERE id = $1 AND customer_id = $2 AND direction <> 'service'";
    Ok(tx.query_opt(sql, params![message, customer], |_| Ok(()))?.is_some())
}

/// A reply as Telegram gets it.
pub(crate) fn to_send(tx: &mut Tx, id: MessageId) -> Result<Option<ToSend>> {
    let read = |row: &Row| {
        Ok(ToSend {
            id,
            workspace: WorkspaceId::column(row, "workspace_id")?,
            project: ProjectId::column(row, "project_id")?,
            customer: CustomerId::column(row, "customer_id")?,
            session: SessionId::column_opt(row, "session_id")?,
            author: MemberId::column_opt(row, "author_id")?,
            at: Timestamp(row.get("at")?),
            chat: row.get("telegram_chat_id")?,
            text: as_sent(row)?,
            reply_to: row.get("reply_to")?,
        })
    };
    Ok(tx.query_opt(
        "SELECT m.workspace_id, m.project_id, m.customer_id, m.session_id, m.author_id, m.at, m.telegram_chat_id, m.text,
             m.signature, r.telegram_message_id AS reply_to
         FROM messages m LEFT JOIN messages r ON r.id = m.reply_to_id WHERE m.id = $1 AND m.direction = 'out'",
        params![id],
        read,
    )?)
}

fn as_sent(row: &Row) -> Result<String, db::Error> {
    let (text, signature): (String, Option<String>) = (row.get("text")?, row.get("signature")?);
    Ok(signature.map_or_else(|| text.clone(), |name| signed(&text, &name)))
}

/// The chats of replies, and when they were last expected to be sent.
pub(crate) fn expected(
    tx: &mut Tx,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, (i64, Option<Timestamp>)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let list = placeholders(0, ids.len());
    let sql = format!("SELECT id, telegram_chat_id, expected_at FROM messages WHERE id IN ({list})");
    let values: Vec<_> = ids.iter().map(|&id| Value::from(id)).collect();
    let rows = tx.query(&sql, &values, |row| {
        let expected = row.get::<Option<i64>>("expected_at")?.map(Timestamp);
        Ok((MessageId::column(row, "id")?, (row.get("telegram_chat_id")?, expected)))
    })?;
    Ok(rows.into_iter().collect())
}

const SELECT: &str = "SELECT m.id, m.version, m.customer_id, m.session_id, m.position, m.direction, m.kind, m.text,
    m.entities, m.detail, m.author_id, a.name AS author_name, m.client_id, m.signature, m.reply_to_id, r.text AS reply_text,
    r.direction AS reply_direction, m.at, m.edited_at, m.delivery, m.delivery_reason, m.retry_at, m.expected_at
    FROM messages m LEFT JOIN members a ON a.id = m.author_id LEFT JOIN messages r ON r.id = m.reply_to_id";

fn message(row: &Row) -> Result<Message, db::Error> {
    let kind: Kind = word(row, "kind")?;
    let entities = match row.get::<Option<String>>("entities")? {
        None => serde_json::Value::Array(Vec::new()),
        Some(_) => json(row, "entities")?,
    };
    let author = match MemberId::column_opt(row, "author_id")? {
        None => None,
        Some(id) => Some(MemberRef { id, name: row.get("author_name")? }),
    };
    let service: Option<ServiceLine> = if kind == Kind::Service { Some(json(row, "detail")?) } else { None };
    let unsupported = if kind == Kind::Unsupported { row.get("detail")? } else { None };
    Ok(Message {
        id: MessageId::column(row, "id")?,
        version: row.get("version")?,
        customer_id: CustomerId::column(row, "customer_id")?,
        session_id: SessionId::column_opt(row, "session_id")?,
        position: row.get("position")?,
        direction: word(row, "direction")?,
        kind,
        text: row.get("text")?,
        entities,
        author,
        client_id: row.get("client_id")?,
        signature: row.get("signature")?,
        reply_to: reply(row)?,
        at: Timestamp(row.get("at")?),
        edited_at: row.get::<Option<i64>>("edited_at")?.map(Timestamp),
        delivery: delivery(row)?,
        expected_at: row.get::<Option<i64>>("expected_at")?.map(Timestamp),
        service,
        unsupported,
        attachments: Vec::new(),
    })
}

fn reply(row: &Row) -> Result<Option<ReplyRef>, db::Error> {
    let Some(id) = MessageId::column_opt(row, "reply_to_id")? else { return Ok(None) };
    let text: String = row.get("reply_text")?;
    Ok(Some(ReplyRef { id, text: preview(&text), direction: word(row, "reply_direction")? }))
}

fn delivery(row: &Row) -> Result<Option<Delivery>, db::Error> {
    let Some(state) = word_opt(row, "delivery")? else { return Ok(None) };
    let retry_at = row.get::<Option<i64>>("retry_at")?.map(Timestamp);
    Ok(Some(Delivery { state, reason: row.get("delivery_reason")?, retry_at }))
}

/// How many messages a customer wrote, and how many were written to them.
pub(in crate::messages) fn counts_of(tx: &mut Tx, customer: CustomerId) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) FILTER (WHERE direction = 'in') AS came, COUNT(*) FILTER (WHERE direction = 'out') AS went
         FROM messages WHERE customer_id = $1";
    Ok(tx.query_one(sql, params![customer], |row| Ok((row.get("came")?, row.get("went")?)))?)
}

/// Who wrote a reply, and in which session; none for an automatic one.
pub(crate) fn author_of(tx: &mut Tx, id: MessageId) -> Result<Option<(MemberId, Option<SessionId>)>> {
    let sql = "SELECT author_id, session_id FROM messages WHERE id = $1";
    let found = tx.query_opt(sql, params![id], |row| {
        Ok((MemberId::column_opt(row, "author_id")?, SessionId::column_opt(row, "session_id")?))
    })?;
    Ok(found.and_then(|(author, session)| Some((author?, session))))
}
