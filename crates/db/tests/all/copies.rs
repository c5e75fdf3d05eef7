//! Copies of a database: of one moment, whole, and known as copies until they are declared originals.

use std::cell::Cell;
use std::fs;

use db::{Db, Error, Migration, OpenError, Options, Tx, check_sqlite, copy_sqlite};
use tempfile::TempDir;
use testkit::{Kind, TestDatabase};

testkit::both_databases!(only_a_copy_is_one);
testkit::on_sqlite!(a_copy_is_of_one_moment, a_copy_that_is_given_up, what_is_no_database_is_no_copy);

const TABLE: &[Migration] = &[Migration {
    number: 1,
    name: "pairs",
    sql: "CREATE TABLE pairs (id BIGINT NOT NULL PRIMARY KEY, text TEXT NOT NULL)",
    postgres: None,
    compatible_from: 1,
}];

fn open(url: &str) -> Db {
    let db = Db::open(url, Options { exclusive: false, ..Options::default() }).unwrap();
    db.migrate(TABLE).unwrap();
    db
}

fn ask(tx: &mut Tx) -> Result<bool, Error> {
    tx.is_copy()
}

fn declare(tx: &mut Tx) -> Result<(), Error> {
    tx.declare_original()
}

async fn is_copy(db: &Db) -> bool {
    db.write("ask", ask).await.unwrap()
}

async fn only_a_copy_is_one(database: TestDatabase) {
    let db = open(&database.url);
    assert!(!is_copy(&db).await, "one that was never asked");
    db.write("declare", declare).await.unwrap();
    assert!(!is_copy(&db).await);
    if database.kind == Kind::Postgres {
        // As a dump is restored: the comment comes along, the table is another.
        let sql = "COMMENT ON TABLE schema_migrations IS 'table 1 of cluster 2'";
        db.write("restore", move |tx| tx.execute(sql, &[]).map(drop)).await.unwrap();
    } else {
        let copy = database.folder().unwrap().join("copy.db");
        fs::write(&copy, "").unwrap();
        assert!(copy_sqlite(&database.path().unwrap(), &copy, &|| true).unwrap());
        let copy = open(&format!("sqlite:{}", copy.display()));
        assert!(is_copy(&copy).await && !is_copy(&db).await);
        db.close().await;
        return declared(copy).await;
    }
    declared(db).await;
}

async fn declared(db: Db) {
    assert!(is_copy(&db).await);
    let failed: Result<(), Error> = db
        .write("declare and fail", |tx| {
            tx.declare_original()?;
            Err(Error::NoRow)
        })
        .await;
    assert_eq!(failed, Err(Error::NoRow));
    assert!(is_copy(&db).await, "it is part of the transaction");
    db.write("declare", declare).await.unwrap();
    assert!(!is_copy(&db).await);
    db.close().await;
}

/// Writes `count` pairs of rows from `first` on, each pair in a transaction.
async fn write_pairs(db: &Db, first: i64, count: i64) {
    for n in first..first + count {
        db.write("pair", move |tx| {
            for id in [2 * n, 2 * n + 1] {
                tx.execute(
                    "INSERT INTO pairs (id, text) VALUES ($1, $2)",
                    db::params![id, "x".repeat(4_000)],
                )?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    }
}

async fn a_copy_is_of_one_moment(database: TestDatabase) {
    let db = open(&database.url);
    write_pairs(&db, 0, 2_000).await;
    let (from, copy) = (database.path().unwrap(), database.folder().unwrap().join("copy.db"));
    fs::write(&copy, "").unwrap();
    // Between any two steps somebody writes, who doesn't have to wait for the copy.
    let (handle, steps) = (tokio::runtime::Handle::current(), Cell::new(0));
    let go_on = || {
        steps.set(steps.get() + 1);
        tokio::task::block_in_place(|| handle.block_on(write_pairs(&db, 10_000 + 10 * steps.get(), 10)));
        true
    };
    assert!(copy_sqlite(&from, &copy, &go_on).unwrap());
    assert!(steps.get() > 2, "{}", steps.get());
    check_sqlite(&copy).unwrap();
    assert!(!database.folder().unwrap().join("copy.db-wal").exists(), "one file");
    let copy = open(&format!("sqlite:{}", copy.display()));
    let sql = "SELECT COUNT(*) AS n, MAX(id) AS last FROM pairs";
    let found: (i64, i64) = copy
        .read("look", move |tx| tx.query_one(sql, &[], |row| Ok((row.get("n")?, row.get("last")?))))
        .await
        .unwrap();
    assert_eq!(found, (4_000, 3_999), "what was there at its beginning, and nothing else");
}

async fn a_copy_that_is_given_up(database: TestDatabase) {
    let db = open(&database.url);
    write_pairs(&db, 0, 2_000).await;
    let copy = database.folder().unwrap().join("copy.db");
    fs::write(&copy, "").unwrap();
    assert!(!copy_sqlite(&database.path().unwrap(), &copy, &|| false).unwrap());
    assert!(check_sqlite(&copy).is_err(), "it can't be taken for one");
    write_pairs(&db, 5_000, 1).await;
}

async fn what_is_no_database_is_no_copy(database: TestDatabase) {
    let folder: TempDir = TempDir::new().unwrap();
    let letter = folder.path().join("letter");
    fs::write(&letter, "a letter of some length. ".repeat(300)).unwrap();
    assert_eq!(check_sqlite(&letter), Err(OpenError::NotADatabase(letter.clone())));
    fs::write(&letter, "").unwrap();
    assert_eq!(
        check_sqlite(&letter),
        Err(OpenError::NotADatabase(letter.clone())),
        "an empty one holds nothing"
    );
    assert!(check_sqlite(&folder.path().join("missing")).is_err());
    assert!(copy_sqlite(&folder.path().join("missing"), &letter, &|| true).is_err());
    drop(database);
}
