//! What goes in and out of the simulator: the same shapes in process and over the control API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A bot to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewBot {
    /// Shown name, 1–64 characters.
    pub name: String,
    /// Without the `@`; made from the id when empty.
    pub username: String,
    /// `digits:secret`, the digits being the bot's id; made up when absent.
    pub token: Option<String>,
}

/// A bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotInfo {
    /// Its Telegram id: the number before the token's colon.
    pub id: i64,
    /// What the Bot API is called with.
    pub token: String,
    /// Without the `@`.
    pub username: String,
    /// Shown name.
    pub name: String,
}

/// A customer to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewCustomer {
    /// 1–64 characters.
    pub first_name: String,
    /// Optional.
    pub last_name: Option<String>,
    /// Without the `@`.
    pub username: Option<String>,
    /// IETF tag: "en", "ru", "zh-hans" …
    pub language_code: Option<String>,
    /// A Telegram id of one's own choice (1 to 2^52); made up when absent.
    pub id: Option<i64>,
}

/// A customer. The id is also the id of their private chat with any bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerInfo {
    /// Telegram id.
    pub id: i64,
    /// Shown name.
    pub first_name: String,
    /// Optional.
    pub last_name: Option<String>,
    /// Without the `@`.
    pub username: Option<String>,
    /// IETF tag.
    pub language_code: Option<String>,
}

/// A message that a customer writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewMessage {
    /// 1–4096 characters.
    pub text: String,
    /// Message of the same chat that it answers.
    pub reply_to: Option<i64>,
    /// `MessageEntity` objects; a leading `/command` gets its entity by itself.
    pub entities: Vec<Value>,
}

/// What became of something a customer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Number of the message in the chat; 0 where there is none (block, raw update).
    pub message_id: i64,
    /// Number of the update; `None` when the bot does not want updates of that kind (`allowed_updates`).
    pub update_id: Option<i64>,
}

/// Who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The person.
    Customer,
    /// The bot.
    Bot,
}

/// A message in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Grows within a bot.
    pub message_id: i64,
    /// Who wrote.
    pub from: Author,
    /// After entities were parsed and spaces around were cut.
    pub text: String,
    /// `MessageEntity` objects.
    pub entities: Vec<Value>,
    /// Unix seconds.
    pub date: i64,
    /// Unix seconds of the last edit.
    pub edit_date: Option<i64>,
    /// What it answers.
    pub reply_to: Option<i64>,
    /// `InlineKeyboardMarkup`, of the bot's messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<Value>,
}

/// How a customer and a bot stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatState {
    /// The bot's id.
    pub bot_id: i64,
    /// The customer's id.
    pub customer_id: i64,
    /// The customer has written before: the bot may write.
    pub started: bool,
    /// The customer blocked the bot.
    pub blocked: bool,
}

/// What [`Simulator::subscribe`](crate::Simulator::subscribe) and `GET /control/live` tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A bot was made, or its token changed.
    Bot {
        /// Its new state.
        bot: BotInfo,
    },
    /// A customer was made.
    Customer {
        /// Who.
        customer: CustomerInfo,
    },
    /// A message was written or edited.
    Message {
        /// The bot's id.
        bot_id: i64,
        /// The customer's id.
        customer_id: i64,
        /// As it stands now.
        message: ChatMessage,
    },
    /// A chat was started, blocked or unblocked.
    Chat {
        /// As it stands now.
        state: ChatState,
    },
    /// The bot shows an action ("typing") for 5 seconds.
    Action {
        /// The bot's id.
        bot_id: i64,
        /// The customer's id.
        customer_id: i64,
        /// As `sendChatAction` names it.
        action: String,
    },
}

/// Figures of one bot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotStats {
    /// Updates not yet confirmed.
    pub pending_updates: usize,
    /// Whether a long poll is waiting.
    pub polling: bool,
    /// Where the updates are sent; absent when they are fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// Calls by method, whatever their answer.
    pub calls: BTreeMap<String, u64>,
}

/// Figures of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// By bot id.
    pub bots: BTreeMap<i64, BotStats>,
    /// How many customers there are.
    pub customers: usize,
}

/// Why the simulator did not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such bot.
    #[error("there is no bot {0}")]
    NoSuchBot(i64),
    /// No such customer.
    #[error("there is no customer {0}")]
    NoSuchCustomer(i64),
    /// No such message in that chat, or not the customer's own.
    #[error("there is no such message {0}")]
    NoSuchMessage(i64),
    /// The customer blocked the bot; Telegram's apps then offer nothing but "unblock".
    #[error("the customer blocked the bot")]
    Blocked,
    /// Token, id or username belongs to somebody else.
    #[error("already taken: {0}")]
    Taken(String),
    /// Something was empty, too long or of the wrong form.
    #[error("not acceptable: {0}")]
    Invalid(String),
}
