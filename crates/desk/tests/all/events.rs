//! Events: numbered without gaps in the order of commits, told with what things are now, and forgotten after a day.

use std::collections::BTreeMap;

use db::params;
use desk::access::Viewer;
use desk::events::{Audience, Change, KEPT_FOR, Topic};
use desk::ids::{CustomerId, MemberId};
use desk::members::{Role, Status};
use desk::portal::{self, Batch, Frame, Replay};
use desk::workers::forget_old;
use desk::{Code, Error, reception, sessions};
use serde_json::Value;
use testkit::TestDatabase;

use crate::common::{World, refusal};

testkit::both_databases!(
    numbers_have_no_gaps_and_grow_with_the_commits,
    what_is_rolled_back_leaves_no_number,
    the_same_change_is_told_once_in_a_transaction,
    a_signal_comes_after_the_commit_only,
    many_events_of_one_transaction_are_all_there,
    a_returning_browser_gets_what_it_missed_or_is_told_that_it_is_lost,
    what_was_forgotten_leaves_no_holes,
    a_batch_tells_each_thing_once_as_it_is_now,
    an_event_is_for_those_who_may_have_it_now,
    each_visible_change_is_told,
);

impl World {
    /// Stores one transaction's events, about as many customers.
    async fn tell(&self, count: usize) -> Vec<CustomerId> {
        let workspace = self.workspace;
        let write = self.store.write("test", move |tx| {
            let ids: Vec<_> = (0..count).map(|_| CustomerId::new(tx.now)).collect();
            for &id in &ids {
                tx.event(workspace, Change::Customer(id), Audience::Workspace);
            }
            Ok(ids)
        });
        write.await.unwrap()
    }

    /// The stored events' numbers and what they are about.
    async fn stored(&self) -> Vec<(i64, String)> {
        let sql = "SELECT number, entity_id FROM events WHERE workspace_id = $1 ORDER BY number";
        self.rows(sql, params![self.workspace], |row| Ok((row.get("number")?, row.get("entity_id")?))).await
    }

    async fn last(&self) -> i64 {
        portal::last_event(&self.store, self.workspace).await.unwrap()
    }

    async fn since(&self, after: i64) -> Batch {
        portal::next_batch(&self.store, self.workspace, after, 500).await.unwrap()
    }

    async fn replay(&self, after: i64, limit: i64) -> Option<Batch> {
        match portal::replay(&self.store, self.workspace, after, limit).await.unwrap() {
            Replay::Batch(batch) => Some(batch),
            Replay::Expired => None,
        }
    }

    async fn viewer(&self, member: MemberId) -> Viewer {
        portal::newest(&self.store, self.workspace, member).await.unwrap().1
    }
}

/// What a batch says, in its order.
fn told(batch: &Batch) -> Vec<Value> {
    let json = |frame: &Frame| match frame {
        Frame::Tell { json, .. } => serde_json::from_str(json.get()).unwrap(),
        Frame::Rights(_) => Value::from("rights"),
    };
    batch.frames.iter().map(json).collect()
}

/// How often each kind of thing is told of.
fn kinds(batch: &Batch) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for event in told(batch) {
        *kinds.entry(event["kind"].as_str().unwrap_or("rights").to_owned()).or_default() += 1;
    }
    kinds
}

async fn numbers_have_no_gaps_and_grow_with_the_commits(database: TestDatabase) {
    let world = World::with_connections(database, 9).await;
    let begin = world.last().await;
    let (world, writers) = (&world, 0..8);
    let writing = writers.map(|writer| async move {
        let mut mine = Vec::new();
        for n in 0..8 {
            mine.extend(world.tell((writer + n) % 4).await);
        }
        mine
    });
    // Meanwhile somebody reads as a feed does: what it has read is never added to.
    let reading = async {
        let (mut after, mut read) = (begin, Vec::new());
        while read.len() < 96 {
            let sql = "SELECT number, entity_id FROM events WHERE workspace_id = $1 AND number > $2 ORDER BY number";
            let values = params![world.workspace, after].to_vec();
            let page = world.rows(sql, &values, |row| Ok((row.get("number")?, row.get("entity_id")?))).await;
            after = page.last().map_or(after, |(number, _): &(i64, String)| *number);
            read.extend(page);
        }
        read
    };
    let (written, read) = tokio::join!(futures_util::future::join_all(writing), reading);
    let stored = world.stored().await;
    assert_eq!(
        stored.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (begin + 1..=begin + 96).collect::<Vec<_>>()
    );
    assert_eq!(read, stored);
    assert_eq!(world.last().await, begin + 96);
    let place = |id: &CustomerId| stored.iter().find(|(_, it)| *it == id.to_string()).unwrap().0;
    for mine in written {
        assert!(mine.iter().map(place).is_sorted(), "each writer's events are in the order of its commits");
    }
}

async fn what_is_rolled_back_leaves_no_number(database: TestDatabase) {
    let world = World::new(database).await;
    let (begin, workspace) = (world.last().await, world.workspace);
    let failed = world.store.write("test", move |tx| {
        tx.event(workspace, Change::Customer(CustomerId::new(tx.now)), Audience::Workspace);
        tx.signal(Topic::Projects);
        Err::<(), _>(Error::refused(Code::NotFound))
    });
    assert_eq!(refusal(failed.await), Code::NotFound);
    assert_eq!((world.last().await, world.stored().await.len()), (begin, 0));

    // In a savepoint too: what is around it is told, and what succeeded in one.
    let kept = world.store.write("test", move |tx| {
        let event = |tx: &mut desk::Tx| {
            let id = CustomerId::new(tx.now);
            tx.event(workspace, Change::Customer(id), Audience::Workspace);
            id
        };
        let before = event(tx);
        let undone = tx.savepoint(|tx| {
            event(tx);
            Err::<(), _>(Error::refused(Code::NotFound))
        });
        assert!(undone.is_err());
        let inner = tx.savepoint(|tx| Ok(event(tx)))?;
        Ok([before, inner])
    });
    let kept = kept.await.unwrap().map(|id| id.to_string());
    let stored = world.stored().await;
    assert_eq!(stored.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>(), kept);
    assert_eq!(stored.last().map(|(number, _)| *number), Some(begin + 2));
}

async fn the_same_change_is_told_once_in_a_transaction(database: TestDatabase) {
    let world = World::new(database).await;
    let (workspace, member) = (world.workspace, world.owner);
    let write = world.store.write("test", move |tx| {
        let id = CustomerId::new(tx.now);
        for audience in [Audience::Workspace, Audience::Member(member), Audience::Workspace] {
            tx.event(workspace, Change::Customer(id), audience);
            tx.savepoint(|tx| {
                tx.event(workspace, Change::Customer(id), audience);
                Ok(())
            })?;
        }
        Ok(())
    });
    write.await.unwrap();
    assert_eq!(world.stored().await.len(), 2);
}

async fn a_signal_comes_after_the_commit_only(database: TestDatabase) {
    let world = World::new(database).await;
    let mut events = world.store.watch(Topic::Events(world.workspace));
    let failed = world.store.write("test", |tx| {
        tx.signal(Topic::Projects);
        Err::<(), _>(Error::refused(Code::NotFound))
    });
    let mut projects = world.store.watch(Topic::Projects);
    failed.await.unwrap_err();
    world.tell(1).await;
    events.signalled().await;
    assert_eq!(world.stored().await.len(), 1, "what was signalled is there to be seen");
    let other = tokio::select! {
        biased;
        () = projects.signalled() => true,
        () = std::future::ready(()) => false,
    };
    assert!(!other, "what was rolled back signals nobody");
}

async fn many_events_of_one_transaction_are_all_there(database: TestDatabase) {
    let world = World::new(database).await;
    for count in [0, 1, 31, 32, 33, 150] {
        let begin = world.last().await;
        let ids = world.tell(count).await;
        let stored: Vec<_> = world.stored().await.into_iter().filter(|(number, _)| *number > begin).collect();
        let expected: Vec<_> = (begin + 1..).zip(ids.iter().map(ToString::to_string)).collect();
        assert_eq!(stored, expected);
    }
}

async fn a_returning_browser_gets_what_it_missed_or_is_told_that_it_is_lost(database: TestDatabase) {
    let world = World::new(database).await;
    let begin = world.last().await;
    world.tell(10).await;
    for (after, limit, last) in
        [(begin, 4, begin + 4), (begin + 4, 100, begin + 10), (begin + 10, 100, begin + 10)]
    {
        let batch = world.replay(after, limit).await.unwrap();
        assert_eq!((batch.after, batch.last), (after, last));
    }
    for impossible in [begin + 11, i64::MAX, begin - 1, -1, i64::MIN] {
        assert!(world.replay(impossible, 100).await.is_none(), "{impossible}");
    }
    // A new workspace, too, can be followed from its beginning.
    let empty = World::new(testkit::database(testkit::Kind::Sqlite)).await;
    assert!(empty.replay(0, 100).await.is_some());
}

async fn what_was_forgotten_leaves_no_holes(database: TestDatabase) {
    let world = World::new(database).await;
    let begin = world.last().await;
    world.tell(3).await;
    world.clock.advance(KEPT_FOR);
    world.tell(2).await;
    forget_old(&world.store).await.unwrap();
    assert!(world.replay(begin, 100).await.is_some(), "a day old is not too old");
    world.clock.advance(1);
    forget_old(&world.store).await.unwrap();
    for (after, expected) in
        [(begin, false), (begin + 2, false), (begin + 3, true), (begin + 4, true), (begin + 5, true)]
    {
        assert_eq!(world.replay(after, 100).await.is_some(), expected, "{after}");
    }
    // Half forgotten is lost: whoever comes while it is being done must not get the rest for the whole.
    let hole = begin + 4;
    world.write(move |tx| tx.execute("DELETE FROM events WHERE number = $1", params![hole])).await;
    assert!(world.replay(begin + 3, 100).await.is_none());
    world.clock.advance(2 * KEPT_FOR);
    forget_old(&world.store).await.unwrap();
    assert_eq!(world.stored().await, []);
    assert_eq!(world.last().await, begin + 5, "numbers go on");
    assert!(world.replay(begin + 4, 100).await.is_none());
    assert!(world.replay(begin + 5, 100).await.is_some());
    world.tell(1).await;
    assert_eq!(world.stored().await[0].0, begin + 6);
}

async fn a_batch_tells_each_thing_once_as_it_is_now(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let begin = world.last().await;
    for text in ["one", "two", "three"] {
        world.wrote(project, 7, text).await;
    }
    let batch = world.since(begin).await;
    let events = told(&batch);
    let session: Vec<_> = events.iter().filter(|event| event["kind"] == "session").collect();
    assert_eq!(session.len(), 1);
    assert_eq!(session[0]["session"]["unread"], 3);
    let messages = events.iter().filter(|event| event["kind"] == "message");
    let texts: Vec<_> = messages.map(|event| event["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["", "one", "two", "three"]);
    // What is gone by now is told of no more; the numbers go on all the same.
    let later = world.last().await;
    world.tell(2).await;
    let batch = world.since(later).await;
    assert_eq!((batch.frames.len(), batch.after, batch.last), (0, later, later + 2));
    // Rights are told each time: what stands between them depends on them.
    let (begin, workspace) = (world.last().await, world.workspace);
    for _ in 0..2 {
        let write = world.store.write("test", move |tx| {
            tx.event(workspace, Change::Rights, Audience::Workspace);
            tx.event(workspace, Change::Project(project), Audience::Project(project));
            Ok(())
        });
        write.await.unwrap();
    }
    let events = told(&world.since(begin).await);
    assert_eq!(
        events.iter().map(|event| event["kind"].as_str().unwrap_or("rights")).collect::<Vec<_>>(),
        ["rights", "rights", "project"]
    );
}

async fn an_event_is_for_those_who_may_have_it_now(database: TestDatabase) {
    let world = World::new(database).await;
    let [mine, theirs] = [world.project().await, world.project().await];
    let ana = world.add("ana", Role::Agent, Some(&[mine])).await.unwrap();
    let begin = world.last().await;
    world.wrote(theirs, 7, "secret").await;
    world.wrote(mine, 8, "hello").await;
    let batch = world.since(begin).await;
    let hears = |viewer: &Viewer| {
        let frames = batch.frames.iter().filter_map(|frame| match frame {
            Frame::Tell { audience, json } if viewer.hears(*audience) => Some(json.get().contains("secret")),
            _ => None,
        });
        frames.collect::<Vec<_>>()
    };
    assert_eq!(hears(&world.viewer(ana).await), [false; 4]);
    assert_eq!(hears(&world.viewer(world.owner).await).len(), 8);
    // The same batch, after her rights changed.
    let (sql, workspace) =
        ("UPDATE member_projects SET project_id = $1 WHERE member_id = $2", world.workspace);
    world.write(move |tx| tx.execute(sql, params![theirs, ana])).await;
    assert!(hears(&world.viewer(ana).await).iter().any(|secret| *secret));
    let viewer = world.viewer(ana).await;
    assert!(viewer.hears(Audience::Member(ana)) && !viewer.hears(Audience::Member(world.owner)));
    assert!(viewer.hears(Audience::Workspace) && !viewer.hears(Audience::Project(mine)));
    assert_eq!(viewer.workspace, workspace);
}

async fn each_visible_change_is_told(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let expect = async |what: &str, begin: i64, expected: &[(&str, usize)]| {
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        assert_eq!(kinds(&world.since(begin).await), expected, "{what}");
    };
    let at = async || world.last().await;

    let begin = at().await;
    let ana = world.member("ana", Role::Agent).await;
    expect("a new member", begin, &[("member", 1)]).await;
    let begin = at().await;
    world.wrote(project, 7, "hello").await;
    expect("a first message", begin, &[("session", 1), ("message", 2), ("project", 1)]).await;
    let begin = at().await;
    world.status(ana, Status::Online).await;
    expect(
        "online, and a session given",
        begin,
        &[("member", 1), ("session", 1), ("message", 1), ("notification", 1)],
    )
    .await;
    let begin = at().await;
    world.status(ana, Status::Online).await;
    expect("the same status", begin, &[]).await;
    let id = world.session(7).await.id;
    let begin = at().await;
    sessions::mark_taken_up(&world.store, world.workspace, ana, id).await.unwrap();
    expect("taken up", begin, &[("session", 1)]).await;
    let begin = at().await;
    sessions::mark_read(&world.store, world.workspace, ana, id).await.unwrap();
    expect("read", begin, &[("session", 1)]).await;
    let begin = at().await;
    let posted = world.reply(ana, id, "hello").await.unwrap();
    expect("a reply", begin, &[("session", 1), ("message", 1)]).await;
    let begin = at().await;
    desk::outbound::record_sent(&world.store, posted.message.id, Some(1)).await.unwrap();
    expect("sent", begin, &[("message", 1)]).await;
    let begin = at().await;
    let mut update = world.message(7, "new name");
    update["message"]["from"]["first_name"] = "Anna".into();
    world.ingest(project, &[update]).await;
    expect("a new name", begin, &[("session", 1), ("message", 1), ("customer", 1)]).await;
    let begin = at().await;
    reception::end(&world.store, world.workspace, ana, id).await.unwrap();
    expect("the end", begin, &[("session", 1), ("message", 1), ("member", 1)]).await;
}
