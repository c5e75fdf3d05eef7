//! What a notification is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{CustomerId, MemberId, NotificationId, ProjectId, SessionId};
use crate::members::MemberRef;

/// What somebody is told of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::AsRefStr,
    strum::EnumString,
    strum::EnumIter,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = NotificationKind)]
pub enum What {
    /// Diversion, a supervisor or an admin gave them a session.
    Assigned,
    /// A colleague handed them a session.
    Transferred,
    /// A note names them.
    Mention,
    /// A session of theirs was taken over, assigned to another or put back into the queue.
    TakenBack,
    /// A customer of a project that they supervise has waited for too long.
    WaitingTooLong,
    /// A session of theirs will end by itself soon.
    EndingSoon,
    /// A reply of theirs could not be sent, or may not have arrived.
    SendingFailed,
    /// The connection of a project that they manage has a trouble that doesn't go away by itself.
    ProjectInTrouble,
}

/// What to tell.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) what: What,
    pub(crate) project: Option<ProjectId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) customer: Option<CustomerId>,
    /// Who did it: they are not told.
    pub(crate) by: Option<MemberId>,
    /// What else there is to say: a handover note, a part of a note, a reason.
    pub(crate) detail: Option<String>,
}

/// Something that a member is told of, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// What it is about.
    pub what: What,
    /// When it happened.
    pub at: Timestamp,
    /// When they have read it.
    pub read_at: Option<Timestamp>,
    /// The project it is about.
    pub project_id: Option<ProjectId>,
    /// The session it is about.
    pub session_id: Option<SessionId>,
    /// The customer it is about.
    pub customer: Option<CustomerRef>,
    /// Who did it.
    pub by: Option<MemberRef>,
    /// What else there is to say: a handover note, a part of a note, a reason.
    pub detail: Option<String>,
    /// Grows with each change.
    pub version: i64,
}

/// A customer as a notification names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CustomerRef {
    /// Their id.
    pub id: CustomerId,
    /// Their first and last name.
    pub name: String,
}
