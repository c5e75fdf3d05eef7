//! What servers say.

use std::time::Duration;

use telegram::{Error, Retry, SendMessage, Sent};

use crate::fake::{Act, fake};
use crate::{assert_clean, bot, options};

async fn error_of(act: Act) -> Error {
    let fake = fake(vec![act]).await;
    let error = bot(&fake.base, options()).get_me().await.unwrap_err();
    assert_clean(&error);
    error
}

#[tokio::test]
async fn each_refusal_has_its_class() {
    assert_eq!(error_of(Act::refusal(401, "Unauthorized", "")).await, Error::Unauthorized);
    assert_eq!(error_of(Act::refusal(404, "Not Found", "")).await, Error::Unauthorized);
    assert_eq!(error_of(Act::refusal(400, "Bad Request: chat not found", "")).await, Error::ChatNotFound);
    let conflict = error_of(Act::refusal(409, "Conflict: terminated by other getUpdates request", "")).await;
    assert_eq!(conflict.retry(), Retry::Backoff);
    let blocked = error_of(Act::refusal(403, "Forbidden: bot was blocked by the user", "")).await;
    assert!(matches!(blocked, Error::BlockedByUser { .. }), "{blocked:?}");
    let kicked = error_of(Act::refusal(403, "Forbidden: bot was kicked from the group chat", "")).await;
    assert!(matches!(kicked, Error::Forbidden { .. }), "{kicked:?}");
    let migrated =
        error_of(Act::refusal(400, "Bad Request: x", r#","parameters":{"migrate_to_chat_id":-7}"#)).await;
    assert!(matches!(migrated, Error::BadRequest { migrate_to_chat_id: Some(-7), .. }), "{migrated:?}");
    let slow_down = error_of(Act::refusal(429, "Too Many", r#","parameters":{"retry_after":3600}"#)).await;
    assert_eq!(slow_down.retry(), Retry::After(Duration::from_hours(1)));
    assert_eq!(error_of(Act::refusal(500, "Internal", "")).await, Error::ServerTrouble { status: 500 });
}

#[tokio::test]
async fn answers_that_are_none_have_theirs() {
    let page = "<html><h1>502 Bad Gateway</h1></html>";
    assert_eq!(error_of(Act::Answer(502, page.to_owned())).await, Error::ServerTrouble { status: 502 });
    for body in [
        "",
        page,
        "null",
        r#"{"ok":true}"#,
        r#"{"ok":1,"result":{}}"#,
        r#"{"ok":true,"result":{}}"#,
        r#"{"ok":true,"result":7}"#,
    ] {
        let error = error_of(Act::Answer(200, body.to_owned())).await;
        assert!(matches!(error, Error::BadAnswer { .. }), "{body}: {error:?}");
        assert_eq!(error.retry(), Retry::Unknown);
    }
}

#[tokio::test]
async fn what_the_server_says_of_the_token_is_not_repeated() {
    let token = crate::TOKEN;
    let error = error_of(Act::refusal(400, &format!("no bot {token} here"), "")).await;
    assert_eq!(error.to_string(), "bad request: no bot [token] here");
    let long = error_of(Act::refusal(400, &"x".repeat(10_000), "")).await;
    assert!(long.to_string().len() < 400, "{long}");
}

#[tokio::test]
async fn size_is_bounded_whether_announced_or_not() {
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_000_000_000);
    assert_eq!(error_of(Act::Bytes(announced.into_bytes())).await, Error::TooLarge { limit: 64 * 1024 });
    let mut streamed = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    streamed.resize(1024 * 1024, b' ');
    assert_eq!(error_of(Act::Bytes(streamed)).await, Error::TooLarge { limit: 64 * 1024 });
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut elsewhere = fake(vec![Act::ok("{}")]).await;
    let head = format!("HTTP/1.1 302 Found\r\nlocation: {}/x\r\ncontent-length: 0\r\n\r\n", elsewhere.base);
    let error = error_of(Act::Bytes(head.into_bytes())).await;
    assert!(matches!(error, Error::BadAnswer { .. }), "{error:?}");
    assert!(elsewhere.requests.try_recv().is_err());
}

#[tokio::test]
async fn a_send_is_json_and_sent_when_it_is_ok() {
    let mut fake = fake(vec![Act::ok(r#"{"message_id":5,"date":9,"more":[1]}"#), Act::ok(r#""?""#)]).await;
    let bot = bot(&fake.base, options());
    let sent = bot.send_message(&SendMessage::text(7, "hi").reply_to(3)).await.unwrap();
    assert_eq!(sent, Sent { message_id: Some(5), date: Some(9) });
    let (line, body) = fake.requests.recv().await.unwrap();
    assert_eq!(line, format!("POST /bot{}/sendMessage HTTP/1.1", crate::TOKEN));
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = serde_json::json!({
        "chat_id": 7, "text": "hi", "reply_parameters": { "message_id": 3, "allow_sending_without_reply": true }
    });
    assert_eq!(body, expected);
    let odd = bot.send_message(&SendMessage::text(7, "hi")).await.unwrap();
    assert_eq!(odd, Sent::default(), "ok is ok, whatever the result looks like");
}
