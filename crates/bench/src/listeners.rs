//! Agents' events sockets, read as cheaply as can be: what they cost the generator is taken from the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures_util::StreamExt as _;
use testkit::app::Browser;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Open sockets; closed when dropped.
pub(crate) struct Listeners {
    bytes: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

/// A marked message in an agent's socket.
pub(crate) struct Seen {
    pub(crate) number: usize,
    pub(crate) at: Instant,
}

impl Listeners {
    /// Opens a socket for each of these. What they see of marked messages goes to `seen`, if that is wanted.
    pub(crate) async fn open(agents: &[Browser], seen: Option<mpsc::UnboundedSender<Seen>>) -> Self {
        let look = move |_, text: &str, at| {
            if let Some(seen) = &seen {
                tell(text, at, seen);
            }
        };
        Self::each(agents, look).await
    }

    /// Opens a socket for each of these; `look` is given every frame, with the place of the agent to whom it came, and when.
    pub(crate) async fn each(
        agents: &[Browser],
        look: impl Fn(usize, &str, Instant) + Clone + Send + 'static,
    ) -> Self {
        let (bytes, mut tasks) = (Arc::<AtomicU64>::default(), JoinSet::new());
        for (n, agent) in agents.iter().enumerate() {
            let base = agent.base();
            let url = format!("{}/api/events", base.replacen("http", "ws", 1));
            let mut request = url.into_client_request().expect("an address");
            request.headers_mut().insert("origin", base.parse().expect("an origin"));
            request
                .headers_mut()
                .insert("cookie", agent.cookie().unwrap_or_default().parse().expect("a cookie"));
            let config = WebSocketConfig::default().read_buffer_size(16 * 1024);
            let (mut stream, _) =
                connect_async_with_config(request, Some(config), true).await.expect("the socket opens");
            let (bytes, look) = (bytes.clone(), look.clone());
            tasks.spawn(async move {
                while let Some(Ok(message)) = stream.next().await {
                    let Message::Text(text) = message else { continue };
                    bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
                    look(n, &text, Instant::now());
                }
            });
        }
        Self { bytes, _tasks: tasks }
    }

    /// Bytes that came, in all sockets together.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

fn tell(text: &str, at: Instant, seen: &mpsc::UnboundedSender<Seen>) {
    for number in marks(text) {
        let _ = seen.send(Seen { number, at });
    }
}

/// The numbers of the marked messages in a text: between two tildes stands a number, and nowhere else in what the bench writes.
pub(crate) fn marks(text: &str) -> impl Iterator<Item = usize> {
    text.split('~').skip(1).step_by(2).filter_map(|number| number.parse().ok())
}
