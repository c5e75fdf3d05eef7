//! Sending again what failed, or may not have arrived.

use super::model::Message;
use super::post::enqueue;
use super::store;
use super::taking_back::TRANSFERRED;
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
            let reason = message.delivery.and_then(|delivery| delivery.reason);
            let session = sessions::get(tx, workspace, message.session_id.ok_or_else(not_resendable)?)?;
            let session = sessions::reload_locked(tx, &session)?;
            session.must_be_served_by(member)?;
            // What was given back to its author stands in their draft, and there is a line after which nothing of theirs comes.
            if reason.as_deref() == Some(TRANSFERRED) {
                return Err(not_resendable());
            }
            if !projects::is_active(tx, session.project)? {
                return Err(Error::refused(Code::ProjectPaused));
            }
            if !store::requeue(tx, (workspace, session.project), id)? {
                return Err(not_resendable());
            }
            let of = (workspace, session.project, session.customer);
            enqueue(tx, of, (id, message.position), Urgency::Live)?;
            let standing = store::standing(tx, &session)?;
            sessions::note_standing(tx, &session, standing)?;
            sessions::note_said(tx, &session)?;
            store::view(tx, workspace, id)
        })
        .await
}
