//! Workspaces: the first set-up of one, with its owner.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::account::check_login_name;
use super::model::{Role, Workspace};
use super::password::Passwords;
use super::store::{self, Account};
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, WorkspaceId};
use crate::text::{Fields, one_line};
use crate::tx::{Store, Tx};
use crate::{audit, leases, plans};

/// The workspace to make.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// Its name in addresses: 1 to 40 of a–z, 0–9 and inner hyphens.
    pub slug: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// The owner to make.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// Their name, 1 to 80 characters.
    pub name: String,
    /// What they sign in with.
    pub login_name: String,
    /// Their password.
    pub password: SecretString,
}

/// Whether nobody has set this installation up yet.
pub async fn setup_needed(store: &Store) -> Result<bool> {
    store.read("setup needed", |tx| Ok(!store::has_owner(tx)?)).await
}

/// The workspace, when there is exactly one.
pub async fn only_workspace(store: &Store) -> Result<Option<Workspace>> {
    store.read("only workspace", only).await
}

pub(super) fn only(tx: &mut Tx) -> Result<Option<Workspace>> {
    let mut first = store::first_workspaces(tx)?;
    Ok(if first.len() == 1 { first.pop() } else { None })
}

/// A workspace that exists.
pub fn workspace(tx: &mut Tx, id: WorkspaceId) -> Result<Workspace> {
    store::workspace_by_id(tx, id)
}

/// Makes a workspace with its owner. With `first`, only if the installation has no owner yet.
pub async fn set_up(
    store: &Store,
    passwords: &Passwords,
    workspace: NewWorkspace,
    owner: NewOwner,
    first: bool,
) -> Result<MemberId> {
    let mut fields = Fields::default();
    let name = fields.name("workspace.name", &workspace.name, 80);
    let slug = workspace.slug.trim().to_owned();
    check_slug(&mut fields, &slug);
    let time_zone = workspace.time_zone.trim().to_owned();
    if !is_time_zone(&time_zone) {
        fields.fault("workspace.time_zone", "unknown", None);
    }
    let owner_name = fields.name("owner.name", &owner.name, 80);
    let login_name = one_line(&owner.login_name);
    check_login_name(&mut fields, "owner.login_name", &login_name);
    let known = [&*name, &*slug, &*owner_name, &*login_name];
    fields.password_of("owner.password", owner.password.expose_secret(), &known);
    fields.done()?;
    let hash = passwords.hash(&owner.password).await?;
    store
        .write("set up", move |tx| {
            if first {
                leases::lock_installation(tx)?;
                if store::has_owner(tx)? {
                    return Err(Error::refused(Code::SetupDone));
                }
            }
            let id = WorkspaceId::new(tx.now);
            let (slug, name, time_zone) = (slug.clone(), name.clone(), time_zone.clone());
            store::insert_workspace(tx, &Workspace { id, slug, name, time_zone }, plans::UNLIMITED)?;
            let owner = MemberId::new(tx.now);
            let account = Account {
                id: owner,
                workspace: id,
                name: &owner_name,
                login_name: &login_name,
                role: Role::Owner,
                password_hash: &hash,
                all_projects: true,
                email: None,
                expires_at: None,
                own_limit: None,
            };
            store::insert(tx, &account)?;
            audit::record(tx, id, None, "workspace.created", ("workspace", id.to_string()), &json!({}))?;
            Ok(owner)
        })
        .await
}

fn check_slug(fields: &mut Fields, slug: &str) {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() {
        fields.fault("workspace.slug", "required", None);
    } else if slug.len() > 40 {
        fields.fault("workspace.slug", "too_long", Some(("max", 40)));
    } else if !slug.chars().all(inner) || slug.starts_with('-') || slug.ends_with('-') {
        fields.fault("workspace.slug", "bad_format", None);
    }
}

/// Whether `name` is in the IANA time zone database.
pub(super) fn is_time_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}
