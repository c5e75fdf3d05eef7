//! The thread that writes: what waits is committed together.
//!
//! A commit costs one wait for the disk, whether it holds one closure or five hundred. So many run in one transaction; then
//! comes the commit, and only then the answers. What fails for all (the commit, the disk) fails all, also those that had
//! refused by themselves: they may have judged by rows that were not kept.
//!
//! A savepoint for each closure would cost more than what most closures do: every page that changes is copied. Nearly all that
//! refuse do so before they change anything, and then there is nothing to go back to. If one does refuse after a change, the
//! whole group is rolled back and run again, now each in a savepoint.

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
        let (mut group, mut next, mut care) = (Vec::new(), Some(first), false);
        let mut outcome = Ok(());
        while let Some(job) = next.take() {
            group.push(job);
            outcome = if care { self.run_last(&mut group) } else { self.run_bare(&mut group, &mut care) };
            if outcome.is_ok() && group.len() < GROUP && started.elapsed() < self.group_time {
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

    /// Runs the last of the group without a savepoint. If it is to be undone and has changed something, the whole group is run
    /// again with `care`.
    fn run_bare(&mut self, group: &mut [Box<dyn Job>], care: &mut bool) -> Result<(), Error> {
        let Some(job) = group.last_mut() else { return Ok(()) };
        let before = self.connection.total_changes();
        let mut session = SqliteSession::new(self.connection, &mut self.placeholders, Mode::Write);
        let verdict = job.run(&mut session);
        let untouched = self.connection.total_changes() == before && !session.uncounted;
        match verdict {
            Verdict::Done => Ok(()),
            Verdict::Failed if untouched => Ok(()),
            Verdict::Failed | Verdict::Broken(_) => {
                *care = true;
                self.roll_back();
                self.statement("BEGIN IMMEDIATE")?;
                (1..=group.len()).try_for_each(|count| self.run_last(&mut group[..count]))
            }
        }
    }

    /// Runs the last of `group` in a savepoint. An error says that the transaction of the whole group is lost.
    fn run_last(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), Error> {
        let Some(job) = group.last_mut() else { return Ok(()) };
        self.statement("SAVEPOINT closure")?;
        let verdict = job.run(&mut SqliteSession::new(self.connection, &mut self.placeholders, Mode::Write));
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
