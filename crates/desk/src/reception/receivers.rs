//! Who a session can be handed to.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::acting::named;
use crate::access::{self, Rights, viewer};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members::{self, MemberRow, Role, Status};
use crate::sessions::{self, Session};
use crate::text::fold;
use crate::tx::{Store, Tx};

/// How many are offered at most.
const MOST: usize = 50;

/// Somebody who can be handed a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receiver {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Where their avatar is.
    pub avatar: Option<String>,
    /// Their role.
    pub role: Role,
    /// What they chose.
    pub status: Status,
    /// Whether a portal of theirs is connected.
    pub connected: bool,
    /// How many open sessions they have.
    pub open: i64,
    /// How many diversion gives them at once.
    pub limit: i64,
    /// Whether they have that many already.
    pub at_limit: bool,
}

/// Those whose name holds `text` who can be handed a session: who sees its project and can serve, without its assignee. The best first,
/// 50 at most.
pub async fn receivers(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
    text: String,
) -> Result<Vec<Receiver>> {
    store
        .read("receivers", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let session = sessions::get(tx, workspace, id)?;
            viewer.must_see(session.project)?;
            let wanted = fold(text.trim());
            let (rights, now) = (access::rights(tx, workspace)?, tx.now);
            let mut rows = members::all(tx, workspace)?;
            rows.retain(|row| {
                Some(row.id) != session.assignee()
                    && can_serve(row, now)
                    && rights.sees(row, session.project)
                    && fold(&row.name).contains(&wanted)
            });
            let open = sessions::open_counts(tx, workspace)?;
            let receiver = |row: MemberRow| {
                let limit = rights.limit_in(&row, session.project);
                receiver(row, &open, limit)
            };
            let mut receivers: Vec<_> = rows.into_iter().map(receiver).collect();
            receivers.sort_by_cached_key(rank);
            receivers.truncate(MOST);
            Ok(receivers)
        })
        .await
}

fn receiver(row: MemberRow, open: &HashMap<MemberId, i64>, limit: i64) -> Receiver {
    let open = open.get(&row.id).copied().unwrap_or(0);
    Receiver {
        connected: row.connected,
        avatar: row.avatar_path(),
        id: row.id,
        name: row.name,
        role: row.role,
        status: row.status,
        open,
        limit,
        at_limit: open >= limit,
    }
}

/// Who could begin at once comes first, then who is there at all; of equals who has least to do.
fn rank(it: &Receiver) -> impl Ord + use<> {
    let status = match it.status {
        Status::Online => 0,
        Status::Busy => 1,
        Status::Offline => 2,
    };
    let could_begin = status == 0 && it.connected && !it.at_limit;
    (!could_begin, status, !it.connected, it.at_limit, it.open, fold(&it.name), it.id)
}

/// Whether an account can be used to serve anybody.
fn can_serve(member: &MemberRow, now: Timestamp) -> bool {
    member.is_usable(now) && member.has_password
}

/// Whom sessions are to be handed to. The caller holds the workspace's lock.
pub(super) struct To {
    pub(super) member: MemberRow,
    rights: Rights,
}

impl To {
    /// The member with this id, whatever they can receive.
    pub(super) fn find(tx: &mut Tx, workspace: WorkspaceId, id: MemberId) -> Result<Self> {
        let member = members::find(tx, workspace, id).map_err(|error| match error.code() {
            Some(Code::NotFound) => Error::field("to", "unknown"),
            _ => error,
        })?;
        Ok(Self { member, rights: access::rights(tx, workspace)? })
    }

    /// Refuses a session that they can't serve.
    pub(super) fn must_serve(&self, tx: &Tx, session: &Session) -> Result<()> {
        let name = || named(&self.member).name;
        if !can_serve(&self.member, tx.now) {
            return Err(Error::refused_with(Code::ReceiverUnavailable, "name", name()));
        }
        if !self.rights.sees(&self.member, session.project) {
            return Err(Error::refused_with(Code::ReceiverNoAccess, "name", name()));
        }
        Ok(())
    }

    /// Refuses a session for which they have no room.
    pub(super) fn must_have_room(&self, tx: &mut Tx, session: &Session) -> Result<()> {
        let limit = self.rights.limit_in(&self.member, session.project);
        let open = sessions::open_count_of(tx, session.workspace, self.member.id)?;
        if open < limit {
            return Ok(());
        }
        let params =
            [("name", self.member.name.clone().into()), ("open", open.into()), ("limit", limit.into())];
        Err(Error::refused_saying(Code::ReceiverAtLimit, params))
    }
}
