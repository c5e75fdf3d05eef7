//! One transaction over two databases: `SQLite`, embedded, and `PostgreSQL`, for many nodes.
//!
//! A transaction is a plain synchronous closure: `db.write("name", |tx| …).await`. Nothing in it can wait for the
//! network, because there is no `.await` in it. SQL is written once, with `$1`, in what both databases understand;
//! errors, types and row access are the same on both. See `Tx` for what a closure can do.
//!
//! - **`SQLite`:** one thread writes. It takes the closures that wait, runs each in a savepoint, commits once for
//!   all, then answers. Reads have their own connections, one snapshot each.
//! - **`PostgreSQL`:** a bounded set of threads, each with its connection. Collisions are run again.
//!
//! Unique indexes are to be named and no two of a table may have the same columns (`SQLite` reports the columns, from
//! which the name is found; a migration that breaks this is refused). Deferred constraints are to be avoided: on
//! `SQLite` one that fails at the commit fails all closures that were committed together.

mod db;
mod error;
mod job;
mod line;
mod migrate;
mod open_error;
mod origin;
mod placeholders;
mod postgres;
mod queue;
mod row;
mod schema;
mod sqlite;
mod tx;
mod value;

pub use db::{Db, Load, Options};
pub use error::{Error, TxError};
pub use line::{Heard, LONGEST, Line};
pub use migrate::Migration;
pub use open_error::OpenError;
pub use postgres::environment;
pub use row::Row;
pub use schema::{Column, ColumnKind, Index, Table};
pub use sqlite::{check_sqlite, copy_sqlite, lock_sqlite};
pub use tx::{Dialect, Tx};
pub use value::{FromValue, Value, ValueRef};
