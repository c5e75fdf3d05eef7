//! Backups are made while the server works, and what is restored from one goes on without doing anything twice.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use simulator::{Author, Fault, FaultKind, Scope};
use tempfile::TempDir;
use testkit::app::{Browser, PASSWORD, ServerOptions, Socket, Team, eventually};
use testkit::databases::{self, Kind, TestDatabase};
use tokio::time::interval;

use crate::case::{Case, timeline};
use crate::look::Look;
use crate::small_disk;

testkit::both_databases!(a_backup_while_messages_arrive, a_restored_backup_sends_nothing_again);
testkit::on_sqlite!(a_backup_that_can_not_be, a_restoration_keeps_what_was_there);

const CUSTOMERS: usize = 20;
const MESSAGES: usize = 2_000;

/// Runs a command beside the server without holding up the test's own tasks.
fn run(options: &ServerOptions, arguments: &[&str]) -> (Option<i32>, String, String) {
    let (status, said, words) = tokio::task::block_in_place(|| options.run(arguments));
    (status.code(), said, words)
}

fn backup(options: &ServerOptions, file: &Path) {
    let (code, said, words) = run(options, &["backup", &file.display().to_string()]);
    assert_eq!(code, Some(0), "{words}");
    assert!(said.contains("Wrote"), "{said}");
}

/// Restores a backup for a server: on `SQLite` into `options`' own folder, on `PostgreSQL` into a new database.
fn restore(options: &mut ServerOptions, file: &Path) -> Option<TestDatabase> {
    if options.database.is_none() {
        let (code, _, words) = run(options, &["restore", &file.display().to_string()]);
        assert_eq!(code, Some(0), "{words}");
        return None;
    }
    let new = databases::database(Kind::Postgres);
    let mut command = Command::new("pg_restore");
    let environment = db::environment(&new.url).unwrap();
    let name = environment.iter().find(|(name, _)| *name == "PGDATABASE").unwrap().1.clone();
    command.args(["--no-owner", "--exit-on-error", "--dbname", &name]).arg(file).envs(environment);
    let ended = command.output().expect("this test needs pg_restore");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    options.database = Some(new.url.clone());
    Some(new)
}

async fn a_backup_while_messages_arrive(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup");
    let customers: Vec<_> = (0..CUSTOMERS).map(|n| team.customer(&format!("Customer {n}"))).collect();
    let (simulator, bot, ids) = (
        team.simulator.clone(),
        team.bot.id,
        customers.iter().map(|customer| customer.id).collect::<Vec<_>>(),
    );
    let writing = tokio::spawn(async move {
        let mut clock = interval(Duration::from_millis(1));
        for n in 0..MESSAGES {
            clock.tick().await;
            simulator.write(ids[n % CUSTOMERS], bot, &n.to_string()).unwrap();
        }
    });
    let look = Look::beside(&team.server);
    let came = "SELECT COUNT(*) AS n FROM messages WHERE direction = 'in'";
    eventually("some have come", async || (look.number(came, &[]).await > 100).then_some(())).await;
    backup(&team.server.options, &file);
    writing.await.unwrap();
    let all = i64::try_from(MESSAGES).unwrap();
    eventually("all have come", async || (look.number(came, &[]).await == all).then_some(())).await;

    // Nothing lost or doubled in the live one; and in the copy, of each customer a beginning of what they wrote.
    let mut options = team.server.options.clone();
    let other = TempDir::new().unwrap();
    if options.database.is_none() {
        options.data = other.path().to_owned();
    }
    let _database = restore(&mut options, &file);
    let copy = Look::of(&options);
    let copied = copy.number(came, &[]).await;
    assert!((100..=all).contains(&copied), "{copied}");
    let lost = "SELECT COUNT(*) AS n FROM customers c WHERE last_position <>
        (SELECT COUNT(*) FROM messages m WHERE m.customer_id = c.id)
        OR last_position <> (SELECT MAX(position) FROM messages m WHERE m.customer_id = c.id)";
    let raw = "SELECT COUNT(*) AS n FROM updates WHERE state = 'applied'";
    for look in [&look, &copy] {
        assert_eq!(look.number(lost, &[]).await, 0, "timelines without gaps");
        assert_eq!(
            look.number(raw, &[]).await,
            look.number(came, &[]).await,
            "updates and messages together"
        );
    }
    let texts = "SELECT text FROM messages m JOIN customers c ON c.id = m.customer_id
        WHERE direction = 'in' AND c.telegram_id = $1 ORDER BY position";
    for (n, customer) in customers.iter().enumerate() {
        let written: Vec<_> = (n..MESSAGES).step_by(CUSTOMERS).map(|n| n.to_string()).collect();
        let live = look.rows(texts, &[customer.id.into()], |row| row.get::<String>("text")).await;
        assert_eq!(live, written);
        let before = copy.rows(texts, &[customer.id.into()], |row| row.get::<String>("text")).await;
        assert_eq!(before, written[..before.len()]);
    }
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else stays");
}

async fn a_restored_backup_sends_nothing_again(database: TestDatabase) {
    let mut team = Team::new(crate::TELEDESK, database, 0).await;
    let (ana, mut case) = Case::begun(&team, "Ana").await;
    let broken = Fault::always(FaultKind::Gateway { status: 502 }).on("sendMessage");
    team.simulator.set_fault(Scope::Bot(team.bot.id), broken).unwrap();
    let first = case.reply("first").await;
    case.until_queued_again(&first).await;
    let second = case.reply("second").await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup");
    backup(&team.server.options, &file);
    // What waited then is sent, and more is said.
    team.simulator.clear_faults(Scope::All).unwrap();
    case.until(&first, "sent").await;
    case.until(&second, "sent").await;
    let cursor = {
        let mut socket = team.owner.events(None).await;
        socket.hello().await;
        socket.cursor.clone()
    };
    let mut options = team.server.options.clone();
    assert!(team.server.stop().0.success());

    let _database = restore(&mut options, &file);
    team.server = options.start().unwrap();
    team.owner.moved_to(&team.server.url);
    team.owner.get("/api/me").await.refused(401, "signed_out");
    team.owner.log_in("owner", PASSWORD).await.ok();
    let mut stale =
        Socket::open(&team.server.url, team.owner.cookie().as_deref(), Some(&cursor)).await.unwrap();
    stale.rest().await;
    assert_eq!(stale.closed, Some(4410), "an old cursor asks for everything anew");

    let mut case = Case::of(&team.owner, ana.id).await;
    assert_eq!(case.written().await, ["hello"]);
    for id in [&first, &second] {
        assert_eq!(case.state(id).await, "unknown");
    }
    let third = case.reply("third").await;
    case.until(&third, "sent").await;
    let chat: Vec<_> = team.chat(&ana).into_iter().filter(|(author, _)| *author == Author::Bot).collect();
    assert_eq!(chat.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["first", "second", "third"]);
    team.write(&ana, "still there");
    case.until_written("still there").await;
    let lines = timeline(&team.owner, &case.customer).await;
    let positions: Vec<_> = lines.iter().map(|line| line["position"].as_i64().unwrap()).collect();
    assert_eq!(positions, (1..=i64::try_from(lines.len()).unwrap()).collect::<Vec<_>>());
    // At the next start nothing of this happens again.
    let team = team.restart();
    Browser::get(&team.owner, "/api/me").await.ok();
}

async fn a_backup_that_can_not_be(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let options = &team.server.options;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup");
    fs::write(&file, "something else").unwrap();
    let refused = |options: &ServerOptions, file: &Path, words: &str| {
        let (code, said, heard) = run(options, &["backup", &file.display().to_string()]);
        assert!(code == Some(1) && said.is_empty() && heard.contains(words), "{said}{heard}");
    };
    refused(options, &file, "is there already");
    assert_eq!(fs::read(&file).unwrap(), b"something else");
    refused(options, &folder.path().join("missing/backup"), "can't be written in");
    let nothing = ServerOptions { data: folder.path().join("typo"), ..options.clone() };
    refused(&nothing, &folder.path().join("other"), "there is no database");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-made stays");

    // A disk that is too small for it.
    let small = TempDir::new().unwrap();
    let under = small_disk::under(small.path(), "64k", "true");
    let small_options = ServerOptions { under, ..options.clone() };
    refused(&small_options, &small.path().join("backup"), "no room for the backup");
}

async fn a_restoration_keeps_what_was_there(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let options = team.server.options.clone();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup");
    backup(&options, &file);
    let restoring = |file: &Path| run(&options, &["restore", &file.display().to_string()]);
    let (code, _, words) = restoring(&file);
    assert!(code == Some(1) && words.contains("in use by another process"), "{words}");
    assert!(team.server.stop().0.success());

    let letter = folder.path().join("letter");
    fs::write(&letter, "a letter of some length. ".repeat(300)).unwrap();
    let whole = fs::read(&file).unwrap();
    let cut = folder.path().join("cut");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let database = options.data.join("teledesk.db");
    let before = fs::read(&database).unwrap();
    for bad in [&letter, &cut, &folder.path().join("missing")] {
        let (code, said, words) = restoring(bad);
        assert!(code == Some(1) && said.is_empty() && !words.is_empty(), "{words}");
        assert_eq!(fs::read(&database).unwrap(), before);
    }
    let (code, said, words) = restoring(&file);
    assert_eq!(code, Some(0), "{words}");
    let aside = said.lines().find_map(|line| line.strip_prefix("What was there is now ")).unwrap();
    let aside = aside.split(';').next().unwrap();
    assert_eq!(fs::read(aside).unwrap(), before);
    let server = options.start().unwrap();
    let browser = Browser::new(&server.url);
    browser.log_in("owner", PASSWORD).await.ok();
    assert_ne!(browser.get("/api/projects").await.ok(), json!([]));
}
