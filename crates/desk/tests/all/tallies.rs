//! The tallies are what counting would give, whatever happens to sessions.

use desk::ids::{MemberId, ProjectId};
use desk::members::{Role, Status};
use desk::reception::{end, take};
use desk::sessions::{self, Tab};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use testkit::TestDatabase;

use crate::common::World;

testkit::both_databases!(tallies_are_what_counting_gives, many_at_once_leave_them_right);

/// Asserts that the tallies are what counting gives.
pub(crate) async fn agree(world: &World) {
    let row = |row: &db::Row| {
        Ok((
            row.get::<String>("project_id")?,
            row.get::<String>("state")?,
            row.get::<String>("assignee_id")?,
            row.get::<i64>("n")?,
            row.get::<i64>("unread_n")?,
        ))
    };
    let kept = "SELECT project_id, state, assignee_id, n, unread_n FROM session_tallies
         WHERE n <> 0 OR unread_n <> 0 ORDER BY 1, 2, 3";
    let counted =
        "SELECT project_id, state, CASE WHEN state = 'open' THEN assignee_id ELSE '' END AS assignee_id,
             COUNT(*) AS n, COUNT(*) FILTER (WHERE unread > 0) AS unread_n
         FROM sessions GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    let both = world
        .store
        .read("tallies", move |tx| Ok((tx.query(kept, &[], row)?, tx.query(counted, &[], row)?)))
        .await
        .unwrap();
    assert_eq!(both.0, both.1);
}

struct Scene {
    world: World,
    projects: [ProjectId; 2],
    members: Vec<MemberId>,
}

impl Scene {
    async fn new(database: TestDatabase, connections: usize) -> Self {
        let world = World::with_connections(database, connections).await;
        let projects = [world.project().await, world.project().await];
        let mut members = vec![world.owner];
        for n in 0..4 {
            members.push(world.member(&format!("agent{n}"), Role::Agent).await);
        }
        Self { world, projects, members }
    }

    /// Something happens; what is refused changes nothing.
    async fn act(&self, random: &mut StdRng) {
        let world = &self.world;
        let (store, workspace) = (&world.store, world.workspace);
        let member = *self.members.choose(random).unwrap();
        let session = {
            let tab = if random.random_bool(0.2) { Tab::Ended } else { Tab::All };
            world.list(world.owner, tab).await.choose(random).cloned()
        };
        match (random.random_range(0..10), session) {
            (0..3, _) | (_, None) => {
                let customer = random.random_range(0..12);
                let project = self.projects[usize::from(customer % 2 == 0)];
                let updates: Vec<_> =
                    (0..random.random_range(1..4)).map(|_| world.message(customer, "hello")).collect();
                world.ingest(project, &updates).await;
            }
            (3, Some(session)) => _ = take(store, workspace, member, session.id).await,
            (4, Some(session)) => {
                if let Some(assignee) = session.assignee {
                    let _ = end(store, workspace, assignee.id, session.id).await;
                }
            }
            (5, Some(session)) => {
                if let Some(assignee) = session.assignee {
                    let _ = sessions::mark_read(store, workspace, assignee.id, session.id).await;
                }
            }
            (6, Some(session)) => {
                if let Some(assignee) = session.assignee {
                    let _ = world.reply(assignee.id, session.id, "an answer").await;
                }
            }
            (7, _) => {
                let status = [Status::Online, Status::Busy, Status::Offline];
                world.status(member, *status.choose(random).unwrap()).await;
            }
            (8, _) => world.limit(member, random.random_range(0..4)).await,
            (_, Some(session)) => {
                let mark = sessions::mark_taken_up(store, workspace, member, session.id);
                let _ = mark.await;
            }
        }
    }
}

async fn tallies_are_what_counting_gives(database: TestDatabase) {
    let scene = Scene::new(database, 2).await;
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..300 {
        scene.act(&mut random).await;
        agree(&scene.world).await;
    }
    let counted = scene.world.count("SELECT COUNT(*) AS n FROM sessions WHERE state = 'ended'").await;
    assert!(counted > 3, "{counted}");
}

async fn many_at_once_leave_them_right(database: TestDatabase) {
    let scene = Scene::new(database, 8).await;
    let run = async |seed: u64| {
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..40 {
            scene.act(&mut random).await;
        }
    };
    tokio::join!(run(1), run(2), run(3), run(4), run(5), run(6), run(7), run(8));
    agree(&scene.world).await;
}
