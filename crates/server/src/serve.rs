//! The server: database, workers and HTTP, started and stopped in order.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use desk::bots::{Bots, TelegramApi};
use desk::inbound::PollTuning;
use desk::members::{self, Passwords};
use desk::secrets::new_token;
use desk::workers;
use http_api::{App, Settings, SetupToken, openapi_json, router};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::{Data, Serve};
use crate::failure::Failure;
use crate::installation::{self, Installation, Use};
use crate::{say, stop};

/// How long a stop waits for requests and calls under way.
const PATIENCE: Duration = Duration::from_secs(20);

/// `teledesk serve`.
pub(crate) async fn serve(options: Serve) -> Result<(), Failure> {
    let stop = stop::on_signal()?;
    let apis = options.telegram_api.iter().map(|url| telegram_api(url)).collect::<Result<Vec<_>, _>>()?;
    let settings = Settings {
        public_url: options.public_url.as_deref().map(checked_url).transpose()?,
        trusted_proxies: options.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
    };
    // The address first: a port in use should not leave a half-made installation behind.
    let listener = listen(options.listen).await?;
    let installation = tokio::task::block_in_place(|| installation::open(&options.data, Use::Server))?;
    let server = Server::start(installation, listener, apis, settings, stop.clone()).await?;
    say(format_args!("Teledesk is listening on {}", server.url));
    if let Some(token) = &server.setup_token {
        let base = options.public_url.as_deref().unwrap_or(&server.url).trim_end_matches('/');
        say(format_args!("Set it up at {base}/setup#token={}", token.expose_secret()));
    }
    stop.cancelled().await;
    server.stop().await
}

/// `teledesk openapi`: needs no installation of its own.
pub(crate) async fn print_openapi() -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(error.to_string()))?;
    let data = Data { data: folder.path().to_owned(), database: None, secret_key_file: None };
    let installation = tokio::task::block_in_place(|| installation::open(&data, Use::Command))?;
    let bots = bots(&installation, Vec::new())?;
    let passwords = Passwords::new(1)?;
    let (setup, settings) = (SetupToken::new(None), Settings::default());
    let app =
        App::new(installation.store.clone(), bots, passwords, setup, settings, CancellationToken::new());
    say(openapi_json(&app).trim_end());
    installation.store.db().close().await;
    Ok(())
}

/// A running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) url: String,
    /// The one-time token of the set-up page, while nobody has set the installation up.
    pub(crate) setup_token: Option<SecretString>,
    /// What it serves.
    pub(crate) installation: Installation,
    workers: workers::Workers,
    http: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(
        installation: Installation,
        listener: TcpListener,
        apis: Vec<TelegramApi>,
        settings: Settings,
        stop: CancellationToken,
    ) -> Result<Self, Failure> {
        let store = installation.store.clone();
        let bots = bots(&installation, apis)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let passwords = Passwords::new(cores)?;
        let setup_token = members::setup_needed(&store).await?.then(new_token);
        let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
        let workers = workers::start(store.clone(), bots.clone(), PollTuning::default());
        let setup = SetupToken::new(setup_token.clone());
        let app = App::new(store, bots, passwords, setup, settings, stop.clone());
        let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
        let http = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
        let http = tokio::spawn(http.into_future());
        Ok(Self { url: format!("http://{address}"), setup_token, installation, workers, http })
    }

    /// Finishes what was begun: requests, calls to Telegram, accepted writes. The stop token was cancelled before.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        let finishing = async {
            let (http, ()) = tokio::join!(self.http, self.workers.stop());
            http.map_err(|error| Failure::new(error.to_string()))?
                .map_err(|error| Failure::new(error.to_string()))
        };
        let finished = tokio::time::timeout(PATIENCE, finishing).await;
        if finished.is_err() {
            tracing::warn!("stopping without waiting for the last requests");
        }
        self.installation.store.db().close().await;
        finished.unwrap_or(Ok(()))
    }
}

pub(crate) fn bots(installation: &Installation, apis: Vec<TelegramApi>) -> Result<Bots, Failure> {
    let http = telegram::Http::new(telegram::HttpOptions::default())
        .map_err(|error| Failure::new(format!("the HTTP client can't start: {error}")))?;
    Ok(Bots::new(http, installation.cipher.clone(), apis))
}

pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::new(format!("can't listen on {address}: {error}")))
}

/// An address as people see it: Telegram's own by its name, others by their host.
pub(crate) fn telegram_api(url: &str) -> Result<TelegramApi, Failure> {
    let url = checked_url(url)?;
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let name = if host == "api.telegram.org" { "Telegram" } else { host };
    Ok(TelegramApi { name: name.to_owned(), url: url.clone() })
}

/// `http://…` or `https://…` without a trailing slash.
fn checked_url(url: &str) -> Result<String, Failure> {
    let trimmed = url.trim().trim_end_matches('/');
    let host = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    if host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', ' '])) {
        Ok(trimmed.to_owned())
    } else {
        Err(Failure::new(format!("{url} is no address: http://host or https://host is expected")))
    }
}
