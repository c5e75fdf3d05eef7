use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use db::params;
use proptest::prelude::*;
use testkit::TestDatabase;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::model::{Look, Node, Plan, Roster, plan};
use super::{BEAT, DEAD_AFTER, HOLD, Lease, NewNode, holds, store};
use crate::clock::{ManualClock, Timestamp};
use crate::ids::ProjectId;
use crate::testing::Fixture;
use crate::tx::Store;

testkit::both_databases!(
    a_lease_has_one_holder,
    a_node_that_was_struck_off_takes_nothing,
    a_beat_saves_from_being_struck_off,
    a_node_started_again_keeps_its_projects,
    a_claim_and_a_takeover_wait_for_each_other,
    wrong_clocks_change_nothing,
    media_folders_must_be_one,
);

fn node(run: &str, beat: i64) -> Node {
    Node { run: run.to_owned(), name: format!("node {run}"), beat, leaving: false }
}

fn projects(count: usize) -> Vec<ProjectId> {
    (0..count).map(|_| ProjectId::new(Timestamp(1))).collect()
}

fn at(seconds: u64, start: Instant) -> Instant {
    start + Duration::from_secs(seconds)
}

#[test]
fn a_node_stops_before_it_can_be_struck_off() {
    assert!(HOLD + BEAT < DEAD_AFTER, "and a second is left for what takes its time");
}

#[test]
fn only_a_beat_that_stood_still_for_long_enough_is_dead() {
    let (mut roster, start) = (Roster::default(), Instant::now());
    for second in 0..20 {
        let look = at(second, start);
        let dead =
            roster.dead(&[node("still", 5), node("alive", i64::try_from(second).unwrap())], look, look);
        let expected = if second < DEAD_AFTER.as_secs() { vec![] } else { vec![("still".to_owned(), 5)] };
        assert_eq!(dead, expected, "{second}");
    }
}

#[test]
fn what_was_not_looked_at_did_not_stand_still() {
    let (mut roster, start) = (Roster::default(), Instant::now());
    for second in [0, 1, 2, 60, 61, 62, 68] {
        let look = at(second, start);
        assert_eq!(roster.dead(&[node("a", 5)], look, look), [], "{second}");
    }
}

#[test]
fn a_slow_look_counts_for_nothing() {
    let (mut roster, start) = (Roster::default(), Instant::now());
    assert_eq!(roster.dead(&[node("a", 5)], start, at(8, start)), []);
    assert_eq!(roster.dead(&[node("a", 5)], at(9, start), at(30, start)), []);
}

/// Lets all nodes look in turn until nobody changes anything, as in life; gives who holds what.
fn settle(
    active: &[ProjectId],
    nodes: &[Node],
    mut holders: BTreeMap<ProjectId, String>,
) -> BTreeMap<ProjectId, String> {
    let active: BTreeSet<_> = active.iter().copied().collect();
    for _ in 0..20 {
        let before = holders.clone();
        for node in nodes {
            let look = Look { nodes: nodes.to_vec(), holders: holders.clone() };
            let Plan { give, take, .. } = plan(&node.run, &active, &look);
            holders.retain(|id, _| !give.contains(id));
            holders.extend(take.into_iter().map(|id| (id, node.run.clone())));
        }
        if holders == before {
            return holders;
        }
    }
    panic!("they never come to rest");
}

fn count(holders: &BTreeMap<ProjectId, String>, run: &str) -> usize {
    holders.values().filter(|holder| *holder == run).count()
}

proptest! {
    #[test]
    fn everything_is_served_in_fair_shares(
        projects_count in 0usize..60, nodes_count in 1usize..6, held in prop::collection::vec(0usize..8, 60)
    ) {
        let active = projects(projects_count);
        let nodes: Vec<_> = (0..nodes_count).map(|n| node(&n.to_string(), 0)).collect();
        // Some are free, some are those of nodes that are gone.
        let holders = active.iter().zip(held).filter(|(_, n)| *n < 7).map(|(id, n)| (*id, n.to_string())).collect();
        let settled = settle(&active, &nodes, holders);
        prop_assert_eq!(settled.len(), active.len());
        for node in &nodes {
            prop_assert!(count(&settled, &node.run) <= projects_count.div_ceil(nodes_count));
        }
    }
}

#[test]
fn a_joining_node_gets_its_share_and_a_leaving_one_gives_everything() {
    let active = projects(1_000);
    let alone = settle(&active, &[node("a", 0)], BTreeMap::new());
    assert_eq!(count(&alone, "a"), 1_000);
    let two = settle(&active, &[node("a", 0), node("b", 0)], alone.clone());
    assert_eq!((count(&two, "a"), count(&two, "b")), (500, 500));
    let still = two.iter().filter(|(id, holder)| alone[*id] == **holder).count();
    assert_eq!(still, 500, "nobody moves without need");
    let nodes = [Node { leaving: true, ..node("a", 0) }, node("b", 0)];
    assert_eq!(count(&settle(&active, &nodes, two), "b"), 1_000);
}

#[test]
fn a_project_that_is_not_served_any_more_is_given_back() {
    let all = projects(2);
    let holders = all.iter().map(|id| (*id, "a".to_owned())).collect();
    let look = Look { nodes: vec![node("a", 0)], holders };
    let plan = plan("a", &BTreeSet::from([all[0]]), &look);
    assert_eq!((plan.keep, plan.give), (BTreeSet::from([all[0]]), BTreeSet::from([all[1]])));
}

fn new_node(id: &str, media: &str) -> NewNode {
    NewNode { id: id.to_owned(), name: format!("node {id}"), media: media.to_owned() }
}

impl Fixture {
    async fn enter(&self, id: &'static str, run: &'static str) {
        self.write(move |tx| store::enter(tx, &new_node(id, "m"), run)).await;
    }

    async fn take(&self, run: &'static str) -> usize {
        let project = self.project;
        self.write(move |tx| Ok(store::take(tx, run, &[project])?.len())).await
    }

    async fn holds(&self, run: &'static str) -> bool {
        let lease = lease(self.project, run);
        self.write(move |tx| holds(tx, &lease)).await
    }
}

fn lease(project: ProjectId, run: &str) -> Lease {
    Lease { project, holder: Some(run.into()), lost: CancellationToken::new() }
}

async fn a_lease_has_one_holder(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    for (id, run) in [("a", "run a"), ("b", "run b"), ("c", "run c"), ("d", "run d")] {
        fixture.enter(id, run).await;
    }
    let fixture = &fixture;
    let taken =
        futures_util::future::join_all(["run a", "run b", "run c", "run d"].map(|run| fixture.take(run)))
            .await;
    assert_eq!(taken.iter().sum::<usize>(), 1);
    let first = ["run a", "run b", "run c", "run d"][taken.iter().position(|n| *n == 1).unwrap()];
    assert!(fixture.holds(first).await);
    assert_eq!(fixture.take(first).await, 0, "it has it already");
    let project = fixture.project;
    fixture.write(move |tx| store::release(tx, "somebody else", &[project])).await;
    assert!(fixture.holds(first).await);
    fixture.write(move |tx| store::release(tx, first, &[project])).await;
    assert!(!fixture.holds(first).await);
    assert_eq!(fixture.take("run d").await, 1);
}

async fn a_node_that_was_struck_off_takes_nothing(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enter("a", "run a").await;
    fixture.enter("b", "run b").await;
    assert_eq!(fixture.take("run a").await, 1);
    assert!(fixture.write(|tx| store::strike_off(tx, "run a", 0)).await);
    assert!(fixture.holds("run a").await, "until somebody takes it, what it claims is its own");
    assert!(!fixture.write(|tx| store::beat(tx, "run a")).await, "it learns of it");
    assert_eq!(fixture.take("run b").await, 1);
    assert!(fixture.holds("run b").await && !fixture.holds("run a").await);
    assert_eq!(fixture.take("run a").await, 0);
}

async fn a_beat_saves_from_being_struck_off(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enter("a", "run a").await;
    let look = fixture.write(store::look).await;
    assert!(fixture.write(|tx| store::beat(tx, "run a")).await);
    let beat = look.nodes[0].beat;
    assert!(!fixture.write(move |tx| store::strike_off(tx, "run a", beat)).await);
    assert!(fixture.write(|tx| store::beat(tx, "run a")).await);
}

async fn a_node_started_again_keeps_its_projects(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    fixture.enter("a", "run a").await;
    assert_eq!(fixture.take("run a").await, 1);
    fixture.enter("a", "run a2").await;
    assert!(fixture.holds("run a2").await && !fixture.holds("run a").await);
    assert!(!fixture.write(|tx| store::beat(tx, "run a")).await);
    assert_eq!(fixture.write(store::look).await.nodes.len(), 1);
    fixture.write(|tx| store::leave(tx, "run a2")).await;
    assert_eq!(fixture.write(store::look).await.nodes, []);
}

/// Whoever claims and whoever takes over: one comes first, and the second sees what the first did.
async fn a_claim_and_a_takeover_wait_for_each_other(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let project = fixture.project;
    for round in 0..20 {
        fixture
            .write(move |tx| {
                for sql in ["DELETE FROM jobs", "DELETE FROM leases", "DELETE FROM nodes"] {
                    tx.execute(sql, &[])?;
                }
                Ok(())
            })
            .await;
        fixture.enter("a", "run a").await;
        fixture.enter("b", "run b").await;
        assert_eq!(fixture.take("run a").await, 1);
        fixture.write(|tx| store::strike_off(tx, "run a", 0)).await;
        let workspace = fixture.workspace;
        fixture
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO jobs (id, workspace_id, kind, subject, lane, place, payload, state, attempts, run_at, created_at)
                     VALUES ('job', $1, 'k', 's', 'l', 1, 'p', 'queued', 0, 0, 0)",
                    params![workspace],
                )?;
                Ok(())
            })
            .await;
        let (mine, sql) =
            (lease(project, "run a"), "UPDATE jobs SET state = 'claimed', claimed_by = 'a' WHERE id = 'job'");
        let claim =
            fixture.write(move |tx| if holds(tx, &mine)? { Ok(tx.execute(sql, &[])?) } else { Ok(0) });
        let takeover = async {
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(fixture.take("run b").await, 1);
            let sql = "SELECT COUNT(*) AS n FROM jobs WHERE claimed_by = 'a'";
            fixture.write(move |tx| Ok(tx.query_one(sql, &[], |row| row.get::<i64>("n"))?)).await
        };
        let (claimed, seen) = tokio::join!(claim, takeover);
        assert_eq!(
            i64::try_from(claimed).unwrap(),
            seen,
            "what was claimed before is seen, and nothing is claimed after"
        );
    }
}

/// One node's clock is an hour ahead of the other's, and is set back meanwhile.
async fn wrong_clocks_change_nothing(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let ahead = ManualClock::at(fixture.store.now().plus(3_600_000));
    let wrong: Store = fixture.store.with_clock(Arc::new(ahead.clone()));
    let project = fixture.project;
    fixture.enter("a", "run a").await;
    wrong.write("test", |tx| store::enter(tx, &new_node("b", "m"), "run b")).await.unwrap();
    assert_eq!(fixture.take("run a").await, 1);
    for hours in [1, -5, 100] {
        ahead.advance(hours * 3_600_000);
        let taken =
            wrong.write("test", move |tx| Ok(store::take(tx, "run b", &[project])?.len())).await.unwrap();
        assert_eq!(taken, 0);
        let look = wrong.read("test", store::look).await.unwrap();
        let now = Instant::now();
        assert_eq!(Roster::default().dead(&look.nodes, now, now), []);
        assert!(fixture.write(|tx| store::beat(tx, "run a")).await && fixture.holds("run a").await);
    }
}

async fn media_folders_must_be_one(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let agree = |id: &'static str, media: &'static str| {
        fixture.write(move |tx| {
            let other = store::agree_on_media(tx, &new_node(id, media))?;
            if other.is_none() {
                store::enter(tx, &new_node(id, media), id)?;
            }
            Ok(other)
        })
    };
    assert_eq!(agree("a", "one").await, None);
    assert_eq!(agree("b", "two").await, Some("node a".to_owned()));
    assert_eq!(agree("b", "one").await, None);
    assert_eq!(agree("a", "two").await, Some("node b".to_owned()));
    fixture.write(|tx| store::leave(tx, "b")).await;
    assert_eq!(agree("a", "two").await, None, "alone one may choose");
    assert_eq!(agree("b", "one").await, Some("node a".to_owned()));
}
