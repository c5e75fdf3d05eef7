//! Replies: accepted once, at one place, by the right member; edits, quotations, and sending again.

use std::collections::BTreeSet;

use db::params;
use desk::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId};
use desk::members::Role;
use desk::messages::{self, DeliveryState, Direction, Kind, Message, NewReply, Posted, ServiceWhat};
use desk::outbound::record_sent;
use desk::reception::{end, take};
use desk::{Code, Result};
use serde_json::json;
use testkit::TestDatabase;
use uuid::Uuid;

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    a_reply_is_queued_at_its_place,
    a_last_message_of_before_authors_were_kept_is_read,
    only_sensible_text_is_accepted,
    the_same_key_gives_the_same_message,
    the_same_request_twice_at_once_is_accepted_once,
    a_key_means_one_reply_only,
    a_paused_project_takes_no_replies,
    a_reply_quotes_a_line_of_the_same_customer,
    a_customers_quotation_is_understood,
    a_quotation_settles_a_reply_that_may_have_arrived,
    eight_writers_keep_one_order,
    what_failed_or_may_not_have_arrived_is_sent_again,
    an_id_that_telegram_gave_twice_does_not_unsend,
);

/// An agent's open session with customer 7.
struct Scene {
    world: World,
    project: ProjectId,
    ana: MemberId,
    session: SessionId,
    customer: CustomerId,
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let world = World::with_connections(database, 8).await;
        let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
        world.wrote(project, 7, "hello").await;
        let session = world.session(7).await.id;
        take(&world.store, world.workspace, ana, session).await.unwrap();
        let customer = world.customer(project, 7).await;
        Self { world, project, ana, session, customer }
    }

    async fn post(&self, reply: NewReply) -> Result<Posted> {
        messages::post(&self.world.store, self.world.workspace, self.ana, self.session, reply).await
    }

    async fn resend(&self, member: MemberId, id: MessageId) -> Result<Message> {
        messages::resend(&self.world.store, self.world.workspace, member, id).await
    }

    /// How the delivery of a reply stands, set by hand: settling it is the sender's part.
    async fn set_delivery(&self, id: MessageId, state: &'static str) {
        self.world
            .write(move |tx| {
                tx.execute("DELETE FROM jobs WHERE payload = $1", db::params![id])?;
                let sql = "UPDATE messages SET delivery = $2, delivery_reason = 'bad_request' WHERE id = $1";
                tx.execute(sql, db::params![id, state])
            })
            .await;
    }

    /// The replies that wait for the sender, in the order in which it gets them.
    async fn queue(&self) -> Vec<String> {
        let sql = "SELECT payload FROM jobs WHERE kind <> 'fetch_avatar' AND state = 'queued' ORDER BY place";
        self.world.texts(sql, &[], "payload").await
    }
}

fn reply(text: &str) -> NewReply {
    NewReply { client_id: Uuid::new_v4().to_string(), text: text.to_owned(), reply_to: None }
}

async fn a_reply_is_queued_at_its_place(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let posted = scene.post(reply("  Good\r\nmorning\0! ")).await.unwrap();
    assert!(posted.new);
    let message = posted.message;
    assert_eq!(
        (message.text.as_str(), message.direction, message.kind),
        ("Good\nmorning!", Direction::Out, Kind::Text)
    );
    assert_eq!(message.author.as_ref().unwrap().id, scene.ana);
    assert_eq!(message.delivery.as_ref().unwrap().state, DeliveryState::Queued);
    assert_eq!(scene.queue().await, [message.id.to_string()]);
    let last = scene.world.session(7).await.last_message.unwrap();
    assert_eq!((last.text.as_str(), last.direction.as_str()), ("Good morning!", "out"));
    assert_eq!(last.author, message.author);

    let lines = scene.world.timeline(scene.customer).await;
    assert_eq!(lines.last(), Some(&message));
    let kinds: Vec<_> = lines.iter().map(|line| line.service.as_ref().map(|service| service.what)).collect();
    assert_eq!(kinds, [Some(ServiceWhat::SessionStarted), None, Some(ServiceWhat::Taken), None]);
    assert!(lines.is_sorted_by(|one, next| one.position < next.position));
}

async fn a_last_message_of_before_authors_were_kept_is_read(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let last = json!({ "text": "Good morning!", "direction": "out", "kind": "text", "at": 5 }).to_string();
    let sql = "UPDATE sessions SET last_message = $1";
    scene.world.write(move |tx| tx.execute(sql, params![last.as_str()])).await;
    let last = scene.world.session(7).await.last_message.unwrap();
    assert_eq!((last.text.as_str(), last.author), ("Good morning!", None));
}

async fn only_sensible_text_is_accepted(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let text = |code| vec![("text".to_owned(), code)];
    for empty in ["", " \n\t ", "\0"] {
        assert_eq!(faults(scene.post(reply(empty)).await), text("required"));
    }
    // Telegram counts UTF-16 code units at worst: 4096 of them are the most.
    assert_eq!(faults(scene.post(reply(&"x".repeat(4097))).await), text("too_long"));
    assert_eq!(faults(scene.post(reply(&"😀".repeat(2049))).await), text("too_long"));
    scene.post(reply(&"😀".repeat(2048))).await.unwrap();
    scene.post(reply(&format!("  {}  ", "ж".repeat(4096)))).await.unwrap();
    let keyless = NewReply { client_id: "no key".into(), ..reply("") };
    let expected = [("text".to_owned(), "required"), ("client_id".to_owned(), "bad_format")];
    assert_eq!(faults(scene.post(keyless).await), expected);
    assert_eq!(scene.queue().await.len(), 2);
}

async fn the_same_key_gives_the_same_message(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let first = reply("hello");
    let posted = scene.post(first.clone()).await.unwrap();
    let spelled = Uuid::parse_str(&first.client_id).unwrap();
    for key in [first.client_id.clone(), spelled.simple().to_string(), first.client_id.to_uppercase()] {
        let again = scene.post(NewReply { client_id: key, ..first.clone() }).await.unwrap();
        assert_eq!((again.message.id, again.new), (posted.message.id, false));
    }
    // It stays true after the end, when nothing new could be sent.
    end(&scene.world.store, scene.world.workspace, scene.ana, scene.session).await.unwrap();
    let again = scene.post(first).await.unwrap();
    assert_eq!((again.message.id, again.new), (posted.message.id, false));
    assert_eq!(scene.queue().await.len(), 1);
}

async fn the_same_request_twice_at_once_is_accepted_once(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for round in 0..5 {
        let same = reply(&format!("round {round}"));
        let posting = (0..8).map(|_| scene.post(same.clone()));
        let posted: Vec<_> =
            futures_util::future::join_all(posting).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(posted.iter().filter(|it| it.new).count(), 1);
        assert_eq!(posted.iter().map(|it| it.message.id).collect::<BTreeSet<_>>().len(), 1);
        assert_eq!(scene.queue().await.len(), round + 1);
    }
}

async fn a_key_means_one_reply_only(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let first = reply("hello");
    let posted = scene.post(first.clone()).await.unwrap();
    let other_text = NewReply { text: "bye".into(), ..first.clone() };
    assert_eq!(refusal(scene.post(other_text).await), Code::IdempotencyConflict);
    let quoting = NewReply { reply_to: Some(posted.message.id), ..first.clone() };
    assert_eq!(refusal(scene.post(quoting).await), Code::IdempotencyConflict);
    // In another session too; but another member's keys are their own.
    scene.world.wrote(scene.project, 8, "hello").await;
    let (world, other) = (&scene.world, scene.world.session(8).await.id);
    take(&world.store, world.workspace, scene.ana, other).await.unwrap();
    let elsewhere = messages::post(&world.store, world.workspace, scene.ana, other, first.clone()).await;
    assert_eq!(refusal(elsewhere), Code::IdempotencyConflict);
    let bob = world.member("bob", Role::Agent).await;
    world.wrote(scene.project, 9, "hello").await;
    let third = world.session(9).await.id;
    take(&world.store, world.workspace, bob, third).await.unwrap();
    assert!(messages::post(&world.store, world.workspace, bob, third, first).await.unwrap().new);
}

async fn a_paused_project_takes_no_replies(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let failed = scene.post(reply("hello")).await.unwrap().message.id;
    scene.set_delivery(failed, "failed").await;
    scene.world.write(|tx| tx.execute("UPDATE projects SET state = 'paused'", &[])).await;
    assert_eq!(refusal(scene.post(reply("hello")).await), Code::ProjectPaused);
    assert_eq!(refusal(scene.resend(scene.ana, failed).await), Code::ProjectPaused);
    assert_eq!(scene.queue().await, [] as [String; 0]);
}

async fn a_reply_quotes_a_line_of_the_same_customer(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.world.wrote(scene.project, 8, "hello").await;
    let stranger = scene.world.customer(scene.project, 8).await;
    let lines = scene.world.timeline(scene.customer).await;
    let service = lines.iter().find(|line| line.kind == Kind::Service).unwrap().id;
    let strange = scene.world.timeline(stranger).await.last().unwrap().id;
    for wrong in [service, strange, MessageId::new(scene.world.store.now())] {
        let quoting = NewReply { reply_to: Some(wrong), ..reply("see above") };
        assert_eq!(faults(scene.post(quoting).await), [("reply_to".to_owned(), "unknown")]);
    }
    let theirs = lines.iter().find(|line| line.direction == Direction::In).unwrap().id;
    let quoting = NewReply { reply_to: Some(theirs), ..reply("see above") };
    let message = scene.post(quoting).await.unwrap().message;
    let quoted = message.reply_to.unwrap();
    assert_eq!((quoted.id, quoted.text.as_str(), quoted.direction), (theirs, "hello", Direction::In));
    let mine = NewReply { reply_to: Some(message.id), ..reply("and that") };
    assert_eq!(scene.post(mine).await.unwrap().message.reply_to.unwrap().direction, Direction::Out);
}

async fn a_customers_quotation_is_understood(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let sent = scene.post(reply("Which one?")).await.unwrap().message.id;
    record_sent(&scene.world.store, sent, Some(4711)).await.unwrap();
    for (quoted, expected) in [(4711, Some(sent)), (4712, None)] {
        let mut update = scene.world.message(7, "This one");
        update["message"]["reply_to_message"] = json!({ "message_id": quoted, "date": 1 });
        assert_eq!(scene.world.ingest(scene.project, &[update]).await.failed, 0);
        let lines = scene.world.timeline(scene.customer).await;
        assert_eq!(lines.last().unwrap().reply_to.as_ref().map(|it| it.id), expected);
    }
}

async fn a_quotation_settles_a_reply_that_may_have_arrived(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let said = scene.post(reply("Which one?")).await.unwrap().message.id;
    let quote = |quoted: i64, text: &str| {
        let mut update = scene.world.message(7, "This one");
        update["message"]["reply_to_message"] = json!({ "message_id": quoted, "date": 1, "text": text });
        update
    };
    // Only what may have arrived, and only if it is what was said.
    for (state, text) in [("sent", "Which one?"), ("failed", "Which one?"), ("unknown", "Which?")] {
        scene.set_delivery(said, state).await;
        assert_eq!(scene.world.ingest(scene.project, &[quote(4711, text)]).await.failed, 0);
        let lines = scene.world.timeline(scene.customer).await;
        let line = lines.iter().find(|line| line.id == said).unwrap();
        assert_eq!(line.delivery.as_ref().unwrap().state.as_ref(), state);
        assert_eq!(lines.last().unwrap().reply_to, None);
    }
    let updates = [quote(4711, "Which one?"), quote(4711, "Which one?")];
    assert_eq!(scene.world.ingest(scene.project, &updates).await.failed, 0);
    let lines = scene.world.timeline(scene.customer).await;
    let line = lines.iter().find(|line| line.id == said).unwrap();
    assert_eq!(line.delivery.as_ref().unwrap().state, DeliveryState::Sent);
    for line in &lines[lines.len() - 2..] {
        assert_eq!(line.reply_to.as_ref().map(|it| it.id), Some(said), "the second by its id");
    }
    assert_eq!(refusal(scene.resend(scene.ana, said).await), Code::NotResendable);
}

async fn eight_writers_keep_one_order(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let scene = &scene;
    let writers = (0..8).map(|writer| async move {
        for n in 0..6 {
            match writer % 2 {
                0 => drop(scene.post(reply(&format!("{writer}:{n}"))).await.unwrap()),
                _ => {
                    assert_eq!(scene.world.wrote(scene.project, 7, &format!("{writer}:{n}")).await.failed, 0);
                }
            }
        }
    });
    futures_util::future::join_all(writers).await;
    let lines = scene.world.timeline(scene.customer).await;
    let said: Vec<_> = lines.iter().filter(|line| line.kind == Kind::Text).skip(1).collect();
    assert_eq!(said.len(), 48);
    let positions: Vec<_> = lines.iter().map(|line| line.position).collect();
    assert_eq!(positions, (1..=i64::try_from(lines.len()).unwrap()).collect::<Vec<_>>());
    for writer in 0..8 {
        let own = said.iter().filter_map(|line| line.text.strip_prefix(&format!("{writer}:")));
        assert_eq!(own.collect::<Vec<_>>(), ["0", "1", "2", "3", "4", "5"], "a writer's own order");
    }
    // They are sent in the order of the timeline.
    let out = said.iter().filter(|line| line.direction == Direction::Out).map(|line| line.id.to_string());
    assert_eq!(scene.queue().await, out.collect::<Vec<_>>());
    assert_eq!(scene.world.session(7).await.unread, 1 + 24);
}

async fn what_failed_or_may_not_have_arrived_is_sent_again(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let first = scene.post(reply("first")).await.unwrap().message;
    let second = scene.post(reply("second")).await.unwrap().message;
    for state in ["queued", "sending", "sent"] {
        scene.set_delivery(first.id, state).await;
        assert_eq!(refusal(scene.resend(scene.ana, first.id).await), Code::NotResendable, "{state}");
    }
    for state in ["failed", "unknown"] {
        scene.set_delivery(first.id, state).await;
        let again = scene.resend(scene.ana, first.id).await.unwrap();
        let delivery = again.delivery.unwrap();
        assert_eq!((delivery.state, delivery.reason), (DeliveryState::Queued, None));
        assert_eq!((again.position, again.version > first.version), (first.position, true));
        assert_eq!(scene.queue().await, [first.id.to_string(), second.id.to_string()], "at its old place");
        assert_eq!(refusal(scene.resend(scene.ana, first.id).await), Code::NotResendable);
    }
    let theirs = scene.world.timeline(scene.customer).await;
    let theirs = theirs.iter().find(|line| line.direction == Direction::In).unwrap().id;
    assert_eq!(refusal(scene.resend(scene.ana, theirs).await), Code::NotResendable);
    let bob = scene.world.member("bob", Role::Supervisor).await;
    scene.set_delivery(first.id, "failed").await;
    assert_eq!(refusal(scene.resend(bob, first.id).await), Code::NotResendable, "it isn't his");
    end(&scene.world.store, scene.world.workspace, scene.ana, scene.session).await.unwrap();
    assert_eq!(refusal(scene.resend(scene.ana, first.id).await), Code::SessionEnded);
}

async fn an_id_that_telegram_gave_twice_does_not_unsend(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for text in ["first", "second"] {
        let id = scene.post(reply(text)).await.unwrap().message.id;
        record_sent(&scene.world.store, id, Some(4711)).await.unwrap();
        let line = scene.world.line(scene.customer, id).await;
        assert_eq!(line.delivery.unwrap().state, DeliveryState::Sent);
    }
    assert_eq!(scene.queue().await, [] as [String; 0]);
    assert_eq!(
        scene.world.count("SELECT COUNT(*) AS n FROM messages WHERE telegram_message_id = 4711").await,
        1
    );
    let unknown = record_sent(&scene.world.store, MessageId::new(scene.world.store.now()), None).await;
    assert_eq!(refusal(unknown), Code::NotFound);
}
