//! Draining the queue: the oldest waiting session goes first, to whom diversion names.

use std::collections::HashMap;

use crate::access::{self, Rights};
use crate::diversion::{Candidate, in_turn};
use crate::error::{Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::members::{self, MemberRef, MemberRow, Status};
use crate::messages::{ServiceLine, ServiceWhat, service_line};
use crate::notifications::{Notice, What, notify};
use crate::projects;
use crate::sessions::{self, Session};
use crate::tx::Tx;

/// Gives waiting sessions to available members until there are none of the one or of the other.
///
/// The caller holds the workspace's lock: counting and claiming are one step for everyone else, so no limit is exceeded.
pub(crate) fn drain(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    if !sessions::any_waiting(tx, workspace)? {
        return Ok(());
    }
    let mut staff = Staff::load(tx, workspace)?;
    while let Some((session, member)) = staff.next(tx, workspace)? {
        assign(tx, &session, &member)?;
        staff.got_one(member.id);
    }
    Ok(())
}

/// Who is available, and what they have already.
struct Staff {
    rights: Rights,
    /// Those who are online and have room.
    available: Vec<MemberRow>,
    /// How many open sessions each has; who has none needn't be in it.
    open: HashMap<MemberId, i64>,
}

impl Staff {
    fn load(tx: &mut Tx, workspace: WorkspaceId) -> Result<Self> {
        let mut available = members::all(tx, workspace)?;
        let now = tx.now;
        available.retain(|member| member.is_usable(now) && member.status == Status::Online);
        let (rights, open) = (access::rights(tx, workspace)?, sessions::open_counts(tx, workspace)?);
        let mut staff = Self { rights, available, open };
        staff.forget_full();
        Ok(staff)
    }

    /// The session that has waited longest of those that somebody available could take, and whose turn it is.
    fn next(&self, tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<(Session, MemberRow)>> {
        let projects = self.rights.seen_by_any(&self.available);
        let Some(session) = sessions::oldest_waiting(tx, workspace, &projects)? else { return Ok(None) };
        let last = projects::last_assignee(tx, session.project)?;
        let seeing = self.available.iter().filter(|member| self.rights.sees(member, session.project));
        let candidates: Vec<_> = seeing.map(|member| candidate(member, &self.open)).collect();
        let chosen = in_turn(&candidates, last);
        let member = self.available.iter().find(|member| Some(member.id) == chosen);
        Ok(member.map(|member| (session, member.clone())))
    }

    fn got_one(&mut self, member: MemberId) {
        *self.open.entry(member).or_default() += 1;
        self.forget_full();
    }

    fn forget_full(&mut self) {
        let open = &self.open;
        self.available.retain(|member| candidate(member, open).has_room());
    }
}

fn candidate(member: &MemberRow, open: &HashMap<MemberId, i64>) -> Candidate {
    let open = open.get(&member.id).copied().unwrap_or(0);
    Candidate { member: member.id, open, limit: member.limit }
}

fn assign(tx: &mut Tx, session: &Session, member: &MemberRow) -> Result<()> {
    let session = sessions::reload_locked(tx, session)?;
    if !sessions::claim(tx, &session, member.id, false)? {
        return Err(Error::Internal("a waiting session was claimed without the workspace's lock".to_owned()));
    }
    projects::set_last_assignee(tx, session.project, member.id)?;
    let who = MemberRef { id: member.id, name: member.name.clone() };
    let line = ServiceLine {
        member: Some(who),
        reason: Some("in_turn".to_owned()),
        ..ServiceLine::of(ServiceWhat::Assigned)
    };
    service_line(tx, &session, &line)?;
    let notice = Notice {
        what: What::Assigned,
        project: Some(session.project),
        session: Some(session.id),
        customer: Some(session.customer),
        by: None,
        detail: None,
    };
    notify(tx, session.workspace, &[member.id], &notice)?;
    tx.event(session.workspace, Change::Member(member.id), Audience::Workspace);
    Ok(())
}
