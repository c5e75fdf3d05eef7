//! Settings of the workspace.

use axum::Json as Answer;
use axum::extract::State;
use desk::members::{self, SecondFactorRule, WorkspaceChange, WorkspaceSettings};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{IfMatch, Json, nullable};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// The workspace's settings.
#[utoipa::path(get, path = "/api/workspace", tag = "workspace",
    responses((status = 200, body = WorkspaceSettings), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, Member(who): Member) -> Result<Answer<WorkspaceSettings>> {
    Ok(Answer(members::settings(&app.store, who.member.workspace).await?))
}

/// What to change of the workspace; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeWorkspace {
    /// 1 to 80 characters.
    name: Option<String>,
    /// IANA time zone.
    time_zone: Option<String>,
    /// Whether members must have a second factor.
    second_factor: Option<SecondFactorRule>,
    /// 1 to 1,440: after so many minutes without a connected portal a member is set offline; null: never.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    offline_after_minutes: Option<Option<i64>>,
}

/// Changes the workspace's settings. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/workspace", tag = "workspace", request_body = ChangeWorkspace,
    params(("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = WorkspaceSettings), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeWorkspace>,
) -> Result<Answer<WorkspaceSettings>> {
    let ChangeWorkspace { name, time_zone, second_factor, offline_after_minutes } = change;
    let change = WorkspaceChange { name, time_zone, second_factor, offline_after_minutes };
    let (workspace, by) = (who.member.workspace, who.member.id);
    Ok(Answer(members::change_settings(&app.store, workspace, by, version, change).await?))
}
