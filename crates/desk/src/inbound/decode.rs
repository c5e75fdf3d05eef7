//! From Telegram's words to the product's: pure, before any transaction begins.

use sha2::{Digest, Sha256};
use telegram::{Message, RawUpdate, Update, UpdateKind};

use crate::clock::Timestamp;
use crate::customers::Profile;
use crate::messages::{Incoming, Quoted, Written};
use crate::text::{one_line, shorten, without_nul};

/// The longest text taken as a text message, in UTF-16 code units. Telegram's own limit is 4096; what is far beyond it is
/// no message of Telegram's, and is kept as unsupported.
const TEXT_MAX: usize = 16_384;
/// The most formatting taken with a text, in bytes of JSON: every reader of the message gets all of it. Telegram allows 100
/// entities.
const FORMATTING_MAX: usize = 64 << 10;
/// How much of an update is kept raw, in bytes: Telegram's own are a few KB.
const RAW_MAX: usize = 1 << 20;

/// An update, understood as far as it can be.
#[derive(Debug, Clone)]
pub(super) struct Decoded {
    pub(super) update_id: i64,
    pub(super) digest: String,
    pub(super) kind: String,
    pub(super) raw: String,
    pub(super) meaning: Result<Meaning, String>,
}

/// What an update means to the product.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    /// A customer wrote.
    Wrote { profile: Profile, incoming: Incoming },
    /// A customer changed what they had written.
    Edited(Incoming),
    /// A customer blocked or unblocked the bot.
    Block { profile: Profile, blocked: bool },
    /// Nothing the product knows what to do with: kept raw.
    Unsupported,
}

impl Decoded {
    pub(super) fn read(update: &RawUpdate, now: Timestamp) -> Self {
        let digest = digest(&update.raw);
        let meaning = match update.update_id {
            None => Err("it has no update_id".to_owned()),
            Some(_) => Update::decode(&update.raw)
                .map_err(|error| error.to_string())
                .map(|decoded| meaning(decoded, now)),
        };
        let raw = without_nul(cut(&update.raw));
        // Without an id it can't be confirmed either; 0 is as good as any, for the digest is part of the key.
        let update_id = update.update_id.unwrap_or(0);
        Self { update_id, digest, kind: shorten(&without_nul(&update.kind), 64), raw, meaning }
    }
}

/// Of what the update says, not of how it is written: spaces, escapes and the order of keys may differ between a poll and a delivery.
fn digest(raw: &str) -> String {
    let written = serde_json::from_str::<serde_json::Value>(raw).map(|value| value.to_string());
    format!("{:x}", Sha256::digest(written.as_deref().unwrap_or(raw)))
}

fn cut(raw: &str) -> &str {
    let end = (0..=raw.len().min(RAW_MAX)).rev().find(|&end| raw.is_char_boundary(end)).unwrap_or(0);
    raw.get(..end).unwrap_or_default()
}

fn meaning(update: Update, now: Timestamp) -> Meaning {
    match update.kind {
        UpdateKind::Message(message)
            if is_private(&message) && !telegram::is_service_kind(message.content) =>
        {
            let incoming = incoming(&message, message.date, now);
            Meaning::Wrote { profile: profile(&message), incoming }
        }
        UpdateKind::EditedMessage(message) if is_private(&message) => {
            Meaning::Edited(incoming(&message, message.edit_date.or(message.date), now))
        }
        UpdateKind::MyChatMember(change) if change.chat.id == change.from.id => {
            Meaning::Block { blocked: change.is_out(), profile: from_user(&change.from) }
        }
        _ => Meaning::Unsupported,
    }
}

/// A chat with one person: teams serve people, not groups.
fn is_private(message: &Message) -> bool {
    let from_person = message.from.as_ref().is_none_or(|from| from.id == message.chat.id && !from.is_bot);
    from_person
        && (message.chat.kind == "private" || (message.chat.kind.is_empty() && message.from.is_some()))
}

fn profile(message: &Message) -> Profile {
    match &message.from {
        Some(from) => from_user(from),
        None => Profile {
            telegram_id: message.chat.id,
            first_name: name(message.chat.first_name.as_deref()),
            last_name: name(message.chat.last_name.as_deref()),
            username: word(message.chat.username.as_deref()),
            language: None,
        },
    }
}

fn from_user(user: &telegram::User) -> Profile {
    Profile {
        telegram_id: user.id,
        first_name: name(Some(&user.first_name)),
        last_name: name(user.last_name.as_deref()),
        username: word(user.username.as_deref()),
        language: word(user.language_code.as_deref()),
    }
}

fn name(text: Option<&str>) -> String {
    shorten(&one_line(&shorten(text.unwrap_or_default(), 500)), 128)
}

fn word(text: Option<&str>) -> Option<String> {
    text.map(|text| shorten(&one_line(&shorten(text, 200)), 64)).filter(|text| !text.is_empty())
}

fn incoming(message: &Message, seconds: Option<i64>, now: Timestamp) -> Incoming {
    Incoming {
        chat: message.chat.id,
        telegram_message: Some(message.message_id),
        at: time(seconds, now),
        content: content(message),
        reply_to: message.reply_to_message.as_ref().map(quoted),
    }
}

fn quoted(message: &telegram::MessageRef) -> Quoted {
    let text = message.text.as_ref().filter(|text| text.len() <= TEXT_MAX).map(|text| without_nul(text));
    Quoted { message: message.message_id, text }
}

/// Telegram's time of the message, unless it is nonsense: before Telegram was, or in the future.
fn time(seconds: Option<i64>, now: Timestamp) -> Timestamp {
    const TELEGRAM_BEGAN: i64 = 1_376_000_000_000; // August 2013
    let told = seconds.and_then(|seconds| seconds.checked_mul(1000)).filter(|&at| at >= TELEGRAM_BEGAN);
    told.map_or(now, |at| Timestamp(at.min(now.0)))
}

fn content(message: &Message) -> Written {
    match &message.text {
        Some(text) if text.encode_utf16().count() <= TEXT_MAX => {
            let plain = without_nul(text);
            // Offsets count the characters that were: where one had to go, the formatting goes too.
            let kept = !message.entities.is_empty() && plain.len() == text.len();
            let entities = if kept { serde_json::to_string(&message.entities).ok() } else { None };
            let entities = entities.filter(|json| json.len() <= FORMATTING_MAX);
            Written::Text { text: plain, entities }
        }
        Some(text) => Written::Unsupported {
            content: "text_too_long".to_owned(),
            caption: shorten(&without_nul(text), 4096),
        },
        None => {
            let caption = shorten(&without_nul(message.caption.as_deref().unwrap_or_default()), 4096);
            Written::Unsupported { content: message.content.to_owned(), caption }
        }
    }
}
