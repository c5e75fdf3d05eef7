//! What the verbs of members share: the session under its locks, who acts, and telling of it.

use serde_json::Value;

use crate::access::{Viewer, viewer};
use crate::audit;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members::{self, MemberRef, MemberRow};
use crate::messages::{ServiceLine, service_line};
use crate::notifications::{Notice, What, notify};
use crate::sessions::{self, Session};
use crate::tx::Tx;

/// The session under the workspace's, its customer's and its own lock, and who acts.
pub(super) fn locked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
) -> Result<(Session, Viewer)> {
    members::lock_workspace(tx, workspace)?;
    let viewer = viewer(tx, workspace, member)?;
    let session = seen(tx, &viewer, id)?;
    Ok((session, viewer))
}

/// As `locked`, for who acts on several under the workspace's lock.
pub(super) fn seen(tx: &mut Tx, viewer: &Viewer, id: SessionId) -> Result<Session> {
    let session = sessions::get(tx, viewer.workspace, id)?;
    viewer.must_see(session.project)?;
    sessions::reload_locked(tx, &session)
}

/// Whoever acts, as a line of the timeline names them.
pub(super) fn me(viewer: &Viewer) -> MemberRef {
    MemberRef { id: viewer.member, name: viewer.name.clone() }
}

/// A member, as a line of the timeline names them.
pub(super) fn named(member: &MemberRow) -> MemberRef {
    MemberRef { id: member.id, name: member.name.clone() }
}

/// Writes what happened to a session into its timeline and the audit log.
pub(super) fn tell(
    tx: &mut Tx,
    session: &Session,
    by: Option<MemberId>,
    line: &ServiceLine,
    verb: &'static str,
    detail: &Value,
) -> Result<()> {
    service_line(tx, session, line)?;
    audit::record(tx, session.workspace, by, verb, ("session", session.id.to_string()), detail)
}

/// Tells colleagues that a member has one session more, or one less.
pub(super) fn load_changed(tx: &mut Tx, session: &Session, member: MemberId) {
    tx.event(session.workspace, Change::Member(member), Audience::Workspace);
}

/// Tells a member of what somebody did with a session of theirs.
pub(super) fn notice(
    tx: &mut Tx,
    session: &Session,
    to: MemberId,
    what: What,
    by: Option<MemberId>,
    detail: Option<String>,
) -> Result<()> {
    let notice = Notice {
        what,
        project: Some(session.project),
        session: Some(session.id),
        customer: Some(session.customer),
        by,
        detail,
    };
    notify(tx, session.workspace, &[to], &notice)
}
