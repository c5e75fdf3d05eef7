//! The methods the product calls.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::http::Bot;
use crate::types::{Chat, MessageEntity, User, loose};
use crate::updates::{self, RawUpdate};

/// Parameters of `sendMessage`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SendMessage {
    /// The chat; for a private chat the customer's Telegram id.
    pub chat_id: i64,
    /// 1–4096 characters (code points) after entities are parsed.
    pub text: String,
    /// Formatting; offsets and lengths in UTF-16 code units.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<MessageEntity>,
    /// The message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_parameters: Option<ReplyParameters>,
}

impl SendMessage {
    /// A plain text.
    pub fn text(chat_id: i64, text: impl Into<String>) -> Self {
        Self { chat_id, text: text.into(), entities: Vec::new(), reply_parameters: None }
    }

    /// Quotes `message_id`; when that is gone the message is sent all the same.
    pub fn reply_to(mut self, message_id: i64) -> Self {
        self.reply_parameters = Some(ReplyParameters { message_id, allow_sending_without_reply: true });
        self
    }
}

/// What a message answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReplyParameters {
    /// Message of the same chat.
    pub message_id: i64,
    /// Send without the quote when the message is gone, instead of failing.
    pub allow_sending_without_reply: bool,
}

/// What Telegram says of a message that it took. Tolerant: "ok" is what counts, an unreadable result is still sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// Its number in the chat.
    #[serde(default, deserialize_with = "loose")]
    pub message_id: Option<i64>,
    /// Unix time in seconds.
    #[serde(default, deserialize_with = "loose")]
    pub date: Option<i64>,
}

impl Bot {
    /// `getMe`: who the token belongs to.
    pub async fn get_me(&self) -> Result<User, Error> {
        decode("getMe", &self.call("getMe", &json!({}), None).await?)
    }

    /// `getUpdates`: what came in, oldest first, not decoded.
    ///
    /// `offset` confirms everything below it; `limit` is 1–100; `timeout_s` is how long Telegram may wait for an update
    /// (it waits 50 s at most). The call itself is given [`poll_grace`](crate::HttpOptions::poll_grace) on top.
    /// `allowed_updates` empty leaves the bot's previous setting as it is.
    pub async fn get_updates(
        &self,
        offset: Option<i64>,
        limit: u32,
        timeout_s: u32,
        allowed_updates: &[&str],
    ) -> Result<Vec<RawUpdate>, Error> {
        let mut parameters = json!({ "limit": limit, "timeout": timeout_s });
        if let Some(offset) = offset {
            parameters["offset"] = offset.into();
        }
        if !allowed_updates.is_empty() {
            parameters["allowed_updates"] = json!(allowed_updates);
        }
        let patience = Duration::from_secs(timeout_s.into()) + self.options().poll_grace;
        updates::split(&self.call("getUpdates", &parameters, Some(patience)).await?)
    }

    /// `sendMessage`.
    pub async fn send_message(&self, message: &SendMessage) -> Result<Sent, Error> {
        let result = self.call("sendMessage", message, None).await?;
        Ok(serde_json::from_str(result.get()).unwrap_or_default())
    }

    /// `sendChatAction`: `action` such as `typing`, shown for 5 seconds.
    pub async fn send_chat_action(&self, chat_id: i64, action: &str) -> Result<(), Error> {
        self.call("sendChatAction", &json!({ "chat_id": chat_id, "action": action }), None).await.map(drop)
    }

    /// `getChat`.
    pub async fn get_chat(&self, chat_id: i64) -> Result<Chat, Error> {
        decode("getChat", &self.call("getChat", &json!({ "chat_id": chat_id }), None).await?)
    }
}

fn decode<T: serde::de::DeserializeOwned>(
    method: &str,
    result: &serde_json::value::RawValue,
) -> Result<T, Error> {
    // By way of a `Value`: its first-wins/last-wins and depth rules are the same for every type.
    serde_json::from_str::<Value>(result.get())
        .and_then(serde_json::from_value)
        .map_err(|_| Error::BadAnswer { reason: format!("the result of {method} has an unexpected shape") })
}
