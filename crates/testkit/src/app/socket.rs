//! The events socket, as a browser holds it.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use super::PATIENCE;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open events socket.
pub struct Socket {
    stream: Stream,
    /// The last cursor seen.
    pub cursor: String,
    /// Events received and not yet looked at.
    waiting: Vec<Value>,
    /// The close code, once it is closed.
    pub closed: Option<u16>,
}

impl Socket {
    /// Opens it; the HTTP status when that is refused.
    pub async fn open(base: &str, cookie: Option<&str>, after: Option<&str>) -> Result<Self, u16> {
        Self::open_from(base, base, cookie, after).await
    }

    /// Opens it from a page of another origin.
    pub async fn open_from(
        base: &str,
        origin: &str,
        cookie: Option<&str>,
        after: Option<&str>,
    ) -> Result<Self, u16> {
        Self::opened(connect_async(request(base, origin, cookie, after)).await)
    }

    /// As `open`, with a line that takes in only a few kilobytes that nobody has read yet.
    pub async fn open_narrow(base: &str, cookie: Option<&str>, after: Option<&str>) -> Result<Self, u16> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        let address = base.trim_start_matches("http://").parse().expect("an address");
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.expect("a connection"));
        Self::opened(client_async(request(base, base, cookie, after), stream).await)
    }

    fn opened<R>(opened: Result<(Stream, R), Error>) -> Result<Self, u16> {
        match opened {
            Ok((stream, _)) => Ok(Self { stream, cursor: String::new(), waiting: Vec::new(), closed: None }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the socket can't be opened: {error}"),
        }
    }

    /// Sends a text: the protocol has none from the client, so it is rubbish. False when the line is cut.
    pub async fn send(&mut self, text: String) -> bool {
        self.stream.send(Message::text(text)).await.is_ok()
    }

    /// Reads to the end: the frames that came. Then `closed` is the close code, if there was one.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        let reading = async {
            while let Some(frame) = self.frame().await {
                frames.push(frame);
            }
        };
        timeout(PATIENCE, reading).await.expect("the socket ends");
        frames
    }

    /// The next frame; none when it is closed.
    pub async fn frame(&mut self) -> Option<Value> {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.expect("a frame or a beat");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
                    if let Some(cursor) = frame["cursor"].as_str() {
                        cursor.clone_into(&mut self.cursor);
                    }
                    return Some(frame);
                }
                Some(Ok(Message::Close(close))) => self.closed = close.map(|close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Waits for the end of the replay and gives what it told.
    pub async fn hello(&mut self) -> Vec<Value> {
        let mut replayed = Vec::new();
        loop {
            let frame = self.frame().await.expect("hello comes");
            match frame["type"].as_str() {
                Some("hello") => return replayed,
                Some("events") => replayed.extend(frame["events"].as_array().cloned().unwrap_or_default()),
                other => panic!("{other:?} before hello"),
            }
        }
    }

    /// Waits for an event that `wanted` accepts; what came before is passed over.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                while !self.waiting.is_empty() {
                    let event = self.waiting.remove(0);
                    if wanted(&event) {
                        return event;
                    }
                }
                let frame = self.frame().await.unwrap_or_else(|| panic!("the socket closed before: {what}"));
                self.waiting.extend(frame["events"].as_array().cloned().unwrap_or_default());
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("did not come: {what}"))
    }
}

fn request(base: &str, origin: &str, cookie: Option<&str>, after: Option<&str>) -> Request {
    let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
    let url = format!("{}/api/events{query}", base.replacen("http", "ws", 1));
    let mut request = url.into_client_request().expect("an address");
    request.headers_mut().insert("origin", origin.parse().expect("an origin"));
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.parse().expect("a cookie"));
    }
    request
}
