//! Sending again what failed, or may not have arrived.

use super::model::Message;
use super::post::enqueue;
use super::store;
use crate::access::viewer;
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, MessageId, WorkspaceId};
use crate::jobs::Urgency;
use crate::tx::Store;
use crate::{customers, projects, sessions};

/// Queues a failed or unknown reply of one's own again, at its old place.
pub async fn resend(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: MessageId,
) -> Result<Message> {
    store
        .write("resend", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let message = store::view(tx, workspace, id)?;
            viewer.must_see(customers::project_of(tx, workspace, message.customer_id)?)?;
            let not_resendable = || Error::refused(Code::NotResendable);
            if message.author.is_none_or(|author| author.id != member) {
                return Err(not_resendable());
            }
            let session = sessions::get(tx, workspace, message.session_id.ok_or_else(not_resendable)?)?;
            let session = sessions::reload_locked(tx, &session)?;
            session.must_be_served_by(member)?;
            if !projects::is_active(tx, session.project)? {
                return Err(Error::refused(Code::ProjectPaused));
            }
            if !store::requeue(tx, (workspace, session.project), id)? {
                return Err(not_resendable());
            }
            let of = (workspace, session.project, session.customer);
            enqueue(tx, of, (id, message.position), Urgency::Live)?;
            store::view(tx, workspace, id)
        })
        .await
}
