//! What can go wrong inside a transaction, in the same words on both databases.

/// Why a statement or a transaction failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Two rows would be equal where a unique index forbids it.
    #[error("the unique index {constraint} already holds these values")]
    Unique {
        /// The name of the index. `{table}_pkey` for a primary key, as `PostgreSQL` has it.
        constraint: String,
    },
    /// A row would point at one that isn't there, or leave such a row behind. `SQLite` doesn't say which.
    #[error("a foreign key was violated: {detail}")]
    ForeignKey {
        /// What the database says about it.
        detail: String,
    },
    /// A column that must have a value would have none.
    #[error("the column {column} may not be empty")]
    NotNull {
        /// The name of the column.
        column: String,
    },
    /// A `CHECK` refused the row.
    #[error("the check {constraint} was violated")]
    Check {
        /// The name of the constraint.
        constraint: String,
    },
    /// `query_one` found nothing.
    #[error("the row was not found")]
    NoRow,
    /// `query_one` or `query_opt` found several rows.
    #[error("one row was expected and several came")]
    SeveralRows,
    /// The queue is full: the database is asked for more than it can do. Nothing was run.
    #[error("the database is busy; try again")]
    Busy,
    /// The disk of the database is full.
    #[error("the storage of the database is full")]
    StorageFull,
    /// Somebody else holds the database, a table or a row for too long.
    #[error("the database is locked by somebody else")]
    Locked,
    /// The file or the table is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The disk failed.
    #[error("the storage of the database failed: {0}")]
    Io(String),
    /// A transaction was started inside a transaction (or inside its `after_commit`): it would wait for itself.
    #[error("a transaction was started inside a transaction")]
    Nested,
    /// The closure panicked and was rolled back.
    #[error("the transaction {0} panicked and was rolled back")]
    Panicked(&'static str),
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// The connection is broken or can't be made. If it broke during the commit, nobody knows whether it happened.
    #[error("the connection to the database failed: {0}")]
    Connection(String),
    /// Deadlock or serialization failure, still after all repetitions.
    #[error("the transaction collided with others too often")]
    Contention,
    /// A write in a read.
    #[error("a read may not write")]
    ReadOnly,
    /// An earlier statement of this transaction (or savepoint) failed and its error was ignored.
    #[error("an earlier statement of the transaction failed; run what may fail in a savepoint")]
    Aborted,
    /// A text parameter holds a NUL character, which `PostgreSQL` can't store.
    #[error("the text of parameter ${0} holds a NUL character")]
    NulCharacter(usize),
    /// A column is missing or holds something else than was asked for.
    #[error("column {0}")]
    Column(String),
    /// Anything else: usually a statement the database doesn't understand.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// Whether this is the violation of the unique index (or primary key) `constraint`.
    pub fn is_unique(&self, name: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint == name)
    }

    /// Whether the environment is to blame (disk, lock, connection, load) and not the closure: the same closure may
    /// succeed later. Such an error ends the whole transaction; a savepoint doesn't contain it.
    pub fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::StorageFull
                | Self::Locked
                | Self::Corrupt(_)
                | Self::Io(_)
                | Self::Closed
                | Self::Connection(_)
                | Self::Contention
        )
    }
}

/// The error type of a closure: any that a database error can become, and that can tell whether it is one.
pub trait TxError: From<Error> + Send + 'static {
    /// The database error that this is, if it is one.
    fn db(&self) -> Option<&Error>;
}

impl TxError for Error {
    fn db(&self) -> Option<&Error> {
        Some(self)
    }
}
