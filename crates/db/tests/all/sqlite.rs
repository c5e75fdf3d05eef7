//! What only `SQLite` has: closures that are committed together, one file, one disk.

use std::sync::mpsc::Sender;
use std::time::Duration;

use db::{Db, Error, Options, Tx, params};
use rusqlite::Connection;
use testkit::{Kind, TestDatabase, database};

use crate::common::{Diary, Gate, gate, ids, insert, number, open, open_with, options, run};

/// A database whose writer is at work, so that what is queued now will be committed together.
async fn at_work(database: &TestDatabase) -> (Db, Sender<()>) {
    let db = open(database).await;
    let (wait, Gate { arrived, release }) = gate();
    tokio::spawn(db.write("at work", move |_| {
        wait();
        Ok::<_, Error>(())
    }));
    arrived.await.unwrap();
    (db, release)
}

fn hook(diary: &Diary, entry: &'static str) -> impl Fn(&mut Tx) + Send + use<> {
    let diary = diary.clone();
    move |tx| {
        let diary = diary.clone();
        tx.after_commit(move || diary.note(entry));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_closure_leaves_the_others_of_its_group_alone() {
    let database = database(Kind::Sqlite);
    let (db, gate) = at_work(&database).await;
    let diary = Diary::default();
    let (note_a, note_b, note_c) = (hook(&diary, "a"), hook(&diary, "b"), hook(&diary, "c"));
    let a = db.write("a", move |tx| {
        note_a(tx);
        insert(tx, "a")
    });
    let b = db.write("b", move |tx| {
        note_b(tx);
        insert(tx, "b")?;
        insert(tx, "a")
    });
    let panic = db.write("panic", |tx| {
        insert(tx, "p")?;
        panic!("on purpose")
    });
    let c = db.write("c", move |tx| {
        note_c(tx);
        insert(tx, "c")
    });
    let (a, b, panic, c, ()) = tokio::join!(a, b, panic, c, async { gate.send(()).unwrap() });
    assert_eq!((a, c), (Ok(()), Ok(())));
    assert!(b.unwrap_err().is_unique("items_pkey"));
    assert_eq!(panic, Err::<(), _>(Error::Panicked("panic")));
    assert_eq!(diary.entries(), ["a", "c"]);
    assert_eq!(ids(&db).await, ["a", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_fails_the_whole_group_and_runs_no_hook() {
    let database = database(Kind::Sqlite);
    let (db, gate) = at_work(&database).await;
    let diary = Diary::default();
    let note = hook(&diary, "a");
    let a = db.write("a", move |tx| {
        note(tx);
        insert(tx, "a")
    });
    // Nothing is wrong with it until the commit.
    let orphan = db.write("orphan", |tx| {
        tx.execute("PRAGMA defer_foreign_keys = ON", &[])?;
        tx.execute("INSERT INTO items (id, owner_id) VALUES ('orphan', 'nobody')", &[])
    });
    // It judges by a row that won't be there.
    let judge = db.write("judge", |tx| insert(tx, "a"));
    let (a, orphan, judge, ()) = tokio::join!(a, orphan, judge, async { gate.send(()).unwrap() });
    for error in [a.unwrap_err(), orphan.unwrap_err(), judge.unwrap_err()] {
        assert!(matches!(error, Error::ForeignKey { .. }), "{error:?}");
    }
    assert!(diary.entries().is_empty());
    assert!(ids(&db).await.is_empty());
    db.write("next", |tx| insert(tx, "next")).await.unwrap();
    assert_eq!(ids(&db).await, ["next"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_reported_and_passes() {
    let database = database(Kind::Sqlite);
    let db = open(&database).await;
    let limit = |pages: i64| {
        db.write("limit", move |tx| {
            tx.query_one(&format!("PRAGMA max_page_count = {pages}"), &[], |row| {
                row.get::<i64>("max_page_count")
            })
        })
    };
    let fill = |tx: &mut Tx| -> Result<(), Error> {
        insert(tx, "small")?;
        // As one would store input that can't be processed: it must not count as such.
        let large = tx.savepoint(|tx| {
            let sql = "INSERT INTO items (id, data) VALUES ('large', $1)";
            tx.execute(sql, params![vec![0u8; 200_000]])
        });
        assert_eq!(large, Err(Error::StorageFull));
        Ok(())
    };
    limit(1).await.unwrap();
    assert_eq!(db.write("fill", fill).await, Err(Error::StorageFull));
    assert!(ids(&db).await.is_empty());
    limit(1_000_000).await.unwrap();
    db.write("room again", |tx| insert(tx, "a")).await.unwrap();
    assert_eq!(ids(&db).await, ["a"]);
    assert_eq!(
        number(&db, "SELECT COUNT(*) AS n FROM pragma_integrity_check WHERE integrity_check = 'ok'").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_of_another_process_is_reported_and_passes() {
    let database = database(Kind::Sqlite);
    let options = Options { busy_timeout: Duration::from_millis(10), ..options() };
    let db = open_with(&database, options).await;
    let other = Connection::open(database.path().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(db.write("locked out", |tx| insert(tx, "a")).await, Err(Error::Locked));
    assert!(ids(&db).await.is_empty(), "reads go on");
    other.execute_batch("COMMIT").unwrap();
    db.write("free", |tx| insert(tx, "b")).await.unwrap();
    assert_eq!(ids(&db).await, ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_written_ahead() {
    let database = database(Kind::Sqlite);
    let db = open(&database).await;
    run(&db, &["INSERT INTO items (id) VALUES ('a')"]).await;
    let mode = db
        .read("mode", |tx| tx.query_one("PRAGMA journal_mode", &[], |row| row.get::<String>("journal_mode")));
    assert_eq!(mode.await.unwrap(), "wal");
    let keys = db
        .write("keys", |tx| tx.query_one("PRAGMA foreign_keys", &[], |row| row.get::<bool>("foreign_keys")));
    assert!(keys.await.unwrap());
}
