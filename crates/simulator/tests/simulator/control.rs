//! The control API.

use serde_json::{Value, json};

use crate::support::{Scene, answer, scene};

async fn post(scene: &Scene, path: &str, body: Value) -> (u16, Value) {
    answer(scene.http.post(scene.url(path)).json(&body)).await
}

async fn get(scene: &Scene, path: &str) -> Value {
    answer(scene.http.get(scene.url(path))).await.1
}

#[tokio::test]
async fn a_conversation_over_http() {
    let scene = scene().await;
    let (status, bot) =
        post(&scene, "/control/bots", json!({ "name": "Bank", "token": "123456:SIMULATED-bank" })).await;
    assert_eq!(
        (status, &bot["id"], &bot["username"]),
        (201, &json!(123_456), &json!("simulated_123456_bot"))
    );
    let (status, customer) =
        post(&scene, "/control/customers", json!({ "first_name": "Bo", "id": 42 })).await;
    assert_eq!((status, &customer["id"]), (201, &json!(42)));
    assert_eq!(get(&scene, "/control/bots").await.as_array().unwrap().len(), 2);
    assert_eq!(get(&scene, "/control/customers").await.as_array().unwrap().len(), 2);

    let chat = "/control/chats/123456/42";
    assert_eq!(get(&scene, chat).await["started"], false);
    let (_, seeded) =
        post(&scene, &format!("{chat}/history"), json!({ "from": "bot", "text": "old", "date": 5 })).await;
    assert_eq!(seeded["message_id"], 1);
    let (_, written) =
        post(&scene, &format!("{chat}/messages"), json!({ "text": "hi", "reply_to": 1 })).await;
    assert_eq!(written["message_id"], 2);
    let edit = scene.http.patch(scene.url(&format!("{chat}/messages/2"))).json(&json!({ "text": "ho" }));
    assert_eq!(answer(edit).await.0, 200);
    let view = get(&scene, chat).await;
    assert_eq!(
        (&view["started"], &view["messages"][1]["text"], &view["messages"][1]["reply_to"]),
        (&json!(true), &json!("ho"), &json!(1))
    );

    assert_eq!(answer(scene.http.put(scene.url(&format!("{chat}/block")))).await.0, 200);
    assert_eq!(post(&scene, &format!("{chat}/messages"), json!({ "text": "x" })).await.0, 409);
    assert_eq!(answer(scene.http.delete(scene.url(&format!("{chat}/block")))).await.0, 200);
    let figures = get(&scene, "/control/stats").await;
    assert_eq!(figures["bots"]["123456"]["pending_updates"], 4);
}

#[tokio::test]
async fn operating_over_http() {
    let scene = scene().await;
    let bot = format!("/control/bots/{}", scene.bot.id);
    let put = |path: String, body: Value| scene.http.put(scene.url(&path)).json(&body).send();
    put(format!("{bot}/next-update-id"), json!({ "next": 900 })).await.unwrap();
    put(format!("{bot}/next-message-id"), json!({ "next": 70 })).await.unwrap();
    assert_eq!(
        post(&scene, &format!("{bot}/updates"), json!({ "update": { "x": 1 } })).await.1["update_id"],
        900
    );
    assert_eq!(
        post(&scene, &format!("{bot}/updates"), json!({ "text": "7" })).await.1["update_id"],
        Value::Null
    );
    let written = scene.write("hi");
    assert_eq!((written.message_id, written.update_id), (70, Some(902)));

    let fault = json!({ "kind": "answer", "status": 400, "description": "Bad Request: no", "times": 1 });
    for path in [format!("{bot}/faults"), "/control/faults".to_owned()] {
        let added = scene.http.post(scene.url(&path)).json(&fault).send().await.unwrap();
        assert_eq!(added.status(), 204);
    }
    assert_eq!(scene.call("getMe", json!({})).await.0, 400);
    assert_eq!(scene.call("getMe", json!({})).await.0, 400);
    assert_eq!(scene.call("getMe", json!({})).await.0, 200);
    let renewed = answer(scene.http.put(scene.url(&format!("{bot}/token")))).await.1;
    assert_ne!(renewed["token"], scene.bot.token.as_str());
    assert_eq!(scene.call("getMe", json!({})).await.0, 401);
}

#[tokio::test]
async fn wrong_input_is_answered_with_words() {
    let scene = scene().await;
    let chat = format!("/control/chats/{}/{}", scene.bot.id, scene.customer.id);
    for (path, body, expected) in [
        ("/control/bots", json!({ "name": "" }), 422),
        ("/control/bots", json!({ "name": "x", "token": "nonsense" }), 422),
        ("/control/bots", json!({ "name": "x", "token": scene.bot.token }), 409),
        ("/control/bots", json!({ "name": "x", "colour": "red" }), 422),
        ("/control/customers", json!({ "first_name": "x", "id": scene.customer.id }), 409),
        ("/control/customers", json!({ "first_name": "x", "id": -1 }), 422),
        ("/control/chats/1/1/messages", json!({ "text": "x" }), 404),
        (&format!("{chat}/messages"), json!({ "text": " " }), 422),
        (&format!("{chat}/messages"), json!({ "text": "x".repeat(4097) }), 422),
        (&format!("{chat}/messages"), json!({ "text": "x", "reply_to": 9 }), 404),
        ("/control/nowhere", json!({}), 404),
    ] {
        let (status, answer) = post(&scene, path, body).await;
        assert_eq!(status, expected, "{path}: {answer}");
        assert!(answer["error"].is_string(), "{answer}");
    }
    assert_eq!(scene.texts().len(), 0);
}

#[tokio::test]
async fn another_sites_page_gets_nowhere() {
    let scene = scene().await;
    let foreign = scene.http.put(scene.url(&format!("/control/bots/{}/token", scene.bot.id)));
    let refused = foreign.header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let simple = scene.http.post(scene.url("/control/customers")).header("content-type", "text/plain");
    assert_eq!(simple.body(r#"{"first_name":"x"}"#).send().await.unwrap().status(), 415);
    let own = scene.http.get(scene.url("/control/bots")).header("origin", "https://elsewhere.example");
    assert!(!own.send().await.unwrap().headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn changes_are_told_live() {
    let scene = scene().await;
    let mut response = scene.http.get(scene.url("/control/live")).send().await.unwrap();
    let mut seen = String::new();
    let mut until = async |words: &str| {
        while !seen.contains(words) {
            seen.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
        }
    };
    until("event: ready").await;
    scene.write("hello live");
    until(r#""text":"hello live""#).await;
    until(r#""change":"message""#).await;
    assert!(seen.contains(r#""change":"chat""#), "the chat was started: {seen}");
    scene.simulator.stop().await;
    while response.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
}
