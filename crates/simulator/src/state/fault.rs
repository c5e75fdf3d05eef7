//! Faults that calls of a bot run into.

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
        Self { kind, method: None, times: None }
    }

    /// The next `times` calls.
    pub fn next(times: u32, kind: FaultKind) -> Self {
        Self { kind, method: None, times: Some(times) }
    }

    /// Only calls of this method.
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    fn concerns(&self, method: &str) -> bool {
        self.method.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(method))
    }
}

/// The faults that wait for calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

/// What a call runs into.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    /// Sum of the latencies, in milliseconds.
    pub(crate) latency_ms: u64,
    /// The first fault that is more than a delay.
    pub(crate) kind: Option<FaultKind>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes what the next call of `method` runs into; faults that are used up go.
    pub(crate) fn meet(&mut self, method: &str, met: &mut Met) {
        self.0.retain_mut(|fault| {
            if fault.times == Some(0) {
                return false;
            }
            if !fault.concerns(method) {
                return true;
            }
            match &fault.kind {
                FaultKind::Latency { ms } => met.latency_ms = met.latency_ms.saturating_add(*ms),
                _ if met.kind.is_some() => return true,
                kind => met.kind = Some(kind.clone()),
            }
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
        faults.add(Fault::next(1, FaultKind::Hang).on("sendMessage"));
        faults.add(Fault::always(FaultKind::Latency { ms: 5 }));
        faults.add(Fault::next(2, FaultKind::DropBefore));
        let mut meet = |method: &str| {
            let mut met = Met::default();
            faults.meet(method, &mut met);
            (met.latency_ms, met.kind)
        };
        assert_eq!(meet("getme"), (5, Some(FaultKind::DropBefore)));
        assert_eq!(meet("sendmessage"), (5, Some(FaultKind::Hang)));
        assert_eq!(meet("sendmessage"), (5, Some(FaultKind::DropBefore)));
        assert_eq!(meet("sendmessage"), (5, None));
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
