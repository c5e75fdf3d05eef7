//! The methods. Each gives its result as JSON text.

mod chats;
mod commands;
pub(crate) mod files;
mod get_updates;
mod send_message;
mod webhook;

use super::Call;
use super::answer::ApiError;
use crate::state::{json, lock};

/// Every method there is.
const NAMES: &[&str] = &[
    "getMe",
    "getUpdates",
    "sendMessage",
    "sendChatAction",
    "getChat",
    "getUserProfilePhotos",
    "getFile",
    "setMyCommands",
    "getMyCommands",
    "deleteMyCommands",
    "answerCallbackQuery",
    "setWebhook",
    "getWebhookInfo",
    "deleteWebhook",
];

/// The method's own spelling; Telegram does not mind the case.
pub(crate) fn canonical(method: &str) -> Option<&'static str> {
    NAMES.iter().find(|name| name.eq_ignore_ascii_case(method)).copied()
}

/// Runs a method by its own spelling.
pub(crate) async fn run(name: &str, call: Call) -> Result<String, ApiError> {
    match name {
        "getMe" => Ok(json::me(&lock(&call.cell.info)).to_string()),
        "getUpdates" => get_updates::run(&call).await,
        "sendMessage" => send_message::run(&call),
        "sendChatAction" => chats::send_chat_action(&call),
        "getChat" => chats::get_chat(&call),
        "getUserProfilePhotos" => files::profile_photos(&call),
        "getFile" => files::get_file(&call),
        "setMyCommands" => commands::set(&call),
        "getMyCommands" => Ok(commands::get(&call)),
        "deleteMyCommands" => Ok(commands::delete(&call)),
        "answerCallbackQuery" => commands::answer_callback_query(&call),
        "setWebhook" => webhook::set(&call),
        "getWebhookInfo" => Ok(webhook::info(&call)),
        "deleteWebhook" => Ok(webhook::delete(&call)),
        _ => Err(ApiError::new(404, "Not Found: method not found")),
    }
}
