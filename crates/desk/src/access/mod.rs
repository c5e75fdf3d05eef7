//! Access: who sees and may do what. Verdicts are pure functions of what is loaded here; there is no other place that decides.

mod grant;
mod operation;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub use grant::add_member;
pub(crate) use grant::{give, must_exist};
pub use operation::{Operation, Operations, Ownership, Permit, Reason, Settings};

pub use store::viewer;
pub(crate) use store::{designated, operations, rights, set_operations, set_scope, tick, verdicts};

use crate::error::{Code, Error, Result};
use crate::events::Audience;
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{MemberRow, Role};
use crate::tx::Tx;

/// What a role allows in a whole workspace.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::AsRefStr,
    strum::EnumIter,
    serde::Serialize,
    utoipa::ToSchema,
)]
pub enum Permission {
    /// Add, change, pause projects.
    #[serde(rename = "projects.manage")]
    #[strum(serialize = "projects.manage")]
    ManageProjects,
    /// Add and change members.
    #[serde(rename = "members.manage")]
    #[strum(serialize = "members.manage")]
    ManageMembers,
    /// Change the workspace's tags and customer fields.
    #[serde(rename = "tags.manage")]
    #[strum(serialize = "tags.manage")]
    ManageTags,
    /// See and serve sessions of one's projects, and everything else a signed-in member does.
    #[serde(rename = "sessions.serve")]
    #[strum(serialize = "sessions.serve")]
    ServeSessions,
}

/// Whether `role` has `permission`.
pub fn permits(role: Role, permission: Permission) -> bool {
    match permission {
        Permission::ManageProjects | Permission::ManageMembers | Permission::ManageTags => {
            role >= Role::Admin
        }
        Permission::ServeSessions => true,
    }
}

/// Which projects someone sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Every project of the workspace: owners and admins.
    All,
    /// These.
    Only(BTreeSet<ProjectId>),
}

/// A member together with what they may see at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// Their workspace.
    pub workspace: WorkspaceId,
    /// Who they are.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The projects they see.
    pub sight: Sight,
}

impl Viewer {
    /// Whether they see `project`, which is known to be one of their workspace.
    pub fn sees(&self, project: ProjectId) -> bool {
        match &self.sight {
            Sight::All => true,
            Sight::Only(projects) => projects.contains(&project),
        }
    }

    /// Refuses as if it did not exist what they may not see.
    pub(crate) fn must_see(&self, project: ProjectId) -> Result<()> {
        if self.sees(project) { Ok(()) } else { Err(Error::refused(Code::NotFound)) }
    }

    /// The permit for `operation` in `project`, which they see; refused with the reason.
    pub(crate) fn may(
        &self,
        tx: &mut Tx,
        project: ProjectId,
        operation: Operation,
        ownership: Ownership,
    ) -> Result<Permit> {
        let terms = store::terms(tx, self, project, operation)?;
        Permit::ask(self.role, operation, terms, ownership)
    }

    /// Whether an event of their workspace is for them.
    pub fn hears(&self, audience: Audience) -> bool {
        match audience {
            Audience::Workspace => true,
            Audience::Project(project) => self.sees(project),
            Audience::Member(member) => member == self.member,
        }
    }
}

/// Who sees what in a whole workspace: for questions about many members at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rights {
    /// The projects, and whether their service scope is all agents.
    projects: BTreeMap<ProjectId, bool>,
    /// Their projects, of members who haven't all.
    ticked: HashSet<(MemberId, ProjectId)>,
    /// The agents whom projects name that haven't all.
    designated: HashSet<(MemberId, ProjectId)>,
}

impl Rights {
    /// Whether `member`, who is of this workspace, sees `project`.
    pub(crate) fn sees(&self, member: &MemberRow, project: ProjectId) -> bool {
        let pair = (member.id, project);
        self.projects.get(&project).is_some_and(|open| {
            let theirs = member.all_projects || self.ticked.contains(&pair);
            sees(member.role, theirs, *open || self.designated.contains(&pair))
        })
    }

    /// Whether `member` sees any project, or would see one if there were any.
    pub(crate) fn sees_any(&self, member: &MemberRow) -> bool {
        member.role >= Role::Admin || self.projects.keys().any(|&project| self.sees(member, project))
    }

    /// The projects that a member has, where theirs are not all.
    pub(crate) fn ticked_of(&self, member: MemberId) -> Vec<ProjectId> {
        self.projects.keys().copied().filter(|project| self.ticked.contains(&(member, *project))).collect()
    }

    /// The projects that at least one of `members` sees.
    pub(crate) fn seen_by_any(&self, members: &[MemberRow]) -> Vec<ProjectId> {
        let seen = |project: &ProjectId| members.iter().any(|member| self.sees(member, *project));
        self.projects.keys().copied().filter(seen).collect()
    }
}

/// The pure rule of who sees a project: owners and admins all; others when it is one of theirs *and* its service scope
/// is all agents or names them.
pub(crate) fn sees(role: Role, theirs: bool, in_scope: bool) -> bool {
    role >= Role::Admin || (theirs && in_scope)
}
