//! Verbs of members that change capacity.

use serde_json::json;

use super::acting::{load_changed, locked, me, tell};
use super::drain::drain;
use crate::access::{Viewer, viewer};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members::{self, Status};
use crate::messages::{ServiceLine, ServiceWhat};
use crate::sessions::{self, Session, State};
use crate::tx::{Store, Tx};

/// Stores a member's status; online drains the queue.
pub async fn set_status(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    status: Status,
) -> Result<()> {
    store
        .write("set status", move |tx| {
            members::lock_workspace(tx, workspace)?;
            viewer(tx, workspace, member)?;
            if members::set_status(tx, member, status)? {
                tx.event(workspace, Change::Member(member), Audience::Workspace);
                drain(tx, workspace)?;
            }
            Ok(())
        })
        .await
}

/// Takes a waiting session from the queue by hand. Limits bind diversion only.
pub async fn take(store: &Store, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<()> {
    store
        .write("take session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            match session.state {
                State::Waiting => take_waiting(tx, &session, &viewer),
                // Taking twice what one has is no fault of anyone's.
                State::Open { assignee, .. } if assignee == member => Ok(()),
                State::Open { assignee, .. } => {
                    let name = members::name_of(tx, assignee)?;
                    Err(Error::refused_with(Code::AlreadyTaken, "name", name))
                }
                State::Ended { .. } => Err(Error::refused(Code::SessionEnded)),
            }
        })
        .await
}

/// Takes a session that waits.
pub(super) fn take_waiting(tx: &mut Tx, session: &Session, viewer: &Viewer) -> Result<()> {
    if !sessions::claim(tx, session, viewer.member, true)? {
        return Err(Error::refused(Code::AlreadyTaken));
    }
    let reason = Some("by_hand".to_owned());
    let line = ServiceLine { member: Some(me(viewer)), reason, ..ServiceLine::of(ServiceWhat::Taken) };
    tell(tx, session, Some(viewer.member), &line, "session.taken", &json!({}))?;
    load_changed(tx, session, viewer.member);
    Ok(())
}
