//! Avatars of members: uploaded by themselves, shown to their colleagues.

use super::portrait::portrait;
use super::shown::decoded;
use super::{Folder, Picture};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::members;
use crate::tx::Store;

/// Makes what a member uploaded their avatar.
pub async fn upload(
    store: &Store,
    folder: &Folder,
    workspace: WorkspaceId,
    member: MemberId,
    bytes: Vec<u8>,
) -> Result<()> {
    let picture = decoded(folder, move || portrait(&bytes)).await?;
    let name = folder.keep(member, picture).await?.ok_or_else(|| Error::refused(Code::NoPicture))?;
    replace(store, folder, workspace, member, Some(name)).await
}

/// Removes a member's avatar.
pub async fn remove(store: &Store, folder: &Folder, workspace: WorkspaceId, member: MemberId) -> Result<()> {
    replace(store, folder, workspace, member, None).await
}

async fn replace(
    store: &Store,
    folder: &Folder,
    workspace: WorkspaceId,
    member: MemberId,
    name: Option<String>,
) -> Result<()> {
    let new = name.clone();
    let old = store
        .write("set own avatar", move |tx| {
            members::lock(tx, member)?;
            members::get(tx, workspace, member)?;
            let old = members::set_avatar(tx, member, new.as_deref())?;
            if old != new {
                tx.event(workspace, Change::Member(member), Audience::Workspace);
            }
            Ok(old)
        })
        .await?;
    if let Some(old) = old.filter(|old| name.as_ref() != Some(old)) {
        folder.remove(member, &old).await;
    }
    Ok(())
}

/// A colleague's avatar.
pub async fn show_member(
    store: &Store,
    folder: &Folder,
    workspace: WorkspaceId,
    id: MemberId,
) -> Result<Picture> {
    let row = store.read("show member's avatar", move |tx| members::get(tx, workspace, id)).await?;
    let name = row.avatar.ok_or_else(|| Error::refused(Code::NotFound))?;
    folder.open(id, &name).await?.ok_or_else(|| Error::refused(Code::NotFound))
}
