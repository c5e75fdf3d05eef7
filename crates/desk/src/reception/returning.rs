//! Sessions whose assignee may no longer serve them go back to the queue, at the place they had, in the same moment.

use crate::access;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::WorkspaceId;
use crate::members::{self, MemberRef, MemberState};
use crate::messages::{ServiceLine, ServiceWhat, service_line};
use crate::sessions;
use crate::tx::Tx;

/// Returns to the queue every open session whose assignee is gone, switched off, or does not see its project any more, and drains
/// the queue. The caller holds the workspace's lock and has just changed who may do what.
pub(crate) fn return_unserved(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    let rights = access::rights(tx, workspace)?;
    let staff = members::all(tx, workspace)?;
    let serves = |assignee, project| {
        let member = staff.iter().find(|member| member.id == assignee);
        member.is_some_and(|it| it.state == MemberState::Active && rights.sees(it, project))
    };
    for (session, assignee) in sessions::open_with_assignee(tx, workspace)? {
        if serves(assignee, session.project) {
            continue;
        }
        let session = sessions::reload_locked(tx, &session)?;
        if sessions::return_to_queue(tx, &session)? {
            let member = MemberRef { id: assignee, name: members::name_of(tx, assignee)? };
            let line = ServiceLine {
                what: ServiceWhat::Returned,
                member: Some(member),
                reason: Some("access_lost".to_owned()),
            };
            service_line(tx, &session, &line)?;
            tx.event(workspace, Change::Member(assignee), Audience::Workspace);
        }
    }
    super::drain(tx, workspace)
}
