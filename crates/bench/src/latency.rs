//! From a customer's writing to the agent's socket.

use std::time::{Duration, Instant};

use testkit::databases::Kind;
use tokio::sync::mpsc;

use crate::Bench;
use crate::figures::{Report, Times};
use crate::listeners::Listeners;
use crate::world::{NO_LIMIT, Size, World, marked};

const RATE: f64 = 1_000.0;

/// At 1,000 messages a second: from the moment a customer wrote to the frame in each agent's socket.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (customers, count) = (bench.amount(1_000, 50), bench.amount(15_000, 300));
    let size = Size { kind: Kind::Sqlite, bots: 10, customers, agents: 20, limit: NO_LIMIT, webhooks: true };
    let world = World::new(bench, size).await;
    world.everyone_writes().await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    let listeners = Listeners::open(&world.agents, Some(sender)).await;
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / RATE));
    let mut written = Vec::with_capacity(count);
    for n in 0..count {
        clock.tick().await;
        written.push(Instant::now());
        world.write(n % customers, &marked(n));
    }
    // A message comes as itself and as its session's last line: the first counts.
    let mut came = vec![0_usize; count];
    let mut times = Times::default();
    let wanted = count * world.agents.len();
    let collecting = async {
        while times.len() < wanted {
            let Some(it) = seen.recv().await else { break };
            if came[it.number] < world.agents.len() {
                came[it.number] += 1;
                times.add(it.at.saturating_duration_since(written[it.number]));
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(30), collecting).await;
    drop(listeners);
    let name = format!("from the customer to {} agents' sockets at 1,000/s", world.agents.len());
    report.add(name, format!("{}, {} of {wanted}", times.words(), times.len()), "p99 50 ms");
}
