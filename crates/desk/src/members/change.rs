//! What admins change of accounts: pure rules of who may do what to whom, and the change itself.

use super::account::{check_expiry, check_limit, check_login_name, email};
use super::login;
use super::model::{EndReason, MemberRow, Role};
use super::store;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::ids::{MemberId, WorkspaceId};
use crate::text::{Fields, one_line};
use crate::tx::Tx;

/// What to change of an account; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The name colleagues see, 1 to 80 characters.
    pub name: Option<String>,
    /// What they sign in with.
    pub login_name: Option<String>,
    /// Where mail reaches them; an inner none: nowhere.
    pub email: Option<Option<String>>,
    /// Their role.
    pub role: Option<Role>,
    /// Whether their projects are all projects.
    pub all_projects: Option<bool>,
    /// When the account ends by itself; an inner none: never.
    pub expires_at: Option<Option<Timestamp>>,
    /// How many open sessions diversion gives them at once; an inner none: as many as the project says.
    pub limit: Option<Option<i64>>,
}

/// Who manages accounts, looked at again: their role may have changed since the request came.
pub(crate) fn manager(tx: &mut Tx, workspace: WorkspaceId, by: MemberId) -> Result<MemberRow> {
    let by = store::get(tx, workspace, by)?;
    if by.role >= Role::Admin && by.is_usable(tx.now) {
        Ok(by)
    } else {
        Err(Error::refused_with(Code::Forbidden, "permission", "members.manage"))
    }
}

/// The owner's account is the owner's own affair.
pub(crate) fn may_manage(by: &MemberRow, member: &MemberRow) -> Result<()> {
    if member.role == Role::Owner && by.id != member.id {
        return Err(Error::refused(Code::OwnerProtected));
    }
    Ok(())
}

/// What would lock somebody out is done to nobody's own account, and never to the owner's.
pub(crate) fn may_shut_out(by: &MemberRow, member: &MemberRow) -> Result<()> {
    if member.role == Role::Owner {
        return Err(Error::refused(Code::OwnerProtected));
    }
    if by.id == member.id {
        return Err(Error::refused(Code::OwnAccount));
    }
    Ok(())
}

/// Changes an account, if it still has `version`.
pub(crate) fn change_account(
    tx: &mut Tx,
    by: &MemberRow,
    member: &MemberRow,
    version: i64,
    change: &AccountChange,
) -> Result<MemberRow> {
    may_manage(by, member)?;
    let role = change.role.unwrap_or(member.role);
    let expires_at = change.expires_at.unwrap_or(member.expires_at);
    if role != member.role || expires_at != member.expires_at {
        may_shut_out(by, member)?;
    }
    let mut fields = Fields::default();
    let mut new = member.clone();
    if let Some(name) = &change.name {
        new.name = fields.name("name", name, 80);
    }
    if let Some(login_name) = &change.login_name {
        new.login_name = one_line(login_name);
        check_login_name(&mut fields, "login_name", &new.login_name);
    }
    if let Some(text) = &change.email {
        new.email = email(&mut fields, text.as_deref());
    }
    if role == Role::Owner && member.role != Role::Owner {
        fields.fault("role", "unknown", None);
    }
    if expires_at != member.expires_at {
        check_expiry(&mut fields, expires_at, tx.now);
    }
    new.own_limit = change.limit.unwrap_or(member.own_limit);
    check_limit(&mut fields, new.own_limit);
    fields.done()?;
    (new.role, new.expires_at) = (role, expires_at);
    new.all_projects = change.all_projects.unwrap_or(member.all_projects);
    if !store::set_account(tx, &new, version)? {
        return Err(Error::refused(Code::StaleVersion));
    }
    Ok(new)
}

/// Ends a member's live login, if there is one: their browser and its socket hear of it at once.
pub(crate) fn end_login(tx: &mut Tx, id: MemberId, reason: EndReason) -> Result<bool> {
    let ended = store::end_live_login(tx, id, reason)?;
    if let Some(login) = ended {
        tx.signal(Topic::Login(login));
    }
    Ok(ended.is_some())
}

/// Stores a new password for `member`, ends their login, and forgets the browsers in which they were known.
pub(crate) fn reset_password(tx: &mut Tx, member: &MemberRow, hash: &str) -> Result<()> {
    store::set_password(tx, member.id, hash)?;
    login::forget_browsers(tx, member, None)?;
    end_login(tx, member.id, EndReason::PasswordReset).map(drop)
}
