//! Accounts made by hand, and the operator's way back in for an owner.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::model::{EndReason, Role};
use super::password::Passwords;
use super::store::{self, Account};
use super::workspace::only;
use super::{login, second_factor};
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::{MemberId, WorkspaceId};
use crate::plans::{self, Resource};
use crate::text::{Fields, fold, one_line};
use crate::tx::{Store, Tx};

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

/// A new member's input, checked, and the password hashed.
struct Prepared {
    name: String,
    login_name: String,
    role: Role,
    hash: String,
    all_projects: bool,
}

/// Adds a member, and runs `and_then` on the new account in the same transaction (to give them their projects).
pub async fn add<F>(
    store: &Store,
    passwords: &Passwords,
    workspace: WorkspaceId,
    by: Option<MemberId>,
    new: NewMember,
    and_then: F,
) -> Result<MemberId>
where
    F: Fn(&mut Tx, MemberId) -> Result<()> + Send + 'static,
{
    let prepared = prepare(passwords, new).await?;
    store
        .write("add member", move |tx| {
            let id = store_new(tx, workspace, by, &prepared)?;
            and_then(tx, id)?;
            Ok(id)
        })
        .await
}

async fn prepare(passwords: &Passwords, new: NewMember) -> Result<Prepared> {
    let mut fields = Fields::default();
    let name = fields.name("name", &new.name, 80);
    let login_name = one_line(&new.login_name);
    check_login_name(&mut fields, "login_name", &login_name);
    fields.password_of("password", new.password.expose_secret(), &[&name, &login_name]);
    if new.role == Role::Owner {
        fields.fault("role", "unknown", None);
    }
    fields.done()?;
    let hash = passwords.hash(&new.password).await?;
    Ok(Prepared { name, login_name, role: new.role, hash, all_projects: new.all_projects })
}

fn store_new(tx: &mut Tx, workspace: WorkspaceId, by: Option<MemberId>, new: &Prepared) -> Result<MemberId> {
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
    };
    store::insert(tx, &account)?;
    let detail = json!({ "role": new.role });
    audit::record(tx, workspace, by, "member.added", ("member", id.to_string()), &detail)?;
    tx.event(workspace, Change::Member(id), Audience::Workspace);
    Ok(id)
}

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
