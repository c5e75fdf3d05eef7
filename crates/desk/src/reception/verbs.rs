//! Verbs of members that change capacity.

use serde_json::json;

use super::acting::{load_changed, locked, me, tell};
use crate::access::Viewer;
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members;
use crate::messages::{ServiceLine, ServiceWhat};
use crate::sessions::{self, Session, State};
use crate::tx::{Store, Tx};

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
    if !sessions::claim(tx, session, viewer.member)? {
        return Err(Error::refused(Code::AlreadyTaken));
    }
    let reason = Some("by_hand".to_owned());
    let line = ServiceLine { member: Some(me(viewer)), reason, ..ServiceLine::of(ServiceWhat::Taken) };
    tell(tx, session, Some(viewer.member), &line, "session.taken", &json!({}))?;
    load_changed(tx, session, viewer.member);
    Ok(())
}
