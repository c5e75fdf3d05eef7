//! Connections and their settings.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::errors::open_error;
use crate::open_error::OpenError;

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;

/// The connection that writes. Makes the file if it isn't there, and sees to it that it can be used.
pub(super) fn writer(path: &Path, busy_timeout: Duration) -> Result<Connection, OpenError> {
    let failed = |error| open_error(&error, path);
    let connection = connect(path, busy_timeout).map_err(failed)?;
    if connection.is_readonly("main").map_err(failed)? {
        let reason = "the file may only be read".to_owned();
        return Err(OpenError::Unwritable { path: path.to_owned(), reason });
    }
    let mode: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        let reason =
            format!("{}: this file system can't hold a database (no write-ahead log)", path.display());
        return Err(OpenError::Other(reason));
    }
    // FULL: a commit is on disk before it is answered. The writer commits for many at once, so it costs little.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536").map_err(failed)?;
    // Savepoints keep what they may have to put back in memory: in a file, made and deleted with each group, it cost a third of
    // the writer's time. And pages that change again and again reach the main file less often: every 32 MB of log.
    connection
        .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864")
        .map_err(failed)?;
    // A damaged file shows now and not at the first customer.
    connection
        .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(failed)?;
    Ok(connection)
}

/// A connection that can't write.
pub(super) fn reader(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let connection = connect(path, busy_timeout)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

fn connect(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // As PostgreSQL has it: "x" is a column and never a text, and LIKE tells capitals.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Plans don't hang on the values that are bound: or each new value would have the statement prepared anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON")?;
    Ok(connection)
}
