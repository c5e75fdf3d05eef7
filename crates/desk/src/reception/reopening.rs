//! Opening ended sessions again: the customer comes back soon, or a member wants to go on.

use serde_json::json;

use super::acting::{load_changed, locked, me, named, notice, tell};
use crate::access::{Operation, Ownership, viewer};
use crate::clock::MINUTE;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, SessionId, WorkspaceId};
use crate::members::{self, MemberRow, Status};
use crate::messages::{self, ServiceLine, ServiceWhat};
use crate::notifications::What;
use crate::sessions::{self, Session, State};
use crate::tx::{Store, Tx};

/// Opens an ended session again, for the one who acts, whatever their limit.
pub async fn reopen(store: &Store, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<()> {
    store
        .write("reopen session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            viewer.may(tx, session.project, Operation::Reopen, Ownership::Other)?;
            if !matches!(session.state, State::Ended { .. }) {
                return Err(Error::refused(Code::SessionNotEnded));
            }
            if let Some(live) = sessions::live_of(tx, session.customer)? {
                return Err(Error::refused_with(Code::SessionLive, "session_id", live.id.to_string()));
            }
            sessions::reopen(tx, &session, Some(member), true)?;
            let standing = messages::standing(tx, &session)?;
            sessions::note_standing(tx, &session, standing)?;
            let reason = Some("by_member".to_owned());
            let line =
                ServiceLine { member: Some(me(&viewer)), reason, ..ServiceLine::of(ServiceWhat::Reopened) };
            tell(tx, &session, Some(member), &line, "session.reopened", &json!({}))?;
            load_changed(tx, &session, member);
            Ok(())
        })
        .await
}

/// Opens the session that a customer, who has no live one, comes back to: if it ended so short a time ago as the project says. It is
/// its assignee's again if they still serve it, whatever their limit; else it waits. The caller holds the workspace's lock.
pub(crate) fn come_back(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: CustomerId,
) -> Result<Option<Session>> {
    let Some((session, minutes)) = sessions::last_of(tx, customer)? else { return Ok(None) };
    let State::Ended { assignee, at, .. } = session.state else { return Ok(None) };
    if minutes == 0 || at.plus(minutes.saturating_mul(MINUTE)) < tx.now {
        return Ok(None);
    }
    let session = sessions::reload_locked(tx, &session)?;
    let assignee = assignee.map(|id| still_serving(tx, workspace, &session, id)).transpose()?.flatten();
    sessions::reopen(tx, &session, assignee.as_ref().map(|it| it.id), false)?;
    let (reason, to) = (Some("customer_wrote".to_owned()), assignee.as_ref().map(named));
    let line = ServiceLine { reason, to, ..ServiceLine::of(ServiceWhat::Reopened) };
    tell(tx, &session, None, &line, "session.reopened", &json!({ "to": assignee.as_ref().map(|it| it.id) }))?;
    if let Some(assignee) = assignee {
        load_changed(tx, &session, assignee.id);
        notice(tx, &session, assignee.id, What::Assigned, None, Some("reopened".to_owned()))?;
    }
    sessions::get(tx, workspace, session.id).map(Some)
}

/// The member, if they still see the session's project, and are not gone: who is offline has gone home, and would leave the customer
/// without anybody.
fn still_serving(
    tx: &mut Tx,
    workspace: WorkspaceId,
    session: &Session,
    id: MemberId,
) -> Result<Option<MemberRow>> {
    match viewer(tx, workspace, id) {
        Ok(viewer) if viewer.sees(session.project) => {
            let row = members::get(tx, workspace, id)?;
            Ok(Some(row).filter(|row| row.status != Status::Offline))
        }
        Ok(_) => Ok(None),
        Err(error) if error.code() == Some(Code::SignedOut) => Ok(None),
        Err(error) => Err(error),
    }
}
