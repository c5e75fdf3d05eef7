//! The methods the product calls.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::Error;
use crate::http::Bot;
use crate::types::{Chat, MessageEntity, User, loose, loose_or_default};
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

/// Parameters of `setWebhook`.
#[derive(Debug, Clone, Serialize)]
pub struct SetWebhook {
    /// Where updates are delivered; Telegram itself wants https.
    pub url: String,
    /// Comes with every delivery in the header `X-Telegram-Bot-Api-Secret-Token`: 1–256 of A–Z, a–z, 0–9, `_` and `-`.
    #[serde(serialize_with = "exposed")]
    pub secret_token: SecretString,
    /// How many deliveries may be under way at once, 1–100.
    pub max_connections: u32,
    /// The kinds of updates that are wanted.
    pub allowed_updates: Vec<String>,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// What `getWebhookInfo` tells. Tolerant: a field of the wrong type counts as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct WebhookInfo {
    /// Where updates are delivered; empty when no webhook is set.
    #[serde(default, deserialize_with = "loose_or_default")]
    pub url: String,
    /// Updates that wait for delivery.
    #[serde(default, deserialize_with = "loose_or_default")]
    pub pending_update_count: i64,
    /// Unix time in seconds of the last delivery that failed.
    #[serde(default, deserialize_with = "loose")]
    pub last_error_date: Option<i64>,
    /// Why it failed, in Telegram's words.
    #[serde(default, deserialize_with = "loose")]
    pub last_error_message: Option<String>,
    /// The kinds of updates that are delivered; none: the usual ones.
    #[serde(default, deserialize_with = "loose")]
    pub allowed_updates: Option<Vec<String>>,
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

    /// `setWebhook`: updates are delivered to `webhook.url` from now on; those not yet delivered stay waiting.
    pub async fn set_webhook(&self, webhook: &SetWebhook) -> Result<(), Error> {
        self.call("setWebhook", webhook, None).await.map(drop)
    }

    /// `deleteWebhook`: updates can be polled again; those not yet delivered stay waiting.
    pub async fn delete_webhook(&self) -> Result<(), Error> {
        self.call("deleteWebhook", &json!({}), None).await.map(drop)
    }

    /// `getWebhookInfo`: what is set, and how deliveries fare.
    pub async fn get_webhook_info(&self) -> Result<WebhookInfo, Error> {
        decode("getWebhookInfo", &self.call("getWebhookInfo", &json!({}), None).await?)
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

pub(crate) fn decode<T: serde::de::DeserializeOwned>(
    method: &str,
    result: &serde_json::value::RawValue,
) -> Result<T, Error> {
    // By way of a `Value`: its first-wins/last-wins and depth rules are the same for every type.
    serde_json::from_str::<Value>(result.get())
        .and_then(serde_json::from_value)
        .map_err(|_| Error::BadAnswer { reason: format!("the result of {method} has an unexpected shape") })
}
