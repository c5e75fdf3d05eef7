//! Who a session can be handed to.

use serde::Serialize;
use utoipa::ToSchema;

use super::acting::named;
use crate::access::{self, Rights, viewer};
use crate::clock::{MINUTE, Timestamp};
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, SessionId, WorkspaceId};
use crate::members::{self, MemberRow, Role, Status};
use crate::projects;
use crate::sessions::{self, Session};
use crate::text::fold;
use crate::tx::{Store, Tx};

/// How many are offered at most.
const MOST: usize = 50;
/// How long after a sign of life a member counts as connected.
const CONNECTED: i64 = 2 * MINUTE;

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
            let default_limit = projects::rules(tx, workspace, session.project)?.default_limit;
            let open = sessions::open_counts(tx, workspace)?;
            let mut receivers = Vec::new();
            for row in rows {
                let open = open.get(&row.id).copied().unwrap_or(0);
                receivers.push(receiver(tx, row, open, default_limit)?);
            }
            receivers.sort_by_cached_key(rank);
            receivers.truncate(MOST);
            Ok(receivers)
        })
        .await
}

fn receiver(tx: &mut Tx, row: MemberRow, open: i64, default_limit: i64) -> Result<Receiver> {
    let limit = limit_of(&row, default_limit);
    let since = tx.now.plus(-CONNECTED);
    Ok(Receiver {
        connected: members::is_in_use(tx, row.id, Some(since))?,
        avatar: row.avatar_path(),
        id: row.id,
        name: row.name,
        role: row.role,
        status: row.status,
        open,
        limit,
        at_limit: open >= limit,
    })
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

/// How many sessions of a project diversion gives a member at once: their own number, or the project's.
fn limit_of(member: &MemberRow, default_limit: i64) -> i64 {
    if member.limit < 0 { default_limit } else { member.limit }
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
        let rules = projects::rules(tx, session.workspace, session.project)?;
        let limit = limit_of(&self.member, rules.default_limit);
        let open = sessions::open_count_of(tx, session.workspace, self.member.id)?;
        if open < limit {
            return Ok(());
        }
        let params =
            [("name", self.member.name.clone().into()), ("open", open.into()), ("limit", limit.into())];
        Err(Error::refused_saying(Code::ReceiverAtLimit, params))
    }
}
