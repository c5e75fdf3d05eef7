//! What members may do in a project, beside seeing it: one pure verdict, and the permit that only it gives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use crate::error::{Code, Error, Result};
use crate::members::Role;

/// Something done with a project's sessions or messages that can be withheld.
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
pub enum Operation {
    /// Hand a session to a colleague or to the queue.
    Transfer,
    /// Change the tags of sessions and customers.
    EditTags,
    /// Take sessions out as files.
    Export,
    /// Take a sent message back.
    Recall,
    /// Change a sent message.
    Edit,
    /// End a session.
    End,
    /// Open an ended session again.
    Reopen,
    /// Delete messages and sessions.
    Delete,
    /// Have messages translated.
    Translate,
    /// Send pictures.
    SendPicture,
    /// Send videos.
    SendVideo,
    /// Send voice messages.
    SendVoice,
    /// Send files.
    SendFile,
    /// Send stickers.
    SendSticker,
    /// Send locations.
    SendLocation,
    /// Send contacts.
    SendContact,
}

impl Operation {
    /// Whether it is allowed where nobody has decided: what takes data out or away for good has to be given.
    pub(super) fn usual(self) -> bool {
        !matches!(self, Self::Export | Self::Delete)
    }

    /// Whether only a session's assignee does it.
    fn is_for_the_assignee(self) -> bool {
        !matches!(self, Self::EditTags | Self::Export | Self::Reopen | Self::Delete)
    }
}

/// Whose the session is that something is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The member's own: they are the assignee.
    Own,
    /// Somebody else's, or nobody's.
    Other,
    /// It is not about a session: may they do it at all?
    Any,
}

/// What decides besides the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Whether the workspace's plan has operation permissions; without, everything usual is allowed.
    pub(crate) plan: bool,
    /// What the project's managers decided for everybody.
    pub(crate) project: Option<bool>,
    /// What they decided for this member.
    pub(crate) exception: Option<bool>,
}

/// Why something may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// Only the assignee does it.
    Ownership,
    /// The project's managers withhold it from everybody.
    Project,
    /// They withhold it from this member.
    Exception,
    /// It isn't usual, and the plan has no way to allow it.
    Plan,
}

/// The pure rule of what a member may do in a project that they see. Only the assignee acts on a session, whatever their role. Beyond
/// that owners and admins may do everything; for others the exception counts before the project's setting, and that before
/// what is usual.
pub(crate) fn verdict(
    role: Role,
    operation: Operation,
    terms: Terms,
    ownership: Ownership,
) -> std::result::Result<(), Reason> {
    if operation.is_for_the_assignee() && ownership == Ownership::Other {
        return Err(Reason::Ownership);
    }
    if role >= Role::Admin {
        return Ok(());
    }
    if !terms.plan {
        return if operation.usual() { Ok(()) } else { Err(Reason::Plan) };
    }
    match (terms.exception, terms.project) {
        (Some(true), _) => Ok(()),
        (Some(false), _) => Err(Reason::Exception),
        (None, setting) if setting.unwrap_or(operation.usual()) => Ok(()),
        (None, _) => Err(Reason::Project),
    }
}

/// Proof that somebody may do what they are about to: verbs take it, and only the verdict gives it.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    pub(super) fn ask(role: Role, operation: Operation, terms: Terms, ownership: Ownership) -> Result<Self> {
        verdict(role, operation, terms, ownership).map(Self).map_err(|reason| Error::Refused {
            code: Code::OperationRefused,
            params: BTreeMap::from([
                ("operation", operation.as_ref().into()),
                ("reason", reason.as_ref().into()),
            ]),
        })
    }

    /// For what happens by itself, or to a whole project.
    pub(crate) fn of_the_system() -> Self {
        Self(())
    }
}

/// Each operation with what was decided about it.
pub type Settings = BTreeMap<Operation, bool>;

/// What is decided for everybody in a project, and for single members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operations {
    /// What was decided; the rest is usual.
    pub(super) decided: Settings,
    /// What was decided for single members.
    pub exceptions: BTreeMap<crate::ids::MemberId, Settings>,
}

impl Operations {
    /// Every operation, and whether everybody may.
    pub fn for_everybody(&self) -> Settings {
        let decided = |operation: Operation| self.decided.get(&operation).copied();
        Operation::iter().map(|it| (it, decided(it).unwrap_or(it.usual()))).collect()
    }

    /// These settings; what is usual needs no decision.
    pub fn new(settings: Settings, exceptions: BTreeMap<crate::ids::MemberId, Settings>) -> Self {
        let decided = settings.into_iter().filter(|(operation, allowed)| operation.usual() != *allowed);
        let exceptions = exceptions.into_iter().filter(|(_, settings)| !settings.is_empty());
        Self { decided: decided.collect(), exceptions: exceptions.collect() }
    }
}
