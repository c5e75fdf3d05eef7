//! Faults that calls of a bot and deliveries to it run into.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// Most faults that may wait at once; the oldest makes room.
const MOST: usize = 1000;

/// A fault: what happens, to which calls, how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only calls of this method (case does not matter); every call when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// The next so many calls; until cleared when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Only about so many of a hundred; each when absent. Those spared do not count as times.
    #[serde(default)]
    pub percent: Option<u8>,
    /// Milliseconds from when it is set until it goes by itself; never when absent.
    #[serde(default)]
    pub for_ms: Option<u64>,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with this many seconds; nothing is done.
    TooManyRequests {
        /// Seconds.
        retry_after: i64,
    },
    /// Any refusal in Telegram's envelope; nothing is done.
    Answer {
        /// HTTP status and `error_code`.
        status: u16,
        /// In full, such as "Forbidden: bot was kicked from the group chat".
        description: String,
    },
    /// A gateway's HTML page with this status; nothing is done.
    Gateway {
        /// 500–599.
        status: u16,
    },
    /// Takes the request, does nothing, never answers.
    Hang,
    /// Does what was asked, never answers.
    HangAfter,
    /// Closes the connection before the request is read to its end; nothing is done.
    DropBefore,
    /// Does what was asked, then closes the connection instead of answering.
    DropAfter,
    /// Waits, then goes on as usual (or into the next fault).
    Latency {
        /// Milliseconds.
        ms: u64,
    },
    /// Waits for a time drawn from the seed's dice, then goes on.
    LatencyBetween {
        /// Milliseconds.
        from_ms: u64,
        /// Milliseconds.
        to_ms: u64,
    },
    /// 200 with a result of this size, at most 256 MiB; nothing is done.
    Huge {
        /// Bytes.
        bytes: usize,
    },
    /// An answer to `getUpdates` holds each of its updates twice; a webhook gets an update twice.
    Duplicate,
    /// An answer to `getUpdates` holds its updates in reverse; a webhook gets an update later than those after it.
    Reorder,
    /// The next thing that a customer does gets an update id so much further (or, when negative, so much back).
    Jump {
        /// Added to the id.
        by: i64,
    },
    /// 200 with a body that is no answer; nothing is done.
    Garbage {
        /// The body.
        #[serde(default)]
        body: String,
    },
}

impl Fault {
    /// Every call, until cleared.
    pub fn always(kind: FaultKind) -> Self {
        Self { kind, method: None, times: None, percent: None, for_ms: None }
    }

    /// The next `times` calls.
    pub fn next(times: u32, kind: FaultKind) -> Self {
        Self { times: Some(times), ..Self::always(kind) }
    }

    /// Only calls of this method.
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only about so many of a hundred.
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = Some(percent);
        self
    }

    /// Only for so many milliseconds from when it is set.
    pub fn lasting_ms(mut self, ms: u64) -> Self {
        self.for_ms = Some(ms);
        self
    }

    fn concerns(&self, occasion: Occasion, method: &str) -> bool {
        let met_at = match self.kind {
            FaultKind::Duplicate | FaultKind::Reorder => Occasion::Delivery,
            FaultKind::Jump { .. } => Occasion::Update,
            _ => Occasion::Call,
        };
        met_at == occasion && self.is_on(method)
    }

    fn is_on(&self, method: &str) -> bool {
        self.method.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(method))
    }
}

/// When faults are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// A method is called.
    Call,
    /// `getUpdates` answers with updates, or a webhook gets one.
    Delivery,
    /// A customer does something.
    Update,
}

/// The faults that are waiting, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    fault: Fault,
    /// Unix milliseconds.
    ends_ms: Option<i64>,
}

/// What a call, a delivery or an update runs into.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    /// Sum of the latencies, in milliseconds.
    pub(crate) latency_ms: u64,
    /// The first fault that is more than a delay.
    pub(crate) kind: Option<FaultKind>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault, now_ms: i64) {
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        let lasts = fault.for_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
        self.0.push(Waiting { fault, ends_ms: lasts.map(|ms| now_ms.saturating_add(ms)) });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that are left, with the times that are left.
    pub(crate) fn list(&mut self, now_ms: i64) -> Vec<Fault> {
        self.0.retain(|waiting| waiting.ends_ms.is_none_or(|end| now_ms < end));
        self.0.iter().map(|waiting| waiting.fault.clone()).collect()
    }

    /// Takes what happens next on an occasion; faults that are used up or over go. `roll` draws a number.
    pub(crate) fn meet(
        &mut self,
        (occasion, method, now_ms): (Occasion, &str, i64),
        mut roll: impl FnMut(RangeInclusive<u64>) -> u64,
        met: &mut Met,
    ) {
        self.0.retain_mut(|Waiting { fault, ends_ms }| {
            if fault.times == Some(0) || ends_ms.is_some_and(|end| now_ms >= end) {
                return false;
            }
            if !fault.concerns(occasion, method) {
                return true;
            }
            if fault.percent.is_some_and(|percent| roll(1..=100) > u64::from(percent)) {
                return true;
            }
            let wait_ms = match &fault.kind {
                FaultKind::Latency { ms } => *ms,
                FaultKind::LatencyBetween { from_ms, to_ms } => roll(*from_ms..=*to_ms.max(from_ms)),
                _ if met.kind.is_some() => return true,
                kind => {
                    met.kind = Some(kind.clone());
                    0
                }
            };
            met.latency_ms = met.latency_ms.saturating_add(wait_ms);
            fault.times = fault.times.map(|times| times - 1);
            fault.times != Some(0)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_faults_are_used_up_in_order() {
        let mut faults = Faults::default();
        faults.add(Fault::next(1, FaultKind::Hang).on("sendMessage"), 0);
        faults.add(Fault::always(FaultKind::Latency { ms: 5 }), 0);
        faults.add(Fault::next(2, FaultKind::DropBefore), 0);
        let mut meet = |method: &str| {
            let mut met = Met::default();
            faults.meet((Occasion::Call, method, 0), |range| *range.start(), &mut met);
            (met.latency_ms, met.kind)
        };
        assert_eq!(meet("getme"), (5, Some(FaultKind::DropBefore)));
        assert_eq!(meet("sendmessage"), (5, Some(FaultKind::Hang)));
        assert_eq!(meet("sendmessage"), (5, Some(FaultKind::DropBefore)));
        assert_eq!(meet("sendmessage"), (5, None));
    }

    #[test]
    fn some_are_spared_and_all_end() {
        let mut faults = Faults::default();
        faults.add(Fault::next(1, FaultKind::Hang).percent(30), 0);
        faults.add(Fault::always(FaultKind::DropAfter).lasting_ms(10), 0);
        let mut meet = |now_ms: i64, drawn: u64| {
            let mut met = Met::default();
            faults.meet((Occasion::Call, "getMe", now_ms), |_| drawn, &mut met);
            met.kind
        };
        assert_eq!(meet(0, 31), Some(FaultKind::DropAfter));
        assert_eq!(meet(9, 30), Some(FaultKind::Hang));
        assert_eq!(meet(10, 1), None);
    }

    #[test]
    fn the_control_form_is_flat() {
        let fault: Fault = serde_json::from_str(
            r#"{"kind":"too_many_requests","retry_after":3600,"method":"sendMessage","times":2}"#,
        )
        .unwrap();
        assert_eq!(fault, Fault::next(2, FaultKind::TooManyRequests { retry_after: 3600 }).on("sendMessage"));
    }
}
