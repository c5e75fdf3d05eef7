//! Opening what can't be opened: in words, and without harm.

use std::fs;
use std::path::Path;
use std::time::Duration;

use db::{Db, OpenError, Options};
use rusqlite::Connection;
use testkit::{Kind, TestDatabase, database};

use crate::common::{ids, insert, open, options};

fn quick() -> Options {
    Options { busy_timeout: Duration::from_millis(20), connect_timeout: Duration::from_secs(2), ..options() }
}

fn refusal(url: &str) -> OpenError {
    match Db::open(url, quick()) {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error,
    }
}

fn path(database: &TestDatabase) -> std::path::PathBuf {
    database.path().unwrap()
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

#[test]
fn an_address_of_another_kind() {
    let error = refusal("mysql://user:secret@host/name").to_string();
    assert!(error.contains("sqlite:PATH") && !error.contains("secret"), "{error}");
    let error = refusal("postgres://user:secret@host:nonsense/name").to_string();
    assert!(error.contains("sqlite:PATH") && !error.contains("secret"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_file() {
    let database = database(Kind::Sqlite);
    let db = open(&database).await;
    assert_eq!(refusal(&database.url), OpenError::InUse(path(&database)));
    // A command beside it is welcome.
    let command = Db::open(&database.url, Options { exclusive: false, ..options() }).unwrap();
    command.write("command", |tx| insert(tx, "a")).await.unwrap();
    assert_eq!(ids(&db).await, ["a"]);
    db.close().await;
    Db::open(&database.url, options()).unwrap();
}

#[test]
fn a_file_that_is_no_database() {
    let database = database(Kind::Sqlite);
    let text = "Dear diary, this is not a database, but it is long enough to look like one.\n".repeat(100);
    fs::write(path(&database), &text).unwrap();
    assert_eq!(refusal(&database.url), OpenError::NotADatabase(path(&database)));
    assert_eq!(fs::read_to_string(path(&database)).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database() {
    let database = database(Kind::Sqlite);
    let db = open(&database).await;
    db.close().await;
    let mut bytes = fs::read(path(&database)).unwrap();
    // The head of the first page, after that of the file: where the tables are listed.
    bytes[100..400].fill(0x5a);
    fs::write(path(&database), &bytes).unwrap();
    let error = refusal(&database.url);
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("Restore it from a backup"), "{error}");
    assert_eq!(fs::read(path(&database)).unwrap(), bytes);
}

#[test]
fn a_place_that_cannot_be_written() {
    let database = database(Kind::Sqlite);
    let folder = database.folder().unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    // A folder in the place of the file, a folder that isn't there, and one where nobody may write, not even root.
    for file in [folder.join("folder"), folder.join("absent/test.db"), "/proc/test.db".into()] {
        let error = refusal(&url(&file));
        assert!(matches!(error, OpenError::Unwritable { .. }), "{error:?}");
        assert!(error.to_string().contains("Check that its folder exists"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_program_holds() {
    let database = database(Kind::Sqlite);
    open(&database).await.close().await;
    let other = Connection::open(path(&database)).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x (y)").unwrap();
    assert_eq!(refusal(&database.url), OpenError::Locked(path(&database)));
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    Db::open(&database.url, options()).unwrap();
}

#[test]
fn a_server_that_does_not_answer_or_refuses() {
    let error = refusal("postgres://someone:secret@127.0.0.1:1/name").to_string();
    assert!(error.contains("127.0.0.1") && error.contains("refused") && !error.contains("secret"), "{error}");
    let database = database(Kind::Postgres);
    let error = refusal(&format!("{}_absent", database.url)).to_string();
    assert!(error.contains("does not exist"), "{error}");
}
