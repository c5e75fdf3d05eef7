//! Many customers who write many messages at a steady rate, and when each message left for its bot.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::model::{NewCustomer, Refused};
use crate::options::system_us;
use crate::simulator::Simulator;
use crate::state::bot::BotState;
use crate::state::lock;

/// Most customers or messages of a run.
const MOST: usize = 1_000_000;
/// Messages written before others get a turn.
const TURN: usize = 64;

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// To whom; message after message goes to the next.
    pub bots: Vec<i64>,
    /// How many customers to make, 1 to a million.
    pub customers: usize,
    /// How many messages they write, 1 to a million.
    pub messages: usize,
    /// Messages per second, all bots together; more than 0.
    pub rate: f64,
    /// Decides who writes which message.
    #[serde(default)]
    pub seed: u64,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkState {
    /// Messages written so far.
    pub written: usize,
    /// Messages to be written.
    pub messages: usize,
    /// Whether it goes on.
    pub running: bool,
}

/// A run, with the bot and the update id of every message written.
pub(crate) struct Run {
    messages: usize,
    written: Mutex<Vec<(i64, i64)>>,
    running: Mutex<bool>,
}

/// When updates first left, in Unix microseconds by update id; kept only for bots that a bulk run writes to.
#[derive(Debug, Default)]
pub(crate) struct Departures(Option<HashMap<i64, i64>>);

impl Departures {
    pub(crate) fn begin(&mut self) {
        self.0 = Some(HashMap::new());
    }

    /// Notes those that leave now, unless they left before.
    pub(crate) fn note(&mut self, ids: impl Iterator<Item = i64>) {
        let Some(known) = &mut self.0 else { return };
        let now_us = system_us();
        for id in ids {
            if known.len() < MOST {
                known.entry(id).or_insert(now_us);
            }
        }
    }

    fn of(&self, id: i64) -> Option<i64> {
        self.0.as_ref()?.get(&id).copied()
    }
}

impl Simulator {
    /// Makes the customers and begins to write in the background: message `n` (from 0) has the text `bulk SEED N`.
    /// What was known of the run before is forgotten. Refused while one goes on.
    pub fn begin_bulk(&self, bulk: Bulk) -> Result<(), Refused> {
        let invalid = |words: &str| Err(Refused::Invalid(words.to_owned()));
        if !(1..=MOST).contains(&bulk.customers) || !(1..=MOST).contains(&bulk.messages) {
            return invalid("customers and messages must be 1 to 1,000,000");
        }
        if !(bulk.rate.is_finite() && bulk.rate >= 0.001) || bulk.bots.is_empty() {
            return invalid("there must be a bot, and a rate of at least 0.001");
        }
        let cells = bulk.bots.iter().map(|id| self.world.bot(*id)).collect::<Result<Vec<_>, _>>()?;
        let run = {
            let mut current = lock(&self.world.bulk);
            if current.as_ref().is_some_and(|run| *lock(&run.running)) {
                return Err(Refused::Taken("a bulk run goes on".to_owned()));
            }
            let run = Run { messages: bulk.messages, written: Mutex::default(), running: Mutex::new(true) };
            Arc::clone(current.insert(Arc::new(run)))
        };
        for cell in &cells {
            lock(&cell.state).departures.begin();
        }
        let simulator = self.clone();
        let stop = self.world.stop.clone();
        self.world.runtime.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = write_all(&simulator, &bulk, &run) => {}
            }
            *lock(&run.running) = false;
        });
        Ok(())
    }

    /// How far the latest bulk run is.
    pub fn bulk(&self) -> Option<BulkState> {
        let run = lock(&self.world.bulk).clone()?;
        let (written, running) = (lock(&run.written).len(), *lock(&run.running));
        Some(BulkState { written, messages: run.messages, running })
    }

    /// The messages of the latest bulk run that left for their bots: a line each, `N BOT UPDATE_ID MICROSECONDS` (Unix, by
    /// the system's clock, when the webhook's request began or `getUpdates` was answered first).
    pub fn departures(&self) -> String {
        let mut lines = String::new();
        let Some(run) = lock(&self.world.bulk).clone() else { return lines };
        let written = lock(&run.written).clone();
        for (number, (bot, id)) in written.into_iter().enumerate() {
            let left = self.world.bot(bot).ok().and_then(|cell| lock(&cell.state).departures.of(id));
            if let Some(left) = left {
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "{number} {bot} {id} {left}");
            }
        }
        lines
    }
}

async fn write_all(simulator: &Simulator, bulk: &Bulk, run: &Run) {
    let mut customers = Vec::with_capacity(bulk.customers);
    while customers.len() < bulk.customers {
        let first_name = format!("Bulk {}", customers.len() + 1);
        // An id that is taken already is drawn anew.
        if let Ok(customer) = simulator.create_customer(NewCustomer { first_name, ..NewCustomer::default() })
        {
            customers.push(customer.id);
        }
        if customers.len().is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
    }
    let mut dice = StdRng::seed_from_u64(bulk.seed);
    let (start, pause) = (Instant::now(), Duration::from_secs_f64(1.0 / bulk.rate));
    let turns = customers_and_bots(&customers, &bulk.bots, &mut dice);
    for (number, (customer, bot)) in turns.take(bulk.messages).enumerate() {
        let due = start + pause.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
        if due > Instant::now() {
            tokio::time::sleep_until(due).await;
        } else if number.is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
        let text = format!("bulk {} {number}", bulk.seed);
        let update = simulator.write(customer, bot, &text).ok().and_then(|written| written.update_id);
        // Nobody can be asked for update 0: it stands for one that the bot did not want.
        lock(&run.written).push((bot, update.unwrap_or_default()));
    }
}

fn customers_and_bots(
    customers: &[i64],
    bots: &[i64],
    dice: &mut StdRng,
) -> impl Iterator<Item = (i64, i64)> {
    bots.iter().cycle().map(move |bot| (customers[dice.random_range(0..customers.len())], *bot))
}

/// Notes what an answer to `getUpdates` holds.
pub(crate) fn note_answer(state: &mut BotState, count: usize) {
    let BotState { departures, queue, .. } = state;
    departures.note(queue.first_ids(count));
}
