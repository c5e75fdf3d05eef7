//! Trying diversion out.

use axum::Json as Answer;
use axum::extract::State;
use desk::ids::{CustomerId, ProjectId};
use desk::reception::{self, DryRun};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Who writes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskDryRun {
    /// A customer of the project; left out: somebody new.
    customer_id: Option<CustomerId>,
}

/// A customer writes now: who gets it, and why? Nothing is changed by asking.
#[utoipa::path(post, path = "/api/projects/{id}/diversion/dry-run", tag = "projects", request_body = AskDryRun,
    params(("id" = String, Path)),
    responses((status = 200, body = DryRun), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn dry_run(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
    Json(asked): Json<AskDryRun>,
) -> Result<Answer<DryRun>> {
    Ok(Answer(reception::dry_run(&app.store, who.member.workspace, id, asked.customer_id).await?))
}
