//! One bot's updates, kept until confirmed or for 24 hours.

use std::collections::VecDeque;
use std::sync::Arc;

/// How long an update is kept, in milliseconds (Bot API, "Getting updates": 24 hours).
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// An offset further than this beyond the newest id is ignored, as the published Bot API server does. So a client that
/// holds an offset from before the ids jumped back loses nothing.
const FUTURE: i64 = 10;
/// An update's own id is followed by the next ones only when it is at most this far ahead.
const BELIEVABLE: i64 = 1_000_000;
/// Most updates kept, so that a bot nobody polls does not fill the memory; the oldest go first.
const MOST: usize = 1_000_000;

/// An update that waits.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    /// Where it stands among the ids, even when its text shows none or nonsense.
    pub(crate) id: i64,
    at_ms: i64,
    /// Whose update it is: a webhook gets those of one customer one after the other. 0 for nobody's.
    pub(crate) of: i64,
    pub(crate) text: Arc<str>,
}

impl Waiting {
    /// Whether its day is over.
    pub(crate) fn is_old(&self, now_ms: i64) -> bool {
        self.at_ms.saturating_add(KEPT_MS) <= now_ms
    }
}

/// Updates whose ids grow. Where ids jump back a new run begins, and no answer ever mixes two runs.
#[derive(Debug, Default)]
struct Run {
    waiting: VecDeque<Waiting>,
    /// One more than the newest id.
    tail: i64,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    runs: VecDeque<Run>,
    next_id: i64,
    len: usize,
}

impl Queue {
    pub(crate) fn new(next_id: i64) -> Self {
        Self { runs: VecDeque::new(), next_id, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The id of the next update, from now on.
    pub(crate) fn jump(&mut self, next_id: i64) {
        self.next_id = next_id;
    }

    /// The same, from where it stands.
    pub(crate) fn jump_by(&mut self, by: i64) {
        self.next_id = self.next_id.saturating_add(by);
    }

    /// Adds an update under the next id.
    pub(crate) fn push(&mut self, now_ms: i64, text: impl FnOnce(i64) -> String) -> i64 {
        self.push_of(0, now_ms, text)
    }

    /// Adds a customer's update under the next id.
    pub(crate) fn push_of(&mut self, of: i64, now_ms: i64, text: impl FnOnce(i64) -> String) -> i64 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        self.place(Waiting { id, at_ms: now_ms, of, text: text(id).into() });
        id
    }

    /// Takes the oldest update out, for a webhook.
    pub(crate) fn pop(&mut self, now_ms: i64) -> Option<Waiting> {
        self.expire(now_ms);
        let first = self.runs.front()?.waiting.front().cloned();
        self.drop_front();
        first
    }

    /// Puts back what [`pop`](Self::pop) gave, in the order in which it was given.
    pub(crate) fn put_back(&mut self, updates: Vec<Waiting>) {
        for update in updates.into_iter().rev() {
            self.len += 1;
            match self.runs.front_mut() {
                // An empty run stands only at the end, and tells nothing that the newer tail would not.
                Some(run) if run.waiting.front().map_or(run.tail, |first| first.id) > update.id => {
                    run.waiting.push_front(update);
                }
                _ => {
                    let tail = update.id.saturating_add(1);
                    self.runs.push_front(Run { waiting: VecDeque::from([update]), tail });
                }
            }
        }
        if self.runs.len() > 1 {
            self.runs.retain(|run| !run.waiting.is_empty());
        }
    }

    /// Adds an update that insists on an id of its own. Later ids follow it only when it is ahead of them, and not so
    /// far ahead that it must be nonsense.
    pub(crate) fn push_with_id(&mut self, id: i64, now_ms: i64, text: String) {
        if (self.next_id..self.next_id.saturating_add(BELIEVABLE)).contains(&id) {
            self.next_id = id.saturating_add(1);
        }
        self.place(Waiting { id, at_ms: now_ms, of: 0, text: text.into() });
    }

    fn place(&mut self, update: Waiting) {
        let id = update.id;
        if self.len >= MOST {
            self.drop_front();
        }
        if self.runs.back().is_none_or(|run| id < run.tail) {
            // An empty run has told offsets from the future until now; it must not stand before the new one.
            self.runs.retain(|run| !run.waiting.is_empty());
            self.runs.push_back(Run::default());
        }
        if let Some(run) = self.runs.back_mut() {
            run.tail = id.saturating_add(1);
            run.waiting.push_back(update);
            self.len += 1;
        }
    }

    /// What `getUpdates` answers: forgets what `offset` confirms (or, when negative, all but the last so many) and what
    /// is older than a day, then gives up to `limit`, oldest first.
    pub(crate) fn take(&mut self, offset: i64, limit: usize, now_ms: i64) -> Vec<Arc<str>> {
        self.expire(now_ms);
        if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            while self.len > keep {
                self.drop_front();
            }
        } else if offset > 0 {
            self.confirm(offset);
        }
        let Some(run) = self.runs.front() else { return Vec::new() };
        run.waiting.iter().take(limit).map(|update| Arc::clone(&update.text)).collect()
    }

    /// Ids of the first of what [`take`](Self::take) just gave.
    pub(crate) fn first_ids(&self, count: usize) -> impl Iterator<Item = i64> {
        self.runs.front().into_iter().flat_map(|run| &run.waiting).take(count).map(|update| update.id)
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        self.len = 0;
    }

    fn confirm(&mut self, offset: i64) {
        let Some(run) = self.runs.front() else { return };
        if offset > run.tail.saturating_add(FUTURE) {
            return;
        }
        while self.runs.front().and_then(|run| run.waiting.front()).is_some_and(|first| first.id < offset) {
            if self.drop_front() {
                return;
            }
        }
    }

    /// Drops the oldest update; true when that ended its run (what follows is not measured by the same offset).
    fn drop_front(&mut self) -> bool {
        let Some(run) = self.runs.front_mut() else { return true };
        if run.waiting.pop_front().is_some() {
            self.len -= 1;
        }
        // The last run stays, empty, so that its tail still tells offsets from the future.
        let ended = run.waiting.is_empty();
        if ended && self.runs.len() > 1 {
            self.runs.pop_front();
        }
        ended
    }

    fn expire(&mut self, now_ms: i64) {
        while let Some(first) = self.runs.front().and_then(|run| run.waiting.front()) {
            if !first.is_old(now_ms) {
                return;
            }
            self.drop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(queue: &mut Queue, offset: i64, limit: usize, now: i64) -> Vec<i64> {
        queue.take(offset, limit, now).iter().map(|text| text.parse().unwrap()).collect()
    }

    fn filled(first: i64, count: i64) -> Queue {
        let mut queue = Queue::new(first);
        for _ in 0..count {
            queue.push(0, |id| id.to_string());
        }
        queue
    }

    #[test]
    fn kept_until_confirmed() {
        let mut queue = filled(100, 5);
        assert_eq!(ids(&mut queue, 0, 2, 0), [100, 101]);
        assert_eq!(ids(&mut queue, 0, 100, 0), [100, 101, 102, 103, 104]);
        assert_eq!(ids(&mut queue, 102, 100, 0), [102, 103, 104]);
        assert_eq!(ids(&mut queue, 50, 100, 0), [102, 103, 104], "confirmed stays confirmed");
        assert_eq!(ids(&mut queue, 105, 100, 0), [0; 0]);
        assert_eq!(queue.len(), 0);
        assert_eq!(queue.push(0, |id| id.to_string()), 105);
        assert_eq!(ids(&mut queue, 105, 100, 0), [105]);
    }

    #[test]
    fn a_negative_offset_forgets_all_but_the_last() {
        let mut queue = filled(100, 5);
        assert_eq!(ids(&mut queue, -2, 100, 0), [103, 104]);
        assert_eq!(ids(&mut queue, 0, 100, 0), [103, 104]);
        assert_eq!(ids(&mut queue, i64::MIN, 100, 0), [103, 104]);
    }

    #[test]
    fn a_day_is_the_end() {
        let mut queue = filled(100, 2);
        queue.push(1, |id| id.to_string());
        assert_eq!(ids(&mut queue, 0, 100, KEPT_MS - 1), [100, 101, 102]);
        assert_eq!(ids(&mut queue, 0, 100, KEPT_MS), [102]);
    }

    #[test]
    fn ids_that_jump_back_lose_nothing() {
        let mut queue = filled(1000, 2);
        queue.jump(5);
        queue.push(0, |id| id.to_string());
        queue.push(0, |id| id.to_string());
        assert_eq!(ids(&mut queue, 0, 100, 0), [1000, 1001], "one run at a time");
        assert_eq!(ids(&mut queue, 1002, 100, 0), [5, 6]);
        assert_eq!(ids(&mut queue, 1002, 100, 0), [5, 6], "an offset from the future is ignored");
        assert_eq!(ids(&mut queue, 6, 100, 0), [6]);
        assert_eq!(ids(&mut queue, 7, 100, 0), [0; 0]);
        queue.jump(1_000_000);
        queue.push(0, |id| id.to_string());
        assert_eq!(ids(&mut queue, 7, 100, 0), [1_000_000], "forward");
    }

    #[test]
    fn ids_that_jump_back_while_nothing_waits_lose_nothing() {
        let mut queue = filled(1000, 1);
        assert_eq!(ids(&mut queue, 1001, 100, 0), [0; 0]);
        queue.jump(5);
        queue.push(0, |id| id.to_string());
        assert_eq!(ids(&mut queue, 0, 100, 0), [5]);
        assert_eq!(ids(&mut queue, 1001, 100, 0), [5], "an offset from the future is ignored");
    }

    #[test]
    fn an_id_of_its_own_keeps_its_place() {
        let mut queue = filled(100, 1);
        queue.push_with_id(100, 0, "100".to_owned());
        queue.push_with_id(i64::MAX, 0, "7".to_owned());
        assert_eq!(ids(&mut queue, 0, 100, 0), [100]);
        assert_eq!(ids(&mut queue, 101, 100, 0), [100, 7]);
        assert_eq!(queue.push(0, |id| id.to_string()), 101, "nonsense is not followed");
        assert_eq!(ids(&mut queue, i64::MAX, 100, 0), [7]);
    }
}
