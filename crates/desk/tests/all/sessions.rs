//! Sessions: waiting → open → ended, and nothing else.

use db::Value;
use desk::Code;
use desk::members::Role;
use desk::reception::{end, take};
use desk::sessions::{self, EndedBecause, SessionState, Tab};
use testkit::TestDatabase;

use crate::common::{World, refusal};

testkit::both_databases!(
    a_session_waits_is_taken_and_ends,
    only_the_steps_of_its_life_are_possible,
    the_tables_refuse_a_session_that_cannot_be,
    a_customer_has_one_live_session,
    two_first_messages_at_once_make_one_session,
    after_the_end_a_new_message_begins_another,
    reading_and_opening_are_noted_once,
    each_change_grows_the_version,
);

async fn a_session_waits_is_taken_and_ends(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    let began = world.store.now();
    world.wrote(project, 7, "Is anybody there?").await;
    let waiting = world.session(7).await;
    assert_eq!((waiting.state, waiting.assignee, waiting.unread), (SessionState::Waiting, None, 1));
    assert_eq!((waiting.waiting_since, waiting.created_at, waiting.opened_at), (began, began, None));
    let last = waiting.last_message.unwrap();
    assert_eq!(
        (last.text.as_str(), last.direction.as_str(), last.kind.as_str()),
        ("Is anybody there?", "in", "text")
    );

    world.minute_passes();
    take(&world.store, world.workspace, ana, waiting.id).await.unwrap();
    let open = world.session(7).await;
    let taken_at = Some(world.store.now());
    assert_eq!((open.state, open.opened_at, open.taken_up_at), (SessionState::Open, taken_at, taken_at));
    assert_eq!(open.assignee.unwrap().id, ana);
    assert_eq!((open.waiting_since, open.unread), (began, 1));

    world.minute_passes();
    end(&world.store, world.workspace, ana, open.id).await.unwrap();
    let ended = world.session(7).await;
    assert_eq!((ended.state, ended.ended_at), (SessionState::Ended, Some(world.store.now())));
    assert_eq!((ended.end_reason, ended.unread), (Some(EndedBecause::ByMember), 0));
    assert_eq!(ended.assignee.unwrap().id, ana, "it says who had it last");
}

async fn only_the_steps_of_its_life_are_possible(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    let bob = world.member("bob", Role::Supervisor).await;
    let (store, workspace) = (&world.store, world.workspace);
    world.wrote(project, 7, "hello").await;
    let id = world.session(7).await.id;

    assert_eq!(refusal(end(store, workspace, ana, id).await), Code::SessionNotOpen);
    assert_eq!(refusal(sessions::mark_read(store, workspace, ana, id).await), Code::SessionNotOpen);
    assert_eq!(refusal(sessions::mark_taken_up(store, workspace, ana, id).await), Code::SessionNotOpen);
    assert_eq!(refusal(world.reply(ana, id, "hello").await), Code::SessionNotOpen);

    take(store, workspace, ana, id).await.unwrap();
    let before = world.session(7).await;
    take(store, workspace, ana, id).await.expect("taking what one has is no fault");
    assert_eq!(refusal(take(store, workspace, bob, id).await), Code::AlreadyTaken);
    assert_eq!(refusal(end(store, workspace, bob, id).await), Code::NotAssignee);
    assert_eq!(refusal(sessions::mark_read(store, workspace, bob, id).await), Code::NotAssignee);
    assert_eq!(refusal(world.reply(bob, id, "hello").await), Code::NotAssignee);
    assert_eq!(world.session(7).await, before, "what is refused changes nothing");

    end(store, workspace, ana, id).await.unwrap();
    let before = world.session(7).await;
    for member in [ana, bob] {
        assert_eq!(refusal(take(store, workspace, member, id).await), Code::SessionEnded);
        assert_eq!(refusal(end(store, workspace, member, id).await), Code::SessionEnded);
        assert_eq!(refusal(sessions::mark_read(store, workspace, member, id).await), Code::SessionEnded);
        assert_eq!(refusal(world.reply(member, id, "hello").await), Code::SessionEnded);
    }
    assert_eq!(world.session(7).await, before);
}

async fn the_tables_refuse_a_session_that_cannot_be(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    for change in [
        "state = 'open'",
        "state = 'open', opened_at = 1",
        "state = 'ended'",
        "assignee_id = (SELECT MIN(id) FROM members)",
        "ended_at = 1",
        "state = 'asleep'",
    ] {
        let sql = format!("UPDATE sessions SET {change}");
        let changed = world.store.write("test", move |tx| Ok(tx.execute(&sql, &[] as &[Value])?)).await;
        let error = changed.expect_err(change).to_string();
        assert!(error.contains("sessions_state"), "{change}: {error}");
    }
}

async fn a_customer_has_one_live_session(database: TestDatabase) {
    let world = World::new(database).await;
    let (one, other) = (world.project().await, world.project().await);
    for text in ["hello", "is", "anybody", "there"] {
        world.wrote(one, 7, text).await;
    }
    assert_eq!(world.list(world.owner, Tab::Waiting).await.len(), 1);
    assert_eq!(world.session(7).await.unread, 4);
    // The same person at another bot is another customer.
    world.wrote(other, 7, "hello").await;
    assert_eq!(world.list(world.owner, Tab::Waiting).await.len(), 2);

    let second = "INSERT INTO sessions (id, workspace_id, project_id, customer_id, state, unread, waiting_since, created_at,
             last_message_at, last_message, version)
         SELECT 'second', workspace_id, project_id, customer_id, 'waiting', 0, 1, 1, 1, 'null', 1
         FROM sessions ORDER BY id LIMIT 1";
    let inserted = world.store.write("test", move |tx| Ok(tx.execute(second, &[])?)).await;
    assert!(matches!(inserted, Err(desk::Error::Db(error)) if error.is_unique("sessions_one_live")));
}

async fn two_first_messages_at_once_make_one_session(database: TestDatabase) {
    let world = World::with_connections(database, 8).await;
    let project = world.project().await;
    let updates: Vec<_> = (0..8).map(|n| world.message(7, &format!("message {n}"))).collect();
    let writing = updates.iter().map(|update| world.ingest(project, std::slice::from_ref(update)));
    let ingested = futures_util::future::join_all(writing).await;
    assert!(ingested.iter().all(|it| (it.new, it.failed) == (1, 0)));
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM sessions").await, 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM customers").await, 1);
    assert_eq!(world.session(7).await.unread, 8);
}

async fn after_the_end_a_new_message_begins_another(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    world.wrote(project, 7, "first").await;
    let first = world.session(7).await.id;
    take(&world.store, world.workspace, ana, first).await.unwrap();
    end(&world.store, world.workspace, ana, first).await.unwrap();
    world.clock.advance(10 * 60_000 + 1);
    world.wrote(project, 7, "second").await;
    let second = world.session(7).await;
    assert_ne!(second.id, first);
    assert_eq!((second.state, second.unread), (SessionState::Waiting, 1));
    let customer = world.customer(project, 7).await;
    let all = sessions::of_customer(&world.store, world.workspace, ana, customer, None, 10).await.unwrap();
    assert_eq!(all.items.iter().map(|it| it.id).collect::<Vec<_>>(), [second.id, first], "newest first");
}

async fn reading_and_opening_are_noted_once(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.agent("ana").await;
    world.wrote(project, 7, "hello").await;
    let given = world.session(7).await;
    assert_eq!((given.assignee.as_ref().map(|it| it.id), given.taken_up_at), (Some(ana), None));

    world.minute_passes();
    let (store, workspace) = (&world.store, world.workspace);
    let opened = sessions::mark_taken_up(store, workspace, ana, given.id).await.unwrap();
    assert_eq!((opened.taken_up_at, opened.unread), (Some(world.store.now()), 1));
    let read = sessions::mark_read(store, workspace, ana, given.id).await.unwrap();
    assert_eq!(read.unread, 0);
    world.minute_passes();
    let again = sessions::mark_taken_up(store, workspace, ana, given.id).await.unwrap();
    assert_eq!(again, read, "a second time is no change");
    let again = sessions::mark_read(store, workspace, ana, given.id).await.unwrap();
    assert_eq!(again, read, "a second time is no change");

    world.wrote(project, 7, "hello?").await;
    assert_eq!(world.session(7).await.unread, 1);
}

async fn each_change_grows_the_version(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    let (store, workspace) = (&world.store, world.workspace);
    let mut versions = Vec::new();
    world.wrote(project, 7, "one").await;
    let id = world.session(7).await.id;
    versions.push(world.session(7).await.version);
    world.wrote(project, 7, "two").await;
    versions.push(world.session(7).await.version);
    take(store, workspace, ana, id).await.unwrap();
    versions.push(world.session(7).await.version);
    versions.push(sessions::mark_read(store, workspace, ana, id).await.unwrap().version);
    world.reply(ana, id, "three").await.unwrap();
    versions.push(world.session(7).await.version);
    end(store, workspace, ana, id).await.unwrap();
    versions.push(world.session(7).await.version);
    assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
}
