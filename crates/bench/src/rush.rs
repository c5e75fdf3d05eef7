//! Many customers at once, and few members with a limit: who gets them, and how fast.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::databases::Kind;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;

use crate::Bench;
use crate::figures::{Report, Times};
use crate::listeners::{Listeners, marks};
use crate::world::{Size, World, marked};

const MEMBERS: usize = 10;
const LIMIT: usize = 5;
/// How long is waited for a frame.
const PATIENCE: Duration = Duration::from_secs(30);

/// A session in the socket of the member who got it.
struct Got {
    agent: usize,
    session: String,
    /// The number of the message that began it.
    number: Option<usize>,
    at: Instant,
}

/// 500 customers write at once to 10 members with limit 5; then session after session ends, and the next is assigned.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (customers, ends) = (bench.amount(500, 80), bench.amount(400, 20));
    let limit = i64::try_from(LIMIT).unwrap_or(0);
    let size = Size { kind: Kind::Sqlite, bots: 5, customers, agents: MEMBERS, limit, webhooks: true };
    let world = World::new(bench, size).await;
    let (_listeners, mut got) = listen(&world).await;
    let mut written = Vec::with_capacity(customers);
    for n in 0..customers {
        written.push(Instant::now());
        world.write(n, &marked(n));
    }
    let (mut times, mut open) = (Times::default(), BTreeMap::new());
    while open.len() < MEMBERS * LIMIT {
        let Ok(Some(it)) = timeout(PATIENCE, got.recv()).await else { break };
        if let (Some(number), None) = (it.number, open.insert(it.session, it.agent)) {
            times.add(it.at.saturating_duration_since(written[number]));
        }
    }
    let name = format!("{customers} customers write at once: to the right one of {MEMBERS} members' sockets");
    report.add(name, format!("{}, {} sessions", times.words(), times.len()), "p99 250 ms");
    world.taken(0).await;
    report.add("  how they stand then", standing(&world).await, "nobody over the limit");

    let mut times = Times::default();
    for _ in 0..ends {
        let Some((session, agent)) = open.pop_first() else { break };
        let began = Instant::now();
        world.agents[agent].post(&format!("/api/sessions/{session}/end"), json!({})).await.ok();
        // What is told again of one that is open already is no news.
        let next = async {
            loop {
                let it = got.recv().await?;
                if it.session != session && open.insert(it.session, it.agent).is_none() {
                    return Some(it.at);
                }
            }
        };
        let Ok(Some(at)) = timeout(PATIENCE, next).await else { break };
        times.add(at.saturating_duration_since(began));
    }
    let name = "  from the end of a session to the next one in its member's socket";
    report.add(name, format!("{}, {} of {ends}", times.words(), times.len()), "p99 50 ms");
}

/// Opens the members' sockets: what comes is each session that is given to the very member in whose socket it is told.
async fn listen(world: &World) -> (Listeners, UnboundedReceiver<Got>) {
    let mut names = Vec::new();
    for agent in &world.agents {
        names.push(agent.get("/api/me").await.ok()["id"].clone());
    }
    let (sender, got) = mpsc::unbounded_channel();
    let look = move |agent: usize, text: &str, at| {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        for event in frame["events"].as_array().into_iter().flatten() {
            let session = &event["session"];
            if session["state"] == "open" && session["assignee"]["id"] == names[agent] {
                let number = session["last_message"]["text"].as_str().and_then(|text| marks(text).next());
                let session = session["id"].as_str().unwrap_or_default().to_owned();
                let _ = sender.send(Got { agent, session, number, at });
            }
        }
    };
    (Listeners::each(&world.agents, look).await, got)
}

/// How many sessions each has, and how many wait, in words.
async fn standing(world: &World) -> String {
    let (mut most, mut open, mut waiting) = (0, 0, 0);
    for agent in &world.agents {
        let counts = agent.get("/api/sessions/counts").await.ok();
        let count = |name: &str| counts[name].as_u64().unwrap_or(0);
        most = most.max(count("mine"));
        open += count("mine");
        waiting = count("waiting");
    }
    format!("{open} open, {most} at most with one member, {waiting} waiting")
}
