//! One project's trouble, and what its neighbour feels of it.

use simulator::{Fault, FaultKind, Scope};
use testkit::databases::Kind;

use crate::Bench;
use crate::figures::{Report, ms};
use crate::replies::{Sessions, send};
use crate::world::{NO_LIMIT, Size, World, marked, reply};

/// A healthy project's replies, alone and beside projects whose Telegram asks for pauses, hangs or breaks.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (customers, count) = (bench.amount(400, 40), bench.amount(2_000, 60));
    let size = Size { kind: Kind::Sqlite, bots: 4, customers, agents: 20, limit: NO_LIMIT, webhooks: true };
    let world = World::new(bench, size).await;
    world.everyone_writes().await;
    let healthy = Sessions::of(&world, Some(&world.bots[0].1)).await;
    let alone = send(&world, &healthy, count, 25.0).await.percentile(99.0);
    let kinds = [
        ("429 for an hour", FaultKind::TooManyRequests { retry_after: 3600 }),
        ("a hanging Telegram", FaultKind::Hang),
        ("5xx", FaultKind::Gateway { status: 502 }),
    ];
    for (n, (_, kind)) in kinds.iter().enumerate() {
        let (bot, project) = &world.bots[n + 1];
        let fault = Fault::always(kind.clone()).on("sendMessage");
        world.team.simulator.set_fault(Scope::Bot(bot.id), fault).expect("a fault");
        let Sessions(sessions) = Sessions::of(&world, Some(project)).await;
        for (session, agent) in &sessions {
            for n in 0..5 {
                agent.post(&format!("/api/sessions/{session}/messages"), reply(&marked(n))).await.ok();
            }
        }
    }
    let beside = send(&world, &healthy, count, 25.0).await.percentile(99.0);
    let names: Vec<_> = kinds.iter().map(|(name, _)| *name).collect();
    report.add(
        format!("a healthy project's p99 from POST to call, beside {}", names.join(", ")),
        format!(
            "{} (alone {}): {:.2} times",
            ms(beside),
            ms(alone),
            beside.as_secs_f64() / alone.as_secs_f64()
        ),
        "1.5 times",
    );
}
