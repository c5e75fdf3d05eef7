//! Notes on customers, and the pictures in them.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use desk::ids::{CustomerId, MemberId, NoteId, PictureId};
use desk::notes::{self, NewNote, Note, NoteChange, NotePage, NotePicture, NoteVersion};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::avatars::{AvatarQuery, answer};
use crate::extract::{Id, IfMatch, Json, Query, Upload};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotesQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The notes on a customer: pinned ones first, then the newest first.
#[utoipa::path(get, path = "/api/customers/{id}/notes", tag = "notes", params(("id" = String, Path), NotesQuery),
    responses((status = 200, body = NotePage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Member(who): Member,
    Id(customer): Id<CustomerId>,
    Query(query): Query<NotesQuery>,
) -> Result<Answer<NotePage>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    Ok(Answer(notes::list(&app.store, workspace, member, customer, query.cursor).await?))
}

/// A note to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteNote {
    /// Idempotency key of its author: a UUID.
    client_id: String,
    /// 1 to 4000 characters; it may be empty when there are pictures.
    text: String,
    /// Whom it names, and who are told: members who see the customer's project.
    #[serde(default)]
    mentions: Vec<MemberId>,
    /// Pictures that were uploaded for it, at most 10.
    #[serde(default)]
    pictures: Vec<PictureId>,
}

/// Writes a note. The same key again gives the same note.
#[utoipa::path(post, path = "/api/customers/{id}/notes", tag = "notes", request_body = WriteNote, params(("id" = String, Path)),
    responses((status = 201, body = Note), (status = 200, body = Note, description = "It had been written before"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn post(
    State(app): State<App>,
    Member(who): Member,
    Id(customer): Id<CustomerId>,
    Json(new): Json<WriteNote>,
) -> Result<(StatusCode, Answer<Note>)> {
    let WriteNote { client_id, text, mentions, pictures } = new;
    let new = NewNote { client_id, text, mentions, pictures };
    let posted = notes::post(&app.store, who.member.workspace, who.member.id, customer, new).await?;
    let status = if posted.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Answer(posted.note)))
}

/// What to change of a note; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeNote {
    /// By its author, owners and admins.
    text: Option<String>,
    /// All whom it names. By its author, owners and admins.
    mentions: Option<Vec<MemberId>>,
    /// By everybody who sees it.
    pinned: Option<bool>,
}

/// Changes a note. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/notes/{id}", tag = "notes", request_body = ChangeNote,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = Note), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<NoteId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeNote>,
) -> Result<Answer<Note>> {
    let ChangeNote { text, mentions, pinned } = change;
    let change = NoteChange { text, mentions, pinned };
    Ok(Answer(notes::change(&app.store, who.member.workspace, who.member.id, id, version, change).await?))
}

/// Deletes a note. By its author, owners and admins.
#[utoipa::path(delete, path = "/api/notes/{id}", tag = "notes", params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<NoteId>,
) -> Result<StatusCode> {
    let folder = app.avatars.as_ref();
    notes::delete(&app.store, folder, who.member.workspace, who.member.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a note said.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoteHistory {
    /// The newest first; the first is what it says now.
    items: Vec<NoteVersion>,
}

/// What a note said, and says.
#[utoipa::path(get, path = "/api/notes/{id}/history", tag = "notes", params(("id" = String, Path)),
    responses((status = 200, body = NoteHistory), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn history(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<NoteId>,
) -> Result<Answer<NoteHistory>> {
    let items = notes::history(&app.store, who.member.workspace, who.member.id, id).await?;
    Ok(Answer(NoteHistory { items }))
}

/// Takes a picture (a JPEG, PNG or WebP as the body) for a note that is written within a day; at most 1600 pixels of it are kept.
#[utoipa::path(post, path = "/api/customers/{id}/note-pictures", tag = "notes", params(("id" = String, Path)),
    request_body(content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
    responses((status = 201, body = NotePicture), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn upload_picture(
    State(app): State<App>,
    Member(who): Member,
    Id(customer): Id<CustomerId>,
    Upload(bytes): Upload,
) -> Result<(StatusCode, Answer<NotePicture>)> {
    let folder = app.avatars.as_ref().ok_or_else(Problem::not_found)?;
    let (workspace, member) = (who.member.workspace, who.member.id);
    let picture = notes::upload_picture(&app.store, folder, workspace, member, customer, bytes).await?;
    Ok((StatusCode::CREATED, Answer(picture)))
}

/// A picture in a note.
#[utoipa::path(get, path = "/api/note-pictures/{id}", tag = "notes", params(("id" = String, Path)),
    responses(
        (status = 200, description = "The picture", content((Vec<u8> = "image/jpeg"))),
        (status = 304, description = "Still the picture that If-None-Match names"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show_picture(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<PictureId>,
    headers: HeaderMap,
) -> Result<Response<Body>> {
    let folder = app.avatars.as_ref().ok_or_else(Problem::not_found)?;
    let picture = notes::show_picture(&app.store, folder, who.member.workspace, who.member.id, id).await?;
    // It never becomes another one.
    let query = AvatarQuery { v: Some(picture.version.clone()) };
    Ok(answer(picture, &query, &headers))
}
