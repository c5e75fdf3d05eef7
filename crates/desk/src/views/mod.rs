//! Views: lists of sessions that a member has saved. Theirs alone.

mod model;
mod store;

pub use model::{View, ViewFilters};

use crate::access::viewer;
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, ViewId, WorkspaceId};
use crate::members;
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// The most views of one member.
const VIEWS_MAX: usize = 50;
/// The longest name, in characters.
const NAME_MAX: usize = 80;

/// What to change of a view; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ViewChange {
    /// 1 to 80 characters.
    pub name: Option<String>,
    /// What it shows.
    pub filters: Option<ViewFilters>,
    /// Its place.
    pub position: Option<i64>,
}

/// The member's views, in their order.
pub async fn list(store: &Store, workspace: WorkspaceId, member: MemberId) -> Result<Vec<View>> {
    store.read("list views", move |tx| store::all(tx, workspace, member)).await
}

/// Saves a view, at the end of the others.
pub async fn add(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    name: String,
    filters: ViewFilters,
) -> Result<View> {
    store
        .write("save view", move |tx| {
            viewer(tx, workspace, member)?;
            // Two at once wait for each other here.
            members::lock(tx, member)?;
            let there = store::all(tx, workspace, member)?;
            let last = there.iter().map(|view| view.position).max().map_or(0, |last| last.saturating_add(1));
            let mut view = View {
                id: ViewId::new(tx.now),
                name: name.clone(),
                filters: filters.clone(),
                position: last,
                version: 1,
            };
            check(&mut view, there.len() >= VIEWS_MAX)?;
            store::insert(tx, workspace, member, &view)?;
            Ok(view)
        })
        .await
}

/// Changes a view of the member's if it still has `version`.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: ViewId,
    version: i64,
    change: ViewChange,
) -> Result<View> {
    store
        .write("change view", move |tx| {
            members::lock(tx, member)?;
            let before = own(tx, workspace, member, id)?;
            let ViewChange { name, filters, position } = change.clone();
            let mut view = View {
                name: name.unwrap_or_else(|| before.name.clone()),
                filters: filters.unwrap_or_else(|| before.filters.clone()),
                position: position.unwrap_or(before.position),
                version: before.version + 1,
                id,
            };
            check(&mut view, false)?;
            if before.version != version {
                return Err(Error::refused(Code::StaleVersion));
            }
            store::set(tx, &view)?;
            Ok(view)
        })
        .await
}

/// Deletes a view of the member's.
pub async fn delete(store: &Store, workspace: WorkspaceId, member: MemberId, id: ViewId) -> Result<()> {
    store
        .write("delete view", move |tx| {
            own(tx, workspace, member, id)?;
            store::delete(tx, id)
        })
        .await
}

fn own(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, id: ViewId) -> Result<View> {
    let found = store::all(tx, workspace, member)?.into_iter().find(|view| view.id == id);
    found.ok_or_else(|| Error::refused(Code::NotFound))
}

/// Cleans the view, or refuses it; `full`: there is no room for one more.
fn check(view: &mut View, full: bool) -> Result<()> {
    let mut fields = Fields::default();
    view.name = fields.name("name", &view.name, NAME_MAX);
    if full {
        fields.fault("name", "too_many", Some(("max", VIEWS_MAX)));
    }
    view.filters.check(&mut fields);
    fields.done()
}
