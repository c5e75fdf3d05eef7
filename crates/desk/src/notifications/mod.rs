//! Notifications: what members are told of besides what they look at. Each is one member's alone; whether it sounds or shows outside
//! the portal is decided there, by what they set.

mod list;
mod model;
mod store;
mod trouble;
mod waits;

pub(crate) use list::many;
pub use list::{NotificationPage, Read, list, mark_read};
pub(crate) use model::Notice;
pub use model::{Notification, What};
pub(crate) use store::forget_old;
pub(crate) use trouble::{report_health, sending_failed};
pub use waits::tell_of_long_waits;

use crate::access;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{self, Role};
use crate::tx::Tx;

/// Tells each of `members` of it, except who did it themselves.
pub(crate) fn notify(
    tx: &mut Tx,
    workspace: WorkspaceId,
    members: &[MemberId],
    notice: &Notice,
) -> Result<()> {
    for &member in members {
        if notice.by == Some(member) {
            continue;
        }
        let id = store::insert(tx, workspace, member, notice)?;
        tx.event(workspace, Change::Notification(id), Audience::Member(member));
    }
    Ok(())
}

/// Those of `least` power or more who see the project, and whose accounts may be used.
fn in_charge(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, least: Role) -> Result<Vec<MemberId>> {
    let (rights, now) = (access::rights(tx, workspace)?, tx.now);
    let members = members::all(tx, workspace)?.into_iter();
    let told = members.filter(|it| it.role >= least && it.is_usable(now) && rights.sees(it, project));
    Ok(told.map(|member| member.id).collect())
}
