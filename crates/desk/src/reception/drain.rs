//! Draining the queue: the oldest waiting session goes first, to whom diversion names.

use std::collections::BTreeSet;

use crate::access::{self, Sight, Viewer};
use crate::diversion::{Candidate, in_turn};
use crate::error::{Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{self, MemberRef, MemberState, Status};
use crate::messages::{ServiceLine, ServiceWhat, service_line};
use crate::projects;
use crate::sessions::{self, Session};
use crate::tx::Tx;

/// Gives waiting sessions to available members until there are none of the one or of the other.
///
/// The caller holds the workspace's lock: counting and claiming are one step for everyone else, so no limit is exceeded.
pub(crate) fn drain(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    let mut available = available(tx, workspace)?;
    while !available.is_empty() {
        let projects = projects_of(&available);
        let Some(session) = sessions::oldest_waiting(tx, workspace, projects.as_deref())? else { break };
        let last = projects::last_assignee(tx, session.project)?;
        let seeing = available.iter().filter(|(_, viewer)| viewer.sees(session.project));
        let Some(chosen) = in_turn(seeing.map(|(candidate, _)| candidate), last) else {
            return Err(Error::Internal(
                "a session waits in a project that nobody available sees".to_owned(),
            ));
        };
        assign(tx, &session, chosen)?;
        for (candidate, _) in &mut available {
            candidate.open += i64::from(candidate.member == chosen);
        }
        available.retain(|(candidate, _)| candidate.has_room());
    }
    Ok(())
}

/// Who is online with room, and what they see.
fn available(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<(Candidate, Viewer)>> {
    let members = members::all(tx, workspace)?;
    let online =
        |member: &members::MemberRow| member.state == MemberState::Active && member.status == Status::Online;
    let online: Vec<_> = members.into_iter().filter(online).collect();
    if online.is_empty() {
        return Ok(Vec::new());
    }
    let open = sessions::open_counts(tx, workspace)?;
    let mut available = Vec::new();
    for member in online {
        let open = open.get(&member.id).copied().unwrap_or(0);
        let candidate = Candidate { member: member.id, open, limit: member.limit };
        if candidate.has_room() {
            available.push((candidate, access::viewer(tx, workspace, member.id)?));
        }
    }
    Ok(available)
}

/// The projects that any of them sees; none: all of the workspace.
fn projects_of(available: &[(Candidate, Viewer)]) -> Option<Vec<ProjectId>> {
    let mut seen = BTreeSet::new();
    for (_, viewer) in available {
        match &viewer.sight {
            Sight::All => return None,
            Sight::Only(projects) => seen.extend(projects),
        }
    }
    Some(seen.into_iter().collect())
}

fn assign(tx: &mut Tx, session: &Session, member: MemberId) -> Result<()> {
    if !sessions::claim(tx, session, member, false)? {
        return Err(Error::Internal("a waiting session was claimed without the workspace's lock".to_owned()));
    }
    projects::set_last_assignee(tx, session.project, member)?;
    let who = MemberRef { id: member, name: members::name_of(tx, member)? };
    let line =
        ServiceLine { what: ServiceWhat::Assigned, member: Some(who), reason: Some("in_turn".to_owned()) };
    service_line(tx, session.workspace, session.project, session.customer, Some(session.id), &line)?;
    tx.event(session.workspace, Change::Member(member), Audience::Workspace);
    Ok(())
}
