//! Commit, rollback, savepoints, what runs after a commit, panics.

use db::{Error, Tx, params};
use testkit::TestDatabase;

use crate::common::{Diary, ids, insert, number, open};

testkit::both_databases!(
    a_success_stays_and_a_failure_leaves_nothing,
    a_savepoint_undoes_its_own_and_nothing_else,
    savepoints_nest,
    an_ignored_failure_is_a_failure,
    trouble_is_not_contained_by_a_savepoint,
    hooks_run_in_order_after_the_commit_and_before_the_answer,
    hooks_of_what_was_undone_are_dropped,
    a_panic_is_rolled_back_and_reported,
    a_panicking_hook_harms_nobody,
    a_lock_says_whether_the_row_exists,
    locked_rows_lose_no_update,
);

async fn a_success_stays_and_a_failure_leaves_nothing(database: TestDatabase) {
    let db = open(&database).await;
    db.write("good", |tx| insert(tx, "good")).await.unwrap();
    let bad: Result<(), Error> = db
        .write("bad", |tx| {
            insert(tx, "bad")?;
            Err(Error::Other("refused".to_owned()))
        })
        .await;
    assert_eq!(bad, Err(Error::Other("refused".to_owned())));
    assert_eq!(ids(&db).await, ["good"]);
}

async fn a_savepoint_undoes_its_own_and_nothing_else(database: TestDatabase) {
    let db = open(&database).await;
    db.write("savepoint", |tx| {
        insert(tx, "before")?;
        let twice: Result<(), Error> = tx.savepoint(|tx| {
            insert(tx, "inside")?;
            insert(tx, "before")
        });
        assert!(twice.unwrap_err().is_unique("items_pkey"));
        insert(tx, "after")
    })
    .await
    .unwrap();
    assert_eq!(ids(&db).await, ["after", "before"]);
}

async fn savepoints_nest(database: TestDatabase) {
    let db = open(&database).await;
    let refuse = || Error::Other("refused".to_owned());
    db.write("nest", move |tx| {
        let outer: Result<(), Error> = tx.savepoint(|tx| {
            insert(tx, "a")?;
            tx.savepoint(|tx| insert(tx, "b"))?;
            Err(refuse())
        });
        assert!(outer.is_err());
        tx.savepoint(|tx| {
            insert(tx, "c")?;
            let inner: Result<(), Error> = tx.savepoint(|tx| {
                insert(tx, "d")?;
                Err(refuse())
            });
            assert!(inner.is_err());
            tx.savepoint(|tx| insert(tx, "e"))
        })
    })
    .await
    .unwrap();
    assert_eq!(ids(&db).await, ["c", "e"]);
}

async fn an_ignored_failure_is_a_failure(database: TestDatabase) {
    let db = open(&database).await;
    let ignored = |tx: &mut Tx| -> Result<(), Error> {
        insert(tx, "a")?;
        assert!(insert(tx, "a").is_err());
        assert_eq!(insert(tx, "b"), Err(Error::Aborted));
        Ok(())
    };
    assert_eq!(db.write("ignored", ignored).await, Err(Error::Aborted));
    db.write("in a savepoint", move |tx| {
        assert_eq!(tx.savepoint(ignored), Err(Error::Aborted));
        insert(tx, "c")
    })
    .await
    .unwrap();
    assert_eq!(ids(&db).await, ["c"]);
}

async fn trouble_is_not_contained_by_a_savepoint(database: TestDatabase) {
    let db = open(&database).await;
    let result: Result<(), Error> = db
        .write("trouble", |tx| {
            insert(tx, "before")?;
            let full: Result<(), Error> = tx.savepoint(|_| Err(Error::StorageFull));
            assert_eq!(full, Err(Error::StorageFull));
            assert_eq!(insert(tx, "after"), Err(Error::StorageFull));
            // As if the closure had taken it for a fault of its input: the verdict doesn't count.
            Err(Error::Other("bad input".to_owned()))
        })
        .await;
    assert_eq!(result, Err(Error::StorageFull));
    assert!(ids(&db).await.is_empty());
}

async fn hooks_run_in_order_after_the_commit_and_before_the_answer(database: TestDatabase) {
    let db = open(&database).await;
    let diary = Diary::default();
    let (for_tx, reader, runtime) = (diary.clone(), db.clone(), tokio::runtime::Handle::current());
    db.write("hooks", move |tx| {
        let (first, second) = (for_tx.clone(), for_tx.clone());
        // A reader on another thread sees the row while the hook runs: it has been committed.
        let seen = runtime.clone();
        let reader = reader.clone();
        tx.after_commit(move || {
            let look = std::thread::spawn(move || seen.block_on(ids(&reader)));
            assert_eq!(look.join().unwrap(), ["a"]);
            first.note("first");
        });
        tx.after_commit(move || second.note("second"));
        insert(tx, "a")?;
        for_tx.note("closure");
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    assert_eq!(diary.entries(), ["closure", "first", "second"]);
}

async fn hooks_of_what_was_undone_are_dropped(database: TestDatabase) {
    let db = open(&database).await;
    let diary = Diary::default();
    let notes = diary.clone();
    let hook = move |tx: &mut Tx, entry: &'static str| {
        let notes = notes.clone();
        tx.after_commit(move || notes.note(entry));
    };
    let refused = hook.clone();
    let failed: Result<(), Error> = db
        .write("refused", move |tx| {
            refused(tx, "of a refused transaction");
            Err(Error::NoRow)
        })
        .await;
    assert_eq!(failed, Err(Error::NoRow));
    db.write("undone", move |tx| {
        hook(tx, "kept");
        let inner: Result<(), Error> = tx.savepoint(|tx| {
            hook(tx, "undone");
            tx.savepoint(|tx| {
                hook(tx, "undone with the outer one");
                Ok::<_, Error>(())
            })?;
            Err(Error::NoRow)
        });
        assert_eq!(inner, Err(Error::NoRow));
        tx.savepoint(|tx| {
            hook(tx, "kept too");
            Ok::<_, Error>(())
        })
    })
    .await
    .unwrap();
    assert_eq!(diary.entries(), ["kept", "kept too"]);
}

async fn a_panic_is_rolled_back_and_reported(database: TestDatabase) {
    let db = open(&database).await;
    let result: Result<(), Error> = db
        .write("clumsy", |tx| {
            insert(tx, "a")?;
            tx.savepoint(|tx| {
                insert(tx, "b")?;
                panic!("on purpose")
            })
        })
        .await;
    assert_eq!(result, Err(Error::Panicked("clumsy")));
    let read: Result<(), Error> = db.read("clumsy read", |_| panic!("on purpose")).await;
    assert_eq!(read, Err(Error::Panicked("clumsy read")));
    db.write("next", |tx| insert(tx, "c")).await.unwrap();
    assert_eq!(ids(&db).await, ["c"]);
}

async fn a_panicking_hook_harms_nobody(database: TestDatabase) {
    let db = open(&database).await;
    let diary = Diary::default();
    let notes = diary.clone();
    db.write("hook", move |tx| {
        let notes = notes.clone();
        tx.after_commit(|| panic!("on purpose"));
        tx.after_commit(move || notes.note("next"));
        insert(tx, "a")
    })
    .await
    .unwrap();
    db.write("next", |tx| insert(tx, "b")).await.unwrap();
    assert_eq!(diary.entries(), ["next"]);
    assert_eq!(ids(&db).await, ["a", "b"]);
}

async fn a_lock_says_whether_the_row_exists(database: TestDatabase) {
    let db = open(&database).await;
    db.write("insert", |tx| insert(tx, "a")).await.unwrap();
    let found: Result<_, Error> =
        db.write("lock", |tx| Ok((tx.lock("items", "a")?, tx.lock("items", "b")?))).await;
    assert_eq!(found, Ok((true, false)));
}

async fn locked_rows_lose_no_update(database: TestDatabase) {
    let db = open(&database).await;
    db.write("insert", |tx| tx.execute("INSERT INTO items (id, number) VALUES ('a', 0)", &[])).await.unwrap();
    let add = |tx: &mut Tx| -> Result<(), Error> {
        tx.lock("items", "a")?;
        let number: i64 =
            tx.query_one("SELECT number FROM items WHERE id = 'a'", &[], |row| row.get("number"))?;
        tx.execute("UPDATE items SET number = $1 WHERE id = 'a'", params![number + 1]).map(drop)
    };
    let tasks: Vec<_> = (0..200).map(|_| tokio::spawn(db.write("add", add))).collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(number(&db, "SELECT number AS n FROM items").await, 200);
}
