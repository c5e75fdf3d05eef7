//! Signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use desk::members::{self, Attempt};
use desk::portal::MeView;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::cookies;
use crate::extract::{Browser, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};
use crate::setup::sign_in;

/// Someone signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLogin {
    /// The workspace's slug; may be left out while there is one workspace.
    workspace: Option<String>,
    /// What they sign in with.
    login_name: String,
    /// Their password.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Signs in. The member's other login, if there is one, ends at once.
#[utoipa::path(post, path = "/api/logins", tag = "logins", request_body = NewLogin,
    responses((status = 201, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn log_in(
    State(app): State<App>,
    browser: Browser,
    Json(login): Json<NewLogin>,
) -> Result<(StatusCode, HeaderMap, axum::Json<MeView>)> {
    let NewLogin { workspace, login_name, password } = login;
    let attempt =
        Attempt { slug: workspace, login_name, password, address: browser.address, device: browser.device };
    let signed_in = sign_in(&app, attempt).await;
    let outcome = if signed_in.is_ok() { "succeeded" } else { "refused" };
    metrics::counter!("teledesk_logins_total", "outcome" => outcome).increment(1);
    signed_in
}

/// Signs out; the status becomes offline.
#[utoipa::path(delete, path = "/api/logins/current", tag = "logins",
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn log_out(State(app): State<App>, Member(who): Member) -> Result<(StatusCode, HeaderMap)> {
    members::log_out(&app.store, &who).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookies::clear(&app.settings));
    Ok((StatusCode::NO_CONTENT, headers))
}
