//! Applying one update, inside the savepoint that its caller opened.

use super::decode::Meaning;
use crate::avatars;
use crate::customers::{self, Customer, Profile};
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::messages::{self, Incoming, ServiceLine, ServiceWhat, Written, note_blocked, service_line};
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
            let Some(incoming) = messages::unless_known(tx, project, incoming)? else {
                return Ok(Applied::Done);
            };
            let customer = seen(tx, workspace, project, profile)?;
            if customer.blocked {
                // Who writes has unblocked the bot, whether or not we were told.
                note_blocked(tx, workspace, customer.id, false)?;
            }
            wrote(tx, workspace, &customer, &incoming)
        }
        Meaning::Edited(incoming) => {
            let known = messages::edit(tx, workspace, project, incoming)?;
            Ok(if known { Applied::Done } else { Applied::Unsupported })
        }
        Meaning::Block { profile, blocked } => {
            let customer = seen(tx, workspace, project, profile)?;
            note_blocked(tx, workspace, customer.id, *blocked)?;
            Ok(Applied::Done)
        }
        Meaning::Unsupported => Ok(Applied::Unsupported),
    }
}

fn seen(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, profile: &Profile) -> Result<Customer> {
    let (customer, look) = customers::upsert(tx, workspace, project, profile)?;
    if look {
        avatars::ask(tx, workspace, &customer)?;
    }
    Ok(customer)
}

fn wrote(tx: &mut Tx, workspace: WorkspaceId, customer: &Customer, incoming: &Incoming) -> Result<Applied> {
    let (session, applied) = match sessions::live_of(tx, customer.id)? {
        Some(session) => (Some(session), Applied::Done),
        None if is_bare_start(incoming) => (None, Applied::Done),
        None => {
            let session = sessions::start(tx, workspace, customer.project_id, customer.id)?;
            let started = ServiceLine { what: ServiceWhat::SessionStarted, member: None, reason: None };
            service_line(tx, &session, &started)?;
            (Some(session), Applied::SessionStarted)
        }
    };
    messages::receive(tx, workspace, customer, session.as_ref(), incoming)?;
    Ok(applied)
}

/// Telegram sends `/start` when somebody opens the bot: that is no question yet.
fn is_bare_start(incoming: &Incoming) -> bool {
    matches!(&incoming.content, Written::Text { text, .. } if text.trim() == "/start")
}
