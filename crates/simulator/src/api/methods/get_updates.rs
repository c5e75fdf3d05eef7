//! `getUpdates`: confirming, waiting, and who of two pollers may stay.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::api::answer::ApiError;
use crate::api::{Call, Params};
use crate::bulk::note_answer;
use crate::state::bot::BotCell;
use crate::state::fault::{FaultKind, Occasion};
use crate::state::lock;

/// Longest wait, in seconds: what the published server allows.
const LONGEST_WAIT_S: i64 = 50;
/// Told to the poll that waited first.
const CONFLICT: &str =
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
/// Told to who polls although a webhook is set.
const WEBHOOK_ACTIVE: &str = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
/// Told to the poll that waits when a webhook is set.
const WEBHOOK_SET: &str = "Conflict: terminated by setWebhook request";

pub(super) async fn run(call: &Call) -> Result<String, ApiError> {
    let mut offset = call.params.integer("offset").unwrap_or(0);
    let limit = usize::try_from(call.params.integer("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    let wait_s = call.params.integer("timeout").unwrap_or(0).clamp(0, LONGEST_WAIT_S);
    if lock(&call.cell.state).webhook.is_some() {
        return Err(ApiError::new(409, WEBHOOK_ACTIVE));
    }
    remember_allowed(&call.cell, &call.params);

    let bot = &call.cell;
    let deadline = Instant::now() + Duration::from_secs(wait_s.unsigned_abs());
    let mut turn: Option<Turn> = None;
    loop {
        // Registered before looking, so that an update between looking and waiting is not slept through.
        let mut woken = pin!(bot.wake.notified());
        woken.as_mut().enable();
        let newcomer = {
            let mut state = lock(&bot.state);
            if state.webhook.is_some() {
                return Err(ApiError::new(409, WEBHOOK_SET));
            }
            if turn.as_ref().is_some_and(|turn| turn.number != state.poll) {
                drop(state);
                return Err(replaced(call));
            }
            let updates = state.queue.take(offset, limit, call.simulator.world.now_ms());
            if !updates.is_empty() || Instant::now() >= deadline {
                note_answer(&mut state, updates.len());
                drop(state);
                return Ok(list(&disturbed(call, updates)));
            }
            turn.is_none().then(|| {
                state.poll += 1;
                state.polling = true;
                state.poll
            })
        };
        // A negative offset counts once: what comes while waiting is not to be forgotten.
        offset = offset.max(0);
        if let Some(number) = newcomer {
            turn = Some(Turn { bot: Arc::clone(bot), number });
            // Whoever waited before gives way; our own registration wakes, too, and just looks again.
            bot.wake.notify_waiters();
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep_until(deadline) => {}
        }
    }
}

/// A poll's claim to be the waiting one. Ends with it, also when its client goes away.
struct Turn {
    bot: Arc<BotCell>,
    number: u64,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = lock(&self.bot.state);
        if state.poll == self.number {
            state.polling = false;
        }
    }
}

/// The answer's updates, as faults leave them.
fn disturbed(call: &Call, mut updates: Vec<Arc<str>>) -> Vec<Arc<str>> {
    if updates.is_empty() {
        return updates;
    }
    let met = call.simulator.world.meet_faults(&call.cell, Occasion::Delivery, "getUpdates");
    match met.kind {
        Some(FaultKind::Duplicate) => updates.iter().flat_map(|text| [text, text]).cloned().collect(),
        Some(FaultKind::Reorder) => {
            updates.reverse();
            updates
        }
        _ => updates,
    }
}

fn replaced(call: &Call) -> ApiError {
    match call.simulator.world.bot_of_token(&call.token) {
        Some(_) => ApiError::new(409, CONFLICT),
        None => ApiError::new(401, "Unauthorized"),
    }
}

/// `allowed_updates` holds until another call names it; what is no list of strings is ignored.
pub(super) fn remember_allowed(cell: &BotCell, params: &Params) {
    let Some(kinds) = params.json("allowed_updates") else { return };
    let kinds = serde_json::from_value::<Vec<String>>(kinds);
    if let Ok(kinds) = kinds {
        let kinds = kinds.into_iter().take(100).map(|kind| kind.to_lowercase()).collect();
        lock(&cell.state).allowed.set(kinds);
    }
}

fn list(updates: &[Arc<str>]) -> String {
    let mut list = String::with_capacity(2 + updates.iter().map(|text| text.len() + 1).sum::<usize>());
    list.push('[');
    for (index, text) in updates.iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        list.push_str(text);
    }
    list.push(']');
    list
}
