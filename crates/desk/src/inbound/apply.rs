//! Applying one update, inside the savepoint that its caller opened.

use super::decode::Meaning;
use crate::customers::{self, Customer};
use crate::error::Result;
use crate::ids::{CustomerId, ProjectId, SessionId, WorkspaceId};
use crate::messages::{self, Incoming, ServiceLine, ServiceWhat, Written, service_line};
use crate::sessions;
use crate::tx::Tx;

/// What came of applying an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is where it belongs.
    Done,
    /// A new session waits: the queue is to be drained.
    SessionStarted,
    /// It is kept raw.
    Unsupported,
}

/// Applies an update to a project of a workspace.
pub(super) fn apply(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    meaning: &Meaning,
) -> Result<Applied> {
    match meaning {
        Meaning::Wrote { profile, incoming } => {
            if messages::is_known(tx, project, incoming.chat, incoming.telegram_message)? {
                return Ok(Applied::Done);
            }
            let customer = customers::upsert(tx, workspace, project, profile)?;
            // Who writes has unblocked the bot, whether or not we were told.
            set_blocked(tx, workspace, &customer, false)?;
            wrote(tx, workspace, &customer, incoming)
        }
        Meaning::Edited(incoming) => {
            let known = messages::edit(tx, workspace, project, incoming)?;
            Ok(if known { Applied::Done } else { Applied::Unsupported })
        }
        Meaning::Block { profile, blocked } => {
            let customer = customers::upsert(tx, workspace, project, profile)?;
            set_blocked(tx, workspace, &customer, *blocked)?;
            Ok(Applied::Done)
        }
        Meaning::Unsupported => Ok(Applied::Unsupported),
    }
}

fn wrote(tx: &mut Tx, workspace: WorkspaceId, customer: &Customer, incoming: &Incoming) -> Result<Applied> {
    if let Some(session) = sessions::live_of(tx, customer.id)? {
        messages::receive(tx, workspace, customer, Some(&session), incoming)?;
        return Ok(Applied::Done);
    }
    if is_bare_start(incoming) {
        messages::receive(tx, workspace, customer, None, incoming)?;
        return Ok(Applied::Done);
    }
    let session = sessions::start(tx, workspace, customer.project_id, customer.id)?;
    line(tx, workspace, customer.project_id, customer.id, Some(session.id), ServiceWhat::SessionStarted)?;
    messages::receive(tx, workspace, customer, Some(&session), incoming)?;
    Ok(Applied::SessionStarted)
}

/// Telegram sends `/start` when somebody opens the bot: that is no question yet.
fn is_bare_start(incoming: &Incoming) -> bool {
    matches!(&incoming.content, Written::Text { text, .. } if text.trim() == "/start")
}

fn set_blocked(tx: &mut Tx, workspace: WorkspaceId, customer: &Customer, blocked: bool) -> Result<()> {
    if customer.blocked == blocked || !customers::set_blocked(tx, workspace, customer.id, blocked)? {
        return Ok(());
    }
    let session = sessions::live_of(tx, customer.id)?.map(|session| session.id);
    let what = if blocked { ServiceWhat::Blocked } else { ServiceWhat::Unblocked };
    line(tx, workspace, customer.project_id, customer.id, session, what)
}

fn line(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    customer: CustomerId,
    session: Option<SessionId>,
    what: ServiceWhat,
) -> Result<()> {
    service_line(tx, workspace, project, customer, session, &ServiceLine { what, member: None, reason: None })
}
