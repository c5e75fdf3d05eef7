//! The tables workspaces, members and logins.

use db::{Row, params};

use super::model::{EndReason, MemberRow, MemberState, Role, Workspace};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{LoginId, MemberId, WorkspaceId};
use crate::sql::placeholders;
use crate::tx::{Tx, to_json, word, word_opt};

const COLUMNS: &str = "m.id, m.workspace_id, m.name, m.login_name, m.role, m.state, m.all_projects, m.status, m.connected,
    m.reception_limit, m.language, m.theme, m.time_zone, m.avatar, m.send_key, m.notifications, m.second_factor,
    m.last_seen_at, m.email, m.expires_at, m.created_at, m.password_hash <> '' AS has_password, m.version, m.deleted_at";

pub(super) fn insert_workspace(tx: &mut Tx, workspace: &Workspace, plan: &str) -> Result<()> {
    let now = tx.now;
    let Workspace { id, slug, name, time_zone } = workspace;
    tx.execute(
        "INSERT INTO workspaces (id, slug, name, time_zone, plan, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)",
        params![*id, slug, name, time_zone, plan, now],
    )
    .map_err(|error| Error::from(error).on_unique("workspaces_slug", Code::SlugInUse))?;
    Ok(crate::events::start_counter(tx, *id)?)
}

pub(super) fn workspace_by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Workspace>> {
    let sql = "SELECT id, slug, name, time_zone FROM workspaces WHERE slug = $1";
    Ok(tx.query_opt(sql, params![slug], workspace)?)
}

pub(super) fn workspace_by_id(tx: &mut Tx, id: WorkspaceId) -> Result<Workspace> {
    let sql = "SELECT id, slug, name, time_zone FROM workspaces WHERE id = $1";
    Ok(tx.query_one(sql, params![id], workspace)?)
}

/// At most two: enough to know whether there is exactly one.
pub(super) fn first_workspaces(tx: &mut Tx) -> Result<Vec<Workspace>> {
    Ok(tx.query(
        "SELECT id, slug, name, time_zone FROM workspaces ORDER BY id LIMIT 2",
        params![],
        workspace,
    )?)
}

pub(super) fn has_owner(tx: &mut Tx) -> Result<bool> {
    let sql = "SELECT id FROM members WHERE role = 'owner' AND deleted_at IS NULL LIMIT 1";
    Ok(tx.query_opt(sql, params![], |_| Ok(()))?.is_some())
}

pub(super) fn owner_of(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<MemberRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM members m WHERE m.workspace_id = $1 AND m.role = 'owner' AND m.deleted_at IS NULL"
    );
    Ok(tx.query_opt(&sql, params![workspace], member)?)
}

/// What `insert` stores.
pub(super) struct Account<'a> {
    pub(super) id: MemberId,
    pub(super) workspace: WorkspaceId,
    pub(super) name: &'a str,
    pub(super) login_name: &'a str,
    pub(super) role: Role,
    /// Empty: none yet.
    pub(super) password_hash: &'a str,
    pub(super) all_projects: bool,
    pub(super) email: Option<&'a str>,
    pub(super) expires_at: Option<Timestamp>,
    /// None: as many as the project says.
    pub(super) own_limit: Option<i64>,
}

/// A limit of their own as the column holds it.
fn stored_limit(own: Option<i64>) -> i64 {
    own.unwrap_or(-1)
}

pub(super) fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    let (now, login_key) = (tx.now, crate::text::fold(account.login_name));
    tx.execute(
        "INSERT INTO members (id, workspace_id, name, login_name, login_key, role, password_hash, state, all_projects,
             status, reception_limit, theme, created_at, email, expires_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, 'offline', $9, 'system', $10, $11, $12, 1)",
        params![
            account.id,
            account.workspace,
            account.name,
            account.login_name,
            login_key,
            account.role.as_ref(),
            account.password_hash,
            account.all_projects,
            stored_limit(account.own_limit),
            now,
            account.email,
            account.expires_at.map(|time| time.0)
        ],
    )
    .map_err(|error| Error::from(error).on_unique("members_login_key", Code::LoginNameInUse))?;
    Ok(())
}

/// Locks the workspace: whoever changes who has room for what, or reads it to act on it, does so one after the other.
pub(crate) fn lock_workspace(tx: &mut Tx, id: WorkspaceId) -> Result<()> {
    tx.lock("workspaces", &id.to_string())?;
    Ok(())
}

/// Locks a member.
pub(crate) fn lock(tx: &mut Tx, id: MemberId) -> Result<()> {
    tx.lock("members", &id.to_string())?;
    Ok(())
}

/// The member `id` of `workspace`, deleted ones not.
pub(crate) fn get(tx: &mut Tx, workspace: WorkspaceId, id: MemberId) -> Result<MemberRow> {
    let sql = format!(
        "SELECT {COLUMNS} FROM members m WHERE m.workspace_id = $1 AND m.id = $2 AND m.deleted_at IS NULL"
    );
    tx.query_opt(&sql, params![workspace, id], member)?.ok_or_else(|| Error::refused(Code::NotFound))
}

/// Those of `ids` that are in `workspace` and not deleted.
pub(crate) fn get_many(tx: &mut Tx, workspace: WorkspaceId, ids: &[MemberId]) -> Result<Vec<MemberRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, ids.len());
    let sql = format!(
        "SELECT {COLUMNS} FROM members m WHERE m.workspace_id = $1 AND m.deleted_at IS NULL AND m.id IN ({list})"
    );
    let mut values = vec![workspace.into()];
    values.extend(ids.iter().map(|&id| db::Value::from(id)));
    Ok(tx.query(&sql, &values, member)?)
}

/// Every member of `workspace` who isn't deleted, in the order in which they joined.
pub(crate) fn all(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<MemberRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM members m WHERE m.workspace_id = $1 AND m.deleted_at IS NULL ORDER BY m.id"
    );
    Ok(tx.query(&sql, params![workspace], member)?)
}

/// The member `id` of `workspace`, also when they were deleted.
pub(crate) fn find(tx: &mut Tx, workspace: WorkspaceId, id: MemberId) -> Result<MemberRow> {
    let sql = format!("SELECT {COLUMNS} FROM members m WHERE m.workspace_id = $1 AND m.id = $2");
    tx.query_opt(&sql, params![workspace, id], member)?.ok_or_else(|| Error::refused(Code::NotFound))
}

/// Every member of `workspace` who was deleted.
pub(crate) fn deleted(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<MemberRow>> {
    let gone = "m.workspace_id = $1 AND m.deleted_at IS NOT NULL ORDER BY m.id";
    Ok(tx.query(&format!("SELECT {COLUMNS} FROM members m WHERE {gone}"), params![workspace], member)?)
}

/// Those, of all workspaces, whose last day is over.
pub(crate) fn expired(tx: &mut Tx) -> Result<Vec<MemberRow>> {
    let (now, over) = (tx.now, "m.expires_at IS NOT NULL AND m.expires_at <= $1 AND m.deleted_at IS NULL");
    Ok(tx.query(&format!("SELECT {COLUMNS} FROM members m WHERE {over}"), params![now], member)?)
}

/// Stores what admins change of an account if its version is still `version`; says whether it was.
pub(super) fn set_account(tx: &mut Tx, member: &MemberRow, version: i64) -> Result<bool> {
    let key = crate::text::fold(&member.login_name);
    let changed = tx
        .execute(
            "UPDATE members SET name = $3, login_name = $4, login_key = $5, email = $6, role = $7, all_projects = $8,
                 expires_at = $9, reception_limit = $10, version = version + 1
             WHERE id = $1 AND version = $2",
            params![
                member.id,
                version,
                &member.name,
                &member.login_name,
                key,
                member.email.as_deref(),
                member.role.as_ref(),
                member.all_projects,
                member.expires_at.map(|time| time.0),
                stored_limit(member.own_limit)
            ],
        )
        .map_err(|error| Error::from(error).on_unique("members_login_key", Code::LoginNameInUse))?;
    Ok(changed > 0)
}

/// Switches an account on or off; says whether that is news.
pub(crate) fn set_state(tx: &mut Tx, id: MemberId, state: MemberState) -> Result<bool> {
    let sql = "UPDATE members SET state = $2, version = version + 1 WHERE id = $1 AND state <> $2";
    Ok(tx.execute(sql, params![id, state.as_ref()])? > 0)
}

/// Deletes an account: the name stays, the login name is free again. Says whether the account had this version.
pub(crate) fn delete(tx: &mut Tx, id: MemberId, version: i64) -> Result<bool> {
    let now = tx.now;
    let sql = "UPDATE members SET deleted_at = $3, password_hash = '', version = version + 1
         WHERE id = $1 AND version = $2 AND deleted_at IS NULL";
    Ok(tx.execute(sql, params![id, version, now])? > 0)
}

/// Gives a member another role.
pub(crate) fn set_role(tx: &mut Tx, id: MemberId, role: Role) -> Result<()> {
    let sql = "UPDATE members SET role = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, params![id, role.as_ref()])?;
    Ok(())
}

/// Whether the member has a live login.
pub(crate) fn is_signed_in(tx: &mut Tx, id: MemberId) -> Result<bool> {
    let sql = "SELECT id FROM logins WHERE member_id = $1 AND ended_at IS NULL";
    Ok(tx.query_opt(sql, params![id], |_| Ok(()))?.is_some())
}

/// A member's name, of deleted ones too.
pub(crate) fn name_of(tx: &mut Tx, id: MemberId) -> Result<String> {
    Ok(tx.query_one("SELECT name FROM members WHERE id = $1", params![id], |row| row.get("name"))?)
}

/// The member with this login name and their password hash.
pub(super) fn by_login_name(
    tx: &mut Tx,
    workspace: WorkspaceId,
    login_name: &str,
) -> Result<Option<(MemberRow, String)>> {
    let sql = format!(
        "SELECT {COLUMNS}, m.password_hash FROM members m
         WHERE m.workspace_id = $1 AND m.login_key = $2 AND m.deleted_at IS NULL"
    );
    let key = crate::text::fold(login_name);
    Ok(tx.query_opt(&sql, params![workspace, key], |row| Ok((member(row)?, row.get("password_hash")?)))?)
}

pub(super) fn password_hash(tx: &mut Tx, id: MemberId) -> Result<String> {
    let sql = "SELECT password_hash FROM members WHERE id = $1";
    Ok(tx.query_one(sql, params![id], |row| row.get("password_hash"))?)
}

/// Stores the name of a member's avatar, and gives the one before.
pub(crate) fn set_avatar(tx: &mut Tx, id: MemberId, name: Option<&str>) -> Result<Option<String>> {
    let before: Option<String> =
        tx.query_one("SELECT avatar FROM members WHERE id = $1", params![id], |row| row.get("avatar"))?;
    if before.as_deref() != name {
        tx.execute("UPDATE members SET avatar = $2, version = version + 1 WHERE id = $1", params![id, name])?;
    }
    Ok(before)
}

pub(crate) fn set_password(tx: &mut Tx, id: MemberId, hash: &str) -> Result<()> {
    tx.execute(
        "UPDATE members SET password_hash = $2, version = version + 1 WHERE id = $1",
        params![id, hash],
    )?;
    Ok(())
}

/// Stores the profile of `member` if its version is still `version`; says whether it was.
pub(super) fn set_profile(tx: &mut Tx, member: &MemberRow, version: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE members SET name = $3, language = $4, theme = $5, time_zone = $6, send_key = $7, notifications = $8,
             version = version + 1
         WHERE id = $1 AND version = $2",
        params![
            member.id,
            version,
            &member.name,
            member.language.as_deref(),
            member.theme.as_ref(),
            member.time_zone.as_deref(),
            member.send_key.as_ref(),
            to_json(&member.notifications)?
        ],
    )?;
    Ok(changed > 0)
}

pub(super) struct Browser<'a> {
    pub(super) address: &'a str,
    pub(super) device: &'a str,
}

pub(super) fn insert_login(
    tx: &mut Tx,
    id: LoginId,
    member: &MemberRow,
    hash: &str,
    browser: &Browser,
) -> Result<()> {
    let now = tx.now;
    tx.execute(
        "INSERT INTO logins (id, workspace_id, member_id, token_hash, address, device, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![id, member.workspace, member.id, hash, browser.address, browser.device, now],
    )?;
    Ok(())
}

/// Ends the live login of a member, if there is one, and says which it was.
pub(super) fn end_live_login(tx: &mut Tx, member: MemberId, reason: EndReason) -> Result<Option<LoginId>> {
    let now = tx.now;
    Ok(tx.query_opt(
        "UPDATE logins SET ended_at = $2, end_reason = $3 WHERE member_id = $1 AND ended_at IS NULL RETURNING id",
        params![member, now, reason.as_ref()],
        |row| LoginId::column(row, "id"),
    )?)
}

/// Ends all live logins of the installation, and sets everyone offline.
pub(crate) fn sign_everyone_out(tx: &mut Tx) -> Result<()> {
    let (now, reason) = (tx.now, EndReason::LoggedOut);
    tx.execute(
        "UPDATE logins SET ended_at = $1, end_reason = $2 WHERE ended_at IS NULL",
        params![now, reason.as_ref()],
    )?;
    super::presence::everyone_is_gone(tx)?;
    Ok(())
}

/// A login as it is found by its token.
pub(super) struct Found {
    pub(super) login: LoginId,
    pub(super) member: MemberRow,
    pub(super) ended: Option<EndReason>,
    pub(super) seen_at: Option<Timestamp>,
    /// Whether the workspace requires a second factor.
    pub(super) second_factor_required: bool,
}

/// The login with this token, whose it is, and why it ended if it did.
pub(super) fn login_by_token(tx: &mut Tx, hash: &str) -> Result<Option<Found>> {
    let sql = format!(
        "SELECT {COLUMNS}, l.id AS login_id, l.end_reason, l.last_seen_at AS login_seen_at,
             w.second_factor = 'required' AS required
         FROM logins l JOIN members m ON m.id = l.member_id JOIN workspaces w ON w.id = m.workspace_id
         WHERE l.token_hash = $1"
    );
    let found = |row: &Row| {
        Ok(Found {
            login: LoginId::column(row, "login_id")?,
            member: member(row)?,
            ended: word_opt(row, "end_reason")?,
            seen_at: row.get::<Option<i64>>("login_seen_at")?.map(Timestamp),
            second_factor_required: row.get("required")?,
        })
    };
    Ok(tx.query_opt(&sql, params![hash], found)?)
}

pub(super) fn login_end(tx: &mut Tx, id: LoginId) -> Result<Option<EndReason>> {
    let sql = "SELECT end_reason FROM logins WHERE id = $1";
    Ok(tx.query_opt(sql, params![id], |row| word_opt(row, "end_reason"))?.flatten())
}

fn workspace(row: &Row) -> Result<Workspace, db::Error> {
    Ok(Workspace {
        id: WorkspaceId::column(row, "id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        time_zone: row.get("time_zone")?,
    })
}

fn member(row: &Row) -> Result<MemberRow, db::Error> {
    Ok(MemberRow {
        id: MemberId::column(row, "id")?,
        workspace: WorkspaceId::column(row, "workspace_id")?,
        name: row.get("name")?,
        login_name: row.get("login_name")?,
        role: word(row, "role")?,
        state: word(row, "state")?,
        all_projects: row.get("all_projects")?,
        status: word(row, "status")?,
        connected: row.get("connected")?,
        own_limit: row.get("reception_limit").map(|limit: i64| (limit >= 0).then_some(limit))?,
        language: row.get("language")?,
        theme: word(row, "theme")?,
        time_zone: row.get("time_zone")?,
        avatar: row.get("avatar")?,
        send_key: word(row, "send_key")?,
        notifications: row
            .get::<Option<String>>("notifications")?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
        second_factor: row.get("second_factor")?,
        email: row.get("email")?,
        expires_at: row.get::<Option<i64>>("expires_at")?.map(Timestamp),
        created_at: Timestamp(row.get("created_at")?),
        has_password: row.get("has_password")?,
        last_seen_at: row.get::<Option<i64>>("last_seen_at")?.map(Timestamp),
        version: row.get("version")?,
        deleted_at: row.get::<Option<i64>>("deleted_at")?.map(Timestamp),
    })
}
