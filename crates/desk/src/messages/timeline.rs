//! Reading a customer's timeline.

use db::{Row, Value, params};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Delivery, Direction, Kind, Message, ReplyRef, ServiceLine};
use crate::access::viewer;
use crate::clock::Timestamp;
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, MessageId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::text::{one_line, shorten};
use crate::tx::{Store, Tx, json, placeholders, word, word_opt};

/// Which part of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest lines.
    Newest,
    /// Lines before this position, the nearest ones.
    Before(i64),
    /// Lines after this position, the nearest ones.
    After(i64),
}

/// A part of a timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelinePage {
    /// The lines, oldest first.
    pub items: Vec<Message>,
    /// Whether there are more in the direction of reading.
    pub more: bool,
}

/// A part of a customer's timeline, if the member may see the customer. `limit` 1 to 200.
pub async fn timeline(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    window: Window,
    limit: i64,
) -> Result<TimelinePage> {
    store
        .read("timeline", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, customer)?)?;
            page(tx, customer, window, limit.clamp(1, 200))
        })
        .await
}

fn page(tx: &mut Tx, customer: CustomerId, window: Window, limit: i64) -> Result<TimelinePage> {
    let (condition, order, bound) = match window {
        Window::Newest => ("m.position < $2", "DESC", i64::MAX),
        Window::Before(position) => ("m.position < $2", "DESC", position),
        Window::After(position) => ("m.position > $2", "ASC", position),
    };
    let sql =
        format!("{SELECT} WHERE m.customer_id = $1 AND {condition} ORDER BY m.position {order} LIMIT $3");
    let mut items = tx.query(&sql, params![customer, bound, limit + 1], message)?;
    let more = i64::try_from(items.len()).unwrap_or(i64::MAX) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(0));
    if order == "DESC" {
        items.reverse();
    }
    Ok(TimelinePage { items, more })
}

/// Those of `ids` that are messages of `workspace`, as people see them.
pub(crate) fn views(tx: &mut Tx, workspace: WorkspaceId, ids: &[MessageId]) -> Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![workspace.into()];
    values.extend(ids.iter().map(|&id| Value::from(id)));
    let sql = format!("{SELECT} WHERE m.workspace_id = $1 AND m.id IN ({})", placeholders(1, ids.len()));
    Ok(tx.query(&sql, &values, message)?)
}

pub(super) fn view(tx: &mut Tx, workspace: WorkspaceId, id: MessageId) -> Result<Message> {
    views(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

const SELECT: &str = "SELECT m.id, m.version, m.customer_id, m.session_id, m.position, m.direction, m.kind, m.text,
    m.entities, m.detail, m.author_id, a.name AS author_name, m.client_id, m.reply_to_id, r.text AS reply_text,
    r.direction AS reply_direction, m.at, m.edited_at, m.delivery, m.delivery_reason, m.retry_at
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
        reply_to: reply(row)?,
        at: Timestamp(row.get("at")?),
        edited_at: row.get::<Option<i64>>("edited_at")?.map(Timestamp),
        delivery: delivery(row)?,
        service,
        unsupported,
        attachments: Vec::new(),
    })
}

fn reply(row: &Row) -> Result<Option<ReplyRef>, db::Error> {
    let Some(id) = MessageId::column_opt(row, "reply_to_id")? else { return Ok(None) };
    let text: String = row.get("reply_text")?;
    let direction: Direction = word(row, "reply_direction")?;
    Ok(Some(ReplyRef { id, text: shorten(&one_line(&shorten(&text, 400)), 200), direction }))
}

fn delivery(row: &Row) -> Result<Option<Delivery>, db::Error> {
    let Some(state) = word_opt(row, "delivery")? else { return Ok(None) };
    let retry_at = row.get::<Option<i64>>("retry_at")?.map(Timestamp);
    Ok(Some(Delivery { state, reason: row.get("delivery_reason")?, retry_at }))
}
