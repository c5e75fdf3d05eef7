//! Copies of a database file, made while others read and write it.
//!
//! The pages are copied as they are, from one snapshot: the source's read transaction is opened first and held to the end, so
//! what is committed meanwhile neither shows nor makes the copy begin anew. Writers don't wait; only the write-ahead log can't
//! be reset before the end.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::errors::open_error;
use crate::open_error::OpenError;

/// Pages per step, 4 KB each: what is read at once, and how often `go_on` is asked.
const PAGES: i32 = 1024;
/// How long to wait for a moment at which a lock is free.
const PATIENCE: Duration = Duration::from_secs(10);

/// Copies the database file `from` to `to`, an empty file of the caller's, and marks it as a copy (see
/// [`Tx::is_copy`](crate::Tx::is_copy)). It is whole and on the disk when this returns true; false: `go_on` said no. Blocks.
pub fn copy_sqlite(from: &Path, to: &Path, go_on: &dyn Fn() -> bool) -> Result<bool, OpenError> {
    let read = |error| open_error(&error, from);
    let written = |error| open_error(&error, to);
    let unwritable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => OpenError::StorageFull,
        _ => OpenError::Unwritable { path: to.to_owned(), reason: error.to_string() },
    };
    // Not read-only: the index of a write-ahead log that nobody has open must be made.
    let source = open(from, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(read)?;
    source.execute_batch("BEGIN; SELECT COUNT(*) FROM sqlite_schema").map_err(read)?;
    let mut target = open(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(written)?;
    // A copy that is interrupted is worth nothing: neither a journal nor waiting for the disk helps it.
    target.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF").map_err(written)?;
    let file = File::options().write(true).open(to).map_err(unwritable)?;
    let copying = Backup::new(&source, &mut target).map_err(written)?;
    loop {
        match copying.step(PAGES).map_err(written)? {
            StepResult::Done => break,
            _ if !go_on() => return Ok(false),
            // The target is ours and the source's snapshot is held, so locks are short.
            StepResult::Busy | StepResult::Locked => std::thread::sleep(Duration::from_millis(10)),
            // All at once at the end would hold up the commits of those who write (measured: see docs/operating.md).
            _ => file.sync_data().map_err(unwritable)?,
        }
    }
    drop(copying);
    drop(target);
    mark_copy(to)?;
    file.sync_all().map_err(unwritable)?;
    Ok(true)
}

/// Whether a file is a database that was made by this program and is whole: every page is read. Blocks.
pub fn check_sqlite(path: &Path) -> Result<(), OpenError> {
    let failed = |error| open_error(&error, path);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let found: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if found != "ok" {
        return Err(OpenError::Corrupt { path: path.to_owned(), reason: found });
    }
    let ours = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_migrations'";
    let tables: i64 = connection.query_row(ours, [], |row| row.get(0)).map_err(failed)?;
    if tables == 0 { Err(OpenError::NotADatabase(path.to_owned())) } else { Ok(()) }
}

/// One file without a log beside it, that knows what it is.
fn mark_copy(path: &Path) -> Result<(), OpenError> {
    let failed = |error| open_error(&error, path);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    connection
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0))
        .map_err(failed)?;
    connection.pragma_update(None, "user_version", super::COPY).map_err(failed)
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}
