//! Who is there: connections that come and go, and what becomes of the sessions of who leaves.

use desk::ids::MemberId;
use desk::members::{self, Role, Status, WorkspaceChange};
use desk::messages::ServiceWhat;
use desk::portal;
use desk::reception::{self, Leaving, Signs, beat, sweep_presence};
use desk::sessions::Tab;
use testkit::TestDatabase;

use crate::common::{World, faults};
use crate::rules::check;

testkit::both_databases!(
    two_minutes_without_a_sign_of_life_are_the_end_of_a_connection,
    signs_of_life_of_any_node_count,
    who_stood_still_is_there_again,
    ten_minutes_away_are_offline,
    the_time_counts_from_the_status_where_there_was_no_portal,
    many_beat_in_one_statement,
    going_offline_returns_hands_over_or_keeps,
);

const MINUTE: i64 = 60_000;

impl World {
    async fn is_connected(&self, member: MemberId) -> bool {
        let members = portal::members(&self.store, self.workspace).await.unwrap();
        let account = portal::account(&self.store, self.workspace, member).await.unwrap();
        let seen = members.iter().find(|it| it.id == member).unwrap().connected;
        assert_eq!(account.connected, seen);
        seen
    }

    async fn sweep(&self) -> usize {
        sweep_presence(&self.store).await.unwrap()
    }

    async fn member_events(&self) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM events WHERE kind = 'member'").await
    }
}

async fn two_minutes_without_a_sign_of_life_are_the_end_of_a_connection(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.agent("ana").await;
    assert!(!world.is_connected(ana).await);
    let events = world.member_events().await;
    world.arrives(ana).await;
    assert!(world.is_connected(ana).await);
    assert_eq!(world.member_events().await, events + 1);
    // A second tab is no news.
    world.arrives(ana).await;
    assert_eq!(world.member_events().await, events + 1);
    let signs = Signs::default();
    world.clock.advance(MINUTE);
    signs.note(ana, world.store.now());
    world.clock.advance(10_000);
    beat(&world.store, &signs).await.unwrap();
    // Two minutes from the sign, not from when it was stored.
    world.clock.advance(2 * MINUTE - 10_001);
    assert_eq!((world.sweep().await, world.is_connected(ana).await), (0, true));
    world.clock.advance(1);
    assert_eq!((world.sweep().await, world.is_connected(ana).await), (1, false));
    assert_eq!(world.member_events().await, events + 2);
    assert_eq!(world.status_of(ana).await, Status::Online);
    assert_eq!(world.sweep().await, 0);
}

async fn signs_of_life_of_any_node_count(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.agent("ana").await;
    world.arrives(ana).await;
    let [one, other] = [Signs::default(), Signs::default()];
    one.note(ana, world.store.now().plus(MINUTE));
    other.note(ana, world.store.now().plus(30_000));
    world.clock.advance(MINUTE);
    beat(&world.store, &one).await.unwrap();
    beat(&world.store, &other).await.unwrap();
    world.clock.advance(2 * MINUTE - 1);
    assert_eq!(world.sweep().await, 0, "the later sign counts, whichever was stored last");
    world.clock.advance(1);
    assert_eq!(world.sweep().await, 1);
}

async fn who_stood_still_is_there_again(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.diverts(project, desk::projects::Diversion::LeastBusy).await;
    let ana = world.agent("ana").await;
    world.arrives(ana).await;
    world.clock.advance(3 * MINUTE);
    world.sweep().await;
    assert_eq!(world.given(project, 1).await, None);
    let signs = Signs::default();
    signs.note(ana, world.store.now().plus(-2 * MINUTE));
    beat(&world.store, &signs).await.unwrap();
    assert!(!world.is_connected(ana).await, "an old sign is none");
    signs.note(ana, world.store.now());
    beat(&world.store, &signs).await.unwrap();
    assert!(world.is_connected(ana).await);
    assert_eq!(world.assignee(1).await, Some(ana));
    check(&world).await;
}

async fn ten_minutes_away_are_offline(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    world.arrives(ana).await;
    world.arrives(bob).await;
    assert_eq!(world.given(project, 1).await, Some(ana));
    let signs = Signs::default();
    for _ in 0..10 {
        world.clock.advance(MINUTE);
        signs.note(bob, world.store.now());
        beat(&world.store, &signs).await.unwrap();
        world.sweep().await;
    }
    assert_eq!((world.status_of(ana).await, world.status_of(bob).await), (Status::Offline, Status::Online));
    assert_eq!(world.list(ana, Tab::Mine).await.len(), 1, "she keeps what she has");
    let kept = world.texts("SELECT detail FROM audit WHERE verb = 'member.set_offline'", &[], "detail").await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].contains("kept"), "{kept:?}");
    // Where the workspace doesn't want it, nobody is set offline.
    let version = members::settings(&world.store, world.workspace).await.unwrap().version;
    let change = WorkspaceChange { offline_after_minutes: Some(None), ..WorkspaceChange::default() };
    members::change_settings(&world.store, world.workspace, world.owner, version, change).await.unwrap();
    world.clock.advance(60 * MINUTE);
    world.sweep().await;
    assert_eq!((world.is_connected(bob).await, world.status_of(bob).await), (false, Status::Online));
}

async fn the_time_counts_from_the_status_where_there_was_no_portal(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.member("ana", Role::Agent).await;
    world.clock.advance(60 * MINUTE);
    world.status(ana, Status::Busy).await;
    world.clock.advance(10 * MINUTE - 1);
    assert_eq!((world.sweep().await, world.status_of(ana).await), (0, Status::Busy));
    world.clock.advance(1);
    assert_eq!((world.sweep().await, world.status_of(ana).await), (1, Status::Offline));
    // Of who was online before anybody counted, it counts from now on.
    let sql = "UPDATE members SET status = 'online', beat_at = NULL WHERE id = $1";
    world.write(move |tx| tx.execute(sql, db::params![ana])).await;
    assert_eq!((world.sweep().await, world.status_of(ana).await), (0, Status::Online));
    world.clock.advance(10 * MINUTE);
    assert_eq!((world.sweep().await, world.status_of(ana).await), (1, Status::Offline));
}

async fn many_beat_in_one_statement(database: TestDatabase) {
    let world = World::new(database).await;
    let mut members = Vec::new();
    for n in 0..9 {
        members.push(world.agent(&format!("agent{n}")).await);
    }
    for &member in &members {
        world.arrives(member).await;
    }
    world.clock.advance(MINUTE);
    let signs = Signs::default();
    for &member in &members[..7] {
        signs.note(member, world.store.now());
    }
    beat(&world.store, &signs).await.unwrap();
    world.clock.advance(MINUTE);
    assert_eq!(world.sweep().await, 2);
    for (n, &member) in members.iter().enumerate() {
        assert_eq!(world.is_connected(member).await, n < 7);
    }
}

async fn going_offline_returns_hands_over_or_keeps(database: TestDatabase) {
    let world = World::new(database).await;
    let [shop, help] = [world.project().await, world.project().await];
    let [ana, cid] = [world.agent("ana").await, world.member("cid", Role::Agent).await];
    let bob = world.add("bob", Role::Agent, Some(&[shop])).await.unwrap();
    for (project, customer) in [(shop, 1), (help, 2), (shop, 3)] {
        assert_eq!(world.given(project, customer).await, Some(ana));
    }
    let go = async |leaving| reception::go_offline(&world.store, world.workspace, ana, leaving).await;
    let to =
        async |member| go(Leaving::HandOver { to: member, note: Some(" Ask for the bill ".into()) }).await;
    go(Leaving::Keep).await.unwrap();
    assert_eq!(world.list(ana, Tab::Mine).await.len(), 3);
    let nobody = MemberId::new(world.store.now());
    assert_eq!(faults(to(nobody).await), [("sessions.to".to_owned(), "unknown")]);
    assert_eq!(faults(to(ana).await), [("sessions.to".to_owned(), "unknown")]);
    let long = go(Leaving::HandOver { to: bob, note: Some("x".repeat(2_001)) }).await;
    assert_eq!(faults(long), [("sessions.note".to_owned(), "too_long")]);
    // Bob doesn't see the one project, and has room for one of the other.
    world.own_limit(bob, Some(1)).await;
    to(bob).await.unwrap();
    assert_eq!(world.list(ana, Tab::Mine).await, []);
    assert_eq!(
        (world.assignee(1).await, world.assignee(2).await, world.assignee(3).await),
        (Some(bob), None, None)
    );
    let handed = world.lines(shop, 1).await.pop().unwrap();
    assert_eq!((handed.what, handed.member.map(|it| it.id)), (ServiceWhat::Transferred, Some(ana)));
    assert_eq!((handed.to.map(|it| it.id), handed.note.as_deref()), (Some(bob), Some("Ask for the bill")));
    let returned = world.lines(help, 2).await.pop().unwrap();
    assert_eq!((returned.what, returned.reason.as_deref()), (ServiceWhat::Returned, Some("went_offline")));
    world.status(cid, Status::Online).await;
    assert_eq!((world.assignee(2).await, world.assignee(3).await), (Some(cid), Some(cid)));
    check(&world).await;
    // Back to the queue is on to the next in the same moment.
    world.status(ana, Status::Online).await;
    reception::go_offline(&world.store, world.workspace, cid, Leaving::Queue).await.unwrap();
    assert_eq!((world.assignee(2).await, world.assignee(3).await), (Some(ana), Some(ana)));
    assert_eq!(world.status_of(cid).await, Status::Offline);
    check(&world).await;
}
