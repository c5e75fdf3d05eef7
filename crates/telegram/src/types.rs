//! The types of the Bot API that the product reads: tolerant of unknown fields, and of optional ones of a wrong type.
//! Only what a thing cannot be understood without (ids) is required.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::kind::content_kind;

/// An update whose text cannot be understood; it was kept raw, so nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the update cannot be decoded: {0}")]
pub struct DecodeError(String);

/// A decoded update.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Its number.
    pub update_id: Option<i64>,
    /// What happened.
    pub kind: UpdateKind,
}

/// What an update tells.
#[derive(Debug, Clone, PartialEq)]
pub enum UpdateKind {
    /// `message`.
    Message(Box<Message>),
    /// `edited_message`: the whole message in its new form.
    EditedMessage(Box<Message>),
    /// `my_chat_member`: in a private chat, the customer blocked or unblocked the bot.
    MyChatMember(Box<ChatMemberUpdated>),
    /// Any other kind, by its key; "unknown" when there is none.
    Other(String),
}

impl Update {
    /// Understands a raw update. An unknown kind is no error; JSON that is none, no object, or a known kind without what
    /// it cannot be understood without, is.
    pub fn decode(raw: &str) -> Result<Self, DecodeError> {
        let mut value: Value = serde_json::from_str(raw).map_err(|error| DecodeError(error.to_string()))?;
        let Some(fields) = value.as_object_mut() else {
            return Err(DecodeError("it is no object".to_owned()));
        };
        let update_id = fields.get("update_id").and_then(Value::as_i64);
        let mut take = |key: &str| fields.remove(key).filter(|value| !value.is_null());
        let kind = if let Some(message) = take("message") {
            UpdateKind::Message(Box::new(Message::from_value(message)?))
        } else if let Some(message) = take("edited_message") {
            UpdateKind::EditedMessage(Box::new(Message::from_value(message)?))
        } else if let Some(member) = take("my_chat_member") {
            UpdateKind::MyChatMember(Box::new(from_value(member)?))
        } else {
            UpdateKind::Other(crate::RawUpdate::read(raw).kind)
        };
        Ok(Self { update_id, kind })
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Message {
    /// Its number in the chat.
    pub message_id: i64,
    /// Where.
    pub chat: Chat,
    /// Who; absent in channels.
    #[serde(default, deserialize_with = "loose")]
    pub from: Option<User>,
    /// Unix time in seconds.
    #[serde(default, deserialize_with = "loose")]
    pub date: Option<i64>,
    /// Unix time in seconds of the last edit.
    #[serde(default, deserialize_with = "loose")]
    pub edit_date: Option<i64>,
    /// The text of a text message.
    #[serde(default, deserialize_with = "loose")]
    pub text: Option<String>,
    /// Formatting of `text`. Entities that cannot be read are left out.
    #[serde(default, deserialize_with = "each")]
    pub entities: Vec<MessageEntity>,
    /// The caption of a picture, file …
    #[serde(default, deserialize_with = "loose")]
    pub caption: Option<String>,
    /// Formatting of `caption`.
    #[serde(default, deserialize_with = "each")]
    pub caption_entities: Vec<MessageEntity>,
    /// Messages of one album share it.
    #[serde(default, deserialize_with = "loose")]
    pub media_group_id: Option<String>,
    /// What it answers.
    #[serde(default, deserialize_with = "loose")]
    pub reply_to_message: Option<MessageRef>,
    /// What it holds, as [`content_kind`] names it: "text", "photo" …, "unknown".
    #[serde(skip)]
    pub content: &'static str,
}

impl Message {
    fn from_value(value: Value) -> Result<Self, DecodeError> {
        let content = content_kind(&value);
        let message: Self = from_value(value)?;
        Ok(Self { content, ..message })
    }
}

/// Another message, by number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MessageRef {
    /// Its number in the chat.
    pub message_id: i64,
    /// Its text, where it has one.
    #[serde(default, deserialize_with = "loose")]
    pub text: Option<String>,
}

/// A chat, in a message or as `getChat` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Chat {
    /// In a private chat, the person's id.
    pub id: i64,
    /// `private`, `group`, `supergroup` or `channel`; empty when not told.
    #[serde(rename = "type", default, deserialize_with = "loose_or_default")]
    pub kind: String,
    /// Private chats.
    #[serde(default, deserialize_with = "loose")]
    pub first_name: Option<String>,
    /// Private chats.
    #[serde(default, deserialize_with = "loose")]
    pub last_name: Option<String>,
    /// Without the `@`.
    #[serde(default, deserialize_with = "loose")]
    pub username: Option<String>,
    /// Groups and channels.
    #[serde(default, deserialize_with = "loose")]
    pub title: Option<String>,
    /// Private chats, only from `getChat`.
    #[serde(default, deserialize_with = "loose")]
    pub bio: Option<String>,
}

/// A person or a bot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Up to 52 bits.
    pub id: i64,
    /// Whether it is a bot.
    #[serde(default, deserialize_with = "loose_or_default")]
    pub is_bot: bool,
    /// Empty for a deleted account.
    #[serde(default, deserialize_with = "loose_or_default")]
    pub first_name: String,
    /// Often absent.
    #[serde(default, deserialize_with = "loose", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Without the `@`.
    #[serde(default, deserialize_with = "loose", skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// IETF tag of the person's Telegram app.
    #[serde(default, deserialize_with = "loose", skip_serializing_if = "Option::is_none")]
    pub language_code: Option<String>,
}

/// Formatting of a stretch of text. Fields nobody knows are kept in `more`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageEntity {
    /// `bold`, `text_link`, `bot_command` …
    #[serde(rename = "type")]
    pub kind: String,
    /// UTF-16 code units from the start.
    pub offset: i64,
    /// UTF-16 code units.
    pub length: i64,
    /// `url`, `language`, `user`, `custom_emoji_id` … and what is yet to be invented.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A change of the bot's own standing in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChatMemberUpdated {
    /// Where.
    pub chat: Chat,
    /// Who caused it.
    pub from: User,
    /// Unix time in seconds.
    #[serde(default, deserialize_with = "loose")]
    pub date: Option<i64>,
    /// Since now.
    pub new_chat_member: ChatMember,
}

impl ChatMemberUpdated {
    /// Whether the bot can no longer write there: in a private chat, the customer blocked it.
    pub fn is_out(&self) -> bool {
        matches!(self.new_chat_member.status.as_str(), "kicked" | "left")
    }
}

/// A standing in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChatMember {
    /// `member`, `kicked` (blocked), `left`, `administrator` …
    pub status: String,
}

fn from_value<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, DecodeError> {
    // serde's words may quote values, that is, what a customer wrote: keep only where it went wrong, not what was there.
    serde_json::from_value(value).map_err(|error| DecodeError(without_quotes(&error.to_string())))
}

/// Everything from the first quotation mark to the last is left out: what was quoted may hold quotation marks itself.
fn without_quotes(words: &str) -> String {
    match (words.find('"'), words.rfind('"')) {
        (Some(first), Some(last)) => format!("{}…{}", &words[..first], &words[last + 1..]),
        _ => words.to_owned(),
    }
}

/// An optional field; a wrong type counts as absent.
pub(crate) fn loose<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// A field with a default; a wrong type counts as that.
pub(crate) fn loose_or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    loose(deserializer).map(Option::unwrap_or_default)
}

/// A list; elements of a wrong type are left out.
fn each<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let Value::Array(elements) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    Ok(elements.into_iter().filter_map(|element| serde_json::from_value(element).ok()).collect())
}
