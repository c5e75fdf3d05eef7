//! What customers are told by nobody in particular: it has no author, and the list goes on showing what was said before.

use super::model::{DeliveryState, Direction, Kind};
use super::post::enqueue;
use super::store::{self, NewRow};
use crate::customers::Customer;
use crate::error::Result;
use crate::ids::{CustomerId, ProjectId, SessionId, WorkspaceId};
use crate::jobs::Urgency;
use crate::projects;
use crate::sessions::Session;
use crate::tx::Tx;

/// Queues the project's welcome, if it has one, for a new customer: behind live replies.
pub(crate) fn welcome(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    session: Option<&Session>,
) -> Result<()> {
    let Some(text) = projects::welcome_text(tx, customer.project_id)? else { return Ok(()) };
    let of = (workspace, customer.project_id, customer.id);
    say(tx, of, session.map(|session| session.id), &text, Urgency::Automatic)
}

/// Queues what the customer is told of a transfer: after everything said so far, and live, because the next member's replies wait
/// for it.
pub(crate) fn announce(tx: &mut Tx, session: &Session, text: &str) -> Result<()> {
    let of = (session.workspace, session.project, session.customer);
    say(tx, of, Some(session.id), text, Urgency::Live)
}

fn say(
    tx: &mut Tx,
    (workspace, project, customer): (WorkspaceId, ProjectId, CustomerId),
    session: Option<SessionId>,
    text: &str,
    urgency: Urgency,
) -> Result<()> {
    let row = NewRow {
        workspace,
        project,
        customer,
        session,
        direction: Direction::Out,
        kind: Kind::Text,
        text,
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
    enqueue(tx, (workspace, project, customer), placed, urgency)
}
