//! The database as its callers see it.

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::{Error, TxError};
use crate::job::{Call, Mode};
use crate::line::{Line, SAY};
use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::postgres::Postgres;
use crate::queue::{Queue, Urgency};
use crate::schema::Table;
use crate::sqlite::Sqlite;
use crate::tx::{Dialect, Tx};

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many transactions of a kind may wait before callers are told [`Error::Busy`].
    pub queue: usize,
    /// A closure that takes longer than this is logged with its name.
    pub slow: Duration,
    /// `SQLite`: how many reads run at once.
    pub readers: usize,
    /// `SQLite`: take the database for this process alone. Commands that run beside a server say no.
    pub exclusive: bool,
    /// `SQLite`: how long to wait while another process (or a command beside a server) writes.
    pub busy_timeout: Duration,
    /// `SQLite`: how long closures are gathered at most before they are committed together.
    pub group_time: Duration,
    /// `PostgreSQL`: how many connections, for reads and writes together.
    pub postgres_connections: usize,
    /// `PostgreSQL`: how long to try to connect.
    pub connect_timeout: Duration,
    /// `PostgreSQL`: how the server's own lists name us.
    pub application_name: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 10_000,
            slow: Duration::from_millis(50),
            readers: thread::available_parallelism().map_or(4, |cores| cores.get().clamp(2, 8)),
            exclusive: true,
            busy_timeout: Duration::from_secs(2),
            group_time: Duration::from_millis(20),
            postgres_connections: 8,
            connect_timeout: Duration::from_secs(5),
            application_name: "teledesk".to_owned(),
        }
    }
}

/// An open database. Clones are the same database; it stays open until [`Db::close`], or until the last clone is dropped
/// (then its threads still finish what they accepted, but nobody waits for them).
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

/// How much waits. On `PostgreSQL` reads and writes wait in one line, which both numbers are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Transactions that may write.
    pub waiting_writes: usize,
    /// Reads.
    pub waiting_reads: usize,
    /// How many of a kind may wait before callers are told [`Error::Busy`].
    pub bound: usize,
}

struct Inner {
    backend: Backend,
    writes: Arc<Queue>,
    reads: Arc<Queue>,
    slow: Duration,
    /// Each thread holds a receiver: when all are gone, all have ended.
    running: watch::Sender<()>,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(Box<Postgres>),
}

/// What a backend started.
pub(crate) struct Started {
    pub(crate) writes: Arc<Queue>,
    pub(crate) reads: Arc<Queue>,
    pub(crate) running: watch::Sender<()>,
}

impl Db {
    /// Opens `sqlite:PATH` (made if it isn't there; its folder must be) or `postgres://…`, and starts the threads. Blocks.
    #[expect(clippy::needless_pass_by_value, reason = "callers write `Options::default()`")]
    pub fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        let (backend, started) = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let (sqlite, started) = Sqlite::open(path, &options)?;
            (Backend::Sqlite(sqlite), started)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let (postgres, started) = Postgres::open(url, &options)?;
            (Backend::Postgres(Box::new(postgres)), started)
        } else {
            // Not the address itself: it may hold a password.
            return Err(OpenError::Url("it begins with something else".to_owned()));
        };
        let Started { writes, reads, running } = started;
        Ok(Self { inner: Arc::new(Inner { backend, writes, reads, slow: options.slow, running }) })
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.inner.backend {
            Backend::Sqlite(_) => Dialect::Sqlite,
            Backend::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs the migrations that haven't run yet, in their order, each in its own transaction with its record, and gives
    /// their number. Blocks; several processes may do it at once.
    pub fn migrate(&self, migrations: &[Migration]) -> Result<u32, OpenError> {
        crate::migrate::check_list(migrations)?;
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.migrate(migrations),
            Backend::Postgres(postgres) => postgres.migrate(migrations),
        }
    }

    /// Runs `f` in a transaction that may write, and commits it unless it fails. It may be run again (after a collision),
    /// so it must have no effect but through its transaction. It is queued when the future is first polled; dropping the
    /// future after that cancels nothing.
    pub fn write<T, E, F>(
        &self,
        name: &'static str,
        f: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError,
    {
        self.submit(Urgency::Live, name, Mode::Write, f)
    }

    /// As `write`, but before everything that waits, and never told that there is too much: for one short statement now and then,
    /// without which nothing else may go on.
    pub fn write_first<T, E, F>(
        &self,
        name: &'static str,
        f: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError,
    {
        self.submit(Urgency::First, name, Mode::Write, f)
    }

    /// As `write`, but behind live work: for housekeeping, in steps of at most 500 rows.
    pub fn write_bulk<T, E, F>(
        &self,
        name: &'static str,
        f: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError,
    {
        self.submit(Urgency::Bulk, name, Mode::Write, f)
    }

    /// Runs `f` on one snapshot, taken at its first statement; a write in it is [`Error::ReadOnly`].
    pub fn read<T, E, F>(
        &self,
        name: &'static str,
        f: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError,
    {
        self.submit(Urgency::Live, name, Mode::Read, f)
    }

    /// The tables there are, in the order of their names: to compare the two databases.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method isn't general enough over lifetimes"
    )]
    pub async fn schema(&self) -> Result<Vec<Table>, Error> {
        self.read("schema", |tx| tx.schema()).await
    }

    /// The number of the last migration that ran; 0 in an empty database. Changes nothing.
    pub async fn migrated(&self) -> Result<u32, Error> {
        self.read("migrated", |tx| {
            let tables = tx.schema()?;
            if !tables.iter().any(|table| table.name == "schema_migrations") {
                return Ok(0);
            }
            let sql = "SELECT COALESCE(MAX(number), 0) AS number FROM schema_migrations";
            tx.query_one(sql, &[], |row| row.get::<i64>("number"))
                .map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        })
        .await
    }

    /// How much waits to be done.
    pub fn load(&self) -> Load {
        let (waiting_writes, bound) = self.inner.writes.waiting();
        Load { waiting_writes, waiting_reads: self.inner.reads.waiting().0, bound }
    }

    /// Asks the simplest question there is.
    pub async fn ping(&self) -> Result<(), Error> {
        self.read("ping", |tx| tx.query_one("SELECT 1 AS one", &[], |_| Ok(()))).await
    }

    /// Whether a commit waits until its data is on disk (`synchronous=FULL`, `synchronous_commit`), as the connection that
    /// writes says itself.
    pub async fn is_durable(&self) -> Result<bool, Error> {
        self.write("is_durable", |tx| match tx.dialect() {
            Dialect::Sqlite => {
                let level: i64 = tx.query_one("PRAGMA synchronous", &[], |row| row.get("synchronous"))?;
                Ok(level >= 2)
            }
            Dialect::Postgres => {
                let sql = "SELECT current_setting('synchronous_commit') AS level";
                let level: String = tx.query_one(sql, &[], |row| row.get("level"))?;
                Ok(level != "off")
            }
        })
        .await
    }

    /// A line to the other processes that use this database; none on `SQLite`, where there are none to talk to.
    pub fn line(&self, channel: &'static str) -> Result<Option<Line>, OpenError> {
        match &self.inner.backend {
            Backend::Sqlite(_) => Ok(None),
            Backend::Postgres(postgres) => postgres.line(channel).map(Some),
        }
    }

    /// Says something to whoever has a line on `channel`, without one of one's own. Not heard by anyone on `SQLite`.
    pub async fn say(&self, channel: &'static str, text: String) -> Result<(), Error> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let said = move |tx: &mut Tx| tx.execute(SAY, &[channel.into(), text.as_str().into()]).map(drop);
        self.write("say", said).await
    }

    /// Accepts nothing more, finishes what was accepted, stops the threads and lets go of the file or the server.
    pub async fn close(&self) {
        self.inner.stop();
        // Waiting for oneself would take for ever.
        if !on_own_thread() {
            self.inner.running.closed().await;
        }
    }

    fn submit<T, E, F>(
        &self,
        urgency: Urgency,
        name: &'static str,
        mode: Mode,
        f: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        F: Fn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError,
    {
        let inner = &self.inner;
        let queue = if mode == Mode::Read { &inner.reads } else { &inner.writes }.clone();
        let slow = inner.slow;
        // Both where it is called and where it is polled: either, inside a closure, would wait for itself.
        let nested = on_own_thread();
        async move {
            if nested || on_own_thread() {
                return Err(Error::Nested.into());
            }
            let (job, answer) = Call::new(name, mode, slow, f);
            queue.push(Box::new(job), urgency).map_err(E::from)?;
            answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
        }
    }
}

impl Inner {
    fn stop(&self) {
        self.writes.close();
        self.reads.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

thread_local! {
    static OWN_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is a thread of a database, which runs nothing but closures and their hooks.
fn on_own_thread() -> bool {
    OWN_THREAD.get()
}

/// Starts a thread of a database. `running` is dropped when it has ended, whatever ends it.
pub(crate) fn start_thread(
    name: &str,
    running: watch::Receiver<()>,
    body: impl FnOnce() + Send + 'static,
) -> Result<(), OpenError> {
    let run = move || {
        let _running = running;
        OWN_THREAD.set(true);
        body();
    };
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map(drop).map_err(|error| OpenError::Other(format!("a thread couldn't be started: {error}")))
}
