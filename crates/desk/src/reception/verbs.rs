//! Verbs of members that change capacity.

use serde_json::json;

use super::drain::drain;
use crate::access::{Operation, Ownership, Viewer, viewer};
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members::{self, MemberRef};
use crate::messages::{ServiceLine, ServiceWhat, service_line};
use crate::sessions::{self, EndedBecause, Session, State};
use crate::tx::{Store, Tx};

/// Takes a waiting session from the queue by hand. Limits bind diversion only.
pub async fn take(store: &Store, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<()> {
    store
        .write("take session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            match session.state {
                State::Waiting => {}
                // Taking twice what one has is no fault of anyone's.
                State::Open { assignee, .. } if assignee == member => return Ok(()),
                State::Open { assignee, .. } => {
                    let name = members::name_of(tx, assignee)?;
                    return Err(Error::refused_with(Code::AlreadyTaken, "name", name));
                }
                State::Ended { .. } => return Err(Error::refused(Code::SessionEnded)),
            }
            if !sessions::claim(tx, &session, member, true)? {
                return Err(Error::refused(Code::AlreadyTaken));
            }
            tell(tx, &session, &viewer, ServiceWhat::Taken, "session.taken")
        })
        .await
}

/// Ends one's session, which frees its place for the next in the queue.
pub async fn end(store: &Store, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<()> {
    store
        .write("end session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            session.must_be_served_by(member)?;
            let permit = viewer.may(tx, session.project, Operation::End, Ownership::Own)?;
            sessions::end(tx, &session, EndedBecause::ByMember, &permit)?;
            tell(tx, &session, &viewer, ServiceWhat::Ended, "session.ended")?;
            drain(tx, workspace)
        })
        .await
}

/// The session under the workspace's, its customer's and its own lock, and who acts.
fn locked(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<(Session, Viewer)> {
    members::lock_workspace(tx, workspace)?;
    let viewer = viewer(tx, workspace, member)?;
    let session = sessions::get(tx, workspace, id)?;
    viewer.must_see(session.project)?;
    let session = sessions::reload_locked(tx, &session)?;
    Ok((session, viewer))
}

fn tell(
    tx: &mut Tx,
    session: &Session,
    viewer: &Viewer,
    what: ServiceWhat,
    verb: &'static str,
) -> Result<()> {
    let member = viewer.member;
    let who = MemberRef { id: member, name: viewer.name.clone() };
    let reason = (what == ServiceWhat::Taken).then(|| "by_hand".to_owned());
    let line = ServiceLine { member: Some(who), reason, ..ServiceLine::of(what) };
    service_line(tx, session, &line)?;
    audit::record(
        tx,
        session.workspace,
        Some(member),
        verb,
        ("session", session.id.to_string()),
        &json!({}),
    )?;
    tx.event(session.workspace, Change::Member(member), Audience::Workspace);
    Ok(())
}
