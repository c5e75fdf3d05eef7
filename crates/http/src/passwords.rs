//! One's own password.

use axum::Json as Answer;
use axum::extract::State;
use desk::members;
use desk::portal::{self, MeView};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Browser, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// The one before.
    #[schema(value_type = String)]
    current: SecretString,
    /// 10 to 200 characters, and hard to guess.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Changes one's password. Other browsers are known no more; this login goes on.
#[utoipa::path(put, path = "/api/me/password", tag = "me", request_body = ChangePassword,
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change_password(
    State(app): State<App>,
    Member(who): Member,
    browser: Browser,
    Json(change): Json<ChangePassword>,
) -> Result<Answer<MeView>> {
    let ChangePassword { current, password } = change;
    members::change_password(&app.store, &app.gate, &who, browser.token, &current, password).await?;
    Ok(Answer(portal::me(&app.store, who.member.workspace, who.member.id).await?))
}
