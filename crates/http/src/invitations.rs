//! Invitations as who opens one sees them: no login is needed, the link is enough.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use desk::Timestamp;
use desk::invitations::{self, Kind};
use desk::members::Attempt;
use desk::portal::MeView;
use desk::reception;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Browser, Json};
use crate::problem::{Problem, Result};
use crate::setup::{SiteWorkspace, sign_in};

/// What stands in the link behind `#`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookAt {
    #[schema(value_type = String)]
    token: SecretString,
}

/// What a link is for.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationLook {
    workspace: SiteWorkspace,
    /// Whose it is.
    name: String,
    /// What they will sign in with.
    login_name: String,
    kind: Kind,
    /// Until when it is good.
    expires_at: Timestamp,
}

/// Looks at a link without using it.
#[utoipa::path(post, path = "/api/invitations/look", tag = "invitations", request_body = LookAt,
    responses((status = 200, body = InvitationLook), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(app): State<App>,
    Json(LookAt { token }): Json<LookAt>,
) -> Result<Answer<InvitationLook>> {
    let look = invitations::look(&app.store, &token).await?;
    let workspace = SiteWorkspace { slug: look.workspace.slug, name: look.workspace.name };
    let (name, login_name, kind, expires_at) = (look.name, look.login_name, look.kind, look.expires_at);
    Ok(Answer(InvitationLook { workspace, name, login_name, kind, expires_at }))
}

/// The password to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accept {
    /// What stands in the link behind `#`.
    #[schema(value_type = String)]
    token: SecretString,
    /// 10 to 200 characters.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Sets the password, uses the link up, and signs in. With a second factor set up, the password is set and the answer is 401
/// `second_factor_needed`: go on at the login page.
#[utoipa::path(post, path = "/api/invitations/accept", tag = "invitations", request_body = Accept,
    responses((status = 201, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn accept(
    State(app): State<App>,
    browser: Browser,
    Json(Accept { token, password }): Json<Accept>,
) -> Result<(StatusCode, HeaderMap, Answer<MeView>)> {
    let accepted = reception::accept_invitation(&app.store, &app.passwords, &token, password.clone()).await?;
    let Browser { address, device, token } = browser;
    let (slug, login_name) = (Some(accepted.slug), accepted.login_name);
    let attempt = Attempt { slug, login_name, password, code: None, browser: token, address, device };
    sign_in(&app, attempt).await
}
