//! Members' avatars.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use desk::avatars;
use desk::ids::MemberId;
use desk::portal::{self, MeView};

use crate::app::App;
use crate::avatars::{AvatarQuery, answer};
use crate::extract::{Id, Query, Upload};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Makes the body (a JPEG, PNG or WebP) one's avatar: its middle, 256 pixels square.
#[utoipa::path(put, path = "/api/me/avatar", tag = "me",
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn upload_avatar(
    State(app): State<App>,
    Member(who): Member,
    Upload(bytes): Upload,
) -> Result<Answer<MeView>> {
    let folder = app.avatars.as_ref().ok_or_else(Problem::not_found)?;
    let (workspace, member) = (who.member.workspace, who.member.id);
    avatars::upload(&app.store, folder, workspace, member, bytes).await?;
    Ok(Answer(portal::me(&app.store, workspace, member).await?))
}

/// Removes one's avatar.
#[utoipa::path(delete, path = "/api/me/avatar", tag = "me",
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove_avatar(State(app): State<App>, Member(who): Member) -> Result<Answer<MeView>> {
    let folder = app.avatars.as_ref().ok_or_else(Problem::not_found)?;
    let (workspace, member) = (who.member.workspace, who.member.id);
    avatars::remove(&app.store, folder, workspace, member).await?;
    Ok(Answer(portal::me(&app.store, workspace, member).await?))
}

/// A colleague's avatar, as it is now.
#[utoipa::path(get, path = "/api/members/{id}/avatar", tag = "members", params(("id" = String, Path), AvatarQuery),
    responses(
        (status = 200, description = "The picture", content((Vec<u8> = "image/jpeg"))),
        (status = 304, description = "Still the picture that If-None-Match names"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show_avatar(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
    Query(query): Query<AvatarQuery>,
    headers: HeaderMap,
) -> Result<Response<Body>> {
    let folder = app.avatars.as_ref().ok_or_else(Problem::not_found)?;
    let picture = avatars::show_member(&app.store, folder, who.member.workspace, id).await?;
    Ok(answer(picture, &query, &headers))
}
