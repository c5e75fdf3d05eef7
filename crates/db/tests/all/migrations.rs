//! Forward only, each once, in order, whoever runs them.

use std::sync::{Arc, Barrier};

use db::{Db, Error, Migration, OpenError, Options};
use testkit::{Kind, TestDatabase, database};

use crate::common::{number, options, run};

testkit::both_databases!(
    each_runs_once,
    several_processes_may_migrate_at_once,
    a_newer_or_a_changed_database_is_refused,
    an_older_program_runs_on_steps_that_it_can_live_with,
    the_table_of_the_first_programs_is_extended,
    a_failing_migration_is_undone_and_the_earlier_ones_stay,
    a_table_with_references_can_be_rebuilt,
);

const fn migration(number: u32, name: &'static str, sql: &'static str) -> Migration {
    Migration { number, name, sql, postgres: None, compatible_from: number }
}

const FIRST: Migration = migration(1, "things", "CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY);");
const SECOND: Migration =
    migration(2, "names", "ALTER TABLE things ADD COLUMN name TEXT; INSERT INTO things VALUES ('a', 'b');");
const MANY: [Migration; 6] = [
    FIRST,
    SECOND,
    migration(3, "three", "CREATE TABLE three (id TEXT)"),
    migration(4, "four", "CREATE TABLE four (id TEXT)"),
    migration(5, "five", "CREATE TABLE five (id TEXT)"),
    migration(6, "six", "CREATE TABLE six (id TEXT)"),
];

async fn each_runs_once(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    assert_eq!(db.migrate(&[FIRST]), Ok(1));
    assert_eq!(db.migrate(&[FIRST, SECOND]), Ok(1));
    assert_eq!(db.migrate(&[FIRST, SECOND]), Ok(0));
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM things WHERE name = 'b'").await, 1);
    assert_eq!(number(&db, "SELECT MAX(number) AS n FROM schema_migrations").await, 2);
}

async fn several_processes_may_migrate_at_once(database: TestDatabase) {
    let options = Options { exclusive: false, busy_timeout: std::time::Duration::from_secs(30), ..options() };
    // All find the table of what has run, so that nothing but the lock holds them apart.
    Db::open(&database.url, options.clone()).unwrap().migrate(&[FIRST]).unwrap();
    let together = Arc::new(Barrier::new(6));
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let (url, options, together) = (database.url.clone(), options.clone(), together.clone());
            std::thread::spawn(move || {
                let db = Db::open(&url, options).unwrap();
                together.wait();
                db.migrate(&MANY)
            })
        })
        .collect();
    let counts: Result<Vec<u32>, OpenError> =
        threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(counts.unwrap().iter().sum::<u32>(), 5);
    let db = Db::open(&database.url, options).unwrap();
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM things").await, 1);
}

async fn a_newer_or_a_changed_database_is_refused(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    db.migrate(&[FIRST, SECOND]).unwrap();
    let newer = db.migrate(&[FIRST]).unwrap_err();
    assert_eq!(newer, OpenError::Newer { database: 2, program: 1 });
    assert!(newer.to_string().contains("Install the newer version"), "{newer}");
    let changed = db.migrate(&[FIRST, Migration { sql: "SELECT 1", ..SECOND }]).unwrap_err();
    assert_eq!(changed, OpenError::Changed { number: 2, name: "names".to_owned() });
}

async fn an_older_program_runs_on_steps_that_it_can_live_with(database: TestDatabase) {
    const NOTE: Migration =
        Migration { compatible_from: 2, ..migration(3, "note", "ALTER TABLE things ADD COLUMN note TEXT") };
    const GONE: Migration = migration(4, "gone", "ALTER TABLE things DROP COLUMN name");
    let options = Options { exclusive: false, ..options() };
    let old = Db::open(&database.url, options.clone()).unwrap();
    old.migrate(&[FIRST, SECOND]).unwrap();
    let add = |db: &Db, id: &'static str| {
        db.write("add", move |tx| {
            tx.execute("INSERT INTO things (id, name) VALUES ($1, 'n')", db::params![id])?;
            tx.query("SELECT * FROM things ORDER BY id", &[], |row| row.get::<String>("id"))
        })
    };
    assert_eq!(add(&old, "b").await, Ok(vec!["a".to_owned(), "b".to_owned()]));
    let new = Db::open(&database.url, options.clone()).unwrap();
    assert_eq!(new.migrate(&[FIRST, SECOND, NOTE]), Ok(1));
    // It runs on, also with statements that it had prepared; and another one like it may start.
    assert_eq!(add(&old, "c").await.map(|ids| ids.len()), Ok(3));
    let again = Db::open(&database.url, options.clone()).unwrap();
    assert_eq!(again.migrate(&[FIRST, SECOND]), Ok(0));
    assert_eq!(add(&again, "d").await.map(|ids| ids.len()), Ok(4));
    assert_eq!(number(&new, "SELECT COUNT(*) AS n FROM things WHERE note IS NULL").await, 4);
    // One from before what the step needs may not.
    let error = again.migrate(&[FIRST]).unwrap_err();
    assert_eq!(error, OpenError::Newer { database: 3, program: 1 });
    assert_eq!(new.migrate(&[FIRST, SECOND, NOTE, GONE]), Ok(1));
    assert_eq!(again.migrate(&[FIRST, SECOND, NOTE]), Err(OpenError::Newer { database: 4, program: 3 }));
    assert_eq!(new.migrate(&[FIRST, SECOND, NOTE, GONE]), Ok(0));
}

async fn the_table_of_the_first_programs_is_extended(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    db.migrate(&[FIRST]).unwrap();
    run(&db, &["ALTER TABLE schema_migrations DROP COLUMN compatible_from"]).await;
    assert_eq!(db.migrate(&[FIRST, SECOND]), Ok(1));
    let known = "SELECT COUNT(*) AS n FROM schema_migrations WHERE compatible_from IS NULL";
    assert_eq!(number(&db, known).await, 1, "nobody can say it of the first one now");
    assert_eq!(db.migrate(&[FIRST, SECOND]), Ok(0));
}

async fn a_failing_migration_is_undone_and_the_earlier_ones_stay(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    let broken = migration(2, "names", "INSERT INTO things VALUES ('half'); INSERT INTO nowhere VALUES (1);");
    let error = db.migrate(&[FIRST, broken]).unwrap_err();
    assert!(
        matches!(&error, OpenError::Migration { number: 2, reason, .. } if reason.contains("nowhere")),
        "{error}"
    );
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM things").await, 0);
    assert_eq!(db.migrate(&[FIRST, SECOND]), Ok(1));
}

async fn a_table_with_references_can_be_rebuilt(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    let first = migration(
        1,
        "tables",
        "CREATE TABLE a (id TEXT NOT NULL PRIMARY KEY); CREATE TABLE b (a_id TEXT NOT NULL REFERENCES a (id));
         INSERT INTO a VALUES ('x'); INSERT INTO b VALUES ('x');",
    );
    let rebuild = Migration {
        number: 2,
        name: "rebuild",
        sql: "CREATE TABLE a_new (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL); INSERT INTO a_new SELECT id, 1 FROM a;
              DROP TABLE a; ALTER TABLE a_new RENAME TO a;",
        postgres: Some("ALTER TABLE a ADD COLUMN n BIGINT NOT NULL DEFAULT 1"),
        compatible_from: 1,
    };
    assert_eq!(db.migrate(&[first, rebuild]), Ok(2));
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM b JOIN a ON a.id = b.a_id WHERE n = 1").await, 1);
    let orphan = db.write("orphan", |tx| tx.execute("INSERT INTO b VALUES ('nobody')", &[])).await;
    assert!(matches!(orphan, Err(Error::ForeignKey { .. })), "{orphan:?}");
    // Its references are checked as a whole before it is committed.
    let orphans = migration(3, "orphans", "DELETE FROM a");
    let error = db.migrate(&[first, rebuild, orphans]).unwrap_err();
    assert!(matches!(error, OpenError::Migration { number: 3, .. }), "{error}");
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM a").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_that_sqlite_could_not_tell_apart_are_refused() {
    let database = database(Kind::Sqlite);
    let db = Db::open(&database.url, options()).unwrap();
    let twins = migration(
        1,
        "twins",
        "CREATE TABLE t (a TEXT, b TEXT); CREATE UNIQUE INDEX t_one ON t (a) WHERE b = '1';
         CREATE UNIQUE INDEX t_two ON t (a) WHERE b = '2';",
    );
    let error = db.migrate(&[twins]).unwrap_err().to_string();
    assert!(error.contains("t_one and t_two have the same columns"), "{error}");
    run(&db, &["CREATE TABLE t (a TEXT)"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_gap_is_refused() {
    let database = database(Kind::Sqlite);
    let db = Db::open(&database.url, options()).unwrap();
    assert!(matches!(db.migrate(&[SECOND]), Err(OpenError::Migrations(_))));
}
