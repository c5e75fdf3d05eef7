//! What only `PostgreSQL` has: collisions and connections that break.

use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use db::{Db, Error, Options, Tx};
use testkit::{Kind, database};

use crate::common::{ids, insert, number, open, open_with, options, run};

/// How often something happened.
#[derive(Clone, Default)]
struct Count(Arc<AtomicU32>);

impl Count {
    /// Once more; the first time it gives 1.
    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn total(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

const END_OURSELVES: &str = "SELECT pg_terminate_backend(pg_backend_pid())";

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_run_again() {
    let database = database(Kind::Postgres);
    let db = open(&database).await;
    run(&db, &["INSERT INTO items (id, number) VALUES ('a', 0), ('b', 0)"]).await;
    let (runs, both) = (Count::default(), Arc::new(Barrier::new(2)));
    let cross = |first: &'static str, second: &'static str| {
        let (runs, both, mine) = (runs.clone(), both.clone(), Count::default());
        db.write("cross", move |tx| {
            runs.next();
            tx.lock("items", first)?;
            if mine.next() == 1 {
                both.wait();
            }
            tx.lock("items", second)?;
            tx.execute("UPDATE items SET number = number + 1", &[])
        })
    };
    let (one, other) = tokio::join!(cross("a", "b"), cross("b", "a"));
    assert_eq!((one, other), (Ok(2), Ok(2)));
    assert_eq!(runs.total(), 3);
    assert_eq!(number(&db, "SELECT SUM(number) AS n FROM items").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_collisions_are_reported() {
    let database = database(Kind::Postgres);
    let db = open(&database).await;
    let runs = Count::default();
    let count = runs.clone();
    let result = db
        .write("unlucky", move |tx| {
            count.next();
            insert(tx, "a")?;
            tx.execute("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$", &[])
        })
        .await;
    assert_eq!(result, Err(Error::Contention));
    assert!(Error::Contention.is_trouble());
    assert_eq!(runs.total(), 10);
    assert!(ids(&db).await.is_empty());
}

/// A database with one connection.
async fn alone(database: &testkit::TestDatabase) -> Db {
    open_with(database, Options { postgres_connections: 1, ..options() }).await
}

fn end_ourselves(tx: &mut Tx) -> Result<(), Error> {
    tx.query(END_OURSELVES, &[], |_| Ok(())).map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_before_the_commit_is_replaced_and_the_closure_run_again() {
    let database = database(Kind::Postgres);
    let db = alone(&database).await;
    let runs = Count::default();
    let count = runs.clone();
    db.write("broken once", move |tx| {
        insert(tx, "a")?;
        if count.next() == 1 { end_ourselves(tx) } else { Ok(()) }
    })
    .await
    .unwrap();
    assert_eq!(runs.total(), 2);
    assert_eq!(ids(&db).await, ["a"]);

    let always = db.write("always broken", end_ourselves).await;
    assert!(matches!(always, Err(Error::Connection(_))), "{always:?}");
    assert_eq!(ids(&db).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_whose_commit_went_unanswered_is_not_run_again() {
    let database = database(Kind::Postgres);
    let db = alone(&database).await;
    run(
        &db,
        &[
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
            "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION cut()",
        ],
    )
    .await;
    let runs = Count::default();
    let count = runs.clone();
    let result = db
        .write("cut", move |tx| {
            count.next();
            tx.after_commit(|| panic!("it wasn't committed for all we know"));
            insert(tx, "a")
        })
        .await;
    assert!(
        matches!(&result, Err(Error::Connection(words)) if words.contains("may or may not")),
        "{result:?}"
    );
    assert_eq!(runs.total(), 1);
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM items").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_prepared_before_a_change_of_its_table_still_works() {
    let database = database(Kind::Postgres);
    let db = alone(&database).await;
    let all = || db.read("all", |tx| tx.query("SELECT * FROM items", &[], |row| row.get::<String>("id")));
    all().await.unwrap();
    run(&db, &["ALTER TABLE items ADD COLUMN more TEXT", "INSERT INTO items (id, more) VALUES ('a', 'b')"])
        .await;
    assert_eq!(all().await, Ok(vec!["a".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_that_is_checked_at_the_commit_fails_only_its_own_closure() {
    let database = database(Kind::Postgres);
    let db = open(&database).await;
    run(
        &db,
        &["CREATE TABLE late (id BIGINT, CONSTRAINT late_once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)"],
    )
    .await;
    let twice = db.write("twice", |tx| tx.execute("INSERT INTO late VALUES (1), (1)", &[])).await;
    assert!(twice.unwrap_err().is_unique("late_once"));
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM late").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_knows_us_by_name() {
    let database = database(Kind::Postgres);
    let db = open(&database).await;
    let name = db.read("name", |tx| {
        tx.query_one("SELECT current_setting('application_name') AS name", &[], |row| {
            row.get::<String>("name")
        })
    });
    assert_eq!(name.await.unwrap(), "teledesk");
}
