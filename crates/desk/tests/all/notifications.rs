//! Notifications: read, kept for a while, and what they are made of.

use desk::ids::{MemberId, ProjectId};
use desk::members::Role;
use desk::notifications::{self, Notification, NotificationPage, Read, What, tell_of_long_waits};
use desk::reception::{end, take};
use desk::{Code, workers};
use testkit::TestDatabase;

use crate::common::{World, faults};

testkit::both_databases!(
    they_are_ones_own_and_are_read,
    they_come_page_by_page,
    what_one_sees_no_more_is_not_named,
    they_are_kept_for_a_month,
    supervisors_hear_once_of_who_waits_too_long,
    two_servers_tell_once,
    a_view_is_ones_own,
);

impl World {
    async fn notices(&self, member: MemberId) -> NotificationPage {
        notifications::list(&self.store, self.workspace, member, None).await.unwrap()
    }

    async fn read(&self, member: MemberId, read: Read) -> i64 {
        notifications::mark_read(&self.store, self.workspace, member, read).await.unwrap()
    }

    async fn rules(&self, project: ProjectId, alert: Option<i64>) {
        self.write(move |tx| {
            tx.execute("UPDATE projects SET alert_minutes = $2 WHERE id = $1", db::params![project, alert])
        })
        .await;
    }
}

/// An agent was given so many sessions.
async fn assigned(world: &World, count: i64) -> (ProjectId, MemberId) {
    let (project, ana) = (world.project().await, world.agent("ana").await);
    world.limit(ana, 1_000).await;
    for customer in 0..count {
        world.clock.advance(1);
        world.wrote(project, customer, "hello").await;
    }
    (project, ana)
}

async fn they_are_ones_own_and_are_read(database: TestDatabase) {
    let world = World::new(database).await;
    let (_, ana) = assigned(&world, 3).await;
    let bob = world.member("bob", Role::Agent).await;
    let page = world.notices(ana).await;
    assert_eq!((page.items.len(), page.unread, page.next), (3, 3, None));
    assert!(page.items.iter().all(|it| it.what == What::Assigned && it.read_at.is_none() && it.version == 1));
    assert!(page.items[0].at > page.items[2].at, "the newest first");
    assert_eq!(page.items[0].customer.as_ref().unwrap().name, "Ana");
    assert_eq!(world.notices(bob).await.unread, 0);
    let first = page.items[0].id;
    assert_eq!(world.read(bob, Read::These(vec![first])).await, 0);
    assert_eq!(world.notices(ana).await.unread, 3, "nobody reads another's");
    let before = desk::portal::last_event(&world.store, world.workspace).await.unwrap();
    assert_eq!(world.read(ana, Read::These(vec![first, first])).await, 2);
    assert_eq!(world.read(ana, Read::These(vec![first])).await, 2);
    let after = desk::portal::last_event(&world.store, world.workspace).await.unwrap();
    assert_eq!(after, before + 1, "told once, to the member's other tabs");
    let read: Vec<Notification> = world.notices(ana).await.items;
    assert!(read[0].read_at.is_some() && read[0].version == 2);
    assert_eq!(world.read(ana, Read::All).await, 0);
    assert_eq!(world.read(ana, Read::These(Vec::new())).await, 0);
}

async fn they_come_page_by_page(database: TestDatabase) {
    let world = World::new(database).await;
    let (_, ana) = assigned(&world, 120).await;
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = notifications::list(&world.store, world.workspace, ana, cursor).await.unwrap();
        assert_eq!(page.unread, 120);
        found.extend(page.items.into_iter().map(|it| it.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 120);
    assert!(found.is_sorted_by(|one, next| one > next), "the newest first, none twice");
    let bad = notifications::list(&world.store, world.workspace, ana, Some("x".to_owned())).await;
    assert_eq!(faults(bad), [("cursor".to_owned(), "bad_format")]);
}

async fn what_one_sees_no_more_is_not_named(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = assigned(&world, 1).await;
    world
        .write(move |tx| {
            tx.execute("UPDATE projects SET scope = 'designated' WHERE id = $1", db::params![project])
        })
        .await;
    let page = world.notices(ana).await;
    let [told] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!((told.what, told.project_id), (What::Assigned, Some(project)));
    assert_eq!((&told.customer, told.session_id, &told.detail), (&None, None, &None));
    // The event says no more than the list.
    let batch = desk::portal::next_batch(&world.store, world.workspace, 0, 1_000).await.unwrap();
    let told = batch.frames.iter().find_map(|frame| match frame {
        desk::portal::Frame::Tell { json, .. } if json.get().contains("\"kind\":\"notification\"") => {
            Some(json.get().to_owned())
        }
        _ => None,
    });
    assert!(told.unwrap().contains("\"customer\":null"));
}

async fn they_are_kept_for_a_month(database: TestDatabase) {
    let world = World::new(database).await;
    let (_, ana) = assigned(&world, 2).await;
    world.clock.advance(29 * desk::clock::DAY);
    workers::forget_old(&world.store).await.unwrap();
    assert_eq!(world.notices(ana).await.items.len(), 2);
    world.clock.advance(desk::clock::DAY + 10);
    workers::forget_old(&world.store).await.unwrap();
    assert_eq!(world.notices(ana).await.items.len(), 0);
}

async fn supervisors_hear_once_of_who_waits_too_long(database: TestDatabase) {
    let world = World::new(database).await;
    let projects = [world.project().await, world.project().await];
    world.rules(projects[0], Some(10)).await;
    world.rules(projects[1], None).await;
    let sue = world.add("sue", Role::Supervisor, Some(&projects[..1])).await.unwrap();
    let other = world.add("oli", Role::Supervisor, Some(&projects[1..])).await.unwrap();
    let ana = world.member("ana", Role::Agent).await;
    let told = async || tell_of_long_waits(&world.store).await.unwrap();
    world.wrote(projects[0], 1, "hello").await;
    world.wrote(projects[1], 2, "hello").await;
    world.clock.advance(10 * 60_000 - 1);
    assert_eq!(told().await, 0);
    world.clock.advance(1);
    assert_eq!((told().await, told().await), (1, 0), "once");
    let long = (What::WaitingTooLong, Some("10".to_owned()));
    for member in [sue, world.owner] {
        assert_eq!(world.told(member).await, std::slice::from_ref(&long));
    }
    assert_eq!((world.told(other).await, world.told(ana).await), (vec![], vec![]));
    // Somebody has it, then it waits again: told again.
    let id = world.session(1).await.id;
    take(&world.store, world.workspace, ana, id).await.unwrap();
    assert_eq!(told().await, 0);
    world.write(|tx| tx.execute("UPDATE members SET state = 'disabled' WHERE role = 'agent'", &[])).await;
    world
        .write(|tx| {
            tx.execute(
                "UPDATE sessions SET state = 'waiting', assignee_id = NULL, opened_at = NULL, taken_up_at = NULL
                 WHERE state = 'open'",
                &[],
            )
        })
        .await;
    assert_eq!((told().await, told().await), (1, 0));
    assert_eq!(world.told(sue).await.len(), 2);
}

async fn two_servers_tell_once(database: TestDatabase) {
    let world = World::with_connections(database, 4).await;
    let project = world.project().await;
    for customer in 0..150 {
        world.wrote(project, customer, "hello").await;
    }
    let ana = world.member("ana", Role::Agent).await;
    let over = world.session(7).await.id;
    take(&world.store, world.workspace, ana, over).await.unwrap();
    end(&world.store, world.workspace, ana, over).await.unwrap();
    world.clock.advance(desk::clock::HOUR);
    let [one, other] = [(); 2].map(|()| tell_of_long_waits(&world.store));
    let (one, other) = tokio::join!(one, other);
    assert_eq!(one.unwrap() + other.unwrap(), 149);
    assert_eq!(world.notices(world.owner).await.unread, 149);
}

async fn a_view_is_ones_own(database: TestDatabase) {
    use desk::sessions::{Tab, Whose};
    use desk::views::{self, ViewChange, ViewFilters};
    let world = World::new(database).await;
    let [ana, bob] = [world.member("ana", Role::Agent).await, world.member("bob", Role::Agent).await];
    let filters: ViewFilters = serde_json::from_str(
        r#"{"tab":"all","assignee":"none","unread":true,"q":" Ana ","sort":"longest_waiting"}"#,
    )
    .unwrap();
    assert_eq!(filters.assignee, Some(Whose::Nobodys));
    for bad in [r#"{"tab":"all","assignee":"nobody"}"#, r#"{"tab":"all","x":1}"#, r#"{"unread":true}"#] {
        assert!(serde_json::from_str::<ViewFilters>(bad).is_err(), "{bad}");
    }
    let save = async |name: &str| {
        views::add(&world.store, world.workspace, ana, name.to_owned(), filters.clone()).await
    };
    let [first, second] = [save(" Left alone ").await.unwrap(), save("Other").await.unwrap()];
    assert_eq!((first.name.as_str(), first.filters.q.as_deref()), ("Left alone", Some("Ana")));
    assert_eq!(
        views::list(&world.store, world.workspace, ana).await.unwrap(),
        [first.clone(), second.clone()]
    );
    assert_eq!(views::list(&world.store, world.workspace, bob).await.unwrap(), []);
    let change = ViewChange { position: Some(9), ..ViewChange::default() };
    let moved = views::change(&world.store, world.workspace, ana, first.id, 1, change.clone()).await.unwrap();
    assert_eq!((moved.version, moved.position, moved.filters.tab), (2, 9, Tab::All));
    let refused = views::change(&world.store, world.workspace, ana, first.id, 1, change.clone()).await;
    assert_eq!(crate::common::refusal(refused), Code::StaleVersion);
    let refused = views::change(&world.store, world.workspace, bob, first.id, 2, change).await;
    assert_eq!(crate::common::refusal(refused), Code::NotFound);
    let refused = views::delete(&world.store, world.workspace, bob, first.id).await;
    assert_eq!(crate::common::refusal(refused), Code::NotFound);
    views::delete(&world.store, world.workspace, ana, second.id).await.unwrap();
    assert_eq!(views::list(&world.store, world.workspace, ana).await.unwrap(), [moved]);
    for n in 0..49 {
        save(&n.to_string()).await.unwrap();
    }
    assert_eq!(faults(save("one more").await), [("name".to_owned(), "too_many")]);
}
