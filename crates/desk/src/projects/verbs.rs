//! What managers do with projects.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::model::{BotView, Health, Project, ProjectState, Scope, Transport};
use super::store;
use crate::access::{Permission, Viewer, designated, permits, verdicts, viewer};
use crate::audit;
use crate::bots::{BotIdentity, Bots, Webhook};
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
            let state = ProjectState::Active;
            let health = Health::at_start(state, tx.now);
            let (bot, api, transport) = (bot.clone(), api.clone(), Transport::Polling);
            let project = Project {
                id,
                name,
                state,
                bot,
                api,
                transport,
                health,
                scope: Scope::All,
                welcome_text: None,
                signature: false,
                version: 1,
                scope_members: None,
                operations: None,
            };
            store::insert(tx, workspace, &project, &sealed)?;
            let detail = json!({ "bot_id": project.bot.id });
            audit::record(tx, workspace, Some(by), "project.added", ("project", id.to_string()), &detail)?;
            tx.event(workspace, Change::Rights, Audience::Workspace);
            tx.event(workspace, Change::Project(id), Audience::Project(id));
            tx.signal(Topic::Projects);
            let viewer = viewer(tx, workspace, by)?;
            Ok(views(tx, &viewer, vec![project])?.remove(0))
        })
        .await
}

/// Looks like a bot token at all: `digits:letters`. What it is worth, Telegram says.
pub(super) fn checked_token(token: &SecretString) -> Result<SecretString> {
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

pub(super) fn view(bot: BotIdentity) -> BotView {
    BotView { id: bot.id, username: bot.username, name: bot.name }
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
            let project = store::locked(tx, workspace, id)?;
            store::set_token(tx, id, &bot, &sealed)?;
            store::set_health(tx, id, &Health::at_start(project.state, tx.now), false)?;
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
            seen(tx, workspace, by, id)
        })
        .await
}

/// Asks Telegram whether the token is good, and has the workers begin anew: the webhook is set again or, whoever's it is, taken
/// away, the next look is now, and what waits is sent.
pub async fn repair(
    store: &Store,
    bots: &Bots,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
) -> Result<()> {
    let known = store.read("project connection", move |tx| store::connection(tx, workspace, id)).await?;
    bots.check(id, &known.api, &known.sealed_token).await?;
    if known.transport == Transport::Polling {
        // The poller takes away no webhook but ours; here a human has said that it is in the way.
        bots.webhook(id, &known.api, &known.sealed_token)?.take_away().await;
    }
    store
        .write("repair project", move |tx| {
            let project = store::locked(tx, workspace, id)?;
            store::repair(tx, id)?;
            store::set_health(
                tx,
                id,
                &Health { webhook: None, ..Health::at_start(project.state, tx.now) },
                true,
            )?;
            audit::record(
                tx,
                workspace,
                Some(by),
                "project.repaired",
                ("project", id.to_string()),
                &json!({}),
            )?;
            tx.event(workspace, Change::Project(id), Audience::Project(id));
            tx.signal(Topic::Projects);
            Ok(())
        })
        .await
}

/// The webhook of a project that has one, to be taken away when the project is gone.
pub async fn webhook(
    store: &Store,
    bots: &Bots,
    workspace: WorkspaceId,
    id: ProjectId,
) -> Result<Option<Webhook>> {
    let known = store.read("project connection", move |tx| store::connection(tx, workspace, id)).await?;
    let hooked = known.transport == Transport::Webhook;
    // A token that can't be read is no reason to keep the project.
    Ok(bots.webhook(id, &known.api, &known.sealed_token).ok().filter(|_| hooked))
}

/// Tells the projects of these bots that their Bot API is elsewhere now: a simulated Telegram has a new address each time.
pub async fn move_to_api(store: &Store, bots: Vec<i64>, api: String) -> Result<()> {
    store
        .write("move to another Bot API", move |tx| {
            for &bot in &bots {
                if let Some((workspace, id)) = store::set_api(tx, bot, &api)? {
                    tx.event(workspace, Change::Project(id), Audience::Project(id));
                }
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
            let projects = store::visible(tx, &viewer)?;
            views(tx, &viewer, projects)
        })
        .await
}

/// One project that a member sees.
pub async fn show(store: &Store, workspace: WorkspaceId, member: MemberId, id: ProjectId) -> Result<Project> {
    store.read("show project", move |tx| seen(tx, workspace, member, id)).await
}

/// One project that a member sees, as they see it.
pub(crate) fn seen(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, id: ProjectId) -> Result<Project> {
    let viewer: Viewer = viewer(tx, workspace, member)?;
    viewer.must_see(id)?;
    let project = store::get(tx, workspace, id)?;
    views(tx, &viewer, vec![project])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// With what each says to this viewer only.
fn views(tx: &mut Tx, viewer: &Viewer, mut projects: Vec<Project>) -> Result<Vec<Project>> {
    let mut verdicts = verdicts(tx, viewer)?;
    for project in &mut projects {
        project.operations = verdicts.remove(&project.id);
        if permits(viewer.role, Permission::ManageProjects) {
            project.scope_members = Some(designated(tx, viewer.workspace, project.id)?);
        }
    }
    Ok(projects)
}
