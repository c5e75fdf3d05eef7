//! Reading notes.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Note, NoteVersion};
use super::post::seen;
use super::store;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, MemberId, NoteId, WorkspaceId};
use crate::tx::Store;

/// Notes on a page.
const PAGE: usize = 50;

/// A page of notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotePage {
    /// The notes: pinned ones first, then the newest first.
    pub items: Vec<Note>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<String>,
}

/// The notes on a customer whom the member sees.
pub async fn list(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    cursor: Option<String>,
) -> Result<NotePage> {
    store
        .read("list notes", move |tx| {
            seen(tx, workspace, member, customer)?;
            let bad_cursor = || Error::field("cursor", "bad_format");
            let after = cursor.as_deref().map(|text| parse(text).ok_or_else(bad_cursor)).transpose()?;
            let mut ids = store::page(tx, customer, after, PAGE + 1)?;
            let more = ids.len() > PAGE;
            ids.truncate(PAGE);
            let mut items = store::views(tx, workspace, &ids)?;
            items.sort_by_key(|note| std::cmp::Reverse((note.pinned, note.id)));
            let last = items.last().filter(|_| more);
            let next = last.map(|note| format!("{}.{}", u8::from(note.pinned), note.id));
            Ok(NotePage { items, next })
        })
        .await
}

/// What a note said, the newest first; the first is what it says now.
pub async fn history(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: NoteId,
) -> Result<Vec<NoteVersion>> {
    store
        .read("note's history", move |tx| {
            let note = store::get(tx, workspace, id)?;
            seen(tx, workspace, member, note.customer)?;
            store::history(tx, id)
        })
        .await
}

fn parse(text: &str) -> Option<(bool, NoteId)> {
    let (pinned, id) = text.split_once('.')?;
    let pinned = match pinned {
        "1" => true,
        "0" => false,
        _ => return None,
    };
    Some((pinned, id.parse().ok()?))
}
