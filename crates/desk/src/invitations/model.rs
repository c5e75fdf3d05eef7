//! What an invitation is.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{HOUR, Timestamp};
use crate::error::{Code, Error, Result};
use crate::ids::{InvitationId, MemberId, WorkspaceId};

/// How long a link is good for.
pub(crate) const GOOD_FOR: i64 = 72 * HOUR;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::AsRefStr, strum::EnumString, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = InvitationKind)]
pub enum Kind {
    /// The first password.
    Invitation,
    /// Another password.
    Reset,
}

/// Why a link is good no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub enum Gone {
    /// It has set a password.
    Used,
    /// It was taken back, or replaced by a newer one, or its account may not be used.
    Revoked,
    /// It was too old.
    Expired,
}

/// A link that is open, as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invitation {
    /// What it is for.
    pub kind: Kind,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When the mail server took it.
    pub mailed_at: Option<Timestamp>,
    /// Why it could not be mailed.
    pub mail_error: Option<String>,
}

/// An invitation as the table holds it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: InvitationId,
    pub(crate) workspace: WorkspaceId,
    pub(crate) member: MemberId,
    pub(crate) kind: Kind,
    pub(crate) created_by: MemberId,
    pub(crate) expires_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

impl Row {
    /// Why the link is good no more; none while it is.
    pub(crate) fn gone(&self, now: Timestamp) -> Option<Gone> {
        match (self.used_at, self.revoked_at) {
            (Some(_), _) => Some(Gone::Used),
            (None, Some(_)) => Some(Gone::Revoked),
            (None, None) => (self.expires_at <= now).then_some(Gone::Expired),
        }
    }

    /// Refuses a link that is good no more.
    pub(crate) fn must_be_good(&self, now: Timestamp) -> Result<()> {
        self.gone(now).map_or(Ok(()), |reason| Err(refusal(reason)))
    }
}

/// The refusal of a link that is good no more.
pub(crate) fn refusal(reason: Gone) -> Error {
    Error::refused_with(Code::InvitationGone, "reason", reason.as_ref())
}
