//! The second factor: one's own, and the reset of a colleague's.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::ids::MemberId;
use desk::members::{self, NewSecondFactor};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// A code that the app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    /// Six digits.
    code: String,
}

/// The password of the account, once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPassword {
    #[schema(value_type = String)]
    password: SecretString,
}

/// Codes for who has lost the app. They are shown this once; each works once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Begins to set up a second factor. It counts from its first code on.
#[utoipa::path(post, path = "/api/me/second-factor", tag = "me",
    responses((status = 200, body = NewSecondFactor), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin(State(app): State<App>, Member(who): Member) -> Result<Answer<NewSecondFactor>> {
    Ok(Answer(members::set_up_anew(&app.store, &app.gate.cipher, &who).await?))
}

/// Confirms a second factor with its first code.
#[utoipa::path(post, path = "/api/me/second-factor/confirm", tag = "me", request_body = Confirm,
    responses((status = 200, body = RecoveryCodes), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn confirm(
    State(app): State<App>,
    Member(who): Member,
    Json(given): Json<Confirm>,
) -> Result<Answer<RecoveryCodes>> {
    let recovery_codes = members::confirm(&app.store, &app.gate.cipher, &who, &given.code).await?;
    Ok(Answer(RecoveryCodes { recovery_codes }))
}

/// Turns one's second factor off.
#[utoipa::path(delete, path = "/api/me/second-factor", tag = "me", request_body = OwnPassword,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn turn_off(
    State(app): State<App>,
    Member(who): Member,
    Json(given): Json<OwnPassword>,
) -> Result<StatusCode> {
    members::turn_off(&app.store, &app.gate, &who, &given.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes; the ones before are void.
#[utoipa::path(post, path = "/api/me/second-factor/recovery-codes", tag = "me", request_body = OwnPassword,
    responses((status = 200, body = RecoveryCodes), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn new_codes(
    State(app): State<App>,
    Member(who): Member,
    Json(given): Json<OwnPassword>,
) -> Result<Answer<RecoveryCodes>> {
    let recovery_codes = members::new_recovery_codes(&app.store, &app.gate, &who, &given.password).await?;
    Ok(Answer(RecoveryCodes { recovery_codes }))
}

/// Removes the second factor of a member who has lost theirs.
#[utoipa::path(delete, path = "/api/members/{id}/second-factor", tag = "members", params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reset_second_factor(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<StatusCode> {
    members::reset_of(&app.store, who.member.workspace, &who.member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
