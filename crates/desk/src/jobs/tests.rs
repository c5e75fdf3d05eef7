use std::collections::BTreeSet;
use std::sync::Mutex;

use testkit::TestDatabase;

use super::*;
use crate::testing::Fixture;
use crate::tx::Tx;

testkit::both_databases!(
    eight_workers_take_each_job_once_and_each_lane_in_order,
    a_lane_waits_for_its_first_job,
    a_job_before_one_that_is_being_done_waits_for_it,
    a_job_is_not_claimed_before_its_time,
    held_lanes_wait,
    automatic_work_goes_behind_live_work_but_not_within_a_lane,
    what_a_dead_worker_had_claimed_is_found,
    a_job_taken_out_of_the_queue_is_gone_unless_it_is_claimed,
    kinds_and_subjects_are_apart,
);

const KIND: &str = "test";

fn due(held: &[String]) -> Due<'_> {
    Due { kind: KIND, subject: "subject", held }
}

impl Fixture {
    async fn enqueue(&self, jobs: &[(&'static str, i64)]) {
        let (jobs, workspace) = (jobs.to_vec(), self.workspace);
        self.write(move |tx| {
            for &(lane, place) in &jobs {
                put(tx, workspace, lane, place)?;
            }
            Ok(())
        })
        .await;
    }

    /// Claims for `worker`, and gives lane and place of what it got, sorted.
    async fn claim(&self, worker: &'static str, limit: i64) -> Vec<(String, i64)> {
        self.claim_beside(worker, limit, &[]).await
    }

    async fn claim_beside(&self, worker: &'static str, limit: i64, held: &[&str]) -> Vec<(String, i64)> {
        let mut claimed: Vec<_> = self.jobs(worker, limit, held).await.iter().map(at).collect();
        claimed.sort();
        claimed
    }

    async fn jobs(&self, worker: &'static str, limit: i64, held: &[&str]) -> Vec<Job> {
        let held: Vec<_> = held.iter().map(|&lane| lane.to_owned()).collect();
        self.write(move |tx| claim(tx, &due(&held), worker, limit)).await
    }

    async fn next_due(&self) -> Option<Timestamp> {
        self.write(|tx| next_due(tx, &due(&[]))).await
    }
}

fn put(tx: &mut Tx, workspace: WorkspaceId, lane: &str, place: i64) -> crate::Result<()> {
    let (payload, run_at) = (place.to_string(), tx.now);
    enqueue(
        tx,
        &NewJob {
            workspace,
            kind: KIND,
            subject: "subject",
            lane,
            place,
            payload: &payload,
            urgency: Urgency::Live,
            run_at,
        },
    )
}

fn at(job: &Job) -> (String, i64) {
    (job.lane.clone(), job.payload.parse().unwrap())
}

fn places(jobs: &[(&str, i64)]) -> Vec<(String, i64)> {
    jobs.iter().map(|&(lane, place)| (lane.to_owned(), place)).collect()
}

async fn eight_workers_take_each_job_once_and_each_lane_in_order(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let lanes = ["a", "b", "c", "d", "e"];
    let all: Vec<_> = lanes.iter().flat_map(|&lane| (0..12).map(move |place| (lane, place))).collect();
    fixture.enqueue(&all).await;
    let (fixture, done) = (&fixture, Mutex::new(Vec::new()));
    let workers = ["1", "2", "3", "4", "5", "6", "7", "8"].map(|worker| {
        let done = &done;
        async move {
            while fixture.left().await > 0 {
                for job in fixture.jobs(worker, 3, &[]).await {
                    // Until it is finished nobody else gets anything of this lane.
                    done.lock().unwrap().push(at(&job));
                    fixture.write(move |tx| finish(tx, job.id)).await;
                }
            }
        }
    });
    futures_util::future::join_all(workers).await;
    let done = done.into_inner().unwrap();
    assert_eq!(done.len(), all.len());
    for lane in lanes {
        let order: Vec<_> = done.iter().filter(|(it, _)| it == lane).map(|(_, place)| *place).collect();
        assert_eq!(order, (0..12).collect::<Vec<_>>(), "{lane}");
    }
}

impl Fixture {
    async fn left(&self) -> i64 {
        self.write(|tx| Ok(tx.query_one("SELECT COUNT(*) AS n FROM jobs", &[], |row| row.get("n"))?)).await
    }
}

async fn a_lane_waits_for_its_first_job(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enqueue(&[("a", 2), ("a", 1), ("b", 7), ("a", 3)]).await;
    let first = fixture.jobs("one", 10, &[]).await;
    assert_eq!(
        first.iter().map(at).collect::<BTreeSet<_>>(),
        places(&[("a", 1), ("b", 7)]).into_iter().collect()
    );
    assert!(first.iter().all(|job| job.attempts == 1));
    assert_eq!(fixture.claim("two", 10).await, []);
    assert_eq!(fixture.next_due().await, None, "nothing but the claimed ones holds them back");
    let a1 = first.iter().find(|job| job.lane == "a").unwrap().id;
    // It did not happen: the lane waits for it, not only until then but until it is done.
    let later = fixture.store.now().plus(1_000);
    fixture.write(move |tx| put_back(tx, a1, later)).await;
    assert_eq!((fixture.claim("two", 10).await, fixture.next_due().await), (vec![], Some(later)));
    fixture.clock.advance(1_000);
    let again = fixture.jobs("two", 10, &[]).await;
    assert_eq!((at(&again[0]), again[0].attempts, again.len()), (("a".into(), 1), 2, 1));
    fixture.write(move |tx| finish(tx, a1)).await;
    assert_eq!(fixture.claim("two", 10).await, places(&[("a", 2)]));
}

async fn a_job_before_one_that_is_being_done_waits_for_it(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enqueue(&[("a", 5)]).await;
    let running = fixture.jobs("one", 10, &[]).await.pop().unwrap();
    // Something is sent again at its old place while a later one is under way.
    fixture.enqueue(&[("a", 2), ("a", 6)]).await;
    assert_eq!((fixture.claim("one", 10).await, fixture.next_due().await), (vec![], None));
    fixture.write(move |tx| finish(tx, running.id)).await;
    assert_eq!(fixture.claim("one", 10).await, places(&[("a", 2)]));
}

async fn a_job_is_not_claimed_before_its_time(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    assert_eq!(fixture.next_due().await, None);
    let now = fixture.store.now();
    fixture.enqueue(&[("a", 1)]).await;
    fixture.clock.advance(500);
    fixture.enqueue(&[("b", 1)]).await;
    fixture.clock.set(now.plus(-1));
    assert_eq!((fixture.claim("one", 10).await, fixture.next_due().await), (vec![], Some(now)));
    fixture.clock.set(now);
    assert_eq!(fixture.claim("one", 10).await, places(&[("a", 1)]));
    assert_eq!(fixture.next_due().await, Some(now.plus(500)));
    fixture.clock.set(now.plus(500));
    assert_eq!(fixture.claim("one", 0).await, []);
    assert_eq!(fixture.claim("one", 10).await, places(&[("b", 1)]));
}

async fn automatic_work_goes_behind_live_work_but_not_within_a_lane(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let workspace = fixture.workspace;
    fixture
        .write(move |tx| {
            let now = tx.now;
            let put = |tx: &mut Tx, lane: &str, place: i64, urgency, run_at| {
                let payload = &*place.to_string();
                enqueue(
                    tx,
                    &NewJob {
                        workspace,
                        kind: KIND,
                        subject: "subject",
                        lane,
                        place,
                        payload,
                        urgency,
                        run_at,
                    },
                )
            };
            put(tx, "a", 1, Urgency::Automatic, now.plus(-5))?;
            put(tx, "a", 2, Urgency::Live, now)?;
            put(tx, "b", 3, Urgency::Automatic, now)?;
            put(tx, "c", 4, Urgency::Live, now)?;
            put(tx, "d", 5, Urgency::Live, now.plus(9))
        })
        .await;
    let order = fixture.write(|tx| waiting(tx, KIND, "subject", 10)).await;
    assert_eq!(order.iter().map(|job| &*job.payload).collect::<Vec<_>>(), ["2", "4", "5", "1", "3"]);
    assert_eq!(fixture.claim("one", 1).await, places(&[("c", 4)]));
    assert_eq!(fixture.next_due().await, Some(fixture.store.now().plus(-5)));
    assert_eq!(
        fixture.claim("one", 1).await,
        places(&[("a", 1)]),
        "the live one of its lane stands behind it"
    );
    assert_eq!(fixture.claim("one", 9).await, places(&[("b", 3)]));
    assert_eq!(fixture.next_due().await, Some(fixture.store.now().plus(9)));
}

async fn held_lanes_wait(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enqueue(&[("a", 1), ("b", 1), ("c", 1)]).await;
    assert_eq!(fixture.claim_beside("one", 10, &["a", "c", "z"]).await, places(&[("b", 1)]));
    let held = vec!["a".to_owned(), "c".to_owned()];
    assert_eq!(fixture.write(move |tx| next_due(tx, &due(&held))).await, None);
    assert_eq!(fixture.claim_beside("one", 10, &["a"]).await, places(&[("c", 1)]));
    assert_eq!(fixture.claim("one", 10).await, places(&[("a", 1)]));
}

async fn what_a_dead_worker_had_claimed_is_found(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enqueue(&[("a", 1), ("a", 2), ("b", 1), ("c", 1)]).await;
    assert_eq!(fixture.claim("dead", 2).await.len(), 2);
    assert_eq!(fixture.claim("alive", 10).await.len(), 1);
    let others = |worker: &'static str| move |tx: &mut Tx| claimed_by_others(tx, KIND, "subject", worker);
    assert_eq!(fixture.write(others("dead")).await.len(), 1);
    let left = fixture.write(others("alive")).await;
    assert_eq!(left.len(), 2);
    for job in left {
        fixture.write(move |tx| finish(tx, job.id)).await;
    }
    assert_eq!(fixture.write(others("alive")).await, []);
    assert_eq!(fixture.write(others("third")).await.len(), 1);
}

async fn a_job_taken_out_of_the_queue_is_gone_unless_it_is_claimed(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enqueue(&[("a", 1), ("b", 2)]).await;
    assert_eq!(fixture.claim_beside("one", 1, &["b"]).await, places(&[("a", 1)]));
    for payload in ["1", "2", "3"] {
        fixture.write(move |tx| drop_queued(tx, KIND, payload)).await;
    }
    assert_eq!(fixture.left().await, 1);
    // Whoever did it may say so after all.
    let claimed = fixture.write(|tx| claimed_by_others(tx, KIND, "subject", "nobody")).await;
    assert_eq!(claimed.iter().map(at).collect::<Vec<_>>(), places(&[("a", 1)]));
}

async fn kinds_and_subjects_are_apart(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let workspace = fixture.workspace;
    fixture
        .write(move |tx| {
            let job = |kind, subject, place| NewJob {
                workspace,
                kind,
                subject,
                lane: "a",
                place,
                payload: "1",
                urgency: Urgency::Live,
                run_at: Timestamp(0),
            };
            enqueue(tx, &job(KIND, "other", 1))?;
            enqueue(tx, &job("other", "subject", 1))?;
            enqueue(tx, &job(KIND, "third", 2))
        })
        .await;
    assert_eq!((fixture.claim("one", 10).await, fixture.next_due().await), (vec![], None));
    let twice = fixture.store.write("test", move |tx| put(tx, workspace, "a", 1)).await;
    assert!(matches!(twice, Err(crate::Error::Db(error)) if error.is_unique("jobs_place")));
}
