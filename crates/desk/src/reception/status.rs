//! The status that members choose, and what becomes of their sessions when they go.

use serde_json::json;

use super::drain::{drain, notice};
use super::returning::return_sessions;
use super::staff::Staff;
use crate::access::{Operation, Ownership, viewer};
use crate::audit;
use crate::error::{Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::members::{self, MemberRef, MemberRow, SignedIn, Status};
use crate::messages::{ServiceLine, ServiceWhat, service_line};
use crate::notifications::{What, notify};
use crate::sessions::{self, Session};
use crate::text::{Fields, without_nul};
use crate::tx::{Store, Tx};

/// The most characters of a handover note.
const NOTE_MAX: usize = 2_000;
/// Why sessions leave somebody who goes offline.
const WENT_OFFLINE: &str = "went_offline";

/// What becomes of the open sessions of who goes offline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaving {
    /// They stay theirs.
    Keep,
    /// They go back to the queue.
    Queue,
    /// They go to a colleague: those of projects that they see, that may be handed on and for which they have room. The others go
    /// back to the queue.
    HandOver {
        /// Who gets them.
        to: MemberId,
        /// What they ought to know.
        note: Option<String>,
    },
}

/// Stores a member's status. Whom it makes available gets what waits.
pub async fn set_status(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    status: Status,
) -> Result<()> {
    change(store, workspace, member, status, Leaving::Keep).await
}

/// Sets a member offline, and says what becomes of their open sessions.
pub async fn go_offline(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    leaving: Leaving,
) -> Result<()> {
    let leaving = match leaving {
        Leaving::HandOver { to, note } => Leaving::HandOver { to, note: cleaned(note)? },
        leaving => leaving,
    };
    change(store, workspace, member, Status::Offline, leaving).await
}

fn cleaned(note: Option<String>) -> Result<Option<String>> {
    let note = note.map(|text| without_nul(&text).trim().to_owned()).filter(|text| !text.is_empty());
    let mut fields = Fields::default();
    if note.as_ref().is_some_and(|text| text.chars().count() > NOTE_MAX) {
        fields.fault("sessions.note", "too_long", Some(("max", NOTE_MAX)));
    }
    fields.done()?;
    Ok(note)
}

async fn change(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    status: Status,
    leaving: Leaving,
) -> Result<()> {
    store
        .write("set status", move |tx| {
            members::lock_workspace(tx, workspace)?;
            viewer(tx, workspace, member)?;
            // Before anything is returned, or it would come back to them.
            let mut changed = members::set_status(tx, member, status)?;
            if leaving != Leaving::Keep {
                let row = members::get(tx, workspace, member)?;
                if let Leaving::HandOver { to, note } = &leaving {
                    hand_over(tx, &row, *to, note.as_deref())?;
                }
                return_sessions(tx, &row, WENT_OFFLINE, |_| false)?;
                changed = true;
            }
            if changed {
                tx.event(workspace, Change::Member(member), Audience::Workspace);
                drain(tx, workspace)?;
            }
            Ok(())
        })
        .await
}

/// Hands a member's sessions to a colleague, the longest waiting first, as far as they may have them and have room.
fn hand_over(tx: &mut Tx, from: &MemberRow, to: MemberId, note: Option<&str>) -> Result<()> {
    let mut staff = Staff::load(tx, from.workspace)?;
    if to == from.id || staff.member(to).is_none() {
        return Err(Error::field("sessions.to", "unknown"));
    }
    let giver = viewer(tx, from.workspace, from.id)?;
    let mut theirs = sessions::open_of(tx, from.workspace, from.id)?;
    theirs.sort_by_key(|session| (session.waiting_since, session.id));
    for session in theirs {
        let may = giver.may(tx, session.project, Operation::Transfer, Ownership::Own);
        // What may not be handed on is no fault of theirs: it goes back to the queue.
        let may = match may {
            Ok(_) => true,
            Err(error) if error.code().is_some() => false,
            Err(error) => return Err(error),
        };
        if may && staff.has_room(to, session.project) {
            hand_one(tx, from, &staff, to, &session, note)?;
            staff.got_one(to);
        }
    }
    Ok(())
}

fn hand_one(
    tx: &mut Tx,
    from: &MemberRow,
    staff: &Staff,
    to: MemberId,
    session: &Session,
    note: Option<&str>,
) -> Result<()> {
    let session = sessions::reload_locked(tx, session)?;
    let Some(receiver) = staff.member(to).map(|it| MemberRef { id: it.id, name: it.name.clone() }) else {
        return Ok(());
    };
    let giver = MemberRef { id: from.id, name: from.name.clone() };
    if !sessions::hand_on(tx, &session, &giver, to, note)? {
        return Ok(());
    }
    let line = ServiceLine {
        member: Some(giver),
        to: Some(receiver),
        note: note.map(str::to_owned),
        reason: Some(WENT_OFFLINE.to_owned()),
        ..ServiceLine::of(ServiceWhat::Transferred)
    };
    service_line(tx, &session, &line)?;
    let mut notice = notice(&session, What::Transferred, note.map(str::to_owned));
    notice.by = Some(from.id);
    notify(tx, session.workspace, &[to], &notice)?;
    let detail = json!({ "to": to, "because": WENT_OFFLINE });
    let subject = ("session", session.id.to_string());
    audit::record(tx, session.workspace, Some(from.id), "session.transferred", subject, &detail)?;
    tx.event(session.workspace, Change::Member(to), Audience::Workspace);
    Ok(())
}

/// Signs out: the login ends, the status becomes offline, sessions are kept. Others may be asked now.
pub async fn log_out(store: &Store, who: &SignedIn) -> Result<()> {
    let (login, member) = (who.login, who.member.clone());
    store
        .write("log out", move |tx| {
            members::lock_workspace(tx, member.workspace)?;
            members::log_out(tx, login, &member)?;
            drain(tx, member.workspace)
        })
        .await
}
