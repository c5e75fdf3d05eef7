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
use desk::access::Permission;
use desk::avatars::Folder;
use desk::bots::Bots;
use desk::inbound::{Intake, WEBHOOK_PATH};
use desk::invitations::Delivery;
use desk::members::{Gate, Passwords};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::events::Feeds;
use crate::guard::guarded;
use crate::health::{self, Workers};
use crate::imports::IMPORT_MAX;
use crate::metrics::Metrics;
use crate::setup::SetupToken;
use crate::simulator::Simulator;
use crate::{
    accounts, assets, avatars, body, bots, customers, drafts, events, fields, imports, invitations, logins,
    me, members, messages, notes, notifications, openapi, origin, passwords, portraits, problem,
    project_settings, projects, request_log, second_factor, sessions, setup, simulator, tags, telegram,
    viewers, views, workspace,
};

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
            stop,
            workers,
            metrics,
            avatars,
            simulator,
            described: false,
        }))
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

/// Every API route with its permission, and the description of all if the application describes itself.
pub(crate) fn api(app: &App) -> OpenApiRouter<App> {
    use Permission::{ManageMembers, ManageProjects, ManageTags, ServeSessions};
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(setup::site))
        .routes(routes!(setup::set_up))
        .routes(routes!(logins::log_in))
        .merge(guarded(app, ServeSessions, routes!(logins::log_out)))
        .merge(guarded(app, ServeSessions, routes!(me::show, me::change)))
        .merge(guarded(app, ServeSessions, routes!(me::set_status)))
        .merge(guarded(app, ServeSessions, routes!(logins::mine)))
        .merge(guarded(app, ServeSessions, routes!(passwords::change_password)))
        .merge(guarded(app, ServeSessions, routes!(second_factor::begin, second_factor::turn_off)))
        .merge(guarded(app, ServeSessions, routes!(second_factor::confirm)))
        .merge(guarded(app, ServeSessions, routes!(second_factor::new_codes)))
        .merge(guarded(app, ServeSessions, routes!(portraits::upload_avatar, portraits::remove_avatar)))
        .merge(guarded(app, ServeSessions, routes!(members::list)))
        .merge(guarded(app, ServeSessions, routes!(portraits::show_avatar)))
        .merge(guarded(app, ManageMembers, routes!(logins::of_member)))
        .merge(guarded(app, ManageMembers, routes!(second_factor::reset_second_factor)))
        .merge(guarded(app, ServeSessions, routes!(workspace::show)))
        .merge(guarded(app, ManageMembers, routes!(workspace::change)))
        .merge(guarded(app, ManageMembers, routes!(members::add)))
        .merge(guarded(app, ManageMembers, routes!(accounts::change, accounts::delete)))
        .merge(guarded(app, ManageMembers, routes!(accounts::list)))
        .merge(guarded(app, ManageMembers, routes!(accounts::show)))
        .merge(guarded(app, ManageMembers, routes!(accounts::disable)))
        .merge(guarded(app, ManageMembers, routes!(accounts::enable)))
        .merge(guarded(app, ManageMembers, routes!(accounts::sign_out)))
        .merge(guarded(app, ManageMembers, routes!(accounts::set_password)))
        .merge(guarded(app, ManageMembers, routes!(accounts::invite, accounts::revoke_invitation)))
        .merge(guarded(app, ManageMembers, routes!(accounts::departure)))
        .merge(guarded(app, ManageMembers, routes!(accounts::hand_over)))
        .merge(
            guarded(app, ManageMembers, routes!(imports::preview)).layer(DefaultBodyLimit::max(IMPORT_MAX)),
        )
        .merge(guarded(app, ManageMembers, routes!(imports::run)).layer(DefaultBodyLimit::max(IMPORT_MAX)))
        .routes(routes!(invitations::look))
        .routes(routes!(invitations::accept))
        .merge(guarded(app, ServeSessions, routes!(projects::list)))
        .merge(guarded(app, ManageProjects, routes!(projects::add)))
        .merge(guarded(app, ServeSessions, routes!(projects::show)))
        .merge(guarded(app, ManageProjects, routes!(projects::change, project_settings::delete)))
        .merge(guarded(app, ManageProjects, routes!(project_settings::set_scope)))
        .merge(guarded(
            app,
            ManageProjects,
            routes!(project_settings::operations, project_settings::set_operations),
        ))
        .merge(guarded(app, ManageProjects, routes!(project_settings::losses)))
        .merge(guarded(app, ManageProjects, routes!(project_settings::health)))
        .merge(guarded(app, ManageProjects, routes!(project_settings::repair)))
        .merge(guarded(app, ManageProjects, routes!(projects::replace_token)))
        .merge(guarded(app, ManageProjects, routes!(projects::telegram_apis)))
        .merge(guarded(app, ManageProjects, routes!(bots::look)))
        .merge(guarded(app, ManageProjects, routes!(simulator::make_bot)))
        .merge(guarded(app, ServeSessions, routes!(sessions::list)))
        .merge(guarded(app, ServeSessions, routes!(sessions::counts)))
        .merge(guarded(app, ServeSessions, routes!(sessions::show)))
        .merge(guarded(app, ServeSessions, routes!(sessions::take)))
        .merge(guarded(app, ServeSessions, routes!(sessions::take_up)))
        .merge(guarded(app, ServeSessions, routes!(sessions::read)))
        .merge(guarded(app, ServeSessions, routes!(sessions::end)))
        .merge(guarded(app, ServeSessions, routes!(messages::post)))
        .merge(guarded(app, ServeSessions, routes!(messages::resend)))
        .merge(guarded(app, ServeSessions, routes!(customers::show)))
        .merge(guarded(app, ServeSessions, routes!(avatars::show)))
        .merge(guarded(app, ServeSessions, routes!(customers::timeline)))
        .merge(guarded(app, ServeSessions, routes!(customers::sessions)))
        .merge(guarded(app, ServeSessions, routes!(tags::list)))
        .merge(guarded(app, ManageTags, routes!(tags::add)))
        .merge(guarded(app, ManageTags, routes!(tags::change, tags::delete)))
        .merge(guarded(app, ManageTags, routes!(tags::merge)))
        .merge(guarded(app, ServeSessions, routes!(tags::edit_of_session)))
        .merge(guarded(app, ServeSessions, routes!(tags::edit_of_customer)))
        .merge(guarded(app, ServeSessions, routes!(fields::list)))
        .merge(guarded(app, ManageTags, routes!(fields::add)))
        .merge(guarded(app, ManageTags, routes!(fields::change, fields::delete)))
        .merge(guarded(app, ServeSessions, routes!(fields::set_values)))
        .merge(guarded(app, ServeSessions, routes!(notes::list, notes::post)))
        .merge(guarded(app, ServeSessions, routes!(notes::change, notes::delete)))
        .merge(guarded(app, ServeSessions, routes!(notes::history)))
        .merge(guarded(app, ServeSessions, routes!(notes::upload_picture)))
        .merge(guarded(app, ServeSessions, routes!(notes::show_picture)))
        .merge(guarded(app, ServeSessions, routes!(customers::statistics)))
        .merge(guarded(app, ServeSessions, routes!(views::list, views::save)))
        .merge(guarded(app, ServeSessions, routes!(views::change, views::delete)))
        .merge(guarded(app, ServeSessions, routes!(notifications::list)))
        .merge(guarded(app, ServeSessions, routes!(notifications::read)))
        .merge(guarded(app, ServeSessions, routes!(viewers::say)))
        .merge(guarded(app, ServeSessions, routes!(viewers::list)))
        .merge(guarded(app, ServeSessions, routes!(drafts::list)))
        .merge(guarded(app, ServeSessions, routes!(drafts::show, drafts::save, drafts::remove)))
        .merge(guarded(app, ServeSessions, routes!(events::connect)))
}

/// The whole application.
pub fn router(app: App) -> Router {
    let api = Router::from(api(&app));
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
