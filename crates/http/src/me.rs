//! The signed-in member.

use axum::Json as Answer;
use axum::extract::State;
use desk::members::{self, Notifications, ProfileChange, SendKey, Status, Theme};
use desk::portal::{self, MeView};
use desk::reception;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{IfMatch, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Who is signed in.
#[utoipa::path(get, path = "/api/me", tag = "me",
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, Member(who): Member) -> Result<Answer<MeView>> {
    Ok(Answer(portal::me(&app.store, who.member.workspace, who.member.id).await?))
}

/// What to change of one's profile; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeMe {
    /// 1 to 80 characters.
    name: Option<String>,
    /// `en`, `zh` or `ru`.
    language: Option<String>,
    theme: Option<Theme>,
    /// IANA time zone.
    time_zone: Option<String>,
    send_key: Option<SendKey>,
    notifications: Option<Notifications>,
}

/// Changes one's profile. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/me", tag = "me", request_body = ChangeMe,
    params(("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeMe>,
) -> Result<Answer<MeView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    let ChangeMe { name, language, theme, time_zone, send_key, notifications } = change;
    let change = ProfileChange { name, language, theme, time_zone, send_key, notifications };
    members::change_profile(&app.store, workspace, member, version, change).await?;
    Ok(Answer(portal::me(&app.store, workspace, member).await?))
}

/// The status to choose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStatus {
    status: Status,
}

/// Chooses one's status. Going online may bring sessions at once.
#[utoipa::path(put, path = "/api/me/status", tag = "me", request_body = SetStatus,
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_status(
    State(app): State<App>,
    Member(who): Member,
    Json(chosen): Json<SetStatus>,
) -> Result<Answer<MeView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    reception::set_status(&app.store, workspace, member, chosen.status).await?;
    Ok(Answer(portal::me(&app.store, workspace, member).await?))
}
