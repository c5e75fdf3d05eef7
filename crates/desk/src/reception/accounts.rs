//! What admins do to accounts, as far as it changes who has room for what: the sessions of who leaves, or sees less, return to the
//! queue in the same transaction, and go on to others at once.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::drain::drain;
use super::returning::return_sessions;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members::{
    self, AccountChange, EndReason, Gate, MemberRow, MemberState, Passwords, Role, SignedIn, Status,
};
use crate::sessions;
use crate::text::Fields;
use crate::tx::{Store, Tx};
use crate::{access, audit, invitations};

/// Whose account it is and who acts, under the workspace's and the member's locks.
struct Act {
    by: MemberRow,
    member: MemberRow,
}

impl Act {
    fn begin(tx: &mut Tx, workspace: WorkspaceId, by: MemberId, id: MemberId) -> Result<Self> {
        members::lock_workspace(tx, workspace)?;
        members::lock(tx, id)?;
        let by = members::manager(tx, workspace, by)?;
        let member = members::get(tx, workspace, id)?;
        members::may_manage(&by, &member)?;
        Ok(Self { by, member })
    }

    /// As `begin`, for what would lock the member out.
    fn shut_out(tx: &mut Tx, workspace: WorkspaceId, by: MemberId, id: MemberId) -> Result<Self> {
        let act = Self::begin(tx, workspace, by, id)?;
        members::may_shut_out(&act.by, &act.member)?;
        Ok(act)
    }

    fn record(&self, tx: &mut Tx, verb: &'static str, detail: &Value) -> Result<()> {
        tell(tx, &self.member, Some(self.by.id), verb, detail)
    }
}

fn tell(
    tx: &mut Tx,
    member: &MemberRow,
    by: Option<MemberId>,
    verb: &'static str,
    detail: &Value,
) -> Result<()> {
    tx.event(member.workspace, Change::Member(member.id), Audience::Workspace);
    audit::record(tx, member.workspace, by, verb, ("member", member.id.to_string()), detail)
}

/// Changes an account, and its projects if they are given, if it still has `version`. Sessions of projects that the member sees no
/// more return to the queue.
pub async fn change_account(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: MemberId,
    version: i64,
    change: AccountChange,
    projects: Option<Vec<ProjectId>>,
) -> Result<()> {
    store
        .write("change account", move |tx| {
            let act = Act::begin(tx, workspace, by, id)?;
            let new = members::change_account(tx, &act.by, &act.member, version, &change)?;
            if let Some(projects) = &projects {
                access::give(tx, workspace, id, projects)?;
            }
            let rights_changed =
                new.role != act.member.role || change.all_projects.is_some() || projects.is_some();
            if rights_changed {
                tx.event(workspace, Change::Rights, Audience::Member(id));
                let rights = access::rights(tx, workspace)?;
                return_sessions(tx, &act.member, "access_lost", |session| {
                    rights.sees(&new, session.project)
                })?;
            }
            let detail = json!({ "role": new.role, "limit": new.own_limit, "expires_at": new.expires_at });
            act.record(tx, "member.changed", &detail)?;
            drain(tx, workspace)
        })
        .await
}

/// Switches an account off: its login ends, its sessions return to the queue.
pub async fn disable(store: &Store, workspace: WorkspaceId, by: MemberId, id: MemberId) -> Result<()> {
    store
        .write("disable member", move |tx| {
            let act = Act::shut_out(tx, workspace, by, id)?;
            if !members::set_state(tx, id, MemberState::Disabled)? {
                return Ok(());
            }
            let returned = leave(tx, &act.member, EndReason::Disabled)?;
            act.record(tx, "member.disabled", &json!({ "returned_sessions": returned }))?;
            drain(tx, workspace)
        })
        .await
}

/// Switches an account on again.
pub async fn enable(store: &Store, workspace: WorkspaceId, by: MemberId, id: MemberId) -> Result<()> {
    store
        .write("enable member", move |tx| {
            let act = Act::begin(tx, workspace, by, id)?;
            if members::set_state(tx, id, MemberState::Active)? {
                act.record(tx, "member.enabled", &json!({}))?;
                drain(tx, workspace)?;
            }
            Ok(())
        })
        .await
}

/// Ends a member's login and sets them offline. They keep their sessions, and may sign in again.
pub async fn sign_out(store: &Store, workspace: WorkspaceId, by: MemberId, id: MemberId) -> Result<()> {
    store
        .write("sign member out", move |tx| {
            let act = Act::begin(tx, workspace, by, id)?;
            members::end_login(tx, id, EndReason::SignedOutByAdmin)?;
            members::set_status(tx, id, Status::Offline)?;
            act.record(tx, "member.signed_out", &json!({}))?;
            drain(tx, workspace)
        })
        .await
}

/// Gives a member a password set by hand: their login ends, and open links are void. One's own is changed elsewhere.
pub async fn set_password(
    store: &Store,
    passwords: &Passwords,
    workspace: WorkspaceId,
    by: MemberId,
    id: MemberId,
    password: SecretString,
) -> Result<()> {
    let member = store.read("whose password", move |tx| members::get(tx, workspace, id)).await?;
    let mut fields = Fields::default();
    fields.password_of("password", password.expose_secret(), &[&member.name, &member.login_name]);
    fields.done()?;
    let hash = passwords.hash(&password).await?;
    store
        .write("set password", move |tx| {
            let act = Act::begin(tx, workspace, by, id)?;
            if act.by.id == id {
                return Err(Error::refused(Code::OwnAccount));
            }
            members::reset_password(tx, &act.member, &hash)?;
            members::set_status(tx, id, Status::Offline)?;
            invitations::revoke(tx, id)?;
            act.record(tx, "member.password_reset", &json!({ "by": "admin" }))?;
            drain(tx, workspace)
        })
        .await
}

/// Takes a member's open link back.
pub async fn revoke_invitation(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: MemberId,
) -> Result<()> {
    store
        .write("revoke invitation", move |tx| {
            let act = Act::begin(tx, workspace, by, id)?;
            if invitations::revoke(tx, id)? {
                act.record(tx, "invitation.revoked", &json!({}))?;
            }
            Ok(())
        })
        .await
}

/// Deletes an account, if it still has `version`: the login ends, sessions return to the queue, the login name is free again, and
/// the name stays in the history.
pub async fn delete(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: MemberId,
    version: i64,
) -> Result<()> {
    store
        .write("delete member", move |tx| {
            let act = Act::shut_out(tx, workspace, by, id)?;
            if act.member.version != version {
                return Err(Error::refused(Code::StaleVersion));
            }
            if !members::delete(tx, id, version)? {
                return Err(Error::refused(Code::StaleVersion));
            }
            invitations::revoke(tx, id)?;
            let returned = leave(tx, &act.member, EndReason::Deleted)?;
            act.record(tx, "member.deleted", &json!({ "returned_sessions": returned }))?;
            drain(tx, workspace)
        })
        .await
}

/// What it would mean if a member left.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Departure {
    /// How many sessions would return to the queue.
    pub open_sessions: i64,
    /// The projects that nobody but the owner and admins would see.
    pub projects_left_without_agent: Vec<ProjectId>,
}

/// What it would mean if a member left.
pub async fn departure(store: &Store, workspace: WorkspaceId, id: MemberId) -> Result<Departure> {
    store
        .read("departure", move |tx| {
            let member = members::get(tx, workspace, id)?;
            let open_sessions = sessions::open_counts(tx, workspace)?.get(&id).copied().unwrap_or(0);
            let (rights, now) = (access::rights(tx, workspace)?, tx.now);
            let mut others = members::all(tx, workspace)?;
            others.retain(|other| other.id != id && other.role < Role::Admin && other.is_usable(now));
            let served = rights.seen_by_any(&others);
            let mut left = rights.seen_by_any(&[member]);
            left.retain(|project| !served.contains(project));
            Ok(Departure { open_sessions, projects_left_without_agent: left })
        })
        .await
}

/// The owner hands the workspace over, and becomes an admin. Needs the owner's password.
pub async fn hand_over(
    store: &Store,
    gate: &Gate,
    who: &SignedIn,
    to: MemberId,
    password: &SecretString,
) -> Result<()> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    if who.member.role != Role::Owner {
        return Err(Error::refused(Code::OwnerProtected));
    }
    members::check_own_password(store, gate, who, "password", password).await?;
    store
        .write("hand over", move |tx| {
            members::lock_workspace(tx, workspace)?;
            for id in [by.min(to), by.max(to)] {
                members::lock(tx, id)?;
            }
            let (owner, member) = (members::get(tx, workspace, by)?, members::get(tx, workspace, to)?);
            if owner.role != Role::Owner {
                return Err(Error::refused(Code::OwnerProtected));
            }
            if by == to || !member.is_usable(tx.now) || !member.has_password || member.expires_at.is_some() {
                return Err(Error::field("member_id", "unknown"));
            }
            // The old one first: there is never more than one.
            members::set_role(tx, by, Role::Admin)?;
            members::set_role(tx, to, Role::Owner)?;
            for id in [by, to] {
                tx.event(workspace, Change::Rights, Audience::Member(id));
                tx.event(workspace, Change::Member(id), Audience::Workspace);
            }
            tell(tx, &member, Some(by), "workspace.handed_over", &json!({ "from": by }))?;
            drain(tx, workspace)
        })
        .await
}

/// Ends the logins of those whose last day is over, and returns their sessions to the queue. Says how many there were.
pub async fn end_expired(store: &Store) -> Result<usize> {
    let overdue = store.read("expired members", overdue).await?;
    let count = overdue.len();
    for (workspace, id) in overdue {
        store.write("end expired", move |tx| end_one(tx, workspace, id)).await?;
    }
    Ok(count)
}

fn overdue(tx: &mut Tx) -> Result<Vec<(WorkspaceId, MemberId)>> {
    let mut overdue = Vec::new();
    for member in members::expired(tx)? {
        if member.status != Status::Offline
            || members::is_signed_in(tx, member.id)?
            || !sessions::open_of(tx, member.workspace, member.id)?.is_empty()
        {
            overdue.push((member.workspace, member.id));
        }
    }
    Ok(overdue)
}

fn end_one(tx: &mut Tx, workspace: WorkspaceId, id: MemberId) -> Result<()> {
    members::lock_workspace(tx, workspace)?;
    members::lock(tx, id)?;
    let member = members::get(tx, workspace, id)?;
    // Another node may have been first, or an admin have set another day.
    if !member.is_expired(tx.now) {
        return Ok(());
    }
    let returned = leave(tx, &member, EndReason::Expired)?;
    tell(tx, &member, None, "member.expired", &json!({ "returned_sessions": returned }))?;
    drain(tx, workspace)
}

/// The member's login ends, they are offline, and their sessions return to the queue; says how many.
fn leave(tx: &mut Tx, member: &MemberRow, reason: EndReason) -> Result<usize> {
    members::end_login(tx, member.id, reason)?;
    members::set_status(tx, member.id, Status::Offline)?;
    return_sessions(tx, member, reason.as_ref(), |_| false)
}
