//! What the member has begun to write.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::drafts::{self, Draft};
use desk::ids::CustomerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, IfMatch, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Drafts.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftList {
    /// The newest first, at most 500.
    items: Vec<Draft>,
}

/// My drafts to customers whom I see.
#[utoipa::path(get, path = "/api/drafts", tag = "drafts",
    responses((status = 200, body = DraftList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>, Member(who): Member) -> Result<Answer<DraftList>> {
    let items = drafts::list(&app.store, who.member.workspace, who.member.id).await?;
    Ok(Answer(DraftList { items }))
}

/// My draft to this customer; one of version 0 where there is none.
#[utoipa::path(get, path = "/api/customers/{id}/draft", tag = "drafts", params(("id" = String, Path)),
    responses((status = 200, body = Draft), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    Member(who): Member,
    Id(customer): Id<CustomerId>,
) -> Result<Answer<Draft>> {
    Ok(Answer(drafts::show(&app.store, who.member.workspace, who.member.id, customer).await?))
}

/// An edit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveDraft {
    /// 0 to 4096 UTF-16 code units; empty: the draft goes.
    text: String,
}

/// Replaces my draft to this customer, if it is still as the edit knew it.
#[utoipa::path(put, path = "/api/customers/{id}/draft", tag = "drafts", request_body = SaveDraft,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version, as in \"3\"; \"0\" where there was none")),
    responses((status = 200, body = Draft), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn save(
    State(app): State<App>,
    Member(who): Member,
    Id(customer): Id<CustomerId>,
    IfMatch(version): IfMatch,
    Json(edit): Json<SaveDraft>,
) -> Result<Answer<Draft>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    Ok(Answer(drafts::save(&app.store, workspace, member, customer, version, &edit.text).await?))
}

/// Removes my draft to this customer, whatever it says: it was sent.
#[utoipa::path(delete, path = "/api/customers/{id}/draft", tag = "drafts", params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(app): State<App>,
    Member(who): Member,
    Id(customer): Id<CustomerId>,
) -> Result<StatusCode> {
    drafts::remove(&app.store, who.member.workspace, who.member.id, customer).await?;
    Ok(StatusCode::NO_CONTENT)
}
