//! A server that follows a script, one act per request.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does once it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A whole answer, and the connection stays.
    Answer(u16, String),
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, then nothing more.
    BytesThenSilence(Vec<u8>),
    /// A whole answer, then the connection is closed although nothing said so.
    AnswerThenClose(String),
}

impl Act {
    pub(crate) fn ok(result: &str) -> Self {
        Self::Answer(200, format!(r#"{{"ok":true,"result":{result}}}"#))
    }

    pub(crate) fn refusal(code: u16, description: &str, more: &str) -> Self {
        Self::Answer(
            code,
            format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"{more}}}"#),
        )
    }
}

/// A running fake.
pub(crate) struct Fake {
    pub(crate) base: String,
    /// First line and body of every request.
    pub(crate) requests: mpsc::UnboundedReceiver<(String, String)>,
}

pub(crate) async fn fake(acts: Vec<Act>) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut acts = acts.into_iter();
        while let Ok((mut stream, _)) = listener.accept().await {
            while let Some(request) = read_request(&mut stream).await {
                seen.send(request).unwrap();
                let Some(act) = acts.next() else { return };
                if !perform(&mut stream, act).await {
                    break;
                }
            }
        }
    });
    Fake { base, requests }
}

/// Whether the connection stays open.
async fn perform(stream: &mut TcpStream, act: Act) -> bool {
    let whole = |status: u16, body: &str| {
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    match act {
        Act::Answer(status, body) => stream.write_all(whole(status, &body).as_bytes()).await.is_ok(),
        Act::AnswerThenClose(body) => {
            stream.write_all(whole(200, &body).as_bytes()).await.unwrap();
            false
        }
        Act::Bytes(bytes) => {
            // The client may hang up on an answer that is too large for it.
            let _ = stream.write_all(&bytes).await;
            false
        }
        Act::BytesThenSilence(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0; 1]).await;
            false
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head.lines().next()?.to_owned(), String::from_utf8(body).unwrap()))
}
