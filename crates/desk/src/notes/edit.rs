//! Changing a note, pinning it, and deleting it.

use super::model::{Note, cleaned, may_change};
use super::post::{checked_mentions, seen, tell_named};
use super::store::{self, Stored};
use crate::access::Viewer;
use crate::audit;
use crate::avatars::{self, Folder};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, NoteId, WorkspaceId};
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// What to change of a note; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct NoteChange {
    /// As when it was written. By its author, owners and admins.
    pub text: Option<String>,
    /// Whom it names, all of them. By its author, owners and admins.
    pub mentions: Option<Vec<MemberId>>,
    /// Whether it stands on top. By everybody who sees it.
    pub pinned: Option<bool>,
}

/// Changes a note if it still has `version`. What it said before stays in its history.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: NoteId,
    version: i64,
    change: NoteChange,
) -> Result<Note> {
    store
        .write("change note", move |tx| {
            let (viewer, note) = locked(tx, workspace, member, id)?;
            let (mut fields, has_pictures) = (Fields::default(), store::has_pictures(tx, id)?);
            let text = change.text.as_deref().map(|text| cleaned(&mut fields, text, has_pictures));
            fields.done()?;
            let writes = text.is_some() || change.mentions.is_some();
            if writes && !may_change(member, viewer.role, note.author) {
                return Err(Error::refused(Code::NotAuthor));
            }
            if note.version != version {
                return Err(Error::refused(Code::StaleVersion));
            }
            if let Some(text) = text.as_deref().filter(|text| *text != note.text) {
                store::keep_version(tx, workspace, &note)?;
                store::rewrite(tx, id, text, member)?;
            }
            if let Some(mentions) = &change.mentions {
                let named = checked_mentions(tx, workspace, note.project, mentions)?;
                let before = store::mentioned(tx, id)?;
                store::set_mentions(tx, workspace, id, &named)?;
                let new: Vec<_> = named.into_iter().filter(|member| !before.contains(member)).collect();
                let place = (note.project, note.customer);
                tell_named(tx, &viewer, place, &new, text.as_deref().unwrap_or(&note.text))?;
            }
            store::touch(tx, id, change.pinned.unwrap_or(note.pinned))?;
            tx.event(workspace, Change::Note(id), Audience::Project(note.project));
            store::one(tx, workspace, id)
        })
        .await
}

/// Deletes a note: its place stays, what it said and showed is gone. By its author, owners and admins.
pub async fn delete(
    store: &Store,
    folder: Option<&Folder>,
    workspace: WorkspaceId,
    member: MemberId,
    id: NoteId,
) -> Result<()> {
    let files = store
        .write("delete note", move |tx| {
            let (viewer, note) = locked(tx, workspace, member, id)?;
            if !may_change(member, viewer.role, note.author) {
                return Err(Error::refused(Code::NotAuthor));
            }
            let files = store::erase(tx, id)?;
            let subject = ("note", id.to_string());
            let detail = serde_json::json!({ "customer": note.customer, "author": note.author });
            audit::record(tx, workspace, Some(member), "note.deleted", subject, &detail)?;
            tx.event(workspace, Change::Note(id), Audience::Project(note.project));
            Ok(files)
        })
        .await?;
    if let Some(folder) = folder {
        for (picture, name) in files {
            avatars::remove_shown(folder, picture, &name).await;
        }
    }
    Ok(())
}

/// A note that is there, under its customer's lock, and who asks.
fn locked(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, id: NoteId) -> Result<(Viewer, Stored)> {
    let note = store::get(tx, workspace, id)?;
    let (viewer, _) = seen(tx, workspace, member, note.customer)?;
    crate::customers::lock(tx, note.customer)?;
    Ok((viewer, store::get(tx, workspace, id)?))
}
