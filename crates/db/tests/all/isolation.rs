//! What a transaction sees of others, and what it may not do.

use db::{Error, params};
use testkit::TestDatabase;

use crate::common::{Gate, gate, ids, insert, open};

testkit::both_databases!(
    a_read_is_one_snapshot,
    a_read_may_not_write,
    a_transaction_in_a_transaction_is_an_error
);

async fn a_read_is_one_snapshot(database: TestDatabase) {
    let db = open(&database).await;
    db.write("first", |tx| insert(tx, "a")).await.unwrap();
    let (wait, Gate { arrived, release }) = gate();
    let count = "SELECT COUNT(*) AS n FROM items";
    let reading = tokio::spawn(db.read("snapshot", move |tx| {
        let before: i64 = tx.query_one(count, &[], |row| row.get("n"))?;
        wait();
        let after: i64 = tx.query_one(count, &[], |row| row.get("n"))?;
        Ok::<_, Error>((before, after))
    }));
    arrived.await.unwrap();
    db.write("second", |tx| insert(tx, "b")).await.unwrap();
    release.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), Ok((1, 1)));
    assert_eq!(ids(&db).await, ["a", "b"]);
}

async fn a_read_may_not_write(database: TestDatabase) {
    let db = open(&database).await;
    let result = db.read("write in a read", |tx| insert(tx, "a")).await;
    assert_eq!(result, Err(Error::ReadOnly));
    assert!(!Error::ReadOnly.is_trouble());
    db.write("write", |tx| insert(tx, "b")).await.unwrap();
    assert_eq!(ids(&db).await, ["b"]);
}

async fn a_transaction_in_a_transaction_is_an_error(database: TestDatabase) {
    let db = open(&database).await;
    let (inner, runtime) = (db.clone(), tokio::runtime::Handle::current());
    let in_hook = std::sync::Arc::new(std::sync::Mutex::new(None));
    let found = in_hook.clone();
    db.write("outer", move |tx| {
        let write = runtime.block_on(inner.write("inner", |tx| insert(tx, "inner")));
        assert_eq!(write, Err(Error::Nested));
        let read: Result<(), Error> = runtime.block_on(inner.read("inner", |_| Ok(())));
        assert_eq!(read, Err(Error::Nested));
        let (inner, runtime, found) = (inner.clone(), runtime.clone(), found.clone());
        tx.after_commit(move || {
            let write = runtime.block_on(inner.write("inner", |tx| insert(tx, "inner")));
            *found.lock().unwrap() = Some(write);
        });
        tx.execute("INSERT INTO items (id) VALUES ($1)", params!["outer"])
    })
    .await
    .unwrap();
    assert_eq!(*in_hook.lock().unwrap(), Some(Err(Error::Nested)));
    assert_eq!(ids(&db).await, ["outer"]);
}
