//! What networks do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use telegram::{Error, Http, HttpOptions, Retry, SecretString, SendMessage};
use tokio::net::TcpListener;

use crate::fake::{Act, fake};
use crate::{TOKEN, assert_clean, bot, impatient, options};

async fn error_at(base: &str) -> Error {
    let error = bot(base, options()).send_message(&SendMessage::text(7, "hi")).await.unwrap_err();
    assert_clean(&error);
    error
}

#[tokio::test]
async fn nothing_was_written_when_there_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let plain = fake(vec![]).await;
    let no_tls = plain.base.replace("http:", "https:");
    // Looking up a name may take longer than this: then it is the connect time-out that is seen.
    let quick = HttpOptions { connect_timeout: Duration::from_millis(300), ..options() };
    for base in [&format!("http://{closed}"), "http://nowhere.invalid", &no_tls] {
        let error = bot(base, quick.clone()).get_me().await.unwrap_err();
        assert_clean(&error);
        assert!(matches!(error, Error::NotConnected { .. }), "{base}: {error:?}");
        assert_eq!(error.retry(), Retry::Backoff);
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_not_connected() {
    for base in [
        "",
        "not a url",
        "ftp://127.0.0.1",
        "http://",
        "//x",
        "data:text/plain,x",
        "http://[::1",
        "http://a b",
    ] {
        let error = error_at(base).await;
        assert!(matches!(error, Error::NotConnected { .. }), "{base}: {error:?}");
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_one_calls_nobody() {
    let mut fake = fake(vec![]).await;
    for token in ["", "x", "1:", "1:a/../../x", "1:a?x=", "1:a\r\nx: y"] {
        let bot = Http::new(options()).unwrap().bot(&fake.base, SecretString::from(token));
        assert_eq!(bot.get_me().await.unwrap_err(), Error::Unauthorized);
        assert!(!format!("{bot:?}").contains("1:"));
    }
    assert!(fake.requests.try_recv().is_err());
}

#[tokio::test]
async fn written_but_without_a_whole_answer_is_unanswered() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,";
    for act in [
        Act::Bytes(Vec::new()),
        Act::Bytes(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        Act::Bytes(head.into()),
        Act::Bytes(b"this is no HTTP at all\r\n\r\n".to_vec()),
        Act::BytesThenSilence(Vec::new()),
        Act::BytesThenSilence(head.into()),
    ] {
        let fake = fake(vec![act.clone()]).await;
        let error = bot(&fake.base, impatient()).send_message(&SendMessage::text(7, "hi")).await.unwrap_err();
        assert_clean(&error);
        assert!(matches!(error, Error::Unanswered { .. }), "{act:?}: {error:?}");
        assert_eq!(error.retry(), Retry::Unknown);
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closes_never_doubles_a_send() {
    let answer = r#"{"ok":true,"result":{"message_id":1}}"#.to_owned();
    for _ in 0..50 {
        let mut fake = fake(vec![Act::AnswerThenClose(answer.clone()), Act::ok(r#"{"message_id":2}"#)]).await;
        let bot = bot(&fake.base, options());
        bot.send_message(&SendMessage::text(7, "one")).await.unwrap();
        let second = bot.send_message(&SendMessage::text(7, "two")).await;
        assert!(matches!(second, Ok(_) | Err(Error::Unanswered { .. })), "{second:?}");
        let mut seen = 0;
        while fake.requests.try_recv().is_ok() {
            seen += 1;
        }
        assert!(seen == 2 || second.is_err(), "{seen} requests, {second:?}");
    }
}

#[tokio::test]
async fn debug_forms_hide_the_token() {
    let bot = bot("http://user:secret@127.0.0.1:1/x", options());
    let said = format!("{bot:?} {bot:#?}");
    assert!(!said.contains(TOKEN) && !said.contains("SIMULATED") && !said.contains("secret"), "{said}");
}

/// Collects what is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_holds_the_token_or_the_text() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let fake =
        fake(vec![Act::ok("{}"), Act::refusal(400, "no: private words", ""), Act::Bytes(Vec::new())]).await;
    let bot = bot(&fake.base, options());
    for _ in 0..3 {
        let _ = bot.send_message(&SendMessage::text(7, "private words")).await;
    }
    let _ = error_at("http://127.0.0.1:1").await;
    drop(guard);
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("Bot API call failed"), "{said}");
    assert!(!said.contains("SIMULATED") && !said.contains("private"), "{said}");
}
