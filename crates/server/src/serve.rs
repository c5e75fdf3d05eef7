//! The server: database, workers and HTTP, started and stopped in order.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use desk::avatars::Folder;
use desk::bots::{Bots, TelegramApi};
use desk::inbound::{Receiving, WebhookTuning};
use desk::leases::Seat;
use desk::mail::Mailer;
use desk::members::{self, Passwords};
use desk::secrets::{Cipher, new_token};
use desk::{SharedClock, Store, operating, workers};
use http_api::{App, Limits, Metrics, Readers, Settings, SetupToken, openapi_json, operating_router, router};
use secrecy::{ExposeSecret, SecretString};
use telegram::HttpOptions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::{Data, Serve};
use crate::failure::Failure;
use crate::installation::{self, Use};
use crate::own_simulator::Own;
use crate::{metrics, node, open_files, say, stop};

/// How long a stop waits for requests and calls under way.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the head of a request may take, and an unused connection is kept.
const HEAD_TIME: Duration = Duration::from_secs(15);

/// Connections of monitoring at once.
const MONITORS: usize = 32;

/// `teledesk serve`.
pub(crate) async fn serve(options: Serve) -> Result<(), Failure> {
    let stop = stop::on_signal()?;
    let mut apis = options.telegram_api.iter().map(|url| telegram_api(url)).collect::<Result<Vec<_>, _>>()?;
    let settings = Settings {
        public_url: options.public_url.as_deref().map(origin).transpose()?,
        trusted_proxies: options.trusted_proxy.iter().map(IpAddr::to_canonical).collect(),
        beat: Duration::from_secs(options.beat_seconds.into()),
        by_mail: options.smtp_url.is_some(),
    };
    let mailer = mailer(&options)?;
    let base = settings.public_url.clone();
    let check_every = Duration::from_secs(options.webhook_check_seconds.into());
    let webhook = WebhookTuning { public_url: base.clone(), check_every, ..WebhookTuning::default() };
    let receiving = Receiving { webhook, ..Receiving::default() };
    let limits = http_limits(Duration::from_secs(options.telegram_timeout.into()));
    let figures = Figures::start(options.metrics_listen, options.metrics_token_file.as_deref()).await?;
    // The address first: a port in use should not leave a half-made installation behind.
    let listener = listen(options.listen).await?;
    let simulator = match options.simulator {
        Some(address) => Some(Own::start(address).await?),
        None => None,
    };
    if let Some(simulator) = &simulator {
        simulator.join(&mut apis);
    }
    let store = tokio::task::block_in_place(|| installation::open(&options.data, Use::Server))?;
    let store = store.with_clock(Arc::new(SharedClock::wrong_by(options.clock_ahead.saturating_mul(1_000))));
    let bots = installation::bots(&options.data, &store, apis, limits).await?;
    if let Some(restored) = operating::take_note(&store).await? {
        tracing::warn!(
            replies = restored.replies,
            "this database was restored from a backup: everybody signs in again, and what waited to be sent then may have arrived"
        );
    }
    let media = node::media(&options.data, options.media);
    if let Some(simulator) = &simulator {
        simulator.recall(&store, &bots).await?;
    }
    let seat = node::join(&options.data, &media, &store, &listener).await?;
    let avatars = Folder::new(&media);
    let maker = simulator.as_ref().map(Own::maker);
    let parts = Parts {
        store,
        bots,
        avatars,
        seat,
        listener,
        settings,
        receiving,
        figures,
        mailer,
        simulator: maker,
    };
    let server = Server::start(parts, stop.clone()).await?;
    if let Some(simulator) = &simulator {
        say(format_args!("The simulated Telegram is at {}", simulator.url()));
    }
    say(format_args!("Teledesk is listening on {}", server.url));
    if let Some(token) = &server.setup_token {
        let base = base.as_deref().unwrap_or(&server.url);
        say(format_args!("Set it up at {base}/setup#token={}", token.expose_secret()));
    }
    stop.cancelled().await;
    let stopped = server.stop().await;
    if let Some(simulator) = simulator {
        simulator.stop().await;
    }
    stopped
}

/// Who takes letters, if anybody does.
fn mailer(options: &Serve) -> Result<Option<Mailer>, Failure> {
    match (&options.smtp_url, &options.smtp_from) {
        (Some(url), Some(from)) => Ok(Some(Mailer::new(url, from)?)),
        _ => Ok(None),
    }
}

/// The limits of calls to Telegram, none of which waits for an answer longer than `timeout`.
pub(crate) fn http_limits(timeout: Duration) -> HttpOptions {
    let usual = HttpOptions::default();
    let (connect_timeout, poll_grace) = (usual.connect_timeout.min(timeout), usual.poll_grace.min(timeout));
    HttpOptions { call_timeout: timeout, connect_timeout, poll_grace, ..usual }
}

/// `teledesk openapi`: needs no installation of its own.
pub(crate) async fn print_openapi() -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(error.to_string()))?;
    let data = Data { folder: folder.path().to_owned(), database: None, secret_key_file: None };
    let store = tokio::task::block_in_place(|| installation::open(&data, Use::Command))?;
    let bots = installation::bots_with(Cipher::new(&Cipher::new_key()), Vec::new(), HttpOptions::default())?;
    let passwords = Passwords::new(1)?;
    let (setup, settings) = (SetupToken::new(None), Settings::default());
    let app = App::new(store.clone(), bots, passwords, setup, settings, CancellationToken::new());
    say(openapi_json(&app).trim_end());
    store.db().close().await;
    Ok(())
}

/// What a server is made of.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) bots: Bots,
    pub(crate) avatars: Folder,
    pub(crate) seat: Seat,
    pub(crate) listener: TcpListener,
    pub(crate) settings: Settings,
    pub(crate) receiving: Receiving,
    pub(crate) figures: Figures,
    /// What makes bots in the simulated Telegram, where there is one.
    pub(crate) simulator: Option<http_api::Simulator>,
    pub(crate) mailer: Option<Mailer>,
}

/// A running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) url: String,
    /// The one-time token of the set-up page, while nobody has set the installation up.
    pub(crate) setup_token: Option<SecretString>,
    store: Store,
    workers: workers::Workers,
    http: JoinHandle<()>,
    /// What monitoring asks is answered until everything else has ended.
    monitoring: Option<(JoinHandle<()>, CancellationToken)>,
}

impl Server {
    pub(crate) async fn start(parts: Parts, stop: CancellationToken) -> Result<Self, Failure> {
        let Parts {
            store,
            bots,
            avatars,
            seat,
            listener,
            settings,
            receiving,
            mut figures,
            mailer,
            simulator,
        } = parts;
        // One core is left to everybody else, however many passwords are tried.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let passwords = Passwords::new((cores - 1).max(1))?;
        let setup_token = members::setup_needed(&store).await?.then(new_token);
        let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
        let setup = SetupToken::new(setup_token.clone());
        let app = App::new(store.clone(), bots.clone(), passwords, setup, settings, stop.clone());
        // Before anybody delivers: a delivery that is refused comes again only later.
        app.intake().refresh().await?;
        tokio::spawn(stop.clone().run_until_cancelled_owned(app.intake().clone().follow_projects()));
        let signs = app.signs().clone();
        let workers = workers::start(store.clone(), bots, avatars.clone(), receiving, seat, mailer, signs);
        let app = app.with_workers(http_api::Workers::new(workers.pulse())).with_avatars(avatars);
        let app = app.with_simulator(simulator);
        let monitoring = figures.serve(&app, &store);
        let app = app.with_metrics(figures.page(&store, false));
        let limits = Limits { head: HEAD_TIME, connections: open_files::connections() };
        let http = tokio::spawn(http_api::serve(listener, router(app), limits, stop));
        Ok(Self { url: format!("http://{address}"), setup_token, store, workers, http, monitoring })
    }

    /// Finishes what was begun: requests, calls to Telegram, accepted writes. The stop token was cancelled before.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        let finishing = async {
            let (http, ()) = tokio::join!(self.http, self.workers.stop());
            http.map_err(|error| Failure::new(error.to_string()))
        };
        let finished = tokio::time::timeout(PATIENCE, finishing).await;
        if finished.is_err() {
            tracing::warn!("stopping without waiting for the last requests");
        }
        if let Some((serving, end)) = self.monitoring {
            end.cancel();
            let _ = serving.await;
        }
        self.store.close().await;
        finished.unwrap_or(Ok(()))
    }
}

/// How figures are given to monitoring; by default not at all.
#[derive(Default)]
pub(crate) struct Figures {
    recorder: Option<metrics::Recorder>,
    listener: Option<TcpListener>,
    token: Option<SecretString>,
}

impl Figures {
    async fn start(address: Option<SocketAddr>, token_file: Option<&Path>) -> Result<Self, Failure> {
        let token = token_file.map(metrics::token).transpose()?;
        let listener = match address {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let wanted = token.is_some() || listener.is_some();
        let recorder = if wanted { Some(metrics::Recorder::start()?) } else { None };
        if let Some(address) = listener.as_ref().and_then(|listener| listener.local_addr().ok()) {
            say(format_args!("Monitoring is at http://{address}"));
        }
        Ok(Self { recorder, listener, token })
    }

    /// The page: on the listener of its own for all, at the main address for who has the token.
    fn page(&self, store: &Store, for_all: bool) -> Option<Metrics> {
        let recorder = self.recorder.clone()?;
        let readers = if for_all { Readers::All } else { Readers::Token(Arc::new(self.token.clone()?)) };
        let store = store.clone();
        let render = move || {
            let (recorder, store) = (recorder.clone(), store.clone());
            async move { recorder.page(&store).await }
        };
        Some(Metrics::new(readers, render))
    }

    fn serve(&mut self, app: &App, store: &Store) -> Option<(JoinHandle<()>, CancellationToken)> {
        let (listener, end) = (self.listener.take()?, CancellationToken::new());
        let router = operating_router(app.clone().with_metrics(self.page(store, true)));
        let limits = Limits { head: HEAD_TIME, connections: MONITORS };
        Some((tokio::spawn(http_api::serve(listener, router, limits, end.clone())), end))
    }
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
    Ok(TelegramApi { name: name.to_owned(), url: url.clone(), simulator: false })
}

/// The origin that browsers name for an address: scheme, host, and the port unless it is the scheme's own.
pub(crate) fn origin(url: &str) -> Result<String, Failure> {
    let url = checked_url(url)?;
    let (scheme, host) = url.split_once("://").unwrap_or(("", &url));
    if host.contains(['/', '@']) {
        return Err(Failure::new(format!(
            "{url} is no public address: nothing may follow the host and its port"
        )));
    }
    let port = if scheme == "https" { ":443" } else { ":80" };
    Ok(format!("{scheme}://{}", host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase()))
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
