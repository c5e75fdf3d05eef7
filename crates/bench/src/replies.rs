//! From an agent's POST to the call of the Bot API.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{Author, Change};
use testkit::app::Browser;
use testkit::databases::Kind;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use crate::Bench;
use crate::figures::{Report, Times, ms};
use crate::floor::bare_commits;
use crate::listeners::Seen;
use crate::world::{NO_LIMIT, Size, World, marked, reply};

const RATE: f64 = 200.0;

/// 200 replies a second over 10 bots and 300 chats.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (customers, count) = (bench.amount(300, 30), bench.amount(4_000, 60));
    let size = Size { kind: Kind::Sqlite, bots: 10, customers, agents: 20, limit: NO_LIMIT, webhooks: true };
    let world = World::new(bench, size).await;
    world.everyone_writes().await;
    let sessions = Sessions::of(&world, None).await;
    let mut floor = bare_commits(Kind::Sqlite, count.min(2_000), Some(RATE)).await;
    let mut times = send(&world, &sessions, count, RATE).await;
    let bar = floor.percentile(99.0) * 2 + Duration::from_millis(5);
    report.add("floor: a bare commit at 200/s", floor.words(), "");
    let name = "from POST to the Bot API call at 200/s";
    report.add(name, format!("{}, {} of {count}", times.words(), times.len()), format!("p99 {}", ms(bar)));
}

/// Open sessions, each with its assignee's browser.
pub(crate) struct Sessions(pub(crate) Vec<(String, Browser)>);

impl Sessions {
    /// All of the world's, or those of one project.
    pub(crate) async fn of(world: &World, project: Option<&str>) -> Self {
        let mut by_name = HashMap::new();
        for agent in &world.agents {
            let me = agent.get("/api/me").await.ok();
            let name = me["name"].as_str().or_else(|| me["member"]["name"].as_str());
            by_name.insert(name.expect("a name").to_owned(), agent.clone());
        }
        let (mut sessions, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = world.team.owner.get(&format!("/api/sessions?tab=all&limit=200{after}")).await.ok();
            for session in page["items"].as_array().expect("a list") {
                let of = |name: &str| session[name].as_str();
                let assignee = session["assignee"]["name"].as_str().and_then(|name| by_name.get(name));
                if let (Some(agent), true) = (assignee, project.is_none() || of("project_id") == project) {
                    sessions.push((of("id").expect("an id").to_owned(), agent.clone()));
                }
            }
            cursor = page["next"].as_str().or(page["cursor"].as_str()).map(str::to_owned);
            if cursor.is_none() {
                return Self(sessions);
            }
        }
    }
}

/// Sends so many marked replies at this rate, one session after the other: how long each took to reach Telegram.
pub(crate) async fn send(world: &World, sessions: &Sessions, count: usize, rate: f64) -> Times {
    let (sender, mut arrived) = mpsc::unbounded_channel();
    let mut changes = world.team.simulator.subscribe();
    let watching = tokio::spawn(async move {
        loop {
            match changes.recv().await {
                Ok(Change::Message { message, .. }) if message.from == Author::Bot => {
                    let number = message.text.split('~').nth(1).and_then(|number| number.parse().ok());
                    if let Some(number) = number {
                        let _ = sender.send(Seen { number, at: Instant::now() });
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let mut posted = Vec::with_capacity(count);
    for n in 0..count {
        clock.tick().await;
        let (session, agent) = &sessions.0[n % sessions.0.len()];
        let (path, agent) = (format!("/api/sessions/{session}/messages"), agent.clone());
        posted.push(Instant::now());
        tokio::spawn(async move {
            let answer: Value = agent.post(&path, reply(&marked(n))).await.ok();
            drop(answer);
        });
    }
    let mut times = Times::default();
    let collecting = async {
        while times.len() < count {
            let Some(it) = arrived.recv().await else { return };
            times.add(it.at.saturating_duration_since(posted[it.number]));
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(30), collecting).await;
    watching.abort();
    times
}
