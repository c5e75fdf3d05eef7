//! How many messages the server takes, and what each costs it.

use std::time::Instant;

use testkit::databases::Kind;

use crate::Bench;
use crate::figures::Report;
use crate::listeners::Listeners;
use crate::process::cpu;
use crate::world::{NO_LIMIT, Size, World, marked};

/// Messages that may be under way at once.
const UNDER_WAY: usize = 2_000;

/// Webhooks of 10 bots, 5,000 customers, 20 connected agents, diversion on.
pub(crate) async fn measure(bench: &Bench, kind: Kind, report: &mut Report) {
    let customers = bench.amount(5_000, 50);
    let world =
        World::new(bench, Size { kind, bots: 10, customers, agents: 20, limit: NO_LIMIT, webhooks: true })
            .await;
    let listeners = Listeners::open(&world.agents, None).await;
    let (start, used) = (Instant::now(), cpu(world.server()));
    world.everyone_writes().await;
    let rate = customers as f64 / start.elapsed().as_secs_f64();
    let each = (cpu(world.server()) - used) * 1e6 / customers as f64;
    let name = format!("ingest over webhooks, {kind:?}");
    report.add(format!("{name}: first messages"), format!("{rate:.0}/s, {each:.0} µs of CPU each"), "");

    let full = if kind == Kind::Sqlite { 60_000 } else { 15_000 };
    let (rate, each) = pour(&world, bench.amount(full, 200)).await;
    let bar = if kind == Kind::Sqlite { "5,000/s, 150 µs" } else { "1,000/s" };
    report.add(name, format!("{rate:.0}/s, {each:.0} µs of the server's CPU each"), bar);
    report.add("  events to 20 agents", format!("{} MB", listeners.bytes() / 1_000_000), "");
}

/// Customers write as fast as it is taken: messages a second, and the server's microseconds for each.
pub(crate) async fn pour(world: &World, count: usize) -> (f64, f64) {
    let (start, used) = (Instant::now(), cpu(world.server()));
    for n in 0..count {
        world.write(n % world.customers.len(), &marked(n));
        if n % 100 == 0 {
            world.taken(UNDER_WAY).await;
        }
    }
    world.taken(0).await;
    let rate = count as f64 / start.elapsed().as_secs_f64();
    let each = (cpu(world.server()) - used) * 1e6 / count as f64;
    (rate, each)
}
