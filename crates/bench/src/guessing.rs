//! The inbox while somebody guesses passwords.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::app::{Browser, Method};
use testkit::databases::Kind;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Bench;
use crate::figures::{Report, Times};
use crate::listeners::Listeners;
use crate::world::{NO_LIMIT, Size, World, marked};

/// Wrong passwords a second.
const TRIED: f64 = 200.0;
/// Customers' messages a second, and agents' lists.
const AT_WORK: f64 = 50.0;

/// Agents at work, alone and beside 200 attempts to sign in a second, from many addresses, with names that exist and names that
/// don't.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let count = bench.amount(1_000, 50);
    let size =
        Size { kind: Kind::Sqlite, bots: 4, customers: 200, agents: 20, limit: NO_LIMIT, webhooks: true };
    let world = World::new(bench, size).await;
    world.everyone_writes().await;
    let (mut lists_alone, mut frames_alone) = inbox(&world, count).await;
    let answers = Arc::<Mutex<BTreeMap<u16, usize>>>::default();
    let guessing = tokio::spawn(guess(world.team.server.url.clone(), answers.clone()));
    let (mut lists, mut frames) = inbox(&world, count).await;
    guessing.abort();
    let answers = answers.lock().expect("no panic").clone();
    let answers: Vec<_> = answers.iter().map(|(status, count)| format!("{count} × {status}")).collect();
    report.add("200 wrong passwords a second, answered", answers.join(", "), "");
    for (what, beside, alone) in [
        ("a list of sessions", &mut lists, &mut lists_alone),
        ("from the customer to the agents' sockets", &mut frames, &mut frames_alone),
    ] {
        let figure = format!("{} (alone {})", beside.more_words(), alone.more_words());
        report.add(format!("  {what} beside them"), figure, "the p99 of alone");
    }
}

/// Agents list their sessions while customers write: how long lists take, and messages to the sockets.
async fn inbox(world: &World, count: usize) -> (Times, Times) {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let _listeners = Listeners::open(&world.agents, Some(sender)).await;
    let (mut clock, mut asking) = (interval(AT_WORK), JoinSet::new());
    let mut written = Vec::with_capacity(count);
    for n in 0..count {
        clock.tick().await;
        written.push(Instant::now());
        world.write(n % world.customers.len(), &marked(n));
        let agent = world.agents[n % world.agents.len()].clone();
        asking.spawn(async move {
            let began = Instant::now();
            agent.get("/api/sessions?tab=mine").await.ok();
            began.elapsed()
        });
    }
    let lists = asking.join_all().await.into_iter().collect();
    let (mut frames, wanted) = (Times::default(), count * world.agents.len());
    let collecting = async {
        let mut came = vec![0; count];
        while frames.len() < wanted {
            let Some(it) = seen.recv().await else { return };
            if came[it.number] < world.agents.len() {
                came[it.number] += 1;
                frames.add(it.at.saturating_duration_since(written[it.number]));
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(10), collecting).await;
    (lists, frames)
}

/// Tries wrong passwords until it is aborted, without waiting for answers; counts them by status.
async fn guess(server: String, answers: Arc<Mutex<BTreeMap<u16, usize>>>) {
    let (browser, mut clock, mut trying) = (Browser::new(&server), interval(TRIED), JoinSet::new());
    for n in 0_u32.. {
        clock.tick().await;
        let (browser, answers) = (browser.clone(), answers.clone());
        let name = if n % 2 == 0 { format!("agent{}", n % 20) } else { format!("nobody{n}") };
        let [_, high, middle, low] = n.to_be_bytes();
        trying.spawn(async move {
            let guess =
                json!({ "workspace": "team", "login_name": name, "password": format!("a wrong one {n}") });
            let request = browser.request(Method::POST, "/api/logins").json(&guess);
            let request = request.header("x-forwarded-for", format!("10.{high}.{middle}.{low}"));
            if let Ok(answer) = browser.try_fetch(request).await {
                *answers.lock().expect("no panic").entry(answer.status.as_u16()).or_default() += 1;
            }
        });
        while trying.try_join_next().is_some() {}
    }
}

fn interval(rate: f64) -> tokio::time::Interval {
    tokio::time::interval(Duration::from_secs_f64(1.0 / rate))
}
