//! Writing lines of timelines.

use db::{Value, params};

use crate::clock::Timestamp;
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use crate::messages::incoming::{Arrival, Columns};
use crate::messages::{Delivery, DeliveryState, Direction, Kind};
use crate::sql::{chunks_to_write, rows};
use crate::tx::Tx;

/// A row to insert.
pub(in crate::messages) struct NewRow<'a> {
    pub(in crate::messages) workspace: WorkspaceId,
    pub(in crate::messages) project: ProjectId,
    pub(in crate::messages) customer: CustomerId,
    pub(in crate::messages) session: Option<SessionId>,
    pub(in crate::messages) direction: Direction,
    pub(in crate::messages) kind: Kind,
    pub(in crate::messages) text: &'a str,
    pub(in crate::messages) entities: Option<&'a str>,
    pub(in crate::messages) detail: Option<&'a str>,
    pub(in crate::messages) author: Option<MemberId>,
    pub(in crate::messages) client_id: Option<&'a str>,
    pub(in crate::messages) signature: Option<&'a str>,
    pub(in crate::messages) reply_to: Option<MessageId>,
    pub(in crate::messages) telegram_message: Option<i64>,
    pub(in crate::messages) at: Timestamp,
    pub(in crate::messages) delivery: Option<DeliveryState>,
}

/// Inserts a row at the next place of the customer's timeline, and says which id and place it got.
pub(in crate::messages) fn insert(tx: &mut Tx, row: &NewRow) -> Result<(MessageId, i64)> {
    let (position, chat) = customers::next_place(tx, row.customer)?;
    let (id, now) = (MessageId::new(tx.now), tx.now);
    tx.execute(
        "INSERT INTO messages (id, workspace_id, project_id, customer_id, session_id, position, direction, kind, text,
             entities, detail, author_id, client_id, reply_to_id, telegram_chat_id, telegram_message_id, at, delivery,
             created_at, signature, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 1)",
        params![
            id,
            row.workspace,
            row.project,
            row.customer,
            text(row.session),
            position,
            row.direction.as_ref(),
            row.kind.as_ref(),
            row.text,
            row.entities,
            row.detail,
            text(row.author),
            row.client_id,
            text(row.reply_to),
            chat,
            row.telegram_message,
            row.at,
            row.delivery.as_ref().map(AsRef::as_ref),
            now,
            row.signature
        ],
    )
    .map_err(|error| Error::from(error).on_unique("messages_client", Code::IdempotencyConflict))?;
    tx.event(row.workspace, Change::Message(id), Audience::Project(row.project));
    Ok((id, position))
}

/// Inserts what customers wrote, at places that were taken for it.
pub(in crate::messages) fn insert_heard(
    tx: &mut Tx,
    workspace: WorkspaceId,
    arrivals: &[Arrival],
) -> Result<()> {
    for chunk in chunks_to_write(tx.dialect(), arrivals) {
        let mut values: Vec<Value> = params![workspace, tx.now].to_vec();
        for Arrival { customer, session, incoming, reply_to, place } in chunk {
            let id = MessageId::new(tx.now);
            let Columns { kind, text: words, entities, detail } = incoming.content.columns();
            values.extend([
                id.into(),
                customer.project_id.into(),
                customer.id.into(),
                text(session.map(|session| session.id)).into(),
                (*place).into(),
                kind.as_ref().into(),
                words.into(),
                entities.into(),
                detail.into(),
                text(*reply_to).into(),
                customer.telegram_id.into(),
                incoming.telegram_message.into(),
                incoming.at.into(),
            ]);
            tx.event(workspace, Change::Message(id), Audience::Project(customer.project_id));
        }
        let sql = format!(
            "INSERT INTO messages (workspace_id, created_at, direction, version, id, project_id, customer_id, session_id,
                 position, kind, text, entities, detail, reply_to_id, telegram_chat_id, telegram_message_id, at)
             VALUES {}",
            rows("$1, $2, 'in', 1, ", 2, chunk.len(), 13)
        );
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

fn text(id: Option<impl ToString>) -> Option<String> {
    id.map(|id| id.to_string())
}

/// Stores the new text of a customer's message, unless a later edit came before.
pub(in crate::messages) fn rewrite(
    tx: &mut Tx,
    (workspace, project): (WorkspaceId, ProjectId),
    id: MessageId,
    text: &str,
    entities: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let changed = tx.execute(
        "UPDATE messages SET text = $2, entities = $3, edited_at = $4, version = version + 1
         WHERE id = $1 AND kind = 'text' AND direction = 'in' AND (edited_at IS NULL OR edited_at <= $4)",
        params![id, text, entities, at],
    )?;
    if changed > 0 {
        tx.event(workspace, Change::Message(id), Audience::Project(project));
    }
    Ok(())
}

/// Stores how the delivery of a reply stands now.
pub(in crate::messages) fn set_delivery(
    tx: &mut Tx,
    (workspace, project): (WorkspaceId, ProjectId),
    id: MessageId,
    delivery: &Delivery,
) -> Result<()> {
    tx.execute(
        "UPDATE messages SET delivery = $2, delivery_reason = $3, retry_at = $4, expected_at = NULL,
             version = version + 1
         WHERE id = $1",
        params![id, delivery.state.as_ref(), delivery.reason.as_deref(), delivery.retry_at.map(|at| at.0)],
    )?;
    tx.event(workspace, Change::Message(id), Audience::Project(project));
    Ok(())
}

/// Stores when a queued reply is expected to be sent.
pub(crate) fn set_expected(tx: &mut Tx, id: MessageId, at: Option<Timestamp>) -> Result<()> {
    let sql =
        "UPDATE messages SET expected_at = $2, version = version + 1 WHERE id = $1 AND delivery = 'queued'
         RETURNING workspace_id, project_id";
    let of = tx.query_opt(sql, params![id, at.map(|at| at.0)], |row| {
        Ok((WorkspaceId::column(row, "workspace_id")?, ProjectId::column(row, "project_id")?))
    })?;
    if let Some((workspace, project)) = of {
        tx.event(workspace, Change::Message(id), Audience::Project(project));
    }
    Ok(())
}

/// Makes a reply that failed, or may have arrived, queued again; false when it is neither.
pub(in crate::messages) fn requeue(
    tx: &mut Tx,
    (workspace, project): (WorkspaceId, ProjectId),
    id: MessageId,
) -> Result<bool> {
    let requeued = tx.execute(
        "UPDATE messages SET delivery = 'queued', delivery_reason = NULL, retry_at = NULL, version = version + 1
         WHERE id = $1 AND delivery IN ('failed', 'unknown')",
        params![id],
    )?;
    if requeued > 0 {
        tx.event(workspace, Change::Message(id), Audience::Project(project));
    }
    Ok(requeued > 0)
}

/// Makes a reply that may have arrived sent; false when it is something else.
pub(in crate::messages) fn arrived_after_all(
    tx: &mut Tx,
    (workspace, project): (WorkspaceId, ProjectId),
    id: MessageId,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE messages SET delivery = 'sent', version = version + 1 WHERE id = $1 AND delivery = 'unknown'",
        params![id],
    )?;
    if changed > 0 {
        tx.event(workspace, Change::Message(id), Audience::Project(project));
    }
    Ok(changed > 0)
}

/// Remembers under which id Telegram has a reply. An id that another message has already (a server that lies) is no reason
/// to forget that this one was sent.
pub(in crate::messages) fn set_telegram_message(
    tx: &mut Tx,
    id: MessageId,
    telegram_message: i64,
) -> Result<()> {
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
