//! A database in which a million messages are stored: how fast a server starts on it, and what a message costs then.

use std::time::Instant;

use db::Db;
use testkit::databases::Kind;

use crate::Bench;
use crate::figures::{Report, ms};
use crate::ingest::pour;
use crate::past;
use crate::world::{NO_LIMIT, Size, World, beside};

/// Customers who share the stored messages.
const CUSTOMERS: usize = 20_000;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (messages, count) = (bench.amount(1_000_000, 2_000), bench.amount(20_000, 200));
    let customers = bench.amount(2_000, 50);
    let size = Size { kind: Kind::Sqlite, bots: 10, customers, agents: 20, limit: NO_LIMIT, webhooks: true };
    let mut world = World::new(bench, size).await;
    world.everyone_writes().await;
    let (_, empty) = pour(&world, count).await;
    world.team.server.kill();
    let db = beside(&world.team.server.options);
    fill(&db, messages).await;
    db.close().await;
    let start = Instant::now();
    world.team.server = world.team.server.again().expect("the server starts");
    report.add(format!("ready with {messages} stored messages"), ms(start.elapsed()), "300 ms");
    world.everyone_writes().await;
    let (_, full) = pour(&world, count).await;
    let figure = format!("{full:.0} µs of CPU (empty {empty:.0}): {:.2} times", full / empty);
    report.add(format!("a message with {messages} stored"), figure, "1.3 times");
}

/// Writes a past: customers with an ended session each, messages, and as many raw updates.
async fn fill(db: &Db, messages: usize) {
    let customers = CUSTOMERS.min(messages);
    let (each, step) = (messages / customers, 500);
    for first in (0..customers).step_by(step) {
        let number = |n: usize| db::Value::from(i64::try_from(n).unwrap_or(i64::MAX));
        let of_customers = [first, step].map(number);
        let of_messages = [first * each, step * each, each].map(number);
        db.write_bulk("fill", move |tx| {
            tx.execute(&past::customers(), &of_customers)?;
            tx.execute(&past::ended_sessions(), &of_customers)?;
            tx.execute(&past::messages(), &of_messages)?;
            tx.execute(&past::updates(), &of_messages)
        })
        .await
        .expect("a past");
    }
    db.write("analyze", |tx| tx.execute("ANALYZE", &[])).await.expect("statistics");
}
