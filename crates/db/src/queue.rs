//! The bounded queue between callers and the threads of the database: live work first, bulk work behind it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::job::Job;

/// How urgent a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Before everything that waits, however much that is: for the little without which nothing else may go on.
    First,
    Live,
    Bulk,
}

/// How a queue treats its jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// How many jobs of each urgency may wait.
    pub(crate) bound: usize,
    /// How many bulk jobs may run at once.
    pub(crate) bulk_at_once: usize,
    /// How many times bulk work lets live work pass before it gets a turn: behind, but not for ever.
    pub(crate) patience: u32,
}

pub(crate) struct Queue {
    rules: Rules,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    live: VecDeque<Box<dyn Job>>,
    bulk: VecDeque<Box<dyn Job>>,
    bulk_running: usize,
    passed: u32,
    closed: bool,
    workers: usize,
}

impl Queue {
    pub(crate) fn new(rules: Rules) -> Arc<Self> {
        Arc::new(Self { rules, state: Mutex::default(), changed: Condvar::new() })
    }

    /// Takes a job, or says at once why not.
    pub(crate) fn push(&self, job: Box<dyn Job>, urgency: Urgency) -> Result<(), Error> {
        let mut state = self.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        let line = match urgency {
            Urgency::First | Urgency::Live => &mut state.live,
            Urgency::Bulk => &mut state.bulk,
        };
        if urgency == Urgency::First {
            line.push_front(job);
        } else if line.len() >= self.rules.bound {
            return Err(Error::Busy);
        } else {
            line.push_back(job);
        }
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the next job; none when the queue is closed and empty. A bulk job is to be followed by `bulk_done`.
    pub(crate) fn next(&self) -> Option<(Box<dyn Job>, Urgency)> {
        let mut state = self.lock();
        loop {
            if let Some(next) = state.take(self.rules) {
                return Some(next);
            }
            // Bulk work that still has to wait is left to the thread that it waits for.
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next live job if one is waiting.
    pub(crate) fn next_live(&self) -> Option<Box<dyn Job>> {
        self.lock().live.pop_front()
    }

    /// A bulk job has ended.
    pub(crate) fn bulk_done(&self) {
        self.lock().bulk_running -= 1;
        self.changed.notify_all();
    }

    /// How many live jobs wait, and how many may.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.lock().live.len(), self.rules.bound)
    }

    /// Accepts no more jobs; those accepted are still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Registers a thread that takes jobs, for as long as the result lives.
    pub(crate) fn worker(self: &Arc<Self>) -> Worker {
        self.lock().workers += 1;
        Worker(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two of our statements, so a panic elsewhere doesn't spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, rules: Rules) -> Option<(Box<dyn Job>, Urgency)> {
        let bulk_may = !self.bulk.is_empty() && self.bulk_running < rules.bulk_at_once;
        if bulk_may && (self.live.is_empty() || self.passed >= rules.patience) {
            self.passed = 0;
            self.bulk_running += 1;
            return self.bulk.pop_front().map(|job| (job, Urgency::Bulk));
        }
        let job = self.live.pop_front()?;
        if bulk_may {
            self.passed += 1;
        }
        Some((job, Urgency::Live))
    }
}

/// A thread that takes jobs. When the last one ends, even by a fault of ours, nobody is left waiting for an answer.
pub(crate) struct Worker(Arc<Queue>);

impl Drop for Worker {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.workers -= 1;
        if state.workers == 0 {
            state.closed = true;
            let left = (std::mem::take(&mut state.live), std::mem::take(&mut state.bulk));
            drop(state);
            drop(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Mode, Verdict};
    use crate::tx::Session;

    struct Nothing;

    impl Job for Nothing {
        fn mode(&self) -> Mode {
            Mode::Write
        }
        fn run(&mut self, _: &mut dyn Session) -> Verdict {
            Verdict::Done
        }
        fn answer(self: Box<Self>) {}
        fn fail(self: Box<Self>, _: Error) {}
    }

    fn queue(bulk: usize, live: usize) -> Arc<Queue> {
        let queue = Queue::new(Rules { bound: 10, bulk_at_once: 1, patience: 3 });
        for (count, urgency) in [(bulk, Urgency::Bulk), (live, Urgency::Live)] {
            for _ in 0..count {
                queue.push(Box::new(Nothing), urgency).unwrap();
            }
        }
        queue
    }

    #[test]
    fn bulk_work_waits_but_not_for_ever() {
        use Urgency::{Bulk, Live};
        let queue = queue(2, 7);
        let order: Vec<Urgency> = (0..9)
            .map(|_| {
                let (_, urgency) = queue.next().unwrap();
                if urgency == Bulk {
                    queue.bulk_done();
                }
                urgency
            })
            .collect();
        assert_eq!(order, [Live, Live, Live, Bulk, Live, Live, Live, Bulk, Live]);
    }

    #[test]
    fn what_comes_first_passes_a_full_queue() {
        struct First;
        impl Job for First {
            fn mode(&self) -> Mode {
                Mode::Read
            }
            fn run(&mut self, _: &mut dyn Session) -> Verdict {
                Verdict::Done
            }
            fn answer(self: Box<Self>) {}
            fn fail(self: Box<Self>, _: Error) {}
        }
        let queue = queue(0, 10);
        assert_eq!(queue.push(Box::new(Nothing), Urgency::Live), Err(Error::Busy));
        assert_eq!(queue.push(Box::new(First), Urgency::First), Ok(()));
        assert_eq!(queue.next().unwrap().0.mode(), Mode::Read);
        assert_eq!(queue.next().unwrap().0.mode(), Mode::Write);
    }

    #[test]
    fn only_so_much_bulk_work_runs_at_once() {
        let queue = queue(2, 0);
        assert_eq!(queue.next().unwrap().1, Urgency::Bulk);
        queue.push(Box::new(Nothing), Urgency::Live).unwrap();
        assert_eq!(queue.next().unwrap().1, Urgency::Live);
        assert!(queue.lock().take(queue.rules).is_none());
        queue.bulk_done();
        assert_eq!(queue.next().unwrap().1, Urgency::Bulk);
    }

    #[test]
    fn nobody_waits_for_threads_that_are_gone() {
        let queue = queue(1, 1);
        let (one, other) = (queue.worker(), queue.worker());
        drop(one);
        assert!(queue.push(Box::new(Nothing), Urgency::Live).is_ok());
        drop(other);
        assert_eq!(queue.push(Box::new(Nothing), Urgency::Live), Err(Error::Closed));
        assert!(queue.next().is_none());
    }
}
