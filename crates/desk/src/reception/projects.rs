//! What managers do with a project that gives or takes sessions: changing its state, its service scope, deleting it.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::drain;
use super::returning::return_unserved;
use crate::access::{self, Permit};
use crate::error::{Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::jobs;
use crate::members::{self, Role};
use crate::messages::{self, SEND, ServiceLine, ServiceWhat, service_line};
use crate::projects::{self, Project, ProjectChange, ProjectState, Scope};
use crate::sessions::{self, EndedBecause};
use crate::tx::{Store, Tx};

/// Changes a project if it still has `version`. When it is archived, its live sessions end and what waits to be sent fails.
pub async fn change_project(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    change: ProjectChange,
) -> Result<Project> {
    let change = change.checked()?;
    store
        .write("change project", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let before = projects::change(tx, workspace, by, id, version, &change)?;
            if change.state == Some(ProjectState::Archived) && before.state != ProjectState::Archived {
                close(tx, workspace, id)?;
            }
            // Another rule or limit may let somebody have what waits.
            drain(tx, workspace)?;
            projects::seen(tx, workspace, by, id)
        })
        .await
}

/// What came of a change of a project's service scope.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScopeChange {
    /// The project as it is now.
    pub project: Project,
    /// Those named who had not the project among theirs: it was added.
    pub added_to_projects_of: Vec<MemberId>,
    /// Those who see no project at all now.
    pub see_nothing: Vec<MemberId>,
}

/// Changes who serves a project, if it still has `version`. Sessions of who no longer does go back to the queue.
pub async fn change_scope(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    scope: Scope,
    named: Vec<MemberId>,
) -> Result<ScopeChange> {
    let named: Vec<MemberId> = named.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    store
        .write("change scope", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let rows = members::get_many(tx, workspace, &named)?;
            if rows.len() != named.len() {
                return Err(Error::field("members", "unknown"));
            }
            projects::set_scope(tx, workspace, by, id, version, scope, &named)?;
            let mut added = Vec::new();
            let bound = rows.iter().filter(|row| row.role < Role::Admin && !row.all_projects);
            for member in bound {
                if access::tick(tx, workspace, member.id, id)? {
                    added.push(member.id);
                }
            }
            return_unserved(tx, workspace)?;
            let rights = access::rights(tx, workspace)?;
            let blind = members::all(tx, workspace)?.into_iter().filter(|row| !rights.sees_any(row));
            let see_nothing = blind.map(|row| row.id).collect();
            let project = projects::seen(tx, workspace, by, id)?;
            Ok(ScopeChange { project, added_to_projects_of: added, see_nothing })
        })
        .await
}

/// What goes with a project when it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Losses {
    /// Its customers.
    pub customers: i64,
    /// Their sessions.
    pub sessions: i64,
    /// Those of them that wait or are open.
    pub live_sessions: i64,
    /// Everything said in them.
    pub messages: i64,
    /// Replies that wait to be sent.
    pub queued: i64,
}

/// What would go with a project.
pub async fn losses(store: &Store, workspace: WorkspaceId, id: ProjectId) -> Result<Losses> {
    store
        .read("losses", move |tx| {
            projects::must_exist(tx, workspace, id)?;
            let (sessions, live_sessions) = sessions::count_of_project(tx, workspace, id)?;
            Ok(Losses {
                customers: crate::customers::count_of_project(tx, id)?,
                sessions,
                live_sessions,
                messages: messages::count_of_project(tx, id)?,
                queued: jobs::queued_of(tx, SEND, &id.to_string())?.count,
            })
        })
        .await
}

/// Deletes a project if it still has `version` and `name` is its name. Nobody sees it or its customers any more, its bot is
/// free, and what waits to be sent is not sent.
pub async fn delete_project(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    name: String,
) -> Result<()> {
    store
        .write("delete project", move |tx| {
            members::lock_workspace(tx, workspace)?;
            close(tx, workspace, id)?;
            projects::delete(tx, workspace, by, id, version, &name)?;
            drain(tx, workspace)
        })
        .await
}

/// Ends a project's live sessions and gives up what waits to be sent.
fn close(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<()> {
    for session in sessions::live_of_project(tx, workspace, id)? {
        let session = sessions::reload_locked(tx, &session)?;
        if sessions::end(tx, &session, EndedBecause::ProjectClosed, &Permit::of_the_system())? {
            let reason = Some(EndedBecause::ProjectClosed.as_ref().to_owned());
            service_line(tx, &session, &ServiceLine { reason, ..ServiceLine::of(ServiceWhat::Ended) })?;
        }
    }
    for message in jobs::take_queued(tx, SEND, &id.to_string())? {
        messages::give_up(tx, &message, "project_closed")?;
    }
    drain(tx, workspace)
}
