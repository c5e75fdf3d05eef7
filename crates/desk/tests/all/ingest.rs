//! Updates: each is kept once and applied once, and what can't be applied stands in nobody's way.

use desk::ids::ProjectId;
use desk::inbound::{Ingested, ingest};
use desk::sessions::{SessionState, Tab};
use desk::workers::forget_old;
use telegram::RawUpdate;
use testkit::TestDatabase;

use crate::common::{START, World, ingested, message};
use db::params;
use serde_json::{Value, json};

testkit::both_databases!(
    the_same_update_counts_once,
    the_same_message_counts_once_under_another_update_id,
    another_content_under_the_same_id_is_another_update,
    what_cannot_be_applied_is_kept_and_the_rest_goes_on,
    trouble_keeps_the_whole_batch_out,
    an_update_whose_application_fails_leaves_only_itself,
    a_diversion_that_fails_keeps_no_message_out,
    updates_are_kept_for_two_days_and_failed_ones_longer,
    a_batch_of_everything_is_as_if_each_came_alone,
);

impl World {
    /// What customers said, in the order in which it was stored.
    async fn said(&self) -> Vec<String> {
        let sql = "SELECT text FROM messages WHERE direction = 'in' ORDER BY customer_id, position";
        self.texts(sql, &[], "text").await
    }

    async fn raw(&self, project: ProjectId, updates: &[&str]) -> Ingested {
        let updates = updates.iter().map(|update| RawUpdate::read(update)).collect();
        ingest(&self.store, self.workspace, project, updates).await.unwrap()
    }
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

/// What customers with and without a session say, change and quote, and what else comes between.
fn everything() -> Vec<Value> {
    let from = |update: i64, customer: i64, text: &str| message(update, update, customer, text);
    let mut renamed = from(13, 7, "under another name");
    renamed["message"]["from"]["first_name"] = json!("Anna");
    let mut edit = from(14, 8, "two, changed");
    edit["edited_message"] = edit["message"].take();
    edit["edited_message"]["message_id"] = json!(12);
    edit["edited_message"]["edit_date"] = json!(START.0 / 1000);
    let mut quoting = from(16, 9, "about that");
    quoting["message"]["reply_to_message"] = json!({ "message_id": 3, "date": 1 });
    let mut picture = from(18, 8, "");
    picture["message"]["text"].take();
    picture["message"]["photo"] = json!([{ "file_id": "a", "width": 1, "height": 1 }]);
    let mut blocking = from(20, 10, "");
    let who = blocking["message"]["from"].take();
    blocking["my_chat_member"] = json!({ "from": who, "chat": { "id": 10, "type": "private" }, "date": 1,
        "old_chat_member": { "status": "member" }, "new_chat_member": { "status": "kicked" } });
    for update in [&mut edit, &mut blocking] {
        update.as_object_mut().unwrap().remove("message");
    }
    vec![
        from(11, 7, "one"),
        from(12, 8, "two"),
        renamed,
        edit,
        from(15, 11, "new here"),
        quoting,
        from(17, 8, "three"),
        picture,
        from(19, 12, "/start"),
        blocking,
        from(21, 7, "last"),
        from(22, 9, "and that"),
        from(23, 10, "back again"),
    ]
}

async fn a_batch_of_everything_is_as_if_each_came_alone(database: TestDatabase) {
    let world = World::new(database).await;
    let (alone, together) = (world.project().await, world.project().await);
    for project in [alone, together] {
        let before: Vec<_> =
            (7..=10).map(|customer| message(customer - 6, customer - 6, customer, "hello")).collect();
        assert_eq!(world.ingest(project, &before).await, ingested(4, 0));
    }
    for update in everything() {
        assert_eq!(world.ingest(alone, &[update]).await, ingested(1, 0));
    }
    assert_eq!(world.ingest(together, &everything()).await, ingested(13, 0));
    let told = world.all_told_of(together).await;
    assert_eq!(world.all_told_of(alone).await, told);
    assert!(told.contains(&"7 Ana 5 text in last".to_owned()), "{told:#?}");
    assert!(told.contains(&"9 Ana 3 text in about that > hello".to_owned()), "{told:#?}");
    assert!(told.contains(&"8 Ana 3 text in two, changed".to_owned()), "{told:#?}");
    // A batch in which something came before is applied one by one; it says the same.
    assert_eq!(world.ingest(together, &everything()).await, ingested(0, 0));
    assert_eq!(world.all_told_of(together).await, told);
}

impl World {
    /// The timelines of a project's customers, and what their sessions show, in words.
    async fn all_told_of(&self, project: ProjectId) -> Vec<String> {
        let lines = "SELECT c.telegram_id || ' ' || c.first_name || ' ' || m.position || ' ' || m.kind || ' ' || m.direction
                 || ' ' || m.text || COALESCE(m.detail, '') || COALESCE(' > ' || q.text, '') AS told
             FROM customers c JOIN messages m ON m.customer_id = c.id LEFT JOIN messages q ON q.id = m.reply_to_id
             WHERE c.project_id = $1 ORDER BY c.telegram_id, m.position";
        let sessions = "SELECT c.telegram_id || ' ' || c.last_position || ' ' || s.state || ' ' || s.unread || ' '
                 || s.last_message AS told
             FROM customers c JOIN sessions s ON s.customer_id = c.id WHERE c.project_id = $1 ORDER BY c.telegram_id";
        let mut told = self.texts(lines, params![project], "told").await;
        told.extend(self.texts(sessions, params![project], "told").await);
        told
    }
}
