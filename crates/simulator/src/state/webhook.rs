//! A bot's webhook: which updates are on their way, which wait for another try.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::queue::{Queue, Waiting};
use crate::options::WebhookPace;

/// What `setWebhook` asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub(crate) url: reqwest::Url,
    /// Sent along as `X-Telegram-Bot-Api-Secret-Token`.
    pub(crate) secret: Option<HeaderValue>,
    /// Updates on their way at once.
    pub(crate) max_connections: usize,
}

/// An update that a webhook is to get.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    /// Counts up in the order in which updates left the queue.
    pub(crate) number: u64,
    /// Failed tries so far.
    tries: u32,
    pub(crate) update: Waiting,
}

/// What a slot should do.
pub(crate) enum Next {
    /// Deliver this.
    Deliver(Parcel),
    /// Look again at this time, or when woken.
    At(Instant),
    /// Wait until woken.
    Idle,
}

/// A webhook that is set. Updates of one customer are delivered one after the other, as Telegram does; those of
/// different customers at once.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) target: Arc<Target>,
    /// Ends its slots.
    pub(crate) ended: CancellationToken,
    /// Unix seconds, and Telegram's words.
    pub(crate) last_error: Option<(i64, String)>,
    /// Slots that run, and those of them that have nothing to do.
    pub(crate) slots: usize,
    pub(crate) idle: usize,
    next_number: u64,
    /// Customers one of whose updates is on its way or waits for another try.
    busy: HashSet<i64>,
    /// Updates of busy customers.
    parked: HashMap<i64, VecDeque<Parcel>>,
    parked_len: usize,
    ready: VecDeque<Parcel>,
    under_way: BTreeMap<u64, Parcel>,
    again: BTreeMap<(Instant, u64), Parcel>,
}

impl Webhook {
    pub(crate) fn new(target: Arc<Target>, ended: CancellationToken) -> Self {
        Self {
            target,
            ended,
            last_error: None,
            slots: 0,
            idle: 0,
            next_number: 0,
            busy: HashSet::new(),
            parked: HashMap::new(),
            parked_len: 0,
            ready: VecDeque::new(),
            under_way: BTreeMap::new(),
            again: BTreeMap::new(),
        }
    }

    /// Updates that it has taken from the queue and not delivered.
    pub(crate) fn pending(&self) -> usize {
        self.parked_len + self.ready.len() + self.under_way.len() + self.again.len()
    }

    /// Whether another slot would help to deliver what waits; counts it as begun.
    pub(crate) fn wants_slot(&mut self, queue: &Queue) -> bool {
        let wanted = self.idle == 0 && self.slots < self.target.max_connections && self.has_more(queue);
        self.slots += usize::from(wanted);
        wanted
    }

    /// Whether there is something that a slot might deliver.
    pub(crate) fn has_more(&self, queue: &Queue) -> bool {
        queue.len() > 0 || !self.ready.is_empty()
    }

    /// The next update to deliver: one whose time for another try has come, else the oldest whose customer is free.
    pub(crate) fn next(&mut self, queue: &mut Queue, now_ms: i64, now: Instant) -> Next {
        while let Some(parcel) = self.due(now).or_else(|| self.ready.pop_front()) {
            if parcel.update.is_old(now_ms) {
                self.release(parcel.update.of);
                continue;
            }
            return self.begin(parcel);
        }
        if let Some(parcel) = self.pop_free(queue, now_ms) {
            return self.begin(parcel);
        }
        self.again.first_key_value().map_or(Next::Idle, |((at, _), _)| Next::At(*at))
    }

    /// It got there.
    pub(crate) fn delivered(&mut self, number: u64) {
        if let Some(parcel) = self.under_way.remove(&number) {
            self.release(parcel.update.of);
        }
    }

    /// It did not, and is tried again later.
    pub(crate) fn failed(&mut self, number: u64, pace: &WebhookPace, now: Instant) {
        if let Some(mut parcel) = self.under_way.remove(&number) {
            let wait = delay(pace, parcel.tries);
            parcel.tries = parcel.tries.saturating_add(1);
            self.again.insert((now + wait, number), parcel);
        }
    }

    /// The next update goes ahead of it, also when it is the same customer's.
    pub(crate) fn overtaken(&mut self, number: u64, queue: &mut Queue, now_ms: i64) {
        let Some(parcel) = self.under_way.remove(&number) else { return };
        self.release(parcel.update.of);
        if self.ready.is_empty()
            && let Some(next) = self.pop_free(queue, now_ms)
        {
            self.ready.push_back(next);
        }
        self.ready.push_back(parcel);
    }

    /// Ends it: its slots stop, and what was not delivered is given back, oldest first.
    pub(crate) fn end(mut self) -> Vec<Waiting> {
        self.ended.cancel();
        let mut left: Vec<Parcel> = self.ready.drain(..).collect();
        left.extend(self.parked.into_values().flatten());
        left.extend(self.under_way.into_values());
        left.extend(self.again.into_values());
        left.sort_unstable_by_key(|parcel| parcel.number);
        left.into_iter().map(|parcel| parcel.update).collect()
    }

    /// The oldest in the queue whose customer is free; those before it are parked.
    fn pop_free(&mut self, queue: &mut Queue, now_ms: i64) -> Option<Parcel> {
        while let Some(update) = queue.pop(now_ms) {
            self.next_number += 1;
            let of = update.of;
            let parcel = Parcel { number: self.next_number, tries: 0, update };
            if of == 0 || self.busy.insert(of) {
                return Some(parcel);
            }
            self.parked_len += 1;
            self.parked.entry(of).or_default().push_back(parcel);
        }
        None
    }

    fn due(&mut self, now: Instant) -> Option<Parcel> {
        let first = self.again.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    fn begin(&mut self, parcel: Parcel) -> Next {
        self.under_way.insert(parcel.number, parcel.clone());
        Next::Deliver(parcel)
    }

    /// The customer's next update may go.
    fn release(&mut self, of: i64) {
        let Some(parked) = self.parked.get_mut(&of) else {
            self.busy.remove(&of);
            return;
        };
        if let Some(parcel) = parked.pop_front() {
            self.parked_len -= 1;
            self.ready.push_back(parcel);
        }
        if parked.is_empty() {
            self.parked.remove(&of);
        }
    }
}

/// From a failure to the next try, after `tries` failures before.
fn delay(pace: &WebhookPace, tries: u32) -> Duration {
    pace.first_retry.saturating_mul(2_u32.saturating_pow(tries)).min(pace.longest_retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_its_end() {
        let waits = |tries| delay(&WebhookPace::default(), tries).as_secs();
        assert_eq!([0, 1, 2, 5, 6, 40].map(waits), [1, 2, 4, 32, 60, 60]);
    }
}
