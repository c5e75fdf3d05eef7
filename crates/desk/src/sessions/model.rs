//! What a session is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::customers::Customer;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, TagId, WorkspaceId};
use crate::members::MemberRef;

/// Why a session ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EndedBecause {
    /// Its assignee ended it.
    ByMember,
    /// Its project was archived or deleted.
    ProjectClosed,
}

/// Where a session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// In the queue.
    Waiting,
    /// Somebody has it.
    Open {
        /// Who.
        assignee: MemberId,
        /// Since when.
        opened_at: Timestamp,
        /// When they opened the prompt or first replied.
        taken_up_at: Option<Timestamp>,
    },
    /// Over.
    Ended {
        /// Who had it last.
        assignee: Option<MemberId>,
        /// When.
        at: Timestamp,
        /// Why.
        reason: Option<EndedBecause>,
    },
}

/// A session as the tables hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its project.
    pub project: ProjectId,
    /// Its customer.
    pub customer: CustomerId,
    /// Where it stands.
    pub state: State,
    /// Its place in the queue; kept when it returns there.
    pub waiting_since: Timestamp,
    /// Customer messages the assignee has not read.
    pub unread: i64,
    /// Grows with each change.
    pub version: i64,
}

impl Session {
    /// Refuses anyone but the assignee of an open session: only they act on it.
    pub fn must_be_served_by(&self, member: MemberId) -> Result<()> {
        match self.state {
            State::Open { assignee, .. } if assignee == member => Ok(()),
            State::Open { .. } => Err(Error::refused(Code::NotAssignee)),
            State::Waiting => Err(Error::refused(Code::SessionNotOpen)),
            State::Ended { .. } => Err(Error::refused(Code::SessionEnded)),
        }
    }
}

/// What the list shows of a session's last message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LastMessage {
    /// Its first 200 characters, on one line.
    pub text: String,
    /// `in` or `out`.
    pub direction: String,
    /// `text` or `unsupported`.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The member who wrote it; none for a customer's, and for replies of before it was kept.
    #[serde(default)]
    pub author: Option<MemberRef>,
}

/// Where a session stands, without what goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SessionState {
    /// In the queue.
    Waiting,
    /// Somebody has it.
    Open,
    /// Over.
    Ended,
}

/// A session as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Grows with each change.
    pub version: i64,
    /// Where it stands.
    pub state: SessionState,
    /// Its project.
    pub project_id: ProjectId,
    /// Its customer.
    pub customer: Customer,
    /// Who has it, or had it last.
    pub assignee: Option<MemberRef>,
    /// Customer messages the assignee has not read.
    pub unread: i64,
    /// The newest message.
    pub last_message: Option<LastMessage>,
    /// Since when it waits, or waited.
    pub waiting_since: Timestamp,
    /// When somebody got it.
    pub opened_at: Option<Timestamp>,
    /// When they opened the prompt or first replied.
    pub taken_up_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<EndedBecause>,
    /// When it began.
    pub created_at: Timestamp,
    /// When the newest message was.
    pub last_message_at: Timestamp,
    /// Its tags, in the order in which they were put on.
    pub tags: Vec<TagId>,
}
