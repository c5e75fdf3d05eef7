//! Migrations: forward only, each once, in order.

use sha2::{Digest, Sha256};

use crate::open_error::OpenError;
use crate::tx::Dialect;

/// A step of the structure of the database. Once released it is never changed.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place: 1, 2, 3 …
    pub number: u32,
    /// What it does, in a word.
    pub name: &'static str,
    /// Its statements, for both databases unless `postgres` has others.
    pub sql: &'static str,
    /// Its statements for `PostgreSQL`, where they must differ.
    pub postgres: Option<&'static str>,
    /// The oldest program that goes on working on the structure that this makes, named by the last migration it has itself. A
    /// step that only adds what older programs needn't know has that of the step before; one that they can't live with, its own number.
    pub compatible_from: u32,
}

/// A migration that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) checksum: String,
    /// As in `Migration`; none when a program that didn't know of it ran the step.
    pub(crate) compatible_from: Option<u32>,
}

/// The table of what has run. No time in it: time is the caller's affair.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, compatible_from BIGINT)";
/// What the tables of the first programs lack.
pub(crate) const COLUMN: &str = "ALTER TABLE schema_migrations ADD COLUMN compatible_from BIGINT";
pub(crate) const LIST: &str =
    "SELECT number, name, checksum, compatible_from FROM schema_migrations ORDER BY number";
pub(crate) const RECORD: &str =
    "INSERT INTO schema_migrations (number, name, checksum, compatible_from) VALUES ($1, $2, $3, $4)";

impl Migration {
    pub(crate) fn text(&self, dialect: Dialect) -> &'static str {
        match (dialect, self.postgres) {
            (Dialect::Postgres, Some(text)) => text,
            _ => self.sql,
        }
    }

    /// Of the text that runs on this database; the ends of lines don't count, because a checkout may change them.
    pub(crate) fn checksum(&self, dialect: Dialect) -> String {
        use std::fmt::Write as _;
        let digest = Sha256::digest(self.text(dialect).replace("\r\n", "\n"));
        digest.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string can't fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    pub(crate) fn failed(&self, reason: &dyn ToString) -> OpenError {
        OpenError::Migration { number: self.number, name: self.name.to_owned(), reason: reason.to_string() }
    }
}

/// Whether the program's own list is in order.
pub(crate) fn check_list(migrations: &[Migration]) -> Result<(), OpenError> {
    for (expected, migration) in (1u32..).zip(migrations) {
        if migration.number != expected {
            let text = format!("{} ({}) stands where {expected} belongs", migration.number, migration.name);
            return Err(OpenError::Migrations(text));
        }
    }
    Ok(())
}

/// What is still to be run, given what has run: nothing when a newer program has run more, which this one can live with.
pub(crate) fn pending<'a>(
    migrations: &'a [Migration],
    applied: &[Applied],
    dialect: Dialect,
) -> Result<&'a [Migration], OpenError> {
    for (index, done) in applied.iter().enumerate() {
        let Some(migration) = migrations.get(index) else {
            return beyond(migrations, applied, index);
        };
        let same = done.number == migration.number
            && done.name == migration.name
            && done.checksum == migration.checksum(dialect);
        if !same {
            return Err(OpenError::Changed { number: done.number, name: done.name.clone() });
        }
    }
    Ok(&migrations[applied.len()..])
}

/// The database has steps that this program doesn't know, from `index` on: all of them must say that it may run.
fn beyond<'a>(
    migrations: &'a [Migration],
    applied: &[Applied],
    index: usize,
) -> Result<&'a [Migration], OpenError> {
    let database = applied.last().map_or(0, |last| last.number);
    let program = migrations.last().map_or(0, |last| last.number);
    if applied[index..].iter().all(|step| step.compatible_from.is_some_and(|oldest| oldest <= program)) {
        tracing::warn!(
            database,
            program,
            "the database was made by a newer version, which says that this one may run on it"
        );
        return Ok(&[]);
    }
    Err(OpenError::Newer { database, program })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(number: u32, sql: &'static str) -> Migration {
        Migration { number, name: "step", sql, postgres: None, compatible_from: number }
    }

    fn applied(migration: &Migration) -> Applied {
        let checksum = migration.checksum(Dialect::Sqlite);
        let compatible_from = Some(migration.compatible_from);
        Applied { number: migration.number, name: migration.name.to_owned(), checksum, compatible_from }
    }

    #[test]
    fn only_what_has_not_run_is_pending() {
        let list = [migration(1, "a"), migration(2, "b")];
        let pending = pending(&list, &[applied(&list[0])], Dialect::Sqlite).unwrap();
        assert_eq!(pending.iter().map(|m| m.number).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_newer_database_and_a_changed_step_are_refused() {
        let list = [migration(1, "a"), migration(2, "b")];
        let done = [applied(&list[0]), applied(&list[1])];
        let newer = pending(&list[..1], &done, Dialect::Sqlite).unwrap_err();
        assert_eq!(newer, OpenError::Newer { database: 2, program: 1 });
        let changed = [migration(1, "a"), migration(2, "b2")];
        let error = pending(&changed, &done, Dialect::Sqlite).unwrap_err();
        assert_eq!(error, OpenError::Changed { number: 2, name: "step".to_owned() });
    }

    #[test]
    fn newer_steps_that_say_so_are_lived_with() {
        let list = [1, 2, 3, 4].map(|number| migration(number, "a"));
        let steps = |oldest: [Option<u32>; 2]| {
            let mut done: Vec<_> = list.iter().map(applied).collect();
            (done[2].compatible_from, done[3].compatible_from) = (oldest[0], oldest[1]);
            pending(&list[..2], &done, Dialect::Sqlite).map(<[_]>::len)
        };
        let newer = Err(OpenError::Newer { database: 4, program: 2 });
        assert_eq!(steps([Some(2), Some(1)]), Ok(0));
        assert_eq!(steps([Some(3), Some(1)]), newer, "every one of them counts");
        assert_eq!(steps([Some(1), Some(3)]), newer);
        assert_eq!(steps([None, Some(1)]), newer, "what isn't said is not so");
        let mut done: Vec<_> = list.iter().map(applied).collect();
        (done[1].checksum, done[2].compatible_from, done[3].compatible_from) =
            (String::new(), Some(1), Some(1));
        let changed = pending(&list[..2], &done, Dialect::Sqlite);
        assert!(
            matches!(changed, Err(OpenError::Changed { number: 2, .. })),
            "what both have must be the same"
        );
    }

    #[test]
    fn line_ends_do_not_change_the_checksum() {
        let (unix, windows) = (migration(1, "a\nb"), migration(1, "a\r\nb"));
        assert_eq!(unix.checksum(Dialect::Sqlite), windows.checksum(Dialect::Sqlite));
    }

    #[test]
    fn a_gap_in_the_list_is_a_fault() {
        assert!(check_list(&[migration(1, "a"), migration(2, "b")]).is_ok());
        assert!(check_list(&[migration(1, "a"), migration(3, "b")]).is_err());
    }
}
