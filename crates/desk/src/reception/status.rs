//! The status that members choose, and what becomes of their sessions when they go.

use super::drain::drain;
use super::handing_over::{HandOver, hand_over_all};
use super::moving::checked_note;
use super::returning::return_sessions;
use super::transfer::Transfer;
use crate::access::viewer;
use crate::error::{Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::members::{self, SignedIn, Status};
use crate::text::Fields;
use crate::tx::{Store, Tx};

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
        Leaving::HandOver { to, note } => Leaving::HandOver { to, note: cleaned(note.as_deref())? },
        leaving => leaving,
    };
    change(store, workspace, member, Status::Offline, leaving).await
}

fn cleaned(note: Option<&str>) -> Result<Option<String>> {
    let mut fields = Fields::default();
    let note = checked_note(&mut fields, "sessions.note", note);
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
                    hand_over(tx, workspace, member, *to, note.clone())?;
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

/// Hands a member's sessions to a colleague, the longest waiting first, as far as they may have them and have room. What may not be
/// handed on is no fault of theirs: it stays for the queue.
fn hand_over(
    tx: &mut Tx,
    workspace: WorkspaceId,
    from: MemberId,
    to: MemberId,
    note: Option<String>,
) -> Result<()> {
    let unknown = || Error::field("sessions.to", "unknown");
    if to == from {
        return Err(unknown());
    }
    let giver = viewer(tx, workspace, from)?;
    let all = Transfer { to: Some(to), note, ..Transfer::default() };
    let outcome = hand_over_all(tx, &giver, &HandOver { all, ..HandOver::default() });
    outcome.map(|_| ()).map_err(|error| match error {
        Error::Invalid(_) => unknown(),
        error => error,
    })
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
