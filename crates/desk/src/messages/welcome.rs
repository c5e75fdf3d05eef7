//! What who writes for the first time is told.

use super::model::{DeliveryState, Direction, Kind};
use super::post::enqueue;
use super::store::{self, NewRow};
use crate::customers::Customer;
use crate::error::Result;
use crate::ids::WorkspaceId;
use crate::jobs::Urgency;
use crate::projects;
use crate::sessions::Session;
use crate::tx::Tx;

/// Queues the project's welcome, if it has one, for a new customer: behind live replies, and by nobody. The list goes on showing what
/// the customer wrote.
pub(crate) fn welcome(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    session: Option<&Session>,
) -> Result<()> {
    let Some(text) = projects::welcome_text(tx, customer.project_id)? else { return Ok(()) };
    let row = NewRow {
        workspace,
        project: customer.project_id,
        customer: customer.id,
        session: session.map(|session| session.id),
        direction: Direction::Out,
        kind: Kind::Text,
        text: &text,
        entities: None,
        detail: None,
        author: None,
        client_id: None,
        signature: None,
        reply_to: None,
        telegram_message: None,
        at: tx.now,
        delivery: Some(DeliveryState::Queued),
    };
    let placed = store::insert(tx, &row)?;
    enqueue(tx, (workspace, customer.project_id, customer.id), placed, Urgency::Automatic)
}
