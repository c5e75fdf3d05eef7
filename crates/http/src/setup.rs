//! The first visit: a set-up page guarded by a one-time token that `serve` prints.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use desk::members::{self, Attempt, NewOwner, NewWorkspace};
use desk::{Code, Error, portal};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::app::App;
use crate::cookies::Cookie;
use crate::extract::{Browser, Json};
use crate::problem::{Problem, Result};

/// The one-time token of an installation that nobody has set up; without one there is nothing to set up.
pub struct SetupToken {
    token: Option<SecretString>,
    /// Two set-ups at once would both find no owner.
    one_at_a_time: Mutex<()>,
}

impl SetupToken {
    /// A token to be printed, or none when the installation is set up.
    pub fn new(token: Option<SecretString>) -> Self {
        Self { token, one_at_a_time: Mutex::new(()) }
    }

    /// Compares in constant time; hashing first makes the lengths equal.
    fn matches(&self, given: &SecretString) -> bool {
        let hash = |token: &SecretString| Sha256::digest(token.expose_secret().as_bytes());
        self.token.as_ref().is_some_and(|token| bool::from(hash(token).ct_eq(&hash(given))))
    }
}

/// What anyone may know of this installation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Site {
    /// Whether nobody has set it up yet.
    setup_needed: bool,
    /// The workspace, while there is exactly one.
    workspace: Option<SiteWorkspace>,
    /// The version of the server.
    version: &'static str,
}

/// The workspace as its login page names it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SiteWorkspace {
    /// Its name in addresses.
    pub(crate) slug: String,
    /// Its name.
    pub(crate) name: String,
}

/// What the first page needs to know.
#[utoipa::path(get, path = "/api/site", tag = "setup", responses((status = 200, body = Site), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn site(State(app): State<App>) -> Result<axum::Json<Site>> {
    let setup_needed = members::setup_needed(&app.store).await?;
    let workspace = members::only_workspace(&app.store).await?;
    let workspace = workspace.map(|workspace| SiteWorkspace { slug: workspace.slug, name: workspace.name });
    Ok(axum::Json(Site { setup_needed, workspace, version: env!("CARGO_PKG_VERSION") }))
}

/// The first workspace and its owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// The token that the server printed.
    #[schema(value_type = String)]
    token: SecretString,
    workspace: SetupWorkspace,
    owner: SetupOwner,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupWorkspace {
    /// 1 to 80 characters.
    name: String,
    /// 1 to 40 of a–z, 0–9 and inner hyphens.
    slug: String,
    /// IANA time zone.
    time_zone: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupOwner {
    /// 1 to 80 characters.
    name: String,
    /// 1 to 64 characters without spaces.
    login_name: String,
    /// 10 to 200 characters.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Makes the first workspace with its owner, and signs the owner in.
#[utoipa::path(post, path = "/api/setup", tag = "setup", request_body = Setup,
    responses((status = 201, body = portal::MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_up(
    State(app): State<App>,
    browser: Browser,
    Json(setup): Json<Setup>,
) -> Result<(StatusCode, HeaderMap, axum::Json<portal::MeView>)> {
    let _one = app.setup.one_at_a_time.lock().await;
    if !members::setup_needed(&app.store).await? {
        return Err(Error::refused(Code::SetupDone).into());
    }
    if !app.setup.matches(&setup.token) {
        return Err(Error::refused(Code::WrongSetupToken).into());
    }
    let SetupWorkspace { name, slug, time_zone } = setup.workspace;
    let attempt = Attempt {
        slug: Some(slug.trim().to_owned()),
        login_name: setup.owner.login_name.clone(),
        password: setup.owner.password.clone(),
        code: None,
        browser: browser.token,
        address: browser.address,
        device: browser.device,
    };
    let workspace = NewWorkspace { name, slug, time_zone };
    let SetupOwner { name, login_name, password } = setup.owner;
    members::set_up(&app.store, &app.passwords, workspace, NewOwner { name, login_name, password }, true)
        .await?;
    sign_in(&app, attempt).await
}

/// Logs in and answers with the cookies.
pub(crate) async fn sign_in(
    app: &App,
    attempt: Attempt,
) -> Result<(StatusCode, HeaderMap, axum::Json<portal::MeView>)> {
    let logged_in = members::log_in(&app.store, &app.gate, attempt).await?;
    let member = &logged_in.signed_in.member;
    let me = portal::me(&app.store, member.workspace, member.id).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, Cookie::Login.set(&app.settings, &logged_in.token));
    headers.append(header::SET_COOKIE, Cookie::Browser.set(&app.settings, &logged_in.browser));
    Ok((StatusCode::CREATED, headers, axum::Json(me)))
}
