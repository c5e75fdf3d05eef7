//! Updates: raw first, then decoded.

use telegram::{Error, Update, UpdateKind};

use crate::fake::{Act, fake};
use crate::{bot, impatient, options};

#[tokio::test]
async fn one_bad_element_does_not_fail_the_batch() {
    let result = r#"[{"update_id":1,"message":{}},7,{"hologram":1},null,{"update_id":2,"message":{"text":"\ud83d"}},{"update_id":3,"poll":[]}]"#;
    let mut fake = fake(vec![Act::ok(result)]).await;
    let updates = bot(&fake.base, options()).get_updates(Some(-1), 100, 0, &["message"]).await.unwrap();
    let found: Vec<_> = updates.iter().map(|update| (update.update_id, update.kind.as_str())).collect();
    let expected = [
        (Some(1), "message"),
        (None, "unknown"),
        (None, "hologram"),
        (None, "unknown"),
        (Some(2), "message"),
        (Some(3), "poll"),
    ];
    assert_eq!(found, expected);
    assert_eq!(updates[2].raw, r#"{"hologram":1}"#);
    let (_, body) = fake.requests.recv().await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let asked =
        serde_json::json!({ "offset": -1, "limit": 100, "timeout": 0, "allowed_updates": ["message"] });
    assert_eq!(body, asked);
}

#[tokio::test]
async fn bytes_that_are_no_text_do_not_fail_the_batch() {
    let mut body = br#"{"ok":true,"result":[{"update_id":1,"message":{"text":""#.to_vec();
    body.push(0xff);
    body.extend_from_slice(br#""}},{"update_id":2,"message":{}}]}"#);
    let mut bytes = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend(body);
    let fake = fake(vec![Act::Bytes(bytes)]).await;
    let updates = bot(&fake.base, options()).get_updates(None, 100, 0, &[]).await.unwrap();
    assert_eq!(updates.len(), 2);
    assert!(updates[0].raw.contains('\u{fffd}'));
}

#[tokio::test]
async fn a_result_that_is_no_list_is_a_bad_answer() {
    let fake = fake(vec![Act::ok("{}"), Act::BytesThenSilence(Vec::new())]).await;
    let bot = bot(&fake.base, impatient());
    assert!(matches!(bot.get_updates(None, 100, 0, &[]).await, Err(Error::BadAnswer { .. })));
    assert!(
        matches!(bot.get_updates(None, 100, 0, &[]).await, Err(Error::Unanswered { .. })),
        "its own patience"
    );
}

fn message(raw: &str) -> telegram::Message {
    match Update::decode(raw).unwrap().kind {
        UpdateKind::Message(message) => *message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_read_tolerantly() {
    let message = message(
        r#"{"update_id":1,"new":0,"message":{"message_id":5,"date":"soon","chat":{"id":7,"type":"private","x":[]},
            "from":{"id":7,"is_bot":"?","first_name":null,"username":3},"text":"hi","entities":[7,{"type":"bold","offset":0,"length":2,"y":1}],
            "reply_to_message":{"message_id":4,"text":"q"},"hologram":{}}}"#,
    );
    assert_eq!((message.message_id, message.chat.id, message.content), (5, 7, "text"));
    assert_eq!((message.date, message.text.as_deref()), (None, Some("hi")));
    assert_eq!(message.entities.len(), 1);
    assert_eq!(message.entities[0].more["y"], 1);
    assert_eq!(message.reply_to_message.unwrap().message_id, 4);
    let from = message.from.unwrap();
    assert_eq!((from.id, from.is_bot, from.first_name.as_str(), from.username), (7, false, "", None));
}

#[test]
fn kinds_are_told_apart() {
    let chat = r#""chat":{"id":7,"type":"private"}"#;
    let voice = message(&format!(r#"{{"update_id":1,"message":{{"message_id":5,{chat},"voice":{{}}}}}}"#));
    assert_eq!((voice.content, voice.text), ("voice", None));
    let edited = Update::decode(&format!(
        r#"{{"update_id":1,"edited_message":{{"message_id":5,{chat},"text":"x"}}}}"#
    ));
    assert!(matches!(edited.unwrap().kind, UpdateKind::EditedMessage(message) if message.message_id == 5));
    let blocked = Update::decode(&format!(
        r#"{{"update_id":1,"my_chat_member":{{{chat},"from":{{"id":7}},"new_chat_member":{{"status":"kicked"}}}}}}"#
    ));
    assert!(matches!(blocked.unwrap().kind, UpdateKind::MyChatMember(change) if change.is_out()));
    assert_eq!(
        Update::decode(r#"{"update_id":1,"hologram":{}}"#).unwrap().kind,
        UpdateKind::Other("hologram".into())
    );
    assert_eq!(Update::decode(r#"{"update_id":1}"#).unwrap().kind, UpdateKind::Other("unknown".into()));
}

#[test]
fn what_cannot_be_understood_says_so_without_quoting_it() {
    let deep = format!(r#"{{"message":{}{}}}"#, "[".repeat(1000), "]".repeat(1000));
    for raw in [
        "",
        "7",
        "null",
        r#"{"message":{}}"#,
        r#"{"message":{"message_id":"a \"secret\" word","chat":{"id":1}}}"#,
        &deep,
    ] {
        let error = Update::decode(raw).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
