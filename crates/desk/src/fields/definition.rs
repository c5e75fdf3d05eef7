//! The workspace's fields: added, changed, deleted.

use serde_json::json;

use super::model::{CHOICES_MAX, FIELDS_MAX, Field, Kind, moved};
use super::store;
use crate::audit;
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{FieldId, MemberId, WorkspaceId};
use crate::members;
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// The longest name of a field or choice, in characters.
const NAME_MAX: usize = 80;
/// Of how many customers values are removed in one transaction.
const STEP: i64 = 256;

/// A field to add.
#[derive(Debug, Clone)]
pub struct NewField {
    /// 1 to 80 characters; no two fields of a workspace are called the same.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Of a choice: 1 to 100 different ones; of the others none.
    pub choices: Vec<String>,
    /// Its place; none: the last.
    pub position: Option<i64>,
}

/// What to change of a field; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct FieldChange {
    /// 1 to 80 characters.
    pub name: Option<String>,
    /// Of a choice. What customers have that is no choice any more stays until somebody chooses anew.
    pub choices: Option<Vec<String>>,
    /// Whose place it takes: the one that stands there, and those between, make room.
    pub position: Option<i64>,
}

/// The workspace's fields, in their order.
pub async fn list(store: &Store, workspace: WorkspaceId) -> Result<Vec<Field>> {
    store.read("list customer fields", move |tx| store::all(tx, workspace)).await
}

/// Adds a field.
pub async fn add(store: &Store, workspace: WorkspaceId, by: MemberId, new: NewField) -> Result<Field> {
    store
        .write("add customer field", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let there = store::all(tx, workspace)?;
            let last =
                there.iter().map(|field| field.position).max().map_or(0, |last| last.saturating_add(1));
            let mut field = Field {
                id: FieldId::new(tx.now),
                name: new.name.clone(),
                kind: new.kind,
                choices: new.choices.clone(),
                position: new.position.unwrap_or(last),
                version: 1,
            };
            check(tx, workspace, &mut field, there.len() >= FIELDS_MAX)?;
            store::insert(tx, workspace, &field)?;
            told(tx, workspace, by, "customer_field.added", &field)?;
            Ok(field)
        })
        .await
}

/// Changes a field if it still has `version`.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: FieldId,
    version: i64,
    change: FieldChange,
) -> Result<Field> {
    store
        .write("change customer field", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let before = store::get(tx, workspace, id)?;
            let FieldChange { name, choices, position } = change.clone();
            let mut field = Field {
                name: name.unwrap_or_else(|| before.name.clone()),
                choices: choices.unwrap_or_else(|| before.choices.clone()),
                ..before.clone()
            };
            check(tx, workspace, &mut field, false)?;
            must_be(&before, version)?;
            store::set(tx, &field)?;
            if let Some(position) = position {
                for (place, id) in (0..).zip(moved(&store::all(tx, workspace)?, id, position)) {
                    store::put_at(tx, id, place)?;
                }
            }
            let field = store::get(tx, workspace, id)?;
            told(tx, workspace, by, "customer_field.changed", &field)?;
            Ok(field)
        })
        .await
}

/// Deletes a field if it still has `version`, and all its values.
pub async fn delete(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: FieldId,
    version: i64,
) -> Result<()> {
    store
        .write("delete customer field", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let field = store::get(tx, workspace, id)?;
            must_be(&field, version)?;
            store::mark_gone(tx, id)?;
            told(tx, workspace, by, "customer_field.deleted", &field)
        })
        .await?;
    finish(store, workspace, id).await
}

/// Removes the values of every field that is gone.
pub(crate) async fn finish_all(store: &Store) -> Result<()> {
    for (workspace, id) in store.read("customer fields that are gone", store::gone).await? {
        finish(store, workspace, id).await?;
    }
    Ok(())
}

async fn finish(store: &Store, workspace: WorkspaceId, id: FieldId) -> Result<()> {
    let mut after = None;
    loop {
        after = store
            .write_bulk("remove values", move |tx| {
                // Values are edited under the same lock, so none of them comes back.
                members::lock_workspace(tx, workspace)?;
                customers::forget_field(tx, workspace, id, after, STEP)
            })
            .await?;
        if after.is_none() {
            return store.write_bulk("delete customer field", move |tx| store::delete(tx, id)).await;
        }
    }
}

/// Cleans the field, or refuses it; `full`: there is no room for one more.
fn check(tx: &mut Tx, workspace: WorkspaceId, field: &mut Field, full: bool) -> Result<()> {
    let mut fields = Fields::default();
    field.name = fields.name("name", &field.name, NAME_MAX);
    if store::is_taken(tx, workspace, field.id, &field.name)? {
        fields.fault("name", "in_use", None);
    } else if full {
        fields.fault("name", "too_many", Some(("max", FIELDS_MAX)));
    }
    for choice in &mut field.choices {
        *choice = fields.name("choices", choice, NAME_MAX);
    }
    let mut seen = std::collections::BTreeSet::new();
    if !field.choices.iter().all(|choice| seen.insert(choice)) {
        fields.fault("choices", "in_use", None);
    }
    match (field.kind, field.choices.len()) {
        (Kind::Choice, 0) => fields.fault("choices", "required", None),
        (Kind::Choice, count) if count > CHOICES_MAX => {
            fields.fault("choices", "too_many", Some(("max", CHOICES_MAX)));
        }
        (Kind::Choice, _) | (_, 0) => {}
        _ => fields.fault("choices", "bad_format", None),
    }
    fields.done()
}

fn must_be(field: &Field, version: i64) -> Result<()> {
    if field.version == version { Ok(()) } else { Err(Error::refused(Code::StaleVersion)) }
}

fn told(tx: &mut Tx, workspace: WorkspaceId, by: MemberId, verb: &'static str, field: &Field) -> Result<()> {
    tx.event(workspace, Change::Vocabulary, Audience::Workspace);
    let subject = ("customer_field", field.id.to_string());
    audit::record(tx, workspace, Some(by), verb, subject, &json!({ "name": field.name }))
}
