//! What a project is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Operation, Settings};
use crate::clock::Timestamp;
use crate::ids::{MemberId, ProjectId};

/// Whether a project works.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProjectState {
    /// It fetches and sends.
    Active,
    /// A manager stopped it: nothing is fetched or sent; Telegram keeps updates for 24 hours.
    Paused,
    /// A manager put it away: as paused, and its live sessions have ended. It can be taken up again.
    Archived,
}

/// Who serves a project.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// All agents whose projects include it.
    All,
    /// Those of them whom it names.
    Designated,
}

/// How a project's sessions find their assignee.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = DiversionRule)]
pub enum Diversion {
    /// One after the other of those who are online.
    InTurn,
    /// One after the other of those who are online and connected; of those who aren't busy while nobody who serves the project is
    /// online-or-busy and connected.
    OnlineFirst,
    /// Whoever of those who are online and connected has the fewest open sessions for their limit.
    LeastBusy,
}

/// How a project's updates come.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Transport {
    /// We ask Telegram for them.
    Polling,
    /// Telegram delivers them to our public address.
    Webhook,
}

/// How the project's connection to Telegram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Not heard of yet.
    Starting,
    /// The last call succeeded.
    Ok,
    /// Telegram does not accept the token (any more).
    TokenRejected,
    /// Somebody else polls with the token, or a webhook is set.
    Conflict,
    /// Telegram asked for a pause, until `until`.
    RateLimited,
    /// Telegram can't be reached, or answers nonsense.
    Unreachable,
    /// A manager stopped it.
    Paused,
}

/// The project's health: what to tell people about its connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// How it is.
    pub state: HealthState,
    /// Since when.
    pub since: Timestamp,
    /// How long it will be so at least, where that is known.
    pub until: Option<Timestamp>,
    /// When something last came from Telegram (to the minute).
    pub last_update_at: Option<Timestamp>,
    /// Telegram's or the network's words.
    pub detail: Option<String>,
    /// How deliveries fare, where the project's updates come by webhook.
    #[serde(default)]
    pub webhook: Option<WebhookHealth>,
}

/// How deliveries to a project's webhook fare, as Telegram tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookHealth {
    /// Updates that wait for delivery.
    pub pending: i64,
    /// Why the last delivery that failed did.
    pub last_error: Option<String>,
    /// When it did.
    pub last_error_at: Option<Timestamp>,
    /// Deliveries fail, or the webhook can't be set: updates are polled until then.
    pub polling_until: Option<Timestamp>,
}

impl Health {
    /// What is known of a project's connection when nobody has used it yet.
    pub(super) fn at_start(state: ProjectState, now: Timestamp) -> Self {
        let state = match state {
            ProjectState::Active => HealthState::Starting,
            ProjectState::Paused | ProjectState::Archived => HealthState::Paused,
        };
        Self { state, since: now, until: None, last_update_at: None, detail: None, webhook: None }
    }
}

/// The bot of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BotView {
    /// Telegram's id of it.
    pub id: i64,
    /// Without the @.
    pub username: String,
    /// The name people see.
    pub name: String,
}

/// How a project's sessions find their assignee, and what happens to them by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProjectRules)]
pub struct Rules {
    /// Who gets a session.
    pub diversion: Diversion,
    /// Whether the member who served the customer last goes first.
    pub prefer_last: bool,
    /// A session that isn't taken up within so many seconds goes on to the next, once round; none: it stays.
    pub take_up_seconds: Option<i64>,
    /// A session ends by itself when the customer has said nothing for so many minutes after us; none: never.
    pub quiet_minutes: Option<i64>,
    /// A message within so many minutes after the end reopens the session.
    pub reopen_minutes: i64,
    /// Who waits for more minutes than this is reported to supervisors; none: nobody is.
    pub alert_minutes: Option<i64>,
    /// The reception limit of members who have none of their own.
    pub default_limit: i64,
    /// What customers are told at a transfer, for the one who transfers to edit; none: the portal's own words.
    pub transfer_text: Option<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            diversion: Diversion::InTurn,
            prefer_last: false,
            take_up_seconds: None,
            quiet_minutes: Some(24 * 60),
            reopen_minutes: 10,
            alert_minutes: Some(10),
            default_limit: 3,
            transfer_text: None,
        }
    }
}

/// A project as people see it; never its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Whether it works.
    pub state: ProjectState,
    /// Its bot.
    pub bot: BotView,
    /// The Bot API address it speaks to.
    pub api: String,
    /// How its updates come.
    pub transport: Transport,
    /// How its connection is.
    pub health: Health,
    /// Who serves it.
    pub scope: Scope,
    /// What who writes for the first time is told.
    pub welcome_text: Option<String>,
    /// Whether replies end with their author's name.
    pub signature: bool,
    /// How sessions find their assignee, and what happens to them by itself.
    #[serde(flatten)]
    pub rules: Rules,
    /// Grows with each change.
    pub version: i64,
    /// Whom the service scope names, for who manages projects; left out for others, and in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_members: Option<Vec<MemberId>>,
    /// What the one who asks may do there, whose session it is aside; left out in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<Operation, bool>>)]
    pub operations: Option<Settings>,
}
