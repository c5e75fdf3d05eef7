//! What the person running a test or a demo does: hostile updates, jumping ids, faults, figures.

use serde_json::{Map, Value};

use crate::deliver::wake;
use crate::model::{BotInfo, BotStats, Change, Refused, Stats};
use crate::simulator::Simulator;
use crate::state::bot::BotCell;
use crate::state::fault::Fault;
use crate::state::lock;

/// An update of one's own making. None of them is measured against `allowed_updates`.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// An object gets the next `update_id` when it has none; one of its own is kept, and places it in the queue when it
    /// is a whole number.
    Update(Value),
    /// Exactly this JSON value, even without an `update_id` (which nobody can confirm by itself: it goes when a later
    /// one is confirmed).
    Exactly(Value),
    /// Exactly this text, even when it is no JSON and breaks the whole answer.
    Text(String),
}

/// Which bots something is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This bot.
    Bot(i64),
    /// Every bot, also those made later.
    All,
}

impl Simulator {
    /// Queues any update; its `update_id` unless the simulator left that to the caller.
    pub fn push_raw_update(&self, bot_id: i64, raw: Raw) -> Result<Option<i64>, Refused> {
        let cell = self.world.bot(bot_id)?;
        let now_ms = self.world.now_ms();
        let mut state = lock(&cell.state);
        let queue = &mut state.queue;
        let given = |value: &Value| value.get("update_id").cloned();
        let id = match raw {
            Raw::Update(Value::Object(fields)) if !fields.contains_key("update_id") => {
                Some(queue.push(now_ms, |id| with_id(id, fields)))
            }
            Raw::Update(value) | Raw::Exactly(value) => {
                let id = given(&value).and_then(|id| id.as_i64());
                match id {
                    Some(id) => queue.push_with_id(id, now_ms, value.to_string()),
                    None => drop(queue.push(now_ms, |_| value.to_string())),
                }
                id
            }
            Raw::Text(text) => {
                queue.push(now_ms, |_| text);
                None
            }
        };
        drop(state);
        wake(self, &cell);
        Ok(id)
    }

    /// The bot's next update gets this id, ahead or behind.
    pub fn jump_update_ids(&self, bot_id: i64, next: i64) -> Result<(), Refused> {
        lock(&self.world.bot(bot_id)?.state).queue.jump(next);
        Ok(())
    }

    /// The bot's next message gets this id: to go on where an earlier run ended.
    pub fn jump_message_ids(&self, bot_id: i64, next: i64) -> Result<(), Refused> {
        lock(&self.world.bot(bot_id)?.state).last_message_id = next.saturating_sub(1);
        Ok(())
    }

    /// Voids the bot's token, as `/revoke` at `BotFather` does; gives the bot with its new one.
    pub fn revoke_token(&self, bot_id: i64) -> Result<BotInfo, Refused> {
        let bot = self.world.renew_token(bot_id)?;
        // A poll that waits with the old token is over.
        let cell = self.world.bot(bot_id)?;
        lock(&cell.state).poll += 1;
        cell.wake.notify_waiters();
        self.world.tell(|| Change::Bot { bot: bot.clone() });
        Ok(bot)
    }

    /// Adds a fault. Faults are met in the order in which they were added, a bot's own before those for all.
    pub fn set_fault(&self, scope: Scope, fault: Fault) -> Result<(), Refused> {
        match scope {
            Scope::Bot(id) => lock(&self.world.bot(id)?.faults).add(fault, self.world.now_ms()),
            Scope::All => self.world.faults_for_all().add(fault, self.world.now_ms()),
        }
        Ok(())
    }

    /// The faults that wait, oldest first, with the times that are left; of a bot only its own.
    pub fn faults(&self, scope: Scope) -> Result<Vec<Fault>, Refused> {
        let now_ms = self.world.now_ms();
        Ok(match scope {
            Scope::Bot(id) => lock(&self.world.bot(id)?.faults).list(now_ms),
            Scope::All => self.world.faults_for_all().list(now_ms),
        })
    }

    /// Clears a bot's faults, or (with [`Scope::All`]) every fault everywhere. Calls that hang go on hanging.
    pub fn clear_faults(&self, scope: Scope) -> Result<(), Refused> {
        match scope {
            Scope::Bot(id) => lock(&self.world.bot(id)?.faults).clear(),
            Scope::All => {
                self.world.faults_for_all().clear();
                self.world.bots().iter().for_each(|cell| lock(&cell.faults).clear());
            }
        }
        Ok(())
    }

    /// Figures of all bots.
    pub fn stats(&self) -> Stats {
        let bots = self.world.bots().iter().map(|cell| (cell.id, stats_of(cell))).collect();
        Stats { bots, customers: self.world.customer_count() }
    }

    /// Figures of one bot.
    pub fn bot_stats(&self, bot_id: i64) -> Result<BotStats, Refused> {
        Ok(stats_of(&*self.world.bot(bot_id)?))
    }
}

fn stats_of(cell: &BotCell) -> BotStats {
    let (pending_updates, polling, webhook) = {
        let state = lock(&cell.state);
        (state.pending(), state.polling, state.webhook.as_ref().map(|webhook| webhook.target.url.to_string()))
    };
    BotStats { pending_updates, polling, webhook, calls: lock(&cell.calls).clone() }
}

/// The object's text with `update_id` first, as Telegram writes it.
fn with_id(id: i64, fields: Map<String, Value>) -> String {
    let rest = Value::Object(fields).to_string();
    match rest.strip_prefix('{') {
        Some("}") | None => format!(r#"{{"update_id":{id}}}"#),
        Some(rest) => format!(r#"{{"update_id":{id},{rest}"#),
    }
}
