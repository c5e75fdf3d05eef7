//! What an event is.

use std::str::FromStr;

use crate::ids::{CustomerId, MemberId, MessageId, NoteId, NotificationId, ProjectId, SessionId};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// A session, or what the list shows of it.
    Session(SessionId),
    /// A message, or its delivery.
    Message(MessageId),
    /// What is known of a customer.
    Customer(CustomerId),
    /// A member's name, status or load.
    Member(MemberId),
    /// A project's settings or health.
    Project(ProjectId),
    /// A private note.
    Note(NoteId),
    /// Something a member is told of.
    Notification(NotificationId),
    /// The workspace's tags or customer fields: they are fetched anew.
    Vocabulary,
    /// What the members of the audience may see: they look again.
    Rights,
}

impl Change {
    /// The column pair (kind, entity id).
    pub(super) fn columns(self) -> (&'static str, String) {
        match self {
            Self::Session(id) => ("session", id.to_string()),
            Self::Message(id) => ("message", id.to_string()),
            Self::Customer(id) => ("customer", id.to_string()),
            Self::Member(id) => ("member", id.to_string()),
            Self::Project(id) => ("project", id.to_string()),
            Self::Note(id) => ("note", id.to_string()),
            Self::Notification(id) => ("notification", id.to_string()),
            Self::Vocabulary => ("vocabulary", String::new()),
            Self::Rights => ("rights", String::new()),
        }
    }

    pub(super) fn parse(kind: &str, id: &str) -> Option<Self> {
        Some(match kind {
            "session" => Self::Session(id.parse().ok()?),
            "message" => Self::Message(id.parse().ok()?),
            "customer" => Self::Customer(id.parse().ok()?),
            "member" => Self::Member(id.parse().ok()?),
            "project" => Self::Project(id.parse().ok()?),
            "note" => Self::Note(id.parse().ok()?),
            "notification" => Self::Notification(id.parse().ok()?),
            "vocabulary" => Self::Vocabulary,
            "rights" => Self::Rights,
            _ => return None,
        })
    }
}

/// Whom an event is for; their rights at delivery decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Every member of the workspace.
    Workspace,
    /// Those who see the project.
    Project(ProjectId),
    /// One member.
    Member(MemberId),
}

impl std::fmt::Display for Audience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Workspace => f.write_str("workspace"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Member(id) => write!(f, "member:{id}"),
        }
    }
}

impl FromStr for Audience {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            None if text == "workspace" => Ok(Self::Workspace),
            Some(("project", id)) => id.parse().map(Self::Project).map_err(drop),
            Some(("member", id)) => id.parse().map(Self::Member).map_err(drop),
            _ => Err(()),
        }
    }
}

/// A numbered change of one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Its number, without gaps per workspace.
    pub number: i64,
    /// What changed.
    pub change: Change,
    /// Whom it is for.
    pub audience: Audience,
}
