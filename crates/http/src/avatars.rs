//! Customers' avatars. The bytes came from strangers: they were looked at when they were kept, and whoever opens one by itself gets a
//! page that can do nothing.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use desk::avatars::{self, Picture};
use desk::ids::CustomerId;
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Id, Query};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// How much is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// Which picture is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AvatarQuery {
    /// As the customer's `avatar` has it: then the answer may be kept for a day.
    pub(crate) v: Option<String>,
}

/// The customer's avatar, as it is now.
#[utoipa::path(get, path = "/api/customers/{id}/avatar", tag = "customers", params(("id" = String, Path), AvatarQuery),
    responses(
        (status = 200, description = "The picture", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"))),
        (status = 304, description = "Still the picture that If-None-Match names"),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
    Query(query): Query<AvatarQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let folder = app.avatars.as_ref().ok_or_else(Problem::not_found)?;
    let picture = avatars::show(&app.store, folder, who.member.workspace, who.member.id, id).await?;
    Ok(answer(picture, &query, &headers))
}

/// The picture, or that it is still the one that is known.
pub(crate) fn answer(picture: Picture, query: &AvatarQuery, headers: &HeaderMap) -> Response {
    let is_right = query.v.as_ref() == Some(&picture.version);
    let caching = if is_right { "private, max-age=86400, immutable" } else { "private, no-cache" };
    let tag = format!("\"{}\"", picture.version);
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let facts = [
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::ETAG, tag),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, facts).into_response();
    }
    let Picture { kind, length, file, .. } = picture;
    let more =
        [(header::CONTENT_TYPE, kind.media_type().to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    (facts, more, Body::from_stream(chunks(file, length))).into_response()
}

/// The file's first `length` bytes, and never more: what was promised.
fn chunks(file: File, length: u64) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(file.take(length), async |mut file| {
        let mut chunk = vec![0; CHUNK];
        let count = file.read(&mut chunk).await?;
        chunk.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(chunk), file)))
    })
}
