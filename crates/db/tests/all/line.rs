//! The line between processes: heard by all while it is whole, and mended by itself.

use std::time::Duration;

use db::{Db, Heard, LONGEST, Line};
use testkit::{Kind, TestDatabase, database};
use tokio::time::timeout;

use crate::common::{number, options};

testkit::on_postgres!(
    what_one_says_all_hear,
    a_line_that_is_cut_is_mended,
    a_line_that_is_dropped_leaves_nothing,
    only_the_committed_is_said,
);

async fn hear(line: &mut Line) -> Heard {
    timeout(Duration::from_secs(30), line.hear()).await.expect("something is heard")
}

async fn connected(db: &Db, channel: &'static str) -> Line {
    let mut line = db.line(channel).unwrap().unwrap();
    assert_eq!(hear(&mut line).await, Heard::Connected);
    line
}

async fn what_one_says_all_hear(database: TestDatabase) {
    let (here, there) =
        (Db::open(&database.url, options()).unwrap(), Db::open(&database.url, options()).unwrap());
    let (mut one, mut two) = (connected(&here, "talk").await, connected(&there, "talk").await);
    let mut other = connected(&there, "gossip").await;
    let longest = "ü".repeat(LONGEST / 2);
    for text in ["hello", "it's \"me\"", &longest] {
        one.say(text.to_owned()).await;
        assert_eq!(
            (hear(&mut one).await, hear(&mut two).await),
            (Heard::Said(text.to_owned()), Heard::Said(text.to_owned()))
        );
    }
    there.say("gossip", "psst".to_owned()).await.unwrap();
    assert_eq!(
        hear(&mut other).await,
        Heard::Said("psst".to_owned()),
        "and nothing of what was said elsewhere"
    );
}

async fn a_line_that_is_cut_is_mended(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    let mut line = connected(&db, "talk").await;
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    number(&db, cut).await;
    assert_eq!(hear(&mut line).await, Heard::Broken);
    // What is said now may be lost, but nobody waits for it.
    line.say("is anybody there?".to_owned()).await;
    line.say("hello?".to_owned()).await;
    line.say("hello!".to_owned()).await;
    while hear(&mut line).await != Heard::Connected {}
    db.say("talk", "again".to_owned()).await.unwrap();
    while hear(&mut line).await != Heard::Said("again".to_owned()) {}
}

async fn a_line_that_is_dropped_leaves_nothing(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    drop(connected(&db, "talk").await);
    let others = "SELECT COUNT(*) AS n FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    while number(&db, others).await > 0 {}
}

async fn only_the_committed_is_said(database: TestDatabase) {
    let db = Db::open(&database.url, options()).unwrap();
    let mut line = connected(&db, "talk").await;
    let failed = db.write("undone", |tx| {
        tx.execute("SELECT pg_notify('talk', 'undone')", &[])?;
        tx.execute("SELECT nonsense", &[])
    });
    assert!(failed.await.is_err());
    line.say("said".to_owned()).await;
    assert_eq!(hear(&mut line).await, Heard::Said("said".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_embedded_database_has_no_line() {
    let database = database(Kind::Sqlite);
    let db = Db::open(&database.url, options()).unwrap();
    assert!(db.line("talk").unwrap().is_none());
    db.say("talk", "to oneself".to_owned()).await.unwrap();
}
