//! Customers and their timelines.

use axum::Json as Answer;
use axum::extract::State;
use desk::customers::{self, Customer};
use desk::ids::CustomerId;
use desk::messages::{self, Statistics, TimelinePage, Window};
use desk::sessions::{self, Page};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Id, Query};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// One customer.
#[utoipa::path(get, path = "/api/customers/{id}", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = Customer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
) -> Result<Answer<Customer>> {
    Ok(Answer(customers::show(&app.store, who.member.workspace, who.member.id, id).await?))
}

/// Which part of the timeline.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimelineQuery {
    /// Lines before this position.
    before: Option<i64>,
    /// Lines after this position; not together with `before`.
    after: Option<i64>,
    /// 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A part of the customer's timeline; without `before` and `after` the newest.
#[utoipa::path(get, path = "/api/customers/{id}/messages", tag = "customers", params(("id" = String, Path), TimelineQuery),
    responses((status = 200, body = TimelinePage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn timeline(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
    Query(query): Query<TimelineQuery>,
) -> Result<Answer<TimelinePage>> {
    let window = match (query.before, query.after) {
        (None, None) => Window::Newest,
        (Some(position), None) => Window::Before(position),
        (None, Some(position)) => Window::After(position),
        (Some(_), Some(_)) => return Err(Problem::malformed("either before or after")),
    };
    let (workspace, member, limit) = (who.member.workspace, who.member.id, query.limit.unwrap_or(50));
    Ok(Answer(messages::timeline(&app.store, workspace, member, id, window, limit).await?))
}

/// Which page of the customer's sessions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionsQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// The customer's sessions, newest first.
#[utoipa::path(get, path = "/api/customers/{id}/sessions", tag = "customers", params(("id" = String, Path), SessionsQuery),
    responses((status = 200, body = Page), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sessions(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
    Query(query): Query<SessionsQuery>,
) -> Result<Answer<Page>> {
    let (workspace, member, limit) = (who.member.workspace, who.member.id, query.limit.unwrap_or(50));
    Ok(Answer(sessions::of_customer(&app.store, workspace, member, id, query.cursor, limit).await?))
}

/// How it went with the customer so far, in numbers.
#[utoipa::path(get, path = "/api/customers/{id}/statistics", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = Statistics), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn statistics(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
) -> Result<Answer<Statistics>> {
    Ok(Answer(messages::statistics(&app.store, who.member.workspace, who.member.id, id).await?))
}
