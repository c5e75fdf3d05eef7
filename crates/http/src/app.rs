//! What the handlers share, and the router.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use desk::Store;
use desk::avatars::Folder;
use desk::bots::Bots;
use desk::inbound::{Intake, WEBHOOK_PATH};
use desk::invitations::Delivery;
use desk::members::{Gate, Passwords};
use desk::reception::Signs;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::events::Feeds;
use crate::health::{self, Workers};
use crate::metrics::Metrics;
use crate::setup::SetupToken;
use crate::simulator::Simulator;
use crate::{assets, body, openapi, origin, problem, request_log, routes, telegram, viewers};

/// The largest request body that a JSON route reads, in bytes: a message of 4096 characters escaped to the last one fits.
const BODY_MAX: usize = 64 * 1024;

/// What the operator decides about HTTP.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address people use, as in `https://desk.example.com`; none: whatever the request was sent to.
    pub public_url: Option<String>,
    /// Peers whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// How often the events socket says that it lives, and looks whether its login does.
    pub beat: Duration,
    /// Whether there is a mail server.
    pub by_mail: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { public_url: None, trusted_proxies: Vec::new(), beat: Duration::from_secs(20), by_mail: false }
    }
}

impl Settings {
    /// Whether cookies may insist on https.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// What the handlers share. Cheap to clone: each layer of each request does.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// See [`App`].
#[derive(Clone)]
pub struct Shared {
    pub(crate) store: Store,
    pub(crate) bots: Bots,
    pub(crate) intake: Intake,
    pub(crate) passwords: Passwords,
    pub(crate) gate: Gate,
    pub(crate) setup: Arc<SetupToken>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) feeds: Feeds,
    /// How much members say of where they look.
    pub(crate) pace: viewers::Pace,
    /// Signs of life of the sockets.
    pub(crate) signs: Signs,
    pub(crate) stop: CancellationToken,
    pub(crate) workers: Option<Workers>,
    pub(crate) metrics: Option<Metrics>,
    /// Where avatars are kept.
    pub(crate) avatars: Option<Folder>,
    /// The simulated Telegram of this server.
    pub(crate) simulator: Option<Simulator>,
    /// Whether routes are made with their descriptions.
    pub(crate) described: bool,
}

impl Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// What takes Telegram's deliveries; it lets nobody in until it knows the projects.
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The shared state. When `stop` is cancelled, the event sockets close.
    pub fn new(
        store: Store,
        bots: Bots,
        passwords: Passwords,
        setup: SetupToken,
        settings: Settings,
        stop: CancellationToken,
    ) -> Self {
        let (feeds, intake) = (Feeds::new(store.clone()), Intake::new(store.clone(), bots.clone()));
        let (setup, settings) = (Arc::new(setup), Arc::new(settings));
        let (workers, metrics, avatars, simulator) = (None, None, None, None);
        let gate = Gate::new(passwords.clone(), bots.cipher().clone());
        Self(Arc::new(Shared {
            store,
            bots,
            intake,
            passwords,
            gate,
            setup,
            settings,
            feeds,
            pace: viewers::Pace::default(),
            signs: Signs::default(),
            stop,
            workers,
            metrics,
            avatars,
            simulator,
            described: false,
        }))
    }

    /// Signs of life of the sockets, for who stores them.
    pub fn signs(&self) -> &Signs {
        &self.signs
    }

    /// How links reach people, under the address `base`.
    pub(crate) fn delivery(&self, base: String) -> Delivery {
        Delivery { cipher: self.bots.cipher().clone(), base, by_mail: self.settings.by_mail }
    }

    /// With workers, without which it is never ready.
    pub fn with_workers(mut self, workers: Workers) -> Self {
        Arc::make_mut(&mut self.0).workers = Some(workers);
        self
    }

    /// With the avatars in a media folder, without which nobody has one.
    pub fn with_avatars(mut self, folder: Folder) -> Self {
        Arc::make_mut(&mut self.0).avatars = Some(folder);
        self
    }

    /// With a simulated Telegram to make bots in, if there is one.
    pub fn with_simulator(mut self, simulator: Option<Simulator>) -> Self {
        Arc::make_mut(&mut self.0).simulator = simulator;
        self
    }

    /// As it describes itself.
    pub(crate) fn described(mut self) -> Self {
        Arc::make_mut(&mut self.0).described = true;
        self
    }

    /// With figures at `/metrics`, if there are any.
    pub fn with_metrics(mut self, metrics: Option<Metrics>) -> Self {
        Arc::make_mut(&mut self.0).metrics = metrics;
        self
    }
}

/// The whole application.
pub fn router(app: App) -> Router {
    let api = Router::from(routes::api(&app));
    let no_store =
        SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let api = api
        .route("/api/openapi.json", get(openapi::show))
        .route("/api", any(problem::no_such_route))
        .route("/api/", any(problem::no_such_route))
        .route("/api/{*rest}", any(problem::no_such_route))
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(app.clone(), origin::refuse_foreign))
        .layer(no_store);
    let router = api.merge(health::routes()).fallback(assets::serve);
    // Outside the layers for browsers: deliveries are many.
    let delivery = post(telegram::deliver).fallback(async || StatusCode::METHOD_NOT_ALLOWED);
    let router = with_headers(router).route(&format!("{WEBHOOK_PATH}{{project}}"), delivery);
    let router = router.layer(from_fn(body::take_in));
    router.layer(from_fn_with_state(app.clone(), request_log::note)).with_state(app)
}

/// What monitoring asks, for a listener of its own: `/healthz`, `/readyz` and `/metrics`.
pub fn operating_router(app: App) -> Router {
    with_headers(health::routes().fallback(problem::no_such_route)).with_state(app)
}

/// Headers of every answer, also that of a handler that panicked. No inline script or style, nothing from elsewhere, no frames.
fn with_headers<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; \
        img-src 'self' data: blob:; media-src 'self' blob:; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
        frame-ancestors 'none'; form-action 'self'";
    let headers = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let router = router.layer(CatchPanicLayer::custom(problem::panicked));
    // What people sent is answered with a policy that is stricter still.
    let csp = HeaderValue::from_static(CSP);
    let router = router.layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, csp));
    headers.into_iter().fold(router, |router, (name, value)| {
        router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_with_all_headers() {
        let router = with_headers(Router::new().route("/", get(async || -> () { panic!("on purpose") })));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert!(answer.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
