//! Accounts made by hand, and the operator's way back in for an owner.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::model::{EndReason, Role};
use super::password::Passwords;
use super::store::{self, Account};
use super::workspace::only;
use super::{login, second_factor};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::{MemberId, WorkspaceId};
use crate::plans::{self, Resource};
use crate::text::{Fields, fold, one_line};
use crate::tx::{Store, Tx};
use crate::{audit, mail};

/// The member to add. Their projects are set with `access`.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Their name, 1 to 80 characters.
    pub name: String,
    /// What they sign in with: unique in the workspace, whatever the case.
    pub login_name: String,
    /// Their role; there is one owner, made with the workspace.
    pub role: Role,
    /// Their password.
    pub password: SecretString,
    /// Whether their projects are all projects.
    pub all_projects: bool,
}

/// An account to make, by hand, by invitation or from a file.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Their name, 1 to 80 characters.
    pub name: String,
    /// What they sign in with: unique in the workspace, whatever the case.
    pub login_name: String,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their role; there is one owner, made with the workspace.
    pub role: Role,
    /// Their password; none: an invitation will set it.
    pub password: Option<SecretString>,
    /// Whether their projects are all projects.
    pub all_projects: bool,
    /// When the account ends by itself.
    pub expires_at: Option<Timestamp>,
    /// How many open sessions diversion gives them at once; none: as many as the project says.
    pub limit: Option<i64>,
}

impl From<NewMember> for NewAccount {
    fn from(new: NewMember) -> Self {
        let NewMember { name, login_name, role, password, all_projects } = new;
        let password = Some(password);
        Self { name, login_name, email: None, role, password, all_projects, expires_at: None, limit: None }
    }
}

/// A new account's input, checked, and the password hashed.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) name: String,
    pub(crate) login_name: String,
    pub(crate) email: Option<String>,
    pub(crate) role: Role,
    hash: String,
    all_projects: bool,
    expires_at: Option<Timestamp>,
    limit: Option<i64>,
}

/// Adds a member, and runs `and_then` on the new account in the same transaction (to give them their projects).
pub async fn add<F>(
    store: &Store,
    passwords: &Passwords,
    workspace: WorkspaceId,
    by: Option<MemberId>,
    new: NewAccount,
    and_then: F,
) -> Result<MemberId>
where
    F: Fn(&mut Tx, MemberId) -> Result<()> + Send + 'static,
{
    let mut prepared = checked(&new, store.now())?;
    if let Some(password) = &new.password {
        prepared.hash = passwords.hash(password).await?;
    }
    store
        .write("add member", move |tx| {
            let id = store_new(tx, workspace, by, &prepared)?;
            and_then(tx, id)?;
            Ok(id)
        })
        .await
}

/// The input without its password, or all that is wrong with it.
pub(crate) fn checked(new: &NewAccount, now: Timestamp) -> Result<Prepared> {
    let mut fields = Fields::default();
    let name = fields.name("name", &new.name, 80);
    let login_name = one_line(&new.login_name);
    check_login_name(&mut fields, "login_name", &login_name);
    let email = email(&mut fields, new.email.as_deref());
    if let Some(password) = &new.password {
        fields.password_of("password", password.expose_secret(), &[&name, &login_name]);
    }
    if new.role == Role::Owner {
        fields.fault("role", "unknown", None);
    }
    check_expiry(&mut fields, new.expires_at, now);
    check_limit(&mut fields, new.limit);
    fields.done()?;
    let NewAccount { role, all_projects, expires_at, limit, .. } = *new;
    Ok(Prepared { name, login_name, email, role, hash: String::new(), all_projects, expires_at, limit })
}

/// Stores a new account.
pub(crate) fn store_new(
    tx: &mut Tx,
    workspace: WorkspaceId,
    by: Option<MemberId>,
    new: &Prepared,
) -> Result<MemberId> {
    plans::check_room(tx, workspace, Resource::Seat)?;
    let id = MemberId::new(tx.now);
    let account = Account {
        id,
        workspace,
        name: &new.name,
        login_name: &new.login_name,
        role: new.role,
        password_hash: &new.hash,
        all_projects: new.all_projects,
        email: new.email.as_deref(),
        expires_at: new.expires_at,
        own_limit: new.limit,
    };
    store::insert(tx, &account)?;
    let detail = json!({ "role": new.role, "invited": new.hash.is_empty() });
    audit::record(tx, workspace, by, "member.added", ("member", id.to_string()), &detail)?;
    tx.event(workspace, Change::Member(id), Audience::Workspace);
    Ok(id)
}

/// An e-mail address; an empty one is none.
pub(super) fn email(fields: &mut Fields, text: Option<&str>) -> Option<String> {
    let email = one_line(text?);
    if email.is_empty() {
        return None;
    }
    if email.len() > 254 {
        fields.fault("email", "too_long", Some(("max", 254)));
    } else if !mail::is_address(&email) {
        fields.fault("email", "bad_format", None);
    }
    Some(email)
}

/// A last day lies ahead.
pub(super) fn check_expiry(fields: &mut Fields, expires_at: Option<Timestamp>, now: Timestamp) {
    if expires_at.is_some_and(|end| end <= now || end.0 > LATEST) {
        fields.fault("expires_at", "bad_format", None);
    }
}

/// A reception limit of one's own: 0 to 1000.
pub(super) fn check_limit(fields: &mut Fields, limit: Option<i64>) {
    if limit.is_some_and(|limit| !(0..=1_000).contains(&limit)) {
        fields.fault("limit", "bad_format", None);
    }
}

/// The end of the year 9999: what lies after it is a slip of the hand.
const LATEST: i64 = 253_402_300_799_999;

/// A login name: 1 to 64 characters, no spaces.
pub(super) fn check_login_name(fields: &mut Fields, field: &str, login_name: &str) {
    if fold(login_name).is_empty() {
        fields.fault(field, "required", None);
    } else if login_name.chars().count() > 64 {
        fields.fault(field, "too_long", Some(("max", 64)));
    } else if login_name.contains(char::is_whitespace) {
        fields.fault(field, "bad_format", None);
    }
}

/// The operator's request for a new password for a workspace's owner.
#[derive(Debug, Clone)]
pub struct ResetOwner {
    /// The workspace; may be left out while there is one.
    pub slug: Option<String>,
    /// The new password.
    pub password: SecretString,
}

/// Gives the owner a new password, removes their second factor, ends their login, and says what they sign in with.
pub async fn reset_owner(store: &Store, passwords: &Passwords, reset: ResetOwner) -> Result<String> {
    let mut fields = Fields::default();
    fields.password("password", reset.password.expose_secret());
    fields.done()?;
    let hash = passwords.hash(&reset.password).await?;
    store
        .write("reset owner", move |tx| {
            let workspace = match &reset.slug {
                Some(slug) => store::workspace_by_slug(tx, slug)?,
                None => only(tx)?,
            };
            let workspace = workspace.ok_or_else(|| Error::refused(Code::NotFound))?.id;
            let owner = store::owner_of(tx, workspace)?.ok_or_else(|| Error::refused(Code::NotFound))?;
            store::set_password(tx, owner.id, &hash)?;
            // The operator is who helps an owner without their telephone; there is nobody else.
            second_factor::remove(tx, owner.id)?;
            login::forget_browsers(tx, &owner, None)?;
            if let Some(login) = store::end_live_login(tx, owner.id, EndReason::PasswordReset)? {
                tx.signal(Topic::Login(login));
            }
            let subject = ("member", owner.id.to_string());
            audit::record(
                tx,
                workspace,
                None,
                "member.password_reset",
                subject,
                &json!({ "by": "operator" }),
            )?;
            Ok(owner.login_name)
        })
        .await
}
