//! A database in which a million messages are stored: how fast a server starts on it, and what a message costs then.

use std::time::Instant;

use db::Db;
use testkit::databases::Kind;

use crate::Bench;
use crate::figures::{Report, ms};
use crate::ingest::pour;
use crate::world::{Size, World, beside};

/// Customers who share the stored messages.
const CUSTOMERS: usize = 20_000;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (messages, count) = (bench.amount(1_000_000, 2_000), bench.amount(20_000, 200));
    let customers = bench.amount(2_000, 50);
    let size = Size { kind: Kind::Sqlite, bots: 10, customers, agents: 20, webhooks: true };
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
    let each = messages / CUSTOMERS.min(messages);
    let step = 500;
    for first in (0..CUSTOMERS.min(messages)).step_by(step) {
        db.write_bulk("fill", move |tx| {
            for (what, sql) in
                [("customers", CUSTOMER), ("sessions", SESSION), ("messages", MESSAGE), ("updates", UPDATE)]
            {
                let rows = if matches!(what, "messages" | "updates") { step * each } else { step };
                let first = if matches!(what, "messages" | "updates") { first * each } else { first };
                let values = [first, rows, each].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
                let used = if sql.contains("$3") { 3 } else { 2 };
                let values: Vec<db::Value> = values.iter().take(used).map(|&n| n.into()).collect();
                tx.execute(sql, &values)?;
            }
            Ok::<_, db::Error>(())
        })
        .await
        .expect("a past");
    }
    db.write("analyze", |tx| tx.execute("ANALYZE", &[])).await.expect("statistics");
}

const CUSTOMER: &str = "
    WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1 + $2)
    INSERT INTO customers (id, workspace_id, project_id, telegram_id, first_name, last_name, blocked, last_position,
        first_seen_at, last_seen_at, version)
    SELECT 'past-customer-' || i, p.workspace_id, p.id, 900000000000 + i, 'Past', '', FALSE, 1000000, 0, 0, 1
    FROM n, (SELECT id, workspace_id FROM projects ORDER BY id LIMIT 1) p";
const SESSION: &str = "
    WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1 + $2)
    INSERT INTO sessions (id, workspace_id, project_id, customer_id, state, unread, waiting_since, ended_at, created_at,
        last_message_at, last_message, version)
    SELECT 'past-session-' || i, p.workspace_id, p.id, 'past-customer-' || i, 'ended', 0, i, i, i, i,
        '{\"text\":\"past\",\"direction\":\"in\",\"kind\":\"text\",\"at\":0}', 1
    FROM n, (SELECT id, workspace_id FROM projects ORDER BY id LIMIT 1) p";
const MESSAGE: &str = "
    WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1 + $2)
    INSERT INTO messages (id, workspace_id, project_id, customer_id, session_id, position, direction, kind, text,
        telegram_chat_id, telegram_message_id, at, created_at, version)
    SELECT 'past-message-' || i, p.workspace_id, p.id, 'past-customer-' || (i / $3), 'past-session-' || (i / $3), i % $3,
        'in', 'text', 'a message of usual length, as customers write them when something is wrong',
        900000000000 + i / $3, i, i, i, 1
    FROM n, (SELECT id, workspace_id FROM projects ORDER BY id LIMIT 1) p";
const UPDATE: &str = "
    WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1 + $2)
    INSERT INTO updates (id, workspace_id, project_id, update_id, digest, kind, raw, state, received_at)
    SELECT 'past-update-' || i, p.workspace_id, p.id, 500000000000 + i, hex(randomblob(32)), 'message',
        '{\"update_id\":1,\"message\":{\"text\":\"a message of usual length, as customers write them\"}}', 'applied',
        4000000000000
    FROM n, (SELECT id, workspace_id FROM projects ORDER BY id LIMIT 1) p";
