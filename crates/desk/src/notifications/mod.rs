//! Notifications: what members are told of besides what they look at. Each is one member's alone; whether it sounds or shows outside
//! the portal is decided there, by what they set.

mod model;
mod store;

pub(crate) use model::Notice;
pub use model::{Notification, What};
pub(crate) use store::many;

use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
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
