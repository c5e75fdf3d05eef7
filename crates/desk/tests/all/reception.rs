//! Diversion and the queue: who gets which session, and when.

use desk::ids::{MemberId, ProjectId};
use desk::members::{self, Role, Status};
use desk::messages::ServiceWhat;
use desk::reception::{end, take};
use desk::sessions::{SessionState, Tab};
use desk::{Code, portal};
use testkit::TestDatabase;

use crate::common::{World, refusal};
use crate::rules::check;

testkit::both_databases!(
    sessions_go_in_turn,
    each_project_has_a_turn_of_its_own,
    nobody_gets_more_than_their_limit,
    whoever_becomes_available_gets_the_oldest_of_any_project,
    ending_makes_room_for_the_next,
    only_those_who_are_online_and_see_the_project_get_sessions,
    whoever_takes_by_hand_may_exceed_their_limit,
    taking_by_hand_and_diversion_at_once_give_it_to_one,
    two_who_take_at_once_are_told_apart,
    a_batch_is_diverted_in_the_order_of_its_sessions,
    what_happened_stands_in_the_timeline,
);

impl World {
    /// Who has the customer's session.
    pub(crate) async fn assignee(&self, customer: i64) -> Option<MemberId> {
        self.session(customer).await.assignee.map(|member| member.id)
    }

    /// A customer writes, and the session is somebody's.
    pub(crate) async fn given(&self, project: ProjectId, customer: i64) -> Option<MemberId> {
        self.minute_passes();
        self.wrote(project, customer, "hello").await;
        self.assignee(customer).await
    }

    /// Whoever has the customer's session ends it.
    pub(crate) async fn end(&self, customer: i64) {
        let session = self.session(customer).await;
        end(&self.store, self.workspace, session.assignee.unwrap().id, session.id).await.unwrap();
    }
}

async fn sessions_go_in_turn(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [ana, bob, cid] = [world.agent("ana").await, world.agent("bob").await, world.agent("cid").await];
    for (customer, expected) in [ana, bob, cid, ana, bob].into_iter().enumerate() {
        assert_eq!(world.given(project, i64::try_from(customer).unwrap()).await, Some(expected));
    }
    // Who was away has no claim to make up for it.
    world.status(cid, Status::Busy).await;
    assert_eq!(world.given(project, 10).await, Some(ana));
    world.status(cid, Status::Online).await;
    assert_eq!(world.given(project, 11).await, Some(bob));
    assert_eq!(world.given(project, 12).await, Some(cid));
    check(&world).await;
}

async fn each_project_has_a_turn_of_its_own(database: TestDatabase) {
    let world = World::new(database).await;
    let [shop, help] = [world.project().await, world.project().await];
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    for (project, customer, expected) in
        [(shop, 1, ana), (help, 2, ana), (shop, 3, bob), (help, 4, bob), (help, 5, ana), (shop, 6, bob)]
    {
        if customer == 6 {
            // Ana is full: the turn passes to who has room.
            assert_eq!(world.list(ana, Tab::Mine).await.len(), 3);
        }
        assert_eq!(world.given(project, customer).await, Some(expected), "{customer}");
    }
    check(&world).await;
}

async fn nobody_gets_more_than_their_limit(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    world.limit(ana, 1).await;
    world.limit(bob, 0).await;
    assert_eq!(world.given(project, 1).await, Some(ana));
    assert_eq!(world.given(project, 2).await, None);
    let members = portal::members(&world.store, world.workspace).await.unwrap();
    let load = |id| members.iter().find(|it| it.id == id).map(|it| (it.open_sessions, it.limit));
    assert_eq!((load(ana), load(bob), load(world.owner)), (Some((1, 1)), Some((0, 0)), Some((0, 3))));
    // Lowering a limit takes nothing away.
    world.limit(ana, 0).await;
    assert_eq!(world.assignee(1).await, Some(ana));
    world.end(1).await;
    assert_eq!(world.assignee(2).await, None);
    check(&world).await;
}

async fn whoever_becomes_available_gets_the_oldest_of_any_project(database: TestDatabase) {
    let world = World::new(database).await;
    let [shop, help, other] = [world.project().await, world.project().await, world.project().await];
    let ana = world.add("ana", Role::Agent, Some(&[shop, help])).await.unwrap();
    for (project, customer) in [(other, 1), (help, 2), (shop, 3), (help, 4), (shop, 5), (other, 6)] {
        assert_eq!(world.given(project, customer).await, None);
    }
    world.status(ana, Status::Busy).await;
    assert_eq!(world.list(ana, Tab::Mine).await, [], "busy receives none");
    world.status(ana, Status::Online).await;
    let mut mine: Vec<_> =
        world.list(ana, Tab::Mine).await.iter().map(|it| it.customer.telegram_id).collect();
    mine.sort_unstable();
    assert_eq!(mine, [2, 3, 4], "the oldest three of what she serves");
    check(&world).await;
    world.end(3).await;
    assert_eq!(world.assignee(5).await, Some(ana));
    check(&world).await;
}

async fn ending_makes_room_for_the_next(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.agent("ana").await;
    for customer in 1..=5 {
        world.given(project, customer).await;
    }
    assert_eq!((world.assignee(3).await, world.assignee(4).await), (Some(ana), None));
    world.end(2).await;
    assert_eq!((world.assignee(4).await, world.assignee(5).await), (Some(ana), None));
    world.end(1).await;
    assert_eq!(world.assignee(5).await, Some(ana));
    check(&world).await;
}

async fn only_those_who_are_online_and_see_the_project_get_sessions(database: TestDatabase) {
    let world = World::new(database).await;
    let [shop, help] = [world.project().await, world.project().await];
    world.designate(shop).await;
    let ana = world.add("ana", Role::Agent, Some(&[help])).await.unwrap();
    let bob = world.agent("bob").await;
    let cid = world.agent("cid").await;
    world.name_in_scope(shop, cid).await;
    world.status(ana, Status::Online).await;
    world.status(cid, Status::Offline).await;
    assert_eq!(world.given(shop, 1).await, None, "Bob isn't named, Cid is away, Ana has another project");
    let disable = "UPDATE members SET state = 'disabled' WHERE id = $1";
    world.write(move |tx| tx.execute(disable, db::params![bob])).await;
    assert_eq!(world.given(help, 2).await, Some(ana));
    assert_eq!(world.given(help, 3).await, Some(ana), "Bob's account is off");
    world.status(cid, Status::Online).await;
    assert_eq!(world.assignee(1).await, Some(cid));
    // A manager who is online serves like everyone else.
    world.status(world.owner, Status::Online).await;
    assert_eq!(world.given(shop, 4).await, Some(world.owner));
    // Signing out sets offline.
    world.status(cid, Status::Offline).await;
    let attempt = members::Attempt {
        slug: None,
        login_name: "ana".into(),
        password: crate::common::PASSWORD.into(),
        code: None,
        browser: None,
        address: String::new(),
        device: String::new(),
    };
    let login = members::log_in(&world.store, &world.gate, attempt).await.unwrap();
    desk::reception::log_out(&world.store, &login.signed_in).await.unwrap();
    assert_eq!(world.given(help, 5).await, Some(world.owner));
    check(&world).await;
}

async fn whoever_takes_by_hand_may_exceed_their_limit(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.agent("ana").await;
    for customer in 1..=5 {
        world.given(project, customer).await;
    }
    for customer in [5, 4] {
        let id = world.session(customer).await.id;
        take(&world.store, world.workspace, ana, id).await.unwrap();
    }
    assert_eq!(world.list(ana, Tab::Mine).await.len(), 5);
    assert_eq!(world.given(project, 6).await, None);
    for customer in [1, 2] {
        world.end(customer).await;
        assert_eq!(world.assignee(6).await, None, "three are enough");
    }
    world.end(3).await;
    assert_eq!(world.assignee(6).await, Some(ana));
    check(&world).await;
}

async fn taking_by_hand_and_diversion_at_once_give_it_to_one(database: TestDatabase) {
    let world = World::with_connections(database, 8).await;
    let project = world.project().await;
    let [ana, bob] = [world.agent("ana").await, world.member("bob", Role::Agent).await];
    for round in 0..10 {
        world.status(ana, Status::Offline).await;
        assert_eq!(world.given(project, round).await, None);
        let id = world.session(round).await.id;
        let ((), taken) =
            tokio::join!(world.status(ana, Status::Online), take(&world.store, world.workspace, bob, id));
        let expected = match taken {
            Ok(()) => bob,
            Err(error) => {
                assert_eq!(error.code(), Some(Code::AlreadyTaken));
                ana
            }
        };
        assert_eq!(world.assignee(round).await, Some(expected));
        check(&world).await;
        world.end(round).await;
    }
}

async fn two_who_take_at_once_are_told_apart(database: TestDatabase) {
    let world = World::with_connections(database, 8).await;
    let project = world.project().await;
    let mut agents = Vec::new();
    for n in 0..4 {
        agents.push(world.member(&format!("agent{n}"), Role::Agent).await);
    }
    for customer in 0..5 {
        assert_eq!(world.given(project, customer).await, None);
        let id = world.session(customer).await.id;
        let taking = agents.iter().map(|&agent| take(&world.store, world.workspace, agent, id));
        let taken = futures_util::future::join_all(taking).await;
        let winners: Vec<_> =
            agents.iter().zip(&taken).filter(|(_, it)| it.is_ok()).map(|(id, _)| *id).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(world.assignee(customer).await, Some(winners[0]));
        for lost in taken.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(lost), Code::AlreadyTaken);
        }
    }
}

async fn a_batch_is_diverted_in_the_order_of_its_sessions(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    let updates: Vec<_> = [1, 2, 1, 3, 4, 2].map(|customer| world.message(customer, "hello")).into();
    assert_eq!(world.ingest(project, &updates).await.new, 6);
    // They began at the same moment, but one after the other.
    for (customer, expected) in [(1, ana), (2, bob), (3, ana), (4, bob)] {
        assert_eq!(world.assignee(customer).await, Some(expected));
    }
    check(&world).await;
}

async fn what_happened_stands_in_the_timeline(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.agent("ana").await;
    world.given(project, 1).await;
    world.end(1).await;
    world.status(ana, Status::Busy).await;
    world.clock.advance(10 * 60_000);
    world.given(project, 1).await;
    let session = world.session(1).await;
    assert_eq!(session.state, SessionState::Waiting);
    take(&world.store, world.workspace, ana, session.id).await.unwrap();
    let lines = world.timeline(world.customer(project, 1).await).await;
    let told: Vec<_> = lines
        .iter()
        .filter_map(|line| line.service.as_ref())
        .map(|line| (line.what, line.member.as_ref().map(|it| it.name.as_str()), line.reason.as_deref()))
        .collect();
    let name = Some("Name of ana");
    assert_eq!(
        told,
        [
            (ServiceWhat::SessionStarted, None, None),
            (ServiceWhat::Assigned, name, Some("in_turn")),
            (ServiceWhat::Ended, name, None),
            (ServiceWhat::SessionStarted, None, None),
            (ServiceWhat::Taken, name, Some("by_hand")),
        ]
    );
    let verbs =
        world.texts("SELECT verb FROM audit WHERE subject_kind = 'session' ORDER BY at", &[], "verb").await;
    assert_eq!(verbs, ["session.ended", "session.taken"]);
}
