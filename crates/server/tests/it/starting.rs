//! A start that can't be: words on standard error, exit code 1, and nothing is damaged.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Mutex, mpsc};

use db::{Db, Options};
use tempfile::TempDir;
use testkit::app::{Browser, ServerOptions, Team, simulator};
use testkit::databases::{self, Kind, TestDatabase};

use crate::look::Look;

/// A server that must not start is ended when it does.
const NO_LONGER_THAN: [&str; 4] = ["timeout", "--signal", "KILL", "30"];

/// Options of an installation in `folder`.
fn at(folder: &Path) -> ServerOptions {
    ServerOptions {
        binary: crate::TELEDESK.into(),
        data: folder.to_owned(),
        database: None,
        telegram_api: "http://127.0.0.1:9".to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        more: Vec::new(),
        under: NO_LONGER_THAN.map(str::to_owned).to_vec(),
        environment: Vec::new(),
    }
}

/// Asserts that `serve` ends in failure; its words.
#[track_caller]
fn refused(options: &ServerOptions, flags: &[&str]) -> String {
    let mut arguments = vec!["serve"];
    if !flags.contains(&"--listen") {
        arguments.extend(["--listen", "127.0.0.1:0"]);
    }
    arguments.extend(flags);
    let (status, said, words) = options.run(&arguments);
    assert_eq!((status.code(), said.as_str()), (Some(1), ""), "{flags:?}: {words}");
    assert!(!words.contains("panicked") && !words.trim().is_empty(), "{words}");
    words
}

/// The files of a folder and what is in them; but for the database's helpers (lock, log and its index), which come and go.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let helper = |name: &String| [".lock", "-wal", "-shm"].iter().any(|end| name.ends_with(end));
    let lasting = names.filter(|name| !helper(name)).filter(|name| folder.join(name).is_file());
    lasting.map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

/// An installation with a project, stopped in order, and its folder.
async fn installation() -> TempDir {
    let folder = TempDir::new().unwrap();
    let simulator = simulator().await;
    let options = ServerOptions { telegram_api: simulator.url(), under: Vec::new(), ..at(folder.path()) };
    let team = Team::on(simulator, options.start().unwrap(), databases::database(Kind::Sqlite), 0).await;
    assert!(team.server.stop().0.success());
    folder
}

async fn a_second_server_on_the_same_folder(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let words = refused(&at(&team.server.options.data), &[]);
    assert!(words.contains("in use by another process"), "{words}");
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    team.session(&team.agents[0], &ana, "open").await;
}

/// As a backup program does, or somebody with a shell.
async fn a_database_that_another_program_writes_to(_: TestDatabase) {
    let folder = installation().await;
    let url = format!("sqlite:{}", folder.path().join("teledesk.db").display());
    let db = Db::open(&url, Options { exclusive: false, ..Options::default() }).unwrap();
    let (holding, held) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let writing = tokio::spawn(db.write("hold", move |tx| {
        tx.execute("UPDATE workspaces SET version = version", &[])?;
        holding.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
        Ok::<_, db::Error>(())
    }));
    held.recv().unwrap();
    let words = refused(&at(folder.path()), &[]);
    assert!(words.contains("locked by another program"), "{words}");
    drop(release);
    writing.await.unwrap().unwrap();
    db.close().await;
    ServerOptions { under: Vec::new(), ..at(folder.path()) }.start().unwrap();
}

async fn a_file_that_is_no_database(_: TestDatabase) {
    for content in [b"not a database at all, but a letter of some length".repeat(100), vec![0xA5; 40_000]] {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("teledesk.db"), &content).unwrap();
        let before = files(folder.path());
        let words = refused(&at(folder.path()), &[]);
        assert!(words.contains("teledesk.db isn't a database") && words.contains("left as it is"), "{words}");
        assert_eq!(files(folder.path()), before);
    }
}

async fn a_damaged_database(_: TestDatabase) {
    let folder = installation().await;
    let path = folder.path().join("teledesk.db");
    let whole = fs::read(&path).unwrap();
    let mut header = whole.clone();
    header[..16].fill(0);
    let mut first_page = whole.clone();
    first_page[100..4096].fill(0xFF);
    let mut schema = whole.clone();
    schema[4096..16384].fill(0xFF);
    for (what, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("header", header),
        ("first page", first_page),
        ("schema", schema),
    ] {
        fs::write(&path, &bytes).unwrap();
        let before = files(folder.path());
        let words = refused(&at(folder.path()), &[]);
        assert!(words.contains("damaged") || words.contains("isn't a database"), "{what}: {words}");
        assert_eq!(files(folder.path()), before, "{what}");
    }
    // With the file back it goes on where it was.
    fs::write(&path, whole).unwrap();
    ServerOptions { under: Vec::new(), ..at(folder.path()) }.start().unwrap();
}

async fn a_database_of_a_newer_version(_: TestDatabase) {
    let folder = installation().await;
    let url = format!("sqlite:{}", folder.path().join("teledesk.db").display());
    let look = Look::at(&url);
    look.change(
        "INSERT INTO schema_migrations (number, name, checksum) VALUES (9999, 'from the future', 'x')",
    )
    .await;
    look.close().await;
    let words = refused(&at(folder.path()), &[]);
    assert!(words.contains("newer version"), "{words}");
    assert!(words.contains("9999"), "{words}");
    let before = files(folder.path());
    refused(&at(folder.path()), &[]);
    let after = files(folder.path());
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (name, bytes) in &after {
        assert!(
            bytes == &before[name],
            "{name} changed at {:?}",
            bytes.iter().zip(&before[name]).position(|(a, b)| a != b)
        );
    }
}

async fn folders_that_can_not_be_used(_: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "a file").unwrap();
    for bad in [file.clone(), file.join("below"), "/proc/teledesk".into(), "/dev/null/data".into()] {
        let words = refused(&at(&bad), &[]);
        assert!(
            words.contains("data folder can't be made") && words.contains(&*bad.to_string_lossy()),
            "{words}"
        );
    }
    let database = folder.path().join("teledesk.db");
    fs::create_dir(&database).unwrap();
    let words = refused(&at(folder.path()), &[]);
    assert!(words.contains("can't be opened for writing"), "{words}");
    fs::remove_dir(database).unwrap();
    // One that isn't there is made, for its owner only.
    let new = folder.path().join("a/b/c");
    let _server = ServerOptions { under: Vec::new(), ..at(&new) }.start().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&new).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700);
}

async fn an_address_in_use(_: TestDatabase) {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    for address in [address.as_str(), "192.0.2.1:1"] {
        let words = refused(&at(folder.path()), &["--listen", address]);
        assert!(words.contains(&format!("can't listen on {address}")), "{words}");
    }
    assert_eq!(files(folder.path()), BTreeMap::new(), "nothing half-made");
}

async fn flags_that_mean_nothing(_: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let data = at(folder.path());
    for flags in [
        &["--listen", "nonsense"][..],
        &["--listen", "127.0.0.1"],
        &["--listen", "127.0.0.1:99999"],
        &["--colour", "red"],
        &["stray"],
        &["--public-url", "desk.test"],
        &["--public-url", "ftp://desk.test"],
        &["--public-url", "https://desk.test/portal"],
        &["--public-url", "https://a@desk.test"],
        &["--telegram-api", ""],
        &["--telegram-api", "api.telegram.org"],
        &["--telegram-api", "https://api.telegram.org,nonsense"],
        &["--trusted-proxy", "proxy"],
        &["--beat-seconds", "0"],
        &["--beat-seconds", "x"],
        &["--log", "teledesk=loud=er"],
        &["--database", "mysql://root:hunter2@localhost/x"],
        &["--database", "postgres://teledesk:hunter2@127.0.0.1:9/teledesk"],
        &["--secret-key-file", "/proc/teledesk/secret.key"],
        &["--secret-key-file", "/"],
    ] {
        let words = refused(&data, flags);
        assert!(!words.contains("hunter2"), "{words}");
    }
    assert!(!folder.path().join("secret.key").exists());
    for arguments in [&["nonsense"][..], &[], &["owner"], &["owner", "create"], &["owner", "make"]] {
        let (status, _, words) = data.run(arguments);
        assert_eq!(status.code(), Some(1), "{arguments:?}: {words}");
        assert!(!words.is_empty());
    }
}

async fn another_secret_key(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let options = team.server.options.data.clone();
    let key = options.join("secret.key");
    let right = fs::read(&key).unwrap();
    let Team { server, database, simulator, .. } = team;
    let data = ServerOptions { database: server.options.database.clone(), ..at(&server.options.data) };
    assert!(server.stop().0.success());

    let other = TempDir::new().unwrap();
    drop(ServerOptions { under: Vec::new(), ..at(other.path()) }.start().unwrap());
    let wrong = fs::read(other.path().join("secret.key")).unwrap();
    fs::write(&key, &wrong).unwrap();
    let words = refused(&data, &[]);
    assert!(words.contains("secret.key is not the secret key of this database"), "{words}");
    assert_eq!(fs::read(&key).unwrap(), wrong, "left as it is");

    fs::write(&key, "half a k").unwrap();
    assert!(refused(&data, &[]).contains("holds no secret key"));
    assert_eq!(fs::read(&key).unwrap(), b"half a k");

    fs::remove_file(&key).unwrap();
    assert!(refused(&data, &[]).contains("secret.key is missing"));
    assert!(!key.exists(), "no other one is made");

    fs::write(&key, right).unwrap();
    let server = ServerOptions { under: Vec::new(), telegram_api: simulator.url(), ..data }.start().unwrap();
    Browser::new(&server.url).log_in("owner", testkit::app::PASSWORD).await.ok();
    drop(database);
}

testkit::both_databases!(another_secret_key);

testkit::on_sqlite!(
    a_second_server_on_the_same_folder,
    a_database_that_another_program_writes_to,
    a_file_that_is_no_database,
    a_damaged_database,
    a_database_of_a_newer_version,
    folders_that_can_not_be_used,
    an_address_in_use,
    flags_that_mean_nothing,
);
