//! A thin client of the Telegram Bot API: the envelope, the few methods and types the product uses, and an error
//! taxonomy that says whether a call may be repeated. No product words live here.
//!
//! Three rules shape it:
//!
//! * **Raw first.** An update is handed over as the text it arrived in ([`RawUpdate`]), so that it can be made durable
//!   before anybody tries to understand it; [`Update::decode`] is a second, tolerant step.
//! * **The token never leaves.** It is part of every URL, so URLs are stripped from every error, and whatever a server
//!   says is redacted before it is kept.
//! * **Honest about doubt.** [`Error::retry`] separates what certainly was not done from what may have been done.

mod body;
mod envelope;
mod error;
mod files;
mod http;
mod kind;
mod methods;
mod redact;
mod types;
mod updates;

pub use error::{Error, Retry};
pub use files::{Download, File, PhotoSize};
pub use http::{Bot, Http, HttpOptions, token_bot_id};
pub use kind::{content_kind, is_service_kind};
pub use methods::{ReplyParameters, SendMessage, Sent, SetWebhook, WebhookInfo};
pub use types::{
    Chat, ChatMember, ChatMemberUpdated, DecodeError, Message, MessageEntity, MessageRef, Update, UpdateKind,
    User,
};
pub use updates::RawUpdate;

pub use secrecy::SecretString;
