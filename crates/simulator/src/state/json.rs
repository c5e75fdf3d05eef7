//! Telegram's JSON for our state.

use serde_json::{Map, Value, json};

use super::chat::Chat;
use crate::model::{Author, BotInfo, ChatMessage, CustomerInfo};

/// `User` of a customer.
pub(crate) fn customer(info: &CustomerInfo) -> Value {
    let mut user = named(info);
    user.insert("is_bot".to_owned(), false.into());
    if let Some(code) = &info.language_code {
        user.insert("language_code".to_owned(), code.as_str().into());
    }
    user.into()
}

/// `User` of a bot, as in messages.
pub(crate) fn bot(info: &BotInfo) -> Value {
    json!({ "id": info.id, "is_bot": true, "first_name": info.name, "username": info.username })
}

/// `User` of a bot, as `getMe` gives it.
pub(crate) fn me(info: &BotInfo) -> Value {
    json!({
        "id": info.id,
        "is_bot": true,
        "first_name": info.name,
        "username": info.username,
        "can_join_groups": true,
        "can_read_all_group_messages": false,
        "supports_inline_queries": false,
        "can_connect_to_business": false,
        "has_main_web_app": false,
    })
}

/// `Chat` of a private chat.
pub(crate) fn chat(info: &CustomerInfo) -> Value {
    let mut chat = named(info);
    chat.insert("type".to_owned(), "private".into());
    chat.into()
}

/// `Message`, with the message that it answers (without what that one answers, as in Telegram).
pub(crate) fn message(
    message: &ChatMessage,
    bot_info: &BotInfo,
    person: &CustomerInfo,
    chat: &Chat,
) -> Value {
    let mut value = bare(message, bot_info, person);
    if let Some(quoted) = message.reply_to.and_then(|id| chat.find(id)) {
        value["reply_to_message"] = bare(quoted, bot_info, person);
    }
    value
}

fn bare(message: &ChatMessage, bot_info: &BotInfo, person: &CustomerInfo) -> Value {
    let from = match message.from {
        Author::Customer => customer(person),
        Author::Bot => bot(bot_info),
    };
    let mut value = json!({
        "message_id": message.message_id,
        "from": from,
        "chat": chat(person),
        "date": message.date,
        "text": message.text,
    });
    if !message.entities.is_empty() {
        value["entities"] = message.entities.clone().into();
    }
    if let Some(markup) = &message.reply_markup {
        value["reply_markup"] = markup.clone();
    }
    if let Some(date) = message.edit_date {
        value["edit_date"] = date.into();
    }
    value
}

fn named(info: &CustomerInfo) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), info.id.into());
    fields.insert("first_name".to_owned(), info.first_name.as_str().into());
    for (key, value) in [("last_name", &info.last_name), ("username", &info.username)] {
        if let Some(value) = value {
            fields.insert(key.to_owned(), value.as_str().into());
        }
    }
    fields
}
