//! What follows for a session from what became of a reply: whose it is may have changed while the call was under way, and a customer
//! to whom nothing got through is not answered.

use crate::drafts;
use crate::error::Result;
use crate::messages::{self, Outcome, TRANSFERRED, ToSend};
use crate::sessions::{self, Session};
use crate::tx::Tx;

/// A reply that is settled so much later than it was written was said when it went, not when it was written. In milliseconds.
const LATE: i64 = 60_000;

/// A settlement that matters to a session.
pub(super) struct Matter {
    /// The session, locked.
    session: Session,
    /// What became of the reply, all in all.
    outcome: Outcome,
}

/// The session to which it matters what became of a reply, if there is one, under its and its customer's lock. What would be tried again
/// is not, when the session isn't its author's any more: nothing of theirs comes after that.
pub(super) fn matter(tx: &mut Tx, message: &ToSend, outcome: &Outcome) -> Result<Option<Matter>> {
    let (Some(author), Some(id)) = (message.author, message.session) else { return Ok(None) };
    if matches!(outcome, Outcome::Sent(_)) && message.at.plus(LATE) > tx.now {
        return Ok(None);
    }
    let session = sessions::get(tx, message.workspace, id)?;
    let session = sessions::reload_locked(tx, &session)?;
    let outcome = match outcome {
        Outcome::Again(..) if session.assignee() != Some(author) => Outcome::Failed(TRANSFERRED),
        other => other.clone(),
    };
    Ok(Some(Matter { session, outcome }))
}

impl Matter {
    /// What became of the reply.
    pub(super) fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Stores what follows from it, after the reply itself was settled.
    pub(super) fn follow(&self, tx: &mut Tx, message: &ToSend) -> Result<()> {
        match self.outcome {
            Outcome::Failed(reason) => {
                if reason == TRANSFERRED {
                    give_back(tx, message)?;
                }
                let standing = messages::standing(tx, &self.session)?;
                sessions::note_standing(tx, &self.session, standing)
            }
            Outcome::Sent(_) => sessions::note_said(tx, &self.session),
            Outcome::Unknown | Outcome::Again(..) => Ok(()),
        }
    }
}

/// Into its author's draft, as they wrote it.
fn give_back(tx: &mut Tx, message: &ToSend) -> Result<()> {
    let Some(author) = message.author else { return Ok(()) };
    let written = messages::views(tx, message.workspace, &[message.id])?;
    let texts = written.into_iter().map(|written| written.text).collect();
    drafts::give_back(tx, (message.workspace, message.project, message.customer), author, texts)
}
