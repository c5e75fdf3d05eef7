//! Plans: what a workspace may use. A self-hosted installation runs unlimited unless its operator sets plans, and
//! `unlimited` is the only plan there is so far; verbs that a plan will bound ask here.

use crate::error::Result;
use crate::ids::WorkspaceId;
use crate::tx::Tx;

/// The plan of a new workspace.
pub(crate) const UNLIMITED: &str = "unlimited";

/// Something a plan can bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    /// One more member.
    Seat,
    /// One more project.
    Project,
}

/// Whether the workspace's plan has room for one more of `resource`.
#[expect(clippy::unnecessary_wraps, reason = "a plan that has bounds will refuse")]
pub(crate) fn check_room(_tx: &mut Tx, _workspace: WorkspaceId, resource: Resource) -> Result<()> {
    match resource {
        Resource::Seat | Resource::Project => Ok(()),
    }
}

/// Something that only some plans have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Deciding what members may do in a project.
    OperationPermissions,
}

/// Whether the workspace's plan has `feature`.
#[expect(clippy::unnecessary_wraps, reason = "a plan that lacks some will be read")]
pub(crate) fn has(_tx: &mut Tx, _workspace: WorkspaceId, feature: Feature) -> Result<bool> {
    match feature {
        Feature::OperationPermissions => Ok(true),
    }
}
