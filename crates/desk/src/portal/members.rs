//! Members as they see themselves and each other.

use serde::Serialize;
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use crate::access::{self, Permission, permits};
use crate::error::Result;
use crate::ids::{MemberId, WorkspaceId};
use crate::members::{self, MemberRow, MemberState, Notifications, Role, SendKey, Status, Theme, Workspace};
use crate::sessions;
use crate::tx::{Store, Tx};

/// The signed-in member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// Their id.
    pub id: MemberId,
    /// The name colleagues see.
    pub name: String,
    /// What they sign in with.
    pub login_name: String,
    /// Their role.
    pub role: Role,
    /// What they chose.
    pub status: Status,
    /// Whether a portal of theirs is connected.
    pub connected: bool,
    /// How many open sessions diversion gives them at once: their own limit, or the largest of the projects they see.
    pub limit: i64,
    /// Their own limit; none: as many as the project says.
    pub own_limit: Option<i64>,
    /// Their language; none: the browser's.
    pub language: Option<String>,
    /// Their theme.
    pub theme: Theme,
    /// Their time zone; none: the workspace's.
    pub time_zone: Option<String>,
    /// Where their avatar is.
    pub avatar: Option<String>,
    /// Which key sends.
    pub send_key: SendKey,
    /// How they want to be told of things.
    pub notifications: Notifications,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// Whether they must set one up before anything else.
    pub must_set_up_second_factor: bool,
    /// Grows with each change.
    pub version: i64,
    /// Their workspace.
    pub workspace: Workspace,
    /// What their role allows.
    pub permissions: Vec<Permission>,
}

/// A member as colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberView {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they sign in with.
    pub login_name: String,
    /// Their role.
    pub role: Role,
    /// What they chose.
    pub status: Status,
    /// Whether a portal of theirs is connected.
    pub connected: bool,
    /// How many open sessions diversion gives them at once: their own limit, or the largest of the projects they see.
    pub limit: i64,
    /// Their own limit; none: as many as the project says.
    pub own_limit: Option<i64>,
    /// How many they have.
    pub open_sessions: i64,
    /// Whether they see no project at all: they can't serve anyone.
    pub sees_no_project: bool,
    /// Where their avatar is.
    pub avatar: Option<String>,
    /// Grows with each change of the account.
    pub version: i64,
}

/// The signed-in member, with what they need to draw the portal.
pub async fn me(store: &Store, workspace: WorkspaceId, member: MemberId) -> Result<MeView> {
    store
        .read("me", move |tx| {
            let row = members::get(tx, workspace, member)?;
            let workspace = members::workspace(tx, workspace)?;
            let permissions =
                Permission::iter().filter(|&permission| permits(row.role, permission)).collect();
            let limit = access::rights(tx, row.workspace)?.limit_of(&row);
            let required = members::requires_second_factor(tx, row.workspace)?;
            Ok(MeView {
                avatar: row.avatar_path(),
                send_key: row.send_key,
                notifications: row.notifications,
                second_factor: row.second_factor,
                must_set_up_second_factor: required && !row.second_factor,
                id: row.id,
                name: row.name,
                login_name: row.login_name,
                role: row.role,
                status: row.status,
                connected: row.connected,
                limit,
                own_limit: row.own_limit,
                language: row.language,
                theme: row.theme,
                time_zone: row.time_zone,
                version: row.version,
                workspace,
                permissions,
            })
        })
        .await
}

/// All members of a workspace, in the order in which they joined.
pub async fn members(store: &Store, workspace: WorkspaceId) -> Result<Vec<MemberView>> {
    store
        .read("list members", move |tx| {
            let rows = members::all(tx, workspace)?;
            views(tx, workspace, rows)
        })
        .await
}

/// These members as colleagues see them.
pub(super) fn views(tx: &mut Tx, workspace: WorkspaceId, rows: Vec<MemberRow>) -> Result<Vec<MemberView>> {
    let open = sessions::open_counts(tx, workspace)?;
    let rights = access::rights(tx, workspace)?;
    let view = |row: MemberRow| MemberView {
        sees_no_project: row.state != MemberState::Active || !rights.sees_any(&row),
        open_sessions: open.get(&row.id).copied().unwrap_or(0),
        avatar: row.avatar_path(),
        limit: rights.limit_of(&row),
        own_limit: row.own_limit,
        connected: row.connected,
        id: row.id,
        name: row.name,
        login_name: row.login_name,
        role: row.role,
        status: row.status,
        version: row.version,
    };
    Ok(rows.into_iter().map(view).collect())
}
