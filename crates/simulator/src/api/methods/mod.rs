//! The methods. Each gives its result as JSON text.

mod chats;
mod get_updates;
mod send_message;

use serde_json::json;

use super::Call;
use super::answer::ApiError;
use crate::state::{json, lock};

/// Every method there is.
const NAMES: &[&str] =
    &["getMe", "getUpdates", "sendMessage", "sendChatAction", "getChat", "getWebhookInfo", "deleteWebhook"];

/// The method's own spelling; Telegram does not mind the case.
pub(super) fn canonical(method: &str) -> Option<&'static str> {
    NAMES.iter().find(|name| name.eq_ignore_ascii_case(method)).copied()
}

/// Runs a method by its own spelling.
pub(super) async fn run(name: &str, call: Call) -> Result<String, ApiError> {
    match name {
        "getMe" => Ok(json::me(&lock(&call.cell.info)).to_string()),
        "getUpdates" => get_updates::run(&call).await,
        "sendMessage" => send_message::run(&call),
        "sendChatAction" => chats::send_chat_action(&call),
        "getChat" => chats::get_chat(&call),
        "getWebhookInfo" => Ok(webhook_info(&call)),
        "deleteWebhook" => Ok(delete_webhook(&call)),
        _ => Err(ApiError::new(404, "Not Found: method not found")),
    }
}

fn webhook_info(call: &Call) -> String {
    let state = lock(&call.cell.state);
    let mut info =
        json!({ "url": "", "has_custom_certificate": false, "pending_update_count": state.queue.len() });
    if let Some(kinds) = state.allowed.list() {
        info["allowed_updates"] = kinds.into();
    }
    info.to_string()
}

/// There is no webhook to delete; what it can do besides is forgetting the updates that wait.
fn delete_webhook(call: &Call) -> String {
    if matches!(call.params.text("drop_pending_updates").to_lowercase().as_str(), "true" | "1" | "yes") {
        lock(&call.cell.state).queue.clear();
    }
    "true".to_owned()
}
