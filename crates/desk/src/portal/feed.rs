//! The feed: numbered events made into what browsers are told, once per batch for everyone; each connection then picks what
//! its member may have.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::members::MemberView;
use crate::access::{Viewer, viewer};
use crate::customers::Customer;
use crate::error::{Error, Result};
use crate::events::{self, Audience, Change, Event};
use crate::ids::{MemberId, WorkspaceId};
use crate::messages::Message;
use crate::notes::Note;
use crate::notifications::Notification;
use crate::projects::Project;
use crate::sessions::SessionView;
use crate::tx::{Store, Tx};
use crate::{customers, members, messages, notes, notifications, projects, sessions};

/// What one event says, and to whom.
#[derive(Debug, Clone)]
pub enum Frame {
    /// Something is like this now.
    Tell {
        /// For whom.
        audience: Audience,
        /// The event's JSON.
        json: Arc<RawValue>,
    },
    /// What the audience may see has changed: look at the rights again.
    Rights(Audience),
}

/// Consecutive events of a workspace.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The number of the last event before this batch.
    pub after: i64,
    /// The number of its last event.
    pub last: i64,
    /// What it tells: each thing once, at the place of its last change.
    pub frames: Vec<Frame>,
}

/// Where a returning browser is.
#[derive(Debug)]
pub enum Replay {
    /// What happened next; `last` equals the cursor when nothing did.
    Batch(Batch),
    /// What happened is not kept any more, or was never: a new snapshot is needed.
    Expired,
}

/// The number of the workspace's newest event, and who asks with what rights, of one moment.
pub async fn newest(store: &Store, workspace: WorkspaceId, member: MemberId) -> Result<(i64, Viewer)> {
    store
        .read("newest event", move |tx| Ok((events::last(tx, workspace)?, viewer(tx, workspace, member)?)))
        .await
}

/// The number of the workspace's newest event.
pub async fn last_event(store: &Store, workspace: WorkspaceId) -> Result<i64> {
    store.read("last event", move |tx| Ok(events::last(tx, workspace)?)).await
}

/// The events after `after`, at most `limit` of them.
pub async fn next_batch(store: &Store, workspace: WorkspaceId, after: i64, limit: i64) -> Result<Batch> {
    store
        .read("next events", move |tx| {
            let events = events::page(tx, workspace, after, limit)?;
            batch(tx, workspace, after, &events)
        })
        .await
}

/// As `next_batch`, for a browser that comes with a cursor of any age.
pub async fn replay(store: &Store, workspace: WorkspaceId, after: i64, limit: i64) -> Result<Replay> {
    store
        .read("replay events", move |tx| {
            let events = events::page(tx, workspace, after, limit)?;
            // Numbers have no gaps: one that is missing was forgotten.
            let complete = match events.last() {
                None => after == events::last(tx, workspace)?,
                Some(last) => last.number.checked_sub(after) == i64::try_from(events.len()).ok(),
            };
            if complete {
                batch(tx, workspace, after, &events).map(Replay::Batch)
            } else {
                Ok(Replay::Expired)
            }
        })
        .await
}

fn batch(tx: &mut Tx, workspace: WorkspaceId, after: i64, events: &[Event]) -> Result<Batch> {
    let last = events.last().map_or(after, |event| event.number);
    let mut newest: HashMap<(Change, Audience), i64> = HashMap::new();
    for event in events {
        newest.insert((event.change, event.audience), event.number);
    }
    // Rights are looked at again each time: what stands between two changes of them is judged by those of its moment or later.
    let is_kept = |event: &&Event| {
        event.change == Change::Rights || newest.get(&(event.change, event.audience)) == Some(&event.number)
    };
    let kept: Vec<_> = events.iter().filter(is_kept).copied().collect();
    let payloads = payloads(tx, workspace, &kept)?;
    let frame = |event: &Event| match event.change {
        Change::Rights => Some(Frame::Rights(event.audience)),
        change => {
            let json = payloads.get(&change)?.clone();
            Some(Frame::Tell { audience: event.audience, json })
        }
    };
    Ok(Batch { after, last, frames: kept.iter().filter_map(frame).collect() })
}

/// What each changed thing is now; one that is gone has no payload.
fn payloads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    events: &[Event],
) -> Result<BTreeMap<Change, Arc<RawValue>>> {
    let ids = Ids::of(events);
    let mut payloads = BTreeMap::new();
    for session in sessions::views(tx, workspace, &ids.sessions)? {
        payloads.insert(Change::Session(session.id), raw(&Told::Session { session: &session })?);
    }
    for message in messages::views(tx, workspace, &ids.messages)? {
        payloads.insert(Change::Message(message.id), raw(&Told::Message { message: &message })?);
    }
    for customer in customers::many(tx, workspace, &ids.customers)? {
        payloads.insert(Change::Customer(customer.id), raw(&Told::Customer { customer: &customer })?);
    }
    for project in projects::many(tx, workspace, &ids.projects)? {
        payloads.insert(Change::Project(project.id), raw(&Told::Project { project: &project })?);
    }
    for note in notes::views(tx, workspace, &ids.notes)? {
        payloads.insert(Change::Note(note.id), raw(&Told::Note { note: &note })?);
    }
    for notification in notifications::many(tx, workspace, &ids.notifications)? {
        let told = raw(&Told::Notification { notification: &notification })?;
        payloads.insert(Change::Notification(notification.id), told);
    }
    if events.iter().any(|event| event.change == Change::Vocabulary) {
        payloads.insert(Change::Vocabulary, raw(&Told::Vocabulary {})?);
    }
    if !ids.members.is_empty() {
        let rows = members::get_many(tx, workspace, &ids.members)?;
        for member in super::members::views(tx, workspace, rows)? {
            payloads.insert(Change::Member(member.id), raw(&Told::Member { member: &member })?);
        }
    }
    Ok(payloads)
}

/// What an event says.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Told<'a> {
    Session { session: &'a SessionView },
    Message { message: &'a Message },
    Customer { customer: &'a Customer },
    Project { project: &'a Project },
    Member { member: &'a MemberView },
    Note { note: &'a Note },
    Notification { notification: &'a Notification },
    Vocabulary {},
}

#[derive(Default)]
struct Ids {
    sessions: Vec<crate::ids::SessionId>,
    messages: Vec<crate::ids::MessageId>,
    customers: Vec<crate::ids::CustomerId>,
    projects: Vec<crate::ids::ProjectId>,
    members: Vec<crate::ids::MemberId>,
    notes: Vec<crate::ids::NoteId>,
    notifications: Vec<crate::ids::NotificationId>,
}

impl Ids {
    fn of(events: &[Event]) -> Self {
        let mut ids = Self::default();
        for event in events {
            match event.change {
                Change::Session(id) => ids.sessions.push(id),
                Change::Message(id) => ids.messages.push(id),
                Change::Customer(id) => ids.customers.push(id),
                Change::Project(id) => ids.projects.push(id),
                Change::Member(id) => ids.members.push(id),
                Change::Notification(id) => ids.notifications.push(id),
                Change::Note(id) => ids.notes.push(id),
                Change::Vocabulary | Change::Rights => {}
            }
        }
        ids
    }
}

fn raw(value: &Told<'_>) -> Result<Arc<RawValue>> {
    let raw = to_raw_value(value).map_err(|error| Error::Internal(format!("writing an event: {error}")))?;
    Ok(raw.into())
}
