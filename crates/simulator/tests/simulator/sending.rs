//! `sendMessage` and its relatives.

use serde_json::{Value, json};
use simulator::{Author, Change};

use crate::support::{START_MS, answer, person, refusal, scene, started, wait_for};

#[tokio::test]
async fn a_message_reaches_the_chat() {
    let scene = started().await;
    let mut changes = scene.simulator.subscribe();
    let (status, body) = scene.send(json!({ "text": "  hello\r\nthere \n" })).await;
    assert_eq!(status, 200);
    let result = &body["result"];
    assert_eq!((&result["text"], &result["message_id"]), (&json!("hello\nthere"), &json!(2)));
    assert_eq!((&result["date"], &result["from"]["is_bot"]), (&json!(START_MS / 1000), &json!(true)));
    assert_eq!(
        (&result["chat"]["id"], &result["chat"]["type"]),
        (&json!(scene.customer.id), &json!("private"))
    );
    let told = wait_for(&mut changes, |change| match change {
        Change::Message { message, .. } => Some(message),
        _ => None,
    })
    .await;
    assert_eq!((told.from, told.text.as_str()), (Author::Bot, "hello\nthere"));
    assert_eq!(scene.texts(), ["/start", "hello\nthere"]);
}

#[tokio::test]
async fn parameters_come_in_every_form() {
    let scene = started().await;
    let base = scene.url(&format!("/bot{}/sendMessage?chat_id={}", scene.bot.token, scene.customer.id));
    let query = scene.http.get(format!("{base}&text=a%20b"));
    let urlencoded = scene.http.post(&base).header("content-type", "application/x-www-form-urlencoded");
    let multipart = reqwest::multipart::Form::new()
        .text("text", "e f")
        .text("entities", r#"[{"type":"bold","offset":0,"length":1}]"#);
    let json =
        scene.http.post(&base).json(&json!({ "text": "g h", "chat_id": scene.customer.id.to_string() }));
    for request in [query, urlencoded.body("text=c+d"), scene.http.post(&base).multipart(multipart), json] {
        let (status, body) = answer(request).await;
        assert_eq!(status, 200, "{body}");
    }
    assert_eq!(scene.texts(), ["/start", "a b", "c d", "e f", "g h"]);
    let broken = scene.http.post(&base).header("content-type", "application/json").body("{");
    assert_eq!(answer(broken).await, refusal(400, "Bad Request: can't parse JSON object"));
    let huge = scene.http.post(&base).header("content-type", "application/json").body(" ".repeat(2_000_000));
    assert_eq!(answer(huge).await, refusal(413, "Request Entity Too Large"));
}

#[tokio::test]
async fn texts_are_measured_as_at_telegram() {
    let scene = started().await;
    for (params, words) in [
        (json!({}), "Bad Request: message text is empty"),
        (json!({ "text": "" }), "Bad Request: message text is empty"),
        (json!({ "text": " \n\t " }), "Bad Request: text must be non-empty"),
        (json!({ "text": "x".repeat(4097) }), "Bad Request: message is too long"),
        (json!({ "text": "x".repeat(40_000) }), "Bad Request: text is too long"),
        (json!({ "text": "x", "parse_mode": "bbcode" }), "Bad Request: unsupported parse_mode"),
    ] {
        assert_eq!(scene.send(params).await, refusal(400, words));
    }
    for text in ["x".repeat(4096), "😀".repeat(4096), format!("<b>{}</b>", "x".repeat(4096))] {
        let (status, _) = scene.send(json!({ "text": text, "parse_mode": "HTML" })).await;
        assert_eq!(status, 200, "code points count, after parsing");
    }
}

#[tokio::test]
async fn formatting_is_kept_and_checked() {
    let scene = started().await;
    let entities = |(_, body): (u16, Value)| body["result"]["entities"].clone();
    let html = entities(scene.send(json!({ "text": " 😀 <b>x</b>", "parse_mode": "html" })).await);
    assert_eq!(html, json!([{ "type": "bold", "offset": 3, "length": 1 }]));
    let given =
        json!([{ "type": "italic", "offset": 1, "length": 3 }, { "type": "url", "offset": 0, "length": 1 }]);
    let given = entities(scene.send(json!({ "text": " ab\r\n", "entities": given })).await);
    assert_eq!(given, json!([{ "type": "italic", "offset": 0, "length": 2 }]));
    let (v2, v1) = (
        json!({ "text": "a.b", "parse_mode": "MarkdownV2" }),
        json!({ "text": "a_b", "parse_mode": "Markdown" }),
    );
    let begin = "Bad Request: can't parse entities:";
    let words = format!("{begin} Character '.' is reserved and must be escaped with the preceding '\\'");
    assert_eq!(scene.send(v2).await, refusal(400, &words));
    assert_eq!(
        scene.send(v1).await,
        refusal(400, &format!("{begin} Can't find end of the entity starting at byte offset 1"))
    );
    for (entity, words) in [
        (
            json!({ "type": "bold", "offset": 9, "length": 1 }),
            "entity begins after the end of the text at UTF-16 offset 9",
        ),
        (json!({ "type": "bold", "offset": -1, "length": 1 }), "receive an entity with incorrect offset -1"),
        (json!({ "type": "bold", "offset": 0 }), "can't parse MessageEntity: Can't find field \"length\""),
        (
            json!({ "type": "loud", "offset": 0, "length": 1 }),
            "can't parse MessageEntity: Unsupported type specified",
        ),
    ] {
        let answer = scene.send(json!({ "text": "hi", "entities": [entity] })).await;
        assert_eq!(answer, refusal(400, &format!("Bad Request: {words}")));
    }
}

#[tokio::test]
async fn replies_find_their_message_or_say_so() {
    let scene = started().await;
    let reply = |reply: Value| scene.send(json!({ "text": "x", "reply_parameters": reply }));
    let (_, found) = reply(json!({ "message_id": 1 })).await;
    assert_eq!(found["result"]["reply_to_message"]["text"], "/start");
    let missing = refusal(400, "Bad Request: message to be replied not found");
    assert_eq!(reply(json!({ "message_id": 99 })).await, missing);
    let (status, sent) = reply(json!({ "message_id": 99, "allow_sending_without_reply": true })).await;
    assert_eq!((status, &sent["result"]["reply_to_message"]), (200, &Value::Null));
    assert_eq!(scene.send(json!({ "text": "x", "reply_to_message_id": 99 })).await, missing);
}

#[tokio::test]
async fn a_bot_writes_only_to_those_who_wrote_first_and_let_it() {
    let scene = scene().await;
    let not_found = refusal(400, "Bad Request: chat not found");
    assert_eq!(scene.send(json!({ "text": "x" })).await, not_found);
    assert_eq!(scene.call("sendMessage", json!({ "chat_id": 1, "text": "x" })).await, not_found);
    assert_eq!(scene.call("sendMessage", json!({ "chat_id": "@x", "text": "x" })).await, not_found);
    assert_eq!(
        scene.call("sendMessage", json!({ "text": "x" })).await,
        refusal(400, "Bad Request: chat_id is empty")
    );
    assert_eq!(scene.call("getChat", json!({ "chat_id": scene.customer.id })).await, not_found);
    scene.write("/start");
    assert_eq!(scene.send(json!({ "text": "x" })).await.0, 200);
    scene.simulator.block(scene.customer.id, scene.bot.id).unwrap();
    let blocked = refusal(403, "Forbidden: bot was blocked by the user");
    assert_eq!(scene.send(json!({ "text": "x" })).await, blocked);
    assert_eq!(
        scene.call("sendChatAction", json!({ "chat_id": scene.customer.id, "action": "typing" })).await,
        blocked
    );
    assert_eq!(scene.client().get_chat(scene.customer.id).await.unwrap().first_name.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn an_action_is_shown() {
    let scene = started().await;
    let mut changes = scene.simulator.subscribe();
    scene.client().send_chat_action(scene.customer.id, "typing").await.unwrap();
    let action = wait_for(&mut changes, |change| match change {
        Change::Action { action, .. } => Some(action),
        _ => None,
    });
    assert_eq!(action.await, "typing");
    let odd =
        scene.call("sendChatAction", json!({ "chat_id": scene.customer.id, "action": "dancing" })).await;
    assert_eq!(odd, refusal(400, "Bad Request: wrong parameter action in request"));
}

fn too_many(seconds: i64) -> (u16, Value) {
    let (code, mut body) = refusal(429, &format!("Too Many Requests: retry after {seconds}"));
    body["parameters"] = json!({ "retry_after": seconds });
    (code, body)
}

#[tokio::test]
async fn a_chat_takes_a_burst_then_one_a_second() {
    let scene = started().await;
    for n in 0..8 {
        assert_eq!(scene.send(json!({ "text": n.to_string() })).await.0, 200);
    }
    assert_eq!(scene.send(json!({ "text": "x" })).await, too_many(1));
    scene.pass_ms(1000);
    assert_eq!(scene.send(json!({ "text": "x" })).await.0, 200);
    assert_eq!(scene.send(json!({ "text": "x" })).await, too_many(1));
    assert_eq!(scene.texts().len(), 10, "what was refused did not arrive");
}

#[tokio::test]
async fn a_bot_takes_thirty_a_second() {
    let scene = scene().await;
    let mut accepted = 0;
    for n in 0..100 {
        let customer = scene.simulator.create_customer(person(&format!("C{n}"))).unwrap();
        scene.simulator.write(customer.id, scene.bot.id, "hi").unwrap();
        let (status, _) = scene.call("sendMessage", json!({ "chat_id": customer.id, "text": "x" })).await;
        accepted += i32::from(status == 200);
    }
    assert_eq!(accepted, 60);
    scene.pass_ms(1000);
    scene.write("hi");
    assert_eq!(scene.send(json!({ "text": "x" })).await.0, 200);
}

#[tokio::test]
async fn history_makes_no_update() {
    let scene = scene().await;
    let (customer, bot) = (scene.customer.id, scene.bot.id);
    scene.simulator.seed_message(customer, bot, Author::Customer, "old question", 1_700_000_000).unwrap();
    scene.simulator.seed_message(customer, bot, Author::Bot, "old answer", 1_700_000_060).unwrap();
    assert_eq!(scene.update_ids(0).await, [0; 0]);
    let chat = scene.simulator.chat(customer, bot).unwrap();
    assert_eq!((chat[1].from, chat[1].date, chat[1].message_id), (Author::Bot, 1_700_000_060, 2));
    assert_eq!(scene.send(json!({ "text": "x" })).await.0, 200);
}
