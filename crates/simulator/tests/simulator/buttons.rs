//! Commands of a bot, and buttons below its messages.

use serde_json::json;

use crate::support::{answer, refusal, started};

#[tokio::test]
async fn commands_are_kept_by_scope_and_language() {
    let scene = started().await;
    let commands = json!([{ "command": "help", "description": "What I can do" }]);
    let set = json!({ "commands": commands, "language_code": "en" });
    assert_eq!(scene.call("setMyCommands", set).await.0, 200);
    let english = json!({ "language_code": "en" });
    assert_eq!(scene.call("getMyCommands", english.clone()).await.1["result"], commands);
    assert_eq!(scene.call("getMyCommands", json!({})).await.1["result"], json!([]));
    scene.call("deleteMyCommands", english.clone()).await;
    assert_eq!(scene.call("getMyCommands", english).await.1["result"], json!([]));
    let wrong = json!({ "commands": [{ "command": "No!", "description": "x" }] });
    assert_eq!(scene.call("setMyCommands", wrong).await, refusal(400, "Bad Request: BOT_COMMAND_INVALID"));
}

#[tokio::test]
async fn a_pressed_button_asks_and_is_answered_once() {
    let scene = started().await;
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Yes", "callback_data": "yes" }]] });
    let sent = scene.send(json!({ "text": "Sure?", "reply_markup": keyboard })).await.1;
    assert_eq!(sent["result"]["reply_markup"], keyboard);
    let message = sent["result"]["message_id"].as_i64().unwrap();
    let path = format!("/control/chats/{}/{}/messages/{message}/press", scene.bot.id, scene.customer.id);
    let press =
        async |data: &str| answer(scene.http.post(scene.url(&path)).json(&json!({ "data": data }))).await.0;
    assert_eq!((press("no").await, press("yes").await), (404, 200));
    let updates = scene.call("getUpdates", json!({})).await.1;
    let query = &updates["result"][0]["callback_query"];
    assert_eq!((&query["data"], &query["message"]["message_id"]), (&json!("yes"), &json!(message)));
    let reply = json!({ "callback_query_id": query["id"] });
    assert_eq!(scene.call("answerCallbackQuery", reply.clone()).await.0, 200);
    assert_eq!(scene.call("answerCallbackQuery", reply).await.0, 400);
}
