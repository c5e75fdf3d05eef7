//! What `PostgreSQL` says, in our words.

use std::error::Error as StdError;

use postgres::Error as Raw;
use postgres::error::DbError;

use crate::error::Error;

/// The error of a statement.
pub(super) fn error(raw: &Raw) -> Error {
    let Some(db) = raw.as_db_error() else {
        return if raw.is_closed() || is_io(raw) {
            Error::Connection(words(raw))
        } else {
            Error::Other(words(raw))
        };
    };
    let message = db.message().to_owned();
    let constraint = || db.constraint().unwrap_or_default().to_owned();
    match db.code().code() {
        "23505" => Error::Unique { constraint: constraint() },
        "23503" => Error::ForeignKey { detail: message },
        "23502" => Error::NotNull { column: db.column().unwrap_or_default().to_owned() },
        "23514" => Error::Check { constraint: constraint() },
        "25006" => Error::ReadOnly,
        // The last is a prepared statement that the server has lost.
        "40001" | "40P01" | "26000" => Error::Contention,
        // A table was changed under a prepared statement: prepared again, it works.
        "0A000" if is_stale(db) => Error::Contention,
        "55P03" => Error::Locked,
        "53100" => Error::StorageFull,
        // Out of memory or of other means; an input or output error.
        "53200" | "53400" | "58000" | "58030" => Error::Io(message),
        "XX001" | "XX002" => Error::Corrupt(message),
        // Shut down, starting, too many connections, statement cancelled by the operator.
        "53300" | "57014" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" => {
            Error::Connection(message)
        }
        code if code.starts_with("08") => Error::Connection(message),
        _ => Error::Other(message),
    }
}

fn is_stale(db: &DbError) -> bool {
    // The message is translated on some servers; the routine that complains is not.
    db.routine() == Some("RevalidateCachedQuery") || db.message().contains("cached plan")
}

fn is_io(raw: &Raw) -> bool {
    raw.source().is_some_and(<dyn StdError>::is::<std::io::Error>)
}

/// One line for people: the server's own words, or the deepest cause.
pub(super) fn words(raw: &Raw) -> String {
    if let Some(db) = raw.as_db_error() {
        return db.message().to_owned();
    }
    raw.source().map_or_else(|| raw.to_string(), ToString::to_string)
}
