//! Shift handover: all of one's sessions at once, each with a note of its own if it needs one.

use std::collections::BTreeMap;

use super::acting::seen;
use super::bulk::Outcome;
use super::drain::drain;
use super::moving::checked_note;
use super::receivers::To;
use super::transfer::{Transfer, transfer_own};
use crate::access::{Viewer, viewer};
use crate::error::Result;
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members;
use crate::sessions;
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// To whom one's sessions go, and with what words.
#[derive(Debug, Clone, Default)]
pub struct HandOver {
    /// To whom, with which words, for each.
    pub all: Transfer,
    /// Notes of their own, instead of the one for all.
    pub notes: BTreeMap<SessionId, String>,
}

impl HandOver {
    /// Checks the input and cleans it.
    pub(super) fn checked(&self) -> Result<Self> {
        let all = self.all.checked()?;
        let (mut fields, mut notes) = (Fields::default(), BTreeMap::new());
        for (id, note) in &self.notes {
            let field = format!("notes.{id}");
            notes.extend(checked_note(&mut fields, &field, Some(note)).map(|note| (*id, note)));
        }
        fields.done()?;
        Ok(Self { all, notes })
    }
}

/// Hands all of one's open sessions over: to a colleague, as far as they have room and see the projects, or into the queue.
pub async fn hand_over_sessions(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    hand_over: HandOver,
) -> Result<Outcome> {
    let hand_over = hand_over.checked()?;
    store
        .write("hand sessions over", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let viewer = viewer(tx, workspace, member)?;
            let outcome = hand_over_all(tx, &viewer, &hand_over)?;
            drain(tx, workspace)?;
            Ok(outcome)
        })
        .await
}

/// Hands all open sessions of the one who acts over, in the order in which they got them. The caller holds the workspace's lock, has
/// checked the input, and drains the queue afterwards.
pub(super) fn hand_over_all(tx: &mut Tx, viewer: &Viewer, hand_over: &HandOver) -> Result<Outcome> {
    let to = hand_over.all.to.map(|to| To::find(tx, viewer.workspace, to)).transpose()?;
    let mut mine = sessions::open_of(tx, viewer.workspace, viewer.member)?;
    mine.sort_by_key(|session| (session.waiting_since, session.id));
    let mut outcome = Outcome::default();
    for session in mine {
        let id = session.id;
        let note = hand_over.notes.get(&id).cloned().or_else(|| hand_over.all.note.clone());
        let transfer = Transfer { note, ..hand_over.all.clone() };
        outcome.attempt(tx, id, |tx| {
            let session = seen(tx, viewer, id)?;
            transfer_own(tx, &session, viewer, to.as_ref(), &transfer)
        })?;
    }
    Ok(outcome)
}
