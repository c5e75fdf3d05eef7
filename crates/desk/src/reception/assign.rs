//! What supervisors and admins do with sessions of others: give them to somebody, take them over, put them back into the queue.

use super::acting::{locked, me};
use super::drain::drain;
use super::moving::{Move, Return, checked_note, give, put_back};
use super::receivers::To;
use super::verbs::take_waiting;
use crate::access::{Operation, Ownership, Permission, Viewer, permits};
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::sessions::{Session, State};
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// Gives a live session, waiting or somebody's, to a member, whatever their limit.
pub async fn assign(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
    to: MemberId,
    note: Option<String>,
) -> Result<()> {
    let note = checked(note.as_deref())?;
    store
        .write("assign session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            viewer.must_have(Permission::AssignSessions)?;
            let to = To::find(tx, workspace, to)?;
            assign_to(tx, &session, &viewer, &to, note.as_deref())?;
            drain(tx, workspace)
        })
        .await
}

/// Gives a live session to a member. Who has it already keeps it.
pub(super) fn assign_to(
    tx: &mut Tx,
    session: &Session,
    viewer: &Viewer,
    to: &To,
    note: Option<&str>,
) -> Result<()> {
    viewer.must_have(Permission::AssignSessions)?;
    match session.state {
        State::Ended { .. } => return Err(Error::refused(Code::SessionEnded)),
        State::Open { assignee, .. } if assignee == to.member.id => return Ok(()),
        State::Open { .. } | State::Waiting => {}
    }
    to.must_serve(tx, session)?;
    give(tx, session, viewer, &to.member, Move::Assigned, note)
}

/// Makes the one who acts the assignee of a live session, whoever has it, and whatever their limit.
pub async fn take_over(store: &Store, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<()> {
    store
        .write("take over session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            viewer.must_have(Permission::AssignSessions)?;
            match session.state {
                State::Ended { .. } => return Err(Error::refused(Code::SessionEnded)),
                State::Open { assignee, .. } if assignee == member => return Ok(()),
                State::Waiting => take_waiting(tx, &session, &viewer)?,
                State::Open { .. } => {
                    let to = To::find(tx, workspace, member)?;
                    give(tx, &session, &viewer, &to.member, Move::TakenOver, None)?;
                }
            }
            drain(tx, workspace)
        })
        .await
}

/// Puts an open session back into the queue, at the place it had.
pub async fn put_back_into_queue(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
    note: Option<String>,
) -> Result<()> {
    let note = checked(note.as_deref())?;
    store
        .write("return session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            return_to_queue(tx, &session, &viewer, note.as_deref())?;
            drain(tx, workspace)
        })
        .await
}

/// Puts an open session back into the queue: one's own if one may transfer, others' for who may assign.
pub(super) fn return_to_queue(
    tx: &mut Tx,
    session: &Session,
    viewer: &Viewer,
    note: Option<&str>,
) -> Result<()> {
    let is_own = session.assignee() == Some(viewer.member);
    if !permits(viewer.role, Permission::AssignSessions) {
        if !is_own {
            return viewer.must_have(Permission::AssignSessions);
        }
        viewer.may(tx, session.project, Operation::Transfer, Ownership::Own)?;
    }
    match session.state {
        State::Open { .. } => {}
        State::Waiting => return Err(Error::refused(Code::SessionNotOpen)),
        State::Ended { .. } => return Err(Error::refused(Code::SessionEnded)),
    }
    let reason = if is_own { "given_back" } else { "put_back" };
    put_back(tx, session, &Return { reason, member: me(viewer), by: Some(viewer.member), note })?;
    Ok(())
}

fn checked(note: Option<&str>) -> Result<Option<String>> {
    let mut fields = Fields::default();
    let note = checked_note(&mut fields, "note", note);
    fields.done()?;
    Ok(note)
}
