//! A disk that is full at the start, or becomes so.

use serde_json::{Value, json};
use simulator::{Author, CustomerInfo};
use tempfile::TempDir;
use testkit::app::{Browser, PASSWORD, ServerOptions, Team, eventually, simulator};
use testkit::databases::TestDatabase;
use uuid::Uuid;

use crate::small_disk::{self, Disk};

/// A team on a disk of 32 megabytes.
async fn team(database: TestDatabase) -> (Team, Disk) {
    let simulator = simulator().await;
    let mut options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    options.under = small_disk::under(&options.data, "32m", "true");
    let server = options.start().unwrap();
    let disk = Disk::of(&server);
    (Team::on(simulator, server, database, 1).await, disk)
}

async fn post(agent: &Browser, session: &str, key: &str) -> testkit::app::Answer {
    let text = format!("{key} {}", "x".repeat(3000));
    agent.post(&format!("/api/sessions/{session}/messages"), json!({ "client_id": key, "text": text })).await
}

/// What stands in the customer's timeline from the customer, oldest first.
async fn written(team: &Team, session: &Value) -> Vec<String> {
    let customer = session["customer"]["id"].as_str().unwrap();
    let (mut texts, mut after) = (Vec::new(), 0);
    loop {
        let page =
            team.owner.get(&format!("/api/customers/{customer}/messages?after={after}&limit=200")).await.ok();
        let items = page["items"].as_array().unwrap();
        let incoming = items.iter().filter(|message| message["direction"] == "in");
        texts.extend(incoming.map(|message| message["text"].as_str().unwrap().to_owned()));
        if page["more"] == false {
            return texts;
        }
        after = items.last().unwrap()["position"].as_i64().unwrap();
    }
}

/// Replies until one is refused: what the database had set aside is used up then. The keys of accepted ones, and the refused.
async fn reply_until_refused(agent: &Browser, session: &str) -> (Vec<String>, String) {
    let mut accepted = Vec::new();
    loop {
        let key = Uuid::new_v4().to_string();
        let answer = post(agent, session, &key).await;
        if answer.status == 201 {
            accepted.push(key);
            assert!(accepted.len() < 2000, "the disk never fills up");
            continue;
        }
        answer.refused(507, "storage_full");
        return (accepted, key);
    }
}

async fn it_fills_up_while_the_server_runs(database: TestDatabase) {
    let (team, disk) = team(database).await;
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    let agent = &team.agents[0];
    let session = team.session(agent, &ana, "open").await;
    let id = session["id"].as_str().unwrap();
    disk.fill();
    let (accepted, refused) = reply_until_refused(agent, id).await;
    let incoming: Vec<_> = (0..400).map(|n| format!("{n} {}", "y".repeat(3500))).collect();
    for text in &incoming {
        team.write(&ana, text);
    }
    it_serves_what_it_can(&team, agent, id).await;
    let unconfirmed = team.simulator.bot_stats(team.bot.id).unwrap().pending_updates;
    assert!(unconfirmed > 0, "what can't be stored is not confirmed");

    disk.make_room();
    let expected: Vec<_> = std::iter::once("hello".to_owned()).chain(incoming).collect();
    eventually("all has arrived by itself", async || {
        (written(&team, &session).await.len() >= expected.len()).then_some(())
    })
    .await;
    assert_eq!(written(&team, &session).await, expected, "each once, in order");
    let again = post(agent, id, &refused).await;
    assert_eq!(again.status, 201, "{}", again.text);
    everything_was_sent_once(&team, &ana, &accepted, &refused).await;
    let (status, log) = team.server.stop();
    assert!(status.success() && log.contains("the disk is full"), "{log}");
}

/// Reading goes on, and what would write is refused in words.
async fn it_serves_what_it_can(team: &Team, agent: &Browser, session: &str) {
    for path in
        ["/healthz", "/api/me", "/api/sessions?tab=all", "/api/members", &format!("/api/sessions/{session}")]
    {
        assert_eq!(agent.get(path).await.status, 200, "{path}");
    }
    let mut socket = agent.events(Some("0")).await;
    assert!(!socket.hello().await.is_empty());
    let stranger = Browser::new(&team.server.url);
    stranger.log_in("owner", "a wrong password").await.refused(401, "wrong_credentials");
    let member =
        json!({ "name": "M", "login_name": "m", "role": "agent", "password": PASSWORD, "projects": "all" });
    for n in 0..3 {
        let answer = post(agent, session, &Uuid::new_v4().to_string()).await;
        assert!(answer.status == 507 || answer.status == 201, "{n}: {}", answer.text);
        let answer = team.owner.post("/api/members", member.clone()).await;
        assert!([507, 201, 409].contains(&answer.status.as_u16()), "{n}: {}", answer.text);
    }
}

/// The accepted replies and the repeated one reached the customer, each once.
async fn everything_was_sent_once(team: &Team, customer: &CustomerInfo, accepted: &[String], repeated: &str) {
    let keys = || {
        let chat = team.chat(customer).into_iter().filter(|(author, _)| *author == Author::Bot);
        chat.map(|(_, text)| text.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    eventually("all replies are sent", async || keys().iter().any(|key| key == repeated).then_some(())).await;
    let sent = keys();
    for key in accepted.iter().map(String::as_str).chain([repeated]) {
        assert_eq!(sent.iter().filter(|it| *it == key).count(), 1, "{key}");
    }
}

/// A start on a disk with hardly any room: it ends in words, and nothing half-made stays.
async fn it_is_full_at_the_start(_: TestDatabase) {
    let (folder, kept) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for size in ["4k", "32k", "64k", "128k", "192k", "256k"] {
        let keep = format!(
            "trap '' TERM; (timeout 20 \"$@\"; code=$?; rm -rf {0}/*; cp -r \"$0\"/. {0}/; exit $code); exit",
            kept.path().display()
        );
        let options = small(folder.path(), size, &keep);
        let (status, said, words) = options.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!((status.code(), said.as_str()), (Some(1), ""), "{size}: {words}");
        assert!(words.contains("is full"), "{size}: {words}");
        let key = kept.path().join("secret.key");
        assert!(!key.exists() || std::fs::read(&key).unwrap().len() == 45, "no half of a key");
    }
}

fn small(folder: &std::path::Path, size: &str, prepare: &str) -> ServerOptions {
    ServerOptions {
        binary: crate::TELEDESK.into(),
        data: folder.to_owned(),
        database: None,
        telegram_api: "http://127.0.0.1:9".to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        more: Vec::new(),
        under: small_disk::under(folder, size, prepare),
        environment: Vec::new(),
    }
}

/// An installation that has no room left: either it serves, or it says why not; its file stays as it is.
async fn a_good_database_on_a_full_disk(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let original = team.server.options.data.clone();
    let Team { server, database, .. } = team;
    assert!(server.stop().0.success());
    let (folder, kept) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let file = |folder: &std::path::Path| std::fs::read(folder.join("teledesk.db")).unwrap();
    let prepare = format!(
        "cp {}/teledesk.db {}/secret.key \"$0\"/ && (cat /dev/zero > \"$0\"/filler; true) && \
         (timeout 20 \"$@\"; code=$?; cp \"$0\"/teledesk.db {}/; exit $code); exit",
        original.display(),
        original.display(),
        kept.path().display()
    );
    let options = small(folder.path(), "2m", &prepare);
    let (status, _, words) = options.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(status.code(), Some(1), "{words}");
    assert!(words.contains("is full"), "{words}");
    assert_eq!(file(kept.path()), file(&original));
    drop(database);
}

/// A file system that may only be read.
async fn a_disk_that_may_not_be_written(_: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let options = small(folder.path(), "4m", "mount -o remount,bind,ro \"$0\" && set -- timeout 20 \"$@\"");
    let (status, said, words) = options.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((status.code(), said.as_str()), (Some(1), ""), "{words}");
    assert!(words.contains("can't be opened for writing"), "{words}");
}

testkit::on_sqlite!(
    it_fills_up_while_the_server_runs,
    it_is_full_at_the_start,
    a_good_database_on_a_full_disk,
    a_disk_that_may_not_be_written,
);
