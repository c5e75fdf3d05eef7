//! Inserting into the messages table; reading is in `timeline` and `outgoing`.

use db::params;

use super::model::{DeliveryState, Direction, Kind};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use crate::tx::Tx;

/// A row to insert.
pub(super) struct NewRow<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) project: ProjectId,
    pub(super) customer: CustomerId,
    pub(super) session: Option<SessionId>,
    pub(super) direction: Direction,
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) entities: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
    pub(super) author: Option<MemberId>,
    pub(super) client_id: Option<&'a str>,
    pub(super) reply_to: Option<MessageId>,
    pub(super) chat: i64,
    pub(super) telegram_message: Option<i64>,
    pub(super) at: Timestamp,
    pub(super) delivery: Option<DeliveryState>,
}

/// Inserts a row at the next place of the customer's timeline, and says which id and place it got.
pub(super) fn insert(tx: &mut Tx, row: &NewRow) -> Result<(MessageId, i64)> {
    let (id, now) = (MessageId::new(tx.now), tx.now);
    let position = crate::customers::next_position(tx, row.customer)?;
    let text = |id: Option<String>| id;
    tx.execute(
        "INSERT INTO messages (id, workspace_id, project_id, customer_id, session_id, position, direction, kind, text,
             entities, detail, author_id, client_id, reply_to_id, telegram_chat_id, telegram_message_id, at, delivery,
             created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1)",
        params![
            id,
            row.workspace,
            row.project,
            row.customer,
            text(row.session.map(|id| id.to_string())),
            position,
            row.direction.as_ref(),
            row.kind.as_ref(),
            row.text,
            row.entities,
            row.detail,
            text(row.author.map(|id| id.to_string())),
            row.client_id,
            text(row.reply_to.map(|id| id.to_string())),
            row.chat,
            row.telegram_message,
            row.at,
            row.delivery.as_ref().map(AsRef::as_ref),
            now
        ],
    )
    .map_err(|error| Error::from(error).on_unique("messages_client", Code::IdempotencyConflict))?;
    Ok((id, position))
}
