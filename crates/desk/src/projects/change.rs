//! Changing what is set for a project. What gives or takes sessions with it (archiving, the service scope) is in `reception`.

use serde_json::json;

use super::model::{Health, Project, ProjectState, Scope, Transport};
use super::rules::RulesChange;
use super::store;
use crate::access::{self, Operations};
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::members;
use crate::text::{Fields, MESSAGE_MAX, without_nul};
use crate::tx::{Store, Tx};

/// What to change of a project; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange {
    /// Its name.
    pub name: Option<String>,
    /// Whether it works.
    pub state: Option<ProjectState>,
    /// How its updates come; `Webhook` needs an installation with a public address.
    pub transport: Option<Transport>,
    /// What who writes for the first time is told; an empty one takes it away.
    pub welcome_text: Option<String>,
    /// Whether replies end with their author's name.
    pub signature: Option<bool>,
    /// How sessions find their assignee, and what happens to them by itself.
    pub rules: RulesChange,
}

impl ProjectChange {
    /// Checks the input and cleans it.
    pub(crate) fn checked(mut self) -> Result<Self> {
        let mut fields = Fields::default();
        self.name = self.name.map(|name| fields.name("name", &name, 80));
        self.welcome_text = self.welcome_text.map(|text| without_nul(&text).trim().to_owned());
        let length = self.welcome_text.as_ref().map_or(0, |text| text.encode_utf16().count());
        if length > MESSAGE_MAX {
            fields.fault("welcome_text", "too_long", Some(("max", MESSAGE_MAX)));
        }
        self.rules.check(&mut fields);
        fields.done()?;
        Ok(self)
    }
}

/// Changes a project if it still has `version`; gives it as it was before.
pub(crate) fn change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    change: &ProjectChange,
) -> Result<Project> {
    let before = store::locked(tx, workspace, id)?;
    let mut after = before.clone();
    after.name.clone_from(change.name.as_ref().unwrap_or(&before.name));
    after.state = change.state.unwrap_or(before.state);
    after.transport = change.transport.unwrap_or(before.transport);
    after.signature = change.signature.unwrap_or(before.signature);
    after.rules = change.rules.of(&before.rules);
    if let Some(text) = &change.welcome_text {
        after.welcome_text = Some(text.clone()).filter(|text| !text.is_empty());
    }
    if !store::update(tx, id, version, &after)? {
        return Err(Error::refused(Code::StaleVersion));
    }
    if after.state != before.state || after.transport != before.transport {
        store::set_health(tx, id, &Health::at_start(after.state, tx.now), false)?;
        tx.signal(Topic::Projects);
    }
    let detail = json!({ "name": after.name, "state": after.state, "transport": after.transport,
        "signature": after.signature, "welcome_text": after.welcome_text.is_some(), "rules": after.rules });
    note(tx, workspace, by, "project.changed", id, &detail)?;
    Ok(before)
}

/// Stores who serves a project if it still has `version`. `members` are some of the workspace.
pub(crate) fn set_scope(
    tx: &mut Tx,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    scope: Scope,
    members: &[MemberId],
) -> Result<()> {
    store::locked(tx, workspace, id)?;
    if !store::set_scope(tx, id, version, scope)? {
        return Err(Error::refused(Code::StaleVersion));
    }
    access::set_scope(tx, workspace, id, members)?;
    tx.event(workspace, Change::Rights, Audience::Workspace);
    note(tx, workspace, by, "project.scope_changed", id, &json!({ "scope": scope, "members": members }))
}

/// Deletes a project if it still has `version` and `name` is its name.
pub(crate) fn delete(
    tx: &mut Tx,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    name: &str,
) -> Result<()> {
    let project = store::locked(tx, workspace, id)?;
    if name.trim() != project.name {
        return Err(Error::field("name", "different"));
    }
    if !store::delete(tx, id, version)? {
        return Err(Error::refused(Code::StaleVersion));
    }
    tx.signal(Topic::Projects);
    tx.event(workspace, Change::Rights, Audience::Workspace);
    note(tx, workspace, by, "project.deleted", id, &json!({ "name": project.name, "bot_id": project.bot.id }))
}

/// What is decided about operations in a project, with the project's version.
pub async fn operations(store: &Store, workspace: WorkspaceId, id: ProjectId) -> Result<(i64, Operations)> {
    store
        .read("operations", move |tx| {
            let version = store::get(tx, workspace, id)?.version;
            Ok((version, access::operations(tx, workspace, id)?))
        })
        .await
}

/// Decides anew what may be done in a project, if it still has `version`.
pub async fn set_operations(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    operations: Operations,
) -> Result<(i64, Operations)> {
    store
        .write("set operations", move |tx| {
            store::locked(tx, workspace, id)?;
            if !store::grow(tx, id, version)? {
                return Err(Error::refused(Code::StaleVersion));
            }
            let named: Vec<_> = operations.exceptions.keys().copied().collect();
            if members::get_many(tx, workspace, &named)?.len() != named.len() {
                return Err(Error::field("exceptions", "unknown"));
            }
            access::set_operations(tx, workspace, id, &operations)?;
            tx.event(workspace, Change::Rights, Audience::Project(id));
            let everybody = operations.for_everybody();
            let detail = json!({ "operations": everybody, "exceptions": operations.exceptions });
            note(tx, workspace, by, "project.operations_changed", id, &detail)?;
            Ok((store::get(tx, workspace, id)?.version, access::operations(tx, workspace, id)?))
        })
        .await
}

fn note(
    tx: &mut Tx,
    workspace: WorkspaceId,
    by: MemberId,
    verb: &'static str,
    id: ProjectId,
    detail: &serde_json::Value,
) -> Result<()> {
    audit::record(tx, workspace, Some(by), verb, ("project", id.to_string()), detail)?;
    tx.event(workspace, Change::Project(id), Audience::Project(id));
    Ok(())
}
