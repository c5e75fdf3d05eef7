//! What a member does with one session that changes nobody's capacity; what does is in `reception`.

use super::model::{Session, SessionView};
use super::store;
use crate::access::viewer;
use crate::error::Result;
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::tx::{Store, Tx};

/// One session, if the member may see it.
pub async fn show(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
) -> Result<SessionView> {
    store
        .read("show session", move |tx| {
            seen(tx, workspace, member, id)?;
            store::view(tx, workspace, id)
        })
        .await
}

/// The assignee opened the prompt.
pub async fn mark_taken_up(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
) -> Result<SessionView> {
    as_assignee(store, "take up", workspace, member, id, store::take_up).await
}

/// The assignee has read what the customer wrote.
pub async fn mark_read(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
) -> Result<SessionView> {
    as_assignee(store, "mark read", workspace, member, id, store::read_all).await
}

async fn as_assignee(
    store: &Store,
    name: &'static str,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
    act: fn(&mut Tx, &Session) -> Result<bool>,
) -> Result<SessionView> {
    store
        .write(name, move |tx| {
            let session = seen(tx, workspace, member, id)?;
            let session = store::reload_locked(tx, &session)?;
            session.must_be_served_by(member)?;
            act(tx, &session)?;
            store::view(tx, workspace, id)
        })
        .await
}

fn seen(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, id: SessionId) -> Result<Session> {
    let viewer = viewer(tx, workspace, member)?;
    let session = store::get(tx, workspace, id)?;
    viewer.must_see(session.project)?;
    Ok(session)
}
