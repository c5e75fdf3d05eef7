//! An answered commit is on disk: shown by the order of the system calls, which only `strace` can see.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use db::{Db, Error};
use testkit::{Kind, TestDatabase, database};

use crate::common::{insert, open, options, run};

testkit::both_databases!(a_commit_says_that_it_waits_for_the_disk);

async fn a_commit_says_that_it_waits_for_the_disk(database: TestDatabase) {
    let db = open(&database).await;
    assert_eq!(db.is_durable().await, Ok(true));
}

/// The part that runs under `strace`: it writes a line to a file after each answer.
const CHILD: &str = "durability::child_that_is_watched";
const FOLDER: &str = "DB_TEST_WATCHED_FOLDER";
const COMMITS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run under strace by the test below"]
async fn child_that_is_watched() {
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let db = Db::open(&format!("sqlite:{}", folder.join("test.db").display()), options()).unwrap();
    run(&db, &["CREATE TABLE items (id TEXT)"]).await;
    let mut answers = File::create(folder.join("answers")).unwrap();
    for _ in 0..COMMITS {
        db.write("watched", |tx| insert(tx, "a")).await.unwrap_or_else(|error: Error| panic!("{error}"));
        answers.write_all(b"answered\n").unwrap();
    }
}

#[test]
fn a_commit_is_on_disk_before_it_is_answered() {
    let database = database(Kind::Sqlite);
    let folder = database.folder().unwrap();
    let trace = trace(&folder);
    // What was written to the log since it was last synchronised, and whether anything was in this round.
    let (mut dirty, mut written, mut answers) = (false, false, 0);
    for line in trace.lines() {
        let (log, call) = (line.contains("test.db-wal>"), |name: &str| line.contains(&format!(" {name}(")));
        if log && (call("pwrite64") || call("write")) {
            (dirty, written) = (true, true);
        } else if log && (call("fdatasync") || call("fsync")) {
            dirty = false;
        } else if call("write") && line.contains("/answers>") {
            assert!(written, "a commit wrote nothing to the log:\n{trace}");
            assert!(!dirty, "a commit was answered before it was on disk:\n{trace}");
            written = false;
            answers += 1;
        }
    }
    assert_eq!(answers, COMMITS, "{trace}");
}

fn trace(folder: &Path) -> String {
    let output = folder.join("trace");
    let child = Command::new("strace")
        .args(["-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"])
        .arg(&output)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--test-threads=1"])
        .env(FOLDER, folder)
        .output()
        .expect("this test needs strace: install it");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    std::fs::read_to_string(output).unwrap()
}
