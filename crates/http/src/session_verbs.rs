//! What is done with sessions beyond serving them: handing them over, taking them from others, opening them again.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use desk::ids::{MemberId, SessionId, TagId};
use desk::reception::{self, Bulk, HandOver, Outcome, Receiver, Transfer};
use desk::sessions::{self, SessionView};
use desk::{Error, members::SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Id, Json, Query};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// To whom a session is handed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferSession {
    /// A colleague; null: the queue.
    to: Option<MemberId>,
    /// What the next is to know, at most 2000 characters.
    note: Option<String>,
    /// What the customer is told, at most 4096 characters.
    message: Option<String>,
    /// Beyond the receiver's limit, too: for supervisors and above.
    #[serde(rename = "override", default)]
    beyond_limit: bool,
}

impl From<TransferSession> for Transfer {
    fn from(body: TransferSession) -> Self {
        let TransferSession { to, note, message, beyond_limit } = body;
        Self { to, note, message, beyond_limit }
    }
}

/// Hands one's session to a colleague or puts it into the queue. What of one's replies has not begun to be sent is not sent, and stands
/// in one's draft.
#[utoipa::path(post, path = "/api/sessions/{id}/transfer", tag = "sessions", request_body = TransferSession,
    params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn transfer(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
    Json(body): Json<TransferSession>,
) -> Result<Answer<SessionView>> {
    reception::transfer(&app.store, who.member.workspace, who.member.id, id, body.into()).await?;
    show(&app, &who, id).await
}

/// Whom a session is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignSession {
    /// A member who sees the project, whatever their limit.
    to: MemberId,
    /// What they are to know, at most 2000 characters.
    note: Option<String>,
}

/// Gives a live session to a member.
#[utoipa::path(post, path = "/api/sessions/{id}/assign", tag = "sessions", request_body = AssignSession,
    params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn assign(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
    Json(AssignSession { to, note }): Json<AssignSession>,
) -> Result<Answer<SessionView>> {
    reception::assign(&app.store, who.member.workspace, who.member.id, id, to, note).await?;
    show(&app, &who, id).await
}

/// Becomes the assignee of a live session, whoever has it.
#[utoipa::path(post, path = "/api/sessions/{id}/take-over", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_over(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    reception::take_over(&app.store, who.member.workspace, who.member.id, id).await?;
    show(&app, &who, id).await
}

/// Why a session goes back into the queue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnSession {
    /// What the next is to know, at most 2000 characters.
    note: Option<String>,
}

/// Puts an open session back into the queue, at the place it had: one's own, or anybody's for who may assign.
#[utoipa::path(post, path = "/api/sessions/{id}/return", tag = "sessions", request_body = ReturnSession,
    params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn put_back(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
    Json(ReturnSession { note }): Json<ReturnSession>,
) -> Result<Answer<SessionView>> {
    reception::put_back_into_queue(&app.store, who.member.workspace, who.member.id, id, note).await?;
    show(&app, &who, id).await
}

/// Opens an ended session again, for oneself.
#[utoipa::path(post, path = "/api/sessions/{id}/reopen", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn reopen(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    reception::reopen(&app.store, who.member.workspace, who.member.id, id).await?;
    show(&app, &who, id).await
}

/// Who is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiverQuery {
    /// What the name holds.
    #[serde(default)]
    q: String,
}

/// Those who can be handed a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Receivers {
    /// The best first, 50 at most.
    items: Vec<Receiver>,
}

/// Who can be handed a session: those who see its project and can serve, without its assignee.
#[utoipa::path(get, path = "/api/sessions/{id}/receivers", tag = "sessions", params(("id" = String, Path), ReceiverQuery),
    responses((status = 200, body = Receivers), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn receivers(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
    Query(ReceiverQuery { q }): Query<ReceiverQuery>,
) -> Result<Answer<Receivers>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    let items = reception::receivers(&app.store, workspace, member, id, q).await?;
    Ok(Answer(Receivers { items }))
}

/// What is done with several sessions.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BulkVerb {
    /// End them.
    End,
    /// Give them to `to`.
    Assign,
    /// Put them back into the queue.
    Return,
    /// Put `tags` on them.
    Tag,
    /// Take `tags` off them.
    Untag,
}

/// The same for several sessions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkRequest {
    /// 1 to 200 sessions.
    ids: Vec<SessionId>,
    /// What to do with each.
    #[serde(rename = "do")]
    act: BulkVerb,
    /// To whom, with `assign`.
    to: Option<MemberId>,
    /// Which, with `tag` and `untag`.
    #[serde(default)]
    tags: Vec<TagId>,
}

/// Does the same with several sessions, each by its own rules.
#[utoipa::path(post, path = "/api/sessions/bulk", tag = "sessions", request_body = BulkRequest,
    responses((status = 200, body = Outcome), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn bulk(
    State(app): State<App>,
    Member(who): Member,
    Json(BulkRequest { ids, act, to, tags }): Json<BulkRequest>,
) -> Result<Answer<Outcome>> {
    let act = match (act, to) {
        (BulkVerb::End, _) => Bulk::End,
        (BulkVerb::Return, _) => Bulk::Return,
        (BulkVerb::Assign, Some(to)) => Bulk::Assign(to),
        (BulkVerb::Assign, None) => return Err(Error::field("to", "required").into()),
        (BulkVerb::Tag | BulkVerb::Untag, _) if tags.is_empty() => {
            return Err(Error::field("tags", "required").into());
        }
        (BulkVerb::Tag, _) => Bulk::Tag(tags),
        (BulkVerb::Untag, _) => Bulk::Untag(tags),
    };
    let (workspace, member) = (who.member.workspace, who.member.id);
    Ok(Answer(reception::bulk(&app.store, workspace, member, ids, act).await?))
}

/// To whom all of one's sessions go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverSessions {
    /// A colleague; null: the queue.
    to: Option<MemberId>,
    /// What the next is to know of each, at most 2000 characters.
    note: Option<String>,
    /// And of single ones instead, by the session's id.
    #[serde(default)]
    notes: BTreeMap<SessionId, String>,
    /// What the customers are told, at most 4096 characters.
    message: Option<String>,
    /// Beyond the receiver's limit, too: for supervisors and above.
    #[serde(rename = "override", default)]
    beyond_limit: bool,
}

/// Hands all of one's open sessions over at once. What the receiver can't take stays.
#[utoipa::path(post, path = "/api/me/sessions/hand-over", tag = "me", request_body = HandOverSessions,
    responses((status = 200, body = Outcome), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn hand_over(
    State(app): State<App>,
    Member(who): Member,
    Json(body): Json<HandOverSessions>,
) -> Result<Answer<Outcome>> {
    let HandOverSessions { to, note, notes, message, beyond_limit } = body;
    let hand_over = HandOver { all: Transfer { to, note, message, beyond_limit }, notes };
    let (workspace, member) = (who.member.workspace, who.member.id);
    Ok(Answer(reception::hand_over_sessions(&app.store, workspace, member, hand_over).await?))
}

async fn show(app: &App, who: &SignedIn, id: SessionId) -> Result<Answer<SessionView>> {
    Ok(Answer(sessions::show(&app.store, who.member.workspace, who.member.id, id).await?))
}
