//! What managers decide about a project: who serves it, what may be done there, and its end. And how it fares.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::access::{Operation, Operations, Settings};
use desk::ids::{MemberId, ProjectId};
use desk::portal::{self, HealthView};
use desk::projects::{self, Scope};
use desk::reception::{self, Losses, ScopeChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, IfMatch, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Who is to serve a project.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetScope {
    scope: Scope,
    /// Whom it names; those who had not the project among theirs get it.
    members: Vec<MemberId>,
}

/// Changes who serves a project. Needs `If-Match`.
#[utoipa::path(put, path = "/api/projects/{id}/scope", tag = "projects", request_body = SetScope,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = ScopeChange), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_scope(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
    IfMatch(version): IfMatch,
    Json(body): Json<SetScope>,
) -> Result<Answer<ScopeChange>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    let SetScope { scope, members } = body;
    Ok(Answer(reception::change_scope(&app.store, workspace, by, id, version, scope, members).await?))
}

/// What is decided about operations in a project.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperationsView {
    /// The project's.
    version: i64,
    /// Every operation, and whether everybody may.
    #[schema(value_type = BTreeMap<Operation, bool>)]
    operations: Settings,
    /// Who may do more or less.
    exceptions: Vec<Exception>,
}

/// What is decided for one member.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    member_id: MemberId,
    /// Those operations for which it isn't as for everybody.
    #[schema(value_type = BTreeMap<Operation, bool>)]
    operations: Settings,
}

fn view((version, all): (i64, Operations)) -> Answer<OperationsView> {
    let operations = all.for_everybody();
    let exceptions = all.exceptions.into_iter();
    let exceptions = exceptions.map(|(member_id, operations)| Exception { member_id, operations }).collect();
    Answer(OperationsView { version, operations, exceptions })
}

/// What may be done in a project, and by whom.
#[utoipa::path(get, path = "/api/projects/{id}/operations", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = OperationsView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn operations(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
) -> Result<Answer<OperationsView>> {
    Ok(view(projects::operations(&app.store, who.member.workspace, id).await?))
}

/// What may be done in a project from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetOperations {
    /// What is left out is as usual.
    #[schema(value_type = BTreeMap<Operation, bool>)]
    operations: Settings,
    exceptions: Vec<Exception>,
}

/// Decides anew what may be done in a project. Needs `If-Match`.
#[utoipa::path(put, path = "/api/projects/{id}/operations", tag = "projects", request_body = SetOperations,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = OperationsView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_operations(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
    IfMatch(version): IfMatch,
    Json(body): Json<SetOperations>,
) -> Result<Answer<OperationsView>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    let exceptions = body.exceptions.into_iter().map(|it| (it.member_id, it.operations)).collect();
    let operations = Operations::new(body.operations, exceptions);
    Ok(view(projects::set_operations(&app.store, workspace, by, id, version, operations).await?))
}

/// What would go with a project if it were deleted.
#[utoipa::path(get, path = "/api/projects/{id}/losses", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = Losses), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn losses(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
) -> Result<Answer<Losses>> {
    Ok(Answer(reception::losses(&app.store, who.member.workspace, id).await?))
}

/// That a project is really meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteProject {
    /// Its name, typed.
    name: String,
}

/// Deletes a project. Needs `If-Match`.
#[utoipa::path(delete, path = "/api/projects/{id}", tag = "projects", request_body = DeleteProject,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
    IfMatch(version): IfMatch,
    Json(body): Json<DeleteProject>,
) -> Result<StatusCode> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    let webhook = projects::webhook(&app.store, &app.bots, workspace, id).await?;
    reception::delete_project(&app.store, workspace, by, id, version, body.name).await?;
    // Telegram is told when it is certain; nobody waits for that.
    tokio::spawn(async move {
        if let Some(webhook) = webhook {
            webhook.take_away().await;
        }
    });
    Ok(StatusCode::NO_CONTENT)
}

/// How a project fares, in detail.
#[utoipa::path(get, path = "/api/projects/{id}/health", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = HealthView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn health(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
) -> Result<Answer<HealthView>> {
    Ok(Answer(portal::project_health(&app.store, who.member.workspace, id).await?))
}

/// Asks Telegram whether the token is good, and begins anew: the webhook is set again or taken away, and what waits is sent.
#[utoipa::path(post, path = "/api/projects/{id}/repair", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = HealthView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn repair(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
) -> Result<Answer<HealthView>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    projects::repair(&app.store, &app.bots, workspace, by, id).await?;
    Ok(Answer(portal::project_health(&app.store, workspace, id).await?))
}
