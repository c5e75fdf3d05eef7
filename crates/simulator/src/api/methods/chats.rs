//! Finding the chat that a call is about; `getChat` and `sendChatAction`.

use std::sync::Arc;

use serde_json::json;

use crate::api::Call;
use crate::api::answer::ApiError;
use crate::model::{Change, CustomerInfo};
use crate::state::chat::Chat;
use crate::state::{json as telegram, lock};

/// What `sendChatAction` may show.
const ACTIONS: &[&str] = &[
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "record_audio",
    "upload_voice",
    "upload_audio",
    "upload_document",
    "choose_sticker",
    "pick_up_location",
    "find_location",
    "record_video_note",
    "upload_video_note",
    "cancel",
];

/// The customer whom `chat_id` names.
pub(super) fn customer(call: &Call) -> Result<Arc<CustomerInfo>, ApiError> {
    let chat_id = call.params.text("chat_id");
    if chat_id.is_empty() {
        return Err(ApiError::bad("chat_id is empty"));
    }
    let id = chat_id.trim().parse::<i64>().map_err(|_| ApiError::bad("chat not found"))?;
    call.simulator.world.customer(id).map_err(|_| ApiError::bad("chat not found"))
}

/// The chat, if the bot may write to it. A bot has not even heard of a customer who never wrote to it: to it there is
/// no such chat ("bot can't initiate conversation with a user" is for people it met in a group).
pub(super) fn open(chat: Option<&mut Chat>) -> Result<&mut Chat, ApiError> {
    let chat = chat.filter(|chat| chat.started).ok_or_else(|| ApiError::bad("chat not found"))?;
    if chat.blocked {
        return Err(ApiError::new(403, "Forbidden: bot was blocked by the user"));
    }
    Ok(chat)
}

pub(super) fn send_chat_action(call: &Call) -> Result<String, ApiError> {
    let action = call.params.text("action").to_lowercase();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(ApiError::bad("wrong parameter action in request"));
    }
    let customer = customer(call)?;
    open(lock(&call.cell.state).chats.get_mut(&customer.id))?;
    let (bot_id, customer_id) = (call.cell.id, customer.id);
    call.simulator.world.tell(|| Change::Action { bot_id, customer_id, action });
    Ok("true".to_owned())
}

/// Works for a chat that is blocked, too, as at Telegram.
pub(super) fn get_chat(call: &Call) -> Result<String, ApiError> {
    let customer = customer(call)?;
    if !lock(&call.cell.state).chats.get(&customer.id).is_some_and(|chat| chat.started) {
        return Err(ApiError::bad("chat not found"));
    }
    let mut chat = telegram::chat(&customer);
    chat["accent_color_id"] = (customer.id % 7).into();
    if let Some([small, _, big]) = call.simulator.avatar(customer.id) {
        chat["photo"] = json!({
            "small_file_id": small.file_id(),
            "small_file_unique_id": small.unique_id(),
            "big_file_id": big.file_id(),
            "big_file_unique_id": big.unique_id(),
        });
    }
    chat["max_reaction_count"] = 11.into();
    chat["accepted_gift_types"] = json!({
        "unlimited_gifts": true,
        "limited_gifts": true,
        "unique_gifts": true,
        "premium_subscription": true,
        "gifts_from_channels": true,
    });
    Ok(chat.to_string())
}
