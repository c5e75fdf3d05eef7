//! Why a database can't be used, in words that tell the operator what to do.

use std::path::PathBuf;

/// Why a database couldn't be opened or migrated. Nothing was damaged by trying.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The address is neither `sqlite:PATH` nor `postgres://…`.
    #[error(
        "the database address isn't understood ({0}). It must look like sqlite:PATH or postgres://user:password@host/name"
    )]
    Url(String),
    /// Another process has the file open as its own.
    #[error("the database {} is in use by another process. Stop that process first, or choose another database", .0.display())]
    InUse(PathBuf),
    /// The folder or the file isn't there or can't be written.
    #[error("the database {} can't be opened for writing: {reason}. Check that its folder exists and that this user may write to the folder and the file", .path.display())]
    Unwritable {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is something else.
    #[error("{} isn't a database of this kind. Choose another path; the file was left as it is", .0.display())]
    NotADatabase(PathBuf),
    /// The file is damaged.
    #[error("the database {} is damaged ({reason}). Restore it from a backup; the file was left as it is", .path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// Another program holds a lock on the file.
    #[error("the database {} is locked by another program. Close that program and try again", .0.display())]
    Locked(PathBuf),
    /// No room.
    #[error("the storage of the database is full. Make room and try again")]
    StorageFull,
    /// `PostgreSQL` can't be reached, or refuses us.
    #[error("no connection to PostgreSQL: {0}")]
    Connection(String),
    /// The binary is older than the database.
    #[error(
        "the database was made by a newer version of this program (its structure has number {database}, this program knows up to {program}). Install the newer version again"
    )]
    Newer {
        /// The highest migration in the database.
        database: u32,
        /// The highest migration this program knows.
        program: u32,
    },
    /// A migration that ran isn't the one the binary has.
    #[error(
        "migration {number} ({name}) has already run in another form. This program and the database don't belong together"
    )]
    Changed {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
    },
    /// The list of migrations isn't usable: a fault of the program.
    #[error("the list of migrations is wrong: {0}")]
    Migrations(String),
    /// A migration failed and was rolled back.
    #[error("migration {number} ({name}) failed and was undone: {reason}")]
    Migration {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
        /// What the database says.
        reason: String,
    },
    /// Anything else.
    #[error("the database can't be used: {0}")]
    Other(String),
}
