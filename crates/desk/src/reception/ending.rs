//! Ending sessions: by their assignee, and by themselves when the customer has said nothing for the project's quiet time.

use serde_json::json;

use super::acting::{load_changed, locked, me, notice, tell};
use super::drain::drain;
use crate::access::{Operation, Ownership, Permit, Viewer};
use crate::clock::{MINUTE, Timestamp};
use crate::error::Result;
use crate::ids::{MemberId, ProjectId, SessionId, WorkspaceId};
use crate::members;
use crate::messages::{self, ServiceLine, ServiceWhat};
use crate::notifications::What;
use crate::projects;
use crate::sessions::{self, EndedBecause, Session};
use crate::tx::{Store, Tx};

/// Ends one's session, which frees its place for the next in the queue.
pub async fn end(store: &Store, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<()> {
    store
        .write("end session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            end_own(tx, &session, &viewer)?;
            drain(tx, workspace)
        })
        .await
}

/// Ends a session of the one who acts.
pub(super) fn end_own(tx: &mut Tx, session: &Session, viewer: &Viewer) -> Result<()> {
    session.must_be_served_by(viewer.member)?;
    let permit = viewer.may(tx, session.project, Operation::End, Ownership::Own)?;
    sessions::end(tx, session, EndedBecause::ByMember, &permit)?;
    let line = ServiceLine { member: Some(me(viewer)), ..ServiceLine::of(ServiceWhat::Ended) };
    tell(tx, session, Some(viewer.member), &line, "session.ended", &json!({}))?;
    load_changed(tx, session, viewer.member);
    Ok(())
}

/// How many sessions end in one transaction at most.
const AT_ONCE: usize = 100;
/// An assignee is warned so long before, in milliseconds; or by a quarter of the quiet time, where that is less.
const WARN_BEFORE: i64 = 15 * MINUTE;

/// The quiet time of a project.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    workspace: WorkspaceId,
    project: ProjectId,
    /// In milliseconds.
    time: i64,
}

impl Quiet {
    /// Sessions in which nothing was said since then end now.
    fn end_before(self, now: Timestamp) -> Timestamp {
        now.plus(-self.time)
    }

    /// The assignees of sessions in which nothing was said since then are warned now.
    fn warn_before(self, now: Timestamp) -> Timestamp {
        now.plus(WARN_BEFORE.min(self.time / 4) - self.time)
    }
}

/// Ends the sessions in which the customer has said nothing for the project's quiet time, and warns the assignees of those that will
/// soon. Says how many ended.
pub async fn end_quiet(store: &Store) -> Result<usize> {
    let times = store.read("quiet times", projects::quiet_times).await?;
    let mut ended = 0;
    for (workspace, project, minutes) in times {
        let quiet = Quiet { workspace, project, time: minutes.saturating_mul(MINUTE) };
        let due = store.read("quiet sessions", move |tx| due(tx, quiet)).await?;
        for due in due.chunks(AT_ONCE) {
            let due = due.to_vec();
            ended += store.write("end quiet sessions", move |tx| end_those(tx, quiet, &due)).await?;
        }
        let soon = store.read("sessions that end soon", move |tx| soon(tx, quiet)).await?;
        for soon in soon.chunks(AT_ONCE) {
            let soon = soon.to_vec();
            store.write("warn of the end", move |tx| warn_of_those(tx, quiet, &soon)).await?;
        }
    }
    Ok(ended)
}

fn due(tx: &mut Tx, quiet: Quiet) -> Result<Vec<SessionId>> {
    let before = quiet.end_before(tx.now);
    let mut due = Vec::new();
    for session in sessions::quiet(tx, quiet.project, before)? {
        if messages::last_reply_arrived(tx, &session)? {
            due.push(session.id);
        }
    }
    Ok(due)
}

fn end_those(tx: &mut Tx, quiet: Quiet, due: &[SessionId]) -> Result<usize> {
    members::lock_workspace(tx, quiet.workspace)?;
    let before = quiet.end_before(tx.now);
    let mut ended = 0;
    for &id in due {
        let session = sessions::get(tx, quiet.workspace, id)?;
        let session = sessions::reload_locked(tx, &session)?;
        // Somebody may have said something, or another node have been first.
        let is_due = sessions::is_quiet(tx, &session, before)? && messages::last_reply_arrived(tx, &session)?;
        if is_due && sessions::end(tx, &session, EndedBecause::Quiet, &Permit::of_the_system())? {
            let reason = Some(EndedBecause::Quiet.as_ref().to_owned());
            let line = ServiceLine { reason, ..ServiceLine::of(ServiceWhat::Ended) };
            tell(tx, &session, None, &line, "session.ended", &json!({ "reason": "quiet" }))?;
            session.assignee().into_iter().for_each(|assignee| load_changed(tx, &session, assignee));
            ended += 1;
        }
    }
    if ended > 0 {
        drain(tx, quiet.workspace)?;
    }
    Ok(ended)
}

fn soon(tx: &mut Tx, quiet: Quiet) -> Result<Vec<SessionId>> {
    let (after, before) = (quiet.end_before(tx.now), quiet.warn_before(tx.now));
    let mut soon = Vec::new();
    for session in sessions::unwarned(tx, quiet.project, after, before)? {
        if messages::last_reply_arrived(tx, &session)? {
            soon.push(session.id);
        }
    }
    Ok(soon)
}

fn warn_of_those(tx: &mut Tx, quiet: Quiet, soon: &[SessionId]) -> Result<()> {
    members::lock_workspace(tx, quiet.workspace)?;
    let before = quiet.warn_before(tx.now);
    for &id in soon {
        let session = sessions::get(tx, quiet.workspace, id)?;
        let session = sessions::reload_locked(tx, &session)?;
        if let (Some(assignee), true) = (session.assignee(), sessions::warn(tx, &session, before)?) {
            notice(tx, &session, assignee, What::EndingSoon, None, None)?;
        }
    }
    Ok(())
}
