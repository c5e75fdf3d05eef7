//! A message is on disk before Telegram is told that it was taken.

use std::sync::{Arc, Mutex};

use serde_json::json;
use testkit::app::{Call, FakeTelegram, PATIENCE, Reply, ServerOptions, Team, eventually, simulator, update};
use testkit::databases::{Kind, TestDatabase};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::look::Look;
use crate::trace::{self, Step};

const BOT: i64 = 7001;
const CUSTOMER: i64 = 4711;
const TEXT: &str = "Please keep this safe";
const UPDATE: i64 = 900_001;

testkit::both_databases!(
    the_offset_goes_out_after_the_data_are_on_disk,
    the_message_is_committed_when_telegram_is_told,
    commits_are_durable_whatever_the_database_says,
);

/// The order of the server's system calls, which needs no trust in anything but the kernel.
async fn the_offset_goes_out_after_the_data_are_on_disk(database: TestDatabase) {
    let kind = database.kind;
    let folder = tempfile::TempDir::with_prefix("teledesk-trace-").unwrap();
    let log = folder.path().join("log");
    let simulator = simulator().await;
    let mut options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    options.under = trace::strace(&log);
    let server = options.start().expect("this test needs strace: install it");
    let team = Team::on(simulator, server, database, 0).await;

    let ana = team.customer("Ana");
    let written = team.simulator.write(ana.id, team.bot.id, TEXT).unwrap();
    let confirmed = || team.simulator.bot_stats(team.bot.id).unwrap().pending_updates == 0;
    eventually("the update is confirmed", async || confirmed().then_some(())).await;
    let main = team.server.id();
    assert!(team.server.stop().0.success());

    let calls = trace::read(&log, main).await;
    let told = format!(r#"\"offset\":{}"#, written.update_id.unwrap() + 1);
    let arrives = Step::new("Telegram delivers the message", &["recvfrom(", "HTTP/1.1 200", TEXT]);
    let confirms = Step::new("Telegram is told that it was taken", &[&told]);
    let stored = match kind {
        Kind::Sqlite => vec![
            Step::new("it is written to the log of the database", &["pwrite64(", ".db-wal>", TEXT]),
            Step::new("the log is brought to the disk", &["sync(", ".db-wal>", "= 0"]),
        ],
        Kind::Postgres => vec![
            Step::new("it is given to the database", &["sendto(", TEXT]),
            Step::new("the database is told to commit", &["sendto(", r#""Q\0\0\0\vCOMMIT\0""#]),
            Step::new("the database has committed", &["recvfrom(", r"COMMIT\0"]),
        ],
    };
    trace::assert_order(&calls, &[vec![arrives], stored, vec![confirms]].concat());
}

/// A Telegram that looks into the database, past the server, at the moment in which the offset confirms the update.
async fn the_message_is_committed_when_telegram_is_told(database: TestDatabase) {
    let look: Arc<Mutex<Option<Arc<Look>>>> = Arc::default();
    let (tell, mut told) = watch::channel(None);
    let eyes = look.clone();
    let fake = FakeTelegram::start(move |call: Call| {
        let (look, tell) = (eyes.lock().unwrap().clone(), tell.clone());
        async move {
            match (call.offset(), look) {
                (None, Some(_)) => Reply::Result(json!([update(UPDATE, 1, CUSTOMER, TEXT)])),
                (Some(offset), Some(look)) if offset > UPDATE => {
                    let sql = "SELECT COUNT(*) AS n FROM messages m JOIN updates u ON u.update_id = 900001
                        WHERE m.text = 'Please keep this safe' AND u.state = 'applied'";
                    tell.send_replace(Some(look.number(sql, &[]).await));
                    Reply::Never
                }
                _ => Reply::Result(json!([])),
            }
        }
    })
    .await;
    let team = with_fake(database, &fake).await;
    *look.lock().unwrap() = Some(Arc::new(Look::beside(&team.server)));
    add_project(&team, &fake).await;
    let found = timeout(PATIENCE, told.wait_for(Option::is_some)).await.expect("a confirmation").unwrap();
    assert_eq!(*found, Some(1), "confirmed, and not in the database");
}

/// The database itself is told to commit carelessly; the server's connections don't.
async fn commits_are_durable_whatever_the_database_says(database: TestDatabase) {
    if database.kind == Kind::Postgres {
        let look = Look::at(&database.url);
        let name = database.url.rsplit('/').next().unwrap();
        look.change(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await;
    }
    let team = Team::new(crate::TELEDESK, database, 0).await;
    assert!(Look::beside(&team.server).is_durable().await);
}

async fn with_fake(database: TestDatabase, fake: &FakeTelegram) -> Team {
    let simulator = simulator().await;
    let apis = format!("{},{}", simulator.url(), fake.url);
    let server = ServerOptions::new(crate::TELEDESK, &database, apis).start().unwrap();
    Team::on(simulator, server, database, 0).await
}

async fn add_project(team: &Team, fake: &FakeTelegram) {
    let project = json!({ "token": FakeTelegram::token(BOT), "api": fake.url });
    team.owner.post("/api/projects", project).await.ok();
}
