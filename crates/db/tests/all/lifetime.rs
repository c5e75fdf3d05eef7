//! Closing, and what is left afterwards.

use db::{Db, Error};
use testkit::TestDatabase;

use crate::common::{Gate, gate, ids, insert, open, options};

testkit::both_databases!(closing_finishes_what_was_accepted, dropping_all_handles_finishes_what_was_accepted);

async fn closing_finishes_what_was_accepted(database: TestDatabase) {
    let db = open(&database).await;
    let (wait, Gate { arrived, release }) = gate();
    let slow = tokio::spawn(db.write("slow", move |tx| {
        wait();
        insert(tx, "slow")
    }));
    arrived.await.unwrap();
    let waiting = db.write("waiting", |tx| insert(tx, "waiting"));
    let bulk = db.write_bulk("bulk", |tx| insert(tx, "bulk"));
    let closing = async {
        tokio::join!(db.close(), db.close(), async {
            let late = db.write("late", |tx| insert(tx, "late")).await;
            assert_eq!(late, Err(Error::Closed));
            release.send(()).unwrap();
        });
    };
    // In this order: the writes are queued before the database is closed.
    let (waiting, bulk, ()) = tokio::join!(waiting, bulk, closing);
    assert_eq!((slow.await.unwrap(), waiting, bulk), (Ok(()), Ok(()), Ok(())));
    let read: Result<(), Error> = db.read("late", |_| Ok(())).await;
    assert_eq!(read, Err(Error::Closed));
    // The file is free again, though there is still a handle.
    let again = Db::open(&database.url, options()).unwrap();
    assert_eq!(ids(&again).await, ["bulk", "slow", "waiting"]);
}

async fn dropping_all_handles_finishes_what_was_accepted(database: TestDatabase) {
    let db = open(&database).await;
    let (wait, Gate { arrived, release }) = gate();
    let slow = tokio::spawn(db.write("slow", move |tx| {
        wait();
        insert(tx, "slow")
    }));
    arrived.await.unwrap();
    drop(db);
    release.send(()).unwrap();
    assert_eq!(slow.await.unwrap(), Ok(()));
}
