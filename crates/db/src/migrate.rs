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
}

/// A migration that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) checksum: String,
}

/// The table of what has run. No time in it: time is the caller's affair.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";
pub(crate) const LIST: &str = "SELECT number, name, checksum FROM schema_migrations ORDER BY number";

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

/// What is still to be run, given what has run.
pub(crate) fn pending<'a>(
    migrations: &'a [Migration],
    applied: &[Applied],
    dialect: Dialect,
) -> Result<&'a [Migration], OpenError> {
    for (index, done) in applied.iter().enumerate() {
        let Some(migration) = migrations.get(index) else {
            let database = applied.last().map_or(0, |last| last.number);
            let program = migrations.last().map_or(0, |last| last.number);
            return Err(OpenError::Newer { database, program });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(number: u32, sql: &'static str) -> Migration {
        Migration { number, name: "step", sql, postgres: None }
    }

    fn applied(migration: &Migration) -> Applied {
        let checksum = migration.checksum(Dialect::Sqlite);
        Applied { number: migration.number, name: migration.name.to_owned(), checksum }
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
