//! Whatever Telegram may send: no update keeps its neighbours from arriving.

use desk::inbound::ingest;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use telegram::RawUpdate;
use testkit::TestDatabase;
use tokio::runtime::Handle;

use crate::common::{World, message};

testkit::both_databases!(any_update_lets_its_neighbours_arrive);

/// Texts that are awkward somewhere.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z ]{0,12}",
        Just("\u{0}".to_owned()),
        Just("a\u{0}b\u{202E}\u{FEFF}".to_owned()),
        Just("/start".to_owned()),
        Just("👩‍👩‍👧‍👦".repeat(40)),
        Just("private".to_owned()),
        Just("x".repeat(17_000)),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3i64..20).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

/// Any JSON, some levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..5)
                .prop_map(|fields| Value::from(Map::from_iter(fields))),
        ]
    })
}

/// A field of an update as Telegram sends it, and what it is replaced with.
fn damage() -> impl Strategy<Value = (&'static str, Option<Value>)> {
    let fields = [
        "/update_id",
        "/message",
        "/message/message_id",
        "/message/chat",
        "/message/chat/id",
        "/message/chat/type",
        "/message/from",
        "/message/from/id",
        "/message/from/first_name",
        "/message/from/last_name",
        "/message/from/username",
        "/message/from/language_code",
        "/message/from/is_bot",
        "/message/date",
        "/message/text",
        "/message/caption",
        "/message/entities",
        "/message/photo",
        "/message/reply_to_message",
        "/message/pinned_message",
    ];
    (prop::sample::select(fields.to_vec()), prop::option::of(any_json()))
}

/// Near-valid: an update as Telegram sends it, with some fields damaged, under one of the kinds.
fn near_update() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(
        &["message", "edited_message", "my_chat_member", "channel_post", "hologram"][..],
    );
    (0i64..30, 0i64..30, 7i64..10, text(), kind, prop::collection::vec(damage(), 0..4)).prop_map(
        |(update_id, message_id, customer, text, kind, damages)| {
            let mut update = message(update_id, message_id, customer, &text);
            update["message"]["new_chat_member"] = json!({ "status": "kicked" });
            for (field, replacement) in damages {
                put(&mut update, field, replacement);
            }
            let content = update["message"].take();
            if let Some(fields) = update.as_object_mut() {
                fields.remove("message");
                fields.insert(kind.to_owned(), content);
            }
            update
        },
    )
}

/// Replaces (or removes) the field that a path of at most three names leads to, if its parents are objects.
fn put(update: &mut Value, path: &str, replacement: Option<Value>) {
    let (parent, name) = path.rsplit_once('/').unwrap();
    if let Some(fields) = update.pointer_mut(parent).and_then(Value::as_object_mut) {
        match replacement {
            Some(value) => fields.insert(name.to_owned(), value),
            None => fields.remove(name),
        };
    }
}

/// What stands in a list of updates: near-valid ones, any JSON, and nestings that no parser takes.
fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => near_update().prop_map(|update| update.to_string()),
        3 => any_json().prop_map(|json| json.to_string()),
        1 => (100usize..5_000).prop_map(|depth| {
            format!("{{\"update_id\":1,\"message\":{}{}}}", "[".repeat(depth), "]".repeat(depth))
        }),
        1 => near_update().prop_map(|update| update.to_string().replace("a\\u0000b", "\\ud83d")),
    ]
}

async fn any_update_lets_its_neighbours_arrive(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.agent("ana").await;
    let handle = Handle::current();
    let batches = prop::collection::vec(element(), 1..12);
    let check = |elements: Vec<String>| {
        // The good ones have ids that nothing else has, each a customer of its own.
        let good: Vec<_> = elements.iter().map(|_| 1_000_000 + world.number()).collect();
        let mut batch = Vec::new();
        for (element, &id) in elements.iter().zip(&good) {
            batch.push(RawUpdate::read(element));
            batch.push(RawUpdate::read(&message(id, id, id, &format!("good {id}")).to_string()));
        }
        let sent = batch.len();
        let ingested = handle.block_on(ingest(&world.store, world.workspace, project, batch));
        let ingested = ingested.map_err(|error| TestCaseError::fail(format!("the batch failed: {error}")))?;
        prop_assert!(ingested.new <= sent && ingested.new >= good.len());
        let sql = "SELECT COUNT(*) AS n FROM messages WHERE text LIKE 'good %' AND telegram_message_id >= $1";
        let first = good[0];
        let arrived = handle.block_on(world.rows(sql, db::params![first], |row| row.get::<i64>("n")))[0];
        prop_assert_eq!(usize::try_from(arrived).unwrap(), good.len());
        Ok(())
    };
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    tokio::task::block_in_place(|| TestRunner::new(config).run(&batches, check))
        .unwrap_or_else(|error| panic!("{error}"));

    // Whatever came is readable: every line, every list, every event.
    for id in world.texts("SELECT id FROM customers", &[], "id").await {
        let (store, workspace) = (&world.store, world.workspace);
        let window = desk::messages::Window::Newest;
        desk::messages::timeline(store, workspace, world.owner, id.parse().unwrap(), window, 200)
            .await
            .unwrap();
    }
    world.list(world.owner, desk::sessions::Tab::All).await;
    let mut after = 0;
    loop {
        let batch = desk::portal::next_batch(&world.store, world.workspace, after, 500).await.unwrap();
        if batch.last == after {
            break;
        }
        after = batch.last;
    }
}
