//! Servers that are not quite Telegram: nothing is lost or doubled with them, and none is hammered.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::app::{Call, FakeTelegram, Reply, ServerOptions, Team, simulator, update};
use testkit::databases::TestDatabase;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::case::Case;

testkit::both_databases!(nothing_is_lost_or_doubled_with_odd_servers, no_server_is_hammered);

/// How a server is odd. Also the id of its bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Odd {
    /// Keeps what was confirmed, and sends all of it to whoever names no offset.
    Forgetful = 1001,
    /// Doesn't wait for updates, whatever `timeout` says.
    Impatient,
    /// Sends the same updates again and again, whatever `offset` says.
    Stuck,
    /// Sends updates that nobody can confirm.
    Endless,
    /// Begins with answers that are none.
    Garbled,
    /// Begins with answers that end too soon.
    CutOff,
    /// Speaks HTTP/1.0: the end of an answer is the end of the connection.
    Old,
    /// Sends its answers in small pieces, one after the other.
    Slow,
}

impl Odd {
    fn bot(self) -> i64 {
        self as i64
    }
}

/// An odd server's updates. Also tells who waits that there are more.
type Updates = watch::Sender<Vec<Value>>;

struct Servers {
    fake: FakeTelegram,
    updates: HashMap<Odd, Arc<Updates>>,
}

impl Servers {
    async fn start(odd: &[Odd], updates: usize) -> Self {
        let customer = |odd: &Odd| (1..=updates).map(|n| written(*odd, n)).collect();
        let updates: HashMap<_, _> =
            odd.iter().map(|odd| (*odd, Arc::new(Updates::new(customer(odd))))).collect();
        let known: HashMap<_, _> =
            updates.iter().map(|(odd, updates)| (odd.bot(), (*odd, updates.clone()))).collect();
        let answered = Arc::new(AtomicUsize::new(0));
        let fake = FakeTelegram::start(move |call| {
            let (odd, updates) = known[&call.bot].clone();
            let answered = answered.clone();
            async move { answer(odd, &updates, &call, &answered).await }
        })
        .await;
        Self { fake, updates }
    }

    fn write(&self, odd: Odd, n: usize) {
        self.updates[&odd].send_modify(|updates| updates.push(written(odd, n)));
    }

    async fn team(&self, database: TestDatabase) -> Team {
        let simulator = simulator().await;
        let apis = format!("{},{}", simulator.url(), self.fake.url);
        let server = ServerOptions::new(crate::TELEDESK, &database, apis).start().unwrap();
        let team = Team::on(simulator, server, database, 0).await;
        for odd in self.updates.keys() {
            let project = json!({ "token": FakeTelegram::token(odd.bot()), "api": self.fake.url });
            team.owner.post("/api/projects", project).await.ok();
        }
        team
    }
}

/// The n-th message of the customer of a server, who has the id of its bot.
fn written(odd: Odd, n: usize) -> Value {
    let n = i64::try_from(n).unwrap();
    let id = if odd == Odd::Endless { n - 1_000 } else { n };
    update(id, n, odd.bot(), &n.to_string())
}

async fn answer(odd: Odd, updates: &Updates, call: &Call, answered: &AtomicUsize) -> Reply {
    let result = if call.method == "sendMessage" {
        let id = 100_000 + answered.fetch_add(1, Ordering::Relaxed);
        json!({ "message_id": id, "date": 1_700_000_000 })
    } else {
        Value::Array(pending(odd, updates, call).await)
    };
    let body = json!({ "ok": true, "result": result }).to_string();
    let is_early = answered.load(Ordering::Relaxed) == 0 && call.offset().is_none();
    match odd {
        Odd::Garbled if is_early => {
            answered.fetch_add(1, Ordering::Relaxed);
            Reply::Body(200, "<html>How can I help you?</html>".to_owned())
        }
        Odd::Garbled if call.method == "sendMessage" => Reply::Body(200, "[]".to_owned()),
        Odd::CutOff if is_early => {
            answered.fetch_add(1, Ordering::Relaxed);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            Reply::Wire(vec![format!("{head}{}", &body[..body.len() - 1]).into_bytes()], Duration::ZERO)
        }
        Odd::Old => {
            let head = "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n";
            Reply::Wire(vec![format!("{head}{body}").into_bytes()], Duration::ZERO)
        }
        Odd::Slow => Reply::Wire(in_chunks(&body), Duration::from_millis(10)),
        _ => Reply::Result(result),
    }
}

/// Some pieces end in the middle of a character or of a chunk's length.
fn in_chunks(body: &str) -> Vec<Vec<u8>> {
    let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n".to_vec();
    for chunk in body.as_bytes().chunks(77) {
        bytes.extend_from_slice(format!("{:x};x=y\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes.chunks(101).map(<[u8]>::to_vec).collect()
}

/// What a server finds for a `getUpdates` call, in its own way.
async fn pending(odd: Odd, updates: &Updates, call: &Call) -> Vec<Value> {
    let offset = call.offset().unwrap_or(0);
    if offset > 0 && ![Odd::Forgetful, Odd::Stuck].contains(&odd) {
        updates.send_if_modified(|updates| {
            updates.retain(|update| update["update_id"].as_i64() >= Some(offset));
            false
        });
    }
    let mut news = updates.subscribe();
    let wait = if odd == Odd::Impatient { 0 } else { call.params["timeout"].as_u64().unwrap_or(0) };
    let is_wanted = |update: &&Value| odd == Odd::Stuck || update["update_id"].as_i64() >= Some(offset);
    let found = |all: &Vec<Value>| all.iter().filter(is_wanted).take(100).cloned().collect::<Vec<_>>();
    let all = |all: &Vec<Value>| if odd == Odd::Endless { all.clone() } else { found(all) };
    let waiting = timeout(Duration::from_secs(wait), news.wait_for(|updates| !all(updates).is_empty()));
    match waiting.await {
        Ok(updates) => all(&updates.unwrap()),
        Err(_) => Vec::new(),
    }
}

async fn nothing_is_lost_or_doubled_with_odd_servers(database: TestDatabase) {
    const ALL: [Odd; 7] =
        [Odd::Forgetful, Odd::Impatient, Odd::Stuck, Odd::Garbled, Odd::CutOff, Odd::Old, Odd::Slow];
    const FIRST: usize = 30;
    let servers = Servers::start(&ALL, FIRST).await;
    // More than fit into one answer: whoever asks a forgetful server without an offset never gets beyond those.
    (FIRST + 1..=250).for_each(|n| servers.write(Odd::Forgetful, n));
    let team = servers.team(database).await;
    for odd in ALL {
        let mut case = Case::taken(&team.owner, odd.bot()).await;
        let mut count = servers.updates[&odd].borrow().len().max(FIRST);
        case.until_written(&count.to_string()).await;
        for _ in 0..3 {
            count += 1;
            servers.write(odd, count);
            case.until_written(&count.to_string()).await;
        }
        let expected: Vec<_> = (1..=count).map(|n| n.to_string()).collect();
        assert_eq!(case.written().await, expected, "{odd:?}");

        let reply = case.reply("a reply").await;
        case.until(&reply, if odd == Odd::Garbled { "unknown" } else { "sent" }).await;
        assert_eq!(servers.fake.calls(odd.bot(), "sendMessage").len(), 1, "{odd:?}");
    }
    // It was found out, and is asked in the way that it understands.
    let asked = servers.fake.until(Odd::Forgetful.bot(), "getUpdates", |calls| {
        calls.last().is_some_and(|call| call.offset().is_some() && call.params["timeout"] != 0)
    });
    assert!(asked.await.len() < 50);
}

async fn no_server_is_hammered(database: TestDatabase) {
    const ALL: [Odd; 3] = [Odd::Impatient, Odd::Stuck, Odd::Endless];
    let servers = Servers::start(&ALL, 3).await;
    let _team = servers.team(database).await;
    for odd in ALL {
        // The first few calls fetch and confirm.
        let calls = servers.fake.until(odd.bot(), "getUpdates", |calls| calls.len() >= 8).await;
        let took = calls[7].at - calls[4].at;
        assert!(took > Duration::from_millis(2_500), "{odd:?}: four calls within {took:?}");
    }
}
