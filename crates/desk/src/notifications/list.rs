//! Reading one's notifications.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::model::Notification;
use super::store;
use crate::access::{Viewer, viewer};
use crate::error::{Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, NotificationId, WorkspaceId};
use crate::tx::{Store, Tx};

/// Notifications on a page.
const PAGE: usize = 50;
/// The most of which the portal is told one by one that they were read.
const TOLD: usize = 200;

/// A page of one's notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotificationPage {
    /// The newest first.
    pub items: Vec<Notification>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<String>,
    /// How many are unread, on all pages.
    pub unread: i64,
}

/// What was read.
#[derive(Debug, Clone)]
pub enum Read {
    /// These, at most 500.
    These(Vec<NotificationId>),
    /// All of them.
    All,
}

/// The member's notifications, the newest first.
pub async fn list(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    cursor: Option<String>,
) -> Result<NotificationPage> {
    store
        .read("list notifications", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let bad_cursor = |_| Error::field("cursor", "bad_format");
            let before = cursor.as_deref().map(|text| text.parse().map_err(bad_cursor)).transpose()?;
            let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
            let mut items = store::page(tx, workspace, member, before, limit)?;
            let more = items.len() > PAGE;
            items.truncate(PAGE);
            for item in &mut items {
                forget_unseen(item, &viewer);
            }
            let next = items.last().filter(|_| more).map(|last| last.id.to_string());
            Ok(NotificationPage { items, next, unread: store::unread(tx, member)? })
        })
        .await
}

/// Notes what the member has read; says how many are unread then.
pub async fn mark_read(store: &Store, workspace: WorkspaceId, member: MemberId, read: Read) -> Result<i64> {
    store
        .write("read notifications", move |tx| {
            let news = match &read {
                Read::These(ids) => store::mark_read(tx, member, ids)?,
                Read::All => store::mark_all_read(tx, member)?,
            };
            for &id in news.iter().rev().take(TOLD) {
                tx.event(workspace, Change::Notification(id), Audience::Member(member));
            }
            store::unread(tx, member)
        })
        .await
}

/// Those of `ids` that are of `workspace`, as those see them whose they are.
pub(crate) fn many(tx: &mut Tx, workspace: WorkspaceId, ids: &[NotificationId]) -> Result<Vec<Notification>> {
    let mut viewers: HashMap<MemberId, Option<Viewer>> = HashMap::new();
    let mut seen = Vec::new();
    for (member, mut notification) in store::many(tx, workspace, ids)? {
        if let std::collections::hash_map::Entry::Vacant(place) = viewers.entry(member) {
            match viewer(tx, workspace, member) {
                Ok(viewer) => _ = place.insert(Some(viewer)),
                // Who is gone is told nothing.
                Err(error) if error.code().is_some() => _ = place.insert(None),
                Err(error) => return Err(error),
            }
        }
        if let Some(Some(viewer)) = viewers.get(&member) {
            forget_unseen(&mut notification, viewer);
            seen.push(notification);
        }
    }
    Ok(seen)
}

/// Of a project that its member sees no more, only that there was something stays.
fn forget_unseen(notification: &mut Notification, viewer: &Viewer) {
    if notification.project_id.is_some_and(|project| !viewer.sees(project)) {
        notification.session_id = None;
        notification.customer = None;
        notification.detail = None;
    }
}
