//! Avatars: the picture that a customer shows at Telegram, kept as a file in the media folder; and those that members upload. What
//! members upload to show it to their colleagues is decoded and kept by the same means.
//!
//! A look is a durable job, asked for when a customer is new and when they write a day after the last one; the project's
//! looker (beside its sender, under the same lease) does it at its own slow pace. What Telegram shows no more goes here, too;
//! what could not be fetched leaves everything as it was until the next day.

mod folder;
mod looker;
mod members;
mod picture;
mod portrait;
mod shown;

pub use folder::{Folder, Picture};
pub(crate) use looker::look_all;
pub use members::{remove, show_member, upload};
pub use picture::PictureKind;
pub use portrait::UPLOAD_MAX;
pub(crate) use shown::{Shown, keep_shown, open_shown, remove_shown};

use crate::access::viewer;
use crate::customers::{self, Customer};
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::ids::{CustomerId, MemberId, WorkspaceId};
use crate::jobs::{self, NewJob, Urgency};
use crate::tx::{Store, Tx};

/// The kind of the jobs.
const LOOK: &str = "fetch_avatar";

/// Asks for a look at the customer's avatar, unless one is asked for already.
pub(crate) fn ask(tx: &mut Tx, workspace: WorkspaceId, customer: &Customer) -> Result<()> {
    let (lane, now) = (customer.id.to_string(), tx.now);
    if jobs::has_lane(tx, LOOK, &lane)? {
        return Ok(());
    }
    let job = NewJob {
        workspace,
        kind: LOOK,
        subject: &customer.project_id.to_string(),
        lane: &lane,
        place: now.0,
        payload: &customer.telegram_id.to_string(),
        urgency: Urgency::Automatic,
        run_at: now,
    };
    jobs::enqueue(tx, &job)?;
    tx.signal(Topic::Avatars(customer.project_id));
    Ok(())
}

/// A customer's avatar, if the member may see the customer. Where the file is gone there is none, and a new look is asked for.
pub async fn show(
    store: &Store,
    folder: &Folder,
    workspace: WorkspaceId,
    member: MemberId,
    id: CustomerId,
) -> Result<Picture> {
    let name = store
        .read("show avatar", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let customer = customers::get(tx, workspace, id)?;
            viewer.must_see(customer.project_id)?;
            customers::avatar(tx, id)
        })
        .await?;
    let name = name.ok_or_else(|| Error::refused(Code::NotFound))?;
    if let Some(picture) = folder.open(id, &name).await? {
        return Ok(picture);
    }
    store.write("avatar is gone", move |tx| miss(tx, workspace, id, &name)).await?;
    Err(Error::refused(Code::NotFound))
}

/// The file of the avatar is not where it was.
fn miss(tx: &mut Tx, workspace: WorkspaceId, id: CustomerId, name: &str) -> Result<()> {
    customers::lock(tx, id)?;
    // Another may have come meanwhile.
    if customers::avatar(tx, id)?.as_deref() == Some(name) {
        let customer = customers::set_avatar(tx, workspace, id, None)?;
        ask(tx, workspace, &customer)?;
    }
    Ok(())
}
