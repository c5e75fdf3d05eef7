//! Transfer: the assignee hands a session to a colleague, or puts it back into the queue.

use super::acting::{locked, me};
use super::drain::drain;
use super::moving::{Move, Return, checked_note, give, put_back};
use super::receivers::To;
use crate::access::{Operation, Ownership, Permission, Viewer, permits};
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::messages::{announce, cleaned};
use crate::projects;
use crate::sessions::Session;
use crate::text::{Fields, MESSAGE_MAX};
use crate::tx::{Store, Tx};

/// To whom a session is handed, and with what words.
#[derive(Debug, Clone, Default)]
pub struct Transfer {
    /// To whom; none: into the queue.
    pub to: Option<MemberId>,
    /// What the next is to know, at most 2000 characters.
    pub note: Option<String>,
    /// What the customer is told, at most 4096 characters.
    pub message: Option<String>,
    /// Beyond the receiver's limit, too: for supervisors and above.
    pub beyond_limit: bool,
}

impl Transfer {
    /// Checks the input and cleans it.
    pub(super) fn checked(&self) -> Result<Self> {
        let mut fields = Fields::default();
        let note = checked_note(&mut fields, "note", self.note.as_deref());
        let message = cleaned(self.message.as_deref().unwrap_or_default());
        if message.encode_utf16().count() > MESSAGE_MAX {
            fields.fault("message", "too_long", Some(("max", MESSAGE_MAX)));
        }
        fields.done()?;
        Ok(Self { note, message: Some(message).filter(|text| !text.is_empty()), ..self.clone() })
    }
}

/// Hands one's session over. From here on nothing of the former assignee's is sent to the customer, but for what is under way.
pub async fn transfer(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
    transfer: Transfer,
) -> Result<()> {
    let transfer = transfer.checked()?;
    store
        .write("transfer session", move |tx| {
            let (session, viewer) = locked(tx, workspace, member, id)?;
            let to = transfer.to.map(|to| To::find(tx, workspace, to)).transpose()?;
            transfer_own(tx, &session, &viewer, to.as_ref(), &transfer)?;
            drain(tx, workspace)
        })
        .await
}

/// Hands a session of the one who acts over.
pub(super) fn transfer_own(
    tx: &mut Tx,
    session: &Session,
    viewer: &Viewer,
    to: Option<&To>,
    transfer: &Transfer,
) -> Result<()> {
    session.must_be_served_by(viewer.member)?;
    viewer.may(tx, session.project, Operation::Transfer, Ownership::Own)?;
    if transfer.message.is_some() && !projects::is_active(tx, session.project)? {
        return Err(Error::refused(Code::ProjectPaused));
    }
    let note = transfer.note.as_deref();
    match to {
        None => {
            let why = Return { reason: "given_back", member: me(viewer), by: Some(viewer.member), note };
            put_back(tx, session, &why)?;
        }
        Some(to) => {
            if to.member.id == viewer.member {
                return Err(Error::field("to", "unknown"));
            }
            to.must_serve(tx, session)?;
            if !(transfer.beyond_limit && permits(viewer.role, Permission::AssignSessions)) {
                to.must_have_room(tx, session)?;
            }
            give(tx, session, viewer, &to.member, Move::Transferred, note)?;
        }
    }
    transfer.message.iter().try_for_each(|text| announce(tx, session, text))
}
