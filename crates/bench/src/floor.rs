//! The raw floor: what this machine can do at all, measured in the same run.

use std::time::{Duration, Instant};

use db::{Db, Options, Value};
use testkit::databases::{Kind, database};

use crate::Bench;
use crate::figures::{Report, Times};

/// Bare commits, one row each, at the given rate (none: one after the other): how long each took.
pub(crate) async fn bare_commits(kind: Kind, count: usize, rate: Option<f64>) -> Times {
    let database = database(kind);
    let db = tokio::task::block_in_place(|| Db::open(&database.url, Options::default())).expect("a database");
    let write = |sql: &'static str, values: Vec<Value>| db.write("floor", move |tx| tx.execute(sql, &values));
    write("CREATE TABLE floor (id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL)", vec![])
        .await
        .expect("a table");
    let mut clock = rate.map(|rate| tokio::time::interval(Duration::from_secs_f64(1.0 / rate)));
    let mut times = Times::default();
    for n in 0..count {
        if let Some(clock) = &mut clock {
            clock.tick().await;
        }
        let values = vec![Value::from(i64::try_from(n).unwrap_or(0)), Value::from("x".repeat(200))];
        let start = Instant::now();
        write("INSERT INTO floor (id, body) VALUES ($1, $2)", values).await.expect("a commit");
        times.add(start.elapsed());
    }
    db.close().await;
    times
}

/// How fast single commits are here.
pub(crate) async fn commits(bench: &Bench, report: &mut Report) {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let mut times = bare_commits(kind, bench.amount(1_000, 50), None).await;
        let each = times.percentile(50.0).as_secs_f64();
        let figure = format!("{}, {:.0} a second one after the other", times.words(), 1.0 / each);
        report.add(format!("floor: a bare commit, {kind:?}"), figure, "");
    }
}
