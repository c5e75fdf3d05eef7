//! A Telegram that does what a test wants: for what the simulator, which keeps to the rules, can't be made to do. It speaks
//! just enough HTTP for that, and no library stands between a test and the bytes.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::PATIENCE;

/// A call as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// The bot whose token it was made with.
    pub bot: i64,
    /// The method.
    pub method: String,
    /// Its parameters.
    pub params: Value,
    /// When it had been read.
    pub at: Instant,
}

impl Call {
    /// The offset of a `getUpdates` call.
    pub fn offset(&self) -> Option<i64> {
        self.params["offset"].as_i64()
    }
}

/// What the fake answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Success with this result.
    Result(Value),
    /// This status and body, whatever they are.
    Body(u16, String),
    /// These bytes, one piece after the other with a pause between; then the connection is closed.
    Wire(Vec<Vec<u8>>, Duration),
    /// Nothing at all, until the caller gives up.
    Never,
}

type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;
type Handler = Arc<dyn Fn(Call) -> Answering + Send + Sync>;

/// A running fake. Stops when dropped.
pub struct FakeTelegram {
    /// Its address, for `--telegram-api`.
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    arrived: watch::Receiver<usize>,
    listening: JoinHandle<()>,
}

impl FakeTelegram {
    /// Starts a fake in which `handler` answers everything but `getMe`.
    pub async fn start<Fut>(handler: impl Fn(Call) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let handler: Handler = Arc::new(move |call| Box::pin(handler(call)));
        let (announce, arrived) = watch::channel(0);
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let log = Arc::new(Log { calls: calls.clone(), announce });
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (handler, log) = (handler.clone(), log.clone());
                // A connection that breaks is the business of whoever broke it.
                tokio::spawn(async move { serve(stream, handler, log).await });
            }
        });
        Self { url, calls, arrived, listening }
    }

    /// A token that it takes for the bot.
    pub fn token(bot: i64) -> String {
        format!("{bot}:SIMULATED-TOKEN-OF-A-FAKE")
    }

    /// The calls of `method` for `bot` so far.
    pub fn calls(&self, bot: i64, method: &str) -> Vec<Call> {
        let calls = self.calls.lock().expect("no panic");
        calls.iter().filter(|call| call.bot == bot && call.method == method).cloned().collect()
    }

    /// Waits until the calls of `method` for `bot` are as wanted.
    pub async fn until(&self, bot: i64, method: &str, wanted: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        let mut arrived = self.arrived.clone();
        let waiting = async {
            loop {
                arrived.mark_unchanged();
                let calls = self.calls(bot, method);
                if wanted(&calls) {
                    return calls;
                }
                arrived.changed().await.expect("the fake runs");
            }
        };
        timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{method} of {bot}: only {:?}", self.calls(bot, method)))
    }
}

impl Drop for FakeTelegram {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// An update in which a customer of this id writes.
pub fn update(update_id: i64, message_id: i64, customer: i64, text: &str) -> Value {
    json!({ "update_id": update_id, "message": {
        "message_id": message_id,
        "from": { "id": customer, "is_bot": false, "first_name": "Ana", "language_code": "en" },
        "chat": { "id": customer, "first_name": "Ana", "type": "private" },
        "date": 1_700_000_000 + message_id,
        "text": text,
    } })
}

struct Log {
    calls: Arc<Mutex<Vec<Call>>>,
    announce: watch::Sender<usize>,
}

impl Log {
    fn note(&self, call: &Call) {
        self.calls.lock().expect("no panic").push(call.clone());
        self.announce.send_modify(|count| *count += 1);
    }
}

async fn serve(mut stream: TcpStream, handler: Handler, log: Arc<Log>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut unread = Vec::new();
    loop {
        let call = read(&mut stream, &mut unread).await?;
        log.note(&call);
        let reply = if call.method == "getMe" { me(call.bot) } else { handler(call).await };
        match reply {
            Reply::Result(result) => {
                let body = json!({ "ok": true, "result": result }).to_string();
                answer(&mut stream, 200, &body).await?;
            }
            Reply::Body(status, body) => answer(&mut stream, status, &body).await?,
            Reply::Wire(pieces, pause) => {
                for piece in pieces {
                    stream.write_all(&piece).await.ok()?;
                    tokio::time::sleep(pause).await;
                }
                return None;
            }
            Reply::Never => {
                // Ends when the caller closes the connection.
                while stream.read(&mut [0; 64]).await.ok()? > 0 {}
                return None;
            }
        }
    }
}

fn me(bot: i64) -> Reply {
    let name = format!("fake_{bot}_bot");
    Reply::Result(json!({ "id": bot, "is_bot": true, "first_name": name, "username": name }))
}

async fn answer(stream: &mut TcpStream, status: u16, body: &str) -> Option<()> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.ok()
}

/// The next call on the connection; none when it is closed or speaks something else.
async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Call> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(stream, unread).await?;
    };
    let head = String::from_utf8(unread.drain(..end + 4).collect()).ok()?.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap_or("0");
    let length = length.trim().parse::<usize>().ok()?;
    while unread.len() < length {
        more(stream, unread).await?;
    }
    let body: Vec<u8> = unread.drain(..length).collect();
    let path = head.split(' ').nth(1)?;
    let (token, method) = path.strip_prefix("/bot")?.split_once('/')?;
    let bot = token.split(':').next()?.parse().ok()?;
    let known = ["getMe", "getUpdates", "sendMessage", "setWebhook", "deleteWebhook", "getWebhookInfo"];
    let method = known.into_iter().find(|name| name.eq_ignore_ascii_case(method))?.to_owned();
    let params = serde_json::from_slice(&body).unwrap_or_default();
    Some(Call { bot, method, params, at: Instant::now() })
}

async fn more(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<()> {
    let mut piece = [0; 4096];
    let read = stream.read(&mut piece).await.ok()?;
    unread.extend_from_slice(piece.get(..read)?);
    (read > 0).then_some(())
}
