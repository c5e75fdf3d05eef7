//! Sessions whose assignee may no longer serve them go back to the queue, at the place they had, in the same moment. What the assignee
//! wrote and nobody has begun to send is not sent any more.

use super::acting::named;
use super::moving::{Return, put_back};
use crate::access;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::WorkspaceId;
use crate::members::{self, MemberRow};
use crate::sessions::{self, Session};
use crate::tx::Tx;

/// Returns to the queue every open session whose assignee does not see its project any more, and drains the queue. The caller
/// holds the workspace's lock and has just changed who sees what.
pub(super) fn return_unserved(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    let rights = access::rights(tx, workspace)?;
    for member in members::all(tx, workspace)? {
        let sees = |session: &Session| rights.sees(&member, session.project);
        if return_sessions(tx, &member, "access_lost", sees)? > 0 {
            tx.event(workspace, Change::Member(member.id), Audience::Workspace);
        }
    }
    super::drain(tx, workspace)
}

/// Returns a member's open sessions to the queue, at the places they had, but for those to be kept; says how many.
pub(super) fn return_sessions(
    tx: &mut Tx,
    member: &MemberRow,
    reason: &str,
    keep: impl Fn(&Session) -> bool,
) -> Result<usize> {
    let mut returned = 0;
    for session in sessions::open_of(tx, member.workspace, member.id)? {
        if keep(&session) {
            continue;
        }
        let session = sessions::reload_locked(tx, &session)?;
        let why = Return { reason, member: named(member), by: None, note: None };
        returned += usize::from(put_back(tx, &session, &why)?);
    }
    Ok(returned)
}
