//! What goes wrong with the connection to Telegram, told to those who can do something about it.

use super::model::{Notice, What};
use super::{in_charge, notify, store};
use crate::clock::{HOUR, Timestamp};
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::members::Role;
use crate::messages::{self, Outcome, ToSend};
use crate::projects::{self, HealthState};
use crate::tx::Tx;

/// A trouble that comes and goes is told again after this long, in milliseconds.
const AGAIN_AFTER: i64 = HOUR;

/// A worker reports how a project's connection is. A trouble that doesn't go away by itself is told to its managers when it begins.
pub(crate) fn report_health(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    state: HealthState,
    until: Option<Timestamp>,
    detail: Option<&str>,
) -> Result<()> {
    let is_news = projects::report_health(tx, workspace, project, state, until, detail)?;
    let word = match state {
        HealthState::TokenRejected => "token_rejected",
        HealthState::Conflict => "conflict",
        _ => return Ok(()),
    };
    let since = tx.now.plus(-AGAIN_AFTER);
    if !is_news || store::was_told(tx, project, What::ProjectInTrouble, Some(word), since)? {
        return Ok(());
    }
    let notice = Notice {
        what: What::ProjectInTrouble,
        project: Some(project),
        session: None,
        customer: None,
        by: None,
        detail: Some(word.to_owned()),
    };
    let managers = in_charge(tx, workspace, project, Role::Admin)?;
    notify(tx, workspace, &managers, &notice)
}

/// Tells the author of a reply that it was not sent, or may not have arrived, if that is what came of it.
pub(crate) fn sending_failed(tx: &mut Tx, message: &ToSend, outcome: &Outcome) -> Result<()> {
    let reason = match outcome {
        Outcome::Failed(reason) => *reason,
        Outcome::Unknown => "unknown",
        Outcome::Sent(_) | Outcome::Again(..) => return Ok(()),
    };
    let Some((author, session)) = messages::author_of(tx, message.id)? else { return Ok(()) };
    let notice = Notice {
        what: What::SendingFailed,
        project: Some(message.project),
        session,
        customer: Some(message.customer),
        by: None,
        detail: Some(reason.to_owned()),
    };
    notify(tx, message.workspace, &[author], &notice)
}
