//! Workers that claim jobs at the same time.

use std::collections::BTreeSet;

use db::{Db, Error, Tx, params};
use testkit::TestDatabase;

use crate::common::{open_with, options, run};

testkit::both_databases!(no_job_is_taken_twice);

const WORKERS: i64 = 8;
const JOBS: usize = 200;

async fn no_job_is_taken_twice(database: TestDatabase) {
    let options = db::Options { postgres_connections: 8, ..options() };
    let db = open_with(&database, options).await;
    run(&db, &["CREATE TABLE work (id TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL, worker BIGINT)"]).await;
    db.write("fill", |tx| {
        for number in 0..JOBS {
            tx.execute(
                "INSERT INTO work (id, state) VALUES ($1, 'queued')",
                params![format!("{number:03}")],
            )?;
        }
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    let workers: Vec<_> = (0..WORKERS).map(|worker| tokio::spawn(work(db.clone(), worker))).collect();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    assert_eq!(taken.len(), JOBS);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), JOBS);
}

async fn work(db: Db, worker: i64) -> Vec<String> {
    let mut taken = Vec::new();
    while let Some(id) = db.write("claim", move |tx| claim(tx, worker)).await.unwrap() {
        taken.push(id);
    }
    taken
}

fn claim(tx: &mut Tx, worker: i64) -> Result<Option<String>, Error> {
    let skip_locked = tx.skip_locked();
    let sql = format!(
        "UPDATE work SET state = 'running', worker = $1
         WHERE id IN (SELECT id FROM work WHERE state = 'queued' ORDER BY id LIMIT 1 {skip_locked}) AND state = 'queued'
         RETURNING id"
    );
    tx.query_opt(&sql, params![worker], |row| row.get("id"))
}
