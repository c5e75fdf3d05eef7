//! Memory: of an idle server, of polling projects, of connected agents.

use std::time::Duration;

use testkit::databases::Kind;

use crate::Bench;
use crate::figures::Report;
use crate::listeners::Listeners;
use crate::process::{cpu, resident_kb};
use crate::world::{NO_LIMIT, Size, World};

/// How long a server is left alone before it is looked at.
const CALM: Duration = Duration::from_secs(3);

pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let kind = Kind::Sqlite;
    let size = Size {
        kind,
        bots: 1,
        customers: 0,
        agents: bench.amount(2_000, 20),
        limit: NO_LIMIT,
        webhooks: false,
    };
    let world = World::new(bench, size).await;
    tokio::time::sleep(CALM).await;
    let idle = resident_kb(world.server());
    report.add("an idle server", format!("{:.0} MB resident", idle as f64 / 1024.0), "40 MB");
    let used = cpu(world.server());
    tokio::time::sleep(CALM).await;
    let share = (cpu(world.server()) - used) / CALM.as_secs_f64() * 100.0;
    report.add("  its processor time", format!("{share:.1} % of a core"), "");
    let listeners = Listeners::open(&world.agents, None).await;
    tokio::time::sleep(CALM).await;
    let each = resident_kb(world.server()).saturating_sub(idle) as f64 / world.agents.len() as f64;
    report.add(
        format!("{} connected agents", world.agents.len()),
        format!("{each:.1} KB each"),
        "20 KB each",
    );
    drop(listeners);
    drop(world);

    let bots = bench.amount(1_000, 10);
    let world =
        World::new(bench, Size { kind, bots, customers: 0, agents: 0, limit: NO_LIMIT, webhooks: false })
            .await;
    tokio::time::sleep(CALM).await;
    let resident = resident_kb(world.server());
    report.add(
        format!("{bots} polling projects"),
        format!("{:.0} MB resident", resident as f64 / 1024.0),
        "150 MB",
    );
    let used = cpu(world.server());
    tokio::time::sleep(CALM).await;
    let share = (cpu(world.server()) - used) / CALM.as_secs_f64() * 100.0;
    report.add("  their processor time", format!("{share:.1} % of a core"), "");
}
