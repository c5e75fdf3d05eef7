//! Updates: each is kept once and applied once, and what can't be applied stands in nobody's way.

use desk::inbound::{Ingested, ingest};
use desk::members::Role;
use desk::messages::{Direction, Kind, Message, ServiceWhat};
use desk::sessions::{SessionState, Tab};
use desk::workers::forget_old;
use serde_json::{Value, json};
use telegram::RawUpdate;
use testkit::TestDatabase;

use crate::common::{START, World, message};

testkit::both_databases!(
    the_same_update_counts_once,
    the_same_message_counts_once_under_another_update_id,
    another_content_under_the_same_id_is_another_update,
    what_cannot_be_applied_is_kept_and_the_rest_goes_on,
    trouble_keeps_the_whole_batch_out,
    an_update_whose_application_fails_leaves_only_itself,
    a_diversion_that_fails_keeps_no_message_out,
    a_bare_start_begins_no_session,
    blocking_and_unblocking_are_noted,
    an_edit_changes_the_text_once,
    only_people_are_customers,
    names_are_cleaned_and_text_is_kept,
    what_is_no_text_is_shown_as_unsupported,
    a_customers_profile_follows_telegram,
    telegrams_time_is_believed_within_reason,
    updates_are_kept_for_two_days_and_failed_ones_longer,
);

fn ingested(new: usize, failed: usize) -> Ingested {
    let mut ingested = Ingested::default();
    (ingested.new, ingested.failed) = (new, failed);
    ingested
}

impl World {
    /// What customers said, in the order in which it was stored.
    async fn said(&self) -> Vec<String> {
        let sql = "SELECT text FROM messages WHERE direction = 'in' ORDER BY customer_id, position";
        self.texts(sql, &[], "text").await
    }

    /// The states of the stored updates, by id.
    async fn kept(&self) -> Vec<(i64, String)> {
        let sql = "SELECT update_id, state FROM updates ORDER BY update_id, state";
        self.rows(sql, &[], |row| Ok((row.get("update_id")?, row.get("state")?))).await
    }

    async fn raw(&self, project: desk::ids::ProjectId, updates: &[&str]) -> Ingested {
        let updates = updates.iter().map(|update| RawUpdate::read(update)).collect();
        ingest(&self.store, self.workspace, project, updates).await.unwrap()
    }
}

fn services(lines: &[Message]) -> Vec<ServiceWhat> {
    lines.iter().filter_map(|line| line.service.as_ref()).map(|service| service.what).collect()
}

async fn the_same_update_counts_once(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let updates = [message(1, 1, 7, "one"), message(2, 2, 7, "two")];
    assert_eq!(world.ingest(project, &updates).await, ingested(2, 0));
    assert_eq!(world.ingest(project, &updates).await, ingested(0, 0));
    let more = [updates[1].clone(), message(3, 3, 7, "three"), message(3, 3, 7, "three")];
    assert_eq!(world.ingest(project, &more).await, ingested(1, 0));
    assert_eq!(world.said().await, ["one", "two", "three"]);
    assert_eq!(world.session(7).await.unread, 3);
    // Another bot has the same numbers for other things.
    let other = world.project().await;
    assert_eq!(world.ingest(other, &updates).await, ingested(2, 0));
    assert_eq!(world.said().await.len(), 5);
}

async fn the_same_message_counts_once_under_another_update_id(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    assert_eq!(world.ingest(project, &[message(1, 1, 7, "one")]).await, ingested(1, 0));
    assert_eq!(world.ingest(project, &[message(900, 1, 7, "one")]).await, ingested(1, 0));
    assert_eq!(world.said().await, ["one"]);
    // In another chat the same number is another message.
    assert_eq!(world.ingest(project, &[message(901, 1, 8, "other")]).await, ingested(1, 0));
    assert_eq!(world.list(world.owner, Tab::Waiting).await.len(), 2);
}

async fn another_content_under_the_same_id_is_another_update(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.ingest(project, &[message(5, 1, 7, "before")]).await;
    // Telegram restarts update ids where it likes, also exactly there.
    assert_eq!(
        world.ingest(project, &[message(5, 2, 7, "after"), message(1, 3, 7, "lower")]).await,
        ingested(2, 0)
    );
    assert_eq!(world.said().await, ["before", "after", "lower"]);
}

/// What Telegram never sends, or has not invented yet.
fn poison() -> Vec<String> {
    vec![
        r#"{"update_id":101,"message":"no object"}"#.into(),
        r#"{"update_id":102,"message":{"message_id":"x","chat":{"id":7,"type":"private"}}}"#.into(),
        r#"{"update_id":103,"hologram":{"from":7}}"#.into(),
        r#"{"update_id":104}"#.into(),
        "7".into(),
        "[]".into(),
        r#"{"message":{"message_id":1,"chat":{"id":7,"type":"private"},"text":"no id"}}"#.into(),
        r#"{"update_id":105,"message":{"message_id":105,"chat":{"id":7,"type":"private"},"text":"\ud83d"}}"#
            .into(),
        format!(r#"{{"update_id":106,"message":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)),
        format!(r#"{{"update_id":107,"{}":1}}"#, "k".repeat(100_000)),
        r#"{"update_id":108,"hologram":"a\u0000b"}"#.into(),
        format!(r#"{{"update_id":109,"hologram":"{}"}}"#, "ж".repeat(1 << 20)),
    ]
}

async fn what_cannot_be_applied_is_kept_and_the_rest_goes_on(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let mut batch = Vec::new();
    for (n, poison) in poison().into_iter().enumerate() {
        let n = i64::try_from(n).unwrap();
        batch.extend([message(n, n, 7, &n.to_string()).to_string(), poison]);
    }
    let batch: Vec<_> = batch.iter().map(String::as_str).collect();
    assert_eq!(world.raw(project, &batch).await, ingested(24, 7));
    assert_eq!(world.said().await, (0..12).map(|n| n.to_string()).collect::<Vec<_>>());
    let kept = world.kept().await;
    let states: Vec<_> =
        kept.iter().filter(|(id, _)| *id > 100).map(|(id, state)| (*id, state.as_str())).collect();
    let expected = [
        (101, "failed"),
        (102, "failed"),
        (103, "unsupported"),
        (104, "unsupported"),
        (105, "failed"),
        (106, "failed"),
        (107, "unsupported"),
        (108, "unsupported"),
        (109, "unsupported"),
    ];
    assert_eq!(states, expected);
    assert_eq!(kept.iter().filter(|(id, state)| *id == 0 && state == "failed").count(), 3, "without an id");
    // All of it again is nothing new.
    assert_eq!(world.raw(project, &batch).await, ingested(0, 0));
    let largest = world.count("SELECT MAX(LENGTH(raw)) AS n FROM updates").await;
    assert!(largest <= 1 << 20, "{largest}");
}

/// Makes the environment fail in the middle of a batch: the disk is full, or the connection breaks.
fn break_it(tx: &mut db::Tx) -> Result<(), db::Error> {
    match tx.dialect() {
        db::Dialect::Sqlite => {
            let pages: i64 = tx.query_one("PRAGMA page_count", &[], |row| row.get("page_count"))?;
            tx.query(&format!("PRAGMA max_page_count = {}", pages + 2), &[], |_| Ok(())).map(drop)
        }
        db::Dialect::Postgres => {
            tx.execute(
                "CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'",
                &[],
            )?;
            let sql = "CREATE TRIGGER break_it BEFORE INSERT ON messages FOR EACH ROW
                 WHEN (LENGTH(NEW.text) > 1000) EXECUTE FUNCTION break_it()";
            tx.execute(sql, &[]).map(drop)
        }
    }
}

fn repair(tx: &mut db::Tx) -> Result<(), db::Error> {
    match tx.dialect() {
        db::Dialect::Sqlite => tx.query("PRAGMA max_page_count = 1000000", &[], |_| Ok(())).map(drop),
        db::Dialect::Postgres => tx.execute("DROP TRIGGER break_it ON messages", &[]).map(drop),
    }
}

async fn trouble_keeps_the_whole_batch_out(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.write(break_it).await;
    let batch = [message(1, 1, 7, "one"), message(2, 2, 7, &"two ".repeat(4_000)), message(3, 3, 8, "three")];
    let updates = || batch.iter().map(|update| RawUpdate::read(&update.to_string())).collect();
    let error = ingest(&world.store, world.workspace, project, updates()).await.unwrap_err();
    assert!(error.is_trouble(), "{error}");
    for table in ["updates", "customers", "sessions", "messages", "events"] {
        let sql = format!("SELECT COUNT(*) AS n FROM {table}");
        let rows =
            world.store.read("test", move |tx| Ok(tx.query_one(&sql, &[], |row| row.get::<i64>("n"))?));
        assert_eq!(rows.await.unwrap(), 0, "{table}");
    }
    // Nothing was confirmed, so all of it comes again.
    world.write(repair).await;
    assert_eq!(world.ingest(project, &batch).await, ingested(3, 0));
    assert_eq!(world.said().await.len(), 3);

    world.store.db().close().await;
    let error = ingest(&world.store, world.workspace, project, updates()).await.unwrap_err();
    assert!(error.is_trouble(), "{error}");
}

async fn an_update_whose_application_fails_leaves_only_itself(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    // A rule of the tables stands for a fault of ours: whatever fails deterministically looks like this.
    world
        .write(|tx| match tx.dialect() {
            db::Dialect::Sqlite => {
                let sql = "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text = 'poison'
                     BEGIN SELECT RAISE(ABORT, 'poison'); END";
                tx.execute(sql, &[])
            }
            db::Dialect::Postgres => {
                tx.execute("ALTER TABLE messages ADD CONSTRAINT poison CHECK (text <> 'poison')", &[])
            }
        })
        .await;
    let batch = [
        message(1, 1, 7, "one"),
        message(2, 2, 7, "poison"),
        message(3, 3, 8, "poison"),
        message(4, 4, 7, "two"),
        message(5, 5, 9, "three"),
    ];
    assert_eq!(world.ingest(project, &batch).await, ingested(5, 2));
    assert_eq!(world.said().await, ["one", "two", "three"]);
    // The second customer's session, line and customer are gone with their message.
    assert_eq!(world.list(world.owner, Tab::Waiting).await.len(), 2);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM customers").await, 2);
    assert_eq!(world.session(7).await.unread, 2);
    let errors = world.texts("SELECT error FROM updates WHERE state = 'failed'", &[], "error").await;
    assert!(errors.len() == 2 && errors.iter().all(|error| error.contains("poison")), "{errors:?}");
}

async fn a_diversion_that_fails_keeps_no_message_out(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.agent("ana").await;
    // The rotation can't be written: who gets the session is a question that fails.
    world
        .write(|tx| tx.execute("ALTER TABLE projects RENAME COLUMN last_assignee_id TO something_else", &[]))
        .await;
    assert_eq!(world.wrote(project, 7, "hello").await, ingested(1, 0));
    assert_eq!(world.said().await, ["hello"]);
    assert_eq!(world.session(7).await.state, SessionState::Waiting);
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

async fn updates_are_kept_for_two_days_and_failed_ones_longer(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    // More than one step of housekeeping takes.
    let (many, workspace) = (700, world.workspace);
    world
        .write(move |tx| {
            for n in 0..many {
                tx.execute(
                    "INSERT INTO updates (id, workspace_id, project_id, update_id, digest, kind, raw, state, received_at)
                     VALUES ($1, $2, $3, $4, 'x', 'message', '{}', 'applied', $5)",
                    db::params![format!("old {n}"), workspace, project, n, START],
                )?;
            }
            Ok(())
        })
        .await;
    world
        .raw(
            project,
            &["[]", &message(1_001, 1, 7, "hello").to_string(), r#"{"update_id":1002,"hologram":1}"#],
        )
        .await;
    world.clock.advance(48 * 3_600_000);
    world.wrote(project, 7, "still there?").await;
    forget_old(&world.store).await.unwrap();
    assert_eq!(world.kept().await.len(), 704, "two days old is not too old");
    world.clock.advance(1);
    forget_old(&world.store).await.unwrap();
    let states: Vec<_> = world.kept().await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["failed", "applied"]);
    assert_eq!(world.said().await.len(), 2, "what was said stays");
}
