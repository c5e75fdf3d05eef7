//! Viewers: who looks at a session just now, and who is writing there. Nothing of it is numbered or kept: what isn't said again is over
//! by itself.

mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::viewer;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::events::Topic;
use crate::ids::{MemberId, ProjectId, SessionId, WorkspaceId};
use crate::sessions;
use crate::tx::{Store, Tx};

pub(crate) use store::forget;

/// How long somebody looks who doesn't say it again, in milliseconds.
const LOOKS: i64 = 45_000;
/// How long somebody writes who doesn't say it again, in milliseconds.
const WRITES: i64 = 6_000;

/// What somebody does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// They look at it.
    Viewing,
    /// They are writing.
    Typing,
}

/// What a member says that they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// They look at the session: for 45 seconds.
    Viewing,
    /// They are writing there: for 6 seconds.
    Typing,
    /// They have left.
    Gone,
}

/// Somebody who looks at a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionViewer)]
pub struct Looking {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they do.
    pub state: Doing,
}

/// Who looks at one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The session.
    pub session: SessionId,
    /// Its project.
    pub project: ProjectId,
    /// Who looks at it, in the order of joining the workspace.
    pub members: Vec<Looking>,
}

/// Who looks at what in a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Now {
    /// The sessions that somebody looks at.
    pub sessions: Vec<Watched>,
    /// How long that holds if nobody says anything, in milliseconds; none: nobody looks at anything.
    pub holds_for: Option<i64>,
}

/// A member who sees the session says what they do there.
pub async fn say(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    session: SessionId,
    said: Said,
) -> Result<()> {
    store
        .write("say who looks", move |tx| {
            let project = seen(tx, workspace, member, session)?;
            let (now, before) = (tx.now, store::find(tx, session, member)?);
            let after = match said {
                Said::Gone => None,
                Said::Viewing => Some((now.plus(LOOKS), Timestamp(0))),
                Said::Typing => Some((now.plus(LOOKS), now.plus(WRITES))),
            };
            match after {
                None => store::remove(tx, session, member)?,
                Some((until, typing)) => {
                    store::set(tx, (workspace, project, session), member, until, typing)?;
                }
            }
            // That it goes on needs no word: who waits for its end looks then, and sees it.
            if doing(before, now) != doing(after, now) {
                tx.signal(Topic::Viewers(workspace));
            }
            Ok(())
        })
        .await
}

/// Who looks at a session that the member sees.
pub async fn of_session(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    session: SessionId,
) -> Result<Vec<Looking>> {
    store
        .read("viewers of session", move |tx| {
            seen(tx, workspace, member, session)?;
            let now = store::now(tx, workspace, Some(session))?;
            Ok(now.sessions.into_iter().next().map(|watched| watched.members).unwrap_or_default())
        })
        .await
}

/// Who looks at what in a workspace.
pub async fn now(store: &Store, workspace: WorkspaceId) -> Result<Now> {
    store.read("viewers", move |tx| store::now(tx, workspace, None)).await
}

/// The project of a session that the member sees.
fn seen(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, session: SessionId) -> Result<ProjectId> {
    let viewer = viewer(tx, workspace, member)?;
    let project = sessions::get(tx, workspace, session)?.project;
    viewer.must_see(project)?;
    Ok(project)
}

/// What somebody does who said that they look until the one, and write until the other.
fn doing(said: Option<(Timestamp, Timestamp)>, now: Timestamp) -> Option<Doing> {
    let (until, typing) = said.filter(|(until, _)| *until > now)?;
    debug_assert!(until >= typing, "who writes looks");
    Some(if typing > now { Doing::Typing } else { Doing::Viewing })
}
