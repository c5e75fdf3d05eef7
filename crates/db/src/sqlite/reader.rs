//! A thread that reads: one snapshot for each closure.

use rusqlite::Connection;

use super::errors;
use super::session::SqliteSession;
use crate::placeholders::Placeholders;
use crate::queue::{Queue, Urgency};

pub(super) fn run(connection: &Connection, queue: &Queue) {
    let mut placeholders = Placeholders::default();
    while let Some((mut job, urgency)) = queue.next() {
        let mode = job.mode();
        if let Err(error) = statement(connection, "BEGIN DEFERRED") {
            job.fail(errors::error(error, connection, mode));
        } else {
            job.run(&mut SqliteSession::new(connection, &mut placeholders, mode));
            end(connection);
            job.answer();
        }
        if urgency == Urgency::Bulk {
            queue.bulk_done();
        }
    }
}

/// Ends the snapshot. There is nothing to keep; trouble may have ended it already.
fn end(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = statement(connection, "ROLLBACK")
    {
        tracing::warn!(%error, "a read couldn't be ended");
    }
}

fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.raw_execute().map(drop)
}
