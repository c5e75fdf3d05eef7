//! Pictures in notes: uploaded before the note is written, shown to who sees the customer.

use super::model::NotePicture;
use super::post::seen;
use super::store;
use crate::avatars::{self, Folder, Picture};
use crate::clock::DAY;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, PictureId, WorkspaceId};
use crate::text::Fields;
use crate::tx::Store;

/// The most pictures of one member that are in no note yet.
const WAITING_MAX: usize = 20;
/// How long one waits for its note, in milliseconds.
const WAITS: i64 = DAY;

/// Keeps what a member uploaded for a note on a customer whom they see. What they uploaded a day ago and never used is gone then.
pub async fn upload_picture(
    store: &Store,
    folder: &Folder,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    bytes: Vec<u8>,
) -> Result<NotePicture> {
    let waiting = store
        .read("see customer", move |tx| {
            seen(tx, workspace, member, customer)?;
            let since = tx.now.plus(-WAITS);
            store::waiting(tx, member, since)
        })
        .await?;
    let mut fields = Fields::default();
    if waiting >= WAITING_MAX {
        fields.fault("pictures", "too_many", Some(("max", WAITING_MAX)));
    }
    fields.done()?;
    let id = PictureId::new(store.now());
    let kept = avatars::keep_shown(folder, id, bytes).await?;
    let (picture, forgotten) = store
        .write("keep picture of note", move |tx| {
            let (_, project) = seen(tx, workspace, member, customer)?;
            let since = tx.now.plus(-WAITS);
            let forgotten = store::forget_waiting(tx, member, since)?;
            let picture = store::insert_picture(tx, (workspace, project, customer), member, id, &kept)?;
            Ok((picture, forgotten))
        })
        .await?;
    for (old, name) in forgotten {
        avatars::remove_shown(folder, old, &name).await;
    }
    Ok(picture)
}

/// A picture in a note on a customer whom the member sees, or that they uploaded for one.
pub async fn show_picture(
    store: &Store,
    folder: &Folder,
    workspace: WorkspaceId,
    member: MemberId,
    id: PictureId,
) -> Result<Picture> {
    let not_found = || Error::refused(Code::NotFound);
    let name = store
        .read("show picture of note", move |tx| {
            let picture = store::picture(tx, workspace, id)?.ok_or_else(not_found)?;
            seen(tx, workspace, member, picture.customer)?;
            if picture.note.is_none() && picture.member != member {
                return Err(not_found());
            }
            Ok(picture.name)
        })
        .await?;
    avatars::open_shown(folder, id, &name).await?.ok_or_else(not_found)
}
