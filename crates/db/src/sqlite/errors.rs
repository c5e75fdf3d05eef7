//! What `SQLite` says, in our words.

use std::path::Path;

use rusqlite::{Connection, Error as Raw, ErrorCode, ffi};

use super::constraints;
use crate::error::Error;
use crate::job::Mode;
use crate::open_error::OpenError;

/// The error of a statement on `connection`.
pub(super) fn error(raw: Raw, connection: &Connection, mode: Mode) -> Error {
    let (code, message) = match raw {
        Raw::SqliteFailure(code, message) => (code, message.unwrap_or_else(|| code.to_string())),
        Raw::SqlInputError { error, msg, .. } => (error, msg),
        other => return Error::Other(other.to_string()),
    };
    match code.code {
        ErrorCode::ConstraintViolation => constraint(code.extended_code, message, connection),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            Error::Locked
        }
        _ if is_full(code) => Error::StorageFull,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::Corrupt(message),
        ErrorCode::ReadOnly if mode == Mode::Read => Error::ReadOnly,
        ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::ReadOnly => Error::Io(message),
        _ => Error::Other(message),
    }
}

/// Whether there is no room left: also what is said when the index of the write-ahead log can't grow.
fn is_full(code: ffi::Error) -> bool {
    code.code == ErrorCode::DiskFull || code.extended_code == ffi::SQLITE_IOERR_SHMSIZE
}

fn constraint(code: i32, message: String, connection: &Connection) -> Error {
    let detail = message.split_once(": ").map_or(message.as_str(), |(_, detail)| detail);
    match code {
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            Error::Unique { constraint: constraints::primary_key(detail) }
        }
        ffi::SQLITE_CONSTRAINT_UNIQUE => {
            Error::Unique { constraint: constraints::unique(detail, connection) }
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let column = detail.rsplit_once('.').map_or(detail, |(_, column)| column);
            Error::NotNull { column: column.to_owned() }
        }
        ffi::SQLITE_CONSTRAINT_CHECK => Error::Check { constraint: detail.to_owned() },
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::ForeignKey { detail: message },
        _ => Error::Other(message),
    }
}

/// The error of opening the file `path`.
pub(super) fn open_error(raw: &Raw, path: &Path) -> OpenError {
    let path = path.to_owned();
    let reason = match raw {
        Raw::SqliteFailure(code, message) => message.clone().unwrap_or_else(|| code.to_string()),
        other => other.to_string(),
    };
    if raw.sqlite_error().is_some_and(|&code| is_full(code)) {
        return OpenError::StorageFull;
    }
    match raw.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt { path, reason },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked(path),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            OpenError::Unwritable { path, reason }
        }
        _ => OpenError::Other(format!("{}: {reason}", path.display())),
    }
}
