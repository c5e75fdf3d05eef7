//! Everybody who could get a session, with what they have already: what diversion is asked about.

use std::collections::{BTreeMap, HashMap};

use crate::access::{self, Rights};
use crate::diversion::{Candidate, Case, Verdict, falls_back, standing};
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, ProjectId, WorkspaceId};
use crate::members::{self, AccountState, MemberRef, MemberRow, Status};
use crate::projects::{self, Diversion, Turn};
use crate::sessions;
use crate::tx::Tx;

/// The staff of a workspace at a moment. The caller holds the workspace's lock, or only wants to know.
pub(super) struct Staff {
    rights: Rights,
    /// Those whose accounts are active.
    members: Vec<MemberRow>,
    /// How many open sessions each has; who has none needn't be in it.
    open: HashMap<MemberId, i64>,
    turns: BTreeMap<ProjectId, Turn>,
}

impl Staff {
    pub(super) fn load(tx: &mut Tx, workspace: WorkspaceId) -> Result<Self> {
        let mut members = members::all(tx, workspace)?;
        let now = tx.now;
        members.retain(|member| member.account_state(now) == AccountState::Active);
        let turns = projects::turns(tx, workspace)?.into_iter().collect();
        let (rights, open) = (access::rights(tx, workspace)?, sessions::open_counts(tx, workspace)?);
        Ok(Self { rights, members, open, turns })
    }

    pub(super) fn projects(&self) -> Vec<ProjectId> {
        self.turns.keys().copied().collect()
    }

    pub(super) fn turn(&self, project: ProjectId) -> Option<Turn> {
        self.turns.get(&project).copied()
    }

    pub(super) fn member(&self, id: MemberId) -> Option<&MemberRow> {
        self.members.iter().find(|member| member.id == id)
    }

    /// Those who serve a project; `passed` had the session in question this round.
    fn serving<'a>(
        &'a self,
        project: ProjectId,
        passed: &'a [MemberId],
    ) -> impl Iterator<Item = Candidate<'a>> {
        let serving = self.members.iter().filter(move |member| self.rights.sees(member, project));
        serving.map(move |member| Candidate {
            member: member.id,
            name: &member.name,
            status: member.status,
            connected: member.connected,
            open: self.open.get(&member.id).copied().unwrap_or(0),
            limit: self.rights.limit_in(member, project),
            passed: passed.contains(&member.id),
        })
    }

    /// Whether a project's rule falls back on those who aren't online and connected.
    pub(super) fn falls_back(&self, project: ProjectId) -> bool {
        let serving: Vec<_> = self.serving(project, &[]).collect();
        self.turn(project).is_some_and(|turn| falls_back(turn.diversion, serving.iter()))
    }

    /// Whether anybody who isn't one of `but` could take a session of a project.
    pub(super) fn anyone_for(&self, project: ProjectId, but: &[MemberId]) -> bool {
        let Some(turn) = self.turn(project) else { return false };
        let serving: Vec<_> = self.serving(project, but).collect();
        let fallback = falls_back(turn.diversion, serving.iter());
        let could = |it: &Candidate| !it.passed && standing(turn.diversion, fallback, it) == Verdict::Could;
        serving.iter().any(could)
    }

    /// Whether anybody could take anything: if nobody is online, and no rule takes others, nobody could.
    pub(super) fn anyone(&self) -> bool {
        self.members.iter().any(|member| member.status == Status::Online)
            || self.turns.values().any(|turn| turn.diversion == Diversion::OnlineFirst)
    }

    /// Whether fallbacks of a project move on: they stay where another rule has come.
    pub(super) fn moves_on(&self, project: ProjectId) -> bool {
        self.turn(project).is_some_and(|turn| turn.diversion == Diversion::OnlineFirst)
    }

    /// Whether somebody has no room left in some project that they serve.
    pub(super) fn is_full(&self, id: MemberId) -> bool {
        let Some(member) = self.member(id) else { return true };
        let open = self.open.get(&id).copied().unwrap_or(0);
        self.turns.keys().any(|&project| open >= self.rights.limit_in(member, project))
    }

    /// The case of a session of a project and a customer; none: the project is gone.
    pub(super) fn case<'a>(
        &'a self,
        tx: &mut Tx,
        project: ProjectId,
        customer: Option<CustomerId>,
        passed: &'a [MemberId],
    ) -> Result<Option<Case<'a>>> {
        let Some(turn) = self.turn(project) else { return Ok(None) };
        let last = match turn.last {
            None => None,
            Some(id) => Some(match self.member(id) {
                Some(member) => MemberRef { id, name: member.name.clone() },
                // Who is gone keeps their place in the order.
                None => MemberRef { id, name: members::name_of(tx, id)? },
            }),
        };
        let served_last = match customer.filter(|_| turn.prefer_last) {
            Some(customer) => sessions::served_last(tx, customer)?,
            None => None,
        };
        let candidates = self.serving(project, passed).collect();
        Ok(Some(Case { rule: turn.diversion, last, served_last, candidates }))
    }

    /// Somebody got a session.
    pub(super) fn got_one(&mut self, member: MemberId) {
        *self.open.entry(member).or_default() += 1;
    }

    /// Somebody has one session less.
    pub(super) fn gave_one(&mut self, member: MemberId) {
        *self.open.entry(member).or_default() -= 1;
    }

    /// It was somebody's turn in a project.
    pub(super) fn had_turn(&mut self, project: ProjectId, member: MemberId) {
        if let Some(turn) = self.turns.get_mut(&project) {
            turn.last = Some(member);
        }
    }
}
