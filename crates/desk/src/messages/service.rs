//! Service lines: what happened to a session or its customer, in the timeline.

use super::model::{Direction, Kind, ServiceLine, ServiceWhat};
use super::store::{self, NewRow};
use crate::customers;
use crate::error::Result;
use crate::ids::{CustomerId, ProjectId, SessionId, WorkspaceId};
use crate::sessions::{self, Session};
use crate::tx::{Tx, to_json};

/// Writes a line about a session.
pub(crate) fn service_line(tx: &mut Tx, session: &Session, line: &ServiceLine) -> Result<()> {
    write(tx, session.workspace, session.project, session.customer, Some(session.id), line)
}

/// Stores whether the customer blocked the bot, and writes a line when that is news.
pub(crate) fn note_blocked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: CustomerId,
    blocked: bool,
) -> Result<()> {
    let Some(project) = customers::set_blocked(tx, workspace, customer, blocked)? else { return Ok(()) };
    let session = sessions::live_of(tx, customer)?.map(|session| session.id);
    let what = if blocked { ServiceWhat::Blocked } else { ServiceWhat::Unblocked };
    write(tx, workspace, project, customer, session, &ServiceLine::of(what))
}

fn write(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    customer: CustomerId,
    session: Option<SessionId>,
    line: &ServiceLine,
) -> Result<()> {
    let detail = to_json(line)?;
    let row = NewRow {
        workspace,
        project,
        customer,
        session,
        direction: Direction::Service,
        kind: Kind::Service,
        text: "",
        entities: None,
        detail: Some(&detail),
        author: None,
        client_id: None,
        signature: None,
        reply_to: None,
        telegram_message: None,
        at: tx.now,
        delivery: None,
    };
    store::insert(tx, &row).map(drop)
}
