//! Everything at once, and everything in any order: what must hold of the queue holds at every commit.

use std::sync::atomic::{AtomicUsize, Ordering};

use db::{Db, Dialect, Options};
use desk::ids::{MemberId, ProjectId};
use desk::members::{Role, Status};
use desk::reception::{end, set_status, take};
use desk::sessions::{self, Tab};
use desk::{Code, Error};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use testkit::TestDatabase;

use crate::common::World;
use crate::rules::check;

testkit::both_databases!(
    any_order_of_verbs_keeps_the_rules,
    eight_workers_at_once_keep_the_rules,
    whoever_acts_on_a_session_that_is_being_given_waits_for_nobody_who_waits_for_them,
);

/// Two projects that some members see in part, and customers of both.
struct Scene {
    world: World,
    projects: Vec<ProjectId>,
    members: Vec<MemberId>,
    /// How much was done, by kind of step: a run in which nothing happens shows nothing.
    done: [AtomicUsize; 5],
}

const CUSTOMERS: i64 = 8;

impl Scene {
    async fn new(database: TestDatabase, connections: usize) -> Self {
        let world = World::with_connections(database, connections).await;
        let projects = vec![world.project().await, world.project().await];
        world.designate(projects[1]).await;
        let mut members = Vec::new();
        for (login_name, role, theirs) in [
            ("ana", Role::Agent, None),
            ("bob", Role::Agent, Some(&projects[..1])),
            ("cid", Role::Supervisor, Some(&projects[1..])),
            ("dot", Role::Agent, None),
            ("eva", Role::Admin, Some(&[][..])),
        ] {
            members.push(world.add(login_name, role, theirs).await.unwrap());
        }
        world.name_in_scope(projects[1], members[0]).await;
        world.name_in_scope(projects[1], members[2]).await;
        for (limit, &member) in [2, 1, 3, 0, 1].into_iter().zip(&members) {
            world.limit(member, limit).await;
        }
        Self { world, projects, members, done: Default::default() }
    }

    /// One step of somebody's.
    async fn step(&self, random: &mut StdRng) {
        let world = &self.world;
        world.clock.advance(random.random_range(0..3));
        let member = *self.members.choose(random).unwrap();
        let kind = [0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4].choose(random).copied().unwrap();
        let happened = match kind {
            0 => {
                let project = *self.projects.choose(random).unwrap();
                let updates: Vec<_> = (0..random.random_range(1..4))
                    .map(|_| world.message(random.random_range(0..CUSTOMERS), "hello"))
                    .collect();
                world.ingest(project, &updates).await.new > 0
            }
            1 => {
                let status = [Status::Online, Status::Online, Status::Busy, Status::Offline];
                let status = *status.choose(random).unwrap();
                set_status(&world.store, world.workspace, member, status).await.unwrap();
                true
            }
            2 => {
                let waiting = world.list(member, Tab::Waiting).await;
                let Some(session) = waiting.choose(random) else { return };
                allowed(take(&world.store, world.workspace, member, session.id).await)
            }
            3 => {
                let mine = world.list(member, Tab::Mine).await;
                let Some(session) = mine.choose(random) else { return };
                allowed(end(&world.store, world.workspace, member, session.id).await)
            }
            _ => {
                // Also of sessions that aren't theirs: whoever may not still takes the locks.
                let tab = if random.random_ratio(2, 3) { Tab::Mine } else { Tab::All };
                let sessions = world.list(member, tab).await;
                let Some(session) = sessions.choose(random) else { return };
                let read = sessions::mark_read(&world.store, world.workspace, member, session.id).await;
                allowed(read) | allowed(world.reply(member, session.id, "hello").await)
            }
        };
        self.done[kind].fetch_add(usize::from(happened), Ordering::Relaxed);
    }

    fn was_busy(&self) {
        assert!(self.done.iter().all(|count| count.load(Ordering::Relaxed) > 0), "{:?}", self.done);
    }
}

/// Whether it happened; if not, because somebody else was faster.
fn allowed<T>(result: Result<T, Error>) -> bool {
    match result {
        Ok(_) => true,
        Err(error) => {
            let by_others =
                [Code::AlreadyTaken, Code::SessionEnded, Code::NotAssignee, Code::SessionNotOpen].map(Some);
            assert!(by_others.contains(&error.code()), "{error}");
            false
        }
    }
}

async fn any_order_of_verbs_keeps_the_rules(database: TestDatabase) {
    let scene = Scene::new(database, 2).await;
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..200 {
        scene.step(&mut random).await;
        check(&scene.world).await;
    }
    scene.was_busy();
}

async fn eight_workers_at_once_keep_the_rules(database: TestDatabase) {
    let url = database.url.clone();
    let scene = Scene::new(database, 9).await;
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let workers = (0..8).map(|worker| {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(worker));
        let scene = &scene;
        async move {
            for _ in 0..50 {
                scene.step(&mut random).await;
            }
        }
    });
    let observer = async {
        loop {
            check(&scene.world).await;
        }
    };
    tokio::select! {
        _ = futures_util::future::join_all(workers) => {}
        () = observer => {}
    }
    check(&scene.world).await;
    scene.was_busy();
    // At last everyone comes and clears the queue.
    for &member in &scene.members {
        set_status(&scene.world.store, scene.world.workspace, member, Status::Online).await.unwrap();
    }
    loop {
        let all = scene.world.list(scene.world.owner, Tab::All).await;
        let Some((session, assignee)) =
            all.into_iter().find_map(|it| it.assignee.map(|assignee| (it.id, assignee.id)))
        else {
            break;
        };
        end(&scene.world.store, scene.world.workspace, assignee, session).await.unwrap();
        check(&scene.world).await;
    }
    assert_eq!(scene.world.list(scene.world.owner, Tab::All).await, []);
    no_deadlocks(&scene.world, &url).await;
}

async fn whoever_acts_on_a_session_that_is_being_given_waits_for_nobody_who_waits_for_them(
    database: TestDatabase,
) {
    let url = database.url.clone();
    let world = World::with_connections(database, 8).await;
    let project = world.project().await;
    let ana = world.member("ana", Role::Agent).await;
    let bob = world.member("bob", Role::Agent).await;
    for customer in 0..12 {
        world.wrote(project, customer, "hello").await;
        let id = world.session(customer).await.id;
        // Who may not act on it takes its locks all the same, while diversion takes them to give it to Ana.
        let others = (0..6).map(|_| async {
            allowed(sessions::mark_read(&world.store, world.workspace, bob, id).await);
            allowed(world.reply(bob, id, "hello").await)
        });
        let giving = world.status(ana, Status::Online);
        let (others, ()) = tokio::join!(futures_util::future::join_all(others), giving);
        assert!(others.into_iter().all(|happened| !happened));
        end(&world.store, world.workspace, ana, id).await.unwrap();
        world.status(ana, Status::Offline).await;
    }
    no_deadlocks(&world, &url).await;
}

/// Everyone takes their locks in one order, so nobody ever stood in a circle. (Deadlocks would be retried and go unnoticed.)
pub(crate) async fn no_deadlocks(world: &World, url: &str) {
    if world.store.db().dialect() == Dialect::Sqlite {
        return;
    }
    // PostgreSQL counts for each connection, and adds it up when the connection ends.
    world.store.db().close().await;
    let db = Db::open(url, Options { postgres_connections: 1, ..Options::default() }).unwrap();
    let number = async |sql: &'static str| {
        let number = db.write("test", move |tx| tx.query_one(sql, &[], |row| row.get::<i64>("n")));
        number.await.unwrap_or_else(|error: db::Error| panic!("{error}"))
    };
    let others = "SELECT COUNT(*) AS n FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while number(others).await > 0 {}
    let deadlocks = "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(number(deadlocks).await, 0);
}
