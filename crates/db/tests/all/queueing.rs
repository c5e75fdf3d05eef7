//! Who runs when: the bound, callers that go away, bulk work.

use std::pin::pin;
use std::sync::mpsc::Sender;
use std::task::{Context, Waker};
use std::time::Duration;

use db::{Db, Error, Options};
use testkit::TestDatabase;
use tokio::sync::oneshot;

use crate::common::{Diary, Gate, gate, ids, insert, open, open_with, options};

testkit::both_databases!(
    a_full_queue_says_so_at_once,
    a_caller_that_goes_away_cancels_nothing,
    bulk_work_waits_for_live_work,
    bulk_work_leaves_room_for_live_work,
);

fn poll_once<F: Future>(future: F) {
    let mut future = pin!(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// A database that does one thing at a time, and is now busy with it.
async fn occupied(database: &TestDatabase, options: Options) -> (Db, Sender<()>) {
    let db = open_with(database, Options { postgres_connections: 1, ..options }).await;
    let (wait, Gate { arrived, release }) = gate();
    tokio::spawn(db.write("occupy", move |_| {
        wait();
        Ok::<_, Error>(())
    }));
    arrived.await.unwrap();
    (db, release)
}

async fn a_full_queue_says_so_at_once(database: TestDatabase) {
    let (db, gate) = occupied(&database, Options { queue: 2, ..options() }).await;
    poll_once(db.write("one", |tx| insert(tx, "1")));
    poll_once(db.write("two", |tx| insert(tx, "2")));
    assert_eq!(db.write("three", |tx| insert(tx, "3")).await, Err(Error::Busy));
    // Bulk work has its own bound: it can't keep live work out, nor the other way round.
    poll_once(db.write_bulk("bulk", |tx| insert(tx, "4")));
    gate.send(()).unwrap();
    db.close().await;
    let db = Db::open(&database.url, options()).unwrap();
    assert_eq!(ids(&db).await, ["1", "2", "4"]);
}

async fn a_caller_that_goes_away_cancels_nothing(database: TestDatabase) {
    let (db, gate) = occupied(&database, options()).await;
    let (committed, commit) = oneshot::channel();
    let committed = std::sync::Arc::new(std::sync::Mutex::new(Some(committed)));
    poll_once(db.write("abandoned", move |tx| {
        let committed = committed.clone();
        tx.after_commit(move || committed.lock().unwrap().take().unwrap().send(()).unwrap());
        insert(tx, "a")
    }));
    gate.send(()).unwrap();
    commit.await.unwrap();
    assert_eq!(ids(&db).await, ["a"]);
}

async fn bulk_work_waits_for_live_work(database: TestDatabase) {
    let (db, gate) = occupied(&database, options()).await;
    let diary = Diary::default();
    let note = |entry| {
        let diary = diary.clone();
        move |_: &mut db::Tx| {
            diary.note(entry);
            Ok::<_, Error>(())
        }
    };
    let bulk = db.write_bulk("bulk", note("bulk"));
    let (one, two) = (db.write("one", note("live")), db.write("two", note("live")));
    let (first, second, third, ()) = tokio::join!(bulk, one, two, async { gate.send(()).unwrap() });
    assert_eq!((first, second, third), (Ok(()), Ok(()), Ok(())));
    assert_eq!(diary.entries(), ["live", "live", "bulk"]);
}

/// With bulk work on every connection, this would never end.
async fn bulk_work_leaves_room_for_live_work(database: TestDatabase) {
    if database.kind == testkit::Kind::Sqlite {
        // There it has the only writer, one closure at a time, and reads go on.
        let db = open(&database).await;
        let (wait, Gate { arrived, release }) = gate();
        let bulk = tokio::spawn(db.write_bulk("bulk", move |tx| {
            wait();
            insert(tx, "bulk")
        }));
        arrived.await.unwrap();
        assert!(ids(&db).await.is_empty());
        release.send(()).unwrap();
        return bulk.await.unwrap().unwrap();
    }
    let db = open_with(&database, Options { postgres_connections: 2, ..options() }).await;
    let (wait, Gate { arrived, release }) = gate();
    let (wait_too, other) = gate();
    let first = tokio::spawn(db.write_bulk("first", move |tx| {
        wait();
        insert(tx, "first")
    }));
    arrived.await.unwrap();
    let second = tokio::spawn(db.write_bulk("second", move |tx| {
        wait_too();
        insert(tx, "second")
    }));
    let live = db.write("live", |tx| insert(tx, "live"));
    tokio::time::timeout(Duration::from_secs(30), live).await.expect("live work gets through").unwrap();
    release.send(()).unwrap();
    first.await.unwrap().unwrap();
    other.arrived.await.unwrap();
    other.release.send(()).unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(ids(&db).await, ["first", "live", "second"]);
}
