//! Applying one update, inside the savepoint that its caller opened.

use super::decode::Meaning;
use crate::avatars;
use crate::customers::{self, Customer, Known, Profile};
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::messages::{self, Incoming, ServiceLine, ServiceWhat, Written, note_blocked, service_line};
use crate::reception;
use crate::sessions::{self, Session, State};
use crate::tx::Tx;

/// What came of applying an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is where it belongs.
    Done,
    /// A new session waits: the queue is to be drained.
    SessionStarted,
    /// It is kept raw.
    Unsupported,
}

/// What is known of messages before they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// That they are new, as nearly all are: one that isn't fails by its Telegram id.
    New,
    /// Nothing: look.
    Nothing,
}

/// Applies an update to a project of a workspace that is locked.
pub(super) fn apply(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    meaning: &Meaning,
    trust: Trust,
) -> Result<Applied> {
    match meaning {
        Meaning::Wrote { profile, incoming } => match trust {
            Trust::New => wrote(tx, workspace, project, profile, incoming),
            Trust::Nothing => match messages::unless_known(tx, project, incoming)? {
                Some(incoming) => wrote(tx, workspace, project, profile, &incoming),
                None => Ok(Applied::Done),
            },
        },
        Meaning::Edited(incoming) => {
            let known = messages::edit(tx, workspace, project, incoming)?;
            Ok(if known { Applied::Done } else { Applied::Unsupported })
        }
        Meaning::Block { profile, blocked } => {
            let Writer { customer, .. } = writer(tx, workspace, project, profile)?;
            note_blocked(tx, workspace, customer.id, *blocked)?;
            Ok(Applied::Done)
        }
        Meaning::Unsupported => Ok(Applied::Unsupported),
    }
}

/// Who writes.
struct Writer {
    customer: Customer,
    /// Whether they write for the first time.
    new: bool,
    /// The last place taken in their timeline.
    last_position: i64,
    live: Option<Session>,
}

/// The customer with this profile, found and brought up to date, or made.
fn writer(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, profile: &Profile) -> Result<Writer> {
    let known = sessions::writers(tx, &[(project, profile.telegram_id)])?.pop();
    let new = known.is_none();
    let (customer, last_position, live) = match known {
        None => {
            let customer = customers::insert(tx, workspace, project, profile)?;
            avatars::ask(tx, workspace, &customer)?;
            (customer, 0, None)
        }
        Some((known, live)) => {
            let last = known.last_position;
            (brought_up_to_date(tx, workspace, known, profile)?, last, live)
        }
    };
    Ok(Writer { customer, new, last_position, live })
}

/// The customer with what their profile says now; their avatar is looked at when it is time.
pub(super) fn brought_up_to_date(
    tx: &mut Tx,
    workspace: WorkspaceId,
    known: Known,
    profile: &Profile,
) -> Result<Customer> {
    let (customer, look) = customers::bring_up_to_date(tx, workspace, known, profile)?;
    if look {
        avatars::ask(tx, workspace, &customer)?;
    }
    Ok(customer)
}

fn wrote(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    profile: &Profile,
    incoming: &Incoming,
) -> Result<Applied> {
    let Writer { customer, new, last_position, live } = writer(tx, workspace, project, profile)?;
    if customer.blocked {
        // Who writes has unblocked the bot, whether or not we were told.
        note_blocked(tx, workspace, customer.id, false)?;
    }
    if let (None, Some(source)) = (&customer.source, source(incoming)) {
        customers::set_source(tx, workspace, &customer, source)?;
    }
    // Unless a line of ours comes between.
    let next = (!customer.blocked).then_some(last_position + 1);
    let (session, applied, place) = match live {
        Some(session) => (Some(session), Applied::Done, next),
        None if is_bare_start(incoming) => (None, Applied::Done, next),
        None if !new && let Some(session) = reception::come_back(tx, workspace, customer.id)? => {
            let is_waiting = session.state == State::Waiting;
            let applied = if is_waiting { Applied::SessionStarted } else { Applied::Done };
            (Some(session), applied, None)
        }
        None => {
            let session = sessions::start(tx, workspace, project, customer.id)?;
            let started = ServiceLine::of(ServiceWhat::SessionStarted);
            service_line(tx, &session, &started)?;
            (Some(session), Applied::SessionStarted, None)
        }
    };
    messages::receive(tx, workspace, &customer, session.as_ref(), incoming, place)?;
    if new {
        messages::welcome(tx, workspace, &customer, session.as_ref())?;
    }
    Ok(applied)
}

/// Telegram sends `/start` when somebody opens the bot: that is no question yet.
fn is_bare_start(incoming: &Incoming) -> bool {
    matches!(&incoming.content, Written::Text { text, .. } if text.trim() == "/start")
}

/// What the link said by which a customer opened the bot: Telegram sends it with `/start`.
pub(super) fn source(incoming: &Incoming) -> Option<&str> {
    let Written::Text { text, .. } = &incoming.content else { return None };
    let payload = text.strip_prefix("/start ")?.trim();
    let is_payload = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    ((1..=64).contains(&payload.len()) && payload.chars().all(is_payload)).then_some(payload)
}
