//! Tags: the vocabulary, and putting its words on sessions and customers.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::customers::Customer;
use desk::ids::{CustomerId, SessionId, TagId};
use desk::sessions::{self, SessionView};
use desk::tags::{self, Color, NewTag, Tag, TagChange, TagEdit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Id, IfMatch, Json, Query};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Tags.
#[derive(Serialize, ToSchema)]
pub(crate) struct TagList {
    /// By name, at most 500.
    items: Vec<Tag>,
}

/// What to say of tags.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagQuery {
    /// Also how many sessions and customers have each.
    usage: Option<bool>,
}

/// The workspace's tags.
#[utoipa::path(get, path = "/api/tags", tag = "tags", params(TagQuery),
    responses((status = 200, body = TagList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Member(who): Member,
    Query(query): Query<TagQuery>,
) -> Result<Answer<TagList>> {
    let items = tags::list(&app.store, who.member.workspace, query.usage.unwrap_or(false)).await?;
    Ok(Answer(TagList { items }))
}

/// A tag to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddTag {
    /// 1 to 40 characters; no two are called the same.
    name: String,
    color: Color,
}

/// Adds a tag.
#[utoipa::path(post, path = "/api/tags", tag = "tags", request_body = AddTag,
    responses((status = 201, body = Tag), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(app): State<App>,
    Member(who): Member,
    Json(new): Json<AddTag>,
) -> Result<(StatusCode, Answer<Tag>)> {
    let new = NewTag { name: new.name, color: new.color };
    let tag = tags::add(&app.store, who.member.workspace, who.member.id, new).await?;
    Ok((StatusCode::CREATED, Answer(tag)))
}

/// What to change of a tag; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeTag {
    /// 1 to 40 characters; no two are called the same.
    name: Option<String>,
    color: Option<Color>,
}

/// Changes a tag. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/tags/{id}", tag = "tags", request_body = ChangeTag,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = Tag), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<TagId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeTag>,
) -> Result<Answer<Tag>> {
    let change = TagChange { name: change.name, color: change.color };
    Ok(Answer(tags::change(&app.store, who.member.workspace, who.member.id, id, version, change).await?))
}

/// Into which tag.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeTag {
    into: TagId,
}

/// Puts another tag on everything that has this one, which is gone then; the other one.
#[utoipa::path(post, path = "/api/tags/{id}/merge", tag = "tags", request_body = MergeTag, params(("id" = String, Path)),
    responses((status = 200, body = Tag), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn merge(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<TagId>,
    Json(merge): Json<MergeTag>,
) -> Result<Answer<Tag>> {
    Ok(Answer(tags::merge(&app.store, who.member.workspace, who.member.id, id, merge.into).await?))
}

/// Deletes a tag, and takes it off everything. Needs `If-Match`.
#[utoipa::path(delete, path = "/api/tags/{id}", tag = "tags",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that was seen")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<TagId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    tags::delete(&app.store, who.member.workspace, who.member.id, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to put on and what to take off. What is there already, or not at all, is no fault.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditTags {
    #[serde(default)]
    add: Vec<TagId>,
    #[serde(default)]
    remove: Vec<TagId>,
}

/// Edits the tags of a session, also of one that is over.
#[utoipa::path(patch, path = "/api/sessions/{id}/tags", tag = "tags", request_body = EditTags, params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn edit_of_session(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
    Json(EditTags { add, remove }): Json<EditTags>,
) -> Result<Answer<SessionView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    tags::edit_session(&app.store, workspace, member, id, TagEdit { add, remove }).await?;
    Ok(Answer(sessions::show(&app.store, workspace, member, id).await?))
}

/// Edits the tags of a customer.
#[utoipa::path(patch, path = "/api/customers/{id}/tags", tag = "tags", request_body = EditTags, params(("id" = String, Path)),
    responses((status = 200, body = Customer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn edit_of_customer(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
    Json(EditTags { add, remove }): Json<EditTags>,
) -> Result<Answer<Customer>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    Ok(Answer(tags::edit_customer(&app.store, workspace, member, id, TagEdit { add, remove }).await?))
}
