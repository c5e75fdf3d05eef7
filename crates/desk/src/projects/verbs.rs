//! What managers do with projects, and what the workers report of them.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::model::{BotView, Health, HealthState, Project, ProjectState};
use super::store;
use crate::access::{Viewer, viewer};
use crate::audit;
use crate::bots::{BotIdentity, Bots};
use crate::clock::{MINUTE, Timestamp};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::plans::{self, Resource};
use crate::text::{Fields, shorten};
use crate::tx::{Store, Tx};

/// The project to add.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Its name; none: the bot's.
    pub name: Option<String>,
    /// The bot's token.
    pub token: SecretString,
    /// One of the operator's Bot API addresses; none: the default.
    pub api: Option<String>,
}

/// Adds a project after asking Telegram whose token it is.
pub async fn add(
    store: &Store,
    bots: &Bots,
    workspace: WorkspaceId,
    by: MemberId,
    new: NewProject,
) -> Result<Project> {
    let token = checked_token(&new.token)?;
    let api = bots.choose_api(new.api.as_deref())?;
    let mut fields = Fields::default();
    let name = new.name.as_deref().map(|name| fields.name("name", name, 80));
    fields.done()?;
    let bot = view(bots.identify(&api, &token).await?);
    let id = ProjectId::new(store.now());
    let sealed = bots.seal(id, &token)?;
    store
        .write("add project", move |tx| {
            plans::check_room(tx, workspace, Resource::Project)?;
            let name = name.clone().unwrap_or_else(|| shorten(&bot.name, 80));
            let (state, health) = (ProjectState::Active, Health::starting(tx.now));
            let project = Project { id, name, state, bot: bot.clone(), api: api.clone(), health, version: 1 };
            store::insert(tx, workspace, &project, &sealed)?;
            let detail = json!({ "bot_id": bot.id });
            audit::record(tx, workspace, Some(by), "project.added", ("project", id.to_string()), &detail)?;
            tx.event(workspace, Change::Rights, Audience::Workspace);
            tx.event(workspace, Change::Project(id), Audience::Project(id));
            tx.signal(Topic::Projects);
            Ok(project)
        })
        .await
}

/// Looks like a bot token at all: `digits:letters`. What it is worth, Telegram says.
fn checked_token(token: &SecretString) -> Result<SecretString> {
    let token = token.expose_secret().trim();
    let is_secret = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let good = token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_digit())
            && !secret.is_empty()
            && secret.chars().all(is_secret)
    });
    if good && token.len() <= 200 { Ok(token.into()) } else { Err(Error::field("token", "bad_format")) }
}

fn view(bot: BotIdentity) -> BotView {
    BotView { id: bot.id, username: bot.username, name: bot.name }
}

/// What to change of a project; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange {
    /// Its name.
    pub name: Option<String>,
    /// Whether it works.
    pub state: Option<ProjectState>,
}

/// Changes a project if it still has `version`.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    change: ProjectChange,
) -> Result<Project> {
    let mut fields = Fields::default();
    let name = change.name.as_deref().map(|name| fields.name("name", name, 80));
    fields.done()?;
    store
        .write("change project", move |tx| {
            tx.lock("projects", &id.to_string())?;
            let project = store::get(tx, workspace, id)?;
            let name = name.as_ref().unwrap_or(&project.name);
            let state = change.state.unwrap_or(project.state);
            if !store::update(tx, id, version, name, state)? {
                return Err(Error::refused(Code::StaleVersion));
            }
            if state != project.state {
                let mut health = Health::starting(tx.now);
                if state == ProjectState::Paused {
                    health.state = HealthState::Paused;
                }
                store::set_health(tx, id, &health, false)?;
                tx.signal(Topic::Projects);
            }
            let detail = json!({ "name": name, "state": state });
            audit::record(tx, workspace, Some(by), "project.changed", ("project", id.to_string()), &detail)?;
            tx.event(workspace, Change::Project(id), Audience::Project(id));
            store::get(tx, workspace, id)
        })
        .await
}

/// Gives a project a new token of the same bot.
pub async fn replace_token(
    store: &Store,
    bots: &Bots,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    token: &SecretString,
) -> Result<Project> {
    let token = checked_token(token)?;
    let old = store.read("project connection", move |tx| store::connection(tx, workspace, id)).await?;
    let bot = view(bots.identify(&old.api, &token).await?);
    if bot.id != old.bot_id {
        return Err(Error::refused(Code::DifferentBot));
    }
    let sealed = bots.seal(id, &token)?;
    store
        .write("replace token", move |tx| {
            tx.lock("projects", &id.to_string())?;
            store::set_token(tx, id, &bot, &sealed)?;
            store::set_health(tx, id, &Health::starting(tx.now), false)?;
            audit::record(
                tx,
                workspace,
                Some(by),
                "project.token_replaced",
                ("project", id.to_string()),
                &json!({}),
            )?;
            tx.event(workspace, Change::Project(id), Audience::Project(id));
            tx.signal(Topic::Projects);
            store::get(tx, workspace, id)
        })
        .await
}

/// Tells the projects of these bots that their Bot API is elsewhere now: a simulated Telegram has a new address each time.
pub async fn move_to_api(store: &Store, bots: Vec<i64>, api: String) -> Result<()> {
    store
        .write("move to another Bot API", move |tx| {
            for &bot in &bots {
                store::set_api(tx, bot, &api)?;
            }
            tx.signal(Topic::Projects);
            Ok(())
        })
        .await
}

/// The projects that a member sees.
pub async fn list(store: &Store, workspace: WorkspaceId, member: MemberId) -> Result<Vec<Project>> {
    store
        .read("list projects", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            store::visible(tx, &viewer)
        })
        .await
}

/// One project that a member sees.
pub async fn show(store: &Store, workspace: WorkspaceId, member: MemberId, id: ProjectId) -> Result<Project> {
    store
        .read("show project", move |tx| {
            let viewer: Viewer = viewer(tx, workspace, member)?;
            viewer.must_see(id)?;
            store::get(tx, workspace, id)
        })
        .await
}

/// A worker reports how the connection is; told to people when it changed.
pub(crate) fn report_health(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ProjectId,
    state: HealthState,
    until: Option<Timestamp>,
    detail: Option<&str>,
) -> Result<()> {
    tx.lock("projects", &id.to_string())?;
    let Some(mut health) = store::health(tx, id)? else { return Ok(()) };
    let same = health.state == state && health.until == until && health.detail.as_deref() == detail;
    if same || health.state == HealthState::Paused {
        return Ok(());
    }
    if health.state != state {
        health.since = tx.now;
    }
    health.state = state;
    health.until = until;
    health.detail = detail.map(|detail| shorten(detail, 300));
    store::set_health(tx, id, &health, true)?;
    tx.event(workspace, Change::Project(id), Audience::Project(id));
    Ok(())
}

/// Notes that Telegram delivered something, to the minute: a write per message would be one too many.
pub(crate) fn note_update(tx: &mut Tx, id: ProjectId) -> Result<()> {
    let now = tx.now;
    let Some(mut health) = store::health(tx, id)? else { return Ok(()) };
    if health.last_update_at.is_none_or(|last| last.plus(MINUTE) <= now) {
        health.last_update_at = Some(now);
        store::set_health(tx, id, &health, false)?;
    }
    Ok(())
}
