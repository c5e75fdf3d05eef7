//! The workspace's tags: added, renamed, merged, deleted.

use serde_json::json;

use super::model::{Color, TAGS_MAX, Tag};
use super::store;
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, TagId, WorkspaceId};
use crate::text::Fields;
use crate::tx::{Store, Tx};
use crate::{customers, members, sessions};

/// The longest name, in characters.
const NAME_MAX: usize = 40;
/// From how many sessions and customers a tag is taken off in one transaction.
const STEP: i64 = 256;

/// A tag to add.
#[derive(Debug, Clone)]
pub struct NewTag {
    /// 1 to 40 characters; no two tags of a workspace are called the same.
    pub name: String,
    /// Its colour.
    pub color: Color,
}

/// What to change of a tag; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct TagChange {
    /// 1 to 40 characters.
    pub name: Option<String>,
    /// Its colour.
    pub color: Option<Color>,
}

/// The workspace's tags by name, with how many things have them if `usage`.
pub async fn list(store: &Store, workspace: WorkspaceId, usage: bool) -> Result<Vec<Tag>> {
    store
        .read("list tags", move |tx| {
            let mut tags = store::all(tx, workspace)?;
            if usage {
                let (sessions, customers) =
                    (sessions::tag_usage(tx, workspace)?, customers::tag_usage(tx, workspace)?);
                for tag in &mut tags {
                    tag.sessions = Some(sessions.get(&tag.id).copied().unwrap_or(0));
                    tag.customers = Some(customers.get(&tag.id).copied().unwrap_or(0));
                }
            }
            Ok(tags)
        })
        .await
}

/// Adds a tag.
pub async fn add(store: &Store, workspace: WorkspaceId, by: MemberId, new: NewTag) -> Result<Tag> {
    store
        .write("add tag", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let id = TagId::new(tx.now);
            let name = checked(tx, workspace, id, &new.name)?;
            if store::count(tx, workspace)? >= TAGS_MAX {
                let mut fields = Fields::default();
                fields.fault("name", "too_many", Some(("max", usize::try_from(TAGS_MAX).unwrap_or(0))));
                fields.done()?;
            }
            store::insert(tx, workspace, id, &name, new.color)?;
            told(tx, workspace, by, "tag.added", id, &json!({ "name": name }))?;
            store::locked(tx, workspace, id)
        })
        .await
}

/// Changes a tag if it still has `version`.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: TagId,
    version: i64,
    change: TagChange,
) -> Result<Tag> {
    store
        .write("change tag", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let before = store::locked(tx, workspace, id)?;
            let name = match &change.name {
                Some(name) => checked(tx, workspace, id, name)?,
                None => before.name.clone(),
            };
            must_be(&before, version)?;
            store::set(tx, id, &name, change.color.unwrap_or(before.color))?;
            let detail = json!({ "before": before.name, "name": name });
            told(tx, workspace, by, "tag.changed", id, &detail)?;
            store::locked(tx, workspace, id)
        })
        .await
}

/// Puts the tag `into` on everything that has `id`, which is gone then.
pub async fn merge(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: TagId,
    into: TagId,
) -> Result<Tag> {
    store
        .write("merge tags", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let gone = store::locked(tx, workspace, id)?;
            let unknown = |_| Error::field("into", "unknown");
            let stays = store::locked(tx, workspace, into).map_err(unknown)?;
            if id == into {
                return Err(Error::field("into", "unknown"));
            }
            store::mark_gone(tx, id, Some(into))?;
            let detail = json!({ "name": gone.name, "into": stays.name });
            told(tx, workspace, by, "tag.merged", id, &detail)
        })
        .await?;
    finish(store, workspace, id).await?;
    store.read("show tag", move |tx| one(tx, workspace, into)).await
}

/// Deletes a tag if it still has `version`, and takes it off everything.
pub async fn delete(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: TagId,
    version: i64,
) -> Result<()> {
    store
        .write("delete tag", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let gone = store::locked(tx, workspace, id)?;
            must_be(&gone, version)?;
            store::mark_gone(tx, id, None)?;
            told(tx, workspace, by, "tag.deleted", id, &json!({ "name": gone.name }))
        })
        .await?;
    finish(store, workspace, id).await
}

/// Takes every tag that is gone off what still has it.
pub(crate) async fn finish_all(store: &Store) -> Result<()> {
    for (workspace, id) in store.read("tags that are gone", store::gone).await? {
        finish(store, workspace, id).await?;
    }
    Ok(())
}

/// Takes a tag that is gone off everything, step by step.
async fn finish(store: &Store, workspace: WorkspaceId, id: TagId) -> Result<()> {
    while store.write_bulk("take tag off", move |tx| step(tx, workspace, id)).await? {}
    Ok(())
}

/// Says whether there is more to do.
fn step(tx: &mut Tx, workspace: WorkspaceId, id: TagId) -> Result<bool> {
    members::lock_workspace(tx, workspace)?;
    let Some(into) = store::gone_into(tx, id)? else { return Ok(false) };
    let done = sessions::forget_tag(tx, workspace, id, into, STEP)?
        + customers::forget_tag(tx, workspace, id, into, STEP)?;
    if done > 0 {
        return Ok(true);
    }
    store::delete(tx, id)?;
    tx.event(workspace, Change::Vocabulary, Audience::Workspace);
    Ok(false)
}

fn one(tx: &mut Tx, workspace: WorkspaceId, id: TagId) -> Result<Tag> {
    let found = store::all(tx, workspace)?.into_iter().find(|tag| tag.id == id);
    found.ok_or_else(|| Error::refused(Code::NotFound))
}

/// The name, cleaned, if it may be that of `id`.
fn checked(tx: &mut Tx, workspace: WorkspaceId, id: TagId, name: &str) -> Result<String> {
    let mut fields = Fields::default();
    let name = fields.name("name", name, NAME_MAX);
    if store::is_taken(tx, workspace, id, &name)? {
        fields.fault("name", "in_use", None);
    }
    fields.done()?;
    Ok(name)
}

fn must_be(tag: &Tag, version: i64) -> Result<()> {
    if tag.version == version { Ok(()) } else { Err(Error::refused(Code::StaleVersion)) }
}

fn told(
    tx: &mut Tx,
    workspace: WorkspaceId,
    by: MemberId,
    verb: &'static str,
    id: TagId,
    detail: &serde_json::Value,
) -> Result<()> {
    tx.event(workspace, Change::Vocabulary, Audience::Workspace);
    audit::record(tx, workspace, Some(by), verb, ("tag", id.to_string()), detail)
}
