//! How fast a bot may send: 30 messages a second in all, in one chat one a second with a burst of 5, and in one group 20 a minute
//! (<https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>). Pure: time is passed in.

use std::collections::HashMap;

use crate::clock::Timestamp;

/// A generic cell rate algorithm: one number says how much of the burst is used up.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// When the bucket would be full again.
    full_at: i64,
}

/// Telegram's ids of groups are negative.
fn rate_of(chat: i64) -> Rate {
    if chat < 0 { GROUP } else { CHAT }
}

/// Milliseconds between two messages, and how many may come at once.
#[derive(Debug, Clone, Copy)]
struct Rate {
    interval: i64,
    burst: i64,
}

const BOT: Rate = Rate { interval: 34, burst: 30 };
const CHAT: Rate = Rate { interval: 1_000, burst: 5 };
/// In any minute no more than 20: 3 at once, and 17 at intervals.
const GROUP: Rate = Rate { interval: 3_530, burst: 3 };

impl Bucket {
    fn free_at(self, rate: Rate) -> i64 {
        self.full_at - rate.interval * (rate.burst - 1)
    }

    fn take(self, rate: Rate, now: i64) -> Self {
        Self { full_at: self.full_at.max(now) + rate.interval }
    }
}

/// The buckets of one bot.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    bot: Bucket,
    /// Chats by their lane; those whose bucket is full again are forgotten.
    chats: HashMap<String, (Rate, Bucket)>,
    paused_until: i64,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { bot: Bucket { full_at: 0 }, chats: HashMap::new(), paused_until: 0 }
    }

    /// Nothing is sent before `until`: Telegram asked for it, or can't be reached.
    pub(super) fn pause(&mut self, until: Timestamp) {
        self.paused_until = self.paused_until.max(until.0);
    }

    /// How many messages the bot may send right now.
    pub(super) fn allowance(&self, now: Timestamp) -> usize {
        if self.paused_until > now.0 {
            return 0;
        }
        let used = (self.bot.full_at - now.0).max(0);
        let left = BOT.burst - (used + BOT.interval - 1) / BOT.interval;
        usize::try_from(left).unwrap_or(0)
    }

    /// The lanes that must wait, and when the first of them need not any more.
    pub(super) fn waiting(&mut self, now: Timestamp) -> (Vec<String>, Option<Timestamp>) {
        self.chats.retain(|_, (_, bucket)| bucket.full_at > now.0);
        let waiting = self.chats.iter().filter(|(_, (rate, bucket))| bucket.free_at(*rate) > now.0);
        let first = waiting.clone().map(|(_, (rate, bucket))| bucket.free_at(*rate)).min();
        (waiting.map(|(lane, _)| lane.clone()).collect(), first.map(Timestamp))
    }

    /// When the bot may send again, if not now.
    pub(super) fn bot_free_at(&self) -> Timestamp {
        Timestamp(self.paused_until.max(self.bot.free_at(BOT)))
    }

    /// A message is being sent in `lane`, to `chat`.
    pub(super) fn take(&mut self, lane: &str, chat: i64, now: Timestamp) {
        self.bot = self.bot.take(BOT, now.0);
        let (rate, bucket) = self.chats.get(lane).copied().unwrap_or((rate_of(chat), Bucket { full_at: 0 }));
        self.chats.insert(lane.to_owned(), (rate, bucket.take(rate, now.0)));
    }

    /// When each of these would be sent if nothing else happened: lane, chat, and the time before which it must not, in the order
    /// in which they go.
    pub(super) fn forecast<'a>(
        &self,
        now: Timestamp,
        queue: impl IntoIterator<Item = (&'a str, i64, Timestamp)>,
    ) -> Vec<Timestamp> {
        let mut pace = self.clone();
        // What goes later in a lane goes after what goes earlier, also when that must wait for a reason of its own.
        let mut lanes: HashMap<&str, i64> = HashMap::new();
        let times = queue.into_iter().map(|(lane, chat, not_before)| {
            let chat_free = pace.chats.get(lane).map_or(0, |(rate, bucket)| bucket.free_at(*rate));
            let before = lanes.get(lane).copied().unwrap_or(0);
            let free = [now.0, not_before.0, before, chat_free, pace.bot_free_at().0];
            let at = Timestamp(free.into_iter().max().unwrap_or(now.0));
            pace.take(lane, chat, at);
            lanes.insert(lane, at.0);
            at
        });
        times.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends in one lane whenever allowed, looking every 10 ms, and returns when.
    fn times(chat: i64, lanes: usize, until: i64) -> Vec<i64> {
        let (mut pace, mut sent) = (Pace::new(), Vec::new());
        let mut lane = 0;
        for now in (1_000_000..1_000_000 + until).step_by(10) {
            loop {
                let (waiting, _) = pace.waiting(Timestamp(now));
                let free = (0..lanes).map(|n| (lane + n) % lanes).find(|n| !waiting.contains(&n.to_string()));
                let Some(next) = free.filter(|_| pace.allowance(Timestamp(now)) > 0) else { break };
                pace.take(&next.to_string(), chat, Timestamp(now));
                sent.push(now - 1_000_000);
                lane = (next + 1) % lanes;
            }
        }
        sent
    }

    #[test]
    fn a_chat_gets_a_burst_of_five_and_then_one_a_second() {
        assert_eq!(times(1, 1, 3_500), [0, 0, 0, 0, 0, 1_000, 2_000, 3_000]);
    }

    #[test]
    fn a_bot_never_sends_more_than_sixty_in_a_second_and_thirty_a_second_in_the_long_run() {
        let sent = times(1, 1_000, 10_000);
        for &start in &sent {
            assert!(sent.iter().filter(|&&at| (start..start + 1_000).contains(&at)).count() <= 60);
        }
        assert!(sent.len() <= 30 + 10 * 30, "{}", sent.len());
        assert!(sent.len() > 300, "{}", sent.len());
    }

    #[test]
    fn a_group_gets_no_more_than_twenty_in_any_minute() {
        let sent = times(-100, 1, 300_000);
        for &start in &sent {
            assert!(sent.iter().filter(|&&at| (start..start + 60_000).contains(&at)).count() <= 20);
        }
        assert!(sent.len() > 80, "{}", sent.len());
    }

    #[test]
    fn the_forecast_is_what_then_happens() {
        let mut pace = Pace::new();
        pace.pause(Timestamp(10_000));
        let soon = Timestamp(0);
        let queue = [("a", 1, soon); 7].into_iter().chain([("b", 2, Timestamp(20_000)), ("b", 2, soon)]);
        let at: Vec<_> = pace.forecast(Timestamp(1_000), queue).iter().map(|at| at.0).collect();
        assert_eq!(at, [10_000, 10_000, 10_000, 10_000, 10_000, 11_000, 12_000, 20_000, 20_000]);
        assert_eq!(pace.bot_free_at(), Timestamp(10_000), "nothing was taken");
        let lanes: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        let at = Pace::new().forecast(Timestamp(0), lanes.iter().map(|lane| (&**lane, 1, soon)));
        assert_eq!((at[0].0, at[29].0), (0, 0));
        assert!((2_300..2_500).contains(&at[99].0), "{}", at[99].0);
    }

    #[test]
    fn a_pause_stops_everything_until_it_is_over() {
        let mut pace = Pace::new();
        pace.pause(Timestamp(5_000));
        pace.pause(Timestamp(3_000));
        assert_eq!(pace.allowance(Timestamp(4_999)), 0);
        assert_eq!(pace.bot_free_at(), Timestamp(5_000));
        assert!(pace.allowance(Timestamp(5_000)) > 0);
    }
}
