//! One bot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use serde_json::Value;
use tokio::sync::Notify;

use super::chat::Chat;
use super::fault::Faults;
use super::limits::Bucket;
use super::queue::Queue;
use super::webhook::Webhook;
use crate::bulk::Departures;
use crate::model::BotInfo;

/// Method names counted apart per bot; a client that makes names up is counted under the last.
const COUNTED_METHODS: usize = 200;

/// A bot and its locks. Lock order: registry, `info`; `state`, `calls` and `faults` are never held together.
pub(crate) struct BotCell {
    pub(crate) id: i64,
    pub(crate) info: Mutex<BotInfo>,
    pub(crate) state: Mutex<BotState>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) calls: Mutex<BTreeMap<String, u64>>,
    /// Wakes waiting polls: an update came, or another poll took over.
    pub(crate) wake: Notify,
    /// Wakes one of the webhook's slots that have nothing to do.
    pub(crate) deliver: Notify,
}

/// What changes with every message.
pub(crate) struct BotState {
    pub(crate) queue: Queue,
    pub(crate) chats: HashMap<i64, Chat>,
    /// The newest message id; messages of all its chats are numbered together, as in Telegram's private chats.
    pub(crate) last_message_id: i64,
    pub(crate) allowed: Allowed,
    pub(crate) bucket: Bucket,
    /// Which waiting poll is the current one; an older one is told of the conflict.
    pub(crate) poll: u64,
    pub(crate) polling: bool,
    pub(crate) departures: Departures,
    /// By scope and language.
    pub(crate) commands: BTreeMap<String, Value>,
    /// Ids of pressed buttons that the bot has not answered.
    pub(crate) presses: BTreeSet<String>,
    /// Set, it gets the updates; nobody may poll then.
    pub(crate) webhook: Option<Webhook>,
}

impl BotCell {
    pub(crate) fn new(info: BotInfo, first_update: i64) -> Self {
        let state = BotState {
            queue: Queue::new(first_update),
            chats: HashMap::new(),
            last_message_id: 0,
            allowed: Allowed::default(),
            bucket: Bucket::bot(),
            poll: 0,
            polling: false,
            departures: Departures::default(),
            commands: BTreeMap::new(),
            presses: BTreeSet::new(),
            webhook: None,
        };
        Self {
            id: info.id,
            info: Mutex::new(info),
            state: Mutex::new(state),
            faults: Mutex::default(),
            calls: Mutex::default(),
            wake: Notify::new(),
            deliver: Notify::new(),
        }
    }

    pub(crate) fn count_call(&self, method: &str) {
        let mut calls = super::lock(&self.calls);
        if let Some(count) = calls.get_mut(method) {
            *count += 1;
        } else {
            let name = if calls.len() < COUNTED_METHODS { method } else { "…" };
            *calls.entry(name.chars().take(64).collect()).or_default() += 1;
        }
    }
}

impl BotState {
    /// Queues a customer's update of `kind` unless the bot does not want that kind; its id if it was queued.
    pub(crate) fn push_update(&mut self, of: i64, now_ms: i64, kind: &str, body: &Value) -> Option<i64> {
        let wanted = self.allowed.wants(kind);
        // Written by hand: `update_id` comes first, as from Telegram, and the body is not copied.
        wanted
            .then(|| self.queue.push_of(of, now_ms, |id| format!(r#"{{"update_id":{id},"{kind}":{body}}}"#)))
    }

    /// Updates that nobody confirmed, be they queued or with the webhook.
    pub(crate) fn pending(&self) -> usize {
        self.queue.len() + self.webhook.as_ref().map_or(0, Webhook::pending)
    }

    /// Ends the webhook; what it did not deliver waits in the queue again. True when there was one.
    pub(crate) fn end_webhook(&mut self) -> bool {
        let Some(webhook) = self.webhook.take() else { return false };
        self.queue.put_back(webhook.end());
        true
    }
}

/// Which kinds of update a bot wants: `allowed_updates` of its last `getUpdates` that named them.
#[derive(Debug, Default)]
pub(crate) struct Allowed(Option<Vec<String>>);

impl Allowed {
    /// An empty list stands for the default.
    pub(crate) fn set(&mut self, kinds: Vec<String>) {
        self.0 = if kinds.is_empty() { None } else { Some(kinds) };
    }

    fn wants(&self, kind: &str) -> bool {
        match &self.0 {
            Some(kinds) => kinds.iter().any(|wanted| wanted == kind),
            None => !matches!(kind, "chat_member" | "message_reaction" | "message_reaction_count"),
        }
    }

    pub(crate) fn list(&self) -> Option<&[String]> {
        self.0.as_deref()
    }
}
