//! What a message is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{CustomerId, MessageId, SessionId};
use crate::members::MemberRef;
use crate::projects::Diversion;
use crate::sessions::LastMessage;
use crate::text::{one_line, shorten};

/// Who speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = MessageDirection)]
pub enum Direction {
    /// The customer.
    In,
    /// A member.
    Out,
    /// The system: a line about the session.
    Service,
}

/// What it holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = MessageKind)]
pub enum Kind {
    /// Text with Telegram's formatting.
    Text,
    /// Something that can't be shown yet; the raw update is kept.
    Unsupported,
    /// A line about the session.
    Service,
}

/// How the delivery of a reply stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DeliveryState {
    /// Accepted; will be sent.
    Queued,
    /// Claimed by the sender: the call to Telegram is about to be made, or under way.
    Sending,
    /// Telegram has it.
    Sent,
    /// Telegram refused it, see the reason.
    Failed,
    /// The call was written to the network and got no answer: it may have arrived.
    Unknown,
}

/// A reply's delivery as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    /// How it stands.
    pub state: DeliveryState,
    /// Why it failed or waits: a code.
    pub reason: Option<String>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
}

/// The message that one replies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplyRef {
    /// Its id.
    pub id: MessageId,
    /// Its first 200 characters, on one line.
    pub text: String,
    /// Who spoke.
    pub direction: Direction,
}

/// What a service line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceWhat {
    /// The customer wrote, and a session began.
    SessionStarted,
    /// Diversion gave it to a member.
    Assigned,
    /// A member took it from the queue.
    Taken,
    /// A supervisor or admin gave it to a member.
    AssignedBy,
    /// A supervisor or admin took it over.
    TakenOver,
    /// Its assignee handed it to a colleague.
    Transferred,
    /// It went back to the queue.
    Returned,
    /// It ended.
    Ended,
    /// It was opened again.
    Reopened,
    /// The customer blocked the bot.
    Blocked,
    /// The customer unblocked the bot.
    Unblocked,
}

/// A line about the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceLine {
    /// What happened.
    pub what: ServiceWhat,
    /// To or by whom.
    #[serde(default)]
    pub member: Option<MemberRef>,
    /// Why: a code.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who got it, where somebody handed it over.
    #[serde(default)]
    pub to: Option<MemberRef>,
    /// What the one who handed it over wants the next to know.
    #[serde(default)]
    pub note: Option<String>,
    /// Why diversion chose this member.
    #[serde(default)]
    pub why: Option<Why>,
}

impl ServiceLine {
    /// A line that says that much and no more.
    pub(crate) fn of(what: ServiceWhat) -> Self {
        Self { what, member: None, reason: None, to: None, note: None, why: None }
    }
}

/// Why diversion gave a session to a member: the rule, and what decided by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Why {
    /// The project's rule.
    pub rule: Diversion,
    /// The one who had the last session of the project, after whom the rotation went on.
    #[serde(default)]
    pub after: Option<MemberRef>,
    /// How many open sessions the chosen one had before.
    pub open: i64,
    /// Their limit.
    pub limit: i64,
    /// *Online first* fell back on who isn't online and connected.
    #[serde(default)]
    pub fallback: bool,
    /// They served the customer last.
    #[serde(default)]
    pub served_last: bool,
    /// Those who serve the project and could not be chosen, at most ten.
    #[serde(default)]
    pub passed: Vec<PassedOver>,
}

/// Somebody who serves a project and could not be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PassedOver {
    /// Who.
    pub member: MemberRef,
    /// Why not: `busy`, `offline`, `not_connected`, `at_limit`, `not_taken_up`.
    pub reason: String,
}

/// What stands between a reply and its author's name at Telegram.
pub(super) const BEFORE_SIGNATURE: &str = "\n\u{2014} ";

/// A reply's text as Telegram gets it. The signature stands at the end: places in the text stay what they are.
pub(super) fn signed(text: &str, name: &str) -> String {
    format!("{text}{BEFORE_SIGNATURE}{name}")
}

/// A line of a customer's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Grows with each change.
    pub version: i64,
    /// Whose timeline.
    pub customer_id: CustomerId,
    /// The session it belongs to; none: it came while there was none and began none.
    pub session_id: Option<SessionId>,
    /// Its place in the timeline.
    pub position: i64,
    /// Who speaks.
    pub direction: Direction,
    /// What it holds.
    pub kind: Kind,
    /// Its text; empty where it holds none.
    pub text: String,
    /// Telegram's `MessageEntity` list: offsets and lengths in UTF-16 code units.
    #[schema(value_type = Vec<Object>)]
    pub entities: serde_json::Value,
    /// The member who wrote it.
    pub author: Option<MemberRef>,
    /// The idempotency key of the author's browser.
    pub client_id: Option<String>,
    /// The name with which it ends at Telegram, where its project signs replies.
    pub signature: Option<String>,
    /// What it replies to.
    pub reply_to: Option<ReplyRef>,
    /// When it was written.
    pub at: Timestamp,
    /// When its text last changed.
    pub edited_at: Option<Timestamp>,
    /// How its delivery stands, for a reply.
    pub delivery: Option<Delivery>,
    /// When a queued reply is expected to be sent, where it has to wait for a while.
    pub expected_at: Option<Timestamp>,
    /// What a service line says.
    pub service: Option<ServiceLine>,
    /// What an unsupported message held: Telegram's name of it (`photo`, `sticker` …).
    pub unsupported: Option<String>,
    /// Files; none can come yet.
    #[schema(value_type = Vec<Object>)]
    pub attachments: Vec<serde_json::Value>,
}

/// What a list or a quotation shows of a text: its first 200 characters, on one line.
pub(super) fn preview(text: &str) -> String {
    // Cut first: putting a long text on one line to throw most of it away would be work for nothing.
    shorten(&one_line(&shorten(text, 400)), 200)
}

/// What the list shows of a message.
pub(super) fn last_message(
    text: &str,
    direction: Direction,
    kind: Kind,
    at: Timestamp,
    author: Option<MemberRef>,
) -> LastMessage {
    let (direction, kind) = (direction.as_ref().to_owned(), kind.as_ref().to_owned());
    LastMessage { text: preview(text), direction, kind, at, author }
}
