//! Hostile updates go in between good ones: the good ones all arrive, the others are kept, and the poller moves on.

use serde_json::{Value, json};
use simulator::{CustomerInfo, Raw};
use testkit::app::{Team, update};
use testkit::databases::TestDatabase;

use crate::case::{Case, set_state};
use crate::look::Look;

testkit::both_databases!(
    good_ones_arrive_between_hostile_ones,
    what_cannot_be_applied_is_kept_as_failed,
    what_comes_again_is_stored_once,
    update_ids_that_jump_lose_nothing,
    message_ids_that_repeat_lose_nothing,
);

/// What becomes of an update.
type Fate = &'static str;
const FAILED: Fate = "failed";
const UNSUPPORTED: Fate = "unsupported";
const APPLIED: Fate = "applied";

async fn good_ones_arrive_between_hostile_ones(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let ana = team.customer("Ana");
    let mut good = Vec::new();
    let mut say = |text: String| {
        team.write(&ana, &text);
        good.push(text);
    };
    say("before".to_owned());
    arrived(&team, &ana, &["before"]).await;

    // Once with a poller that takes each as it comes, once with one that finds all of them in the queue.
    let mut fates: Vec<Fate> = Vec::new();
    for round in ["live", "queued"] {
        if round == "queued" {
            set_state(&team, &team.project, "paused").await;
        }
        for (n, (raw, fate)) in hostile(round).into_iter().enumerate() {
            team.simulator.push_raw_update(team.bot.id, raw).unwrap();
            say(format!("{round} {n}"));
            fates.push(fate);
        }
    }
    set_state(&team, &team.project, "active").await;
    let good: Vec<_> = good.iter().map(String::as_str).collect();
    arrived(&team, &ana, &good).await;

    let look = Look::beside(&team.server);
    let kept = look.updates(&team.project).await;
    for fate in [FAILED, UNSUPPORTED, APPLIED] {
        let more = if fate == APPLIED { good.len() } else { 0 };
        let expected = fates.iter().filter(|wanted| **wanted == fate).count() + more;
        let found: Vec<_> = kept.iter().filter(|update| update.state == fate).collect();
        assert_eq!(found.len(), expected, "{fate}: {found:#?}");
    }
    assert!(kept.iter().all(|update| (update.state == FAILED) == update.error.is_some()));
    let longest = look.number("SELECT MAX(LENGTH(raw)) AS n FROM updates", &[]).await;
    assert!(longest <= 1 << 20, "an update of {longest} characters was kept");
    let formatting = look.number("SELECT COALESCE(MAX(LENGTH(entities)), 0) AS n FROM messages", &[]).await;
    assert!(formatting < 100_000, "formatting of {formatting} characters was kept for every reader");
}

/// Each with what must become of it. None of them writes as Ana.
fn hostile(round: &str) -> Vec<(Raw, Fate)> {
    let mut all = Vec::new();
    let mut add = |fate, raw| all.push((raw, fate));
    // Without an id; nobody can confirm these by themselves.
    // Different ones per round, because what came before is recognised.
    let number = if round == "live" { json!(7) } else { json!(null) };
    for nonsense in [number, json!([round]), json!(round), json!({ "message": {}, "round": round })] {
        add(FAILED, Raw::Exactly(nonsense));
    }
    add(FAILED, Raw::Exactly(json!({ "update_id": "12", "message": written(1, round) })));
    add(FAILED, Raw::Exactly(json!({ "update_id": 1.5, "message": written(2, round) })));
    add(FAILED, Raw::Text(format!(r#"{{"update_id":99999999999999999999,"{round}":{{}}}}"#)));
    let depth = 100_000;
    add(FAILED, Raw::Text(format!(r#"{{"{round}":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))));

    // A known kind without what it can't be understood without.
    for body in [json!(7), json!("text"), json!([]), json!({}), json!({ "message_id": "x", "chat": 7 })] {
        for kind in ["message", "edited_message", "my_chat_member"] {
            add(FAILED, Raw::Update(json!({ kind: body, "round": round })));
        }
    }
    let deep = (0..200).fold(json!(null), |inner, _| json!([inner]));
    add(FAILED, Raw::Update(json!({ "message": deep, "round": round })));

    // What nobody knows, or no team serves.
    add(UNSUPPORTED, Raw::Update(json!({ "hologram": { "depth": 3 }, "round": round })));
    add(UNSUPPORTED, Raw::Update(json!({ "round": round })));
    add(UNSUPPORTED, Raw::Update(json!({ "ki\u{0}nd\u{202e}": "\u{0}", "round": round })));
    add(UNSUPPORTED, Raw::Update(json!({ "hologram": "x".repeat(4 << 20), "round": round })));
    let mut group = written(3, round);
    group["chat"] = json!({ "id": -100, "type": "supergroup", "title": "A group" });
    add(UNSUPPORTED, Raw::Update(json!({ "message": group })));
    add(UNSUPPORTED, Raw::Update(json!({ "edited_message": written(4, round) })));
    let mut pinned = written(5, round);
    pinned["pinned_message"] = pinned.clone();
    pinned["text"] = json!(null);
    add(UNSUPPORTED, Raw::Update(json!({ "message": pinned })));

    for message in bearable(round) {
        add(APPLIED, Raw::Update(json!({ "message": message })));
    }
    all
}

/// Messages that are odd, and still somebody's.
fn bearable(round: &str) -> Vec<Value> {
    let long = || "x".repeat(300_000);
    let mut odd: Vec<_> = (10..18).map(|id| written(id, round)).collect();
    odd[0]["text"] = json!("nul \u{0} and \u{feff}\u{202e}\u{10ffff}");
    odd[0]["from"]["first_name"] = json!("\u{0}\n\u{0}");
    odd[1]["text"] = json!(long());
    odd[2]["from"]["first_name"] = json!(long());
    odd[2]["from"]["username"] = json!(long());
    odd[2]["from"]["language_code"] = json!(long());
    odd[3]["entities"] = (0..20_000).map(|n| json!({ "type": "bold", "offset": n, "length": 1 })).collect();
    odd[4]["entities"] =
        json!([{ "type": "bold", "offset": i64::MIN, "length": i64::MAX, "more": "\u{0}" }, 7]);
    odd[4]["date"] = json!(i64::MAX);
    odd[5]["date"] = json!(i64::MIN);
    odd[5]["reply_to_message"] = json!({ "message_id": i64::MIN });
    odd[6]["text"] = json!(7);
    odd[6]["caption"] = json!(["no", "text"]);
    odd[7]["text"] = json!(null);
    odd[7]["hologram"] = json!({});
    odd[7]["message_id"] = json!(if round == "live" { i64::MAX } else { i64::MIN });
    odd
}

fn written(message: i64, round: &str) -> Value {
    let message = if round == "live" { 1_000_000 + message } else { 2_000_000 + message };
    update(0, message, 77, "odd")["message"].clone()
}

async fn what_cannot_be_applied_is_kept_as_failed(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let look = Look::beside(&team.server);
    // A rule that one of the messages breaks, in the middle of being applied.
    look.change("CREATE UNIQUE INDEX messages_poison ON messages (text) WHERE text = 'poison'").await;
    let (ana, ben) = (team.customer("Ana"), team.customer("Ben"));
    set_state(&team, &team.project, "paused").await;
    for text in ["first", "poison", "second"] {
        team.write(&ana, text);
        team.write(&ben, text);
    }
    set_state(&team, &team.project, "active").await;

    arrived(&team, &ana, &["first", "poison", "second"]).await;
    arrived(&team, &ben, &["first", "second"]).await;
    let kept = look.updates(&team.project).await;
    let failed: Vec<_> = kept.iter().filter(|update| update.state == FAILED).collect();
    assert_eq!((kept.len(), failed.len()), (6, 1), "{kept:?}");
    assert!(failed[0].error.as_ref().unwrap().contains("messages_poison"), "{failed:?}");
}

async fn what_comes_again_is_stored_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let bot = team.bot.id;
    let again = update(500, 9_001, 88, "once");
    let push = |raw: Value| team.simulator.push_raw_update(bot, Raw::Exactly(raw)).unwrap();
    team.simulator.jump_update_ids(bot, 500).unwrap();
    push(again.clone());
    push(again.clone());
    // The same message under another id, and the same id with another message: another update.
    push(update(501, 9_001, 88, "once"));
    push(update(501, 9_002, 88, "twice"));
    push(update(501, 9_003, 88, "thrice"));
    push(again);
    push(update(502, 9_004, 88, "last"));
    let mut case = Case::of(&team.owner, 88).await;
    case.until_written("last").await;
    assert_eq!(case.written().await, ["once", "twice", "thrice", "last"]);
    let kept = Look::beside(&team.server).updates(&team.project).await;
    let ids: Vec<_> = kept.iter().map(|update| update.update_id).collect();
    assert_eq!(ids, [500, 501, 501, 501, 502]);
}

async fn update_ids_that_jump_lose_nothing(database: TestDatabase) {
    const FIRST_IDS: [i64; 11] =
        [1_000_000, 7, 3, 2_000_000_000, 1_999_999_995, -6, 1, 1 << 53, i64::MAX - 100, 5, 1_000_000];
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let ana = team.customer("Ana");
    let mut expected: Vec<String> = Vec::new();
    let mut write_from = |first_id: i64| {
        team.simulator.jump_update_ids(team.bot.id, first_id).unwrap();
        for _ in 0..5 {
            expected.push(format!("message {}", expected.len()));
            team.write(&ana, expected.last().unwrap());
        }
        expected.clone()
    };
    for first_id in FIRST_IDS {
        arrived(&team, &ana, &write_from(first_id)).await;
    }
    set_state(&team, &team.project, "paused").await;
    let all = FIRST_IDS.map(&mut write_from);
    set_state(&team, &team.project, "active").await;
    arrived(&team, &ana, all.last().unwrap()).await;
}

async fn message_ids_that_repeat_lose_nothing(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (ana, mut case) = Case::begun(&team, "Ana").await;
    team.write(&ana, "two");
    arrived(&team, &ana, &["hello", "two"]).await;
    let answer = case.reply("answer").await;
    case.until(&answer, "sent").await;

    // A Telegram that lost its memory: all of these ids were used before, by the customer and by the bot.
    team.simulator.jump_message_ids(team.bot.id, 1).unwrap();
    for text in ["three", "four", "five", "six"] {
        team.write(&ana, text);
    }
    arrived(&team, &ana, &["hello", "two", "three", "four", "five", "six"]).await;
    team.simulator.jump_message_ids(team.bot.id, 1).unwrap();
    let answer = case.reply("another answer").await;
    case.until(&answer, "sent").await;
}

/// Waits until what the customer wrote is exactly this.
async fn arrived(team: &Team, customer: &CustomerInfo, expected: &[impl AsRef<str>]) {
    let mut case = Case::of(&team.owner, customer.id).await;
    case.until_written(expected.last().unwrap().as_ref()).await;
    let written = case.written().await;
    assert!(written.iter().eq(expected.iter().map(AsRef::as_ref)), "{written:?}");
}
