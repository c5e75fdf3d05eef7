//! The thread that writes: what waits is committed together.
//!
//! A commit costs one wait for the disk, whether it holds one closure or five hundred. So each closure runs in a savepoint of
//! one transaction; then comes the commit, and only then the answers. What fails for all (the commit, the disk) fails all,
//! also those that had refused by themselves: they may have judged by rows that were not kept.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::errors;
use super::session::SqliteSession;
use crate::error::Error;
use crate::job::{Job, Mode, Verdict};
use crate::placeholders::Placeholders;
use crate::queue::{Queue, Urgency};

/// A group is committed at the latest when it has this many closures.
const GROUP: usize = 512;

pub(super) fn run(connection: &Connection, queue: &Queue, group_time: Duration) {
    let mut writer = Writer { connection, group_time, placeholders: Placeholders::default() };
    while let Some((job, urgency)) = queue.next() {
        match urgency {
            Urgency::First | Urgency::Live => writer.group(job, &|| queue.next_live()),
            Urgency::Bulk => {
                // By itself, so that nobody waits for it longer than it takes.
                writer.group(job, &|| None);
                queue.bulk_done();
            }
        }
    }
}

struct Writer<'a> {
    connection: &'a Connection,
    group_time: Duration,
    placeholders: Placeholders,
}

impl Writer<'_> {
    /// Runs `first` and what `more` gives, commits, answers.
    fn group(&mut self, first: Box<dyn Job>, more: &dyn Fn() -> Option<Box<dyn Job>>) {
        let started = Instant::now();
        if let Err(error) = self.statement("BEGIN IMMEDIATE") {
            // Whoever else waits would only wait as long again, one after the other. All are taken before the first is told,
            // or a call made on hearing it would be counted among them.
            let all: Vec<_> = std::iter::once(first).chain(std::iter::from_fn(more)).collect();
            for job in all {
                job.fail(error.clone());
            }
            return;
        }
        let mut group = Vec::new();
        let mut next = Some(first);
        let mut outcome = Ok(());
        while let Some(mut job) = next.take() {
            outcome = self.run_one(job.as_mut());
            group.push(job);
            if outcome.is_err() {
                break;
            }
            if group.len() < GROUP && started.elapsed() < self.group_time {
                next = more();
            }
        }
        metrics::histogram!("teledesk_db_group_transactions")
            .record(u32::try_from(group.len()).unwrap_or(u32::MAX));
        match outcome.and_then(|()| self.commit()) {
            Ok(()) => group.into_iter().for_each(Job::answer),
            Err(error) => {
                self.roll_back();
                tracing::warn!(%error, closures = group.len(), "a commit failed");
                for job in group {
                    job.fail(error.clone());
                }
            }
        }
    }

    /// Runs a closure in a savepoint. An error says that the transaction of the whole group is lost.
    fn run_one(&mut self, job: &mut dyn Job) -> Result<(), Error> {
        self.statement("SAVEPOINT closure")?;
        let (connection, placeholders) = (self.connection, &mut self.placeholders);
        let verdict = job.run(&mut SqliteSession { connection, placeholders, mode: Mode::Write });
        // With a full or failing disk SQLite may have rolled everything back by itself.
        if self.connection.is_autocommit() {
            return Err(match verdict {
                Verdict::Broken(error) => error,
                _ => Error::Io("the transaction was lost".to_owned()),
            });
        }
        if !matches!(verdict, Verdict::Done) {
            self.statement("ROLLBACK TO closure")?;
        }
        self.statement("RELEASE closure")
    }

    fn commit(&self) -> Result<(), Error> {
        let begun = Instant::now();
        let committed = self.statement("COMMIT");
        metrics::histogram!("teledesk_db_commit_seconds").record(begun.elapsed());
        committed
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.statement("ROLLBACK")
        {
            tracing::error!(%error, "a transaction couldn't be rolled back");
        }
    }

    fn statement(&self, sql: &str) -> Result<(), Error> {
        let run = || self.connection.prepare_cached(sql)?.raw_execute();
        run().map(drop).map_err(|error| errors::error(error, self.connection, Mode::Write))
    }
}
