//! A closure on its way through the database: queued, run, answered.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::{Error, TxError};
use crate::tx::{Hook, Session, Tx};

/// What a closure may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

impl Mode {
    fn label(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// How a run ended. In each case the job keeps what it would answer.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Commit it.
    Done,
    /// Roll it back: the closure says so.
    Failed,
    /// Roll it back: the transaction broke. It may be run again.
    Broken(Error),
}

/// A closure whose types are forgotten. Dropped without an answer, it tells its caller that the database is closed.
pub(crate) trait Job: Send {
    fn mode(&self) -> Mode;
    /// Runs the closure and keeps its result instead of that of an earlier run.
    fn run(&mut self, session: &mut dyn Session) -> Verdict;
    /// Gives the caller the kept result; after a commit, runs the hooks before.
    fn answer(self: Box<Self>);
    /// Gives the caller this error instead.
    fn fail(self: Box<Self>, error: Error);
}

pub(crate) struct Call<T, E, F> {
    name: &'static str,
    mode: Mode,
    queued: Instant,
    /// A closure that takes longer holds up others and is logged.
    slow: Duration,
    f: F,
    result: Option<Result<T, E>>,
    hooks: Vec<Hook>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Call<T, E, F> {
    /// The job, and where its answer will come.
    pub(crate) fn new(
        name: &'static str,
        mode: Mode,
        slow: Duration,
        f: F,
    ) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        let queued = Instant::now();
        (Self { name, mode, queued, slow, f, result: None, hooks: Vec::new(), reply }, answer)
    }
}

impl<T, E, F> Job for Call<T, E, F>
where
    F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: TxError,
{
    fn mode(&self) -> Mode {
        self.mode
    }

    fn run(&mut self, session: &mut dyn Session) -> Verdict {
        let started = Instant::now();
        metrics::histogram!("teledesk_db_wait_seconds", "mode" => self.mode.label())
            .record(started - self.queued);
        let mut tx = Tx::new(session);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let result = (self.f)(&mut tx);
            tx.judge(result)
        }));
        let took = started.elapsed();
        metrics::histogram!("teledesk_db_run_seconds", "mode" => self.mode.label()).record(took);
        if took > self.slow {
            let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(name = self.name, ms, "slow transaction");
        }
        let result = result.unwrap_or_else(|panic| {
            tracing::error!(name = self.name, panic = text_of(panic.as_ref()), "a transaction panicked");
            Err(Error::Panicked(self.name).into())
        });
        let (doom, hooks) = tx.finish();
        let done = result.is_ok();
        self.hooks = if done { hooks } else { Vec::new() };
        self.result = Some(result);
        match doom {
            Some(error) => Verdict::Broken(error),
            None if done => Verdict::Done,
            None => Verdict::Failed,
        }
    }

    fn answer(self: Box<Self>) {
        for hook in self.hooks {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(hook)) {
                tracing::error!(
                    name = self.name,
                    panic = text_of(panic.as_ref()),
                    "an after_commit panicked"
                );
            }
        }
        if let Some(result) = self.result {
            // Nobody may be waiting any more: a caller that goes away cancels nothing.
            drop(self.reply.send(result));
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        metrics::counter!("teledesk_db_failures_total", "mode" => self.mode.label()).increment(1);
        drop(self.reply.send(Err(error.into())));
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
