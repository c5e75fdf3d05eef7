//! Draining the queue: the session that waits longest goes first, to whom diversion names.
//!
//! Rules are the projects' own, the order is one for the workspace: of all sessions that somebody could take, whichever project they
//! are of, the one that waits longest is next. So nobody is given a session while an older one waits that they could take.
//! Sessions that were given to who isn't online and connected, and that nobody took up, stand in the same order from the moment at
//! which somebody is.

use std::collections::{BTreeMap, HashMap};

use super::acting::{load_changed, notice};
use super::moving::take_back;
use super::staff::Staff;
use crate::diversion::{Answer, choose};
use crate::error::{Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{MemberRef, Status};
use crate::messages::{ServiceLine, ServiceWhat, service_line};
use crate::notifications::What;
use crate::projects;
use crate::sessions::{self, Gift, Queued, Session, State};
use crate::tx::Tx;

/// Gives waiting sessions to available members until there are none of the one or of the other.
///
/// The caller holds the workspace's lock: counting and claiming are one step for everyone else, so no limit is exceeded.
pub(crate) fn drain(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    if !sessions::any_to_divert(tx, workspace)? {
        return Ok(());
    }
    let mut staff = Staff::load(tx, workspace)?;
    if !staff.anyone() {
        return Ok(());
    }
    let mut queue = Queue::load(tx, workspace, &staff)?;
    while let Some(next) = queue.next(&staff) {
        let project = next.session.project;
        if let State::Open { assignee, .. } = next.session.state {
            move_on(tx, &next, assignee)?;
            staff.gave_one(assignee);
            queue.capacity_grew();
        } else if let Some(member) = assign(tx, &mut staff, &next)? {
            queue.got_one(member, &staff);
        } else {
            queue.nobody_for(project);
            continue;
        }
        queue.look(tx, &[project])?;
    }
    Ok(())
}

/// What is to be given: of each project the session that waits longest, and those that are to move on.
struct Queue {
    heads: BTreeMap<ProjectId, Queued>,
    /// The longest waiting last.
    fallbacks: Vec<Queued>,
    /// Whether somebody could take a session of a project, and whether its rule falls back, as far as it was asked.
    open: HashMap<ProjectId, (bool, bool)>,
}

impl Queue {
    fn load(tx: &mut Tx, workspace: WorkspaceId, staff: &Staff) -> Result<Self> {
        let mut fallbacks = sessions::fallbacks(tx, workspace)?;
        fallbacks.reverse();
        for fallback in &fallbacks {
            if is_there(staff, &fallback.session) {
                let session = sessions::reload_locked(tx, &fallback.session)?;
                sessions::no_fallback(tx, &session)?;
            }
        }
        fallbacks.retain(|it| !is_there(staff, &it.session));
        let mut queue = Self { heads: BTreeMap::new(), fallbacks, open: HashMap::new() };
        queue.look(tx, &staff.projects())?;
        Ok(queue)
    }

    /// Looks what waits longest in these projects now.
    fn look(&mut self, tx: &mut Tx, projects: &[ProjectId]) -> Result<()> {
        for project in projects {
            self.heads.remove(project);
        }
        for head in sessions::heads(tx, projects)? {
            self.heads.insert(head.session.project, head);
        }
        Ok(())
    }

    /// The session that has waited longest of those that somebody could take.
    fn next(&mut self, staff: &Staff) -> Option<Queued> {
        let open = &mut self.open;
        let mut asked = |project: ProjectId| {
            let ask = || {
                let anyone = staff.anyone_for(project, &[]);
                (anyone, anyone && staff.falls_back(project))
            };
            *open.entry(project).or_insert_with(ask)
        };
        let waiting =
            self.heads.values().filter(|it| asked(it.session.project).0).min_by_key(|it| it.place());
        let waiting = waiting.cloned();
        let moving = self.fallbacks.iter().rposition(|it| {
            let by_rule = staff.moves_on(it.session.project);
            by_rule && asked(it.session.project) == (true, false)
        });
        match moving {
            Some(at) if waiting.as_ref().is_none_or(|it| self.fallbacks[at].place() < it.place()) => {
                Some(self.fallbacks.remove(at))
            }
            _ => waiting,
        }
    }

    /// Somebody has one more: they may have no room left.
    fn got_one(&mut self, member: MemberId, staff: &Staff) {
        if staff.is_full(member) {
            self.open.clear();
        }
    }

    /// Somebody has one less.
    fn capacity_grew(&mut self) {
        self.open.clear();
    }

    fn nobody_for(&mut self, project: ProjectId) {
        self.open.insert(project, (false, false));
    }
}

/// Whether the one who has a session is online and connected.
fn is_there(staff: &Staff, session: &Session) -> bool {
    let State::Open { assignee, .. } = session.state else { return false };
    staff.member(assignee).is_some_and(|it| it.status == Status::Online && it.connected)
}

/// Takes a fallback back into the queue, at its place.
fn move_on(tx: &mut Tx, queued: &Queued, from: MemberId) -> Result<()> {
    let session = sessions::reload_locked(tx, &queued.session)?;
    take_back(tx, &session)?;
    if sessions::put_back(tx, &session, from)? {
        returned(tx, &session, from, "moved_on")?;
    }
    Ok(())
}

/// Says in the timeline that a session went back to the queue by itself, and tells the one who had it.
pub(super) fn returned(tx: &mut Tx, session: &Session, from: MemberId, reason: &str) -> Result<()> {
    let who = MemberRef { id: from, name: crate::members::name_of(tx, from)? };
    let line = ServiceLine {
        member: Some(who),
        reason: Some(reason.to_owned()),
        ..ServiceLine::of(ServiceWhat::Returned)
    };
    service_line(tx, session, &line)?;
    notice(tx, session, from, What::TakenBack, None, Some(reason.to_owned()))?;
    load_changed(tx, session, from);
    Ok(())
}

/// Gives a waiting session to whom diversion names, and says to whom.
fn assign(tx: &mut Tx, staff: &mut Staff, queued: &Queued) -> Result<Option<MemberId>> {
    let session = sessions::reload_locked(tx, &queued.session)?;
    let Some(turn) = staff.turn(session.project) else { return Ok(None) };
    let Some(case) = staff.case(tx, session.project, Some(session.customer), &queued.passed)? else {
        return Ok(None);
    };
    let answer = choose(&case);
    let Some(chosen) = answer.chosen else { return Ok(None) };
    let (member, served_last) = (chosen.member, answer.served_last);
    let gift = Gift {
        take_up_by: turn.take_up_seconds.map(|seconds| tx.now.plus(seconds.saturating_mul(1_000))),
        fallback: answer.fallback,
        new_round: answer.new_round,
    };
    if !sessions::divert(tx, &session, member, gift)? {
        return Err(Error::Internal("a waiting session was claimed without the workspace's lock".to_owned()));
    }
    tell(tx, &session, &answer)?;
    if !served_last {
        projects::set_last_assignee(tx, session.project, member)?;
        staff.had_turn(session.project, member);
    }
    staff.got_one(member);
    Ok(Some(member))
}

fn tell(tx: &mut Tx, session: &Session, answer: &Answer) -> Result<()> {
    let Some(chosen) = answer.chosen else { return Ok(()) };
    let line = ServiceLine {
        member: Some(MemberRef { id: chosen.member, name: chosen.name.to_owned() }),
        reason: Some(answer.reason().to_owned()),
        why: answer.why(),
        ..ServiceLine::of(ServiceWhat::Assigned)
    };
    service_line(tx, session, &line)?;
    notice(tx, session, chosen.member, What::Assigned, None, None)?;
    load_changed(tx, session, chosen.member);
    Ok(())
}
