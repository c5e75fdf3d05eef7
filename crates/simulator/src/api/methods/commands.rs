//! `setMyCommands`, `getMyCommands`, `deleteMyCommands`; `answerCallbackQuery`.

use serde_json::{Value, json};

use crate::api::Call;
use crate::api::answer::ApiError;
use crate::state::lock;

/// Most commands a bot may have.
const MOST: usize = 100;
/// Most scopes and languages kept per bot.
const MOST_LISTS: usize = 1000;

pub(super) fn set(call: &Call) -> Result<String, ApiError> {
    let commands = call.params.json("commands");
    let Some(Value::Array(commands)) = commands else {
        return Err(ApiError::bad("can't parse BotCommand: expected an Array"));
    };
    if commands.len() > MOST {
        return Err(ApiError::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    let commands = commands.iter().map(proper).collect::<Result<Vec<_>, _>>()?;
    let mut state = lock(&call.cell.state);
    if state.commands.len() < MOST_LISTS {
        state.commands.insert(key(call), commands.into());
    }
    Ok("true".to_owned())
}

pub(super) fn get(call: &Call) -> String {
    let state = lock(&call.cell.state);
    state.commands.get(&key(call)).map_or_else(|| "[]".to_owned(), Value::to_string)
}

pub(super) fn delete(call: &Call) -> String {
    lock(&call.cell.state).commands.remove(&key(call));
    "true".to_owned()
}

/// A query can be answered once.
pub(super) fn answer_callback_query(call: &Call) -> Result<String, ApiError> {
    let id = call.params.text("callback_query_id");
    let known = lock(&call.cell.state).presses.remove(&id);
    if known {
        return Ok("true".to_owned());
    }
    Err(ApiError::bad("query is too old and response timeout expired or query ID is invalid"))
}

/// Commands are kept by scope and language.
fn key(call: &Call) -> String {
    let scope = call.params.json("scope").unwrap_or_else(|| json!({ "type": "default" }));
    format!("{scope} {}", call.params.text("language_code"))
}

fn proper(command: &Value) -> Result<Value, ApiError> {
    let text = |name: &str| command[name].as_str().unwrap_or_default().trim();
    let name = text("command").trim_start_matches('/');
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 32 || !name.bytes().all(allowed) {
        return Err(ApiError::bad("BOT_COMMAND_INVALID"));
    }
    let description = text("description");
    if !(1..=256).contains(&description.chars().count()) {
        return Err(ApiError::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
    }
    Ok(json!({ "command": name, "description": description }))
}
