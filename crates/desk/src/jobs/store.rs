//! The jobs table.

use std::collections::HashSet;

use db::{Row, Value, params};

use super::{Due, Job, NewJob, Urgency, Waiting};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::JobId;
use crate::sql::placeholders;
use crate::tx::Tx;

/// Stores a job.
pub(crate) fn enqueue(tx: &mut Tx, job: &NewJob) -> Result<()> {
    let (id, now) = (JobId::new(tx.now), tx.now);
    tx.execute(
        "INSERT INTO jobs (id, workspace_id, kind, subject, lane, place, payload, urgency, state, attempts, run_at,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, $10)",
        params![
            id,
            job.workspace,
            job.kind,
            job.subject,
            job.lane,
            job.place,
            job.payload,
            job.urgency as i64,
            job.run_at,
            now
        ],
    )?;
    Ok(())
}

/// Whether there is a job in this lane, queued or claimed.
pub(crate) fn has_lane(tx: &mut Tx, kind: &str, lane: &str) -> Result<bool> {
    let sql = "SELECT id FROM jobs WHERE kind = $1 AND lane = $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![kind, lane], |_| Ok(()))?.is_some())
}

/// Claims up to `limit` due jobs, each the first of its lane, for `worker`.
///
/// The condition stands in the inner query and again outside: under READ COMMITTED two workers may pick the same row, and
/// the second must find it taken when its turn comes. The inner query is materialized: run again for each row of the outer
/// one, which PostgreSQL may do, it would skip what it has locked and pick others, beyond the limit.
pub(crate) fn claim(tx: &mut Tx, due: &Due, worker: &str, limit: i64) -> Result<Vec<Job>> {
    let now = tx.now;
    let mut values = params![due.kind, due.subject, worker, now, limit].to_vec();
    let held = held(due, &mut values);
    let sql = format!(
        "WITH picked AS MATERIALIZED (
             SELECT j.id FROM jobs j
             WHERE j.kind = $1 AND j.subject = $2 AND j.state = 'queued' AND j.run_at <= $4 {held} AND {FIRST_OF_LANE}
             ORDER BY j.urgency, j.run_at, j.place LIMIT $5 {})
         UPDATE jobs SET state = 'claimed', claimed_by = $3, attempts = attempts + 1
         WHERE state = 'queued' AND id IN (SELECT id FROM picked)
         RETURNING id, lane, payload, attempts",
        tx.skip_locked()
    );
    Ok(tx.query(&sql, &values, job)?)
}

/// When the next job becomes due that nothing but time holds back.
pub(crate) fn next_due(tx: &mut Tx, due: &Due) -> Result<Option<Timestamp>> {
    let mut values = params![due.kind, due.subject].to_vec();
    let held = held(due, &mut values);
    // For each urgency in the order of the index, and only as far as the first one: a minimum would look at every job there is.
    let mut first = None;
    for urgency in [Urgency::Live, Urgency::Automatic] {
        let mut values = values.clone();
        values.push((urgency as i64).into());
        let sql = format!(
            "SELECT j.run_at FROM jobs j
             WHERE j.kind = $1 AND j.subject = $2 AND j.state = 'queued' AND j.urgency = ${} {held} AND {FIRST_OF_LANE}
             ORDER BY j.run_at, j.place LIMIT 1",
            values.len()
        );
        let due = tx.query_opt(&sql, &values, |row| row.get("run_at").map(Timestamp))?;
        first = [first, due].into_iter().flatten().min();
    }
    Ok(first)
}

/// The first `limit` jobs that wait, in the order in which they are to be done.
pub(crate) fn waiting(tx: &mut Tx, kind: &str, subject: &str, limit: i64) -> Result<Vec<Waiting>> {
    Ok(tx.query(
        "SELECT lane, payload, run_at FROM jobs WHERE kind = $1 AND subject = $2 AND state = 'queued'
         ORDER BY urgency, run_at, place LIMIT $3",
        params![kind, subject, limit],
        |row| {
            let (lane, payload) = (row.get("lane")?, row.get("payload")?);
            Ok(Waiting { lane, payload, run_at: Timestamp(row.get("run_at")?) })
        },
    )?)
}

/// Nothing stands before it, and nothing of its lane is being worked on: a job may be queued before one that is.
const FIRST_OF_LANE: &str =
    "NOT EXISTS (SELECT 1 FROM jobs e WHERE e.kind = j.kind AND e.lane = j.lane AND e.place < j.place)
     AND NOT EXISTS (SELECT 1 FROM jobs c WHERE c.kind = j.kind AND c.lane = j.lane AND c.state = 'claimed')";

fn held(due: &Due, values: &mut Vec<Value>) -> String {
    if due.held.is_empty() {
        return String::new();
    }
    let list = placeholders(values.len(), due.held.len());
    values.extend(due.held.iter().map(|lane| Value::from(lane.as_str())));
    format!("AND j.lane NOT IN ({list})")
}

/// Whether `worker` has a job still claimed; if so, it has until the end of the transaction.
pub(crate) fn is_claimed_by(tx: &mut Tx, id: JobId, worker: &str) -> Result<bool> {
    let sql = format!(
        "SELECT id FROM jobs WHERE id = $1 AND state = 'claimed' AND claimed_by = $2 {}",
        tx.locking()
    );
    Ok(tx.query_opt(&sql, params![id, worker], |_| Ok(()))?.is_some())
}

/// The job is done: it goes.
pub(crate) fn finish(tx: &mut Tx, id: JobId) -> Result<()> {
    tx.execute("DELETE FROM jobs WHERE id = $1", params![id])?;
    Ok(())
}

/// Takes a job that nobody has claimed out of the queue.
pub(crate) fn drop_queued(tx: &mut Tx, kind: &str, payload: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM jobs WHERE kind = $1 AND payload = $2 AND state = 'queued'",
        params![kind, payload],
    )?;
    Ok(())
}

/// Takes all jobs of a subject that nobody has claimed out of the queue; gives their payloads.
pub(crate) fn take_queued(tx: &mut Tx, kind: &str, subject: &str) -> Result<Vec<String>> {
    let sql = "DELETE FROM jobs WHERE kind = $1 AND subject = $2 AND state = 'queued' RETURNING payload";
    Ok(tx.query(sql, params![kind, subject], |row| row.get("payload"))?)
}

/// The payloads of a lane's jobs that wait, in their order.
pub(crate) fn queued_in_lane(tx: &mut Tx, kind: &str, lane: &str) -> Result<Vec<String>> {
    let sql = "SELECT payload FROM jobs WHERE kind = $1 AND lane = $2 AND state = 'queued' ORDER BY place";
    Ok(tx.query(sql, params![kind, lane], |row| row.get("payload"))?)
}

/// Takes those of a lane's jobs with one of `payloads` that nobody has claimed out of the queue; gives their payloads. One that is
/// being claimed at this moment stays: whether it is decides who commits first.
pub(crate) fn take_from_lane(
    tx: &mut Tx,
    kind: &str,
    lane: &str,
    payloads: &[String],
) -> Result<HashSet<String>> {
    if payloads.is_empty() {
        return Ok(HashSet::new());
    }
    let mut values = params![kind, lane].to_vec();
    let list = placeholders(values.len(), payloads.len());
    values.extend(payloads.iter().map(|payload| Value::from(payload.as_str())));
    let sql = format!(
        "DELETE FROM jobs WHERE kind = $1 AND lane = $2 AND state = 'queued' AND payload IN ({list})
         RETURNING payload"
    );
    Ok(tx.query(&sql, &values, |row| row.get("payload"))?.into_iter().collect())
}

/// What waits for one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) count: i64,
    /// Since when the oldest waits.
    pub(crate) oldest_at: Option<Timestamp>,
    /// When the next is due.
    pub(crate) next_at: Option<Timestamp>,
}

/// The jobs of a subject that wait.
pub(crate) fn queued_of(tx: &mut Tx, kind: &str, subject: &str) -> Result<Queued> {
    let sql = "SELECT COUNT(*) AS n, MIN(created_at) AS oldest, MIN(run_at) AS next FROM jobs
         WHERE kind = $1 AND subject = $2 AND state = 'queued'";
    Ok(tx.query_one(sql, params![kind, subject], |row| {
        let time = |column| row.get::<Option<i64>>(column).map(|at| at.map(Timestamp));
        Ok(Queued { count: row.get("n")?, oldest_at: time("oldest")?, next_at: time("next")? })
    })?)
}

/// The job did not happen and is to be tried again at `run_at`; its lane waits for it.
pub(crate) fn put_back(tx: &mut Tx, id: JobId, run_at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE jobs SET state = 'queued', claimed_by = NULL, run_at = $2 WHERE id = $1 AND state = 'claimed'",
        params![id, run_at],
    )?;
    Ok(())
}

/// A queued job is to be tried at `run_at`, and not before.
pub(crate) fn postpone(tx: &mut Tx, id: JobId, run_at: Timestamp) -> Result<()> {
    tx.execute("UPDATE jobs SET run_at = $2 WHERE id = $1 AND state = 'queued'", params![id, run_at])?;
    Ok(())
}

/// The jobs of `subject` that a worker other than `worker` claimed and never settled: its process is dead.
///
/// A dead process's last commit may still be under way, and that it was killed won't stop it. So all jobs of the subject are
/// touched, not only read: that waits for who is changing one of them, and sees what came of it.
pub(crate) fn claimed_by_others(tx: &mut Tx, kind: &str, subject: &str, worker: &str) -> Result<Vec<Job>> {
    let jobs = tx.query(
        "UPDATE jobs SET claimed_by = claimed_by WHERE kind = $1 AND subject = $2
         RETURNING id, lane, payload, attempts, state = 'claimed' AND claimed_by <> $3 AS is_lost",
        params![kind, subject, worker],
        |row| Ok((row.get::<Option<bool>>("is_lost")? == Some(true), job(row)?)),
    )?;
    Ok(jobs.into_iter().filter_map(|(is_lost, job)| is_lost.then_some(job)).collect())
}

/// Jobs of a kind in whatever state, at most `limit`.
pub(crate) fn of_kind(tx: &mut Tx, kind: &str, limit: i64) -> Result<Vec<Job>> {
    let sql = "SELECT id, lane, payload, attempts FROM jobs WHERE kind = $1 ORDER BY lane, place LIMIT $2";
    Ok(tx.query(sql, params![kind, limit], job)?)
}

/// What waits for one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Backlog {
    pub(crate) subject: String,
    pub(crate) count: i64,
    /// When the oldest of them was stored.
    pub(crate) oldest: Timestamp,
}

/// The jobs of a kind, claimed ones too, counted by subject.
pub(crate) fn backlog(tx: &mut Tx, kind: &str) -> Result<Vec<Backlog>> {
    let sql = "SELECT subject, COUNT(*) AS count, MIN(created_at) AS oldest FROM jobs WHERE kind = $1 GROUP BY subject";
    Ok(tx.query(sql, params![kind], |row| {
        let oldest = row.get("oldest").map(Timestamp)?;
        Ok(Backlog { subject: row.get("subject")?, count: row.get("count")?, oldest })
    })?)
}

fn job(row: &Row) -> Result<Job, db::Error> {
    Ok(Job {
        id: JobId::column(row, "id")?,
        lane: row.get("lane")?,
        payload: row.get("payload")?,
        attempts: row.get("attempts")?,
    })
}
