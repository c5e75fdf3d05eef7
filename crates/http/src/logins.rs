//! Signing in and out, and the history of that.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use desk::Timestamp;
use desk::ids::MemberId;
use desk::members::{self, Attempt, LoginAttempt, LoginView, Logins};
use desk::portal::MeView;
use desk::reception;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::cookies::Cookie;
use crate::extract::{Browser, Id, Json, Query};
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
    /// The code of the second factor, or a recovery code; asked for with `second_factor_needed`.
    code: Option<String>,
}

/// Signs in. The member's other login, if there is one, ends at once.
#[utoipa::path(post, path = "/api/logins", tag = "logins", request_body = NewLogin,
    responses((status = 201, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn log_in(
    State(app): State<App>,
    browser: Browser,
    Json(login): Json<NewLogin>,
) -> Result<(StatusCode, HeaderMap, axum::Json<MeView>)> {
    let NewLogin { workspace, login_name, password, code } = login;
    let Browser { address, device, token } = browser;
    let attempt = Attempt { slug: workspace, login_name, password, code, browser: token, address, device };
    let signed_in = sign_in(&app, attempt).await;
    let outcome = if signed_in.is_ok() { "succeeded" } else { "refused" };
    metrics::counter!("teledesk_logins_total", "outcome" => outcome).increment(1);
    signed_in
}

/// Signs out; the status becomes offline.
#[utoipa::path(delete, path = "/api/logins/current", tag = "logins",
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn log_out(State(app): State<App>, Member(who): Member) -> Result<(StatusCode, HeaderMap)> {
    reception::log_out(&app.store, &who).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, Cookie::Login.clear(&app.settings));
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Which page of logins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// One's own logins, newest first.
#[utoipa::path(get, path = "/api/me/logins", tag = "me", params(HistoryQuery),
    responses((status = 200, body = Logins), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn mine(
    State(app): State<App>,
    Member(who): Member,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<Logins>> {
    let id = who.member.id;
    Ok(axum::Json(members::history(&app.store, &who, id, query.cursor).await?))
}

/// A member's logins, and what was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoginsOfMember {
    /// Newest first.
    items: Vec<LoginView>,
    /// The cursor of the next page.
    next: Option<String>,
    /// The newest attempts that were refused, newest first, 50 at most of the last 30 days.
    attempts: Vec<LoginAttempt>,
    /// Until when they must wait in browsers that aren't known; null: they needn't.
    locked_until: Option<Timestamp>,
}

/// A member's logins, newest first, and why attempts were refused.
#[utoipa::path(get, path = "/api/members/{id}/logins", tag = "members", params(("id" = String, Path), HistoryQuery),
    responses((status = 200, body = LoginsOfMember), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn of_member(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<LoginsOfMember>> {
    let Logins { items, next } = members::history(&app.store, &who, id, query.cursor).await?;
    let (attempts, locked_until) = members::attempts(&app.store, who.member.workspace, id).await?;
    Ok(axum::Json(LoginsOfMember { items, next, attempts, locked_until }))
}
