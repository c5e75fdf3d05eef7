//! What a customer's update means: a message, an edit, a block, a name; and what means nothing.

use desk::members::Role;
use desk::messages::{Direction, Kind, Message, ServiceWhat};
use desk::sessions::Tab;
use serde_json::{Value, json};
use testkit::TestDatabase;

use crate::common::{START, World, ingested, message};

testkit::both_databases!(
    a_bare_start_begins_no_session,
    blocking_and_unblocking_are_noted,
    an_edit_changes_the_text_once,
    only_people_are_customers,
    names_are_cleaned_and_text_is_kept,
    what_is_no_text_is_shown_as_unsupported,
    a_customers_profile_follows_telegram,
    telegrams_time_is_believed_within_reason,
);

fn services(lines: &[Message]) -> Vec<ServiceWhat> {
    lines.iter().filter_map(|line| line.service.as_ref()).map(|service| service.what).collect()
}

async fn a_bare_start_begins_no_session(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    for text in ["/start", " /start\n"] {
        world.wrote(project, 7, text).await;
    }
    assert_eq!(world.list(world.owner, Tab::All).await, []);
    let customer = world.customer(project, 7).await;
    let lines = world.timeline(customer).await;
    assert!(lines.len() == 2 && lines.iter().all(|line| line.session_id.is_none()));
    // A parameter is a question, and in a live session even a bare one belongs to it.
    world.wrote(project, 7, "/start order-5").await;
    let session = world.session(7).await;
    world.wrote(project, 7, "/start").await;
    let lines = world.timeline(customer).await;
    assert_eq!(lines.last().unwrap().session_id, Some(session.id));
}

/// The customer blocks (or unblocks) the bot.
fn block(update_id: i64, customer: i64, status: &str) -> Value {
    let person = json!({ "id": customer, "is_bot": false, "first_name": "Ana" });
    json!({ "update_id": update_id, "my_chat_member": {
        "chat": { "id": customer, "type": "private" }, "from": person, "date": 1,
        "old_chat_member": { "status": "member", "user": { "id": 1 } },
        "new_chat_member": { "status": status, "user": { "id": 1 } },
    } })
}

async fn blocking_and_unblocking_are_noted(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    let (customer, session) = (world.customer(project, 7).await, world.session(7).await);
    world.ingest(project, &[block(101, 7, "kicked")]).await;
    world.ingest(project, &[block(102, 7, "kicked")]).await;
    assert!(world.session(7).await.customer.blocked);
    let lines = world.timeline(customer).await;
    assert_eq!(services(&lines), [ServiceWhat::SessionStarted, ServiceWhat::Blocked]);
    assert_eq!(lines.last().unwrap().session_id, Some(session.id));
    world.ingest(project, &[block(103, 7, "member")]).await;
    // Who writes has unblocked the bot, whether or not Telegram said so.
    world.ingest(project, &[block(104, 7, "kicked")]).await;
    world.wrote(project, 7, "hello again").await;
    let expected = [
        ServiceWhat::SessionStarted,
        ServiceWhat::Blocked,
        ServiceWhat::Unblocked,
        ServiceWhat::Blocked,
        ServiceWhat::Unblocked,
    ];
    assert_eq!(services(&world.timeline(customer).await), expected);
    let after = world.session(7).await.customer;
    assert!(!after.blocked && after.version > session.customer.version);
    // A block begins no session, not even of somebody unknown.
    world.ingest(project, &[block(105, 8, "kicked")]).await;
    assert_eq!(world.list(world.owner, Tab::All).await.len(), 1);
    assert_eq!(services(&world.timeline(world.customer(project, 8).await).await), [ServiceWhat::Blocked]);
}

async fn an_edit_changes_the_text_once(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.ingest(project, &[message(1, 1, 7, "helo")]).await;
    let customer = world.customer(project, 7).await;
    let edit = |update_id: i64, message_id: i64, seconds: i64, text: &str| {
        let mut update = message(update_id, message_id, 7, text);
        let mut edited = update["message"].take();
        edited["edit_date"] = (START.0 / 1000 + seconds).into();
        json!({ "update_id": update_id, "edited_message": edited })
    };
    world.minute_passes();
    assert_eq!(world.ingest(project, &[edit(2, 1, 20, "hello")]).await, ingested(1, 0));
    let edited = world.timeline(customer).await.pop().unwrap();
    assert_eq!(
        (edited.text.as_str(), edited.edited_at, edited.version),
        ("hello", Some(START.plus(20_000)), 2)
    );
    assert_eq!((edited.position, edited.kind), (2, Kind::Text));
    // An older edit that comes late changes nothing, and one of an unknown message is kept.
    world.ingest(project, &[edit(3, 1, 10, "old"), edit(4, 99, 30, "unknown")]).await;
    assert_eq!(world.timeline(customer).await.pop().unwrap(), edited);
    let states: Vec<_> = world.kept().await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["applied", "applied", "applied", "unsupported"]);
    let session = world.session(7).await;
    assert_eq!(session.unread, 1, "an edit is nothing new to read");
}

async fn only_people_are_customers(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let group = |kind: &str| {
        let mut update = world.message(7, "hello");
        update["message"]["chat"] = json!({ "id": -100, "type": kind, "title": "Group" });
        update
    };
    let mut bot = world.message(8, "hello");
    bot["message"]["from"]["is_bot"] = true.into();
    let channel =
        json!({ "update_id": world.number(), "channel_post": world.message(9, "hello")["message"].take() });
    let mut pinned = world.message(10, "");
    pinned["message"]["text"].take();
    pinned["message"]["pinned_message"] = json!({ "message_id": 1 });
    let batch = [group("group"), group("supergroup"), group("channel"), group(""), bot, channel, pinned];
    assert_eq!(world.ingest(project, &batch).await, ingested(7, 0));
    assert!(world.kept().await.iter().all(|(_, state)| state == "unsupported"));
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM customers").await, 0);
}

async fn names_are_cleaned_and_text_is_kept(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let mut update = world.message(7, "שלום \u{202E}abc\u{0} \u{7}\r\n  מה שלומך?");
    update["message"]["from"] = json!({ "id": 7, "is_bot": false, "first_name": "  A\u{0}n\u{1}a\n\u{202E}x ",
        "last_name": "é".repeat(200), "username": "\t", "language_code": "h\u{0}e" });
    update["message"]["entities"] = json!([{ "type": "bold", "offset": 0, "length": 4 }]);
    assert_eq!(world.ingest(project, &[update]).await, ingested(1, 0));
    let session = world.session(7).await;
    let customer = &session.customer;
    assert_eq!(customer.first_name, "A n a \u{202E}x");
    assert_eq!(customer.last_name, format!("{}…", "é".repeat(128)));
    assert_eq!((customer.username.as_deref(), customer.language.as_deref()), (None, Some("h e")));
    let line = world.timeline(customer.id).await.pop().unwrap();
    assert_eq!(line.text, "שלום \u{202E}abc \u{7}\r\n  מה שלומך?", "only what can't be stored is left out");
    assert_eq!(line.entities, json!([]), "what counted characters counts wrong now");
    assert_eq!(session.last_message.unwrap().text, "שלום \u{202E}abc מה שלומך?");

    let mut update = world.message(7, "bold");
    update["message"]["entities"] =
        json!([{ "type": "bold", "offset": 0, "length": 4, "new": { "a": "\u{0}" } }, 5]);
    world.ingest(project, &[update]).await;
    let line = world.timeline(customer.id).await.pop().unwrap();
    assert_eq!(line.entities, json!([{ "type": "bold", "offset": 0, "length": 4, "new": { "a": "\u{0}" } }]));
}

async fn what_is_no_text_is_shown_as_unsupported(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let mut photo = world.message(7, "");
    photo["message"]["text"].take();
    photo["message"]["photo"] = json!([{ "file_id": "x" }]);
    photo["message"]["caption"] = "My receipt".into();
    let endless = world.message(7, &"x".repeat(20_000));
    let empty = {
        let mut update = world.message(7, "");
        update["message"]["text"].take();
        update
    };
    assert_eq!(world.ingest(project, &[photo, endless, empty]).await, ingested(3, 0));
    let lines = world.timeline(world.customer(project, 7).await).await;
    let shown: Vec<_> = lines[1..]
        .iter()
        .map(|line| {
            (line.kind, line.direction, line.unsupported.as_deref().unwrap(), line.text.chars().count())
        })
        .collect();
    let unsupported = |what, length| (Kind::Unsupported, Direction::In, what, length);
    assert_eq!(
        shown,
        [unsupported("photo", 10), unsupported("text_too_long", 4097), unsupported("unknown", 0)]
    );
    let session = world.session(7).await;
    assert_eq!((session.unread, session.last_message.unwrap().kind.as_str()), (3, "unsupported"));
}

async fn a_customers_profile_follows_telegram(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    let before = world.session(7).await.customer;
    assert_eq!(
        (before.first_name.as_str(), before.language.as_deref(), before.version),
        ("Ana", Some("en"), 1)
    );
    world.minute_passes();
    world.wrote(project, 7, "again").await;
    let same = world.session(7).await.customer;
    assert_eq!((same.version, same.last_seen_at), (1, world.store.now()));

    let mut update = world.message(7, "new name");
    update["message"]["from"] = json!({ "id": 7, "is_bot": false, "first_name": "Anna", "username": "anna" });
    world.ingest(project, &[update]).await;
    let after = world.session(7).await.customer;
    assert_eq!(
        (after.first_name.as_str(), after.username.as_deref(), after.version),
        ("Anna", Some("anna"), 2)
    );
    assert_eq!(after.language.as_deref(), Some("en"), "Telegram doesn't tell the language each time");
    assert_eq!((after.first_seen_at, after.id), (before.first_seen_at, before.id));
}

async fn telegrams_time_is_believed_within_reason(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.member("ana", Role::Agent).await;
    let now = world.store.now();
    for (date, expected) in [
        (json!(now.0 / 1000 - 3600), now.plus(-3_600_000)),
        (json!(now.0 / 1000 + 3600), now),
        (json!(0), now),
        (json!(-5), now),
        (json!(i64::MAX), now),
        (json!("yesterday"), now),
        (Value::Null, now),
    ] {
        let mut update = world.message(7, "hello");
        update["message"]["date"] = date.clone();
        world.ingest(project, &[update]).await;
        let line = world.timeline(world.customer(project, 7).await).await.pop().unwrap();
        assert_eq!(line.at, expected, "{date}");
    }
    // A session's own times are ours.
    assert_eq!(world.list(ana, Tab::Waiting).await[0].last_message_at, now);
}
