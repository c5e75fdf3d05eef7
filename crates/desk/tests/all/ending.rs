//! Sessions that end by themselves, and when they don't.

use db::params;
use desk::ids::{MemberId, MessageId, ProjectId};
use desk::members::{Role, Status};
use desk::messages::ServiceWhat;
use desk::outbound::record_sent;
use desk::reception::{Transfer, end_quiet, take, transfer};
use desk::sessions::{EndedBecause, SessionState, Tab};
use testkit::TestDatabase;

use crate::common::World;
use crate::rules::check;

testkit::both_databases!(
    a_session_ends_when_it_was_quiet_for_long_enough,
    its_assignee_is_warned_once,
    nothing_ends_while_the_customer_is_not_answered,
    who_gets_it_later_has_the_whole_time,
    projects_decide,
    many_end_at_once_and_make_room,
    two_nodes_end_it_once,
);

const MINUTE: i64 = 60_000;

struct Scene {
    world: World,
    project: ProjectId,
    ana: MemberId,
}

impl Scene {
    /// Ana serves a project with a quiet time of an hour.
    async fn new(database: TestDatabase) -> Self {
        let world = World::with_connections(database, 4).await;
        let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
        let scene = Self { world, project, ana };
        scene.quiet_minutes(Some(60)).await;
        scene
    }

    async fn quiet_minutes(&self, minutes: Option<i64>) {
        let (sql, project) = ("UPDATE projects SET quiet_minutes = $2 WHERE id = $1", self.project);
        self.world.write(move |tx| tx.execute(sql, params![project, minutes])).await;
    }

    /// A customer writes, and Ana answers; it has arrived if it is to.
    async fn answered(&self, customer: i64, arrives: bool) -> MessageId {
        self.world.wrote(self.project, customer, "hello").await;
        let session = self.world.session(customer).await;
        if session.state == SessionState::Waiting {
            take(&self.world.store, self.world.workspace, self.ana, session.id).await.unwrap();
        }
        let id = self.world.reply(self.ana, session.id, "good day").await.unwrap().message.id;
        if arrives {
            record_sent(&self.world.store, id, None).await.unwrap();
        }
        id
    }

    async fn end(&self) -> usize {
        end_quiet(&self.world.store).await.unwrap()
    }
}

async fn a_session_ends_when_it_was_quiet_for_long_enough(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    scene.answered(7, true).await;
    let view = world.session(7).await;
    assert_eq!(view.quiet_at, Some(world.store.now().plus(60 * MINUTE)));
    assert_eq!(view.first_reply_at, Some(world.store.now()));
    world.clock.advance(60 * MINUTE - 1);
    assert_eq!((scene.end().await, world.session(7).await.state), (0, SessionState::Open));
    world.clock.advance(1);
    assert_eq!(scene.end().await, 1);
    let view = world.session(7).await;
    assert_eq!((view.state, view.end_reason), (SessionState::Ended, Some(EndedBecause::Quiet)));
    assert_eq!((view.ended_at, view.quiet_at), (Some(world.store.now()), None));
    assert_eq!(view.assignee.map(|it| it.id), Some(scene.ana));
    let lines = world.service(scene.project, 7).await;
    assert_eq!(lines.last(), Some(&(ServiceWhat::Ended, None, Some("quiet".to_owned()), None, None)));
    assert_eq!(world.recorded().await.last(), Some(&("session.ended".to_owned(), None)));
    assert_eq!(scene.end().await, 0);
    check(world).await;
}

async fn its_assignee_is_warned_once(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let warnings = async || {
        let told = world.all_told().await.into_iter();
        told.filter(|(who, what, ..)| *who == scene.ana.to_string() && what == "ending_soon").count()
    };
    scene.answered(7, true).await;
    world.clock.advance(45 * MINUTE - 1);
    scene.end().await;
    assert_eq!(warnings().await, 0);
    world.clock.advance(1);
    for _ in 0..2 {
        scene.end().await;
        assert_eq!(warnings().await, 1, "15 minutes before, once");
    }
    // Something is said: the time begins anew, and so does the warning.
    scene.answered(7, true).await;
    world.clock.advance(44 * MINUTE);
    scene.end().await;
    assert_eq!(warnings().await, 1);
    world.clock.advance(MINUTE);
    scene.end().await;
    assert_eq!(warnings().await, 2);
    // With little time there is a quarter of it.
    scene.quiet_minutes(Some(4)).await;
    scene.answered(7, true).await;
    world.clock.advance(3 * MINUTE - 1);
    scene.end().await;
    assert_eq!(warnings().await, 2);
    world.clock.advance(1);
    scene.end().await;
    assert_eq!(warnings().await, 3);
    // Who comes too late to warn ends it and says nothing more.
    scene.answered(8, true).await;
    world.clock.advance(4 * MINUTE);
    assert_eq!((scene.end().await, warnings().await), (2, 3));
}

async fn nothing_ends_while_the_customer_is_not_answered(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace) = (&scene.world, scene.world.workspace);
    // 1 was answered and wrote again, 2 was never answered, 3 waits again after an answer, 4's answer waits to be sent, 5's failed,
    // and of 6's nobody knows.
    scene.answered(1, true).await;
    world.wrote(scene.project, 1, "thanks, but").await;
    world.wrote(scene.project, 2, "hello").await;
    take(&world.store, workspace, scene.ana, world.session(2).await.id).await.unwrap();
    scene.answered(3, true).await;
    transfer(&world.store, workspace, scene.ana, world.session(3).await.id, Transfer::default())
        .await
        .unwrap();
    scene.answered(4, false).await;
    for (customer, state) in [(5, "failed"), (6, "unknown")] {
        let id = scene.answered(customer, false).await;
        let sql = "UPDATE messages SET delivery = $2 WHERE id = $1";
        world.write(move |tx| tx.execute(sql, params![id, state])).await;
    }
    world.wrote(scene.project, 9, "hello").await;
    world.clock.advance(30 * 24 * 60 * MINUTE);
    assert_eq!(scene.end().await, 0);
    assert!(world.all_told().await.iter().all(|(_, what, ..)| what != "ending_soon"));
    for customer in [1, 2, 3, 9] {
        assert_eq!(world.session(customer).await.quiet_at, None, "{customer}");
    }
    assert_eq!(world.list(world.owner, Tab::All).await.len(), 7);
}

async fn who_gets_it_later_has_the_whole_time(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace) = (&scene.world, scene.world.workspace);
    let bob = world.member("bob", Role::Agent).await;
    scene.answered(7, true).await;
    world.clock.advance(50 * MINUTE);
    scene.end().await;
    let to_bob = Transfer { to: Some(bob), ..Transfer::default() };
    transfer(&world.store, workspace, scene.ana, world.session(7).await.id, to_bob).await.unwrap();
    assert_eq!(world.session(7).await.quiet_at, Some(world.store.now().plus(60 * MINUTE)));
    world.clock.advance(45 * MINUTE);
    assert_eq!(scene.end().await, 0);
    let warned: Vec<_> =
        world.all_told().await.into_iter().filter(|(_, what, ..)| what == "ending_soon").collect();
    assert_eq!(
        warned.iter().map(|(who, ..)| who.clone()).collect::<Vec<_>>(),
        [scene.ana, bob].map(|it| it.to_string())
    );
    world.clock.advance(15 * MINUTE);
    assert_eq!(scene.end().await, 1);
}

async fn projects_decide(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    scene.quiet_minutes(None).await;
    scene.answered(7, true).await;
    assert_eq!(world.session(7).await.quiet_at, None);
    world.clock.advance(365 * 24 * 60 * MINUTE);
    assert_eq!(scene.end().await, 0, "it has no quiet time");
    scene.quiet_minutes(Some(60)).await;
    let project = scene.project;
    let set = |state: &'static str| {
        move |tx: &mut db::Tx| {
            tx.execute("UPDATE projects SET state = $2 WHERE id = $1", params![project, state])
        }
    };
    world.write(set("paused")).await;
    assert_eq!(scene.end().await, 0, "customers can't be heard");
    world.write(set("active")).await;
    assert_eq!(scene.end().await, 1, "and what was due meanwhile ends then");
}

async fn many_end_at_once_and_make_room(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    world.limit(scene.ana, 2).await;
    world.status(scene.ana, Status::Online).await;
    for customer in 0..110 {
        scene.answered(customer, true).await;
    }
    world.clock.advance(60 * MINUTE);
    for customer in 200..205 {
        world.wrote(scene.project, customer, "hello").await;
    }
    assert_eq!(scene.end().await, 110);
    assert_eq!(world.list(scene.ana, Tab::Mine).await.len(), 2, "the next two of the queue");
    assert_eq!(world.list(scene.ana, Tab::Waiting).await.len(), 3);
    check(world).await;
}

async fn two_nodes_end_it_once(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    for customer in 0..20 {
        scene.answered(customer, true).await;
    }
    world.clock.advance(60 * MINUTE);
    let (one, other) = tokio::join!(scene.end(), scene.end());
    assert_eq!(one + other, 20);
    let ended = "SELECT COUNT(*) AS n FROM audit WHERE verb = 'session.ended'";
    assert_eq!(world.count(ended).await, 20);
}
