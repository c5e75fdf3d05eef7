//! Service lines: what happened to a session, in its timeline.

use super::model::{Direction, Kind, ServiceLine};
use super::store::{self, NewRow};
use crate::customers;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, ProjectId, SessionId, WorkspaceId};
use crate::tx::{Tx, to_json};

/// Writes a line into the timeline of `customer`.
pub(crate) fn service_line(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    customer: CustomerId,
    session: Option<SessionId>,
    line: &ServiceLine,
) -> Result<()> {
    let (detail, at) = (to_json(line)?, tx.now);
    let chat = customers::get(tx, workspace, customer)?.telegram_id;
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
        reply_to: None,
        chat,
        telegram_message: None,
        at,
        delivery: None,
    };
    let (id, _) = store::insert(tx, &row)?;
    tx.event(workspace, Change::Message(id), Audience::Project(project));
    Ok(())
}
