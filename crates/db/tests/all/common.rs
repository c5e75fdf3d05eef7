//! What several tests use.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{Db, Error, Options, params};
use testkit::TestDatabase;
use tokio::sync::oneshot;

const TABLES: [&str; 2] = [
    "CREATE TABLE owners (id TEXT NOT NULL PRIMARY KEY)",
    "CREATE TABLE items (
        id       TEXT    NOT NULL PRIMARY KEY,
        owner_id TEXT    REFERENCES owners (id),
        number   BIGINT,
        small    INTEGER,
        flag     BOOLEAN,
        data     BYTEA,
        note     TEXT
    )",
];

/// Few connections, and groups that end only when nothing waits: so it is known which closures are committed together.
pub(crate) fn options() -> Options {
    Options { readers: 2, postgres_connections: 4, group_time: Duration::from_mins(10), ..Options::default() }
}

/// The database, with the tables `owners` and `items`.
pub(crate) async fn open(database: &TestDatabase) -> Db {
    open_with(database, options()).await
}

/// As `open`, with other options.
pub(crate) async fn open_with(database: &TestDatabase, options: Options) -> Db {
    let db = Db::open(&database.url, options).unwrap();
    run(&db, &TABLES).await;
    db
}

/// Runs statements in one transaction.
pub(crate) async fn run(db: &Db, statements: &'static [&'static str]) {
    try_run(db, statements).await.unwrap();
}

/// As `run`, with what came of it.
pub(crate) async fn try_run(db: &Db, statements: &'static [&'static str]) -> Result<(), Error> {
    db.write("run", move |tx| {
        for sql in statements {
            tx.execute(sql, &[])?;
        }
        Ok(())
    })
    .await
}

/// Inserts an item that has nothing but an id.
pub(crate) fn insert(tx: &mut db::Tx, id: &str) -> Result<(), Error> {
    tx.execute("INSERT INTO items (id) VALUES ($1)", params![id]).map(drop)
}

/// The ids of all items, in their order.
pub(crate) async fn ids(db: &Db) -> Vec<String> {
    db.read("ids", |tx| tx.query("SELECT id FROM items ORDER BY id", &[], |row| row.get("id")))
        .await
        .unwrap_or_else(|error: Error| panic!("{error}"))
}

/// Runs `sql`, which gives one number as `n`.
pub(crate) async fn number(db: &Db, sql: &'static str) -> i64 {
    db.read("number", move |tx| tx.query_one(sql, &[], |row| row.get("n")))
        .await
        .unwrap_or_else(|error: Error| panic!("{error}"))
}

/// A place where a closure stops until it is let go.
pub(crate) struct Gate {
    /// Comes when a closure has arrived for the first time.
    pub(crate) arrived: oneshot::Receiver<()>,
    /// Lets it go (as does dropping this).
    pub(crate) release: mpsc::Sender<()>,
}

/// What the closure calls, and what the test holds.
pub(crate) fn gate() -> (impl Fn() + Send + 'static, Gate) {
    let (arrive, arrived) = oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let both = Mutex::new(Some((arrive, released)));
    // Once: a closure may be run again.
    let pass = move || {
        if let Some((arrive, released)) = both.lock().unwrap().take() {
            let _ = arrive.send(());
            let _ = released.recv();
        }
    };
    (pass, Gate { arrived, release })
}

/// A list that closures write and the test reads.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<&'static str>>>);

impl Diary {
    /// Adds an entry.
    pub(crate) fn note(&self, entry: &'static str) {
        self.0.lock().unwrap().push(entry);
    }

    /// All entries so far.
    pub(crate) fn entries(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}
