//! A thread with its connection: begins, runs, commits, and runs again what collided.

use std::time::Duration;

use postgres::Config;

use super::connect;
use super::session::PostgresSession;
use crate::error::Error;
use crate::job::{Job, Mode, Verdict};
use crate::queue::{Queue, Urgency};
use crate::tx::Session;

/// How often a closure is run until its collisions are reported.
const ATTEMPTS: u32 = 10;
/// How often a closure is run when the connection breaks under it: once more, on a new one.
const CONNECTIONS: u32 = 2;

pub(super) fn run(config: &Config, queue: &Queue) {
    let mut worker = Worker { config, session: None };
    while let Some((job, urgency)) = queue.next() {
        worker.serve(job);
        if urgency == Urgency::Bulk {
            queue.bulk_done();
        }
    }
}

struct Worker<'a> {
    config: &'a Config,
    session: Option<PostgresSession>,
}

/// How an attempt ended.
enum Attempt {
    /// Committed, or refused by the closure: the job has its answer.
    Answered,
    /// Nothing was committed, for a reason that may be gone next time.
    Again(Error),
    /// Failed, or nobody knows: not to be run again.
    Over(Error),
}

impl Worker<'_> {
    fn serve(&mut self, mut job: Box<dyn Job>) {
        let (mut attempt, mut broken) = (0, 0);
        loop {
            match self.attempt(job.as_mut()) {
                Attempt::Answered => return job.answer(),
                Attempt::Over(error) => return job.fail(error),
                Attempt::Again(error) => {
                    attempt += 1;
                    broken += u32::from(error != Error::Contention);
                    if attempt >= ATTEMPTS || broken >= CONNECTIONS {
                        return job.fail(error);
                    }
                }
            }
            // This thread has nothing else to do. By chance, or the same two meet again.
            let most = 2u64 << attempt.min(6);
            std::thread::sleep(Duration::from_millis(rand::random_range(1..=most)));
        }
    }

    fn attempt(&mut self, job: &mut dyn Job) -> Attempt {
        let session = match self.connected() {
            Ok(session) => session,
            Err(error) => return Attempt::Over(error),
        };
        let begin = match job.mode() {
            Mode::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        if let Err(error) = session.batch(begin) {
            // Whatever it says (that it only accepts reads now, for one), it's no server for us.
            self.session = None;
            return Attempt::Again(Error::Connection(error.to_string()));
        }
        match job.run(session) {
            Verdict::Done => self.commit(),
            Verdict::Failed => {
                self.roll_back();
                Attempt::Answered
            }
            Verdict::Broken(error) => {
                // Prepared statements may be to blame: see `Error::Contention` in `errors`.
                session.forget();
                self.roll_back();
                match error {
                    Error::Contention => Attempt::Again(error),
                    Error::Connection(_) => {
                        self.session = None;
                        Attempt::Again(error)
                    }
                    _ => Attempt::Answered,
                }
            }
        }
    }

    fn commit(&mut self) -> Attempt {
        let Some(session) = &mut self.session else { return Attempt::Answered };
        let begun = std::time::Instant::now();
        let committed = session.batch("COMMIT");
        metrics::histogram!("teledesk_db_commit_seconds").record(begun.elapsed());
        match committed {
            Ok(()) => Attempt::Answered,
            Err(Error::Connection(reason)) => {
                self.session = None;
                let text = format!("it broke during a commit, which may or may not have happened ({reason})");
                Attempt::Over(Error::Connection(text))
            }
            // The server has rolled back: it only answers so when it has not committed.
            Err(Error::Contention) => Attempt::Again(Error::Contention),
            Err(error) => Attempt::Over(error),
        }
    }

    fn roll_back(&mut self) {
        if let Some(session) = &mut self.session
            && session.batch("ROLLBACK").is_err()
        {
            // The server rolls back what loses its connection.
            self.session = None;
        }
    }

    fn connected(&mut self) -> Result<&mut PostgresSession, Error> {
        if self.session.as_ref().is_none_or(|session| session.client.is_closed()) {
            self.session = Some(PostgresSession::new(connect::connect(self.config)?));
        }
        // There is one now; without unwrapping it looks like this.
        self.session.as_mut().ok_or(Error::Closed)
    }
}
