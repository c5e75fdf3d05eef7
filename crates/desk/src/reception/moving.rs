//! Giving a session to another member, or back to the queue: what that means for it, whoever does it and why.

use serde_json::json;

use super::acting::{load_changed, me, named, notice, tell};
use crate::access::Viewer;
use crate::drafts;
use crate::error::{Code, Error, Result};
use crate::ids::MemberId;
use crate::members::{MemberRef, MemberRow};
use crate::messages::{self, ServiceLine, ServiceWhat};
use crate::notifications::What;
use crate::sessions::{self, Handover, Session};
use crate::text::{Fields, without_nul};
use crate::tx::Tx;

/// The longest handover note, in UTF-16 code units.
const NOTE_MAX: usize = 2000;

/// A handover note as it is kept, or the field's fault.
pub(super) fn checked_note(fields: &mut Fields, field: &str, note: Option<&str>) -> Option<String> {
    let note = without_nul(note.unwrap_or_default()).replace("\r\n", "\n").trim().to_owned();
    if note.encode_utf16().count() > NOTE_MAX {
        fields.fault(field, "too_long", Some(("max", NOTE_MAX)));
    }
    Some(note).filter(|note| !note.is_empty())
}

/// Why somebody else has it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// Its assignee handed it over.
    Transferred,
    /// A supervisor or admin gave it to somebody.
    Assigned,
    /// A supervisor or admin took it.
    TakenOver,
}

impl Move {
    /// What the timeline says, the audit log's verb, what the receiver is told, and what the one who lost it.
    fn words(self) -> (ServiceWhat, &'static str, What, &'static str) {
        match self {
            Self::Transferred => {
                (ServiceWhat::Transferred, "session.transferred", What::Transferred, "transferred")
            }
            Self::Assigned => (ServiceWhat::AssignedBy, "session.assigned", What::Assigned, "assigned"),
            Self::TakenOver => (ServiceWhat::TakenOver, "session.taken_over", What::Assigned, "taken_over"),
        }
    }
}

/// Gives a live session to `to`. What its assignee wrote and nobody has begun to send goes back to them; it stands before this.
pub(super) fn give(
    tx: &mut Tx,
    session: &Session,
    viewer: &Viewer,
    to: &MemberRow,
    how: Move,
    note: Option<&str>,
) -> Result<()> {
    let (what, verb, told, lost) = how.words();
    let unsent = take_back(tx, session)?;
    let by = me(viewer);
    let handover =
        (how != Move::TakenOver).then(|| Handover { from: by.clone(), note: note.map(str::to_owned) });
    // Who gives it to themselves has seen it.
    let taken_up = to.id == viewer.member;
    let handover = handover.filter(|_| !taken_up);
    if !sessions::give(tx, session, to.id, taken_up, handover.as_ref())? {
        return Err(Error::refused(Code::SessionEnded));
    }
    let standing = messages::standing(tx, session)?;
    sessions::note_standing(tx, session, standing)?;
    let receiver = (how != Move::TakenOver).then(|| named(to));
    let line = ServiceLine {
        member: Some(by),
        to: receiver,
        note: note.map(str::to_owned),
        ..ServiceLine::of(what)
    };
    let former = session.assignee();
    let detail = json!({ "from": former, "to": to.id, "unsent": unsent });
    tell(tx, session, Some(viewer.member), &line, verb, &detail)?;
    notice(tx, session, to.id, told, Some(viewer.member), note.map(str::to_owned))?;
    load_changed(tx, session, to.id);
    if let Some(former) = former {
        load_changed(tx, session, former);
        notice(tx, session, former, What::TakenBack, Some(viewer.member), Some(lost.to_owned()))?;
    }
    Ok(())
}

/// Why a session is back in the queue: a code of the timeline, and who did it, or whose it was where it happened by itself.
#[derive(Debug, Clone)]
pub(super) struct Return<'a> {
    pub(super) reason: &'a str,
    pub(super) member: MemberRef,
    /// Who did it, where somebody did it to this very session.
    pub(super) by: Option<MemberId>,
    pub(super) note: Option<&'a str>,
}

/// Puts an open session back into the queue, at the place it had. What its assignee wrote and nobody has begun to send goes back to
/// them, and it is given to somebody else next, if there is anybody. False when they have it no more.
pub(super) fn put_back(tx: &mut Tx, session: &Session, why: &Return) -> Result<bool> {
    let Some(former) = session.assignee() else { return Ok(false) };
    let unsent = take_back(tx, session)?;
    if !sessions::put_back(tx, session, former)? {
        return Ok(false);
    }
    sessions::pass_over(tx, session, former)?;
    let standing = messages::standing(tx, session)?;
    sessions::note_standing(tx, session, standing)?;
    let note = why.note.map(str::to_owned);
    if note.is_some() {
        let handover = Handover { from: why.member.clone(), note: note.clone() };
        sessions::set_handover(tx, session, &handover)?;
    }
    let (member, reason) = (Some(why.member.clone()), Some(why.reason.to_owned()));
    let line = ServiceLine { member, reason, note, ..ServiceLine::of(ServiceWhat::Returned) };
    let detail = json!({ "from": former, "reason": why.reason, "unsent": unsent });
    tell(tx, session, why.by, &line, "session.returned", &detail)?;
    load_changed(tx, session, former);
    if let Some(by) = why.by {
        notice(tx, session, former, What::TakenBack, Some(by), Some("returned".to_owned()))?;
    }
    Ok(true)
}

/// Takes what the assignee wrote to the customer, and nobody has begun to send, out of the queue and into their draft; says how much
/// it was. One that is being sent at this moment may finish: its place in the timeline is before what comes now.
pub(super) fn take_back(tx: &mut Tx, session: &Session) -> Result<usize> {
    let Some(assignee) = session.assignee() else { return Ok(0) };
    let texts = messages::take_back(tx, session.customer, assignee)?;
    let count = texts.len();
    drafts::give_back(tx, (session.workspace, session.project, session.customer), assignee, texts)?;
    Ok(count)
}
