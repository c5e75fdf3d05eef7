//! Lists that the member has saved.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::ids::ViewId;
use desk::views::{self, View, ViewChange, ViewFilters};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, IfMatch, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Saved lists.
#[derive(Serialize, ToSchema)]
pub(crate) struct ViewList {
    /// In their order, at most 50.
    items: Vec<View>,
}

/// My saved lists.
#[utoipa::path(get, path = "/api/views", tag = "views",
    responses((status = 200, body = ViewList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>, Member(who): Member) -> Result<Answer<ViewList>> {
    Ok(Answer(ViewList { items: views::list(&app.store, who.member.workspace, who.member.id).await? }))
}

/// A list to save.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveView {
    /// 1 to 80 characters.
    name: String,
    filters: ViewFilters,
}

/// Saves a list, after the others.
#[utoipa::path(post, path = "/api/views", tag = "views", request_body = SaveView,
    responses((status = 201, body = View), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn save(
    State(app): State<App>,
    Member(who): Member,
    Json(SaveView { name, filters }): Json<SaveView>,
) -> Result<(StatusCode, Answer<View>)> {
    let view = views::add(&app.store, who.member.workspace, who.member.id, name, filters).await?;
    Ok((StatusCode::CREATED, Answer(view)))
}

/// What to change of a saved list; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeView {
    /// 1 to 80 characters.
    name: Option<String>,
    filters: Option<ViewFilters>,
    /// Its place.
    position: Option<i64>,
}

/// Changes a saved list. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/views/{id}", tag = "views", request_body = ChangeView,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = View), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ViewId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeView>,
) -> Result<Answer<View>> {
    let ChangeView { name, filters, position } = change;
    let change = ViewChange { name, filters, position };
    Ok(Answer(views::change(&app.store, who.member.workspace, who.member.id, id, version, change).await?))
}

/// Deletes a saved list.
#[utoipa::path(delete, path = "/api/views/{id}", tag = "views", params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ViewId>,
) -> Result<StatusCode> {
    views::delete(&app.store, who.member.workspace, who.member.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
