//! Reading a customer's timeline.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::Message;
use super::store;
use crate::access::viewer;
use crate::customers;
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, WorkspaceId};
use crate::tx::{Store, Tx};

/// Which part of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest lines.
    Newest,
    /// Lines before this position, the nearest ones.
    Before(i64),
    /// Lines after this position, the nearest ones.
    After(i64),
}

/// A part of a timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelinePage {
    /// The lines, oldest first.
    pub items: Vec<Message>,
    /// Whether there are more in the direction of reading.
    pub more: bool,
}

/// A part of a customer's timeline, if the member may see the customer. `limit` 1 to 200.
pub async fn timeline(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    window: Window,
    limit: i64,
) -> Result<TimelinePage> {
    store
        .read("timeline", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, customer)?)?;
            page(tx, customer, window, limit.clamp(1, 200))
        })
        .await
}

fn page(tx: &mut Tx, customer: CustomerId, window: Window, limit: i64) -> Result<TimelinePage> {
    // One more than asked for tells whether there are more.
    let mut items = store::page(tx, customer, window, limit + 1)?;
    let more = i64::try_from(items.len()).unwrap_or(i64::MAX) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(0));
    if !matches!(window, Window::After(_)) {
        items.reverse();
    }
    Ok(TimelinePage { items, more })
}
