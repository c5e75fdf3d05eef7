//! `teledesk backup` and `teledesk restore`.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use db::OpenError;
use desk::{Clock as _, SystemClock};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use crate::cli::{Backup, Data, Restore};
use crate::failure::Failure;
use crate::{installation, say, stop};

/// What stands beside a database file and belongs to it.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// `teledesk backup`: a consistent copy, made while the server runs.
pub(crate) async fn backup(options: Backup) -> Result<(), Failure> {
    let file = options.file;
    if fs::symlink_metadata(&file).is_ok() {
        return Err(Failure::new(format!("{} is there already; nothing is overwritten", file.display())));
    }
    let folder = folder_of(&file);
    let stop = stop::on_signal()?;
    // Mode 600, and removed again unless it gets its name: a backup that was cut short is none.
    let unfinished = NamedTempFile::with_prefix_in(".teledesk-backup-", &folder)
        .map_err(|error| Failure::path("the backup can't be written in", &folder, &error))?;
    let whole = match &options.data.database {
        Some(url) => dump(url, unfinished.path(), &stop).await?,
        None => copy(&options.data, unfinished.path(), stop).await?,
    };
    if !whole {
        return Err(Failure::new("stopped before the backup was complete; nothing was left behind"));
    }
    let size = give_name(unfinished, &file)
        .map_err(|error| Failure::path("the backup can't be given its name", &file, &error))?;
    say(format_args!("Wrote {} ({size} bytes). Keep the secret key file with it.", file.display()));
    Ok(())
}

async fn copy(data: &Data, to: &Path, stop: CancellationToken) -> Result<bool, Failure> {
    installation::must_exist(data)?;
    let (source, target) = (installation::database_file(data), to.to_owned());
    let copying = move || db::copy_sqlite(&source, &target, &|| !stop.is_cancelled());
    let copied = tokio::task::spawn_blocking(copying).await;
    copied.map_err(|error| Failure::new(error.to_string()))?.map_err(|error| match error {
        OpenError::StorageFull => Failure::new(format!(
            "there is no room for the backup in {}. Make room or name another folder; nothing was left behind",
            folder_of(to).display()
        )),
        other => other.into(),
    })
}

/// Everything of the password goes through the environment: arguments are shown to every user of the machine.
async fn dump(url: &str, to: &Path, stop: &CancellationToken) -> Result<bool, Failure> {
    let mut command = tokio::process::Command::new("pg_dump");
    command.args(["--format=custom", "--no-password", "--file"]).arg(to);
    command.envs(db::environment(url)?).stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let dumping = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::new(
            "pg_dump isn't there. Install PostgreSQL's client programs (Debian: postgresql-client), of the server's version or newer",
        ),
        _ => Failure::new(format!("pg_dump can't be started: {error}")),
    })?;
    let Some(ended) = stop.run_until_cancelled(dumping.wait_with_output()).await else {
        return Ok(false);
    };
    let ended = ended.map_err(|error| Failure::new(format!("pg_dump: {error}")))?;
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.stderr);
        return Err(Failure::new(format!("no backup was made: {}", words.trim())));
    }
    Ok(true)
}

/// The file is on the disk before it has its name, and its name before this returns. Its size in bytes.
fn give_name(unfinished: NamedTempFile, name: &Path) -> io::Result<u64> {
    // By its path: who wrote it may have made it anew.
    let file = File::open(unfinished.path())?;
    file.sync_all()?;
    let size = file.metadata()?.len();
    unfinished.persist_noclobber(name).map_err(|error| error.error)?;
    File::open(folder_of(name))?.sync_all()?;
    Ok(size)
}

/// `teledesk restore`: puts a backup into the place of the embedded database.
pub(crate) fn restore(options: &Restore) -> Result<(), Failure> {
    if options.data.database.is_some() {
        return Err(Failure::new(
            "a PostgreSQL database is restored with pg_restore --no-owner --dbname=… FILE, into an empty database",
        ));
    }
    let from = &options.file;
    if !from.is_file() {
        return Err(Failure::new(format!("there is no file {}", from.display())));
    }
    db::check_sqlite(from)?;
    installation::make_folder(&options.data.folder)?;
    let database = installation::database_file(&options.data);
    // No server may have it open, or start before this is done.
    let _lock = db::lock_sqlite(&database)?;
    let folder = folder_of(&database);
    let fault = |error: io::Error| Failure::path("the database can't be put into", &folder, &error);
    let new = NamedTempFile::with_prefix_in(".teledesk-restore-", &folder).map_err(fault)?;
    // Marked as a copy also when it was made by other means.
    db::copy_sqlite(from, new.path(), &|| true)?;
    let before = put_aside(&database).map_err(fault)?;
    give_name(new, &database).map_err(fault)?;
    say(format_args!("Restored {} from {}.", database.display(), from.display()));
    if let Some(before) = before {
        say(format_args!("What was there is now {}; remove it when all is well.", before.display()));
    }
    say(
        "At the next start everybody signs in again, and replies that waited when the backup was made are shown as \"may have arrived\".",
    );
    Ok(())
}

/// Gives a database and what belongs to it another name, and says which.
fn put_aside(database: &Path) -> io::Result<Option<PathBuf>> {
    let named = |part: &str, before: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(before);
        name.push(part);
        PathBuf::from(name)
    };
    let before = format!(".before-{}", SystemClock.now().0);
    let mut any = None;
    for part in PARTS {
        let (old, new) = (named(part, ""), named(part, &before));
        match fs::rename(&old, &new) {
            Ok(()) => any = any.or(Some(new)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(any)
}

fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}
