//! Replies.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::ids::{MessageId, SessionId};
use desk::messages::{self, Message, NewReply};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// A reply to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMessage)]
pub(crate) struct PostMessage {
    /// The idempotency key: a UUID made by the client.
    client_id: String,
    /// 1 to 4096 characters.
    text: String,
    /// The message of the same customer that it replies to.
    reply_to: Option<MessageId>,
}

/// Accepts a reply: 201, or 200 when the same request was accepted before.
#[utoipa::path(post, path = "/api/sessions/{id}/messages", tag = "messages", request_body = PostMessage,
    params(("id" = String, Path)),
    responses((status = 201, body = Message), (status = 200, body = Message), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn post(
    State(app): State<App>,
    Member(who): Member,
    Id(session): Id<SessionId>,
    Json(reply): Json<PostMessage>,
) -> Result<(StatusCode, Answer<Message>)> {
    let PostMessage { client_id, text, reply_to } = reply;
    let reply = NewReply { client_id, text, reply_to };
    let posted = messages::post(&app.store, who.member.workspace, who.member.id, session, reply).await?;
    let status = if posted.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Answer(posted.message)))
}

/// Sends a failed or unknown reply of one's own again.
#[utoipa::path(post, path = "/api/messages/{id}/resend", tag = "messages", params(("id" = String, Path)),
    responses((status = 200, body = Message), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn resend(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MessageId>,
) -> Result<Answer<Message>> {
    Ok(Answer(messages::resend(&app.store, who.member.workspace, who.member.id, id).await?))
}
