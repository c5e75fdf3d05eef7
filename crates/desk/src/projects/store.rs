//! The projects table.

use db::{Row, params};

use super::model::{BotView, Diversion, Health, Project, ProjectState, Rules, Scope, Transport};
use crate::access::{Sight, Viewer};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::sql::placeholders;
use crate::tx::{Tx, json, to_json, word};

const COLUMNS: &str = "id, name, api, bot_id, bot_username, bot_name, state, transport, health, scope,
    welcome_text, signature, diversion, prefer_last, take_up_seconds, quiet_minutes, reopen_minutes, alert_minutes, default_limit,
    transfer_text, version";

pub(super) fn insert(tx: &mut Tx, workspace: WorkspaceId, project: &Project, sealed: &[u8]) -> Result<()> {
    let (now, health) = (tx.now, to_json(&project.health)?);
    tx.execute(
        "INSERT INTO projects (id, workspace_id, name, api, bot_id, bot_username, bot_name, bot_token, state, scope,
             health, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'all', $10, $11, 1)",
        params![
            project.id,
            workspace,
            &project.name,
            &project.api,
            project.bot.id,
            &project.bot.username,
            &project.bot.name,
            sealed,
            project.state.as_ref(),
            health,
            now
        ],
    )
    .map_err(|error| Error::from(error).on_unique("projects_bot", Code::BotInUse))?;
    Ok(())
}

/// The project `id` of `workspace`.
pub(crate) fn get(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<Project> {
    many(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// As `get`, with the project locked.
pub(super) fn locked(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<Project> {
    tx.lock("projects", &id.to_string())?;
    get(tx, workspace, id)
}

/// Those of `ids` that are projects of `workspace`.
pub(crate) fn many(tx: &mut Tx, workspace: WorkspaceId, ids: &[ProjectId]) -> Result<Vec<Project>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, ids.len());
    let sql = format!(
        "SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL AND id IN ({list})"
    );
    let mut values = vec![workspace.into()];
    values.extend(ids.iter().map(|&id| db::Value::from(id)));
    Ok(tx.query(&sql, &values, project)?)
}

/// The projects of a workspace with their names.
pub(crate) fn names(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<(ProjectId, String)>> {
    let sql = "SELECT id, name FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY id";
    Ok(tx.query(sql, params![workspace], |row| Ok((ProjectId::column(row, "id")?, row.get("name")?)))?)
}

/// Refuses an id that is no project of `workspace`.
pub(crate) fn must_exist(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<()> {
    get(tx, workspace, id).map(drop)
}

/// The projects that `viewer` sees, oldest first.
pub(crate) fn visible(tx: &mut Tx, viewer: &Viewer) -> Result<Vec<Project>> {
    match &viewer.sight {
        Sight::All => {
            let sql = format!(
                "SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY id"
            );
            Ok(tx.query(&sql, params![viewer.workspace], project)?)
        }
        Sight::Only(ids) => {
            let mut projects = many(tx, viewer.workspace, &ids.iter().copied().collect::<Vec<_>>())?;
            projects.sort_by_key(|project| project.id);
            Ok(projects)
        }
    }
}

/// Whether a project works: nothing is sent for a paused one.
pub(crate) fn is_active(tx: &mut Tx, id: ProjectId) -> Result<bool> {
    let sql = "SELECT state FROM projects WHERE id = $1 AND deleted_at IS NULL";
    let state = tx.query_opt(sql, params![id], |row| word::<ProjectState>(row, "state"))?;
    Ok(state == Some(ProjectState::Active))
}

/// What who writes to the project for the first time is told.
pub(crate) fn welcome_text(tx: &mut Tx, id: ProjectId) -> Result<Option<String>> {
    let sql = "SELECT welcome_text FROM projects WHERE id = $1";
    Ok(tx.query_opt(sql, params![id], |row| row.get("welcome_text"))?.flatten())
}

/// Whether replies of the project end with their author's name.
pub(crate) fn signs(tx: &mut Tx, id: ProjectId) -> Result<bool> {
    let sql = "SELECT signature FROM projects WHERE id = $1";
    Ok(tx.query_opt(sql, params![id], |row| row.get("signature"))?.unwrap_or(false))
}

/// The active projects of the installation whose sessions end by themselves, with their quiet time in minutes.
pub(crate) fn quiet_times(tx: &mut Tx) -> Result<Vec<(WorkspaceId, ProjectId, i64)>> {
    let sql = "SELECT id, workspace_id, quiet_minutes FROM projects
         WHERE state = 'active' AND deleted_at IS NULL AND quiet_minutes IS NOT NULL ORDER BY id";
    Ok(tx.query(sql, params![], |row| {
        let (workspace, id) = (WorkspaceId::column(row, "workspace_id")?, ProjectId::column(row, "id")?);
        Ok((workspace, id, row.get("quiet_minutes")?))
    })?)
}

/// What the workers of a project need; no part of it is shown to anyone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Connection {
    pub(crate) project: ProjectId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) api: String,
    pub(crate) bot_id: i64,
    pub(crate) sealed_token: Vec<u8>,
    pub(crate) transport: Transport,
    /// When its workers were last told to begin anew: another time is another connection.
    pub(crate) repaired_at: Timestamp,
}

/// The connections of all active projects of the installation.
pub(crate) fn active(tx: &mut Tx) -> Result<Vec<Connection>> {
    Ok(tx.query(
        "SELECT id, workspace_id, api, bot_id, bot_token, transport, repaired_at FROM projects
         WHERE state = 'active' AND deleted_at IS NULL ORDER BY id",
        params![],
        to_connection,
    )?)
}

/// A project whose customers who wait for too long are told of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alerting {
    pub(crate) workspace: WorkspaceId,
    pub(crate) id: ProjectId,
    /// How long is too long.
    pub(crate) minutes: i64,
}

/// The projects of the installation whose customers who wait for too long are told of.
pub(crate) fn alerting(tx: &mut Tx) -> Result<Vec<Alerting>> {
    let sql = "SELECT id, workspace_id, alert_minutes FROM projects
         WHERE alert_minutes IS NOT NULL AND deleted_at IS NULL ORDER BY id";
    Ok(tx.query(sql, &[], |row| {
        let workspace = WorkspaceId::column(row, "workspace_id")?;
        Ok(Alerting { workspace, id: ProjectId::column(row, "id")?, minutes: row.get("alert_minutes")? })
    })?)
}

/// The connections of all projects of the installation, active or not.
pub(super) fn all(tx: &mut Tx) -> Result<Vec<Connection>> {
    Ok(tx.query(
        "SELECT id, workspace_id, api, bot_id, bot_token, transport, repaired_at FROM projects WHERE deleted_at IS NULL ORDER BY id",
        params![],
        to_connection,
    )?)
}

/// The project of a bot, of whatever workspace.
pub(super) fn of_bot(tx: &mut Tx, bot: i64) -> Result<Option<(WorkspaceId, ProjectId)>> {
    let sql = "SELECT id, workspace_id FROM projects WHERE bot_id = $1 AND deleted_at IS NULL";
    Ok(tx.query_opt(sql, params![bot], |row| {
        Ok((WorkspaceId::column(row, "workspace_id")?, ProjectId::column(row, "id")?))
    })?)
}

/// The projects at the Bot API address `api`, with their bots and sealed tokens.
pub(super) fn at_api(tx: &mut Tx, api: &str) -> Result<Vec<(ProjectId, BotView, Vec<u8>)>> {
    let sql = "SELECT id, bot_id, bot_username, bot_name, bot_token FROM projects
         WHERE api = $1 AND deleted_at IS NULL ORDER BY id";
    Ok(tx.query(sql, params![api], |row| {
        let (id, username) = (row.get("bot_id")?, row.get("bot_username")?);
        let bot = BotView { id, username, name: row.get("bot_name")? };
        Ok((ProjectId::column(row, "id")?, bot, row.get("bot_token")?))
    })?)
}

/// The connection of one project, active or not.
pub(crate) fn connection(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> Result<Connection> {
    let sql = "SELECT id, workspace_id, api, bot_id, bot_token, transport, repaired_at FROM projects
         WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL";
    tx.query_opt(sql, params![workspace, id], to_connection)?.ok_or_else(|| Error::refused(Code::NotFound))
}

fn to_connection(row: &Row) -> Result<Connection, db::Error> {
    Ok(Connection {
        project: ProjectId::column(row, "id")?,
        workspace: WorkspaceId::column(row, "workspace_id")?,
        api: row.get("api")?,
        bot_id: row.get("bot_id")?,
        sealed_token: row.get("bot_token")?,
        transport: word(row, "transport")?,
        repaired_at: row.get("repaired_at").map(Timestamp)?,
    })
}

pub(super) fn update(tx: &mut Tx, id: ProjectId, version: i64, project: &Project) -> Result<bool> {
    let rules = &project.rules;
    let changed = tx.execute(
        "UPDATE projects SET name = $3, state = $4, transport = $5, welcome_text = $6, signature = $7, diversion = $8,
             prefer_last = $9, take_up_seconds = $10, quiet_minutes = $11, reopen_minutes = $12, alert_minutes = $13,
             default_limit = $14, transfer_text = $15, version = version + 1
         WHERE id = $1 AND version = $2",
        params![
            id,
            version,
            &project.name,
            project.state.as_ref(),
            project.transport.as_ref(),
            project.welcome_text.as_deref(),
            project.signature,
            rules.diversion.as_ref(),
            rules.prefer_last,
            rules.take_up_seconds,
            rules.quiet_minutes,
            rules.reopen_minutes,
            rules.alert_minutes,
            rules.default_limit,
            rules.transfer_text.as_deref()
        ],
    )?;
    Ok(changed > 0)
}

/// Stores who serves a project, if it still has `version`; whom it names, `access` stores.
pub(super) fn set_scope(tx: &mut Tx, id: ProjectId, version: i64, scope: Scope) -> Result<bool> {
    let sql = "UPDATE projects SET scope = $3, version = version + 1 WHERE id = $1 AND version = $2";
    Ok(tx.execute(sql, params![id, version, scope.as_ref()])? > 0)
}

/// Makes the version grow, if it still is `version`: something that stands elsewhere was changed.
pub(super) fn grow(tx: &mut Tx, id: ProjectId, version: i64) -> Result<bool> {
    let sql = "UPDATE projects SET version = version + 1 WHERE id = $1 AND version = $2";
    Ok(tx.execute(sql, params![id, version])? > 0)
}

/// Deletes a project, if it still has `version`: it is gone for everybody, and its bot is free. The token goes for good.
pub(super) fn delete(tx: &mut Tx, id: ProjectId, version: i64) -> Result<bool> {
    let now = tx.now;
    let sql = "UPDATE projects SET deleted_at = $3, state = 'archived', bot_token = $4, version = version + 1
         WHERE id = $1 AND version = $2";
    Ok(tx.execute(sql, params![id, version, now, Vec::<u8>::new()])? > 0)
}

/// Tells the workers of a project to begin anew.
pub(super) fn repair(tx: &mut Tx, id: ProjectId) -> Result<()> {
    let now = tx.now;
    tx.execute("UPDATE projects SET repaired_at = $2 WHERE id = $1", params![id, now])?;
    Ok(())
}

pub(super) fn set_token(tx: &mut Tx, id: ProjectId, bot: &BotView, sealed: &[u8]) -> Result<()> {
    tx.execute(
        "UPDATE projects SET bot_token = $2, bot_username = $3, bot_name = $4, version = version + 1 WHERE id = $1",
        params![id, sealed, &bot.username, &bot.name],
    )?;
    Ok(())
}

/// Stores where a bot's Bot API is; if that is news, says whose bot it is.
pub(super) fn set_api(tx: &mut Tx, bot: i64, api: &str) -> Result<Option<(WorkspaceId, ProjectId)>> {
    Ok(tx.query_opt(
        "UPDATE projects SET api = $2, version = version + 1
         WHERE bot_id = $1 AND deleted_at IS NULL AND api <> $2 RETURNING id, workspace_id",
        params![bot, api],
        |row| Ok((WorkspaceId::column(row, "workspace_id")?, ProjectId::column(row, "id")?)),
    )?)
}

/// Health is no edit of a person's, but shown like one: it grows the version only when `visible`.
pub(super) fn set_health(tx: &mut Tx, id: ProjectId, health: &Health, visible: bool) -> Result<()> {
    let (health, step) = (to_json(health)?, i64::from(visible));
    tx.execute(
        "UPDATE projects SET health = $2, version = version + $3 WHERE id = $1",
        params![id, health, step],
    )?;
    Ok(())
}

pub(super) fn health(tx: &mut Tx, id: ProjectId) -> Result<Option<Health>> {
    let sql = "SELECT health FROM projects WHERE id = $1 AND deleted_at IS NULL";
    Ok(tx.query_opt(sql, params![id], |row| json(row, "health"))?)
}

/// As `health`, with the project locked.
pub(super) fn locked_health(tx: &mut Tx, id: ProjectId) -> Result<Option<Health>> {
    tx.lock("projects", &id.to_string())?;
    health(tx, id)
}

/// How a project's sessions find their assignee, and where its rotation stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) diversion: Diversion,
    pub(crate) prefer_last: bool,
    pub(crate) take_up_seconds: Option<i64>,
    /// The last member whose turn it was.
    pub(crate) last: Option<MemberId>,
}

/// How the sessions of each project of a workspace find their assignee.
pub(crate) fn turns(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<(ProjectId, Turn)>> {
    let sql = "SELECT id, diversion, prefer_last, take_up_seconds, last_assignee_id FROM projects
         WHERE workspace_id = $1 AND deleted_at IS NULL";
    Ok(tx.query(sql, params![workspace], |row| {
        let turn = Turn {
            diversion: word(row, "diversion")?,
            prefer_last: row.get("prefer_last")?,
            take_up_seconds: row.get("take_up_seconds")?,
            last: MemberId::column_opt(row, "last_assignee_id")?,
        };
        Ok((ProjectId::column(row, "id")?, turn))
    })?)
}

/// Remembers where the rotation stands.
pub(crate) fn set_last_assignee(tx: &mut Tx, id: ProjectId, member: MemberId) -> Result<()> {
    tx.execute("UPDATE projects SET last_assignee_id = $2 WHERE id = $1", params![id, member])?;
    Ok(())
}

fn project(row: &Row) -> Result<Project, db::Error> {
    Ok(Project {
        id: ProjectId::column(row, "id")?,
        name: row.get("name")?,
        state: word(row, "state")?,
        bot: BotView {
            id: row.get("bot_id")?,
            username: row.get("bot_username")?,
            name: row.get("bot_name")?,
        },
        api: row.get("api")?,
        transport: word(row, "transport")?,
        health: json(row, "health")?,
        scope: word(row, "scope")?,
        welcome_text: row.get("welcome_text")?,
        signature: row.get("signature")?,
        rules: Rules {
            diversion: word(row, "diversion")?,
            prefer_last: row.get("prefer_last")?,
            take_up_seconds: row.get("take_up_seconds")?,
            quiet_minutes: row.get("quiet_minutes")?,
            reopen_minutes: row.get("reopen_minutes")?,
            alert_minutes: row.get("alert_minutes")?,
            default_limit: row.get("default_limit")?,
            transfer_text: row.get("transfer_text")?,
        },
        version: row.get("version")?,
        scope_members: None,
        operations: None,
    })
}
