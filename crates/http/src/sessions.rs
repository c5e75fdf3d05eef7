//! Sessions.

use axum::Json as Answer;
use axum::extract::State;
use desk::ids::{ProjectId, SessionId, TagId};
use desk::reception;
use desk::sessions::{self, Counts, Filters, Page, SessionState, SessionView, Sort, Tab, Whose};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Id, Query};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Which sessions to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Which tab.
    tab: Tab,
    /// Only this project.
    project: Option<ProjectId>,
    /// With one of these tags, on the session or on its customer: ids with commas between, at most 50.
    tags: Option<String>,
    /// Standing like this.
    state: Option<SessionState>,
    /// Whose: `me`, `none`, or a member's id.
    #[param(value_type = Option<String>)]
    assignee: Option<Whose>,
    /// With something unread.
    unread: Option<bool>,
    /// Whose customer's name, username or id at Telegram has words that begin like these.
    q: Option<String>,
    /// By what it is sorted; left out: waiting ones by the longest wait, the others by the newest message.
    sort: Option<Sort>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of a tab.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", params(ListQuery),
    responses((status = 200, body = Page), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Member(who): Member,
    Query(query): Query<ListQuery>,
) -> Result<Answer<Page>> {
    let filters = Filters {
        tags: tags_of(query.tags.as_deref())
            .ok_or_else(|| Problem::malformed("tags: ids with commas between, at most 50"))?,
        state: query.state,
        assignee: query.assignee,
        unread: query.unread.unwrap_or(false),
        text: query.q.filter(|text| !text.trim().is_empty()),
        sort: query.sort,
    };
    let ListQuery { tab, project, cursor, limit, .. } = query;
    let query = sessions::Query { tab, project, filters, cursor, limit: limit.unwrap_or(50) };
    Ok(Answer(sessions::list(&app.store, who.member.workspace, who.member.id, query).await?))
}

/// The tags in a query; none: that is no list of at most 50.
fn tags_of(list: Option<&str>) -> Option<Vec<TagId>> {
    let words = list.unwrap_or_default().split(',').filter(|word| !word.is_empty());
    let tags: Option<Vec<TagId>> = words.map(|word| word.trim().parse().ok()).collect();
    tags.filter(|tags| tags.len() <= 50)
}

/// Which sessions to count.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountQuery {
    /// Only this project.
    project: Option<ProjectId>,
}

/// The numbers on the tabs.
#[utoipa::path(get, path = "/api/sessions/counts", tag = "sessions", params(CountQuery),
    responses((status = 200, body = Counts), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn counts(
    State(app): State<App>,
    Member(who): Member,
    Query(query): Query<CountQuery>,
) -> Result<Answer<Counts>> {
    Ok(Answer(sessions::counts(&app.store, who.member.workspace, who.member.id, query.project).await?))
}

/// One session.
#[utoipa::path(get, path = "/api/sessions/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    Ok(Answer(sessions::show(&app.store, who.member.workspace, who.member.id, id).await?))
}

/// Takes a waiting session from the queue.
#[utoipa::path(post, path = "/api/sessions/{id}/take", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    reception::take(&app.store, workspace, member, id).await?;
    Ok(Answer(sessions::show(&app.store, workspace, member, id).await?))
}

/// The assignee opened the prompt.
#[utoipa::path(post, path = "/api/sessions/{id}/take-up", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn take_up(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    Ok(Answer(sessions::mark_taken_up(&app.store, who.member.workspace, who.member.id, id).await?))
}

/// The assignee has read everything.
#[utoipa::path(post, path = "/api/sessions/{id}/read", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    Ok(Answer(sessions::mark_read(&app.store, who.member.workspace, who.member.id, id).await?))
}

/// Ends one's session.
#[utoipa::path(post, path = "/api/sessions/{id}/end", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn end(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<SessionView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    reception::end(&app.store, workspace, member, id).await?;
    Ok(Answer(sessions::show(&app.store, workspace, member, id).await?))
}
