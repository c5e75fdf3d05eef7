//! `SQLite`: one thread that writes, several that read.

mod connect;
mod constraints;
mod copy;
mod errors;
mod migrate;
mod reader;
mod session;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use crate::db::{Options, Started, start_thread};
use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::queue::{Queue, Rules};

pub use copy::{check_sqlite, copy_sqlite};
pub(crate) use session::cell;

/// `PRAGMA user_version` of a file that is a copy, until its server has taken note; 0 otherwise.
pub(crate) const COPY: i64 = 1;

/// An open database file.
pub(crate) struct Sqlite {
    path: PathBuf,
    busy_timeout: Duration,
}

impl Sqlite {
    pub(crate) fn open(path: &str, options: &Options) -> Result<(Self, Started), OpenError> {
        let path = PathBuf::from(path);
        let lock = if options.exclusive { Some(lock_sqlite(&path)?) } else { None };
        let opened = |error| errors::open_error(&error, &path);
        let connection = connect::writer(&path, options.busy_timeout)?;
        let mut readers = Vec::new();
        for _ in 0..options.readers.max(1) {
            readers.push(connect::reader(&path, options.busy_timeout).map_err(opened)?);
        }

        let rules = Rules { bound: options.queue, bulk_at_once: 1, patience: 8 };
        let (writes, reads) = (Queue::new(rules), Queue::new(rules));
        let (running, receiver) = watch::channel(());
        let group_time = options.group_time;
        let (queue, worker) = (writes.clone(), writes.worker());
        start_thread("db-write", receiver.clone(), move || {
            // In this order: the file is let go of when its connection is closed, and the lock last.
            let (_lock, _worker) = (lock, worker);
            writer::run(&connection, &queue, group_time);
            drop(connection);
        })?;
        let workers: Vec<_> = readers.iter().map(|_| reads.worker()).collect();
        for (reader, worker) in readers.into_iter().zip(workers) {
            let queue = reads.clone();
            start_thread("db-read", receiver.clone(), move || {
                let _worker = worker;
                reader::run(&reader, &queue);
            })?;
        }
        Ok((Self { path, busy_timeout: options.busy_timeout }, Started { writes, reads, running }))
    }

    pub(crate) fn migrate(&self, migrations: &[Migration]) -> Result<u32, OpenError> {
        migrate::run(&self.path, self.busy_timeout, migrations)
    }
}

/// Takes the database for this process alone, by a lock on a file beside it. The system lets go of it when the process
/// ends, however it ends; the file itself stays.
pub fn lock_sqlite(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let unwritable =
        |error: std::io::Error| OpenError::Unwritable { path: path.to_owned(), reason: error.to_string() };
    let file = File::options().create(true).truncate(false).write(true).open(&name).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(unwritable(error)),
    }
}
