//! `sendMessage`.

use serde_json::Value;

use crate::api::Call;
use crate::api::answer::ApiError;
use crate::api::methods::chats;
use crate::api::text::{self, LONGEST_TEXT};
use crate::model::{Author, Change, ChatMessage};
use crate::state::bot::BotState;
use crate::state::{json, lock};

/// The checks come in Telegram's order: text, chat, reply, length, limits.
pub(super) fn run(call: &Call) -> Result<String, ApiError> {
    let world = &call.simulator.world;
    let (text, entities) = text::prepare(&call.params)?;
    let customer = chats::customer(call)?;
    let bot = lock(&call.cell.info).clone();
    let now_ms = world.now_ms();

    let mut state = lock(&call.cell.state);
    let BotState { chats, last_message_id, bucket, .. } = &mut *state;
    let chat = chats.get_mut(&customer.id);
    let chat = chats::open(chat)?;
    let reply_to = match wanted_reply(call) {
        Some((id, _)) if chat.find(id).is_some() => Some(id),
        Some((_, false)) => return Err(ApiError::bad("message to be replied not found")),
        Some((_, true)) | None => None,
    };
    if text.chars().count() > LONGEST_TEXT {
        return Err(ApiError::bad("message is too long"));
    }
    if world.options.enforce_limits {
        let wait_s = bucket.wait_s(now_ms).max(chat.bucket.wait_s(now_ms));
        if wait_s > 0 {
            return Err(ApiError::too_many(wait_s));
        }
        bucket.spend();
        chat.bucket.spend();
    }
    *last_message_id += 1;
    let message = ChatMessage {
        message_id: *last_message_id,
        from: Author::Bot,
        text,
        entities,
        date: now_ms.div_euclid(1000),
        edit_date: None,
        reply_to,
        reply_markup: call.params.json("reply_markup").filter(|markup| markup["inline_keyboard"].is_array()),
    };
    chat.add(message.clone());
    let result = json::message(&message, &bot, &customer, chat).to_string();
    // Told under the lock, so that listeners hear of a chat's messages in their order.
    world.tell(|| Change::Message { bot_id: bot.id, customer_id: customer.id, message });
    drop(state);
    Ok(result)
}

/// The message to answer, and whether to send without it.
fn wanted_reply(call: &Call) -> Option<(i64, bool)> {
    let is_true = |value: &Value| value == &Value::Bool(true) || value.as_str() == Some("true");
    let (id, lenient) = match call.params.json("reply_parameters") {
        Some(reply) => (reply["message_id"].as_i64()?, is_true(&reply["allow_sending_without_reply"])),
        // What it was called before Bot API 7.0; still understood.
        None => (
            call.params.integer("reply_to_message_id")?,
            call.params.json("allow_sending_without_reply").as_ref().is_some_and(is_true),
        ),
    };
    (id > 0).then_some((id, lenient))
}
