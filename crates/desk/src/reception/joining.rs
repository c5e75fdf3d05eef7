//! Whoever joins may be the one for whom somebody waits.

use secrecy::SecretString;

use super::drain;
use crate::access::give;
use crate::error::Result;
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::invitations::{self, Accepted};
use crate::members::{self, NewAccount, Passwords};
use crate::tx::Store;

/// Adds a member together with their projects (unless theirs are all).
pub async fn add_member(
    store: &Store,
    passwords: &Passwords,
    workspace: WorkspaceId,
    by: Option<MemberId>,
    new: impl Into<NewAccount>,
    projects: Vec<ProjectId>,
) -> Result<MemberId> {
    let and_then = move |tx: &mut crate::Tx, id| {
        give(tx, workspace, id, &projects)?;
        members::lock_workspace(tx, workspace)?;
        drain(tx, workspace)
    };
    members::add(store, passwords, workspace, by, new.into(), and_then).await
}

/// Sets the password of a link's member and uses the link up: from then on their account is active.
pub async fn accept_invitation(
    store: &Store,
    passwords: &Passwords,
    token: &SecretString,
    password: SecretString,
) -> Result<Accepted> {
    invitations::accept(store, passwords, token, password, drain).await
}
