//! Lists of sessions, as the portal shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::filters::Filters;
use super::model::SessionView;
use super::store::{self, Listing, Which};
use crate::access::{Viewer, viewer};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, WorkspaceId};
use crate::tx::{Store, Tx};
use crate::{customers, events, projects};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Open, and mine. Newest message first.
    Mine,
    /// In the queue. Oldest first.
    Waiting,
    /// Everything live that I may see. Newest message first.
    All,
    /// Over. Newest message first.
    Ended,
}

/// What to list.
#[derive(Debug, Clone)]
pub struct Query {
    /// Which list.
    pub tab: Tab,
    /// Only this project.
    pub project: Option<ProjectId>,
    /// What it is narrowed down to.
    pub filters: Filters,
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// How many, 1 to 200.
    pub limit: i64,
}

impl Query {
    /// The first page of a tab.
    pub fn of(tab: Tab) -> Self {
        Self { tab, project: None, filters: Filters::default(), cursor: None, limit: 50 }
    }
}

/// A page of sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SessionPage)]
pub struct Page {
    /// The sessions.
    pub items: Vec<SessionView>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<String>,
    /// The event cursor that this page is at least as new as.
    pub as_of: String,
}

/// How many sessions the tabs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionCounts)]
pub struct Counts {
    /// Open, and mine.
    pub mine: i64,
    /// Of these, with something unread.
    pub mine_unread: i64,
    /// In the queue.
    pub waiting: i64,
    /// Everything live that I may see.
    pub all: i64,
    /// Everything over that I may see.
    pub ended: i64,
}

/// A page of a tab.
pub async fn list(store: &Store, workspace: WorkspaceId, member: MemberId, query: Query) -> Result<Page> {
    store
        .read("list sessions", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let project = seen(tx, &viewer, query.project)?;
            let Query { tab, filters, cursor, limit, .. } = query.clone();
            page(tx, &viewer, Which::Tab(tab), project, filters, cursor.as_deref(), limit)
        })
        .await
}

/// A customer's sessions, newest first.
pub async fn of_customer(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    cursor: Option<String>,
    limit: i64,
) -> Result<Page> {
    store
        .read("customer's sessions", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, customer)?)?;
            page(tx, &viewer, Which::OfCustomer(customer), None, Filters::default(), cursor.as_deref(), limit)
        })
        .await
}

/// The numbers on the tabs.
pub async fn counts(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    project: Option<ProjectId>,
) -> Result<Counts> {
    store
        .read("count sessions", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let project = seen(tx, &viewer, project)?;
            store::counts(tx, &viewer, project)
        })
        .await
}

/// The project asked for, if there is one and it may be seen.
fn seen(tx: &mut Tx, viewer: &Viewer, project: Option<ProjectId>) -> Result<Option<ProjectId>> {
    if let Some(project) = project {
        viewer.must_see(project)?;
        projects::must_exist(tx, viewer.workspace, project)?;
    }
    Ok(project)
}

fn page(
    tx: &mut Tx,
    viewer: &Viewer,
    which: Which,
    project: Option<ProjectId>,
    filters: Filters,
    cursor: Option<&str>,
    limit: i64,
) -> Result<Page> {
    let bad_cursor = || Error::field("cursor", "bad_format");
    let after = cursor.map(|cursor| parse_cursor(cursor).ok_or_else(bad_cursor)).transpose()?;
    let as_of = events::last(tx, viewer.workspace)?.to_string();
    let limit = limit.clamp(1, 200);
    // One more than asked for tells whether there is a next page.
    let listing = Listing { which, project, filters, after, limit: limit + 1 };
    let mut items = store::page(tx, viewer, &listing)?;
    let more = i64::try_from(items.len()).unwrap_or(i64::MAX) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(0));
    let cursor = |last: &SessionView| format!("{}.{}", listing.order().time(last).0, last.id);
    let next = items.last().filter(|_| more).map(cursor);
    Ok(Page { items, next, as_of })
}

fn parse_cursor(text: &str) -> Option<(Timestamp, SessionId)> {
    let (time, id) = text.split_once('.')?;
    Some((Timestamp(time.parse().ok()?), id.parse().ok()?))
}
